"""Exports of brokers and custodians that say one thing and mean another: no company is lost, invented or counted twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from screener.errors import ScreenerError
from screener.portfolio import kinds
from screener.portfolio.reader import read_holdings
from screener.schema.identifiers import normalise_stock_code
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
    assert (
        "the table that begins in row 1 was not read: no column that identifies a company was recognised"
        in portfolio.notes
    )


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


@pytest.mark.parametrize(
    "lines",
    [
        "Name,Side,Market Value\nKia,Long,700\nLG Electronics,Long,300\nPOSCO,Short,500",
        "Name,L/S,Market Value\nKia,L,700\nLG Electronics,L,300\nPOSCO,S,500",
        "종목명,매수매도구분,평가금액\n기아,매수,700\nLG전자,매수,300\n포스코,매도,500",
        "Name,Type,Market Value\nKia,Common Stock,700\nLG Electronics,Common Stock,300\nPOSCO,Short Stock,500",
        "Name,Quantity,Market Value\nKia,7,700\nLG Electronics,3,300\nPOSCO,-5,500",
    ],
)
def test_what_another_column_calls_short_is_negative(tmp_path: Path, lines: str) -> None:
    portfolio = read(tmp_path, lines)
    assert cells(portfolio, "value", "weight") == [(700.0, 0.7), (300.0, 0.3), (-500.0, None)]
    assert problems(portfolio) == [(4, "a negative value (a short position?)")]


def test_of_several_days_the_newest_is_counted(tmp_path: Path) -> None:
    lines = "As Of Date,Name,Value\n2026-09-30,Kia,9\n2026-09-30,POSCO,9\n2026-10-31,Kia,6\n2026-10-31,LG Electronics,4"
    portfolio = read(tmp_path, lines)
    assert cells(portfolio, "name", "weight") == [("Kia", 0.6), ("LG Electronics", 0.4)]
    assert [row for row, problem in problems(portfolio) if "earlier day" in problem] == [2, 3]
    assert "only lines of the newest day are counted; left out: 2026-09-30" in portfolio.notes
    lots = read(tmp_path, "Date,Name,Value\n2026-09-30,Kia,9\n2026-10-02,Kia,9\n2026-10-31,LG Electronics,4")
    assert len(lots.holdings) == 3


def test_sheets_named_by_months_are_states_of_one_portfolio(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for month, weight in (("2026-09", 40), ("2026-10", 60)):
            for row, line in enumerate([("Name", "Weight"), ("Kia", weight), ("LG Electronics", 100 - weight)]):
                book.get_worksheet_by_name(month) or book.add_worksheet(month)
                book.get_worksheet_by_name(month).write_row(row, 0, line)
    assert cells(read_holdings(path), "name", "weight") == [("Kia", 0.6), ("LG Electronics", 0.4)]


@pytest.mark.parametrize(
    "lines",
    [
        "거래일자,거래구분,종목명,수량,거래금액\n2026-10-01,매도,기아,1,5\n2026-10-02,매수,LG전자,1,3",
        "Trade Date,Side,Name,Market Value\n2026-10-01,Sell,Kia,5\n2026-10-02,Buy,Kia,3",
        "Run Date,Action,Symbol,Description,Amount\n10/01/2026,YOU BOUGHT,PKX,POSCO,5\n10/02/2026,DIVIDEND RECEIVED,PKX,POSCO,3",
        "종목명,매매구분,수량,단가\n기아,매수,1,5\nLG전자,매도,1,3",
    ],
)
def test_trades_are_no_holdings(tmp_path: Path, lines: str) -> None:
    with pytest.raises(ScreenerError, match="lists trades, not holdings"):
        read(tmp_path, lines)


def test_each_table_has_its_own_kind_of_weights_and_a_top_ten_is_not_counted_again(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    pages = {
        "Top 10": [("Rank", "Name", "Weight"), (1, "Kia", 0.4)],
        "A": [("Name", "Weight"), ("Kia", 0.4), ("LG Electronics", 0.1)],
        "B": [("Name", "Weight"), ("POSCO", 30), ("Hyundai Motor", 20)],
        "B (2)": [("Name", "Weight"), ("POSCO", 30), ("Hyundai Motor", 20)],
        "Trades": [("Trade Date", "Buy/Sell", "Name", "Weight"), ("2026-10-01", "Buy", "Kia", 1)],
    }
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in pages.items():
            sheet = book.add_worksheet(name)
            for row, line in enumerate(rows):
                sheet.write_row(row, 0, line)
    portfolio = read_holdings(path)
    assert [weight for (weight,) in cells(portfolio, "weight")] == [0.4, 0.1, 0.3, 0.2]
    assert "sheet 'Top 10' repeats lines of another sheet and was passed over" in portfolio.notes
    assert (
        "sheet 'Trades': the table that begins in row 1 was not read: the table lists trades, not holdings"
        in portfolio.notes
    )


def test_values_in_one_currency_are_preferred_and_keep_their_own(tmp_path: Path) -> None:
    head = "Name,Currency,Market Value (Local),Market Value (Base),Base Currency"
    portfolio = read(tmp_path, f"{head}\nKia,KRW,7000000,5000,USD\nApple,USD,5000,5000,USD")
    assert cells(portfolio, "value", "currency", "weight") == [(5000.0, "USD", 0.5), (5000.0, "USD", 0.5)]
    assert any("the one in a single currency" in note for note in portfolio.notes)


@pytest.mark.parametrize(
    "name",
    ["Kia Corp (a)(b)", "Kia Corp [1]", "Kia Corp†", "1. Kia Corp", "★Kia Corp", "Kia Corp (formerly Kia Motors)"],
)
def test_signs_of_footnotes_are_no_part_of_names(tmp_path: Path, name: str) -> None:
    assert cells(read(tmp_path, f"Name,Weight\n{name},100"), "company") == [("Kia Corp",)]


@pytest.mark.parametrize("name", ["KR:000270", "000270.KSE", "A000270", "000270 KS Equity"])
def test_a_code_among_names_is_a_code(tmp_path: Path, name: str) -> None:
    read_code = read(tmp_path, f"Name,Weight\nSamsung Electronics,50\nLG Electronics,30\n{name},20").holdings[
        "stock_code"
    ]
    assert [code and normalise_stock_code(code) for code in read_code] == [None, None, "000270"]


@pytest.mark.parametrize(
    "country", ["Korea Rep.", "Korea, Rep. of", "Rep. of Korea", "S. Korea", "KOR", "Korea, Republic of"]
)
def test_korea_by_its_further_names(tmp_path: Path, country: str) -> None:
    assert cells(read(tmp_path, f'Name,Country,Weight\nKia,"{country}",100'), "foreign") == [(None,)]


def test_sectors_of_the_korea_exchange_are_groups(tmp_path: Path) -> None:
    lines = "종목명,종목코드,비중\n전기·전자,,60\n삼성전자,005930,60\n금융업,,40\nKB금융,105560,40"
    assert [name for (name,) in cells(read(tmp_path, lines), "name")] == ["삼성전자", "KB금융"]


def test_two_rows_of_known_headings_are_one_header_and_quantities_are_no_codes(tmp_path: Path) -> None:
    """`Holdings` means names elsewhere: 100 under it would be the code of a company."""
    head = "Security,,Holdings,,Market Value,,Weight\nName,ISIN,Quantity,Price,Local,USD,%"
    portfolio = read(
        tmp_path, f"{head}\nSamsung Electronics,KR7005930003,100,70000,7000000,5000,70\nToyota,,100,3,3,3,30"
    )
    assert cells(portfolio, "name", "stock_code", "value", "currency", "weight") == [
        ("Samsung Electronics", None, 5000.0, "USD", 0.7),
        ("Toyota", None, 3.0, "USD", 0.3),
    ]


def test_a_fund_and_its_sectors_above_its_holdings_are_totals(tmp_path: Path) -> None:
    lines = [
        "Security,Ticker,% Wgt Port,% Wgt Bench,% Wgt (+/-)",
        *("KOREA OPP,,100,100,0", "Tech Hardware,,60,50,10"),
        *("Samsung Electronics,005930 KS,40,30,10", "SK hynix,000660 KS,20,20,0"),
        *("[Cash],,40,50,-10", "U.S. Dollar,CASH_USD,40,50,-10"),
    ]
    portfolio = read(tmp_path, "\n".join(lines))
    assert cells(portfolio, "name", "weight") == [("Samsung Electronics", 0.4), ("SK hynix", 0.2), ("U.S. Dollar", 0.4)]


def test_sectors_that_are_parts_of_the_whole_are_no_sums(tmp_path: Path) -> None:
    assert cells(read(tmp_path, "종목명,비중\n삼성전자,70\n바이오,20\n현금,10"), "weight") == [(0.7,), (0.2,), (0.1,)]


@pytest.mark.parametrize("cell", ["KR7000270009 Kia", "Kia (KR7000270009)", "Kia, KR7000270009"])
def test_an_isin_beside_a_name_is_a_number(tmp_path: Path, cell: str) -> None:
    portfolio = read(tmp_path, f'Name,Weight\n"{cell}",100')
    assert cells(portfolio, "name", "isin") == [("Kia", "KR7000270009")]


def test_names_without_a_heading_are_read_where_nothing_else_names_companies(tmp_path: Path) -> None:
    portfolio = read(
        tmp_path, ",Symbol,Port. Ending Weight\nTotal,,100\nKia Corporation,000270-KR,60\nLG Electronics,,40"
    )
    assert cells(portfolio, "name", "weight") == [("Kia Corporation", 0.6), ("LG Electronics", 0.4)]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("매도RP(개인),RP", kinds.CASH),
        ("종투발행어음(약정식),발행어음", kinds.CASH),
        ("RECEIVABLE FOR SECURITIES SOLD,PENDING", kinds.CASH),
        ("GOVT STIF 16,STIF", kinds.CASH),
        ("POSCO HOLDINGS INC,Put", kinds.DERIVATIVE),
        ("KRW FWD,DFE", kinds.DERIVATIVE),
        ("Korea Republic 1.5% 2030,Bond", kinds.GOVERNMENT),
        ("RP Investment Advisors,Equity", kinds.SECURITY),
    ],
)
def test_kinds_in_the_words_of_custodians_and_filings(tmp_path: Path, line: str, kind: str) -> None:
    assert cells(read(tmp_path, f"Name,Asset Type,Value\n{line},1"), "kind") == [(kind,)]


def test_currencies_and_units_of_further_headings(tmp_path: Path) -> None:
    for heading, value, currency in (
        ("Value(Hundred Million KRW)", 7e8, "KRW"),
        ("원화평가금액", 7.0, "KRW"),
        ("評価額(百万円)", 7e6, "JPY"),
    ):
        assert cells(read(tmp_path, f"Name,통화,{heading}\nKia,USD,7"), "value", "currency") == [(value, currency)]


def test_quarters_are_days(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "Quarter,Name,Weight\n2026Q2,Kia,60\n2026Q2,POSCO,40\n2026Q3,Kia,50\n2026Q3,LG,50")
    assert [row for (row,) in cells(portfolio, "row")] == [4, 5]
