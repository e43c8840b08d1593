"""Where the shipped facts, rules and report templates are, in a checkout and in an installed wheel alike.

The wheel carries `datasets/`, `rules/` and `reports/` inside the package as `screener/_shipped/<name>`; a checkout has them at the
top level, beside the package.
"""

from __future__ import annotations

import os
from pathlib import Path

from screener.errors import ScreenerError

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The folder `datasets`, `rules` or `reports` that came with the program.

    Raises:
        ScreenerError: the installation is broken (the folder is in neither place).
    """
    for folder in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise ScreenerError(
        f"the folder {name}/ that ships with the program is missing",
        where=str(_PACKAGE),
        do="install the program again",
    )


def user_folder(given: str | os.PathLike[str], option: str) -> Path:
    """A folder that the user named with `option`, checked to exist."""
    folder = Path(given)
    if not folder.is_dir():
        raise ScreenerError("no such folder", where=option, found=str(given), do="give a folder that exists")
    return folder


def default_store() -> Path:
    """The per-user store file: `$SCREENER_STORE`, else `$XDG_DATA_HOME/screener/store.duckdb` (`~/.local/share` by default)."""
    if named := os.environ.get("SCREENER_STORE"):
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return Path(base) / "screener" / "store.duckdb"


def umask() -> int:
    """The bits that new files of this process are made without: temporary files are made for their owner alone, and lose that when renamed."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
