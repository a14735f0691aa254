;; Polls a list that names one timer ten thousand times, for ever.
(import "wasi:io/poll@0.2.0" (instance $poll
  (export "pollable" (type $pollable (sub resource)))
  (export "poll" (func (param "in" (list (borrow $pollable))) (result (list u32))))))
(alias export $poll "pollable" (type $pollable))
(import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
  (alias outer 1 $pollable (type $outer))
  (export "pollable" (type $pollable (eq $outer)))
  (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))
(core module $memory
  (memory (export "memory") 4)
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536)))
(core instance $memory (instantiate $memory))
(core func $subscribe (canon lower (func $clock "subscribe-duration")))
(core func $poll (canon lower (func $poll "poll") (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
(core module $guest
  (import "host" "subscribe" (func $subscribe (param i64) (result i32)))
  (import "host" "poll" (func $poll (param i32 i32 i32)))
  (import "memory" "memory" (memory 1))
  (global $at (mut i32) (i32.const 131072))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (local $timer i32)
    (local.set $timer (call $subscribe (i64.const 0)))
    (loop
      (i32.store (global.get $at) (local.get $timer))
      (global.set $at (i32.add (global.get $at) (i32.const 4)))
      (br_if 0 (i32.lt_u (global.get $at) (i32.const 171072))))
    (loop (call $poll (i32.const 131072) (i32.const 10000) (i32.const 64)) (br 0))
    unreachable))
(core instance $host
  (export "subscribe" (func $subscribe))
  (export "poll" (func $poll)))
(core instance $made (instantiate $guest
  (with "host" (instance $host)) (with "memory" (instance $memory))))
(core instance $node
  (export "memory" (memory $memory "memory"))
  (export "realloc" (func $memory "realloc"))
  (export "execute" (func $made "execute")))
