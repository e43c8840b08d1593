"""What the resolver says of portfolio lines, list entries and supplier names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.match.company import the_company
from screener.match.match import resolve
from screener.match.names.forms import repair_mojibake
from screener.match.names.index import NameIndex
from screener.match.names.prepared import comparable
from screener.match.remembered import query_keys

TEXT = ("name", "isin", "stock_code", "dart", "lei", "brn", "crn")


def ask(con: duckdb.DuckDBPyConnection, *, country: str | None = "KR", **cells: str) -> dict[str, Any]:
    """The match of one query."""
    return ask_all(con, [cells], country=country)[0]


def ask_all(
    con: duckdb.DuckDBPyConnection, queries: Sequence[Mapping[str, str]], *, country: str | None = "KR"
) -> list[dict[str, Any]]:
    """The matches of many queries, asked at once as the lines of a file are."""
    frame = pl.DataFrame(
        {"row": range(len(queries)), **{name: [cells.get(name) for cells in queries] for name in TEXT}},
        schema={"row": pl.Int64, **dict.fromkeys(TEXT, pl.String)},
    )
    return resolve(con, frame, country=country).matches.rows(named=True)


def ask_names(
    con: duckdb.DuckDBPyConnection, names: Iterable[str], *, country: str | None = "KR"
) -> dict[str, dict[str, Any]]:
    """The matches of names, by name."""
    asked = list(names)
    return dict(zip(asked, ask_all(con, [{"name": name} for name in asked], country=country), strict=True))


NUMBERS: list[tuple[dict[str, str], str, str, str | None]] = [
    ({"isin": "KR7005930003"}, "kr-00126380", "isin", "common"),
    ({"isin": "KR7005931001"}, "kr-00126380", "isin", "preference"),
    ({"stock_code": "5930"}, "kr-00126380", "stock_code", "common"),
    ({"stock_code": "A005935"}, "kr-00126380", "stock_code", "preference"),
    ({"stock_code": "006400.KS"}, "kr-00126362", "stock_code", "common"),
    ({"dart": "126380"}, "kr-00126380", "dart", None),
    ({"brn": "124-81-00998"}, "kr-00126380", "brn", None),
    ({"isin": "005930"}, "kr-00126380", "stock_code", "common"),
    ({"stock_code": "KR7005930003"}, "kr-00126380", "isin", "common"),
    ({"name": "KR7005930003"}, "kr-00126380", "isin", "common"),
    ({"name": "047050"}, "kr-00124504", "stock_code", "common"),
]


def test_a_number_names_its_company(con: duckdb.DuckDBPyConnection) -> None:
    matches = ask_all(con, [cells for cells, *_ in NUMBERS])
    found = [tuple(match[c] for c in ("entity_id", "matched_by", "security", "decision", "score")) for match in matches]
    assert found == [(entity, by, security, "auto", 1.0) for _, entity, by, security in NUMBERS]


SHAPES = {
    "삼성전자": "kr-00126380",
    "삼성전자(주)": "kr-00126380",
    "주식회사 포스코인터내셔널": "kr-00124504",
    "SAMSUNG ELECTRONICS CO.,LTD": "kr-00126380",
    "POSCO INTL CORP.,LTD": "kr-00124504",
    "KoreaGasCorporation": "kr-00261285",
    "삼성전자우": "kr-00126380",
    "»ï¼ºÀüÀÚ": "kr-00126380",
    "三星電子": "kr-00126380",
    "大韓航空": "kr-00113526",
    "POSCO Daewoo": "kr-00124504",
    "Hanwha Corporation": "kr-00160588",
    "(주)한화": "kr-00160588",
}


def test_a_name_is_known_in_many_shapes(con: duckdb.DuckDBPyConnection) -> None:
    found = ask_names(con, SHAPES)
    assert {name: (match["entity_id"], match["decision"]) for name, match in found.items()} == {
        name: (entity, "auto") for name, entity in SHAPES.items()
    }


def test_a_name_for_several_is_never_taken(con: duckdb.DuckDBPyConnection) -> None:
    for name, match in ask_names(con, ["삼성", "Samsung", "포스코", "HD Hyundai", "SK", "Korea", "Holdings"]).items():
        assert match["decision"] != "auto", name
        assert match["entity_id"] is None, name


HANGUL = {
    "Hyundai Engineering & Construction Co., Ltd.": "현대건설",
    "LG Energy Solution, Ltd.": "LG에너지솔루션",
    "Samsung SDI Co., Ltd.": "삼성에스디아이",
    "Kumho Petrochemical Co., Ltd.": "금호석유화학",
    "Lotte Energy Materials Corporation": "롯데에너지머티리얼즈",
    "Kolmar Korea Co., Ltd.": "한국콜마",
    "Hana Financial Twenty-five SPAC": "하나금융25호기업인수목적",
    "M2I Corporation": "엠투아이",
    "H&I., Ltd": "에이치앤아이",
    "Best Bristle Company Co., Ltd.": "비비씨",
    "Shinsegae Information & Communication Inc.": "신세계I&C",
    "KOCREF CR-REIT 3": "코크렙제3호CR리츠",
    "Hyundai Department Store Co., Ltd.": "현대백화점",
}
ALIKE = [
    "현대건설기계",
    "LG화학",
    "삼성에스디에스",
    "금호타이어",
    "롯데케미칼",
    "콜마홀딩스",
    "하나금융23호기업인수목적",
    "엠투엔",
    "에이치케이",
    "비씨씨",
    "신세계",
    "코크렙제2호CR리츠",
    "현대홈쇼핑",
]


def test_english_meets_hangul() -> None:
    from screener.match.names.search import match_names

    held = [*ALIKE, *HANGUL.values()]
    written = pl.DataFrame({"entity_id": held, "name": held, "label": held}).with_columns(
        kind=pl.lit("primary"), country=pl.lit("KR")
    )
    asked = pl.DataFrame({"row": range(len(HANGUL)), "name": list(HANGUL)})
    _, candidates = match_names(NameIndex.of(written), asked, "KR")
    best = candidates.unique("row", keep="first", maintain_order=True).sort("row")
    assert dict(zip(HANGUL, best["entity_id"], strict=True)) == HANGUL
    assert all(best["why"])


def test_wrong_check_digit_is_said_and_not_matched(con: duckdb.DuckDBPyConnection) -> None:
    match = ask(con, isin="KR7005930004")
    assert match["decision"] == "none"
    assert "wrong check digit" in match["reason"]
    with_name = ask(con, isin="KR7005930004", name="삼성전자")
    assert with_name["decision"] == "review"
    assert "wrong check digit" in with_name["reason"]


def test_numbers_that_disagree_are_for_a_person(con: duckdb.DuckDBPyConnection) -> None:
    match = ask(con, isin="KR7005930003", stock_code="000660")
    assert match["decision"] == "review"
    assert "Samsung Electronics" in match["reason"]
    assert "SK hynix" in match["reason"]


def test_number_and_name_that_disagree_are_for_a_person(con: duckdb.DuckDBPyConnection) -> None:
    match = ask(con, isin="KR7005930003", name="SK하이닉스")
    assert (match["decision"], match["entity_id"]) == ("review", None)
    assert "but the name means" in match["reason"]


def test_unknown_number_with_a_known_name_is_matched_by_name_and_says_so(con: duckdb.DuckDBPyConnection) -> None:
    match = ask(con, stock_code="999990", name="SK이노베이션")
    assert (match["decision"], match["matched_by"], match["entity_id"]) == ("auto", "name", "kr-00631518")
    assert "999990 is not in the store" in match["reason"]


def test_paper_of_another_country_is_not_taken_by_its_name(con: duckdb.DuckDBPyConnection) -> None:
    match = ask(con, isin="US0378331005", name="Korean Air")
    assert match["decision"] == "review"


def test_merged_company_resolves_to_its_successor(con: duckdb.DuckDBPyConnection) -> None:
    match = ask(con, stock_code="020560")
    assert match["entity_id"] == "kr-00113526"
    assert "Asiana Airlines is now part of Korean Air" in match["reason"]


def test_old_code_given_to_another_company_belongs_to_the_present_bearer(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert into identifier values ('kr-posco', 'krx', '000660', 'common', null, date '1999-01-01')")
    assert ask(con, stock_code="000660")["entity_id"] == "kr-00164779"


def test_supplier_anywhere_is_found_in_its_characters(con: duckdb.DuckDBPyConnection) -> None:
    match = ask(con, country=None, name="合盛硅业有限公司")
    assert (match["entity_id"], match["decision"]) == ("cn-hoshine", "auto")


def test_decision_of_a_person_goes_first_and_can_be_taken_back(con: duckdb.DuckDBPyConnection) -> None:
    assert ask(con, name="Hanwha", country=None)["decision"] == "review"
    key = query_keys(pl.DataFrame({"row": [1], "name": [" hanwha  Co., Ltd. "]}))["query_key"][0]
    con.execute(
        "insert into decision values (1, ?, 'Hanwha', 'kr-00160588', 'ana', timestamp '2026-01-02', null, null)", [key]
    )
    match = ask(con, name="Hanwha", country=None)
    assert (match["entity_id"], match["matched_by"], match["reason"]) == (
        "kr-00160588",
        "person",
        "decided by ana on 2026-01-02",
    )
    con.execute("update decision set undone_at = timestamp '2026-01-03', undone_by = 'ana'")
    assert ask(con, name="Hanwha", country=None)["decision"] == "review"


def test_every_query_has_one_row_in_order(con: duckdb.DuckDBPyConnection) -> None:
    queries = pl.DataFrame({"row": [9, 3, 5], "name": ["삼성전자", None, "nothing like it at all"]})
    matches = resolve(con, queries).matches
    assert matches["row"].to_list() == [3, 5, 9]
    assert matches["decision"].to_list() == ["none", "none", "auto"]


def test_order_of_rows_changes_nothing(con: duckdb.DuckDBPyConnection) -> None:
    names = ["삼성전자", "Samsung SDI", "Hanwha Solution", "Korea Gas", "POSCO Intl", "SK Hynixx", "대한항공우"]
    queries = pl.DataFrame({"row": range(7), "name": names})
    first, second = resolve(con, queries), resolve(con, queries.reverse())
    assert first.matches.equals(second.matches)
    assert first.candidates.equals(second.candidates)


HOSTILE = [
    "",
    " ",
    "A",
    "가",
    "a" * 10_000,
    "가" * 10_000,
    "😀😀😀",
    "שלום בע״מ",
    "é" + "́" * 500,
    "‮evil",
    "'; drop table entity; --",
    '=HYPERLINK("http://x")',
    "\x00\x01",
    "%s{}\\",
    "Co., Ltd.",
    "주식회사",
    "0",
    "ＡＢＣ",
]


def test_hostile_names_are_no_company(con: duckdb.DuckDBPyConnection) -> None:
    found = ask_all(con, [{"name": name, "isin": name, "stock_code": name} for name in HOSTILE])
    assert [match["decision"] for match in found] == ["none"] * len(HOSTILE)
    assert con.execute("select count(*) from entity").fetchall() == [(16,)]


@settings(max_examples=6)
@given(st.lists(st.text(max_size=30), min_size=20, max_size=30))
def test_no_text_is_taken_for_a_company_that_it_does_not_name(texts: list[str]) -> None:
    written = pl.DataFrame({"entity_id": ["kr-1", "kr-2"], "name": ["삼성전자", "Korea Gas Corporation"]}).with_columns(
        label=pl.col("name"), kind=pl.lit("primary"), country=pl.lit("KR")
    )
    from screener.match.names.search import match_names

    matches, _ = match_names(NameIndex.of(written), pl.DataFrame({"row": range(len(texts)), "name": texts}), "KR")
    assert matches.height == len(texts)
    assert all(d == "none" or len(text) >= 3 for text, d in zip(texts, matches["decision"], strict=True))


def test_empty_store_and_empty_queries(con: duckdb.DuckDBPyConnection) -> None:
    nothing = pl.DataFrame(schema={"row": pl.Int64, "name": pl.String})
    assert resolve(con, nothing).matches.height == 0
    for table in ("entity", "identifier", "entity_name"):
        con.execute(f"delete from {table}")
    assert ask(con, name="삼성전자", isin="KR7005930003")["decision"] == "none"


def test_a_namesake_without_a_market_leaves_a_listed_company_alone(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert into entity values ('kr-9', 'company', 'Old Gas', '한국가스공사', null, 'KR', null, null)")
    con.execute("insert into entity values ('kp-9', 'company', 'Korea Gas Corporation', null, null, 'KP', null, null)")
    assert ask(con, name="한국가스공사")["entity_id"] == "kr-00261285"
    assert ask(con, name="Korea Gas Corporation")["entity_id"] == "kr-00261285"
    # A list or a supplier file may mean any of them.
    assert ask(con, name="한국가스공사", country=None)["decision"] == "review"
    # Two listed ones stay ambiguous.
    con.execute("update entity set market = 'KOSDAQ' where entity_id = 'kr-9'")
    assert ask(con, name="한국가스공사")["decision"] == "review"


def test_a_portfolio_means_the_listed_company_that_bore_a_name_and_says_so(con: duckdb.DuckDBPyConnection) -> None:
    match = ask(con, name="POSCO")
    assert (match["entity_id"], match["reason"]) == ("kr-00155319", "POSCO is a former name")
    assert ask(con, name="POSCO", country=None)["decision"] == "review"
    # Who bears the name today on the market goes before who bore it.
    con.execute("update entity set market = 'KOSPI' where entity_id = 'kr-posco'")
    assert ask(con, name="POSCO")["entity_id"] == "kr-posco"


def test_the_name_of_a_listed_share_is_its_company_in_a_portfolio_and_doubtful_in_a_list(
    shipped_con: duckdb.DuckDBPyConnection,
) -> None:
    names = ["LG", "한화", "HD Hyundai", "SK", "Hanwha", "OCI"]
    in_portfolio, in_list = ask_names(shipped_con, names), ask_names(shipped_con, names, country=None)
    assert [match["decision"] for match in in_portfolio.values()] == ["auto"] * len(names)
    assert [match["decision"] for match in in_list.values()] == ["review"] * len(names)


def test_a_registry_of_other_companies_makes_no_listed_name_doubtful(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert into entity values ('kr-kt', 'company', 'KT', 'KT', null, 'KR', 'KOSPI', null)")
    for number, name in enumerate(("KT Sat", "KT Estate", "KT Cloud", "KT Commerce", "KT Engineering", "KT Sports")):
        con.execute(
            "insert into entity values (?, 'company', ?, null, null, 'KR', null, null)", [f"kr-k{number}", name]
        )
    assert ask(con, name="KT")["entity_id"] == "kr-kt"
    con.execute("update entity set market = 'KOSDAQ' where entity_id like 'kr-k%'")
    assert ask(con, name="KT")["entity_id"] == "kr-kt"
    assert ask(con, name="KT", country=None)["decision"] == "review"


@pytest.mark.parametrize(("right", "wrong"), [("cp949", "latin-1"), ("utf-8", "latin-1"), ("utf-8", "mac_roman")])
@pytest.mark.parametrize("name", ["삼성전자", "SK하이닉스", "(주)한화", "한국가스공사"])
def test_mojibake_is_repaired(name: str, right: str, wrong: str) -> None:
    assert repair_mojibake(name.encode(right).decode(wrong)) == name


def test_western_names_are_no_mojibake() -> None:
    for name in ("Société Générale", "Münchener Rück", "ÅÄÖ AB", "Ørsted", "L’Oréal", "Türkiye İş Bankası", "한화 »ï"):
        assert repair_mojibake(name) == name


def test_windows_mojibake_with_open_bytes_is_repaired() -> None:
    assert repair_mojibake("ì‚¼ì„±ì\xa0„ìž\x90") == "삼성전자"


def test_among_very_many_names_like_ones_are_searched_at_home_and_the_very_name_everywhere(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {
        "Hoshine Silicon Industry": ("cn-hoshine", "auto"),  # abroad, letter by letter
        "Hoshine Silikon Industri": (None, "none"),  # abroad, and only alike
        "Samsung Elektronics": ("kr-00126380", "auto"),  # at home, and only alike
        "Samsung": (None, "review"),  # what others continue stays doubtful
        "대한항공": ("kr-00113526", "auto"),
    }
    monkeypatch.setattr("screener.match.names.index.MANY", 0)
    found = ask_names(con, asked)
    assert {name: (match["entity_id"], match["decision"]) for name, match in found.items()} == asked
    # Suppliers may be anywhere, so there everybody is searched.
    assert ask(con, country=None, name="Hoshine Silikon Industri")["decision"] != "none"


SOUND_LIKE = {
    "코아스": "KOGAS, which is 한국가스공사 in Hangul",
    "케이알": "Korean Air, by the letters of its English name",
    "하이트진로홀딩스": "Hite Jinro, which it holds",
    "HANJIN SHIPPING CO., LTD.": "Hanjin Transportation, by 한진",
    "SONGWON INDUSTRIAL CO.,LTD": "Dongwon Industries, one letter of seven and a word of trade away",
    "ST&I Co., Ltd.": "STI, without the sign",
    "GAIA CORPORATION CO., LTD": "Kia, by 기아",
}


def test_a_company_that_the_store_lacks_is_not_taken_for_one_that_sounds_like_it(
    shipped_con: duckdb.DuckDBPyConnection,
) -> None:
    table = NameIndex.build(shipped_con).table
    keys = comparable(pl.DataFrame({"name": list(SOUND_LIKE)}))["key"]
    bearers = table.filter(pl.col("key").is_in(keys.implode()))["entity_id"].unique().to_list()
    for name in ("entity", "entity_name"):
        shipped_con.execute(
            f"create temp table {name} as from main.{name} where entity_id not in (select unnest(?))", [bearers]
        )
    asked = pl.DataFrame({"row": range(len(SOUND_LIKE)), "name": list(SOUND_LIKE)})
    found = resolve(shipped_con, asked).matches
    taken = found.filter(pl.col("decision") == "auto")["row"]
    assert [list(SOUND_LIKE.items())[row] for row in taken] == []


def test_letters_joined_by_a_sign_are_found_with_and_without_it_where_a_blank_stands_for_it(
    shipped_con: duckdb.DuckDBPyConnection,
) -> None:
    found = ask_names(shipped_con, ["KT&G", "KT G CORP", "KT AND G Corporation", "케이티앤지"])
    assert {name: match["decision"] for name, match in found.items()} == dict.fromkeys(found, "auto")


def test_who_asks_for_a_company_that_merged_hears_whose_facts_are_shown(shipped_con: duckdb.DuckDBPyConnection) -> None:
    said: list[str] = []
    assert the_company(shipped_con, "HD Hyundai Infracore", said.append) == "kr-01205842"
    assert said == ["merged: HD Hyundai Infracore is now part of HD Construction Equipment"]
    assert the_company(shipped_con, "kr-00344287", said.append) == "kr-00344287"
    assert len(said) == 1
