"""`python -m screener` is the same as the command `screener`."""

import os
import sys
from typing import Final

from screener.cli import main

# Libraries that ours import where installed and that nothing here needs: together a quarter of a second a command.
_NEVER_USED: Final = ("sqlalchemy", "pydantic", "pydantic_core", "pandas", "pytz")


def run() -> None:
    """Runs the command line as a whole process and ends it at once.

    The interpreter's own shutdown is skipped once everything is flushed: DuckDB 2.0 reports its bindings' static types
    there as leaks on standard error, and unloading the libraries takes time for nothing.
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
