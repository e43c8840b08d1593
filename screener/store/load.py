"""Reads the dataset folders: CSV files to checked text rows, and the rejected rows.

A bad row never raises: it becomes a row of `Reject` with file, row, column and key, what was found and what to do.
Identifiers that fail their check are reported, too, but remain: a wrong digit in a source is worth seeing.

`screener data check` also sees that rows claim no more than their sources, and that sources are named correctly.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import dataframely as dy
import polars as pl

from screener.schema import identifiers
from screener.schema.frames import Reject
from screener.schema.tables import KEYS, REFERENCES, TABLES, Rule, columns, first_day, optional, rules
from screener.schema.vocabulary import PAYMENTS
from screener.store.inputs import InputFile, dataset_folders, input_files

_REJECT: Final = Reject.create_empty().schema
STALE_MONTHS = 24
_PROXIES = (
    "r.jina.ai", "12ft.io", "translate.goog", "webcache.googleusercontent.com", "archive.ph", "cc.bingj.com"
)  # fmt: skip
_RAW_HOST = r"^https?://(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\])(:\d+)?(/|$)"
_ROOT = r"^https?://[^/]+/?$"


@dataclass(frozen=True)
class Dataset:
    """Checked rows by table (all text, plus `_file` and `_row`) and the rejected rows."""

    tables: dict[str, pl.DataFrame]
    rejects: dy.DataFrame[Reject]
    files: list[InputFile]


def read(folders: Sequence[Path]) -> Dataset:
    """Reads and checks every table of the folders.

    Rows are dropped in this order: invalid cells, duplicate keys, unknown references (repeatedly, because a row may
    refer to an entity that was itself rejected).
    """
    files = input_files(folders)
    rejects = [pl.DataFrame(schema=_REJECT)]
    tables: dict[str, pl.DataFrame] = {}
    for table in TABLES:
        frame = pl.concat([_empty(table), *(_read_file(file, rejects) for file in files if file.table == table)])
        frame = _fitting(table, frame, rules(table), rejects)
        if key := KEYS.get(table):
            problem, do = "this id already exists", "keep one row per id; merge what differs"
            frame = _fitting(table, frame, [Rule(key, pl.col(key).is_first_distinct(), problem, do)], rejects)
        tables[table] = frame
    _drop_unknown_references(tables, rejects)
    rejects.append(_wrong_identifiers(tables["identifier"]))
    found = pl.concat(rejects).sort("file", "row", "column", "problem", nulls_last=True)
    return Dataset(tables, Reject.validate(found, cast=True), files)


def with_isins(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of the identifier table, and the ISIN of each common share (KR7 + code + 00 + check digit).

    Preference shares are numbered differently (005935 is KR7005931001), so their ISINs come only from sources.
    """
    common = (pl.col("scheme") == "krx") & (pl.col("security").fill_null("common") == "common")
    isins = rows.filter(common & pl.col("value").str.contains("^[0-9][0-9A-Z]{4}[0-468A-JN-Z]$")).with_columns(
        pl.col("value").map_elements(identifiers.isin_from_stock_code, pl.String),
        scheme=pl.lit("isin"),
        security=pl.lit("common"),
    )
    return rows.vstack(isins)


def _wrong_identifiers(rows: pl.DataFrame) -> pl.DataFrame:
    """Those that fail their check, as rejects."""
    number = pl.struct("scheme", "value")
    fault = number.map_elements(lambda cells: identifiers.problem(cells["scheme"], cells["value"]), pl.String)
    wrong = rows.with_columns(fault=fault).drop_nulls("fault")
    do = "compare the number with its source; the row is used as it is"
    found = describe_rows(wrong, "identifier", "value", pl.col("fault"), do)
    return found.with_columns(key=wrong["entity_id"])


def _empty(table: str) -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(columns(table), pl.String), "_file": pl.String, "_row": pl.Int64})


def _read_file(file: InputFile, rejects: list[pl.DataFrame]) -> pl.DataFrame:
    def _reject(problem: str, do: str, found: str | None = None, row: int | None = None) -> pl.DataFrame:
        """Reports a row, or the file, of which then nothing is read."""
        cells = {"table": file.table, "file": file.name, "row": row, "problem": problem, "found": found, "do": do}
        rejects.append(pl.DataFrame([cells], schema=_REJECT))
        return _empty(file.table)

    try:
        frame = pl.read_csv(file.path, infer_schema=False)
        frame = frame.with_columns(_row=pl.int_range(2, pl.len() + 2, dtype=pl.Int64))
    except pl.exceptions.NoDataError:
        return _reject("the file is empty", "write the header line at least")
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        recovered = _without_ragged_rows(file, _reject)
        if recovered is None:
            return _reject("not a readable UTF-8 CSV file", "save it as CSV, UTF-8", str(error).splitlines()[0])
        frame = recovered
    expected = columns(file.table)
    absent = [name for name in expected if name not in frame.columns]
    if missing := [name for name in absent if name not in optional(file.table)]:
        problem = "the file lacks columns, none of its rows was read"
        return _reject(problem, "add them to the header", ", ".join(missing))
    if unknown := [name for name in frame.columns if name not in (*expected, "_row")]:
        problem = "columns that the table does not have were left out"
        _reject(problem, "remove or rename them", ", ".join(unknown))
    frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
    trimmed = [pl.col(name).str.strip_chars().replace("", None) for name in expected]
    return frame.select(*trimmed, pl.lit(file.name).alias("_file"), "_row")


def _without_ragged_rows(file: InputFile, _reject: Callable[..., object]) -> pl.DataFrame | None:
    """The file without records longer than the header (an unquoted comma), each reported; None if it has none."""
    try:
        with file.path.open(encoding="utf-8-sig", newline="") as text:
            header, *records = list(csv.reader(text))
    except (UnicodeDecodeError, csv.Error, ValueError):
        return None
    many = len(header)
    if len(set(header)) < many or all(len(record) <= many for record in records):
        return None
    fitting: list[list[str | int | None]] = []
    for number, record in enumerate(records, 2):
        if len(record) > many:
            problem = f"the row has {len(record)} cells, the header {many}"
            do = "put cells with a comma between double quotes"
            _reject(problem, do, ",".join(record), number)
        elif record:
            fitting.append([*record, *[None] * (many - len(record)), number])
    return pl.DataFrame(fitting, schema={**dict.fromkeys(header, pl.String), "_row": pl.Int64}, orient="row")


def _key(table: str) -> pl.Expr:
    named = [c for c in columns(table) if c in REFERENCES or c in (KEYS.get(table), "value", "activity", "name")]
    named = named or columns(table)[:3]  # region_share names no entity: region, code and product identify a row
    return pl.concat_str([pl.col(c) for c in named], separator=" ", ignore_nulls=True)


def describe_rows(rows: pl.DataFrame, table: str, column: str | None, problem: str | pl.Expr, do: str) -> pl.DataFrame:
    """The rows as rejects (columns of `Reject`), with their problem, found in one column."""
    found = pl.col(column) if column in rows.columns else pl.lit(None, dtype=pl.String)
    return rows.select(
        table=pl.lit(table),
        file=pl.col("_file"),
        row=pl.col("_row"),
        column=pl.lit(column, dtype=pl.String),
        key=_key(table),
        problem=problem if isinstance(problem, pl.Expr) else pl.lit(problem),
        found=found,
        do=pl.lit(do),
    )


def _fitting(table: str, frame: pl.DataFrame, every: Sequence[Rule], rejects: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows that meet all rules; the others become rejects, once for each rule that they break."""
    holds = frame.select(rule.holds.fill_null(True).alias(str(number)) for number, rule in enumerate(every))
    for rule, rows in zip(every, holds.iter_columns(), strict=True):
        if not rows.all():
            rejects.append(describe_rows(frame.filter(~rows), table, rule.column, rule.problem, rule.do))
    return frame.filter(holds.select(pl.all_horizontal(pl.all())).to_series())


def _drop_unknown_references(tables: dict[str, pl.DataFrame], rejects: list[pl.DataFrame]) -> None:
    changed = True
    while changed:
        changed = False
        known = {table: tables[table].get_column(key).implode() for table, key in KEYS.items()}
        for table in TABLES:
            frame = tables[table]
            for column in columns(table):
                if column in ("source_ids", "end_source_ids"):
                    target = "source"
                    ids = pl.col(column).str.split(";").list.eval(pl.element().str.strip_chars())
                    found = ids.list.eval(pl.element().is_in(known[target])).list.all()
                elif column in REFERENCES and column != KEYS.get(table):
                    target = REFERENCES[column][0]
                    found = pl.col(column).is_in(known[target])
                else:
                    continue
                problem = f"names an id that the table {target} does not have"
                do = f"add the row to {target}/ (or correct it there), or correct the id"
                frame = _fitting(table, frame, [Rule(column, found, problem, do)], rejects)
            changed |= frame.height < tables[table].height
            tables[table] = frame


def checked(datasets: Sequence[str] = ()) -> tuple[dict[str, int], pl.DataFrame, list[str]]:
    """Reads every dataset file without building: accepted rows by table, rejects, and notices."""
    dataset = read(dataset_folders(datasets))
    rejects = pl.concat([dataset.rejects, problems(dataset.tables)])
    rejects = rejects.sort("file", "row", "column", nulls_last=True)
    return {table: frame.height for table, frame in dataset.tables.items()}, rejects, notices(dataset.tables)


def problems(tables: dict[str, pl.DataFrame]) -> dy.DataFrame[Reject]:
    """The accepted rows of a `Dataset` that cannot be right; they stay in the store."""
    source = tables["source"].with_columns(times=pl.len().over("publisher"))
    url, proxies = pl.col("url").str, "|".join(name.replace(".", r"\.") for name in _PROXIES)
    plain = pl.col("publisher").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    usual = pl.col("publisher").sort_by("times", "publisher", descending=[True, False]).first().over(plain)
    wrong = [
        ("url", url.contains(_RAW_HOST), "an address of a machine", "give the publisher's own address"),
        ("url", url.contains(rf"^https?://([^/]+\.)?({proxies})(/|$)"), "a proxy", "give the original's address"),
        ("url", url.contains(_ROOT), "the root of a site", "give the address of the page that was read"),
        ("grade", (pl.col("grade") == "A") & pl.col("copy_of").is_not_null(), "grade A, but a copy was read",
            "grade the copy, or read the original and clear copy_of"),
        ("publisher", pl.col("publisher") != usual,
            "a publisher that other rows spell differently", "spell it the same everywhere"),
    ]  # fmt: skip
    found = [describe_rows(source.filter(rows), "source", column, problem, do) for column, rows, problem, do in wrong]
    day = _day_of_the_facts(tables)
    problem, do = (
        "the end has passed but the status is active",
        "write ended with the source of the end, or clear valid_to",
    )
    over = (pl.col("status") == "active") & (_last_day("valid_to") < day)
    for table in ("ownership", "supply", "activity"):
        rows = over & ~pl.col("activity").is_in(PAYMENTS) if table == "activity" else over
        found.append(describe_rows(tables[table].filter(rows), table, "valid_to", problem, do))
    return Reject.validate(pl.concat(found).sort("file", "row", "column", nulls_last=True), cast=True)


def notices(tables: dict[str, pl.DataFrame]) -> list[str]:
    """What is not an error but worth knowing: facts shown as stale, and summaries without a Korean version."""
    said = []
    day = _day_of_the_facts(tables)
    published = tables["source"].select("source_id", published=_last_day("published_on"))
    for table in ("supply", "activity"):
        frame = tables[table].filter(pl.col("status") == "active").with_row_index("no")
        cited = frame.select("no", source_id=pl.col("source_ids").str.split(";")).explode("source_id")
        newest = (
            cited.with_columns(pl.col("source_id").str.strip_chars())
            .join(published, on="source_id")
            .group_by("no")
            .agg(pl.col("published").max())
        )
        seen = pl.coalesce(_last_day("confirmed_on"), "published")
        stale = frame.join(newest, on="no").filter(seen < day.dt.offset_by(f"-{STALE_MONTHS}mo")).height
        if stale:
            said.append(
                f"{table}: {stale} active rows were last confirmed over {STALE_MONTHS} months ago;"
                " reports show them as stale"
            )
    for table in ("ownership", "supply", "activity", "response", "verdict"):
        frame = tables[table]
        if lacking := frame.filter(pl.col("summary").is_not_null() & pl.col("summary_ko").is_null()).height:
            said.append(f"{table}: summaries without Korean (summary_ko): {lacking} of {frame.height}")
    return said


def _last_day(column: str) -> pl.Expr:
    """The last possible day of a date written to the day, month or year."""
    first, length = first_day(pl.col(column)), pl.col(column).str.len_chars()
    year = first.dt.offset_by("1y").dt.offset_by("-1d")
    return pl.when(length == 4).then(year).when(length == 7).then(first.dt.month_end()).otherwise(first)


def _day_of_the_facts(tables: dict[str, pl.DataFrame]) -> pl.Expr:
    return pl.lit(tables["source"].select(_last_day("retrieved_on").max()).item(), dtype=pl.Date)
