"""Runs the rules over the graph and gives the findings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import dataframely as dy
import duckdb
import polars as pl

from screener.graph.build import build_ownership, build_supply_reach, number_stakes
from screener.graph.owned import build_owned_by_listed
from screener.rules.compile import (
    Common,
    Statement,
    asks_actors_stakes,
    compile_holders,
    compile_rule,
    compile_supply_anchors,
    compile_supply_buyers,
    printable,
    together,
)
from screener.rules.load import Rule
from screener.rules.method import Method
from screener.schema.frames import EdgeSource, Finding, Knowledge
from screener.store.clock import leaves_facts_out, tell_facts

_HERE = Path(__file__).parent
FEW_STAKES: Final = 10_000
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

    The screened companies are the Korean companies among the entities (the temporary table `subject`). The order of facts and the
    number of times that one is told change nothing.
    """
    parameters = method.graph_parameters()
    con.execute(
        "create or replace temp table subject as select entity_id from entity where kind = 'company' and country = 'KR' order by 1"
    )
    _meet(con)
    number_stakes(con, parameters)
    build_owned_by_listed(con, method.ownership_tests)
    common = _Common(con)
    _ask_holdings(con, rules, common)
    build_ownership(con, parameters)
    _tell_stakes(con, rules)
    _meet(con)
    _set_rule_parameters(con, method)
    _ask_supply(con, rules, common)
    build_supply_reach(con, parameters)
    _collect_paths(con, rules, method, common)
    con.execute((_HERE / "finding.sql").read_text(encoding="utf-8"))
    frame = pl.DataFrame(con.sql("from finding"))
    return Finding.validate(frame, cast=True)


def edge_sources(con: duckdb.DuckDBPyConnection) -> dy.DataFrame[EdgeSource]:
    """The sources of every edge that a finding stands on."""
    frame = pl.DataFrame(con.sql((_HERE / "edge_source.sql").read_text(encoding="utf-8")))
    return EdgeSource.validate(frame, cast=True)


def knowledge(con: duckdb.DuckDBPyConnection) -> dy.DataFrame[Knowledge]:
    """What the store knows about each screened company, by kind of fact, and how new it is."""
    frame = pl.DataFrame(con.sql((_HERE / "knowledge.sql").read_text(encoding="utf-8")))
    return Knowledge.validate(frame, cast=True)


def kinds_read(rule: Rule) -> set[str]:
    """The kinds of facts that a rule reads: `ownership`, `supply`, `activity`."""
    owning = {"owns", "answers_for", "controls", "owned_by"}
    relations = {relation for step in rule.path for relation in step.relations}
    kinds = {"ownership" if r in owning else "supply" if r == "buys_from" else "activity" for r in relations}
    return kinds | ({"activity"} if any(anchor.does for anchor in rule.anchors) else set())


def _ask_holdings(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], common: Common) -> None:
    """Creates `holder_id`, whose holdings alone are told, where there are very many owners and the rules ask for some of them only."""
    con.execute("drop table if exists holder_id")
    if con.execute("select count(*) from ownership").fetchall()[0][0] <= FEW_STAKES:
        return
    asked = [compile_holders(rule, common) for rule in rules]
    if None not in asked:
        con.execute("create temp table holder_id as from subject")
        for statement in (statement for statements in asked for statement in statements or ()):
            con.execute(f"insert into holder_id {statement.sql}", statement.parameters)


def _tell_stakes(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Makes edges of the stakes that rules ask for, where `set_clocks` left some out: those on routes, and those that an actor holds."""
    if not leaves_facts_out(con):
        return
    if not all(asks_actors_stakes(rule) for rule in rules):
        tell_facts(con, "select fact_id from stake_link", stakes_only=True)
        return
    tell_facts(con, _HELD, stakes_only=True)


class _Common:
    """Keeps what several rules ask alike as temporary tables, each made when it is first asked for (see `compile.Common`).

    Statements over few rows are nearly all planning: twenty rules that each plan the same anchors took longer than everything else.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._made: dict[str, str] = {}

    def __call__(self, what: str, statement: Statement) -> str:
        asked = printable(statement)
        if asked not in self._made:
            name = f"common_{what}_{len(self._made)}"
            self._con.execute(f"create or replace temp table {name} as {statement.sql}", statement.parameters)
            self._made[asked] = name
        return self._made[asked]


def _meet(con: duckdb.DuckDBPyConnection) -> None:
    """Creates `met`: the entities at the ends of stakes, acts and listings, where rules look at them: in a large store few of all.

    Ends of deliveries are left out: a rule meets them by `supply_reach` alone.
    """
    con.execute(
        "create or replace temp table met as select entity_id, kind, country, region from entity where entity_id in"
        " (select unnest([from_id, to_id]) from edge where kind <> 'supply')"
    )


def _ask_supply(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], common: Common) -> None:
    """Fills the tables `anchor` and `buyer` that build_supply_reach works on; `buyer` is left out where anybody may buy."""
    con.execute("create or replace temp table anchor (anchor_id varchar, products varchar, max_tiers integer)")
    con.execute("create or replace temp table buyer (buyer_id varchar)")
    anybody = False
    for rule in rules:
        if anchors := compile_supply_anchors(rule, common):
            con.execute(f"insert into anchor {anchors.sql}", anchors.parameters)
            buyers = compile_supply_buyers(rule, common)
            anybody |= buyers is None
            if buyers:
                con.execute(f"insert into buyer {buyers.sql}", buyers.parameters)
    con.execute("create or replace temp table anchor as select distinct * from anchor order by all")
    if anybody:
        con.execute("drop table buyer")


def _set_rule_parameters(con: duckdb.DuckDBPyConnection, method: Method) -> None:
    names = ("control_share", "influence_share", "partner_floor", "unknown_stake", "group_weight")
    selected = ", ".join(f"?::double as {name}" for name in names)
    con.execute(
        f"create or replace temp table rule_parameter as select {selected}", [method.graph[name] for name in names]
    )


def _collect_paths(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], method: Method, common: Common) -> None:
    con.execute(
        "create or replace temp table path (rule_id varchar, topic varchar, severity double, involvement double, company_id varchar,"
        " anchor_id varchar, actor_id varchar, tier integer, edge_ids varchar[], weighed integer, fact_key varchar, told_key varchar, did varchar[], proximity double,"
        " share double, amount_usd double, live boolean, ownership_tests varchar[])"
    )
    found = []
    for rule in rules:
        statement = compile_rule(rule, common)
        values = {
            "_rule": rule.id,
            "_topic": rule.topic,
            "_severity": rule.severity,
            "_involvement": method.involvement[rule.involvement],
        }
        found.append(
            Statement(
                "select $_rule, $_topic, $_severity, $_involvement, company_id, anchor_id, actor_id, tier, edge_ids, weighed, fact_key, told_key, did,"
                f" proximity, share, amount_usd, live, tests from ({statement.sql})",
                statement.parameters | values,
            )
        )
    if found:
        every = together(found)
        con.execute(f"insert into path {every.sql}", every.parameters)
