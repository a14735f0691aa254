;; Logs records for ever, each with fifteen hundred fields that are all the same kibibyte.
(import "hospes:node/log@0.1.0" (instance $log
  (type $levels (enum "trace" "debug" "info" "warn" "error"))
  (export "level" (type $level (eq $levels)))
  (export "log" (func (param "level" $level) (param "message" string)
    (param "fields" (list (tuple string string)))))))
(core module $memory
  (memory (export "memory") 4)
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16)))
(core instance $memory (instantiate $memory))
(core func $log (canon lower (func $log "log") (memory (core memory $memory "memory"))))
(core module $guest
  (import "host" "log" (func $log (param i32 i32 i32 i32 i32)))
  (import "memory" "memory" (memory 1))
  (global $at (mut i32) (i32.const 65536))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (memory.fill (i32.const 2048) (i32.const 97) (i32.const 1024))
    (loop
      (i32.store offset=8 (global.get $at) (i32.const 2048))
      (i32.store offset=12 (global.get $at) (i32.const 1024))
      (global.set $at (i32.add (global.get $at) (i32.const 16)))
      (br_if 0 (i32.lt_u (global.get $at) (i32.const 89536))))
    (loop
      (call $log (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 65536) (i32.const 1500))
      (br 0))
    unreachable))
(core instance $host
  (export "log" (func $log)))
(core instance $made (instantiate $guest
  (with "host" (instance $host)) (with "memory" (instance $memory))))
(core instance $node
  (export "memory" (memory $memory "memory"))
  (export "realloc" (func $memory "realloc"))
  (export "execute" (func $made "execute")))
