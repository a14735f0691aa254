
;; Speaks a version of the contract that this host does not know.
(core module $guest (func (export "execute")))
(core instance $node (instantiate $guest))
(func $execute (canon lift (core func $node "execute")))
(instance $action (export "execute" (func $execute)))
(export "hospes:node/action@0.2.0" (instance $action))
