"""Runs benchmarks: `python -m tests.bench [NAME…]`, one JSON line a figure on the standard output and nothing else there.

A benchmark is a file `bench_<name>.py` with `run()`, which yields its figures: {"bench": name, "size": n, "ratio": r, "against": what the
ratio is to, "seconds": s, "peak_mb": m, …}. Its name is the file's, with `-` for `_`; a file that gives figures of several names lists
them as NAMES. `run` may take one argument, the names asked for.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def discovered() -> dict[str, str]:
    """Name of each benchmark -> its module, without importing any (some need packages that are not there for others)."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("bench_*.py")):
        for name in _names(path):
            found[name] = f"{__package__}.{path.stem}"
    return found


def _names(path: Path) -> tuple[str, ...]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(t, ast.Name) and t.id == "NAMES" for t in targets) and node.value is not None:
            return tuple(ast.literal_eval(node.value))
    return (path.stem.removeprefix("bench_").replace("_", "-"),)


def figures(module: str, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The figures of one module, of those names."""
    run: Callable[..., Iterator[dict[str, Any]]] = importlib.import_module(module).run
    given = run(names) if inspect.signature(run).parameters else run()
    yield from (figure for figure in given if figure["bench"] in names)


def main(wanted: list[str]) -> int:
    """Runs the benchmarks of those names, or all; 2 for a name that there is not, 1 if one failed."""
    known = discovered()
    if unknown := [name for name in wanted if name not in known]:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(sorted(known))}", file=sys.stderr)
        return 2
    chosen = {name: module for name, module in known.items() if not wanted or name in wanted}
    failed = False
    out = sys.stdout
    # Whatever a benchmark prints goes to the standard error: the standard output holds figures alone.
    with contextlib.redirect_stdout(sys.stderr):
        for module in dict.fromkeys(chosen.values()):
            try:
                for figure in figures(module, tuple(name for name in chosen if chosen[name] == module)):
                    print(json.dumps(figure, ensure_ascii=False), file=out, flush=True)
            except Exception as error:
                failed = True
                print(f"{module}: {type(error).__name__}: {error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
