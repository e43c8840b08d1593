"""One assessment: the store as of a day, the rules run, everything scored, with what a report needs."""

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import dataframely as dy
import duckdb
import polars as pl

from screener.files import sql
from screener.rules.load import Rule, read_rules, rule_folders
from screener.rules.method import Method, read_method
from screener.rules.run import knowledge, run_rules
from screener.schema.frames import Knowledge, SupplyFile
from screener.score.findings import Scores, claims, score
from screener.store.clock import Clocks, set_clocks

# Tables of an assessment, each produced by the SQL file of its name.
_TABLES: Final = ("edges", "evidence", "companies", "names", "responses", "verdicts", "contacts")
# A list that was read in full only later was not known to be complete.
_LISTS: Final = """
select l.* exclude (source_ids) replace (if(complete_as_of <= known_at, complete_as_of, null) as complete_as_of)
from list as l cross join clock order by list_id"""
_INPUT_FILES: Final = "select name, sha256 from input_file order by name"


@dataclass(frozen=True)
class Assessment:
    """Scores of all companies with findings, and the tables that a report needs.

    edges, evidence, responses, verdicts, contacts: the columns of the SQL file of that name.
    companies: entity_id, name, name_ko, stock_code, isin, market, sector, business_group, status, successor_id of every
        Korean company of the store.
    names: entity_id, name, name_ko of the Korean companies, and of every entity that acts, is an anchor or responded.
    known: what is known about each company, by kind of fact.
    supply_file: the file of the user's own deliveries that were added to the facts, with its hash and its rejected
        rows.
    lists: list_id, title, publisher, … of every list; input_files: name, sha256 of the datasets. rejected: rows
        rejected when the store was built.
    """

    clocks: Clocks
    rules: list[Rule]
    method: Method
    scores: Scores
    known: dy.DataFrame[Knowledge]
    edges: pl.DataFrame
    evidence: pl.DataFrame
    companies: pl.DataFrame
    names: pl.DataFrame
    responses: pl.DataFrame
    verdicts: pl.DataFrame
    contacts: pl.DataFrame
    lists: pl.DataFrame
    input_files: pl.DataFrame
    rejected: int
    supply_file: SupplyFile | None = None


def assess(
    con: duckdb.DuckDBPyConnection,
    *,
    rules: Sequence[str] = (),
    topics: Sequence[str] = (),
    as_of: dt.date | None = None,
    known_at: dt.date | None = None,
    supply_file: SupplyFile | None = None,
) -> Assessment:
    """Runs all layers once, from an open store to the scores.

    `rules`: folders of the user's own rules. `topics`: only these; by default all. The days are those of `set_clocks`.
    `supply_file`: of the user's own deliveries that the store holds.
    """
    folders = rule_folders(rules)
    method, chosen = read_method(folders), read_rules(folders, topics, known_topics(con))
    clocks = set_clocks(con, as_of, known_at)
    findings = run_rules(con, chosen, method)
    known, claim_rows = knowledge(con), claims(con)
    with ThreadPoolExecutor(1) as other:
        # From here on scoring no longer needs the store.
        tables = other.submit(_tables, con)
        scores = score(findings, claim_rows, known, chosen, method, clocks.as_of)
    rejected = int(con.sql("select count(*) from reject").fetchall()[0][0])
    return Assessment(
        clocks, chosen, method, scores, known, rejected=rejected, supply_file=supply_file, **tables.result()
    )


def known_topics(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The topics of the store, in their order."""
    return [topic for (topic,) in con.sql("select topic from topic order by position, topic").fetchall()]


def _tables(con: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    queries = {name: sql(__file__, f"{name}.sql") for name in _TABLES} | {"lists": _LISTS, "input_files": _INPUT_FILES}
    return {name: pl.DataFrame(con.sql(query)) for name, query in queries.items()}
