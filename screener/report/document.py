"""The document: one typed tree of all that a report says. Formats walk it and read no frames or database.

`screener.report.build` makes it from an assessment. Texts are in the document's language and hold no control
characters; numbers are rounded once, by `filled`. `schema()` describes the JSON form, which ships as
`reports/screener.schema.json`.

Units: scores 0-100, confidence, weights, shares and factors 0-1, money US dollars (a year where an act pays). Days are
ISO dates; fields that end in `_written` or hold what a source says may stop at the month or year.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, Final, Literal, TypeVar

import msgspec
from msgspec import Struct

VERSION = 2
Kind = Literal["screening", "list", "show", "explain"]
INPUT: Final = ("name", "isin", "stock_code", "dart", "lei", "brn", "crn", "cusip", "sedol", "figi")
"""The cells of a portfolio line that name a company, by column name."""
STAKES_AND_LISTINGS: Final = ("owns", "listed_on")
"""The relations that are no acts."""
Part = TypeVar("Part", bound=Struct)


def is_web(text: str) -> bool:
    """Whether a text is a web address that is safe in a page."""
    return re.fullmatch(r"https?://[^\s<>\"']+", text) is not None


def is_announced(status: str, since: str | None, confirmed: str | None) -> bool:
    """Whether what has not ended was only announced: its last confirmation is older than its beginning, if known.

    Of days, months and years the less precise one decides: `2021-05` is before `2022`, not before `2021`.
    """
    return status != "ended" and bool(since and confirmed) and str(confirmed) < str(since)[: len(str(confirmed))]


class Source(Struct, frozen=True):
    """A document that was read.

    `copy_of` is the original's address where only a copy was read; `independent_publisher` the publisher who counts for
    confidence where this source repeats another.
    """

    source_id: str
    publisher: str
    publisher_kind: str
    title: str
    url: str
    published_on: str
    retrieved_on: dt.date | None
    grade: str
    independent_publisher: str
    archived_url: str | None = None
    copy_of: str | None = None

    @property
    def link(self) -> str | None:
        """The address, if it is on the web."""
        return self.url if is_web(self.url) else None


class Answer(Struct, frozen=True):
    """What an entity said on a topic, attributed to the speaker. `words` is the verb, `kind` its word in the data."""

    speaker_id: str
    speaker: str
    topic: str
    kind: str
    words: str
    stated_on: str
    summary: str
    summary_language: str | None
    source_id: str
    source_ids: list[str]
    sources: list[Source]


class Observation(Struct, frozen=True):
    """What others observed of an entity: no statement of its own."""

    about_id: str
    about: str
    topic: str
    observed_on: str
    summary: str
    summary_language: str | None
    source_ids: list[str]
    sources: list[Source]
    kind: Literal["observation"] = "observation"


class Verdict(Struct, frozen=True):
    """What an outside institution decided about the company. Never part of a score."""

    institution: str
    decision: str
    words: str
    decided_on: str
    ended_on: str | None
    end_planned: bool
    topic: str | None
    subject: str | None
    summary: str | None
    sources: list[Source]
    part_of_score: bool = False


class Contact(Struct, frozen=True):
    """The company was asked for an answer. `answered_on` is null if no answer is known as of `silent_until`.

    `note` says what else a reader must know: how the answer went, or that the letter shows no tie.
    """

    topic: str
    asked_by: str
    asked_on: str
    deadline: str | None
    answered_on: str | None
    silent_until: str
    sources: list[Source]
    note: str | None = None


class Step(Struct, frozen=True, rename={"from_id": "from", "to_id": "to"}):
    """One step of a path.

    `sentence` says it with its subject; its parts are `from_name`, `words`, `to_name` and, without a blank before it,
    `words_after`. `depth` counts the steps from the company; `additional` is true where the step says more about the
    entity of the step before (several lists) rather than leading on. Steps that do not count are not `scored`. `since`,
    `until` and `last_confirmed_on` are days, months or years, as the sources give them; `ended_on` is the day that the
    score counts from, the last of `until`. `end_planned`: a term or plan has passed, but no source reports the end.
    `end_own_word`: only the company itself or its group says that it ended. `end_source_ids`: those of `source_ids`
    that say only that it ended or will.
    """

    from_id: str
    relation: str
    to_id: str
    from_name: str
    words: str
    to_name: str
    words_after: str
    sentence: str
    dates: str
    said: str
    direction: Literal["forward", "backward"]
    depth: int
    additional: bool
    share: float | None
    amount_usd: float | None
    period: str | None
    product: str | None
    hs_code: str | None
    origin_region: str | None
    since: str | None
    beginning_known: bool
    until: str | None
    status: str
    status_words: str
    last_confirmed_on: str | None
    ended_on: dt.date | None
    end_planned: bool
    end_own_word: bool
    list_read_on: str | None
    scored: bool
    summary: str | None
    summary_language: str | None
    source_ids: list[str]
    end_source_ids: list[str]

    @property
    def stating(self) -> list[str]:
        """The sources that state the step itself, not only its end."""
        return [source_id for source_id in self.source_ids if source_id not in self.end_source_ids]

    @property
    def announced(self) -> bool:
        """Whether no source is as late as its beginning: it was only agreed or announced."""
        return is_announced(self.status, self.since if self.beginning_known else None, self.last_confirmed_on)

    @property
    def notes(self) -> str:
        """Dates and the strength of the evidence, in brackets after the step."""
        return "; ".join(part for part in (self.dates, self.said, self.status_words) if part)


class Publisher(Struct, frozen=True):
    """An independent publisher of a claim, by its best source: the publisher, the grade and what it is worth, 0-1.

    `repeats` names whom the source repeats, if it does.
    """

    publisher: str
    grade: str
    quality: float
    repeats: str | None = None


class Claim(Struct, frozen=True):
    """What a finding rests on. Its confidence is 1 minus the product over its publishers of (1 - quality)."""

    number: int
    statement: str
    confidence: float
    recency: float
    disputed: bool
    words: str
    publishers: list[Publisher]


class Factor(Struct, frozen=True):
    """One factor of a finding, with what it is made of."""

    name: str
    label: str
    value: float
    note: str


class Explanation(Struct, frozen=True):
    """A finding's numbers taken apart (`screener explain`)."""

    factors: list[Factor]
    claims: list[Claim]
    remark: str | None


class Factors(Struct, frozen=True):
    """exposure = the product of these, each 0-1."""

    severity: float
    involvement: float
    proximity: float
    magnitude: float
    recency: float


class Finding(Struct, frozen=True):
    """One documented link from the company to a risk anchor; `narrative` is its path in one sentence.

    `end_planned` and `end_own_word` are those of the steps that ended last.
    """

    finding_id: str
    rule: str
    title: str
    topic: str
    status: str
    status_words: str
    ended_on: str | None
    end_planned: bool
    end_own_word: bool
    last_confirmed_on: str | None
    stale: bool
    origin_presumed: bool
    relation: str
    remarks: list[str]
    tier: int
    actor_id: str
    actor: str
    anchor_id: str
    anchor: str
    narrative: str
    summary: str | None
    summary_language: str | None
    included_in_topic_score: bool
    exposure: float
    confidence: float
    factors: Factors
    recency_from: dt.date | None
    magnitude_known: bool
    magnitude_span_usd: list[float]
    amount_usd: float | None
    share: float | None
    revenue_usd: float | None
    path: list[Step]
    evidence: list[Source]
    responses: list[Answer]
    observations: list[Observation]
    explanation: Explanation | None = None

    @property
    def tie(self) -> tuple[tuple[str, str, str, str], ...]:
        """What it rests on besides listings: findings of several rules or lists on the same acts are one tie."""
        return tuple((s.from_id, s.relation, s.to_id, s.dates) for s in self.path if s.relation != "listed_on")


def only(path: Iterable[Step]) -> str:
    """`delisted` if only listings on a path ended: the act may go on. `announced` if an act may not have begun."""
    over, acts = set[str](), dict[tuple[str, str], list[bool]]()
    for step in (step for step in path if step.scored):
        over |= {step.relation} if step.status == "ended" else set()
        if step.relation not in STAKES_AND_LISTINGS:
            acts.setdefault((step.from_id, step.relation), []).append(step.announced)
    if over:
        return "delisted" if over == {"listed_on"} else ""
    return "announced" if any(map(all, acts.values())) else ""


def is_over(f: Finding) -> bool:
    """Whether it is known to have ended: not a plan that passed unreported, nor merely a listing."""
    return f.status == "ended" and not f.end_planned and not only(f.path)


def strongest(findings: Iterable[Finding]) -> Finding:
    """The strongest finding that has not ended (of all, if every one has)."""
    return min(findings, key=lambda f: (f.status == "ended", -f.exposure * f.confidence, f.finding_id))


class Topic(Struct, frozen=True):
    """A company's score on a topic.

    `rank` is its place among the `ranked` firms of the whole base with a score and a finding of their own on the topic,
    `rank_interval` where it lies under other parameters; all three are null where the company is not ranked. `group`:
    linked only as an affiliate of a company that acts.
    """

    topic: str
    name: str
    label: str
    score: float
    band: str
    confidence: float
    coverage: str
    live: bool
    group: bool
    rank: int | None
    ranked: int | None
    rank_interval: list[int] | None
    attributed_usd: float | None
    answers: list[Answer]
    observations: list[Observation]
    formula: str | None = None


class Event(Struct, frozen=True):
    """A point of a company's time line."""

    on: str
    kind: Literal["act_begins", "act_ends", "act_due", "listing", "announced", "confirmed", "answer", "verdict"]
    label: str
    text: str


class Branch(Struct, frozen=True):
    """A relation around a company, with what follows behind it."""

    before: str
    name: str
    after: str
    lists: list[str]
    live: bool
    branches: list[Branch] = []


class Company(Struct, frozen=True):
    """One company: scores, findings with their paths, answers, verdicts, contacts.

    `headline_status` counts its ties by status (`screener.report.sentences.headline_status`).
    """

    company_id: str
    name: str
    name_ko: str | None
    stock_code: str | None
    isin: str | None
    market: str | None
    business_group: str | None
    score: float
    band: str
    confidence: float
    headline_status: str | None
    live: bool
    coverage: str | None
    weight: float | None
    contribution: float | None
    topics: list[Topic]
    findings: list[Finding]
    verdicts: list[Verdict]
    contacts: list[Contact]
    timeline: list[Event]
    surroundings: list[Branch] = []
    formula: str | None = None

    def findings_of(self, topic: str) -> list[Finding]:
        """The findings of a topic, those that count first, then by weight."""
        return [finding for finding in self.findings if finding.topic == topic]

    def all_over(self, topic: str | None = None) -> bool:
        """Whether all its findings (of a topic) are known to have ended."""
        return all(map(is_over, self.findings_of(topic) if topic else self.findings))

    def cited(self) -> list[Source]:
        """The sources of findings, answers, verdicts and contacts, once each, in the order a reader meets them."""
        lists = [finding.evidence for finding in self.findings]
        for topic in self.topics:
            lists += [answer.sources for answer in topic.answers] + [seen.sources for seen in topic.observations]
        lists += [verdict.sources for verdict in self.verdicts] + [contact.sources for contact in self.contacts]
        found: dict[str, Source] = {}
        for source in (source for sources in lists for source in sources):
            found.setdefault(source.source_id, source)
        return list(found.values())

    def findings_at(self, entity_id: str) -> list[Finding]:
        """The findings whose path meets an entity; what the company's other findings say is not about it."""
        return [f for f in self.findings if any(entity_id in (step.from_id, step.to_id) for step in f.path)]

    @property
    def tags(self) -> str:
        """The topics with their caveats, as in CSV: `myanmar-gas severe; russia-war low (all ended)`."""
        return "; ".join(
            f"{t.topic} {t.band}{' (group)' if t.group else ''}{' (all ended)' if self.all_over(t.topic) else ''}"
            for t in self.topics
            if t.band != "none"
        )


class Written(Struct, frozen=True):
    """What the file says of a line; `Line` names the fields."""

    row: int
    sheet: str | None
    line: int
    input: dict[str, str]
    written: str
    kind: str
    weight: float | None
    value: float | None
    currency: str | None

    @property
    def place(self) -> str:
        """Its place for a reader: `12`, or with the sheet of a workbook, `KOSPI 12`."""
        return f"{self.sheet} {self.line}" if self.sheet else str(self.line)


class Line(Written, frozen=True):
    """A line of the portfolio.

    `row` numbers the lines of all sheets; `sheet` and `line` are its place in the file, `written` its name there.
    """

    company_id: str | None
    matched_by: str | None
    match_score: float | None
    decision: str | None
    security: str | None
    score: float | None
    band: str | None
    note: str | None


class Candidate(Struct, frozen=True):
    """A company that a line perhaps means."""

    company_id: str
    name: str
    score: float
    why: str


class Unmatched(Written, frozen=True):
    """A line that was not screened, and why."""

    reason: str
    reason_words: str
    detail: str | None
    candidates: list[Candidate]


class TopicExposure(Struct, frozen=True):
    """The weight of the holdings in band low or above on a topic with at least one finding that has not ended."""

    topic: str
    name: str
    weight_exposed: float
    holdings: int
    attributed_usd: float | None
    benchmark_weight: float | None = None
    active_weight: float | None = None


class BandWeight(Struct, frozen=True):
    """The holdings of a band. `without_findings` counts those of the band none on which nothing was found."""

    band: str
    weight: float
    holdings: int
    without_findings: int


class Driver(Struct, frozen=True):
    """A company's part in the difference of two portfolios' scores: active weight x score."""

    company_id: str
    name: str
    score: float
    weight: float
    benchmark_weight: float
    difference: float


class Benchmark(Struct, frozen=True):
    """The portfolio that the first is compared with."""

    name: str
    score: float
    lines: int
    matched: int
    active_score: float
    drivers: list[Driver]


class Indicator(Struct, frozen=True):
    """A regulatory indicator, approximated by findings.

    `weight` is of the companies that it names (null: it cannot be computed), of the `covered` weight that was screened;
    `words` says what it rests on.
    """

    indicator: str
    name: str
    weight: float | None
    companies: int
    covered: float
    words: str


class ProductHit(Struct, frozen=True):
    """Goods that forced-labour law may ask about (`laws`: `uflpa`, `eu-2024-3015`), and the companies that buy them."""

    product: str
    hs_code: str | None
    origin_region: str | None
    laws: list[str]
    company_ids: list[str]
    companies: list[str]
    weight: float


class Portfolio(Struct, frozen=True):
    """The totals of a screened portfolio."""

    name: str
    lines: int
    matched: int
    score: float
    weighted: bool
    weights: dict[str, float]
    by_topic: list[TopicExposure]
    by_band: list[BandWeight]
    quiet_companies: int
    indicators: list[Indicator]
    products: list[ProductHit]
    benchmark: Benchmark | None = None


class ListRead(Struct, frozen=True):
    """A list that findings may rest on.

    `complete_as_of` is null where only single entries are known; `incomplete` where it is not known to be complete on
    the as-of day.
    """

    list_id: str
    name: str
    title: str
    publisher: str
    jurisdiction: str | None
    complete_as_of: dt.date | None
    incomplete: bool
    words: str


class Remark(Struct, frozen=True):
    """A cell or line of the user's file that was set aside."""

    file: str
    row: int | None
    column: str | None
    key: str | None
    problem: str
    found: str | None
    do: str | None


class Change(Struct, frozen=True):
    """One change since an earlier run by one cause.

    `topic_id`, `finding_id` and scores are null where it concerns no single topic or finding. `before` and `after`: the
    company's score on the topic, 0-100, without and with this change.
    """

    company_id: str
    company: str
    topic_id: str | None
    topic: str
    finding_id: str | None
    rule: str
    anchor_id: str | None
    cause: str
    cause_words: str
    before: float | None
    after: float | None
    detail: str


class Since(Struct, frozen=True):
    """What changed since an earlier run, and its clocks."""

    as_of: dt.date
    known_at: dt.date
    words: str
    changes: list[Change]


class RuleUsed(Struct, frozen=True):
    """A rule that was run, with the hash of its file."""

    id: str
    sha256: str


class SourceUsed(Struct, frozen=True):
    """A source that the findings rest on."""

    id: str
    url: str
    retrieved_on: dt.date | None


class Deliveries(Struct, frozen=True):
    """The file of the user's own deliveries (`--supply`): its hash, facts taken, names not known yet, rows left out."""

    name: str
    sha256: str
    facts: int
    made: int
    notes: list[str]
    set_aside: list[Remark]


class Manifest(Struct, frozen=True):
    """What the result was made of: enough to make it again."""

    version: str
    method: str
    method_sha256: str
    rules: list[RuleUsed]
    datasets: list[RuleUsed]
    sources: list[SourceUsed]
    rows_set_aside: int
    deliveries: Deliveries | None = None


class Document(Struct, frozen=True, rename={"schema_name": "schema"}):
    """A report. `portfolio`, `holdings`, `unmatched` and `set_aside` are filled for a screening only."""

    schema_name: str
    language: str
    title: str
    as_of: dt.date
    known_at: dt.date
    live_only: bool
    manifest: Manifest
    notice: str
    notes: list[str]
    holdings: list[Line]
    unmatched: list[Unmatched]
    set_aside: list[Remark]
    portfolio: Portfolio | None
    companies: list[Company]
    lists: list[ListRead]
    parameters: dict[str, Any] | None = None
    since: Since | None = None

    @property
    def kind(self) -> str:
        """`screening`, `list`, `show` or `explain`."""
        return self.schema_name.split("/")[1]

    @property
    def exposed(self) -> list[Company]:
        """The companies with findings, by score."""
        return [company for company in self.companies if company.findings]

    @property
    def contributors(self) -> list[Company]:
        """The companies that add to the portfolio's score, largest part first."""
        adding = [company for company in self.exposed if company.contribution]
        return sorted(adding, key=lambda company: (-(company.contribution or 0), company.company_id))


# Decimal places of each rounded number.
_DIGITS: Final[dict[type[Struct], dict[str, int]]] = {
    Company: {"score": 1, "confidence": 2, "weight": 6, "contribution": 3},
    Topic: {"score": 1, "confidence": 2, "attributed_usd": 2},
    Finding: {"exposure": 4, "confidence": 4, "share": 6},
    Factors: dict.fromkeys(Factors.__struct_fields__, 4),
    Line: {"weight": 8, "match_score": 4, "score": 1},
    Unmatched: {"weight": 8},
    Candidate: {"score": 4},
    TopicExposure: {"weight_exposed": 6, "benchmark_weight": 6, "active_weight": 6, "attributed_usd": 2},
    BandWeight: {"weight": 6},
    Driver: {"score": 1, "weight": 6, "benchmark_weight": 6, "difference": 2},
    Benchmark: {"score": 2, "active_score": 2},
}


def filled(kind: type[Part], row: dict[str, Any], **further: Any) -> Part:
    """A part of the document with rounded numbers, from a row's cells of the same names and `further`."""
    values = {name: row[name] for name in kind.__struct_fields__ if name in row} | further
    for name, digits in _DIGITS.get(kind, {}).items():
        if values.get(name) is not None:
            values[name] = round(values[name], digits)
    return kind(**values)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document."""
    (described,), parts = msgspec.json.schema_components([Document], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"screener document, version {VERSION}",
        **described,
        "$defs": parts,
    }
