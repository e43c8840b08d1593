"""Finds the buyers that an anchor's goods reach through tiers of suppliers, each on the best path.

Only deliveries on a short enough path from an anchor to a buyer matter (`prune.py`); over these few the best paths are
found (`best_path.sql`).
"""

import duckdb

from screener.files import sql
from screener.graph.prune import as_statement, prune_steps
from screener.store.clock import make_edges


def build_supply_reach(con: duckdb.DuckDBPyConnection, anchors: str, buyers: str, *, max_tiers: int) -> None:
    """Creates `supply_reach` (see its file): which buyers the goods of an anchor reach, on the best path.

    Args:
        con: a store with its clocks and parameters set.
        anchors: a query that returns anchor_id, products (HS families separated by blanks, or null for all goods) and
            max_tiers (integer, the longest path allowed).
        buyers: a query that returns the nodes of the buyers that matter.
        max_tiers: the most tiers of any path.
    """
    near = as_statement(prune_steps("supply_end", "start", "reach_buyer", max_tiers))
    con.execute(
        f"create or replace temp table anchor as {anchors};{sql(__file__, 'supply_start.sql')}"
        f"create or replace temp table reach_buyer as {buyers};"
        f"create or replace temp table near as {near};{sql(__file__, 'near_link.sql')}drop table near;"
        f"{sql(__file__, 'best_path.sql')}drop table near_link;{sql(__file__, 'supply_reach.sql')}drop table reach;"
    )
    make_edges(con, "select unnest(edge_ids) from supply_reach")
