"""Checks rules against the facts: values that no fact can have, and rules and anchors that match nothing."""

from collections.abc import Collection, Iterable, Sequence

import duckdb
import pycountry

from screener.errors import ScreenerError, nearest
from screener.rules.load import Rule


def check_words(rules: Sequence[Rule], lists: Collection[str], entities: Collection[str]) -> None:
    """Rejects rules that can never match because of a value that no fact can have, given the known ids.

    Raises:
        ScreenerError: an unknown list, entity, country (ISO 3166-1) or region (ISO 3166-2); it names file and key,
        and the closest value.
    """
    countries = {country.alpha_2 for country in pycountry.countries}
    regions = {region.code for region in pycountry.subdivisions}
    known = {"list": lists, "entity": entities, "country": countries, "region": regions}
    for rule in rules:
        for number, step in enumerate(rule.path):
            for what in ("country", "region"):
                key = f"{rule.file} match.path[{number}].target_{what}"
                _known(getattr(step, f"target_{what}"), known[what], key, what)
        for number, anchor in enumerate(rule.anchors):
            key = f"{rule.file} match.anchor[{number}]"
            _known(anchor.lists, lists, f"{key}.list", "list")
            for name in ("entity", "not_entity", "country", "region"):
                what = name.removeprefix("not_")
                _known(getattr(anchor, name), known[what], f"{key}.{name}", what)


def base_words(con: duckdb.DuckDBPyConnection) -> tuple[set[str], set[str]]:
    """The ids of the lists and of the entities of a store."""
    lists, entities = (
        {name for (name,) in con.execute(f"select {table}_id from {table}").fetchall()} for table in ("list", "entity")
    )
    return lists, entities


def empty_anchors(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> list[tuple[Rule, int]]:
    """The anchors (rule, and number from 0) that match no entity of the store, after `run_rules` for these rules."""
    there = set(con.execute("select distinct rule_id, anchor_no from anchor_part").fetchall())
    return [(rule, n) for rule in rules for n in range(len(rule.anchors)) if (rule.id, n) not in there]


def _known(words: Iterable[str], known: Collection[str], where: str, what: str) -> None:
    for word in words:
        if word not in known:
            meant = word.upper() if word.upper() in known else word
            do = nearest(meant, known, f"correct it, or add the {what} to the facts")
            raise ScreenerError(f"no such {what}; the rule could never match", where=where, found=word, do=do)
