"""Large delimited tables as official sources publish them: read from disk at once, every cell as text.

For files of people, whose layout is not known, see `screener.readers.sheets`.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.errors import ScreenerError
from screener.readers.sheets import delimiter_of
from screener.readers.text import decoded

_END_OF_FILE: Final = "\x1a"  # some tables end with it


def read_delimited(
    path: Path,
    *,
    names: Sequence[str] | None = None,
    separator: str | None = None,
    null: Sequence[str] = (),
    skip: int = 0,
) -> pl.DataFrame:
    """A table with every cell as text, stripped, empty cells null.

    Args:
        path: plain file, in UTF-8 or any encoding that `screener.readers.text` recognises.
        names: columns of a table without a header; further columns keep the numbers that they have.
        separator: between cells; recognised unless given.
        null: what else stands for nothing.
        skip: lines before the header.

    Raises:
        ScreenerError: it cannot be read as a table.
    """
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if not head.strip(b" \t\r\n\x1a"):
        return pl.DataFrame(schema=dict.fromkeys(names or ("",), pl.String))
    lines = head.decode("utf-8", "replace").splitlines()[skip:]
    how: dict[str, Any] = {"has_header": names is None, "skip_rows": skip, "infer_schema": False}
    how |= {"separator": separator or delimiter_of("\n".join(lines)), "truncate_ragged_lines": True}
    try:
        try:
            frame = pl.read_csv(path, **how)
        except pl.exceptions.ComputeError:  # not UTF-8
            frame = pl.read_csv(BytesIO(decoded(path.read_bytes(), path.name)[0].encode()), **how)
    except (pl.exceptions.PolarsError, ValueError) as error:
        found = str(error).splitlines()[0]
        raise ScreenerError("not a table of text", where=path.name, found=found, do="download it again") from None
    if names and frame.width < len(names):
        found = f"{frame.width}, not {len(names)}"
        raise ScreenerError("the table has too few columns", where=path.name, found=found)
    heads = [*(names or ()), *(name.strip().lstrip("\ufeff") for name in frame.columns[len(names or ()) :])]
    frame = frame.rename(dict(zip(frame.columns, heads, strict=True)))
    frame = frame.with_columns(pl.all().str.strip_chars(f" \t\r\n\u00a0{_END_OF_FILE}"))
    frame = frame.with_columns(pl.when(~pl.all().is_in(["", *null])).then(pl.all()).name.keep())
    # The end-of-file sign makes a row of its own.
    return frame[:-1] if frame[-1:].select(pl.all_horizontal(pl.all().is_null())).to_series().any() else frame
