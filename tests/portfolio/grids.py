"""Files like those that people hand over, made by Hypothesis from the layouts of tests/portfolio: bent, damaged, and in any format."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from hypothesis import strategies as st

Grid = list[list[str]]

HOLDINGS: list[Grid] = [
    [["종목코드", "종목명", "평가금액"], ["005930", "삼성전자", "7,000,000"], ["", "소 계", "7,000,000"], ["047050", "포스코인터내셔널", "-"], ["", "합계", "7,000,000"]],
    [["ISIN", "Name", "Weight (%)", "Country"], ["KR7005930003", "Samsung Electronics", "60.5", "Korea"], ["US0378331005", "Apple Inc", "39.5", "US"]],
    [["운용 현황"], [], ["종목코드", "종목명", "보유", "", "평가", ""], ["", "", "수량", "단가", "금액(원)", "비중(%)"], ["005930", "삼성전자", "1", "2", "70", "70"]],
    [["종목명", "잔고수량", "평가금액"], ["종목코드", "현재가", "손익률"], ["삼성전자", "10", "700,000"], ["005930", "70,000", "16.67"]],
    [["Security", "Name", "Weight"], ["005930 KS Equity", "SAMSUNG ELECTRONICS CO LTD", "50"], ["PKX US Equity", "POSCO HOLDINGS INC-SPON ADR", "50"]],
    [["Identifier", "Market Value"], ["BBG000H2SY74", "₩1,234"], ["796050888", "$5"], ["9884007ER46L6N7EI764", "3,500만원"], ["124-81-00998", "1조 2천억"]],
    [["ISIN", "Name", "Value"], ["KR7005930003", "Samsung", "70"], ["KR7000660001", "SK hynix", "25"], ["", "Domestic equities", "95"]],
    [["name"], ["한화"], ["LG"], ["TOTAL EQUITIES"]],
    [["종목명", "비중(2025-09)", "비중(2025-12)"], ["현금", "0.1", "0,125"], ["KODEX 200", "0.9", "0,875"]],
]  # fmt: skip
DELIVERIES: list[Grid] = [
    [["공급사", "구매사", "품목", "HS코드", "원산지", "금액(USD)", "거래시작", "거래종료"], ["신장중태화학", "삼성전자", "폴리실리콘", "2804.61", "신장", "1,200,000", "20230101", "20231231"]],
    [["supplier", "buyer", "hs_code", "origin_region", "value_usd", "valid_from", "valid_to"], ["Hoshine", "Hyundai Motor", "280461", "CN-XJ", "450000", "45000", "45291"]],
    [["Shipper", "Consignee", "Country of Origin", "Arrival date", "Value"], ["A Co", "B Co", "China", "01/02/2023", "€5"], ["", "B Co", "x", "31/12/2023", ""]],
]  # fmt: skip
REVIEWS: list[Grid] = [
    [["row", "name", "decision", "choice", "candidate_id", "candidate"], ["2", "삼성전자", "auto", "1", "kr-00126380", "Samsung"], ["3", "한화", "review", "", "kr-00160588", "Hanwha"]],
]  # fmt: skip

_TOKENS = (
    "|0|-1|5%|120%|합계|소계|Total|현금|KRW|005930|A005930|KR7005930003|US0378331005|N/A|-|#DIV/0!|1e400|inf|nan|=1+1|'|\"|;|a,b|(3)|12,345|1.234,5"
    "|2023-01-01|45000|99999|01/02/2023|신장|China|CN-XJ|none|1|kr-00126380|99999999999999999999|종목명|name|weight|비중|평가금액|row|choice|Samsung ADR|대한항공104-2"
    "|\u00a0|\u202e|\ufeff|x"
    + "x" * 300
    + "|"
    + "조억만천" * 5
    + "|"
    + "1조" * 9
    + "|KODEX 200|Oyj|₩|$|.|,|--|0x1F|１２|우|㈜|ＡＢＣ"
).split("|")
CELLS = st.sampled_from(_TOKENS) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<"), max_size=12
)


@dataclass(frozen=True)
class Made:
    """A file, and the numbers of its filled lines where they are known (None where its bytes were damaged)."""

    path: Path
    filled: list[int] | None


@st.composite
def bent(draw: st.DrawFn, grids: list[Grid]) -> Grid:
    """A grid with some cells, rows and columns changed, doubled, taken away or put elsewhere."""
    grid = [list(row) for row in draw(st.sampled_from(grids))]
    for _ in range(draw(st.integers(0, 6))):
        row = draw(st.integers(0, len(grid) - 1))
        act = draw(
            st.sampled_from(
                ["cell", "cell", "cell", "drop row", "blank row", "repeat", "title", "swap", "column", "longer"]
            )
        )
        if act == "cell" and grid[row]:
            grid[row][draw(st.integers(0, len(grid[row]) - 1))] = draw(CELLS)
        elif act == "drop row" and len(grid) > 1:
            del grid[row]
        elif act == "blank row":
            grid.insert(row, draw(st.sampled_from([[], [""], [" ", "\u00a0"]])))
        elif act == "repeat":
            grid.insert(draw(st.integers(0, len(grid))), list(grid[row]))
        elif act == "title":
            grid.insert(0, [draw(CELLS)])
        elif act == "swap":
            other = draw(st.integers(0, len(grid) - 1))
            grid[row], grid[other] = grid[other], grid[row]
        elif act == "column":
            place = draw(st.integers(0, 6))
            for line in grid:
                if place < len(line):
                    line.insert(place, line[place]) if draw(st.booleans()) else line.pop(place)
        elif act == "longer":
            grid[row] += draw(st.lists(CELLS, max_size=3))
    return grid


def filled(grid: Grid) -> list[int] | None:
    """Numbers of the lines with anything in them; None where a text file cannot tell a cell from a separator or a mark of order."""
    signs = set(",;|\t\ufeff\u00a0 ")
    if all(len(row) < 2 for row in grid if any(cell.strip() for cell in row)):
        return None
    if any(cell.strip() and set(cell) <= signs for row in grid for cell in row):
        return None
    return [number for number, row in enumerate(grid, 1) if any(cell.strip() for cell in row)]


@st.composite
def files(draw: st.DrawFn, grids: list[Grid], folder: Path) -> Made:
    """A file of a bent grid in any format and encoding, some of them damaged."""
    grid = draw(bent(grids))
    path = folder / "file.csv"
    form = draw(st.sampled_from(["text"] * 6 + ["xlsx", "html", "parquet", "damaged"]))
    if form == "xlsx":
        _write_workbook(path, grid)
        return Made(path, filled(grid))
    if form == "html":
        rows = "".join(
            "<tr>" + "".join(f"<td>{cell.replace('&', '&amp;')}</td>" for cell in row) + "</tr>" for row in grid
        )
        path.write_text(f"<html><meta charset='utf-8'><table>{rows}</table></html>", encoding="utf-8")
        return Made(path, None)
    if form == "parquet":
        wide = max((len(row) for row in grid), default=0) or 1
        names = [
            f"{cell or 'c'}{'' if grid[0].count(cell) == 1 else n}"
            for n, cell in enumerate((grid[0] + [""] * wide)[:wide])
        ]
        names = [name if name not in names[:n] else f"{name}~{n}" for n, name in enumerate(names)]
        pl.DataFrame(
            [(row + [""] * wide)[:wide] for row in grid[1:]], schema=dict.fromkeys(names, pl.String), orient="row"
        ).write_parquet(path)
        return Made(path, None)
    held = io.StringIO()
    csv.writer(
        held,
        delimiter=draw(st.sampled_from([",", ";", "\t", "|"])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
    ).writerows(grid)
    text = held.getvalue()
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le"]))
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        content, encoding = text.encode(), "utf-8"
    if form == "damaged":
        chance = random.Random(draw(st.integers(0, 2**32)))
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 8)):
            if damaged:
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(bytes(damaged[: chance.randint(0, len(damaged))]))
        return Made(path, None)
    path.write_bytes(content)
    return Made(path, filled(grid) if encoding.startswith("utf-8") else None)


def _write_workbook(path: Path, grid: Grid) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet("Holdings")
        for number, row in enumerate(grid):
            for place, cell in enumerate(row):
                if cell:
                    page.write_string(number, place, cell)
