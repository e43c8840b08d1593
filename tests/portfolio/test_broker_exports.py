"""Exports of brokers and custodians that say one thing and mean another: no company is lost, invented or counted twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from screener.errors import ScreenerError
from screener.portfolio import kinds
from screener.portfolio.reader import read_holdings
from tests.portfolio.files import cells, problems, read, workbook


@pytest.mark.parametrize(
    "lines",
    [
        "종목명,구분,평가금액\n삼성전자,현금,7000000\n포스코인터내셔널,유통융자,3000000",
        "Description,Type,Current Value\nSAMSUNG ELECTRONICS,Cash,$7000.00\nPOSCO INTERNATIONAL,Margin,$3000.00",
        "Name,ISIN,Type,Market Value\nSamsung Electronics,KR7005930003,Cash,7\nPOSCO International,KR7047050000,Cash,3",
        "Name,Asset Class,Market Value\nSamsung Electronics,Cash Equity,7\nPOSCO International,Cash Equity,3",
        "Issuer,Asset Class,Weight\nKorea Gas Corp 3.875% 07/13/2027,Government-Related,70\nKEPCO,Quasi-Sovereign,30",
    ],
)
def test_how_a_share_was_bought_and_who_owns_its_issuer_do_not_make_it_cash_or_a_government_bond(
    tmp_path: Path, lines: str
) -> None:
    assert cells(read(tmp_path, lines), "kind", "weight") == [(kinds.SECURITY, 0.7), (kinds.SECURITY, 0.3)]


def test_cash_among_shares_stays_cash(tmp_path: Path) -> None:
    lines = "Name,Asset Class,Weight\nSamsung Electronics,Equity,90\nKRW balance at bank,Cash,10"
    assert cells(read(tmp_path, lines), "kind") == [(kinds.SECURITY,), (kinds.CASH,)]


def test_a_further_table_below_is_read_by_its_own_headings(tmp_path: Path) -> None:
    portfolio = read(
        tmp_path,
        "종목명,종목코드,평가금액(원)\n삼성전자,005930,7000000\nLG전자,066570,3000000\n\n"
        "티커,종목명,보유수량,평가금액(USD)\nPKX,POSCO ADR,20,5000\n",
    )
    assert cells(portfolio, "row", "name", "value", "currency") == [
        (2, "삼성전자", 7e6, "KRW"),
        (3, "LG전자", 3e6, "KRW"),
        (6, "POSCO ADR", 5e3, "USD"),
    ]
    assert "a further table begins in row 5" in portfolio.notes


def test_a_summary_above_the_holdings_is_not_the_table(tmp_path: Path) -> None:
    summary = "자산구분,통화,평가금액,비중(%)\n주식,KRW,9000000,90\n"
    portfolio = read(tmp_path, f"{summary}\n종목코드,종목명,평가금액\n005930,삼성전자,7000000\n")
    assert cells(portfolio, "row", "stock_code") == [(5, "005930")]
    assert "the table that begins in row 1 names no companies and was not read" in portfolio.notes


def test_two_tables_next_to_each_other_are_refused_since_one_would_be_lost(tmp_path: Path) -> None:
    with pytest.raises(ScreenerError, match="two tables stand next to each other"):
        read(tmp_path, "종목명,비중,종목명,비중\n삼성전자,50,포스코인터내셔널,20\nLG전자,20,에코프로비엠,10")


def test_a_holding_that_equals_the_sum_of_those_above_is_a_holding_where_weights_need_it(tmp_path: Path) -> None:
    lines = "Name,Stock Code,Weight (%)\nSamsung Electronics,005930,10\nLG Electronics,066570,20\nPOSCO Holdings GDR,,30\nKia,000270,40"
    assert [weight for (weight,) in cells(read(tmp_path, lines), "weight")] == [0.1, 0.2, 0.3, 0.4]


def test_headings_of_groups_are_no_holdings(tmp_path: Path) -> None:
    lines = (
        "Name,Ticker,Market Value\nSouth Korea,,7\nTechnology,,7\nSamsung Electronics,005930 KS,4\nSK hynix,000660 KS,3"
    )
    assert [name for (name,) in cells(read(tmp_path, lines), "name")] == ["Samsung Electronics", "SK hynix"]


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("Market Value ($000)", 7e3),
        ("Value (000)", 7e3),
        ("평가금액(천달러)", 7e3),
        ("금액(USD 천)", 7e3),
        ("Mkt Val", 7.0),
        ("평가금액 Market Value", 7.0),
    ],
)
def test_units_and_further_headings_of_values(tmp_path: Path, heading: str, value: float) -> None:
    assert cells(read(tmp_path, f'Name,"{heading}"\nKia,7'), "value") == [(value,)]


def test_basis_points_are_hundredths_of_a_percent(tmp_path: Path) -> None:
    lines = "Name,Weight (bps)\nKia,712\nSamsung Electronics,3288\nToyota,6000"
    assert [weight for (weight,) in cells(read(tmp_path, lines), "weight")] == [0.0712, 0.3288, 0.6]


def test_numbers_that_are_kept_as_text_are_numbers(tmp_path: Path) -> None:
    lines = 'Name, "ISIN", "Market Value"\nSamsung Electronics, "KR7005930003", "=""7,000"""\nKia, KR7000270009, \'3000'
    assert cells(read(tmp_path, lines), "isin", "value") == [("KR7005930003", 7000.0), ("KR7000270009", 3000.0)]


def test_currencies_by_name_are_one(tmp_path: Path) -> None:
    lines = "Name,Value,Currency\nA,1,KRW\nB,1,원\nC,1,South Korean Won\nD,1,KRW (₩)"
    assert {currency for (currency,) in cells(read(tmp_path, lines), "currency")} == {"KRW"}


def test_nothing_known_is_no_name(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "Name,Weight\nKia,100\nN/A,\nNone,\n-,\n")
    assert [name for (name,) in cells(portfolio, "name")] == ["Kia"]
    assert [row for row, problem in problems(portfolio) if problem == "no cell identifies a company"] == [3, 4, 5]


@pytest.mark.parametrize("shown", ["0%", "0.00%", '0.0##%;[Red]-0.0%;"100 %"'])
def test_what_a_workbook_shows_as_percent_is_percent(tmp_path: Path, shown: str) -> None:
    """Half of a fund: 30 % and 12 % are stored as 0.3 and 0.12, which without their format could be percent."""
    path = tmp_path / "p.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, percent = book.add_worksheet(), book.add_format({"num_format": shown})
        sheet.write_row(0, 0, ("Name", "Price", "% of NAV"))
        for row, (name, weight) in enumerate([("Samsung Electronics", 0.3), ("Kia", 0.12)], 1):
            sheet.write_row(row, 0, (name, 0.5))
            sheet.write(row, 2, weight, percent)
    assert [weight for (weight,) in cells(read_holdings(path), "weight")] == [0.3, 0.12]


def test_a_workbook_without_formats_is_read_as_before(tmp_path: Path) -> None:
    path = workbook(tmp_path / "p.xlsx", [("Name", "% of NAV"), ("Samsung Electronics", 0.3), ("Kia", 0.12)])
    assert [weight for (weight,) in cells(read_holdings(path), "weight")] == [0.003, 0.0012]
