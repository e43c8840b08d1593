"""A small store of well-known companies, in memory."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

COMPANIES = [
    ("kr-00126380", "Samsung Electronics", "삼성전자", "KR", None, "005930"),
    ("kr-00126362", "Samsung SDI", "삼성SDI", "KR", None, "006400"),
    ("kr-00126186", "Samsung SDS", "삼성에스디에스", "KR", None, "018260"),
    ("kr-00155319", "POSCO Holdings", "포스코홀딩스", "KR", None, "005490"),
    ("kr-posco", "POSCO", "포스코", "KR", None, None),
    ("kr-00124504", "POSCO International", "포스코인터내셔널", "KR", None, "047050"),
    ("kr-00261285", "Korea Gas Corporation", "한국가스공사", "KR", None, "036460"),
    ("kr-00113526", "Korean Air", "대한항공", "KR", None, "003490"),
    ("kr-00138321", "Asiana Airlines", "아시아나항공", "KR", "kr-00113526", "020560"),
    ("kr-00160588", "Hanwha Corporation", "한화", "KR", None, "000880"),
    ("kr-00162461", "Hanwha Solutions", "한화솔루션", "KR", None, "009830"),
    ("kr-00126566", "Hanwha Aerospace", "한화에어로스페이스", "KR", None, "012450"),
    ("kr-00164779", "SK hynix", "SK하이닉스", "KR", None, "000660"),
    ("kr-00631518", "SK Innovation", "SK이노베이션", "KR", None, "096770"),
    ("kr-01205709", "HD Hyundai Construction Equipment", "HD현대건설기계", "KR", None, "267270"),
    ("cn-hoshine", "Hoshine Silicon Industry", None, "CN", None, None),
]
OTHER_NAMES = [
    ("kr-00124504", "POSCO Daewoo", "former"),
    ("kr-00124504", "Daewoo International", "former"),
    ("kr-00155319", "POSCO", "former"),
    ("cn-hoshine", "合盛硅业股份有限公司", "alias"),
]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """entity, identifier and entity_name, as the store shows them."""
    held = duckdb.connect(config={"threads": 1})
    held.execute(
        "create table entity(entity_id varchar, kind varchar, name varchar, name_ko varchar, name_local varchar, country varchar,"
        " market varchar, successor_id varchar)"
    )
    held.execute(
        "create table identifier(entity_id varchar, scheme varchar, value varchar, security varchar, valid_from date, valid_to date)"
    )
    held.execute(
        "create table entity_name(entity_id varchar, name varchar, lang varchar, kind varchar, valid_from date, valid_to date)"
    )
    held.execute(
        "create table decision(decision_id bigint, query_key varchar, query varchar, entity_id varchar, decided_by varchar,"
        " decided_at timestamp, undone_at timestamp, undone_by varchar)"
    )
    for entity_id, name, name_ko, country, successor, code in COMPANIES:
        held.execute(
            "insert into entity values (?, 'company', ?, ?, null, ?, ?, ?)",
            [entity_id, name, name_ko, country, "KOSPI" if code else None, successor],
        )
        if code:
            held.execute("insert into identifier values (?, 'krx', ?, 'common', null, null)", [entity_id, code])
        if entity_id[3:].isdigit():
            held.execute("insert into identifier values (?, 'dart', ?, null, null, null)", [entity_id, entity_id[3:]])
    for entity_id, name, kind in OTHER_NAMES:
        held.execute("insert into entity_name values (?, ?, null, ?, null, null)", [entity_id, name, kind])
    held.execute("insert into identifier values ('kr-00126380', 'brn', '1248100998', null, null, null)")
    yield held
    held.close()
