"""What surrounds a company: owners, holdings, suppliers over tiers, lists and acts; as a graph, and as branches."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import polars as pl

from screener.files import sql
from screener.report.document import Branch
from screener.report.steps import edge_words, is_own_word, share_words, step_dates
from screener.report.text import cleaned, plain
from screener.report.wording import Wording
from screener.store.clock import make_edges

_NODES: Final = """
select e.entity_id, e.kind, e.name, e.name_ko, e.name_local, e.country, e.region, e.sector, e.business_group, e.status,
    coalesce((
        select list({scheme: i.scheme, value: i.value} order by i.scheme, i.value) from identifier as i
        where i.entity_id = e.entity_id and coalesce(i.security, 'common') = 'common'
    ), []) as identifiers
from entity as e
where e.entity_id in (select unnest($ids))
order by e.entity_id"""
_LISTS: Final = """
select 'list:' || list_id as entity_id, title, publisher
from list
where 'list:' || list_id in (select unnest($ids))
order by list_id"""
_SHOWN: Final = 12  # branches below one entity
_DEPTH: Final = 6
# Kind of edge, its end that is nearer to the company, and its other end.
_DIRECTIONS: Final = {
    "up": ("ownership", "to", "from"),
    "down": ("ownership", "from", "to"),
    "supply": ("supply", "from", "to"),
}
_WHOLE: Final = 1.005  # as in stake.sql: allows half a percent for rounding

Edge = dict[str, Any]


@dataclass(frozen=True)
class Subgraph:
    """The surroundings of `entity_id`.

    edges: the columns of subgraph.sql, nearest first. nodes: entity_id, kind, name, name_ko, name_local, country,
    region, sector, business_group, status, identifiers (list of {scheme, value}). lists: entity_id (`list:<id>`),
    title, publisher. cut: edges beyond the limit were left out.
    """

    entity_id: str
    edges: pl.DataFrame
    nodes: pl.DataFrame
    lists: pl.DataFrame
    cut: bool


def subgraph(
    con: duckdb.DuckDBPyConnection, entity_id: str, *, hops: int = 3, tiers: int = 4, most: int = 2000
) -> Subgraph:
    """The surroundings of an entity on the as-of day; the store must have its clocks set.

    Stakes are followed `hops` up to owners and down to what is owned, suppliers over `tiers`; at most `most` edges are
    returned, near and live ones first.
    """
    start = "node, 'self' as direction, 0 as depth, 0 as round, null::varchar as fact_id from node where entity_id = ?"
    con.execute(f"create or replace temp table near as select {start}", [entity_id])
    limits = {"hops": hops, "tiers": tiers}
    for number in range(1, hops + tiers + 1):
        con.execute(sql(__file__, "near.sql"), limits | {"round": number})
    make_edges(con, "select fact_id from near where fact_id is not null")
    found = pl.DataFrame(con.sql(sql(__file__, "subgraph.sql"), params={"most": most + 1}))
    edges = found.head(most)
    ids = sorted({entity_id, *edges["from_id"], *edges["to_id"]})
    nodes = pl.DataFrame(con.sql(_NODES, params={"ids": ids}))
    lists = pl.DataFrame(con.sql(_LISTS, params={"ids": ids}))
    return Subgraph(entity_id, edges, nodes, lists, found.height > most)


def surroundings(around: Subgraph, w: Wording, seen_since: dt.date, in_findings: Collection[str] = ()) -> list[Branch]:
    """The branches of a company: `owned by`, `owns`, `buys from` as far as the subgraph reaches, and its own `acts`.

    An entity that is higher up on the same branch is not opened again (`see above`); ended relations say when;
    listed entities name their lists; `seen_since` is that of `screener.report.build.seen_since`. Acts are shown whether
    or not a rule weighs them, worded as in the findings; below one that is none of `in_findings` (ids of edges) stands
    its summary, which says what else must be known of it.
    """
    return _Grower(around, w, seen_since, in_findings).branches()


class _Grower:
    def __init__(self, around: Subgraph, w: Wording, seen_since: dt.date, in_findings: Collection[str]) -> None:
        self.around, self.w, self.seen_since, self.in_findings = around, w, seen_since, in_findings
        self.frame = cleaned(around.edges)
        self.edges, nodes = self.frame.to_dicts(), cleaned(around.nodes).to_dicts()
        lists = cleaned(around.lists).select("entity_id", "title").iter_rows()
        self.names = {entity_id: w.list_name(entity_id, title) for entity_id, title in lists}
        self.names |= {node["entity_id"]: w.name(node["name"], node["name_ko"]) for node in nodes}
        self.nodes = {node["entity_id"]: node for node in nodes}
        self.listed: dict[str, list[str]] = {}
        for edge in self.edges:
            if edge["relation"] == "listed_on" and edge["live"]:
                self.listed.setdefault(edge["from_id"], []).append(self.name(edge["to_id"]))

    def branches(self) -> list[Branch]:
        w, me = self.w, self.around.entity_id
        found: list[Branch] = []
        owned = {
            e["to_id"]: None for e in self.edges if e["kind"] == "ownership" and e["direction"] == "down" and e["live"]
        }
        for direction, (kind, near, far) in _DIRECTIONS.items():
            edges = self.frame.filter(pl.col("kind") == kind)
            below = edges.rows_by_key(f"{near}_id", named=True, include_key=True)
            if me in below:
                found.append(_head(w(f"around.{direction}"), self.grow(below, far, (me,))))
            elif kind == "supply" and (buyers := [b for b in owned if b in below]):
                grown = [_head(self.name(b), self.grow(below, far, (b,))) for b in buyers[:_SHOWN]]
                found.append(_head(w("around.supply"), [_note(w("around.indirect")), *grown]))
        acts = [edge for edge in self.edges if edge["direction"] == "other" and edge["from_id"] == me]
        if acts:
            found.append(_head(w("around.acts"), [*(self.act(act) for act in acts[:_SHOWN]), *self.left_out(acts)]))
        found += [] if found else [_note(w("around.unknown"))]
        return [*found, _note(w("around.cut"))] if self.around.cut else found

    def name(self, entity_id: str) -> str:
        return self.names.get(entity_id, entity_id)

    def grow(self, below: dict[str, list[Edge]], far: str, passed: tuple[str, ...]) -> list[Branch]:
        """The branches of the last entity of `passed`, which holds it and the entities before it."""
        w, grown, shown = self.w, list[Branch](), below.get(passed[-1], [])
        for edge in shown[:_SHOWN]:
            target = edge[f"{far}_id"]
            again = target in passed
            opened = not again and edge["live"] and len(passed) < _DEPTH
            before = share_words(edge["share"], edge["share_min"], w) + "  " if edge["kind"] == "ownership" else ""
            more = self.grow(below, far, (*passed, target)) if opened else []
            name, after, lists = self.name(target), self.about(edge, again=again), self.listed.get(target, [])
            grown.append(Branch(before, name, after, lists, edge["live"], more))
        if far == "from" and (total := _in_all(shown)) > _WHOLE:
            grown.append(_note(w("around.over", share=w.percent(round(total, 4)))))
        return [*grown, *self.left_out(shown)]

    def about(self, edge: Edge, *, again: bool) -> str:
        """What a stake or a delivery says besides the share: goods, operator of the holding, status and remarks.

        One that was not confirmed lately says when it was: it may have ended unnoticed.
        """
        w, after = self.w, ""
        if edge["kind"] == "supply":
            code, origin = edge["hs_code"], edge["origin_region"]
            region = w("around.from_region", region=w.label("regions", origin)) if origin else None
            product = w.name(edge["product"], edge["product_ko"])
            goods = ", ".join(part for part in (product, code and f"HS {code}", region) if part)
            after = f"  {goods}" if goods else ""
            after += ", " + w("around.input", share=w.percent(edge["share"])) if edge["share"] is not None else ""
        elif edge["operates"]:
            after = ", " + w("around.operated")
        own = any(source["publisher"] == "user file" for source in edge["sources"] or [])
        seen = edge["confirmed_on"]
        old = w("dates.confirmed", seen=w.day(edge["confirmed_written"])) if seen and seen < self.seen_since else ""
        remarks = [self.status(edge), old if edge["live"] else "", w("finding.own_file") if own else ""]
        return after + _bracket([*remarks, w("around.again") if again else ""])

    def act(self, edge: Edge) -> Branch:
        """`worked for Inno City, Yangon  (reported by g-enews; since 2017-09-25, last confirmed 2020-08-20)`."""
        w, best, said, grade = self.w, next(iter(edge["sources"] or []), None), "", None
        if best:
            grade = best["grade"]
            said = w.said(grade, best["publisher_kind"], plain(best["publisher"]), copied=bool(best["copy_of"]))
        name, kind = self.name(edge["to_id"]), self.nodes.get(edge["to_id"], {}).get("kind")
        before, after = edge_words(edge, w, self.seen_since, name, grade, kind=kind)
        remarks = [said, self.status(edge), step_dates(edge, w) if edge["live"] else ""]
        place = f", {edge['place']}" if edge["kind"] == "activity" and edge["place"] else ""
        summary = w.translated(edge["summary"] or None, edge["summary_ko"])[0]
        more = [_note(summary)] if summary and edge["edge_id"] not in self.in_findings else []
        return Branch(before, name, after + place + _bracket(remarks), [], edge["live"], more)

    def status(self, edge: Edge) -> str:
        if not edge["live"]:
            node = self.nodes.get(edge["from_id"], {})
            own_word = is_own_word(edge["ends"] or [], map(node.get, ("name", "name_ko", "business_group")))
            return self.w.status(edge | {"status": "ended"}, own_word=own_word)
        return self.w.label("statuses", edge["status"]) if edge["status"] in ("disputed", "announced_exit") else ""

    def left_out(self, edges: Sequence[Edge]) -> list[Branch]:
        return [_note(self.w("around.more", count=len(edges) - _SHOWN))] if len(edges) > _SHOWN else []


def _in_all(owners: Sequence[Edge]) -> float:
    """The minimum total share of the owners of one firm; a stake that is reported twice counts once."""
    held: dict[str, float] = {}
    for edge in owners:
        if edge["live"] and edge["share_min"] is not None and edge["from_id"] != edge["to_id"]:
            held[edge["from_id"]] = max(held.get(edge["from_id"], 0.0), edge["share_min"])
    return sum(held.values())


def _bracket(remarks: Sequence[str]) -> str:
    said = "; ".join(remark for remark in remarks if remark)
    return f"  ({said})" if said else ""


def _head(text: str, branches: list[Branch]) -> Branch:
    return Branch("", text, "", [], True, branches)


def _note(text: str) -> Branch:
    return Branch(text, "", "", [], True)
