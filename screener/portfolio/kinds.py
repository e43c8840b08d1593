"""What a line of a holdings file is: a security, a fund, cash, a derivative, a government bond, or no holding."""

import re
from collections.abc import Sequence
from typing import Final

from screener.readers.header import folded, known_headings

SECURITY, CASH, DERIVATIVE, GOVERNMENT, FUND = "security", "cash", "derivative", "government_bond", "fund"

# `*` in a word is any text.
_CASH_WORDS: Final = "|".join(re.escape(word).replace(r"\*", ".*") for word in known_headings("lines")["cash"])
_CASH: Final = re.compile(
    rf"(?i)\W*(?:{_CASH_WORDS}|cash\W.*|.*\Wcash(?: ?\(.*)?|.*\bcash (?:collateral|reserves?)\b.*|money ?markets?\W?.*"
    r"|(?:dividends?|tax|trade|interest|income) (?:receivable|payable|reclaim)s?.*|(?:time |term |call )?deposits?"
    r"|(?:net )?(?:receivables?|payables?)(?: for .*)?|(?:krw|usd|eur|jpy|cny|gbp|hkd) ?(?:cash|deposit|balance)s?"
    r"|(?:south )?korean won(?: (?:payable|receivable)s?)?|.*MM[FTW]\b.*|.*(?:이율|원리금)보[장증].*"
    r"|기타 ?자산(?: ?및 ?|·|/)?(?:기타 ?)?부채|[가-힣 ]*RP(?: ?[가-힣\d(].*)?)\W*"
)
_CASH_CODE: Final = re.compile(
    r"(?i)\W*(?:cash|krw|usd|eur|jpy|cny|hkd|gbp|cash_?[a-z]{3}|[a-z]{3}_?cash|[a-z]{3} curncy|010010|KRD\w{9})\W*"
)
_CASH_CLASS: Final = re.compile(
    r"(?i)cash(?!.?equit)|money market|deposit|repo\b|현금|예금|예수금|단기(?:금융|자금)|유동성|\bSTIF\b"
    r"|^[a-z]{2}7\d$|預[りけ]?金|存款|现金"
)
_DERIVATIVE: Final = re.compile(
    r"(?i)\b(?:NDFs?|TRS|FWDs?|WTS|\w{3}/\w{3} (?:purchased|sold))\b|\d+WR$"
    r"|\b(?:futures|options?|swaps?|forwards?|warrants?|cfds?|call|put|fx forward)\b|\bfut\b|선물(?!산)|옵션|스왑"
    r"|선도(?:거래|계약|환)|통화선도|신주인수권(?!부사채)|파생결합|(?<![a-z])(?:ELW|[ED]L[SB])(?![a-z])"
    r"|KOSPI ?2(?:00)? (?:F|INX)|\b[FCP] 20\d{4}|\d.*[콜풋]$"
)
# With a month or price of expiry even a company's name does not make it a share.
_EXPIRES: Final = re.compile(
    r"(?i)^(?!.*%).*\b(?:futures?\s(?:[a-z]{3}\s?)?\d|(?:options?|call|put|warrants?|wts)\b.*\d)"
)
_DERIVATIVE_CLASS: Final = re.compile(
    r"(?i)deriv|future|option|swap|forward|warrant|\bcfds?\b|파생|선물|옵션|스왑|신주인수권(?!부사채)"
    r"|^(?:put|call|rights?|[A-Z]{2}[A-F]\w)$"
)
_GOVERNMENT: Final = re.compile(
    r"(?i)국고(?:채|\d)|국채|통안|통화안정|재정증권|외평채|외국환평형|국민주택|지방채|도시철도채|지역개발채|물가연동"
    r"|\bKTBI?\W?\d|^KTB$|treasury (?:bond|bill|note)s?|\bT-?(?:bill|note|bond)s?\b"
    r"|monetary stabili[sz]ation|government bonds?|govt bonds?|sovereign|^(?:republic of korea"
    r"|korea (?:treasury|monetary|republic)|korea, republic|us treasury|united states treas)"
)
# Bonds of state-owned companies (`Government-Related`, `Quasi-Sovereign`, 국공채) are bonds of companies.
_GOVERNMENT_CLASS: Final = re.compile(
    r"(?i)국채|지방채|통안|정부(?!투자|보증|기관|관련)|^[a-z]{2}1\d$|government(?!.{0,3}(?:related|agency|guarant|sponsor))"
    r"|(?<!quasi)(?<!quasi.)sovereign|treasur|municipal"
)
_PAYMENT: Final = re.compile(r"(?i)\W*(?:cash|margin|현금|보통|.*(?:융자|신용|대출).*)\W*")
_BOND_CLASS: Final = re.compile(
    r"(?i)bond|^[a-z]{2}2\d$|fixed income|debenture|\bnotes?\b|\bdebt\b|credit|채권|회사채|사채|금융채|특수채|공사채"
)
_FUND: Final = re.compile(
    r"""(?ix)\b(?:ETF|ETN|ETP|UCITS|SICAV|index\ fund|mutual\ fund|tracker\ fund)s?\b|\bfund\b(?!ing|amental)
        |투자신탁(?!운용)|증권(?:모|자)(?:$|\W)|(?<![a-z])T[DI]F(?![a-z])|수익증권|상장지수|펀드(?!일)|집합투자|모투자|자투자|투자조합
    |^(?:KODEX|TIGER(?!\ ELEC)|KBSTAR|ARIRANG|HANARO|KOSEF|KINDEX|TIMEFOLIO|TREX|마이티|마이다스\ |파워|에셋플러스
        |VITA|iShares|SPDR|Vanguard|Invesco|Lyxor|Xtrackers|Amundi|WisdomTree
        |VanEck|ProShares|Direxion|Franklin\ FTSE|Global\ X|First\ Trust)\b
    |^(?:ACE|RISE|SOL|PLUS|1Q|WON|BNK|KIWOOM|히어로즈|UNICORN|ITF|FOCUS|SMART)\ .*(?:\d{3}|국[고채]|채권|미국|중국|일본
        |인도|코스피|코스닥|KOSPI|KOSDAQ|S&P|나스닥|NASDAQ|배당|금현물
        |CD금리|머니마켓|반도체|2차전지|액티브|인버스|레버리지|\bTR\b|KRX|KOFR|글로벌|차이나|테크|바이오|방산|조선|그룹)
    |레버리지|인버스|\b(?:leveraged|inverse)\b"""
)
_FUND_CLASS: Final = re.compile(r"(?i)\bET[FNP]s?\b|^[a-z]{2}4\d$|funds?\b|펀드|수익증권|집합투자|투자신탁|상장지수")
_COMPANY_FORM: Final = re.compile(r"(?i)\b(?:co|ltd|inc|corp|corporation|company)\b|주식회사|㈜|\(주\)")
_EQUITY_CLASS: Final = re.compile(r"(?i)equit|^[a-z]{2}3\d$|stock|share|주식|보통주|우선주|common|pref")

_SHARE_ISIN: Final = re.compile(r"KR7[0-9A-Z]{9}")
_SHARE_CODE: Final = re.compile(r"(?i)A?\d{5}[0-9KLM](?:\.K[SQ])?")
_FOREIGN_LISTING: Final = re.compile(
    r"(?i)[A-Z0-9.]{1,10}[ .:](US|UN|UW|UQ|JP|JT|T|HK|LN|L|LI|GY|GR|DE|FP|PA|SW|CH|C1|CG|SS|SZ|SH|TT|TW|AU|AX"
    r"|CN|CT|SP|SI|NA|AS|IM|MI|SM|MC|N|O|OQ|K)( EQUITY)?"
)

# Headings of groups in outlines and pivots: sectors, classes and countries of the usual classifications.
_GROUPS: Final = frozenset(map(folded, known_headings("lines")["group"]))
_EXCHANGES: Final = {folded(word): place for place, words in known_headings("exchanges").items() for word in words}
_SHORT_WORD: Final = 3  # Shorter ones may be part of another name.
# `2. 해외주식 (3종목)`, `South Korea - 40.2%`
_COUNTED: Final = re.compile(r"^(?:\d{1,2}|[가-하]|[IVX]{1,4})[.)]\s+|[(\[]?[\d.,]+\s?(?:%|종목|개|건)[)\]]?$")
_REMARK_WORDS: Final = 9
_FOOTER: Final = re.compile(
    r"(?i)[-–—]\s*\d+\s*[-–—]$|(?:page|p\.|쪽|페이지)\s*\d+|\d+\s*(?:/\s*\d+|쪽|페이지|page)|\(?주\s?\d"
    r"|(?:작성자?|출처|자료|출력\s?(?:일시|일자|자)|비고|account|계좌(?:번호)?|source|printed|downloaded|copyright)\s?[:：]"
    r"|©|\(c\) \d|\([a-z*†\d]{1,2}\) .*[a-z]\.$"
)


def is_group(name: str) -> bool:
    """Whether a text is a sector, asset class or country, as headings of groups are, `[Cash]`: no name of a company."""
    return bool(re.fullmatch(r"\[[\w ]*\]", name)) or folded(_COUNTED.sub("", name)) in _GROUPS


def is_share_of(text: str) -> bool:
    """Whether a text ends with a part of the whole, as headings of sections do: `Household Durables - 2.1%`."""
    return re.search(r"(?:[-–—:]|\s\()\s*[\d.,]+\s?%\)?$", text) is not None


def is_remark(text: str) -> bool:
    """Whether a text is a sentence, as found below tables, not a name."""
    return (
        len(text) > 80
        or len(text.split()) > _REMARK_WORDS
        or text.startswith(("※", "* ", "주)", "Note:", "Source:"))
        or _FOOTER.match(text) is not None
    )


def kind_of(name: str | None, asset_class: str | None, isin: str | None, code: str | None) -> tuple[str, bool]:
    """The kind of a line, and whether it is a bond.

    A share's number outweighs words in its name (POSCO Future M is not a future), except those for a fund: funds are
    listed, too. The asset class in the file takes precedence over what a name sounds like.
    """
    asset, text, number = asset_class or "", name or "", _squeezed(isin or "")
    # The number of a share or fund listed in Korea, not of a derivative.
    share = bool(_SHARE_ISIN.fullmatch(number) or _SHARE_CODE.fullmatch((code or "").strip()))
    # Companies are called Futures and Future, too.
    derivative = not _EQUITY_CLASS.search(asset) and (
        (_DERIVATIVE.search(text) and not _COMPANY_FORM.search(text)) or _EXPIRES.search(text)
    )
    if number.startswith(("KR1", "KR2")) or (_GOVERNMENT_CLASS.search(asset) and not share):
        return GOVERNMENT, True
    if number.startswith("KR5") or _FUND_CLASS.search(asset):
        return FUND, False
    if _GOVERNMENT.search(text) and not share and not _FUND.search(text):
        return GOVERNMENT, True
    # A line with the number of a security is none of cash, even if it was paid in cash (`Type: Cash`, 현금).
    listed = share or bool(number or re.fullmatch(r"\d{1,6}", code or ""))
    is_cash = _CASH.fullmatch(text) or (_CASH_CLASS.search(asset) and not listed)
    if (code and _CASH_CODE.fullmatch(code)) or (is_cash and not share):
        return CASH, False
    if number.startswith(("KR4", "KRA")) or (not share and (_DERIVATIVE_CLASS.search(asset) or derivative)):
        return DERIVATIVE, False
    if _FUND.search(text) and not (_EQUITY_CLASS.search(asset) and share):
        return FUND, False
    return SECURITY, bool(number.startswith(("KR6", "KR3")) or _BOND_CLASS.search(asset))


def are_payments(classes: Sequence[str]) -> bool:
    """Whether a column says how shares were bought (cash or margin, 현금 or 융자), not what they are."""
    return len(classes) > 1 and all(map(_PAYMENT.fullmatch, classes))


def foreign_reason(
    isin: str | None, code: str | None, country: str | None, country_written: str | None, exchange: str | None
) -> str | None:
    """Why a line may be foreign, in words; None if nothing says so, or if a Korean number outweighs it.

    Six digits alone are a number in Shenzhen and Shanghai, too: there the country or the exchange decides.
    """
    number = _squeezed(isin or "")
    found = re.fullmatch(r"(A?)\d[0-9A-Z]{5}(\.K[SQ])?", (code or "").strip(), re.IGNORECASE)
    places = {_place_of(exchange) if exchange else None, country} - {None}
    if number.startswith("KR") or (found and (found[1] or found[2] or "KR" in places or not places)):
        return None
    if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{9}[0-9]", number):
        return f"its ISIN is of {number[:2]}"
    if country_written and country != "KR" and sum(map(str.isalpha, country_written)) >= 2:
        return f"its country is {country_written}"
    if code and _FOREIGN_LISTING.fullmatch(code.strip()):
        return f"it is listed elsewhere ({code.strip()})"
    if code and not number and re.fullmatch(r"[A-Z]{1,5}", code.strip()):
        return f"{code.strip()} is not a Korean code"
    if places and "KR" not in places:
        return f"it is listed elsewhere ({exchange})"
    return None


def _place_of(exchange: str) -> str | None:
    """Whether an exchange, known by its name or by a word of it (`Nasdaq Helsinki`), is in `KR` or `abroad`."""
    words = [word for word in re.findall(r"\w+", exchange) if len(word) > _SHORT_WORD or not word.isascii()]
    places = [_EXCHANGES[word] for word in map(folded, (exchange, *words)) if word in _EXCHANGES]
    return "KR" if "KR" in places else next(iter(places), None)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()
