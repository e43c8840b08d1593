"""Runs the rules over the graph and returns the findings."""

from collections.abc import Sequence
from typing import Final

import dataframely as dy
import duckdb
import polars as pl

from screener.files import sql
from screener.graph.ownership import select_stakes, solve_holdings
from screener.graph.supply import build_supply_reach
from screener.rules.load import Rule
from screener.rules.method import Method
from screener.rules.plan import asks_for_all_holders, asks_for_all_stakes, plan
from screener.schema.frames import Finding, Knowledge
from screener.store.clock import create_tables, make_edges

# The possible buyers on a path: the screened companies, and the entities on the steps between them and a purchase.
_BUYERS: Final = """
    with before as (
        select near.follows, near.relations
        from rule_step as near
        join rule_step as bought on bought.rule_id = near.rule_id and bought.back_no < near.back_no
        where bought.follows = 'supply'
    ),
    led_to(entity_id) as (
        select owned_id
        from effective_ownership
        cross join parameter
        where (controls or share_max >= influence_share)
            and exists (from before where follows in ('owned', 'controlled'))
        union all
        select owner_id from effective_ownership where exists (from before where follows = 'owner')
        union all
        select to_id from edge join before on follows = 'direct' and list_contains(relations, relation)
    )
    select node from subject
    union
    select node from node semi join led_to using (entity_id)"""
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
    """All findings of the rules, sorted by finding_id, from a store with its clocks set (`set_clocks`).

    The screened companies are the Korean companies among the entities (the temporary table `subject`). Neither the
    order of facts nor how often one is stated changes anything.
    """
    planned = plan(rules, method.involvement)
    create_tables(con, sql(__file__, "anchor.sql"), **method.graph_tables(), **planned)
    owner_step = "semi join rule_step as s on s.rule_id = a.rule_id and follows = 'owner'"
    listed = "select from_id from edge where relation = 'listed_on'"
    everybody = "select entity_id from node" if asks_for_all_holders(rules) else None
    subjects = "select entity_id from subject union all"
    select_stakes(con, everybody or f"{subjects} {listed} union all select node_id from anchor_part as a {owner_step}")
    con.execute(sql(__file__, "tail.sql"))
    holders = everybody or f"{subjects} select node_id from tail as a {owner_step}"
    solve_holdings(con, f"select node from node where entity_id in ({holders})")
    # The stakes that rules need: those on routes, and those that an actor holds.
    make_edges(con, "select fact_id from stake_link" if asks_for_all_stakes(rules) else _HELD)
    _follow(con, planned["rule_step"], method)
    found = con.sql(f"{sql(__file__, 'path.sql')}{sql(__file__, 'finding.sql')}from finding")
    return Finding.validate(pl.DataFrame(found), cast=True)


def knowledge(con: duckdb.DuckDBPyConnection) -> dy.DataFrame[Knowledge]:
    """What the store knows about each screened company, by kind of fact, and how recent it is."""
    return Knowledge.validate(pl.DataFrame(con.sql(sql(__file__, "knowledge.sql"))), cast=True)


def kinds_read(rule: Rule) -> set[str]:
    """The kinds of facts that a rule reads: `ownership`, `supply`, `activity`."""
    owning = {"owns", "answers_for", "controls", "owned_by"}
    relations = {relation for step in rule.path for relation in step.relations}
    kinds = {"ownership" if r in owning else "supply" if r == "buys_from" else "activity" for r in relations}
    return kinds | ({"activity"} if any(anchor.does for anchor in rule.anchors) else set())


def _follow(con: duckdb.DuckDBPyConnection, steps: pl.DataFrame, method: Method) -> None:
    """Follows all rules' steps back from their anchors (`tail`), with `supply_reach` where a rule follows purchases."""
    supply = steps.filter(pl.col("follows") == "supply")
    # A buyer may deliver in the next step: then any entity can be a buyer.
    buyers = "select node from node" if supply["rule_id"].is_duplicated().any() else _BUYERS
    for stage in sorted(set(steps["back_no"])):
        if asked := supply.filter(pl.col("back_no") == stage)["max_tiers"].to_list():
            anchors = (
                "select distinct node_id as anchor_id, products, max_tiers from tail join rule_step using (rule_id)"
                f" where follows = 'supply' and back_no = {stage} and stage = {stage - 1} order by all"
            )
            build_supply_reach(con, anchors, buyers, max_tiers=min(max(asked), int(method.graph["max_tiers"])))
        con.execute(sql(__file__, "path_step.sql"), {"stage": stage})
