"""A right-of-reply draft for a company, made of its document: what is reported by whom, what is asked, by when.

It says no more than the document: each claim is worded by the grade of its best source, with its dates, and what is not
known is said. It has one form, a list of blocks, and three writers: Markdown, HTML and plain text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from markupsafe import Markup, escape

from screener.errors import ScreenerError
from screener.report import sentences
from screener.report.document import Company, Document, Finding, Source, Step
from screener.report.text import markdown_safe
from screener.report.wording import Wording

FORMATS: Final = {".md": "md", ".html": "html", ".htm": "html", ".txt": "txt"}
DAYS: Final = 21
_STAKE: Final = "owns"
_LISTED: Final = "listed_on"
_WITH_AMOUNT: Final = ("pays", "project_pays", "leases_from", "sells_to", "services_to", "invests_in")


@dataclass(frozen=True)
class Block:
    """A part of the letter. `kind`: heading, subheading, point, text (lines), item, or source (with its address)."""

    kind: str
    text: str
    address: str | None = None


class _Cited:
    """The sources of the letter, numbered in the order in which a reader meets them."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}

    def __call__(self, sources: Collection[Source]) -> str:
        """` [1, 4]`: the numbers of these sources; nothing where there are none."""
        for source in sources:
            self.sources.setdefault(source.source_id, source)
        order = list(self.sources)
        numbers = sorted({order.index(source.source_id) + 1 for source in sources})
        return f" [{', '.join(map(str, numbers))}]" if numbers else ""


@dataclass
class Point:
    """A claim put to the company: its steps, the lists that their ends are on, and the findings that stand on it."""

    steps: list[Step]
    findings: list[Finding]
    listings: dict[str, list[Step]] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)


def letter(document: Document, w: Wording, deadline: dt.date) -> list[Block]:
    """The letter to the one company of a document.

    Args:
        document: of `screener show`.
        w: its language, with the catalogue `letter`.
        deadline: the day by which an answer is asked for.

    Raises:
        ScreenerError: nothing is held on the company.
    """
    (company,) = document.companies
    name = w.name(company.name, company.name_ko)
    if not company.findings:
        raise ScreenerError(
            w("letter.nothing", name=name), where="COMPANY", found=company.company_id, do="screener show"
        )
    return list(_blocks(document, company, name, w, deadline))


def contact_rows(company: Company, as_of: dt.date, deadline: dt.date) -> str:
    """What to add to `datasets/contact/` once the letter was sent: CSV, a row a topic, the sender to be filled in."""
    head = "entity_id,topic,asked_by,asked_on,deadline,answered_on,source_ids,note"
    rows = [f"{company.company_id},{topic.topic},⟦sender⟧,⟦day of sending⟧,{deadline},,," for topic in company.topics]
    return "\n".join([head, *rows])


def points(company: Company) -> list[Point]:
    """The claims of a company's findings, each once: findings that differ only in their lists are one claim."""
    found: dict[tuple[tuple[str, str, str, str], ...], Point] = {}
    for finding in company.findings:
        steps = [step for step in finding.path if step.relation != _LISTED]
        key = tuple((step.from_id, step.relation, step.to_id, step.dates) for step in steps)
        point = found.setdefault(key, Point(steps, []))
        point.findings.append(finding)
        for step in finding.path:
            if step.relation == _LISTED and step.to_id not in {s.to_id for s in point.listings.get(step.from_id, [])}:
                point.listings.setdefault(step.from_id, []).append(step)
        point.sources |= {
            source.source_id: source for source in finding.evidence if source.source_id not in point.sources
        }
    return list(found.values())


def _blocks(d: Document, company: Company, name: str, w: Wording, deadline: dt.date) -> Iterator[Block]:
    clocks = {"as_of": w.day(d.as_of), "known_at": w.day(d.known_at)}
    other = w.other_name(company.name, company.name_ko)
    yield Block("text", w("letter.draft"))
    yield Block("text", w("letter.sender"))
    yield Block("text", w("letter.to", name=name, name_other=f" ({other})" if other else ""))
    yield Block("text", w("letter.day"))
    yield Block("heading", w("letter.subject", name=name, deadline=w.day(deadline)))
    yield Block("text", w("letter.greeting"))
    yield Block("text", w("letter.purpose"))
    yield Block("text", w("letter.intro", name=name))
    yield Block("text", w("letter.clocks", **clocks))
    yield Block("subheading", w("letter.points"))
    cite = _Cited()
    for number, point in enumerate(points(company), 1):
        yield from _point(number, point, name, w, cite)
    yield from _answers(company, name, w, cite)
    yield Block("subheading", w("letter.asked"))
    for question in w.lines("letter.questions"):
        yield Block("item", question)
    yield Block("text", w("letter.deadline", deadline=w.day(deadline)))
    yield Block("text", w("letter.correct"))
    yield Block("text", w("letter.closing"))
    yield Block("text", w("letter.signature"))
    yield Block("subheading", w("letter.sources"))
    for number, source in enumerate(cite.sources.values(), 1):
        yield Block("source", f"[{number}] {_source(source, w)}", source.link)
    yield Block("subheading", w("letter.notes"))
    yield Block("text", w("letter.grades"))
    named = {step.to_id.removeprefix("list:") for f in company.findings for step in f.path if step.relation == _LISTED}
    if partial := [one.name for one in d.lists if one.incomplete and one.list_id in named]:
        yield Block("text", w("letter.incomplete", lists=w("format.list_joiner").join(partial)))
    yield Block("text", w("letter.made", version=d.manifest.version, method=d.manifest.method, **clocks))


def _point(number: int, point: Point, name: str, w: Wording, cite: _Cited) -> Iterator[Block]:
    first = point.findings[0]

    def said(step: Step, text: str) -> str:
        """A text with the dates and grade of a step, and the numbers of its sources."""
        notes = f" ({step.notes})" if step.notes else ""
        return text + notes + cite([point.sources[i] for i in step.source_ids if i in point.sources])

    topics = dict.fromkeys(w.label("topics", finding.topic) for finding in point.findings)
    yield Block("point", w("letter.point", number=number, topic=w("format.list_joiner").join(topics)))
    for step in point.steps:
        yield Block("item", said(step, step.sentence))
    for listings in point.listings.values():
        lists = w("format.list_joiner").join(said(step, step.to_name) for step in listings)
        yield Block("item", w("letter.listing", name=listings[0].from_name, lists=lists))
    if all(finding.relation == "group" for finding in point.findings):
        yield Block("text", w("letter.affiliate", name=name))
    yield Block("text", w("letter.point_status", status=first.status_words))
    for summary in dict.fromkeys(finding.summary for finding in point.findings if finding.summary):
        yield Block("text", w("letter.own_words", summary=summary))
    if unknown := _unknown(point, w):
        yield Block("text", f"{w('letter.unknown')}: {'; '.join(unknown)}.")


def _unknown(point: Point, w: Wording) -> list[str]:
    """What the documents leave open about a claim."""
    first, steps = point.findings[0], point.steps
    best = [
        point.sources[step.source_ids[0]] for step in steps if step.source_ids and step.source_ids[0] in point.sources
    ]
    publishers = {
        s.independent_publisher for s in point.sources.values() if any(s.source_id in p.source_ids for p in steps)
    }
    acts = [step for step in steps if step.relation != _STAKE]
    ended = first.status == "ended"
    said = [w("letter.unknown_beginning", sentence=step.sentence) for step in acts if not step.beginning_known]
    said += [w("letter.unknown_stale", day=w.day(first.last_confirmed_on))] if first.stale and not ended else []
    said += [w("letter.unknown_end")] if first.status == "announced_exit" else []
    said += [w("letter.unknown_disputed")] if first.status == "disputed" else []
    said += [w("letter.unknown_origin")] if first.origin_presumed else []
    said += [
        w("letter.unknown_share", sentence=step.sentence)
        for step in steps
        if step.relation == _STAKE and step.share is None
    ]
    if any(step.relation in _WITH_AMOUNT and step.amount_usd is None for step in acts):
        said.append(w("letter.unknown_amount"))
    if any(source.grade == "E" for source in best):
        said.append(w("letter.unknown_alleged"))
    elif len(publishers) == 1:
        said.append(w("letter.unknown_single", publisher=next(iter(publishers))))
    return list(dict.fromkeys(said))


def _answers(company: Company, name: str, w: Wording, cite: _Cited) -> Iterator[Block]:
    yield Block("subheading", w("letter.known"))
    answers = [answer for topic in company.topics for answer in topic.answers]
    if not any(answer.speaker_id == company.company_id for answer in answers):
        yield Block("text", w("letter.known_none", name=name))
    for answer in answers:
        line = w(
            "letter.known_line",
            speaker=answer.speaker,
            kind=answer.words,
            day=w.day(answer.stated_on),
            summary=answer.summary,
        )
        yield Block("item", line + cite(answer.sources))
    for seen in (one for topic in company.topics for one in topic.observations):
        text = w("letter.observed", about=seen.about, day=w.day(seen.observed_on), summary=seen.summary)
        yield Block("item", text + cite(seen.sources))
    if company.contacts:
        yield Block("subheading", w("letter.contacts"))
        for contact in company.contacts:
            yield Block("item", sentences.contact_words(contact, w) + cite(contact.sources))


def _source(s: Source, w: Wording) -> str:
    return w(
        "letter.source_line",
        publisher=s.publisher,
        title=s.title,
        day=w.day(s.published_on),
        grade=s.grade,
        read=w("letter.read", day=w.day(s.retrieved_on)) if s.retrieved_on else "",
        copy=w("letter.copy", original=s.copy_of) if s.copy_of else "",
    )


# --- writers ------------------------------------------------------------------------------------------


def written(blocks: Sequence[Block], fmt: str, w: Wording) -> str:
    """The letter as `md`, `html` or `txt`."""
    return {"md": _markdown, "html": _html, "txt": _plain}[fmt](blocks, w)


def _markdown(blocks: Sequence[Block], w: Wording) -> str:
    marks = {"heading": "# ", "subheading": "## ", "point": "### ", "item": "- ", "source": "- "}
    parts = []
    for block in blocks:
        lines = "  \n".join(markdown_safe(line) for line in block.text.split("\n"))
        address = f" <{re.sub('[<>]', '', block.address)}>" if block.address else ""
        parts.append((block.kind in ("item", "source"), marks.get(block.kind, "") + lines + address))
    return _joined(parts)


def _plain(blocks: Sequence[Block], w: Wording) -> str:
    parts = []
    for block in blocks:
        text = f"- {block.text}" if block.kind == "item" else block.text
        rule = {"heading": "=", "subheading": "-"}.get(block.kind)
        under = f"\n{rule * min(len(text), 72)}" if rule else ""
        address = f"\n    {block.address}" if block.address else ""
        parts.append((block.kind in ("item", "source"), text + under + address))
    return _joined(parts)


def _joined(parts: Sequence[tuple[bool, str]]) -> str:
    """Blocks with an empty line between them, items of one list without."""
    text, before = "", False
    for is_item, part in parts:
        text += ("" if not text else "\n" if is_item and before else "\n\n") + part
        before = is_item
    return text + "\n"


def _html(blocks: Sequence[Block], w: Wording) -> str:
    names = {"heading": "h1", "subheading": "h2", "point": "h3", "item": "li", "source": "li"}
    body = Markup("")
    within = False
    for block in blocks:
        is_item = block.kind in ("item", "source")
        if is_item != within:
            body += Markup("<ul>\n") if is_item else Markup("</ul>\n")
            within = is_item
        name = names.get(block.kind, "p")
        text = Markup("<br>").join(escape(line) for line in block.text.split("\n"))
        if block.address:
            text += Markup(' <a rel="noopener noreferrer nofollow" href="{0}">{0}</a>').format(block.address)
        css = Markup(' class="source"') if block.kind == "source" else Markup("")
        body += Markup("<{0}{1}>{2}</{0}>\n").format(Markup(name), css, text)
    if within:
        body += Markup("</ul>\n")
    title = next(block.text for block in blocks if block.kind == "heading")
    return str(Markup(_PAGE).format(language=w.language, title=title, body=body))


_PAGE: Final = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ max-width: 44rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }}
body {{ overflow-wrap: anywhere; }}
.source {{ font-size: .9rem; }}
h3 {{ break-after: avoid; }}
@page {{ size: A4; margin: 20mm; }}
</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""
