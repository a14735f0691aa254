"""`python3 -m hospes_node build SOURCE --output FILE`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ._build import comma
from ._build.component import build
from ._build.migrate import migrate
from ._build.problem import Problem


def main(arguments: list[str] | None = None) -> int:
    """Runs the command. Exit code 2 means that the source or the toolchain is wrong."""
    parser = argparse.ArgumentParser(prog="python3 -m hospes_node", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("build", help="make a component of a node")
    verb.add_argument("source", type=Path, help="the node's file")
    verb.add_argument(
        "--output", type=Path, required=True, help="the component, such as greet.wasm"
    )
    verb = verbs.add_parser("mend", help="write the missing commas into a file")
    verb.add_argument("source", type=Path)
    verb = verbs.add_parser("migrate", help="make a solution file of a template's settings")
    verb.add_argument("source", type=Path, help="the settings, app.py")
    verb.add_argument("--output", type=Path, default=Path("hospes.toml"), help="the solution file")
    verb.add_argument("--node", type=Path, action="append", default=[], help="a node of it")
    options = parser.parse_args(arguments)
    try:
        if options.verb == "mend":
            for line in comma.mend_file(options.source):
                print(f"{options.source}:{line}: wrote the missing comma", file=sys.stderr)
        elif options.verb == "migrate":
            found = migrate(options.source, options.output, options.node)
            said = [*found.moved, *((line, f"could not: {text}") for line, text in found.left)]
            for line, text in sorted(said, key=lambda one: one[0]):
                print(f"{options.source}:{line}: {text}", file=sys.stderr)
            counts = {"moved": len(found.moved), "left": len(found.left)}
            print(json.dumps({"solution": str(options.output), **counts}))
        else:
            world = build(options.source, options.output)
            print(json.dumps({"component": str(options.output), "world": world}))
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
