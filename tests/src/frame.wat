(component
  ;; The contract's types, as every node imports them.
  (type $contract (instance
    (type $text string)
    (export "json" (type $json (eq $text)))
    (type $context-record (record
      (field "execution-id" string)
      (field "attempt" u32)
      (field "env" string)
      (field "params" $json)
      (field "secrets" (list string))
      (field "variables" $json)
      (field "remaining-ms" u64)))
    (export "context" (type $context (eq $context-record)))
    (type $kinds (enum
      "invalid-payload" "invalid-params" "denied" "unauthorized" "rejected" "partial"
      "rate-limited" "unavailable" "unknown" "protocol" "internal"))
    (export "failure-kind" (type $failure-kind (eq $kinds)))
    (type $failure-record (record
      (field "kind" $failure-kind)
      (field "message" string)
      (field "retry-after-ms" (option u64))
      (field "details" (option $json))))
    (export "failure" (type $failure (eq $failure-record)))))
  (import "hospes:node/types@0.1.0" (instance $types (type $contract)))
  (alias export $types "json" (type $json))
  (alias export $types "context" (type $context))
  (alias export $types "failure" (type $failure))
  (type $answer (result $json (error $failure)))
  (type $execute (func (param "payload" $json) (param "context" $context) (result $answer)))
  (type $execute-async
    (func async (param "payload" $json) (param "context" $context) (result $answer)))

  {guest}
  {lift}
)
