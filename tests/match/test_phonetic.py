"""Numbered vehicles and number words: both scripts give texts that can be compared."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.match.names import phonetic


def latin(core: str) -> str:
    """A Latin core made ready."""
    return str(pl.DataFrame({"core": [core]}).select(phonetic.latin(pl.col("core"))).item())


def korean(core: str) -> str:
    """A Korean core made ready."""
    return str(pl.DataFrame({"core": [core]}).select(phonetic.korean(pl.col("core"))).item())


@pytest.mark.parametrize(
    ("core", "text"),
    [
        ("HANA FINANCIAL TWENTY TWO SPECIAL PURPOSE ACQUISITION", "hana financial spac 22"),
        ("HANWHA PLUS NO 2 SPECIAL PURPOSE ACQUISITON", "hanwha plus spac 2"),
        ("YUANTA 13 SPECIAL ACQUISITION", "yuanta spac 13"),
        ("NHSPECIAL PURPOSE ACQUISITION26 COMPANY", "nh spac 26"),
        ("HI SPECIAL PURPOSE ACQUISITOIN COMPANY V", "hi spac 5"),
        ("DONGBUKA NO 14 SHIP INVESTMENT", "dongbuka 14 ship investment"),
        ("BADARO SHIP INVESTMENT CO 3", "badaro 3 ship investment"),
        ("KOREA PACIFIC NO 02 SHIP INVESTMENT", "korea pacific 2 ship investment"),
        ("KOCREF CR REIT 3", "kocref 3 cr reit"),
        ("KOCREF REIT IV", "kocref 4 reit"),
        # Number words and purposes are counted only where vehicles are numbered.
        ("SEVEN ELEVEN", "seven eleven"),
        ("FIRST FIRE", "first fire"),
        ("SPECIAL STEEL", "special steel"),
        ("SPECIAL PURPOSE VEHICLES", "special purpose vehicles"),
    ],
)
def test_vehicles_are_numbered_in_one_order(core: str, text: str) -> None:
    assert latin(core) == text


@pytest.mark.parametrize(
    ("core", "text"),
    [
        ("하나금융제22호기업인수목적", "하나금융스팩22"),
        ("하나금융기업인수목적22호", "하나금융스팩22"),
        ("하나22호스팩", "하나스팩22"),
        ("바다로3호선박투자회사", "바다로3선박투자회사"),
        ("코크렙제3호CR리츠", "코크렙3cr리츠"),
        ("미래에셋새천년코리아벤처펀드제일호", "미래에셋새천년코리아벤처펀드1"),
    ],
)
def test_korean_vehicles_are_numbered_in_the_same_order(core: str, text: str) -> None:
    assert korean(core) == text


@given(st.integers(1, 49))
def test_number_words_are_numbers(number: int) -> None:
    tens, ones = divmod(number, 10)
    small = (
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen"
    ).split()
    words = (
        small[number - 1]
        if number < 20
        else " ".join([["twenty", "thirty", "forty"][tens - 2], *([small[ones - 1]] if ones else [])])
    )
    assert latin(f"HANA {words.upper()} SPAC") == latin(f"HANA SPAC {number}") == f"hana spac {number}"


@given(st.text(max_size=40))
def test_made_ready_texts_hold_nothing_that_has_no_sound(core: str) -> None:
    assert pl.Series([latin(core.upper())]).str.contains(r"^[a-z0-9 ]*$").item()
    assert pl.Series([korean(core.upper())]).str.contains(r"^[\p{Hangul}a-z0-9]*$").item()
