"""The text of a file, whatever its encoding."""

import codecs
import re
from contextlib import suppress
from typing import Final

from screener.errors import ScreenerError

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HANGUL: Final = re.compile("[가-힣ㄱ-ㆎ]")
_OF_SPREADSHEETS: Final = "cp1252 cp1250 cp1251 cp1253 cp1254 cp1258 cp932 euc_jp gb18030 big5 cp874".split()
_MESSY: Final = 0.2  # charset-normalizer's measure of noise; noisier guesses are rejected


_NOTHING: Final = re.compile(
    r"""(?ix)[-–—.\s?*:=_]+|\\n|\((?:blank|비어\ 있음)\)|0{5,}|\#?n\.?/?a\.?(?:\ n/a|\ field.*|\ invalid.*)?|nil|none
        |null|nan|unknown|un(?:specified|disclosed)|to\ (?:the\ )?order\b.*|same\ as\ .*
        |not\ (?:available|applicable|known|disclosed|stated)|미상|불명|없음|해당\s?없음|알\s?수\s?없음|[미비]공개"""
)


def without_placeholder(text: str | None) -> str | None:
    """The cell, or null where it only says that nothing is known: `N/A`, `UNKNOWN`, `-`, 미상."""
    return None if text is None or _NOTHING.fullmatch(text.strip()) else text


def decoded(content: bytes, where: str) -> tuple[str, str | None]:
    """The decoded text, and the name of the encoding if it had to be recognised by content.

    Tried in this order: byte order marks, UTF-16 without one, UTF-8, CP949 (which holds EUC-KR),
    Shift-JIS, GB18030, cp1252, and what charset-normalizer recognises with little noise.

    Raises:
        ScreenerError: none of them reads it without loss.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace"), None
    if (wide := _wide(content)) and (text := _as(wide, content)) is not None:
        return text, "UTF-16"
    try:
        return content.decode("utf-8"), None
    except UnicodeDecodeError as error:
        found = f"byte 0x{content[error.start]:02x} at {error.start}"
    if (korean := _as("cp949", content)) and _is_hangul(korean):
        return korean, "CP949"
    if (japanese := _as("cp932", content)) and _is_japanese(japanese):
        return japanese, "Shift-JIS"
    if (chinese := _as("gb18030", content)) and _is_chinese(chinese):
        return chinese, "GB18030"
    if (western := _as("cp1252", content)) and _is_western(western):
        return western, "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(content, cp_isolation=_OF_SPREADSHEETS).best()
    if best is None or best.chaos > _MESSY or not _mostly_letters(str(best)):
        what = "the text is neither UTF-8 nor CP949, nor in another encoding that can be recognised with certainty"
        raise ScreenerError(what, where=where, found=found, do="save it as UTF-8")
    return str(best), best.encoding


def _as(encoding: str, content: bytes) -> str | None:
    with suppress(UnicodeDecodeError):
        return content.decode(encoding)
    return None


def _wide(content: bytes) -> str:
    """A table in UTF-16 has a zero byte in each blank, digit and line end, all on the same side."""
    first, second = content[:4096:2].count(0), content[1:4096:2].count(0)
    # One in 256 Hangul and Chinese characters has a zero byte on the other side, too.
    if len(content) % 2 or max(first, second) <= max(0.025 * len(content[:4096]), 10 * min(first, second)):
        return ""
    return "utf-16-be" if first > second else "utf-16-le"


def _is_hangul(text: str) -> bool:
    """Japanese and western texts may decode as CP949, but not into Hangul; Chinese ones into Hangul and Hanja."""
    beyond, hangul = re.sub(r"[\x00-\x7f]", "", text), len(_HANGUL.findall(text))
    return 2 * hangul > len(beyond) and 3 * len(re.findall("[\u4e00-\u9fff\uf900-\ufaff]", beyond)) <= hangul


def _is_japanese(text: str) -> bool:
    """Other texts may decode as Shift-JIS, too, but into narrow kana or into none at all."""
    return bool(re.search("[ぁ-ヺ]", text)) and not re.search("[｡-ﾟ]", text)


def _is_chinese(text: str) -> bool:
    """Other East Asian texts may decode as GB18030, too, but into rare characters, Japanese ones with kana."""
    beyond = re.sub(r"[\x00-\x7f]", "", text)
    common = sum("\xb0" <= sign.encode("gb18030").decode("latin-1")[0] <= "\xd7" for sign in beyond)
    return common > 0.8 * len(beyond) and not re.search("[ぁ-ヿ]", beyond)


def _is_western(text: str) -> bool:
    """Texts of central and eastern Europe decode as cp1252, too, but into signs in words or into runs of accents."""
    return not re.search(r"[^\x00-\x7fßàâäáãåæçéèêëíîïñóòôöõøœúùûüÀÂÄÁÅÆÇÉÈÊÖØÓÜ€£°§®©‘’“”–—…\xa0·º]|[à-ü]{3}", text)


def _mostly_letters(text: str) -> bool:
    beyond = [sign for sign in text if sign > "\x7f"]
    return sum(sign.isalpha() or sign in "–—’‘“”…€£°®©·\xa0" for sign in beyond) >= 0.9 * len(beyond)
