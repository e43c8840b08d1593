"""Files that are already on disk, taken as the raw files of a snapshot: plain, gzipped or zipped, with what lies beside them."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from screener.errors import ScreenerError
from screener.sources.archive import members, unpacked
from screener.sources.source import Source
from screener.store.raw import sha256_of
from screener.store.snapshots import KeptFile


def local_files(source: Source, given: Path, folder: Path, at: dt.datetime) -> list[KeptFile]:
    """The raw files of a source that a path names: the file, a folder, or the first of several that lie beside one another.

    A gzipped file is kept as what is inside it, so that its hash is the one of the official file.

    Args:
        source: the source.
        given: a file, or a folder that holds the parts.
        folder: for unpacked files.
        at: when the file was retrieved (UTC).

    Raises:
        ScreenerError: nothing is there, or it is a damaged archive.
    """
    if given.is_dir():
        found = {part: _beside(given, word or part) for part, word in source.parts}
    elif given.is_file():
        found = {part: None for part, _ in source.parts}
        first = source.parts[0]
        # Several parts can come in one ZIP, or side by side: sdn.csv with alt.csv and add.csv, ofac_sdn.csv.gz with ofac_alt.csv.gz.
        mine = next(
            (
                part
                for part, word in source.parts
                if word and re.search(rf"(?:^|[^a-z]){word}(?:[^a-z]|$)", given.name.lower())
            ),
            first[0],
        )
        found[mine] = given
        for part, word in source.parts:
            if found[part] is None and word:
                found[part] = _sister(given, dict(source.parts)[mine], word)
    else:
        raise ScreenerError("no such file", where="--from", found=str(given), do="name a file that exists")
    files = [_kept(part, path, source, folder, at) for part, path in found.items() if path is not None]
    if not files:
        words = ", ".join(word or part for part, word in source.parts)
        raise ScreenerError(
            "no file of this source is in the folder", where=str(given), do=f"it should hold a file named for: {words}"
        )
    return files


def _beside(folder: Path, word: str) -> Path | None:
    return next(
        (path for path in sorted(folder.iterdir()) if path.is_file() and word.lower() in path.name.lower()), None
    )


def _sister(given: Path, mine: str, word: str) -> Path | None:
    """`ofac_alt.csv.gz` beside `ofac_sdn.csv.gz`, `ALT.CSV` beside `SDN.CSV`."""
    if not mine:
        return None
    named = re.sub(
        rf"(?i)(?<![a-z]){mine}(?![a-z])", lambda found: word.upper() if found[0].isupper() else word, given.name
    )
    for path in sorted(given.parent.iterdir()):
        if path != given and path.name.lower() == named.lower() and named.lower() != given.name.lower():
            return path
    return None


def _kept(part: str, path: Path, source: Source, folder: Path, at: dt.datetime) -> KeptFile:
    address = path.resolve().as_uri()
    word = dict(source.parts)[part]
    with open(path, "rb") as file:
        magic = file.read(4)
    if magic.startswith(b"\x1f\x8b"):
        path = unpacked(path, folder)
    elif magic.startswith(b"PK") and word:
        inside = [entry.filename for entry in members(path)]
        if any(word in name.lower() for name in inside):
            path = unpacked(path, folder, lambda name: word in name.lower())
    return KeptFile(part, path, address, at, sha256_of(path), path.stat().st_size, {})
