"""Prepares names for the comparison by sound: numerals, purposes and signs are written alike in both scripts."""

from __future__ import annotations

from typing import Final

import polars as pl

ALL_BUT_INITIALS: Final = r"\B[a-z0-9]|[^a-z0-9]"
"""Everything except the first letters of words in a Latin text."""
_ORDINALS: Final = (
    "FIRST SECOND THIRD FOURTH FIFTH SIXTH SEVENTH EIGHTH NINTH TENTH ELEVENTH TWELFTH THIRTEENTH FOURTEENTH FIFTEENTH "
    "SIXTEENTH SEVENTEENTH EIGHTEENTH NINETEENTH TWENTIETH"
)
_CARDINALS: Final = (
    "ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN ELEVEN TWELVE THIRTEEN FOURTEEN FIFTEEN SIXTEEN SEVENTEEN "
    "EIGHTEEN NINETEEN TWENTY"
)
_ROMAN: Final = "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX"
_NUMBERED: Final = r"\bSPAC\b|\bREIT|\bFUND\b|\bSHIP\s+INVEST|\bPRIVATE\s+EQUITY|\bMUTUAL\b"
_FORM: Final = r"(?:\s+COMPANY|\s+CO)?(?:\s+LTD|\s+LIMITED)?"


def _numerals() -> dict[str, str]:
    words: dict[str, str] = {}
    ordinals, cardinals = _ORDINALS.split(), _CARDINALS.split()
    for tens, ten in ((20, "TWENTY"), (30, "THIRTY"), (40, "FORTY")):
        words |= {f" {ten} {word} ": f" {tens + n} " for n, word in enumerate(ordinals[:9], start=1)}
        words |= {f" {ten} {word} ": f" {tens + n} " for n, word in enumerate(cardinals[:9], start=1)}
        words[f" {ten} "] = f" {tens} "
    for table in (ordinals, cardinals, _ROMAN.split()):
        words |= {f" {word} ": f" {n} " for n, word in enumerate(table, start=1)}
    return words


def latin(core: pl.Expr) -> pl.Expr:
    """Lower-case words (letters and digits) of a Latin core; numbers as digits, blank-cheque companies as `spac`.

    `HANA FINANCIAL TWENTY TWO SPECIAL PURPOSE ACQUISITION` and `HANA FINANCIAL SPAC 22` give the same text.
    """
    numerals = _numerals()
    text = (
        (pl.lit(" ") + core.str.replace_all("&", " ", literal=True) + pl.lit(" "))
        .str.replace(
            # Nearly every word of it is sometimes missing or misspelt (`SPECIAL ACQUISITION`, `ACQUSITION`).
            r"SPECIAL\s+(?:PU[A-Z]{2,6}\s*)?AC?QU?[A-Z]{5,9}([0-9]*)(\s+COMPANY|\s+CORPORATION|\s+CO)?\b",
            " SPAC $1 ",
        )
        .str.replace(r"\b(CR\s*)?REITS?\s*(?:NO\s*)?([0-9]{1,3}|[IVX]{1,5})\b", " $2 $1 REIT ")
        .str.replace_all(r"\b([0-9]+)\s?(?:ST|ND|RD|TH)\b", "$1")
        .str.replace_all(r"\bNO\s?([0-9]+)\b", " $1 ")
    )
    # Number words are names elsewhere (`SEVEN`, `FIRST FIRE`): they become digits only in the numbers of vehicles.
    text = (
        pl.when(text.str.contains(_NUMBERED))
        .then(
            text.str.replace_all(r"\s+", " ").str.replace_many(list(numerals), list(numerals.values()), leftmost=True)
        )
        .otherwise(text)
    )
    return (
        text.str.replace_all(r"\b0+([1-9])", "$1")
        .str.replace(r" ([0-9]+) +SPAC ", " SPAC $1 ")
        # Ship funds have their number before their type, as in Korean (바다로3호선박투자).
        .str.replace(rf"((?:\s+INTERNATIONAL)?\s+SHIP\s+INVESTMENTS?){_FORM}\s+([0-9]+)\s*$", " $2 $1")
        .str.replace(r"^\s*([0-9]+)\s+(.*?)((?:\s+INTERNATIONAL)?\s+SHIP\s+INVEST)", " $2 $1 $3")
        .str.to_lowercase()
        .str.replace_all(r"[^a-z0-9]+", " ")
        .str.strip_chars(" ")
    )


def korean(core: pl.Expr) -> pl.Expr:
    """Hangul, lower-case letters and digits of a Korean core, numbered vehicles written as in `latin`."""
    return (
        core.str.to_lowercase()
        .str.replace_all(r"[^\p{Hangul}a-z0-9]+", "")
        .str.replace(r"제?0*([0-9]+)호?(?:기업인수목적|스팩)(?:회사)?", "스팩$1")
        .str.replace(r"(?:기업인수목적|스팩)(?:회사)?제?0*([0-9]+)호?", "스팩$1")
        .str.replace("기업인수목적회사|기업인수목적", "스팩")
        .str.replace_all(r"제?0*([0-9]+)호", "$1")
        .str.replace(r"제?일호", "1")
    )


def latin_orders(text: pl.Expr) -> pl.Expr:
    """The text in the word orders its Korean form may have: `kolmar korea` 한국콜마, `bank of korea` 한국은행."""
    home = text.str.replace(r"^(.+?) (korea|hankook)( .+)?$", "$2 $1$3")
    of = text.str.replace(r"^(.+?) of (.+)$", "$2 $1")
    # `3c tae yang` is 태양3C.
    numbered = text.str.replace(r"^([0-9][a-z0-9]*) (.+)$", "$2 $1")
    return pl.concat_list(text, home, of, numbered).list.unique(maintain_order=True)


def without(text: pl.Expr, words: list[str]) -> pl.Expr:
    """A text of `latin` without these words."""
    rest = text.str.replace_all(rf"\b(?:{'|'.join(words)})\b", "")
    return rest.str.replace_all(" +", " ").str.strip_chars(" ")
