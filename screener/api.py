"""The Python interface: screen a portfolio, or open the base.

>>> import polars as pl
>>> import screener
>>> holdings = pl.DataFrame({"name": ["POSCO International", "Kakao"], "weight": [0.6, 0.4]})
>>> run = screener.screen(holdings, as_of="2026-11-24")
>>> run.holdings.select("row", "name", "company_id", "weight")
shape: (2, 4)
┌─────┬─────────────────────┬─────────────┬────────┐
│ row ┆ name                ┆ company_id  ┆ weight │
│ --- ┆ ---                 ┆ ---         ┆ ---    │
│ i64 ┆ str                 ┆ str         ┆ f64    │
╞═════╪═════════════════════╪═════════════╪════════╡
│ 1   ┆ POSCO International ┆ kr-00124504 ┆ 0.6    │
│ 2   ┆ Kakao               ┆ kr-00258801 ┆ 0.4    │
└─────┴─────────────────────┴─────────────┴────────┘
>>> run.findings.filter(topic="myanmar-gas").height > 0
True
>>> with screener.open(as_of="2026-11-24") as base:
...     base.company("포스코인터내셔널").name
'POSCO International'

Results are Polars frames, each with a schema class of `screener.runs.tables`. Every function raises
`screener.ScreenerError`, whose one line says what is wrong, where, what was found, and what to do.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import dataframely as dy
import duckdb
import polars as pl

from screener.errors import ScreenerError
from screener.files import write_whole
from screener.match.company import the_company
from screener.match.ready import ready_store
from screener.portfolio.match import match_holdings
from screener.portfolio.reader import Portfolio, read_holdings
from screener.portfolio.screen import Screening
from screener.portfolio.screen import screen as screened
from screener.portfolio.supply import store_with_supply
from screener.report.build import Choice, company_document, company_name, screening_document
from screener.report.document import Document
from screener.report.formats import WRITERS, Shown
from screener.report.serialise import dump
from screener.report.wording import LANGUAGES, Wording, wording
from screener.runs import tables
from screener.score.assess import Assessment, assess
from screener.store.build import open_store
from screener.store.inputs import topics_meant

if TYPE_CHECKING:
    import pandas as pd

Holdings: TypeAlias = "str | PathLike[str] | pl.DataFrame | pl.LazyFrame | pd.DataFrame"
"""A file (CSV, XLSX, XLS, ODS, HTML table, Parquet) or a frame with the same headings as such a file."""
Day: TypeAlias = dt.date | str
"""A day, or its text `YYYY-MM-DD`."""


class Report:
    """What was found on some companies: tables, and a document to write."""

    _table = "findings"

    def __init__(self, assessment: Assessment, company_ids: Sequence[str], datasets: tuple[str, ...]) -> None:
        self._assessment, self._company_ids, self._datasets = assessment, list(company_ids), datasets

    @cached_property
    def _tables(self) -> dict[str, pl.DataFrame]:
        return tables.run_tables(self._assessment, self._company_ids)

    @property
    def companies(self) -> dy.DataFrame[tables.CompanyRow]:
        """One row for each company and topic with findings; columns of `CompanyRow`. Companies without have no row."""
        return tables.CompanyRow.cast(self._tables["companies"])

    @property
    def findings(self) -> dy.DataFrame[tables.FindingRow]:
        """One row per finding, with every factor of its exposure; columns of `FindingRow`."""
        return tables.FindingRow.cast(self._tables["findings"])

    @property
    def evidence(self) -> dy.DataFrame[tables.EvidenceRow]:
        """One row per source of a step of a finding; columns of `EvidenceRow`."""
        return tables.EvidenceRow.cast(self._tables["evidence"])

    @property
    def answers(self) -> dy.DataFrame[tables.AnswerRow]:
        """What the companies, and those through whom they act, said or did; columns of `AnswerRow`."""
        return tables.AnswerRow.cast(self._tables["answers"])

    @property
    def document(self) -> Document:
        """The report as one tree in English, as `--format json` writes it (`screener.report.document`)."""
        return self._document(self._wording("en"))

    def to_json(self, lang: str = "en") -> str:
        """The document as JSON text; its schema ships as `reports/screener.schema.json`."""
        return dump(self._document(self._wording(lang)))

    def save(self, path: str | PathLike[str], lang: str = "en") -> None:
        """Writes the report, whole or not at all.

        Args:
            path: the file to write or replace; it ends in html, xlsx, json, csv, md, parquet, or txt (terminal).
            lang: `en` or `ko`.

        Raises:
            ScreenerError: the ending is not a format, or the file cannot be written.
        """
        path = Path(path)
        ending = path.suffix.lower().removeprefix(".")
        writer = WRITERS.get("terminal" if ending == "txt" else ending)
        if writer is None:
            known = ", ".join(f".{fmt}" for fmt in WRITERS if fmt != "terminal")
            raise ScreenerError("not a format", where="path", found=path.name, do=f"end it in {known} or .txt")
        w = self._wording(lang)
        write_whole(path, writer(self._document(w), w, Shown(self._table, full=True)), option="")

    def _wording(self, lang: str) -> Wording:
        if lang not in LANGUAGES:
            raise ScreenerError("not a language", where="lang", found=lang, do=f"use {' or '.join(LANGUAGES)}")
        return wording(lang, datasets=self._datasets)

    def _document(self, w: Wording) -> Document:
        raise NotImplementedError


class Run(Report):
    """A screened portfolio. The tables of `Report` cover the companies held; `score` is the portfolio's, 0-100."""

    _table = "lines"

    def __init__(
        self, screening: Screening, benchmark: Screening | None, topics: tuple[str, ...], datasets: tuple[str, ...]
    ) -> None:
        ids = screening.lines["entity_id"].drop_nulls().unique().sort().to_list()
        super().__init__(screening.assessment, ids, datasets)
        self._screening, self._benchmark, self._topics = screening, benchmark, topics

    @property
    def score(self) -> float:
        """The sum of weight times score over the matched lines."""
        return round(self._screening.score, 2)

    @property
    def holdings(self) -> dy.DataFrame[tables.HoldingRow]:
        """Every line of the portfolio, in its order, matched or not; columns of `HoldingRow`."""
        return tables.holding_rows(self._screening)

    @property
    def unmatched(self) -> dy.DataFrame[tables.UnmatchedRow]:
        """The lines that were not matched to a company, and why; columns of `UnmatchedRow`."""
        return tables.unmatched_rows(self._screening)

    def _document(self, w: Wording) -> Document:
        return screening_document(self._screening, w, Choice(topics=self._topics), self._benchmark)


class Dossier(Report):
    """One company. `score` is 0-100 over all topics."""

    def __init__(self, assessment: Assessment, company_id: str, datasets: tuple[str, ...]) -> None:
        super().__init__(assessment, [company_id], datasets)
        self.company_id = company_id
        self.name = company_name(assessment, company_id, self._wording("en"))
        scored = assessment.scores.companies.filter(pl.col("company_id") == company_id).to_dicts()
        self.score = round(scored[0]["score"], 1) if scored else 0.0
        self.band: str = scored[0]["band"] if scored else "none"

    def _document(self, w: Wording) -> Document:
        return company_document(self._assessment, self.company_id, w)


class Base(AbstractContextManager["Base"]):
    """The facts, the rules and their results as of a day. Close it, or use it in a `with` statement."""

    def __init__(
        self, files: ExitStack, con: duckdb.DuckDBPyConnection, assessment: Assessment, datasets: tuple[str, ...]
    ) -> None:
        self._files, self._con, self._assessment, self._datasets = files, con, assessment, datasets

    def companies(self, topic: str | None = None) -> dy.DataFrame[tables.CompanyRow]:
        """One row per company and topic with findings; columns of `CompanyRow`.

        Args:
            topic: only this topic, or all with this beginning (`myanmar`).
        """
        rows = tables.run_tables(self._assessment)["companies"]
        if topic is not None:
            rows = rows.filter(pl.col("topic").is_in(topics_meant([topic], self._datasets, where="topic")))
        return tables.CompanyRow.cast(rows.sort(["score", "company_id"], descending=[True, False]))

    def company(self, written: str) -> Dossier:
        """The company meant by a name in any script, a stock code, ISIN, LEI, corp code or id.

        Raises:
            ScreenerError: not exactly one Korean company is meant; the nearest are named.
        """
        return Dossier(self._assessment, the_company(self._con, written), self._datasets)

    def sql(self, query: str, params: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """The rows of a DuckDB query over the tables of datasets/README.md, and `edge` and `edge_source` as of the day.

        >>> import screener
        >>> with screener.open(as_of="2026-11-24") as base:
        ...     base.sql("from edge select count(*) > 100 as many where relation = $r", {"r": "owns"})["many"].item()
        True

        Args:
            query: one read-only statement.
            params: values of its parameters, `$name`.

        Raises:
            ScreenerError: it is not one read-only statement, or DuckDB refuses it.
        """
        try:
            statements = self._con.extract_statements(query)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise ScreenerError("not a single read-only query", where="sql", found=query, do="write one select")
            return pl.DataFrame(self._con.sql(query, params=dict(params or {})))
        except duckdb.Error as error:
            raise ScreenerError("DuckDB refuses the query", where="sql", found=str(error), do="fix it") from None

    def _screened(self, held: Portfolio) -> Screening:
        return screened(held, match_holdings(self._con, held), self._assessment)

    def close(self) -> None:
        """Closes the store; frames and documents already taken stay valid."""
        self._files.close()

    def __exit__(self, *_: object) -> None:
        self.close()


def screen(
    portfolio: Holdings,
    *,
    as_of: Day | None = None,
    known_at: Day | None = None,
    topics: Sequence[str] = (),
    datasets: Sequence[str | PathLike[str]] = (),
    rules: Sequence[str | PathLike[str]] = (),
    supply: str | PathLike[str] | None = None,
    store: str | PathLike[str] | None = None,
    columns: Mapping[str, str] | None = None,
    sheets: Sequence[str] = (),
    benchmark: Holdings | None = None,
) -> Run:
    """Screens every holding of a portfolio, as `screener screen` does.

    Args:
        portfolio: a file or a frame. Headings are recognised in English and Korean.
        as_of: the day to screen for; by default today.
        known_at: use only what was published by then; by default the day of the facts.
        topics: only these, or all with this beginning (`myanmar`).
        datasets: folders of your own facts, added to the shipped ones.
        rules: folders of your own rules, added to the shipped ones.
        supply: a file of your own deliveries.
        store: the store file, built on first use; by default the per-user one.
        columns: column -> heading, if a heading is not recognised: `{"isin": "Wertpapier"}`.
        sheets: only these sheets of a workbook.
        benchmark: a second portfolio to compare with.

    Raises:
        ScreenerError: something that was given cannot be used.
    """
    folders, chosen = _texts(datasets), topics_meant(topics, _texts(datasets), where="topics")
    held = _read(portfolio, columns, sheets)
    other = None if benchmark is None else _read(benchmark, columns, ())
    with _opened(store, folders, rules, as_of, known_at, chosen, supply) as base:
        return Run(base._screened(held), None if other is None else base._screened(other), chosen, folders)


def open(
    *,
    store: str | PathLike[str] | None = None,
    datasets: Sequence[str | PathLike[str]] = (),
    rules: Sequence[str | PathLike[str]] = (),
    as_of: Day | None = None,
    known_at: Day | None = None,
) -> Base:
    """Opens the base as of a day; the arguments are those of `screen`.

    Raises:
        ScreenerError: something that was given cannot be used.
    """
    return _opened(store, _texts(datasets), rules, as_of, known_at)


def _opened(
    store: str | PathLike[str] | None,
    datasets: tuple[str, ...],
    rules: Sequence[str | PathLike[str]],
    as_of: Day | None,
    known_at: Day | None,
    topics: Sequence[str] = (),
    supply: str | PathLike[str] | None = None,
) -> Base:
    """The base; with deliveries, on a copy of the store that is removed when it is closed."""
    state, read = ready_store(None if store is None else fspath(store), datasets), None
    days = {"as_of": _day(as_of, "as_of"), "known_at": _day(known_at, "known_at")}
    with ExitStack() as files:
        if supply is not None:
            here = Path(files.enter_context(tempfile.TemporaryDirectory(prefix="screener-")))
            state, read = store_with_supply(state.path, datasets, here, fspath(supply))
        con = files.enter_context(open_store(state.path))
        assessment = assess(con, rules=_texts(rules), topics=topics, supply_file=read, **days)
        return Base(files.pop_all(), con, assessment, datasets)


def _read(portfolio: Holdings, columns: Mapping[str, str] | None, sheets: Sequence[str]) -> Portfolio:
    """The holdings of a file, or of a frame, which is read as the Parquet file that it would be."""
    if isinstance(portfolio, str | PathLike):
        return read_holdings(fspath(portfolio), columns, sheets)
    frame = portfolio.collect() if isinstance(portfolio, pl.LazyFrame) else pl.DataFrame(portfolio)
    with tempfile.TemporaryDirectory(prefix="screener-") as folder:
        path = Path(folder) / "holdings"
        frame.write_parquet(path)
        return read_holdings(path, columns)


def _texts(paths: Sequence[str | PathLike[str]]) -> tuple[str, ...]:
    return tuple(fspath(path) for path in paths)


def _day(given: Day | None, where: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        raise ScreenerError("not a day", where=where, found=given, do="write YYYY-MM-DD") from None
