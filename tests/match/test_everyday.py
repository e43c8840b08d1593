"""Names as brokers, custodians, index funds and terminals write them, asked of the shipped store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from screener.match.identify import code_in_name
from screener.match.match import resolve
from screener.match.names import forms, paper
from screener.portfolio.match import match_holdings
from screener.portfolio.reader import read_holdings


def ask(con: duckdb.DuckDBPyConnection, country: str | None = "KR", **cells: str) -> dict[str, Any]:
    """The match of one query, with the name of its first candidate as `best`."""
    found = resolve(con, pl.DataFrame({"row": [1]} | {name: [cell] for name, cell in cells.items()}), country=country)
    best = found.candidates["name"].to_list()
    return found.matches.row(0, named=True) | {"best": best[0] if best else None}


WRITTEN = [
    ("에스케이하이닉스", "000660", None),
    ("엘지화학", "051910", None),
    ("케이티앤지", "033780", None),
    ("씨제이제일제당", "097950", None),
    ("삼성전자보통주", "005930", None),
    ("삼성전자(보통주)", "005930", None),
    ("Samsung Electronics Co., Ltd. - Common Stock", "005930", None),
    ("SAMSUNG ELECTRONICS CO LTD COMMON STOCK KRW100.0", "005930", None),
    ("LG전자우선주", "066570", "preference"),
    ("삼성전자(우)", "005930", "preference"),
    ("HYUNDAI MOTOR CO LTD-2ND PRF", "005380", "preference"),
    ("HYUNDAI MOTOR S2 PREFERRED", "005380", "preference"),
    ("Hyundai Motor Pref Series 2", "005380", "preference"),
    ("SAMSUNG ELECTRONICS NON VOTING PRE", "005930", "preference"),
    ("SAMSUNG ELECTRONICS CO LTD PFD NON VTG", "005930", "preference"),
    ("SAMSUNG ELECTRONICS CO L", "005930", None),
    ("LG전자 / 066570", "066570", None),
    ("HyundaiMtr(2PB)", "005380", "preference"),
    ("SAMSUNG ELECTRONICS CO LTD PFD NVTG", "005930", "preference"),
    ("Samsung Electronics Co Ltd Participating Preferred", "005930", "preference"),
    ("LG Chem Ltd Non-Cumulative Pfd", "051910", "preference"),
    ("KS:066570 LG Electronics", "066570", "common"),
    ("Kia Corp (KOSPI:000270)", "000270", "common"),
    ("Samsung Electronics Co Ltd [XKRX: 005930]", "005930", "common"),
    ("Hyundai Motor Company, Ltd. (Korea)", "005380", None),
    ("SK hynix Inc. [South Korea]", "000660", None),
    ("POSCO Holdings Inc (The)", "005490", None),
    ("LG CHEM LTD, SOUTH KOREA", "051910", None),
    ("현대자동차 울산공장", "005380", None),
    ("한화솔루션(주) 여수공장", "009830", None),
    ("삼성전자 본사", "005930", None),
    ("POSCO HOLDINGS INC POHANG WORKS", "005490", None),
    ("기아(Kia Corp)", "000270", None),
    ("POSCO홀딩스 (POSCO Holdings)", "005490", None),
    ("Samsung Electronics / 삼성전자", "005930", None),
    ("現代自動車(Hyundai Motor)", "005380", None),
    ("HYUNDAI MOTOR COMP", "005380", None),
    ("KOREA GAS CORPN", "036460", None),
    ("KOREAN AIR LINES CO LTD/KR", "003490", None),
    ("ORION CORP/REPUBLIC OF KOREA", "271560", None),
    ("サムスン電子", "005930", None),
    ("株式会社ポスコインターナショナル", "047050", None),
    ("Самсунг Электроникс", "005930", None),
]


def test_what_is_written_next_to_a_name_does_not_hide_it(shipped_con: duckdb.DuckDBPyConnection) -> None:
    queries = pl.DataFrame({"row": range(len(WRITTEN)), "name": [name for name, _, _ in WRITTEN]})
    matches = resolve(shipped_con, queries, country="KR").matches.rows(named=True)
    bearers = dict(
        shipped_con.execute(
            "select value, entity_id from identifier where scheme = 'krx' and valid_to is null"
        ).fetchall()
    )
    for (name, code, security), match in zip(WRITTEN, matches, strict=True):
        found = (match["entity_id"], match["decision"], match["security"])
        assert found == (bearers[code], "auto", security), (name, match)


def test_two_scripts_that_mean_two_companies_are_uncertain(shipped_con: duckdb.DuckDBPyConnection) -> None:
    names = [
        "삼성전자(Samsung Vietnam)",
        "한화(Hanwha Solutions)",
        "LG전자 / LG Chem",
        "기아(Some Other Co)",
        "삼성전자 베트남공장",
    ]
    matches = resolve(shipped_con, pl.DataFrame({"row": range(len(names)), "name": names})).matches
    assert "auto" not in matches["decision"].to_list()


def test_a_code_in_name_a_name_decides(shipped_con: duckdb.DuckDBPyConnection) -> None:
    names = ["삼성전자 (005930)", "005930 삼성전자", "[005930]삼성전자", "A005930 삼성전자"]
    matches = resolve(shipped_con, pl.DataFrame({"row": range(len(names)), "name": names})).matches
    assert matches["matched_by"].to_list() == ["stock_code"] * len(names)


def test_a_code_that_contradicts_the_name_is_for_a_person(shipped_con: duckdb.DuckDBPyConnection) -> None:
    pairs = [("005930", "SK하이닉스"), ("047050", "포스코홀딩스"), ("047050", "POSCO Holdings Inc")]
    in_the_name = [(f"{name}({code})", None) for code, name in pairs]
    in_its_column = [(name, code) for code, name in pairs]
    asked = pl.DataFrame(in_the_name + in_its_column, schema={"name": pl.String, "stock_code": pl.String}, orient="row")
    for match in resolve(shipped_con, asked.with_row_index("row").cast({"row": pl.Int64})).matches.rows(named=True):
        assert match["decision"] == "review", match
        assert "but the name means" in match["reason"]


@pytest.mark.parametrize("country", ["KR", None])
def test_a_foreign_company_form_is_another_company(shipped_con: duckdb.DuckDBPyConnection, country: str | None) -> None:
    names = ["Orion Oyj", "OCI N.V.", "LS S.p.A.", "Hana Tour GmbH", "PT Kolon Industries", "Coway Sdn. Bhd."]
    matches = resolve(shipped_con, pl.DataFrame({"row": range(len(names)), "name": names}), country=country).matches
    assert "auto" not in matches["decision"].to_list()


def test_a_name_that_a_narrow_column_cut_off_is_found(shipped_con: duckdb.DuckDBPyConnection) -> None:
    cut = {
        "KOREA AEROSPACE INDUSTRIE": "Korea Aerospace Industries (KAI)",
        "DOOSAN HEAVY INDUSTRIES & CONSTRUC": "Doosan Enerbility",
        "DAEWOO SHIPBUILDING & MARINE ENGINE": "Hanwha Ocean",
    }
    found = resolve(shipped_con, pl.DataFrame({"row": range(len(cut)), "name": list(cut)})).candidates
    best = found.filter(pl.col("rank") == 1).sort("row")["name"].to_list()
    assert dict(zip(cut, best, strict=True)) == cut


def test_a_company_that_went_bankrupt_is_said_to_be_delisted(shipped_con: duckdb.DuckDBPyConnection) -> None:
    match = ask(shipped_con, name="한진해운")
    assert match["decision"] == "auto"
    assert "delisted on 2017" in match["reason"]


def test_where_a_like_name_is_shown_it_is_not_said_that_there_is_none(shipped_con: duckdb.DuckDBPyConnection) -> None:
    match = ask(shipped_con, name="LG Electronics India Ltd")
    assert (match["best"], match["reason"]) == ("LG Electronics", "begins like LG Electronics, but is another name")


@pytest.mark.parametrize("name", ["대우", "서울우유", "신영스팩10호", "3S KOREA", "Pan Ocean", "A", "우", "(005930)"])
def test_cutting_off_leaves_a_name(name: str) -> None:
    cut = pl.DataFrame({"name": [name]}).select(paper.company(pl.col("name"))[0], code=code_in_name(pl.col("name")))
    assert cut["code"].to_list() == [None]
    assert cut.height == 1


@pytest.mark.parametrize(
    ("one", "other"), [("에스케이하이닉스", "SK하이닉스"), ("케이티앤지", "KT&G"), ("엘에스일렉트릭", "LS일렉트릭")]
)
def test_letters_written_by_their_names_are_the_letters(one: str, other: str) -> None:
    spelled = pl.DataFrame({"core": [one, other]}).select(forms.spelled(pl.col("core")))["core"]
    assert spelled[0] == spelled[1]


def test_a_group_s_name_is_not_the_company_that_adds_corporation_to_it(shipped_con: duckdb.DuckDBPyConnection) -> None:
    """현대코퍼레이션 is Hyundai Corporation; who writes `Hyundai` mostly means another company of that name."""
    names = ("Hyundai", "Hyundai Co., Ltd.", "Hyundai Corp", "현대코퍼레이션")
    assert [ask(shipped_con, name=name)["decision"] for name in names] == ["review", "review", "auto", "auto"]


# What someone holds, and the code of the company; each kind of name was once not found at all.
FOUND = [
    ("LG U+", "032640"),
    ("HYUNDAI DEPT STORE", "069960"),
    ("LG&#38;H&amp;H", "051900"),
    ("에쓰오일", "010950"),
    ("웅진코웨이", "021240"),
    ("现代汽车", "005380"),
    ("现代汽车株式会社", "005380"),
    ("SK海力士", "000660"),
    ("LG显示", "034220"),
    ("韩国轮胎", "161390"),
    ("POSCO控股", "005490"),
    ("アシアナ航空", "020560"),
    ("サムスン電機", "009150"),
]
# A name that is not the company's, but leads to it: it is shown first.
SHOWN_FIRST = [
    ("신한금융그룹", "055550"),
    ("하나금융그룹", "086790"),
    ("한국항공우주산업", "047810"),
    ("현대모터", "005380"),
    ("STX PAN OCEAN CO LTD", "028670"),
    ("STX팬오션", "028670"),
    ("KDB DAEWOO SECURITIES", "006800"),
]


@pytest.mark.parametrize(("name", "code"), FOUND + SHOWN_FIRST)
def test_the_company_that_a_name_means_is_the_first_candidate(
    shipped_con: duckdb.DuckDBPyConnection, name: str, code: str
) -> None:
    bearer = shipped_con.execute(
        "select entity_id from identifier where scheme = 'krx' and value = ? and valid_to is null", [code]
    ).fetchall()
    for country in ("KR", None):
        found = resolve(shipped_con, pl.DataFrame({"row": [1], "name": [name]}), country=country)
        assert found.candidates.row(0, named=True)["entity_id"] == bearer[0][0], found.matches.row(0)


@pytest.mark.parametrize("country", ["KR", None])
@pytest.mark.parametrize("name", ["株式会社オリオン", "オリオン株式会社", "株式会社ロッテ", "Орион"])
def test_one_word_that_only_sounds_the_same_is_for_a_person(
    shipped_con: duckdb.DuckDBPyConnection, name: str, country: str | None
) -> None:
    assert ask(shipped_con, country, name=name)["decision"] == "review"


@pytest.mark.parametrize("name", ["DB Corp Ltd", "D B CORP LTD"])
def test_two_letters_with_a_form_of_another_country_are_for_a_person(
    shipped_con: duckdb.DuckDBPyConnection, name: str
) -> None:
    assert ask(shipped_con, None, name=name)["decision"] == "review"
    assert ask(shipped_con, None, name="LS Corp.")["decision"] == "auto"


@pytest.mark.parametrize("country", ["KR", None])
@pytest.mark.parametrize("name", ["제일모직", "Cheil Industries Inc"])
def test_a_name_that_two_listed_companies_bore_in_succession_is_for_a_person(
    shipped_con: duckdb.DuckDBPyConnection, name: str, country: str | None
) -> None:
    found = resolve(shipped_con, pl.DataFrame({"row": [1], "name": [name]}), country=country)
    assert found.matches["decision"].to_list() == ["review"]
    assert found.matches["reason"][0].endswith("2 companies bear or bore this name")
    assert found.candidates.height == 2


def test_a_merged_companys_name_and_number_mean_the_company_of_today(
    shipped_con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    file = tmp_path / "holdings.csv"
    file.write_text("종목명,종목코드\n제일모직,001300\n제일모직,006400\n", "utf-8")
    matches = match_holdings(shipped_con, read_holdings(file)).matches
    assert matches["entity_id"].to_list() == ["kr-00126362"] * 2
