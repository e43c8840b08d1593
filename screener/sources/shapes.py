"""What most parsers need: rows by table, ids, countries, kinds of entities, dates and numbers as sources write them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.readers.dates import parse_date
from screener.readers.places import country
from screener.schema.tables import ENTITY_ID, columns
from screener.sources.archive import unpacked
from screener.sources.source import Files, Rows, ShapeError
from screener.store.snapshots import KeptFile, Told

BATCH: Final = 50_000
_FILLED_BY_STORE: Final = ("source_ids", "end_source_ids")
# Who is named so is no company. Applied to English names of official lists only, where the registers give no type.
_KINDS: Final = (
    (
        "military",
        r"(?i)\b(?:army|navy|air force|armed forces|military|brigade|battalion|regiment|tatmadaw|militia forces)\b",
    ),
    (
        "state_body",
        r"(?i)\b(?:ministry|bureau of|public security|department of|directorate|government|commission|committee|administration of|"
        r"national council|state council|general office|authority|federal service|intelligence service|production and construction corps)\b",
    ),
)


class Collector:
    """Collects rows by table from a parser that reads record by record, and gives them in batches of bounded size."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict[str, str | None]]] = {}
        self._size = 0

    def add(self, table: str, **cells: str | None) -> None:
        """One row; cells that are not named are empty."""
        self._rows.setdefault(table, []).append(cells)
        self._size += 1

    def full(self) -> bool:
        """Whether a batch should be taken now."""
        return self._size >= BATCH

    def take(self) -> Rows:
        """The rows collected so far, as frames; the collector is empty afterwards."""
        frames = {
            table: pl.DataFrame(rows, schema=dict.fromkeys(filled(table), pl.String))
            for table, rows in self._rows.items()
        }
        self._rows, self._size = {}, 0
        return frames


def filled(table: str) -> list[str]:
    """The columns of a table that a parser fills."""
    return [name for name in columns(table) if name not in _FILLED_BY_STORE]


def plain(files: Files, file: KeptFile, ending: str | tuple[str, ...]) -> Path:
    """The plain file of that ending (`.xml`, `.csv`) in whatever it came packed in."""
    return unpacked(file.path, files.folder, lambda name: name.lower().endswith(ending))


def slug(text: str, longest: int = 60) -> str:
    """Lower-case letters, digits and single hyphens; a hash for names in other scripts."""
    made = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:longest].strip("-")
    return made if len(made) > 1 else digest(text)


def digest(text: str) -> str:
    """Ten hexadecimal digits of a name without its spaces and case, for ids of things that have no number."""
    return hashlib.sha256(re.sub(r"\s+", "", text).casefold().encode()).hexdigest()[:10]


def country_codes(names: pl.Expr) -> pl.Expr:
    """`screener.readers.places.country` of a column."""
    return names.map_batches(_coded, return_dtype=pl.String)


def _coded(written: pl.Series) -> pl.Series:
    distinct = written.drop_nulls().unique()
    codes = {name: country(name) for name in distinct}
    return written.replace_strict(list(codes), list(codes.values()), default=None, return_dtype=pl.String)


def kind_of(name: str) -> str:
    """Kind of an entity that a list only names."""
    return next((kind for kind, pattern in _KINDS if re.search(pattern, name)), "company")


def kinds_of(names: pl.Expr) -> pl.Expr:
    """`kind_of` of a column."""
    kind = pl.lit("company")
    for word, pattern in reversed(_KINDS):
        kind = pl.when(names.str.contains(pattern)).then(pl.lit(word)).otherwise(kind)
    return kind


def day(text: str | None, *, day_first: bool = True) -> str | None:
    """A whole day as lists write it, ISO, or none; day before month in figures, as most lists are European."""
    found = parse_date(text, day_first=day_first) if text else None
    return found if found and len(found) == len("2022-06-21") else None


def american_day(text: str | None) -> str | None:
    """As `day`, but month before day where only figures stand."""
    return day(text, day_first=False)


def number(text: str | None) -> str | None:
    """A number as Korean filings write it (`1,234`, `△12`, `(12)`, `-` for none) as plain text, or none."""
    if text is None:
        return None
    cleaned = re.sub(r"[,\s]", "", text)
    negative = cleaned.startswith(("△", "▲", "(", "-")) and cleaned not in ("-", "")
    digits = cleaned.strip("△▲()-")
    return ("-" if negative else "") + digits if re.fullmatch(r"\d+(?:\.\d+)?|\.\d+", digits) else None


def percent(text: str | None) -> str | None:
    """A share in percent as a fraction 0-1, at most six digits; none if it is not one."""
    value = number((text or "").replace("%", ""))
    if value is None or not 0 <= float(value) <= 100:
        return None
    return f"{float(value) / 100:.6f}".rstrip("0").rstrip(".") or "0"


def entity_id(prefix: str, *parts: str) -> str:
    """An id such as `zz-ofac-36`. `zz` stands where the country is no part of what never changes about the record."""
    made = "-".join([prefix, *(slug(part) for part in parts)])
    if not re.match(ENTITY_ID, made):
        raise ShapeError("no id can be made of this", found=made)
    return made


def lines(files: Files, file: KeptFile) -> Iterator[dict[str, Any]]:
    """The answers of an API: of a bundle (see `client.Bundle`), of one page as it came, or of lines of JSON.

    Gives url, about and body (parsed).
    """
    path = unpacked(file.path, files.folder, lambda name: name.lower().endswith((".json", ".jsonl", ".ndjson")))
    with open(path, encoding="utf-8-sig") as text:
        first = text.readline()
        text.seek(0)
        try:
            bundled = "body" in (head := json.loads(first)) and "url" in head
        except (ValueError, TypeError, RecursionError):
            bundled = False
        try:
            if not bundled:
                yield {"url": file.url, "about": {}, "body": json.load(text)}
                return
            for line in text:
                answer = json.loads(line)
                yield {"url": answer["url"], "about": answer.get("about", {}), "body": json.loads(answer["body"])}
        except (ValueError, KeyError, RecursionError, UnicodeDecodeError) as error:
            raise ShapeError("not JSON", where=path.name, found=str(error), do="download it again") from None


def account(record: Mapping[str, Any], known: Iterable[str], told: Told, prefix: str = "") -> None:
    """Tells the fields of a record that nobody knows."""
    for name, value in record.items():
        if name not in known:
            told.surprise(prefix + name, value)


def wanted(frame: pl.DataFrame, where: str, needed: Sequence[str], known: Sequence[str], told: Told) -> pl.DataFrame:
    """The frame with all known columns, the missing ones empty; columns that nobody knows are told and dropped.

    Raises:
        ShapeError: a needed column is missing.
    """
    if missing := [name for name in needed if name not in frame.columns]:
        raise ShapeError(
            "a column is missing",
            where=where,
            found=", ".join(frame.columns)[:110],
            do=f"this needs {', '.join(missing)}; see whether the source changed its shape",
        )
    for name in frame.columns:
        if name not in known and name not in needed:
            filled = frame[name].drop_nulls()
            told.surprise(name, filled[0] if len(filled) else "", len(filled) or 1)
    every = [*needed, *(name for name in known if name not in needed)]
    return frame.with_columns(
        pl.lit(None, pl.String).alias(name) for name in every if name not in frame.columns
    ).select(every)
