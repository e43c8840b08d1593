"""The tables of sources, every cell as text: CSV of any encoding, workbooks, Parquet, tables of HTML pages; and which columns are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import polars as pl

from screener.errors import ScreenerError
from screener.readers.sheets import delimiter_of, read_sheets
from screener.readers.text import decoded
from screener.sources.archive import members, plain
from screener.sources.kinds import file_kind
from screener.sources.source import Files, ShapeError
from screener.store.snapshots import KeptFile, ParseReport

_END_OF_FILE: Final = "\x1a"


def words(text: str, mark: str | None = None) -> frozenset[str]:
    """Names of fields written one after the other, parted by white space or by `mark`."""
    return frozenset(" ".join(name.split()) for name in text.split(mark) if name.strip())


@dataclass(frozen=True)
class Columns:
    """The columns of a table: ours by the headings that they may have, and headings that are known and not needed.

    Headings are compared without regard to case and white space. `needed`: ours without which it is not the table of the source.
    """

    ours: Mapping[str, Sequence[str]]
    needed: Sequence[str] = ()
    unused: frozenset[str] = frozenset()

    def of(self, frame: pl.DataFrame, where: str, report: ParseReport) -> pl.DataFrame:
        """The frame with our columns, the missing ones empty; columns that nobody knows are reported and dropped.

        Raises:
            ShapeError: a needed column is missing.
        """
        heads = {_folded(name): name for name in reversed(frame.columns)}
        found = {
            name: next((heads[head] for head in map(_folded, headings) if head in heads), None)
            for name, headings in self.ours.items()
        }
        if missing := [self.ours[name][0] for name in self.needed if found[name] is None]:
            do = f"this needs {', '.join(missing)}; see whether the source changed its shape"
            raise ShapeError("a column is missing", where=where, found=", ".join(frame.columns)[:110], do=do)
        known = {_folded(head) for heads in (*self.ours.values(), self.unused) for head in heads}
        for name in frame.columns:
            if _folded(name) not in known:
                filled = frame[name].drop_nulls()
                report.surprise(name, filled[0] if len(filled) else "", len(filled) or 1)
        return frame.select(
            pl.col(heading).alias(name) if heading is not None else pl.lit(None, pl.String).alias(name)
            for name, heading in found.items()
        )


def table_of(files: Files, file: KeptFile | None = None, *, holds: str | None = None, **how: object) -> pl.DataFrame:
    """A file of a snapshot as a table, in whatever it came packed in.

    Args:
        files: of the snapshot. file: which of them; the main one unless given.
        holds: a heading by which the table is known where there are several (on a page, in a workbook).
        how: as for `read_table`.

    Raises:
        ShapeError: it cannot be read as a table.
    """
    file = file or files.first
    with file.path.open("rb") as opened:
        head = opened.read(4096)
    is_book = head.startswith(b"PK") and any(entry.filename == "xl/workbook.xml" for entry in members(file.path))
    path = file.path if is_book else plain(files, file, ".csv", ".txt", ".xls", ".html")
    if path != file.path:
        with path.open("rb") as opened:
            head = opened.read(4096)
    if not (is_book or head.startswith(b"PAR1") or file_kind(head) in ("html", "xml", "xls")):
        return read_table(path, **how)  # type: ignore[arg-type]
    try:
        sheets, _ = read_sheets(path, file.url)
    except ScreenerError as error:
        raise ShapeError("the file cannot be read", where=file.url, found=error.what, do=error.do) from None
    tables = [rows for sheet in sheets if (rows := [row for row in sheet.rows if any(row)])]
    wanted = [rows for rows in tables if holds is None or _folded(holds) in (_folded(head or "") for head in rows[0])]
    if not wanted:
        found = ", ".join(str(head) for head in tables[0][0])[:100] if tables else None
        raise ShapeError(
            f"no table with a column {holds}", where=file.url, found=found, do="see whether it has changed"
        )
    return pl.concat(map(_frame, wanted if holds else wanted[:1]), how="diagonal")


def _frame(rows: Sequence[Sequence[str | None]]) -> pl.DataFrame:
    width = max(map(len, rows))
    heads = [head or "" for head in rows[0]] + [""] * (width - len(rows[0]))
    names = [head if head and head not in heads[:place] else f"{head} {place + 1}" for place, head in enumerate(heads)]
    cells = [[*row, *[None] * (width - len(row))] for row in rows[1:]]
    return pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")


def read_table(
    path: Path,
    *,
    names: Sequence[str] | None = None,
    separator: str | None = None,
    null: Sequence[str] = (),
    skip: int = 0,
) -> pl.DataFrame:
    """A table of text, every cell stripped, empty cells null.

    Args:
        path: plain file, UTF-8 or any encoding that `screener.readers.text` recognises.
        names: columns of a table without a header; further columns keep the numbers that they have.
        separator: between cells; recognised unless given.
        null: what else stands for nothing.
        skip: lines before the header.

    Raises:
        ShapeError: it cannot be read as a table.
    """
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if not head.strip():
        return pl.DataFrame(schema=dict.fromkeys(names or ("",), pl.String))
    lines = head.decode("utf-8", "replace").splitlines()[skip:]
    how = {"has_header": names is None, "separator": separator or delimiter_of("\n".join(lines)), "skip_rows": skip}
    try:
        try:
            frame = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True, **how)  # type: ignore[arg-type]
        except pl.exceptions.ComputeError:
            recoded = BytesIO(decoded(path.read_bytes(), path.name)[0].encode())
            frame = pl.read_csv(recoded, infer_schema=False, truncate_ragged_lines=True, **how)  # type: ignore[arg-type]
    except (pl.exceptions.PolarsError, ValueError, ScreenerError) as error:
        found = str(error).splitlines()[0]
        raise ShapeError("not a table of text", where=path.name, found=found, do="download it again") from None
    if names and frame.width < len(names):
        raise ShapeError("the table has too few columns", where=path.name, found=f"{frame.width}, not {len(names)}")
    heads = [*(names or ()), *map(_heading, frame.columns[len(names or ()) :])]
    frame = frame.rename(dict(zip(frame.columns, heads, strict=True)))
    frame = frame.with_columns(pl.all().str.strip_chars(f" \t\r\n{_END_OF_FILE}"))
    frame = frame.with_columns(pl.when(pl.all().is_in(["", *null])).then(None).otherwise(pl.all()).name.keep())
    # The end-of-file sign of old systems makes a row of its own.
    return frame if frame[-1:].select(pl.any_horizontal(pl.all().is_not_null())).to_series().any() else frame[:-1]


def page_text(file: KeptFile) -> str:
    """The text of a page, in whatever encoding.

    Raises:
        ShapeError: no encoding reads it without loss.
    """
    try:
        return decoded(file.path.read_bytes(), file.url)[0]
    except ScreenerError as error:
        raise ShapeError(error.what, where=file.url, found=error.found, do=error.do) from None


def records_of(frame: pl.DataFrame) -> Iterator[dict[str, str | None]]:
    """The rows of a table one after the other, by column."""
    return frame.iter_rows(named=True)


def _heading(name: str) -> str:
    return name.strip().lstrip("\ufeff")


def _folded(heading: str) -> str:
    return re.sub(r"\s+", "", _heading(heading)).lower()
