"""DART, company by company: overview, investments in other corporations, largest shareholders, key accounts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from screener.sources import dart
from screener.sources.client import Client
from screener.sources.jsonrecords import answers_of
from screener.sources.rows import Collector, digest, digits, number, percent, stock_code
from screener.sources.source import Files, Rows, SourceError
from screener.store.snapshots import ParseReport

ANNUAL: Final = "11011"
_NO_DATA: Final = "013"  # the company files no such report
# A name with one of these is a company's; any other shareholder is taken for a natural person and left out.
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


def fetch(client: Client) -> None:
    """Asks the API for every target company, and keeps all answers as one file."""
    answers, total = client.source.files[0], len(client.targets)
    if not total:
        do = "fetch `dart` first, or name companies with --option companies=00126380,…"
        raise SourceError("no company to ask for", where=client.source.id, do=do)
    year = {} if answers.address.endswith("company.json") else _year(client)

    def ask(done: int, last: Any) -> Mapping[str, str] | None:
        client.progress(done, total)
        return {**year, "corp_code": client.targets[done]} if done < total else None

    client.answers(answers, ask)


def explain(head: bytes) -> str | None:
    """What an error of the service says; that a company has no such report is none."""
    problem = dart.explain(head)
    return None if problem is None or problem.startswith(_NO_DATA) else problem


def _year(client: Client) -> dict[str, str]:
    """The business year to ask for: `--option year=2025`, else the last one whose annual report is due (31 March)."""
    today = dt.datetime.now(dt.UTC).date()
    year = client.options.get("year") or str(today.year - (1 if today.month > 3 else 2))
    return {"bsns_year": year, "reprt_code": client.options.get("report", ANNUAL)}


def _records(files: Files, report: ParseReport) -> Iterator[Record]:
    """The records of all answers as text, with what was asked for where the record does not say it."""
    for answer, about in answers_of(files, files.first):
        body: dict[str, Any] = answer if isinstance(answer, dict) else {}
        if str(body.get("status")) == _NO_DATA:
            report.leave("companies without such a report")
            continue
        if "list" in body:
            files.account({name: value for name, value in body.items() if name != "list"}, "record", report)
        for record in body.get("list", [body]):
            files.account(record, "record", report)
            yield {**about, **{name: str(value).strip() for name, value in record.items() if value is not None}}


def _company(record: Record) -> str | None:
    code = digits(record.get("corp_code"), 8)
    return f"kr-{code}" if code else None


def parse_company(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Overviews: names and official numbers. Heads, addresses and telephones are left out."""
    rows = Collector()
    for record in _records(files, report):
        known, name = _company(record), record.get("corp_name")
        if known is None or not name:
            report.reject("entity", None, "corp_code", record.get("corp_code"), "no corp code or no name", name)
            continue
        report.rows += 1
        numbers: dict[str, str | None] = {"dart": known[3:], "krx": stock_code(record.get("stock_code"))}
        for scheme, field, count in (("crn", "jurir_no", 13), ("brn", "bizr_no", 10)):
            numbers[scheme] = digits(record.get(field), count)
            if numbers[scheme] is None and record.get(field):
                report.reject("identifier", None, field, known, f"not {count} digits", record[field])
        cells = {"name_ko": name, "country": "KR", "market": _MARKETS.get(record.get("corp_cls", ""))}
        rows.entity(known, record.get("corp_name_eng") or name, numbers.items(), **cells)
        if (short := record.get("stock_name")) and short != name:
            rows.add("entity_name", entity_id=known, name=short, lang="ko", kind="alias")
    yield rows.take()


def plain_name(written: str) -> str:
    """A company's name as filings write it, without the notes: `(주)포스코인터내셔널 (*1)` loses `(*1)`."""
    return " ".join(re.sub(r"[(\[](?:\*|주)?\s*\d+\s*[)\]]|\*+\d*", " ", written).split())


def parse_holdings(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Stakes in other corporations at the end of the period; total rows and given-up stakes are left out."""
    rows = Collector()
    for record in _records(files, report):
        owner, name = _company(record), plain_name(record.get("inv_prm", ""))
        share = percent(record.get("trmend_blce_qota_rt"))
        if _TOTAL.fullmatch(name):
            report.leave("rows of totals")
        elif share is None or share == "0":
            report.leave("investments without a share at the end of the period")
        elif owner is None:
            report.reject("ownership", None, "corp_code", record.get("corp_code"), "no corp code", name)
        else:
            purpose = f"purpose as filed: {record.get('invstmnt_purps', 'not stated')}"
            owned = rows.once(f"zz-inv-{digest(name)}", name)
            report.rows += 1
            _stake(rows, owner, owned, share, record, f"Investment in another corporation; {purpose}.")
    yield rows.take()


def parse_shareholders(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Stakes of companies among the largest shareholders; those of natural persons are counted, and nobody is named."""
    rows = Collector()
    for record in _records(files, report):
        owned, name = _company(record), plain_name(record.get("nm", ""))
        share = percent(record.get("trmend_posesn_stock_qota_rt"))
        if _TOTAL.fullmatch(name):
            report.leave("rows of totals")
        elif not _CORPORATE.search(name):
            report.leave("stakes of natural persons")
        elif "우선" in record.get("stock_knd", ""):
            report.leave("stakes in preference shares")
        elif owned is None or share is None or share == "0":
            report.leave("rows without a share at the end of the period")
        else:
            relation = f"relation as filed: {record.get('relate', 'not stated')}"
            owner = rows.once(f"zz-inv-{digest(name)}", name)
            report.rows += 1
            _stake(rows, owner, owned, share, record, f"Among the largest shareholders; {relation}.")
    yield rows.take()


def _stake(rows: Collector, owner: str, owned: str, share: str, record: Record, summary: str) -> None:
    year = record.get("bsns_year")
    closed = record.get("stlm_dt") or (f"{year}-12-31" if year else None)
    rows.stake(owner, owned, share_min=share, share_max=share, confirmed_on=closed, summary=summary)


def parse_accounts(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Revenue in KRW of the year asked for: the consolidated figure where there is one, else the separate one."""
    found: dict[tuple[str, str], tuple[bool, str, str]] = {}
    for record in _records(files, report):
        known = _company(record)
        if known is None or not _REVENUE.fullmatch(record.get("account_nm", "").replace(" ", "")):
            report.leave("accounts that are not revenue")
            continue
        year, amount = record.get("bsns_year", ""), number(record.get("thstrm_amount"))
        if not re.fullmatch(r"\d{4}", year) or amount is None or amount.startswith("-"):
            written = record.get("thstrm_amount")
            report.reject("financial", None, "thstrm_amount", known, "no year or no amount", written)
            continue
        separate = record.get("fs_div") != "CFS"
        if (known, year) not in found or separate < found[known, year][0]:
            found[known, year] = (separate, amount, record.get("currency") or "KRW")
    rows = Collector()
    for (known, year), (_, amount, currency) in sorted(found.items()):
        report.rows += 1
        rows.add("financial", entity_id=known, item="revenue", year=year, amount=amount, currency=currency)
    yield rows.take()
