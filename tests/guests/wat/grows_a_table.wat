;; Grows a table for ever, and does not take no for an answer.
(core module $guest
  (memory (export "memory") 1)
  (table $table 0 funcref)
  (global $next (mut i32) (i32.const 1024))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $next)
    (global.set $next
      (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15)) (i32.const -16))))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (loop (drop (table.grow $table (ref.null func) (i32.const 1000))) (br 0)) unreachable))
(core instance $node (instantiate $guest))
