"""Countries and regions as people write them, to ISO 3166 codes."""

import functools
import re
import unicodedata

from screener.readers.header import written


def country(text: str | None) -> str | None:
    """ISO 3166-1 code (`CN`) of a country: its code, or its name in one of twenty languages; else None.

    `Korea, Republic of`, `Burma (Myanmar)`, `the Gambia` and `중국산` are read, too.
    """
    if not text:
        return None
    first, comma, last = text.partition(",")
    for form in (text, f"{last} {first}" if comma else text, re.sub(r"\([^)]*\)", " ", text)):
        plain = re.sub("^(?:made in |product of |origin )*", "", _without_the(form))
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
    if re.search(r"\b(?:not|non|except|excl|excluding|outside|other than)\b|제외|이외|아님|除外|以外|^非", whole):
        return None
    parts = [part for part in re.split(r"[,()/·;:|]|\s-\s", unicodedata.normalize("NFKC", text)) if part.strip()]
    for part in (whole, *map(_plain, parts), *whole.split()):
        bare = re.sub(written()["words"]["region_ending"], "", part).strip()
        inside = re.sub("^(?:중국|中国|中國|china )", "", bare)
        # A place after its province: 新疆石河子.
        province = re.sub("(?<=^[一-鿿]{2})[一-鿿]+$", "", inside)
        for name in (part, bare, re.sub(r"(?<=[가-힣])산$", "", bare), inside, province):
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
    for language in "en ko zh zh_Hant ja de fr ru es it pt nl sv da nb fi pl cs id tr".split():
        for code, name in Locale.parse(language).territories.items():
            if code in known:
                names.setdefault(_without_the(name), code)
    for code, aliases in written()["countries"].items():
        names |= {_plain(alias): code for alias in aliases.split("|")}
    return names


@functools.cache
def _subdivisions() -> frozenset[str]:
    import pycountry

    return frozenset(one.code for one in pycountry.subdivisions)


@functools.cache
def _chinese_regions() -> dict[str, str]:
    return {name: f"CN-{code}" for code, names in written()["regions"].items() for name in names.split("|")}
