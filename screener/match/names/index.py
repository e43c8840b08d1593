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

from screener.match.names import forms, scripts, sketch, spoken
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

    `table`: name_id, entity_id, name (as written), kind (primary, alias, former, …), clean, core, key (see `names`),
    label (main name of the entity), country, listed, sought (whether like names are searched for in it). Texts and
    postings are made when the first name is searched for that is nobody's very name.
    """

    table: pl.DataFrame

    @staticmethod
    def build(con: duckdb.DuckDBPyConnection) -> NameIndex:
        """Prepare the names of the connection's `entity` (name, name_ko, name_local) and `entity_name`."""
        return NameIndex.of(_in_order(_written(con)))

    @staticmethod
    def about(con: duckdb.DuckDBPyConnection, asked: pl.Series, country: str | None) -> NameIndex:
        """Prepare what these names of this country's companies need: a small part where there are very many names.

        That part is the names at home, and those abroad that a name asked for may be or that may continue one, letter
        by letter. Like names are searched for at home only. A company is at home if of the country or traded there.
        """
        if country is None or _many(con) <= MANY:
            return NameIndex.build(con)
        keys = comparable(pl.DataFrame({"name": asked}))["key"].drop_nulls()
        written = _written(con, country, forms.opening(keys))
        abroad = written.filter(~pl.col("sought"))
        kept = abroad.filter(forms.may_be(abroad["name"], keys))
        return NameIndex.of(pl.concat([_in_order(written.filter("sought")), _in_order(kept)]))

    @staticmethod
    def of(written: pl.DataFrame) -> NameIndex:
        """Prepare names (entity_id, name, kind, label, country; listed where it is known; sought where not all are)."""
        if "listed" not in written.columns:
            written = written.with_columns(listed=pl.lit(False))
        if "sought" not in written.columns:
            written = written.with_columns(sought=pl.lit(True))
        return NameIndex(comparable(written).with_columns(name_id=pl.int_range(pl.len(), dtype=pl.Int64)))

    @cached_property
    def searched(self) -> int:
        """How many names like names are searched among."""
        return int(self.table["sought"].sum())

    @cached_property
    def spelled(self) -> pl.DataFrame:
        """Clean names of those that are sought, as known, with their spelled form (see `forms.spelled`)."""
        named = self.table.filter("sought").drop_nulls("key")
        return named.select(known="clean", spelled=forms.spelled(pl.col("core"))).drop_nulls().unique()

    @cached_property
    def has_script(self) -> npt.NDArray[np.bool_]:
        """has_script[hangul, name_id]: whether the entity bears a name all in Hangul (1), or one without any (0)."""
        name, borne = pl.col("clean"), pl.col("kind") != "former"
        hangul = name.str.contains(r"\p{Hangul}")
        alone = hangul & ~name.str.contains("[A-Za-z]{2}")
        told = self.table.select(
            alone=(alone & borne).any().over("entity_id"), without=(~hangul & borne).any().over("entity_id")
        )
        return np.stack([told["without"].to_numpy(), told["alone"].to_numpy()])

    @cached_property
    def stems(self) -> pl.DataFrame:
        """The beginnings of names where a company's name may end: stem, entity_id, label, other (the key), traded."""
        known = self.table.drop_nulls("key").select("entity_id", "label", "core", other="key", traded="listed")
        return (
            known.with_columns(stem=forms.stems(pl.col("core"), pl.col("other")))
            .drop("core")
            .explode("stem")
            .drop_nulls()
            .unique()
        )

    @cached_property
    def texts(self) -> pl.DataFrame:
        """name_id, text (`spoken` form) of the names that are sought; several where a name has several readings."""
        return spoken_texts(self.table.filter("sought").select("name_id", "core"))

    @cached_property
    def postings(self) -> Postings:
        """The inverted list of the names' sketches."""
        feature, bearer = _features(self.texts.select(id="name_id", text="text"))
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
        features, starts = self.postings.features, self.postings.starts
        feature, row = _features(texts.select(id="row", text="text"))
        slot = np.minimum(np.searchsorted(features, feature), len(features) - 1)
        here = features[slot] == feature
        slot, row = slot[here], row[here]
        size = (starts[slot + 1] - starts[slot]).astype(np.int64)
        order = np.lexsort((size, row))
        slot, row, size = slot[order], row[order], size[order]
        # Rarest first, until enough names are seen; the rarest is always looked at.
        seen = np.cumsum(size)
        first = np.searchsorted(row, row, side="left")
        before = seen - size - (seen[first] - size[first]) if len(row) else seen
        kept = before < POSTINGS
        slot, row, size = slot[kept], row[kept], size[kept]
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
        query = scored >> 48
        first = np.searchsorted(query, query, side="left")
        best = scored[np.arange(len(scored)) - first < most]
        return pl.DataFrame(
            {
                "row": rows[best >> 48],
                "name_id": best & 0xFFFFFFF,
                "overlap": ((0xFFFFF - (best >> 28 & 0xFFFFF)) / 16384).astype(np.float32),
            }
        )


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


def comparable(written: pl.DataFrame) -> pl.DataFrame:
    """Adds clean, core and key (`screener.match.names.forms`) to a frame with a column `name`; drops empty names."""
    cleaned = written.with_columns(forms.clean(written["name"]).alias("clean")).drop_nulls("clean")
    return cleaned.with_columns(forms.core(pl.col("clean")).alias("core")).with_columns(
        forms.key(pl.col("core")).alias("key")
    )


def spoken_texts(cores: pl.DataFrame) -> pl.DataFrame:
    """Every reading of each core: first column (an id), text (`spoken` form). Hanja is read in Korean and pinyin."""
    who, core = cores.columns[0], pl.col("core")
    korean = cores.filter(core.str.contains(r"\p{Hangul}")).select(who, text=spoken.korean(core))
    hanja = cores.filter(core.str.contains(r"\p{Han}"))
    latin = cores.filter(~core.str.contains(r"[\p{Hangul}\p{Han}]")).select(who, "core")
    parts = [korean]
    if hanja.height:
        parts.append(hanja.select(who, text=spoken.korean(scripts.hanja_to_hangul(core))))
        latin = pl.concat([latin, hanja.select(who, core=scripts.han_to_pinyin(core))])
    spelled = latin.select(who, text=spoken.latin_orders(spoken.latin(core))).explode("text")
    # The sign is an n to many who write it by sound (Solar & Tech, 쏠라엔텍).
    signed = latin.filter(core.str.contains("&", literal=True)).select(
        who, text=spoken.latin(core.str.replace_all("&", " N ", literal=True))
    )
    return (
        pl.concat([*parts, spelled, signed])
        .filter(pl.col("text").str.contains(r"[\p{Hangul}a-z0-9]"))
        .unique(maintain_order=True)
    )


def _features(texts: pl.DataFrame) -> tuple[Ints, Ints]:
    """Features of texts (id, text): (feature, id), each pair once, sorted by feature."""
    read = sketch.readings(texts)
    feature, owner = sketch.features(read["text"], read["id"].to_numpy().astype(np.int64))
    met = pl.concat([sketch.words_met(texts), sketch.letters_met(texts)]).sort("feature", "id")
    # Features of words and letters have higher numbers than all sketches, so the whole stays sorted.
    return np.concatenate([feature, met["feature"].to_numpy()]), np.concatenate([owner, met["id"].to_numpy()])
