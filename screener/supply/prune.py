"""Of very many deliveries, those that can lie on a path of up to `max_tiers` from a rule's anchor to a Korean company.

The same steps of plain SQL run on either engine (`screener.supply.engines`); each step is written to the work folder,
so that a run that was killed goes on where it stopped. What is kept is more than what findings need and never less:
which path is strongest, which deliveries have ended and which goods a rule is about is left to the screening. Screening
the file that comes out gives the findings of screening the whole.

Steps:
    name     name, country, given, deliveries        every supplier and buyer once, with its country and id in the file
    node     name, entity_id, country, node          the matched ones under their entity, the others under their name
    link     link_no, buyer, supplier                a delivery between nodes; one more from the place of its origin
    anchor, goal: node                               where paths begin and end
    near     the links on paths (`screener.graph.prune`)
    kept     the rows of the files
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from screener.errors import ScreenerError
from screener.graph.prune import prune_steps
from screener.readers.deliveries import WORDS
from screener.readers.places import country, origin
from screener.rules.load import Anchor, Rule
from screener.supply.engines import Engine

SIDES: Final = ("supplier", "buyer")
COLUMNS: Final = (
    *("supplier", "buyer", "supplier_id", "buyer_id", "supplier_country", "buyer_country"),
    *("origin", "origin_region", "hs_code", "value_usd"),
)
"""What pruning reads of a row (as `screener.readers.deliveries` calls it); all other columns are carried along."""

Match = Callable[[pl.DataFrame], pl.DataFrame]
"""name -> name, entity_id, decision, guess: the project's matcher on distinct names."""


@dataclass(frozen=True)
class Pruned:
    """What was read and kept: rows, distinct names, names matched to the base, names left for review, rows kept."""

    rows: int
    names: int
    matched: int
    review: int
    kept: int


@dataclass(frozen=True)
class Base:
    """What the facts of the base give to a pruning, as frames.

    anchors, goals: entity_id. links: supplier_id, buyer_id of the base's own deliveries. places: entity_id, region.
    countries: countries whose unknown companies are anchors. usual: hs (digits), place (entity_id): goods of unknown
    Chinese origin that may come from the place. entities: entity_id, country.
    """

    anchors: pl.DataFrame
    goals: pl.DataFrame
    links: pl.DataFrame
    places: pl.DataFrame
    countries: tuple[str, ...]
    usual: pl.DataFrame
    entities: pl.DataFrame


def base_of(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> Base:
    """What the rules can begin and end at in an open store. Dates are ignored: ended facts are for the screening."""
    asking = [rule for rule in rules if any("buys_from" in step.relations for step in rule.path)]
    anchors = [anchor for rule in asking for anchor in rule.anchors]
    parts = [_entities_of(con, anchor) for anchor in anchors]
    found = pl.concat(parts).unique().sort("entity_id") if parts else pl.DataFrame(schema={"entity_id": pl.String})
    unknown = [
        a for a in anchors if not (a.lists or a.entity or a.does or a.region) and (not a.kind or "company" in a.kind)
    ]
    places = pl.DataFrame(con.sql("select entity_id, region from entity where kind = 'place' and region is not null"))
    usual = con.sql(
        "select distinct hs_code as hs, entity_id as place from region_share join entity using (region)"
        " where share_of = 'CN' and hs_code is not null and kind = 'place'"
    )
    return Base(
        anchors=found,
        goals=pl.DataFrame(con.sql(_GOALS)),
        links=pl.DataFrame(con.sql("select distinct supplier_id, buyer_id from supply")),
        places=places.join(found, on="entity_id", how="semi"),
        countries=tuple(sorted({one for anchor in unknown for one in anchor.country})),
        usual=pl.DataFrame(usual).join(found, left_on="place", right_on="entity_id", how="semi"),
        entities=pl.DataFrame(con.sql("select entity_id, country from entity")),
    )


# A rule may go from the company to what it holds, and over an act, before it goes to suppliers.
_GOALS: Final = """
with recursive held(entity_id) as (
    select entity_id from entity where country = 'KR'
    union
    select owned_id from ownership join held on owner_id = held.entity_id
)
select entity_id from held
union
select counterparty_id from activity join held using (entity_id) where counterparty_id is not null
"""


def _entities_of(con: duckdb.DuckDBPyConnection, anchor: Anchor) -> pl.DataFrame:
    """entity_id of whatever the anchor may be, with all that listed entities hold where what they own counts."""
    conditions, values = ["true"], []
    for column, allowed in (
        ("kind", anchor.kind),
        ("country", anchor.country),
        ("region", anchor.region),
        ("entity_id", anchor.entity),
    ):
        if allowed:
            conditions.append(f"{column} in (select unnest(?))")
            values.append(list(allowed))
    if anchor.does:
        conditions.append("entity_id in (select entity_id from activity where activity in (select unnest(?)))")
        values.append(list(anchor.does))
    if anchor.lists:
        held = "select entity_id from listing where list_id in (select unnest(?))"
        if anchor.owned:
            held = (
                f"with recursive held(entity_id) as ({held}"
                " union select owned_id from ownership join held on owner_id = held.entity_id)"
                " select entity_id from held"
            )
        conditions.append(f"entity_id in ({held})")
        values.append(list(anchor.lists))
    rows = con.execute(f"select entity_id from entity where {' and '.join(conditions)}", values).fetchall()
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
            raise ScreenerError(
                "the files have no such heading",
                where=f"--column {column}",
                found=heading,
                do=f"theirs are {', '.join(headings[:20])}",
            )
    found = dict(given)
    for heading in sorted(headings, key=WORDS.place):
        column = WORDS.recognise(heading) or ""
        if column in COLUMNS and column not in found and heading not in found.values():
            found[column] = heading
    for side in SIDES:
        if side not in found and f"{side}_id" not in found:
            raise ScreenerError(
                f"no column with the {side} was recognised",
                where="the files",
                found=", ".join(headings[:12]),
                do=f"name it: --column {side}=HEADING",
            )
    return found


def prune(
    engine: Engine,
    base: Base,
    headings: Sequence[str],
    columns: Mapping[str, str],
    max_tiers: int,
    match: Match | None,
    done: Callable[[str], None] = lambda step: None,
) -> Pruned:
    """Runs the steps; the relation `kept` of the engine then has the rows to write.

    Args:
        engine: with the relation `raw`, all cells as they stand in the files.
        base: of `base_of`.
        headings: the columns of `raw`, in order.
        columns: of `recognised`.
        max_tiers: links in a path at most.
        match: the matcher, where the engine does not match by itself (`Engine.match_names`).
        done: called after each step, with its name.
    """

    def keep(name: str, sql: str) -> None:
        engine.keep(name, sql)
        done(name)

    cell = {column: f'r."{columns[column].replace(chr(34), chr(34) * 2)}"' for column in columns}
    named = {side: _named(cell, side) for side in SIDES}
    keep("written", " union all ".join(_ends(cell, named, side) for side in SIDES))
    keep("name", "select name, min(given) as given, sum(deliveries) as deliveries from written group by name")
    texts = {
        column: [t for (t,) in engine.rows(f"select distinct {column} from written where {column} is not null")]
        for column in _PLACES
    }
    read = [(text, code) for column, texts_of in texts.items() for text in texts_of if (code := _PLACES[column](text))]
    engine.table(
        "place_read", pl.DataFrame(sorted(set(read)), schema={"text": pl.String, "iso": pl.String}, orient="row")
    )
    if not engine.has("matched"):
        engine.match_names(match)
        done("matched")
    engine.table("entity", base.entities)
    keep(
        "node",
        "select n.name, coalesce(g.entity_id, m.entity_id) as entity_id,"
        " coalesce(e.country, c.iso) as country, c.iso as written_country,"
        f" {engine.hash(_key('coalesce(g.entity_id, m.entity_id)', 'n.name'))} as node"
        " from name as n"
        " left join entity as g on g.entity_id = n.given"
        " left join (select name, entity_id from matched where entity_id is not null) as m on m.name = n.name"
        " left join entity as e on e.entity_id = coalesce(g.entity_id, m.entity_id)"
        " left join (select w.name, min(coalesce(c.iso, o.iso, r.iso)) as iso from written as w"
        " left join place_read as c on c.text = w.country left join place_read as o on o.text = w.origin"
        " left join place_read as r on r.text = w.origin_region group by w.name) as c on c.name = n.name",
    )
    engine.table("base_link", base.links)
    engine.table("base_anchor", base.anchors)
    engine.table("base_goal", base.goals)
    _origins(engine, base, cell)
    entity = engine.hash(_key("{}", "''"))
    renamed = "select name, entity_id from node where entity_id is not null"
    node = {side: engine.hash(_key(f"{side[0]}.entity_id", named[side])) for side in SIDES}
    joined = (
        f"from raw as r left join ({renamed}) as s on s.name = {named['supplier']}"
        f" left join ({renamed}) as b on b.name = {named['buyer']}"
    )
    keep(
        "link_raw",
        f"select {node['buyer']} as buyer, {node['supplier']} as supplier, {_origin_cells(cell)} {joined}"
        f" where {named['supplier']} is not null and {named['buyer']} is not null",
    )
    keep(
        "link",
        "select 0 as link_no, buyer, supplier from link_raw"
        f" union all select 0, l.buyer, {entity.format('o.place')} from link_raw as l"
        " join origin_place as o on o.origin = l.origin or o.origin = l.origin_region"
        f" union all select 0, l.buyer, {entity.format('u.place')} from link_raw as l"
        " join usual as u on l.hs like u.pattern"
        " join (select distinct node from node where country = 'CN') as n on n.node = l.supplier"
        f" union all select 0, {entity.format('buyer_id')}, {entity.format('supplier_id')} from base_link",
    )
    strangers = ", ".join(f"'{code}'" for code in base.countries) or "''"
    keep(
        "anchor",
        f"select {entity.format('entity_id')} as node from base_anchor"
        f" union select node from node where entity_id is null and written_country in ({strangers})",
    )
    keep(
        "goal",
        f"select {entity.format('entity_id')} as node from base_goal"
        " union select node from node where entity_id is null and written_country = 'KR'",
    )
    for step in prune_steps("link", "anchor", "goal", max_tiers):
        keep(step.name, step.sql)
    keep("pair", "select distinct buyer, supplier from near")
    # All rows together say a name's country; the rows kept must say the same, or they would be read differently.
    shown = {
        columns[f"{side}_country"]: f"coalesce({side[0]}c.written_country, {cell[f'{side}_country']})"
        for side in SIDES
        if f"{side}_country" in columns
    }
    added = "".join(
        f', {side[0]}c.written_country as "{side} country"' for side in SIDES if f"{side}_country" not in columns
    )
    quoted = {heading: '"' + heading.replace('"', '""') + '"' for heading in headings}
    selected = ", ".join(f"{shown.get(heading, 'r.' + quoted[heading])} as {quoted[heading]}" for heading in headings)
    keep(
        "kept",
        f"select {selected}{added} {joined}"
        f" left join (select name, written_country from node) as sc on sc.name = {named['supplier']}"
        f" left join (select name, written_country from node) as bc on bc.name = {named['buyer']}"
        f" semi join ({_pairs(engine, base)}) as p on p.buyer = {node['buyer']} and p.supplier = {node['supplier']}",
    )
    return _counts(engine)


def review(engine: Engine, columns: Mapping[str, str]) -> pl.DataFrame:
    """name, guess, deliveries, value_usd of the names that the matcher leaves for a person, by value."""
    cell = {column: f'r."{columns[column].replace(chr(34), chr(34) * 2)}"' for column in columns}
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


def _counts(engine: Engine) -> Pruned:
    def count(sql: str) -> int:
        return int(engine.rows(f"select count(*) from {sql}")[0][0])

    return Pruned(
        rows=count("raw"),
        names=count("name"),
        matched=count("node where entity_id is not null"),
        review=count("matched where decision = 'review'"),
        kept=count("kept"),
    )


def _named(cell: Mapping[str, str], side: str) -> str:
    """A name as the reader reads it: trimmed, the id where there is no name, none where there is neither."""
    cells = [f"nullif(trim(cast({cell[c]} as string)), '')" for c in (side, f"{side}_id") if c in cell]
    return cells[0] if len(cells) == 1 else f"coalesce({', '.join(cells)})"


def _ends(cell: Mapping[str, str], named: Mapping[str, str], side: str) -> str:
    """Names of one side and their country in the rows: in its own column, tagged `c`, or for suppliers by origin."""
    own = {
        "country": f"{side}_country",
        **({"origin": "origin", "origin_region": "origin_region"} if side == "supplier" else {}),
    }
    tags = {"country": "c:", "origin": "o:", "origin_region": "o:"}
    places = ", ".join(
        (
            f"'{tags[name]}' || nullif(trim(cast({cell[own[name]]} as string)), '')"
            if own.get(name) in cell
            else "cast(null as string)"
        )
        + f" as {name}"
        for name in _PLACES
    )
    given = (
        f"nullif(trim(cast({cell[f'{side}_id']} as string)), '')" if f"{side}_id" in cell else "cast(null as string)"
    )
    return (
        f"select {named[side]} as name, {places}, min({given}) as given, count(*) as deliveries from raw as r"
        f" where {named['supplier']} is not null and {named['buyer']} is not null group by 1, 2, 3, 4"
    )


def _origin_country(tagged: str) -> str | None:
    place, code = origin(tagged[2:])
    return code or (place[:2] if place else None)


# How the reader takes a country from a cell; texts are tagged, as one may mean another thing in another column.
_PLACES: Final[dict[str, Callable[[str], str | None]]] = {
    "country": lambda tagged: country(tagged[2:]),
    "origin": _origin_country,
    "origin_region": _origin_country,
}


def _key(entity: str, name: str) -> str:
    return f"coalesce('e:' || {entity}, 'n:' || {name})"


def _origin_cells(cell: Mapping[str, str]) -> str:
    texts = [
        f"{f'trim(cast({cell[c]} as string))' if c in cell else 'cast(null as string)'} as {c}"
        for c in ("origin", "origin_region")
    ]
    hs = (
        f"replace(replace(replace(cast({cell['hs_code']} as string), '.', ''), ' ', ''), '-', '')"
        if "hs_code" in cell
        else "cast(null as string)"
    )
    return ", ".join([*texts, f"{hs} as hs"])


def _origins(engine: Engine, base: Base, cell: Mapping[str, str]) -> None:
    """`origin_place` (origin as written, place) and `usual` (pattern of a customs code, place)."""
    found: list[tuple[str, str]] = []
    regions = dict(base.places.select("region", "entity_id").iter_rows())
    for column in ("origin", "origin_region"):
        if column in cell:
            texts = engine.rows(
                f"select distinct trim(cast({cell[column]} as string)) from raw as r where {cell[column]} is not null"
            )
            found += [(text, regions[code]) for (text,) in texts if (code := origin(text)[0]) in regions]
    engine.table(
        "origin_place", pl.DataFrame(sorted(set(found)), schema={"origin": pl.String, "place": pl.String}, orient="row")
    )
    engine.table("usual", base.usual.select(pattern=pl.col("hs") + "%", place="place"))


def _pairs(engine: Engine, base: Base) -> str:
    """Pairs of nodes whose deliveries are kept: on paths, or with goods from a place that is on one with the buyer."""
    place = engine.hash(_key("place", "''"))
    return (
        "select buyer, supplier from pair"
        " union select l.buyer, l.supplier from link_raw as l"
        " join origin_place as o on o.origin = l.origin or o.origin = l.origin_region"
        f" join pair as p on p.buyer = l.buyer and p.supplier = {place.replace('place', 'o.place')}"
        " union select l.buyer, l.supplier from link_raw as l join usual as u on l.hs like u.pattern"
        " join (select distinct node from node where country = 'CN') as n on n.node = l.supplier"
        f" join pair as p on p.buyer = l.buyer and p.supplier = {place.replace('place', 'u.place')}"
    )
