"""Of very many deliveries, those that can lie on a path of up to `max_tiers` from a rule's anchor to a Korean company.

The same steps of plain SQL run on either engine (`screener.supply.engines`); each step is written to the work folder,
so that a killed run resumes where it stopped. The selection may hold more than findings need but never less: which path
is strongest, which deliveries have ended and which goods a rule is about is left to the screening. Screening the
selected file gives the same findings as screening the whole.

Relations:
    delivery c0, c1, …: the cells of a row unchanged, under any heading; COLUMNS as texts; per side the text of
             the cells that name it, and the name; a view
    written  name, key, country, origin, origin_region, given, deliveries   each text that names a supplier or buyer
    name     name, given, deliveries                   every supplier and buyer once
    meaning  cell, text, iso, place                    what places the texts of other cells mean
    node     name, entity_id, country, written_country, node    matched ones by their entity, others by their name
    text     key, node, written_country, chinese       what each text of the files means
    link     link_no, buyer, supplier                  a delivery between nodes; one more from the origin of its goods
    anchor, goal: node                                 where paths begin and end
    up_k, down_k: node                                 the rounds of `screener.graph.prune`
    distance key, written_country, chinese, up, down   number of links from a text to an anchor and to a company
    selected the rows of the files

Rows are joined only by 64-bit hashes of their texts, never by the texts: so a pruning takes only a few scans of the
files. Two names that share a hash (one chance in a hundred thousand at ten million names) count as one.
"""

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
from screener.rules.load import Rule
from screener.supply.engines import DuckEngine, quoted

SIDES: Final = ("supplier", "buyer")
COLUMNS: Final = (
    *("supplier", "buyer", "supplier_id", "buyer_id", "supplier_country", "buyer_country"),
    *("origin", "origin_region", "hs_code", "value_usd"),
)
"""What pruning reads of a row (as `screener.readers.deliveries` calls it); all other columns are kept."""


class Pruned(NamedTuple):
    """What was read and selected: rows, distinct names, names matched to the base, names for review, rows selected."""

    rows: int
    names: int
    matched: int
    review: int
    selected: int


@dataclass(frozen=True)
class Base:
    """What a pruning needs from the base.

    tables: relations by name; base_anchor, base_goal: entity_id; base_link: supplier_id, buyer_id of the base's own
    deliveries; entity: entity_id, country. countries: countries whose unknown companies are anchors. places: entity_id
    of anchors by region. usual: customs code (digits), place (entity_id): Chinese goods that may come from the place.
    """

    tables: dict[str, pl.DataFrame]
    countries: tuple[str, ...]
    places: dict[str, str]
    usual: list[tuple[str, str]]


def base_of(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> Base:
    """Where paths of the rules can begin and end in an open store. Dates are ignored; the screening checks them."""
    anchors = [
        anchor for rule in rules if any("buys_from" in step.relations for step in rule.path) for anchor in rule.anchors
    ]
    found: set[str] = set()
    for anchor in anchors:
        names = ("kind", "country", "region", "entity", "does", "lists")
        asked: dict[str, object] = {name: list(getattr(anchor, name)) or None for name in names}
        asked["owned"] = anchor.owned
        found |= {entity_id for (entity_id,) in con.execute(_ANCHORS, asked).fetchall()}
    unknown = [
        a for a in anchors if not (a.lists or a.entity or a.does or a.region) and (not a.kind or "company" in a.kind)
    ]
    places = "select region, entity_id from entity where kind = 'place' and region is not null"
    usual = (
        "select distinct hs_code, entity_id from region_share join entity using (region)"
        " where share_of = 'CN' and hs_code is not null and kind = 'place'"
    )
    tables = {
        "base_goal": _GOALS,
        "base_link": "select distinct supplier_id, buyer_id from supply",
        "entity": "select entity_id, country from entity",
    }
    return Base(
        tables={"base_anchor": pl.DataFrame({"entity_id": sorted(found)}, schema={"entity_id": pl.String})}
        | {name: pl.DataFrame(con.sql(sql)) for name, sql in tables.items()},
        countries=tuple(sorted({one for anchor in unknown for one in anchor.country})),
        places={region: place for region, place in con.execute(places).fetchall() if place in found},
        usual=[(hs, place) for hs, place in con.execute(usual).fetchall() if place in found],
    )


# Everything that fits an anchor, with all holdings of listed entities if these count.
_ANCHORS: Final = """
with recursive held(entity_id) as (
    select entity_id from listing where list_contains($lists, list_id)
    union
    select owned_id from ownership join held on owner_id = held.entity_id where $owned <> ''
)
select entity_id
from entity
where fits($kind, kind) and fits($country, country) and fits($region, region) and fits($entity, entity_id)
    and ($lists is null or entity_id in (from held))
    and ($does is null or entity_id in (select entity_id from activity where list_contains($does, activity)))
"""
# A rule's path may lead from the company to its holdings and through an act, before suppliers.
_GOALS: Final = """
with recursive held(entity_id) as (
    select entity_id from entity where country = 'KR'
    union
    select owned_id from ownership join held on owner_id = held.entity_id
)
from held
union
select counterparty_id from activity join held using (entity_id) where counterparty_id is not null
"""


def recognised(headings: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Column of COLUMNS -> heading of the files.

    Raises:
        ScreenerError: `given` names a missing heading, or neither supplier nor buyer is recognised.
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
    engine: DuckEngine,
    base: Base,
    headings: Sequence[str],
    columns: Mapping[str, str],
    max_tiers: int,
    done: Callable[[str], None] = lambda step: None,
) -> Pruned:
    """Runs the steps; then the engine's relation `selected` has the rows to write.

    Args:
        engine: with the relation `raw`, all cells as in the files.
        base: of `base_of`.
        headings: the columns of `raw`, in order.
        columns: of `recognised`.
        max_tiers: most links in a path.
        done: called after each step, with its name.
    """

    def step(name: str, sql: str) -> None:
        engine.materialise(name, sql)
        done(name)

    def entity(column: str) -> str:
        return f"case when {column} is null then null else {engine.bits}('e:' || {column}) end"

    _show(engine, headings, columns)
    nowhere = "cast(null as string) as origin, cast(null as string) as origin_region"
    groups = [
        f"select {side}_text as text, {side} as name, {side}_id as given, {side}_country as country, {origins},"
        " count(*) as deliveries from delivery group by all"
        for side, origins in (("supplier", "origin, origin_region"), ("buyer", nowhere))
    ]
    step(
        "written",
        " union all ".join(
            f"select {_NAME} as name, {engine.bits}(text) as key, country, origin, origin_region,"
            f" nullif(trim(given), '') as given, deliveries from ({group}) as g"
            for group in groups
        ),
    )
    step("name", "select name, min(given) as given, sum(deliveries) as deliveries from written group by name")
    meaning = _meaning(engine, base)
    engine.table("meaning", meaning)
    engine.match_names()
    done("matched")
    for name, frame in base.tables.items():
        engine.table(name, frame)
    step(
        "node",
        "select n.name, coalesce(g.entity_id, m.entity_id) as entity_id,"
        " coalesce(e.country, c.iso) as country, c.iso as written_country,"
        f" coalesce({entity('coalesce(g.entity_id, m.entity_id)')}, {engine.bits}(n.name)) as node"
        " from name as n"
        " left join entity as g on g.entity_id = n.given"
        " left join (select name, entity_id from matched where entity_id is not null) as m on m.name = n.name"
        " left join entity as e on e.entity_id = coalesce(g.entity_id, m.entity_id)"
        " left join (select w.name, min(coalesce(c.iso, o.iso, r.iso)) as iso from written as w"
        " left join meaning as c on c.cell = 'country' and c.text = w.country"
        " left join meaning as o on o.cell = 'origin' and o.text = w.origin"
        " left join meaning as r on r.cell = 'origin_region' and r.text = w.origin_region"
        " group by w.name) as c on c.name = n.name",
    )
    step(
        "text",
        "select w.key, min(n.node) as node, max(n.written_country) as written_country,"
        " max(case when n.country = 'CN' then 1 else 0 end) as chinese"
        " from (select distinct key, name from written) as w join node as n on n.name = w.name group by w.key",
    )
    step("renamed", "select key, node from text where key <> node")
    step("chinese", "select distinct node from text where chinese = 1")
    key = {side: f"{engine.bits}(r.{side}_text)" for side in SIDES}
    supplier, buyer = (f"coalesce({side[0]}.node, {key[side]})" for side in SIDES)
    ends = " ".join(f"left join renamed as {side[0]} on {side[0]}.key = {key[side]}" for side in SIDES)
    links = [
        f"select 0 as link_no, {buyer} as buyer, {supplier} as supplier from delivery as r {ends}",
        f"select 0, {entity('buyer_id')}, {entity('supplier_id')} from base_link",
    ]
    # Goods with a place of origin lie on a path, too; a customs code says so of Chinese goods only.
    named = meaning.drop_nulls("place")["cell"].unique(maintain_order=True)
    places = {cell: f"from meaning where place is not null and cell = '{cell}'" for cell in named}
    for cell, place in places.items():
        chinese = f"join chinese as n on n.node = {supplier}" if cell == "hs_code" else ""
        come = f"from delivery as r join (select text, place {place}) as o on o.text = r.{cell} {ends} {chinese}"
        links.append(f"select 0, {buyer}, {entity('o.place')} {come}")
    step("link", " union all ".join(links))
    strangers = ", ".join(f"'{code}'" for code in base.countries) or "''"
    step(
        "anchor",
        f"select {entity('entity_id')} as node, {max_tiers} as tiers from base_anchor"
        f" union select node, {max_tiers} from node where entity_id is null and written_country in ({strangers})",
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
    # The last step of `prune_steps`, on the rows themselves; the places of origin are anchors.
    on_path = [f"s.up + 1 + b.down <= {max_tiers}"]
    for cell, place in places.items():
        chinese = "s.chinese = 1 and " if cell == "hs_code" else ""
        on_path.append(f"({chinese}r.{cell} in (select text {place}))")
    # A name's country comes from all rows; the selected rows must give the same, or they would be read differently.
    country = {side: f"coalesce({side[0]}.written_country, r.{side}_country)" for side in SIDES}
    cells = {heading: f"r.c{number}" for number, heading in enumerate(headings)}
    cells |= {columns.get(f"{side}_country", f"{side} country"): said for side, said in country.items()}
    step(
        "selected",
        f"select {', '.join(f'{cell} as {quoted(heading)}' for heading, cell in cells.items())}"
        f" from delivery as r join distance as s on s.key = {key['supplier']}"
        f" join (select * from distance where down is not null) as b on b.key = {key['buyer']}"
        f" where {' or '.join(on_path)}",
    )
    counted = (*("raw", "name"), "node where entity_id is not null", "matched where decision = 'review'", "selected")
    return Pruned(*(int(engine.rows(f"select count(*) from {what}")[0][0]) for what in counted))


def review(engine: DuckEngine) -> pl.DataFrame:
    """name, guess, deliveries, value_usd of the names that `prune` leaves for review, by value."""
    value = "try_cast(replace(replace(cast(value_usd as varchar(100)), ',', ''), '$', '') as double)"
    named = (_NAME.replace("name", side).replace("given", f"{side}_id") for side in SIDES)
    parts = " union all ".join(f"select {name} as name, {value} as value_usd from delivery" for name in named)
    rows = engine.rows(
        "select m.name, m.guess, count(*) as deliveries, sum(v.value_usd) as value_usd"
        f" from (select name, guess from matched where decision = 'review') as m join ({parts}) as v on v.name = m.name"
        " group by m.name, m.guess"
    )
    schema = {"name": pl.String, "guess": pl.String, "deliveries": pl.Int64, "value_usd": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort(
        ["value_usd", "deliveries", "name"], descending=[True, True, False], nulls_last=True
    )


_NOBODY: Final = "|to order%|to the order%|same as %|na|none|unknown|not available|various%|미상|없음|기타".split("|")
# A name as the reader reads it: trimmed; the id if there is no name; null if there is neither.
_NAME: Final = "coalesce(nullif(trim(name), ''), nullif(trim(given), ''))"


def _show(engine: DuckEngine, headings: Sequence[str], columns: Mapping[str, str]) -> None:
    """Makes the view `delivery` of the rows that name both sides."""
    cells = {f"c{number}": quoted(heading) for number, heading in enumerate(headings)}
    texts = {
        column: f"cast({quoted(columns[column]) if column in columns else 'null'} as string)" for column in COLUMNS
    }
    present = []
    for side in SIDES:
        for heading in headings if side in columns else ():
            # Beside `to the order of a bank` stands whom to notify, beside a number the name.
            if deliveries.WORDS.recognise(heading) == side and heading not in columns.values():
                main, other = texts[side], f"cast({quoted(heading)} as string)"
                bare = f"lower(trim(translate(coalesce({main}, ''), '0123456789.,-/*?#', '')))"
                nobody = " or ".join(f"{bare} like '{words}'" for words in _NOBODY)
                texts[side] = f"case when ({nobody}) and trim({other}) <> '' then {other} else {main} end"
        named = [texts[column] for column in (side, f"{side}_id") if column in columns]
        joined = " || '\x1f' || ".join(f"coalesce({text}, '')" for text in named)
        texts[f"{side}_text"] = named[0] if len(named) == 1 else joined
        # Only what sorts before `!` can be blank: most cells need not be trimmed.
        present.append(" or ".join(f"{text} >= '!' or trim({text}) <> ''" for text in named))
    shown = ", ".join(f"{cell} as {name}" for name, cell in (cells | texts).items())
    engine.view("delivery", f"select {shown} from raw where {' and '.join(f'({one})' for one in present)}")


def _meaning(engine: DuckEngine, base: Base) -> pl.DataFrame:
    """What the reader gets from cells as they are written: cell (a column), text, iso (a country), place (entity_id).

    A customs code may mean several places.
    """

    def texts(cell: str, relation: str = "written") -> list[str]:
        rows = engine.rows(f"select distinct {cell} from {relation} where {cell} is not null")
        return [text for (text,) in rows]

    found: list[tuple[str, str, str | None, str | None]]
    found = [("country", text, country(text.strip(" ")), None) for text in texts("country")]
    for cell in ("origin", "origin_region"):
        for text in texts(cell):
            region, iso = origin(text.strip(" "))
            found.append((cell, text, iso or (region and region[:2]), base.places.get(region or "")))
    for text in texts("hs_code", "delivery") if base.usual else ():
        code = re.sub("[. -]", "", text)
        found += {("hs_code", text, None, place) for hs, place in base.usual if code.startswith(hs)}
    return pl.DataFrame(found, schema=dict.fromkeys(("cell", "text", "iso", "place"), pl.String), orient="row")
