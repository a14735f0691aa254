;; Begins one request with a mebibyte after the other, and waits for none.
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
(alias export $http "request" (type $request))
(alias export $http "response" (type $response))
(alias export $http "error" (type $error))
(import "hospes:node/http-async@0.1.0" (instance $async
  (alias outer 1 $request (type $request-outer))
  (export "request" (type $request (eq $request-outer)))
  (alias outer 1 $response (type $response-outer))
  (export "response" (type $response (eq $response-outer)))
  (alias outer 1 $error (type $error-outer))
  (export "error" (type $error (eq $error-outer)))
  (export "send" (func async (param "request" $request) (result (result $response (error $error)))))))
(core module $memory
  (memory (export "memory") 20)
  (data (i32.const 256) "POST")
  (data (i32.const 272) "https://api.example.com/")
  ;; The request, with a mebibyte of zeros for a body.
  (data (i32.const 512) "\00\01\00\00\04\00\00\00\10\01\00\00\18\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\01\00\00\00\10\00")
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
(core instance $memory (instantiate $memory))
(core func $send (canon lower (func $async "send") async (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
(core module $guest
  (import "host" "send" (func $send (param i32 i32) (result i32)))
  (import "memory" "memory" (memory 1))
  (func (export "execute")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)
    (loop (drop (call $send (i32.const 512) (i32.const 64))) (br 0))
    unreachable))
(core instance $host
  (export "send" (func $send)))
(core instance $made (instantiate $guest
  (with "host" (instance $host)) (with "memory" (instance $memory))))
(core instance $node
  (export "memory" (memory $memory "memory"))
  (export "realloc" (func $memory "realloc"))
  (export "execute" (func $made "execute")))
