"""JSON of any length, record by record: arrays, objects that hold records, lines, kept answers of an API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, NoReturn

from screener.sources.archive import plain
from screener.sources.source import Files, ShapeError
from screener.store.snapshots import KeptFile

ENDINGS: Final = (".json", ".jsonl", ".ndjson")
LONGEST_RECORD: Final = 64 << 20
_WHOLE: Final = 8 << 20
_BLOCK: Final = 1 << 18
_HOLDERS: Final = ("results", "features")
_SPACE: Final = re.compile(r"[ \t\r\n]*")


def answers_of(files: Files, file: KeptFile) -> Iterator[tuple[Any, dict[str, str]]]:
    """The answers of an API, parsed, each with its `about`: of a file of `Client.answers`, or of one answer as it came.

    Raises:
        ShapeError: it is not JSON.
    """
    path = plain(files, file, *ENDINGS)
    try:
        with path.open(encoding="utf-8-sig") as text:
            first = text.readline()
            text.seek(0)
            if not (first.startswith('{"about"') and first.rstrip().endswith("}")):
                yield json.load(text), {}
                return
            for line in text:
                answer = json.loads(line)
                yield json.loads(answer["body"]), answer["about"]
    except (ValueError, KeyError, RecursionError) as error:
        raise ShapeError("not JSON", where=path.name, found=str(error), do="download it again") from None


def json_records(path: Path) -> Iterator[dict[str, Any]]:
    """Records of an array, of an object with `results` or `features`, or of lines; only one is held at a time.

    Raises:
        ShapeError: not JSON, cut, or a single record is larger than any can be.
    """
    with path.open(encoding="utf-8-sig") as text:
        reader = _Reader(text, path.name)
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


class _TooLongError(Exception):
    """A value is longer than it may be."""


class _Reader:
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
        """The next value; fails at one of `longest` characters or more."""
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
        while self.peek() != "]":
            try:
                element = self.value(LONGEST_RECORD)
            except _TooLongError:
                self.refuse(f"a record of more than {LONGEST_RECORD} characters")
            if isinstance(element, dict):
                yield element
            if self.peek() != "]":
                self.take(",")
        self.at += 1

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
