"""Writes reports/examples/: one example of every output, made by the commands that its README names. A test holds them current.

They stand on two fixed days and mostly on one small topic or one company, so that the folder stays small.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = CHECKOUT / "reports" / "examples"
CLOCKS: Final = "--as-of 2026-09-30 --known-at 2026-09-30"
_SCREEN: Final = f"screen datasets/sample/portfolio.csv --topic dprk {CLOCKS}"
_LIST: Final = f"list --topic dprk --band low {CLOCKS}"
_COMPANY: Final = "CJ ENM"
_QUARTER: Final = "--topic dprk --portfolio datasets/sample/portfolio.csv"
FILES: Final = {
    **{f"screen.{form}": f"{_SCREEN} --format {form}" for form in ("json", "html", "md", "xlsx", "csv", "parquet")},
    "screen.txt": f"screen datasets/sample/portfolio.csv {CLOCKS}",
    "screen.ko.html": f"{_SCREEN} --format html --lang ko",
    **{f"list.{form}": f"{_LIST} --format {form}" for form in ("json", "csv", "md")},
    "list.txt": _LIST,
    "show.html": f"show '{_COMPANY}' {CLOCKS} --format html",
    "show.txt": f"show '{_COMPANY}' {CLOCKS}",
    "show.ko.md": f"show '{_COMPANY}' {CLOCKS} --format md --lang ko",
    "explain.txt": f"explain '{_COMPANY}' {CLOCKS}",
    "letter.md": f"letter '{_COMPANY}' {CLOCKS}",
    "letter.ko.md": f"letter '{_COMPANY}' {CLOCKS} --lang ko",
    **{f"gap.{form}": f"gap --topic myanmar {CLOCKS} --format {form}" for form in ("md", "csv")},
    "gap.ko.md": f"gap --topic myanmar {CLOCKS} --format md --lang ko",
    "sensitivity.md": f"sensitivity datasets/sample/portfolio.csv {CLOCKS} --format md",
    "backtest.md": f"backtest --topic dprk {CLOCKS} --format md",
}
"""File -> the command that writes it, after `screener` and before `--out FILE`."""
QUARTERS: Final = {
    "2026Q2": f"quarter 2026Q2 {_QUARTER}",
    "2026Q3": f"quarter 2026Q3 {_QUARTER} --previous {{before}}",
}
"""Runs of `screener quarter`; of the first nothing but what is compared with it is kept."""
_HEAD: Final = """# Examples of every output

Made by `make examples` from the facts of this repository; a test holds them current. Call `screener` in the top folder of a checkout:

| file | command |
|---|---|
"""


def write(folder: Path, only: Collection[str] = ()) -> list[str]:
    """Writes all examples, or those of some files and the quarter, into a folder; gives their names, relative to it."""
    before = folder / "2026Q2"
    with _in_checkout():
        for name, command in FILES.items():
            if only and name not in only:
                continue
            _run(command, "--out", str(folder / name))
        for name, command in QUARTERS.items():
            _run(command.replace("{before}", str(before)), "--out", str(folder / name))
        _run(f"diff {before} {folder / '2026Q3'} --format md", "--out", str(folder / "diff.md"))
    rows = list(FILES.items())
    rows += [
        ("2026Q3/", QUARTERS["2026Q3"].replace("{before}", "2026Q2")),
        ("diff.md", "diff 2026Q2 2026Q3 --format md"),
    ]
    table = "".join(f"| [{name}]({name}) | `screener {command} --out {name.rstrip('/')}` |\n" for name, command in rows)
    _forget_the_place(folder, before)
    (folder / "README.md").write_text(_HEAD + table, encoding="utf-8")
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _forget_the_place(folder: Path, before: Path) -> None:
    """Removes the run that was compared with, and the place where it stood from the manifest."""
    shutil.rmtree(before)
    manifest = folder / "2026Q3" / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(str(before), "2026Q2"), encoding="utf-8")


@contextlib.contextmanager
def _in_checkout() -> Iterator[None]:
    """In the top folder, so that a portfolio is named as a reader would name it; the width and the locale are no part of an example."""
    here, given = os.getcwd(), dict(os.environ)
    os.chdir(CHECKOUT)
    os.environ |= {"COLUMNS": "100", "LC_ALL": "C.UTF-8"}
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(given)


def _run(command: str, *more: str) -> None:
    from screener.cli import main

    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            main([*shlex.split(command), *more])
    except SystemExit as ending:
        if ending.code not in (0, None):
            raise RuntimeError(f"screener {command}: {said.getvalue()}") from None


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    print(f"{len(write(FOLDER))} files in {FOLDER}", file=sys.stderr)
