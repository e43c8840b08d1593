"""What counts as a rename in the measure: another name, whatever the matcher makes of it."""

from __future__ import annotations

import polars as pl
import pytest

from tests.bench.renames import renamed, skeleton


@pytest.mark.parametrize(
    ("hangul", "english", "another"),
    [
        ("삼성전자", "SAMSUNG ELECTRONICS CO,.LTD", False),
        ("한국가스공사", "Korea Gas Corporation", False),
        ("에이치앤아이", "H&I.,LTD", False),
        ("케이씨텍", "KCTECH CO., LTD", False),
        ("대한항공", "KOREAN AIR LINES CO.,LTD", False),
        ("삼천리", "Miwon Commercial Co., Ltd.", True),
        ("미래산업", "HNT Electronics Company Ltd.", True),
    ],
)
def test_a_rename_shares_neither_sound_nor_words(hangul: str, english: str, another: bool) -> None:
    pairs = pl.DataFrame({"corp_name": [hangul], "corp_eng_name": [english]})
    assert renamed(pairs).to_list() == [another]


def test_scripts_meet_in_one_skeleton() -> None:
    assert skeleton("현대") == skeleton("Hyundai") == "NT"
    assert skeleton("쌍용") == skeleton("Ssangyong")
