;; Fails with a message of a mebibyte of zeros, each of which takes six bytes in JSON.
(core module $guest
  (memory (export "memory") 20)
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (i32.store8 (i32.const 64) (i32.const 1))
    (i32.store8 offset=8 (i32.const 64) (i32.const 10))
    (i32.store offset=12 (i32.const 64) (i32.const 65536))
    (i32.store offset=16 (i32.const 64) (i32.const 1000000))
    (i32.const 64)))
(core instance $node (instantiate $guest))
