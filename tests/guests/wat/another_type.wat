;; Exports `execute` under the right name with another type.
(core module $guest
  (memory (export "memory") 1)
  (func (export "execute") (param i32) (result i32) (local.get 0)))
(core instance $node (instantiate $guest))
(func $execute (param "payload" u32) (result u32) (canon lift (core func $node "execute")))
(instance $action (export "execute" (func $execute)))
(export "hospes:node/action@0.1.0" (instance $action))
