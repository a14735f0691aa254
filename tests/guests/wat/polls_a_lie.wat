;; Waits for a list of a hundred million timers, which is not in its memory.
;; WASI's timers.
(import "wasi:io/poll@0.2.0" (instance $poll
  (export "pollable" (type $pollable (sub resource)))
  (export "[method]pollable.ready" (func (param "self" (borrow $pollable)) (result bool)))
  (export "poll" (func (param "in" (list (borrow $pollable))) (result (list u32))))))
(alias export $poll "pollable" (type $pollable))
(import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
  (alias outer 1 $pollable (type $outer))
  (export "pollable" (type $pollable (eq $outer)))
  (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))
(core module $memory
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $next)
    (global.set $next
      (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15)) (i32.const -16)))))
(core instance $memory (instantiate $memory))
(core func $subscribe (canon lower (func $clock "subscribe-duration")))
(core func $wait (canon lower (func $poll "poll") (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
(core module $guest
  (import "host" "subscribe" (func $subscribe (param i64) (result i32)))
  (import "host" "poll" (func $poll (param i32 i32 i32)))
  (import "memory" "memory" (memory 1))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (call $poll (i32.const 0) (i32.const 100000000) (i32.const 64))
    (i32.const 64)))
(core instance $host
  (export "subscribe" (func $subscribe))
  (export "poll" (func $wait)))
(core instance $made (instantiate $guest
  (with "host" (instance $host)) (with "memory" (instance $memory))))
(core instance $node
  (export "memory" (memory $memory "memory"))
  (export "realloc" (func $memory "realloc"))
  (export "execute" (func $made "execute")))
