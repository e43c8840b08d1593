"""Any file that holds tables is read; what it is, is seen from its bytes, not from its name."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from screener.errors import ScreenerError
from screener.portfolio.reader import read_holdings
from screener.readers.deliveries import read_deliveries
from screener.readers.header import Vocabulary, find_table, read_tables
from screener.readers.html import html_tables
from screener.readers.sheets import Sheet, read_sheets

TEXT = "종목명,비중\n삼성전자,60\n에코프로,40\n"
ROWS = [["종목명", "비중"], ["삼성전자", "60"], ["에코프로", "40"]]
WORDS = Vocabulary(
    {
        "name": ("name", "종목명"),
        "code": ("code", "종목코드"),
        "value": ("금액", "평가금액", "value"),
        "weight": ("비중", "weight"),
    }
)


def read(folder: Path, content: bytes, *sheets: str, name: str = "file.dat") -> tuple[list[Sheet], list[str]]:
    path = folder / name
    path.write_bytes(content)
    return read_sheets(path, "FILE", sheets)


def book(**sheets: list[list[object]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        page = made.create_sheet(title)
        for row in rows:
            page.append(row)
    return made


def saved(made: openpyxl.Workbook) -> bytes:
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_with_and_without_marks(tmp_path: Path, encoding: str) -> None:
    sheets, notes = read(tmp_path, TEXT.encode(encoding))
    assert sheets[0].rows == ROWS
    assert bool(notes) == (encoding in ("cp949", "utf-16-le", "utf-16-be"))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Selskab;Markedsværdi\nMærsk;5\nØrsted;6\nCôte d’Émeraude;3\n", "cp1252"),
        ("Nazwa;Wartość\nŻabka Spółka;5\nJastrzębska Spółka;6\nMiędzyrzecz;3\n", "cp1250"),
        ("Название;Доля\nГазпром;5\nЛукойл;6\nНорильский никель;3\n", "cp1251"),
        ("Name;Gewicht\nMünchener Rück AG;5\nÖsterreichische Post;6\nGöteborgs Bank;3\n", "cp1252"),
        ("コード,銘柄\n1,サムスン\n", "shift_jis"),
        ("銘柄,比率\nソニーグループ株式会社,5\nトヨタ自動車株式会社,6\n", "shift_jis"),
    ],
)
def test_other_encodings_are_recognised(tmp_path: Path, text: str, encoding: str) -> None:
    sheets, notes = read(tmp_path, text.encode(encoding))
    assert sheets[0].rows[1][0] == text.splitlines()[1].replace(";", ",").split(",")[0]
    assert "read as" in notes[0]


@pytest.mark.parametrize("heading", ["证券名称,权重", "股票代码,股票名称,市值"])
def test_chinese_in_its_own_encoding_is_not_taken_for_korean(tmp_path: Path, heading: str) -> None:
    text = f"{heading}\n三星电子,60\n现代汽车,40\n"
    sheets, _ = read(tmp_path, text.encode("gbk"))
    assert sheets[0].rows[1] == ["三星电子", "60"]


_EXCEL_2003 = """<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles><Style ss:ID="p"><NumberFormat ss:Format="0.0%"/></Style></Styles>
<Worksheet ss:Name="a"><Table><Row ss:Index="2"><Cell><Data ss:Type="String">Name</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">Kia</Data></Cell><Cell ss:Index="3" ss:StyleID="p"><Data ss:Type="Number">0.4</Data></Cell></Row>
</Table></Worksheet></Workbook>"""
_WEB_ARCHIVE = """MIME-Version: 1.0
Content-Type: multipart/related; boundary="b"

--b
Content-Transfer-Encoding: quoted-printable
Content-Type: text/html; charset="utf-8"

<table><tr><td>Name</td></tr><tr><td>Ki=
a</td><td></td><td>40%</td></tr></table>
--b--
"""


@pytest.mark.parametrize(("text", "above"), [(_EXCEL_2003, [[]]), (_WEB_ARCHIVE, [])])
def test_further_kinds_of_files_named_xls(tmp_path: Path, text: str, above: list[list[str]]) -> None:
    sheets, _ = read(tmp_path, text.encode(), name="p.xls")
    assert sheets[0].rows == [*above, ["Name"], ["Kia", None, "40%"]]


_BROKEN = [_EXCEL_2003.replace('ss:Index="2"', 'ss:Index="two"'), _EXCEL_2003.replace("0.4", "four")]


@pytest.mark.parametrize("text", ['[{"name": "Kia"}]', "%PDF-1.7", "<rss><a>b</a></rss>", *_BROKEN])
def test_files_without_tables_are_refused_by_their_kind(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScreenerError, match="no tables are read from files of this kind"):
        read(tmp_path, text.encode())


def test_an_html_table_named_xls_is_read_with_its_spans(tmp_path: Path) -> None:
    page = (
        "<html><meta charset='euc-kr'><table><tr><th rowspan=2>종목명</th><th colspan=2>평가</th></tr><tr><th>금액</th><th>비중</th></tr>"
        "<tr><td>삼성전자</td><td>7</td><td>70</td></tr></table></html>"
    )
    sheets, _ = read(tmp_path, page.encode("cp949"), name="잔고.xls")
    assert sheets[0].rows == [["종목명", "평가", "평가"], ["종목명", "금액", "비중"], ["삼성전자", "7", "70"]]
    table = find_table(sheets[0], WORDS)
    assert (table.headings, table.lines, table.rows) == (
        ["종목명", "금액", "비중"],
        [3],
        [["삼성전자", "7", "70"]],
    )


def test_a_table_in_a_frame_of_one_cell_is_read() -> None:
    frame = "<table><tr><td><table><tr><td>a</td><td>b<table><tr><td>c</td></tr></table></td></tr></table></td></tr></table>"
    assert [table.rows for table in html_tables(frame)] == [[["a", "bc"]]]


def test_deeply_nested_pages_are_bounded() -> None:
    page = "<table><tr><td>" + "<div>" * 5000 + "x" + "</div>" * 5000 + "</td></tr></table>"
    assert len(html_tables(page)) <= 1


def test_visible_sheets_are_read_hidden_ones_are_named(tmp_path: Path) -> None:
    made = book(KOSPI=[["종목명"], ["삼성전자"]], old=[["종목명"], ["에코프로"]])
    made["old"].sheet_state = "hidden"
    sheets, notes = read(tmp_path, saved(made))
    assert [sheet.name for sheet in sheets] == ["KOSPI"]
    assert notes == ["hidden sheets were not read: old (--sheet NAME reads one)"]
    assert [sheet.name for sheet in read(tmp_path, saved(made), "old")[0]] == ["old"]
    with pytest.raises(ScreenerError, match=r"no such sheet.*KOSPI, old"):
        read(tmp_path, saved(made), "new")


def test_a_text_has_no_sheets_to_choose(tmp_path: Path) -> None:
    with pytest.raises(ScreenerError, match="no sheets"):
        read(tmp_path, TEXT.encode(), "KOSPI")


def test_hidden_rows_are_known_and_merged_names_stand_in_each_row(tmp_path: Path) -> None:
    made = book(a=[["종목명", "비중"], ["삼성전자", 60], [None, 30], ["에코프로", 10]])
    made["a"].merge_cells("A2:A3")
    made["a"].row_dimensions[4].hidden = True
    sheet = read(tmp_path, saved(made))[0][0]
    assert (sheet.name, sheet.hidden) == (None, frozenset({4}))
    assert sheet.rows[1:] == [["삼성전자", "60"], ["삼성전자", "30"], ["에코프로", "10"]]


@pytest.mark.parametrize("ending", ["ods", "xls"])
def test_broken_workbooks_of_other_programs_are_an_error(tmp_path: Path, ending: str) -> None:
    magic = {"ods": b"PK\x03\x04", "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}[ending]
    with pytest.raises(ScreenerError, match="not a readable Excel workbook"):
        read(tmp_path, magic + b"broken")


def test_parquet_counts_its_records_from_one(tmp_path: Path) -> None:
    pl.DataFrame({"종목명": ["삼성전자"], "비중": [60.5], "tags": [["a"]]}).write_parquet(tmp_path / "p")
    sheet = read_sheets(tmp_path / "p", "FILE")[0][0]
    assert (sheet.first, sheet.rows) == (0, [["종목명", "비중"], ["삼성전자", "60.5"]])


def test_a_heading_is_recognised_whatever_is_written_next_to_it() -> None:
    for heading in (
        "비중(%)",
        "비중 (2025-12)",
        "Weight 2025-09-30",
        "Weight 30 Sep 2025",
        "WEIGHT_",
        "비중 2025년 12월",
    ):
        assert WORDS.recognise(heading) == "weight", heading
    for heading in (
        "평가금액(원)",
        "Value EUR",
        "Value (USD mn)",
        "평가금액(백만원)",
        "value_usd",
        "평가금액(2025.12.31)",
    ):
        assert WORDS.recognise(heading) == "value", heading
    assert WORDS.recognise("수량") is None


@pytest.mark.parametrize(
    ("rows", "headings", "lines"),
    [
        ([["펀드"], ["종목명", "비중"], ["삼성전자", "60"]], ["종목명", "비중"], [3]),
        ([["종목명", "평가", None], [None, "금액", "비중"], ["A", "7", "70"]], ["종목명", "평가 금액", "비중"], [3]),
        ([["종목명", "비중", "비중"], ["A", "7", "70"]], ["종목명", "비중", "비중 (2)"], [2]),
        ([["종목명", "취득", "평가"], [None, "금액", "금액"], ["A", "7", "70"]], ["종목명", "취득 금액", "평가 금액"], [3]),
        ([["종목명", "비중"], ["A", "7"], ["종목명", "비중"], ["B", "8"]], ["종목명", "비중"], [2, 4]),
        ([["종목명", None], ["A", "x"]], ["종목명", "column 2"], [2]),
        ([["name", "code"], ["weight", "x"], ["b", "2"]], ["name", "code"], [2, 3]),
    ],
)  # fmt: skip
def test_where_tables_begin(rows: list[list[str | None]], headings: list[str], lines: list[int]) -> None:
    table = find_table(Sheet(None, rows), WORDS)
    assert (table.headings, table.lines) == (headings, lines)
    head = [n for n, row in enumerate(rows, 1) if n <= table.above + 1 or n not in lines]
    assert sorted([*table.lines, *head]) == [n for n, row in enumerate(rows, 1) if any(row)]


def test_two_header_lines_for_two_lines_a_record() -> None:
    rows: list[list[str | None]] = [
        ["종목명", "금액"],
        ["종목코드", "손익"],
        ["삼성전자", "7"],
        ["005930", "1"],
        ["에코프로", "8"],
        ["086520", "2"],
    ]
    table = find_table(Sheet(None, rows), WORDS)
    assert table.headings == ["종목명", "금액", "종목코드", "손익"]
    assert table.rows == [["삼성전자", "7", "005930", "1"], ["에코프로", "8", "086520", "2"]]
    assert (table.lines, table.above) == ([3, 5], 0)


def test_covers_and_sheets_that_repeat_another_are_passed_over() -> None:
    cover = Sheet("표지", [["운용보고서"]])
    whole = Sheet("all", [["종목명", "비중"], ["A", "60"], ["B", "40"]])
    top = Sheet("top", [["종목명", "비중"], ["A", "60"]])
    tables, notes = read_tables(
        [cover, top, whole],
        WORDS,
        {},
        "--column",
        "FILE",
        lambda t: None if "종목명" in t.headings else ("none", "give one"),
    )
    assert [table.sheet.name for table in tables] == ["all"]
    assert "nothing to read in sheets '표지'" in notes
    assert any("repeats lines" in note for note in notes)


def test_headers_that_stand_again_are_no_records_of_two_lines(tmp_path: Path) -> None:
    """A statement of two lines a holding, printed on two pages: each page begins with both header lines."""
    head = "종목명,잔고수량,평가금액\n종목코드,현재가,손익률\n"
    text = head + '삼성전자,10,"700,000"\n005930,"70,000",16.67\n' + head + '한화,5,"100,000"\n000880,"20,000",1.5\n'
    path = tmp_path / "two.csv"
    path.write_text(text, encoding="utf-8")
    read = read_holdings(path)
    assert read.holdings["stock_code"].to_list() == ["005930", "000880"]


def test_a_delivery_may_take_two_lines(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text(
        "Shipper,Value\nConsignee,Product\nHoshine,100\nHanwha,silicon\nDaqo,5\nOCI,cells\n", encoding="utf-8"
    )
    read = read_deliveries(path, where="--supply")
    assert read.frame.select("row", "supplier", "buyer", "product").rows() == [
        (3, "Hoshine", "Hanwha", "silicon"),
        (5, "Daqo", "OCI", "cells"),
    ]
