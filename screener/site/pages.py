"""The pages of the site, rendered by Jinja2 from the documents of both languages; templates in `reports/site/`."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from jinja2 import Environment

from screener.paths import shipped
from screener.report import charts, sentences
from screener.report.document import Company, Document, Source, Step, Topic, is_web, schema
from screener.report.pages import templates
from screener.report.wording import BAND_MARKS, Wording
from screener.rules.load import Rule
from screener.score.assess import Assessment
from screener.score.findings import Scores
from screener.site import feed
from screener.site.facts import Facts, Row, standing
from screener.site.index import companies_script, pages_script

SCRIPTS: Final = ("site", "search", "tables", "holdings")
_ALIASES: Final = 12  # names of an entity that the search knows


@dataclass(frozen=True)
class Material:
    """What the site is made of: the same companies in each language, and what the store says beside them."""

    documents: dict[str, Document]
    wordings: dict[str, Wording]
    facts: Facts
    rules: Sequence[Rule]
    scores: Scores
    changes: list[dict[str, Any]] | None = None
    address: str = ""


@dataclass(frozen=True)
class Page:
    """A page's place. `up` leads to the folder of the language, `top` to that of the site."""

    name: str
    title: str
    up: str
    top: str
    other: str
    other_language: str
    json: str | None = None
    scripts: tuple[str, ...] = ()


@dataclass(frozen=True)
class RankedCompany:
    """A company's line on the page of a topic."""

    company: Company
    topic: Topic


@dataclass(frozen=True)
class TopicPage:
    """A topic with its companies by score, its rules and what was searched for."""

    topic: str
    name: str
    rows: list[RankedCompany]
    rules: list[Rule]
    searches: list[Row]


def company_ids(assessment: Assessment) -> list[str]:
    """The companies that have a page: those with findings, verdicts or contacts."""
    found: set[str] = set()
    for frame, column in (
        (assessment.scores.findings, "company_id"),
        (assessment.verdicts, "entity_id"),
        (assessment.contacts, "entity_id"),
    ):
        found |= set(frame[column])
    return sorted(found & set(assessment.companies["entity_id"]))


def files(material: Material) -> Iterator[tuple[str, bytes]]:
    """Every file of the site: its path below the folder, and its bytes; the same for the same material."""
    yield "assets/site.css", _styles()
    for name in SCRIPTS:
        yield f"assets/{name}.js", (shipped("reports") / "site" / f"{name}.js").read_bytes()
    languages = list(material.documents)
    sites = {language: _Site(material, language) for language in languages}
    first = sites[languages[0]]
    scores, facts = material.scores, material.facts
    yield "assets/companies.js", companies_script(facts, scores, first.d, first.company_pages).encode()
    entries = [
        one | {"ko": other["ko"]} for one, other in zip(*(s.search_entries() for s in sites.values()), strict=True)
    ]
    yield "assets/pages.js", pages_script(entries).encode()
    yield "screener.schema.json", _json(schema())
    yield "manifest.json", msgspec.json.format(msgspec.json.encode(first.d.manifest), indent=1)
    landing = _environment().get_template("site/landing.html.j2")
    yield "index.html", landing.render(languages=list(material.wordings.values())).encode()
    for site in sites.values():
        yield from site.files()


class _Site:
    """The pages of one language."""

    def __init__(self, material: Material, language: str) -> None:
        self.m, self.language = material, language
        self.d, self.w = material.documents[language], material.wordings[language]
        self.other = next((one for one in material.documents if one != language), language)
        self.companies = {c.company_id: c for c in self.d.companies}
        self.company_pages = {c: f"company/{file_name(c)}.html" for c in self.companies}
        self.lists = {one.list_id: one for one in self.d.lists}
        self.entities = [e for e in standing(self.d.companies) if e not in self.companies]
        self.sources: dict[str, Source] = {}
        self.cited: dict[str, dict[tuple[str, str, str], None]] = {}
        self.steps: dict[str, dict[str, tuple[Step, list[Source]]]] = {}
        self.beside: dict[str, dict[str, Company]] = {}
        for company in self.d.companies:
            self._gather(company)
        self.topics = [self._topic(topic) for topic in material.facts.topics]
        environment = _environment()
        environment.globals |= {
            "d": self.d, "w": self.w, "facts": material.facts, "rules": material.rules, "topics": self.topics,
            "say": sentences, "charts": charts, "marks": BAND_MARKS, "at": self._at, "at_kind": _at_kind,
            "sources_count": len(self.sources),
        }  # fmt: skip
        environment.filters |= {"day": self.w.day}
        self.environment = environment

    # --- what stands where ----------------------------------------------------------------------------

    def _gather(self, company: Company) -> None:
        """Notes which source is cited for what, and what is said of each entity."""
        own = (company.company_id, self.w.name(company.name, company.name_ko))
        for source in company.cited():
            self.sources.setdefault(source.source_id, source)
        for finding in company.findings:
            by_id = {source.source_id: source for source in finding.evidence}
            for step in finding.path:
                for source_id in step.source_ids:
                    self._cite(source_id, (*own, step.sentence))
                for end in (step.from_id, step.to_id):
                    documents = [by_id[i] for i in step.source_ids if i in by_id]
                    self.steps.setdefault(end, {}).setdefault(f"{step.sentence} {step.dates}", (step, documents))
                    self.beside.setdefault(end, {})[company.company_id] = company
        for topic in company.topics:
            for answer in topic.answers:
                self.beside.setdefault(answer.speaker_id, {})[company.company_id] = company
                for source_id in answer.source_ids:
                    self._cite(source_id, (answer.speaker_id, answer.speaker, f"{answer.words}: {answer.summary}"))
            for seen in topic.observations:
                for source_id in seen.source_ids:
                    self._cite(source_id, (seen.about_id, seen.about, seen.summary))
        for verdict in company.verdicts:
            for source in verdict.sources:
                self._cite(source.source_id, (*own, sentences.verdict_words(verdict, self.w)))
        for contact in company.contacts:
            for source in contact.sources:
                self._cite(source.source_id, (*own, sentences.contact_words(contact, self.w)))

    def _cite(self, source_id: str, what: tuple[str, str, str]) -> None:
        self.cited.setdefault(source_id, {})[what] = None

    def _topic(self, topic: str) -> TopicPage:
        rows = [RankedCompany(c, t) for c in self.d.companies for t in c.topics if t.topic == topic]
        return TopicPage(
            topic=topic,
            name=self.w.label("topics", topic),
            rows=sorted(rows, key=lambda row: (-row.topic.score, row.company.company_id)),
            rules=[rule for rule in self.m.rules if rule.topic == topic],
            searches=[row for row in self.m.facts.searches if row["topic"] == topic],
        )

    def _at(self, page: Page, entity_id: str) -> str | None:
        """The address of an entity's page, from a page; nothing where it has none."""
        if entity_id in self.companies:
            return _at_kind(page, "company", entity_id)
        if entity_id.startswith("list:"):
            list_id = entity_id.removeprefix("list:")
            return _at_kind(page, "list", list_id) if list_id in self.lists else None
        return _at_kind(page, "entity", entity_id) if entity_id in self._with_page else None

    @functools.cached_property
    def _with_page(self) -> frozenset[str]:
        return frozenset(self.entities)

    def _entity_name(self, entity_id: str) -> str:
        row = self.m.facts.entities.get(entity_id, {})
        return self.w.name(row.get("name") or entity_id, row.get("name_ko")) or entity_id

    def search_entries(self) -> list[Row]:
        """What the search finds beside companies; `en` and `ko` are both the name in this language."""
        found: list[tuple[str, str, str, list[str]]] = []
        found += [("topic", t.topic, t.name, [t.topic]) for t in self.topics]
        found += [("rule", rule.id, self.w.rule(rule.id, rule.title), [rule.id]) for rule in self.m.rules]
        found += [("list", one.list_id, one.name, [one.title]) for one in self.d.lists]
        for entity_id in self.entities:
            names = self.m.facts.entities.get(entity_id, {}).get("names", [])[:_ALIASES]
            found.append(("entity", entity_id, self._entity_name(entity_id), names))
        found += [("source", s.source_id, s.title, [s.publisher]) for _, s in sorted(self.sources.items())]
        return [
            {"kind": kind, "href": f"{kind}/{file_name(key)}.html", "en": name, "ko": name, "names": names}
            for kind, key, name, names in found
        ]

    # --- pages ----------------------------------------------------------------------------------------

    def files(self) -> Iterator[tuple[str, bytes]]:
        w, d = self.w, self.d
        yield self._page(
            "index.html",
            "index",
            w("site.home"),
            {"texts": self._search_texts()},
            scripts=("companies", "pages", "site", "search"),
        )
        labels = {"texts": self._holdings_texts()}
        yield self._page(
            "holdings.html", "holdings", w("site.holdings"), labels, scripts=("companies", "site", "tables", "holdings")
        )
        yield self._page("searches.html", "searches", w("site.searches"), {})
        yield self._page("corrections.html", "corrections", w("site.corrections"), {})
        for c in d.companies:
            name = file_name(c.company_id)
            title = w.name(c.name, c.name_ko)
            yield self._page(f"company/{name}.html", "company", title, {"c": c}, json=f"{name}.json")
            yield f"{self.language}/company/{name}.json", msgspec.json.encode(_excerpt(d, [c]))
        for t in self.topics:
            name = file_name(t.topic)
            yield self._page(f"topic/{name}.html", "topic", t.name, {"topic": t}, json=f"{name}.json")
            yield f"{self.language}/topic/{name}.json", msgspec.json.encode(_topic_excerpt(d, t))
        for rule in self.m.rules:
            by_rule = [(c, f) for c in d.companies for f in c.findings if f.rule == rule.id]
            yield self._page(
                f"rule/{file_name(rule.id)}.html", "rule", w.rule(rule.id, rule.title), {"rule": rule, "found": by_rule}
            )
        for source_id, source in sorted(self.sources.items()):
            about = {"s": source, "cited": list(self.cited.get(source_id, {}))}
            yield self._page(f"source/{file_name(source_id)}.html", "source", source.title, about)
        for entity_id in self.entities:
            yield self._entity(entity_id)
        for one in d.lists:
            members: dict[str, tuple[Step, dict[str, Company]]] = {}
            for step, _ in self.steps.get(f"list:{one.list_id}", {}).values():
                companies = {c: self.companies[c] for c in self.beside.get(step.from_id, {})}
                members.setdefault(step.from_id, (step, companies))
            listed = sorted(
                ((s, list(c.values())) for s, c in members.values()), key=lambda m: (m[0].from_name, m[0].from_id)
            )
            yield self._page(f"list/{file_name(one.list_id)}.html", "list", one.name, {"one": one, "members": listed})
        yield f"{self.language}/feed.xml", self._feed().encode()

    def _search_texts(self) -> str:
        """What the script of the search says, as JSON."""
        names = ("search_none", "search_count", "search_most", "no_page")
        kinds = {f"kind_{kind}": text for kind, text in self.w.section("site_kinds").items()}
        return _text({name: self.w(f"site.{name}") for name in names} | kinds | {"language": self.language})

    def _holdings_texts(self) -> str:
        """What the script of the screening says, as JSON."""
        w = self.w
        columns = ("company", "weight", "score", "band", "topics", "topic", "written", "why", "holdings")
        return _text(
            w.section("holdings")
            | {f"band_{band}": f"{mark} {w.label('bands', band)}" for band, mark in BAND_MARKS.items()}
            | {f"topic_{topic.topic}": topic.name for topic in self.topics}
            | {f"column_{name}": w(f"columns.{name}") for name in columns}
            | {
                "language": self.language,
                "day": w.day(self.d.as_of),
                "percent": w("format.percent").removeprefix("#,##0.##"),
            }
        )

    def _entity(self, entity_id: str) -> tuple[str, bytes]:
        nothing: Row = {"kind": None, "country": None, "names": []}
        about = {
            "entity_id": entity_id,
            "name": self._entity_name(entity_id),
            "row": self.m.facts.entities.get(entity_id, nothing),
            "said": list(self.steps.get(entity_id, {}).values()),
            "companies": list(self.beside.get(entity_id, {}).values()),
        }
        return self._page(f"entity/{file_name(entity_id)}.html", "entity", str(about["name"]), about)

    def _page(
        self,
        path: str,
        name: str,
        title: str,
        values: Mapping[str, Any],
        *,
        json: str | None = None,
        scripts: tuple[str, ...] = (),
    ) -> tuple[str, bytes]:
        up = "../" * path.count("/")
        page = Page(name, title, up, f"{up}../", f"{up}../{self.other}/{path}", self.other, json, scripts)
        text = self.environment.get_template(f"site/{name}.html.j2").render(page=page, **values)
        return f"{self.language}/{path}", text.encode()

    def _feed(self) -> str:
        pages = self.company_pages | {s: f"source/{file_name(s)}.html" for s in self.sources}
        if self.m.changes is None:
            title, items = self.w("site_feed.recent"), feed.evidence_items(self.d, self.w, pages)
        else:
            title, items = self.w("site_feed.title"), feed.change_items(self.m.changes, self.d, self.w, pages)
        base = f"{self.m.address.rstrip('/')}/{self.language}/" if self.m.address else ""
        day = feed.rfc_day(self.d.as_of.isoformat())
        return self.environment.get_template("site/feed.xml.j2").render(
            base=base, title=title, items=items, made_on=day
        )


def file_name(key: str) -> str:
    """A file's name for an id: the id where it is harmless everywhere, else what is harmless of it with its hash."""
    if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,99}", key) and ".." not in key:
        return key
    harmless = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")[:60]
    return f"{harmless or 'x'}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def _at_kind(page: Page, kind: str, key: str) -> str:
    return f"{page.up}{kind}/{file_name(key)}.html"


def _excerpt(d: Document, companies: list[Company]) -> Document:
    """The document with these companies alone, the lists of their findings, and of the manifest what they rest on.

    The site's manifest.json has all.
    """
    ends = {step.to_id.removeprefix("list:") for c in companies for finding in c.findings for step in finding.path}
    cited = {source.source_id for company in companies for source in company.cited()}
    rules = {finding.rule for company in companies for finding in company.findings}
    manifest = msgspec.structs.replace(
        d.manifest,
        rules=[rule for rule in d.manifest.rules if rule.id in rules],
        sources=[source for source in d.manifest.sources if source.id in cited],
        datasets=[],
    )
    title = d.title if len(companies) != 1 else companies[0].name
    lists = [one for one in d.lists if one.list_id in ends]
    return msgspec.structs.replace(d, title=title, companies=companies, lists=lists, manifest=manifest)


def _topic_excerpt(d: Document, topic: TopicPage) -> Document:
    """The companies of a topic with what concerns it."""
    only = [
        msgspec.structs.replace(
            row.company,
            topics=[row.topic],
            findings=row.company.findings_of(topic.topic),
            contacts=[contact for contact in row.company.contacts if contact.topic == topic.topic],
            verdicts=[verdict for verdict in row.company.verdicts if verdict.topic == topic.topic],
            timeline=[],
        )
        for row in topic.rows
    ]
    return msgspec.structs.replace(_excerpt(d, only), title=topic.name)


def _styles() -> bytes:
    return b"".join((shipped("reports") / name).read_bytes() for name in ("page.css", "site/site.css"))


def _environment() -> Environment:
    environment = templates(escaped=True)
    environment.filters |= {
        "one_line": lambda text: " ".join(str(text).split()),
        "is_url": is_web,
    }
    return environment


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1)
