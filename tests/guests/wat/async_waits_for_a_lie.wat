;; Waits for a set of things that it does not have.
(core module $guest
  (import "host" "return"
    (func $return (param i32 i32 i32 i32 i32 i64 i32 i32 i32)))
  (import "memory" "memory" (memory 1))
  (func $answer
    (call $return (i32.const 0) (i32.const 96) (i32.const 4) (i32.const 0)
      (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
  (data (i32.const 96) "null")
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (i32.const 0x7f2))
  (func (export "callback") (param i32 i32 i32) (result i32)
    unreachable))
