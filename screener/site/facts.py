"""What the site says beyond the documents: names and numbers of companies and entities, and what was looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from screener.report.document import Company, Document
from screener.report.text import cleaned
from screener.score.assess import known_topics

_HERE: Final = Path(__file__).parent
_LONGEST_NAME: Final = 300
_SEARCHES: Final = (
    "select * from search where searched_on <= cast($known_at as varchar) order by topic, subject, searched_on"
)

Row = dict[str, Any]


@dataclass(frozen=True)
class Facts:
    """Rows as the queries of this package give them, with plain texts.

    topics: their ids, in order.
    companies: `korean_company.sql`.
    entities: `entity.sql`, by id.
    searches: the table `search`, as of the known-at day.
    """

    topics: list[str]
    companies: list[Row]
    entities: dict[str, Row]
    searches: list[Row]


def read_facts(con: duckdb.DuckDBPyConnection, document: Document) -> Facts:
    """Reads them from an open store; of the entities those in the findings of the document."""
    ids = {"ids": in_findings(document.companies)}
    return Facts(
        topics=known_topics(con),
        companies=_rows(con, (_HERE / "korean_company.sql").read_text(encoding="utf-8"), {}),
        entities={row["entity_id"]: row for row in _rows(con, (_HERE / "entity.sql").read_text(encoding="utf-8"), ids)},
        searches=_rows(con, _SEARCHES, {"known_at": document.known_at}),
    )


def in_findings(companies: Sequence[Company]) -> list[str]:
    """The ids of all on the path of a finding, or who spoke: companies, counterparties, places, listed bodies."""
    found: set[str] = set()
    for company in companies:
        found |= {end for f in company.findings for step in f.path for end in (step.from_id, step.to_id)}
        found |= {answer.speaker_id for topic in company.topics for answer in topic.answers}
    return sorted(entity_id for entity_id in found if not entity_id.startswith("list:"))


def _rows(con: duckdb.DuckDBPyConnection, sql: str, params: Row) -> list[Row]:
    frame = cleaned(pl.DataFrame(con.sql(sql, params=params)))
    names = pl.col("^name(_ko)?$").str.head(_LONGEST_NAME)
    lists = pl.col(pl.List(pl.String)).list.eval(pl.element().str.head(_LONGEST_NAME))
    return frame.with_columns(names, lists).to_dicts()
