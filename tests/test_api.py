"""The Python interface: the same answers as the command, from files and frames, typed tables, and nothing changed in the caller's process."""

from __future__ import annotations

import doctest
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import screener
from screener.report.formats import WRITERS
from screener.runs import tables
from tests.golden.world import run as command
from tests.once import answers_once

CLOCKS = {"as_of": "2026-11-24", "known_at": "2026-11-24"}
ROWS = {"종목코드": ["047050", "005930", ""], "name": ["", "", "USD cash"], "weight": [0.5, 0.4, 0.1]}


@pytest.fixture(scope="module", autouse=True)
def _answers_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        answers_once(patch)
        yield


@pytest.fixture(scope="module")
def ran(shipped_store: Path) -> screener.Run:
    return screener.screen(pl.DataFrame(ROWS), store=shipped_store, **CLOCKS)


@pytest.fixture(scope="module")
def base(shipped_store: Path) -> Iterator[screener.Base]:
    with screener.open(store=shipped_store, **CLOCKS) as opened:
        yield opened


def _python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", ["screener", "screener.api"])
def test_the_examples_in_the_docstrings_are_real(name: str, monkeypatch: pytest.MonkeyPatch, checkout: Path) -> None:
    monkeypatch.chdir(checkout)
    results = doctest.testmod(importlib.import_module(name), verbose=False)
    assert results.attempted > 0
    assert results.failed == 0


def test_importing_loads_nothing_and_changes_nothing() -> None:
    heavy = "[m for m in ('duckdb', 'polars', 'numpy', 'click', 'rich') if m in sys.modules]"
    assert _python(f"import sys, screener; print({heavy})") == "[]\n"


def test_using_it_leaves_the_process_as_it_is(shipped_store: Path) -> None:
    code = (
        "import sys, screener; before = dict(sys.modules)\n"
        f"screener.screen({str(Path('datasets/sample/portfolio.csv').resolve())!r}, store={str(shipped_store)!r})\n"
        "print([name for name, module in sys.modules.items() if module is None], len(before) > 0)"
    )
    assert _python(code) == "[] True\n"


def test_it_says_what_the_command_says(ran: screener.Run, tmp_path: Path, shipped_store: Path) -> None:
    path = tmp_path / "holdings.parquet"
    pl.DataFrame(ROWS).write_parquet(path)
    days = [part for name, day in CLOCKS.items() for part in (f"--{name.replace('_', '-')}", day)]
    said = json.loads(command("screen", path, "--format", "json", "--store", shipped_store, *days).out)
    ours = json.loads(ran.to_json())
    for document in (said, ours):
        document.pop("title")  # it names the file
        document["portfolio"].pop("name")
    assert ours == said


def test_a_file_a_polars_and_a_pandas_frame_give_the_same(
    ran: screener.Run, tmp_path: Path, shipped_store: Path
) -> None:
    pl.DataFrame(ROWS).write_csv(tmp_path / "holdings.csv")
    for given in (tmp_path / "holdings.csv", pl.DataFrame(ROWS).lazy(), pd.DataFrame(ROWS)):
        other = screener.screen(given, store=shipped_store, **CLOCKS)
        assert other.holdings["company_id"].to_list() == ran.holdings["company_id"].to_list()
        assert other.score == ran.score


def test_every_line_is_in_the_holdings_and_what_was_not_matched_says_why(ran: screener.Run) -> None:
    assert ran.holdings["company_id"].to_list() == ["kr-00124504", "kr-00126380", None]
    assert ran.unmatched["kind"].to_list() == ["cash"]
    assert ran.holdings["weight"].sum() == pytest.approx(1.0)


def test_the_tables_have_their_schema_and_fit_together(ran: screener.Run) -> None:
    for name in ("companies", "findings", "evidence", "answers", "holdings", "unmatched"):
        schema = getattr(
            tables,
            {"companies": "CompanyRow", "unmatched": "UnmatchedRow"}.get(
                name, f"{name.removesuffix('s').capitalize()}Row"
            ),
        )
        assert schema.is_valid(getattr(ran, name)), name
    assert set(ran.companies["company_id"]) <= set(ran.holdings["company_id"].drop_nulls())
    assert set(ran.findings["company_id"]) == set(ran.companies["company_id"])
    assert set(ran.evidence["finding_id"]) == set(ran.findings["finding_id"])


@pytest.mark.parametrize("fmt", sorted(WRITERS))
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_report_is_saved_in_every_format(fmt: str, lang: str, ran: screener.Run, tmp_path: Path) -> None:
    path = tmp_path / f"report.{'txt' if fmt == 'terminal' else fmt}"
    ran.save(path, lang=lang)
    assert path.stat().st_size > 100
    assert [other.name for other in tmp_path.iterdir()] == [path.name]


def test_topics_are_meant_by_their_beginning(shipped_store: Path) -> None:
    only = screener.screen(pl.DataFrame(ROWS), topics=["myanmar"], store=shipped_store, **CLOCKS)
    assert {topic.split("-")[0] for topic in only.companies["topic"]} == {"myanmar"}


def test_a_benchmark_stands_in_the_document(shipped_store: Path) -> None:
    both = screener.screen(pl.DataFrame(ROWS), benchmark=pl.DataFrame(ROWS), store=shipped_store, **CLOCKS)
    portfolio = both.document.portfolio
    assert portfolio is not None
    assert portfolio.benchmark is not None
    assert portfolio.benchmark.active_score == 0.0


def test_deliveries_of_the_users_own_count(ran: screener.Run, shipped_store: Path, tmp_path: Path) -> None:
    path = tmp_path / "deliveries.csv"
    row = '"Xinjiang Daqo New Energy Co., Ltd.",삼성전자,polysilicon,2026-01-05'
    path.write_text(f"supplier,buyer,product,date\n{row}\n", encoding="utf-8")
    one = pl.DataFrame({"name": ["삼성전자"]})
    with_it = screener.screen(one, store=shipped_store, supply=path)
    assert "user file" in with_it.evidence["publisher"]
    assert "user file" not in ran.evidence["publisher"]


def test_the_base_lists_companies_by_score(base: screener.Base) -> None:
    rows = base.companies(topic="myanmar")
    assert rows["score"].is_sorted(descending=True)
    assert {"myanmar-gas", "myanmar-military"} <= set(rows["topic"])
    assert base.companies().height > rows.height


def test_a_company_is_meant_by_name_or_number(base: screener.Base) -> None:
    for written in ("POSCO International", "포스코인터내셔널", "047050", "KR7047050000", "kr-00124504"):
        assert base.company(written).company_id == "kr-00124504"
    dossier = base.company("047050")
    assert dossier.band != "none"
    assert set(dossier.findings["company_id"]) == {"kr-00124504"}
    assert "POSCO International" in dossier.to_json()


def test_sql_reads_and_does_not_write(base: screener.Base, tmp_path: Path) -> None:
    assert base.sql("from edge select count(*) as n")["n"].item() > 0
    assert base.sql("select $a + 1 as b", {"a": 1})["b"].item() == 2
    for query in (
        "drop table edge",
        "create table t as select 1",
        f"copy entity to '{tmp_path}/e.csv'",
        "select 1; select 2",
        "",
    ):
        with pytest.raises(screener.ScreenerError, match="not a single read-only query"):
            base.sql(query)
    with pytest.raises(screener.ScreenerError, match="DuckDB refuses"):
        base.sql("select nothing from nowhere")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"as_of": "30.9.2026"}, "as_of: not a day"),
        ({"topics": ["nothing"]}, "topics: no such topic"),
        ({"columns": {"isin": "Nummer"}}, "Nummer"),
        ({"datasets": ["/nowhere"]}, "no such folder"),
    ],
)
def test_what_is_wrong_is_one_line(wrong: dict[str, object], said: str, shipped_store: Path) -> None:
    with pytest.raises(screener.ScreenerError) as error:
        screener.screen(pl.DataFrame(ROWS), store=shipped_store, **wrong)  # type: ignore[arg-type]
    assert said in error.value.line()
    assert "\n" not in error.value.line()


def test_an_ending_or_language_that_is_none_is_refused(ran: screener.Run, tmp_path: Path) -> None:
    with pytest.raises(screener.ScreenerError, match="not a format"):
        ran.save(tmp_path / "report.pdf")
    with pytest.raises(screener.ScreenerError, match="not a language"):
        ran.to_json(lang="fr")
