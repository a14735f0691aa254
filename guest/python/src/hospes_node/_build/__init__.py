"""Makes a component of a node. Runs on the author's Python, never inside a component."""
