"""What a name in a holdings file says about the security: that it is a receipt or a bond.

Spellings of company names and the class of share are handled in `screener.match`.
"""

import html
import re
import unicodedata
from typing import Final

from screener.readers.header import written

RECEIPT, BOND = "receipt", "bond"

_RECEIPT: Final = re.compile(
    r"""(?ix)\s*[-–/,(\[\s]\s*(?:
        f?(?:un)?sp(?:on(?:s(?:ored)?)?)?\.?\s*(?:[ag]dr|ads) | (?:american|global)?\s*deposit[ao]ry\s+(?:receipts?
            |shares?|rcpts?) | (?:[ag]dr|gds|ads|edr|dr)s?
        | (?:un)?sponsored | 주식예탁증서 | 예탁증서 | 해외DR
    )(?=[\s)\]-]|$)(?:[- (]+(?:repr?(?:esenting)?\.?\b.*|144a.*|reg\.?\s?s\b.*|each\b.*|(?:un)?spon.*))?[)\]]?"""
)
# Words on a split, and the exchange or currency after a name: `KIA CORP KS`.
_AROUND: Final = re.compile(
    r"^\(?(?:인적|물적)?분할\s?[전후]\)?\s+|\s+\(?(?:인적|물적)?분할\s?[전후]\)?$|(?<=\w\w)\s+(?:KRW|K[SQP])(?:\s(?i:equity))?$"
)
_BOND: Final = re.compile(
    r"""(?ix)(?P<series>(?<=[^\d\s-])\s?제?\d{1,4}(?:회|(?:-\d{1,3}){1,2})(?:\s*(?:호|차))?(?:\s*(?:무보증사채|공모|사모
        |후순위채?|신종자본증권|전환사채|교환사채|회사채|\([가-힣]{1,4}\)))*$)
      | (?P<convertible>\s*(?:(?<!\d)\d{1,3}\s?|\s)(?:CB|EB|BW)$
        |\s+(?:convertible|exchangeable)\ (?:bonds?|notes?)\b.*$)
      | (?P<coupon>\s+(?:\d{1,2}(?:\.\d+)?(?:\s+\d/\d+)?\s*%?|FRN|FLOAT
          |VAR)\s*(?:due\s*)?(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}\s?[A-Z]{3}\s?\d{2,4}|(?:20)\d{2}
          |PERP(?:ETUAL)?)\b.*$)
      | (?P<word>\s*(?:무보증사채|회사채|전환사채|교환사채|신종자본증권|신주인수권부사채)\b.*$)"""
)
_BOND_LOOSE: Final = re.compile(r"\s*(?:제?\d{1,4}(?:회|-\d{1,3})*|\d{1,2}(?:\.\d+)?\s*%.*|\((?:[가-힣]{1,4}|\d+)\))$")

# Signs of footnotes, and words on trading, credit and former names, around a name.
_NOTES: Final = re.compile(
    r"""(?ix)^(?:[*★☆※†‡▶■●◆○\s]+|[①-⑳]\s*|\d{1,3}[.)]\s+|\[(?:대출?|융자?|신용?|담보?|현금|[가-힣]{2}정지)\]\s*)
    |(?:\s*(?:[*†‡§¶★☆]|[¹²³⁴-⁹]|(?<=\s)\d\)|\((?-i:[a-z]|[ivx]{1,4}|\d{1,2})\)(?:,(?=\s*\())?|\[(?-i:\d{1,2}|[a-z])\]
        |[(\[](?:거래정지|매매정지|정리매매|관리(?:종목)?|투자(?:주의|경고|위험)|신규?|융자|대출|신용|담보|현금|보)[)\]]
        |[(\[](?:[舊現]|[구현전]\W|f/?k/?a\W|former(?:ly)?\W)[^)\]]*[)\]]))+$"""
)
_FORM_OF: Final = {form: country for country, forms in written()["forms"].items() for form in forms.split("|")}


def clean(name: str, *, bond: bool = False) -> tuple[str, str | None]:
    """The company's own name, and what the name says of the security: `receipt`, `bond` or nothing.

    `KT Corp Sponsored ADR`, `SAMSUNG ELECTR-GDR REG S`, `대한항공104-2`. Where the file says that it is a `bond`, a
    bare number at its end is the series.
    """
    noted = _NOTES.sub("", " ".join(html.unescape(name).split())) if len(name) < 500 else ""
    name = noted if re.search(r"[^\W\d]", noted) else name
    text = _AROUND.sub("", " ".join(unicodedata.normalize("NFKC", name).split()))
    for kind, pattern in ((RECEIPT, _RECEIPT), (BOND, _BOND), (BOND, _BOND_LOOSE)):
        if pattern is _BOND_LOOSE and not bond:
            continue
        # Loose signs are left only by a removal: `(주)` before a name is part of it.
        rest, taken = pattern.subn(" ", text)
        rest = " ".join(rest.split()).rstrip(" -–/,(")
        if taken and sum(sign.isalpha() for sign in rest) >= 2:
            return rest, kind
    return text, BOND if bond else None


def foreign_form(name: str) -> tuple[str, str] | None:
    """A company form that no Korean company has, and where it is used: `Orion Oyj` gives (Oyj, Finland)."""
    words = re.sub(r"[.,]", "", unicodedata.normalize("NFKC", name)).replace("/", " ").split()
    for count in (3, 2, 1):
        form = " ".join(words[-count:])
        # In capitals only the longer ones count: `AB` or `SA` may be part of a name in capitals, `AG` and
        # `NV` hardly are.
        if len(words) > count and (country := _FORM_OF.get(form.lower())):
            return form, country
    return None
