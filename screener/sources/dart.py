"""DART: every filing company of Korea; and, per company, its overview, stakes, shareholders and key accounts."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

from screener.schema.identifiers import normalise_stock_code
from screener.sources.archive import plain, stated
from screener.sources.client import Client
from screener.sources.reading import Reading, digest, digits, number, percent
from screener.sources.records import answers_of, columns_of
from screener.sources.source import ShapeError, SourceError

# opendart.fss.or.kr, "messages and explanations" of every API.
STATUS: Final = {
    "010": "the key is not known",
    "011": "the key is blocked",
    "012": "the key may not be used from this address",
    "013": "there is no data",
    "014": "there is no such file",
    "020": "the day's requests are used up (about 20,000)",
    "021": "too many companies in one request",
    "100": "a field has a wrong value",
    "101": "no access in this way",
    "800": "the service is being maintained",
    "900": "an error of the service",
    "901": "the key has expired",
}
_NO_DATA: Final = "013"  # the company files no such report
ANNUAL: Final = "11011"
# A name with one of these is a company's; any other shareholder counts as a natural person and is left out.
_CORPORATE: Final = re.compile(
    r"(?i)\(주\)|㈜|주식회사|유한회사|유한책임|재단|공사|공단|은행|보험|증권|투자|조합|홀딩스|그룹|캐피탈|펀드|신탁|사모|학교"
    r"|정부|기금|중앙회|위원회|협회|법인"
    r"|\b(?:co|corp|corporation|inc|ltd|limited|llc|l\.?p|gmbh|b\.?v|s\.?a|plc|holdings?|fund|bank|trust|partners"
    r"|capital|group|company)\b"
)
_TOTAL: Final = re.compile(r"\s*(?:합\s*계|소\s*계|총\s*계|계|기\s*타|-)?\s*")
_REVENUE: Final = re.compile(r"(?:매출액|수익\(매출액\)|영업수익|매출)")
_MARKETS: Final = {"Y": "KOSPI", "K": "KOSDAQ", "N": "KONEX"}

Record = Mapping[str, str]


def explain(head: bytes) -> str | None:
    """The message of an error that comes in place of a file: XML or JSON with a status.

    If a company has no such report, the service says so in JSON; that is not an error.
    """
    status = stated(head, "status")
    if status is None or status == "000" or (status == _NO_DATA and head.startswith(b"{")):
        return None
    return f"{status}: {STATUS.get(status) or stated(head, 'message') or 'not documented'}"


def parse(reading: Reading) -> None:
    """Reads the ZIP, its CORPCODE.xml, or a CSV with the same columns."""
    path = plain(reading, reading.first, ".xml", ".csv")
    with path.open("rb") as file:
        problem = explain(file.read(2048))
    if problem is not None:
        what = "an error message instead of the companies"
        raise ShapeError(what, where=reading.first.url, found=problem, do="fetch it again")
    # With a hundred thousand companies, work on columns. Spreadsheets drop leading zeros; both codes are padded again.
    filled = pl.when(pl.col("stock_code").str.contains(r"^\d{1,6}$")).then(pl.col("stock_code").str.zfill(6))
    frame = columns_of(reading).with_columns(
        pl.col("corp_code").str.zfill(8), stock_code=filled.otherwise("stock_code").str.to_uppercase()
    )
    named = pl.any_horizontal(pl.col("corp_name", "corp_eng_name").is_not_null())
    good = (pl.col("corp_code").str.contains(r"^\d{8}$") & named).fill_null(False)
    for row in frame.filter(~good).head(1000).iter_rows(named=True):
        reading.reject("entity", None, "corp_code", row["corp_code"], "no corp code or no name", row["corp_name"])
    frame = frame.filter(good).unique("corp_code", keep="last", maintain_order=True)
    reading.rows += frame.height
    known = pl.concat_str(pl.lit("kr-"), "corp_code")
    # About 3 % of the English names are empty; the Korean name then serves as both.
    name = pl.coalesce("corp_eng_name", "corp_name")
    korean = {"kind": pl.lit("company"), "country": pl.lit("KR")}
    reading.stage("entity", frame.select(entity_id=known, name=name, name_ko="corp_name", **korean))
    reading.stage("identifier", frame.select(entity_id=known, scheme=pl.lit("dart"), value="corp_code"))
    reading.common_shares(frame.select(entity_id=known, value="stock_code"))


def fetch(client: Client) -> None:
    """Downloads the list of companies, or requests every target company and stores all responses as one file."""
    answers, total = client.source.files[0], len(client.targets)
    if not client.source.by_company:
        client.download(answers)
        return
    if not total:
        do = "fetch `dart` first, or name companies with --option companies=00126380,…"
        raise SourceError("no company to ask for", where=client.source.id, do=do)
    year = {} if answers.address.endswith("company.json") else _year(client)
    client.answers(answers, ({**year, "corp_code": company} for company in client.targets), total=total)


def _year(client: Client) -> dict[str, str]:
    """The business year to request: `--option year=2025`, else the last one whose annual report is due (31 March)."""
    today = dt.datetime.now(dt.UTC).date()
    year = client.options.get("year") or str(today.year - (1 if today.month > 3 else 2))
    return {"bsns_year": year, "reprt_code": client.options.get("report", ANNUAL)}


def _records(reading: Reading) -> Iterator[Record]:
    """The records of all responses as text, with the request's parameters where the record lacks them."""
    for answer, about in answers_of(reading, reading.first):
        body = answer if isinstance(answer, dict) else {}
        if str(body.get("status")) == _NO_DATA:
            reading.leave("companies without such a report")
            continue
        listed = body.pop("list", None)
        for record in [body] if listed is None else [body, *listed]:
            reading.account(record, "record")
        for record in [body] if listed is None else listed:
            yield {**about, **{name: str(value).strip() for name, value in record.items() if value is not None}}


def _company(record: Record) -> str | None:
    code = digits(record.get("corp_code"), 8)
    return f"kr-{code}" if code else None


def parse_company(reading: Reading) -> None:
    """Overviews: names and identifiers. Executives, addresses and telephone numbers are left out."""
    for record in _records(reading):
        known, name = _company(record), record.get("corp_name")
        if known is None or not name:
            reading.reject("entity", None, "corp_code", record.get("corp_code"), "no corp code or no name", name)
            continue
        reading.rows += 1
        numbers: dict[str, str | None] = {"dart": known[3:], "krx": normalise_stock_code(record.get("stock_code", ""))}
        for scheme, field, count in (("crn", "jurir_no", 13), ("brn", "bizr_no", 10)):
            numbers[scheme] = digits(record.get(field), count)
            if numbers[scheme] is None and record.get(field):
                reading.reject("identifier", None, field, known, f"not {count} digits", record[field])
        cells = {"name_ko": name, "country": "KR", "market": _MARKETS.get(record.get("corp_cls", ""))}
        reading.entity(known, record.get("corp_name_eng") or name, numbers.items(), **cells)
        if (short := record.get("stock_name")) and short != name:
            reading.add("entity_name", entity_id=known, name=short, lang="ko", kind="alias")


def parse_holdings(reading: Reading) -> None:
    """Stakes in other corporations at the end of the period; total rows and sold stakes are left out."""
    for record, owner, name, share in _stakes(reading, "inv_prm", "trmend_blce_qota_rt"):
        if share is None:
            reading.leave("investments without a share at the end of the period")
        elif owner is None:
            reading.reject("ownership", None, "corp_code", record.get("corp_code"), "no corp code", name)
        else:
            purpose = f"purpose as filed: {record.get('invstmnt_purps', 'not stated')}"
            owned = reading.once(f"zz-inv-{digest(name)}", name)
            _stake(reading, owner, owned, share, record, f"Investment in another corporation; {purpose}.")


def parse_shareholders(reading: Reading) -> None:
    """Stakes of companies among the largest shareholders; natural persons are only counted, never named."""
    for record, owned, name, share in _stakes(reading, "nm", "trmend_posesn_stock_qota_rt"):
        if not _CORPORATE.search(name):
            reading.leave("stakes of natural persons")
        elif "우선" in record.get("stock_knd", ""):
            reading.leave("stakes in preference shares")
        elif owned is None or share is None:
            reading.leave("rows without a share at the end of the period")
        else:
            relation = f"relation as filed: {record.get('relate', 'not stated')}"
            owner = reading.once(f"zz-inv-{digest(name)}", name)
            _stake(reading, owner, owned, share, record, f"Among the largest shareholders; {relation}.")


def _stakes(reading: Reading, name: str, share: str) -> Iterator[tuple[Record, str | None, str, str | None]]:
    """Record, filing company, name of the other, share (None for 0), of the records that are not totals."""
    for record in _records(reading):
        # Without notes: `(주)포스코인터내셔널 (*1)` loses `(*1)`.
        bare = re.sub(r"[(\[](?:\*|주)?\s*\d+\s*[)\]]|\*+\d*", " ", record.get(name, ""))
        other, held = " ".join(bare.split()), percent(record.get(share))
        if _TOTAL.fullmatch(other):
            reading.leave("rows of totals")
        else:
            yield record, _company(record), other, None if held == "0" else held


def _stake(reading: Reading, owner: str, owned: str, share: str, record: Record, summary: str) -> None:
    reading.rows += 1
    year = record.get("bsns_year")
    closed = record.get("stlm_dt") or (f"{year}-12-31" if year else None)
    reading.stake(owner, owned, share_min=share, share_max=share, confirmed_on=closed, summary=summary)


def parse_accounts(reading: Reading) -> None:
    """Revenue in KRW of the requested year: the consolidated figure if there is one, else the separate one."""
    found: dict[tuple[str, str], tuple[bool, str, str]] = {}
    for record in _records(reading):
        known = _company(record)
        if known is None or not _REVENUE.fullmatch(record.get("account_nm", "").replace(" ", "")):
            reading.leave("accounts that are not revenue")
            continue
        year, amount = record.get("bsns_year", ""), number(record.get("thstrm_amount"))
        if not re.fullmatch(r"\d{4}", year) or amount is None or amount.startswith("-"):
            written = record.get("thstrm_amount")
            reading.reject("financial", None, "thstrm_amount", known, "no year or no amount", written)
            continue
        separate = record.get("fs_div") != "CFS"
        if (known, year) not in found or separate < found[known, year][0]:
            found[known, year] = (separate, amount, record.get("currency") or "KRW")
    for (known, year), (_, amount, currency) in sorted(found.items()):
        reading.rows += 1
        reading.add("financial", entity_id=known, item="revenue", year=year, amount=amount, currency=currency)
