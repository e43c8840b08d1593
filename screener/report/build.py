"""Makes the document (`screener.report.document`) from an assessment: the only place where a report reads frames."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from screener import __version__
from screener.portfolio.screen import Screening
from screener.report import document as doc
from screener.report.explain import explanation, overall_formula, topic_formula
from screener.report.regulation import indicators, product_hits
from screener.report.text import cleaned, plain
from screener.report.wording import Wording
from screener.rules.method import DAYS_A_MONTH, Method
from screener.schema.frames import SupplyFile
from screener.schema.vocabulary import BANDS
from screener.score.assess import Assessment

Row = dict[str, Any]
_LONGEST_NAME: Final = 300  # no real name is longer
_INPUT: Final = ("name", "isin", "stock_code", "dart", "lei", "brn", "crn", "cusip", "sedol", "figi")
_WRITTEN: Final = ("stock_code", "isin", "name")
_STAKES_AND_LISTINGS: Final = ("owns", "listed_on")
_WITH_SHARE: Final = ("owns", "operates_project", "joint_venture_with")
_PARAMETERS: Final = (
    *("quality", "confidence", "involvement", "graph", "magnitude"),
    *("recency", "overall", "bands", "coverage", "sensitivity"),
)
_DRIVERS: Final = 10


@dataclass(frozen=True)
class Choice:
    """What of an assessment a document shows.

    topics: only findings of these; all unless given. live: leave out what has ended. explain: take the numbers apart.
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
    held = lines.filter(pl.col("entity_id").is_not_null())
    weights: dict[str, float] = {}
    for company_id, weight in held.select("entity_id", "weight").iter_rows():
        if weight is not None:
            weights[company_id] = weights.get(company_id, 0.0) + weight
    builder = _Builder(screening.assessment, w, choice)
    companies = builder.companies(list(dict.fromkeys(held["entity_id"])), weights)
    proposed = _candidates(screening.candidates, builder.names)
    rows = list(lines.iter_rows(named=True))
    rejects = cleaned(screening.portfolio.rejects).iter_rows(named=True)
    return builder.document(
        "screening",
        f"{w('head.screening')}: {plain(screening.portfolio.name)}",
        companies,
        notes=[w.note(plain(note)) for note in screening.portfolio.notes],
        holdings=[_line(r, w) for r in rows if r["entity_id"] is not None],
        unmatched=[_unmatched(r, proposed.get(r["row"], []), w) for r in rows if r["entity_id"] is None],
        set_aside=[_remark(r, w) for r in rejects],
        portfolio=_portfolio(screening, companies, w, benchmark),
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
    builder = _Builder(assessment, w, choice)
    return builder.document(kind, title, builder.companies(company_ids, {}))


class _Builder:
    """Holds the rows of an assessment by id while a document is made of them."""

    def __init__(self, assessment: Assessment, w: Wording, choice: Choice) -> None:
        self.a, self.w, self.choice = assessment, w, choice
        self.method = assessment.method
        self.rules = {rule.id: rule for rule in assessment.rules}
        edges = cleaned(assessment.edges)
        self.edges: dict[str, Row] = {row["edge_id"]: row for row in edges.iter_rows(named=True)}
        evidence = cleaned(assessment.evidence)
        self.source_rows: dict[str, Row] = {}
        self.cited: dict[str, list[str]] = {}
        for row in evidence.iter_rows(named=True):
            self.source_rows.setdefault(row["source_id"], row)
            if row["edge_id"] is not None:
                self.cited.setdefault(row["edge_id"], []).append(row["source_id"])
        self.sources = {source_id: _source(row) for source_id, row in self.source_rows.items()}
        self.names: dict[str, str] = {
            entity_id: _short(w.name(name, name_ko))
            for entity_id, name, name_ko in cleaned(assessment.names).select("entity_id", "name", "name_ko").iter_rows()
        }
        self.said = _grouped(cleaned(assessment.responses), "entity_id", "topic")
        self.verdicts = _grouped(cleaned(assessment.verdicts), "entity_id")
        self.contacts = _grouped(cleaned(assessment.contacts), "entity_id")
        self.seen_since = seen_since(assessment)

    # --- the whole ------------------------------------------------------------------------------------

    def document(
        self,
        kind: doc.Kind,
        title: str,
        companies: list[doc.Company],
        *,
        notes: Sequence[str] = (),
        holdings: Sequence[doc.Line] = (),
        unmatched: Sequence[doc.Unmatched] = (),
        set_aside: Sequence[doc.Remark] = (),
        portfolio: doc.Portfolio | None = None,
    ) -> doc.Document:
        a, w = self.a, self.w
        extra = [w("finding.live_only")] if self.choice.live else []
        if own := a.supply_file:
            counts = {"facts": own.facts, "made": own.made, "left_out": own.rejects.height}
            extra.append(w("deliveries.read", name=plain(own.name), **counts))
        return doc.Document(
            schema_name=f"screener/{kind}/{doc.VERSION}",
            language=w.language,
            title=title,
            as_of=a.clocks.as_of,
            known_at=a.clocks.known_at,
            live_only=self.choice.live,
            manifest=self._manifest(),
            notice=w("foot.notice"),
            notes=[*notes, *extra],
            holdings=list(holdings),
            unmatched=list(unmatched),
            set_aside=list(set_aside),
            portfolio=portfolio,
            companies=companies,
            lists=[self._list(row) for row in cleaned(a.lists).iter_rows(named=True)],
            parameters=parameters(self.method) if self.choice.explain else None,
        )

    def companies(self, company_ids: Sequence[str], weights: Mapping[str, float]) -> list[doc.Company]:
        """The companies sorted by score, then id."""
        a, chosen = self.a, list(company_ids)
        scores = {row["company_id"]: row for row in a.scores.companies.iter_rows(named=True)}
        rows = {row["entity_id"]: row for row in cleaned(_of(a.companies, "entity_id", chosen)).iter_rows(named=True)}
        weight = pl.col("exposure") * pl.col("confidence")
        findings = _of(a.scores.findings, "company_id", chosen).sort([~pl.col("counted"), -weight, "finding_id"])
        by_company = _grouped(findings, "company_id")
        topics = _grouped(
            _of(a.scores.topics, "company_id", chosen).sort(["score", "topic"], descending=[True, False]), "company_id"
        )
        claims = _grouped(_of(a.scores.claims, "finding_id", findings["finding_id"]), "finding_id")
        made = [
            self._company(
                rows.get(c) or {"entity_id": c, "name": c},
                scores.get(c),
                topics.get((c,), []),
                by_company.get((c,), []),
                weights.get(c),
                claims,
            )
            for c in chosen
        ]
        return sorted(made, key=lambda company: (-company.score, company.company_id))

    # --- one company ----------------------------------------------------------------------------------

    def _company(
        self,
        row: Row,
        score: Row | None,
        topic_rows: list[Row],
        finding_rows: list[Row],
        weight: float | None,
        claims: Mapping[tuple[str, ...], list[Row]],
    ) -> doc.Company:
        choice = self.choice
        every = finding_rows
        if choice.topics:
            finding_rows = [f for f in finding_rows if f["topic"] in choice.topics]
        if choice.live:
            finding_rows = [f for f in finding_rows if f["status"] != "ended"]
        order = {t["topic"]: place for place, t in enumerate(topic_rows)}
        findings = [
            self._finding(f, claims.get((f["finding_id"],), []))
            for f in sorted(finding_rows, key=lambda f: order.get(f["topic"], 99))
        ]
        shown = {finding.topic for finding in findings}
        topics = [self._topic(t, every, findings) for t in topic_rows if t["topic"] in shown]
        total = score or {"score": 0.0, "band": "none", "confidence": 0.0}
        verdicts = [self._verdict(v) for v in self.verdicts.get((row["entity_id"],), [])]
        return doc.Company(
            company_id=row["entity_id"],
            name=_short(row["name"]),
            name_ko=_short(row.get("name_ko")),
            stock_code=row.get("stock_code"),
            isin=row.get("isin"),
            market=row.get("market"),
            business_group=_short(row.get("business_group")),
            score=round(total["score"], 1),
            band=total["band"],
            confidence=round(total["confidence"], 2),
            headline_status=self._headline(every),
            live=any(f["status"] != "ended" for f in every),
            coverage=None if topic_rows else "thin",
            weight=None if weight is None else round(weight, 6),
            contribution=None if weight is None else round(weight * total["score"], 3),
            topics=topics,
            findings=findings,
            verdicts=verdicts,
            contacts=[self._contact(c) for c in self.contacts.get((row["entity_id"],), [])],
            timeline=self._timeline(topics, findings, verdicts),
            surroundings=choice.surroundings.get(row["entity_id"], []),
            formula=overall_formula(total["score"], topic_rows, self.method, self.w)
            if choice.explain and score
            else None,
        )

    def _headline(self, findings: Sequence[Row]) -> str | None:
        """Status of the weightiest finding that has not ended (of all, if every one has), shown with every score."""
        if not findings:
            return None
        f = min(findings, key=lambda f: (f["status"] == "ended", -f["exposure"] * f["confidence"], f["finding_id"]))
        # That a link is disputed, or its end announced, outlasts the last confirmation.
        parts = [] if f["stale"] and f["status"] == "active" else [self.w.label("statuses", f["status"])]
        if f["stale"]:
            parts.append(self.w("status.unconfirmed_since", year=f["confirmed_on"].year))
        return ", ".join(parts)

    def _topic(self, t: Row, every: Sequence[Row], findings: Sequence[doc.Finding]) -> doc.Topic:
        w, topic = self.w, t["topic"]
        of_topic = [f for f in every if f["topic"] == topic]
        shown = [f for f in findings if f.topic == topic]
        group = all(f["relation"] == "group" for f in of_topic)
        speakers = dict.fromkeys([t["company_id"], *(f.actor_id for f in shown)])
        speakers |= dict.fromkeys(end for f in shown for s in f.path for end in (s.from_id, s.to_id))
        answers, observations = self._said(speakers, topic)
        label = w.label("topics", topic) + (w("names.affiliate") if group else "")
        return doc.Topic(
            topic=topic,
            name=w.label("topics", topic),
            label=label + (w("names.trace") if t["band"] == "none" else ""),
            score=round(t["score"], 1),
            band=t["band"],
            confidence=round(t["confidence"], 2),
            coverage=t["coverage"],
            live=t["live"],
            group=group,
            rank=t["rank"],
            ranked=t["ranked"],
            rank_interval=[t["rank_low"], t["rank_high"]],
            attributed_usd=_rounded(t["attributed_usd"], 2),
            answers=answers,
            observations=observations,
            formula=topic_formula(t["score"], of_topic, w) if self.choice.explain else None,
        )

    def _finding(self, f: Row, claims: Sequence[Row]) -> doc.Finding:
        w, rule = self.w, self.rules[f["rule_id"]]
        edge_ids = f["edge_ids"]
        presumed = bool(edge_ids) and self._presumed(edge_ids[-1], f["anchor_id"])
        path = self._path(f, presumed)
        remarks = [w("finding.affiliate")] if f["relation"] == "group" else []
        remarks += [w("finding.presumed")] if presumed else []
        # Regime and ownership test, where the finding rests on one.
        remarks += [plain(str(f[name])) for name in ("regime", "ownership_test") if f.get(name)]
        answers, observations = self._said(dict.fromkeys([f["company_id"], f["actor_id"]]), f["topic"])
        summary = _caption(path)
        m = self.method.magnitude
        return doc.Finding(
            finding_id=f["finding_id"],
            rule=f["rule_id"],
            title=plain(w.rule(rule.id, rule.title)),
            topic=f["topic"],
            status=f["status"],
            status_words=w.status(f["status"], f["until"], f["confirmed_on"], stale=f["stale"]),
            ended_on=f["until"],
            last_confirmed_on=f["confirmed_on"],
            stale=f["stale"],
            origin_presumed=presumed,
            relation=f["relation"],
            remarks=remarks,
            tier=f["tier"],
            actor_id=f["actor_id"],
            actor=self._name(f["actor_id"]),
            anchor_id=f["anchor_id"],
            anchor=self._name(f["anchor_id"]),
            narrative=narrative(path, w),
            summary=summary.summary if summary else None,
            summary_language=summary.summary_language if summary else None,
            included_in_topic_score=f["counted"],
            exposure=round(f["exposure"], 4),
            confidence=round(f["confidence"], 4),
            factors=doc.Factors(**{name: round(f[name], 4) for name in doc.Factors.__struct_fields__}),
            recency_from=f["ended_on"] if f["status"] == "ended" else f["confirmed_on"],
            magnitude_known=f["magnitude_known"],
            magnitude_span_usd=[rule.floor_usd or m["floor_usd"], rule.ceiling_usd or m["ceiling_usd"]],
            amount_usd=f["amount_usd"],
            share=_rounded(f["share"], 6),
            revenue_usd=f["revenue_usd"],
            path=path,
            evidence=[self.sources[i] for i in dict.fromkeys(i for s in path for i in s.source_ids)],
            responses=answers,
            observations=observations,
            explanation=explanation(f, path, claims, self.sources, rule, self.method, w, self._name(f["anchor_id"]))
            if self.choice.explain
            else None,
        )

    # --- paths ----------------------------------------------------------------------------------------

    def _path(self, f: Row, presumed: bool) -> list[doc.Step]:
        """The steps in the order in which a reader walks them, from the company to the anchor."""
        here, steps = f["company_id"], list[doc.Step]()
        previous: Row | None = None
        for place, edge_id in enumerate(f["edge_ids"]):
            edge = self.edges[edge_id]
            # Several edges may say the same of one entity (three lists, two reports): they stand beside one another.
            same = ("from_id", "relation")
            beside = previous is not None and all(edge[name] == previous[name] for name in same)
            forward = edge["from_id"] == here or beside or edge["to_id"] != here
            depth = (steps[-1].depth if steps else 0) + (not beside)
            guessed = presumed and place == len(f["edge_ids"]) - 1
            steps.append(
                self._step(edge, forward, depth=depth, beside=beside, scored=place < f["weighed"], presumed=guessed)
            )
            here, previous = (edge["to_id"] if forward else edge["from_id"]), edge
        return steps

    def _step(self, edge: Row, forward: bool, *, depth: int, beside: bool, scored: bool, presumed: bool) -> doc.Step:
        w, relation = self.w, edge["relation"]
        ends = ("from", "to") if forward else ("to", "from")
        names = [_short(w.name(edge[f"{end}_name"], edge.get(f"{end}_name_ko"))) for end in ends]
        if forward and relation == "listed_on":
            names[1] = self._list_name(edge["to_id"].removeprefix("list:"), names[1])
        cited = self.cited.get(edge["edge_id"], [])
        best = self.sources[cited[0]] if cited else None
        seen = edge["confirmed_on"]
        unseen = relation not in _STAKES_AND_LISTINGS and seen is not None and seen < self.seen_since
        before, after = w.relation(
            relation,
            forward=forward,
            past=edge["status"] == "ended" or unseen,
            to_place=edge["to_kind"] == "place",
            share=edge["share"] if relation in _WITH_SHARE else None,
            amount=edge["amount_usd"] if relation != "buys_from" else None,
            product=self._product(edge, presumed),
        )
        # What rests on unverified claims alone is never said as a fact, not even for the length of a phrase.
        if best and best.grade == "E":
            before = w("said.allegedly") + before
        after = w.agreed(names[1], after.rstrip())
        summary, language = w.translated(edge["summary"], edge.get("summary_ko"))
        status = edge["status"]
        return doc.Step(
            from_id=edge[f"{ends[0]}_id"],
            relation=relation,
            to_id=edge[f"{ends[1]}_id"],
            from_name=names[0],
            words=before.strip(),
            to_name=names[1],
            words_after=after,
            sentence=f"{names[0]}{w('format.step_joiner')}{before}{names[1]}{after}",
            dates=step_dates(edge, w),
            said=w.said(best.grade, best.publisher_kind, best.publisher, copied=best.copy_of is not None)
            if best
            else "",
            direction="forward" if forward else "backward",
            depth=depth,
            beside=beside,
            share=edge["share"],
            amount_usd=edge["amount_usd"],
            period=edge["period"],
            product=self._goods(edge) if relation == "buys_from" else None,
            hs_code=edge["hs_code"],
            origin_region=edge["origin_region"] if relation == "buys_from" else None,
            since=edge["since"],
            beginning_known=_begun_known(edge),
            until=edge["until"],
            status=status,
            status_words=w.label("statuses", status) if _status_is_told(edge) else "",
            last_confirmed_on=seen,
            ended_on=edge["ended_on"],
            list_read_on=edge.get("read_on") if relation == "listed_on" else None,
            scored=scored,
            summary=summary,
            summary_language=language,
            source_ids=list(cited),
        )

    def _goods(self, edge: Row) -> str | None:
        return self.w.name(edge["product"], edge.get("product_ko"))

    def _product(self, edge: Row, presumed: bool) -> str | None:
        if edge["relation"] != "buys_from":
            return None
        product = self._goods(edge) or self.w("goods.unnamed")
        if presumed:
            return self.w("goods.presumed", product=product)
        origin = edge["origin_region"]
        return self.w("goods.origin", product=product, region=origin) if origin else self._goods(edge)

    def _presumed(self, edge_id: str, anchor_id: str) -> bool:
        """Whether a delivery of unknown origin reaches a region only by its share of output: a guess, worded so."""
        edge = self.edges[edge_id]
        return bool(edge["relation"] == "buys_from" and edge["to_id"] != anchor_id and edge["origin_region"] is None)

    # --- what was said --------------------------------------------------------------------------------

    def _said(self, entities: Iterable[str], topic: str) -> tuple[list[doc.Answer], list[doc.Observation]]:
        """Answers of the entities on a topic, newest first, and what was observed of them."""
        rows = [row for entity in entities for row in self.said.get((entity, topic), [])]
        rows.sort(key=lambda row: row["stated_on"], reverse=True)
        answers, observations = list[doc.Answer](), list[doc.Observation]()
        for row in rows:
            text, language = self.w.translated(row["summary"], row.get("summary_ko"))
            sources = [self.sources[i] for i in row["source_ids"] if i in self.sources]
            name = self._name(row["entity_id"])
            about: Row = {"topic": topic, "summary": text or "", "summary_language": language, "sources": sources}
            if row["kind"] == "observation":
                observations.append(
                    doc.Observation(
                        about_id=row["entity_id"],
                        about=name,
                        observed_on=row["stated_written"],
                        source_ids=row["source_ids"],
                        **about,
                    )
                )
            else:
                answers.append(
                    doc.Answer(
                        speaker_id=row["entity_id"],
                        speaker=name,
                        kind=row["kind"],
                        words=self.w.label("responses", row["kind"]),
                        stated_on=row["stated_written"],
                        source_id=row["source_ids"][0],
                        source_ids=row["source_ids"],
                        **about,
                    )
                )
        return answers, observations

    def _verdict(self, v: Row) -> doc.Verdict:
        text, _ = self.w.translated(v["summary"], v.get("summary_ko"))
        return doc.Verdict(
            institution=v["institution"],
            decision=v["decision"],
            words=self.w.label("decisions", v["decision"]),
            decided_on=v["decided_on"],
            ended_on=v["ended_on"],
            topic=v["topic"],
            subject=self.w.name(v["subject"], v.get("subject_ko")),
            summary=text,
            sources=[self.sources[i] for i in v["source_ids"] if i in self.sources],
        )

    def _contact(self, c: Row) -> doc.Contact:
        return doc.Contact(
            topic=c["topic"],
            asked_by=c["asked_by"],
            asked_on=c["asked_on"],
            deadline=c["deadline"],
            answered_on=c["answered_on"],
            silent_until=min(self.a.clocks.as_of, self.a.clocks.known_at),
            sources=[self.sources[i] for i in c["source_ids"] or [] if i in self.sources],
        )

    def _timeline(
        self, topics: Sequence[doc.Topic], findings: Sequence[doc.Finding], verdicts: Sequence[doc.Verdict]
    ) -> list[doc.Event]:
        """Acts, listings, answers and verdicts by day, each once."""
        events: set[tuple[str, Any, str]] = set()
        for s in (step for finding in findings for step in finding.path):
            if s.relation == "listed_on":
                events |= {(s.since, "listing", s.sentence)} if s.since else set()
            elif s.relation not in _STAKES_AND_LISTINGS:
                events |= {(s.since, "act_begins", s.sentence)} if s.since else set()
                if s.status == "ended" and (s.until or s.ended_on):
                    events.add((s.until or str(s.ended_on), "act_ends", s.sentence))
                elif s.last_confirmed_on:
                    events.add((str(s.last_confirmed_on), "confirmed", s.sentence))
        events |= {(r.stated_on, "answer", f"{r.speaker} {r.words}") for t in topics for r in t.answers}
        events |= {(str(v.decided_on), "verdict", f"{v.institution} {v.words}") for v in verdicts}
        return [
            doc.Event(on, kind, self.w("chart." + ("listing" if kind == "listing" else kind)), text)
            for on, kind, text in sorted(events)
        ]

    # --- lists, names, manifest -----------------------------------------------------------------------

    def _name(self, entity_id: str) -> str:
        if entity_id.startswith("list:"):
            return self._list_name(entity_id.removeprefix("list:"), entity_id)
        return self.names.get(entity_id, entity_id)

    def _list_name(self, list_id: str, title: str) -> str:
        key = f"lists.{list_id}"
        return self.w(key) if self.w.has(key) else _short(title)

    def _list(self, row: Row) -> doc.ListRead:
        w, complete, as_of = self.w, row["complete_as_of"], self.a.clocks.as_of
        name = self._list_name(row["list_id"], row["title"])
        incomplete = complete is None or complete < as_of
        key = "partial" if complete is None else "incomplete" if incomplete else "complete"
        return doc.ListRead(
            list_id=row["list_id"],
            name=name,
            title=row["title"],
            publisher=row["publisher"],
            jurisdiction=row["jurisdiction"],
            complete_as_of=complete,
            incomplete=incomplete,
            words=w(f"lists_read.{key}", list=name, day=w.day(complete)),
        )

    def _manifest(self) -> doc.Manifest:
        a = self.a
        return doc.Manifest(
            version=__version__,
            method=a.method.version,
            method_sha256=a.method.sha256,
            rules=[doc.RuleUsed(rule.id, rule.sha256) for rule in a.rules],
            datasets=[doc.RuleUsed(name, sha) for name, sha in a.input_files.select("name", "sha256").iter_rows()],
            sources=[
                doc.SourceUsed(source_id, s["url"], s["retrieved_on"])
                for source_id, s in sorted(self.source_rows.items())
            ],
            rows_set_aside=a.rejected,
            deliveries=_deliveries(a.supply_file, self.w) if a.supply_file else None,
        )


def narrative(path: Sequence[doc.Step], w: Wording) -> str:
    """A path in one sentence: `A holds 51 % of B, which pays C, which is listed on D, E`."""
    said, here, before = "", "", ("", "")
    for step in path:
        # Another of the same: one more list that names the body.
        if (step.from_id, step.words) == before:
            said += w("path.also") + step.to_name if step.to_name != here else ""
        elif step.from_name == here:
            said += w("path.which", name=here) + f"{step.words} {step.to_name}{step.words_after}".lstrip()
        else:
            said += (w("path.break") if said else "") + step.sentence
        here, before = step.to_name, (step.from_id, step.words)
    return said


def seen_since(assessment: Assessment) -> dt.date:
    """The day since which an act must be confirmed; else it is worded in the past tense: it may have ended unseen."""
    grace = assessment.method.recency["unconfirmed_grace_months"] * DAYS_A_MONTH
    return assessment.clocks.as_of - dt.timedelta(days=grace)


def company_name(assessment: Assessment, company_id: str, w: Wording) -> str:
    """The name of a company in the language."""
    rows = cleaned(_of(assessment.companies, "entity_id", [company_id])).rows(named=True)
    return str(_short(w.name(rows[0]["name"], rows[0]["name_ko"]))) if rows else company_id


def step_dates(edge: Row, w: Wording) -> str:
    """An edge's time: `since 2022-02-21, last confirmed 2024-06-27`; a listing's: `listed since …, list read …`."""
    since, until = (w.day(edge[name]) if edge[name] else None for name in ("since", "until"))
    relation, begun = edge["relation"], _begun_known(edge)
    if relation in ("pays", "project_pays") and edge["period"]:
        return w("dates.yearly") if edge["period"] == "yearly" else str(edge["period"]).replace("/", " – ")
    if until and edge["status"] == "ended":
        return w("dates.span", since=since, until=until) if since and begun else w("dates.until", until=until)
    parts = []
    if relation == "listed_on":
        parts.append(w("dates.listed_since", since=since) if since and begun else w("dates.listed"))
        if edge.get("read_on"):
            parts.append(w("dates.list_read", read=w.day(edge["read_on"])))
    else:
        parts.append(w("dates.since", since=since) if since and begun else w("dates.no_beginning"))
        if edge["confirmed_on"]:
            parts.append(w("dates.confirmed", seen=w.day(edge["confirmed_on"])))
    return ", ".join(parts)


def parameters(method: Method) -> dict[str, Any]:
    """All parameters of the method, by section."""
    return {"version": method.version} | {name: getattr(method, name) for name in _PARAMETERS}


def _status_is_told(edge: Row) -> bool:
    """Whether the status says more than the dates do."""
    return edge["status"] in ("announced_exit", "disputed") or (edge["status"] == "ended" and not edge["until"])


def _begun_known(edge: Row) -> bool:
    known = edge.get("begun_known")
    return bool(edge["since"]) if known is None else bool(known)


def _caption(path: Sequence[doc.Step]) -> doc.Step | None:
    """The step whose summary tells the finding: of the acts the first whose amount is known, else the first."""
    acts = [step for step in path if step.summary and step.relation not in _STAKES_AND_LISTINGS]
    return next((step for step in [*(s for s in acts if s.amount_usd is not None), *acts]), None)


def _portfolio(
    screening: Screening, companies: Sequence[doc.Company], w: Wording, benchmark: Screening | None
) -> doc.Portfolio:
    lines = screening.lines
    found = {company.company_id for company in companies if company.headline_status}
    matched = lines.filter(pl.col("entity_id").is_not_null())
    none = matched.filter((pl.col("band") == "none") & ~pl.col("entity_id").is_in(list(found)))
    other = dict(benchmark.by_topic.select("topic", "weight_exposed").iter_rows()) if benchmark else {}
    own = {row["topic"]: row for row in screening.by_topic.iter_rows(named=True)}
    nothing = {"weight_exposed": 0.0, "holdings": 0, "attributed_usd": None}
    exposures = []
    for topic in [*own, *(t for t in other if t not in own)]:
        t = own.get(topic, nothing)
        weight, beside = round(t["weight_exposed"], 6), other.get(topic, 0.0)
        exposures.append(
            doc.TopicExposure(
                topic=topic,
                name=w.label("topics", topic),
                weight_exposed=weight,
                holdings=t["holdings"],
                attributed_usd=_rounded(t["attributed_usd"], 2),
                benchmark_weight=round(beside, 6) if benchmark else None,
                active_weight=round(t["weight_exposed"] - beside, 6) if benchmark else None,
            )
        )
    return doc.Portfolio(
        name=plain(screening.portfolio.name),
        lines=lines.height,
        matched=matched.height,
        score=round(screening.score, 2),
        weighted=bool(screening.weighed),
        weights={name: round(weight, 6) for name, weight in screening.weights.items()},
        by_topic=exposures,
        by_band=[
            doc.BandWeight(
                row["band"], round(row["weight"], 6), row["holdings"], none.height if row["band"] == BANDS[0] else 0
            )
            for row in screening.by_band.iter_rows(named=True)
        ],
        quiet_companies=none["entity_id"].n_unique(),
        indicators=indicators(companies, screening.weights.get("matched", 0.0), w) if screening.weighed else [],
        products=product_hits(companies),
        benchmark=_benchmark(screening, benchmark, w) if benchmark else None,
    )


def _benchmark(screening: Screening, other: Screening, w: Wording) -> doc.Benchmark:
    """The other portfolio, and the companies that move the difference of the scores most: active weight x score."""

    def held(of: Screening) -> pl.DataFrame:
        matched = of.lines.filter(pl.col("entity_id").is_not_null())
        return matched.group_by("entity_id").agg(weight=pl.col("weight").sum(), score=pl.col("score").first())

    both = held(screening).join(held(other), on="entity_id", how="full", coalesce=True, suffix="_other")
    weight, beside = pl.col("weight").fill_null(0.0), pl.col("weight_other").fill_null(0.0)
    both = both.with_columns(
        weight=weight, weight_other=beside, score=pl.coalesce("score", "score_other"), active=weight - beside
    ).with_columns(part=pl.col("active") * pl.col("score"))
    named = both.join(screening.assessment.companies.select("entity_id", "name", "name_ko"), on="entity_id", how="left")
    moved = named.filter(pl.col("part").abs() >= 0.005).sort([-pl.col("part").abs(), "entity_id"]).head(_DRIVERS)
    return doc.Benchmark(
        name=plain(other.portfolio.name),
        score=round(other.score, 2),
        lines=other.lines.height,
        matched=other.lines.filter(pl.col("entity_id").is_not_null()).height,
        active_score=round(screening.score - other.score, 2),
        drivers=[
            doc.Driver(
                company_id=row["entity_id"],
                name=_short(w.name(row["name"], row["name_ko"])),
                score=round(row["score"], 1),
                weight=round(row["weight"], 6),
                benchmark_weight=round(row["weight_other"], 6),
                difference=round(row["part"], 2),
            )
            for row in cleaned(moved).iter_rows(named=True)
        ],
    )


def _candidates(frame: pl.DataFrame, names: Mapping[str, str]) -> dict[int, list[doc.Candidate]]:
    """The candidates of each row; two that bear one name are told apart by the name that matched."""
    found: dict[int, list[doc.Candidate]] = {}
    for row, rows in _grouped(cleaned(frame), "row").items():
        known = [names.get(c["entity_id"], _short(c["name"])) for c in rows]
        found[int(row[0])] = [
            doc.Candidate(
                c["entity_id"],
                name if known.count(name) == 1 or name == c["name"] else f"{name} {_short(c['name'])}",
                round(c["score"], 4),
                c["why"] or "",
            )
            for c, name in zip(rows, known, strict=True)
        ]
    return found


def _line(r: Row, w: Wording) -> doc.Line:
    return doc.Line(
        **_as_written(r),
        company_id=r["entity_id"],
        matched_by=r["matched_by"],
        match_score=_rounded(r["match_score"], 4),
        decision=r.get("decision"),
        security=r.get("security"),
        score=_rounded(r["score"], 1),
        band=r["band"],
        note=w.note(r["reason"]) if r.get("reason") else None,
    )


def _remark(r: Row, w: Wording) -> doc.Remark:
    do = w.note(r["do"]) if r["do"] else None
    return doc.Remark(r["file"], r["row"], r["column"], r["key"], w.note(r["problem"]), r["found"], do)


def _unmatched(r: Row, candidates: list[doc.Candidate], w: Wording) -> doc.Unmatched:
    reason = r["kind"] if r["kind"] != "security" else "ambiguous" if r["decision"] == "review" else "not found"
    return doc.Unmatched(
        **_as_written(r),
        reason=reason,
        reason_words=w.label("unmatched.reasons", reason),
        detail=w.note(r["reason"]) if r.get("reason") else None,
        candidates=candidates,
    )


def _as_written(r: Row) -> Row:
    return {
        "row": r["row"],
        "sheet": r.get("sheet"),
        "line": r.get("line") or r["row"],
        "input": {key: r[key] for key in _INPUT if r.get(key) is not None},
        "written": _short(" ".join(str(r[key]) for key in _written(r))),
        "kind": r["kind"],
        "weight": _rounded(r["weight"], 8),
        "value": r["value"],
        "currency": r["currency"],
    }


def _written(r: Row) -> list[str]:
    """The cells that name a line: name and numbers, other numbers only where these lack."""
    return [key for key in _WRITTEN if r.get(key)] or [key for key in _INPUT if r.get(key)]


def _deliveries(own: SupplyFile, w: Wording) -> doc.Deliveries:
    rejects = [_remark(r, w) for r in cleaned(own.rejects).iter_rows(named=True)]
    return doc.Deliveries(plain(own.name), own.sha256, own.facts, own.made, [plain(n) for n in own.notes], rejects)


def _source(row: Row) -> doc.Source:
    return doc.Source(
        source_id=row["source_id"],
        publisher=row["publisher"],
        publisher_kind=row["publisher_kind"],
        title=row["title"],
        url=row["url"],
        published_on=row["published_written"],
        retrieved_on=row["retrieved_on"],
        grade=row["grade"],
        independent_publisher=row["voice"],
        archived_url=row["archived_url"],
        copy_of=row.get("copy_of"),
    )


def _of(frame: pl.DataFrame, column: str, values: Sequence[str] | pl.Series) -> pl.DataFrame:
    return frame.filter(pl.col(column).is_in(pl.Series(values, dtype=pl.String).implode()))


def _grouped(frame: pl.DataFrame, *columns: str) -> dict[tuple[str, ...], list[Row]]:
    """The rows by the values of some columns, in the frame's order."""
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(tuple(row[column] for column in columns), []).append(row)
    return found


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _short(text: Any) -> Any:
    return text if text is None or len(text) <= _LONGEST_NAME else text[:_LONGEST_NAME] + "…"
