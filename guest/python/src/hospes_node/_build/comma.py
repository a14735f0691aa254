"""Missing commas: the mistake that a copied list of settings most often has."""

from __future__ import annotations

import ast
from pathlib import Path

from .problem import Problem


def parse(file: Path) -> ast.Module:
    """A file's syntax tree. A file that does not parse is a problem that says where."""
    source = _text(file)
    try:
        return ast.parse(source, str(file))
    except SyntaxError as error:
        _, lines = mend(source)
        if lines:
            raise Problem(
                "a comma is missing at the end of this line; write it, or let "
                f"`python3 -m hospes_node mend {file}` do it",
                file,
                lines[0],
            ) from None
        raise Problem(f"this is not Python: {error.msg}", file, error.lineno) from None


def mend_file(file: Path) -> list[int]:
    """Writes the missing commas into a file, and returns their lines."""
    source = _text(file)
    mended, lines = mend(source)
    if not lines:
        raise Problem("no comma is missing, or it is not the only mistake", file)
    file.write_bytes(mended.encode())
    return lines


def mend(source: str) -> tuple[str, list[int]]:
    """The source with commas where they were missing, and their lines; unchanged if those are not all."""
    mended, lines = source, []
    while (error := _error(mended)) is not None:
        after = _with_comma(mended, error)
        if after is None:
            return source, []
        mended, line = after
        lines.append(line)
    return mended, lines


def _with_comma(source: str, error: SyntaxError) -> tuple[str, int] | None:
    """The source with one more comma, if that brings the parser further."""
    at = error.lineno or 1
    lines = source.splitlines(keepends=True)
    for line in range(min(at, len(lines)), max(0, at - 3), -1):
        text = lines[line - 1]
        code, hash_, comment = text.partition("#")
        for end, rest in ((code, hash_ + comment), (text, "")):
            bare = end.rstrip()
            if not bare or bare.endswith(","):
                continue
            changed = bare + "," + end[len(bare) :] + rest
            tried = "".join([*lines[: line - 1], changed, *lines[line:]])
            left = _error(tried)
            if left is None or (left.lineno or 0) > at + 1:
                return tried, line
    return None


def _error(source: str) -> SyntaxError | None:
    try:
        ast.parse(source)
    except SyntaxError as error:
        return error
    return None


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except FileNotFoundError:
        raise Problem("there is no such file", file) from None
    except IsADirectoryError:
        raise Problem("this is a folder; name the node's file in it", file) from None
    except UnicodeDecodeError as error:
        raise Problem(f"this is not UTF-8, at byte {error.start}", file) from None
