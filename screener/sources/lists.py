"""Official lists and registers that come as one table: each function reads the rows of one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from screener.sources.rows import Bodies, Collector, country_code, day, digest, digits, entity_id, named_id, stock_code
from screener.sources.source import Files, Rows
from screener.sources.tables import rows_of
from screener.store.snapshots import ParseReport

_AND_OTHERS: Final = re.compile(r"(?i),?\s*and any successor, sub-unit, or subsidiary thereof")
_DECISIONS: Final = {
    "exclusion": "exclusion",
    "excluded": "exclusion",
    "observation": "observation",
    "under observation": "observation",
}
MARKETS: Final = {"유가": "KOSPI", "유가증권": "KOSPI", "코스피": "KOSPI", "코스닥": "KOSDAQ", "코넥스": "KONEX"}


def parse_bis(files: Files, report: ParseReport) -> Iterator[Rows]:
    """US Bureau of Industry and Security: the Entity List in the consolidated screening list of trade.gov."""
    bodies = Bodies("bis", "us-bis-entity", report)
    for row in rows_of(files, report):
        if not re.match(r"(?i)entity list\b", row["source"] or ""):
            report.leave("rows of other lists")
        elif (row["type"] or "").lower() == "individual":
            report.leave("natural persons")
        elif row["name"]:
            # Addresses are written "Street, City, CN; Other street, City, HK": the country stands last.
            country = country_code((row["addresses"] or "").split(";")[0].split(",")[-1])
            body = bodies.named(_AND_OTHERS.sub("", row["name"]).strip(), country)
            for alias in (row["aliases"] or "").split(";"):
                body.name(alias.strip())
            since, until = day(row["start_date"]), day(row["end_date"])
            body.listed("EAR", row["federal_register_notice"], since, until, note=row["policy"])
    yield bodies.rows()


def parse_settlements(files: Files, report: ParseReport) -> Iterator[Rows]:
    """The UN database of enterprises in settlements: name, country and activities (a)-(j) found."""
    bodies = Bodies("ohchr", "un-ohchr-settlements", report)
    for row in rows_of(files, report):
        if row["name"]:
            body = bodies.named(row["name"])
            body.kind, body.country = "company", country_code(row["country"])
            body.listed("A/HRC/RES/31/36", row["section"])
    yield bodies.rows()


def parse_nbim(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Norges Bank: the page of all its decisions, or a CSV. Verdicts only, never an input of a score."""
    rows = Collector()
    for row in rows_of(files, report):
        name, decision, decided = row["name"], _DECISIONS.get((row["decision"] or "").lower()), day(row["decided"])
        if not name or decision is None or decided is None:
            report.reject("verdict", None, "decision", name, "no company, decision or date", row["decision"])
            continue
        report.rows += 1
        known = rows.once(named_id("zz", "nbim", name), name)
        summary = row["criterion"] or row["category"]
        cells = {"institution": "Norges Bank", "decision": decision, "decided_on": decided, "summary": summary}
        rows.add("verdict", entity_id=known, **cells)
    yield rows.take()


def parse_kind(files: Files, report: ParseReport) -> Iterator[Rows]:
    """KIND: the listed companies, an HTML table in EUC-KR that calls itself an .xls file. Their heads are left out."""
    rows = Collector()
    for number, row in enumerate(rows_of(files, report), start=2):
        name, code = row["name"], stock_code(row["code"])
        if not name or code is None:
            report.reject("entity", number, "종목코드", name, "no name or no stock code", row["code"])
            continue
        report.rows += 1
        market = MARKETS.get(row["market"] or "")
        cells = {"name_ko": name, "country": "KR", "sector": row["sector"], "market": market}
        known = rows.entity(entity_id("kr", "krx", code), name, **cells)
        listed = day(row["listed"])
        rows.add("identifier", entity_id=known, scheme="krx", value=code, security="common", valid_from=listed)
    yield rows.take()


def parse_groups(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Fair Trade Commission: business groups and their affiliates."""
    rows = Collector()
    for row in rows_of(files, report):
        if name := row["name"]:
            report.rows += 1
            number = digits(row["number"], 13)
            known = entity_id("kr", "crn", number) if number else entity_id("kr", "ftc", digest(name))
            cells = {"name_ko": name, "country": "KR", "business_group": row["group"]}
            rows.entity(known, name, [("crn", number)], **cells)
    yield rows.take()
