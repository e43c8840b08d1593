"""Remarks on lines of a user's file: cells that could not be read, lines left out, such as those of totals."""

import re
import unicodedata
from typing import Final

import polars as pl

_TOTAL: Final = re.compile(
    r"""(?ix)(?:총|누|중|대)?(?:합계|계|소계|총계|누계|합산)(?:금액|액)?|(?:총|순|운용)(?:평가금액|평가액|자산(?:총액|가치)?|금액|액|보유금액)
        |[가-힣]{1,12}(?:합계|소계|총계|총액)
    |(?:grand|sub|over)?totals?|(?:sub)?sum|(?:gesamt|zwischen)?summe|gesamt(?:vermögen|bestand|wert|betrag)?
    |insgesamt|total(?:e|général|generale?|geral)?
        |subtotale?|sommes?|totaux|soustotal|suma(?:total)?|ogółem|totaal|totalt|razem|итого|всего|合[計计]額?|[總总][計计]|小[計计]|総計
    |(?:grand|sub)?total(?:of)?(?:all|net|the|long|short|domestic|foreign|korean?|common|preferred|listed)*
        (?:equit(?:y|ies)|stocks?|shares|assets?|portfolio|funds?|holdings?|bonds?|fixedincome
            |securities|investments?|cash|liabilities|marketvalue|value|positions?|krw|usd|eur|kospi|kosdaq)+
    |total[:=]?[\d.,%]+|net(?:assets?|assetvalue)[\d.,%]*|nav|설정현금액?
    |(?:account|portfolio|positions?|holdings?|fund|sleeve|strategy)(?:sub)?total(?:value)?|fund.{1,12}total
        |total(?:investmentsin)?(?:securities|southkorea)
    |(?:합계|총계|소계)\d{1,4}종목|(?:sub)?totaltop\d+(?:holdings)?|top\d+(?:holdings)?total|상위\d+종목"""
)


def remark(
    lines: pl.DataFrame, problem: str, do: str, *, heading: str | None = None, cell: str | None = None
) -> pl.DataFrame:
    """The same remark on several lines: row, column, key, problem, found, do, as in `screener.schema.frames.Reject`.

    `lines` have row, key, and `cell`, the column of what was found; by default the key.
    """
    return lines.select(
        "row",
        column=pl.lit(heading or None, pl.String),
        key="key",
        problem=pl.lit(problem),
        found=pl.col(cell or "key").cast(pl.String),
        do=pl.lit(do),
    )


def is_total(name: str) -> bool:
    """Whether a text is a heading of sums, in any language and spacing: `소 계(코스피)`."""
    text = unicodedata.normalize("NFKC", name).lower()
    forms = (text, re.sub(r"\([^)]*\)|\[[^\]]*\]|[-–—:]?\s*[\d.,]+\s?%", "", text))
    return any(_TOTAL.fullmatch(re.sub(r"[\W_]", "", form)) for form in forms)
