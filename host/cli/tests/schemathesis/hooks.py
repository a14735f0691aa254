"""What schemathesis does not know by itself: components as bodies."""

import os
import pathlib

import schemathesis
from hypothesis import strategies as st

COMPONENT = pathlib.Path(os.environ["COMPONENT"]).read_bytes()

schemathesis.openapi.media_type("application/wasm", st.just(COMPONENT))


@schemathesis.serializer("application/wasm")
def wasm(ctx, value):
    """Bytes go as they are, and whatever else as text that is no component."""
    return value if isinstance(value, bytes) else str(value).encode()
