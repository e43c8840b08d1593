"""Which pairs of a register are renames: the English name is not the Hangul name in another script, but another name.

The rule knows nothing of the matcher's costs or results. From both names go the company forms, the words of the lexicon that render each
other, and the generic words. Of what is left, the consonants in seven classes (k g c q x; t d; p b f v; s z j ch sh; l r; m; n ng) are
compared, the Hangul read by sound and by letter names (then letter by letter as well), once with the generic words and once without. A pair is
a rename where both sides have something left and the longest common row is always less than half of the longer side.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl
from rapidfuzz.distance import LCSseq

ALIKE: Final = 0.5
"""Part of the longer side that has to be common; docs/names.md also gives the figures of lower lines."""
_CLASS: Final = {
    letter: name
    for name, letters in {"K": "kgcqx", "T": "td", "P": "pbfv", "S": "szj", "L": "lr", "M": "m", "N": "n"}.items()
    for letter in letters
}
_ONSETS: Final = "KKNTTLMPPSS.SSSKTP."
_CODAS: Final = ".KKKNNNTLKMLLLLLMPPTTNTTKTPT"


def skeleton(text: str) -> str:
    """Consonant classes and digits of a text in Hangul or Latin letters, repeated ones once."""
    plain = re.sub("ph", "p", text.lower())
    plain = re.sub("[cs]h|c(?=[eiy])", "s", re.sub("[ts]ion", "sn", plain)).replace("ng", "n")
    signs = []
    for sign in plain:
        place = ord(sign) - 0xAC00
        if 0 <= place < 11172:
            signs.append(_ONSETS[place // 588] + _CODAS[place % 28])
        else:
            signs.append(sign if sign.isdigit() else _CLASS.get(sign, ""))
    return re.sub(r"(.)\1+", r"\1", "".join(signs).replace(".", ""))


def renamed(pairs: pl.DataFrame, line: float = ALIKE) -> pl.Series:
    """Whether each pair (corp_name, corp_eng_name) is a rename."""
    from screener.match.names import phonetic
    from screener.match.names.costs import curated_words, generic_words
    from screener.match.names.prepared import comparable

    numbered = pairs.select("corp_name", "corp_eng_name").with_row_index("at")
    korean = comparable(numbered.select("at", name="corp_name")).select("at", ko=phonetic.korean(pl.col("core")))
    latin = comparable(numbered.select("at", name="corp_eng_name")).select("at", la=phonetic.latin(pl.col("core")))
    words = curated_words()
    letters = dict(
        words.filter(pl.col("en").str.contains("^[a-z0-9]$"))
        .unique("ko", keep="first", maintain_order=True)
        .select("ko", "en")
        .iter_rows()
    )
    rendered: dict[str, list[str]] = {}
    for ko, en in words.select("ko", "en").iter_rows():
        if len(ko) > 1 and len(en) > 2:
            rendered.setdefault(ko, []).append(en)
    generic = set(generic_words())
    generic_ko = [ko for ko, english in rendered.items() if generic.intersection(english)]
    return (
        numbered.select("at")
        .join(korean, on="at", how="left")
        .join(latin, on="at", how="left")
        .sort("at")
        .select(
            pl.struct("ko", "la").map_elements(
                lambda pair: _unlike(pair["ko"] or "", pair["la"] or "", rendered, letters, generic, generic_ko, line),
                return_dtype=pl.Boolean,
            )
        )
        .to_series()
    )


def _unlike(
    korean: str,
    latin: str,
    rendered: dict[str, list[str]],
    letters: dict[str, str],
    generic: set[str],
    generic_ko: list[str],
    line: float,
) -> bool:
    squeezed = latin.replace(" ", "")
    here = sorted((ko for ko in rendered if ko in korean), key=lambda ko: (-len(ko), ko))
    for ko in here:
        if ko not in korean:
            continue
        for en in sorted(rendered[ko], key=len, reverse=True):
            if en in squeezed:
                korean, squeezed = korean.replace(ko, "", 1), squeezed.replace(en, "", 1)
                break
    bare, own = korean, squeezed
    for ko in sorted(generic_ko, key=len, reverse=True):
        bare = bare.replace(ko, "")
    for word in sorted((word for word in generic if len(word) > 3), key=len, reverse=True):
        own = own.replace(word, "")
    if not bare or not own:
        return False
    names = "|".join(sorted(letters, key=len, reverse=True))
    read = {re.sub(names, lambda match: letters[match.group()], text) for text in (korean, bare)} | {korean, bare}
    return max(_alike(left, right) for left in read for right in (squeezed, own)) < line


def _alike(left: str, right: str) -> float:
    return max(LCSseq.normalized_similarity(left, right), LCSseq.normalized_similarity(skeleton(left), skeleton(right)))
