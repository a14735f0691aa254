;; Gives the host memory that it does not have.
(core module $guest
  (memory (export "memory") 1)
  ;; The answer: ok, and where its text is.
  (data (i32.const 72) "\60\00\00\00\04\00\00\00")
  (data (i32.const 96) "null")
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65535))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (i32.const 64)))
(core instance $node (instantiate $guest))
