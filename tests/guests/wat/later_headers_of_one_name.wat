;; The same with `wasi:http` 0.3: sets forty thousand values of no length for one name, for ever.
(import "wasi:http/types@0.3.0" (instance $fields-types
  (export "fields" (type $fields (sub resource)))
  (type $errors (variant (case "invalid-syntax") (case "forbidden") (case "immutable")
    (case "size-exceeded") (case "other" (option string))))
  (export "header-error" (type $header-error (eq $errors)))
  (export "[constructor]fields" (func (result (own $fields))))
  (export "[static]fields.from-list" (func (param "entries" (list (tuple string (list u8))))
    (result (result (own $fields) (error $header-error)))))
  (export "[method]fields.append" (func (param "self" (borrow $fields))
    (param "name" string) (param "value" (list u8)) (result (result (error $header-error)))))
  (export "[method]fields.set" (func (param "self" (borrow $fields))
    (param "name" string) (param "value" (list (list u8)))
    (result (result (error $header-error)))))
  (export "[method]fields.clone" (func (param "self" (borrow $fields)) (result (own $fields))))))
(core module $memory
  (memory (export "memory") 16)
  (data (i32.const 256) "x")
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
(core instance $memory (instantiate $memory))
(core func $new (canon lower (func $fields-types "[constructor]fields")))
(core func $set (canon lower (func $fields-types "[method]fields.set") (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
(core module $guest
  (import "host" "new" (func $new (result i32)))
  (import "host" "set" (func $set (param i32 i32 i32 i32 i32 i32)))
  (import "memory" "memory" (memory 1))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (local $fields i32)
    (local.set $fields (call $new))
    (loop
      (call $set (local.get $fields) (i32.const 256) (i32.const 1) (i32.const 131072) (i32.const 40000)
        (i32.const 64))
      (br 0))
    unreachable))
(core instance $host
  (export "new" (func $new))
  (export "set" (func $set)))
(core instance $made (instantiate $guest
  (with "host" (instance $host)) (with "memory" (instance $memory))))
(core instance $node
  (export "memory" (memory $memory "memory"))
  (export "realloc" (func $memory "realloc"))
  (export "execute" (func $made "execute")))
