"""Errors that a user sees, and the exit codes that scripts rely on."""

import errno
from collections.abc import Callable, Iterable
from typing import Final

EXIT_DONE: Final = 0
EXIT_THRESHOLD: Final = 1
EXIT_USAGE: Final = 2
EXIT_SOURCE: Final = 3
EXIT_DISK: Final = 74
EXIT_FAULT: Final = 70


class ScreenerError(Exception):
    """An error that a user can cause, reported in one line; `exit_code` is that of the process.

    Args:
        what: what is wrong, as a short sentence without a full stop.
        where: file, row and column, or rule and key.
        found: what was found there.
        do: what the user should do about it.
    """

    exit_code = EXIT_USAGE

    def __init__(self, what: str, *, where: str | None = None, found: object = None, do: str | None = None) -> None:
        self.what, self.where, self.do = what, where, do
        self.found = None if found is None else str(found)
        super().__init__(self.line())

    def line(self, phrase: Callable[[str], str] = str) -> str:
        """The error as one line: `where: what (found …); do`, each part in the language of `phrase`."""
        text = f"{phrase(self.where)}: {phrase(self.what)}" if self.where else phrase(self.what)
        if self.found is not None:
            found = self.found if len(self.found) <= 120 else self.found[:117] + "..."
            text += " " + phrase(f"(found {found!r})")
        if self.do:
            text += f"; {phrase(self.do)}"
        return " ".join(text.split())


class NotWritableError(ScreenerError):
    """A folder or file that cannot be written; exit code 74 where the disk is full, else 2."""

    def __init__(self, what: str, *, where: str, error: BaseException, do: str) -> None:
        found = getattr(error, "strerror", None) or str(error).splitlines()[0]
        if disk_is_full(error):
            self.exit_code = EXIT_DISK
            what, found, do = "the disk is full", None, "make room, or name a place on another disk"
        super().__init__(what, where=where, found=found, do=do)


def disk_is_full(error: BaseException) -> bool:
    """Whether a write failed because the disk is full; DuckDB says so only in words."""
    return getattr(error, "errno", None) == errno.ENOSPC or "no space left" in str(error).lower()


def nearest(word: str, known: Iterable[str], otherwise: str) -> str:
    """What to do about an unknown word: write the known one that is closest, or `otherwise`."""
    import difflib

    near = difflib.get_close_matches(word, known, 1, 0.5)
    return f"did you mean {near[0]}?" if near else otherwise


def printable(text: str) -> str:
    """A text for the terminal: control characters (escapes, line breaks, bidi marks) become U+FFFD."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
