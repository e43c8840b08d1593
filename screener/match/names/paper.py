"""Splits a company's name in share records from the share's class, par value and code, or a country.

`Hyundai Motor Co Ltd-2nd Prf`, `삼성전자우선주`, `[005930]삼성전자`, `SAMSUNG ELECTRONICS CO LTD COMMON STOCK KRW100.0`
and `KOREAN AIR LINES CO LTD/KR` name companies; the rest is cut off here. A name may itself end like this (`대우` is
not a preference share of `대`), so the whole name is looked up before the shortened one.
"""

from __future__ import annotations

from typing import Final

import polars as pl

_SERIES: Final = r"(?:(?:S|SER|SERIES|CLASS|NO\.?)[ .]?[1-9]|[1-9](?:ST|ND|RD)?)"
_RIGHTS: Final = r"(?:NVTG|N/?V|(?:NON[- ]?)?(?:VO?TG?(?:ING)?|CUM(?:ULATIVE)?|CONV(?:ERTIBLE)?|PART(?:ICIPATING)?))"
_PREFERENCE: Final = (
    rf"(?:{_RIGHTS} ?)*(?:{_SERIES} ?)?(?:PREF(?:ER(?:R(?:E(?:D)?)?|ENCE)?)?|PFD|PRFD?|PFCE)\.?"
    rf"(?: (?:SHARES?|SHS|STOCK|STK))?(?: ?{_SERIES})?(?: {_RIGHTS})?|NON[- ]?VOTING(?: PR?E?F?)?"
)
_COMMON: Final = r"(?:COMMON|ORDINARY|ORD)(?: (?:STOCK|STK|SHARES?|SHS))?|COM (?:STOCK|STK|NPV)|SHS|NPV|보통주(?:식)?"
_MONEY: Final = r"(?:KRW|WON) ?[0-9][0-9,.]*"
_HOME: Final = (
    r"[(\[](?:KR|KOR|(?:SOUTH )?KOREA|THE)[)\]]|[,–-]\s*(?:SOUTH )?KOREA"
    r"|/(?:KR|KOR|KOREA|(?:THE )?REP(?:UBLIC|\.)? OF KOREA|SOUTH KOREA)"
)
_TOWN: Final = (
    "서울|부산|대구|인천|광주|대전|울산|세종|수원|기흥|화성|평택|용인|이천|안산|시흥|파주|오산|안양|청주|오창|충주|음성|진천|천안|아산|온양|탕정|서산|대산|당진|포항|구미|경주|창원"
    "|거제|양산|김해|사천|여수|광양|순천|군산|전주|익산|완주|제주|춘천|원주|남양|소하|광명|SEOUL|BUSAN|ULSAN|SUWON|GIHEUNG|HWASEONG"
    "|PYEONGTAEK|ICHEON|CHEONGJU|OCHANG|ASAN|CHEONAN|DAESAN|DANGJIN|POHANG|GUMI|CHANGWON|GEOJE|YEOSU|GWANGYANG|GUNSAN"
    "|JEONJU|PAJU|INCHEON|GWANGJU"
)
_SITE: Final = (
    rf"\s*(?:{_TOWN})\s?(?:제?\s?[1-9])?(?:공장|사업장|사업소|캠퍼스|제철소|조선소|사무소|본사)|\s+본사"
    rf"|[\s,(-]+(?:{_TOWN}) (?:PLANT|WORKS|FACTORY|CAMPUS|SHIPYARD)"
)
"""A site at home is no company of its own: `현대자동차 울산공장`; one abroad mostly is."""
_APART: Final = r"[\s,/(\[_-]+"
_END: Final = r"[)\].,\s]*"
_KOREAN: Final = r"\s*\(?[1-9]?우(?:선주)?[ABC]?(?:\(?전환\)?)?\)?"
_EXCHANGE: Final = r"(?:[\s-]+[1-9]PB?|\s*\([1-9]?P(?:B|REF)?\))"
"""A preference share in the exchange's English short names (`HyundaiMtr(2PB)`)."""
_PREFERRED: Final = rf"(?i)(?:{_APART}(?:{_PREFERENCE}){_END}|{_KOREAN}|{_EXCHANGE})$"
_BESIDE: Final = rf"(?i)(?:{_APART}(?:{_COMMON}|{_MONEY}){_END}|\s*(?:보통주|{_HOME}){_END}|(?:{_SITE}){_END})$"
TERMINAL: Final = r"(?:[ .](?:KS|KQ|KN|KR|KSE|KRX|KOE)(?: EQUITY)?)?"
CODE: Final = r"[0-9]{5}[0-9A-Z]"
MARKET: Final = r"(?:(?:X?KRX|XKOS|K(?:R|S|Q|OR|SE|OSPI|OSDAQ)): ?|A)?"


def company(clean: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The name without such additions, and `preference` if they say so, else null."""
    brackets = rf"(?i)[\[(]\s*{MARKET}{CODE}{TERMINAL}\s*[\])]"
    name = (
        clean.str.replace_all(brackets, " ")
        .str.replace(rf"(?i)^\s*{MARKET}{CODE}{TERMINAL}[\s:_-]+(\p{{L}}|\()", "$1")
        .str.replace(rf"(?i)(\p{{L}}[)\s.]*)[\s:_/-]+A?[0-9]{{6}}{TERMINAL}$", "$1")
        .str.strip_chars(" ")
    )
    preferred = pl.lit(False)
    for _ in range(4):  # so many additions are cut off, one after the other
        name = name.str.replace(_BESIDE, "")
        preferred = preferred | name.str.contains(_PREFERRED)
        name = name.str.replace(_PREFERRED, "").str.strip_chars(" ,-/_")
    return name, pl.when(preferred).then(pl.lit("preference"))
