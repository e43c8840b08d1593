"""Compiles a rule to one DuckDB statement over the graph tables.

The statement is a chain of named steps: `step_0` holds every screened company at itself, each further step follows one step of the
rule's path, `anchor` holds the places where a path may end, and the last select joins the two. Every value is a named
parameter; names of tables and columns come from this file alone, so nothing that a rule says enters SQL as text.

Columns of every step: company_id, actor_id (who acts: the company, or what it answers for), node_id (where the path stands), tier,
edge_ids, acts (the edges that are the company's doing: who owns the other side is not), did (of these the direct acts), nodes (the
entities passed), proximity 0-1, share 0-1,
amount_usd (a year), period, live.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from screener.rules.load import Anchor, Rule, Step

PAYMENTS: Final = ("pays", "project_pays")
_MOST_TIERS: Final = 12

_FIRST: Final = """step_0 as (
    select
        entity_id as company_id, entity_id as actor_id, entity_id as node_id, 0 as tier, []::varchar[] as edge_ids,
        []::varchar[] as acts, []::varchar[] as did, [entity_id] as nodes, 1.0::double as proximity, 1.0::double as share, null::double as amount_usd, null::varchar as period, null::date as seen_on, true as live
    from subject
)"""

_KEPT: Final = (
    "p.company_id, p.actor_id, {node} as node_id, {tier} as tier, list_concat(p.edge_ids, {edges}) as edge_ids, "
    "list_concat(p.acts, {acts}) as acts, {did} as did, list_append(p.nodes, {node}) as nodes"
)

_NEWEST: Final = """list_filter(
        [first(p.edge_ids[-1]) over (partition by {way} order by p.seen_on desc nulls last, p.edge_ids)],
        lambda newest: newest <> p.edge_ids[-1]
    )"""

# One way to one payer, and one way to what makes the paid body an anchor; what has ended stands apart.
_WAY: Final = "p.company_id, p.edge_ids[:-2], p.nodes[-2:], p.live, a.anchor_id, a.edge_ids, a.live"


@dataclass(frozen=True)
class Statement:
    """SQL with named parameters (`$name`) and their values."""

    sql: str
    parameters: dict[str, Any]


Common = Callable[[str, Statement], str]
"""Keeps what a statement gives, for all rules that ask the same, as a table; gives the table's name. The string says what the table is of."""


class _Parameters:
    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def add(self, name: str, value: Any) -> str:
        self.values[name] = list(value) if isinstance(value, tuple) else value
        return f"${name}"


def compile_rule(rule: Rule, common: Common | None = None) -> Statement:
    """The statement that finds every (company, path) of the rule.

    Args:
        rule: the rule.
        common: keeps the steps that many rules have in common, so that they are planned and run once; without it the statement stands alone.

    in: subject, edge, entity, met, effective_ownership, supply_reach, rule_parameter (see run.py, graph and store).
    out: company_id, anchor_id, actor_id, tier, edge_ids, weighed (so many of the edges carry the finding; what follows tells more of an
    anchor that counts without it), fact_key, told_key (what is told once for each company and anchor), did, proximity, share, amount_usd, live,
    tests (ids of the ownership tests by which the anchor counts).
    """
    parameters = _Parameters()
    steps = _steps(rule.path, parameters, common)
    last = f"step_{len(rule.path)}"
    steps.append(_anchors(rule.anchors, parameters, common))
    paying = bool(rule.path) and set(rule.path[-1].relations) <= set(PAYMENTS)
    # Beside the year that is told stands the newest word that payments go on, which may name no sum.
    newest = _NEWEST.format(way=_WAY) if paying else "[]::varchar[]"
    fact = "list_aggregate(p.acts, 'string_agg', ' ')"
    told = "array_to_string(p.nodes[-2:], ' ')" if paying else fact
    found = f"""select
    p.company_id, a.anchor_id, p.actor_id, p.tier::integer as tier, list_concat(p.edge_ids, {newest}) as way, list_concat(way, a.edge_ids) as whole,
    list_concat(whole, list_filter(list_distinct(a.more), lambda other: not list_contains(whole, other))) as edge_ids,
    (len(way) + case when a.needed then len(a.edge_ids) else 0 end)::integer as weighed, coalesce({fact}, p.node_id) as fact_key,
    coalesce({told}, p.node_id) as told_key, p.did, p.proximity, p.share, p.amount_usd, p.live and a.live as live, a.tests
from {last} as p
join anchor as a on a.node_id = p.node_id
where (p.company_id <> a.anchor_id or len(p.edge_ids) = 0) and not list_has_any(p.edge_ids, a.edge_ids)"""
    if paying:
        # The same payer pays the same body year after year: one finding, told by the newest year that has an amount.
        found += f"""
qualify row_number() over (
    partition by {_WAY} order by p.amount_usd is null, p.period desc nulls last, p.amount_usd desc nulls last, p.edge_ids
) = 1"""
    sql = "with " + ",\n".join(steps) + "\n" + found
    return Statement(sql, parameters.values)


def compile_supply_anchors(rule: Rule, common: Common) -> Statement | None:
    """What the rule needs supply reach from (`anchor_id`, `products`, `max_tiers`), or none if it needs none."""
    asked = [step for step in rule.path if step.relations == ("buys_from",)]
    if not asked:
        return None
    parameters = _Parameters()
    cte = _anchors(rule.anchors, parameters, common)
    selects = [
        f"select distinct node_id as anchor_id, {parameters.add(f'products_{n}', _products(step))}::varchar as products,"
        f" {parameters.add(f'max_tiers_{n}', step.max_tiers or _MOST_TIERS)}::integer as max_tiers\nfrom anchor"
        for n, step in enumerate(asked)
    ]
    return Statement(f"with {cte}\n" + "\nunion\n".join(selects), parameters.values)


def compile_supply_buyers(rule: Rule, common: Common) -> Statement | None:
    """Who may buy, by the steps of the rule before `buys_from` (`buyer_id`); none if that cannot be told before the reach is known."""
    first = next(number for number, step in enumerate(rule.path, 1) if step.relations == ("buys_from",))
    if any(step.relations == ("buys_from",) for step in rule.path[first:]):
        return None
    parameters = _Parameters()
    steps = _steps(rule.path[: first - 1], parameters, common)
    return Statement(
        "with " + ",\n".join(steps) + f"\nselect distinct node_id as buyer_id from step_{first - 1}", parameters.values
    )


def compile_holders(rule: Rule, common: Common) -> list[Statement] | None:
    """Whose holdings the rule asks for, besides those of the screened companies (`entity_id`); none if they may be anybody's."""
    relations = [step.relations[0] for step in rule.path]
    if {"answers_for", "controls"} & set(relations[1:]) or "owned_by" in relations[:-1]:
        return None
    if relations[-1:] != ["owned_by"]:
        return []
    parameters = _Parameters()
    cte = _anchors(rule.anchors, parameters, common)
    return [Statement(f"with {cte}\nselect node_id as entity_id from anchor", parameters.values)]


def asks_actors_stakes(rule: Rule) -> bool:
    """Whether the rule follows stakes as acts only of the screened companies and of what they hold; true as well where it follows none."""
    for number, step in enumerate(rule.path):
        if {"owns", "operates_project"} & set(step.relations):
            before = {relation for earlier in rule.path[:number] for relation in earlier.relations}
            if not before <= {"answers_for", "controls"}:
                return False
    return True


def _products(step: Step) -> str | None:
    return " ".join(sorted({code.replace(".", "") for code in step.hs})) or None


def _steps(path: tuple[Step, ...], parameters: _Parameters, common: Common | None) -> list[str]:
    """The named steps of a path. That a company answers for what it controls is how most rules begin, so that is kept in common."""
    if common is None or not path or path[0].relations[0] not in ("answers_for", "controls"):
        steps, done = [_FIRST], 0
    else:
        alone = _Parameters()
        first = _step(path[0], 1, alone)
        kept = common(
            "acting", Statement(f"with {_FIRST},\nstep_1 as (\n{first}\n)\nselect * from step_1", alone.values)
        )
        steps, done = [f"step_1 as (select * from {kept})"], 1
    for number, step in enumerate(path[done:], done + 1):
        steps.append(f"step_{number} as (\n{_step(step, number, parameters)}\n)")
    return steps


def _anchors(anchors: tuple[Anchor, ...], parameters: _Parameters, common: Common | None) -> str:
    if common is None:
        return _anchor_cte(anchors, parameters)
    alone = _Parameters()
    cte = _anchor_cte(anchors, alone)
    kept = common("anchors", Statement(f"with {cte}\nselect * from anchor", alone.values))
    return f"anchor as (select * from {kept})"


def _step(step: Step, number: int, parameters: _Parameters) -> str:
    before = f"step_{number - 1}"
    relation = step.relations[0]
    if relation in ("answers_for", "controls"):
        return _owned(step, number, before, parameters, only_control=relation == "controls")
    if relation == "owned_by":
        return _owners(step, number, before, parameters)
    if relation == "buys_from":
        return _supply(step, number, before, parameters)
    return _direct(step, number, before, parameters)


def _owned(step: Step, number: int, before: str, parameters: _Parameters, *, only_control: bool) -> str:
    # A project or a place is no subsidiary: a stake in it is an act of its own, which the step `owns` follows.
    kinds = parameters.add(f"kind_{number}", step.target_kind or ("company",))
    least = (
        "" if step.min_share is None else f" and o.share_min >= {parameters.add(f'min_share_{number}', step.min_share)}"
    )
    enough = "o.controls" if only_control else "(o.controls or o.share_max >= g.influence_share)"
    kept = _KEPT.format(node="o.owned_id", tier="p.tier", edges="o.edge_ids", acts="o.edge_ids", did="p.did").replace(
        "p.actor_id", "o.owned_id as actor_id"
    )
    followed = f"""    select
        {kept}, p.proximity * o.proximity as proximity, p.share * o.share_max as share, p.amount_usd, p.period, p.seen_on, p.live
    from {before} as p
    cross join rule_parameter as g
    join effective_ownership as o on o.owner_id = p.node_id and {enough}{least}
    join met as t on t.entity_id = o.owned_id and list_contains({kinds}, t.kind)"""
    return f"    select * from {before}\n    union all\n{followed}" if step.optional else followed


def _owners(step: Step, number: int, before: str, parameters: _Parameters) -> str:
    least = parameters.add(f"min_share_{number}", step.min_share if step.min_share is not None else 0.0)
    kept = _KEPT.format(
        node="o.owner_id", tier="p.tier", edges="list_reverse(o.edge_ids)", acts="[]::varchar[]", did="p.did"
    )
    return f"""    select
        {kept}, p.proximity, p.share, p.amount_usd, p.period, p.seen_on, p.live
    from {before} as p
    join effective_ownership as o on o.owned_id = p.node_id and o.share_min >= {least}{_target(step, number, "o.owner_id", parameters)}"""


def _supply(step: Step, number: int, before: str, parameters: _Parameters) -> str:
    tiers = parameters.add(f"max_tiers_{number}", step.max_tiers or _MOST_TIERS)
    products = parameters.add(f"products_{number}", _products(step))
    kept = _KEPT.format(node="r.anchor_id", tier="r.tier", edges="r.edge_ids", acts="r.edge_ids", did="p.did")
    return f"""    select
        {kept}, p.proximity * r.proximity as proximity, p.share, p.amount_usd, p.period, p.seen_on, p.live and r.live as live
    from {before} as p
    join supply_reach as r on r.buyer_id = p.node_id and r.max_tiers = {tiers} and r.products is not distinct from {products}
    -- Whom the company answers for is no supplier of its: what that firm does is the company's own doing.
    anti join (
        select owner_id, owned_id
        from effective_ownership
        cross join rule_parameter as g
        where controls or share_max >= g.influence_share
    ) as own on own.owner_id = p.company_id and own.owned_id = r.anchor_id"""


def _direct(step: Step, number: int, before: str, parameters: _Parameters) -> str:
    relations = parameters.add(f"relation_{number}", step.relations)
    limits = ""
    if step.min_share is not None:
        limits += f" and coalesce(e.share, 0) >= {parameters.add(f'min_share_{number}', step.min_share)}"
    if step.max_share is not None:
        limits += f" and coalesce(e.share, 1) <= {parameters.add(f'max_share_{number}', step.max_share)}"
    # Who runs a project answers for all of it, but takes part in its money by the stake, if that is known.
    operated = (
        """
            when e.relation = 'operates_project' then
                coalesce(e.share, (select max(o.share) from edge as o where o.live and (o.from_id, o.to_id, o.relation) = (e.from_id, e.to_id, 'owns')))"""
        if "operates_project" in step.relations
        else ""
    )
    kept = _KEPT.format(
        node="e.to_id", tier="p.tier", edges="[e.edge_id]", acts="[e.edge_id]", did="list_append(p.did, e.edge_id)"
    )
    return f"""    select
        {kept},
        p.proximity * case
            when e.relation <> 'owns' then 1
            when e.operates or e.share > g.control_share then 1
            when t.kind = 'project' then greatest(coalesce(e.share, 0), g.partner_floor)
            else coalesce(e.share, g.unknown_stake)
        end as proximity,
        p.share * case when e.relation = 'owns' then coalesce(e.share, 1){operated} else 1 end as share,
        coalesce(e.yearly_usd, p.amount_usd) as amount_usd, coalesce(e.period, p.period) as period, e.confirmed_on as seen_on, p.live and e.live as live
    from {before} as p
    cross join rule_parameter as g
    join edge as e on e.from_id = p.node_id and list_contains({relations}, e.relation){limits}
    join met as t on t.entity_id = e.to_id{_target_conditions(step, number, parameters)}"""


def _target(step: Step, number: int, node: str, parameters: _Parameters) -> str:
    conditions = _target_conditions(step, number, parameters)
    return f"\n    join met as t on t.entity_id = {node}{conditions}" if conditions else ""


def _target_conditions(step: Step, number: int, parameters: _Parameters) -> str:
    conditions = ""
    for name, allowed in (("kind", step.target_kind), ("country", step.target_country), ("region", step.target_region)):
        if allowed:
            conditions += f" and list_contains({parameters.add(f'target_{name}_{number}', allowed)}, t.{name})"
    return conditions


def _anchor_cte(anchors: tuple[Anchor, ...], parameters: _Parameters) -> str:
    parts = [_anchor(anchor, number, parameters) for number, anchor in enumerate(anchors, 1)]
    union = "\n    union all\n".join(parts)
    # Edges of one relation say the same thing and stand in one list, live ones apart from ended ones. What counts by its kind or place
    # needs none of them: they are told beside.
    return f"""anchor_part as (
{union}
),
anchor as (
    select
        node_id, anchor_id, flatten(list(edge_ids order by edge_ids)) as edge_ids, flatten(list(more order by more)) as more,
        list_sort(list_distinct(flatten(list(tests)))) as tests, bool_or(live) as live, needed
    from (
        select distinct *, bool_and(relation is not null) over (partition by node_id, anchor_id) as needed
        from anchor_part
    )
    where live or needed
    group by node_id, anchor_id, needed, case when needed then relation end, needed and live
)"""


def _anchor(anchor: Anchor, number: int, parameters: _Parameters) -> str:
    where = ""
    for name, column, allowed in (
        ("entity", "entity_id", anchor.entity),
        ("kind", "kind", anchor.kind),
        ("country", "country", anchor.country),
        ("region", "region", anchor.region),
    ):
        if allowed:
            where += f" and list_contains({parameters.add(f'anchor_{name}_{number}', allowed)}, t.{column})"
    if anchor.not_entity:
        where += (
            f" and not list_contains({parameters.add(f'anchor_not_entity_{number}', anchor.not_entity)}, t.entity_id)"
        )
    parts = []
    if (anchor.lists or anchor.does) and anchor.owned != "only":
        met = []
        if anchor.lists:
            listed = parameters.add(f"anchor_list_{number}", tuple(f"list:{name}" for name in anchor.lists))
            met.append(f"(e.relation = 'listed_on' and list_contains({listed}, e.to_id))")
        if anchor.does:
            met.append(f"list_contains({parameters.add(f'anchor_does_{number}', anchor.does)}, e.relation)")
        parts.append(f"""    select
        t.entity_id as node_id, t.entity_id as anchor_id, list(e.edge_id order by e.to_id, e.edge_id) as edge_ids, e.live, e.relation,
        []::varchar[] as more, []::varchar[] as tests
    from edge as e
    join met as t on t.entity_id = e.from_id
    where ({" or ".join(met)}){where}
    group by t.entity_id, e.live, e.relation""")
    if anchor.owned:
        # What the listed ones own by the tests of their lists' regimes: the route leads to one of them, the other stakes follow behind.
        names = parameters.add(f"anchor_owned_{number}", anchor.lists)
        parts.append(f"""    select
        o.entity_id as node_id, o.anchor_id,
        list_concat(
            list_reverse(arg_min(o.edge_ids, (-o.sure, o.edge_ids))), list(e.edge_id order by e.to_id, e.edge_id)
        ) as edge_ids,
        o.live, 'owned' as relation, flatten(list(o.stake_ids)) as more, list(distinct o.test_id) as tests
    from owned_by_listed as o
    join edge as e on e.relation = 'listed_on' and e.from_id = o.anchor_id and e.to_id = 'list:' || o.list_id and e.live = o.live
    join met as t on t.entity_id = o.anchor_id
    where list_contains({names}, o.list_id){where}
    group by o.entity_id, o.anchor_id, o.live""")
    if parts:
        return "\n    union all\n".join(parts)
    return f"""    select
        t.entity_id as node_id, t.entity_id as anchor_id, []::varchar[] as edge_ids, true as live, null as relation,
        []::varchar[] as more, []::varchar[] as tests
    from entity as t
    where true{where}"""


def compile_anchor(anchor: Anchor) -> Statement:
    """What is an anchor of this kind (node_id, anchor_id, and more)."""
    parameters = _Parameters()
    return Statement(_anchor(anchor, 1, parameters), parameters.values)


def together(statements: Sequence[Statement]) -> Statement:
    """One statement that gives the rows of all: their ways are then walked side by side, not one rule after the other."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for number, statement in enumerate(statements):
        parts.append(re.sub(r"\$(\w+)", rf"$\1_of_{number}", statement.sql))
        values |= {f"{name}_of_{number}": value for name, value in statement.parameters.items()}
    return Statement("\nunion all\n".join(parts), values)


def printable(statement: Statement) -> str:
    """The statement as `rules sql` prints it: the values of the parameters in a comment, then the SQL."""
    head = "\n".join(f"-- ${name} = {value!r}" for name, value in statement.parameters.items())
    return f"{head}\n{statement.sql};" if head else f"{statement.sql};"
