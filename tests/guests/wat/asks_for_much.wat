;; Imports what no host has: functions, a resource, and one thing that there is
;; with a function that there is not.
(import "acme:extras/vault@0.1.0" (instance
  (export "key" (type (sub resource)))
  (export "open" (func (result u32)))))
(import "wasi:random/random@0.2.0" (instance
  (export "get-random-u64" (func (result u64)))))
(import "wasi:random/insecure@0.2.0" (instance
  (export "get-dice" (func (result u64)))))
(import "acme:extras/later@0.1.0" (instance
  (export "wait" (func async (result u32)))))
(import "plain" (func))
(core module $guest
  (memory (export "memory") 1)
  ;; The answer: ok, and where its text is.
  (data (i32.const 72) "\60\00\00\00\04\00\00\00")
  (data (i32.const 96) "null")
  (global $next (mut i32) (i32.const 1024))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $next)
    (global.set $next
      (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15)) (i32.const -16))))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (i32.const 64)))
(core instance $node (instantiate $guest))
