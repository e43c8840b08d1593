"""What changed, as RSS 2.0: the changes of a run of `screener quarter`, or the newest evidence without one."""

import datetime as dt
from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.errors import ScreenerError
from screener.report.document import Document, Source
from screener.report.text import cleaned, first_day
from screener.report.wording import Wording

_MOST: Final = 100
_COLUMNS: Final = ("company_id", "topic", "finding_id", "before", "after", "cause", "detail")
_GUID: Final = ("company_id", "topic", "finding_id", "cause", "after")


Item = dict[str, str]
"""One entry: title, link (an address below the folder of the language), guid, published, text."""


def read_changes(run: str) -> list[dict[str, Any]]:
    """The changes of a run of `screener quarter`, from its folder.

    Raises:
        ScreenerError: that file is missing from it or not valid.
    """
    path = Path(run) / "changes.parquet"
    if not path.is_file():
        do = "give a folder of `screener quarter` that was made with --previous"
        raise ScreenerError("the folder holds no changes", where="--previous", found=path, do=do)
    try:
        # Mere ageing comes last; the largest changes of score first.
        moved = (pl.col("after").fill_null(0) - pl.col("before").fill_null(0)).abs()
        order = [pl.col("cause") == "aged", -moved, "company_id", "topic", "finding_id"]
        frame = pl.read_parquet(path).select(_COLUMNS).sort(order).head(_MOST)
        numbers = pl.col(pl.Float64).round(1)
        return list(cleaned(frame.with_columns(numbers).cast(pl.String)).iter_rows(named=True))
    except pl.exceptions.PolarsError as error:
        found = str(error).splitlines()[0]
        raise ScreenerError("not a table of changes", where=str(path), found=found, do="make the run again") from error


def change_items(changes: Sequence[Mapping[str, Any]], d: Document, w: Wording, pages: Mapping[str, str]) -> list[Item]:
    """An entry for each change, in the order of the run."""
    names = {company.company_id: w.name(company.name, company.name_ko) for company in d.companies}
    items = []
    for change in ({name: text or "" for name, text in one.items()} for one in changes):
        company_id, topic = change["company_id"], change["topic"]
        name = names.get(company_id, company_id)
        moved = w("site_feed.moved", before=change["before"] or "–", after=change["after"] or "–")
        title = w("site_feed.change", company=name, topic=w.label("topics", topic)) if topic else name
        guid = "/".join([*(change[key] for key in _GUID), str(d.as_of)])
        cause = f"{w.label('causes', change['cause'])}: {moved}"
        text = f"{cause}. {change['detail']}" if change["detail"] else cause
        link = pages.get(company_id, "index.html")
        items.append({"title": title, "link": link, "guid": guid, "published": rfc_day(str(d.as_of)), "text": text})
    return items


def evidence_items(d: Document, w: Wording, pages: Mapping[str, str]) -> list[Item]:
    """An entry for each of the newest sources that findings, answers and verdicts cite, newest first."""
    cited: dict[str, tuple[Source, list[str]]] = {}
    for company in d.companies:
        for source in company.cited():
            names = cited.setdefault(source.source_id, (source, []))[1]
            names.append(w.name(company.name, company.name_ko))
    newest = sorted(cited.values(), key=lambda one: (one[0].published_on, one[0].source_id), reverse=True)[:_MOST]
    items = []
    for s, names in newest:
        companies, day = w("format.list_joiner").join(names), w.day(s.published_on)
        text = w("site_feed.evidence", publisher=s.publisher, day=day, grade=s.grade, companies=companies)
        item = {"title": s.title, "link": pages[s.source_id], "guid": s.source_id, "text": text}
        items.append(item | {"published": rfc_day(s.published_on)})
    return items


def rfc_day(written: str) -> str:
    """A day in the form of RFC 822, as RSS requires; for a month or year, its first day."""
    return format_datetime(dt.datetime.combine(first_day(written), dt.time(tzinfo=dt.UTC)))
