"""Checks of `screener data check` beyond cells: rows claim no more than their sources; sources are named correctly."""

from collections.abc import Sequence

import dataframely as dy
import polars as pl

from screener.schema.frames import Reject
from screener.schema.tables import first_day
from screener.store.inputs import dataset_folders
from screener.store.load import describe_rows, read

STALE_MONTHS = 24
_PERIODS = ("pays", "project_pays")
_PROXIES = (
    "r.jina.ai", "12ft.io", "translate.goog", "webcache.googleusercontent.com", "archive.ph", "cc.bingj.com"
)  # fmt: skip
_RAW_HOST = r"^https?://(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\])(:\d+)?(/|$)"
_ROOT = r"^https?://[^/]+/?$"


def checked(datasets: Sequence[str] = ()) -> tuple[dict[str, int], pl.DataFrame, list[str]]:
    """Reads every dataset file without building: accepted rows by table, rejects, and notices."""
    dataset = read(dataset_folders(datasets))
    rejects = pl.concat([dataset.rejects, problems(dataset.tables)])
    rejects = rejects.sort("file", "row", "column", nulls_last=True)
    return {table: frame.height for table, frame in dataset.tables.items()}, rejects, notices(dataset.tables)


def problems(tables: dict[str, pl.DataFrame]) -> dy.DataFrame[Reject]:
    """The accepted rows of a `screener.store.load.Dataset` that cannot be right; they stay in the store."""
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
        rows = over & ~pl.col("activity").is_in(_PERIODS) if table == "activity" else over
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
            said.append(f"{table}: {lacking} of {frame.height} summaries have no Korean (summary_ko)")
    return said


def _last_day(column: str) -> pl.Expr:
    """The last possible day of a date written to the day, month or year."""
    first, length = first_day(pl.col(column)), pl.col(column).str.len_chars()
    year = first.dt.offset_by("1y").dt.offset_by("-1d")
    return pl.when(length == 4).then(year).when(length == 7).then(first.dt.month_end()).otherwise(first)


def _day_of_the_facts(tables: dict[str, pl.DataFrame]) -> pl.Expr:
    return pl.lit(tables["source"].select(_last_day("retrieved_on").max()).item(), dtype=pl.Date)
