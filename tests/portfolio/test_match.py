"""What a holdings file says besides names and numbers decides with them; what contradicts is reported and never taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from screener.portfolio.match import match_holdings
from tests.portfolio.files import read
from tests.rules.facts import Facts, at


@pytest.fixture(scope="module")
def store() -> Iterator[duckdb.DuckDBPyConnection]:
    facts = Facts()
    companies = {
        "kr-90000010": ("900010", "Hanbit Energy", "한빛에너지", "KOSPI"),
        "kr-90000020": ("900020", "Miru Holdings", "미루홀딩스", "KOSPI"),
        "kr-90000030": ("900030", "Orion Foods", "오리온푸드", "KOSPI"),
        "kr-90000040": ("900040", "QB", "QB", "KOSDAQ"),
        "kr-90000050": ("900050", "Sori Infra Fund", "소리인프라펀드", "KOSPI"),
        "kr-90000080": ("000080", "Dasom Brewing", "다솜주조", "KOSPI"),
    }
    for entity_id, (code, name, name_ko, market) in companies.items():
        facts.entity(entity_id, name=name, name_ko=name_ko, market=market, status="active")
        facts.row("identifier", entity_id=entity_id, scheme="krx", value=code, security="common")
    facts.row("identifier", entity_id="kr-90000020", scheme="isin", value="US0000000002", security="receipt")
    facts.row("entity_name", entity_id="kr-90000020", name="옛미루", lang="ko", kind="former")
    facts.entity("kr-90000060", name="Garam Shipping", name_ko="가람해운", market="KOSPI", status="dissolved")
    facts.row("identifier", entity_id="kr-90000060", scheme="krx", value="900060", security="common")
    facts.entity("kr-90000070", name="Nabi Steel", name_ko="나비철강", status="merged", successor_id="kr-90000010")
    facts.row("identifier", entity_id="kr-90000070", scheme="krx", value="900070", security="common")
    with at(facts) as con:
        yield con


def all_matched(con: duckdb.DuckDBPyConnection, folder: Path, head: str, lines: Sequence[str]) -> list[dict[str, Any]]:
    """What each line of a file is matched to, with the name of its first candidate."""
    found = match_holdings(con, read(folder, "\n".join([head, *lines]) + "\n"))
    first = dict(found.candidates.filter(pl.col("rank") == 1).select("row", "name").iter_rows())
    return [match | {"candidate": first.get(match["row"])} for match in found.matches.rows(named=True)]


def matched(con: duckdb.DuckDBPyConnection, folder: Path, head: str, line: str) -> dict[str, Any]:
    return all_matched(con, folder, head, [line])[0]


HEAD = "name,isin,code,country"


PAPERS = [
    ("Miru Holdings GDR,US0000000002,,", "auto", "kr-90000020", "receipt"),  # the table of receipts knows it
    ("Miru Holdings ADR,US0378331005,,", "review", None, "receipt"),
    ("Miru Holdings,US0378331005,,", "review", None, None),
    ("Miru Holdings ADR,,,", "auto", "kr-90000020", "receipt"),
    ("Miru Holdings,,MIRU US,", "review", None, None),
    ("Miru Holdings,,,United States", "review", None, None),
    ("Miru Holdings,BBG000B9XRY4,,", "auto", "kr-90000020", None),
    ("Quite Another Inc,US0378331005,,", "none", None, None),
    ("Quite Another Inc,,QTA,", "none", None, None),
    ("Orion Foods Oyj,,,", "review", None, None),
    ("Orion Foods Oyj,,,Finland", "none", None, None),
    ("Orion Foods,,,Korea (South)", "auto", "kr-90000030", None),
    ("[900010]한빛에너지,,,", "auto", "kr-90000010", "common"),
    ("한빛에너지2우B,,,", "auto", "kr-90000010", "preference"),
    ("한빛에너지104-2,KR6900011D12,,", "auto", "kr-90000010", "bond"),
    ("Sori Infra Fund,,900050,", "auto", "kr-90000050", "common"),  # a fund that is listed as a company is one
    ("KODEX 200,,069500,", "none", None, None),
]


def test_papers_of_korean_issuers_under_any_number(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    matches = all_matched(store, tmp_path, HEAD, [line for line, *_ in PAPERS])
    for (line, *expected), found in zip(PAPERS, matches, strict=True):
        assert [found["decision"], found["entity_id"], found["security"]] == expected, (line, found)
        assert (found["candidate"] is not None) == (found["decision"] != "none"), (line, found)


def test_a_foreign_paper_whose_name_is_korean_says_why_it_is_not_taken(
    store: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    found = matched(store, tmp_path, HEAD, "Miru Holdings,US0378331005,,")
    assert found["reason"] == "its ISIN is of US, but the name means Miru Holdings"
    assert found["candidate"] == "Miru Holdings"


@pytest.mark.parametrize("line", ["한빛에너지,,900020,", "Hanbit Energy,,900020,"])
def test_a_code_and_a_name_that_contradict_are_reported_and_not_taken(
    store: duckdb.DuckDBPyConnection, tmp_path: Path, line: str
) -> None:
    found = matched(store, tmp_path, HEAD, line)
    assert (found["decision"], found["entity_id"]) == ("review", None)
    assert "900020" in found["reason"] or "another company" in found["reason"]


@pytest.mark.parametrize(
    ("code", "decision"), [("900010", "review"), ("900010.KS", "auto"), ("900010 KS", "auto"), ("KRX:900010", "auto")]
)
@pytest.mark.parametrize("name", ["潍柴重机", "ハンファエネルギー"])
def test_a_code_with_its_market_needs_no_known_name_in_chinese_or_japanese(
    store: duckdb.DuckDBPyConnection, tmp_path: Path, name: str, code: str, decision: str
) -> None:
    assert matched(store, tmp_path, HEAD, f"{name},,{code},")["decision"] == decision
    assert matched(store, tmp_path, HEAD, f"Weichai Heavy Machinery,,{code},")["decision"] == "review"


@pytest.mark.parametrize("name", ["TCL TECHNOLOGY GROUP CORP CLASS A", "潍柴重机", "과천전자"])
def test_a_code_of_another_exchange_is_not_taken_for_that_of_seoul(
    store: duckdb.DuckDBPyConnection, tmp_path: Path, name: str
) -> None:
    """Shenzhen numbers its shares as Seoul does."""
    found = matched(store, tmp_path, HEAD, f"{name},,900020,")
    assert (found["decision"], found["entity_id"]) == ("review", None)
    assert "not known by this name" in found["reason"]
    assert found["candidate"] == "Miru Holdings"


@pytest.mark.parametrize(
    ("name", "code", "decision"),
    [("Automobiles", "80", "review"), ("다솜주조", "80", "auto"), ("화학", "000080", "auto")],
)
def test_a_short_number_beside_a_sector_is_hardly_a_code(
    store: duckdb.DuckDBPyConnection, tmp_path: Path, name: str, code: str, decision: str
) -> None:
    """A table of sectors and their weights may stand below that of the holdings."""
    assert matched(store, tmp_path, HEAD, f"{name},,{code},")["decision"] == decision


@pytest.mark.parametrize(
    ("column", "cell", "decision"),
    [
        ("country", "China", "none"),
        ("exchange", "Shenzhen Stock Exchange", "none"),
        ("시장구분", "심천", "none"),
        ("exchange", "SZSE", "none"),
        ("exchange", "Euronext Amsterdam", "none"),
        ("exchange", "Nasdaq Helsinki", "none"),
        ("exchange", "미국 나스닥", "none"),
        ("exchange", "Korea Exchange (KOSDAQ)", "auto"),
        ("exchange", "유가증권(KOSPI)", "auto"),
        ("시장구분", "코스피", "auto"),
        ("exchange", "Somewhere", "auto"),
        ("country", "Asia", "auto"),
    ],
)
def test_six_digits_are_of_the_exchange_or_country_beside_them(
    store: duckdb.DuckDBPyConnection, tmp_path: Path, column: str, cell: str, decision: str
) -> None:
    assert matched(store, tmp_path, f"code,{column}", f"900020,{cell}")["decision"] == decision
    assert matched(store, tmp_path, f"code,{column}", f"A900020,{cell}")["decision"] == "auto"


@pytest.mark.parametrize(
    ("name", "currency", "others", "decision"),
    [
        ("Miru Holdings", "ILS", "KRW", "review"),
        ("Miru Holdings", "EUR", "KRW", "review"),
        ("Miru Holdings", "KRW", "TWD", "auto"),
        ("Miru Holdings", "USD", "KRW", "auto"),  # most receipts are in dollars
        ("Miru Holdings GDR", "EUR", "KRW", "auto"),
        ("Miru Holdings 3.5% 2027", "CHF", "KRW", "auto"),
        ("Miru Holdings", "GBP", "GBP", "auto"),  # the fund's own currency, of all lines
        ("Miru Holdings", "GBP", "USD", "auto"),
        ("Miru Holdings", "Local", "KRW", "auto"),
    ],
)
def test_a_share_held_in_the_currency_of_another_country_is_not_taken_by_its_name(
    store: duckdb.DuckDBPyConnection, tmp_path: Path, name: str, currency: str, others: str, decision: str
) -> None:
    lines = [f"{name},{currency},10", f"Hanbit Energy,{others},10", "현금,KRW,1", "Quite Another Inc,TWD,10"]
    found = all_matched(store, tmp_path, "name,currency,market value", lines)
    assert (found[0]["decision"], found[1]["decision"]) == (decision, "review" if others == "TWD" else "auto")
    assert decision == "auto" or found[0]["reason"] == f"it is held in {currency}, but the name means Miru Holdings"


@pytest.mark.parametrize("name", ["미루홀딩스우", "MIRU HLDGS", "Miru Holdings Co Ltd KRW500", "국내주식", "900020"])
def test_a_code_beside_a_name_of_its_company_or_none_is_taken(
    store: duckdb.DuckDBPyConnection, tmp_path: Path, name: str
) -> None:
    assert matched(store, tmp_path, HEAD, f"{name},,900020,")["entity_id"] == "kr-90000020"


def test_initials_with_a_form_that_the_company_does_not_have_are_uncertain(
    store: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for heading in ("name", "종목명"):
        found = matched(store, tmp_path, heading, "QB Corp Ltd")
        assert (found["decision"], found["entity_id"]) == ("review", None)


def test_the_exchanges_short_names_are_taken_in_korean_files_alone(
    store: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert matched(store, tmp_path, "종목명", "QB")["entity_id"] == "kr-90000040"
    english = matched(store, tmp_path, "name", "QB")
    assert (english["decision"], english["entity_id"]) == ("review", None)


def test_former_names_and_merged_firms_lead_to_the_company_of_today(
    store: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert matched(store, tmp_path, "종목명", "옛미루")["entity_id"] == "kr-90000020"
    merged = matched(store, tmp_path, "종목명,종목코드", "나비철강,900070")
    assert merged["entity_id"] == "kr-90000010"
    assert "merged" in merged["reason"]


def test_a_firm_that_no_longer_exists_is_reported_as_such(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    found = matched(store, tmp_path, "종목명,종목코드", "가람해운,900060")
    assert found["entity_id"] == "kr-90000060"
    assert found["reason"] == "it is dissolved or delisted and has no successor"


def test_lines_that_say_the_same_are_matched_alike(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    found = match_holdings(store, read(tmp_path, "종목명,비중\n" + "한빛에너지,1\n" * 50))
    assert found.matches["entity_id"].to_list() == ["kr-90000010"] * 50
    assert found.matches["row"].to_list() == list(range(2, 52))
