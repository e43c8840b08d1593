"""Finds, among very many links, those on a path from an anchor to a company within a maximum number of tiers.

Plain SQL over three integer columns, written as named steps: each is one `select` over earlier steps. DuckDB runs them
as one statement (`as_statement`); an engine that does not materialise a step, such as Spark, runs them one by one and
stores each (`for step in steps: …`). Nothing after the pruning depends on the original number of links.
"""

from collections.abc import Sequence

Step = tuple[str, str]
"""A name and its `select`, whose text may refer to earlier steps."""


def prune_steps(links: str, anchors: str, companies: str, max_tiers: int) -> list[Step]:
    """The steps that find the links on paths; the last, `near`, has their columns and rest.

    Args:
        links: relation with link_no, buyer, supplier (integers); goods go from the supplier to the buyer.
        anchors: relation of node, tiers: where paths begin, and how many links they may have.
        companies: relation of node, where paths end.
        max_tiers: the most links in a path, the maximum of `tiers`.

    rest: how many links the buyer is away from a company. `up_k` has the nodes whose nearest anchor leaves
    `max_tiers` - k links (it is k links away, less if it allows fewer), `down_k` those that are k links away from a
    company. A link is on a path if the two distances plus one are at most `max_tiers`. Beyond halfway each side looks
    only at nodes that the other side has reached.
    """
    steps = [("up_0", f"select distinct node from {anchors} where tiers = {max_tiers}")]
    steps.append(("down_0", f"select distinct node from {companies}"))
    for k in range(1, max_tiers):
        rest = max_tiers - k
        # The other side has done k - 1 rounds; a node it has not reached is too far away once fewer rounds are left.
        nearer = f"anti join ({_any('up', k - 1)}) as b using (node)"
        fewer = f"\nunion select node from {anchors} {nearer} where tiers = {rest}"
        steps.append(_next("up", k, links, "supplier", "buyer", _any("down", rest) if rest < k else None, fewer))
        steps.append(_next("down", k, links, "buyer", "supplier", _any("up", rest) if rest <= k and k > 1 else None))
    steps.append(("from_anchor", _distances("up", max_tiers)))
    steps.append(("to_company", _distances("down", max_tiers)))
    near = (
        f"select l.*, c.tiers as rest\nfrom {links} as l\n"
        "join from_anchor as a on a.node = l.supplier\njoin to_company as c on c.node = l.buyer\n"
        f"where a.tiers + 1 + c.tiers <= {max_tiers}"
    )
    return [*steps, ("near", near)]


def as_statement(steps: Sequence[Step]) -> str:
    """The steps as one DuckDB statement, which computes each once and returns the rows of the last."""
    *before, (_, last) = steps
    return "with " + ",\n".join(f"{name} as materialized (\n{sql}\n)" for name, sql in before) + f"\n{last}"


def _next(side: str, k: int, links: str, tail: str, head: str, reached: str | None, also: str = "") -> Step:
    within = f"\nsemi join ({reached}) as m on m.node = l.{head}" if reached else ""
    return (
        f"{side}_{k}",
        f"select distinct l.{head} as node\nfrom {links} as l\nsemi join {side}_{k - 1} as t on t.node = l.{tail}\n"
        f"anti join ({_any(side, k - 1)}) as b on b.node = l.{head}{within}{also}",
    )


def _distances(side: str, tiers: int) -> str:
    return " union all ".join(f"select node, {k} as tiers from {side}_{k}" for k in range(max(tiers, 1)))


def _any(side: str, last: int) -> str:
    """The nodes that a side has reached in its rounds up to the last."""
    return " union all ".join(f"select node from {side}_{k}" for k in range(last + 1))
