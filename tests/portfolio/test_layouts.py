"""Layouts of exports around the world: pages, units, labels above the table, tables on their side, lists without headings."""

from __future__ import annotations

from pathlib import Path

import pytest

from screener.errors import ScreenerError
from screener.portfolio import kinds
from tests.portfolio.files import cells, problems, read


def test_titles_and_numbers_of_pages_are_no_holdings(tmp_path: Path) -> None:
    page = "보유종목명세서,,\n출력일시: 2026-11-28,,{0} / 2\n종목코드,종목명,평가금액\n{1}\n- {0} -,,\n"
    portfolio = read(
        tmp_path, page.format(1, "005930,삼성전자,7") + page.format(2, "000270,기아,3") + "Page 2 of 2,,\n"
    )
    assert cells(portfolio, "row", "name", "weight") == [(4, "삼성전자", 0.7), (9, "기아", 0.3)]
    assert {problem for _, problem in problems(portfolio)} == {"a remark, not a holding"}


@pytest.mark.parametrize(
    "lines",
    [
        "종목명,삼성전자,기아\n종목코드,005930,000270\n비중(%),60,40",
        "Symbol,A005930,A000660\nSymbol Name,삼성전자,SK하이닉스\nFrequency,DAILY,DAILY\n2026-11-27,50,30",
    ],
)
def test_a_table_on_its_side_is_refused(tmp_path: Path, lines: str) -> None:
    with pytest.raises(ScreenerError, match="the headings stand below each other"):
        read(tmp_path, lines)


def test_a_table_without_headings_is_refused_since_its_first_line_would_be_lost(tmp_path: Path) -> None:
    with pytest.raises(ScreenerError, match="no line of headings"):
        read(tmp_path, "005930,Stock,60\n000270,Stock,40")


def test_a_plain_list_needs_no_heading(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "삼성전자\nLG Electronics Inc.\n\nKR7000270009\n")
    assert cells(portfolio, "row", "name") == [(1, "삼성전자"), (2, "LG Electronics Inc."), (4, "KR7000270009")]


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ("Kia Co., Ltd.\nSamsung Electronics Co., Ltd.", ["Kia Co., Ltd.", "Samsung Electronics Co., Ltd."]),
        ("거래처코드,거래처명,업태,종목\nC1,기아(주),제조,선물", ["기아(주)"]),
        ("Vendor,Vendor No\nKia Corp,1", ["Kia Corp"]),
        ("Shipper,Consignee\nKia Corp,ABC GmbH", ["Kia Corp"]),
        ("협력업체명;담당자\n기아;김", ["기아"]),
        ("ISIN,Customer\nKR7000270009,A Fund", [None]),
        ("Metal,Smelter Name\nZinc,Korea Zinc", ["Korea Zinc"]),
    ],
)
def test_lists_of_suppliers_and_buyers_name_their_companies(
    tmp_path: Path, lines: str, named: list[str | None]
) -> None:
    assert cells(read(tmp_path, lines), "name") == [(name,) for name in named]


@pytest.mark.parametrize(
    "text",
    [
        "This portfolio consists of Korean companies that we like.\nKia is one of them.\n",
        '"종목코드,종목명,비중"\n"005930,삼성전자,60"\n',
        "Samsung Electronics    005930    60.0\nKia Corp               000270    40.0\n",
    ],
)
def test_a_text_that_is_no_plain_list_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScreenerError, match="no column that identifies a company"):
        read(tmp_path, text)


def test_numbers_of_securities_prove_themselves_under_any_heading(tmp_path: Path) -> None:
    lines = [
        "ASSET ID,DESCRIPTION,BASE MARKET VALUE",
        "SOUTH KOREA,,",
        "KR7005930003,SAMSUNG ELECTRONICS CO LTD,600",
        "KR7000270009,KIA CORP,300",
        "TOTAL SOUTH KOREA,,900",
        "TAIWAN,,",
        "TW0002330008,TAIWAN SEMICONDUCTOR,100",
        "TOTAL TAIWAN,,100",
    ]
    portfolio = read(tmp_path, "\n".join(lines))
    assert cells(portfolio, "isin", "weight") == [("KR7005930003", 0.6), ("KR7000270009", 0.3), ("TW0002330008", 0.1)]
    assert [row for row, problem in problems(portfolio) if "totals" in problem] == [2, 5, 6, 8]


def test_the_number_of_a_fund_is_none_of_its_holdings(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "Fund,Name,Weight\nKR7000270009,Samsung Electronics,60\nKR7000270009,POSCO,40")
    assert cells(portfolio, "isin") == [(None,), (None,)]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("Base Currency: USD\nName,Market Value\nKia,7", (7.0, "USD")),
        ("통화,USD\n종목명,평가금액\n기아,7", (7.0, "USD")),
        ("(단위: 천USD),\n종목명,평가액\n기아,7", (7e3, "USD")),
        ("종목명,평가금액\n,(백만원)\n기아,7", (7e6, "KRW")),
        ("股票名称,持仓市值(万元)\n起亚,7", (7e4, "CNY")),
        ("コード,銘柄,評価額(千円)\n000270,起亜,7", (7e3, "JPY")),
        ("Onderneming,Waarde (in miljoen €)\nKia,7", (7e6, "EUR")),
        ("Bezeichnung;Kurswert in EUR\nKia;7,00", (7.0, "EUR")),
        ("security_name,mkt_val_usd\nKia,7", (7.0, "USD")),
        ("Name,Value (USD k)\nKia,7", (7e3, "USD")),
        ("name,valUSD,pctVal\nKia,7,1", (7.0, "USD")),
        ("종목명,평가금액\n기아,7원정", (7.0, "KRW")),
        ("Name,Market Value\nKia,CHF 7.-", (7.0, "CHF")),
        ("종목명,평가금액\n기아,\\7", (7.0, None)),
        ("Bezeichnung;Kurswert in Tsd. EUR\nKia;7,00", (7e3, "EUR")),
        ("Naam;Waarde (x € 1.000)\nKia;7", (7e3, "EUR")),
        ("Nombre,Name,Valor de mercado (miles de euros)\n1,Kia,7", (7e3, "EUR")),
        ("종목명,평가금액(백만불)\n기아,7", (7e6, "USD")),
        ("銘柄名 (SECURITY NAME),時価総額(円) (MARKET VALUE (JPY))\nKia,7", (7.0, "JPY")),
        ("SECURITY_DESC,MKT_VALUE_BASE,LOCAL_CURRENCY\nKia,7,KRW", (7.0, None)),
        ("차주명,사업자번호,대출잔액(백만원)\n기아,,7", (7e6, "KRW")),
        ("SECURITY_DESC,MKT_VALUE_BASE,BASE_CCY\nKia,7,USD", (7.0, "USD")),
        ("ns1:nameOfIssuer,ns1:value\nKia,7", (7.0, None)),
        ("invstOrSec_name,invstOrSec_valUSD,invstOrSec_pctVal\nKia,7,1", (7.0, "USD")),
    ],
)
def test_units_and_currencies_beside_the_values(tmp_path: Path, lines: str, said: tuple[float, str | None]) -> None:
    assert cells(read(tmp_path, lines), "value", "currency") == [said]


@pytest.mark.parametrize(
    "lines",
    [
        "Bezeichnung;Anteil in %\nKia;60,5\nPOSCO;39,5",
        "종목명,2024년말 비중,2025년말 비중\n기아,1,60.5\nPOSCO,99,39.5",
        "종목명,자산군내비중(%),총자산대비비중(%)\n기아,1,60.5\nPOSCO,99,39.5",
        "Name,Weight (‰)\nKia,605\nPOSCO,395",
        "Region / Company,Port. Weight\nKia,60.5\nPOSCO,39.5",
        "Name,Weight\nKia,6050bp\nPOSCO,3950 bps",
        "Name,Weight (%)\nKia,60.5\n〃,39.5",
        "Name,Portfolio Weighting %\nKia,60.5\nPOSCO,39.5",
        "Row Labels,Sum of Weight\nKia,60.5\nPOSCO,39.5",
        "security_name,pct_of_nav\nKia,60.5\nPOSCO,39.5",
        "Name,Index %,Fund %\nKia,1,60.5\nPOSCO,99,39.5",
        "Name,% Mkt Value\nKia,60.5\nPOSCO,39.5",
        "Name;Antal;Belang in %;Waarde\nKia;1.000,5;60,5;6.050\nPOSCO;7,0;39,5;395",
        "Name;Anzahl;Kurs;Kurswert\nKia;1.000;17,50;1.210\nPOSCO;7;3,99;790",
        "종목명,2026-09-30,,2026-10-31,\n,평가금액,비중,평가금액,비중\n기아,1,99,605,60.5\nPOSCO,99,1,395,39.5",
        "Name,Code,Weight\nKia Co., Ltd.,000270,60.5\nPOSCO,005490,39.5",
        "Name,Code,Value\nKia,000270,1,210\nPOSCO,005490,790",
        "Name,Code,Weight\nKia,000270,60.5\nPOSCO,005490,39.5\n\nSector,Weight\nAutomobiles,60\nMaterials,40",
        "Name,ISIN,Value\nKOREA FUND,,1000\nKia,KR7000270009,605\nPOSCO,KR7005490008,395",
        "Name,Quantity,Value\nAccount: 123-45,,\nKia,1,605\nPOSCO,1,395\nPositions Total,,1000",
        "Name,Value\nKia,605123.45\nPOSCO,395080.60\nVermögen des Fonds,1000204.05",
        "Name,Security Type,Value\nKia,Common Stock,605\nRepublic of Korea,Sovereign Bond,395",
        "Name,Value\nKia,605\nPOSCO,395\n\nCurrency,Value\nKRW,1000",
        'Name,Notes,Value\nKia,"1,2","6,050"\nPOSCO,"3,4",3950',
        '="Name",="Value"\n="Kia",="6,050"\n="POSCO",="3,950"',
        "Name,Value\nAutomobiles & Parts - 60.5%,\nKia,605\nMiners (39.5%),\nPOSCO,395\nTOTAL INVESTMENTS - 100.0% (Cost $9),1000",
        "종목코드,종목명,평가금액\n000270,기아,605\n005490,POSCO,395\nCASH00000001,설정현금액,1000",
    ],
)
def test_further_ways_to_write_weights(tmp_path: Path, lines: str) -> None:
    assert [weight for (weight,) in cells(read(tmp_path, lines), "weight")] == [
        pytest.approx(0.605),
        pytest.approx(0.395),
    ]


def test_points_that_may_separate_thousands_are_told(tmp_path: Path) -> None:
    assert any("they may separate thousands" in note for note in read(tmp_path, "Name;Value\nKia;1.210\nLG;790").notes)


def test_names_without_weights_may_end_with_a_part_of_the_whole(tmp_path: Path) -> None:
    assert len(read(tmp_path, "Name,Note\nKia Corp (60.5%),\nPOSCO - 39.5%,\n").holdings) == 2


def test_what_is_counted_in_percent_is_no_value(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "Name,Value %\nKia,7")
    assert "columns that were not used: Value %" in portfolio.notes


def test_a_percentage_among_values_is_none(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "종목명,평가금액\n기아,6\n(비중),60%\nPOSCO,4")
    assert [value for (value,) in cells(portfolio, "value")] == [6.0, None, 4.0]
    assert (3, "not a number") in problems(portfolio)


def test_a_word_among_numbers_is_the_name_of_its_line(tmp_path: Path) -> None:
    lines = (
        "Symbol,Description,Value\nPKX,POSCO HOLDINGS INC ADR,60\nCash & Cash Investments,--,40\nAccount Total,--,100"
    )
    assert cells(read(tmp_path, lines), "name", "kind") == [
        ("POSCO HOLDINGS INC ADR", kinds.SECURITY),
        ("Cash & Cash Investments", kinds.CASH),
    ]


@pytest.mark.parametrize(
    ("numbers", "total"), [(",ISIN", "Kia Total"), ("", "Kia Total"), ("", "Kia 소계"), ("", "Kia 요약")]
)
def test_totals_of_a_name_above_are_totals(tmp_path: Path, numbers: str, total: str) -> None:
    """Spreadsheets insert them below the lines of each name."""
    isin = ",KR7000270009" if numbers else ""
    empty = "," if numbers else ""
    portfolio = read(tmp_path, f"Name{numbers},Value\nKia{isin},4\nKia{isin},2\n{total}{empty},6\nPOSCO{empty},4")
    assert [weight for (weight,) in cells(portfolio, "weight")] == [0.4, 0.2, 0.4]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("POSCO HOLDINGS INC,CALL 12/26 400000", kinds.DERIVATIVE),
        ("미래에셋증권,미래에셋 인버스 2X ETN", kinds.FUND),
        ("한국은행,통안01234-2706-02", kinds.GOVERNMENT),
        ("삼성전자,삼성전자우", kinds.SECURITY),
    ],
)
def test_the_name_of_the_paper_beside_its_issuer_says_the_kind(tmp_path: Path, line: str, kind: str) -> None:
    portfolio = read(tmp_path, f"발행기관,종목명,평가금액\n{line},1\n현대자동차,현대차 322-1,1")
    assert cells(portfolio, "kind") == [(kind,), (kinds.SECURITY,)]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (kinds.CASH, "DUE FROM BROKER|DIVIDEND RECEIVABLE|HELD IN MONEY MARKET|USD CASH(Committed)|증권미수금|기타 자산 및 부채|REPO매수|LIQUIDITÉS|Korean Won Payable|ACCRUED INCOME|FIDELITY GOVERNMENT MONEY MARKET"),
        (kinds.DERIVATIVE, "HYUNDAI MOTOR CO CALL 12/26 250000|SAMSUNG ELECTRONICS FUTURE DEC26|한국투자ELW삼성전자콜|한국투자증권(ELB)1234|삼성증권 제28754회 파생결합증권(삼성전자/기아)|삼성전자 C 202612 80000|KRW/USD PURCHASED 12/20/26"),
        (kinds.FUND, "KB스타코리아인덱스 증권모|TDF2045 미래에셋전략배분|미래에셋전략배분TDF2045년혼합자산"),
        (kinds.SECURITY, "POSCO Future M|POSCO FUTURE M CO LTD 4.625% 2028|First Cash Holdings Inc|Warrant Systems Inc|DFS Money Market Tools Ltd"),
    ],
)  # fmt: skip
def test_further_names_of_cash_derivatives_and_funds(tmp_path: Path, kind: str, names: str) -> None:
    portfolio = read(tmp_path, "Name,Weight\n" + "".join(f'"{name}",1\n' for name in names.split("|")))
    assert {name: found for name, found in cells(portfolio, "name", "kind") if found != kind} == {}


def test_titles_of_sections_are_groups_of_the_tables_below(tmp_path: Path) -> None:
    lines = [
        "1. 국내주식",
        "종목코드,종목명,평가금액",
        "005930,삼성전자,7",
        "소계,,7",
        "2. 해외주식",
        "티커,종목명,평가금액",
        "AAPL,애플,3",
    ]
    assert cells(read(tmp_path, "\n".join(lines)), "row", "name") == [(3, "삼성전자"), (7, "애플")]


def test_formulas_that_were_never_calculated_weigh_nothing(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "Name,Value,Weight\nKia,6,0\nPOSCO,4,0")
    assert [weight for (weight,) in cells(portfolio, "weight")] == [0.6, 0.4]
    assert "weights were derived from the values" in portfolio.notes


def test_a_section_with_other_headings_is_a_further_table(tmp_path: Path) -> None:
    lines = [
        "Positions,Header,Kind,Asset Category,Currency,Symbol,Quantity,Mult,Cost Price,Close Price,Value,Code",
        "Positions,Data,Summary,Stocks,KRW,005930,1,1,5,7,7,",
        "Instruments,Header,Asset Category,Symbol,Description,Conid,Security ID,Underlying,Type,Code",
        "Instruments,Data,Stocks,005930,SAMSUNG ELECTRONICS CO LTD,1,KR7005930003,005930,COMMON,",
    ]
    assert [code for (code,) in cells(read(tmp_path, "\n".join(lines)), "stock_code")] == ["005930", "005930"]


@pytest.mark.parametrize("lots", [("Lot 1", "Lot 2"), ("Tax Lot #1", "Tax Lot #2"), ("매수 1차", "매수 2차")])
def test_lots_below_a_security_that_carries_their_sum_are_not_counted_again(
    tmp_path: Path, lots: tuple[str, str]
) -> None:
    lines = f"Security,ISIN,Market Value\nKia,KR7000270009,1000\n{lots[0]},,600\n{lots[1]},,400\nLG,KR7003550001,1000\n"
    portfolio = read(tmp_path, lines)
    assert cells(portfolio, "name", "weight") == [("Kia", 0.5), ("LG", 0.5)]
    assert problems(portfolio) == [(3, "a lot of the security above it"), (4, "a lot of the security above it")]
    alone = read(tmp_path, lines.replace("KR7000270009,1000", "KR7000270009,"))
    assert alone.holdings.height == 4, "they have what the line above lacks"
