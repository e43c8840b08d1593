"""OFAC: the SDN list with alternate names and addresses, in its three files without headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from screener.readers.delimited import read_delimited
from screener.sources.client import Client
from screener.sources.shapes import country_codes, kinds_of, plain
from screener.sources.source import Files, Rows, Source, risk_list
from screener.store.snapshots import KeptFile, Told

BASE: Final = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/"
LIST: Final = "us-ofac-sdn"
NULL: Final = ("-0-", "-0- ")
# ofac.treasury.gov, "SDN data formats": the columns of SDN.CSV, ALT.CSV and ADD.CSV, in their order.
SDN: Final = (
    "ent_num",
    "name",
    "sdn_type",
    "program",
    "title",
    "call_sign",
    "vess_type",
    "tonnage",
    "grt",
    "vess_flag",
    "vess_owner",
    "remarks",
)
ALT: Final = ("ent_num", "alt_num", "alt_type", "alt_name", "alt_remarks")
ADD: Final = ("ent_num", "add_num", "address", "city", "country", "add_remarks")


def fetch(client: Client) -> None:
    """Downloads SDN.CSV, ALT.CSV and ADD.CSV."""
    for part in ("SDN", "ALT", "ADD"):
        client.download(f"{BASE}{part}.CSV", part, expect="csv")


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Reads the three files; only SDN must be there. Persons, vessels and aircraft are left out."""
    sdn = _table(files, "SDN", SDN, told)
    if sdn is None:
        sdn = _read(files, files.first, SDN, told)
    what = {"individual": "natural persons", "vessel": "vessels", "aircraft": "aircraft"}
    for kind, count in sdn.group_by("sdn_type").len().sort("sdn_type").iter_rows():
        if kind is not None:
            told.leave(what.get(kind, f"entries of type {kind}"), count)
    broken = sdn.filter(
        pl.col("sdn_type").is_null()
        & (~pl.col("ent_num").str.contains(r"^\d+$").fill_null(False) | pl.col("name").is_null())
    )
    for record in broken.to_dicts():
        told.reject("entity", None, "ent_num", record["ent_num"], "no number or no name", record["name"])
    sdn = sdn.filter(
        pl.col("sdn_type").is_null() & pl.col("ent_num").str.contains(r"^\d+$") & pl.col("name").is_not_null()
    )
    sdn = sdn.unique("ent_num", keep="first", maintain_order=True)
    told.rows += sdn.height
    known = pl.concat_str(pl.lit("zz-ofac-"), "ent_num")
    entities = sdn.select("ent_num").with_columns(entity_id=known)

    country = pl.DataFrame(schema={"ent_num": pl.String, "country": pl.String})
    add = _table(files, "ADD", ADD, told)
    if add is not None:
        # An entry may have many addresses; the first is the main one.
        coded = add.with_columns(code=country_codes(pl.col("country"))).drop_nulls("code")
        country = coded.group_by("ent_num", maintain_order=True).agg(country=pl.col("code").first())
    yield {
        "entity": sdn.join(country, on="ent_num", how="left", maintain_order="left").select(
            entity_id=known, kind=kinds_of(pl.col("name")), name="name", country="country"
        ),
        "identifier": pl.concat(
            [
                sdn.select(entity_id=known, scheme=pl.lit("ofac"), value="ent_num"),
                _numbers(sdn.with_columns(entity_id=known)),
            ]
        ),
        "listing": _listings(sdn.with_columns(entity_id=known)),
    }
    alt = _table(files, "ALT", ALT, told)
    if alt is not None:
        kinds = {"aka": "alias", "fka": "former", "nka": "alias"}
        named = alt.join(entities, on="ent_num").drop_nulls("alt_name")
        for word in named["alt_type"].drop_nulls().unique().sort():
            if word not in kinds:
                told.surprise(f"alt_type {word}")
        yield {
            "entity_name": named.select(
                "entity_id",
                name="alt_name",
                kind=pl.col("alt_type").replace_strict(kinds, default="alias", return_dtype=pl.String),
            )
        }


def _numbers(sdn: pl.DataFrame) -> pl.DataFrame:
    """Numbers that the remarks give: `Unified Social Credit Code (USCC) 9165…`, `LEI 5493…`."""
    patterns = {
        "uscc": r"\(USCC\)\s*([0-9A-Z]{18})\b",
        "lei": r"(?:LEI|Legal Entity Number)\s*([0-9A-Z]{18}[0-9]{2})\b",
    }
    found = [
        sdn.select("entity_id", scheme=pl.lit(scheme), value=pl.col("remarks").str.extract(pattern)).drop_nulls("value")
        for scheme, pattern in patterns.items()
    ]
    return pl.concat(found)


def _listings(sdn: pl.DataFrame) -> pl.DataFrame:
    """One listing a programme: `CUBA] [BURMA-EO14014` are two. What an entry is linked to stays as a note, it is no stake."""
    linked = (
        pl.col("remarks")
        .str.extract_all(r"Linked To: [^;]+")
        .list.eval(pl.element().str.strip_chars(" ."))
        .list.join("; ")
    )
    return (
        sdn.with_columns(
            programme=pl.col("program").fill_null("").str.replace_all(r"[\[\]]", "|").str.split("|"), note=linked
        )
        .explode("programme")
        .with_columns(pl.col("programme").str.strip_chars())
        .filter(pl.col("programme") != "")
        .unique(["entity_id", "programme"], maintain_order=True)
        .select("entity_id", "programme", list_id=pl.lit(LIST), note=pl.col("note").replace("", None))
    )


def _table(files: Files, part: str, names: tuple[str, ...], told: Told) -> pl.DataFrame | None:
    file = files.part(part)
    return None if file is None else _read(files, file, names, told)


def _read(files: Files, file: KeptFile, names: tuple[str, ...], told: Told) -> pl.DataFrame:
    frame = read_delimited(plain(files, file, ".csv"), files.folder, names=names, null=NULL)
    for place, extra in enumerate(frame.columns[len(names) :], start=len(names) + 1):
        filled = frame[extra].drop_nulls()
        told.surprise(f"{file.part} column {place}", filled[0] if len(filled) else "", frame.height)
    return frame.select(names)


SOURCE: Final = Source(
    id="us-ofac-sdn",
    title="Specially Designated Nationals and Blocked Persons List, with alternate names and addresses",
    publisher="US Treasury OFAC",
    publisher_kind="official_list",
    url="https://sanctionslist.ofac.treas.gov/Home/SdnList",
    terms="public domain (works of the US government)",
    frequency="several times a week",
    fetch=fetch,
    parse=parse,
    parts=(("SDN", "sdn"), ("ALT", "alt"), ("ADD", "add")),
    risk_lists=(
        risk_list(
            LIST,
            "Specially Designated Nationals and Blocked Persons List",
            "US Treasury OFAC",
            "US",
            "asset_freeze",
            "https://sanctionslist.ofac.treas.gov/Home/SdnList",
        ),
    ),
)
