"""Whole processes at work on one store: an earlier answer comes back byte for byte, two writers do not harm one another, bars are for terminals."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from tests.conftest import CHECKOUT
from tests.golden.world import run
from tests.sources import shapes_served as shape
from tests.sources.served import Answer, Server
from tests.sources.shapes_served import sdn


def screener(*arguments: str, store: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "screener", *arguments, "--store", str(store)]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def said(process: subprocess.Popen[bytes], code: int = 0) -> bytes:
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err if code == 0 else b"") == (code, b"")
    return out


LIST = ("list", "--as-of", "2026-11-01", "--topic", "myanmar-military")


def test_an_earlier_answer_comes_back_byte_for_byte(store: Path, tmp_path: Path) -> None:
    """Whatever is fetched, accepted or rebuilt after a day, the answer of that day stays as it was given."""
    (tmp_path / "sdn.csv").write_bytes(sdn(31516, 31517, 1, 2, 3))
    (tmp_path / "un.xml").write_bytes(shape.UN)
    (tmp_path / "CORPCODE.xml").write_text(shape.CORPCODE, encoding="utf-8")

    def ran(*arguments: str) -> bytes:
        result = run(*arguments, "--store", store)
        assert (result.code, result.err) == (0, "")
        return result.out.encode()

    def load(source: str, file: str, day: str, *more: str) -> None:
        ran("fetch", source, "--from", str(tmp_path / file), "--retrieved-on", day, *more)

    def answer(known_at: str) -> bytes:
        return ran(*LIST, "--known-at", known_at, "--format", "json")

    load("us-ofac-sdn", "sdn.csv", "2026-08-01")
    first = answer("2026-08-15")
    assert b"us-ofac-sdn" in first
    load("un-sc", "un.xml", "2026-09-01")
    # The Myanmar Economic Corporation and MEHL are dropped from the list: the answers after this day differ.
    (tmp_path / "sdn.csv").write_bytes(sdn(7, 8, 9))
    load("us-ofac-sdn", "sdn.csv", "2026-09-02", "--accept")
    load("dart", "CORPCODE.xml", "2026-09-03")
    assert answer("2026-08-15") == first
    ran("data", "build", "--force")
    # A process that has seen nothing of all this gives the same bytes.
    assert said(screener(*LIST, "--known-at", "2026-08-15", "--format", "json", store=store)) == first
    assert answer("2026-10-01") != first


def test_two_fetches_at_once_both_arrive_and_readers_always_see_a_whole_store(
    server: Server, store: Path, tmp_path: Path
) -> None:
    server.give("/resources/xml/en/consolidated.xml", Answer(shape.UN))
    (tmp_path / "sdn.csv").write_bytes(sdn(*range(1, 1000)))
    writers = [
        screener("fetch", "us-ofac-sdn", "--from", str(tmp_path / "sdn.csv"), store=store),
        screener("fetch", "un-sc", store=store),
        screener("data", "build", "--force", store=store),
    ]
    seen: set[tuple[int, int]] = set()
    while any(writer.poll() is None for writer in writers):
        time.sleep(0.05)
        with duckdb.connect(str(store), read_only=True) as con:
            (count,) = con.execute("select count(*) from entity").fetchone() or (0,)
            assert count > 800
            if con.execute("select 1 from duckdb_tables() where schema_name = 'fetched'").fetchall():
                query = "select count(*) filter (origin = 'us-ofac-sdn'), count(*) filter (origin = 'un-sc') from fetched.entity"
                seen |= set(con.execute(query).fetchall())
    outs = [said(writer) for writer in writers]
    assert b"us-ofac-sdn: 999 records" in outs[0]
    assert b"un-sc: 2 records" in outs[1]
    assert b"built" in outs[2]
    assert seen <= {(0, 0), (999, 0), (0, 2), (999, 2)}, "never a part of a snapshot"
    with duckdb.connect(str(store), read_only=True) as con:
        assert con.execute("select origin, count(*) from fetched.entity group by all order by 1").fetchall() == [
            ("un-sc", 2),
            ("us-ofac-sdn", 999),
        ]


def on_a_terminal(arguments: Sequence[str], store: Path, width: int) -> tuple[int, str]:
    """Exit code and what appeared on a terminal of that width."""
    pty = pytest.importorskip("pty")
    fcntl, struct, termios = (pytest.importorskip(name) for name in ("fcntl", "struct", "termios"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "screener", *arguments, "--store", str(store)],
        cwd=CHECKOUT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "TERM": "xterm"},
    )
    os.close(theirs)
    shown = b""
    try:
        while block := os.read(ours, 65536):
            shown += block
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return process.wait(timeout=60), shown.decode("utf-8", "replace")


@pytest.mark.parametrize("width", [80, 140])
def test_a_terminal_is_shown_a_bar_for_each_source_and_then_what_became_of_it(
    server: Server, store: Path, width: int
) -> None:
    server.give("/resources/xml/en/consolidated.xml", Answer(shape.UN, drip=0.0003))
    server.give("/uflpa-entity-list", Answer(b"gone", 404))
    code, shown = on_a_terminal(("fetch", "un-sc", "us-uflpa"), store, width)
    assert code == 3
    for word in ("un-sc", "us-uflpa", "download", "fetched", "failed", "1 of 2 sources fetched; 1 failed"):
        assert word in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("width", [80, 140])
def test_the_list_of_sources_fits_the_terminal(store: Path, width: int) -> None:
    from rich.text import Text

    code, shown = on_a_terminal(("fetch",), store, width)
    lines = [Text.from_ansi(line).plain.rstrip() for line in shown.splitlines()]
    assert code == 0
    assert max(len(line) for line in lines) <= width
    assert any(line.split() == ["us-uflpa", "never", "nothing"] for line in lines)
    # No line of one word after another: what is said of a source fills its lines.
    assert len(lines) < (100 if width == 80 else 70)
