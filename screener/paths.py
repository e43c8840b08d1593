"""Where the shipped facts, rules and report templates are, in a checkout and in an installed wheel.

The wheel carries `datasets/`, `rules/` and `reports/` inside the package as `screener/_shipped/<name>`; a checkout has
them at the top level, next to the package.
"""

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
    """The per-user store file: `$SCREENER_STORE`, else `store.duckdb` in the system's folder for user data."""
    import platformdirs

    if named := os.environ.get("SCREENER_STORE"):
        return Path(named)
    return platformdirs.user_data_path("screener", appauthor=False) / "store.duckdb"
