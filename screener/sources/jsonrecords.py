"""JSON of any length, record by record: arrays, objects that hold records, lines, stored answers of an API."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from screener.sources.archive import plain
from screener.sources.source import Files, ShapeError
from screener.store.snapshots import KeptFile

ENDINGS: Final = (".json", ".jsonl", ".ndjson")
LONGEST_RECORD: Final = 64 << 20
_BOM: Final = b"\xef\xbb\xbf"

_Text = bytes | memoryview | msgspec.Raw


class _Holder(msgspec.Struct):
    """An object that may hold records."""

    results: msgspec.Raw = msgspec.Raw(b"null")
    features: msgspec.Raw = msgspec.Raw(b"null")


def answers_of(files: Files, file: KeptFile) -> Iterator[tuple[Any, dict[str, str]]]:
    """The answers of an API, parsed, each with its `about`: of a file of `Client.answers`, or of one answer as it came.

    Raises:
        ShapeError: it is not JSON.
    """
    path = plain(files, file, *ENDINGS)
    for record in json_records(path):
        if record.keys() >= {"about", "body"}:
            try:
                yield msgspec.json.decode(record["body"]), record["about"]
            except (msgspec.DecodeError, RecursionError) as error:
                raise _not_json(path, error) from None
        else:
            yield record, {}


def json_records(path: Path) -> Iterator[dict[str, Any]]:
    """Records of an array, of an object with `results` or `features`, or of lines; only one is parsed at a time.

    Raises:
        ShapeError: not JSON, cut, or a single record is larger than any can be.
    """
    if path.stat().st_size == 0:
        return
    with path.open("rb") as file:
        text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        for record in _records(text):
            if len(memoryview(record)) > LONGEST_RECORD:
                raise _not_json(path, f"a record of more than {LONGEST_RECORD} characters")
            if isinstance(parsed := msgspec.json.decode(record), dict):
                yield parsed
    except (msgspec.DecodeError, RecursionError) as error:
        raise _not_json(path, error) from None


def _records(text: mmap.mmap) -> Iterator[_Text]:
    start = len(_BOM) if text[: len(_BOM)] == _BOM else 0
    text.seek(start)
    first = next((line for line in iter(text.readline, b"") if line.strip()), b"")
    if _is_value(first):
        text.seek(start)
        for line in iter(text.readline, b""):
            yield from _held(line) if line.strip() else ()
    elif first:
        yield from _held(memoryview(text)[start:])


def _is_value(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def _held(text: bytes | memoryview) -> Sequence[_Text]:
    """The records of an array, or of an object in its `results` or `features`; else the object itself."""
    try:
        return msgspec.json.decode(text, type=list[msgspec.Raw])
    except msgspec.ValidationError:
        found = msgspec.json.decode(text, type=_Holder)
    arrays = (held for held in (found.results, found.features) if bytes(memoryview(held)[:1]) == b"[")
    holds = next(arrays, None)
    return [text] if holds is None else msgspec.json.decode(holds, type=list[msgspec.Raw])


def _not_json(path: Path, why: object) -> ShapeError:
    return ShapeError("not JSON", where=path.name, found=why, do="download it again")
