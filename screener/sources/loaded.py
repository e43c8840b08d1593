"""Files as users hold them: any table (CSV, XLSX, Parquet), any JSON of records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from screener.sources.archive import members, unpacked
from screener.sources.client import told_kind
from screener.sources.source import Files, ShapeError
from screener.sources.tabular import read_table
from screener.store.snapshots import Told


def any_table(files: Files, told: Told) -> pl.DataFrame:
    """The main file as a table of text: CSV (`,` `;` or tab), XLSX or Parquet.

    Raises:
        ShapeError: it is none of these.
    """
    with open(files.first.path, "rb") as file:
        head = file.read(64)
    try:
        if head.startswith(b"PAR1"):
            return pl.read_parquet(files.first.path).with_columns(pl.all().cast(pl.String))
        if told_kind(head) == "zip" and _is_workbook(files.first.path):
            return pl.read_excel(files.first.path, infer_schema_length=0)
    except Exception as error:  # the readers of workbooks and Parquet raise what they like
        raise ShapeError("the file cannot be read", where=files.first.url, found=str(error).splitlines()[0]) from None
    path = unpacked(files.first.path, files.folder)
    with open(path, "rb") as file:
        first = file.readline(65536)
    separator = max((",", ";", "\t"), key=lambda sign: first.count(sign.encode()))
    return read_table(path, files.folder, told, separator=separator)


def _is_workbook(path: Path) -> bool:
    return any(entry.filename == "xl/workbook.xml" for entry in members(path))


def json_records(path: Path) -> Iterator[dict[str, Any]]:
    """Records of a JSON array, an object with `results` or `features`, or of lines of JSON."""
    try:
        with open(path, encoding="utf-8-sig") as text:
            start = text.read(1)
            text.seek(0)
            if start == "[":
                found = json.load(text)
            else:
                first = text.readline()
                try:
                    head = json.loads(first)
                    text.seek(0)
                    if text.readline() and not text.readline().strip():
                        found = head.get("results", head.get("features", [head])) if isinstance(head, dict) else head
                    else:
                        text.seek(0)
                        yield from (json.loads(line) for line in text if line.strip())
                        return
                except ValueError:
                    text.seek(0)
                    head = json.load(text)
                    found = head.get("results", head.get("features", [head])) if isinstance(head, dict) else head
        yield from (record for record in found if isinstance(record, dict))
    except (ValueError, RecursionError, UnicodeDecodeError) as error:
        raise ShapeError("not JSON", where=path.name, found=str(error), do="download it again") from None
