"""Raw files as they came, stored by hash in a folder next to the store."""

import gzip
import hashlib
import shutil
from pathlib import Path
from typing import Final

from screener.files import replacing

_CHUNK: Final = 1 << 20


def raw_folder(store: Path) -> Path:
    """The folder of a store's raw files: `<store>.raw`."""
    return store.with_name(store.name + ".raw")


def raw_path(store: Path, sha256: str) -> Path:
    """Where the raw file of that hash is stored: `<store>.raw/ab/abcdef….gz`."""
    return raw_folder(store) / sha256[:2] / f"{sha256}.gz"


def raw_size(store: Path) -> tuple[int, int]:
    """How many raw files a store has, and their bytes (compressed)."""
    sizes = [path.stat().st_size for path in raw_folder(store).glob("*/*.gz")]
    return len(sizes), sum(sizes)


def store_raw(store: Path, file: Path, sha256: str) -> Path:
    """Stores a file under its hash, compressed, unless it exists. A kill leaves the whole file or none."""
    path = raw_path(store, sha256)
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    # Level 1 shrinks official lists to a fifth; level 6 takes four times as long to reach a sixth.
    with (
        replacing(path) as made,
        made.open("wb") as out,
        gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, mtime=0, filename="") as packed,
        file.open("rb") as plain,
    ):
        shutil.copyfileobj(plain, packed, _CHUNK)
    return path


def sha256_of(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
