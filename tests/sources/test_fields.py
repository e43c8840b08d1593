"""Every source tells the fields that its parser does not know, wherever in a record they stand; and none where all are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from screener.sources.source import SOURCES
from tests.sources import shapes_served as shape
from tests.sources.served import Answer, Asked, Server
from tests.sources.test_shapes import give_ofac

Run = Callable[..., Any]
ITEMS = "/1160100/service/GetKrxListedInfoService/getItemInfo"
DART_HEAD = {
    "rcept_no": "1",
    "corp_cls": "Y",
    "corp_code": "00126380",
    "corp_name": "삼성전자",
    "stlm_dt": "2025-12-31",
}
NBIM = (
    "<html><body><table><tr><th>Company</th><th>Category</th><th>Criterion</th><th>Decision</th><th>Publishing date</th>{head}</tr>"
    "<tr><td>Other</td><td>x</td><td>y</td><td>Observation</td><td>2021-05-19</td>{cell}</tr></table></body></html>"
)
CUSTOMS = (
    "<response><body><items><item><hsCd>854143</hsCd><impDlr>1</impDlr><impWgt>1</impWgt><expDlr>0</expDlr><expWgt>0</expWgt>"
    "<balPayments>-1</balPayments><statCd>CN</statCd><statCdCntnKor1>중국</statCdCntnKor1><statKor>태양전지</statKor><year>2025.01</year>"
    "{odd}</item></items></body></response>"
)


def one(path: str, body: bytes | str) -> Callable[[Server], None]:
    return lambda server: server.give(path, Answer(body.encode() if isinstance(body, str) else body))


def dart(path: str, record: dict[str, Any], odd: bool) -> Callable[[Server], None]:
    more = {"corp_colour": "blue"} if odd else {}
    listed = {"list": [{**DART_HEAD, **record, **more}]} if path != "company" else {**DART_HEAD, **record, **more}
    return one(f"/api/{path}.json", json.dumps({"status": "000", "message": "정상", **listed}))


def ofac(odd: bool) -> Callable[[Server], None]:
    sdn = shape.SDN.replace(b"\r\n", b',"more"\r\n') if odd else shape.SDN
    return lambda server: give_ofac(server, sdn)


def wro(odd: bool) -> Callable[[Server], None]:
    lines = shape.WRO.decode().splitlines()
    body = "\n".join([lines[0] + ",Colour", *(f"{line},blue" for line in lines[1:])]) if odd else "\n".join(lines)

    def give(server: Server) -> None:
        server.give(
            "/document/stats/withhold-release-orders-findings",
            Answer(b'<html><body><a href="/wro.csv">x</a></body></html>'),
        )
        server.give("/wro.csv", Answer(body.encode()))

    return give


def gleif(odd: str) -> Callable[[Server], None]:
    pages = json.loads(json.dumps(shape.GLEIF_PAGES))
    record = pages[0]["data"][0]
    where = {
        "record": record,
        "entity": record["attributes"]["entity"],
        "registration": record["attributes"]["registration"],
    }
    where["name"] = record["attributes"]["entity"]["otherNames"][0]
    if odd:
        where[odd]["colour"] = "blue"
    return lambda server: server.give(
        "/api/v1/lei-records",
        lambda asked: Answer(json.dumps(pages[int(asked.query["page[number]"]) - 1]).encode()),
    )


def opensanctions(odd: str) -> Callable[[Server], None]:
    entities = json.loads(json.dumps(shape.FTM))
    if odd == "top":
        entities[0]["colour"] = "blue"
    elif odd:
        entities[0]["properties"]["colour"] = ["blue"]
        entities[1]["properties"]["shoeSize"] = ["44"]  # of a person: left out with the rest of it
    body = b"".join(json.dumps(entity).encode() + b"\n" for entity in entities)

    def give(server: Server) -> None:
        index = {"resources": [{"name": "entities.ftm.json"}]}
        server.give("/datasets/latest/sanctions/index.json", Answer(json.dumps(index).encode()))
        server.give("/datasets/latest/sanctions/entities.ftm.json", Answer(body))

    return give


def facilities(odd: str) -> Callable[[Server], None]:
    feature = {
        "id": "CN2021090D1DTN7",
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [87.6, 43.8]},
        "properties": {"name": "Example Cotton Mill", "country_code": "CN", "os_id": "CN2021090D1DTN7"},
    }
    if odd:
        (feature if odd == "feature" else feature["properties"])["colour"] = "blue"  # type: ignore[index]
    return one("/api/facilities/", json.dumps({"type": "FeatureCollection", "next": None, "features": [feature]}))


def portal(odd: bool) -> Callable[[Server], None]:
    items = [{**item, **({"colour": "blue"} if odd else {})} for item in shape.ITEMS]
    return one(ITEMS, shape.portal_page(items, 3))


def replaced(body: bytes | str, old: str, new: str, odd: bool) -> bytes:
    raw = body if isinstance(body, bytes) else body.encode()
    assert old.encode() in raw or not odd
    return raw.replace(old.encode(), new.encode()) if odd else raw


def kind(odd: bool) -> bytes:
    return (
        replaced(shape.KIND.decode("euc-kr"), "<th>지역</th>", "<th>지역</th><th>색</th>", odd)
        .decode()
        .encode("euc-kr")
    )


Case = tuple[str, Callable[[Server], None], str]


def cases(odd: bool) -> list[Case]:
    """Source, what the server speaks, and the field that nobody knows."""
    uflpa = replaced(
        shape.UFLPA, "<th>Effective Date</th></tr></thead>", "<th>Effective Date</th><th>Colour</th></tr></thead>", odd
    )
    holding = {"inv_prm": "예시(주)", "trmend_blce_qota_rt": "51"}
    holder = {"nm": "예시생명보험㈜", "stock_knd": "보통주", "trmend_posesn_stock_qota_rt": "8"}
    account = {"account_nm": "매출액", "thstrm_amount": "1", "fs_div": "CFS"}
    return [
        ("krx-kind", one("/corpgeneral/corpList.do", kind(odd)), "색"),
        ("data-go-kr-krx", portal(odd), "colour"),
        ("gleif", gleif("record" if odd else ""), "record.colour"),
        ("gleif", gleif("entity" if odd else ""), "entity.colour"),
        ("gleif", gleif("registration" if odd else ""), "registration.colour"),
        ("gleif", gleif("name" if odd else ""), "name.colour"),
        ("dart-company", dart("company", {"corp_name_eng": "X"}, odd), "corp_colour"),
        ("dart-holdings", dart("otrCprInvstmntSttus", holding, odd), "corp_colour"),
        ("dart-shareholders", dart("hyslrSttus", holder, odd), "corp_colour"),
        ("dart-accounts", dart("fnlttSinglAcnt", account, odd), "corp_colour"),
        ("us-uflpa", one("/uflpa-entity-list", uflpa), "Colour"),
        ("us-cbp-wro", wro(odd), "Colour"),
        ("us-ofac-sdn", ofac(odd), "SDN column 13"),
        (
            "us-bis-entity",
            one(
                "/downloadable_consolidated_screening_list/v1/consolidated.csv",
                replaced(shape.BIS, ",ids\n", ",colour\n", odd),
            ),
            "colour",
        ),
        (
            "eu-fsf",
            one(
                "/fsd/fsf/public/files/csvFullSanctionsList_1_1/content",
                replaced(shape.EU, "Entity_UnitedNationId", "Entity_Colour", odd),
            ),
            "Entity_Colour",
        ),
        (
            "uk-sanctions",
            one("/docs/UK-Sanctions-List.csv", replaced(shape.UK, "Alias strength", "Alias colour", odd)),
            "Alias colour",
        ),
        (
            "un-sc",
            one(
                "/resources/xml/en/consolidated.xml",
                replaced(shape.UN, "<CITY>Pyongyang</CITY>", "<COLOUR>blue</COLOUR>", odd),
            ),
            "ENTITY_ADDRESS.COLOUR",
        ),
        (
            "un-sc",
            one(
                "/resources/xml/en/consolidated.xml",
                replaced(shape.UN, "<COMMENTS1>…</COMMENTS1>", "<COLOUR>blue</COLOUR>", odd),
            ),
            "COLOUR",
        ),
        (
            "nbim-exclusions",
            one(
                "/en/responsible-investment/exclusion-of-companies/",
                NBIM.format(head="<th>Colour</th>" if odd else "", cell="<td>blue</td>" if odd else ""),
            ),
            "Colour",
        ),
        ("opensanctions", opensanctions("top" if odd else ""), "colour"),
        ("opensanctions", opensanctions("properties" if odd else ""), "properties.colour"),
        ("open-supply-hub", facilities("feature" if odd else ""), "feature.colour"),
        ("open-supply-hub", facilities("properties" if odd else ""), "colour"),
        (
            "customs-trade",
            one("/1220000/nitemtrade/getNitemtradeList", CUSTOMS.format(odd="<colour>blue</colour>" if odd else "")),
            "colour",
        ),
    ]


OPTIONS = {"companies": "126380", "year": "2025", "hs": "854143", "from": "202501", "to": "202512"}
IDS = [f"{name} {field}" for name, _, field in cases(True)]


@pytest.mark.parametrize(("name", "give", "field"), cases(True), ids=IDS)
def test_an_unknown_field_is_reported(
    server: Server, read: Run, name: str, give: Callable[[Server], None], field: str
) -> None:
    give(server)
    result = read(name, options=OPTIONS)
    assert not result.failed, result
    assert list(result.outcome.unexpected) == [field]


KNOWN = {name: give for name, give, _ in cases(False)}


@pytest.mark.parametrize(("name", "give"), KNOWN.items(), ids=list(KNOWN))
def test_known_fields_are_not_reported(server: Server, read: Run, name: str, give: Callable[[Server], None]) -> None:
    give(server)
    result = read(name, options=OPTIONS)
    assert not result.failed, result
    assert (result.outcome.unexpected, result.outcome.rows > 0) == ({}, True)


BODS = [
    {
        "statementId": n,
        "recordId": n,
        "recordType": "entity",
        "recordDetails": {"name": f"Example {n}", "isComponent": False, "entityType": {"type": "registeredEntity"}},
    }
    for n in ("a", "b")
]
STAKE = {
    "statementId": "r",
    "recordId": "r",
    "recordType": "relationship",
    "recordDetails": {
        "subject": "a",
        "interestedParty": "b",
        "interests": [{"type": "shareholding", "share": {"exact": 60}}],
    },
}


def files(odd: bool) -> list[tuple[str, str, str, str]]:
    """Sources that come as a file: source, name of the file, its content, the field that nobody knows."""
    more: dict[str, Any] = {"colour": "blue"} if odd else {}
    column, cell = (",Colour", ",blue") if odd else ("", "")
    entity = [{**BODS[0], "recordDetails": {**BODS[0]["recordDetails"], **more}}, BODS[1], STAKE]  # type: ignore[dict-item]
    interest = json.loads(json.dumps([*BODS, STAKE]))
    interest[2]["recordDetails"]["interests"][0] |= more
    return [
        ("bods", "bods.json", json.dumps([{**BODS[0], **more}, BODS[1]]), "colour"),
        ("bods", "bods.json", json.dumps(entity), "entity.colour"),
        ("bods", "bods.json", json.dumps(interest), "interest.colour"),
        ("ohchr-settlements", "ohchr.csv", f"Name,Country,Section{column}\nExample Ltd,Israel,(e){cell}\n", "Colour"),
        (
            "ftc-groups",
            "ftc.csv",
            f"기업집단명,회사명,법인등록번호{column}\n예시,예시전자,1101110000017{cell}\n",
            "Colour",
        ),
        ("trade-records", "bills.csv", f"Supplier,Buyer,Value{column}\nA Co,B Co,1{cell}\n", "Colour"),
    ]


@pytest.mark.parametrize("odd", [True, False], ids=["odd", "plain"])
@pytest.mark.parametrize("which", range(len(files(True))), ids=[f"{name} {field}" for name, _, _, field in files(True)])
def test_files_tell_their_unknown_fields_too(read: Run, tmp_path: Path, which: int, odd: bool) -> None:
    name, file, content, field = files(odd)[which]
    (tmp_path / file).write_text(content, encoding="utf-8")
    result = read(name, file=tmp_path / file)
    assert not result.failed, result
    assert list(result.outcome.unexpected) == ([field] if odd else [])
    assert result.outcome.rows > 0


def test_no_source_is_left_out_here() -> None:
    tried = {name for name, _, _ in cases(True)} | {name for name, *_ in files(True)} | {"dart"}
    assert tried == set(SOURCES)


def test_gleif_brings_relations_and_isins_over_the_network(server: Server, bring: Run, rows: Run, stored: Run) -> None:
    head = "Relationship.StartNode.NodeID,Relationship.EndNode.NodeID,Relationship.RelationshipType,Relationship.RelationshipStatus"
    row = f"{shape.LEI_B},{shape.LEI_A},IS_DIRECTLY_CONSOLIDATED_BY,ACTIVE"
    period = "Relationship.Period.1.startDate,Relationship.Quantifiers.2.QuantifierUnits,Registration.ManagingLOU,Relationship.Colour"
    gleif("")(server)
    server.give(
        "/api/v2/golden-copies/publishes/rr/latest.csv",
        Answer(shape.zipped(rr__csv=f"{head},{period}\n{row},2020-01-01,,X,blue\n")),
    )
    server.give(
        "/api/v2/isin-lei/latest/download", Answer(shape.zipped(isin__csv=f"LEI,ISIN\n{shape.LEI_B},KR7000010009\n"))
    )
    outcome = bring("gleif", options={"relations": "yes", "isins": "yes"}).outcome
    assert outcome.unexpected == {"Relationship.Colour": (1, "blue")}
    owned = f"kr-lei-{shape.LEI_B.lower()}"
    assert rows(f"select operates from ownership where owned_id = '{owned}'") == [(True,)]
    assert rows(f"select value from identifier where entity_id = '{owned}' and scheme = 'isin'") == [("KR7000010009",)]
    assert stored("select part from fetched.snapshot_file order by 1") == [("isins",), ("records",), ("relations",)]


def test_facilities_are_paged_and_their_parents_named(server: Server, bring: Run, rows: Run) -> None:
    def page(asked: Asked) -> Answer:
        assert asked.headers["authorization"] == "Token S3CRET+key/with=signs"
        number = int(asked.query["page"])
        feature = {
            "id": f"CN202109{number}0D1DTN",
            "properties": {
                "name": f"Mill {number}",
                "parent_company": "Example Holdings",
                "lei_id": shape.LEI_B,
            },
        }
        return Answer(json.dumps({"next": "more" if number < 3 else None, "features": [feature]}).encode())

    server.give("/api/facilities/", page)
    outcome = bring("open-supply-hub", options={"contributors": "123"}).outcome
    assert (outcome.rows, outcome.rejected, len(server.asked)) == (3, 0, 3)
    assert server.asked[0].query["contributors"] == "123"
    parents = rows(
        "select p.name, f.name, f.kind from ownership join entity as p on p.entity_id = owner_id join entity as f on f.entity_id = owned_id"
        " where f.name like 'Mill _' order by 2"
    )
    assert parents == [("Example Holdings", f"Mill {n}", "facility") for n in (1, 2, 3)]


def test_customs_figures_are_counted_and_are_a_fact_about_nobody(server: Server, bring: Run, stored: Run) -> None:
    server.give("/1220000/nitemtrade/getNitemtradeList", Answer(CUSTOMS.format(odd="").encode()))
    assert "which goods and months?" in bring("customs-trade").error.what
    outcome = bring("customs-trade", options=OPTIONS).outcome
    assert (outcome.accepted, outcome.rows, outcome.added) == (True, 1, 0)
    assert server.asked[0].query["hsSgn"] == "854143"
    assert stored("select count(*) from fetched.supply") == [(0,)]
