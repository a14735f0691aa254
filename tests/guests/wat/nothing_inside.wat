
;; Exports the interface that the host calls, with nothing in it.
(instance $action)
(export "hospes:node/action@0.1.0" (instance $action))
