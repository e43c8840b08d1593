"""Official lists and registers published as one table: each function reads the rows of one of them."""

import re
from typing import Final
from urllib.parse import urljoin

import msgspec

from screener.readers.places import country
from screener.schema.identifiers import normalise_stock_code
from screener.sources.client import Client
from screener.sources.reading import Bodies, Reading, day, digest, digits, entity_id, named_id
from screener.sources.records import rows_of
from screener.sources.source import SourceError

_AND_OTHERS: Final = re.compile(r"(?i),?\s*and any successor, sub-unit, or subsidiary thereof")
_DECISIONS: Final = {
    "exclusion": "exclusion",
    "excluded": "exclusion",
    "observation": "observation",
    "under observation": "observation",
}
MARKETS: Final = {"유가": "KOSPI", "유가증권": "KOSPI", "코스피": "KOSPI", "코스닥": "KOSDAQ", "코넥스": "KONEX"}
# The rules read `us-cbp-wro` as a list about China; an order on gloves from Malaysia is not about Xinjiang.
WRO: Final = "us-cbp-wro"
WRO_ELSEWHERE: Final = "us-cbp-wro-other"
_IN_FORCE: Final = ("active", "partially active", "modified", "partially inactive")
_ENDED: Final = ("inactive", "revoked", "closed")
_TABLE_LINK: Final = re.compile(rb"""href=["']([^"']+\.(?:csv|xlsx)(?:\?[^"']*)?)["']""", re.I)


def parse_bis(reading: Reading) -> None:
    """US Bureau of Industry and Security: the Entity List in the consolidated screening list of trade.gov."""
    bodies = Bodies(reading, "bis")
    for row in rows_of(reading):
        if not re.match(r"(?i)entity list\b", row["source"] or ""):
            reading.leave("rows of other lists")
        elif (row["type"] or "").lower() == "individual":
            reading.leave("natural persons")
        elif row["name"]:
            # Addresses are written "Street, City, CN; Other street, City, HK": the country comes last.
            place = country((row["addresses"] or "").split(";")[0].split(",")[-1])
            body = bodies.named(_AND_OTHERS.sub("", row["name"]).strip(), place)
            for alias in (row["aliases"] or "").split(";"):
                body.name(alias.strip())
            span = {"valid_from": day(row["start_date"]), "valid_to": day(row["end_date"])}
            body.listed(programme="EAR", section=row["federal_register_notice"], note=row["policy"], **span)
    bodies.add_all()


def fetch_wro(client: Client) -> None:
    """Downloads the page of withhold release orders, and the table that it links to."""
    table = client.source.files[0]
    page = client.download(msgspec.structs.replace(table, part="page"))
    client.files.clear()
    found = _TABLE_LINK.search(page.path.read_bytes())
    if found is None:
        do = "see whether the page has changed, or load the file with --from"
        raise SourceError("the page links to no table", where=page.url, do=do)
    link = urljoin(page.url, found[1].decode("ascii", "replace"))
    ending = "xlsx" if link.lower().split("?")[0].endswith("xlsx") else "csv"
    client.download(msgspec.structs.replace(table, address=link, expect=ending))


def parse_wro(reading: Reading) -> None:
    """US Customs: withhold release orders, and findings on forced labour. Those on goods alone name no company."""
    bodies = Bodies(reading, "wro")
    for number, row in enumerate(rows_of(reading), start=2):
        name, status = row["name"], (row["status"] or "").lower()
        if not name:
            reading.leave("orders without an entity")
            continue
        since = day(row["since"], month_first=True)
        if since is None:
            reading.reject("listing", number, "Effective Date", name, "not a date", row["since"])
        if status not in (*_IN_FORCE, *_ENDED):
            reading.surprise(f"status {row['status']}", name)
        if status not in _IN_FORCE:
            reading.rows += 1
            reading.leave("orders that are no longer in force")
            continue
        place = country(row["country"]) or country(row["code"])
        about = {"list_id": WRO if place in ("CN", "HK") else WRO_ELSEWHERE, "note": row["goods"] or row["industry"]}
        section = row["kind"] or "WRO"
        bodies.named(name, place).listed(programme="19 USC 1307", section=section, valid_from=since, **about)
    bodies.add_all()


def parse_settlements(reading: Reading) -> None:
    """The UN database of enterprises in settlements: name, country and activities (a)-(j)."""
    bodies = Bodies(reading, "ohchr")
    for row in rows_of(reading):
        if row["name"]:
            body = bodies.named(row["name"])
            body.kind, body.country = "company", country(row["country"])
            body.listed(programme="A/HRC/RES/31/36", section=row["section"])
    bodies.add_all()


def parse_nbim(reading: Reading) -> None:
    """Norges Bank: the page of all its decisions, or a CSV. Verdicts only, never an input to a score."""
    for row in rows_of(reading):
        name, decision, decided = row["name"], _DECISIONS.get((row["decision"] or "").lower()), day(row["decided"])
        if not name or decision is None or decided is None:
            reading.reject("verdict", None, "decision", name, "no company, decision or date", row["decision"])
            continue
        reading.rows += 1
        known = reading.once(named_id("nbim", name), name)
        summary = row["criterion"] or row["category"]
        cells = {"institution": "Norges Bank", "decision": decision, "decided_on": decided, "summary": summary}
        reading.add("verdict", entity_id=known, **cells)


def parse_kind(reading: Reading) -> None:
    """KIND: the listed companies, an HTML table in EUC-KR named as an .xls file. Executives are left out."""
    for number, row in enumerate(rows_of(reading), start=2):
        name, code = row["name"], normalise_stock_code(row["code"] or "")
        if not name or code is None:
            reading.reject("entity", number, "종목코드", name, "no name or no stock code", row["code"])
            continue
        reading.rows += 1
        market = MARKETS.get(row["market"] or "")
        cells = {"name_ko": name, "country": "KR", "sector": row["sector"], "market": market}
        known = reading.entity(entity_id("kr", "krx", code), name, **cells)
        listed = day(row["listed"])
        reading.add("identifier", entity_id=known, scheme="krx", value=code, security="common", valid_from=listed)


def parse_groups(reading: Reading) -> None:
    """Fair Trade Commission: business groups and their affiliates."""
    for row in rows_of(reading):
        if name := row["name"]:
            reading.rows += 1
            number = digits(row["number"], 13)
            known = entity_id("kr", "crn", number) if number else entity_id("kr", "ftc", digest(name))
            cells = {"name_ko": name, "country": "KR", "business_group": row["group"]}
            reading.entity(known, name, [("crn", number)], **cells)
