"""Days and places as people write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.readers.dates import heading_day, is_order_unknown, order_of, parse_date
from screener.readers.places import country, origin, region


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2021-06-30", "2021-06-30"), ("20210630", "2021-06-30"), ("2021.6.30", "2021-06-30"), ("2021. 6. 30.", "2021-06-30"),
        ("2021년 6월 30일", "2021-06-30"), ("2021/06/30", "2021-06-30"), ("2021-06-30 00:00:00", "2021-06-30"),
        ("2021-06-30T10:00:00Z", "2021-06-30"), ("30 Jun 2021", "2021-06-30"), ("June 30, 2021", "2021-06-30"), ("30-Jun-2021", "2021-06-30"),
        ("44377", "2021-06-30"), ("44377.0", "2021-06-30"), ("30/06/2021", "2021-06-30"), ("06/30/2021", "2021-06-30"),
        ("5/5/2021", "2021-05-05"), ("2021년 6월", "2021-06"), ("2021-06", "2021-06"), ("Jun 2021", "2021-06"), ("2021", "2021"),
        ("2021년", "2021"), ("2021年6月30日", "2021-06-30"), ("2021年6月", "2021-06"), ("2021-02-30", None), ("20211301", None), ("20-13-45", None), ("soon", None), ("", None), ("2021-13", None),
        ("01/02/2021", None), ("99999", None), ("12345", None),
    ],
)  # fmt: skip
def test_days_months_and_years(cell: str, day: str | None) -> None:
    assert parse_date(cell) == day


def test_day_and_month_are_distinguished_by_the_file_or_not_at_all() -> None:
    assert parse_date("01/02/2021", day_first=True) == "2021-02-01"
    assert parse_date("01/02/2021", day_first=False) == "2021-01-02"
    assert order_of(["01/02/2021", "31/12/2021"]) is True
    assert order_of(["01/02/2021", "12/31/2021"]) is False
    assert order_of(["31/12/2021", "12/31/2021"]) is None
    assert order_of(["01/02/2021"]) is None
    assert is_order_unknown("01/02/2021")
    assert not is_order_unknown("31/12/2021")
    assert parse_date("01.02.2021") == "2021-02-01"
    assert parse_date("Q4 2021") == parse_date("2021년 하반기") == "2021"


@given(st.dates(dt.date(1955, 1, 1), dt.date(2099, 12, 31)))
def test_each_way_to_write_a_day_reads_back(day: dt.date) -> None:
    number = str((day - dt.date(1899, 12, 30)).days)
    forms = ("%Y-%m-%d", "%Y%m%d", "%Y.%m.%d", "%Y년 %m월 %d일", "%d %b %Y", "%B %d, %Y")
    for cell in (number, *(day.strftime(form) for form in forms)):
        assert parse_date(cell) == day.isoformat(), cell
    assert parse_date(day.strftime("%d/%m/%Y"), day_first=True) == day.isoformat()
    assert parse_date(day.strftime("%m/%d/%Y"), day_first=False) == day.isoformat()


@pytest.mark.parametrize(
    ("heading", "day"),
    [
        ("비중(2025-12)", "2025-12"),
        ("Weight 30 Sep 2025", "2025-09-30"),
        ("Weight 2024 / 2025", "2025"),
        ("비중", None),
    ],
)
def test_headings_tell_their_day(heading: str, day: str | None) -> None:
    assert heading_day(heading) == day


@pytest.mark.parametrize(
    "cell",
    ["CN-XJ", "cn-xj", "신장", "Xinjiang", "新疆", "XINJIANG", "중국 신장", "China (Xinjiang)", "Xinjiang, China", "신장위구르자치구", "新疆维吾尔自治区", "Aksu, Xinjiang", "Xinjiang Uyghur Autonomous Region", "China, Hami City", "Turpan", "新疆石河子", "新疆ウイグル自治区", "Синьцзян"],
)  # fmt: skip
def test_xinjiang_is_a_region_of_origin_in_any_script(cell: str) -> None:
    assert origin(cell) == ("CN-XJ", "CN")


@pytest.mark.parametrize(
    ("cell", "code"),
    [("중국", "CN"), ("중국산", "CN"), ("China", "CN"), ("Made in China", "CN"), ("CHN", "CN"), ("cn", "CN"), ("미얀마", "MM"), ("Burma", "MM"), ("Korea (South)", "KR"), ("Korea, Republic of", "KR"), ("대한민국", "KR"), ("한국", "KR"), ("North Korea", "KP"), ("러시아", "RU"), ("Deutschland", "DE"), ("韓国", "KR"), ("Zuid-Korea", "KR"), ("Etelä-Korea", "KR"), ("Jižní Korea", "KR"), ("Corée", "KR"), ("Noord-Korea", "KP"), ("Atlantis", None), ("-", None), ("Республика Корея", "KR"), ("Trung Quốc", "CN"), ("Çin", "CN"), ("P.R.C.", "CN")],
)  # fmt: skip
def test_countries_in_several_languages(cell: str, code: str | None) -> None:
    assert country(cell) == code


@pytest.mark.parametrize(
    "cell",
    [
        "not Xinjiang",
        "China excluding Xinjiang",
        "China excl. Xinjiang",
        "신장 제외",
        "新疆以外",
        "非新疆",
        "XX-YY",
        "Somewhere",
        "하남",
    ],
)
def test_what_is_no_region_is_none(cell: str) -> None:
    assert region(cell) is None


@pytest.mark.parametrize("cell", ["Vietnam/China", "중국, 베트남"])
def test_of_several_countries_none_is_guessed(cell: str) -> None:
    assert origin(cell) == (None, None)
