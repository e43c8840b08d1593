"""`python -m screener` is the same as the command `screener`."""

from __future__ import annotations

import os
import sys
import threading

from screener.cli import main


def run() -> None:
    """Runs the command line as a whole process and ends it at once.

    The interpreter's own ending is skipped once everything is flushed: DuckDB 2.0 reports its bindings' static types as leaks there, on the
    standard error of every command, and taking the libraries down costs time that nobody gets anything for.
    """
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
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()  # what is kept for the next time is written beside the report
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    run()
