"""Matches of names and identifiers: for a reader, for machines, and as the review file that a person corrects."""

import datetime as dt
import io
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl
import xlsxwriter

from screener.errors import ScreenerError, printable
from screener.match.frames import Matches, Resolution
from screener.match.remembered import query_keys
from screener.portfolio.match import ASKED, match_holdings, queries
from screener.portfolio.reader import Portfolio
from screener.readers.header import Vocabulary, find_table
from screener.readers.sheets import read_sheets
from screener.report.phrases import phrase

AS_WRITTEN: Final = pl.coalesce(*ASKED).fill_null("")
"""A query as a person reads it: its name, else its first number."""


def matched(con: duckdb.DuckDBPyConnection, portfolio: Portfolio, country: str | None) -> Resolution:
    """The matches of all lines; a line that is not a company's security is described as what it is."""
    found = match_holdings(con, portfolio, country=country)
    others = portfolio.holdings.select("row", "kind").join(found.matches, on="row", how="anti")
    kind = pl.col("kind").str.replace("_", " ")
    unmatched = others.select("row", score=pl.lit(0.0), decision=pl.lit("none"), reason=kind)
    every = pl.concat([found.matches, unmatched], how="diagonal").sort("row")
    return Resolution(Matches.validate(every, cast=True), found.candidates)


def review_table(queries: pl.DataFrame, resolution: Resolution) -> pl.DataFrame:
    """The review file: a line for each candidate, or for a query without any; `choice` is 1 for a match."""
    proposed = resolution.candidates.rename(
        {"name": "candidate", "score": "candidate_score", "entity_id": "candidate_id"}
    )
    chosen, meant = pl.col("entity_id"), pl.col("entity_id") == pl.col("candidate_id")
    # If the match is not among the candidates, its id is written on the first line.
    first = pl.int_range(pl.len()).over("row") == 0
    table = queries.join(resolution.matches, on="row").join(proposed, on="row", how="left")
    return (
        table.sort("row", "rank", nulls_last=True)
        .with_columns(
            choice=pl.when(chosen.is_null())
            .then(None)
            .when((~meant.any().over("row") & first).fill_null(True))
            .then(chosen)
            .when(meant)
            .then(pl.lit("1")),
            candidate_score=pl.col("candidate_score").round(4),
        )
        .select("row", *ASKED, "decision", "choice", "candidate_id", "candidate", "candidate_score", "why",
                "matched_by", "reason")
    )  # fmt: skip


def choices(path: Path, known: set[str]) -> dict[int, str | None]:
    """Row -> entity id, or None for "no company", of the lines that a person marked.

    Raises:
        ScreenerError: it is not a review file, or a choice cannot be used; `known` are the entity ids of the store.
    """
    needed = ("row", "choice", "candidate_id")
    sheets, _ = read_sheets(path, "--matches")
    words = Vocabulary({column: (column,) for column in needed})
    table = max((find_table(sheet, words) for sheet in sheets if any(map(any, sheet.rows))), key=lambda t: t.recognised)
    if missing := [column for column in needed if column not in table.headings]:
        do = "use the file that `screener match` wrote"
        raise ScreenerError("this is not a review file", where=str(path), found=f"no column {missing[0]}", do=do)
    places = [table.headings.index(column) for column in needed]
    chosen: dict[int, str | None] = {}
    for line, cells in zip(table.lines, table.rows, strict=True):
        row, choice, candidate = (cells[place] for place in places)
        written = (choice or "").strip().lstrip("'")
        if written in {"", "0", "0.0"}:
            continue
        where = f"{path}, line {line}"
        try:
            number = int(float(row or ""))
        except (ValueError, OverflowError):
            do = "keep the column `row` as it was"
            raise ScreenerError("the row number is missing", where=where, found=row, do=do) from None
        picked = candidate if written in {"1", "1.0"} else written
        if not picked:
            do = "write the entity id instead, or `none`"
            raise ScreenerError("1 marks a candidate, but there is none", where=where, do=do)
        decided = None if picked.lower() == "none" else picked
        if decided is not None and decided not in known:
            do = "write an entity id such as kr-00126380, or `none`"
            raise ScreenerError("no such company in the store", where=where, found=picked, do=do)
        if chosen.setdefault(number, decided) != decided:
            raise ScreenerError(
                "two choices for one row", where=where, found=f"row {number}", do="keep only one of them"
            )
    return chosen


def decided(con: duckdb.DuckDBPyConnection, portfolio: Portfolio, reviewed: Path, computed: Resolution) -> pl.DataFrame:
    """The rows that a person decided differently from the program, with the keys of the queries.

    Raises:
        ScreenerError: as `choices`, or the review file is not of this portfolio.
    """
    known = {entity_id for (entity_id,) in con.execute("select entity_id from entity").fetchall()}
    matches = dict(computed.matches.select("row", "entity_id").iter_rows())
    # Only what a person changed is that person's decision; the rest is matched again.
    changed = [
        (row, picked)
        for row, picked in choices(reviewed, known).items()
        if picked is None or picked != matches.get(row)
    ]
    rows = pl.DataFrame(changed, schema={"row": pl.Int64, "entity_id": pl.String}, orient="row")
    written = portfolio.holdings.select("row", query=AS_WRITTEN)
    lost = rows.join(written, on="row", how="anti")
    if lost.height:
        found, do = f"row {lost['row'][0]}", "pass the review file of FILE"
        raise ScreenerError("the review file belongs to another file", where="--matches", found=found, do=do)
    return rows.join(query_keys(queries(con, portfolio)), on="row").join(written, on="row").sort("row")


def decision_lines(table: pl.DataFrame) -> list[str]:
    """The remembered decisions, one a line: what was decided by whom when, and who took it back."""
    lines = []
    for line in table.iter_rows(named=True):
        said = [
            f"{line['decision_id']}  {line['query'][:80]} -> {line['entity_id'] or phrase('no company')}",
            phrase(f"by {line['decided_by'][:80]} on {line['decided_at']:%Y-%m-%d}"),
        ]
        if line["undone_at"]:
            said.append(phrase(f"taken back by {line['undone_by']} on {line['undone_at']:%Y-%m-%d}"))
        lines.append(printable(", ".join(said)))
    return lines


def match_json(queries: pl.DataFrame, resolution: Resolution) -> dict[str, Any]:
    """The document `screener/match/1`."""
    score = pl.col("score").round(4)
    proposed = resolution.candidates.sort("row", "rank").rename({"entity_id": "company_id"})
    candidates = proposed.group_by("row").agg(candidates=pl.struct("company_id", "name", score, "why"))
    rows = queries.select("row", input=AS_WRITTEN).join(
        resolution.matches.rename({"entity_id": "company_id"}), on="row"
    )
    rows = (
        rows.join(candidates, on="row", how="left").with_columns(score, pl.col("candidates").fill_null([])).sort("row")
    )
    columns = ("row", "input", "company_id", "score", "matched_by", "decision", "security", "reason", "candidates")
    return {"schema": "screener/match/1", "rows": rows.select(columns).to_dicts()}


def match_lines(queries: pl.DataFrame, resolution: Resolution) -> str:
    """One line per query, then counts by decision."""
    best = resolution.candidates.filter(pl.col("rank") == 1).select("row", best="name", best_id="entity_id")
    table = queries.select("row", input=AS_WRITTEN).join(resolution.matches, on="row").join(best, on="row", how="left")
    lines = []
    for line in table.sort("row").iter_rows(named=True):
        company = f"{line['best']} ({line['entity_id'] or line['best_id']})" if line["best"] else "-"
        words = f"{line['row']:>5}  {phrase(line['decision']):<6}  {line['score']:.2f}  {line['input'][:80]}"
        reason = f"  [{phrase(line['reason'])[:80]}]" if line["reason"] else ""
        lines.append(printable(f"{words}  ->  {company[:80]}{reason}"))
    counts = dict(table.group_by("decision").len().iter_rows())
    lines.append("  ".join(f"{phrase(name)}: {counts.get(name, 0)}" for name in ("auto", "review", "none")))
    return "\n".join(lines)


def review_workbook(table: pl.DataFrame) -> bytes:
    """The review file as one sheet, all cells as text: no name is read as a formula."""
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(buffer, options) as book:
        # A fixed date, so that the same matches give the same bytes.
        book.set_properties({"created": dt.datetime(2000, 1, 1)})
        table.with_columns(pl.col(pl.String).str.head(32_000)).write_excel(
            book,
            "review",
            header_format={"bold": True},
            column_formats={"choice": {"bg_color": "#FFF2CC"}},
            dtype_formats={pl.Int64: "General", pl.Float64: "General"},
            freeze_panes=(1, 0),
            autofilter=False,
        )
    return buffer.getvalue()
