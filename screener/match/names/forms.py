"""Brings names as people write them to comparable forms: cleaned, repaired, without company forms.

All functions take and return Polars expressions or series over whole columns. Forms:

- `clean`: NFKC, without control, direction and zero-width characters, at most 200 characters, mojibake repaired;
- `core`: clean, upper case, words separated, company forms (`forms.csv`) removed: the distinctive part;
- `key`: core without blanks and signs: equal keys are the same name.
"""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

LEXICON: Final = Path(__file__).with_name("lexicon")
LONGEST: Final = 200
"""Maximum characters read of a name; no registry here has longer names, but hostile files do."""

JOINED: Final = r"(?:^|[^A-Z0-9])([A-Z0-9]{1,2}) ?& ?([A-Z0-9]{1,2})(?:[^A-Z0-9]|$)"
"""Letters joined by a spoken sign (`ST&I`, 에스티앤아이), with the letters before and after it as groups."""
ARTICLE: Final = r"(?i)^\W*THE\s"
"""The article at the beginning of a written name."""
PARTED: Final = r"(?:^|[^A-Z0-9])[A-Z0-9]{1,2}(?: ?& ?| AND | )[A-Z0-9]{1,2}(?:[^A-Z0-9]|$)"
"""The same, or with a blank or a word for the sign (`KT G`, `KT AND G`)."""
APART_BY_SIGN: Final = "only one of the names has &"

_LATIN1: Final = r"[\u{80}-\u{ff}\u{152}-\u{17e}\u{192}\u{2c6}\u{2dc}\u{2013}-\u{2122}]"
_BROKEN: Final = rf"{_LATIN1}{_LATIN1}|&(?:[A-Za-z]{{2,6}}|#x?[0-9A-Fa-f]{{2,6}});"
_LONG_FORMS: Final = ("CORPORATION", "INCORPORATED", "COMPANY", "LIMITED")
"""Company forms that are recognised with one wrong letter."""
_KOREAN: Final = ("utf-8", "cp949")
_OPEN: Final = "\x81\x8d\x8f\x90\x9d"


@cache
def lexicon(name: str) -> pl.DataFrame:
    """The curated table `lexicon/<name>.csv` as texts; lines that start with `#` name its sources."""
    return pl.read_csv(LEXICON / f"{name}.csv", comment_prefix="#", infer_schema=False).fill_null("")


def repair_mojibake(text: str) -> str:
    """Repairs Korean text whose CP949 or UTF-8 bytes were read as Latin-1, Windows-1252 or Mac Roman.

    `»ï¼ºÀüÀÚ` becomes `삼성전자`. A result counts only if all its letters are Korean syllables, Hanja or ASCII; other
    text stays as it is.
    """
    for wrong, rights in (("latin-1", _KOREAN), ("cp1252", _KOREAN), ("mac_roman", ("utf-8",))):
        try:
            # Programs read the five bytes undefined in Windows-1252 as the control characters of the same number.
            raw = b"".join(sign.encode("latin-1" if wrong == "cp1252" and sign in _OPEN else wrong) for sign in text)
        except UnicodeEncodeError:
            continue
        for right in rights:
            try:
                repaired = raw.decode(right)
            except UnicodeDecodeError:
                continue
            if re.search("[가-힣]", repaired) and re.fullmatch("[\\s!-~가-힣ㄱ-ㆎ一-鿿㈀-㈞㈜·°-]+", repaired):
                return repaired
    return text


def clean(names: pl.Series) -> pl.Series:
    """Each name in NFKC without invisible characters, mojibake and HTML entities repaired; empty becomes null."""
    named = pl.col("name")
    frame = pl.DataFrame({"name": names.cast(pl.String)}).with_columns(named.str.slice(0, LONGEST * 2))
    if frame.select(named.str.contains(_BROKEN).any()).item():
        broken = frame.filter(named.str.contains(_BROKEN)).unique()
        repaired = [repair_mojibake(html.unescape(text)) for text in broken["name"].to_list()]
        frame = frame.with_columns(named.replace(broken["name"], pl.Series(repaired, dtype=pl.String)))
    tidy = (
        named.str.normalize("NFKC")
        .str.replace_all(r"[\p{Cc}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{2069}\u{feff}]+", " ")
        .str.normalize("NFKD")
        .str.replace_all(r"[\p{Mn}\p{Me}--[\u{3099}\u{309a}]]+", "")  # the voicing mark of kana is not an accent
        .str.normalize("NFC")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars(" ")
        .str.slice(0, LONGEST)
    )
    return frame.select(tidy).select(pl.when(named != "").then(named)).to_series()


def _misspelt(form: str) -> list[str]:
    """Regular expressions for a form with one letter missing, wrong, added or swapped with its neighbour."""
    halves = [(form[:place], form[place:]) for place in range(1, len(form) + 1)]
    left_out = [a + b[1:] for a, b in halves if b]
    wrong = [a + "[A-Z]" + b[1:] for a, b in halves if b]
    added = [a + "[A-Z]" + b for a, b in halves]
    changed = [a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1]
    return [*left_out, *wrong, *added, *changed]


def _forms(place: str, glued: bool) -> list[str]:
    """Regular expressions for the forms at a place, longest first; those in ASCII are words, others may be glued."""
    forms = [form for form, _, where in lexicon("forms").iter_rows() if where == place and form.isascii() != glued]
    return [re.escape(form).replace("\\ ", r"\s+") for form in sorted(forms, key=len, reverse=True)]


@cache
def _form_patterns() -> tuple[str, str, str]:
    """Regular expressions for company forms: anywhere (Korean, Hanja, Japanese), leading, trailing."""
    starts = (rf"(?:{'|'.join(_forms('start', glued))}){blank}" for glued, blank in ((False, r"\s+"), (True, r"\s*")))
    # Registries misspell the long forms (`COPORATION`), and the second word after `CO` (`CO LTE`, `CO LDT`).
    near = [shape for form in _LONG_FORMS for shape in _misspelt(form)]
    ends = "|".join([*_forms("end", False), *_forms("any", False), *near, "LNC", r"CO\s+L[A-Z]{0,2}", r"C[A-Z]\s+LTD"])
    trailing = rf"(?:\s+(?:{ends})\b|\s*(?:{'|'.join(_forms('end', True))}))+$"
    return "|".join(_forms("any", True)), rf"^(?:{'|'.join(starts)})", trailing


def core(cleaned: pl.Expr) -> pl.Expr:
    """Upper-case words of each cleaned name without company forms; with them if nothing else would be left.

    Words are split at signs and at a change from lower to upper case, because registries glue them
    (`KoreaGasCorporation`, `SSCPCo.,Ltd.`).
    """
    _, leading, trailing = _form_patterns()
    words = _words(cleaned)
    bare = words.str.replace("(?i)" + leading, "").str.replace("(?i)" + trailing, "").str.strip_chars(" &+")
    return in_latin(_apart(pl.when(bare.str.len_chars() > 0).then(bare).otherwise(words)))


def in_latin(core_name: pl.Expr) -> pl.Expr:
    """A core with kana and Cyrillic in Latin letters (サムスン電子 as SAMSUNG 電子); other text stays."""
    signs, latin = pl.col("signs"), pl.col("latin").str.strip_chars("-").str.to_uppercase()
    word = pl.when(signs.str.len_chars() > 1).then(pl.format(" {} ", latin)).otherwise(latin)
    table = (
        lexicon("transliterations").sort(signs.str.len_chars(), "signs", descending=[True, False]).select("signs", word)
    )
    spelled_out = core_name.str.replace_many(*(column.to_list() for column in table), leftmost=True)
    tidy = spelled_out.str.replace_all(" +", " ").str.strip_chars(" ")
    return pl.when(core_name.str.contains(r"[\p{Hiragana}\p{Katakana}\p{Cyrillic}]")).then(tidy).otherwise(core_name)


def core_with_form(cleaned: pl.Expr) -> pl.Expr:
    """The core with the one company form that belongs to the name (`SP Corp`, `Hankook & Company`), else null.

    In Korean such a form may be written out as part of the name (에스피코프, 한국앤컴퍼니); the core alone would then
    find another company. A form that is glued to a name stays glued (`MiCo., Ltd.`, 미코).
    """
    _, leading, trailing = _form_patterns()
    words = _words(cleaned)
    shortened = words.str.replace(r"(?i) (CORP|CORPORATION|COMPANY|PLC)" + trailing.replace("+$", "*$", 1), " $1")
    return pl.when(shortened.str.contains(r"(?i)\w.* (?:CORP|CORPORATION|COMPANY|PLC)$")).then(
        _apart(shortened.str.replace("(?i)" + leading, ""))
    )


def form_within(cleaned: pl.Expr) -> pl.Expr:
    """Whether a form follows another (`GDCorp Inc.`, `Artist Company Co., Ltd.`), which is then mostly in the name."""
    return _words(cleaned).str.contains(r"(?i) (?:CORP|CORPORATION|COMPANY) (?:INC|INCORPORATED|CO)\b")


def foreign(cleaned: pl.Expr) -> pl.Expr:
    """Whether the name has a company form that is not Korean (`Oyj`, `PT`): Orion Oyj is not the one in Seoul."""
    home = ("ko", "ko-latn", "en", "zh", "zh-pinyin", "hanja", "ja")
    abroad = [(form, place) for form, language, place in lexicon("forms").iter_rows() if language not in home]
    ends, starts = ("|".join(form for form, where in abroad if where == place) for place in ("end", "start"))
    pattern = rf" (?:{ends})(?: (?:CO|LTD|LIMITED|INC))*$|^(?:{starts}) "
    return _words(cleaned).str.to_uppercase().str.contains(pattern).fill_null(False)


def spelled(core_name: pl.Expr) -> pl.Expr:
    """The squeezed core, with Hangul letter names as letters: 에스케이하이닉스 is SK하이닉스, 케이티앤지 is KT&G."""
    squeezed = core_name.str.replace_all(r"[^\p{L}\p{N}&]+", "")
    named = lexicon("letters").filter(pl.col("en").str.contains("^[a-z]$") & ~pl.col("ko").str.contains("^([a-z]|앤)$"))
    once = named.unique("ko", keep="first", maintain_order=True).sort(pl.col("ko").str.len_chars(), descending=True)
    read = {"앤드": "&", "앤": "&"} | dict(zip(once["ko"], once["en"].str.to_uppercase(), strict=True))
    letters = squeezed.str.replace_many(list(read), list(read.values()), leftmost=True)
    return pl.when(squeezed.str.len_chars() > 1).then(letters)


def _words(cleaned: pl.Expr) -> pl.Expr:
    """Words separated by one blank: glued company forms split off, those allowed anywhere dropped."""
    anywhere, _, _ = _form_patterns()
    return (
        cleaned.str.replace_all(r"(\p{L}|[0-9)])(Corp\b|Inc\b|Company$|CoLtd\b|Ltd)", "$1 $2")
        .str.replace_all(
            # `MiCo Ltd` is not named `Mi`: only its signs reveal a form that is glued to a name.
            r"(\p{L}|[0-9)])(Co(?:\. ?,?| ?,)[ .]*L[Tt][DdEe]|CO(?:\. ?,?| ?,) ?L[Tt][DdEe]|Corporation|Incorporation"
            r"|Incorporated|Limited)",
            "$1 $2",
        )
        .str.replace(r"([A-Z0-9]{3})(CORPORATION|INCORPORATED)\W*$", "$1 $2")
        .str.replace_all(r"([^\s])(Ltd\b)", "$1 $2")
        .str.replace_all("(?i:" + anywhere + ")", " ")
        .str.replace_all(r"(\p{L})\+", "$1 PLUS ")
        .str.replace_all(r"['’‘`´]", "")
        .str.replace_all(r"(?i)(^|[^\p{L}])AND([^\p{L}]|$)", "$1&$2")
        .str.replace_all(r"[^\p{L}\p{N}&+]+", " ")
        .str.strip_chars(" ")
    )


def _apart(words: pl.Expr) -> pl.Expr:
    """The same in capitals, words split at a change from lower to upper case."""
    return (
        words.str.replace_all(r"(\p{Ll})(\p{Lu})", "$1 $2")
        .str.replace_all(r"(\p{Lu})(\p{Lu}\p{Ll}{2})", "$1 $2")
        .str.to_uppercase()
    )


def opening(keys: pl.Series) -> tuple[list[str], str]:
    """How written names with one of these keys may begin: with three characters, or as a regular expression (RE2).

    A name that begins with three plain characters has these three in its key, whatever follows, unless it begins with
    a form or has AND after a digit. Any key may follow forms and signs.
    """
    first = keys.str.slice(0, 3).unique().drop_nulls().sort()
    short = first.filter(first.str.len_chars() < 3).to_list()
    begins = [*short, *_forms("start", False), *_forms("start", True), "(?:[A-Z0-9]?[0-9])?AND"]
    odd = [*(f".{{{place}}}[^A-Za-z0-9가-힣]" for place in range(3)), ".{0,2}$", f".{{0,2}}(?:{_form_patterns()[0]})"]
    return first.filter(first.str.len_chars() == 3).to_list(), f"(?is)^(?:{'|'.join([*odd, *begins])})"


def may_be(written: pl.Series, keys: pl.Series) -> pl.Series:
    """Whether each written name may have one of these keys: false only where its beginning rules that out.

    This takes a tenth of the time of `clean`, `core` and `key`, and suffices for most names of a large registry.
    """
    starts, otherwise = opening(keys)
    bare = written.str.replace(r"^(?:\(주\)|㈜|주식회사)\s*", "")
    return bare.str.slice(0, 3).str.to_uppercase().is_in(starts) | bare.str.contains(otherwise)


def key(core_name: pl.Expr) -> pl.Expr:
    """Letters and digits of a core, squeezed: `SK D&D` and `SKD & D` have one key; null if none is left."""
    squeezed = core_name.str.replace_all(r"[^\p{L}\p{N}]+", "")
    return pl.when(squeezed.str.len_chars() > 0).then(squeezed)


def ends(core_name: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Ends of each core as keys of some length: the last Latin words, or 3-6 syllables. whole: its key."""
    words = [core_name.str.split(" ").list.tail(n).list.join("").str.extract(r"^(\w{4,})$") for n in (1, 2, 3)]
    syllables = [whole.str.extract(rf"\w(\p{{Hangul}}{{{n}}})$") for n in range(3, 7)]
    return pl.concat_list(*words, *syllables).list.drop_nulls().list.set_difference(pl.concat_list(whole))


def stems(core_name: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Beginnings of each core as keys: after Latin words, 2-8 syllables, letters before Hangul. whole: its key."""
    first = [
        core_name.str.split(" ").list.head(n).list.join("").str.replace_all(r"[^\p{L}\p{N}]", "") for n in (1, 2, 3, 4)
    ]
    mixed = whole.str.extract(r"^([A-Z0-9]{2,})\p{Hangul}")
    syllables = [pl.when(whole.str.contains(r"^\p{Hangul}")).then(whole.str.slice(0, n)) for n in range(2, 9)]
    stem = pl.element()
    every = (
        pl.concat_list(*first, mixed, *syllables)
        .list.eval(stem.filter(stem.str.len_chars() > 1))
        .list.unique(maintain_order=True)
    )
    # The whole name does not count as a beginning.
    return every.list.set_difference(pl.concat_list(whole))


def apart_by_sign() -> pl.Expr:
    """Whether one of two names (clean, core; known, known_core) has a sign that the other lacks: ST&I is not STI.

    Between letters the other may have a blank instead (KT&G, KT G).
    """
    a, b, names = pl.col("core"), pl.col("known_core"), (pl.col("clean"), pl.col("known"))
    between = (a.str.contains(JOINED) & ~b.str.contains(PARTED)) | (b.str.contains(JOINED) & ~a.str.contains(PARTED))
    last = [name.str.contains(r"(?i)[A-Z0-9]&(?:\s+(?:CO|COMPANY|LTD|INC|CORP)\b|\s*$)") for name in names]
    without = [~name.str.contains(r"(?i)&|\bAND\b") for name in names]
    return between | (last[0] & without[1]) | (last[1] & without[0])
