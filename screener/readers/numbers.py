"""Numbers as people write them: signs, currencies, units, and which comma separates thousands."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

_SIGNS: Final = {
    "₩": "KRW", "￦": "KRW", "원": "KRW", "원정": "KRW", "won": "KRW", "$": "USD", "us$": "USD", "달러": "USD",
    "미달러": "USD", "불": "USD", "dollars": "USD", "미화": "USD", "美元": "USD", "€": "EUR", "유로": "EUR", "£": "GBP",
    "¥": "JPY", "엔": "JPY", "円": "JPY", "hk$": "HKD", "元": "CNY", "위안": "CNY", "rmb": "CNY", "a$": "AUD",
    "c$": "CAD", "s$": "SGD", "nt$": "TWD", "₹": "INR", "₽": "RUB", "₫": "VND", "฿": "THB", "원화": "KRW",
    "韓国ウォン": "KRW", "韩元": "KRW", "korean won": "KRW", "south korean won": "KRW", "달러화": "USD",
    "us dollar": "USD", "us dollars": "USD", "u.s. dollar": "USD", "dollar": "USD", "euro": "EUR", "euros": "EUR",
    "yen": "JPY", "japanese yen": "JPY", "엔화": "JPY", "유로화": "EUR", "위안화": "CNY", "pound sterling": "GBP",
    "hong kong dollar": "HKD", "미국 달러": "USD", "r$": "BRL", "nz$": "NZD", "韓元": "KRW", "日元": "JPY",
    "港元": "HKD", "港币": "HKD", "欧元": "EUR", "新台幣": "TWD", "新台币": "TWD", "人民币": "CNY",
}  # fmt: skip
CURRENCIES: Final = frozenset(
    "KRW USD EUR GBP JPY CNY CNH HKD CHF AUD CAD SGD TWD INR SEK NOK DKK NZD BRL MXN ZAR THB IDR MYR PHP VND RUB TRY"
    " PLN CZK HUF ILS AED SAR QAR KWD CLP COP PEN EGP".split()
)
_WORDS: Final = "|".join(sorted((re.escape(word) for word in (*_SIGNS, *CURRENCIES)), key=len, reverse=True))
_CURRENCY: Final = re.compile(
    rf"^(?P<sign>[-+(]?)\s*(?P<word>{_WORDS})(?![a-z])\s*|\s*(?<![a-z])(?P<end>{_WORDS})(?P<close>\)?)$", re.IGNORECASE
)
_BLANK_OR_TICK: Final = re.compile(r"(?<=\d)[\s'’‘´`\u00a0\u2009\u202f](?=\d{3}(?:\D|$))")
_KOREAN_UNITS: Final = {"조": 10**12, "억": 10**8, "만": 10**4}
_IN_KOREAN: Final = str.maketrans("兆億亿万萬千百十円元", "조억억만만천백십원원")
_KOREAN_SMALL: Final = {"천": 1000, "백": 100, "십": 10}
_KOREAN_PART: Final = re.compile(r"(?=.)([\d.,]*)([천백십]?)")
_KOREAN: Final = re.compile(r"(?:[\d.,]*[천백십]*[조억만]\s*)*[\d.,]*[천백십]*")
_UNITS: Final = {
    "bp": 1e-2, "bps": 1e-2, "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mm": 1e6, "mio": 1e6, "million": 1e6,
    "bn": 1e9, "b": 1e9, "billion": 1e9, "tn": 1e12, "trillion": 1e12,
}  # fmt: skip
_UNIT: Final = re.compile(rf"(?<=[\d.])\s*({'|'.join(sorted(_UNITS, key=len, reverse=True))})$", re.IGNORECASE)
# How spreadsheets are kept from reading a cell as a number.
_AS_TEXT: Final = re.compile(r"^'(?=[\d(+-])")
_DOLLARS: Final = r"(?:미?달러|불|usd|us\$|\$)"
_PERCENT: Final = re.compile(r"(?i)\s*(?:%|pct|percent|퍼센트|프로)$|(?<=[\d. ])(?=bps?$)")
_BARE: Final = re.compile(r"[0-9.,]+")
_PLAIN: Final = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_GROUPED: Final = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_POINTS: Final = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+,[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}")
_DECIMAL_COMMA: Final = re.compile(r"[0-9]*,[0-9]+")
_EITHER: Final = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")
_EITHER_POINT: Final = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")


class Number(NamedTuple):
    """A cell's value, its currency (ISO 4217) if named, and whether it is percent (12 % is 12)."""

    value: float
    currency: str | None = None
    percent: bool = False


def parse_number(text: str, *, decimal_comma: bool = False) -> Number | None:
    """Reads 1,234.5 · 1.234,5 · 1'234 · 1 234 · 12.3 % · ₩1,000 · USD 5m · (123), △123 (minus) · 1조 2천억 · 3,500만원.

    Nothing is guessed: a date, a range, two signs, a spreadsheet error or a non-finite value is not a number.

    Args:
        text: the cell.
        decimal_comma: how to read an ambiguous comma before exactly three digits (12,345); see `decimal_commas`.
    """
    body, currency, percent, minus = _stripped(text)
    value = _plain(body, decimal_comma)
    if value is None:
        value = _korean(body)
    return None if value is None or not math.isfinite(value) else Number(-value if minus else value, currency, percent)


def decimal_commas(cells: Iterable[str]) -> bool | None:
    """Whether the cells of a column have decimal commas; None if no cell proves it."""
    comma = point = False
    for body in (_stripped(text)[0] for text in cells):
        if _EITHER.fullmatch(body):
            continue
        if _GROUPED.fullmatch(body) or ("." in body and _PLAIN.fullmatch(body)):
            point = point or not _EITHER_POINT.fullmatch(body)
        elif _POINTS.fullmatch(body) or _DECIMAL_COMMA.fullmatch(body):
            comma = True
    return comma if comma != point else None


def may_be_either(text: str) -> bool:
    """Whether a number's comma is ambiguous, thousands or decimal: 12,345."""
    return bool(_EITHER.fullmatch(_stripped(text)[0]))


def may_be_thousands(cells: Sequence[str]) -> bool:
    """Whether points in a column may separate thousands: 12.345 stands beside 800, which has none."""
    return any(_EITHER_POINT.fullmatch(_stripped(text)[0]) for text in cells) and not all("." in text for text in cells)


def currency_code(text: str) -> str:
    """The code of a currency as people write it (`Won`, 원화, `US dollar`, `krw`); other texts in capitals."""
    word = re.sub(r"\s*[(\[][^)\]]*[)\]]", "", unicodedata.normalize("NFKC", text)).strip().lower()
    return _SIGNS.get(word, word.upper())


def heading_currency(heading: str) -> str | None:
    """The currency that a heading names: `Market Value EUR`, `평가금액(원)`, `Value (US$)`."""
    text = unicodedata.normalize("NFKC", heading)
    for words, code in (("원화(?!표시)", "KRW"), ("(?i)^currency_value$", "USD")):  # the latter of N-PORT
        if re.search(words, text):
            return code
    signs = (
        r"[A-Z]{0,2}\$|[韩韓日港欧美]元|新台[币幣]|人民币|[₩€£¥円元]|[A-Z]{3}|(?<=_)[a-z]{3}|원|달러|미화"
        r"|(?<=[천만억(])불|엔|위안|유로|(?i:\beuros?\b)"
    )
    for word in map(str, sorted(re.findall(signs, text), key="$".__eq__)):  # `$ Value (AUD)`
        code = _SIGNS.get(word.lower(), word.upper())
        # 원 also occurs in words (원가, 원천): as a currency it ends one or is in brackets.
        if code in CURRENCIES and (word != "원" or re.search(r"원\s*(?:\)|\]|,|$)", text)):
            return code
    return None


def heading_unit(heading: str) -> float:
    """The unit that a heading gives for its numbers: `평가액(억 원)` 1e8, `Value (USD mn)` 1e6, else 1."""
    text = unicodedata.normalize("NFKC", heading).lower().translate(_IN_KOREAN)
    if found := re.search(rf"(십|백|천)?(조|억|만)\s*(?:원|{_DOLLARS})?(?=\s*[)\],]|\s*$)|(천|백)\s*원", text):
        small = _KOREAN_SMALL.get(found[1] or found[3] or "", 1)
        return float(small * _KOREAN_UNITS.get(found[2] or "", 1))
    if re.search(
        r"'000|\b000s\b|\b(?:thousands?|tsd|tkr|miles|milliers|tusen)\b|(?:[$€£]|(?<![a-z])x)\s?1?[.,]?000\b|\(000\)"
        rf"|천\s*{_DOLLARS}|{_DOLLARS}\s*천",
        text,
    ):
        return 1e3
    if re.search(r"\b(?:hundred|100)\s?(?:millions?|mn|m)\b", text):
        return 1e8
    if found := re.search(r"(?:[$€£]|\b(?:usd|krw|eur|gbp|jpy|nok)\s?)([km])\b", text):
        return _UNITS[found[1]]
    if re.search(r"\b(?:mn|mio|mill?|millions?|millionen|miljoen)\b", text):
        return 1e6
    return 1e9 if re.search(r"\b(?:bn|billions?)\b", text) else 1.0


def _stripped(text: str) -> tuple[str, str | None, bool, bool]:
    """The digits with their separators, the currency, whether there is a percent sign, whether it is negative."""
    if _BARE.fullmatch(text):
        return text, None, False, False
    # In Korean and Japanese fonts `\` is the sign of the currency; `5.-` is five.
    body = _AS_TEXT.sub("", unicodedata.normalize("NFKC", text).strip().lstrip("\\"))
    body = re.sub(r"(?<=\d)[.,][-–—]+$", "", body)
    currency = None
    while found := _CURRENCY.search(body):
        word = (found["word"] or found["end"]).lower()
        code = _SIGNS.get(word, word.upper())
        if currency not in (None, code):
            break
        currency = code
        body = (
            (found["sign"] + body[found.end() :]) if found["word"] else body[: found.start()] + (found["close"] or "")
        )
    percent = bool(_PERCENT.search(body))
    body = _PERCENT.sub("", body)
    minus = False
    if found := re.fullmatch(r"\((.+)\)", body):
        body, minus = found[1].strip(), True
    elif found := re.fullmatch(r"[-−–△▲▼]\s*(.+)|(.+\d)-", body):
        body, minus = found[1] or found[2], True
    elif body.startswith("+"):
        body = body[1:]
    percent = percent or bool(_PERCENT.search(body))
    return _BLANK_OR_TICK.sub("", _PERCENT.sub("", body)), currency, percent, minus


def _plain(body: str, decimal_comma: bool) -> float | None:
    unit = 1.0
    if found := _UNIT.search(body):
        unit, body = _UNITS[found[1].lower()], body[: found.start()]
    if _POINTS.fullmatch(body) or (decimal_comma and _EITHER_POINT.fullmatch(body)):
        body = body.replace(".", "").replace(",", ".")
    elif _GROUPED.fullmatch(body) and not (decimal_comma and _EITHER.fullmatch(body)):
        body = body.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(body):
        body = body.replace(",", ".")
    return float(body) * unit if _PLAIN.fullmatch(body) else None


def _korean(body: str) -> float | None:
    """1조 2천억 · 3,500만 · 5백만 · 12억 · 1천5백: each unit multiplies what precedes it."""
    body = re.sub(r"\s", "", body)
    if not re.match("[0-9].*[조억만천백십]", body) or not _KOREAN.fullmatch(body):
        return None
    total, last = 0.0, math.inf
    for part, unit in re.findall(r"([\d.,천백십]*)([조억만]|$)", body):
        size = _KOREAN_UNITS.get(unit, 1)
        amounts = [(_plain(n or "1", False), _KOREAN_SMALL.get(s, 1)) for n, s in re.findall(_KOREAN_PART, part)]
        if not amounts and not unit:
            continue
        if size >= last or any(number is None for number, _ in amounts):
            return None
        total += size * (sum((number or 0.0) * small for number, small in amounts) if amounts else 1.0)
        last = size
    return total
