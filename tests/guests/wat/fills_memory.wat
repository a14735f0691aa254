;; Fills its memory over and over: most of the time is spent in one instruction.
(core module $guest
  (memory (export "memory") 960)
  (global $next (mut i32) (i32.const 1024))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $next)
    (global.set $next
      (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15)) (i32.const -16))))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 62914560)) (br 0)) unreachable))
(core instance $node (instantiate $guest))
