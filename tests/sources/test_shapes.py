"""Every connector, as it is, against a server that speaks the official shape."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sources import shapes_served as shape
from tests.sources.served import Answer, Asked, Server

OFAC = "/api/PublicationPreview/exports/"
Run = Callable[..., Any]
Rows = Callable[..., list[tuple[Any, ...]]]


def give_ofac(server: Server, sdn: bytes = shape.SDN) -> None:
    for name, body in (("SDN", sdn), ("ALT", shape.ALT), ("ADD", shape.ADD)):
        server.give(
            f"{OFAC}{name}.CSV",
            Answer(body, headers={"Content-Type": "text/csv", "Last-Modified": "Fri, 20 Nov 2026 10:00:00 GMT"}),
        )


def test_dart_zip_gives_companies_with_their_codes(server: Server, bring: Run, rows: Rows) -> None:
    server.give("/api/corpCode.xml", Answer(shape.zipped(CORPCODE__xml=shape.CORPCODE)))
    outcome = bring("dart").outcome
    assert (outcome.accepted, outcome.rows, outcome.unexpected) == (True, 3, {})
    assert server.asked[0].query["crtfc_key"] == "S3CRET+key/with=signs"
    # The embedded company is not stored twice, and the number of the new one keeps its letter.
    assert rows("select count(*) from entity where entity_id = 'kr-00126380'") == [(1,)]
    assert rows("select name, name_ko, country from entity where entity_id = 'kr-90000001'") == [
        ("Sprout&Co", "새싹회사", "KR")
    ]
    assert rows("select scheme, value from identifier where entity_id = 'kr-90000002' order by 1") == [
        ("dart", "90000002"),
        ("krx", "0000J0"),
    ]
    assert rows(
        "select list_contains(source_ids, 'fetched-dart') from identifier where entity_id = 'kr-00126380' and value = '005930'"
    ) == [(True,)]


def test_an_embedded_company_without_a_number_is_joined_by_its_name(
    server: Server, bring: Run, rows: Rows, stored: Rows
) -> None:
    named = shape.CORPCODE.replace("새싹회사", "현대엔지니어링").replace(
        "Sprout&amp;Co", "Hyundai Engineering Co., Ltd."
    )
    server.give("/api/corpCode.xml", Answer(shape.zipped(CORPCODE__xml=named)))
    bring("dart")
    assert stored("select entity_id, matched_by from fetched.same_as where fetched_id = 'kr-90000001'") == [
        ("kr-hyundai-engineering", "name")
    ]
    assert rows("select count(*) from entity where entity_id = 'kr-90000001'") == [(0,)]
    assert rows("select value from identifier where entity_id = 'kr-hyundai-engineering' and scheme = 'dart'") == [
        ("90000001",)
    ]


def test_ofac_keeps_entities_and_leaves_persons_out(server: Server, bring: Run, rows: Rows, stored: Rows) -> None:
    give_ofac(server)
    outcome = bring("us-ofac-sdn").outcome
    assert (outcome.rows, outcome.left_out, outcome.rejected) == (3, {"natural persons": 1, "vessels": 1}, 0)
    assert rows("select name, country from entity where entity_id = 'zz-ofac-40001'") == [
        ("EXAMPLE TRADING, LLC", "CN")
    ]
    assert rows("select programme from listing where entity_id = 'zz-ofac-40001' order by 1") == [("IFSR",), ("NPWMD",)]
    assert rows("select name, kind from entity_name where entity_id = 'zz-ofac-40001' and kind <> 'primary'") == [
        ("OLD EXAMPLE", "former")
    ]
    assert rows("select value from identifier where entity_id = 'zz-ofac-40001' and scheme = 'uscc'") == [
        ("91650000MA775LHX4R",)
    ]
    # The Myanmar Economic Corporation is embedded: joined by its OFAC number, listed once, on the word of both.
    assert stored("select entity_id from fetched.same_as where fetched_id = 'zz-ofac-31516'") == [("mm-mec",)]
    listed = rows("select source_ids from listing where entity_id = 'mm-mec' and list_id = 'us-ofac-sdn'")
    assert len(listed) == 1
    assert {"fetched-us-ofac-sdn", "treasury-2021-mehl-mec"} <= set(listed[0][0])
    assert rows("select count(*) from entity where name ilike '%DOE%' or name = 'SEA STAR'") == [(0,)]
    assert stored("select count(*) from fetched.entity_name where name = 'JD'") == [(0,)]


def test_what_the_list_drops_is_ended_where_the_datasets_have_it(load: Run, rows: Rows) -> None:
    may, june = (dt.datetime(2026, month, 10, 12) for month in (5, 6))
    load(shape.sdn(31516, 31517, 1), may)
    load(shape.sdn(31517, 1), june)
    query = "select entity_id, valid_to::varchar from listing where list_id = 'us-ofac-sdn' and entity_id in ('mm-mec', 'mm-mehl') order by 1"
    assert rows(query, may.date()) == [("mm-mec", None), ("mm-mehl", None)]
    assert rows(query, june.date()) == [("mm-mec", "2026-06-10"), ("mm-mehl", None)]


def test_un_list_has_its_own_day(server: Server, bring: Run, rows: Rows) -> None:
    server.give("/resources/xml/en/consolidated.xml", Answer(shape.UN))
    outcome = bring("un-sc").outcome
    assert (outcome.rows, outcome.left_out) == (2, {"natural persons": 1})
    assert rows("select kind, country from entity where entity_id = 'zz-un-kpe-001'") == [("company", "KP")]
    assert rows("select kind from entity where entity_id = 'zz-un-cde-001'") == [("armed_group",)]
    names = rows(
        "select name, kind from entity_name where entity_id = 'zz-un-kpe-001' and kind <> 'primary' order by 1"
    )
    assert names == [("External Example Bureau", "former"), ("KETC", "alias"), ("조선예시무역회사", "alias")]
    assert rows("select published_on::varchar, grade from source where source_id = 'fetched-un-sc'") == [
        ("2026-02-27", "A")
    ]
    assert rows("select complete_as_of::varchar from list where list_id = 'un-sc'") == [("2026-02-27",)]


def test_uflpa_page_gives_sections_aliases_and_subsidiaries(
    server: Server, bring: Run, rows: Rows, stored: Rows
) -> None:
    server.give("/uflpa-entity-list", Answer(shape.UFLPA, headers={"Content-Type": "text/html"}))
    outcome = bring("us-uflpa").outcome
    assert (outcome.rows, outcome.unexpected, outcome.rejected) == (4, {}, 0)
    assert stored("select entity_id, matched_by from fetched.same_as") == [
        ("cn-baoding-lyszd-trade-and-business", "name")
    ]
    [(cotton,)] = rows("select entity_id from entity where name = 'Example Cotton Co., Ltd.'")
    assert rows(f"select name from entity_name where entity_id = '{cotton}' and kind = 'alias' order by 1") == [
        ("Example Mian Co., Ltd.",),
        ("Sample Cotton",),
    ]
    assert rows(
        f"select e.name from ownership join entity as e on e.entity_id = owned_id where owner_id = '{cotton}'"
    ) == [("Example Yarn Co., Ltd.",)]
    camel = rows(
        "select section, listing.note, valid_from::varchar from listing join entity using (entity_id) where name = 'Example Camel Co., Ltd.'"
    )
    assert camel == [("ii", "subsidiaries are meant as well", "2023-08-02")]
    assert rows("select kind from entity_name where name = 'Horse Example'") == [("former",)]
    assert rows("select published_on::varchar from source where source_id = 'fetched-us-uflpa'") == [("2025-01-15",)]


@pytest.mark.parametrize("body", [shape.EU, shape.EU_DAY_ABOVE, shape.EU_XML], ids=["csv", "day above", "xml"])
def test_eu_rows_of_one_entity_become_one(server: Server, bring: Run, rows: Rows, tmp_path: Path, body: bytes) -> None:
    if body is shape.EU:
        server.give("/fsd/fsf/public/files/csvFullSanctionsList_1_1/content", Answer(body))
        outcome = bring("eu-fsf").outcome
        assert server.asked[0].query == {"token": "S3CRET+key/with=signs"}
    else:
        (tmp_path / "fsf.dat").write_bytes(body)
        outcome = bring("eu-fsf", file=tmp_path / "fsf.dat").outcome
    assert (outcome.rows, outcome.left_out, outcome.unexpected) == (1, {"natural persons": 1}, {})
    assert rows("select name, country from entity where entity_id = 'zz-eu-7001'") == [
        ("Myanma Example Enterprise", "MM")
    ]
    assert rows("select name from entity_name where entity_id = 'zz-eu-7001' and kind = 'alias'") == [
        ("Entreprise exemple",)
    ]
    assert rows("select programme, valid_from::varchar from listing where entity_id = 'zz-eu-7001'") == [
        ("EU-MMR", "2021-04-19")
    ]
    assert rows("select published_on::varchar from source where source_id = 'fetched-eu-fsf'") == [("2026-10-29",)]


@pytest.mark.parametrize("body", [shape.UK, shape.UK_XML], ids=["csv", "xml"])
def test_uk_list_leaves_persons_and_ships_out(
    server: Server, bring: Run, rows: Rows, tmp_path: Path, body: bytes
) -> None:
    if body is shape.UK:
        server.give("/docs/UK-Sanctions-List.csv", Answer(body))
        outcome = bring("uk-sanctions").outcome
        assert outcome.left_out == {"natural persons": 1, "vessels": 1}
    else:
        (tmp_path / "uk.xml").write_bytes(body)
        outcome = bring("uk-sanctions", file=tmp_path / "uk.xml").outcome
        assert outcome.left_out == {"natural persons": 1}
    assert (outcome.rows, outcome.unexpected) == (1, {})
    assert rows("select name, country from entity where entity_id = 'zz-uk-mya0001'") == [
        ("MYANMA EXAMPLE HOLDINGS", "MM")
    ]
    assert rows("select name from entity_name where entity_id = 'zz-uk-mya0001' and kind = 'alias' order by 1") == [
        ("MEX HOLDINGS",),
        ("မြန်မာ",),
    ]
    assert rows("select programme, valid_from::varchar from listing where entity_id = 'zz-uk-mya0001'") == [
        ("Myanmar", "2021-03-25")
    ]
    assert rows("select published_on::varchar from source where source_id = 'fetched-uk-sanctions'") == [
        ("2026-01-28",)
    ]


def test_kind_table_in_euc_kr_gets_its_zeros_back(server: Server, bring: Run, rows: Rows, stored: Rows) -> None:
    server.give(
        "/corpgeneral/corpList.do",
        Answer(shape.KIND, headers={"Content-Type": "application/vnd.ms-excel; charset=EUC-KR"}),
    )
    outcome = bring("krx-kind").outcome
    assert (outcome.rows, outcome.unexpected, outcome.rejected) == (2, {}, 0)
    assert stored("select entity_id, matched_by from fetched.same_as where fetched_id = 'kr-krx-005930'") == [
        ("kr-00126380", "krx")
    ]
    assert rows("select name_ko, market from entity where entity_id = 'kr-krx-0000j0'") == [("새글자", "KOSDAQ")]


def test_listed_items_are_paged_and_preference_shares_belong_to_their_issuer(
    server: Server, bring: Run, rows: Rows, stored: Rows
) -> None:
    def page(asked: Asked) -> Answer:
        if asked.query["numOfRows"] == "1":
            return Answer(shape.portal_page(shape.ITEMS[:1], 99_999))
        assert asked.query["basDt"] == "20261120"
        number = int(asked.query["pageNo"])
        # One item comes without its list.
        return Answer(shape.portal_page(shape.ITEMS[:2] if number == 1 else shape.ITEMS[2], 3, number))

    server.give("/1160100/service/GetKrxListedInfoService/getItemInfo", page)
    outcome = bring("data-go-kr-krx").outcome
    assert (outcome.rows, outcome.unexpected) == (3, {})
    assert [asked.query["pageNo"] for asked in server.asked] == ["1", "1", "2"]
    assert stored("select entity_id from fetched.same_as where fetched_id = 'kr-crn-1301110006246'") == [
        ("kr-00126380",)
    ]
    numbers = rows(
        "select scheme, value, security from identifier where entity_id = 'kr-00126380' and value in ('005935', 'KR7005931001', '1301110006246') order by 1"
    )
    assert numbers == [
        ("crn", "1301110006246", None),
        ("isin", "KR7005931001", "preference"),
        ("krx", "005935", "preference"),
    ]
    assert rows("select published_on::varchar from source where source_id = 'fetched-data-go-kr-krx'") == [
        ("2026-11-20",)
    ]


def test_a_key_that_is_encoded_already_is_not_encoded_again(
    server: Server, bring: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_GO_KR_KEY", "abc%2Bdef%3D%3D")
    server.give("/1160100/service/GetKrxListedInfoService/getItemInfo", Answer(shape.portal_page(shape.ITEMS, 3)))
    assert not bring("data-go-kr-krx").failed
    assert server.asked[0].query["serviceKey"] == "abc+def=="
    assert "%252B" not in server.asked[0].raw


def test_gleif_pages_and_joins_by_corporate_number(server: Server, bring: Run, rows: Rows, stored: Rows) -> None:
    server.give("/1160100/service/GetKrxListedInfoService/getItemInfo", Answer(shape.portal_page(shape.ITEMS, 3)))
    bring("data-go-kr-krx")
    server.give(
        "/api/v1/lei-records",
        lambda asked: Answer(json.dumps(shape.GLEIF_PAGES[int(asked.query["page[number]"]) - 1]).encode()),
    )
    outcome = bring("gleif").outcome
    assert (outcome.rows, outcome.unexpected) == (2, {})
    assert stored(f"select entity_id from fetched.same_as where fetched_id = 'kr-lei-{shape.LEI_A.lower()}'") == [
        ("kr-00126380",)
    ]
    assert rows(f"select entity_id from identifier where value = '{shape.LEI_A}'") == [("kr-00126380",)]
    # Two fetched records of one company that is not embedded are one as well, under the id of the surer source.
    assert rows(f"select entity_id from identifier where value = '{shape.LEI_B}'") == [("kr-crn-1101110000017",)]
    assert rows("select count(*) from entity where name_ko in ('새글자', '예시 주식회사')") == [(1,)]


def test_gleif_relations_and_isins_of_korean_records_only(bring: Run, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "records.json").write_text(
        json.dumps({"data": shape.GLEIF_PAGES[0]["data"] + shape.GLEIF_PAGES[1]["data"]})
    )
    head = "Relationship.StartNode.NodeID,Relationship.EndNode.NodeID,Relationship.RelationshipType,Relationship.RelationshipStatus\n"
    relations = (
        head
        + f"{shape.LEI_B},{shape.LEI_A},IS_DIRECTLY_CONSOLIDATED_BY,ACTIVE\n{shape.LEI_B},{'5' * 20},IS_DIRECTLY_CONSOLIDATED_BY,ACTIVE\n"
    )
    (tmp_path / "rr.csv").write_text(relations)
    (tmp_path / "isin.csv").write_text(
        f"LEI,ISIN\n{shape.LEI_B},KR7000010009\n{shape.LEI_B},KR6000010009\n{'5' * 20},US0378331005\n"
    )
    outcome = bring("gleif", file=tmp_path).outcome
    assert outcome.left_out == {
        "ISINs that are no Korean shares": 1,
        "parents outside Korea (their names are not in the Korean records)": 1,
    }
    # The first is embedded, and goes by its own id.
    owner, owned = "kr-00126380", f"kr-lei-{shape.LEI_B.lower()}"
    assert rows(f"select owner_id, owned_id, operates from ownership where owned_id = '{owned}'") == [
        (owner, owned, True)
    ]
    assert rows(f"select scheme, value from identifier where entity_id = '{owned}' and scheme = 'isin'") == [
        ("isin", "KR7000010009")
    ]


def test_dart_filings_company_by_company(server: Server, bring: Run, rows: Rows) -> None:
    ok = {"status": "000", "message": "정상"}
    company = {
        **ok,
        "corp_code": "00126380",
        "corp_name": "삼성전자(주)",
        "corp_name_eng": "SAMSUNG ELECTRONICS CO,.LTD",
        "stock_name": "삼성전자",
        "stock_code": "005930",
        "ceo_nm": "아무개",
        "corp_cls": "Y",
        "jurir_no": "1301110006246",
        "bizr_no": "1248100998",
        "adres": "…",
        "induty_code": "264",
        "est_dt": "19690113",
        "acc_mt": "12",
    }
    head = {"rcept_no": "1", "corp_cls": "Y", "corp_code": "00126380", "corp_name": "삼성전자", "stlm_dt": "2025-12-31"}
    holdings = {
        **ok,
        "list": [
            {
                **head,
                "inv_prm": "(주)예시자회사 (*1)",
                "invstmnt_purps": "경영참여",
                "trmend_blce_qota_rt": "51.50",
                "trmend_blce_acntbk_amount": "1,234",
            },
            {**head, "inv_prm": "합 계", "trmend_blce_qota_rt": "-"},
            {**head, "inv_prm": "팔린회사", "trmend_blce_qota_rt": "-"},
        ],
    }
    holders = {
        **ok,
        "list": [
            {**head, "nm": "아무개", "relate": "본인", "stock_knd": "보통주", "trmend_posesn_stock_qota_rt": "1.63"},
            {
                **head,
                "nm": "예시생명보험㈜",
                "relate": "계열회사",
                "stock_knd": "보통주",
                "trmend_posesn_stock_qota_rt": "8.51",
            },
            {**head, "nm": "계", "stock_knd": "보통주", "trmend_posesn_stock_qota_rt": "10.14"},
        ],
    }
    accounts = {
        **ok,
        "list": [
            {
                **head,
                "bsns_year": "2025",
                "fs_div": "OFS",
                "account_nm": "매출액",
                "thstrm_amount": "200",
                "currency": "KRW",
            },
            {
                **head,
                "bsns_year": "2025",
                "fs_div": "CFS",
                "account_nm": "매출액",
                "thstrm_amount": "300,870,903,000,000",
                "currency": "KRW",
            },
            {**head, "bsns_year": "2025", "fs_div": "CFS", "account_nm": "자산총계", "thstrm_amount": "9"},
        ],
    }
    for path, body in (
        ("company", company),
        ("otrCprInvstmntSttus", holdings),
        ("hyslrSttus", holders),
        ("fnlttSinglAcnt", accounts),
    ):
        server.give(f"/api/{path}.json", Answer(json.dumps(body).encode()))
    wanted = {"companies": "126380", "year": "2025"}
    for name in ("dart-company", "dart-holdings", "dart-shareholders", "dart-accounts"):
        result = bring(name, options=wanted)
        assert not result.failed, result
        assert result.outcome.unexpected == {}
    assert rows(
        "select value from identifier where entity_id = 'kr-00126380' and scheme in ('crn', 'brn') order by 1"
    ) == [("1248100998",), ("1301110006246",)]
    stake = rows(
        "select name, share_max, confirmed_on::varchar from ownership join entity on entity_id = owned_id where owner_id = 'kr-00126380' and name like '%예시%'"
    )
    assert stake == [("(주)예시자회사", 0.515, "2025-12-31")]
    assert rows(
        "select name from entity join ownership on owner_id = entity_id where owned_id = 'kr-00126380' and name like '예시%'"
    ) == [("예시생명보험㈜",)]
    assert rows("select count(*) from entity where name in ('아무개', '합 계', '계', '팔린회사')") == [(0,)]
    assert rows(
        "select amount from financial where entity_id = 'kr-00126380' and year = 2025 and item = 'revenue' and list_contains(source_ids, 'fetched-dart-accounts')"
    ) in (
        [(300870903000000.0,)],
        [],  # where the datasets have the year themselves, they stand
    )


def test_bis_takes_the_entity_list_only(server: Server, bring: Run, rows: Rows) -> None:
    server.give("/downloadable_consolidated_screening_list/v1/consolidated.csv", Answer(shape.BIS))
    outcome = bring("us-bis-entity").outcome
    assert (outcome.rows, outcome.left_out, outcome.unexpected) == (1, {"rows of other lists": 1}, {})
    assert rows("select country from entity where name = 'Example Radio Institute'") == [("CN",)]
    assert rows("select name from entity_name where name like 'Example W%' or name = 'ERI' order by 1") == [
        ("ERI",),
        ("Example Wireless",),
    ]
    assert rows("select effect from list where list_id = 'us-bis-entity'") == [("export_control",)]


def test_withhold_orders_over_other_countries_are_a_list_of_their_own(server: Server, bring: Run, rows: Rows) -> None:
    server.give(
        "/document/stats/withhold-release-orders-findings",
        Answer(b'<html><body><a href="/sites/default/files/wro.csv">Withhold Dataset</a></body></html>'),
    )
    server.give("/sites/default/files/wro.csv", Answer(shape.WRO))
    outcome = bring("us-cbp-wro").outcome
    assert outcome.left_out == {"orders that are no longer in force": 1, "orders without an entity": 1}
    listings = rows(
        "select name, list_id, valid_from::varchar from listing join entity using (entity_id) where name like 'Example%' order by 1"
    )
    assert listings == [
        ("Example Cotton Group", "us-cbp-wro", "2020-11-30"),
        ("Example Glove Sdn Bhd", "us-cbp-wro-other", "2021-03-29"),
    ]


def test_opensanctions_is_checked_against_its_index(server: Server, bring: Run, rows: Rows) -> None:
    body = b"".join(json.dumps(line).encode() + b"\n" for line in shape.FTM)
    checksum = hashlib.sha1(body).hexdigest()
    server.give(
        "/datasets/latest/us_example/index.json",
        Answer(
            json.dumps(
                {"name": "us_example", "resources": [{"name": "entities.ftm.json", "checksum": checksum}]}
            ).encode()
        ),
    )
    server.give("/datasets/latest/us_example/entities.ftm.json", Answer(body))
    outcome = bring("opensanctions:us_example").outcome
    assert (outcome.rows, outcome.left_out, outcome.unexpected) == (2, {"natural persons": 1}, {})
    assert rows("select share_max from ownership where owner_id = 'zz-os-os-1'") == [(0.51,)]
    assert rows("select grade from source where source_id = 'fetched-opensanctions-us-example'") == [("C",)]
    assert rows("select count(*) from entity where name = 'A Person'") == [(0,)]
    server.give("/datasets/latest/us_example/entities.ftm.json", Answer(body.replace(b"51 %", b"52 %")))
    assert "checksum" in bring("opensanctions:us_example").error.what


def test_bods_shares_are_ranges_and_persons_stay_out(bring: Run, rows: Rows, tmp_path: Path) -> None:
    def entity(record: str, name: str) -> dict[str, Any]:
        return {
            "statementId": record,
            "recordId": record,
            "recordType": "entity",
            "recordStatus": "new",
            "recordDetails": {"name": name, "jurisdiction": {"code": "KR"}},
        }

    statements = [
        entity("e1", "Example Holdings"),
        entity("e2", "Example Daughter"),
        {"statementId": "p", "recordId": "p1", "recordType": "person", "recordDetails": {"names": [{"fullName": "X"}]}},
        {
            "statementId": "r",
            "recordId": "r1",
            "recordType": "relationship",
            "statementDate": "2025-05-01",
            "recordDetails": {
                "subject": "e2",
                "interestedParty": "e1",
                "interests": [{"type": "shareholding", "share": {"minimum": 25, "exclusiveMaximum": 50}}],
            },
        },
        {
            "statementId": "r2",
            "recordId": "r2",
            "recordType": "relationship",
            "recordDetails": {"subject": "e2", "interestedParty": "p1", "interests": []},
        },
    ]
    (tmp_path / "bods.json").write_text(json.dumps(statements))
    outcome = bring("bods:kr", file=tmp_path / "bods.json").outcome
    assert outcome.left_out == {"natural persons": 1, "relationships with persons or unknown parties": 1}
    assert rows(
        "select share_min, share_max, confirmed_on::varchar from ownership join entity on entity_id = owned_id where name = 'Example Daughter'"
    ) == [(0.25, 0.5, "2025-05-01")]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_trade_records_of_any_kind_and_heading(bring: Run, rows: Rows, tmp_path: Path, ending: str) -> None:
    import polars as pl

    frame = pl.DataFrame(
        {
            "Shipper Full Name": ["Xinjiang Example Cotton", "Xinjiang Example Cotton", None],
            "Consignee": ["삼성전자", "삼성전자", "삼성전자"],
            "Country of Origin": ["China"] * 3,
            "HS Code": ["5201.00", "5201.00", "5201.00"],
            "Value USD": ["1,000", "500", "1"],
            "Date": ["2025-02-01", "2025-06-01", "2025-06-02"],
            "종목코드": ["005930"] * 3,
        }
    )
    path = tmp_path / f"bills.{ending}"
    {"csv": frame.write_csv, "xlsx": frame.write_excel, "parquet": frame.write_parquet}[ending](path)
    outcome = bring("trade-records:bills", file=path, options={"supplier": "Shipper Full Name"}).outcome
    assert (outcome.rows, outcome.rejected, outcome.unexpected) == (2, 1, {})
    deliveries = rows(
        "select e.name, buyer_id, hs_code, value_usd, since, confirmed_on::varchar from supply join entity as e on e.entity_id = supplier_id where e.name like 'Xinjiang Ex%'"
    )
    assert deliveries == [("Xinjiang Example Cotton", "kr-00126380", "520100", 1500.0, "2025", "2025-06-01")]


def test_nbim_decisions_are_verdicts_and_nothing_else(server: Server, bring: Run, rows: Rows) -> None:
    page = b"<html><body><table><tr><th>Company</th><th>Category</th><th>Criterion</th><th>Decision</th><th>Publishing date</th></tr><tr><td>POSCO Example</td><td>Conduct-based</td><td>Severe environmental damage</td><td>Exclusion</td><td>17.08.2015</td></tr><tr><td>Other</td><td>x</td><td>y</td><td>Observation</td><td>2021-05-19</td></tr></table></body></html>"
    server.give("/en/responsible-investment/exclusion-of-companies/", Answer(page))
    outcome = bring("nbim-exclusions").outcome
    assert outcome.rows + outcome.rejected == 2
    assert rows("select decision, institution from verdict join entity using (entity_id) where name = 'Other'") == [
        ("observation", "Norges Bank")
    ]
    assert rows("select count(*) from listing join entity using (entity_id) where name = 'Other'") == [(0,)]


def test_fields_that_nobody_expected_are_reported(server: Server, bring: Run, stored: Rows) -> None:
    odd = shape.CORPCODE.replace("<modify_date>20230110", "<corp_colour>blue</corp_colour><modify_date>20230110")
    server.give("/api/corpCode.xml", Answer(shape.zipped(CORPCODE__xml=odd)))
    assert bring("dart").outcome.unexpected == {"corp_colour": (1, "blue")}
    assert stored("select field, rows, example from fetched.unexpected_field") == [("corp_colour", 1, "blue")]


def test_a_column_that_is_gone_is_reported_and_nothing_changes(server: Server, bring: Run, stored: Rows) -> None:
    server.give(
        "/fsd/fsf/public/files/csvFullSanctionsList_1_1/content",
        Answer(shape.EU.replace(b"NameAlias_WholeName", b"NameAlias_Whole")),
    )
    error = bring("eu-fsf").error
    assert error is not None
    assert "NameAlias_WholeName" in error.line()


def test_the_days_of_lists_in_every_spelling() -> None:
    from screener.sources.reading import day

    assert {
        day(text)
        for text in ("2021-03-05", "05/03/2021", "March 5, 2021", "5-Mar-2021", "20210305", "2021-03-05T10:00:00Z")
    } == {"2021-03-05"}
    assert day("3/5/2021", month_first=True) == "2021-03-05"
    assert day("soon") is None
    assert day("2021-02-30") is None
    assert dt.date.fromisoformat("2021-03-05") == dt.date(2021, 3, 5)
