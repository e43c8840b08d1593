"""What stands beside a company's name is taken off, and nothing that is part of it."""

from __future__ import annotations

import pytest

from screener.portfolio.names import CleanName, clean, foreign_form


@pytest.mark.parametrize(
    ("name", "company", "security"),
    [
        ("삼성전자 보통주", "삼성전자", "common"),
        ("삼성전자보통주", "삼성전자", "common"),
        ("삼성전자(주) 보통주", "삼성전자(주)", "common"),
        ("Samsung Electronics Co., Ltd. - Common Stock", "Samsung Electronics Co., Ltd.", "common"),
        ("SAMSUNG ELECTRONICS CO LTD COMMON STOCK KRW100.0", "SAMSUNG ELECTRONICS CO LTD", "common"),
        ("SAMSUNG ELECTRONICS CO LTD KRW100", "SAMSUNG ELECTRONICS CO LTD", None),
        ("KOREAN AIR LINES CO LTD/KR", "KOREAN AIR LINES CO LTD", None),
        ("인적분할 전 SK텔레콤", "SK텔레콤", None),
        ("현대차2우B", "현대차", "preference"),
        ("CJ제일제당 우", "CJ제일제당", "preference"),
        ("삼성전자(우)", "삼성전자", "preference"),
        ("LG전자우선주", "LG전자", "preference"),
        ("CJ4우(전환)", "CJ", "preference"),
        ("SamsungElectronics(1P)", "SamsungElectronics", "preference"),
        ("HyundaiMtr(2PB)", "HyundaiMtr", "preference"),
        ("Samsung Elec Pfd", "Samsung Elec", "preference"),
        ("HYUNDAI MOTOR CO LTD-2ND PRF", "HYUNDAI MOTOR CO LTD", "preference"),
        ("Hyundai Motor Pref Series 2", "Hyundai Motor", "preference"),
        ("SAMSUNG ELECTRONICS NON VOTING PREF", "SAMSUNG ELECTRONICS", "preference"),
        ("SAMSUNG ELECTRONICS NON VOTING PRE", "SAMSUNG ELECTRONICS", "preference"),
        ("KT Corp Sponsored ADR", "KT Corp", "receipt"),
        ("POSCO HOLDINGS INC-SPON ADR", "POSCO HOLDINGS INC", "receipt"),
        ("SAMSUNG ELECTR-GDR REG S", "SAMSUNG ELECTR", "receipt"),
        ("SK hynix GDR", "SK hynix", "receipt"),
        ("KB Financial Group American Depositary Receipts", "KB Financial Group", "receipt"),
        ("하이닉스 DR", "하이닉스", "receipt"),
        ("대한항공104-2", "대한항공", "bond"),
        ("SK HYNIX INC 6.375 01/17/2028", "SK HYNIX INC", "bond"),
        ("포스코 302-1", "포스코", "bond"),
        ("삼성전자우", "삼성전자우", None),
    ],
)
def test_share_classes_receipts_and_bonds(name: str, company: str, security: str | None) -> None:
    read = clean(name)
    assert (read.company, read.security) == (company, security)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("삼성전자 (005930)", "005930"),
        ("[005930]삼성전자", "005930"),
        ("005930 삼성전자", "005930"),
        ("삼성전자 A005930", "A005930"),
        ("삼성전자 KR7005930003", "KR7005930003"),
        ("005930.KS 삼성전자", "005930"),
    ],
)
def test_codes_beside_names(name: str, code: str) -> None:
    assert clean(name) == CleanName("삼성전자", codes=(code,))


def test_a_receipt_on_preference_shares_says_both() -> None:
    assert clean("Samsung Electronics GDR Pref") == CleanName("Samsung Electronics", "receipt", "preference")


@pytest.mark.parametrize(
    "name",
    [
        "SK",
        "LG",
        "KT&G",
        "3S",
        "S-Oil",
        "HL만도",
        "DR",
        "Pan Pacific",
        "Kia Pride",
        "Hyundai Rotem",
        "에코프로비엠",
        "동서",
        "우진",
        "1300K",
        "DB",
        "BGF리테일",
        "CJ ENM",
        "주성엔지니어링",
        "Common Sense Co., Ltd.",
        "Preferred Technologies",
        "삼성SDI",
        "코오롱인더",
    ],
)
def test_what_is_part_of_a_name_stays(name: str) -> None:
    assert clean(name) == CleanName(name)


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
