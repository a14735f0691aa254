;; Grows a memory and a table that have bounds of their own, over and over: that
;; fails in the guest, as it should, and costs it nothing.
(core module $guest
  (memory (export "memory") 1 2)
  (table $table 0 10 funcref)
  ;; The answer: ok, and where its text is.
  (data (i32.const 72) "\60\00\00\00\04\00\00\00")
  (data (i32.const 96) "null")
  (global $next (mut i32) (i32.const 1024))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $next)
    (global.set $next
      (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15)) (i32.const -16))))
  (global $rounds (mut i32) (i32.const 0))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (loop
      (drop (memory.grow (i32.const 500)))
      (drop (table.grow $table (ref.null func) (i32.const 15000)))
      (global.set $rounds (i32.add (global.get $rounds) (i32.const 1)))
      (br_if 0 (i32.lt_u (global.get $rounds) (i32.const 1000))))
    (i32.const 64)))
(core instance $node (instantiate $guest))
