"""Files of deliveries: what says that nothing is known names no company, and an end that is none ends nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from screener.errors import ScreenerError
from screener.readers.deliveries import Deliveries, read_deliveries


def _read(folder: Path, text: str) -> Deliveries:
    path = folder / "deliveries.csv"
    path.write_text(text, encoding="utf-8")
    return read_deliveries(path, where="--supply")


@pytest.mark.parametrize("nobody", ["N/A", "UNKNOWN", "-", "TO ORDER OF SHIPPER", "Not Available", "미상", "해당 없음"])
def test_deliveries_of_nobody_join_nobody(tmp_path: Path, nobody: str) -> None:
    lines = ["Supplier,Buyer", "Kia,LG Electronics", f"Hoshine,{nobody}", f"{nobody},Kia"]
    read = _read(tmp_path, "\n".join(lines))
    assert read.frame.select("row", "supplier", "buyer").rows() == [(2, "Kia", "LG Electronics")]
    assert read.remarks.select("row", "problem").rows() == [
        (3, "supplier or buyer is missing"),
        (4, "supplier or buyer is missing"),
    ]


@pytest.mark.parametrize("end", ["Present", "현재", "ongoing", "-", "9999-12-31", "N/A"])
def test_an_end_that_says_there_is_none_is_none(tmp_path: Path, end: str) -> None:
    read = _read(tmp_path, f"Supplier,Buyer,Start Date,End Date\nHoshine,Kia,2020-01-01,{end}\n")
    assert read.frame.select("valid_from", "valid_to").rows() == [("2020-01-01", None)]
    assert read.remarks.is_empty()


def test_thousands_of_dollars_are_dollars(tmp_path: Path) -> None:
    read = _read(tmp_path, '공급업체명,고객사명,수입금액(천달러)\nHoshine,Kia,"1,200"\n')
    assert read.frame["value_usd"].to_list() == [1.2e6]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("Exporter,Importer,From,To\nHoshine,Kia,Shanghai,Busan", [("Hoshine", "Kia", None)]),
        ("From,To,Product\nHoshine,Kia,silicon", [("Hoshine", "Kia", None)]),
        ("Supplier,Buyer,From,To\nHoshine,Kia,2020-01-01,2021-01-01", [("Hoshine", "Kia", "2020-01-01")]),
        ("공급업체명,구매업체명\nHoshine,Kia\n합계,\nGrand Total,All buyers", [("Hoshine", "Kia", None)]),
        ("Supplier,Buyer,Product\nTotal,SK Gas,LNG\nTotal,All,", [("Total", "SK Gas", None)]),
    ],
)
def test_from_and_to_are_days_firms_or_ports_and_totals_are_no_deliveries(
    tmp_path: Path, lines: str, said: list[tuple[str, str, str | None]]
) -> None:
    assert _read(tmp_path, lines).frame.select("supplier", "buyer", "valid_from").rows() == said


def test_ports_alone_name_no_firms(tmp_path: Path) -> None:
    with pytest.raises(ScreenerError, match="no column with the supplier"):
        _read(tmp_path, "From,To,Product\nXinjiang,Korea,silicon\nChina,Korea,silicon")


def test_a_share_under_a_percent_heading_is_percent(tmp_path: Path) -> None:
    assert _read(tmp_path, "협력사명,구매사명,비중(%)\nHoshine,Kia,12.5").frame["input_share"].to_list() == [0.125]


def test_exports_of_customs_and_enterprise_software(tmp_path: Path) -> None:
    lines = "수입자상호,해외공급자,원산지,신고가격(미화),신고일자\n한화솔루션,Daqo,우루무치,100,15-Mar-24"
    read = _read(tmp_path, lines)
    wanted = ("supplier", "buyer", "origin_region", "value_usd", "date")
    assert read.frame.select(wanted).rows() == [("Daqo", "한화솔루션", "CN-XJ", 100.0, "2024-03-15")]


def test_of_several_years_the_amount_of_the_newest_is_read(tmp_path: Path) -> None:
    read = _read(tmp_path, "공급업체,고객사,2022년 거래금액(USD),2023년 거래금액(USD)\nHoshine,Kia,1,2")
    assert (read.frame["value_usd"].to_list(), read.unused) == ([2.0], ["2022년 거래금액(USD)"])
