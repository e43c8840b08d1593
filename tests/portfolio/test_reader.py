"""Holdings files as brokers and spreadsheets write them, good and bad: nothing is dropped unsaid."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screener.errors import ScreenerError
from screener.portfolio.reader import read_holdings
from tests.portfolio.files import cells, problems, read, workbook

ROWS = "종목명,종목코드,비중\n삼성전자,005930,60\nSK하이닉스,000660,40\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le-bom"])
def test_korean_files_in_the_encodings_of_korean_desks(tmp_path: Path, encoding: str) -> None:
    content = b"\xff\xfe" + ROWS.encode("utf-16-le") if encoding == "utf-16-le-bom" else ROWS.encode(encoding)
    portfolio = read(tmp_path, content)
    assert cells(portfolio, "name", "stock_code", "weight") == [
        ("삼성전자", "005930", 0.6),
        ("SK하이닉스", "000660", 0.4),
    ]
    assert portfolio.rejects.is_empty()


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path: Path, mark: str, line_end: str) -> None:
    portfolio = read(tmp_path, ROWS.replace(",", mark).replace("\n", line_end))
    assert cells(portfolio, "row", "stock_code", "weight") == [(2, "005930", 0.6), (3, "000660", 0.4)]


def test_title_lines_above_the_header_are_reported(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "펀드 보유내역\n기준일: 2024-06-28,,\n\n" + ROWS)
    assert cells(portfolio, "row", "name") == [(5, "삼성전자"), (6, "SK하이닉스")]
    assert any("row 4" in note for note in portfolio.notes)


def test_a_workbook_with_numbers_for_codes(tmp_path: Path) -> None:
    rows = [
        ["Fund", None, None],
        [],
        ["종목명", "종목코드", "비중(%)"],
        ["삼성전자", 5930, 60.5],
        ["유한양행", 100, 39.5],
        [None, None, None],
    ]
    portfolio = read_holdings(workbook(tmp_path / "p.xlsx", rows))
    assert [name for name, _ in cells(portfolio, "name", "stock_code")] == ["삼성전자", "유한양행"]
    assert [float(str(code)) for _, code in cells(portfolio, "name", "stock_code")] == [5930, 100]
    assert cells(portfolio, "weight") == [(0.605,), (0.395,)]


def test_parquet_of_any_types(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "stock_code": [5930, 660],
            "Weight": [Decimal("0.6"), Decimal("0.4")],
            "As of": [dt.date(2024, 6, 28)] * 2,
            "raw": [b"\xff\xfe", b"ok"],
            "tags": [["a"], []],
            "flag": [True, None],
            "kind": pl.Series(["a", "b"], dtype=pl.Categorical),
        }
    )
    frame.write_parquet(tmp_path / "p.parquet")
    assert cells(read_holdings(tmp_path / "p.parquet"), "row", "stock_code", "weight") == [
        (1, "5930", 0.6),
        (2, "660", 0.4),
    ]


@pytest.mark.parametrize("heading", ["row", "Row", "weight_written", "value_number", "kind", "table", "filled"])
def test_headings_that_the_program_uses_itself_do_no_harm(tmp_path: Path, heading: str) -> None:
    portfolio = read(tmp_path, f"{heading},name,weight\n7,삼성전자,100\n")
    assert cells(portfolio, "row", "name", "weight") == [(2, "삼성전자", 1.0)]


BAD_FILES = [
    (b"", "the file is empty"),
    (b"\xef\xbb\xbf", "the file is empty"),
    (b"\n \n,,\n", "the file is empty"),
    (b"name,weight\n", "no holdings"),
    (b"name,weight\n,\n,\n", "no holdings"),
    (b"Datum,Betrag\n2024,5\n", "no column that identifies a company was recognised"),
    ("이름,비중\n".encode() + b"\xff\xff\x80,5\n", "neither UTF-8 nor CP949"),
    (b"name\x00,weight\nA,5\n", "not a text file"),
    (b"PK\x03\x04broken", "not a readable Excel workbook"),
    (b"PAR1broken", "not a readable Parquet file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not a readable Excel workbook"),
]


@pytest.mark.parametrize(("content", "problem"), BAD_FILES)
def test_a_file_that_holds_no_portfolio_is_one_clear_line(tmp_path: Path, content: bytes, problem: str) -> None:
    with pytest.raises(ScreenerError, match=problem) as wrong:
        read(tmp_path, content)
    assert wrong.value.exit_code == 2
    assert wrong.value.do
    assert "\n" not in wrong.value.line()


def test_a_missing_file_and_a_folder_are_distinguished(tmp_path: Path) -> None:
    with pytest.raises(ScreenerError, match="no such file"):
        read_holdings(tmp_path / "nothing.csv")
    with pytest.raises(ScreenerError, match="a folder"):
        read_holdings(tmp_path)


def test_columns_can_be_named_where_they_are_not_recognised(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "Wertpapier;Anteil\nKR7005930003;100\n", isin="Wertpapier", weight="Anteil")
    assert cells(portfolio, "isin", "weight") == [("KR7005930003", 1.0)]
    with pytest.raises(ScreenerError, match="no such heading"):
        read(tmp_path, ROWS, isin="Wertpapier")
    with pytest.raises(ScreenerError, match="no such column"):
        read(tmp_path, ROWS, wkn="종목명")


@pytest.mark.parametrize(
    ("weights", "scale", "note"),
    [
        (["57", "40"], 100, "sum to 97 %"),
        (["0.62", "0.40"], 1, "sum to 102 %"),
        (["60%", "40%"], 100, "read as percent"),
        (["0.6", "0.4"], 1, "read as fractions"),
        (["60.0", "40.2"], 100, "read as percent"),
        (["0", "0"], 1, "sum to 0 %"),
    ],
)
def test_percent_and_fractions_are_distinguished_and_never_rescaled(
    tmp_path: Path, weights: list[str], scale: int, note: str
) -> None:
    portfolio = read(tmp_path, "name,weight\n" + "".join(f"A{i},{w}\n" for i, w in enumerate(weights)))
    assert [w for (w,) in cells(portfolio, "weight")] == [pytest.approx(float(w.strip("%")) / scale) for w in weights]
    assert any(note in text for text in portfolio.notes), portfolio.notes


def test_negative_and_missing_weights_are_reported_and_the_lines_stay(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "name,weight\nA,60\nB,-5\nC,\nD,(3)\nE,n/a\nF,45\n")
    assert cells(portfolio, "name", "weight") == [
        ("A", 0.6),
        ("B", None),
        ("C", None),
        ("D", None),
        ("E", None),
        ("F", 0.45),
    ]
    assert problems(portfolio) == [
        (3, "a negative weight (a short position?)"),
        (4, "no weight"),
        (5, "a negative weight (a short position?)"),
        (6, "not a number"),
    ]


@pytest.mark.parametrize(
    "cell", ["inf", "-inf", "1e400", "NaN", "2024-01-05", "12-3", "1.2.3", "0x1F", "١٢", "=1+1", "--5", "(5", "5)"]
)
def test_what_is_no_number_is_reported_and_never_guessed(tmp_path: Path, cell: str) -> None:
    portfolio = read(tmp_path, f"name,weight\nA,40\nB,{cell}\nC,60\n")
    assert cells(portfolio, "name", "weight") == [("A", 0.4), ("B", None), ("C", 0.6)]
    assert problems(portfolio) == [(3, "not a number")]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1,234.5", 1234.5),
        ("₩1,234,567", 1234567),
        ("1 234", 1234),
        ("12,5", 12.5),
        ("0,125", 0.125),
        ("12,3456", 12.3456),
        ("1,000", 1000),
        ("5.5 %", 5.5),
        ("1e-3", 0.001),
        ("+5", 5),
        ("１２", 12),
        ("1.234.567,8", 1234567.8),
    ],
)
def test_numbers_as_people_write_them(tmp_path: Path, cell: str, number: float) -> None:
    portfolio = read(tmp_path, f'name,market value\nA,"{cell}"\n')
    assert cells(portfolio, "value") == [(pytest.approx(number),)], problems(portfolio)


def test_weights_come_from_values_where_there_are_none(tmp_path: Path) -> None:
    portfolio = read(tmp_path, 'name,평가금액\nA,"3,000,000"\nB,"1,000,000"\nC,-500\n')
    assert cells(portfolio, "weight") == [(0.75,), (0.25,), (None,)]
    assert problems(portfolio) == [(4, "a negative value (a short position?)")]


def test_values_in_several_currencies_are_not_added_up(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "name,value,currency\nA,100,KRW\nB,100,USD\n")
    assert cells(portfolio, "weight") == [(None,), (None,)]
    assert any("several currencies (KRW, USD)" in note for note in portfolio.notes)


def test_duplicate_lines_are_reported_and_both_counted(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "name,weight\nA,30\nB,40\nA,30\n")
    assert problems(portfolio) == [(4, "the same line already appears above")]
    assert cells(portfolio, "weight") == [(0.3,), (0.4,), (0.3,)]


def test_totals_and_lines_without_a_name_are_set_aside_and_reported(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "name,isin,weight\nA,,90\n,,10\n합계,,100\nTotal,FR0000120271,5\n")
    assert problems(portfolio) == [(3, "no cell identifies a company"), (4, "a line of totals, not a holding")]
    assert cells(portfolio, "row", "foreign") == [(2, None), (5, "its ISIN is of FR")]


def test_cells_beyond_the_header_are_reported(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "name,weight\nSamsung Electronics Co., Suwon,60\nB,40\n")
    assert any("more cells than the header" in note for note in portfolio.notes), portfolio.notes


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("현금,,,KRW", "cash"),
        ("Cash and cash equivalents,,,", "cash"),
        ("예수금,,,", "cash"),
        ("USD,,USD,", "cash"),
        ("MMF 1호,,,", "cash"),
        ("KOSPI200 선물 2409,,101V9000,", "derivative"),
        ("USD/KRW FX forward,,,", "derivative"),
        ("Apple Inc,US0378331005,,US", "foreign"),
        ("Toyota,,7203 JT,", "foreign"),
        ("Sony,,,Japan", "foreign"),
        ("Apple,,AAPL,", "foreign"),
        ("삼성전자,KR7005930003,,", "security"),
        ("삼성전자,,005930.KS,KR", "security"),
        ("Samsung,,5930,Korea (South)", "security"),
        ("선도전기,,007610,", "security"),
        ("선도전기,,,", "security"),
        ("Future Core,KR7151910003,,", "security"),
        ("Coupang,US22266T1097,CPNG,US", "foreign"),
        ("삼성전자,KR7005930003,,US", "security"),
    ],
)
def test_kinds_of_lines(tmp_path: Path, line: str, kind: str) -> None:
    """`foreign` here: a reason to take the paper for one of another country, which its name may still contradict."""
    portfolio = read(tmp_path, f"name,isin,ticker,country\n{line}\n")
    read_as, foreign = cells(portfolio, "kind", "foreign")[0]
    assert ("foreign" if foreign else read_as) == kind


CELL = st.text(st.characters(exclude_characters="\r\n\x00", exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["", "합계", "현금", "005930", "-1", "5%", '"']
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=6))
def test_every_line_is_a_holding_or_is_reported_whatever_it_contains(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    import csv

    path = tmp_path_factory.mktemp("p") / "p.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "ticker", "weight"])
        writer.writerows(rows)
    lines = {number for number, row in enumerate(rows, 2) if any(cell.strip() for cell in row)}
    try:
        portfolio = read_holdings(path)
    except ScreenerError as error:
        wrong = str(error)
    else:
        wrong = ""
    if wrong:
        assert "no holdings" in wrong
        return
    held = set(portfolio.holdings["row"])
    gone = set(portfolio.rejects["row"].drop_nulls()) - held
    assert held | gone == lines
    assert len(portfolio.holdings) == len(held)
    assert portfolio.holdings["weight"].is_null().sum() + portfolio.holdings["weight"].fill_null(
        0
    ).is_finite().sum() >= len(held)
