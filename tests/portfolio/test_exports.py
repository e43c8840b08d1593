"""Exports of custodians, index funds, pension funds, regulators' templates and brokers: what their headings mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from screener.errors import ScreenerError
from screener.portfolio import kinds
from screener.portfolio.columns import recognise
from screener.portfolio.reader import read_holdings
from tests.portfolio.files import cells, problems, read

HEADINGS = {
    "isin": "14_Identification_code_of_the_financial_instrument|Asset ID Code C0040|invstOrSec.identifiers.isin",
    "stock_code": "Stock ID|Security Identifier|Holding Ticker|BB Yellow Key",
    "name": "Name/Kind of Investment Item|ISSUE NAME|Sec Desc|Instrument Full Name|17_Instrument name|Item title"
    "|Security Long Description|Libellé valeur|Yhtiö|Selskapsnavn|Naam belegging|invstOrSec.name",
    "weight": "% TNA|26_Valuation weight|NMV % NAV|% Actif net|比重(%)|持仓占比|당일비중(%)|Andel %|PercentOfNAV|%",
    "value": "24_Market valuation in portfolio currency (B)|Total Solvency II amount C0170|Mkt Val Sod|Dirty value PC"
    "|$ Value (AUD)|Värde SEK|Markedsværdi (DKK)|Markkina-arvo, EUR|Controvalore in Euro|金額|공정가치|보관금액",
    "currency": "CurrencyPrimary|21_Quotation currency (A)|Market Value Currency|Traded Ccy",
    "fund_currency": "4_Portfolio currency (B)",
    "asset_class": "12_CIC code of the instrument|Detail Holding Type",
    None: "BM비중(%)|전일비중(%)|% Ownership|지분율(%)|Book Value|時価|시가|5_Net asset valuation of the portfolio|MarketValueBook",
}
PAIR = "{}\nSamsung Electronics,KR7005930003,{}\nKia,KR7000270009,{}\n"


@pytest.mark.parametrize(
    ("column", "heading"), [(column, heading) for column, text in HEADINGS.items() for heading in text.split("|")]
)
def test_headings_of_exports(column: str | None, heading: str) -> None:
    assert recognise(heading) == column


@pytest.mark.parametrize(
    ("heading", "cell", "currency"),
    [
        ("Value (NZD)", "$5", "NZD"),
        ("$ Value (AUD)", "$5", "AUD"),
        ("Market Value (HK$)", "HK$5", "HKD"),
        ("Market Value (EUR)", "$5", "USD"),
        ("Value", "$5", "USD"),
        ("市值(韩元)", "5", "KRW"),
        ("市值(美元)", "5", "USD"),
        ("市值(元)", "5", "CNY"),
        ("Market Value (R$)", "5", "BRL"),
        ("CURRENCY_VALUE", "5", "USD"),  # of N-PORT, beside the security's own currency
    ],
)
def test_the_currency_of_a_value(tmp_path: Path, heading: str, cell: str, currency: str) -> None:
    head = f"name,isin,CURRENCY_CODE,{heading}" if heading == "CURRENCY_VALUE" else f"name,isin,x,{heading}"
    text = f"{head}\nKia,KR7000270009,KRW,{cell}\n"
    assert cells(read(tmp_path, text), "value", "currency") == [(5.0, currency)]


def test_values_are_in_their_own_currency_not_in_that_of_the_issue(tmp_path: Path) -> None:
    text = "Issue Name|ISIN|Issue Currency|Market Value|Market Value Currency\nKia|KR7000270009|KRW|5|USD\n"
    assert cells(read(tmp_path, text), "currency") == [("USD",)]
    text = "Issuer name,Asset ID Code,Currency,Total Solvency II amount\nKia,KR7000270009,KRW,5\n"
    assert cells(read(tmp_path, text), "value", "currency") == [(5.0, None)]


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [("\t", "utf-16-le"), ("\t", "cp949"), (";", "utf-8"), ("|", "cp949")]
)
def test_commas_that_separate_thousands_delimit_nothing(tmp_path: Path, delimiter: str, encoding: str) -> None:
    lines = (
        ("종목코드", "종목명", "평가금액"),
        ("005930", "삼성전자", "1,234,567,890"),
        ("000270", "기아", "2,345,678,901"),
    )
    text = "\n".join(map(delimiter.join, lines))
    assert cells(read(tmp_path, text.encode(encoding)), "stock_code", "value") == [
        ("005930", 1234567890.0), ("000270", 2345678901.0)
    ]  # fmt: skip


def test_codes_of_columns_under_their_headings_are_no_record(tmp_path: Path) -> None:
    head = "Issuer name,Asset ID Code,Total Solvency II amount\nC0200,C0040,C0170"
    portfolio = read(tmp_path, PAIR.format(head, 30, 70).replace("KR7005930003", "ISIN/KR7005930003"))
    assert cells(portfolio, "isin", "value") == [("KR7005930003", 30.0), ("KR7000270009", 70.0)]


def test_names_under_the_heading_of_a_group(tmp_path: Path) -> None:
    text = "Common Stocks (98.5%),Shares,Value\nSouth Korea (98.5%),,\nKia Corp.,10,$300\nLG Chem Ltd.,20,$700\n"
    assert cells(read(tmp_path, text), "name", "weight") == [("Kia Corp.", 0.3), ("LG Chem Ltd.", 0.7)]
    with pytest.raises(ScreenerError, match="no column that identifies a company"):
        read(tmp_path, "South Korea,Value\n12.5,300\n7.5,700\n")


def test_a_column_that_sums_to_100_is_the_weights(tmp_path: Path) -> None:
    """In whatever language, unless another one does, too, or it is a stake, a benchmark's, or may sum to it by chance."""
    names, varied = ("Kia", "LG Chem", "HMM", "S-Oil", "NAVER"), (10.5, 20.5, 31, 29, 9)

    def weights(headings: str, parts: Sequence[float] = varied) -> list[tuple[object, ...]]:
        count = headings.count(",") + 1
        lines = [",".join((name, *[str(part)] * count)) for name, part in zip(names, parts, strict=True)]
        return cells(read(tmp_path, "\n".join([f"name,{headings}", *lines])), "weight")

    assert weights("Procentowy w aktywach") == [(part / 100,) for part in varied]
    for headings in ("Procentowy,Podil", "Ownership", "지분율", "BM"):
        assert weights(headings) == [(None,)] * 5
    for chance in ((20, 20, 20, 20, 20), (10, 20, 31, 30, 9), (10.7, 20.7, 31, 29, 9)):
        assert weights("Procentowy w aktywach", chance) == [(None,)] * 5


@pytest.mark.parametrize(
    ("kind", "name", "asset_class", "code"),
    [
        (kinds.CASH, "Cash at BNP", "XT72", None),
        (kinds.SECURITY, "Kia Corp", "KR31", None),
        (kinds.FUND, "KR EQ", "LU43", None),
        (kinds.DERIVATIVE, "KOSPI 200", "KRA1", None),
        (kinds.GOVERNMENT, "KR 3.25% 33", "KR11", None),
        (kinds.CASH, "원화예금", None, "010010"),  # as the exchange numbers the won in baskets of funds
        (kinds.CASH, "韓国ウォン", None, None),
        (kinds.DERIVATIVE, "한국B2ABSK하이닉스콜", None, "57B2AB"),
        (kinds.DERIVATIVE, "Samsung Electronics Co Ltd CFD", "CFD", None),
        (kinds.DERIVATIVE, "LG Chem Ltd", "Rights", None),
        (kinds.SECURITY, "Kia Corp", "Equity with voting rights", None),
        (kinds.DERIVATIVE, "KOSPI2 INX DEC 26", None, None),
    ],
)
def test_kinds_in_the_words_of_exports(kind: str, name: str, asset_class: str | None, code: str | None) -> None:
    assert kinds.kind_of(name, asset_class, None, code)[0] == kind


def test_a_footnote_is_a_remark(tmp_path: Path) -> None:
    portfolio = read(tmp_path, PAIR.format("Name,ISIN,Value", 1, 2) + "(a) Non-income producing security.,,\n")
    assert problems(portfolio) == [(4, "a remark, not a holding")]


def test_the_balance_of_what_was_executed_is_no_trade(tmp_path: Path) -> None:
    text = "종목코드,종목명,매매구분,체결기준잔고,평가금액,평가비중(%)\n005930,삼성전자,현금매수,3,70,70\n000270,기아,현금매수,3,30,30\n"
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    assert cells(read_holdings(tmp_path / "p.csv"), "weight") == [(0.7,), (0.3,)]
