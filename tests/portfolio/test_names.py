"""Receipts and bonds are known by their names, and nothing that is part of a company's name is taken off."""

from __future__ import annotations

import pytest

from screener.portfolio.names import clean, foreign_form


@pytest.mark.parametrize(
    ("name", "company", "security"),
    [
        ("KT Corp Sponsored ADR", "KT Corp", "receipt"),
        ("POSCO HOLDINGS INC-SPON ADR", "POSCO HOLDINGS INC", "receipt"),
        ("SAMSUNG ELECTR-GDR REG S", "SAMSUNG ELECTR", "receipt"),
        ("SAMSUNG ELECTRONICS-GDR 144A", "SAMSUNG ELECTRONICS", "receipt"),
        ("SHINHAN FINANCIAL GROUP ADR REPR 1 ORD", "SHINHAN FINANCIAL GROUP", "receipt"),
        ("SK hynix GDR", "SK hynix", "receipt"),
        ("Samsung Electronics GDR Pref", "Samsung Electronics Pref", "receipt"),
        ("KB Financial Group American Depositary Receipts", "KB Financial Group", "receipt"),
        ("하이닉스 DR", "하이닉스", "receipt"),
        ("KOREA ELEC POWER-SP ADR", "KOREA ELEC POWER", "receipt"),
        ("POSCO HOLDINGS INC SPON ADS EACH REPR 0.25 ORD KRW5000", "POSCO HOLDINGS INC", "receipt"),
        ("Samsung Electronics Co Ltd GDR (Reg S)", "Samsung Electronics Co Ltd", "receipt"),
        ("에코프로비엠 5CB", "에코프로비엠", "bond"),
        ("엘앤에프 6BW", "엘앤에프", "bond"),
        ("POSCO HOLDINGS INC CONVERTIBLE BOND 2026", "POSCO HOLDINGS INC", "bond"),
        ("대한항공104-2", "대한항공", "bond"),
        ("포스코 302-1", "포스코", "bond"),
        ("신한금융지주 신종자본증권 3", "신한금융지주", "bond"),
        ("SK HYNIX INC 6.375 01/17/2028", "SK HYNIX INC", "bond"),
        ("KOREAN AIR LINES CO LTD 4.75% 05/23/2027", "KOREAN AIR LINES CO LTD", "bond"),
        ("인적분할 전 SK텔레콤", "SK텔레콤", None),
        ("KIA CORP KS", "KIA CORP", None),
        ("CJ KS Equity", "CJ", None),
        ("K KS", "K KS", None),
    ],
)
def test_receipts_and_bonds(name: str, company: str, security: str | None) -> None:
    assert clean(name) == (company, security)


def test_a_number_at_the_end_is_a_series_where_the_file_says_that_it_is_a_bond() -> None:
    assert clean("한국전력1234") == ("한국전력1234", None)
    assert clean("한국전력1234", bond=True) == ("한국전력", "bond")


WHOLE = "SK|LG|KT&G|3S|S-Oil|HL만도|DR|Pan Pacific|Kia Pride|에코프로비엠|1300K|DB|BGF리테일|삼성전자우|현대차2우B|[005930]삼성전자"


@pytest.mark.parametrize("name", [*WHOLE.split("|"), "DR Horton", "Adr Tech Co", "KCB", "NICE CB Holdings"])
def test_what_is_part_of_a_name_stays(name: str) -> None:
    assert clean(name) == (name, None)


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Orion Oyj", "Finland"),
        ("Eni S.p.A.", "Italy"),
        ("OCI N.V.", "the Netherlands"),
        ("Novo Nordisk A/S", "Denmark"),
        ("Hana Pcl", "Thailand"),
        ("Samsung Electronics Co., Ltd.", None),
        ("SK", None),
        ("LG Chem", None),
        ("KT&G Corp", None),
    ],
)
def test_forms_that_no_korean_company_has(name: str, country: str | None) -> None:
    found = foreign_form(name)
    assert (found and found[1]) == country
