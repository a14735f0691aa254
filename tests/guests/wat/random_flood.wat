;; Asks for a gibibyte of random bytes at once.
(import "wasi:random/random@0.2.0" (instance $random
  (export "get-random-bytes" (func (param "len" u64) (result (list u8))))
  (export "get-random-u64" (func (result u64)))))
(core module $memory
  (memory (export "memory") 1)
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
    (call $bytes (i64.const 1073741824) (i32.const 64))
    (i32.const 64)))
(core instance $host
  (export "bytes" (func $bytes)))
(core instance $made (instantiate $guest
  (with "host" (instance $host)) (with "memory" (instance $memory))))
(core instance $node
  (export "memory" (memory $memory "memory"))
  (export "realloc" (func $memory "realloc"))
  (export "execute" (func $made "execute")))
