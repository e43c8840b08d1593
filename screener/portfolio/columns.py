"""The headings of holdings files in English and Korean, the plainest of each first; which of several to read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stdnum import cusip
from stdnum.gb import sedol

from screener.readers.dates import heading_day
from screener.readers.header import Table, Vocabulary
from screener.readers.numbers import heading_currency
from screener.schema.identifiers import is_valid_brn, normalise_stock_code, squeeze

CODES: Final = ("isin", "stock_code", "dart", "lei", "brn", "crn", "cusip", "sedol", "figi")

_HEADINGS: Final = {
    "isin": (
        "isin|isin code|isin number|표준코드|국제증권식별번호|isin코드|identifier|security id|식별번호|security isin|"
        "code isin|identifier isin|underlying isin"
    ),
    "stock_code": (
        "股票代码|证券代码|銘柄コード|stock code|stockcode|krx code|krx|종목코드|단축코드|종목번호|ticker|"
        "ticker symbol|symbol|security code|ric|bloomberg ticker|bb ticker|bloomberg code|티커|코드|상품번호|code|"
        "종목 번호"
    ),
    "dart": "corp code|dart|dart code|corpcode|고유번호",
    "lei": "lei|lei code|legal entity identifier|issuer lei",
    "brn": "brn|business registration number|business registration no|bizr no|사업자등록번호|사업자번호",
    "crn": "crn|corporate registration number|jurir no|법인등록번호|법인번호",
    "cusip": "cusip|cusip number|cusip code|issuer cusip",
    "sedol": "sedol|sedol code",
    "figi": "figi|bbgid|bloomberg id|bloomberg global id|composite figi",
    "name": (
        "company name|issuer name|issuer|company|회사명|기업명|발행사|발행인|법인명|상호|업체명|발행기관|name|"
        "security name|stock name|holding name|asset name|supplier name|supplier|holding|holdings|종목명|한글종목명|"
        "종목|자산명|상품명|이름|종목명(한글)|보유종목|투자종목|종목 이름|증권명|security description|description|"
        "instrument name|instrument|stock|security|asset|영문종목명|english name|wertpapier|bezeichnung|titre|libellé|"
        "nom|emittent|銘柄|銘柄名|证券名称|公司名称|股票名称|证券简称|nameofissuer|name of issuer|constituent|"
        "constituent name|발행회사|회사|기업|법인|국문명|한글명|영문명|국문종목명|security description 1|issuer title|"
        "underlying|underlying name|기초자산|운용상품|운용상품명|적립금 운용상품|top 10 holdings|top ten holdings|"
        "top holdings|largest holdings|주요 보유종목|상위 10종목|보유상위종목|행 레이블|row labels|"
        "wertpapierbezeichnung|selskap|bolag|valeur|título|titolo|innehav|naam|emisor|emittente"
    ),
    "weight": (
        "weight|weight %|weight pct|weighting|portfolio weight|% weight|% of portfolio|% of net assets|% of nav|% nav|"
        "% of assets|% of fund|% of total|percentage|allocation|pct|percent|gewicht|비중|편입비중|구성비|구성비중|"
        "보유비중|투자비중|비율|편입비율|자산군 내 비중|평가금액비중|gewichtung|% of net asset value|% of market value|"
        "percent of portfolio|percent of net assets|순자산비중|포트폴리오 비중|weight bps|weight bp|wgt|% wgt|"
        "weight in %|portfolio weight %|% portfolio weight|percent of account|port. ending weight|평가비중|펀드비중|"
        "% wgt port|port wgt|port weight|% port|pct of total|pct of portfolio|pct of net assets|"
        "percent of total assets|% of total assets|% of total net assets|poids|anteil|anteil am fondsvermögen in %|"
        "peso|占比|权重|占净值比例|占基金净值比例|比率|構成比|組入比率|andel av fonden|weging"
    ),
    "value": (
        "market value|marketvalue|mv|base market value|market value base|fair value|position value|평가금액|평가액|"
        "시가평가액|시장가치|시가총액 평가|현재가치|보유금액|current value|value|marktwert|kurswert|market value local|"
        "금액|amount|exposure|notional|notional value|평가 금액|valuation|잔고금액|mkt val|mkt value|"
        "total market value|market value in usd|kurswert in eur|원화평가금액|총평가금액|net exposure|currency value|"
        "sum of market value|합계 평가금액|valorisation|valeur boursière|markedsverdi|marknadsvärde|市值|持仓市值|"
        "評価額|時価評価額|marktwaarde|valor de mercado"
    ),
    "currency": (
        "currency|ccy|cur|currency code|통화|통화코드|화폐|local currency|währung|local currency code|devise|valuta|"
        "币种|通貨"
    ),
    "country": (
        "country|country of risk|country of domicile|domicile|country code|국가|국가코드|국적|location|land|"
        "risk country|issuer country|투자국가|소재국|investment country|pays"
    ),
    "asset_class": (
        "asset class|asset type|security type|instrument type|sec type|자산구분|자산유형|상품유형|자산군|종류|type|"
        "유형|구분|자산종류|asset category|investment type|product type|asset cat|position type|put/call|상품구분|"
        "상품종류|증권구분|종목구분|상품분류|자산분류"
    ),
    "side": (
        "long/short|l/s|long short|short/long|side|direction|position side|buy/sell|b/s|포지션|롱숏|payoff profile|"
        "잔고구분|신용구분|대출구분|매매구분|매수매도|매도매수|매수매도구분|매도매수구분|방향"
    ),
    "quantity": (
        "quantity|qty|shares|shares held|number of shares|no of shares|units|수량|보유수량|잔고수량|보유주식수|주식수|"
        "주수|quantity held|holding quantity|shares/par|sshprnamt|balance|quantité|stück"
    ),
    "day": (
        "as of date|as of|as at|position date|valuation date|holding date|holdings date|report date|reporting date|"
        "period end|snapshot date|portfolio date|effective date|기준일|기준일자|평가일|평가일자|조회일|조회일자|기준월|"
        "기준년월|기준연월|date|일자|날짜|quarter|분기"
    ),
    "fund_currency": (
        "base currency|base ccy|fund currency|portfolio currency|reporting currency|report currency|기준통화|펀드통화"
    ),
}
HEADINGS: Final = {column: tuple(words.split("|")) for column, words in _HEADINGS.items()}
WORDS: Final = Vocabulary(HEADINGS)

_NOT_NOW: Final = re.compile(
    r"(?i)benchmark|\bbm\b|벤치마크|index weight|active|초과|전월|전일|전기|전년|이전|직전|previous|prior"
    r"|last (?:month|quarter|year)|target|목표|model|모델"
    r"|\+/-|difference|change|변동|증감|취득|매입|장부|book|cost|손익|gain|loss|accrued|미수|평균|average|한도|limit"
)
_SHAPES: Final = {
    "figi": r"BBG[0-9A-Z]{9}",
    "isin": r"[A-Z]{2}[A-Z0-9]{9}[0-9]",
    "lei": r"[A-Z0-9]{18}[0-9]{2}",
    "crn": r"[0-9]{13}",
}
_SAMPLE: Final = 200
_TICKER: Final = re.compile(r"(?i)[A-Z0-9./]{1,8}(?: [A-Z]{2})?(?: (?:EQUITY|CORP|GOVT|INDEX|CURNCY))?")
_CLASS: Final = re.compile(
    r"(?i)\W*(?:common|pref(?:erred|erence|\.)?|ordinary|equity|stock|shares?|bond|cash|fund|etf|adr|gdr|long"
    r"|short|주식|보통주?|우선주?|채권|현금|국내|해외|(?:class|series) \w)"
    r"(?: (?:stock|shares?|equity))?\W*"
)
# What was done, and when, in lists of trades.
_TRADED: Final = re.compile(
    r"(?i)((?:you )?(?:buy|sell|bought|sold|purchased?|sale|b|s)(?: \W?.*)?|[가-힣]{0,4}(?:매수|매도))"
    r"|(?:dividend|reinvest|deposit|withdraw|interest|fee).*|(?:배당|입금|입고|출금|출고|이체|환전|이자).*"
)
_TRADING: Final = re.compile(
    r"(?i)trad(?:e|ing) (?:date|day|time|type)|transaction|settle|execut|run date|^date$|거래(?:일|시간|구분|유형|종류)"
    r"|체결|매매일|결제일|주문|^일자$|^날짜$"
)

SINGLE: Final = ("weight", "value", "currency", "country", "asset_class", "side", "quantity", "day", "fund_currency")


def recognise(heading: str) -> str | None:
    """The column that a heading means, or none: a benchmark's weight or a book value is not a holding."""
    column = WORDS.recognise(heading)
    return None if column in ("weight", "value") and _NOT_NOW.search(heading) else column


def in_one_currency(heading: str) -> bool:
    """Whether the heading of values says that all are in the fund's currency, whatever each security's own is."""
    return re.search(r"(?i)\bbase\b|\b(?:fund|portfolio|report\w*) (?:ccy|currency)|환산|원화", heading) is not None


def are_trades(table: Table, one: Mapping[str, str]) -> bool:
    """Whether a table lists what was bought and sold: such a column, and a day of trading or no value held."""
    held = "weight" in one or re.search(r"(?i)market|mkt|mv|평가", one.get("value", ""))
    dated = any(map(_TRADING.search, table.headings))
    cells = [[cell for cell in table.column(heading) if cell] for heading in table.headings]
    said = [[_TRADED.fullmatch(cell) for cell in column] for column in cells]
    return (dated or not held) and any(all(column) and any(found[1] for found in column if found) for column in said)


def says_percent(heading: str) -> bool:
    """Whether a weight heading says that its numbers are percent, or hundredths of one."""
    return says_basis_points(heading) or re.search(r"%|pct|percent|퍼센트|％", heading, re.IGNORECASE) is not None


def says_basis_points(heading: str) -> bool:
    """Whether a weight heading says that its numbers are hundredths of a percent."""
    return re.search(r"(?i)\bbps?\b|basis points", heading) is not None


@dataclass(frozen=True)
class Columns:
    """The headings that were chosen.

    one: column -> heading for those of SINGLE.
    names: headings of names, the best first; codes: heading -> the column that it names for its numbers.
    """

    one: dict[str, str]
    names: list[str]
    codes: dict[str, str]
    notes: list[str]

    @property
    def identify(self) -> bool:
        """Whether any column identifies a company."""
        return bool(self.names or self.codes)

    @property
    def used(self) -> dict[str, str]:
        """Heading -> column, of all headings that are read; of quantities only the sign is."""
        single = {heading: column for column, heading in self.one.items() if column != "quantity"}
        return single | dict.fromkeys(self.names, "name") | self.codes


def choose(table: Table, given: Mapping[str, str]) -> Columns:
    """Chooses the columns of a table; those that a person named take precedence."""
    here = {column: heading for column, heading in given.items() if heading in table.headings}
    candidates: dict[str, list[str]] = {column: [] for column in WORDS.columns}
    for heading in table.headings:
        if heading not in here.values() and (column := recognise(heading)):
            candidates[column].append(heading)
    notes: list[str] = []
    one = {column: heading for column, heading in here.items() if column in SINGLE}
    for column in SINGLE:
        several = candidates[column]
        if column in one or not several:
            continue
        why = "the plainest"
        newest = max(heading_day(heading) or "" for heading in several)
        single = [h for h in several if in_one_currency(h) or heading_currency(h)] if column == "value" else []
        if len(set(table.column(one.get("currency") or next(iter(candidates["currency"]), None)))) > 1:
            several = single or several
            why = "the one in a single currency" if single else why
        one[column] = min((h for h in several if (heading_day(h) or "") == newest), key=WORDS.place)
        if column in ("weight", "value") and len(candidates[column]) > 1:
            why, listed = "the newest" if newest else why, ", ".join(map(repr, candidates[column]))
            notes.append(f"several columns of {column}s: {one[column]!r} is read, {why} of {listed}")
    codes = {heading: column for column, heading in here.items() if column in CODES}
    codes |= {heading: column for column in CODES for heading in candidates[column]}
    likeness: dict[str, float] = {}
    # Some name their companies in a column without a heading.
    candidates["name"] = candidates["name"] or [h for h in table.headings if re.fullmatch(r"column \d+", h)]
    for heading in candidates["name"]:
        cells = [cell for cell in table.column(heading)[:_SAMPLE] if cell]
        likeness[heading] = _name_likeness(cells)
        # Short numbers under such a heading may as well be amounts.
        if 2 * sum(_is_code(cell) and not re.fullmatch(r"[\d.,]{1,4}", cell) for cell in cells) > len(cells):
            codes.setdefault(heading, "stock_code")
    least = 0.5 * max(likeness.values(), default=0.0)
    fit = [heading for heading in likeness if heading not in codes and likeness[heading] >= least]
    fit = [heading for heading in fit if likeness[heading] > 0 or not least]
    names = [here["name"]] if "name" in here else []
    names += sorted(fit, key=WORDS.place)
    if not names and not codes and not re.fullmatch(r"column \d+", "".join(candidates["name"][:1])):
        names = candidates["name"][:1]
    return Columns(one, names, {h: codes[h] for h in table.headings if h in codes}, notes)


def classify_code(text: str, said: str) -> str:
    """The column of a number by its shape and check digit, else that of its heading (`said`)."""
    plain = re.sub(r"[-.]", "", squeeze(text))
    if column := next((column for column, shape in _SHAPES.items() if re.fullmatch(shape, plain)), None):
        return column
    if re.fullmatch(r"[0-9]{10}", plain) and said != "crn" and (said == "brn" or is_valid_brn(plain)):
        return "brn"
    if cusip.is_valid(plain):
        return "cusip"
    if re.fullmatch(r"[0-9]{8}", plain) and said not in ("brn", "crn"):
        return "dart"
    if said != "dart" and sedol.is_valid(plain):
        return "sedol"
    if said not in ("dart", "brn", "crn") and normalise_stock_code(text):
        return "stock_code"
    return said


def _name_likeness(cells: Sequence[str]) -> float:
    if not cells:
        return 0.0
    like = sum(not _is_code(cell) and not _CLASS.fullmatch(cell) and sum(map(str.isalpha, cell)) >= 2 for cell in cells)
    # A ticker may be a name (KT, LG), but a column of tickers next to longer texts is not the one with the names.
    short = sum(bool(cell.isascii() and _TICKER.fullmatch(cell) and cell == cell.upper()) for cell in cells)
    variety = len(set(cells)) / len(cells)
    return (like - 0.6 * min(short, like)) / len(cells) * (0.3 + 0.7 * variety)


def _is_code(cell: str) -> bool:
    return bool(re.fullmatch(r"[A-Z0-9./]{1,9} [A-Z]{2}(?: EQUITY)?", cell.upper())) or (
        classify_code(cell, "") != "" and any(map(str.isdigit, cell))
    )
