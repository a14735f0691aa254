;; Sends sixteen thousand empty requests at once, again and again.
(import "hospes:node/http@0.1.0" (instance $http
  (type $secret-record (record (field "name" string) (field "prefix" string)))
  (export "secret-ref" (type $secret-ref (eq $secret-record)))
  (type $value-variant (variant (case "text" string) (case "secret" $secret-ref)))
  (export "header-value" (type $header-value (eq $value-variant)))
  (type $request-record (record
    (field "method" string) (field "url" string)
    (field "headers" (list (tuple string $header-value)))
    (field "body" (option (list u8))) (field "timeout-ms" (option u64))))
  (export "request" (type $request (eq $request-record)))
  (type $response-record (record
    (field "status" u16) (field "headers" (list (tuple string string))) (field "body" (list u8))))
  (export "response" (type $response (eq $response-record)))
  (type $error-variant (variant
    (case "denied" string) (case "invalid" string) (case "unreachable" string) (case "timeout")
    (case "interrupted" string) (case "too-large") (case "exhausted" string)))
  (export "error" (type $error (eq $error-variant)))
  (export "send" (func (param "request" $request) (result (result $response (error $error)))))
  (export "send-all" (func (param "requests" (list $request))
    (result (list (result $response (error $error))))))))
(core module $memory
  (memory (export "memory") 40)
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1048576)))
(core instance $memory (instantiate $memory))
(core func $send (canon lower (func $http "send-all") (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
(core module $guest
  (import "host" "send" (func $send (param i32 i32 i32)))
  (import "memory" "memory" (memory 1))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (loop (call $send (i32.const 131072) (i32.const 16000) (i32.const 64)) (br 0))
    unreachable))
(core instance $host
  (export "send" (func $send)))
(core instance $made (instantiate $guest
  (with "host" (instance $host)) (with "memory" (instance $memory))))
(core instance $node
  (export "memory" (memory $memory "memory"))
  (export "realloc" (func $memory "realloc"))
  (export "execute" (func $made "execute")))
