"""Rough sketches of names, alike in every script, to find the few names worth comparing among millions.

A sketch is a name's consonants in eight classes (k g c q to K, t d th to T, …), read from Latin letters or from Hangul;
a vowel counts only where it opens the name. A Hangul name has up to three: as it sounds; with the lexicon's words in
English (전자 electronics); with letter names as letters (에스디아이 SDI). Features of a name are the runs of two, three
and four classes in its sketches, and each whole sketch. Rare features weigh more.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from screener.match.names.costs import curated_words, generic_words
from screener.match.names.sound import LETTERS, Ints, latin_rows
from screener.match.names.words import normalise_loanwords

_BASE: Final = 20
"""Classes and digits as figures of a number, 0 for none."""

WHOLE: Final = _BASE**4
"""Feature numbers from here on stand for whole sketches."""

_MOST_READ: Final = 8
"""Letters of a name that is read letter by letter, at most."""

SHORT: Final = 6
"""Letters that remain without words of trade up to which a Latin name is sketched with these words too."""

SHORT_HANGUL: Final = 1
"""The same of syllables of a Hangul name."""

_SPOKEN_DIGITS: Final = (
    "jero won tu sri po paib siks sebn eit nain".split(),
    "kong il i sam sa o yuk chil pal ku".split(),
)
"""Digits as Hangul names write them by sound: the English ones (포바이포, 4by4) and the Korean ones."""

_RUN: Final = rf"^[a-z0-9]{{2,{_MOST_READ}}}|[a-z0-9]{{3,{_MOST_READ}}}"
"""Letters in a row that are surely read one by one: two where they open the name, three elsewhere."""

# Two or more letters of one sound, as one capital of the class alphabet; `ng` is N alone, as some spell it. Longer ones
# stand first, because the first that fits is taken: `chem` is not `ch`, nor `gy` in Gyeonggi that of energy.
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
_HANGUL: Final = 0xAC00


@cache
def _figures() -> tuple[Ints, Ints]:
    """Class numbers of each code point: the first and the second consonant that it brings, 0 for none."""
    number = {name: place for place, name in enumerate(_CLASSES, start=1)}
    first, second = np.zeros(0xD7A4, dtype=np.int64), np.zeros(0xD7A4, dtype=np.int64)
    for name, signs in _CLASSES.items():
        for sign in signs:
            first[ord(sign)] = number[name]
    for digit in range(10):
        first[ord("0") + digit] = 10 + digit
    syllable = np.arange(11172)
    first[_HANGUL:] = np.array([number.get(x, 0) for x in _ONSETS])[syllable // 588]
    second[_HANGUL:] = np.array([number.get(x, 0) for x in _CODAS])[syllable % 28]
    return first, second


@cache
def _english(kind: str) -> tuple[list[str], list[str]]:
    """Lexicon words, longest first, and what they become.

    `words` their usual English (the words as `normalise_loanwords` writes them), `letters` a letter, `signs` a letter
    or a digit, `generic` nothing.
    """
    frame = curated_words().filter(pl.col("en") != "")
    long = pl.col("ko").str.len_chars() > 1
    if kind in ("letters", "signs"):
        frame = frame.filter(
            (pl.col("en").str.len_chars() == 1)
            & pl.col("en").str.contains("[a-z]" if kind == "letters" else "[a-z0-9]")
            & ~pl.col("ko").str.contains("[a-z]")
        )
    elif kind == "generic":
        frame = frame.filter(long & pl.col("en").is_in(generic_words()) & (pl.col("en") != "korea")).with_columns(
            en=pl.lit("")
        )
    else:
        frame = frame.filter(long)
    frame = frame.unique("ko", keep="first", maintain_order=True)
    frame = frame.sort(pl.col("ko").str.len_chars(), "ko", descending=[True, False])
    return (normalise_loanwords(frame["ko"]) if kind == "words" else frame["ko"]).to_list(), frame["en"].to_list()


def readings(texts: pl.DataFrame) -> pl.DataFrame:
    """What is sketched of texts (id, text in `phonetic` form): id, text.

    Generic words (산업, `technology`) are left out where anything else remains: a long common word would outweigh a
    short rare one; `word_features` counts them. Hangul is read by sound, words and letters; Latin also by initials.
    """
    text = pl.col("text")
    generic_ko, _ = _english("generic")
    hangul = texts.filter(text.str.contains(r"\p{Hangul}")).select("id", "text")
    bare = text.str.replace_many(generic_ko, [""] * len(generic_ko), leftmost=True)
    left = bare.str.len_chars()
    bared = hangul.with_columns(text=pl.when(left > 0).then(bare).otherwise(text))
    # What is left of a short name may not be its name: 로봇 is a part of 클로봇 (Clobot).
    # Nor does a word of trade open a name: 다이노나 (DiNonA) is not made of dies.
    opening = bare.str.slice(0, 1) != text.str.slice(0, 1)
    parts = [bared, hangul.filter((left > 0) & ((left <= SHORT_HANGUL) | opening) & (bare != text))]
    hangul = bared
    for kind in ("words", "letters") if hangul.height else ():  # ten thousand words are looked up for nothing else
        ko, en = _english(kind)
        readable = [(ko, en)]
        if kind == "letters":  # 앤 is & or the letter n
            readable = [([*ko, "앤드", "앤"], [*en, "", ""]), ([*ko, "앤"], [*en, "n"])]
        for before, after in readable:
            used = [
                (b, a)
                for b, a in zip(before, after, strict=True)
                if not (b == "앤" and a == "n" and after.count("") > 0)
            ]
            heard = hangul.with_columns(text=normalise_loanwords(hangul["text"])) if kind == "words" else hangul
            read = heard.with_columns(
                read=text.str.replace_many([b for b, _ in used], [a for _, a in used], leftmost=True)
            )
            parts.append(read.filter(pl.col("read") != text).select("id", text="read"))
    latin = texts.filter(~text.str.contains(r"\p{Hangul}")).select("id", "text")
    generic = generic_words()
    long = sorted((word for word in generic if len(word) >= 6), key=lambda word: (-len(word), word))
    tokens = text.str.split(" ").list.eval(pl.element().filter(~pl.element().is_in(generic))).list.join(" ")
    bare = tokens.str.replace_many(long, [" "] * len(long), leftmost=True).str.strip_chars(" ")
    parts.append(latin.with_columns(text=pl.when(bare.str.len_chars() > 0).then(bare).otherwise(text)))
    # Short names keep their short words of trade too: in 원텍 the syllable of `tech` is part of the name.
    few = bare.str.replace_all(" ", "", literal=True).str.len_chars().is_between(1, SHORT)
    telling = text.str.split(" ").list.eval(pl.element().filter(~pl.element().is_in(long))).list.join(" ")
    parts.append(latin.filter(few & (bare != telling)).with_columns(text=telling))
    # The sound of `th` is written ㅌ in some names and ㅅ in others (Health, 헬스).
    parts.append(latin.filter(text.str.contains("th")).with_columns(text=text.str.replace_all("th", "s", literal=True)))
    # An r before a consonant is mostly not written, and by some it is (Verne, 베른).
    rolled = latin.filter(text.str.contains("r[^aeiouyr ]"))
    parts.append(rolled.with_columns(text=text.str.replace_all("r([^aeiouyr ])", "l$1")))
    # Digits may be written by sound (4by4, 포바이포).
    numbered = latin.filter(text.str.contains("[0-9]"))
    parts += [
        numbered.with_columns(text=text.str.replace_many(list("0123456789"), spoken)) for spoken in _SPOKEN_DIGITS
    ]
    initials = text.str.replace_all(r"\B[a-z0-9]|[^a-z0-9]", "")
    parts.append(latin.filter(text.str.contains(" ")).with_columns(text=initials).filter(text.str.len_chars() > 1))
    return pl.concat(parts)


@cache
def _word_numbers() -> pl.DataFrame:
    """Lexicon pairs whose words are long enough to mean something: ko, en, word (feature number of what ko means)."""
    ko, en = pl.col("ko").str.len_chars(), pl.col("en").str.len_chars()
    pairs = curated_words().filter((ko > 1) & (en > 2)).select("ko", "en")
    # Words of one meaning are one feature: twelve spellings of `materials` must not weigh twelve times.
    meaning = pairs.unique("ko", keep="first", maintain_order=True).select(
        "ko", meaning=pl.col("en").str.strip_suffix("s")
    )
    numbers = meaning.select(pl.col("meaning").unique().sort()).with_columns(
        word=pl.int_range(pl.len(), dtype=pl.Int64) + (WHOLE << 36)
    )
    found = pairs.join(meaning, on="ko").join(numbers, on="meaning")
    return found.with_columns(normalise_loanwords(found["ko"]))


def word_features(texts: pl.DataFrame) -> pl.DataFrame:
    """Lexicon words in `phonetic` texts (id, text): id, feature. A Latin word counts as all Korean words it renders."""
    text, pairs = pl.col("text"), _word_numbers()
    squeezed = texts.select(
        "id", normalise_loanwords(texts["text"].str.replace_all(" ", "", literal=True)).alias("text")
    )
    is_hangul = text.str.contains(r"\p{Hangul}")
    parts = []
    for column, part in (("ko", squeezed.filter(is_hangul)), ("en", squeezed.filter(~is_hangul))):
        if not part.height:
            continue
        known = pairs.select(column, "word").unique()
        found = part.select(
            "id", text.str.extract_many(known[column].unique().sort().to_list(), overlapping=True).alias(column)
        )
        parts.append(found.explode(column).join(known, on=column).select("id", feature="word"))
    none = pl.DataFrame(schema={"id": texts.schema["id"], "feature": pl.Int64})
    return pl.concat([none, *parts]).unique()


def letter_features(texts: pl.DataFrame) -> pl.DataFrame:
    """Rows of letters that are read one by one, in texts (id, text in `phonetic` form): id, feature.

    `에이치앤아이` and `H&I` are `hi`, `엠투아이` and `M2I` are `m2i`: sketches drop the vowels that such names live by.
    A Latin text offers its short words, neighbouring ones joined, without a common ending and without their vowels
    (`KCTECH`, `B2En`), the consonants or the short word that it opens with (`DRGEM`, `FIT`), and the initials of all
    its words, a company form's too.
    """
    text = pl.col("text")
    hangul = texts.filter(text.str.contains(r"\p{Hangul}")).select("id", "text")
    ko, en = _english("signs")
    read = [text.str.replace_many(["앤드", "앤", *ko], [sign, sign, *en], leftmost=True) for sign in ("", "n")]
    # What sounds like a digit may be a part of a word: 에프아이투어 (FIT) is not FI2.
    read.append(text.str.replace_many(["앤", *_english("letters")[0]], ["n", *_english("letters")[1]], leftmost=True))
    parts = [hangul.select("id", run=reading.str.extract_all(_RUN)) for reading in read]
    # The sign is 엔 as well, which else is the letter n; at the end (NC&, 앤씨앤) it is no letter.
    signed = hangul.filter(text.str.contains("앤|엔"))
    for sign, rest in (("(.)(?:앤드|앤|엔)(.)", "$1$2"), ("(?:앤드|앤|엔)$", "")):
        reading = text.str.replace(sign, rest).str.replace_many(["앤", *ko], ["n", *en], leftmost=True)
        parts.append(signed.filter(text.str.contains(sign)).select("id", run=reading.str.extract_all(_RUN)))
    latin = texts.filter(~text.str.contains(r"\p{Hangul}")).select("id", "text")
    token = rf"\b[a-z0-9]{{2,{_MOST_READ}}}\b"
    short = text.str.extract_all(token)
    own = text.str.split(" ").list.eval(pl.element().filter(~pl.element().is_in(generic_words()))).list.join(" ")
    joined = own.str.replace_all(r"\b([a-z0-9]{1,2}) ", "$1").str.extract_all(token)
    stem = short.list.eval(pl.element().str.replace("(?:te[ck]h?|bio|chem|pharma?|com|soft|net)$", ""))
    bare = joined.list.eval(pl.element().str.replace_all("[aeiouy]", ""))
    opening = pl.coalesce(text.str.extract("^([b-df-hj-np-tv-xz]{2,3})"), text.str.extract("^([a-z0-9]{2,4})(?: |$)"))
    initials = text.str.replace_all(r"\B[a-z0-9]|[^a-z0-9]", "").str.slice(0, _MOST_READ - 1)
    count = initials.str.len_chars()
    # A part of a name may be the initials of its last words.
    later = [pl.when(count > 2 + first).then(initials.str.slice(first)) for first in (1, 2)]
    several = (
        pl.when(count > 2)
        .then(pl.concat_list(initials, initials + "c", initials + "i", *later))
        .when(count == 2)
        .then(
            pl.concat_list(
                initials + "c", initials + "i", initials.str.replace("^(.)", "${1}n"), initials.str.slice(0, 1) + "n"
            )
        )
    )
    parts += [
        latin.select(
            "id", run=pl.concat_list(short, joined, stem, bare, opening, opening.str.slice(0, 2), several.fill_null([]))
        )
    ]
    run = pl.concat(parts).explode("run").drop_nulls().filter(pl.col("run").str.len_chars() >= 2).unique()
    digits = latin_rows(run["run"]).codes
    number = digits @ LETTERS ** np.arange(digits.shape[1], dtype=np.int64) if run.height else np.zeros(0, np.int64)
    return run.select("id", feature=pl.Series(number, dtype=pl.Int64) + (WHOLE << 37))


def features(texts: pl.Series, owners: Ints) -> tuple[Ints, Ints]:
    """Features of texts: (feature number, owner), each pair once, sorted. `owners` says whose each text is."""
    plain = (
        texts.fill_null("")
        .str.slice(0, 60)
        .str.replace_all(" ", "", literal=True)
        .str.replace_all(r"r([^aeiouy]|$)", "$1")
        .str.replace("^x", "j")
        .str.replace(r"^(?:[wy]?[aeiou]+|[아-잏])", "A$0")
        .str.replace_many(list(_DIGRAPHS), list(_DIGRAPHS.values()), leftmost=True)
    )
    lengths = plain.str.len_chars().to_numpy().astype(np.int64)
    points = np.frombuffer("".join(plain.to_list()).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    first, second = _figures()
    points = np.where(points < len(first), points, 0)
    code = np.stack([first[points], second[points]], axis=1).ravel()
    who = np.repeat(np.repeat(np.arange(len(lengths)), lengths), 2)
    # Runs of one class are one, and K after N is lost: ng is one sound to some spellers and two to others.
    used = code > 0
    code, who = code[used], who[used]
    new = np.ones(len(code), dtype=bool)
    new[1:] = (who[1:] != who[:-1]) | ((code[1:] != code[:-1]) & ~((code[1:] == 1) & (code[:-1] == 8)))
    code, who = code[new], who[new]
    count = np.bincount(who, minlength=len(lengths))
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
    whole = np.zeros(len(lengths), dtype=np.uint64)
    for place in range(min(int(count.max(initial=0)), 24)):
        alive = np.flatnonzero(count > place)
        whole[alive] = whole[alive] * np.uint64(1099511628211) + code[begin[alive] + place].astype(np.uint64)
    known = np.flatnonzero(count > 0)
    found.append(((whole[known] % np.uint64(1 << 34)).astype(np.int64) + WHOLE) * span + owners[known])
    both = np.sort(np.concatenate(found))
    if len(both):
        both = both[np.concatenate([[True], both[1:] != both[:-1]])]
    return both // span, both % span
