"""HTML and Markdown, rendered by Jinja2 from the document. The templates are in `reports/`.

HTML is escaped by Jinja's autoescaping; Markdown by the filter `md`.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

import jinja2
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from screener.paths import shipped, user_cache
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
        bytecode_cache=_Compiled(str(user_cache() / f"templates-{jinja2.__version__}")),
    )
    made.globals |= {"say": sentences, "charts": charts, "marks": BAND_MARKS, "strongest": strongest}
    return made


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates in the user's cache folder: compiling the page takes a tenth of a screening's time.

    Jinja2 itself compares the hash of the source. A folder that cannot be read or written costs only that time.
    """

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            Path(self.directory).mkdir(parents=True, exist_ok=True)
            super().dump_bytecode(bucket)
