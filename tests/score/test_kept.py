"""What was worked out once is told again, byte for byte, and never for another question."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from polars.testing import assert_frame_equal

from screener.score import kept
from screener.score.assess import Assessment, assess
from screener.store.build import open_store

DAY = dt.date(2026, 11, 20)


@pytest.fixture
def store(shipped_store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(shipped_store, tmp_path / "s.duckdb"))


@pytest.fixture
def con(store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_store(store) as opened:
        yield opened


def folders(store: Path) -> list[Path]:
    place = store.with_name(store.name + ".kept")
    return sorted(place.iterdir()) if place.is_dir() else []


def assert_same(one: Assessment, other: Assessment) -> None:
    assert (one.clocks, one.rules, one.method, one.rejected) == (
        other.clocks,
        other.rules,
        other.method,
        other.rejected,
    )
    for name in ("findings", "claims", "topics", "companies"):
        assert_frame_equal(getattr(one.scores, name), getattr(other.scores, name), check_exact=True)
    for name in ("known", "edges", "evidence", "companies", "names", "responses", "lists", "input_files"):
        assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


def test_the_second_answer_is_the_first_one(con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kept.kept_assessment(con, as_of=DAY)

    def never(*_: object, **__: object) -> Assessment:
        raise AssertionError("worked out once more")

    monkeypatch.setattr(kept, "assess", never)
    assert_same(kept.kept_assessment(con, as_of=DAY), first)
    monkeypatch.undo()
    assert_same(assess(con, as_of=DAY), first)


def test_another_day_topic_rule_or_clock_is_another_question(
    con: duckdb.DuckDBPyConnection, store: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    method = (Path(kept.__file__).parents[2] / "rules" / "method.toml").read_text(encoding="utf-8")
    (own / "method.toml").write_text(method, encoding="utf-8")
    asked = [
        {"as_of": DAY},
        {"as_of": dt.date(2020, 1, 1)},
        {"as_of": DAY, "known_at": dt.date(2021, 1, 1)},
        {"as_of": DAY, "topics": ["myanmar-gas"]},
        {"as_of": DAY, "rules": [str(own)]},
    ]
    for question in asked:
        assert_same(kept.kept_assessment(con, **question), assess(con, **question))
    assert len(folders(store)) == len(asked)
    (own / "method.toml").write_text(method + "\n# another word\n", encoding="utf-8")
    kept.kept_assessment(con, **asked[-1])
    assert len(folders(store)) == len(asked) + 1


def test_a_store_that_was_written_to_is_asked_anew_and_the_old_answers_go(store: Path) -> None:
    with open_store(store) as con:
        first = kept.kept_assessment(con, as_of=DAY)
    before = folders(store)
    with duckdb.connect(str(store)) as con:
        con.execute("delete from activity")
    with open_store(store) as con:
        second = kept.kept_assessment(con, as_of=DAY)
    assert second.scores.findings.height < first.scores.findings.height
    assert len(folders(store)) == 1
    assert folders(store) != before


@pytest.mark.parametrize("harm", ["cut", "gone", "other", "garbled"])
def test_what_cannot_be_read_any_more_is_worked_out_again(
    con: duckdb.DuckDBPyConnection, store: Path, harm: str
) -> None:
    first = kept.kept_assessment(con, as_of=DAY)
    [folder] = folders(store)
    file = folder / "findings.arrow"
    if harm == "cut":
        os.truncate(file, file.stat().st_size // 2)
    elif harm == "gone":
        file.unlink()
    elif harm == "other":
        shutil.copyfile(folder / "names.arrow", file)
    else:
        (folder / "told.json").write_text(json.dumps({"as_of": "soon"}), encoding="utf-8")
    assert_same(kept.kept_assessment(con, as_of=DAY), first)
    assert_same(kept.kept_assessment(con, as_of=DAY), first)


def test_where_nothing_can_be_kept_the_answer_is_the_same(con: duckdb.DuckDBPyConnection, store: Path) -> None:
    store.with_name(store.name + ".kept").write_text("a file stands where the folder would", encoding="utf-8")
    assert_same(kept.kept_assessment(con, as_of=DAY), assess(con, as_of=DAY))


def test_no_more_than_a_few_are_kept_and_the_last_used_stay(con: duckdb.DuckDBPyConnection, store: Path) -> None:
    days = [DAY - dt.timedelta(days=n) for n in range(kept.KEPT + 2)]
    kept.kept_assessment(con, as_of=days[0], topics=["sudan"])
    [first] = folders(store)
    for number, day in enumerate(days[1:], 1):
        for folder in folders(store):
            os.utime(folder, (number, number) if folder != first else (number + 0.5, number + 0.5))
        kept.kept_assessment(con, as_of=day, topics=["sudan"])
    assert len(folders(store)) == kept.KEPT
    assert first in folders(store)
