;; Logs a record with two hundred million fields.
(import "hospes:node/log@0.1.0" (instance $log
  (type $levels (enum "trace" "debug" "info" "warn" "error"))
  (export "level" (type $level (eq $levels)))
  (export "log" (func (param "level" $level) (param "message" string)
    (param "fields" (list (tuple string string)))))))
(core module $memory
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $next)
    (global.set $next
      (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15)) (i32.const -16)))))
(core instance $memory (instantiate $memory))
(core func $log (canon lower (func $log "log") (memory (core memory $memory "memory"))))
(core module $guest
  (import "host" "log" (func $log (param i32 i32 i32 i32 i32)))
  (import "memory" "memory" (memory 1))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (call $log (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 200000000))
    (i32.const 64)))
(core instance $host
  (export "log" (func $log)))
(core instance $made (instantiate $guest
  (with "host" (instance $host)) (with "memory" (instance $memory))))
(core instance $node
  (export "memory" (memory $memory "memory"))
  (export "realloc" (func $memory "realloc"))
  (export "execute" (func $made "execute")))
