"""What an author reads about an exception that nobody has caught."""

from __future__ import annotations

import os
import sys
import traceback
from types import TracebackType

_OURS = os.path.dirname(__file__) + os.sep
_STAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep
_IN_COMPONENT = sys.platform == "wasi"


def report(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None = None
) -> None:
    """Writes a traceback, from the author's code on, to standard error: to the execution's log."""
    sys.stderr.write(text(error) + "\n")


def text(error: BaseException) -> str:
    """A traceback without the frames of this package at its beginning."""
    written = traceback.TracebackException.from_exception(error)
    frames = list(written.stack)
    while len(frames) > 1 and frames[0].filename.startswith(_OURS):
        frames.pop(0)
    if _IN_COMPONENT:
        for frame in frames:
            frame.filename = place(frame.filename)
    written.stack = traceback.StackSummary.from_list(frames)
    return "".join(written.format()).rstrip("\n")


def place(file: str) -> str:
    """A file's path as its author knows it, and not where the component was made."""
    return file.removeprefix(_STAGE)
