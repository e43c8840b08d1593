"""Of very many links, those that can lie on a path of at most so many tiers from an anchor to a company.

Plain SQL over three columns of integers, written as named steps: each is one `select` over the steps before it. DuckDB
runs them as one statement (`as_statement`); an engine that does not keep the rows of a step, such as Spark, runs them
one by one and keeps each (`for step in steps: …`). Nothing behind the pruning needs to know how many links there were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Step(NamedTuple):
    """A named `select`; its text may name the steps before it."""

    name: str
    sql: str


def prune_steps(links: str, anchors: str, companies: str, max_tiers: int) -> list[Step]:
    """The steps that find the links on paths; the last, `near`, has link_no, buyer, supplier and rest.

    Args:
        links: relation of link_no, buyer, supplier (whole numbers); goods go from the supplier to the buyer.
        anchors: relation of node, tiers: from which paths begin, and how many links they may have.
        companies: relation of node, at which they end.
        max_tiers: links in a path at most, the most of `tiers`.

    rest: how many links the buyer is away from a company. `up_k` has the nodes from which the nearest anchor leaves
    `max_tiers` - k links (it is k links away, less if it allows fewer), `down_k` those that are k links away from a
    company. A link is on a path if both distances and the link itself are no more than `max_tiers`. Beyond halfway a
    side looks only at nodes that the other one has reached.
    """
    steps = [Step("up_0", f"select distinct node from {anchors} where tiers = {max_tiers}")]
    steps.append(Step("down_0", f"select distinct node from {companies}"))
    for k in range(1, max_tiers):
        rest = max_tiers - k
        # The other side has gone k - 1 rounds; what it has not reached by then lies too far off once fewer are left.
        nearer = f"anti join ({_any('up', k - 1)}) as b using (node)"
        fewer = f"\nunion select node from {anchors} {nearer} where tiers = {rest}"
        steps.append(_next("up", k, links, "supplier", "buyer", _any("down", rest) if rest < k else None, fewer))
        steps.append(_next("down", k, links, "buyer", "supplier", _any("up", rest) if rest <= k and k > 1 else None))
    steps.append(Step("from_anchor", _distances("up", max_tiers)))
    steps.append(Step("to_company", _distances("down", max_tiers)))
    near = (
        f"select l.link_no, l.buyer, l.supplier, c.tiers as rest\nfrom {links} as l\n"
        "join from_anchor as a on a.node = l.supplier\njoin to_company as c on c.node = l.buyer\n"
        f"where a.tiers + 1 + c.tiers <= {max_tiers}"
    )
    return [*steps, Step("near", near)]


def as_statement(steps: Sequence[Step]) -> str:
    """The steps as one statement of DuckDB, which works each out once and gives the rows of the last."""
    before = ",\n".join(f"{step.name} as materialized (\n{step.sql}\n)" for step in steps[:-1])
    return f"with {before}\n{steps[-1].sql}" if before else steps[-1].sql


def _next(side: str, k: int, links: str, tail: str, head: str, reached: str | None, also: str = "") -> Step:
    within = f"\nsemi join ({reached}) as m on m.node = l.{head}" if reached else ""
    return Step(
        f"{side}_{k}",
        f"select distinct l.{head} as node\nfrom {links} as l\nsemi join {side}_{k - 1} as t on t.node = l.{tail}\n"
        f"anti join ({_any(side, k - 1)}) as b on b.node = l.{head}{within}{also}",
    )


def _distances(side: str, tiers: int) -> str:
    return " union all ".join(f"select node, {k} as tiers from {side}_{k}" for k in range(max(tiers, 1)))


def _any(side: str, last: int) -> str:
    """The nodes that a side has reached in its rounds up to the last."""
    return " union all ".join(f"select node from {side}_{k}" for k in range(last + 1))
