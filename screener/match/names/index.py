"""Prepares the names of all entities once, and searches for the few names that a query may mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from screener.match.names import forms, sketch
from screener.match.names.prepared import Prepared, comparable
from screener.match.names.sound import Ints

MANY: Final = 50_000
"""From so many names on, similar names are searched only once and, where a country is meant, only at home."""

POSTINGS: Final = 3000
"""Names considered for one query: its rarest features first, until so many names have them."""

_UNIT: Final = 2048.0
"""Weights are logarithms below 20, stored in multiples of 1/_UNIT, so that a weight fits into sixteen bits."""
_FINE: Final = 16_384.0

_NEAR: Final = {"number": pl.Int64, "name_id": pl.Int64, "overlap": pl.Float32}


@dataclass(frozen=True)
class Postings:
    """Which names have which feature of `sketch`: `features` (sorted) with `starts` lead to `bearers` (name_id).

    `weight` of each feature (rare ones weigh more), `norm` of each name.
    """

    features: Ints
    starts: Ints
    bearers: Ints
    weight: Ints
    norm: npt.NDArray[np.float64]

    def best(self, slots: Ints, most: int) -> tuple[Ints, npt.NDArray[np.float64]]:
        """The `most` names that best match these features (by place), and their scores; best first."""
        size = self.starts[slots + 1] - self.starts[slots]
        order = np.argsort(size, kind="stable")
        # Rarest first, until enough names are seen; the rarest is always included.
        order = order[np.cumsum(size[order]) - size[order] < POSTINGS]
        slots, size = slots[order], size[order]
        place = np.arange(size.sum()) + np.repeat(self.starts[slots] - np.cumsum(size) + size, size)
        # Sorting packed integers is many times faster than grouping: (name, weight), then (score, name).
        packed = np.sort(self.bearers[place] << 16 | np.repeat(self.weight[slots], size))
        name = packed >> 16
        first = np.flatnonzero(np.append(True, name[1:] != name[:-1]))
        overlap = np.add.reduceat(packed & 0xFFFF, first) / self.norm[name[first]]
        scored = (0xFFFFF - (overlap * _FINE).astype(np.int64)) << 28 | name[first]
        best = np.sort(np.partition(scored, min(most, len(scored)) - 1)[:most])
        return best & 0xFFFFFFF, (0xFFFFF - (best >> 28)) / _FINE


@dataclass(frozen=True)
class NameIndex:
    """Every name of every entity in comparable form.

    `table`: name_id, entity_id, name (as written), kind (primary, alias, former, …), label (main name of the entity),
    country, listed, merged (into a listed company), sought (whether the search for similar names covers it), number (of
    the name in `prepared`), clean, core, key (see `forms`). Texts and postings are built when the first name is
    searched that no entity has exactly.
    """

    table: pl.DataFrame
    prepared: Prepared

    @staticmethod
    def build(con: duckdb.DuckDBPyConnection) -> NameIndex:
        """Take the names of the connection's `entity` (name, name_ko, name_local) and `entity_name`."""
        return NameIndex.of(_written(con), Prepared.read(con))

    @staticmethod
    def about(con: duckdb.DuckDBPyConnection, asked: pl.Series, country: str | None) -> NameIndex:
        """Take the names needed to match these: a small part where there are very many.

        That part is the names at home, and those abroad that may equal a given name or begin with one. Similar names
        are searched only at home. A company is at home if it is of the country or traded there.
        """
        counted = "(select count(name) + count(name_ko) + count(name_local) from entity)"
        many = con.execute(f"select {counted} + (select count(*) from entity_name)").fetchall()[0][0]
        if country is None or many <= MANY:
            return NameIndex.build(con)
        starts, otherwise = forms.opening(comparable(pl.DataFrame({"name": asked}))["key"])
        return NameIndex.of(_written(con, country, " ".join(starts), otherwise), Prepared.read(con))

    @staticmethod
    def of(written: pl.DataFrame, prepared: Prepared | None = None) -> NameIndex:
        """Take names (entity_id, name, kind, label, country; listed, merged where known; sought where not all are)."""
        missing = {"listed": False, "merged": False, "sought": True}
        written = written.with_columns(
            pl.lit(value).alias(column) for column, value in missing.items() if column not in written.columns
        )
        if prepared is None:
            prepared = Prepared.of(written["name"])
        else:
            new = written["name"].filter(~written["name"].is_in(prepared.names["name"].implode()))
            prepared = Prepared.of(new, after=prepared) if len(new) else prepared
        table = written.join(prepared.names, on="name", maintain_order="left").drop_nulls("clean")
        return NameIndex(table.with_columns(name_id=pl.int_range(pl.len(), dtype=pl.Int64)), prepared)

    @cached_property
    def searched(self) -> int:
        """How many names the search for similar ones covers."""
        return int(self.table["sought"].sum())

    @cached_property
    def spelled(self) -> pl.DataFrame:
        """Clean names (`known`) of those that are sought, with their spelled form (see `forms.spelled`)."""
        named = self.table.filter("sought").drop_nulls("key").select("number", known="clean")
        return named.join(self.prepared.values("spelled"), on="number").select("known", "spelled").unique()

    @cached_property
    def scripts(self) -> pl.DataFrame:
        """name_id, in_hangul, in_latin: whether the entity has a name all in Hangul, and one without any."""
        name, borne = pl.col("clean"), pl.col("kind") != "former"
        hangul = name.str.contains(r"\p{Hangul}")
        alone = hangul & ~name.str.contains("[A-Za-z]{2}")
        either = {"in_hangul": alone & borne, "in_latin": ~hangul & borne}
        return self.table.select("name_id", **{column: some.any().over("entity_id") for column, some in either.items()})

    def continuing(self, asked: pl.DataFrame) -> pl.DataFrame:
        """Longer names that begin with the key of a query: its columns, other_id, label, other (key), traded."""
        named = self.table.select("number", "label", other_id="entity_id", other="key", traded="listed")
        begun = asked.join(self.prepared.values("stem"), left_on="key", right_on="stem")
        return begun.join(named, on="number").drop("number").unique()

    @cached_property
    def texts(self) -> pl.DataFrame:
        """name_id, text (`phonetic` form) of the names that are sought; one row per reading of a name."""
        sought = self.table.filter("sought").select("name_id", "number")
        return sought.join(self.prepared.values("text"), on="number", maintain_order="left").drop("number")

    @cached_property
    def postings(self) -> Postings:
        """The inverted list of the names' sketches."""
        sought = self.table.filter("sought").select("name_id", "number")
        borne = self.prepared.values("feature").join(sought, on="number", maintain_order="left")
        feature, bearer = borne["feature"].to_numpy(), borne["name_id"].to_numpy()
        order = np.argsort(feature, kind="stable")  # later names stay behind earlier ones
        feature, bearer = feature[order], bearer[order]
        cut = np.flatnonzero(np.diff(feature, prepend=-1))
        starts = np.append(cut, len(feature))
        size = np.diff(starts)
        weight = np.round(np.log((self.searched + 1) / np.maximum(size, 1)) * _UNIT).astype(np.int64)
        norm = np.bincount(bearer, weights=np.repeat(weight, size), minlength=self.table.height)
        return Postings(feature[cut], starts, bearer, weight, np.sqrt(np.maximum(norm, 1.0) * _UNIT))

    def nearest(self, texts: pl.DataFrame, most: int) -> pl.DataFrame:
        """The `most` names closest to each query by sketch: number, text to number, name_id, overlap (best first)."""
        known, asked = self.postings.features, sketch.all_features(texts).sort("number", "feature")
        slot = np.searchsorted(known, asked["feature"])
        here = np.append(known, -1)[slot] == asked["feature"].to_numpy()
        slot, query = slot[here], asked["number"].to_numpy()[here]
        bounds = np.flatnonzero(np.diff(query, prepend=-1, append=-1))
        parts = [np.zeros((3, 0))]
        for begin, end in pairwise(bounds):
            name, overlap = self.postings.best(slot[begin:end], most)
            parts.append(np.stack([np.full(len(name), query[begin]), name, overlap]))
        return pl.DataFrame(np.concatenate(parts, axis=1).T, schema=_NEAR)


def all_names(con: duckdb.DuckDBPyConnection) -> pl.Series:
    """Every name of the connection's `entity` and `entity_name`, as written."""
    return _written(con)["name"]


def _written(
    con: duckdb.DuckDBPyConnection, country: str | None = None, starts: str = "", otherwise: str = ""
) -> pl.DataFrame:
    """The names of names.sql: all, or those of a country and those abroad that begin as in `forms.opening`."""
    query = Path(__file__).with_name("names.sql").read_text(encoding="utf-8")
    return pl.DataFrame(con.sql(query, params={"country": country, "starts": starts, "otherwise": otherwise}))
