"""DART, company by company: overview, investments in other corporations, largest shareholders, key accounts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from screener.sources.client import Client
from screener.sources.dart import BASE, PUBLISHER, STATUS, TERMS, explain
from screener.sources.shapes import Collector, account, digest, lines, number, percent
from screener.sources.source import Files, Rows, Source, SourceError
from screener.store.snapshots import Told

ANNUAL: Final = "11011"
_SKIP: Final = frozenset({"013"})  # no data: the company files no such report
_HEAD: Final = frozenset({"status", "message"})
_REPORT: Final = frozenset(
    {"rcept_no", "corp_cls", "corp_code", "corp_name", "reprt_code", "bsns_year", "stlm_dt", "stock_code"}
)
# A name with one of these is a company's; any other shareholder is taken for a natural person and left out.
_CORPORATE: Final = re.compile(
    r"(?i)\(주\)|㈜|주식회사|유한회사|유한책임|재단|공사|공단|은행|보험|증권|투자|조합|홀딩스|그룹|캐피탈|펀드|신탁|사모|학교|정부|기금|중앙회|위원회|협회|법인|"
    r"\b(?:co|corp|corporation|inc|ltd|limited|llc|l\.?p|gmbh|b\.?v|s\.?a|plc|holdings?|fund|bank|trust|partners|capital|group|company)\b"
)
_TOTAL: Final = re.compile(r"^\s*(?:합\s*계|소\s*계|총\s*계|계|기\s*타|-)\s*$")


def _each(path: str, part: str, extra: Callable[[Client], dict[str, str]]) -> Callable[[Client], None]:
    """A fetch that asks one API for every target company, and keeps all answers as one bundle."""

    def fetch(client: Client) -> None:
        if not client.targets:
            raise SourceError(
                "no company to ask for",
                where=client.source.id,
                do="fetch `dart` first, or name companies with --option companies=00126380,…",
            )
        url, more = BASE + path, extra(client)
        with client.bundle(part, url) as bundle:
            for done, code in enumerate(client.targets, start=1):
                asked = {"crtfc_key": client.key(), "corp_code": code, **more}
                body, file = client.json(
                    url,
                    asked,
                    explain=lambda head: None if (told := explain(head)) is None or told[:3] in _SKIP else told,
                )
                status = str(body.get("status")) if isinstance(body, dict) else "none"
                if status not in ("000", *_SKIP):
                    raise SourceError(
                        "the source answers with an error",
                        where=file.url,
                        found=f"{status}: {STATUS.get(status, 'not documented')}",
                    )
                bundle.add(file, {"corp_code": code, **more})
                client.progress(done, len(client.targets))

    return fetch


def _year(client: Client) -> dict[str, str]:
    """The business year to ask for: `--option year=2025`, else the last one whose annual report is due (31 March)."""
    import datetime as dt

    today = dt.datetime.now(dt.UTC).date()
    return {
        "bsns_year": client.options.get("year") or str(today.year - (1 if today.month > 3 else 2)),
        "reprt_code": client.options.get("report", ANNUAL),
    }


def _records(files: Files, told: Told, known: frozenset[str]) -> Iterator[tuple[dict[str, Any], Mapping[str, str]]]:
    for answer in lines(files, files.first):
        body = answer["body"] if isinstance(answer["body"], dict) else {}
        if str(body.get("status", "000")) in _SKIP:
            told.leave("companies without such a report")
            continue
        account({name: value for name, value in body.items() if name != "list"} if "list" in body else {}, _HEAD, told)
        for record in body.get("list", [body]):
            account(record, known | _REPORT | _HEAD, told)
            yield {name: str(value).strip() for name, value in record.items() if value is not None}, answer["about"]


def _company(record: Mapping[str, str], rows: Collector) -> str | None:
    code = record.get("corp_code", "")
    if not re.fullmatch(r"\d{8}", code):
        return None
    return f"kr-{code}"


_COMPANY_FIELDS: Final = frozenset(
    {
        "corp_name_eng",
        "stock_name",
        "ceo_nm",
        "jurir_no",
        "bizr_no",
        "adres",
        "hm_url",
        "ir_url",
        "phn_no",
        "fax_no",
        "induty_code",
        "est_dt",
        "acc_mt",
    }
)


def parse_company(files: Files, told: Told) -> Iterator[Rows]:
    """Overviews: names and official numbers. Heads, addresses and telephones are left out."""
    rows = Collector()
    for record, _ in _records(files, told, _COMPANY_FIELDS):
        known, name = _company(record, rows), record.get("corp_name")
        if known is None or not name:
            told.reject("entity", None, "corp_code", record.get("corp_code"), "no corp code or no name", name)
            continue
        told.rows += 1
        market = {"Y": "KOSPI", "K": "KOSDAQ", "N": "KONEX"}.get(record.get("corp_cls", ""))
        rows.add(
            "entity",
            entity_id=known,
            kind="company",
            name=record.get("corp_name_eng") or name,
            name_ko=name,
            country="KR",
            market=market,
        )
        rows.add("identifier", entity_id=known, scheme="dart", value=known[3:])
        for scheme, field, digits in (("crn", "jurir_no", 13), ("brn", "bizr_no", 10)):
            value = re.sub(r"\D", "", record.get(field, ""))
            if len(value) == digits:
                rows.add("identifier", entity_id=known, scheme=scheme, value=value)
            elif value:
                told.reject("identifier", None, field, known, f"not {digits} digits", record[field])
        if re.fullmatch(r"[0-9][0-9A-Z]{5}", record.get("stock_code", "")):
            rows.add("identifier", entity_id=known, scheme="krx", value=record["stock_code"], security="common")
        if (short := record.get("stock_name")) and short != name:
            rows.add("entity_name", entity_id=known, name=short, lang="ko", kind="alias")
    yield rows.take()


_HOLDING_FIELDS: Final = frozenset(
    {
        "inv_prm",
        "frst_acqs_de",
        "invstmnt_purps",
        "frst_acqs_amount",
        "bsis_blce_qy",
        "bsis_blce_qota_rt",
        "bsis_blce_acntbk_amount",
        "incrs_dcrs_acqs_dsps_qy",
        "incrs_dcrs_acqs_dsps_amount",
        "incrs_dcrs_evl_lstmn",
        "trmend_blce_qy",
        "trmend_blce_qota_rt",
        "trmend_blce_acntbk_amount",
        "recent_bsns_year_fnnr_sttus_tot_assets",
        "recent_bsns_year_fnnr_sttus_thstrm_ntpf",
    }
)


def plain_name(written: str) -> str:
    """A company's name as filings write it, without the notes: `(주)포스코인터내셔널 (*1)` loses `(*1)`."""
    text = re.sub(r"[(\[](?:\*|주)?\s*\d+\s*[)\]]|\*+\d*", " ", written)
    return " ".join(text.split())


def parse_holdings(files: Files, told: Told) -> Iterator[Rows]:
    """Stakes in other corporations at the end of the period; total rows and given-up stakes are left out."""
    rows, named = Collector(), set[str]()
    for record, about in _records(files, told, _HOLDING_FIELDS):
        owner, written = _company(record, rows), record.get("inv_prm", "")
        if _TOTAL.match(written) or not written:
            told.leave("rows of totals")
            continue
        share = percent(record.get("trmend_blce_qota_rt"))
        if share is None or float(share) == 0:
            told.leave("investments without a share at the end of the period")
            continue
        if owner is None:
            told.reject("ownership", None, "corp_code", record.get("corp_code"), "no corp code", written)
            continue
        name = plain_name(written)
        owned = f"zz-inv-{digest(name)}"
        told.rows += 1
        if owned not in named:
            named.add(owned)
            rows.add("entity", entity_id=owned, kind="company", name=name)
        _stake(
            rows,
            owner,
            owned,
            share,
            record,
            about,
            f"Investment in another corporation; purpose as filed: {record.get('invstmnt_purps', 'not stated')}.",
        )
    yield rows.take()


def _stake(
    rows: Collector,
    owner: str,
    owned: str,
    share: str,
    record: Mapping[str, str],
    about: Mapping[str, str],
    summary: str,
) -> None:
    year = about.get("bsns_year") or record.get("bsns_year") or ""
    closed = record.get("stlm_dt") or (f"{year}-12-31" if year else None)
    rows.add(
        "ownership",
        owner_id=owner,
        owned_id=owned,
        share_min=share,
        share_max=share,
        status="active",
        confirmed_on=closed,
        summary=summary,
    )


_SHAREHOLDER_FIELDS: Final = frozenset(
    {
        "nm",
        "relate",
        "stock_knd",
        "bsis_posesn_stock_co",
        "bsis_posesn_stock_qota_rt",
        "trmend_posesn_stock_co",
        "trmend_posesn_stock_qota_rt",
        "rm",
    }
)


def parse_shareholders(files: Files, told: Told) -> Iterator[Rows]:
    """Stakes of companies among the largest shareholders; those of natural persons are counted, and nobody is named."""
    rows, named = Collector(), set[str]()
    for record, about in _records(files, told, _SHAREHOLDER_FIELDS):
        owned, holder = _company(record, rows), plain_name(record.get("nm", ""))
        share = percent(record.get("trmend_posesn_stock_qota_rt"))
        if _TOTAL.match(holder) or not holder:
            told.leave("rows of totals")
        elif not _CORPORATE.search(holder):
            told.leave("stakes of natural persons")
        elif "우선" in record.get("stock_knd", ""):
            told.leave("stakes in preference shares")
        elif owned is None or share is None or float(share) == 0:
            told.leave("rows without a share at the end of the period")
        else:
            told.rows += 1
            owner = f"zz-inv-{digest(holder)}"
            if owner not in named:
                named.add(owner)
                rows.add("entity", entity_id=owner, kind="company", name=holder)
            _stake(
                rows,
                owner,
                owned,
                share,
                record,
                about,
                f"Among the largest shareholders; relation as filed: {record.get('relate', 'not stated')}.",
            )
    yield rows.take()


_ACCOUNT_FIELDS: Final = frozenset(
    {
        "fs_div",
        "fs_nm",
        "sj_div",
        "sj_nm",
        "account_nm",
        "account_id",
        "account_detail",
        "thstrm_nm",
        "thstrm_dt",
        "thstrm_amount",
        "thstrm_add_amount",
        "frmtrm_nm",
        "frmtrm_dt",
        "frmtrm_amount",
        "frmtrm_add_amount",
        "bfefrmtrm_nm",
        "bfefrmtrm_dt",
        "bfefrmtrm_amount",
        "ord",
        "currency",
    }
)
_REVENUE: Final = re.compile(r"^(?:매출액|수익\(매출액\)|영업수익|매출)$")


def parse_accounts(files: Files, told: Told) -> Iterator[Rows]:
    """Revenue in KRW of the year asked for: the consolidated figure where there is one, else the separate one."""
    found: dict[tuple[str, str], tuple[bool, str, str]] = {}
    for record, about in _records(files, told, _ACCOUNT_FIELDS):
        known = _company(record, Collector())
        if known is None or not _REVENUE.match(record.get("account_nm", "").replace(" ", "")):
            told.leave("accounts that are not revenue")
            continue
        year, amount = about.get("bsns_year") or record.get("bsns_year") or "", number(record.get("thstrm_amount"))
        if not re.fullmatch(r"\d{4}", year) or amount is None or amount.startswith("-"):
            told.reject("financial", None, "thstrm_amount", known, "no year or no amount", record.get("thstrm_amount"))
            continue
        separate = record.get("fs_div") != "CFS"
        if (known, year) not in found or separate < found[known, year][0]:
            found[known, year] = (separate, amount, record.get("currency") or "KRW")
    rows = Collector()
    for (known, year), (_, amount, currency) in sorted(found.items()):
        told.rows += 1
        rows.add("financial", entity_id=known, item="revenue", year=year, amount=amount, currency=currency)
    yield rows.take()


def _source(
    name: str, title: str, path: str, parse: Callable[[Files, Told], Iterator[Rows]], frequency: str, *, by_year: bool
) -> Source:
    return Source(
        id=name,
        title=title,
        publisher=PUBLISHER,
        publisher_kind="registry",
        url="https://opendart.fss.or.kr/intro/main.do",
        terms=TERMS,
        frequency=frequency,
        key="DART_API_KEY",
        language="ko",
        fetch=_each(path, "answers", _year if by_year else lambda client: {}),
        parse=parse,
        parts=(("answers", ""),),
        interval=0.1,
    )


COMPANY: Final = _source("dart-company", "Company overviews", "company.json", parse_company, "daily", by_year=False)
HOLDINGS: Final = _source(
    "dart-holdings",
    "Investments in other corporations",
    "otrCprInvstmntSttus.json",
    parse_holdings,
    "with each periodic report",
    by_year=True,
)
SHAREHOLDERS: Final = _source(
    "dart-shareholders",
    "Largest shareholders",
    "hyslrSttus.json",
    parse_shareholders,
    "with each periodic report",
    by_year=True,
)
ACCOUNTS: Final = _source(
    "dart-accounts", "Key accounts", "fnlttSinglAcnt.json", parse_accounts, "with each periodic report", by_year=True
)
