"""Countries and regions as people write them, to ISO 3166 codes."""

import functools
import re
import unicodedata
from typing import Final

# Names that are neither in pycountry nor in Babel.
_ALIASES: Final = {
    "AE": "uae|u a e", "BA": "bosnia", "CD": "dr congo|drc|democratic republic of congo|congo democratic republic",
    "CI": "ivory coast", "CN": "prc|mainland china|china mainland|pr china|p r china|중화인민공화국|중공",
    "CZ": "체코공화국", "GB": "uk|u k|great britain|england|scotland|잉글랜드",
    "HK": "hongkong|hong kong sar|hong kong china|china hong kong|홍콩|香港", "KN": "st kitts and nevis",
    "KP": "korea north|dprk|조선", "KR": "korea|korea south|republic of korea|rok|s korea|korea rep|rep of korea|한국"
    "|남한|국내|韓國|corée|corea", "LY": "libyan arab jamahiriya", "MK": "macedonia", "MM": "burma|버마",
    "MO": "macau|macao sar|마카오", "NL": "holland",
    "PS": "palestine|palestinian|palestinian territory|occupied palestinian territories|west bank|gaza",
    "RU": "러시아연방|俄国", "SZ": "swaziland", "TL": "east timor", "TR": "turkey|터키",
    "TW": "taiwan roc|china taiwan|taiwan china|chinese taipei|中国台湾", "UA": "region crimea|crimea|donetsk|luhansk",
    "US": "u s a|u s|america|미합중국", "VA": "holy see", "VC": "saint vincent|st vincent and grenadines",
    "VI": "us virgin islands", "VN": "월남", "XK": "kosovo",
}  # fmt: skip
_CHINESE_REGIONS: Final = {
    "AH": "anhui|안후이|안휘|安徽", "BJ": "beijing|베이징|북경|北京", "CQ": "chongqing|충칭|중경|重庆|重慶",
    "FJ": "fujian|푸젠|복건|福建", "GD": "guangdong|광둥|광동|广东|廣東", "GS": "gansu|간쑤|감숙|甘肃",
    "GX": "guangxi|광시|광서|广西", "GZ": "guizhou|구이저우|귀주|贵州", "HA": "henan|허난|河南",
    "HB": "hubei|후베이|호북|湖北", "HE": "hebei|허베이|하북|河北", "HI": "hainan|하이난|해남|海南",
    "HL": "heilongjiang|헤이룽장|흑룡강|黑龙江", "HN": "hunan|후난|湖南", "JL": "jilin|지린|길림|吉林",
    "JS": "jiangsu|장쑤|강소|江苏", "JX": "jiangxi|장시|江西", "LN": "liaoning|랴오닝|요녕|요령|辽宁|遼寧",
    "NM": "inner mongolia|nei mongol|네이멍구|내몽골|내몽고|内蒙古", "NX": "ningxia|닝샤|宁夏",
    "QH": "qinghai|칭하이|청해|青海", "SC": "sichuan|쓰촨|四川", "SD": "shandong|산둥|산동|山东|山東",
    "SH": "shanghai|상하이|상해|上海", "SN": "shaanxi|산시성|섬서|陕西", "SX": "shanxi|산서|山西",
    "TJ": "tianjin|톈진|천진|天津",
    "XJ": "xj|urumqi|urumchi|kashgar|korla|shihezi|우루무치|乌鲁木齐|"
    "turpan|hami|changji|karamay|hotan|bayingolin|투루판|하미|창지|ウイグル|新疆ウイグル|синьцзян|"
    "xinjiang|xinjiang uyghur|xinjiang uygur|xuar|east turkestan|신장|신장위구르|신장 위구르|위구르|신강"
    "|新疆|新疆维吾尔",
    "XZ": "tibet|xizang|티베트|티벳|시짱|서장|西藏", "YN": "yunnan|윈난|운남|云南|雲南",
    "ZJ": "zhejiang|저장|절강|浙江",
}  # fmt: skip
_REGION_ENDING: Final = re.compile(
    r"\s*(?:uyghur |uygur )?(?:autonomous region|province|municipality|prefecture|prov|city|sheng|zizhiqu|shi)$"
    r"|\s*(?:위구르)?\s*(?:자치구|성|시)$|(?:维吾尔|壮族|回族)?(?:自治区|省|市)$"
)
_BORN_HERE: Final = ("made in ", "product of ", "origin ")


def country(text: str | None) -> str | None:
    """ISO 3166-1 code (`CN`) of a country: its code, or its name in a language below; else None.

    `Korea, Republic of`, `Burma (Myanmar)`, `the Gambia` and `중국산` are read, too.
    """
    if not text:
        return None
    first, comma, last = text.partition(",")
    for form in (text, f"{last} {first}" if comma else text, re.sub(r"\([^)]*\)", " ", text)):
        plain = _without_the(form)
        for opening in _BORN_HERE:
            plain = plain.removeprefix(opening)
        for name in (" ".join(plain.split()), re.sub(r"(?<=[가-힣])산$", "", plain)):
            if code := _countries().get(name):
                return code
    return None


def region(text: str) -> str | None:
    """ISO 3166-2 code (`CN-XJ`) of a region: a code, or a Chinese province by its name; else None."""
    if found := re.fullmatch(r"\s*([A-Za-z]{2})[-_ ]([A-Za-z0-9]{1,3})\s*", text):
        code = f"{found[1]}-{found[2]}".upper()
        return code if code in _subdivisions() else None
    whole = _plain(text)
    if re.search(r"\b(?:not|non|except|excl|excluding|outside|other than)\b|제외|이외|아님", whole):
        return None
    parts = [part for part in re.split(r"[,()/·;:|]|\s-\s", unicodedata.normalize("NFKC", text)) if part.strip()]
    for part in (whole, *map(_plain, parts), *whole.split()):
        bare = _REGION_ENDING.sub("", part).strip()
        for name in (part, bare, re.sub(r"(?<=[가-힣])산$", "", bare), re.sub("^(?:중국|中国|中國|china )", "", bare)):
            if found_here := _chinese_regions().get(name):
                return found_here
    return None


def origin(text: str) -> tuple[str | None, str | None]:
    """What an origin cell says: region (`CN-XJ`) and country (`CN`); `China (Xinjiang)`, `중국산`, `신장`."""
    if place := region(text):
        return place, place[:2]
    parts = [part for part in re.split(r"[,()/;]", text) if part.strip()]
    codes = {code for part in parts if (code := country(part))}
    return None, country(text) or (codes.pop() if len(codes) == 1 else None)


def _plain(text: str) -> str:
    latin = re.sub("(?<=[A-Za-z])[\u0300-\u036f]+", "", unicodedata.normalize("NFKD", text))
    words = re.sub(r"[^\w\s]|_", " ", unicodedata.normalize("NFKC", latin).lower())
    return " ".join(words.split())


@functools.lru_cache(10_000)
def _without_the(name: str) -> str:
    return " ".join(re.sub(r"\bthe\b", " ", _plain(name)).split())


@functools.cache
def _countries() -> dict[str, str]:
    import pycountry
    from babel import Locale

    names: dict[str, str] = {}
    known = {one.alpha_2 for one in pycountry.countries}
    for one in pycountry.countries:
        for attribute in ("alpha_2", "alpha_3", "name", "official_name", "common_name"):
            if name := getattr(one, attribute, None):
                names.setdefault(_without_the(name), one.alpha_2)
    for language in "en ko zh zh_Hant ja de fr es it pt nl sv da nb fi pl cs id".split():
        for code, name in Locale.parse(language).territories.items():
            if code in known:
                names.setdefault(_without_the(name), code)
    for code, aliases in _ALIASES.items():
        names |= {_plain(alias): code for alias in aliases.split("|")}
    return names


@functools.cache
def _subdivisions() -> frozenset[str]:
    import pycountry

    return frozenset(one.code for one in pycountry.subdivisions)


@functools.cache
def _chinese_regions() -> dict[str, str]:
    return {name: f"CN-{code}" for code, names in _CHINESE_REGIONS.items() for name in names.split("|")}
