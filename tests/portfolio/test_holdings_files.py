"""Holdings files of the kinds that brokers, custodians and vendors hand out: each read as a person would read it."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from screener.errors import ScreenerError
from screener.portfolio.reader import Portfolio, read_holdings
from tests.portfolio.files import cells, problems, read


def book(path: Path, **sheets: list[list[object]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        page = made.create_sheet(title)
        for row in rows:
            page.append(row)
    held = io.BytesIO()
    made.save(held)
    path.write_bytes(held.getvalue())
    return path


def notes(portfolio: Portfolio) -> str:
    return "\n".join(portfolio.notes)


# --- sheets and headers ----------------------------------------------------------------------------------


def test_all_sheets_with_holdings_are_read_and_each_line_says_which(tmp_path: Path) -> None:
    head: list[object] = ["종목코드", "종목명", "비중(%)"]
    path = book(
        tmp_path / "p.xlsx",
        표지=[["운용보고서"], ["작성일", "2026-10-31"]],
        KOSPI=[head, ["005930", "삼성전자", 70]],
        KOSDAQ=[head, ["086520", "에코프로", 20], ["합계", None, 90]],
        기타=[head, ["047050", "포스코인터내셔널", 10]],
    )
    portfolio = read_holdings(path)
    assert cells(portfolio, "row", "sheet", "line", "name", "weight") == [
        (2, "KOSPI", 2, "삼성전자", 0.7),
        (12, "KOSDAQ", 2, "에코프로", 0.2),
        (22, "기타", 2, "포스코인터내셔널", 0.1),
    ]
    assert "3 of 4 sheets were read: 'KOSPI', 'KOSDAQ' (rows 10 and on), '기타' (rows 20 and on)" in portfolio.notes
    assert "nothing to read in sheets '표지'" in portfolio.notes
    assert problems(portfolio) == [(13, "a line of totals, not a holding")]
    assert cells(read_holdings(path, sheets=["기타"]), "name", "weight") == [("포스코인터내셔널", 0.1)]


def test_two_header_rows_with_merged_headings(tmp_path: Path) -> None:
    path = book(
        tmp_path / "p.xlsx",
        보유=[
            ["운용 보유종목 (2026-10-31 기준)"],
            ["종목코드", "종목명", "보유", None, "평가", None],
            [None, None, "수량", "단가", "금액(원)", "비중(%)"],
            ["005930", "삼성전자", 100, 70000, 7000000, 70],
            ["047050", "포스코인터내셔널", 60, 50000, 3000000, 30],
            ["합계", None, None, None, 10000000, 100],
        ],
    )
    portfolio = read_holdings(path)
    assert cells(portfolio, "row", "value", "currency", "weight") == [(4, 7e6, "KRW", 0.7), (5, 3e6, "KRW", 0.3)]
    assert "columns that were not used: 보유 수량, 보유 단가" in portfolio.notes
    assert problems(portfolio) == [(6, "a line of totals, not a holding")]


def test_two_lines_a_holding_are_read_as_pairs_or_refused(tmp_path: Path) -> None:
    head = "종목명,잔고수량,평가금액\n종목코드,현재가,손익률\n"
    lines = '삼성전자,10,"700,000"\n005930,"70,000",16.67\n에코프로,5,"300,000"\n086520,"60,000",0.40\n'
    portfolio = read(tmp_path, head + lines)
    assert cells(portfolio, "row", "stock_code", "value") == [(3, "005930", 700000), (5, "086520", 300000)]
    with pytest.raises(ScreenerError, match="two lines a record, but an odd number"):
        read(tmp_path, head + lines + '삼성SDI,5,"300,000"\n')


def test_duplicate_headings_do_no_harm(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "name,name,weight,weight\n삼성전자,,60,1\n,에코프로,40,2\n")
    assert cells(portfolio, "name", "weight") == [("삼성전자", 0.6), ("에코프로", 0.4)]
    assert "several columns of weights: 'weight' is read" in notes(portfolio)


def test_the_column_that_names_companies_is_chosen_and_the_other_is_named_in_a_note(tmp_path: Path) -> None:
    portfolio = read(
        tmp_path, "Security,Company Name,Weight\nCommon,POSCO International,50\nPreference,Samsung Electronics,50\n"
    )
    assert cells(portfolio, "name") == [("POSCO International",), ("Samsung Electronics",)]
    assert "columns that were not used: Security" in portfolio.notes
    portfolio = read(
        tmp_path,
        "Security,Name,Weight\n005930 KS Equity,SAMSUNG ELECTRONICS,50\nPKX US Equity,POSCO HOLDINGS-SPON ADR,50\n",
    )
    assert cells(portfolio, "name", "stock_code") == [
        ("SAMSUNG ELECTRONICS", "005930 KS Equity"),
        ("POSCO HOLDINGS-SPON ADR", "PKX US Equity"),
    ]


def test_numbers_of_several_schemes_in_one_column_are_read_for_what_they_are(tmp_path: Path) -> None:
    numbers = [
        "BBG000H2SY74",
        "6771720",
        "796050888",
        "00126380",
        "1301110006246",
        "124-81-00998",
        "9884007ER46L6N7EI764",
        "KR7005930003",
        "005930",
    ]
    portfolio = read(tmp_path, "Identifier,Name,Weight\n" + "".join(f"{n},A{i},10\n" for i, n in enumerate(numbers)))
    columns = ("figi", "sedol", "cusip", "dart", "crn", "brn", "lei", "isin", "stock_code")
    assert [next(c for c in columns if row[c]) for row in portfolio.holdings.iter_rows(named=True)] == list(columns)
    assert (2, "a FIGI, which is not known here") in problems(portfolio)
    assert (3, "a SEDOL, which is not known here") in problems(portfolio)


def test_title_notes_and_sentences_below_the_table_are_no_holdings(tmp_path: Path) -> None:
    text = (
        'iShares Fund\nFund Holdings as of,"Oct 31, 2026"\nStock,-\n\nTicker,Name,Asset Class,Weight (%),Location\n'
        "005930,SAMSUNG ELECTRONICS LTD,Equity,99,Korea (South)\nKRW,KRW CASH,Cash,1,Korea (South)\n\n"
        '"The content contained herein is owned or licensed by somebody and is protected by applicable laws."\n'
    )
    portfolio = read(tmp_path, text)
    assert cells(portfolio, "row", "kind") == [(6, "security"), (7, "cash")]
    assert problems(portfolio) == [(9, "a remark, not a holding")]


# --- totals ----------------------------------------------------------------------------------------------

TOTALS = "소 계|소계(코스피)|합  계|총합계|계|주식 합계|총 평가금액|총자산|순자산총액|Grand Total|Sub-total|Summe|Gesamtsumme|TOTAL EQUITIES|Total assets|Totale|合计|合計|Итого"


@pytest.mark.parametrize("total", TOTALS.split("|"))
def test_totals_in_any_language_and_spacing(tmp_path: Path, total: str) -> None:
    portfolio = read(
        tmp_path,
        f"종목코드,종목명,평가금액\n005930,삼성전자,7000000\n,{total},7000000\n047050,포스코인터내셔널,3000000\n,{total},10000000\n",
    )
    assert cells(portfolio, "row", "weight") == [(2, 0.7), (4, 0.3)]
    assert {problem for _, problem in problems(portfolio)} == {"a line of totals, not a holding"}


@pytest.mark.parametrize(
    "name", ["TotalEnergies SE", "계룡건설", "한국총판", "Sumitomo", "합성고무", "계양전기", "Total Soft Bank"]
)
def test_companies_that_begin_like_totals_are_companies(tmp_path: Path, name: str) -> None:
    assert len(read(tmp_path, f"name,weight\n삼성전자,60\n{name},40\n").holdings) == 2


def test_a_line_without_number_that_equals_the_sum_above_is_a_total(tmp_path: Path) -> None:
    text = "ISIN,Name,Value\nKR7005930003,Samsung,70\nKR7000660001,SK hynix,25\n,Our shares,95\nKR7047050000,POSCO International,5\n,Everything,100\n"
    portfolio = read(tmp_path, text)
    assert cells(portfolio, "row", "weight") == [(2, 0.7), (3, 0.25), (5, 0.05)]
    assert [row for row, problem in problems(portfolio) if "equals the sum of other lines" in problem] == [4, 6]


def test_equal_amounts_in_a_file_of_names_are_no_totals(tmp_path: Path) -> None:
    assert len(read(tmp_path, "name,weight\n삼성전자,10\nSK하이닉스,20\n포스코,30\n").holdings) == 3


# --- weights ---------------------------------------------------------------------------------------------


def test_the_newest_of_several_weight_columns_is_read_and_said(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "종목명,비중(2025-09),비중(2025-12),BM 비중\nA,10,60,5\nB,90,40,5\n")
    assert cells(portfolio, "weight") == [(0.6,), (0.4,)]
    assert "'비중(2025-12)' is read, the newest of" in notes(portfolio)
    assert "columns that were not used: 비중(2025-09), BM 비중" in portfolio.notes


@pytest.mark.parametrize("other", ["전월 비중", "Benchmark weight", "Previous weight", "Active weight", "목표 비중"])
def test_weights_of_another_day_or_a_benchmark_are_not_those_held(tmp_path: Path, other: str) -> None:
    assert cells(read(tmp_path, f"종목명,{other},비중\nA,1,60\nB,1,40\n"), "weight") == [(0.6,), (0.4,)]


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("ISIN;Name;Weight\nKR7005930003;Samsung;12,345\nKR7047050000;POSCO Intl;87,655\n", [0.12345, 0.87655]),
        ('ISIN,Name,Weight\nKR7005930003,Samsung,"12,345"\nKR7047050000,POSCO Intl,"87,655"\n', [0.12345, 0.87655]),
        ("Name;Weight\nA;12,5\nB;87,5\n", [0.125, 0.875]),
        ("Name;Weight\nA;0,125\nB;0,875\n", [0.125, 0.875]),
        ("name,비중(%)\nA,0.6\nB,0.4\n", [0.6, 0.4]),
    ],
)
def test_decimal_commas_and_fractions_under_percent_are_recognised_by_the_sum(
    tmp_path: Path, text: str, weights: list[float]
) -> None:
    assert [weight for (weight,) in cells(read(tmp_path, text), "weight")] == [pytest.approx(w) for w in weights]


def test_the_sums_of_long_and_short_positions_are_reported(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "종목명,비중(%)\nA,120%\nB,-20%\n")
    assert cells(portfolio, "weight") == [(1.2,), (None,)]
    assert "long positions sum to 120 %, short ones to 20 %" in portfolio.notes
    assert problems(portfolio) == [(3, "a negative weight (a short position?)")]


def test_each_line_without_a_value_is_listed_with_its_cell(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "종목명,평가금액\nA,7000000\nB,\nC,-\nD,N/A\nE,#DIV/0!\n")
    assert list(portfolio.rejects.select("row", "problem", "found").iter_rows()) == [
        (3, "no value", None), (4, "not a number", "-"), (5, "not a number", "N/A"), (6, "not a number", "#DIV/0!"),
    ]  # fmt: skip


def test_values_in_currencies_by_heading_cell_or_column(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "ISIN,Name,Market Value EUR\nKR7005930003,Samsung,75\nKR7047050000,Posco,25\n")
    assert cells(portfolio, "currency", "weight") == [("EUR", 0.75), ("EUR", 0.25)]
    portfolio = read(
        tmp_path, 'Name,Market Value\nA,"₩1,234,567"\nB,"KRW 12,345"\nC,"$1,000.50"\nD,"12,000원"\nE,€500\n'
    )
    assert cells(portfolio, "currency", "weight") == [
        ("KRW", None),
        ("KRW", None),
        ("USD", None),
        ("KRW", None),
        ("EUR", None),
    ]
    assert "several currencies (EUR, KRW, USD)" in notes(portfolio)


def test_units_of_headings_titles_and_cells(tmp_path: Path) -> None:
    assert cells(read(tmp_path, "종목명,평가액(억 원)\nA,30\n"), "value", "currency") == [(3e9, "KRW")]
    assert cells(read(tmp_path, "(단위: 백만원)\n종목명,평가금액\nA,30\n"), "value") == [(3e7,)]
    portfolio = read(tmp_path, '종목명,평가금액\nA,1조 2천억\nB,"3,500만원"\nC,12억원\nD,5백만원\n')
    assert [value for (value,) in cells(portfolio, "value")] == [1.2e12, 3.5e7, 1.2e9, 5e6]


def test_headings_that_are_not_used_are_named(tmp_path: Path) -> None:
    assert "columns that were not used: 지분율, 메모" in read(tmp_path, "종목명,지분율,메모\n삼성전자,7.6,x\n").notes


# --- kinds of lines --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            "cash",
            "예수금|현금|원화예수금|외화예수금(USD)|RP|MMF|CMA|미수금|미지급금|현금성자산|USD Cash|유동성자산|정기예금|콜론|증거금|배당금 미수|Cash|Time Deposit",
        ),
        (
            "derivative",
            "KOSPI200 F 202612|코스피200 선물 12월물|KOSPI2 INX FUT DEC 26|USD/KRW FX forward|삼성전자 콜옵션",
        ),
        (
            "government_bond",
            "국고채03250-2903(26-3)|국고03250-2903|통안채|통안증권DC026|KOREA TREASURY BOND 3.25% 03/10/2029|US Treasury Note",
        ),
        (
            "fund",
            "KODEX 200|TIGER 200 IT|KODEX 인버스|한국투자삼성그룹적립식증권투자신탁1호(주식)|iShares MSCI South Korea ETF|삼성전자레버리지|ACE 미국S&P500",
        ),
        (
            "security",
            "삼성전자|POSCO Future M|선도전기|남선물산|한국투자신탁운용|TIGER ELEC CO.,LTD.|맥쿼리인프라|신한알파리츠|대한항공104-2",
        ),
    ],
)
def test_what_names_say_of_the_kind_of_a_line(tmp_path: Path, kind: str, names: str) -> None:
    portfolio = read(
        tmp_path,
        "종목명,종목코드\n" + "".join(f'"{n}",{"003670" if "Future" in n else ""}\n' for n in names.split("|")),
    )
    read_as = dict(portfolio.holdings.select("name", "kind").iter_rows())
    assert {name: found for name, found in read_as.items() if found != kind} == {}


@pytest.mark.parametrize(
    ("asset_class", "kind"),
    [
        ("Cash", "cash"),
        ("Money Market", "cash"),
        ("Futures", "derivative"),
        ("Equity", "security"),
        ("ETF", "fund"),
        ("수익증권", "fund"),
        ("국채", "government_bond"),
        ("회사채", "security"),
        ("Corporate Bond", "security"),
        ("주식", "security"),
        ("파생상품", "derivative"),
    ],
)
def test_the_files_own_asset_class_decides(tmp_path: Path, asset_class: str, kind: str) -> None:
    portfolio = read(tmp_path, f"Name,Asset Class,Weight\nBLK CSH FND,{asset_class},1\n")
    assert cells(portfolio, "kind") == [(kind,)]


def test_a_bond_belongs_to_its_issuer(tmp_path: Path) -> None:
    portfolio = read(
        tmp_path, "종목명,ISIN,비중\n대한항공104-2,KR6003491DA5,60\nKOREAN AIR LINES CO LTD 4.75% 05/23/2027,,40\n"
    )
    assert cells(portfolio, "company", "security") == [("대한항공", "bond"), ("KOREAN AIR LINES CO LTD", "bond")]
