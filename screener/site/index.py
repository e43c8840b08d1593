"""The data that the pages' scripts read: what the search finds, and all Korean companies with numbers, names, scores.

A browser that opens pages from files may load scripts and no data, so the data are scripts that set one variable each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from screener.portfolio.headings import HEADINGS
from screener.report.document import Document
from screener.schema.vocabulary import BANDS
from screener.score.findings import Scores
from screener.site.facts import Facts, Row

_DIGITS: Final = 6  # of a score: the sum over many lines is still right to the second digit


def companies_script(facts: Facts, scores: Scores, document: Document, pages: Mapping[str, str]) -> str:
    """`screenerIndex`: every Korean company by place in `companies`, scores as the program has them before rounding.

    A company is a list: id, names in English and Korean, further names, numbers, place of its successor or -1, state (1
    dissolved or delisted, 2 listed, 0 neither), score, band, address of its page, topics (each topic, score, band, and
    whether one finding has not ended).
    `pages` are the addresses of the companies' pages from the folder of a language.
    """
    place = {row["entity_id"]: number for number, row in enumerate(facts.companies)}
    overall = {row["company_id"]: row for row in scores.companies.iter_rows(named=True)}
    by_topic = scores.topics.sort("score", "topic", descending=[True, False]).rows_by_key("company_id", named=True)
    companies = []
    for row in facts.companies:
        company_id = row["entity_id"]
        score = overall.get(company_id)
        topics = [
            [facts.topics.index(t["topic"]), round(t["score"], _DIGITS), BANDS.index(t["band"]), int(t["live"])]
            for t in by_topic.get(company_id, [])
        ]
        companies.append(
            [
                *(company_id, row["name"] or "", row["name_ko"] or "", row["aliases"], row["numbers"]),
                place.get(row["successor_id"], -1),
                1 if row["status"] == "dissolved" else 2 if row["market"] else 0,
                *((round(score["score"], _DIGITS), BANDS.index(score["band"])) if score else (0, 0)),
                pages.get(company_id, ""),
                topics,
            ]
        )
    index = {"asOf": document.as_of.isoformat(), "bands": BANDS, "topics": facts.topics}
    return _script("screenerIndex", index | {"headings": HEADINGS, "companies": companies})


def pages_script(entries: Sequence[Sequence[Row]]) -> str:
    """`screenerPages`: what the search finds besides companies: kind, address, names in English and Korean, others.

    `entries`: of the site in English and of that in Korean.
    """
    both = zip(*entries, strict=True)
    return _script("screenerPages", [[en["kind"], en["href"], en["name"], ko["name"], en["names"]] for en, ko in both])


def _script(name: str, value: Any) -> str:
    return f"window.{name} = {json.dumps(value, ensure_ascii=False, separators=(',', ':'))};\n"
