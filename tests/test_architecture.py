"""Holds the layers of docs/architecture.md: who may import whom, open a database, reach for the network, or print."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGE = CHECKOUT / "screener"
MODULES = sorted(PACKAGE.rglob("*.py"))
STATEMENTS = sorted(PACKAGE.rglob("*.sql"))
LAYERS = ("sources", "store", "match", "graph", "rules", "score", "portfolio", "report", "cli")
NETWORK = ("requests", "urllib.request", "urllib3", "http", "socket", "ssl", "ftplib", "httpx", "aiohttp")


def _layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def _relative_paths(paths: list[Path]) -> list[str]:
    return [path.relative_to(PACKAGE).as_posix() for path in paths]


def _calls(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from urllib import request` is an import of urllib.request.
            yield from ((f"{node.module}.{name.name}", node.lineno) for name in node.names)


def _is_within(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(name + ".") for name in names)


def test_every_layer_is_there_to_be_checked() -> None:
    assert {_layer(path) for path in MODULES} >= set(LAYERS)


def test_no_layer_imports_one_above_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from importlinter.cli import lint_imports

    monkeypatch.chdir(CHECKOUT)
    broken = lint_imports(no_cache=True)
    said = capsys.readouterr().out
    assert not broken, said


def test_only_the_store_opens_a_database() -> None:
    opened = [
        (p, line) for p in MODULES for name, line in _calls(p) if name.endswith("duckdb.connect") or name == "connect"
    ]
    assert opened, "nothing opens a database: this test looks for the wrong call"
    # The engine of `supply prune` has a database of its own, in memory.
    assert [(p.name, line) for p, line in opened if _layer(p) not in ("store", "supply")] == []


def test_no_store_is_built_without_its_joins() -> None:
    """Only `ready_store`, which also prepares the names and joins what was fetched, builds a store."""
    built = [p.relative_to(PACKAGE).as_posix() for p in MODULES for name, _ in _calls(p) if name == "build_store"]
    assert built == ["match/ready.py"]


def test_importing_and_using_the_package_leaves_the_process_as_it_is() -> None:
    """`sys.modules[...] = None` would keep a caller from importing pandas; the command's own process (`__main__`) may do so."""
    texts = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in MODULES}
    poisons = re.compile(r"sys\.modules\[[^\]]*\] *=|sys\.modules\.setdefault|os\._exit")
    assert [name for name, text in texts.items() if poisons.search(text)] == ["__main__.py"]


def test_only_sources_reaches_for_the_network() -> None:
    found = [
        (p.relative_to(PACKAGE).as_posix(), name, line)
        for p in MODULES
        for name, line in _imports(p)
        if _is_within(name, NETWORK)
    ]
    assert [f for f in found if not f[0].startswith("sources/")] == []


def test_only_report_and_the_command_line_print() -> None:
    prints = (
        "print",
        "sys.stdout.write",
        "sys.stderr.write",
        "click.echo",
        "click.secho",
        "rich.print",
        "Console",
        "rich.console.Console",
    )
    found = [
        (p.relative_to(PACKAGE).as_posix(), name, line) for p in MODULES for name, line in _calls(p) if name in prints
    ]
    assert any(where.startswith("cli/") for where, _, _ in found), "nothing prints: this test looks for the wrong calls"
    assert [f for f in found if not f[0].startswith(("cli/", "report/"))] == []


@pytest.mark.parametrize("path", STATEMENTS, ids=_relative_paths(STATEMENTS))
def test_sql_says_first_what_it_reads_and_gives(path: Path) -> None:
    head = list(_head(path.read_text(encoding="utf-8")))
    assert head, "no header comment"
    assert any(line.startswith("in:") for line in head), "the header names no inputs (-- in: …)"
    assert any(line.startswith("out:") for line in head), "the header names no outputs (-- out: …)"


@pytest.mark.parametrize("path", STATEMENTS, ids=_relative_paths(STATEMENTS))
def test_sql_has_no_line_longer_than_code_may_have(path: Path) -> None:
    assert [line for line in path.read_text(encoding="utf-8").splitlines() if len(line) > 120] == []


@pytest.mark.parametrize("path", STATEMENTS, ids=_relative_paths(STATEMENTS))
def test_sql_is_lower_case(path: Path) -> None:
    code = re.sub(r"--[^\n]*|'[^']*'", "", path.read_text(encoding="utf-8"))
    assert re.findall(r"\b(?:SELECT|FROM|WHERE|JOIN|CREATE|INSERT|GROUP|ORDER|WITH|UNION|CASE|AND|OR)\b", code) == []


def _head(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not line.startswith("--"):
            return
        yield line[2:].strip()
