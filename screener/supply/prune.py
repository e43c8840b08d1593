"""Of very many deliveries, those that can lie on a path of up to `max_tiers` from a rule's anchor to a Korean company.

The same steps of plain SQL run on either engine (`screener.supply.engines`); each step is written to the work folder,
so that a run that was killed goes on where it stopped. What is selected is more than what findings need and never less:
which path is strongest, which deliveries have ended and which goods a rule is about is left to the screening. Screening
the file that comes out gives the findings of screening the whole.

Steps:
    written  name, key, country, origin, origin_region, given, deliveries   each text that names a supplier or buyer
    name     name, given, deliveries                   every supplier and buyer once
    node     name, entity_id, country, written_country, node    matched ones under their entity, others under their name
    text     key, node, written_country, chinese       what each text of the files stands for
    link     link_no, buyer, supplier                  a delivery between nodes; one more from where its goods come from
    anchor, goal: node                                 where paths begin and end
    up_k, down_k: node                                 the rounds of `screener.graph.prune`
    distance key, written_country, chinese, up, down   how many links a text is away from an anchor and from a company
    selected the rows of the files

A row is never joined by its texts, only by the 64 bits of their hash: that is what makes a pruning take a few scans of
the files. Two names that share these bits (one chance in a hundred thousand at ten million names) count as one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import duckdb
import polars as pl

from screener.errors import ScreenerError
from screener.graph.prune import prune_steps
from screener.readers import deliveries
from screener.readers.places import country, origin
from screener.rules.load import Anchor, Rule
from screener.supply.engines import Engine

SIDES: Final = ("supplier", "buyer")
COLUMNS: Final = (
    *("supplier", "buyer", "supplier_id", "buyer_id", "supplier_country", "buyer_country"),
    *("origin", "origin_region", "hs_code", "value_usd"),
)
"""What pruning reads of a row (as `screener.readers.deliveries` calls it); all other columns are carried along."""


class Pruned(NamedTuple):
    """What was read and selected: rows, distinct names, names matched to the base, names for review, rows selected."""

    rows: int
    names: int
    matched: int
    review: int
    selected: int


@dataclass(frozen=True)
class Base:
    """What the facts of the base give to a pruning.

    tables: relations by name; base_anchor, base_goal: entity_id; base_link: supplier_id, buyer_id of the base's own
    deliveries; entity: entity_id, country. places: entity_id by region. countries: countries whose unknown companies
    are anchors. usual: hs (digits), place (entity_id): goods of unknown Chinese origin that may come from the place.
    """

    tables: dict[str, pl.DataFrame]
    places: dict[str, str]
    countries: tuple[str, ...]
    usual: list[tuple[str, str]]


def base_of(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> Base:
    """What the rules can begin and end at in an open store. Dates are ignored: ended facts are for the screening."""
    asking = [rule for rule in rules if any("buys_from" in step.relations for step in rule.path)]
    anchors = [anchor for rule in asking for anchor in rule.anchors]
    parts = [pl.DataFrame(schema={"entity_id": pl.String}), *(_entities_of(con, anchor) for anchor in anchors)]
    found = pl.concat(parts).unique().sort("entity_id")
    unknown = [
        a for a in anchors if not (a.lists or a.entity or a.does or a.region) and (not a.kind or "company" in a.kind)
    ]
    are_anchors = set(found["entity_id"])
    places = "select region, entity_id from entity where kind = 'place' and region is not null"
    usual = (
        "select distinct hs_code, entity_id from region_share join entity using (region)"
        " where share_of = 'CN' and hs_code is not null and kind = 'place'"
    )
    korean = _HELD.format(start="select entity_id from entity where country = 'KR'")
    tables = {
        "base_goal": _GOALS.format(held=korean),
        "base_link": "select distinct supplier_id, buyer_id from supply",
        "entity": "select entity_id, country from entity",
    }
    return Base(
        tables={"base_anchor": found} | {name: pl.DataFrame(con.sql(sql)) for name, sql in tables.items()},
        places={region: place for region, place in con.execute(places).fetchall() if place in are_anchors},
        countries=tuple(sorted({one for anchor in unknown for one in anchor.country})),
        usual=[(hs, place) for hs, place in con.execute(usual).fetchall() if place in are_anchors],
    )


# Of some entities, with all that they hold.
_HELD: Final = """
with recursive held(entity_id) as (
    {start}
    union
    select owned_id from ownership join held on owner_id = held.entity_id
)
select entity_id from held
"""
# A rule may go from the company to what it holds, and over an act, before it goes to suppliers.
_GOALS: Final = """
with goal as ({held})
from goal
union
select counterparty_id from activity join goal using (entity_id) where counterparty_id is not null
"""


def _entities_of(con: duckdb.DuckDBPyConnection, anchor: Anchor) -> pl.DataFrame:
    """entity_id of whatever the anchor may be, with all that listed entities hold where what they own counts."""
    does = "select entity_id from activity where activity in (select unnest(?))"
    held = "select entity_id from listing where list_id in (select unnest(?))"
    asked = {
        "kind in (select unnest(?))": anchor.kind,
        "country in (select unnest(?))": anchor.country,
        "region in (select unnest(?))": anchor.region,
        "entity_id in (select unnest(?))": anchor.entity,
        f"entity_id in ({does})": anchor.does,
        f"entity_id in ({_HELD.format(start=held) if anchor.owned else held})": anchor.lists,
    }
    wanted = {condition: list(allowed) for condition, allowed in asked.items() if allowed}
    where = " and ".join(["true", *wanted])
    rows = con.execute(f"select entity_id from entity where {where}", list(wanted.values())).fetchall()
    return pl.DataFrame(rows, schema={"entity_id": pl.String}, orient="row")


def recognised(headings: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Column of COLUMNS -> heading of the files.

    Raises:
        ScreenerError: `given` names what is not there, or neither supplier nor buyer is recognised.
    """
    for column, heading in given.items():
        if column not in COLUMNS:
            raise ScreenerError("no such column", where="--column", found=column, do=f"use one of {', '.join(COLUMNS)}")
        if heading not in headings:
            where, do = f"--column {column}", f"theirs are {', '.join(headings[:20])}"
            raise ScreenerError("the files have no such heading", where=where, found=heading, do=do)
    found = deliveries.recognised(headings, given)
    if side := deliveries.missing_side(found):
        what, do = f"no column with the {side} was recognised", f"name it: --column {side}=HEADING"
        raise ScreenerError(what, where="the files", found=", ".join(headings[:12]), do=do)
    return {column: heading for column, heading in found.items() if column in COLUMNS}


def prune(
    engine: Engine,
    base: Base,
    headings: Sequence[str],
    columns: Mapping[str, str],
    max_tiers: int,
    done: Callable[[str], None] = lambda step: None,
) -> Pruned:
    """Runs the steps; the relation `selected` of the engine then has the rows to write.

    Args:
        engine: with the relation `raw`, all cells as they stand in the files.
        base: of `base_of`.
        headings: the columns of `raw`, in order.
        columns: of `recognised`.
        max_tiers: links in a path at most.
        done: called after each step, with its name.
    """

    def step(name: str, sql: str) -> None:
        engine.materialise(name, sql)
        done(name)

    def entity(column: str) -> str:
        bits = engine.hash(f"'e:' || {column}")
        return f"case when {column} is null then null else {bits} end"

    cell = _cell(columns)
    key = {side: engine.hash(_text(cell, side)) for side in SIDES}
    both = " and ".join(_present(cell, side) for side in SIDES)
    step("written", " union all ".join(_written(engine, cell, side, both) for side in SIDES))
    step("name", "select name, min(given) as given, sum(deliveries) as deliveries from written group by name")
    read = [
        (column, text, code)
        for column, country_of in _PLACES.items()
        for (text,) in engine.rows(f"select distinct {column} from written where {column} is not null")
        if (code := country_of(text))
    ]
    engine.table("place_read", _texts(("cell", "text", "iso"), read))
    engine.match_names()
    done("matched")
    for name, frame in base.tables.items():
        engine.table(name, frame)
    step(
        "node",
        "select n.name, coalesce(g.entity_id, m.entity_id) as entity_id,"
        " coalesce(e.country, c.iso) as country, c.iso as written_country,"
        f" coalesce({entity('coalesce(g.entity_id, m.entity_id)')}, {engine.hash('n.name')}) as node"
        " from name as n"
        " left join entity as g on g.entity_id = n.given"
        " left join (select name, entity_id from matched where entity_id is not null) as m on m.name = n.name"
        " left join entity as e on e.entity_id = coalesce(g.entity_id, m.entity_id)"
        " left join (select w.name, min(coalesce(c.iso, o.iso, r.iso)) as iso from written as w"
        " left join place_read as c on c.cell = 'country' and c.text = w.country"
        " left join place_read as o on o.cell = 'origin' and o.text = w.origin"
        " left join place_read as r on r.cell = 'origin_region' and r.text = w.origin_region"
        " group by w.name) as c on c.name = n.name",
    )
    step(
        "text",
        "select w.key, min(n.node) as node, max(n.written_country) as written_country,"
        " max(case when n.country = 'CN' then 1 else 0 end) as chinese"
        " from (select distinct key, name from written) as w join node as n on n.name = w.name group by w.key",
    )
    step("renamed", "select key, node from text where key <> node")
    joined = {side: f"left join renamed as {side[0]} on {side[0]}.key = {key[side]}" for side in SIDES}
    node = {side: f"coalesce({side[0]}.node, {key[side]})" for side in SIDES}
    places = _origins(engine, base, cell)
    links = [
        f"select 0 as link_no, {node['buyer']} as buyer, {node['supplier']} as supplier"
        f" from raw as r {joined['supplier']} {joined['buyer']} where {both}",
        f"select 0, {entity('buyer_id')}, {entity('supplier_id')} from base_link",
    ]
    for origin_cell, table in places:
        chinese = f"join chinese as n on n.node = {node['supplier']}" if table == "usual_place" else ""
        links.append(
            f"select 0, {node['buyer']}, {entity('o.place')} from raw as r"
            f" join {table} as o on o.text = {origin_cell}"
            f" {joined['supplier']} {joined['buyer']} {chinese} where {both}"
        )
    step("chinese", "select distinct node from text where chinese = 1")
    step("link", " union all ".join(links))
    strangers = ", ".join(f"'{code}'" for code in base.countries) or "''"
    step(
        "anchor",
        f"select {entity('entity_id')} as node from base_anchor"
        f" union select node from node where entity_id is null and written_country in ({strangers})",
    )
    step(
        "goal",
        f"select {entity('entity_id')} as node from base_goal"
        " union select node from node where entity_id is null and written_country = 'KR'",
    )
    for round_ in prune_steps("link", "anchor", "goal", max_tiers)[:-1]:
        step(*round_)
    step(
        "distance",
        "select t.key, t.written_country, t.chinese, a.tiers as up, c.tiers as down from text as t"
        " left join from_anchor as a on a.node = t.node left join to_company as c on c.node = t.node",
    )
    # The last step of `prune_steps`, on the rows themselves; the places that goods come from are anchors.
    on_path = [f"s.up + 1 + b.down <= {max_tiers}"]
    for origin_cell, table in places:
        chinese = "s.chinese = 1 and " if table == "usual_place" else ""
        on_path.append(f"({chinese}{origin_cell} in (select text from {table}))")
    # All rows together say a name's country; the selected rows must say the same, or they would be read differently.
    shown = {
        columns[f"{side}_country"]: f"coalesce({side[0]}.written_country, {cell[f'{side}_country']})"
        for side in SIDES
        if f"{side}_country" in columns
    }
    added = "".join(
        f', {side[0]}.written_country as "{side} country"' for side in SIDES if f"{side}_country" not in columns
    )
    quoted = [(heading, _quoted(heading)) for heading in headings]
    selected = ", ".join(f"{shown.get(heading, f'r.{name}')} as {name}" for heading, name in quoted)
    step(
        "selected",
        f"select {selected}{added} from raw as r join distance as s on s.key = {key['supplier']}"
        f" join (select * from distance where down is not null) as b on b.key = {key['buyer']}"
        f" where {both} and ({' or '.join(on_path)})",
    )
    counted = (*("raw", "name"), "node where entity_id is not null", "matched where decision = 'review'", "selected")
    return Pruned(*(int(engine.rows(f"select count(*) from {what}")[0][0]) for what in counted))


def review(engine: Engine, columns: Mapping[str, str]) -> pl.DataFrame:
    """name, guess, deliveries, value_usd of the names that the matcher leaves for a person, by value."""
    cell = _cell(columns)
    value = (
        f"try_cast(replace(replace(cast({cell['value_usd']} as varchar(100)), ',', ''), '$', '') as double)"
        if "value_usd" in cell
        else "cast(null as double)"
    )
    parts = " union all ".join(
        f"select {_named(cell, side)} as name, {value} as value_usd from raw as r" for side in SIDES
    )
    rows = engine.rows(
        "select m.name, m.guess, count(*) as deliveries, sum(v.value_usd) as value_usd"
        f" from (select name, guess from matched where decision = 'review') as m join ({parts}) as v on v.name = m.name"
        " group by m.name, m.guess"
    )
    schema = {"name": pl.String, "guess": pl.String, "deliveries": pl.Int64, "value_usd": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort(
        ["value_usd", "deliveries", "name"], descending=[True, True, False], nulls_last=True
    )


def _cell(columns: Mapping[str, str]) -> dict[str, str]:
    """Column of COLUMNS -> its cell in a row of the files."""
    return {column: f"r.{_quoted(heading)}" for column, heading in columns.items()}


def _quoted(heading: str) -> str:
    return '"' + heading.replace('"', '""') + '"'


def _cells(cell: Mapping[str, str], side: str) -> list[str]:
    """The cells that name a side, as texts: of the name, of the id, as far as the files have them."""
    return [f"cast({cell[c]} as string)" for c in (side, f"{side}_id") if c in cell]


def _named(cell: Mapping[str, str], side: str) -> str:
    """A name as the reader reads it: trimmed, the id where there is no name, none where there is neither."""
    cells = [f"nullif(trim({one}), '')" for one in _cells(cell, side)]
    return cells[0] if len(cells) == 1 else f"coalesce({', '.join(cells)})"


def _text(cell: Mapping[str, str], side: str) -> str:
    """What stands in the cells that name a side, without a change."""
    cells = _cells(cell, side)
    return cells[0] if len(cells) == 1 else " || '\x1f' || ".join(f"coalesce({one}, '')" for one in cells)


def _present(cell: Mapping[str, str], side: str) -> str:
    """Whether a row names the side. Only what sorts before `!` can be blank: most cells need not be trimmed."""
    return "(" + " or ".join(f"{one} >= '!' or trim({one}) <> ''" for one in _cells(cell, side)) + ")"


def _written(engine: Engine, cell: Mapping[str, str], side: str, both: str) -> str:
    """The texts of one side, and where their rows say that it is: its country, and for suppliers the origin.

    The cells are grouped as they stand; only the groups are trimmed.
    """
    own = {"country": f"{side}_country"} | ({c: c for c in _ORIGIN} if side == "supplier" else {})
    wanted = [c for c in (side, f"{side}_id", *own.values()) if c in cell]
    inner = ", ".join(f"cast({cell[c]} as string) as {c}" for c in wanted)
    numbers = ", ".join(str(n + 1) for n in range(len(wanted)))
    grouped = f"select {inner}, count(*) as deliveries from raw as r where {both} group by {numbers}"
    cell = {c: f"g.{c}" for c in wanted}

    def trimmed(column: str | None) -> str:
        return f"nullif(trim({cell[column]}), '')" if column in cell else "cast(null as string)"

    places = ", ".join(f"{trimmed(own.get(name))} as {name}" for name in _PLACES)
    return (
        f"select {_named(cell, side)} as name, {engine.hash(_text(cell, side))} as key, {places},"
        f" {trimmed(f'{side}_id')} as given, deliveries from ({grouped}) as g"
    )


def _origin_country(text: str) -> str | None:
    place, code = origin(text)
    return code or (place[:2] if place else None)


_ORIGIN: Final = ("origin", "origin_region")
# How the reader takes a country from a cell: one text may mean another thing in another column.
_PLACES: Final = {"country": country, **dict.fromkeys(_ORIGIN, _origin_country)}


def _origins(engine: Engine, base: Base, cell: Mapping[str, str]) -> list[tuple[str, str]]:
    """Makes the tables of text and place (entity_id), and gives the cell that each is held against.

    `origin_place`: where goods come from, as written. `usual_place`: customs codes of goods that may come from a
    place when they are Chinese. Empty ones are left out.
    """
    found: list[tuple[str, str]] = []

    def from_origin(text: str) -> list[str]:
        code = origin(text.strip(" "))[0]
        return [base.places[code]] if code in base.places else []

    def from_goods(text: str) -> list[str]:
        code = re.sub("[. -]", "", text)
        return [place for hs, place in base.usual if code.startswith(hs)]

    goods = ("hs_code",) if base.usual else ()
    for name, columns, places_of in (("origin_place", _ORIGIN, from_origin), ("usual_place", goods, from_goods)):
        cells = [f"cast({cell[column]} as string)" for column in columns if column in cell]
        distinct = " union ".join(f"select distinct {text} from raw as r where {text} is not null" for text in cells)
        texts = engine.rows(distinct) if cells else []
        if rows := [(text, place) for (text,) in texts for place in places_of(text)]:
            engine.table(name, _texts(("text", "place"), rows))
            found += [(text, name) for text in cells]
    return found


def _texts(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pl.DataFrame:
    return pl.DataFrame(sorted(set(rows)), schema=dict.fromkeys(columns, pl.String), orient="row")
