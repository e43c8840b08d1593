"""Rough sketches of names, similar in every script, to find the few names worth comparing among millions.

A sketch is a name's consonants in eight classes (k g c q to K, t d th to T, …), read from Latin letters or from Hangul;
a vowel counts only at the beginning. A Hangul name has up to three: as it sounds; with the lexicon's words in
English (전자 electronics); with letter names as letters (에스디아이 SDI). Features of a name are the runs of two, three
and four classes in its sketches, and each whole sketch. Rare features weigh more.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from screener.match.names import phonetic
from screener.match.names.costs import curated_words, generic_words
from screener.match.names.sound import LETTERS, Ints, code_points, latin_rows
from screener.match.names.words import english_lexicon, korean_lexicon, normalise_loanwords

_BASE: Final = 20
"""Classes and digits as the digits of a number, 0 for none."""

WHOLE: Final = _BASE**4
"""Feature numbers from here on denote whole sketches."""

_MOST_READ: Final = 8
"""Maximum letters of a name that is read letter by letter."""

SHORT: Final = 6
"""If no more letters remain without trade words, a Latin name is sketched with these words, too."""

SHORT_HANGUL: Final = 1
"""The same for syllables of a Hangul name."""

_SPOKEN_DIGITS: Final = [
    dict(zip("0123456789", spoken.split(), strict=True))
    for spoken in ("jero won tu sri po paib siks sebn eit nain", "kong il i sam sa o yuk chil pal ku")
]
"""Digits as Hangul names spell them: in English (포바이포, 4by4) and in Korean."""

_RUN: Final = rf"^[a-z0-9]{{2,{_MOST_READ}}}|[a-z0-9]{{3,{_MOST_READ}}}"
"""Letters in a row that are certainly read one by one: two at the beginning of the name, three elsewhere."""
HANGUL: Final = r"\p{Hangul}"

# Two or more letters of one sound, as one capital of the class alphabet; `ng` is N alone, as some spell it. Longer ones
# come first, because the first match is taken: `chem` is not `ch`, nor is `gy` in Gyeonggi that of energy.
_DIGRAPHS: Final = {
    "gya": "K", "gye": "K", "gyo": "K", "gyu": "K", "tchem": "TKM", "tion": "SN", "sion": "SN", "tech": "TK",
    "chem": "KM", "ngen": "NJN", "chr": "KL", "tch": "J", "sch": "S", "gen": "JN", "gem": "JM",
    "ck": "K", "ch": "J", "sh": "S", "ph": "P", "th": "T", "gh": "K", "ng": "N", "nk": "N", "ce": "S", "ci": "S",
    "cy": "S", "x": "KS", "tz": "J", "ts": "J", "gy": "J",
}  # fmt: skip
_CLASSES: Final = {
    "K": "kgcqK",
    "T": "tdT",
    "P": "pbfvP",
    "S": "sS",
    "J": "zjJ",
    "L": "lrL",
    "M": "mM",
    "N": "nN",
    "A": "A",
}
_ONSETS: Final = "KKNTTLMPPSS.JJJKTP."
_CODAS: Final = ".KKKNNNTLKMLLLLLMPPTTNTTKTPT"


@cache
def _figures() -> tuple[Ints, Ints]:
    """Class numbers of each code point: its first and its second consonant, 0 for none."""
    number = {name: place for place, name in enumerate(_CLASSES, start=1)}
    first, second = np.zeros(0xD7A4, dtype=np.int64), np.zeros(0xD7A4, dtype=np.int64)
    for name, signs in _CLASSES.items():
        for sign in signs:
            first[ord(sign)] = number[name]
    for digit in range(10):
        first[ord("0") + digit] = 10 + digit
    syllable = np.arange(11172)
    first[0xAC00:] = np.array([number.get(x, 0) for x in _ONSETS])[syllable // 588]
    second[0xAC00:] = np.array([number.get(x, 0) for x in _CODAS])[syllable % 28]
    return first, second


@cache
def _english() -> dict[str, str]:
    """Lexicon words of two or more syllables, as `normalise_loanwords` writes them, and their usual English."""
    usual = _usual(pl.col("ko").str.len_chars() > 1)
    return dict(zip(normalise_loanwords(usual["ko"]), usual["en"], strict=True))


@cache
def _generic() -> dict[str, str]:
    """Lexicon words with a generic meaning, mapped to nothing."""
    generic = pl.col("en").is_in(generic_words()) & (pl.col("en") != "korea") & (pl.col("ko").str.len_chars() > 1)
    return dict.fromkeys(_usual(generic)["ko"], "")


@cache
def _letters(sign: str, figures: str = "") -> dict[str, str]:
    """Names of letters (and digits) and what they denote; the sound of `&` (앤) denotes `sign`."""
    named = _usual(pl.col("en").str.contains(f"^[a-z{figures}]$") & ~pl.col("ko").str.contains("[a-z]|^앤"))
    return {"앤드": sign, "앤": sign} | dict(named.iter_rows())


def _usual(which: pl.Expr) -> pl.DataFrame:
    """Some words of the lexicon, ko and its usual en, longest first."""
    words = curated_words().filter((pl.col("en") != "") & which).unique("ko", keep="first", maintain_order=True)
    return words.sort(pl.col("ko").str.len_chars(), "ko", descending=[True, False]).select("ko", "en")


def _read(text: pl.Expr, words: dict[str, str]) -> pl.Expr:
    return text.str.replace_many(list(words), list(words.values()), leftmost=True)


def readings(texts: pl.DataFrame) -> pl.DataFrame:
    """The readings of texts (number, text in `phonetic` form) to be sketched: number, text.

    Generic words (산업, `technology`) are left out if anything else remains: a long common word would outweigh a
    short rare one; `word_features` counts them. Hangul is read by sound, words and letters; Latin also by initials.
    """
    text, bare = pl.col("text"), pl.col("bare")
    hangul = texts.filter(text.str.contains(HANGUL)).with_columns(bare=_read(text, _generic()))
    bared = hangul.select("number", text=pl.when(bare != "").then(bare).otherwise(text))
    # In a short name a trade word may be part of the name: 로봇 is a part of 클로봇 (Clobot).
    # Nor does a trade word begin a name: 다이노나 (DiNonA) has nothing to do with dies.
    opening = bare.str.slice(0, 1) != text.str.slice(0, 1)
    whole = hangul.filter((bare != "") & ((bare.str.len_chars() <= SHORT_HANGUL) | opening) & (bare != text))
    parts = [bared, whole.select("number", "text")]
    heard = bared.with_columns(normalise_loanwords(bared["text"]))
    # Replacing words takes an automaton of all words: with only those that occur it is built faster.
    occurring = set(korean_lexicon().found(heard["text"])["word"])
    spoken = {ko: en for ko, en in _english().items() if ko in occurring} or {"\n": ""}
    for spelled, known in ((heard, spoken), (bared, _letters("")), (bared, _letters("n"))):
        read = spelled.with_columns(read=_read(text, known)).filter(pl.col("read") != text)
        parts.append(read.select("number", text="read"))

    long = sorted((word for word in generic_words() if len(word) >= 6), key=lambda word: (-len(word), word))
    latin = texts.filter(~text.str.contains(HANGUL)).with_columns(
        bare=_read(phonetic.without(text, generic_words()), dict.fromkeys(long, " ")).str.strip_chars(" "),
        telling=phonetic.without(text, long),
        initials=text.str.replace_all(phonetic.ALL_BUT_INITIALS, ""),
    )
    parts.append(latin.select("number", text=pl.when(bare != "").then(bare).otherwise(text)))
    # Short names retain their short trade words, too: in 원텍 the syllable of `tech` is part of the name.
    few = bare.str.replace_all(" ", "", literal=True).str.len_chars().is_between(1, SHORT)
    parts.append(latin.filter(few & (bare != pl.col("telling"))).select("number", text="telling"))
    # The sound of `th` is written ㅌ in some names and ㅅ in others (Health, 헬스); an r before a consonant is mostly
    # not written, but sometimes it is (Verne, 베른).
    for letters, sound in (("th", "s"), ("r([^aeiouyr ])", "l$1")):
        here = latin.filter(text.str.contains(letters))
        parts.append(here.select("number", text=text.str.replace_all(letters, sound)))
    # Digits may be spelled out (4by4, 포바이포).
    numbered = latin.filter(text.str.contains("[0-9]"))
    parts += [numbered.select("number", text=_read(text, spoken)) for spoken in _SPOKEN_DIGITS]
    parts.append(latin.filter(pl.col("initials").str.len_chars() > 1).select("number", text="initials"))
    return pl.concat(parts)


@cache
def _word_numbers(column: str) -> pl.DataFrame:
    """Lexicon words (`ko` or `en`) that are long enough to be distinctive: word, feature (number of its meaning)."""
    pairs = curated_words().filter((pl.col("ko").str.len_chars() > 1) & (pl.col("en").str.len_chars() > 2))
    # Words of one meaning are one feature: twelve spellings of `materials` must not count twelve times.
    meaning = pl.col("en").first().over("ko").str.strip_suffix("s")
    numbers = pairs.select(word=column, feature=meaning.rank("dense").cast(pl.Int64) + (WHOLE << 36))
    return numbers.with_columns(normalise_loanwords(numbers["word"])).unique()


def word_features(texts: pl.DataFrame) -> pl.DataFrame:
    """Lexicon words in `phonetic` texts: number, feature. A Latin word counts as all Korean words it translates."""
    squeezed = normalise_loanwords(texts["text"].str.replace_all(" ", "", literal=True))
    is_hangul, parts = squeezed.str.contains(HANGUL), []
    for column, words, here in (("ko", korean_lexicon(), is_hangul), ("en", english_lexicon(), ~is_hangul)):
        found = words.found(squeezed.filter(here)).join(_word_numbers(column), on="word")
        parts.append(found.select(number=texts["number"].filter(here).gather(found["id"]), feature="feature"))
    return pl.concat(parts).unique()


def letter_features(texts: pl.DataFrame) -> pl.DataFrame:
    """Rows of letters that are read one by one, in texts (number, text in `phonetic` form): number, feature.

    `에이치앤아이` and `H&I` are `hi`, `엠투아이` and `M2I` are `m2i`: sketches drop the vowels that matter there.
    A Latin text gives its short words, adjacent ones joined, without a common ending and without their vowels
    (`KCTECH`, `B2En`), the consonants or the short word that it begins with (`DRGEM`, `FIT`), and the initials of all
    its words, including a company form's.
    """
    text = pl.col("text")
    hangul = texts.filter(text.str.contains(HANGUL))
    # A syllable that sounds like a digit may belong to a word: 에프아이투어 (FIT) is not FI2.
    read = [_read(text, words) for words in (_letters("", "0-9"), _letters("n", "0-9"), _letters("n"))]
    # The sign may also be 엔, otherwise the letter n; at the end (NC&, 앤씨앤) it is not a letter.
    for sign, rest in (("(.)(?:앤드|앤|엔)(.)", "$1$2"), ("(?:앤드|앤|엔)$", "")):
        unsigned = _read(text.str.replace(sign, rest), _letters("n", "0-9"))
        read.append(pl.when(text.str.contains(sign)).then(unsigned))
    parts = [hangul.select("number", run=reading.str.extract_all(_RUN)) for reading in read]

    token = rf"\b[a-z0-9]{{2,{_MOST_READ}}}\b"
    joined = phonetic.without(text, generic_words()).str.replace_all(r"\b([a-z0-9]{1,2}) ", "$1")
    latin = texts.filter(~text.str.contains(HANGUL)).with_columns(
        short=text.str.extract_all(token),
        joined=joined.str.extract_all(token),
        opening=pl.coalesce(
            text.str.extract("^([b-df-hj-np-tv-xz]{2,3})"), text.str.extract("^([a-z0-9]{2,4})(?: |$)")
        ),
        initials=text.str.replace_all(phonetic.ALL_BUT_INITIALS, "").str.slice(0, _MOST_READ - 1),
    )
    stem = pl.col("short").list.eval(pl.element().str.replace("(?:te[ck]h?|bio|chem|pharma?|com|soft|net)$", ""))
    bare = pl.col("joined").list.eval(pl.element().str.replace_all("[aeiouy]", ""))
    initials, opening = pl.col("initials"), pl.col("opening")
    count, with_form = initials.str.len_chars(), (initials + "c", initials + "i")
    # A name's last words may be written as initials.
    later = [pl.when(count > 2 + first).then(initials.str.slice(first)) for first in (1, 2)]
    two = (initials.str.replace("^(.)", "${1}n"), initials.str.slice(0, 1) + "n")
    several = (
        pl.when(count > 2)
        .then(pl.concat_list(initials, *with_form, *later))
        .when(count == 2)
        .then(pl.concat_list(*with_form, *two))
    )
    runs = pl.concat_list("short", "joined", stem, bare, opening, opening.str.slice(0, 2), several.fill_null([]))
    parts.append(latin.select("number", run=runs))
    run = pl.concat(parts).explode("run").filter(pl.col("run").str.len_chars() >= 2).unique()
    digits = latin_rows(run["run"]).codes
    number = digits @ LETTERS ** np.arange(digits.shape[1], dtype=np.int64)
    return run.select("number", feature=pl.Series(number, dtype=pl.Int64) + (WHOLE << 37))


def all_features(texts: pl.DataFrame) -> pl.DataFrame:
    """Features of texts (number, text): feature, number, each pair once, sorted by feature."""
    texts = texts.select("number", "text")
    read = readings(texts)
    feature, owner = features(read["text"], read["number"].to_numpy())
    sketched = pl.DataFrame({"feature": feature, "number": owner}, schema_overrides={"number": pl.Int64})
    more = pl.concat([word_features(texts), letter_features(texts)]).sort("feature", "number")
    # Features of words and letters have higher numbers than all sketches, so the result stays sorted.
    return pl.concat([sketched, more.select("feature", "number")])


def features(texts: pl.Series, owners: Ints) -> tuple[Ints, Ints]:
    """Features of texts: (feature number, owner), each pair once, sorted. `owners` gives the owner of each text."""
    plain = (
        texts.fill_null("")
        .str.slice(0, 60)
        .str.replace_all(" ", "", literal=True)
        .str.replace_all(r"r([^aeiouy]|$)", "$1")
        .str.replace("^x", "j")
        .str.replace(r"^(?:[wy]?[aeiou]+|[아-잏])", "A$0")
        .str.replace_many(list(_DIGRAPHS), list(_DIGRAPHS.values()), leftmost=True)
    )
    points, who, _ = code_points(plain)
    first, second = _figures()
    points = np.where(points < len(first), points, 0)
    code, who = np.stack([first[points], second[points]], axis=1).ravel(), np.repeat(who, 2)
    # Runs of one class become one, and K after N is dropped: some spell ng as one sound, some as two.
    used = code > 0
    code, who = code[used], who[used]
    new = np.ones(len(code), dtype=bool)
    new[1:] = (who[1:] != who[:-1]) | ((code[1:] != code[:-1]) & ~((code[1:] == 1) & (code[:-1] == 8)))
    code, who = code[new], who[new]
    count = np.bincount(who, minlength=len(texts))
    begin = np.cumsum(count) - count
    left = (begin + count)[who] - np.arange(len(code))  # signs from here to the end of the sketch
    span = int(owners.max(initial=0)) + 1
    found = []
    run = np.zeros(len(code), dtype=np.int64)
    for size in (1, 2, 3, 4):
        here = np.flatnonzero(left >= size)
        run[here] = run[here] * _BASE + code[here + size - 1]
        if size >= 2:
            found.append(run[here] * span + owners[who[here]])
    whole = np.zeros(len(texts), dtype=np.uint64)
    for place in range(min(int(count.max(initial=0)), 24)):
        alive = np.flatnonzero(count > place)
        whole[alive] = whole[alive] * np.uint64(1099511628211) + code[begin[alive] + place].astype(np.uint64)
    known = np.flatnonzero(count > 0)
    found.append(((whole[known] % np.uint64(1 << 34)).astype(np.int64) + WHOLE) * span + owners[known])
    both = np.sort(np.concatenate(found))
    if len(both):
        both = both[np.concatenate([[True], both[1:] != both[:-1]])]
    return both // span, both % span
