"""The Braze node: users, events and purchases for `POST /users/track`.

It does what the node in Rust in `guest/nodes/braze-track` does, and passes the same golden cases.
`node.py` is the node. `payload.py` reads the two forms of a payload, `rules.py` finds what Braze is
known to refuse, `answer.py` says what a response means, `report.py` what became of each object.
"""
