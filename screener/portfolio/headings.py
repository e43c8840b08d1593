"""Headings under which holdings files carry each thing, in English and Korean, the surest of each first."""

from __future__ import annotations

import re
from typing import Final

from screener.readers.header import Vocabulary

CODES: Final = ("isin", "stock_code", "dart", "lei", "brn", "crn", "cusip", "sedol", "figi")

_HEADINGS: Final = {
    "isin": "isin|isin code|isin number|표준코드|국제증권식별번호|isin코드|identifier|security id|식별번호",
    "stock_code": (
        "stock code|stockcode|krx code|krx|종목코드|단축코드|종목번호|ticker|ticker symbol|symbol|security code|ric|"
        "bloomberg ticker|bb ticker|bloomberg code|티커|코드|상품번호|code|종목 번호"
    ),
    "dart": "corp code|dart|dart code|corpcode|고유번호",
    "lei": "lei|lei code|legal entity identifier|issuer lei",
    "brn": "brn|business registration number|business registration no|bizr no|사업자등록번호|사업자번호",
    "crn": "crn|corporate registration number|jurir no|법인등록번호|법인번호",
    "cusip": "cusip|cusip number|cusip code",
    "sedol": "sedol|sedol code",
    "figi": "figi|bbgid|bloomberg id|bloomberg global id|composite figi",
    "name": (
        "company name|issuer name|issuer|company|회사명|기업명|발행사|발행인|법인명|상호|업체명|발행기관|name|"
        "security name|stock name|holding name|asset name|supplier name|supplier|holding|holdings|종목명|한글종목명|"
        "종목|자산명|상품명|이름|종목명(한글)|보유종목|투자종목|종목 이름|증권명|security description|description|"
        "instrument name|instrument|stock|security|asset|영문종목명|english name|wertpapier|bezeichnung|titre|libellé|"
        "nom|emittent|銘柄|銘柄名|证券名称|公司名称"
    ),
    "weight": (
        "weight|weight %|weight pct|weighting|portfolio weight|% weight|% of portfolio|% of net assets|% of nav|% nav|"
        "% of assets|% of fund|% of total|percentage|allocation|pct|percent|gewicht|비중|편입비중|구성비|구성비중|"
        "보유비중|투자비중|비율|편입비율|자산군 내 비중|평가금액비중|gewichtung|% of net asset value|% of market value|"
        "percent of portfolio|percent of net assets|순자산비중|포트폴리오 비중"
    ),
    "value": (
        "market value|marketvalue|mv|base market value|market value base|fair value|position value|평가금액|평가액|"
        "시가평가액|시장가치|시가총액 평가|현재가치|보유금액|current value|value|marktwert|kurswert|market value local|"
        "금액|amount|exposure|notional|notional value|평가 금액|valuation|잔고금액"
    ),
    "currency": "currency|ccy|cur|currency code|통화|통화코드|화폐|local currency|währung",
    "country": (
        "country|country of risk|country of domicile|domicile|country code|국가|국가코드|국적|location|land|"
        "risk country|issuer country|투자국가|소재국"
    ),
    "asset_class": (
        "asset class|asset type|security type|instrument type|sec type|자산구분|자산유형|상품유형|자산군|종류|type|"
        "유형|구분|자산종류|asset category|investment type|product type"
    ),
}
HEADINGS: Final = {column: tuple(words.split("|")) for column, words in _HEADINGS.items()}
WORDS: Final = Vocabulary(HEADINGS)

_NOT_NOW: Final = re.compile(
    r"benchmark|\bbm\b|벤치마크|index weight|active|초과|전월|전일|전기|전년|이전|직전|previous|prior"
    r"|last (?:month|quarter|year)|target|목표|model|모델"
    r"|change|변동|증감|취득|매입|장부|book|cost|손익|gain|loss|accrued|미수|평균|average|한도|limit",
    re.IGNORECASE,
)


def recognise(heading: str) -> str | None:
    """The column that a heading stands for, or none: a benchmark's weight or a book value is not what is held."""
    column = WORDS.recognise(heading)
    return None if column in ("weight", "value") and _NOT_NOW.search(heading) else column


def says_percent(heading: str) -> bool:
    """Whether a weight's heading says that its numbers are percent."""
    return re.search(r"%|pct|percent|퍼센트|％", heading, re.IGNORECASE) is not None
