"""Fetched names are compared with embedded ones only where they can be the same; the short cut must lose none."""

from __future__ import annotations

from functools import cache

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.match.names import forms
from tests.conftest import CHECKOUT


@cache
def embedded() -> list[str]:
    files = sorted((CHECKOUT / "datasets" / "entity").glob("*.csv"))
    # A column that is empty throughout may be left out of a file.
    tables = [pl.read_csv(file, infer_schema=False).select(pl.col("^name(_ko)?$")) for file in files]
    return pl.concat(tables, how="diagonal").unpivot()["value"].drop_nulls().unique().sort().to_list()


@cache
def known_keys() -> pl.Series:
    return key(pl.Series(embedded())).drop_nulls().unique()


def key(written: pl.Series) -> pl.Series:
    cleaned = pl.DataFrame({"clean": forms.clean(written)})
    return cleaned.select(forms.key(forms.core(pl.col("clean")))).to_series()


def opens(names: list[str], known: pl.Series) -> list[bool]:
    """Whether each name opens as `forms.opening` says, as the database asks (names.sql)."""
    starts, otherwise = forms.opening(known)
    may = "list_contains($starts, upper(left(name, 3))) or regexp_matches(name, $otherwise)"
    with duckdb.connect(config={"threads": 1}) as con:
        asked = {"names": names, "starts": starts, "otherwise": otherwise}
        return [
            row[0] for row in con.execute(f"select {may} from unnest($names::varchar[]) as t(name)", asked).fetchall()
        ]


CHANGES = (
    str.lower,
    str.upper,
    str.title,
    str.strip,
    lambda text: text.replace(" ", ""),
    lambda text: text.replace("&", "and"),
    lambda text: text.replace(" ", " (주) "),
    " ".join,
    lambda text: text[:4],
    lambda text: "\uff21" + text,
)
DRESSED = st.builds(
    lambda before, name, change, after: before + change(name) + after,
    st.sampled_from(["", " ", "(주)", "㈜", "주식회사 ", "PT ", "PT.", "The ", "'", "(", "주)", "＆ ", "\u200b"]),
    st.sampled_from(embedded()),
    st.sampled_from(CHANGES),
    st.sampled_from(["", " Co., Ltd.", ",LTD", "(주)", " 주식회사", " Holdings", ".", " Corp", "Inc"]),
)


@settings(max_examples=25)
@given(st.lists(DRESSED, min_size=20, max_size=60))
def test_no_name_that_has_a_known_key_is_ruled_out(written: list[str]) -> None:
    series, known = pl.Series(written), known_keys()
    names = pl.DataFrame({"name": series, "key": key(series), "may": forms.may_be(series, known)})
    names = names.with_columns(opens=pl.Series(opens(written, known)))
    assert names.filter(pl.col("key").is_in(known.implode()) & ~(pl.col("may") & pl.col("opens"))).rows() == []


@pytest.mark.parametrize("name", ["EXAMPLE 12 CO., LTD", "예시산업12", "(주)예시전자", "Zzyzx Trading Limited"])
def test_names_that_begin_like_nobody_are_ruled_out(name: str) -> None:
    known = pl.Series(["SAMSUNGELECTRONICS", "삼성전자", "SK"])
    assert forms.may_be(pl.Series([name]), known).to_list() == [False]
    assert opens([name], known) == [name.startswith("(")]


def test_and_after_a_digit_is_the_sign() -> None:
    known = key(pl.Series(["1&1 Drillisch AG", "M2 & Co"]))
    assert opens(["1and1 Drillisch", "1 AND 1 DRILLISCH", "M2and Co"], known) == [True] * 3
