"""What the site is made of: the documents, names and numbers of companies and entities, and what was searched for.

The scripts of the pages also read it. A browser that opens pages from files may load scripts but no data, so the data
are scripts that set one variable each.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import polars as pl

from screener.files import sql
from screener.portfolio.columns import HEADINGS
from screener.readers.header import known_headings
from screener.report.build import companies_document
from screener.report.document import Company, Document
from screener.report.text import cleaned
from screener.report.wording import Wording
from screener.schema.vocabulary import BANDS
from screener.score.assess import Assessment, known_topics

_DIGITS: Final = 6  # of a score: a sum over many lines is still right to two digits
_LONGEST_NAME: Final = 300
_SEARCHES: Final = (
    "select * from search where searched_on <= cast($known_at as varchar) order by topic, subject, searched_on"
)

Row = dict[str, Any]
Entry = tuple[str, str, str, list[str]]
"""What the search finds: kind, address, name, further names."""


@dataclass(frozen=True)
class Material:
    """What the site is made of: the same companies in each language, and rows of the store, with plain texts.

    topics: their ids, in order.
    entities: `entity.sql`, by id: every Korean company, and the entities in findings.
    searches: the table `search`, as of the known-at day.
    changes: those of a run, for the feed. address: where the site will be published.
    """

    documents: dict[str, Document]
    wordings: dict[str, Wording]
    assessment: Assessment
    topics: list[str]
    entities: dict[str, Row]
    searches: list[Row]
    changes: list[dict[str, Any]] | None = None
    address: str = ""

    @property
    def companies(self) -> list[Row]:
        """The Korean companies among the entities."""
        return [row for row in self.entities.values() if row["kind"] == "company" and row["country"] == "KR"]


def material(con: duckdb.DuckDBPyConnection, assessment: Assessment, wordings: dict[str, Wording]) -> Material:
    """Of the companies with findings, verdicts or contacts; `con` is the store on which the assessment was made."""
    a = assessment
    found = {*a.scores.findings["company_id"], *a.verdicts["entity_id"], *a.contacts["entity_id"]}
    ids = sorted(found & set(a.companies["entity_id"]))
    documents = {name: companies_document(a, ids, w, "list", w("site.name")) for name, w in wordings.items()}
    first = next(iter(documents.values()))
    entities = _rows(con, sql(__file__, "entity.sql"), {"ids": in_findings(first.companies)})
    searches = _rows(con, _SEARCHES, {"known_at": first.known_at})
    return Material(documents, wordings, a, known_topics(con), {row["entity_id"]: row for row in entities}, searches)


def in_findings(companies: Sequence[Company]) -> list[str]:
    """The ids of all speakers and all entities on paths: companies, counterparties, places, listed bodies."""
    found: set[str] = set()
    for company in companies:
        found |= {end for f in company.findings for step in f.path for end in (step.from_id, step.to_id)}
        found |= {answer.speaker_id for topic in company.topics for answer in topic.answers}
    return sorted(entity_id for entity_id in found if not entity_id.startswith("list:"))


def _rows(con: duckdb.DuckDBPyConnection, query: str, params: Row) -> list[Row]:
    frame = cleaned(pl.DataFrame(con.sql(query, params=params)))
    names = pl.col("^name(_ko)?$").str.head(_LONGEST_NAME)
    lists = pl.col(pl.List(pl.String)).list.eval(pl.element().str.head(_LONGEST_NAME))
    return frame.with_columns(names, lists).to_dicts()


def companies_script(m: Material, pages: Mapping[str, str]) -> str:
    """`screenerIndex`: every Korean company by place in `companies`, with scores before rounding.

    A company is a list: id, names in English and Korean, further names, numbers, place of its successor or -1, state (1
    dissolved or delisted, 2 listed, 0 neither), score, band, address of its page, topics (each topic, score, band, and
    whether one finding has not ended).
    `pages` are the addresses of the companies' pages from the folder of a language.
    """
    known, scores, document = m.companies, m.assessment.scores, next(iter(m.documents.values()))
    place = {row["entity_id"]: number for number, row in enumerate(known)}
    overall = {row["company_id"]: row for row in scores.companies.iter_rows(named=True)}
    by_topic = scores.topics.sort("score", "topic", descending=[True, False]).rows_by_key("company_id", named=True)
    companies = []
    for row in known:
        company_id = row["entity_id"]
        score = overall.get(company_id)
        topics = [
            [m.topics.index(t["topic"]), round(t["score"], _DIGITS), BANDS.index(t["band"]), int(t["live"])]
            for t in by_topic.get(company_id, [])
        ]
        companies.append(
            [
                *(company_id, row["name"] or "", row["name_ko"] or ""),
                [name for name in row["names"] if name != row["name_ko"]],
                row["numbers"],
                place.get(row["successor_id"], -1),
                1 if row["status"] == "dissolved" else 2 if row["market"] else 0,
                *((round(score["score"], _DIGITS), BANDS.index(score["band"])) if score else (0, 0)),
                pages.get(company_id, ""),
                topics,
            ]
        )
    words = {"headings": HEADINGS} | {kind: known_headings(kind) for kind in ("short", "exchanges")}
    index = {"asOf": document.as_of.isoformat(), "bands": BANDS, "topics": m.topics}
    return _script("screenerIndex", index | words | {"companies": companies})


def pages_script(entries: Sequence[Sequence[Entry]]) -> str:
    """`screenerPages`: what the search finds besides companies: kind, address, names in English and Korean, others.

    `entries`: of the English site and of the Korean one.
    """
    both = zip(*entries, strict=True)
    return _script("screenerPages", [[kind, href, name, ko[2], names] for (kind, href, name, names), ko in both])


def _script(name: str, value: Any) -> str:
    return f"window.{name} = {json.dumps(value, ensure_ascii=False, separators=(',', ':'))};\n"
