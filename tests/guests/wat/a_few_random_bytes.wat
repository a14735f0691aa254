;; Asks for 32 random bytes, which is honest.
(import "wasi:random/random@0.2.0" (instance $random
  (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
(core module $memory
  (memory (export "memory") 1)
  ;; The answer: ok, and where its text is.
  (data (i32.const 72) "\60\00\00\00\04\00\00\00")
  (data (i32.const 96) "null")
  (global $next (mut i32) (i32.const 1024))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $next)
    (global.set $next
      (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15)) (i32.const -16)))))
(core instance $memory (instantiate $memory))
(core func $bytes (canon lower (func $random "get-random-bytes") (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
(core module $guest
  (import "host" "bytes" (func $bytes (param i64 i32)))
  (import "memory" "memory" (memory 1))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (call $bytes (i64.const 32) (i32.const 128))
    (i32.const 64)))
(core instance $host
  (export "bytes" (func $bytes)))
(core instance $made (instantiate $guest
  (with "host" (instance $host)) (with "memory" (instance $memory))))
(core instance $node
  (export "memory" (memory $memory "memory"))
  (export "realloc" (func $memory "realloc"))
  (export "execute" (func $made "execute")))
