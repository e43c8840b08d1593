"""A right-of-reply draft from a company's document: what is reported by whom, what is asked, by when.

It says no more than the document: each claim is dated and worded by the grade of its best source, and what is unknown
is stated. It has one form, a list of blocks, and three writers: Markdown, HTML and plain text.
"""

import datetime as dt
import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from screener.errors import ScreenerError
from screener.report import sentences
from screener.report.document import Company, Document, Finding, Source, Step, only
from screener.report.pages import templates
from screener.report.text import markdown_safe
from screener.report.wording import Wording

FORMATS: Final = {".md": "md", ".html": "html", ".htm": "html", ".txt": "txt"}
DAYS: Final = 21
_STAKE: Final = "owns"
_LISTED: Final = "listed_on"
_WITH_AMOUNT: Final = ("pays", "project_pays", "leases_from", "sells_to", "services_to", "invests_in")
Cite = Callable[[Collection[Source]], str]
# Kind of block and key below `letter`, of the parts before the points and after the answers.
_OPENING: Final = (
    *(("text", "draft"), ("text", "sender"), ("text", "to"), ("text", "day"), ("heading", "subject")),
    *(("text", "greeting"), ("text", "purpose"), ("text", "intro"), ("text", "clocks"), ("subheading", "points")),
)
_CLOSING: Final = (
    *(("text", "deadline"), ("text", "correct"), ("text", "closing"), ("text", "signature"), ("subheading", "sources")),
)


@dataclass(frozen=True)
class Block:
    """A part of the letter. `kind`: heading, subheading, point, text (lines), item, or source (with its address)."""

    kind: str
    text: str
    address: str | None = None

    @property
    def is_item(self) -> bool:
        """Whether it belongs to a list with its neighbours."""
        return self.kind in ("item", "source")


def letter(document: Document, w: Wording, deadline: dt.date) -> list[Block]:
    """The letter to the company of a `screener show` document; `w` includes the catalogue `letter`.

    Raises:
        ScreenerError: the company has no findings.
    """
    (company,) = document.companies
    name = w.name(company.name, company.name_ko)
    if not company.findings:
        what, found = w("letter.nothing", name=name), company.company_id
        raise ScreenerError(what, where="COMPANY", found=found, do="`screener show` prints what is held")
    other = w.other_name(company.name, company.name_ko)
    clocks = {"as_of": w.day(document.as_of), "known_at": w.day(document.known_at)}
    values = clocks | {"name": name, "name_other": f" ({other})" if other else "", "deadline": w.day(deadline)}
    # By id, in the order in which a reader meets them.
    cited: dict[str, Source] = {}
    cite = partial(_cite, cited)
    blocks = [Block(kind, w(f"letter.{key}", **values)) for kind, key in _OPENING]
    for number, findings in enumerate(_claims(company), 1):
        blocks += _point(number, findings, name, w, cite)
    blocks += _answers(company, name, w, cite)
    blocks.append(Block("subheading", w("letter.asked")))
    blocks += [Block("item", question) for question in w.lines("letter.questions")]
    blocks += [Block(kind, w(f"letter.{key}", **values)) for kind, key in _CLOSING]
    for n, s in enumerate(cited.values(), 1):
        cited_as = f"[{n}] {s.publisher}, {s.title}, {w.day(s.published_on)}"
        blocks.append(Block("source", w("letter.source", name=cited_as, note=sentences.source_note(s, w)), s.link))
    blocks += [Block("subheading", w("letter.notes")), Block("text", w("letter.grades"))]
    named = {step.to_id.removeprefix("list:") for f in company.findings for step in f.path if step.relation == _LISTED}
    if incomplete := [one.name for one in document.lists if one.incomplete and one.list_id in named]:
        blocks.append(Block("text", w("letter.incomplete", lists=w("format.list_joiner").join(incomplete))))
    made = {"version": document.manifest.version, "method": document.manifest.method}
    return [*blocks, Block("text", w("letter.made", **made, **clocks))]


def _cite(cited: dict[str, Source], sources: Collection[Source]) -> str:
    """` [1, 4]`: the numbers of these sources among those cited, which they join; empty if there are none."""
    cited |= {source.source_id: source for source in sources if source.source_id not in cited}
    order = list(cited)
    numbers = sorted({order.index(source.source_id) + 1 for source in sources})
    return f" [{', '.join(map(str, numbers))}]" if numbers else ""


def contact_rows(company: Company, deadline: dt.date) -> str:
    """Rows for `datasets/contact/` once the letter is sent: CSV, one per topic, the sender to be filled in."""
    head = "entity_id,topic,asked_by,asked_on,deadline,answered_on,source_ids,note"
    rows = [f"{company.company_id},{topic.topic},⟦sender⟧,⟦day of sending⟧,{deadline},,," for topic in company.topics]
    return "\n".join([head, *rows])


def _claims(company: Company) -> Iterable[list[Finding]]:
    """The findings by claim: those that differ only in their lists are one claim."""
    found: dict[object, list[Finding]] = {}
    for finding in company.findings:
        found.setdefault(finding.tie, []).append(finding)
    return found.values()


def _point(number: int, findings: Sequence[Finding], name: str, w: Wording, cite: Cite) -> Iterator[Block]:
    """A claim put to the company: its steps, the lists that their ends are on, its status, what is unknown."""
    first, sources = findings[0], {source.source_id: source for f in findings for source in f.evidence}
    steps = [step for step in first.path if step.relation != _LISTED]
    listings: dict[tuple[str, str], dict[str, Step]] = {}
    for step in (step for f in findings for step in f.path if step.relation == _LISTED):
        listings.setdefault((step.from_id, step.status), {}).setdefault(step.to_id, step)

    def said(step: Step, text: str) -> str:
        """A text with the dates and grade of a step, and the numbers of its sources."""
        notes = f" ({step.notes})" if step.notes else ""
        return text + notes + cite([sources[i] for i in step.source_ids])

    topics = dict.fromkeys(w.label("topics", finding.topic) for finding in findings)
    yield Block("point", w("letter.point", number=number, topic=w("format.list_joiner").join(topics)))
    for step in steps:
        yield Block("item", said(step, step.sentence))
    for on_lists in (list(of_body.values()) for of_body in listings.values()):
        lists = w("format.list_joiner").join(said(step, step.to_name) for step in on_lists)
        key = "letter.listing_past" if on_lists[0].status == "ended" else "letter.listing"
        yield Block("item", w(key, name=on_lists[0].from_name, lists=lists))
    if all(finding.relation == "group" for finding in findings):
        yield Block("text", w("letter.affiliate", name=name))
    yield Block("text", w("letter.point_status", status=first.status_words))
    for summary in dict.fromkeys(finding.summary for finding in findings if finding.summary):
        yield Block("text", w("letter.own_words", summary=summary))
    if unknown := dict.fromkeys(_unknown(first, steps, sources, w)):
        yield Block("text", f"{w('letter.unknown')}: {'; '.join(unknown)}.")


def _unknown(first: Finding, steps: Sequence[Step], sources: Mapping[str, Source], w: Wording) -> Iterator[str]:
    """What the documents leave open about a claim."""
    acts = [step for step in steps if step.relation != _STAKE]
    for step in acts:
        if not step.beginning_known:
            yield w("letter.unknown_beginning", sentence=step.sentence)
    if first.stale and first.status != "ended":
        yield w("letter.unknown_stale", day=w.day(first.last_confirmed_on))
    unknown = {"end": first.status == "announced_exit", "planned": first.end_planned}
    unknown |= {"begun": only(first.path) == "announced"}
    unknown |= {"disputed": first.status == "disputed", "origin": first.origin_presumed}
    yield from (w(f"letter.unknown_{what}") for what, holds in unknown.items() if holds)
    for step in steps:
        if step.relation == _STAKE and step.share is None:
            yield w("letter.unknown_share", sentence=step.sentence)
    own = [step for step in acts if step.from_id == first.actor_id or step.relation == "project_pays"]
    if any(step.relation in _WITH_AMOUNT and step.amount_usd is None for step in own):
        yield w("letter.unknown_amount")
    cited = [[sources[i] for i in step.stating] for step in steps]
    publishers = {source.independent_publisher for of_step in cited for source in of_step}
    if any(of_step[0].grade == "E" for of_step in cited if of_step):
        yield w("letter.unknown_alleged")
    elif len(publishers) == 1:
        yield w("letter.unknown_single", publisher=publishers.pop())


def _answers(company: Company, name: str, w: Wording, cite: Cite) -> Iterator[Block]:
    yield Block("subheading", w("letter.known"))
    answers = [answer for topic in company.topics for answer in topic.answers]
    if not any(answer.speaker_id == company.company_id for answer in answers):
        yield Block("text", w("letter.known_none", name=name))
    for a in answers:
        values = {"speaker": a.speaker, "kind": a.words, "day": w.day(a.stated_on), "summary": a.summary}
        yield Block("item", w("letter.known_line", **values) + cite(a.sources))
    for seen in (one for topic in company.topics for one in topic.observations):
        text = w("letter.observed", about=seen.about, day=w.day(seen.observed_on), summary=seen.summary)
        yield Block("item", text + cite(seen.sources))
    if company.contacts:
        yield Block("subheading", w("letter.contacts"))
    for contact in company.contacts:
        yield Block("item", sentences.contact_words(contact, w) + cite(contact.sources))


def written(blocks: Sequence[Block], fmt: str, w: Wording) -> str:
    """The letter as `md`, `html` or `txt`."""
    groups = [list(group) for _, group in itertools.groupby(blocks, key=lambda block: block.is_item)]
    if fmt == "html":
        title = next(block.text for block in blocks if block.kind == "heading")
        page = templates(escaped=True).get_template("letter.html.j2")
        return page.render(language=w.language, title=title, groups=groups)
    one: Callable[[Block], str] = {"md": _markdown, "txt": _plain}[fmt]
    # An empty line separates blocks, but not the items of a list.
    return "\n\n".join(("\n" if group[0].is_item else "\n\n").join(map(one, group)) for group in groups) + "\n"


def _markdown(block: Block) -> str:
    marks = {"heading": "# ", "subheading": "## ", "point": "### ", "item": "- ", "source": "- "}
    lines = "  \n".join(markdown_safe(line) for line in block.text.split("\n"))
    address = f" <{re.sub('[<>]', '', block.address)}>" if block.address else ""
    return marks.get(block.kind, "") + lines + address


def _plain(block: Block) -> str:
    text = f"- {block.text}" if block.kind == "item" else block.text
    rule = {"heading": "=", "subheading": "-"}.get(block.kind, "")
    under = f"\n{rule * min(len(text), 72)}" if rule else ""
    return text + under + (f"\n    {block.address}" if block.address else "")
