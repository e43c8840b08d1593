"""`screener match`: names and identifiers to companies, with a review file that a person corrects and hands back."""

from __future__ import annotations

import datetime as dt
import getpass
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from screener.cli import options
from screener.cli.progress import note
from screener.errors import ScreenerError, printable
from screener.report.phrases import phrase

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from screener.match.frames import Resolution
    from screener.portfolio.reader import Portfolio


@click.command("match")
@click.argument("file", metavar="[FILE]", required=False)
@options.COLUMN
@options.SHEET
@click.option(
    "--matches", metavar="REVIEWED", help="The review file as a person corrected it: its choices are remembered."
)
@click.option("--by", metavar="WHO", help="Who decided (default: the user of this computer).")
@click.option("--undo", type=int, metavar="ID", help="Take a remembered decision back.")
@click.option("--decisions", "listed", is_flag=True, help="List the remembered decisions.")
@click.option("--anywhere", is_flag=True, help="Names may be companies of any country, not of Korea first.")
@options.asking(options.format_option("terminal", "json", "csv", "xlsx"), options.OUT, options.STORES)
def command(
    file: str | None,
    matches: str | None,
    by: str | None,
    undo: int | None,
    listed: bool,
    anywhere: bool,
    asked: options.CommonOptions,
) -> None:
    """Match the names and identifiers in FILE to companies.

    The CSV or XLSX result is a review file: one line a candidate, the chosen one marked 1 in the column `choice`. Set
    the 1 where it belongs, write an entity id there for a company that is not among the candidates, or `none` where no
    company is meant, and hand the file back with --matches.
    """
    from screener.cli.opening import holdings, ready
    from screener.store.build import open_store
    from screener.store.decisions import decisions, remember
    from screener.store.decisions import undo as take_back
    from screener.store.snapshots import writing

    store = ready(asked).path
    who, now = by or _user(), dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    if undo is not None:
        with writing(store) as con:
            query = take_back(con, undo, who, now)
        note(f"decision {undo} on {query!r} taken back", quiet=asked.quiet)
    if listed:
        with open_store(store) as con:
            _print_decisions(decisions(con))
    if file is None:
        if undo is None and not listed:
            raise ScreenerError("no file to match", where="FILE", do="name a CSV, XLSX or Parquet file, or see --help")
        return

    from screener.portfolio.match import ASKED, queries

    portfolio = holdings(file, asked)
    written = portfolio.holdings.select("row", *ASKED)
    country = None if anywhere else "KR"
    with open_store(store) as con:
        resolution = _matched(con, portfolio, country)
        wanted = queries(con, portfolio)
        known = {row[0] for row in con.execute("select entity_id from entity").fetchall()}
    if matches is not None:
        from screener.match.remembered import query_keys

        computed = dict(resolution.matches.select("row", "entity_id").iter_rows())
        # Only what a person changed is a person's decision; the rest is found again by itself.
        changed = {
            row: picked
            for row, picked in choices(Path(matches), known).items()
            if picked is None or picked != computed.get(row)
        }
        with writing(store) as con:
            numbers = remember(con, _decided(written, query_keys(wanted), changed), who, now)
        note(f"{len(numbers)} decisions remembered (take one back with --undo ID)", quiet=asked.quiet)
        with open_store(store) as con:
            resolution = _matched(con, portfolio, country)
    _deliver(written, resolution, asked)


def _matched(con: duckdb.DuckDBPyConnection, portfolio: Portfolio, country: str | None) -> Resolution:
    """The matches of all lines: those that are no company's paper are described as what they are."""
    import polars as pl

    from screener.match.frames import Matches, Resolution
    from screener.portfolio.match import match_holdings

    found = match_holdings(con, portfolio, country=country)
    kinds = portfolio.holdings.select("row", "kind")
    others = kinds.join(found.matches, on="row", how="anti")
    nothing = {name: pl.lit(None, pl.String) for name in ("entity_id", "matched_by", "security")}
    unmatched = others.select(
        "row", score=pl.lit(0.0), decision=pl.lit("none"), reason=pl.col("kind").str.replace("_", " "), **nothing
    )
    every = pl.concat([found.matches, unmatched.select(Matches.column_names())]).sort("row")
    return Resolution(Matches.validate(every, cast=True), found.candidates)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _as_written() -> pl.Expr:
    """A query as a person reads it: its name, else its first number."""
    import polars as pl

    from screener.portfolio.match import ASKED

    return pl.coalesce(*ASKED).fill_null("")


def review_table(queries: pl.DataFrame, resolution: Resolution) -> pl.DataFrame:
    """The review file: a line a candidate, or one for a query without; `choice` is 1 where a company was matched."""
    import polars as pl

    from screener.portfolio.match import ASKED

    proposed = resolution.candidates.rename(
        {"name": "candidate", "score": "candidate_score", "entity_id": "candidate_id"}
    )
    chosen, meant = pl.col("entity_id"), pl.col("entity_id") == pl.col("candidate_id")
    # A company that is not among the candidates stands on the first line by its id.
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
    """Row -> entity id, or None for "no company", of the lines that a person marked."""
    from screener.readers.header import Vocabulary, find_table
    from screener.readers.sheets import read_sheets

    needed = ("row", "choice", "candidate_id")
    sheets, _ = read_sheets(path, "--matches")
    words = Vocabulary({column: (column,) for column in needed})
    table = max((find_table(sheet, words) for sheet in sheets if any(map(any, sheet.rows))), key=lambda t: t.recognised)
    if missing := [column for column in needed if column not in table.headings]:
        do = "use the file that `screener match` wrote"
        raise ScreenerError("this is no review file", where=str(path), found=f"no column {missing[0]}", do=do)
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
            raise ScreenerError("the row number is gone", where=where, found=row, do=do) from None
        picked = candidate if written in {"1", "1.0"} else written
        if not picked:
            do = "write the entity id instead, or `none`"
            raise ScreenerError("1 marks a candidate, and there is none", where=where, do=do)
        decided = None if picked.lower() == "none" else picked
        if decided is not None and decided not in known:
            do = "write an entity id such as kr-00126380, or `none`"
            raise ScreenerError("no such company in the store", where=where, found=picked, do=do)
        if chosen.setdefault(number, decided) != decided:
            raise ScreenerError("two choices for one row", where=where, found=f"row {number}", do="leave one of them")
    return chosen


def _decided(queries: pl.DataFrame, keys: pl.DataFrame, chosen: dict[int, str | None]) -> pl.DataFrame:
    import polars as pl

    rows = pl.DataFrame(
        {"row": list(chosen), "entity_id": list(chosen.values())}, schema={"row": pl.Int64, "entity_id": pl.String}
    )
    lost = rows.join(queries, on="row", how="anti")
    if lost.height:
        found, do = f"row {lost['row'][0]}", "hand back the review of FILE"
        raise ScreenerError("the review file is of another file", where="--matches", found=found, do=do)
    return rows.join(keys, on="row").join(queries.select("row", query=_as_written()), on="row").sort("row")


def _deliver(queries: pl.DataFrame, resolution: Resolution, asked: options.CommonOptions) -> None:
    from screener.cli.output import emit
    from screener.report.files import write_whole
    from screener.report.serialise import csv_text, dump

    if asked.fmt == "json":
        emit(dump(match_json(queries, resolution)), asked.out)
    elif asked.fmt == "csv":
        emit(("\ufeff" if asked.out else "") + csv_text(review_table(queries, resolution)), asked.out)
    elif asked.fmt == "terminal":
        emit(_lines(queries, resolution), asked.out)
    elif asked.out is None:
        raise ScreenerError("a workbook needs a file", where="--format xlsx", do="add --out FILE.xlsx")
    else:
        write_whole(Path(asked.out), _workbook(review_table(queries, resolution)))


def match_json(queries: pl.DataFrame, resolution: Resolution) -> dict[str, Any]:
    """The document `screener/match/1`."""
    import polars as pl

    score = pl.col("score").round(4)
    proposed = resolution.candidates.sort("row", "rank").select("row", "name", "why", score, company_id="entity_id")
    candidates = {
        row: part.select("company_id", "name", "score", "why").to_dicts()
        for (row,), part in proposed.group_by("row", maintain_order=True)
    }
    matched = ("matched_by", "decision", "security", "reason")
    asked = queries.select("row", input=_as_written()).join(resolution.matches, on="row").sort("row")
    rows = asked.select("row", "input", pl.col("entity_id").alias("company_id"), score, *matched).to_dicts()
    return {"schema": "screener/match/1", "rows": [r | {"candidates": candidates.get(r["row"], [])} for r in rows]}


def _workbook(table: pl.DataFrame) -> bytes:
    """One sheet, texts as texts: nothing that a name says is taken for a formula."""
    import xlsxwriter

    held = io.BytesIO()
    options_ = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(held, options_) as book:
        # A fixed date, so that the same matches give the same bytes.
        book.set_properties({"created": dt.datetime(2000, 1, 1)})
        sheet = book.add_worksheet("review")
        bold, marked = book.add_format({"bold": True}), book.add_format({"bg_color": "#FFF2CC"})
        sheet.write_row(0, 0, table.columns, bold)
        for number, line in enumerate(table.iter_rows(), start=1):
            for place, cell in enumerate(line):
                if isinstance(cell, str):
                    sheet.write_string(number, place, cell[:32_000])
                elif cell is not None:
                    sheet.write_number(number, place, cell)
        sheet.set_column(table.columns.index("choice"), table.columns.index("choice"), 14, marked)
        sheet.freeze_panes(1, 0)
    return held.getvalue()


def _lines(queries: pl.DataFrame, resolution: Resolution) -> str:
    import polars as pl

    best = resolution.candidates.filter(pl.col("rank") == 1).select("row", best="name", best_id="entity_id")
    table = (
        queries.select("row", input=_as_written()).join(resolution.matches, on="row").join(best, on="row", how="left")
    )
    lines = []
    for line in table.sort("row").iter_rows(named=True):
        company = f"{line['best']} ({line['entity_id'] or line['best_id']})" if line["best"] else "-"
        words = f"{line['row']:>5}  {phrase(line['decision']):<6}  {line['score']:.2f}  {line['input'][:80]}"
        reason = f"  [{phrase(line['reason'])[:80]}]" if line["reason"] else ""
        lines.append(printable(f"{words}  ->  {company[:80]}{reason}"))
    counts = dict(table.group_by("decision").len().iter_rows())
    lines.append("  ".join(f"{phrase(name)}: {counts.get(name, 0)}" for name in ("auto", "review", "none")))
    return "\n".join(lines)


def _print_decisions(table: pl.DataFrame) -> None:
    for line in table.iter_rows(named=True):
        said = [
            f"{line['decision_id']}  {line['query'][:80]} -> {line['entity_id'] or phrase('no company')}",
            phrase(f"by {line['decided_by'][:80]} on {line['decided_at']:%Y-%m-%d}"),
        ]
        if line["undone_at"]:
            said.append(phrase(f"taken back by {line['undone_by']} on {line['undone_at']:%Y-%m-%d}"))
        click.echo(printable(", ".join(said)))
    if table.height == 0:
        click.echo(phrase("no decisions"), err=True)
