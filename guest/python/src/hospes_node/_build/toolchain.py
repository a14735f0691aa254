"""componentize-py: whether it is there, and how it is run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from .problem import Problem

VERSION = "0.25.1"
GET = f"python3 -m pip install componentize-py=={VERSION}"

_RUN = "import sys; from componentize_py import script; sys.exit(script())"


def check() -> None:
    """Refuses a Python without a componentize-py that fits."""
    try:
        found = metadata.version("componentize-py")
    except metadata.PackageNotFoundError:
        raise Problem(f"componentize-py is not installed; get it with `{GET}`") from None
    numbers = [tuple(map(int, re.findall(r"\d+", one)[:2])) for one in (found, VERSION)]
    if numbers[0] != numbers[1]:
        raise Problem(
            f"componentize-py is {found}, and this SDK needs {VERSION}; get it with `{GET}`"
        )


def componentize(world: str, stage: Path, entry: str, output: Path) -> tuple[bool, str]:
    """Makes a component. Tells whether it could, and what was printed."""
    wit = Path(__file__).parent.parent / "wit"
    arguments = ["-d", str(wit), "-w", world, "componentize", entry]
    arguments += ["-p", str(stage), "-o", str(output)]
    # Nothing but the stage: not the packages of the virtual environment that happens to be active.
    environment = {**os.environ, "VIRTUAL_ENV": str(stage / "none"), "RUST_BACKTRACE": "0"}
    (stage / "none/lib/python3/site-packages").mkdir(parents=True, exist_ok=True)
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _RUN, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return ended.returncode == 0, ended.stdout
