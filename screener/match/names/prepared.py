"""Values computed from each written name once, when the store is built: comparable forms, readings, features.

They depend only on the name, so they hold for every day and for every part of the store. Names missing from the store
(fetched since) are computed when first used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import duckdb
import polars as pl

from screener.match.names import forms, phonetic, scripts, sketch

_WORKED_OUT: Final = ("spelled", "stem", "text", "feature")


@dataclass(frozen=True)
class Prepared:
    """Names in comparable form.

    `names`: number (0, 1, …), name (as written), clean (null for a text that is not a name), core, key. `ready`: the
    `values` in the store, for the first `known` names; `computed`: those computed since.
    """

    names: pl.DataFrame
    ready: dict[str, pl.DataFrame]
    known: int
    computed: dict[str, pl.DataFrame] = field(default_factory=dict)

    @staticmethod
    def of(names: pl.Series, *, after: Prepared | None = None) -> Prepared:
        """Prepare these names, in addition to those of `after`."""
        written = pl.DataFrame({"name": names.cast(pl.String).unique().sort()})
        made = written.join(comparable(written), on="name", how="left", maintain_order="left")
        if after is not None:
            made = pl.concat([after.names.drop("number"), made])
        made = made.select(pl.int_range(pl.len()).alias("number"), pl.all())
        return Prepared(made, after.ready, after.known) if after is not None else Prepared(made, {}, 0)

    @staticmethod
    def read(con: duckdb.DuckDBPyConnection) -> Prepared:
        """What `write` left in the store; empty if there is nothing."""
        there = con.execute("select count(*) from duckdb_tables() where table_name = 'prepared_name'").fetchall()
        if not there[0][0]:
            return Prepared.of(pl.Series([], dtype=pl.String))
        names, *ready = (pl.DataFrame(con.sql(f"from prepared_{table}")) for table in ("name", *_WORKED_OUT))
        return Prepared(names, dict(zip(_WORKED_OUT, ready, strict=True)), names.height)

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        """Write all of it into a store that is being built."""
        for table in ("name", *_WORKED_OUT):
            con.register("prepared", self.names if table == "name" else self.values(table))
            con.execute(f"create or replace table prepared_{table} as from prepared")
            con.unregister("prepared")

    def values(self, what: str) -> pl.DataFrame:
        """The values of each name, one per row: number, and the column `what`.

        `spelled` (`forms.spelled`), `stem` (`forms.stems`), `text` (`phonetic_texts`) or `feature` (of `sketch`).
        """
        if self.known == self.names.height > 0:
            return self.ready[what]
        if what not in self.computed:
            new = self.names.slice(self.known).drop_nulls("clean")
            if what == "feature":
                found = sketch.all_features(self.values("text").filter(pl.col("number") >= self.known))
            elif what == "text":
                found = phonetic_texts(new)
            elif what == "stem":
                found = new.select("number", stem=forms.stems(pl.col("core"), pl.col("key"))).explode("stem")
            else:
                found = new.select("number", spelled=forms.spelled(pl.col("core")))
            self.computed[what] = pl.concat([*([self.ready[what]] if self.known else []), found.drop_nulls()])
        return self.computed[what]


def comparable(written: pl.DataFrame) -> pl.DataFrame:
    """Adds clean, core and key (`screener.match.names.forms`) to a frame with a column `name`; drops empty names."""
    cleaned = written.with_columns(forms.clean(written["name"]).alias("clean")).drop_nulls("clean")
    # Lazily, because an expression used in others is then computed once.
    named = cleaned.lazy().with_columns(core=forms.core(pl.col("clean")))
    return named.with_columns(key=forms.key(pl.col("core"))).collect()


def phonetic_texts(cores: pl.DataFrame) -> pl.DataFrame:
    """Every reading of each core: number, text (`phonetic` form). Hanja is read in Korean and in pinyin."""
    core = pl.col("core")
    korean = cores.filter(core.str.contains(r"\p{Hangul}")).select("number", text=phonetic.korean(core))
    hanja = cores.filter(core.str.contains(r"\p{Han}"))
    latin = cores.filter(~core.str.contains(r"[\p{Hangul}\p{Han}]")).select("number", "core")
    parts = [korean]
    if hanja.height:
        parts.append(hanja.select("number", text=phonetic.korean(scripts.hanja_to_hangul(core))))
        latin = pl.concat([latin, hanja.select("number", core=scripts.han_to_pinyin(core))])
    spelled = latin.select("number", text=phonetic.latin(core))
    spelled = spelled.with_columns(phonetic.latin_orders(pl.col("text"))).explode("text")
    # Many who write the sign by its sound write an n (Solar & Tech, 쏠라엔텍).
    signed = latin.filter(core.str.contains("&", literal=True)).select(
        "number", text=phonetic.latin(core.str.replace_all("&", " N ", literal=True))
    )
    return (
        pl.concat([*parts, spelled, signed])
        .filter(pl.col("text").str.contains(r"[\p{Hangul}a-z0-9]"))
        .unique(maintain_order=True)
    )
