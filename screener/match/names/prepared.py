"""What is worked out of each name as written, once when the store is built: comparable forms, readings, features.

It depends on nothing but the name, so it holds for every day and for every part of the store; a name that is not there
(fetched since) is worked out when it is met.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import polars as pl

from screener.match.names import forms, phonetic, scripts, sketch
from screener.match.names.sound import Ints

_LISTED: Final = pl.List(pl.String)
_NAMES: Final = pl.Schema(
    [
        ("number", pl.Int64()),
        *((column, pl.String()) for column in ("name", "clean", "core", "key")),
        *((column, _LISTED) for column in ("spelled", "stems", "texts")),
    ]
)
_FEATURES: Final = pl.Schema({"feature": pl.Int64, "number": pl.Int64})


@dataclass(frozen=True)
class Prepared:
    """Names in comparable form.

    `names`: number, name (as written), clean (null for a text that is no name), core, key, and lists of what
    `worked_out` gives. `features`: feature, number; sorted by feature.
    """

    names: pl.DataFrame
    features: pl.DataFrame

    @staticmethod
    def none() -> Prepared:
        """No name at all."""
        return Prepared(pl.DataFrame(schema=_NAMES), pl.DataFrame(schema=_FEATURES))

    @staticmethod
    def of(names: pl.Series) -> Prepared:
        """Prepare these names."""
        written = pl.DataFrame({"name": names.unique().sort()}).with_row_index("number").cast({"number": pl.Int64})
        whole = comparable(written)
        values = {column: worked_out(whole, "number", column) for column in ("spelled", "stems", "texts")}
        feature, number = features(values["texts"].select(id="number", text="texts"))
        known = written.join(whole.drop("name"), on="number", how="left", maintain_order="left")
        for column, found in values.items():
            listed = found.group_by("number", maintain_order=True).agg(column)
            known = known.join(listed, on="number", how="left", maintain_order="left")
        return Prepared(
            known.select(_NAMES.names()).cast(_NAMES),
            pl.DataFrame({"feature": feature, "number": number}, schema=_FEATURES),
        )

    @staticmethod
    def read(con: duckdb.DuckDBPyConnection) -> Prepared:
        """What `write` left in the store; none where it holds nothing."""
        there = con.execute("select count(*) from duckdb_tables() where table_name = 'prepared_name'").fetchall()
        if not there[0][0]:
            return Prepared.none()
        names = pl.DataFrame(con.sql("from prepared_name")).cast(_NAMES)
        return Prepared(names, pl.DataFrame(con.sql("from prepared_feature")))

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        """Write both tables into a store that is being built."""
        for table, frame in (("prepared_name", self.names), ("prepared_feature", self.features)):
            con.register("prepared", frame)
            con.execute(f"create or replace table {table} as from prepared")
            con.unregister("prepared")

    def features_of(self, named: pl.DataFrame) -> tuple[Ints, Ints]:
        """(feature, name_id), sorted by feature, of `named` (name_id, number); a number may have several names."""
        named = named.drop_nulls("number").sort("number")
        count = np.bincount(named["number"].to_numpy(), minlength=self.names.height)
        first = np.cumsum(count) - count
        feature, number = (self.features[column].to_numpy() for column in ("feature", "number"))
        times = count[number]
        begin = np.repeat(first[number], times)
        within = np.arange(len(begin)) - np.repeat(np.cumsum(times) - times, times)
        return np.repeat(feature, times), named["name_id"].to_numpy()[begin + within]


def comparable(written: pl.DataFrame) -> pl.DataFrame:
    """Adds clean, core and key (`screener.match.names.forms`) to a frame with a column `name`; drops empty names."""
    cleaned = written.with_columns(forms.clean(written["name"]).alias("clean")).drop_nulls("clean")
    return cleaned.with_columns(forms.core(pl.col("clean")).alias("core")).with_columns(
        forms.key(pl.col("core")).alias("key")
    )


def worked_out(named: pl.DataFrame, who: str, column: str) -> pl.DataFrame:
    """What a name gives, a value a line: `who` (a column that numbers the names), and the column.

    `spelled` (`forms.spelled`), `stems` (`forms.stems`) or `texts` (`phonetic_texts`); `named` has core and key, too.
    """
    core = pl.col("core")
    if column == "texts":
        found = phonetic_texts(named.select(who, "core")).rename({"text": column})
    elif column == "stems":
        found = named.select(who, forms.stems(core, pl.col("key")).alias(column)).explode(column)
    else:
        found = named.select(who, forms.spelled(core).alias(column))
    return found.drop_nulls()


def phonetic_texts(cores: pl.DataFrame) -> pl.DataFrame:
    """Every reading of each core: first column (an id), text (`phonetic` form). Hanja is read in Korean and pinyin."""
    who, core = cores.columns[0], pl.col("core")
    korean = cores.filter(core.str.contains(r"\p{Hangul}")).select(who, text=phonetic.korean(core))
    hanja = cores.filter(core.str.contains(r"\p{Han}"))
    latin = cores.filter(~core.str.contains(r"[\p{Hangul}\p{Han}]")).select(who, "core")
    parts = [korean]
    if hanja.height:
        parts.append(hanja.select(who, text=phonetic.korean(scripts.hanja_to_hangul(core))))
        latin = pl.concat([latin, hanja.select(who, core=scripts.han_to_pinyin(core))])
    spelled = latin.select(who, text=phonetic.latin_orders(phonetic.latin(core))).explode("text")
    # The sign is an n to many who write it by sound (Solar & Tech, 쏠라엔텍).
    signed = latin.filter(core.str.contains("&", literal=True)).select(
        who, text=phonetic.latin(core.str.replace_all("&", " N ", literal=True))
    )
    return (
        pl.concat([*parts, spelled, signed])
        .filter(pl.col("text").str.contains(r"[\p{Hangul}a-z0-9]"))
        .unique(maintain_order=True)
    )


def features(texts: pl.DataFrame) -> tuple[Ints, Ints]:
    """Features of texts (id, text): (feature, id), each pair once, sorted by feature."""
    read = sketch.readings(texts)
    feature, owner = sketch.features(read["text"], read["id"].to_numpy().astype(np.int64))
    more = pl.concat([sketch.word_features(texts), sketch.letter_features(texts)]).sort("feature", "id")
    # Features of words and letters have higher numbers than all sketches, so the whole stays sorted.
    return np.concatenate([feature, more["feature"].to_numpy()]), np.concatenate([owner, more["id"].to_numpy()])
