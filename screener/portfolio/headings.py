"""Headings under which holdings files carry each thing, in English and Korean.

Compared after folding: NFKC, lower case, letters and digits alone (`Stock Code`, `stock_code` and `STOCK-CODE` are one).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "isin": ("isin", "isin code", "isincode", "표준코드", "국제증권식별번호", "isin코드", "identifier", "security id"),
    "stock_code": (
        *(
            "ticker",
            "ticker symbol",
            "symbol",
            "stock code",
            "stockcode",
            "code",
            "krx code",
            "krx",
            "security code",
            "ric",
        ),
        *("종목코드", "단축코드", "코드", "종목번호", "티커", "상품번호", "종목 코드"),
    ),
    "dart": ("corp code", "dart", "dart code", "corpcode", "고유번호", "dart code"),
    "lei": ("lei", "lei code", "legal entity identifier"),
    "brn": (
        "brn",
        "business registration number",
        "business registration no",
        "bizr no",
        "사업자등록번호",
        "사업자번호",
    ),
    "crn": ("crn", "corporate registration number", "jurir no", "법인등록번호", "법인번호"),
    "name": (
        *(
            "name",
            "security name",
            "security",
            "company",
            "company name",
            "issuer",
            "issuer name",
            "holding",
            "holdings",
            "asset",
        ),
        *(
            "asset name",
            "security description",
            "description",
            "instrument",
            "stock",
            "stock name",
            "supplier",
            "supplier name",
        ),
        *(
            "종목명",
            "종목",
            "회사명",
            "기업명",
            "상호",
            "법인명",
            "자산명",
            "상품명",
            "발행사",
            "발행인",
            "이름",
            "한글종목명",
            "업체명",
        ),
    ),
    "weight": (
        *(
            "weight",
            "weight %",
            "weight pct",
            "weighting",
            "% of portfolio",
            "portfolio weight",
            "% weight",
            "pct",
            "percent",
        ),
        *(
            "% of net assets",
            "% of assets",
            "% of fund",
            "allocation",
            "% nav",
            "비중",
            "비중(%)",
            "편입비중",
            "구성비",
            "구성비중",
            "보유비중",
            "비율",
        ),
    ),
    "value": (
        *(
            "market value",
            "marketvalue",
            "value",
            "mv",
            "position value",
            "current value",
            "market value (krw)",
            "market value krw",
        ),
        *(
            "market value usd",
            "market value (usd)",
            "amount",
            "notional",
            "exposure",
            "base market value",
            "fair value",
        ),
        *("평가금액", "평가액", "시가평가액", "금액", "보유금액", "시장가치", "평가금액(원)", "평가금액원"),
    ),
    "currency": ("currency", "ccy", "cur", "local currency", "통화", "통화코드", "화폐"),
    "country": ("country", "country of risk", "domicile", "country code", "국가", "국가코드", "국적", "location"),
    "asset_class": (
        "asset class",
        "asset type",
        "security type",
        "type",
        "instrument type",
        "sec type",
        "자산구분",
        "자산유형",
        "상품유형",
        "유형",
        "구분",
    ),
}

_PERCENT_SIGNS: Final = ("%", "pct", "percent", "％")


def folded(heading: str) -> str:
    """The heading as it is compared: NFKC, lower case, letters and digits and `%` alone."""
    return re.sub(r"[^\w%]|_", "", unicodedata.normalize("NFKC", heading).lower())


_LOOKUP: Final = {folded(word): column for column, words in HEADINGS.items() for word in words}


def recognise(heading: str) -> str | None:
    """The column that a heading stands for, or none."""
    key = folded(heading)
    return _LOOKUP.get(key) or _LOOKUP.get(
        re.sub(r"\(.*?\)|\[.*?\]", "", heading) and folded(re.sub(r"\(.*?\)|\[.*?\]", "", heading))
    )


def says_percent(heading: str) -> bool:
    """Whether a weight's heading says that its numbers are percent."""
    return any(sign in heading.lower() for sign in _PERCENT_SIGNS)
