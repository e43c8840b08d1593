"""The pages of the site, rendered by Jinja2 from the documents of both languages; templates in `reports/site/`."""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import polars as pl

from screener.paths import shipped
from screener.report import sentences
from screener.report.document import Company, Document, Source, Step, is_web, schema
from screener.report.pages import templates
from screener.report.serialise import csv_text, dump, findings_table
from screener.report.wording import BAND_MARKS
from screener.site import feed
from screener.site.facts import Entry, Material, Row, companies_script, in_findings, pages_script

SCRIPTS: Final = ("site", "search", "tables", "holdings")
_DATA_TYPES: Final = {"csv": "text/csv", "json": "application/json"}
_ALIASES: Final = 12  # names of an entity in the search


def files(material: Material) -> Iterator[tuple[str, bytes]]:
    """Every file of the site: its path below the folder, and its bytes; equal for equal material."""
    reports = shipped("reports")
    yield "assets/site.css", b"".join((reports / name).read_bytes() for name in ("page.css", "site/site.css"))
    for name in SCRIPTS:
        yield f"assets/{name}.js", (reports / "site" / f"{name}.js").read_bytes()
    sites = [_Site(material, language) for language in material.documents]
    first = sites[0]
    companies = companies_script(material, first.company_pages)
    yield "assets/companies.js", companies.encode()
    yield "assets/pages.js", pages_script([site.search_entries() for site in sites]).encode()
    yield "screener.schema.json", dump(schema()).encode()
    yield "manifest.json", dump(first.d.manifest).encode()
    landing = first.environment.get_template("site/landing.html.j2")
    yield "index.html", landing.render(languages=list(material.wordings.values())).encode()
    for site in sites:
        yield from site.files()


class _Site:
    """The pages of one language."""

    def __init__(self, material: Material, language: str) -> None:
        self.m, self.language = material, language
        self.d, self.w = material.documents[language], material.wordings[language]
        self.other = next((one for one in material.documents if one != language), language)
        self.company_pages = {c.company_id: f"company/{file_name(c.company_id)}.html" for c in self.d.companies}
        self.entities = [e for e in in_findings(self.d.companies) if e not in self.company_pages]
        # Kind and name of each page, by its subject.
        self.places = {f"list:{one.list_id}": ("list", one.list_id) for one in self.d.lists}
        self.places |= {e: ("entity", e) for e in self.entities} | {c: ("company", c) for c in self.company_pages}
        self.sources: dict[str, Source] = {}
        self.cited: dict[str, dict[tuple[str, str, str], None]] = {}
        self.steps: dict[str, dict[str, tuple[Step, list[Source]]]] = {}
        self.linked: dict[str, dict[str, Company]] = {}
        for company in self.d.companies:
            self._gather(company)
        self.topics = [self._topic(topic) for topic in material.topics]
        self.environment = templates(escaped=True)
        self.environment.globals |= {
            "d": self.d, "w": self.w, "facts": material, "rules": material.assessment.rules, "topics": self.topics,
            "at": self._at, "at_kind": _at_kind, "sources_count": len(self.sources),
        }  # fmt: skip
        self.environment.filters |= {"day": self.w.day, "is_url": is_web}
        self.environment.filters["one_line"] = lambda text: " ".join(text.split())

    def _gather(self, company: Company) -> None:
        """Notes which source is cited for what, what is said of each entity, and which companies it is linked to."""
        own = (company.company_id, self.w.name(company.name, company.name_ko))
        by_id = {source.source_id: source for source in company.cited()}
        self.sources = by_id | self.sources
        cited: list[tuple[list[str], tuple[str, str, str]]] = []
        for step in (step for finding in company.findings for step in finding.path):
            cited.append((step.source_ids, (*own, step.sentence)))
            documents = [by_id[i] for i in step.source_ids if i in by_id]
            for end in (step.from_id, step.to_id):
                self.steps.setdefault(end, {}).setdefault(f"{step.sentence} {step.dates}", (step, documents))
                self.linked.setdefault(end, {})[company.company_id] = company
        for topic in company.topics:
            for a in topic.answers:
                self.linked.setdefault(a.speaker_id, {})[company.company_id] = company
                cited.append((a.source_ids, (a.speaker_id, a.speaker, f"{a.words}: {a.summary}")))
            cited += [(seen.source_ids, (seen.about_id, seen.about, seen.summary)) for seen in topic.observations]
        said = [(verdict.sources, sentences.verdict_words(verdict, self.w)) for verdict in company.verdicts]
        said += [(contact.sources, sentences.contact_words(contact, self.w)) for contact in company.contacts]
        cited += [([source.source_id for source in sources], (*own, words)) for sources, words in said]
        for source_ids, what in cited:
            for source_id in source_ids:
                self.cited.setdefault(source_id, {})[what] = None

    def _topic(self, topic: str) -> Row:
        """A topic with its companies by score, its rules and what was searched for."""
        rows = [(c, t) for c in self.d.companies for t in c.topics if t.topic == topic]
        return {
            "topic": topic,
            "name": self.w.label("topics", topic),
            "rows": sorted(rows, key=lambda row: (-row[1].score, row[1].rank or math.inf, row[0].company_id)),
            "rules": [rule for rule in self.m.assessment.rules if rule.topic == topic],
            "searches": [row for row in self.m.searches if row["topic"] == topic],
        }

    def _at(self, page: Mapping[str, Any], entity_id: str) -> str | None:
        """The address of an entity's page, from a page; empty if it has none."""
        place = self.places.get(entity_id)
        return _at_kind(page, *place) if place else None

    def _entity_name(self, entity_id: str) -> str:
        row = self.m.entities.get(entity_id, {})
        return self.w.name(row.get("name") or entity_id, row.get("name_ko")) or entity_id

    def search_entries(self) -> list[Entry]:
        """What the search finds besides companies: kind, address, name in this language, further names."""
        found: list[Entry] = [("topic", t["topic"], t["name"], [t["topic"]]) for t in self.topics]
        found += [("rule", rule.id, self.w.rule(rule.id, rule.title), [rule.id]) for rule in self.m.assessment.rules]
        found += [("list", one.list_id, one.name, [one.title]) for one in self.d.lists]
        for entity_id in self.entities:
            names = self.m.entities.get(entity_id, {}).get("names", [])[:_ALIASES]
            found.append(("entity", entity_id, self._entity_name(entity_id), names))
        found += [("source", s.source_id, s.title, [s.publisher]) for _, s in sorted(self.sources.items())]
        return [(kind, f"{kind}/{file_name(key)}.html", name, names) for kind, key, name, names in found]

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file below the folder of the language."""
        w, d = self.w, self.d
        scripts = ("companies", "pages", "site", "search")
        yield self._page("index", "index", w("site.home"), scripts, texts=self._search_texts())
        scripts = ("companies", "site", "tables", "holdings")
        yield self._page("holdings", "holdings", w("site.holdings"), scripts, texts=self._holdings_texts())
        yield self._page("searches", "searches", w("site.searches"))
        yield self._page("corrections", "corrections", w("site.corrections"))
        for c in d.companies:
            name = f"company/{file_name(c.company_id)}"
            yield self._page(name, "company", w.name(c.name, c.name_ko), data="json", c=c)
            yield f"{self.language}/{name}.json", msgspec.json.encode(_excerpt(d, c))
        table = findings_table(d).sort("topic_score", descending=True, maintain_order=True)
        for t in self.topics:
            name = f"topic/{file_name(t['topic'])}"
            yield self._page(name, "topic", t["name"], data="csv", topic=t)
            # One line per finding; in full, as in the companies' files, it would be far larger.
            lines = table.filter(pl.col("topic") == t["topic"])
            yield f"{self.language}/{name}.csv", csv_text(lines, to_file=True).encode()
        for rule in self.m.assessment.rules:
            found = [(c, f) for c in d.companies for f in c.findings if f.rule == rule.id]
            title = w.rule(rule.id, rule.title)
            yield self._page(f"rule/{file_name(rule.id)}", "rule", title, rule=rule, found=found)
        for source_id, s in sorted(self.sources.items()):
            cited = list(self.cited.get(source_id, {}))
            yield self._page(f"source/{file_name(source_id)}", "source", s.title, s=s, cited=cited)
        for entity_id in self.entities:
            name, linked = self._entity_name(entity_id), self.linked.get(entity_id, {}).values()
            about: Row = {"entity_id": entity_id, "name": name, "said": self.steps.get(entity_id, {}).values()}
            about["row"] = self.m.entities.get(entity_id, {"kind": None, "country": None, "names": []})
            yield self._page(f"entity/{file_name(entity_id)}", "entity", name, **about, companies=linked)
        for one in d.lists:
            members: dict[str, tuple[Step, list[Company]]] = {}
            for step, _ in self.steps.get(f"list:{one.list_id}", {}).values():
                members.setdefault(step.from_id, (step, list(self.linked[step.from_id].values())))
            listed = sorted(members.values(), key=lambda member: (member[0].from_name, member[0].from_id))
            yield self._page(f"list/{file_name(one.list_id)}", "list", one.name, one=one, members=listed)
        yield f"{self.language}/feed.xml", self._feed().encode()

    def _search_texts(self) -> str:
        """The texts of the search script, as JSON."""
        names = ("search_none", "search_count", "search_most", "no_page")
        kinds = {f"kind_{kind}": text for kind, text in self.w.section("site_kinds").items()}
        return _text({name: self.w(f"site.{name}") for name in names} | kinds | {"language": self.language})

    def _holdings_texts(self) -> str:
        """The texts of the screening script, as JSON."""
        w = self.w
        columns = ("company", "weight", "score", "band", "topics", "topic", "written", "why", "holdings")
        texts = w.section("holdings") | {f"column_{name}": w(f"columns.{name}") for name in columns}
        texts |= {f"band_{band}": f"{mark} {w.label('bands', band)}" for band, mark in BAND_MARKS.items()}
        texts |= {f"topic_{topic['topic']}": topic["name"] for topic in self.topics}
        percent = w("format.percent").removeprefix("#,##0.##")
        return _text(texts | {"language": self.language, "day": w.day(self.d.as_of), "percent": percent})

    def _page(
        self, path: str, kind: str, title: str, scripts: Sequence[str] = (), *, data: str | None = None, **values: Any
    ) -> tuple[str, bytes]:
        """A page; `up` leads from it to the folder of the language, `top` to that of the site.

        `data` is the ending of the data file next to it.
        """
        up = "../" * path.count("/")
        page = {
            "name": kind,
            "title": title,
            "up": up,
            "top": f"{up}../",
            "other": f"{up}../{self.other}/{path}.html",
            "other_language": self.other,
            "data": f"{path.rpartition('/')[2]}.{data}" if data else None,
            "data_type": _DATA_TYPES.get(data or ""),
            "scripts": scripts,
        }
        text = self.environment.get_template(f"site/{kind}.html.j2").render(page=page, **values)
        return f"{self.language}/{path}.html", text.encode()

    def _feed(self) -> str:
        pages = self.company_pages | {s: f"source/{file_name(s)}.html" for s in self.sources}
        if self.m.changes is None:
            title, items = self.w("site_feed.recent"), feed.evidence_items(self.d, self.w, pages)
        else:
            title, items = self.w("site_feed.title"), feed.change_items(self.m.changes, self.d, self.w, pages)
        base = f"{self.m.address.rstrip('/')}/{self.language}/" if self.m.address else ""
        day, template = feed.rfc_day(str(self.d.as_of)), self.environment.get_template("site/feed.xml.j2")
        return template.render(base=base, title=title, items=items, made_on=day)


def file_name(key: str) -> str:
    """A file name for an id: the id if it is safe everywhere, else its safe characters with its hash."""
    if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,99}", key) and ".." not in key:
        return key
    harmless = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")[:60]
    return f"{harmless or 'x'}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def _at_kind(page: Mapping[str, Any], kind: str, key: str) -> str:
    return f"{page['up']}{kind}/{file_name(key)}.html"


def _excerpt(d: Document, company: Company) -> Document:
    """The document with only this company, the lists of its findings, and the rules used.

    The site's manifest.json is complete; the sources are with the findings.
    """
    ends = {step.to_id.removeprefix("list:") for finding in company.findings for step in finding.path}
    rules = {finding.rule for finding in company.findings}
    used = [rule for rule in d.manifest.rules if rule.id in rules]
    manifest = msgspec.structs.replace(d.manifest, rules=used, sources=[], datasets=[])
    lists = [one for one in d.lists if one.list_id in ends]
    return msgspec.structs.replace(d, title=company.name, companies=[company], lists=lists, manifest=manifest)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
