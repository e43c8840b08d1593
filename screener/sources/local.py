"""Files that are already on disk, taken as the raw files of a snapshot: plain, gzipped or zipped."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from screener.errors import ScreenerError
from screener.sources.archive import kind_at, members, unpacked
from screener.sources.source import Source
from screener.store.raw import sha256_of
from screener.store.snapshots import StoredFile


def local_files(source: Source, given: Path, folder: Path, at: dt.datetime) -> list[StoredFile]:
    """The raw files of a source that a path names: a file, a folder, or one of several side by side.

    A gzipped file is unpacked into `folder` first, so that its hash is the one of the official file. `at` is when the
    file was retrieved (UTC).

    Raises:
        ScreenerError: nothing is there, or it is a damaged archive.
    """
    words = {file.part: file.word for file in source.files}
    found: dict[str, Path | None]
    if given.is_dir():
        there = [path for path in sorted(given.iterdir()) if path.is_file()]
        found = {
            part: next((path for path in there if (word or part).lower() in path.name.lower()), None)
            for part, word in words.items()
        }
    elif given.is_file():
        # Several parts can come in one ZIP, or side by side: sdn.csv with alt.csv and add.csv.
        name = given.name.lower()
        named = (part for part, word in words.items() if word and re.search(rf"(?<![a-z]){word}(?![a-z])", name))
        mine = next(named, source.files[0].part)
        found = {part: _sister(given, words[mine], word) for part, word in words.items()} | {mine: given}
    else:
        raise ScreenerError("no such file", where="--from", found=str(given), do="name a file that exists")
    files = [_raw_file(part, path, words[part], folder, at) for part, path in found.items() if path is not None]
    if not files:
        do = f"it should hold a file named for: {', '.join(word or part for part, word in words.items())}"
        raise ScreenerError("no file of this source is in the folder", where=str(given), do=do)
    return files


def _sister(given: Path, mine: str, word: str) -> Path | None:
    """`ofac_alt.csv.gz` for `ofac_sdn.csv.gz`, `ALT.CSV` for `SDN.CSV`."""
    if not mine or not word or mine == word:
        return None
    named = re.sub(rf"(?<![a-z]){mine}(?![a-z])", word, given.name.lower())
    return next((path for path in sorted(given.parent.iterdir()) if path != given and path.name.lower() == named), None)


def _raw_file(part: str, path: Path, word: str, folder: Path, at: dt.datetime) -> StoredFile:
    address, kind = path.resolve().as_uri(), kind_at(path)
    if kind == "gzip" or (kind == "zip" and word and any(word in entry.filename.lower() for entry in members(path))):
        path = unpacked(path, folder, lambda name: word in name.lower())
    return StoredFile(part, path, address, at, sha256_of(path), path.stat().st_size)
