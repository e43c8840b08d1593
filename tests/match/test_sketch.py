"""Sketches: names that sound alike share features, in whatever script."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.match.names import sketch
from screener.match.names.index import NameIndex
from screener.match.names.prepared import phonetic_texts
from tests.once import drawn


def shared(one: str, other: str) -> set[int]:
    """Features of both cores, of their sketches alone."""
    found = []
    for core in (one, other):
        read = sketch.readings(phonetic_texts(pl.DataFrame({"number": [0], "core": [core]})))
        feature, _ = sketch.features(read["text"], np.zeros(read.height, np.int64))
        found.append(set(feature.tolist()))
    return found[0] & found[1]


def letters(core: str) -> set[int]:
    """Features of the letters that are read one by one."""
    return set(
        sketch.letter_features(phonetic_texts(pl.DataFrame({"number": [0], "core": [core]})))["feature"].to_list()
    )


@pytest.mark.parametrize(
    ("latin", "hangul"),
    [
        ("KEMTECH", "켐텍"),
        ("CHEMTRONICS", "켐트로닉스"),
        ("WON TECH", "원텍"),
        ("ST PHARM", "에스티팜"),
        ("HEALTHON", "헬스온"),
        ("HEALTHCARE", "헬스케어"),
        ("CLOBOT", "클로봇"),
        ("NEXTEL", "넥스텔"),
        ("SOLUM", "솔루엠"),
        ("HYUNDAI", "현대"),
        ("XENIX", "제닉스"),
        ("DINONA", "다이노나"),
        ("INVENIA", "인베니아"),
        ("4BY4", "포바이포"),
        ("21 CENTER", "이일센터"),
    ],
)
def test_a_whole_name_is_sketched_alike_in_both_scripts(latin: str, hangul: str) -> None:
    assert max(shared(latin, hangul), default=0) >= sketch.WHOLE


@pytest.mark.parametrize(
    ("latin", "hangul"),
    [
        ("H&I", "에이치앤아이"),
        ("M2I", "엠투아이"),
        ("KCTECH", "케이씨텍"),
        ("B2EN", "비투엔"),
        ("KOREA COMPUTER & SYSTEMS", "케이씨에스"),
        ("NATIONAL PLASTIC", "엔피씨"),
        ("SH&L", "에스에이치엔엘"),
        ("NC&", "앤씨앤"),
        ("FIT", "에프아이투어"),
        ("PEOPLE & TECHNOLOGY", "피엔티"),
        ("YOO SUNG TECHNIQUE & STRATEGY INVESTMENT", "유성티에스아이"),
        # More names of letters.
        ("HMC", "에치엠씨"),
    ],
)
def test_letters_read_one_by_one_are_met(latin: str, hangul: str) -> None:
    assert letters(latin) & letters(hangul)


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz0123456789 가나다라막텍켐", max_size=30), max_size=6), st.data())
def test_features_of_a_text_do_not_depend_on_its_neighbours(texts: list[str], data: st.DataObject) -> None:
    feature, owner = sketch.features(pl.Series(texts, dtype=pl.String), np.arange(len(texts)))
    order = data.draw(st.permutations(range(len(texts))))
    again, other = sketch.features(pl.Series([texts[i] for i in order], dtype=pl.String), np.array(order, np.int64))
    assert sorted(zip(feature.tolist(), owner.tolist(), strict=True)) == sorted(
        zip(again.tolist(), other.tolist(), strict=True)
    )


def test_a_name_is_the_nearest_to_itself() -> None:
    names = drawn(st.from_regex(r"[a-z]{3,12}", fullmatch=True), 60)
    known = sorted({*names, "hyundai", "samsung", "daewoo"})
    written = pl.DataFrame({"entity_id": known, "name": known, "label": known}).with_columns(
        kind=pl.lit("primary"), country=pl.lit("KR")
    )
    near = NameIndex.of(written).nearest(pl.DataFrame({"number": range(len(known)), "text": known}), len(known))
    best = near.filter(pl.col("overlap") >= pl.col("overlap").max().over("number") - 1e-3)
    found = {row: set(rows["name_id"]) for (row,), rows in best.group_by("number")}
    assert [known[row] for row in range(len(known)) if row not in found[row]] == []
