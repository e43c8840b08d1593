"""Large delimited tables as official sources publish them: read from disk at once, every cell as text.

For files of people, whose layout is not known, see `screener.readers.sheets`.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import polars as pl

from screener.errors import ScreenerError
from screener.readers.sheets import delimiter_of
from screener.readers.text import decoded


def read_delimited(path: Path, *, names: Sequence[str] = (), skip: int = 0) -> pl.DataFrame:
    """A table with every cell as text, stripped, empty cells null.

    Args:
        path: plain file, in UTF-8 or any encoding that `screener.readers.text` recognises.
        names: columns of a table without a header; further columns keep the numbers that they have.
        skip: lines before the header.

    Raises:
        ScreenerError: it cannot be read as a table.
    """
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if not head.strip(b" \t\r\n\x1a"):
        return pl.DataFrame(schema=dict.fromkeys(names or ("",), pl.String))
    separator = delimiter_of("\n".join(head.decode("utf-8", "replace").splitlines()[skip:]))

    def read(source: Path | BytesIO) -> pl.DataFrame:
        return pl.read_csv(
            source, has_header=not names, skip_rows=skip, infer_schema=False, separator=separator,
            truncate_ragged_lines=True,
        )  # fmt: skip

    try:
        try:
            frame = read(path)
        except pl.exceptions.ComputeError:  # not UTF-8
            frame = read(BytesIO(decoded(path.read_bytes(), path.name)[0].encode()))
    except (pl.exceptions.PolarsError, ValueError) as error:
        found = str(error).splitlines()[0]
        raise ScreenerError("not a table of text", where=path.name, found=found, do="download it again") from None
    if frame.width < len(names):
        found = f"{frame.width}, not {len(names)}"
        raise ScreenerError("the table has too few columns", where=path.name, found=found)
    frame.columns = [*names, *(name.strip().lstrip("\ufeff") for name in frame.columns[len(names) :])]
    # The sign for the end of a file, with which some tables end, makes a row of its own.
    frame = frame.with_columns(pl.all().str.strip_chars(" \t\r\n\u00a0\x1a").replace("", None))
    return frame[:-1] if frame[-1:].select(pl.all_horizontal(pl.all().is_null())).to_series().any() else frame
