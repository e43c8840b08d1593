"""`python -m screener` is the same as the command `screener`."""

from __future__ import annotations

import os
import sys
from typing import Final

from screener.cli import main

# Libraries that ours import where they are installed, and that nothing here needs: a quarter of a second for each command beside them.
_NEVER_USED: Final = ("sqlalchemy", "pydantic", "pydantic_core", "pandas")


def run() -> None:
    """Runs the command line as a whole process and ends it at once.

    The interpreter's own ending is skipped once everything is flushed: DuckDB 2.0 reports its bindings' static types as leaks there, on the
    standard error of every command, and taking the libraries down costs time that nobody gets anything for.
    """
    for name in _NEVER_USED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    code: int | str | None = 0
    try:
        main()
    except SystemExit as ending:
        code = ending.code
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        pass
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    run()
