"""Runs the rules over the graph and gives the findings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import dataframely as dy
import duckdb
import polars as pl

from screener.graph.holding import keep
from screener.graph.ownership import build_owned_by_listed, build_ownership, select_stakes, weigh_sources
from screener.graph.parameters import GraphParameters
from screener.graph.supply import build_supply_reach
from screener.rules.load import Rule
from screener.rules.method import Method
from screener.rules.plan import anybody_buys, asks_for_all_holders, asks_for_all_stakes, plan
from screener.schema.frames import Finding, Knowledge
from screener.store.clock import materialise_edges

_HERE = Path(__file__).parent
_HELD: Final = """
    select unnest(edge_ids) as fact_id from effective_ownership
    union all
    select unnest(list_concat(edge_ids, stake_ids)) from owned_by_listed
    union all
    select fact_id
    from stake_link
    where owner in (
        select node from node
        where entity_id in (select owned_id from effective_ownership where owner_id in (select entity_id from subject))
    )"""


def run_rules(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], method: Method) -> dy.DataFrame[Finding]:
    """All findings of the rules, sorted by finding_id.

    Args:
        con: an open store with its clocks set (`screener.store.clock.set_clocks`).
        rules: the rules to run.
        method: the parameters.

    The screened companies are the Korean companies among the entities (the temporary table `subject`). The order of
    facts and the number of times that one is told change nothing.
    """
    parameters = method.graph_parameters()
    con.execute(
        "create or replace temp table subject as"
        " select entity_id from entity where kind = 'company' and country = 'KR' order by 1"
    )
    _meet(con)
    weigh_sources(con, parameters)
    for name, frame in plan(rules, method.involvement).items():
        keep(con, name, frame)
    con.execute(_sql("anchor.sql"))
    owners = (
        "select node_id from anchor_part"
        " semi join rule_step on rule_step.rule_id = anchor_part.rule_id and follows = 'owner'"
    )
    tops = (
        "select entity_id from subject"
        f" union all select from_id from edge where relation = 'listed_on' union all {owners}"
    )
    everybody = asks_for_all_holders(rules)
    select_stakes(con, "select entity_id from entity" if everybody else tops)
    build_owned_by_listed(con)
    con.execute(_sql("tail.sql"))
    reached = "select node_id from tail semi join rule_step on rule_step.rule_id = tail.rule_id and follows = 'owner'"
    holders = f"select entity_id from subject union all {reached}"
    build_ownership(con, parameters, "select entity_id from entity" if everybody else holders)
    # The stakes that rules ask for: those on routes, and those that an actor holds.
    materialise_edges(con, "select fact_id from stake_link" if asks_for_all_stakes(rules) else _HELD)
    _meet(con)
    _set_rule_parameters(con, method)
    _follow(con, rules, parameters)
    con.execute(_sql("path.sql"))
    con.execute(_sql("finding.sql"))
    return Finding.validate(pl.DataFrame(con.sql("from finding")), cast=True)


def knowledge(con: duckdb.DuckDBPyConnection) -> dy.DataFrame[Knowledge]:
    """What the store knows about each screened company, by kind of fact, and how new it is."""
    frame = pl.DataFrame(con.sql(_sql("knowledge.sql")))
    return Knowledge.validate(frame, cast=True)


def kinds_read(rule: Rule) -> set[str]:
    """The kinds of facts that a rule reads: `ownership`, `supply`, `activity`."""
    owning = {"owns", "answers_for", "controls", "owned_by"}
    relations = {relation for step in rule.path for relation in step.relations}
    kinds = {"ownership" if r in owning else "supply" if r == "buys_from" else "activity" for r in relations}
    return kinds | ({"activity"} if any(anchor.does for anchor in rule.anchors) else set())


def _meet(con: duckdb.DuckDBPyConnection) -> None:
    """Creates `met`: the entities at the ends of stakes, acts and listings, where rules look; few in a large store.

    Ends of deliveries are left out: a rule meets them by `supply_reach` alone.
    """
    con.execute(
        "create or replace temp table met as select entity_id, kind, country, region from entity where entity_id in"
        " (select unnest([from_id, to_id]) from edge where kind <> 'supply')"
    )


def _follow(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], parameters: GraphParameters) -> None:
    """Follows all rules' steps back from their anchors (`tail`), with `supply_reach` where a rule asks who buys."""
    con.execute(
        "create or replace temp table supply_reach (buyer_id varchar, anchor_id varchar, products varchar,"
        " max_tiers integer, tier integer, proximity double, live boolean, edge_ids varchar[])"
    )
    con.execute("drop table if exists buyer")
    if not anybody_buys(rules):
        con.execute(
            "create temp table buyer as select entity_id as buyer_id from subject"
            " union select owned_id from effective_ownership semi join subject on entity_id = owner_id"
        )
    buying = {
        len(rule.path) - n for rule in rules for n, step in enumerate(rule.path) if step.relations == ("buys_from",)
    }
    for stage in range(1, max((len(rule.path) for rule in rules), default=0) + 1):
        if stage in buying:
            con.execute(
                "create or replace temp table anchor as"
                " select distinct node_id as anchor_id, products, max_tiers from tail join rule_step using (rule_id)"
                " where follows = 'supply' and back_no = $stage and stage = $stage - 1 order by all",
                {"stage": stage},
            )
            build_supply_reach(con, parameters)
        con.execute(_sql("path_step.sql"), {"stage": stage})


def _set_rule_parameters(con: duckdb.DuckDBPyConnection, method: Method) -> None:
    names = ("control_share", "influence_share", "partner_floor", "unknown_stake", "group_weight")
    selected = ", ".join(f"?::double as {name}" for name in names)
    con.execute(
        f"create or replace temp table rule_parameter as select {selected}", [method.graph[name] for name in names]
    )


def _sql(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
