"""Screening what was pruned finds what screening the whole finds, by either engine, and a run that was killed goes on."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import strategies as st

from screener.errors import ScreenerError
from screener.portfolio.supply import write_supply
from screener.score.findings import Scores
from screener.supply import prune
from screener.supply.engines import DuckEngine, SparkEngine, same_run
from tests.once import drawn
from tests.rules.facts import Facts, at, scored_many, world_method, world_rules

KNOWN = {"kr-90000010": "Hanbit Energy", "kr-90000020": "Daehan Maesan", "cn-tianjing-silicon": "Tianjing Silicon"}
STRANGERS = [
    f"Qorvex {word} Holdings"
    for word in ("Alpha", "Birch", "Cedar", "Delta", "Ember", "Flint", "Grove", "Heath", "Indigo", "Juniper")
]
HEAD = ("Supplier", "Buyer", "Supplier country", "Origin", "HS Code", "Value USD")
ROWS = st.lists(
    st.tuples(
        st.sampled_from([*KNOWN.values(), *STRANGERS]),
        st.sampled_from([*KNOWN.values(), *STRANGERS]),
        st.sampled_from(["", "CN", "KR", "VN"]),
        st.sampled_from(["", "", "Xinjiang", "China"]),
        st.sampled_from(["", "280461", "5201.00", "7308"]),
        st.sampled_from(["", "1000"]),
    ).filter(lambda row: row[0] != row[1]),
    min_size=1,
    max_size=28,
)


def _base() -> Facts:
    facts = Facts()
    for entity_id, name in KNOWN.items():
        facts.entity(entity_id, name=name)
    facts.entity("cn-xinjiang", kind="place", name="Xinjiang", region="CN-XJ")
    facts.listed("cn-tianjing-silicon", "test-labour-list", valid_from="2022-06-21")
    facts.buys("kr-90000020", "kr-90000010")
    shares = {
        "region": "CN-XJ",
        "hs_code": "5201",
        "product": "cotton",
        "share_of": "CN",
        "share_min": "0.8",
        "year": "2020",
    }
    facts.row("region_share", **shares)
    return facts


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with at(_base()) as opened:
        yield opened


def _file(path: Path, rows: list[tuple[str, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        writer.writerows(rows)
    return path


def _with(con: duckdb.DuckDBPyConnection, file: Path, folder: Path) -> Facts:
    """The facts with the deliveries of a file; without the summaries of sources, which name the file."""
    out = folder / f"facts-{file.stem}"
    out.mkdir()
    facts = _base()
    if any(line for line in file.read_text(encoding="utf-8").splitlines()[1:] if line.strip(",")):
        write_supply(con, file, out)
        for table in ("source", "entity", "supply"):
            read = pl.read_csv(next((out / table).glob("*.csv")), infer_schema=False)
            for row in read.iter_rows(named=True):
                facts.rows.setdefault(table, []).append({k: v for k, v in row.items() if k != "summary"})
    return facts


def _findings(world: Scores) -> list[dict[str, Any]]:
    wanted = (
        "finding_id",
        "company_id",
        "rule_id",
        "anchor_id",
        "tier",
        "proximity",
        "status",
        "exposure",
        "confidence",
    )
    return world.findings.select(wanted).sort("finding_id").to_dicts()


def _pruned(con: duckdb.DuckDBPyConnection, engine: Any, files: list[str], tiers: int = 4) -> pl.DataFrame:
    headings = engine.open(files)
    columns = prune.recognised(headings, {})
    base = prune.base_of(con, world_rules())
    prune.prune(engine, base, headings, columns, tiers)
    selected = engine.work / "selected.parquet"
    frame = pl.read_parquet(selected if selected.is_file() else selected / "*.parquet")
    return frame.sort(frame.columns, nulls_last=True)


def test_the_pruned_file_gives_the_findings_of_the_whole(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """What the rules of the small world find, of several files in worlds side by side."""
    of_pruned, of_whole = [], []
    for number, rows in enumerate(drawn(ROWS, 3)):
        folder = tmp_path / str(number)
        folder.mkdir()
        whole = _file(folder / "whole.csv", rows)
        pruned = _pruned(con, DuckEngine(folder / "work", con), [str(whole)], int(world_method().graph["max_tiers"]))
        pruned.write_csv(folder / "few.csv")
        assert pruned.height <= len(rows)
        of_pruned.append(_with(con, folder / "few.csv", folder))
        of_whole.append(_with(con, whole, folder))
    found = [[_findings(world) for world in scored_many(side)] for side in (of_pruned, of_whole)]
    assert found[0] == found[1]


def test_what_lies_on_no_path_is_left_out(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [
        ("Tianjing Silicon", STRANGERS[0], "CN", "", "", ""),
        (STRANGERS[0], "Hanbit Energy", "VN", "", "", ""),
        (STRANGERS[1], STRANGERS[2], "VN", "", "", ""),
        (STRANGERS[2], "Hanbit Energy", "VN", "", "", ""),
    ]
    pruned = _pruned(con, DuckEngine(tmp_path / "work", con), [str(_file(tmp_path / "all.csv", rows))])
    assert sorted(pruned["Supplier"]) == sorted([STRANGERS[0], "Tianjing Silicon"])


@pytest.mark.parametrize("consignee", ["TO THE ORDER OF A BANK", "", "100234"])
def test_whom_to_notify_is_the_buyer_of_a_bill_to_order(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, consignee: str
) -> None:
    file = tmp_path / "bills.csv"
    file.write_text(f"Shipper,Consignee,Notify Party\nTianjing Silicon,{consignee},Hanbit Energy\n", encoding="utf-8")
    assert _pruned(con, DuckEngine(tmp_path / "work", con), [str(file)]).height == 1


def test_a_run_that_was_killed_goes_on_with_the_steps_that_were_whole(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = [("Tianjing Silicon", STRANGERS[0], "CN", "", "", ""), (STRANGERS[0], "Hanbit Energy", "", "", "", "")]
    file = str(_file(tmp_path / "all.csv", rows))
    whole = _pruned(con, DuckEngine(tmp_path / "work", con), [file])
    for step in ("distance", "selected"):
        (tmp_path / "work" / f"{step}.parquet").unlink()
    (tmp_path / "work" / "distance.part").write_bytes(b"half of it")
    before = (tmp_path / "work" / "link.parquet").stat().st_mtime_ns
    assert _pruned(con, DuckEngine(tmp_path / "work", con), [file]).equals(whole)
    assert (tmp_path / "work" / "link.parquet").stat().st_mtime_ns == before


def test_steps_of_another_question_are_thrown_away(tmp_path: Path) -> None:
    work = tmp_path / "work"
    assert not same_run(work, {"tiers": 4})
    (work / "link.parquet").touch()
    assert same_run(work, {"tiers": 4})
    assert (work / "link.parquet").exists()
    assert not same_run(work, {"tiers": 3})
    assert not (work / "link.parquet").exists()


def test_names_for_a_person_are_counted_by_value(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [
        ("Hanbit Energie GmbH", STRANGERS[0], "", "", "", "700"),
        ("Hanbit Energie GmbH", STRANGERS[1], "", "", "", "1,300"),
    ]
    engine = DuckEngine(tmp_path / "work", con)
    _pruned(con, engine, [str(_file(tmp_path / "all.csv", rows))])
    found = prune.review(engine)
    assert [(row["name"], row["deliveries"], row["value_usd"]) for row in found.to_dicts()] in (
        [("Hanbit Energie GmbH", 2, 2000.0)],
        [],
    )


@pytest.mark.parametrize(
    ("write", "problem"),
    [
        (lambda folder: [str(folder / "absent.parquet")], "no such file"),
        (lambda folder: [str(folder)], "no Parquet or CSV file"),
        (lambda folder: _mixed(folder), "different headings"),
        (lambda folder: _broken(folder), "cannot be read"),
        (lambda folder: _workbook(folder), "not a kind of file"),
    ],
)
def test_files_that_cannot_be_pruned_are_reported_in_one_line(tmp_path: Path, write: Any, problem: str) -> None:
    with pytest.raises(ScreenerError, match=problem):
        DuckEngine(tmp_path / "work").open(write(tmp_path / "in" if (tmp_path / "in").mkdir() is None else tmp_path))


def _mixed(folder: Path) -> list[str]:
    pl.DataFrame({"Supplier": ["a"], "Buyer": ["b"]}).write_parquet(folder / "1.parquet")
    pl.DataFrame({"Supplier": ["a"], "Consignee": ["b"]}).write_parquet(folder / "2.parquet")
    return [str(folder)]


def _broken(folder: Path) -> list[str]:
    (folder / "1.parquet").write_bytes(b"PAR1 but no more")
    return [str(folder / "1.parquet")]


def _workbook(folder: Path) -> list[str]:
    (folder / "1.xlsx").write_bytes(b"PK")
    return [str(folder / "1.xlsx")]


def test_a_missing_column_is_an_error() -> None:
    with pytest.raises(ScreenerError, match="no column with the buyer"):
        prune.recognised(["Supplier", "Weight"], {})


# --- Spark --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spark_conf() -> Mapping[str, str]:
    """Settings of a small local Spark; skipped, with the reason, where Java or PySpark is missing."""
    pytest.importorskip("pyspark", reason="PySpark is not installed: pip install 'screener[spark]'")
    if not shutil.which("java"):
        pytest.skip("Java is not installed: Spark cannot run")
    # Six rows need no compiled stages and no second compiler: most of the time of so small a Spark goes there.
    return {
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.driver.memory": "1g",
        "spark.ui.showConsoleProgress": "false",
    }


def test_spark_keeps_the_rows_that_duckdb_keeps(
    tmp_path: Path, spark_conf: Mapping[str, str], shipped_store: Path
) -> None:
    from screener.rules.load import read_rules, rule_folders
    from screener.store.build import open_store

    rows = [
        ("Xinjiang Daqo New Energy Co Ltd", STRANGERS[0], "CN", "", "280461", "1000"),
        (STRANGERS[0], STRANGERS[1], "VN", "", "", "500"),
        (STRANGERS[1], "Hanwha Solutions", "VN", "", "", ""),
        (STRANGERS[2], "LF Corp", "CN", "Xinjiang", "6109", ""),
        (STRANGERS[3], STRANGERS[4], "IT", "", "2002", "70"),
        ("  ", "LF Corp", "CN", "", "", ""),
    ]
    file = str(_file(tmp_path / "all.csv", rows))
    con = open_store(shipped_store)
    rules = read_rules(rule_folders())
    frames = []
    try:
        base = prune.base_of(con, rules)
        for engine in (
            DuckEngine(tmp_path / "duck", con),
            SparkEngine(tmp_path / "spark", master="local[1]", conf=spark_conf, store=shipped_store),
        ):
            headings = engine.open([file])
            prune.prune(engine, base, headings, prune.recognised(headings, {}), 3)
            selected = engine.work / "selected.parquet"
            frame = pl.read_parquet(selected if selected.is_file() else selected / "*.parquet")
            frames.append(frame.sort(frame.columns, nulls_last=True))
    finally:
        con.close()
    assert frames[0].equals(frames[1])
    assert frames[0].height == 4


def test_a_spark_that_cannot_be_reached_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    pytest.importorskip("pyspark", reason="PySpark is not installed: pip install 'screener[spark]'")
    with pytest.raises(ScreenerError, match="needs Java"):
        SparkEngine(tmp_path / "work", master="local[1]", conf={}, store=tmp_path / "store.duckdb")
