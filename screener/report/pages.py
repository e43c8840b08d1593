"""HTML and Markdown, rendered by Jinja2 from the document. The templates are in `reports/`.

HTML is escaped by Jinja's autoescaping; Markdown by the filter `md`.
"""

from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from screener.paths import shipped
from screener.report import charts, sentences
from screener.report.document import Document, strongest
from screener.report.text import markdown_safe
from screener.report.wording import BAND_MARKS, Wording

_DRAWN: Final = 12  # contributions in the chart


def render(fmt: str, document: Document, w: Wording) -> str:
    """The page of a document, as `html` or `md`."""
    environment = templates(escaped=fmt == "html")
    environment.filters |= {
        "percent": w.percent,
        "dollars": w.dollars,
        "day": w.day,
        "md": markdown_safe,
        "md_url": lambda url: url.replace("<", "%3C").replace(">", "%3E"),
    }
    page = environment.get_template(f"page.{fmt}.j2")
    return page.render(d=document, w=w, contributions=document.contributors[:_DRAWN])


def templates(*, escaped: bool) -> Environment:
    """The templates of `reports/`; an undefined name in one is an error, not an empty text."""
    made = Environment(
        loader=FileSystemLoader(shipped("reports")),
        autoescape=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {"say": sentences, "charts": charts, "marks": BAND_MARKS, "strongest": strongest}
    return made
