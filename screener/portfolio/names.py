"""What stands beside the company's name in a holdings file: the class of the share, its codes, the series of a bond.

How a name may be spelled is for `screener.match`; here only what is no part of the name is taken off.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from screener.schema.identifiers import normalise_stock_code

COMMON, PREFERENCE, RECEIPT, BOND = "common", "preference", "receipt", "bond"

_CODE: Final = r"A?[0-9]{4}[0-9A-HJ-NP-TV-Z]{2}"
_BRACKETED_CODE: Final = re.compile(
    rf"[(\[<【（]\s*(?:KRX|KOSPI|KOSDAQ|KS|KQ)?\s*[:.]?\s*({_CODE})(?:\s*[. ]?(?:KS|KQ|KN))?\s*[)\]>】）]"
)
_EDGE_CODE: Final = re.compile(
    rf"^({_CODE})(?:\.K[SQ])?\s*[-:_·]?\s+(?=\S)|\s+[-:_·]?\s*({_CODE})(?:\.K[SQ]| K[SQP](?: EQUITY)?)?$", re.IGNORECASE
)
_ISIN: Final = re.compile(r"[(\[\s]\s*([A-Z]{2}[A-Z0-9]{9}[0-9])\s*[)\]]?$")

_PAR: Final = re.compile(r"\s+(?:KRW|NPV|USD)\s?[0-9][0-9.,]*$|\s+NPV$", re.IGNORECASE)
_RECEIPT_WORDS: Final = (
    r"(?:un)?spon(?:s(?:ored)?)?\.?\s*[ag]dr(?:[- ]?(?:reg\s?s|144a|repr?\.?.*))?",
    r"(?:american|global)?\s*deposit[ao]ry\s+(?:receipts?|shares?|rcpts?)",
    r"(?:[ag]dr|gds|ads|edr)s?(?:[- ](?:repr?(?:esenting)?\.?.*|144a.*|reg\.?\s?s.*|each.*|unspon.*|spon.*))?",
    r"(?:un)?sponsored",
    r"주식예탁증서|예탁증서|해외DR|DR",
)
_RECEIPT: Final = re.compile(rf"\s*[-–/,(\[ ]\s*(?:{'|'.join(_RECEIPT_WORDS)})\s*[)\]]?$", re.IGNORECASE)
_PREFERENCE: Final = re.compile(
    r"""\s*[-–/,(\[\s]\s*(?:
        (?:(?:non[- ]?(?:voting|vtg|vot|v)|n/?v|no[nm]?\s?vtg)\.?\s+)?(?:cum(?:ulative)?\.?\s+)?(?:1st|2nd|3rd|[1-3])?\s*(?:pre?f(?:erred|erence|s|d)?|prf|prfd|pfd|pre)\.?
            (?:\s+(?:shares?|shs|stock|stk|series\s?\w+|ser\s?\w+|class\s?\w+|non[- ]?voting|nvtg|kr?w?\s?[\d.]+|\d|[abc]))*
        | [1-3]P[BC]? | 우 | 우선주 | [1-3]우[BC]?
    )\s*[)\]]?$
    | (?<=[가-힣A-Za-z)\]])\s*[1-3]?\s*우선주(?:\s*\(?[1-3]?우?[BC]?\)?)?$ | (?<=[가-힣A-Za-z)])[1-9]우[BC]?(?:\(전환\))?$ | \([1-3]?우[BC]?\)$ | \([1-3]P[BC]?\)$""",
    re.IGNORECASE | re.VERBOSE,
)
_COMMON: Final = re.compile(
    r"""\s*[-–/,(\[\s]\s*(?:common(?:\s+(?:stock|shares?|stk|shs|equity))?|com(?:\s+(?:stk|shs))?|ord(?:inary)?(?:\s+(?:shares?|shs|stock))?
        |registered\s+shares?|(?:보통|기명식\s*보통|기명)주(?:식)?)\.?\s*[)\]]?$ | (?<=[가-힣A-Za-z)\]])\s*(?:기명식\s*)?보통주(?:식)?$""",
    re.IGNORECASE | re.VERBOSE,
)
_FILER: Final = re.compile(
    r"\s*/[A-Z]{2,3}/?$|\s*\((?:KRX|KOSPI|KOSDAQ|KONEX|코스피|코스닥|KOR|KR|한국)\)$", re.IGNORECASE
)
_BEFORE_SPLIT: Final = re.compile(r"^\(?(?:인적|물적)?분할\s?[전후]\)?\s+|\s+\(?(?:인적|물적)?분할\s?[전후]\)?$")
_BOND: Final = re.compile(
    r"""(?P<series>(?<=[^\d\s-])\s?제?\d{1,4}(?:회|(?:-\d{1,3}){1,2})(?:\s*(?:호|차))?(?:\s*(?:무보증사채|공모|사모|후순위채?|신종자본증권|전환사채|교환사채|회사채|\([가-힣]{1,4}\)))*$)
      | (?P<coupon>\s+(?:\d{1,2}(?:\.\d+)?(?:\s+\d/\d+)?\s*%?|FRN|FLOAT|VAR)\s*(?:due\s*)?(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}\s?[A-Z]{3}\s?\d{2,4}|(?:20)\d{2}|PERP(?:ETUAL)?)\b.*$)
      | (?P<word>\s*(?:무보증사채|회사채|전환사채|교환사채|신종자본증권|신주인수권부사채)\b.*$)""",
    re.IGNORECASE | re.VERBOSE,
)
_BOND_LOOSE: Final = re.compile(r"\s*(?:제?\d{1,4}(?:회|-\d{1,3})*|\d{1,2}(?:\.\d+)?\s*%.*|\((?:[가-힣]{1,4}|\d+)\))$")

_FOREIGN_FORMS: Final[dict[str, tuple[str, ...]]] = {
    "Finland": ("oyj", "oy", "abp"),
    "Germany or Switzerland": ("ag", "gmbh", "kgaa", "ag & co kgaa"),
    "the European Union": ("se",),
    "Italy": ("spa", "srl"),
    "the Netherlands": ("nv", "bv"),
    "Sweden": ("ab", "ab publ"),
    "Norway": ("asa",),
    "Denmark": ("as", "a s"),
    "Great Britain or Ireland": ("plc",),
    "Thailand": ("pcl",),
    "Malaysia": ("bhd", "sdn bhd", "berhad"),
    "Indonesia": ("tbk", "pt tbk"),
    "Japan": ("kk", "kabushiki kaisha", "godo kaisha"),
    "France or Spain": ("sa", "sas", "s c a", "sca"),
    "Latin America": ("sab de cv", "sa de cv", "ltda"),
    "Poland": ("sp z oo", "sp zoo"),
    "Russia": ("pjsc", "ojsc", "pao", "oao", "ao"),
    "Israel or Turkey": ("as sirketi",),
    "Singapore": ("pte ltd", "pte"),
    "Australia": ("pty ltd", "pty"),
}
_FORM_OF: Final = {form: country for country, forms in _FOREIGN_FORMS.items() for form in forms}


@dataclass(frozen=True)
class CleanName:
    """A name as the company's own: `company` without what stands beside it; `security` common, preference, receipt or bond where told.

    `receipt_of` is the class of the share behind a receipt where it is told, too. `codes` are stock codes and ISINs within the name.
    """

    company: str
    security: str | None = None
    receipt_of: str | None = None
    codes: tuple[str, ...] = ()


def clean(name: str, *, bond: bool = False) -> CleanName:
    """Takes off what is no part of a company's name: `[005930]삼성전자`, `HYUNDAI MOTOR CO LTD-2ND PRF`, `KT Corp Sponsored ADR`.

    Args:
        name: as written.
        bond: whether the file says that it is a bond, so that a bare number at its end is the series.
    """
    text = _BEFORE_SPLIT.sub("", " ".join(unicodedata.normalize("NFKC", name).split()))
    codes: list[str] = []
    for pattern in (_BRACKETED_CODE, _ISIN, _EDGE_CODE):
        if found := pattern.search(text):
            code = next(group for group in found.groups() if group)
            rest = (text[: found.start()] + " " + text[found.end() :]).strip(" -:·,")
            if rest and (pattern is _ISIN or normalise_stock_code(code)):
                codes.append(code)
                text = rest
    kinds: list[str] = []
    for _ in range(5):
        before = text
        for kind, pattern in (
            (None, _PAR),
            (None, _FILER),
            (RECEIPT, _RECEIPT),
            (COMMON, _COMMON),
            (PREFERENCE, _PREFERENCE),
            (BOND, _BOND),
        ):
            found = pattern.search(text)
            rest = text[: found.start()].strip(" -–/,(") if found else ""
            if found and _is_name(rest):
                text = rest
                kinds += [kind] if kind else []
        if text == before:
            break
    if bond and BOND not in kinds:
        found = _BOND_LOOSE.search(text)
        rest = text[: found.start()].strip(" -–/,(") if found else ""
        text = rest if _is_name(rest) else text
        kinds.append(BOND)
    security = next((kind for kind in (BOND, RECEIPT, PREFERENCE, COMMON) if kind in kinds), None)
    share = next((kind for kind in (PREFERENCE, COMMON) if kind in kinds), None) if security == RECEIPT else None
    return CleanName(text, security, share, tuple(codes))


def foreign_form(name: str) -> tuple[str, str] | None:
    """A company form that no Korean company has, and where it is used: `Orion Oyj` gives (Oyj, Finland)."""
    words = re.sub(r"[.,]", "", unicodedata.normalize("NFKC", name)).replace("/", " ").split()
    for count in (3, 2, 1):
        form = " ".join(words[-count:])
        # In capitals only the longer ones are sure: `AB` or `SA` may be part of a name in capitals, `AG` and `NV` hardly are.
        if len(words) > count and (country := _FORM_OF.get(form.lower())):
            return form, country
    return None


def _is_name(text: str) -> bool:
    return sum(sign.isalpha() for sign in text) >= 2 or text in ("㈜",)
