"""Files as users hold them: any table, any JSON of records."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, NoReturn

import polars as pl

from screener.readers.header import Vocabulary, find_table
from screener.readers.sheets import read_sheets
from screener.sources.archive import members, unpacked
from screener.sources.client import told_kind
from screener.sources.source import Files, ShapeError

LONGEST_RECORD: Final = 64 << 20
_WHOLE: Final = 8 << 20
_BLOCK: Final = 1 << 18
_HOLDERS: Final = ("results", "features")
_SPACE: Final = re.compile(r"[ \t\r\n]*")


def any_table(files: Files) -> pl.DataFrame:
    """The main file as a table of text: anything that `screener.readers.sheets` reads, plain or packed.

    Raises:
        ScreenerError: it is no table.
    """
    sheets, _ = read_sheets(plain_table(files), files.first.url)
    table = find_table(next(sheet for sheet in sheets if any(map(any, sheet.rows))), Vocabulary({}))
    return pl.DataFrame(table.rows, schema=dict.fromkeys(table.headings, pl.String), orient="row")


def plain_table(files: Files) -> Path:
    """The main file unpacked; a workbook is a ZIP file that stays one."""
    path = files.first.path
    with open(path, "rb") as file:
        is_zip = told_kind(file.read(64)) == "zip"
    is_workbook = is_zip and any(one.filename in ("xl/workbook.xml", "content.xml") for one in members(path))
    return path if is_workbook else unpacked(path, files.folder)


def json_records(path: Path) -> Iterator[dict[str, Any]]:
    """Records of a JSON array, of an object with `results` or `features`, or of lines of JSON, one at a time.

    Raises:
        ShapeError: not JSON, cut, or a single record is larger than any can be.
    """
    with open(path, encoding="utf-8-sig") as text:
        reader = _JsonReader(text, path.name)
        try:
            while (sign := reader.peek()) != "":
                if sign == "[":
                    yield from reader.elements()
                elif sign == "{":
                    yield from reader.object()
                else:
                    reader.refuse("no record")
        except (UnicodeDecodeError, RecursionError) as error:
            raise ShapeError("not JSON", where=path.name, found=str(error), do="download it again") from None


class _JsonReader:
    """Takes JSON values from a text one by one; the standard library's reader wants the whole text at once."""

    def __init__(self, text: IO[str], name: str) -> None:
        self.text = text
        self.name = name
        self.held = ""
        self.at = 0
        self.ended = False
        self.decoder = json.JSONDecoder()

    def peek(self) -> str:
        """The next sign that is no white space, or nothing at the end."""
        while True:
            self.at = _SPACE.match(self.held, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.held):
                return self.held[self.at]
            if not self._more():
                return ""

    def take(self, sign: str) -> None:
        """Steps over that sign."""
        if self.peek() != sign:
            self.refuse(f"{sign} expected")
        self.at += 1

    def value(self, longest: int) -> Any:
        """The next value; None of `longest` characters or more."""
        self.peek()
        while True:
            try:
                found, end = self.decoder.raw_decode(self.held, self.at)
                # A number that ends where the text held ends may go on.
                if end < len(self.held) or self.ended:
                    self.at = end
                    return found
            except json.JSONDecodeError as error:
                if self.ended:
                    self.refuse(error.msg)
            if len(self.held) - self.at >= longest:
                raise _TooLongError
            self._more()

    def elements(self) -> Iterator[dict[str, Any]]:
        """The objects of the array that begins here."""
        self.take("[")
        if self.peek() == "]":
            self.at += 1
            return
        while True:
            try:
                element = self.value(LONGEST_RECORD)
            except _TooLongError:
                self.refuse(f"a record of more than {LONGEST_RECORD} characters")
            if isinstance(element, dict):
                yield element
            if self.peek() == "]":
                self.at += 1
                return
            self.take(",")

    def object(self) -> Iterator[dict[str, Any]]:
        """The object that begins here, or the records that it holds as `results` or `features`."""
        try:
            found = self.value(_WHOLE)
        except _TooLongError:
            yield from self._members()
            return
        held = next((found[name] for name in _HOLDERS if isinstance(found.get(name), list)), None)
        yield from [found] if held is None else (record for record in held if isinstance(record, dict))

    def _members(self) -> Iterator[dict[str, Any]]:
        self.take("{")
        while self.peek() != "}":
            try:
                name = self.value(LONGEST_RECORD)
                self.take(":")
                if name not in _HOLDERS or self.peek() != "[":
                    self.value(LONGEST_RECORD)
                    name = None
            except _TooLongError:
                self.refuse(f"a member of more than {LONGEST_RECORD} characters that holds no records")
            if name is not None:
                yield from self.elements()
            if self.peek() == ",":
                self.at += 1
        self.at += 1

    def refuse(self, why: str) -> NoReturn:
        """Says where it stopped."""
        found = f"{why}: {self.held[self.at : self.at + 40]!r}"
        raise ShapeError("not JSON", where=self.name, found=found, do="download it again") from None

    def _more(self) -> bool:
        # Half as much again as is held: a long record is tried a few times, not once a block.
        block = self.text.read(max(_BLOCK, (len(self.held) - self.at) // 2))
        self.held, self.at = self.held[self.at :] + block, 0
        self.ended = not block
        return bool(block)


class _TooLongError(Exception):
    """A value is longer than it may be."""
