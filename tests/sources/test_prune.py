"""`screener data prune` and `screener data info`: what is forgotten is gone, what stays answers as before, and the rest is refused."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from screener.errors import ScreenerError
from screener.match.joining import join_origin
from screener.match.ready import ready_store
from screener.sources.run import FetchRequest, fetch
from screener.store.build import open_store
from screener.store.clock import set_clocks
from screener.store.prune import prune
from screener.store.snapshots import raw_folder
from tests.sources import shapes_served as shape
from tests.sources.shapes_served import sdn

Run = Callable[..., Any]
Rows = Callable[..., list[tuple[Any, ...]]]
MONTHS = [dt.datetime(2026, month, 10, 12) for month in (4, 5, 6, 7)]
APRIL, MAY, JUNE, JULY = (moment.date() for moment in MONTHS)
DAYS = [moment.date() + dt.timedelta(days) for moment in MONTHS for days in (-1, 0, 1)]


@pytest.fixture(scope="module")
def fetched(base_store: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[dt.date, Any]]:
    """Four snapshots of one source, of which one was refused between the last two, and one of another source; and what each day knows."""
    folder = tmp_path_factory.mktemp("fetched")
    store = Path(shutil.copy(base_store, folder / "store.duckdb"))

    def load(name: str, body: bytes, at: dt.datetime) -> Any:
        (folder / "body").write_bytes(body)
        order = FetchRequest(store, join_origin, raise_faults=True, file=folder / "body", retrieved_at=at)
        return fetch([name], order)[0]

    for month, moment in enumerate(MONTHS):
        if month == 3:
            assert load("us-ofac-sdn", b"\x1a", moment - dt.timedelta(5)).failed
        assert not load("us-ofac-sdn", sdn(*range(month, month + 10)), moment).failed
    assert not load("un-sc", shape.UN, MONTHS[1]).failed
    return store, answers(store)


@pytest.fixture
def history(fetched: tuple[Path, dict[dt.date, Any]], store: Path) -> dict[dt.date, Any]:
    """A copy of it that a test may write, in the place of the store; what each day knew."""
    shutil.copy(fetched[0], store)
    shutil.copytree(raw_folder(fetched[0]), raw_folder(store))
    return fetched[1]


def answers(store: Path, days: Sequence[dt.date] = DAYS) -> dict[dt.date, Any]:
    """What each day knew, whole; None where it is refused."""
    found: dict[dt.date, Any] = {}
    tables = ("edge", "edge_source", "entity", "identifier", "entity_name", "listing", "list", "source")
    with open_store(store) as con:
        for day in days:
            try:
                set_clocks(con, dt.date(2026, 8, 1), day)
            except ScreenerError as refused:
                found[day] = None if "pruned" in refused.what else refused
            else:
                found[day] = [con.execute(f"from {table} order by all").fetchall() for table in tables]
    return found


def content(store: Path) -> dict[Path, bytes]:
    """Every byte of the store and its raw files."""
    return {path: path.read_bytes() for path in (store, *raw_folder(store).rglob("*.gz"))}


def raw_files(store: Path) -> int:
    return len(list(raw_folder(store).rglob("*.gz")))


@pytest.mark.parametrize(
    ("policy", "snapshots", "files", "refused"),
    [
        ({"before": dt.date(2026, 7, 1)}, {"us-ofac-sdn": 2}, 2, (APRIL, dt.date(2026, 6, 29))),
        ({"before": MAY}, {}, 0, None),
        ({"before": dt.date(2027, 1, 1)}, {"us-ofac-sdn": 4}, 4, (APRIL, dt.date(2026, 12, 30))),
        ({"keep": 1}, {"us-ofac-sdn": 4}, 4, (APRIL, dt.date(2026, 7, 9))),
        ({"keep": 2}, {"us-ofac-sdn": 2}, 2, (APRIL, dt.date(2026, 6, 9))),
        ({"keep": 4}, {}, 0, None),
        ({"keep": 9}, {}, 0, None),
        ({"keep": 1, "origins": ("un-sc",)}, {}, 0, None),
        ({"before": dt.date(2026, 6, 1), "keep": 1}, {"us-ofac-sdn": 1}, 1, (APRIL, dt.date(2026, 5, 30))),
        ({"before": dt.date(2027, 1, 1), "keep": 3}, {"us-ofac-sdn": 1}, 1, (APRIL, dt.date(2026, 5, 9))),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_every_policy_keeps_the_days_that_it_says(
    history: dict[dt.date, Any],
    store: Path,
    policy: dict[str, Any],
    snapshots: dict[str, int],
    files: int,
    refused: tuple[dt.date, dt.date] | None,
) -> None:
    before, there = history, raw_files(store)
    assert None not in before.values()
    whole = content(store)
    planned = prune(store, **policy, dry_run=True)
    assert content(store) == whole, "a dry run changes nothing"
    done = prune(store, **policy)
    assert done == planned
    assert ({s.origin: s.snapshots for s in done.sources}, done.files) == (snapshots, files)
    # The refused snapshot is an empty file of its own.
    assert raw_files(store) == there - files
    # Of the same bytes the answers are the same.
    after = before if content(store) == whole else answers(store)
    for day in DAYS:
        gone = refused is not None and refused[0] <= day <= refused[1]
        assert after[day] == (None if gone else before[day]), day
    assert prune(store, **policy).sources == (), "the second time there is nothing left to forget"


def test_what_was_forgotten_stays_refused_after_a_rebuild_and_a_later_fetch(
    history: Any, store: Path, load: Run
) -> None:
    prune(store, keep=2)
    ready_store(str(store), force=True, lasting=False)
    load(sdn(*range(20, 30)), dt.datetime(2026, 8, 10), accept=True)
    answered = answers(store)
    assert [day for day in DAYS if answered[day] is None] == [day for day in DAYS if APRIL <= day < JUNE]
    with pytest.raises(ScreenerError, match="ask for 2026-06-10 or later"), open_store(store) as con:
        set_clocks(con, known_at=MAY)


def test_a_store_from_before_anything_could_be_pruned_is_brought_forward(history: Any, store: Path) -> None:
    with duckdb.connect(str(store)) as con:
        con.execute("drop table fetched.forgotten_history; update meta set value = '1' where key = 'fetched_schema'")
    with pytest.raises(ScreenerError, match="older version of the program"):
        prune(store, keep=1)
    ready_store(str(store), force=True)
    assert None not in answers(store).values()
    assert prune(store, keep=1).sources[0].snapshots == 4
    assert answers(store, [MAY])[MAY] is None


def test_nothing_is_pruned_without_a_policy_or_from_a_source_that_was_never_fetched(history: Any, store: Path) -> None:
    with pytest.raises(ScreenerError, match="--before DATE, --keep N"):
        prune(store)
    with pytest.raises(ScreenerError, match="one of: un-sc, us-ofac-sdn"):
        prune(store, keep=1, origins=("dart",))


def test_a_store_into_which_nothing_was_fetched_has_nothing_to_forget(store: Path) -> None:
    assert prune(store, keep=1).sources == ()


# --- as commands ----------------------------------------------------------------------------------------------------------------


def test_the_command_says_what_it_forgets(history: Any, call: Callable[..., tuple[int, str, str]], store: Path) -> None:
    code, out, _ = call("data", "prune", "--keep", "1", "--dry-run")
    assert code == 0
    assert "us-ofac-sdn: 4 snapshots" in out
    assert "would be deleted; --known-at goes back to 2026-07-10" in out
    code, out, _ = call("data", "prune", "us-ofac-sdn", "--keep", "2", "--format", "json")
    document = json.loads(out)
    assert document["schema"] == "screener/prune/1"
    assert [(s["source"], s["snapshots"], s["known_from"]) for s in document["sources"]] == [
        ("us-ofac-sdn", 2, "2026-06-10")
    ]
    assert call("data", "prune", "--keep", "2")[1] == "nothing to delete\n"
    code, _, err = call("screen", "datasets/sample/portfolio.csv", "--known-at", "2026-05-01")
    assert code == 2
    assert "what was known on that day was pruned (found 'us-ofac-sdn'); ask for 2026-06-10 or later" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "which snapshots?"),
        (("--keep", "0"), "x>=1"),
        (("--before", "soon"), "not a day"),
        (("nowhere", "--keep", "1"), "nothing was fetched"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_one_line(
    history: Any, call: Callable[..., tuple[int, str, str]], arguments: tuple[str, ...], said: str
) -> None:
    code, _, err = call("data", "prune", *arguments)
    assert (code, len(err.strip().splitlines())) == (2, 1)
    assert said in err


def test_info_says_what_was_fetched_and_from_when(
    history: Any, call: Callable[..., tuple[int, str, str]], store: Path, load: Run
) -> None:
    _, out, _ = call("data", "info")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "us-ofac-sdn 2026-07-10 12:00 not given 10 4 2026-04-10" in lines
    assert "un-sc 2026-05-10 12:00 2026-02-27 2 1 2026-05-10" in lines
    assert "6 raw files" in out
    assert "refused" not in out, "the refused one is older than what stands"
    assert load(b"\x1a", MONTHS[3] + dt.timedelta(1)).failed
    _, out, _ = call("data", "info")
    assert "us-ofac-sdn: a later snapshot was refused: it has no rows" in out
    _, out, _ = call("data", "info", "--format", "json")
    document = json.loads(out)
    assert [(s["origin"], s["rows"], s["snapshots"], s["refused"], s["first_at"]) for s in document["fetched"]] == [
        ("un-sc", 2, 1, 0, "2026-05-10T12:00:00Z"),
        ("us-ofac-sdn", 10, 4, 2, "2026-04-10T12:00:00Z"),
    ]
    assert document["raw_files"]["number"] == 6
