"""A finding told step by step: the path from the company to the anchor, each step with its dates and sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from screener.report.words import LIST_NAMES, relation_words, verb
from screener.rules.method import DAYS_A_MONTH
from screener.score.assess import Assessment


@dataclass(frozen=True)
class Step:
    """One edge of a path as it is walked: `from_id` is where the reader stands, `to_id` where the step leads.

    `source_ids` are in order of grade, then newest first. `told` says how the best source may be worded, and by whom.
    """

    edge_id: str
    relation: str
    forward: bool
    from_id: str
    to_id: str
    from_name: str
    to_name: str
    words: str
    share: float | None
    amount_usd: float | None
    period: str | None
    since: str | None
    until: str | None
    status: str
    confirmed_on: str
    ended_on: str
    summary: str | None
    source_ids: tuple[str, ...]
    told: str

    @property
    def claim(self) -> str:
        """What the edge says of whom, in ids, as in edge_source.sql: edges of one claim stand for one another."""
        subject, other = (self.from_id, self.to_id) if self.forward else (self.to_id, self.from_id)
        return f"{subject} {self.relation}" + (f" {other}" if self.relation in ("owns", "buys_from") else "")

    @property
    def dates(self) -> str:
        """The time of the step: `since 2022-02-21`, `2010 to 2021`, `last reported 2020-03`."""
        if self.relation in ("pays", "project_pays") and self.period:
            return self.period
        if self.until and self.status == "ended":
            return f"{self.since} to {self.until}" if self.since else f"until {self.until}"
        if self.relation == "listed_on":
            return f"since {self.since}" if self.since else ""
        seen = f"last confirmed {self.confirmed_on}"
        return f"since {self.since}, {seen}" if self.since else seen


def seen_lately(assessment: Assessment) -> dt.date:
    """The day from which on an act counts as confirmed. What nobody has confirmed since is told in the past tense: it may have ended unseen."""
    grace = assessment.method.recency["unconfirmed_grace_months"]
    return assessment.clocks.as_of - dt.timedelta(days=grace * DAYS_A_MONTH)


def step_of(
    edge: dict[str, Any],
    cited: Sequence[str],
    best: dict[str, Any] | None,
    *,
    forward: bool,
    seen_lately: dt.date,
    product: str | None,
) -> Step:
    """An edge in words that go no further than its evidence.

    Args:
        edge: a row of edge.sql or subgraph.sql.
        cited: the ids of its sources, the best first.
        best: the best source (publisher, publisher_kind, grade), if there is one.
        forward: from its first end to its second.
        seen_lately: see the function of this name.
        product: what a delivery is said to be of.
    """
    ends = ("from", "to") if forward else ("to", "from")
    # What rests on unverified claims alone is never said as a fact, not even for the length of a phrase.
    alleged = "allegedly " if best and best["grade"] == "E" else ""
    seen = edge["confirmed_on"]
    unseen = edge["relation"] not in ("owns", "listed_on") and seen is not None and seen < seen_lately
    return Step(
        edge_id=edge["edge_id"],
        relation=edge["relation"],
        forward=forward,
        from_id=edge[f"{ends[0]}_id"],
        to_id=edge[f"{ends[1]}_id"],
        from_name=edge[f"{ends[0]}_name"],
        to_name=LIST_NAMES.get(edge["to_id"].removeprefix("list:"), edge[f"{ends[1]}_name"])
        if forward
        else edge["from_name"],
        words=alleged
        + relation_words(
            edge["relation"],
            forward=forward,
            past=edge["status"] == "ended" or unseen,
            share=edge["share"] if edge["relation"] in ("owns", "operates_project", "joint_venture_with") else None,
            amount=edge["amount_usd"] if edge["relation"] != "buys_from" else None,
            product=product,
        ),
        share=edge["share"],
        amount_usd=edge["amount_usd"],
        period=edge["period"],
        since=edge["since"],
        until=edge["until"],
        status=edge["status"],
        confirmed_on=str(edge["confirmed_on"] or ""),
        ended_on=str(edge["ended_on"] or ""),
        summary=edge["summary"],
        source_ids=tuple(cited),
        told=f"{verb(best['grade'], best['publisher_kind'])} by {best['publisher']}" if best else "",
    )


def caption(steps: Sequence[Step]) -> str | None:
    """What is said of a path as a whole: the summary of the act whose amount is told, which may say what the amount is not; else of the first act."""
    acts = [step for step in steps if step.summary and step.relation not in ("listed_on", "owns")]
    priced = [step for step in acts if step.amount_usd is not None]
    return next((step.summary for step in priced + acts), None)


class Stories:
    """Tells the findings of an assessment; holds its edges and sources by id.

    Args:
        assessment: the assessment.
        company_ids: whose findings are told; those of all companies unless given.
    """

    def __init__(self, assessment: Assessment, company_ids: Sequence[str] | None = None) -> None:
        self.assessment = assessment
        self._seen_lately = seen_lately(assessment)
        findings, edges, evidence = assessment.scores.findings, assessment.edges, assessment.evidence
        self.presumed = frozenset(_presumed(findings, edges)["edge_id"])
        if company_ids is not None:
            told = findings.filter(pl.col("company_id").is_in(company_ids))
            used = told.select(edge_id=pl.col("edge_ids").explode()).unique()
            edges = edges.join(used, on="edge_id", how="semi", maintain_order="left")
            evidence = evidence.join(used, on="edge_id", how="semi", maintain_order="left")
        self._edges: dict[str, dict[str, Any]] = {row["edge_id"]: row for row in edges.iter_rows(named=True)}
        self.sources: dict[str, dict[str, Any]] = {
            row["source_id"]: row
            for row in assessment.evidence.drop("edge_id").unique("source_id").iter_rows(named=True)
        }
        cited = (
            evidence.filter(pl.col("edge_id").is_not_null()).group_by("edge_id", maintain_order=True).agg("source_id")
        )
        self._cited: dict[str, list[str]] = dict(cited.iter_rows())
        m = assessment.method.magnitude
        self.spans = {
            r.id: [r.floor_usd or m["floor_usd"], r.ceiling_usd or m["ceiling_usd"]] for r in assessment.rules
        }

    def steps(self, company_id: str, edge_ids: Iterable[str]) -> list[Step]:
        """The steps of a path, in the order in which a reader walks it."""
        here, steps, previous = company_id, [], None
        for edge_id in edge_ids:
            edge = self._edges[edge_id]
            # Several edges may say the same of one entity (three lists, two reports): they stand side by side, not one behind the other.
            beside = (
                previous is not None
                and edge["from_id"] == previous["from_id"]
                and edge["relation"] == previous["relation"]
            )
            forward = edge["from_id"] == here or beside or edge["to_id"] != here
            steps.append(self._step(edge, forward))
            here, previous = (edge["to_id"] if forward else edge["from_id"]), edge
        return steps

    def cited(self, edge_ids: Iterable[str]) -> list[dict[str, Any]]:
        """The sources of the edges, each once, in the order of the path."""
        ids = dict.fromkeys(source for edge in edge_ids for source in self._cited.get(edge, []))
        return [self.sources[source] for source in ids]

    def _product(self, edge: dict[str, Any]) -> str | None:
        if edge["relation"] != "buys_from":
            return None
        product = edge["product"] or "goods"
        if edge["edge_id"] in self.presumed:
            return f"{product} (origin not stated, presumed from the region's part in the country's output)"
        return f"{product} (origin {edge['origin_region']})" if edge["origin_region"] else edge["product"]

    def _step(self, edge: dict[str, Any], forward: bool) -> Step:
        cited = self._cited.get(edge["edge_id"], [])
        best = self.sources[cited[0]] if cited else None
        return step_of(edge, cited, best, forward=forward, seen_lately=self._seen_lately, product=self._product(edge))


def _presumed(findings: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """edge_id of deliveries of unknown origin that reach a region only by its share in a country's output: a guess, and told as one."""
    guessed = (pl.col("relation") == "buys_from") & (pl.col("to_id") != pl.col("anchor_id"))
    return (
        findings.select("anchor_id", edge_id=pl.col("edge_ids").list.last())
        .unique()
        .join(edges.select("edge_id", "relation", "to_id", "origin_region"), on="edge_id")
        .filter(guessed & pl.col("origin_region").is_null())
        .select("edge_id")
    )
