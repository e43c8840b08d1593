"""Keeps assessments beside the store, so that the same question about the same store is not worked out twice.

`<store>.kept/` holds one folder an assessment, named after the store as it stands and all that was asked of it: the program itself, the
rules and the method to the byte, topics, and both clocks. Whatever of these changes makes it another question. The folder may be
removed at any time; what cannot be read or written there is worked out as if nothing had been kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import dataframely as dy
import duckdb
import polars as pl

from screener import __version__
from screener.rules.load import Rule, read_rules, rule_folders
from screener.rules.method import read_method
from screener.schema.frames import CompanyScore, Knowledge, ScoredFinding, TopicScore
from screener.score.assess import Assessment, assess, known_topics
from screener.score.findings import Scores
from screener.store.clock import Clocks, the_day

KEPT: Final = 6
_ROOMS: Final = ("schema", "store", "graph", "rules", "score")
_STRAY_SECONDS: Final = 86_400
_PLAIN: Final = ("edges", "evidence", "companies", "names", "responses", "verdicts", "contacts", "lists", "input_files")


def kept_assessment(
    con: duckdb.DuckDBPyConnection,
    *,
    rules: Sequence[str] = (),
    topics: Sequence[str] = (),
    as_of: dt.date | None = None,
    known_at: dt.date | None = None,
    anew: bool = False,
    beside: Callable[[Callable[[], None]], object] = lambda work: work(),
) -> Assessment:
    """As `screener.score.assess.assess`, from what was kept if the same was asked of the same store before, unless it is to be made anew.

    What is to be kept is written by a function that `beside` is given; at once, unless that does it beside what follows.
    Where it was kept, the clocks of `con` are not set (`screener.store.clock.set_clocks`).
    """
    [(file,)] = con.execute("select path from duckdb_databases() where database_name = current_database()").fetchall()
    store = Path(file)
    folders, day = rule_folders(rules), the_day(as_of)
    standing = _standing(store)
    asked = _hash(_asked(folders, topics, day, known_at))
    place = store.with_name(store.name + ".kept") / f"{standing}-{asked}"
    try:
        if not anew:
            return _read(place, read_rules(folders, topics, known_topics(con)), folders)
    except (OSError, ValueError, KeyError, pl.exceptions.PolarsError, dy.exc.SchemaError, dy.exc.ValidationError):
        pass  # not kept, or not readable any more
    assessment = assess(con, rules=rules, topics=topics, as_of=day, known_at=known_at)
    if _standing(store) == standing:
        beside(lambda: _keep_if_possible(assessment, place))
    return assessment


def _keep_if_possible(assessment: Assessment, place: Path) -> None:
    with suppress(OSError, pl.exceptions.PolarsError):
        _keep(assessment, place)


def _standing(store: Path) -> str:
    """The file as it stands: every write of the store replaces it or changes its size or time."""
    parts = []
    for path in (store, store.with_name(store.name + ".wal")):
        with suppress(OSError):
            stat = path.stat()
            parts.append(f"{path.suffix} {stat.st_ino} {stat.st_size} {stat.st_mtime_ns}".encode())
    return _hash(parts)


def _asked(folders: Sequence[Path], topics: Sequence[str], day: dt.date, known_at: dt.date | None) -> Iterator[bytes]:
    """All that an assessment depends on beside the store."""
    yield f"{__version__} {duckdb.__version__} {pl.__version__} {day} {known_at} {sorted(topics)}".encode()
    package = Path(__file__).parent.parent
    for room in _ROOMS:
        for path in sorted([*(package / room).glob("*.py"), *(package / room).glob("*.sql")]):
            yield path.name.encode()
            yield path.read_bytes()
    for folder in folders:
        yield b"folder"
        for path in sorted(folder.rglob("*.toml")):
            yield path.relative_to(folder).as_posix().encode()
            yield path.read_bytes()


def _hash(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:20]


def _read(place: Path, rules: list[Rule], folders: Sequence[Path]) -> Assessment:
    told: dict[str, Any] = json.loads((place / "told.json").read_text(encoding="utf-8"))

    def frame(name: str) -> pl.DataFrame:
        return pl.read_ipc(place / f"{name}.arrow")

    assessment = Assessment(
        clocks=Clocks(dt.date.fromisoformat(told["as_of"]), dt.date.fromisoformat(told["known_at"])),
        rules=rules,
        method=read_method(folders),
        scores=Scores(
            findings=ScoredFinding.validate(frame("findings")),
            claims=frame("claims"),
            topics=TopicScore.validate(frame("topics")),
            companies=CompanyScore.validate(frame("company_scores")),
        ),
        known=Knowledge.validate(frame("known")),
        rejected=int(told["rejected"]),
        supply_file=None,
        **{name: frame(name) for name in _PLAIN},
    )
    os.utime(place)  # the least lately used are the first to go
    return assessment


def _keep(assessment: Assessment, place: Path) -> None:
    folder, scores = place.parent, assessment.scores
    folder.mkdir(exist_ok=True)
    frames: dict[str, pl.DataFrame] = {name: getattr(assessment, name) for name in _PLAIN}
    frames |= {"findings": scores.findings, "claims": scores.claims, "topics": scores.topics}
    frames |= {"company_scores": scores.companies, "known": assessment.known}
    told = {
        "as_of": str(assessment.clocks.as_of),
        "known_at": str(assessment.clocks.known_at),
        "rejected": assessment.rejected,
    }
    temporary = Path(tempfile.mkdtemp(prefix=".", dir=folder))
    try:
        for name, frame in frames.items():
            frame.write_ipc(temporary / f"{name}.arrow", compression="lz4")
        (temporary / "told.json").write_text(json.dumps(told), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)  # what could not be read, or is to be made anew
        temporary.rename(place)
    finally:
        # Another process may have kept the same first; its answer is as good.
        shutil.rmtree(temporary, ignore_errors=True)
    _forget(folder, place)


def _forget(folder: Path, newest: Path) -> None:
    """Removes what no question can meet any more, since the store has changed, what is over the number kept, and strays of a killed process."""
    standing, now = newest.name.partition("-")[0], time.time()
    used = sorted(((path.stat().st_mtime, path) for path in folder.iterdir()), reverse=True)
    kept = [path for _, path in used if path.name.startswith(f"{standing}-")][:KEPT]
    for moment, path in used:
        stray = path.name.startswith(".")
        if path not in kept and path != newest and (not stray or now - moment > _STRAY_SECONDS):
            shutil.rmtree(path, ignore_errors=True)
