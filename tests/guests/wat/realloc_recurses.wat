;; Calls itself for ever when the host asks it for memory.
(core module $guest
  (memory (export "memory") 1)
  ;; The answer: ok, and where its text is.
  (data (i32.const 72) "\60\00\00\00\04\00\00\00")
  (data (i32.const 96) "null")
  (func $realloc (export "realloc") (param i32 i32 i32 i32) (result i32)
    (call $realloc (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (i32.const 64)))
(core instance $node (instantiate $guest))
