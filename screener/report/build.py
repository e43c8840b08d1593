"""Makes the document (`screener.report.document`) from an assessment; only it and `holdings` read frames."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import polars as pl
from msgspec.structs import asdict

from screener import __version__
from screener.portfolio.screen import Screening
from screener.report import document as doc
from screener.report import holdings
from screener.report.document import STAKES_AND_LISTINGS, filled
from screener.report.explain import explanation, overall_formula, topic_formula
from screener.report.sentences import headline_status
from screener.report.steps import beginning_known, edge_words, is_own_word, narrative, step_dates
from screener.report.text import cleaned, first_day, plain, shortened
from screener.report.wording import Wording
from screener.rules.method import DAYS_A_MONTH, span
from screener.score.assess import Assessment

Row = dict[str, Any]
_SUCCESSIONS: Final = 8  # as many as match/companies.sql follows


@dataclass(frozen=True)
class Choice:
    """The parts of an assessment to show.

    topics: only findings of these; all unless given. live: leave out what has ended. explain: break down the numbers.
    surroundings: by company id, of `screener.report.surroundings`.
    """

    topics: Sequence[str] = ()
    live: bool = False
    explain: bool = False
    surroundings: Mapping[str, list[doc.Branch]] = field(default_factory=dict)


def screening_document(
    screening: Screening, w: Wording, choice: Choice = Choice(), benchmark: Screening | None = None
) -> doc.Document:
    """A screened portfolio, compared with another if there is one."""
    lines = cleaned(screening.lines)
    held = lines.drop_nulls("entity_id")
    weights = held.drop_nulls("weight").group_by("entity_id", maintain_order=True).agg(pl.col("weight").sum())
    builder = _Builder(screening.assessment, held["entity_id"].unique(maintain_order=True).to_list(), w, choice)
    title = f"{w('head.screening')}: {plain(screening.portfolio.name)}"
    document = builder.document("screening", title, dict(weights.iter_rows()))
    proposed = holdings.candidates(screening.candidates, builder.names)
    rows = list(lines.iter_rows(named=True))
    return msgspec.structs.replace(
        document,
        notes=[*(w.note(plain(note)) for note in screening.portfolio.notes), *document.notes],
        holdings=[holdings.holding(r, w) for r in rows if r["entity_id"] is not None],
        unmatched=[holdings.unmatched(r, proposed.get(r["row"], []), w) for r in rows if r["entity_id"] is None],
        set_aside=holdings.remarks(screening.portfolio.rejects, w),
        portfolio=holdings.totals(screening, document.companies, w, benchmark),
    )


def companies_document(
    assessment: Assessment,
    company_ids: Sequence[str],
    w: Wording,
    kind: doc.Kind,
    title: str,
    choice: Choice = Choice(),
) -> doc.Document:
    """Some companies (`list`, `show`, `explain`)."""
    return _Builder(assessment, company_ids, w, choice).document(kind, title, {})


def company_document(assessment: Assessment, company_id: str, w: Wording, choice: Choice = Choice()) -> doc.Document:
    """One company: `show`, or `explain` if the choice breaks down its numbers."""
    name = company_name(assessment, company_id, w)
    kind: doc.Kind = "explain" if choice.explain else "show"
    title = w("head.explained", name=name) if choice.explain else name
    return companies_document(assessment, [company_id], w, kind, title, choice)


def seen_since(assessment: Assessment) -> dt.date:
    """An act last confirmed before this day is stale and worded in the past tense: it may have ended unnoticed."""
    return assessment.clocks.as_of - dt.timedelta(days=assessment.method.recency["stale_months"] * DAYS_A_MONTH)


def company_name(assessment: Assessment, company_id: str, w: Wording) -> str:
    """The name of a company in the language."""
    rows = cleaned(assessment.companies.filter(pl.col("entity_id") == company_id)).rows(named=True)
    return shortened(w.name(rows[0]["name"], rows[0]["name_ko"])) if rows else company_id


class _Builder:
    """Holds the rows of an assessment by id while a document on some companies is made."""

    def __init__(self, assessment: Assessment, company_ids: Sequence[str], w: Wording, choice: Choice) -> None:
        self.a, self.ids, self.w, self.choice = assessment, company_ids, w, choice
        self.method, scores = assessment.method, assessment.scores
        self.rules = {rule.id: rule for rule in assessment.rules}
        self.rows = _one_by(assessment.companies.filter(pl.col("entity_id").is_in(list(company_ids))), "entity_id")
        # Of a large store few companies are shown: rows of others are never made.
        shown = pl.col("company_id").is_in(list(company_ids))
        self.totals = scores.companies.filter(shown).rows_by_key("company_id", named=True, unique=True)
        topics = scores.topics.filter(shown).sort("score", "topic", descending=[True, False])
        self.scored = _all_by(topics, "company_id")
        weight = pl.col("exposure") * pl.col("confidence")
        findings = scores.findings.filter(shown).sort(~pl.col("included_in_topic_score"), -weight, "finding_id")
        self.found = _all_by(findings, "company_id")
        claims = scores.claims.join(findings, on="finding_id", how="semi")
        self.claims = _all_by(claims, "finding_id") if choice.explain else {}
        on_paths = findings.select(edge_id=pl.col("edge_ids").explode()).unique()
        self.edges = _one_by(assessment.edges.join(on_paths, on="edge_id", how="semi"), "edge_id")
        cited = cleaned(assessment.evidence.join(on_paths, on="edge_id", how="semi"))
        self.cited, self.ends = (
            dict(some.group_by("edge_id", maintain_order=True).agg("source_id").iter_rows())
            for some in (cited.filter(~pl.col("ends")), cited.filter("ends"))
        )
        published = assessment.evidence.unique("source_id", keep="first", maintain_order=True)
        self.sources = {
            source_id: filled(doc.Source, row, published_on=row["published_written"])
            for source_id, row in _one_by(published, "source_id").items()
        }
        groups = assessment.companies.select("entity_id", "business_group")
        self.called = _one_by(assessment.names.join(groups, on="entity_id", how="left"), "entity_id")
        self.names = {one: shortened(w.name(row["name"], row["name_ko"])) for one, row in self.called.items()}
        self.said = _all_by(cleaned(assessment.responses), "entity_id", "topic")
        self.verdicts = _all_by(cleaned(assessment.verdicts), "entity_id")
        self.contacts = _all_by(cleaned(assessment.contacts), "entity_id")
        self.seen_since = seen_since(assessment)

    def document(self, kind: doc.Kind, title: str, weights: Mapping[str, float]) -> doc.Document:
        """The companies by score, then id, with their weights; the parts about a portfolio are empty."""
        a, w = self.a, self.w
        notes = [w("finding.live_only")] if self.choice.live else []
        if own := a.supply_file:
            counts = {"facts": own.facts, "made": own.made, "left_out": own.left_out}
            notes.append(w("deliveries.read", name=plain(own.name), **counts))
        if kind != "list":
            notes += self._mergers()
        companies = [self._company(company_id, weights.get(company_id)) for company_id in self.ids]
        parameters = {name: v for name, v in vars(self.method).items() if name not in ("sha256", "ownership_tests")}
        return doc.Document(
            schema_name=f"screener/{kind}/{doc.VERSION}",
            language=w.language,
            title=title,
            as_of=a.clocks.as_of,
            known_at=a.clocks.known_at,
            live_only=self.choice.live,
            manifest=self._manifest(),
            notice=w("foot.notice"),
            notes=notes,
            holdings=[],
            unmatched=[],
            set_aside=[],
            portfolio=None,
            companies=sorted(companies, key=lambda company: (-company.score, company.company_id)),
            lists=[self._list(row) for row in cleaned(a.lists).iter_rows(named=True)],
            parameters=parameters if self.choice.explain else None,
        )

    def _mergers(self) -> list[str]:
        """Which companies shown have merged, and which have taken in others whose findings are not also theirs."""
        w, choice, ids, said = self.w, self.choice, set(self.ids), list[str]()
        followed = self.a.companies.drop_nulls("successor_id")
        successor = dict(followed.select("entity_id", "successor_id").iter_rows())
        last = {old: old for old in followed.filter(pl.col("status") == "merged")["entity_id"]}
        for _ in range(_SUCCESSIONS):
            last = {old: successor.get(new, new) for old, new in last.items()}
        # Of a large store few companies are shown: findings of others are never grouped.
        shown = {old: new for old, new in last.items() if old in ids or new in ids}
        findings = self.a.scores.findings.filter(pl.col("company_id").is_in([*shown, *shown.values()]))
        if choice.topics:
            findings = findings.filter(pl.col("topic").is_in(choice.topics))
        if choice.live:
            findings = findings.filter(pl.col("status") != "ended")
        facts = dict(findings.group_by("company_id").agg("fact_key").iter_rows())
        for old, new in shown.items():
            both = {"old": self._name(old), "new": self._name(new)}
            if old in ids:
                said.append(w("finding.merged", **both))
            elif lost := len([fact for fact in facts.get(old, []) if fact not in facts.get(new, [])]):
                said.append(w("finding.taken_in", **both, count=lost, company_id=old))
        return said

    def _company(self, company_id: str, weight: float | None) -> doc.Company:
        choice, w = self.choice, self.w
        row = self.rows.get(company_id) or dict.fromkeys(self.a.companies.columns) | {"name": company_id}
        score = self.totals.get(company_id)
        total: Row = score or {"score": 0.0, "band": "none", "confidence": 0.0}
        topic_rows, every = self.scored.get(company_id, []), self.found.get(company_id, [])
        place = {t["topic"]: number for number, t in enumerate(topic_rows)}
        made = [self._finding(f) for f in sorted(every, key=lambda f: place[f["topic"]])]
        findings = [
            f
            for f in made
            if (not choice.topics or f.topic in choice.topics) and not (choice.live and f.status == "ended")
        ]
        shown = {finding.topic for finding in findings}
        topics = [self._topic(t, every, findings) for t in topic_rows if t["topic"] in shown]
        verdicts = [self._verdict(v) for v in self.verdicts.get(company_id, [])]
        explained = choice.explain and score is not None
        return filled(
            doc.Company,
            row | total,
            company_id=company_id,
            **{name: shortened(row[name]) for name in ("name", "name_ko", "business_group")},
            headline_status=headline_status(findings or made, w) if made else None,
            live=any(f["status"] != "ended" for f in every),
            coverage=None if topic_rows else "thin",
            weight=weight,
            contribution=None if weight is None else weight * total["score"],
            topics=topics,
            findings=findings,
            verdicts=verdicts,
            contacts=[self._contact(c) for c in self.contacts.get(company_id, [])],
            timeline=self._timeline(topics, findings, verdicts),
            surroundings=self._around(company_id, place),
            formula=overall_formula(total["score"], topic_rows, self.method, w) if explained else None,
        )

    def _around(self, company_id: str, topics: Collection[str]) -> list[doc.Branch]:
        """The chosen branches of a company, and what was said on topics in which it has no finding."""
        w, branches, said = self.w, self.choice.surroundings.get(company_id, []), list[doc.Branch]()
        if not branches:
            return []
        assessed = {rule.topic for rule in self.a.rules} - {*topics}
        for topic in sorted(topic for one, topic in self.said if one == company_id and topic in assessed):
            answers, observations = self._said([company_id], topic)
            lines: list[tuple[str, doc.Answer | doc.Observation]] = []
            lines += [(w("answers.line", speaker=a.speaker, kind=a.words, day=w.day(a.stated_on)), a) for a in answers]
            lines += [(w("answers.observed", about=o.about, day=w.day(o.observed_on)), o) for o in observations]
            for head, a in lines:
                by = "; ".join(f"{s.publisher}, {w.day(s.published_on)}" for s in a.sources)
                text = f"{w.label('topics', topic)}: {head}: {a.summary} ({by})"
                said.append(doc.Branch(text, "", "", [], True))
        return [*branches, doc.Branch("", w("around.said"), "", [], True, said)] if said else branches

    def _topic(self, t: Row, every: Sequence[Row], findings: Sequence[doc.Finding]) -> doc.Topic:
        w, topic = self.w, t["topic"]
        of_topic = [f for f in every if f["topic"] == topic]
        shown = [f for f in findings if f.topic == topic]
        ends = (end for f in shown for step in f.path for end in (step.from_id, step.to_id))
        answers, observations = self._said([t["company_id"], *(f.actor_id for f in shown), *ends], topic)
        name, group = w.label("topics", topic), all(f["relation"] == "group" for f in of_topic)
        affiliate, trace = w("names.affiliate") if group else "", w("names.trace") if t["band"] == "none" else ""
        return filled(
            doc.Topic,
            t,
            name=name,
            label=name + affiliate + trace,
            group=group,
            rank=t["rank"] or None,
            ranked=t["ranked"] if t["rank"] else None,
            rank_interval=[t["rank_low"], t["rank_high"]] if t["rank"] else None,
            answers=answers,
            observations=observations,
            formula=topic_formula(t["score"], of_topic, w) if self.choice.explain else None,
        )

    def _finding(self, f: Row) -> doc.Finding:
        w, rule = self.w, self.rules[f["rule_id"]]
        presumed, path = self._presumed(f), self._path(f)
        last = [s for s in path[: f["scored_prefix"]] if f["ended_on"] and s.ended_on == f["ended_on"]]
        own_word = bool(last) and all(step.end_own_word for step in last)
        remarks = [w("finding.affiliate")] if f["relation"] == "group" else []
        remarks += [w("finding.presumed")] if presumed else []
        remarks += self._held_later(path, f["actor_id"])
        answers, observations = self._said([f["company_id"], f["actor_id"]], f["topic"])
        # The finding's summary is that of the first act whose amount is known, else of the first act.
        acts = [step for step in path if step.summary and step.relation not in STAKES_AND_LISTINGS]
        if all(step.relation in STAKES_AND_LISTINGS for step in path):
            # It rests on a stake: the one nearest to the anchor.
            acts = [step for step in reversed(path) if step.summary and step.relation == "owns"]
        act = next((step for step in [*(step for step in acts if step.amount_usd is not None), *acts]), None)
        made = filled(
            doc.Finding,
            f,
            rule=rule.id,
            title=plain(w.rule(rule.id, rule.title)),
            status_words=w.status(f, own_word=own_word, only=doc.only(path)),
            ended_on=f["until"],
            end_own_word=own_word,
            last_confirmed_on=f["confirmed_written"],
            origin_presumed=presumed,
            remarks=remarks,
            actor=self._name(f["actor_id"]),
            anchor=self._name(f["anchor_id"]),
            narrative=narrative(path, w),
            summary=act.summary if act else None,
            summary_language=act.summary_language if act else None,
            factors=filled(doc.Factors, f),
            recency_from=f["ended_on"] if f["status"] == "ended" else f["confirmed_on"],
            magnitude_span_usd=list(span(rule, self.method)),
            path=path,
            evidence=[self.sources[i] for i in dict.fromkeys(i for s in path for i in s.source_ids)],
            responses=answers,
            observations=observations,
        )
        if not self.choice.explain:
            return made
        explained = explanation(f, made, self.claims[f["finding_id"]], rule, self.method, w)
        return msgspec.structs.replace(made, explanation=explained)

    def _held_later(self, path: Sequence[doc.Step], actor_id: str) -> list[str]:
        """A remark if all acts had ended before the stake in the actor begins; that may follow an earlier stake."""
        acts = [s for s in path if s.scored and s.relation not in STAKES_AND_LISTINGS]
        ends = [s.ended_on for s in acts if s.ended_on]
        reached = next((n for n, s in enumerate(path, 1) if s.to_id == actor_id), 0)
        held = max(
            (s.since for s in path[:reached] if s.relation == "owns" and s.since and s.beginning_known), default=""
        )
        if not held or not acts or len(ends) < len(acts) or first_day(held) <= max(ends):
            return []
        return [self.w("finding.held_later", since=self.w.day(held))]

    def _presumed(self, f: Row) -> bool:
        """Whether a delivery of unknown origin reaches a region only by its share of output: a guess, worded as one."""
        last = self.edges[f["edge_ids"][-1]]
        return last["relation"] == "buys_from" and last["to_id"] != f["anchor_id"] and last["origin_region"] is None

    def _path(self, f: Row) -> list[doc.Step]:
        """The steps in the order in which a reader walks them, from the company to the anchor."""
        here, depth, steps, presumed = f["company_id"], 0, list[doc.Step](), self._presumed(f)
        called = [self.called[one] for one in (f["company_id"], f["actor_id"]) if one in self.called]
        names = [row[key] for row in called for key in ("name", "name_ko", "business_group")]
        previous: Row = {"from_id": None, "relation": None}
        for place, edge in enumerate((self.edges[edge_id] for edge_id in f["edge_ids"]), 1):
            # Several edges may make one claim about an entity (three lists, two reports): siblings.
            additional = all(edge[name] == previous[name] for name in ("from_id", "relation"))
            forward = edge["from_id"] == here or additional or edge["to_id"] != here
            depth += not additional
            guessed = presumed and place == len(f["edge_ids"])
            further = {"depth": depth, "additional": additional, "scored": place <= f["scored_prefix"]}
            ends = [asdict(self.sources[i]) for i in edge["end_source_ids"] or [] if i in self.sources]
            over = edge["status"] == "ended" and not edge["end_planned"] and is_own_word(ends, names)
            steps.append(self._step(edge, forward, presumed=guessed, end_own_word=over, **further))
            here, previous = (edge["to_id"] if forward else edge["from_id"]), edge
        return steps

    def _step(self, edge: Row, forward: bool, *, presumed: bool, end_own_word: bool, **further: Any) -> doc.Step:
        w, bought = self.w, edge["relation"] == "buys_from"
        ends = ("from", "to") if forward else ("to", "from")
        from_name, to_name = (shortened(w.name(edge[f"{end}_name"], edge[f"{end}_name_ko"])) for end in ends)
        if forward and edge["relation"] == "listed_on":
            to_name = w.list_name(edge["to_id"], to_name)
        cited, of_end = (found.get(edge["edge_id"], []) for found in (self.cited, self.ends))
        if edge["disputed"]:  # The answer of a company that denies it does not report it.
            cited = sorted(cited, key=lambda source_id: self.sources[source_id].publisher_kind == "company")
        best = self.sources[cited[0]] if cited else None
        # A list lists; what else it says, such as who owns whom, is reported.
        kind = best.publisher_kind if best else ""
        kind = "government" if kind == "official_list" and edge["relation"] != "listed_on" else kind
        before, after = edge_words(
            edge,
            w,
            self.seen_since,
            to_name,
            best.grade if best else None,
            forward=forward,
            kind=edge["to_kind"],
            product=self._product(edge, presumed) if bought else None,
        )
        summary, language = self._summary(edge)
        status = "disputed" if edge["disputed"] else edge["status"]
        # The status is stated only where it adds to the dates.
        is_said = status in ("announced_exit", "disputed") or (status == "ended" and not edge["until"])
        return filled(
            doc.Step,
            edge,
            from_id=edge[f"{ends[0]}_id"],
            to_id=edge[f"{ends[1]}_id"],
            from_name=from_name,
            words=before.strip(),
            to_name=to_name,
            words_after=after,
            sentence=f"{from_name}{w('format.step_joiner')}{before}{to_name}{after}",
            dates=step_dates(edge, w, self._credited(edge, cited, of_end), own_word=end_own_word),
            said=w.said(best.grade, kind, best.publisher, copied=bool(best.copy_of)) if best else "",
            direction="forward" if forward else "backward",
            product=w.name(edge["product"], edge["product_ko"]) if bought else None,
            origin_region=edge["origin_region"] if bought else None,
            beginning_known=beginning_known(edge),
            status_words=w.label("statuses", status) if is_said else "",
            last_confirmed_on=edge["confirmed_written"],
            list_read_on=edge["confirmed_written"] if edge["relation"] == "listed_on" else None,
            summary=summary,
            summary_language=language,
            source_ids=cited + of_end,
            end_source_ids=of_end,
            end_own_word=end_own_word,
            **further,
        )

    def _credited(self, edge: Row, cited: Sequence[str], of_end: Sequence[str]) -> str | None:
        """Who reported an edge's end, or first its last confirmation, where its best source is older than that."""
        if edge["status"] == "ended":
            return self.sources[of_end[0]].publisher if of_end and not {*cited} & {*edge["end_source_ids"]} else None
        day = edge["confirmed_written"] or ""
        if not cited or self.sources[cited[0]].published_on >= day:
            return None
        # A month or a year is read as its end.
        days = [(f"{self.sources[i].published_on}~", i) for i in (*cited[1:], *of_end)]
        first = min((one for one in days if one[0] >= day), default=None)
        by = self.sources[first[1]].publisher if first else None
        return None if by == self.sources[cited[0]].publisher else by

    def _summary(self, row: Row) -> tuple[str | None, str | None]:
        """A summary in the language, and its language; one that may tell what was not yet known is left out."""
        if row["summary"] == "":
            return self.w("finding.later"), self.w.language
        return self.w.translated(row["summary"], row["summary_ko"])

    def _product(self, edge: Row, presumed: bool) -> str | None:
        """What is bought, and its origin where that is known or presumed."""
        name, origin = self.w.name(edge["product"], edge["product_ko"]), edge["origin_region"]
        if not presumed and not origin:
            return name
        product = name or self.w("goods.unnamed")
        region = self.w.label("regions", origin or "")
        return self.w("goods.presumed" if presumed else "goods.origin", product=product, region=region)

    def _said(self, entities: Iterable[str], topic: str) -> tuple[list[doc.Answer], list[doc.Observation]]:
        """Answers of the entities on a topic, newest first, and what was observed of them."""
        rows = [row for entity in dict.fromkeys(entities) for row in self.said.get((entity, topic), [])]
        answers, observations = list[doc.Answer](), list[doc.Observation]()
        for row in sorted(rows, key=lambda row: row["stated_on"], reverse=True):
            text, language = self._summary(row)
            who, name, day = row["entity_id"], self._name(row["entity_id"]), row["stated_written"]
            about = {"summary": text or "", "summary_language": language, "sources": self._sources(row)}
            if row["kind"] == "observation":
                about |= {"about_id": who, "about": name, "observed_on": day}
                observations.append(filled(doc.Observation, row, **about))
            else:
                about |= {"speaker_id": who, "speaker": name, "stated_on": day, "source_id": row["source_ids"][0]}
                answers.append(filled(doc.Answer, row, words=self.w.label("responses", row["kind"]), **about))
        return answers, observations

    def _sources(self, row: Row) -> list[doc.Source]:
        return [self.sources[i] for i in row["source_ids"] or [] if i in self.sources]

    def _contact(self, c: Row) -> doc.Contact:
        sources, day = self._sources(c), min(self.a.clocks.as_of, self.a.clocks.known_at).isoformat()
        note, _ = self.w.translated(c["note"], c["note_ko"])
        silent_until = max((source.published_on for source in sources), default=day)
        return filled(doc.Contact, c, silent_until=silent_until, sources=sources, note=note)

    def _verdict(self, v: Row) -> doc.Verdict:
        words, subject = self.w.label("decisions", v["decision"]), self.w.name(v["subject"], v["subject_ko"])
        summary, _ = self._summary(v)
        days = {"decided_on": v["decided_written"], "ended_on": v["ended_written"]}
        return filled(doc.Verdict, v, words=words, subject=subject, summary=summary, sources=self._sources(v), **days)

    def _timeline(
        self, topics: Sequence[doc.Topic], findings: Sequence[doc.Finding], verdicts: Sequence[doc.Verdict]
    ) -> list[doc.Event]:
        """Acts, listings, answers and verdicts by day, each once."""
        events: set[tuple[str, Any, str]] = set()
        for s in (step for finding in findings for step in finding.path if step.relation != "owns"):
            is_listing = s.relation == "listed_on"
            if s.since and not s.announced:
                events.add((s.since, "listing" if is_listing else "act_begins", s.sentence))
            if not is_listing and s.status == "ended" and (s.until or s.ended_on):
                events.add((s.until or str(s.ended_on), "act_due" if s.end_planned else "act_ends", s.sentence))
            elif not is_listing and s.last_confirmed_on:
                events.add((s.last_confirmed_on, "announced" if s.announced else "confirmed", s.sentence))
        events |= {(r.stated_on, "answer", f"{r.speaker} {r.words}") for t in topics for r in t.answers}
        events |= {(v.decided_on, "verdict", f"{v.institution} {v.words}") for v in verdicts}
        return [doc.Event(on, kind, self.w(f"chart.{kind}"), text) for on, kind, text in sorted(events)]

    def _name(self, entity_id: str) -> str:
        name = self.names.get(entity_id, entity_id)
        return self.w.list_name(entity_id, name) if entity_id.startswith("list:") else name

    def _list(self, row: Row) -> doc.ListRead:
        complete, name = row["complete_as_of"], self.w.list_name(row["list_id"], shortened(row["title"]))
        incomplete = complete is None or complete < self.a.clocks.as_of
        key = "partial" if complete is None else "incomplete" if incomplete else "complete"
        words = self.w(f"lists_read.{key}", list=name, day=self.w.day(complete))
        return filled(doc.ListRead, row, name=name, incomplete=incomplete, words=words)

    def _manifest(self) -> doc.Manifest:
        a, own, deliveries = self.a, self.a.supply_file, None
        if own:
            notes, rejects = [plain(note) for note in own.notes], holdings.remarks(own.rejects, self.w)
            deliveries = doc.Deliveries(plain(own.name), own.sha256, own.facts, own.made, notes, rejects)
        return doc.Manifest(
            version=__version__,
            method=a.method.version,
            method_sha256=a.method.sha256,
            rules=[doc.RuleUsed(rule.id, rule.sha256) for rule in a.rules],
            datasets=[doc.RuleUsed(name, sha) for name, sha in a.input_files.select("name", "sha256").iter_rows()],
            sources=[doc.SourceUsed(source_id, s.url, s.retrieved_on) for source_id, s in sorted(self.sources.items())],
            rows_set_aside=a.rejected,
            deliveries=deliveries,
        )


def _one_by(frame: pl.DataFrame, key: str) -> dict[str, Row]:
    """The rows by an id, with clean texts."""
    return cleaned(frame).rows_by_key(key, named=True, include_key=True, unique=True)


def _all_by(frame: pl.DataFrame, *key: str) -> dict[Any, list[Row]]:
    """The rows by the value of a column, or by those of several, in the frame's order."""
    return frame.rows_by_key(key, named=True, include_key=True)
