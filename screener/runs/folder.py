"""The folder of a run: written whole or not at all, read back with hashes checked, reproduced from its manifest.

A reader sees the old run or the new one, and two processes that write at once leave one whole run (`screener.files`).
The same inputs give the same bytes: no file says when it was made.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.errors import NotWritableError, ScreenerError
from screener.files import alone, flush, replacing_folder
from screener.report.serialise import csv_text, parquet_bytes

SCHEMA: Final = "screener/quarter/2"
# Older runs are read, too: two columns of findings had other names.
_FORMER_SCHEMA: Final = "screener/quarter/1"
_FORMER_COLUMNS: Final = {"near_id": "dedup_anchor_id", "counted": "included_in_topic_score"}
MANIFEST: Final = "manifest.json"


def table_files(tables: Mapping[str, pl.DataFrame]) -> dict[str, bytes]:
    """Each table as `NAME.parquet` and as `NAME.csv` (UTF-8 with BOM, so that Excel reads Hangul)."""
    files: dict[str, bytes] = {}
    for name, frame in tables.items():
        files[f"{name}.parquet"] = parquet_bytes(frame, statistics=False)
        files[f"{name}.csv"] = csv_text(frame, to_file=True).encode()
    return files


def write_run(folder: Path, files: Mapping[str, bytes], manifest: dict[str, Any]) -> bool:
    """Writes a run in place of an earlier one; returns whether anything changed (an equal run is left as it is).

    `files` are bytes by name; their hashes are added to the manifest.

    Raises:
        NotWritableError: the folder cannot be written (exit code 2), or the disk is full (74); nothing is left behind.
        ScreenerError: it holds anything but a run.
    """
    listed = [{"name": n, "sha256": sha256(b), "bytes": len(b)} for n, b in sorted(files.items())]
    text = json.dumps(manifest | {"files": listed}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    everything = dict(files) | {MANIFEST: text.encode("utf-8")}
    try:
        with alone(folder):
            if folder.exists():
                _check_is_run(folder)
                if {path.name: path.read_bytes() for path in folder.iterdir()} == everything:
                    return False
            with replacing_folder(folder) as made:
                for name, content in everything.items():
                    (made / name).write_bytes(content)
                    flush(made / name)
            return True
    except OSError as error:
        do = "name a place with --out that is yours"
        raise NotWritableError("the run cannot be written", where=str(folder), error=error, do=do) from error


def _check_is_run(folder: Path) -> None:
    """Only a run is replaced, and only where nothing else would be lost with it."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if not folder.is_dir() or (names and MANIFEST not in names):
        raise ScreenerError("this is not a run of this program", where=str(folder), do="name another folder with --out")
    of_run = {file["name"] for file in read_manifest(folder)["files"]} | {MANIFEST} if names else set()
    if foreign := sorted(names - of_run):
        what = "it contains files that are not of the run and would be lost"
        do = "move it, or name another folder with --out"
        raise ScreenerError(what, where=str(folder), found=foreign[0], do=do)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run.

    Raises:
        ScreenerError: there is none, or it is of another kind.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        found, do = getattr(error, "strerror", None), "name a folder written by `screener quarter`"
        raise ScreenerError("there is no run here", where=str(path), found=found, do=do) from None
    if not isinstance(manifest, dict) or manifest.get("schema") not in (SCHEMA, _FORMER_SCHEMA):
        found, do = str(manifest)[:60], f"its schema is {SCHEMA}"
        raise ScreenerError("not the manifest of a run", where=str(path), found=found, do=do)
    return manifest


def read_tables(folder: Path, manifest: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """The tables of a run, by name.

    Raises:
        ScreenerError: a file is missing, or not the one in the manifest.
    """
    tables = {}
    for file in manifest["files"]:
        path = folder / file["name"]
        try:
            content = path.read_bytes()
        except OSError:
            raise ScreenerError("a file of the run is missing", where=str(path), do="write the run again") from None
        if sha256(content) != file["sha256"]:
            what, found = "a file of the run was changed after it was written", sha256(content)[:12]
            raise ScreenerError(what, where=str(path), found=found, do="write the run again")
        if path.suffix == ".parquet":
            tables[path.stem] = pl.read_parquet(io.BytesIO(content)).rename(_FORMER_COLUMNS, strict=False)
    return tables


def first_difference(folder: Path, files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> str | None:
    """The first difference between a run and its reproduction, in words; none if there is none."""
    for file in manifest["files"]:
        name, path = file["name"], folder / file["name"]
        if name not in files:
            return f"{name}: the repeated run does not have it"
        if not path.is_file():
            return f"{name}: missing from the folder"
        here, again = path.read_bytes(), files[name]
        if {sha256(here), sha256(again)} != {file["sha256"]}:
            return f"{name}{_where(path, here, again)}"
    more = sorted(files.keys() - {file["name"] for file in manifest["files"]})
    return f"{more[0]}: the run does not have it" if more else None


def _where(path: Path, here: bytes, again: bytes) -> str:
    if path.suffix == ".csv":
        pairs = zip(here.decode("utf-8").splitlines(), again.decode("utf-8").splitlines(), strict=False)
        for number, (one, other) in enumerate(pairs, 1):
            if one != other:
                return f", line {number}: {one[:80]} | {other[:80]}"
    same = next((n for n, (a, b) in enumerate(zip(here, again, strict=False)) if a != b), min(len(here), len(again)))
    return f": differs from byte {same} on ({len(here)} and {len(again)} bytes)"


def sha256(content: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
