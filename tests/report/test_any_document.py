"""Laws of the writers, over documents with any names, numbers and texts: nothing is lost, nothing acts, every format says the same."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import msgspec
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from selectolax.lexbor import LexborHTMLParser

from screener.report.document import Company, Document, Step
from screener.report.formats import Shown
from screener.report.pages import render
from screener.report.serialise import csv_text, dump, findings_table
from screener.report.terminal import page
from screener.report.text import plain
from screener.report.wording import LANGUAGES, Wording, wording
from screener.report.workbook import workbook_bytes
from tests.golden.world import World

# Letters of several scripts, signs that markup, formulas and shells read, and what `plain` leaves of control characters.
_LETTERS = "aB1 <>&\"'=+-@[]()*_`|\\/{}%$#!~,;:.가나한글中文ا\ufffd"
names = st.text(_LETTERS, min_size=1, max_size=40).map(plain).map(str.strip).filter(lambda text: bool(text.strip()))
scores = st.integers(0, 1000).map(lambda tenths: tenths / 10)
BANDS = st.sampled_from(["none", "low", "elevated", "high", "severe"])


@pytest.fixture(scope="module")
def base(world: World) -> Document:
    """The list of the small world, whose names, texts and numbers the laws replace."""
    return msgspec.json.decode(world.run("list", "--format", "json").out, type=Document)


def _drawn(company: Company, data: st.DataObject) -> Company:
    """The company with other names, numbers and sentences."""
    replace = msgspec.structs.replace
    speaker, about = data.draw(names), data.draw(names)
    topics = [
        replace(t, answers=[replace(a, speaker=speaker, summary=about) for a in t.answers]) for t in company.topics
    ]
    findings = [
        replace(
            f,
            title=data.draw(names),
            path=[_step(s, data.draw(names), data.draw(names)) for s in f.path],
            evidence=[replace(s, publisher=data.draw(names)) for s in f.evidence],
            responses=[replace(a, speaker=speaker, summary=about) for a in f.responses],
        )
        for f in company.findings
    ]
    return replace(
        company, name=data.draw(names), score=data.draw(scores), band=data.draw(BANDS), topics=topics, findings=findings
    )


def _step(step: Step, subject: str, end: str) -> Step:
    sentence = f"{subject} {step.words} {end}{step.words_after}"
    return msgspec.structs.replace(step, from_name=subject, to_name=end, sentence=sentence)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _written(d: Document, w: Wording) -> dict[str, str]:
    """The document in every format, as its reader sees it, without blanks."""
    paper = Console(width=400, file=io.StringIO(), markup=False, highlight=False, emoji=False)
    paper.print(page(d, w, Shown(full=True)))
    html = render("html", d, w)
    tree = LexborHTMLParser(html)
    assert tree.css("script, iframe, img, form") == []
    assert tree.body is not None
    markdown = re.sub(r"\\([\\`*_{}\[\]()#+!|~])", r"\1", render("md", d, w)).replace("**", "")
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(d, w)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    found = {
        "terminal": paper.file.getvalue(),  # type: ignore[attr-defined]
        "html": tree.body.text(),
        "md": markdown.replace("&lt;", "<").replace("&gt;", ">"),
        "xlsx": " ".join(str(float(c.value)) if c.data_type == "n" and not c.is_date else str(c.value) for c in cells),
        "csv": csv_text(findings_table(d), to_file=False).replace('""', '"'),
        "json": " ".join(_texts(json.loads(dump(d)))),
    }
    return {name: _squeezed(text) for name, text in found.items()}


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [str(value)]


@settings(max_examples=20)
@given(data=st.data(), language=st.sampled_from(LANGUAGES))
def test_every_format_says_the_same_of_any_document(base: Document, data: st.DataObject, language: str) -> None:
    chosen = data.draw(st.sampled_from(base.companies))
    company = _drawn(chosen, data)
    d = msgspec.structs.replace(base, companies=[company], language=language)
    written = _written(d, wording(language))
    for fmt, text in written.items():
        for said in [
            f"{company.score:.1f}",
            *(name for f in company.findings for name in (f.title, *(s.to_name for s in f.path))),
            *(text for t in company.topics for a in t.answers for text in (a.speaker, a.summary)),
        ]:
            # A spreadsheet's apostrophe stands before a cell that begins as a formula does, and only there.
            assert _squeezed(said).replace("**", "") in text.replace("**", ""), (fmt, said)
    assert msgspec.json.decode(dump(d), type=Document) == d


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_that_both_languages_write_alike_is_printed_once(base: Document, language: str) -> None:
    replace = msgspec.structs.replace
    company = replace(base.companies[0], name="KT&G", name_ko="KT&G")
    written = _written(replace(base, companies=[company], language=language), wording(language))
    for fmt in ("terminal", "html", "md"):
        assert "KT&G" in written[fmt]
        assert not re.search("KT&G·?KT&G", written[fmt]), fmt
    assert wording(language).other_name("KT&G", "KT&G") == ""
