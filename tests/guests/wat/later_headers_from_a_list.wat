;; Makes headers by `wasi:http` 0.3 from a list of twenty thousand headers of hardly any length, for ever.
(import "wasi:http/types@0.3.0" (instance $fields-types
  (export "fields" (type $fields (sub resource)))
  (type $errors (variant (case "invalid-syntax") (case "forbidden") (case "immutable")
    (case "size-exceeded") (case "other" (option string))))
  (export "header-error" (type $header-error (eq $errors)))
  (export "[static]fields.from-list" (func (param "entries" (list (tuple string (list u8))))
    (result (result (own $fields) (error $header-error)))))))
(core module $memory
  (memory (export "memory") 20)
  (data (i32.const 256) "x")
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
(core instance $memory (instantiate $memory))
(core func $from-list (canon lower (func $fields-types "[static]fields.from-list") (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
(core module $guest
  (import "host" "from-list" (func $from-list (param i32 i32 i32)))
  (import "memory" "memory" (memory 1))
  (global $entry (mut i32) (i32.const 131072))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    ;; Each entry has the one name, and a value of no length.
    (loop
      (i32.store (global.get $entry) (i32.const 256))
      (i32.store offset=4 (global.get $entry) (i32.const 1))
      (global.set $entry (i32.add (global.get $entry) (i32.const 16)))
      (br_if 0 (i32.lt_u (global.get $entry) (i32.const 451072))))
    (loop
      (call $from-list (i32.const 131072) (i32.const 20000) (i32.const 64))
      (br 0))
    unreachable))
(core instance $host
  (export "from-list" (func $from-list)))
(core instance $made (instantiate $guest
  (with "host" (instance $host)) (with "memory" (instance $memory))))
(core instance $node
  (export "memory" (memory $memory "memory"))
  (export "realloc" (func $memory "realloc"))
  (export "execute" (func $made "execute")))
