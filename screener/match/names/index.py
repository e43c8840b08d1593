"""Names of all entities, prepared once, and the search for the few names that a query may mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from screener.match.names import forms
from screener.match.names.prepared import Prepared, comparable, features, worked_out
from screener.match.names.sound import Ints

MANY: Final = 50_000
"""Names from which on like names are searched at home only, where a country is meant, and once only."""

POSTINGS: Final = 3000
"""Names that are looked at for one query: its rarest features first, until this many names bear them."""

_WEIGHT_UNIT: Final = 2048.0
"""Weights are logarithms below 20; they are counted in parts of this unit, so that a weight fits into sixteen bits."""

CHUNK: Final = 60_000
"""Postings that are counted together: bounds the memory of the search."""


@dataclass(frozen=True)
class Postings:
    """Which names bear which feature of `sketch`: `features` (sorted) with `starts` lead to `bearers` (name_id).

    `weight` of each feature (rare ones weigh more), `norm` of each name.
    """

    features: Ints
    starts: Ints
    bearers: npt.NDArray[np.int32]
    weight: npt.NDArray[np.float32]
    norm: npt.NDArray[np.float32]


@dataclass(frozen=True)
class NameIndex:
    """Every name of every entity in comparable form.

    `table`: name_id, entity_id, name (as written), kind (primary, alias, former, …), label (main name of the entity),
    country, listed, sought (whether like names are searched for in it), number (of the name in `prepared`, null for one
    that is not there), clean, core, key (see `names`). Texts and postings are put together when the first name is
    searched for that is nobody's very name.
    """

    table: pl.DataFrame
    prepared: Prepared

    @staticmethod
    def build(con: duckdb.DuckDBPyConnection) -> NameIndex:
        """Take the names of the connection's `entity` (name, name_ko, name_local) and `entity_name`."""
        return NameIndex.of(_in_order(_written(con)), Prepared.read(con))

    @staticmethod
    def about(con: duckdb.DuckDBPyConnection, asked: pl.Series, country: str | None) -> NameIndex:
        """Take what these names of this country's companies need: a small part where there are very many names.

        That part is the names at home, and those abroad that a name asked for may be or that may continue one, letter
        by letter. Like names are searched for at home only. A company is at home if of the country or traded there.
        """
        if country is None or _many(con) <= MANY:
            return NameIndex.build(con)
        keys = comparable(pl.DataFrame({"name": asked}))["key"].drop_nulls()
        written = _written(con, country, forms.opening(keys))
        abroad = written.filter(~pl.col("sought"))
        possible = abroad.filter(forms.may_be(abroad["name"], keys))
        return NameIndex.of(pl.concat([_in_order(written.filter("sought")), _in_order(possible)]), Prepared.read(con))

    @staticmethod
    def of(written: pl.DataFrame, prepared: Prepared | None = None) -> NameIndex:
        """Take names (entity_id, name, kind, label, country; listed where it is known; sought where not all are)."""
        prepared = prepared or Prepared.none()
        missing = {"listed": False, "sought": True}
        written = written.with_columns(
            pl.lit(value).alias(column) for column, value in missing.items() if column not in written.columns
        )
        order = written.with_row_index("place")
        known = order.join(prepared.names.select("number", "name", "clean", "core", "key"), on="name")
        new = comparable(order.join(known.select("place"), on="place", how="anti"))
        new = new.with_columns(number=pl.lit(None, pl.Int64))
        table = pl.concat([known, new.select(known.columns)]).drop_nulls("clean").sort("place").drop("place")
        return NameIndex(table.with_columns(name_id=pl.int_range(pl.len(), dtype=pl.Int64)), prepared)

    @cached_property
    def searched(self) -> int:
        """How many names like names are searched among."""
        return int(self.table["sought"].sum())

    @cached_property
    def spelled(self) -> pl.DataFrame:
        """Clean names of those that are sought, as known, with their spelled form (see `forms.spelled`)."""
        named = self.table.filter("sought").drop_nulls("key")
        made = self._each(named, "spelled")
        return made.join(named.select("name_id", known="clean"), on="name_id").select("known", "spelled").unique()

    @cached_property
    def has_script(self) -> npt.NDArray[np.bool_]:
        """has_script[hangul, name_id]: whether the entity bears a name all in Hangul (1), or one without any (0)."""
        name, borne = pl.col("clean"), pl.col("kind") != "former"
        hangul = name.str.contains(r"\p{Hangul}")
        alone = hangul & ~name.str.contains("[A-Za-z]{2}")
        named_as = self.table.select(
            alone=(alone & borne).any().over("entity_id"), without=(~hangul & borne).any().over("entity_id")
        )
        return np.stack([named_as["without"].to_numpy(), named_as["alone"].to_numpy()])

    @cached_property
    def stems(self) -> pl.DataFrame:
        """The beginnings of names where a company's name may end: stem, entity_id, label, other (the key), traded."""
        named = self.table.drop_nulls("key")
        made = self._each(named, "stems")
        named_as = named.select("name_id", "entity_id", "label", other="key", traded="listed")
        return made.join(named_as, on="name_id").rename({"stems": "stem"}).drop("name_id").unique()

    @cached_property
    def texts(self) -> pl.DataFrame:
        """name_id, text (`phonetic` form) of the names that are sought; several where a name has several readings."""
        return self._each(self.table.filter("sought"), "texts").rename({"texts": "text"})

    def _each(self, named: pl.DataFrame, column: str) -> pl.DataFrame:
        """name_id and values of a prepared column, one a line: as they were prepared, else worked out now."""
        stored = self.prepared.names.select("number", column)
        ready = named.join(stored, on="number").select("name_id", column).explode(column).drop_nulls()
        new = named.filter(pl.col("number").is_null())
        return pl.concat([ready, worked_out(new, "name_id", column)]) if new.height else ready

    @cached_property
    def postings(self) -> Postings:
        """The inverted list of the names' sketches."""
        sought = self.table.filter("sought").select("name_id", "number")
        feature, bearer = self.prepared.features_of(sought)
        new = sought.filter(pl.col("number").is_null())
        if new.height:
            texts = self.texts.join(new.select("name_id"), on="name_id", how="semi")
            more, whose = features(texts.select(id="name_id", text="text"))
            feature, bearer = np.concatenate([feature, more]), np.concatenate([bearer, whose])
            order = np.argsort(feature, kind="stable")
            feature, bearer = feature[order], bearer[order]
        cut = (
            np.flatnonzero(np.concatenate([[True], feature[1:] != feature[:-1]]))
            if len(feature)
            else np.zeros(0, dtype=np.int64)
        )
        starts = np.append(cut, len(feature))
        size = np.diff(starts)
        weight = np.log((self.searched + 1) / np.maximum(size, 1)).astype(np.float32)
        norm = np.bincount(bearer, weights=np.repeat(weight, size), minlength=self.table.height)
        root = np.sqrt(np.maximum(norm, 1e-3)).astype(np.float32)
        return Postings(feature[cut], starts, bearer.astype(np.int32), weight, root)

    def nearest(self, texts: pl.DataFrame, most: int) -> pl.DataFrame:
        """The `most` names nearest to each query by sketch: texts (row, text) to row, name_id, overlap (best first)."""
        empty = pl.DataFrame(schema={"row": pl.Int64, "name_id": pl.Int64, "overlap": pl.Float32})
        if texts.height == 0 or len(self.postings.features) == 0:
            return empty
        known, starts = self.postings.features, self.postings.starts
        feature, row = features(texts.select(id="row", text="text"))
        slot = np.minimum(np.searchsorted(known, feature), len(known) - 1)
        here = known[slot] == feature
        slot, row = slot[here], row[here]
        size = (starts[slot + 1] - starts[slot]).astype(np.int64)
        order = np.lexsort((size, row))
        slot, row, size = slot[order], row[order], size[order]
        # Rarest first, until enough names are seen; the rarest is always looked at.
        seen = np.cumsum(size)
        first = np.searchsorted(row, row, side="left")
        before = seen - size - (seen[first] - size[first]) if len(row) else seen
        looked_at = before < POSTINGS
        slot, row, size = slot[looked_at], row[looked_at], size[looked_at]
        cuts = (
            np.concatenate([[0], np.flatnonzero(np.diff(row)) + 1, [len(row)]])
            if len(row)
            else np.zeros(1, dtype=np.int64)
        )
        total = np.concatenate([[0], np.cumsum(size)])
        found: list[pl.DataFrame] = []
        begin = 0
        while begin < len(cuts) - 1:
            # Whole queries together, as many as fit into a chunk.
            end = int(np.searchsorted(total[cuts], total[cuts[begin]] + CHUNK, side="right")) - 1
            end = max(begin + 1, min(end, len(cuts) - 1))
            part = slice(cuts[begin], cuts[end])
            found.append(self._counted(slot[part], row[part], size[part], most))
            begin = end
        return pl.concat([empty, *found])

    def _counted(self, slot: Ints, row: Ints, size: Ints, most: int) -> pl.DataFrame:
        # Sorting packed integers is many times faster than grouping: (query, name, weight), then (query, score, name).
        lists = self.postings
        within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
        bearer = lists.bearers[np.repeat(lists.starts[slot], size) + within].astype(np.int64)
        rows, local = np.unique(row, return_inverse=True)
        weight = np.round(lists.weight[slot] * _WEIGHT_UNIT).astype(np.int64)
        packed = np.repeat(local.astype(np.int64), size) << 44 | bearer << 16 | np.repeat(weight, size)
        packed.sort()
        name_of = packed >> 16
        cut = np.flatnonzero(np.concatenate([[True], name_of[1:] != name_of[:-1]]))
        total = np.add.reduceat(packed & 0xFFFF, cut)
        which = name_of[cut]
        name = which & 0xFFFFFFF
        overlap = total / (_WEIGHT_UNIT * lists.norm[name])
        scored = (which >> 28) << 48 | (0xFFFFF - np.minimum(overlap * 16384, 0xFFFFF).astype(np.int64)) << 28 | name
        scored.sort()
        count = np.bincount(scored >> 48)
        begin = np.cumsum(count) - count
        best = scored[np.arange(len(scored)) - np.repeat(begin, count) < most]
        return pl.DataFrame(
            {
                "row": rows[best >> 48],
                "name_id": best & 0xFFFFFFF,
                "overlap": ((0xFFFFF - (best >> 28 & 0xFFFFF)) / 16384).astype(np.float32),
            }
        )


def all_names(con: duckdb.DuckDBPyConnection) -> pl.Series:
    """Every name of the connection's `entity` and `entity_name`, as written."""
    return _written(con)["name"]


def _many(con: duckdb.DuckDBPyConnection) -> int:
    """How many names the connection has, at most."""
    counted = (
        "(select count(name) + count(name_ko) + count(name_local) from entity) + (select count(*) from entity_name)"
    )
    return int(con.execute(f"select {counted}").fetchall()[0][0])


def _written(con: duckdb.DuckDBPyConnection, country: str | None = None, opens: str = "") -> pl.DataFrame:
    """The names of names.sql: all, or those of a country and those abroad that open as the expression says."""
    query = Path(__file__).with_name("names.sql").read_text(encoding="utf-8")
    return pl.DataFrame(con.sql(query, params={"country": country, "opens": opens}))


def _in_order(written: pl.DataFrame) -> pl.DataFrame:
    """By entity, main names first: the same store has the same numbers of names whatever the order of its rows."""
    return written.sort("entity_id", "place", "name").drop("place")
