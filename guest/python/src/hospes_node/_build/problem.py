"""What an author has to change."""

from __future__ import annotations

from pathlib import Path


class Problem(Exception):
    """What is wrong, where, and what to do next."""

    def __init__(self, text: str, file: Path | None = None, line: int | None = None) -> None:
        place = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(place + text)
