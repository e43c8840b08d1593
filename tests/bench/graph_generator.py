"""Supply and ownership graphs to measure on: seeded, with heavy-tailed degrees, business groups and circles in them.

Files: supply.parquet (link_no, buyer, supplier, input_share, valid_from, valid_to), 10 links a firm, one in a hundred stated twice;
owning.parquet (edge_no, owner, owned, share_min, share_max, operates, stated), about 2 stakes a firm; both in random order.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

ANCHORS: Final = 5_000
SCREENED: Final = 3_000
SUPPLY_COLUMNS: Final = ("link_no", "buyer", "supplier", "input_share", "valid_from", "valid_to")
OWNING_COLUMNS: Final = ("edge_no", "owner", "owned", "share_min", "share_max", "operates", "stated")
_SLICE: Final = 10_000_000
_ROW_GROUP: Final = 122_880
_FIRST_DAY, _LAST_DAY = 16_000, 20_000  # days since 1970: 2013 to 2024
Numbers = npt.NDArray[Any]


def chosen(firms: int, seed: int = 7) -> tuple[Numbers, Numbers]:
    """The anchors and the screened firms."""
    drawn = np.random.default_rng(seed).permutation(firms)[: ANCHORS + SCREENED].astype(np.int32)
    return drawn[:ANCHORS], drawn[ANCHORS:]


def write_supply(path: Path, firms: int, seed: int = 1) -> None:
    """Ten links a firm: a firm at place p of a random order sells with density p^-1/2 and buys with density p^-1/3."""
    rng = np.random.default_rng(seed)
    as_seller, as_buyer = (rng.permutation(firms).astype(np.int32) for _ in range(2))
    writer = None
    for first in range(0, 10 * firms, _SLICE):
        many = min(_SLICE, 10 * firms - first)
        columns = {
            "link_no": np.arange(first, first + many, dtype=np.int64),
            "buyer": as_buyer[(firms * rng.random(many) ** 1.5).astype(np.int64)],
            "supplier": as_seller[(firms * rng.random(many) ** 2).astype(np.int64)],
            "input_share": pa.array(np.round(rng.uniform(0.01, 1, many), 2), mask=rng.random(many) < 0.6),
            "valid_from": _days(rng, many, 0.3),
            "valid_to": _days(rng, many, 0.85),
        }
        again = rng.random(many) < 0.01
        again[0] = False
        table = pa.table({name: _repeated(column, again) for name, column in columns.items()})
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=_ROW_GROUP)
    if writer:
        writer.close()


def write_owning(path: Path, firms: int, seed: int = 2) -> None:
    """Business groups of Pareto size below institutions that nobody owns.

    The first owner of a firm is one nearer to the head of its group, of a head an institution; the second is an institution or any
    member of the group, so that one stake in fourteen or so points back and closes a circle.
    """
    rng = np.random.default_rng(seed)
    institutions = max(firms // 200, 1)
    sizes = np.minimum((rng.pareto(1.3, firms // 2) + 1) * 2, 1000).astype(np.int64)
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), firms)) + 1]
    group = np.repeat(np.arange(len(sizes)), sizes)[:firms]
    head = (np.cumsum(sizes) - sizes)[group]
    place = np.arange(firms) - head
    size = np.minimum(sizes[group], firms - head)
    institution = (institutions * rng.random(firms) ** 2).astype(np.int64)
    first = np.where(place > 0, head + (place * rng.random(firms) ** 2).astype(np.int64), institution)
    first_share = np.where(place > 0, rng.uniform(0.2, 1, firms), rng.uniform(0.05, 0.6, firms))
    reach = np.where(rng.random(firms) < 0.1, size, np.maximum(place, 1))
    second = np.where(rng.random(firms) < 0.3, institution, head + (reach * rng.random(firms)).astype(np.int64))
    second_share = rng.uniform(0.01, 0.9, firms) * (1 - first_share)
    owner, owned = np.concatenate([first, second]), np.tile(np.arange(firms), 2)
    share = np.round(np.concatenate([first_share, second_share]), 4)
    valid = np.flatnonzero((owner != owned) & (owned >= institutions))
    rng.shuffle(valid)
    names = rng.permutation(firms).astype(np.int32)
    share = share[valid]
    many = len(valid)
    table = pa.table(
        {
            "edge_no": np.arange(many, dtype=np.int64),
            "owner": names[owner[valid]],
            "owned": names[owned[valid]],
            "share_min": share,
            "share_max": np.where(rng.random(many) < 0.1, np.minimum(share * 1.2, 1), share),
            "operates": rng.random(many) < 0.03,
            "stated": _days(rng, many, 0.1),
        }
    )
    pq.write_table(table, path, row_group_size=_ROW_GROUP)


def _days(rng: np.random.Generator, many: int, unknown: float) -> pa.Array:
    days = rng.integers(_FIRST_DAY, _LAST_DAY, many).astype(np.int32)
    return pa.array(days, type=pa.date32(), mask=rng.random(many) < unknown)


def _repeated(column: Any, again: Numbers) -> pa.Array:
    """The column with the value before it where a row repeats the one before."""
    places = np.arange(len(again)) - again
    return pa.array(column).take(pa.array(places))
