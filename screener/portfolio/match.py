"""Matches holdings to companies: asks the resolver for names and numbers, then weighs what else the file says.

The resolver (`screener.match`) knows names and numbers. A holdings file says more: the security's country, that it is
a receipt or a bond, that its name is the exchange's own. This module judges that. It never raises the confidence of an
uncertain match, except for a name that is exactly the exchange's short or former name of one listed company.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import polars as pl
from rapidfuzz import fuzz
from stdnum import cusip

from screener.match.frames import Candidates, Matches, Resolution
from screener.match.match import resolve
from screener.match.names import paper
from screener.portfolio import kinds
from screener.portfolio.names import BOND, RECEIPT, foreign_form
from screener.portfolio.reader import Portfolio
from screener.schema.identifiers import normalise_stock_code

ASKED: Final = ("name", "isin", "stock_code", "dart", "lei", "brn", "crn")
_LIKELY: Final = 0.9  # score from which a candidate by name contradicts the country
_COMPATIBLE: Final = 80.0  # similarity of names, 0-100, below which a name may contradict its number
_INITIALS: Final = 2
_CODE: Final = 6
_LONG_FORMS: Final = re.compile("(corp)oration|(inc)orporated|(co)mpany")
_RIVAL: Final = 0.5  # likelihood of another company from which a name contradicts its number

_LISTED_NAMES: Final = """
select name, entity_id, false as former from entity where market is not null and status is distinct from 'dissolved'
union select name_ko, entity_id, false from entity where market is not null and status is distinct from 'dissolved'
union select n.name, n.entity_id, n.kind = 'former' from entity_name as n join entity as e using (entity_id)
where e.market is not null and n.kind in ('primary', 'exchange', 'former')
"""
_NAMES: Final = """
with asked as (select unnest($ids::varchar[]) as entity_id)
select entity_id, name from entity join asked using (entity_id) where name is not null
union select entity_id, name_ko from entity join asked using (entity_id) where name_ko is not null
union select entity_id, name from entity_name join asked using (entity_id)
"""


def match_holdings(con: duckdb.DuckDBPyConnection, portfolio: Portfolio, *, country: str | None = "KR") -> Resolution:
    """Matches the holdings against the store: one row of `Matches` for each line that may be a company's security.

    Equal lines are matched once. A foreign line is matched by its number only; if its name means a Korean company, it
    is for review; otherwise its decision is `none`.

    Args:
        con: an open store.
        portfolio: as read.
        country: as `screener.match.match.resolve` takes it.
    """
    asked = queries(con, portfolio)
    distinct = asked.group_by(ASKED, maintain_order=True).agg(pl.col("row").alias("rows")).with_row_index("row")
    distinct = distinct.with_columns(pl.col("row").cast(pl.Int64))
    found = resolve(con, distinct.select("row", *ASKED), country=country)
    back = distinct.select("row", "rows").explode("rows")
    matches = found.matches.join(back, on="row").drop("row").rename({"rows": "row"})
    candidates = found.candidates.join(back, on="row").drop("row").rename({"rows": "row"})
    by_name = found.by_name.join(back, on="row").drop("row").rename({"rows": "row"})
    judged = _judged(con, portfolio, asked, matches, candidates, by_name, country)
    foreign = portfolio.holdings.filter(pl.col("foreign").is_not_null() | (pl.col("kind") == kinds.FUND))
    gone = judged.filter(pl.col("decision") == "none").join(foreign, on="row", how="semi")
    return Resolution(
        Matches.validate(judged.select(Matches.column_names()).sort("row"), cast=True),
        Candidates.validate(
            candidates.join(gone.select("row"), on="row", how="anti").select(Candidates.column_names()).sort("row",
            "rank"), cast=True
        ),
    )  # fmt: skip


def queries(con: duckdb.DuckDBPyConnection, portfolio: Portfolio) -> pl.DataFrame:
    """The resolver's query for each line that may be a company's security: row, ASKED.

    A fund is looked up by its numbers only: some companies are listed funds. A CUSIP becomes the ISIN that contains
    it, and a corporate bond's ISIN the stock code of its issuer, which it contains. Foreign numbers that are not in
    the store are ignored.
    """
    lines = portfolio.holdings.filter(pl.col("kind").is_in([kinds.SECURITY, kinds.FUND]))
    isin = pl.col("isin").str.replace_all(r"[\s-]", "").str.to_uppercase()
    of_cusip = pl.col("cusip").map_elements(_isin_of_cusip, return_dtype=pl.String)
    bond = isin.str.contains("^KR[36]")
    lines = lines.with_columns(
        isin=pl.when(~bond.fill_null(False)).then(pl.coalesce(isin, of_cusip)),
        stock_code=pl.coalesce("stock_code", pl.when(bond).then(isin.str.slice(3, 5) + "0")),
    )
    foreign = pl.col("isin").is_not_null() & ~pl.col("isin").str.starts_with("KR")
    numbers = lines.filter(foreign)["isin"].unique().sort().to_list()
    known = con.execute(
        "select value from identifier where scheme = 'isin' and value in (select unnest($1))", [numbers]
    ).fetchall()
    usable = ~foreign | pl.col("isin").is_in([value for (value,) in known])
    is_fund = pl.col("kind") == kinds.FUND
    lines = lines.with_columns(
        name=pl.when(~is_fund).then("company"),
        isin=pl.when(usable).then("isin"),
        stock_code=pl.when(pl.col("foreign").is_null()).then("stock_code"),
    ).select("row", *ASKED, is_fund=is_fund)
    return lines.filter(~pl.col("is_fund") | pl.any_horizontal(pl.col(c).is_not_null() for c in ASKED[1:])).drop(
        "is_fund"
    )


def _isin_of_cusip(text: str) -> str | None:
    plain = re.sub(r"[\s-]", "", text).upper()
    return str(cusip.to_isin(plain)) if cusip.is_valid(plain) else None


@dataclass(frozen=True)
class _Known:
    """What is known in addition to the matches.

    names: company -> its names, `squashed`. exact: row -> the one listed company of exactly this name, and a note.
    rivals: row -> sentence, where name and number mean two companies. ended: companies that have ceased. korean: rows
    written for Korean readers.
    """

    names: dict[str, list[str]]
    exact: dict[int, tuple[str, str | None]]
    rivals: dict[int, str]
    ended: set[str]
    korean: set[int]


def _judged(
    con: duckdb.DuckDBPyConnection,
    portfolio: Portfolio,
    asked: pl.DataFrame,
    matches: pl.DataFrame,
    candidates: pl.DataFrame,
    by_name: pl.DataFrame,
    country: str | None,
) -> pl.DataFrame:
    """The resolver's matches, adjusted by what else the file says."""
    lines = portfolio.holdings.select("row", "security", "foreign", "kind", "currency", "country").join(
        asked.select(
            *("row", "name", "stock_code"),
            letters=_squashed(pl.col("name")).fill_null(""),
            preference=paper.company(pl.col("name"))[1],
            numbered=pl.any_horizontal(pl.col(c).is_not_null() for c in ASKED[1:]),
        ),
        on="row",
    )
    best = candidates.filter(pl.col("rank") == 1).select("row", best="name", likely="score")
    joined = matches.join(lines, on="row", suffix="_said").join(best, on="row", how="left").sort("row")
    ids = joined["entity_id"].drop_nulls().unique().sort().to_list()
    written = pl.DataFrame(con.sql(_NAMES, params={"ids": ids})).cast(pl.String)
    names = dict(written.group_by("entity_id").agg(_squashed(pl.col("name"))).iter_rows())
    korean = _korean(portfolio, joined) if country == "KR" else set()
    ended = con.execute(
        "select entity_id from entity where status = 'dissolved' and entity_id in (select unnest($1))", [ids]
    ).fetchall()
    exact, rivals = _exchange_names(con, joined, korean), _strangers(con, joined, names, country)
    rivals |= _rivals(joined, names, by_name.with_columns(_of_today(con)))
    known = _Known(names, exact, rivals, {entity_id for (entity_id,) in ended}, korean)
    judged = [_judge(line, known) for line in joined.iter_rows(named=True)]
    return pl.DataFrame(judged, schema=matches.schema, orient="row", infer_schema_length=None)


def _judge(line: dict[str, Any], known: _Known) -> dict[str, Any]:
    row, name, foreign, said = line["row"], line["name"] or "", line["foreign"], line["security_said"]
    by_number, certain = line["matched_by"] not in ("name", "person", None), line["decision"] == "auto"
    form = foreign_form(name) if name else None
    letters = line["letters"]
    reasons = [line["reason"]] if line["reason"] else []
    match = {column: line[column] for column in ("entity_id", "matched_by", "score", "decision")}
    nothing = {"entity_id": None, "matched_by": None, "score": 0.0, "decision": "none"}
    open_ = match | {"entity_id": None, "decision": "review"}
    if not name and not line["numbered"]:
        reasons = ["it has no name, and its number is not known here"]
    if line["matched_by"] == "person":
        pass
    elif by_number:
        if certain and row in known.rivals:
            match = open_ | {"score": 0.5}
            reasons.append(known.rivals[row])
    elif line["kind"] == kinds.FUND:
        match, reasons = nothing, []
    elif foreign:
        likely = said == RECEIPT or (line["likely"] or 0) >= _LIKELY
        if not form and (certain or (line["decision"] == "review" and likely)):
            match, reasons = open_, [f"{foreign}, but the name means {line['best']}"]
        else:
            match, reasons = nothing, [foreign]
    elif not certain:
        if row in known.exact:
            entity_id, note = known.exact[row]
            match = {"entity_id": entity_id, "matched_by": "name", "score": 1.0, "decision": "auto"}
            reasons = [note] if note else []
    elif form:
        match = open_
        reasons.append(f"{form[0]} is a company form of {form[1]}")
    elif name.isascii() and _are_initials(letters, known.names.get(line["entity_id"], []), row in known.korean):
        match = open_
        reasons.append("initials alone may mean a company of another country")
    elif normalise_stock_code(line["stock_code"] or "") and letters not in known.names.get(line["entity_id"], []):
        # A code that is not in the store makes a merely similar name uncertain.
        match = open_
    if match["entity_id"] in known.ended:
        reasons.append("it is dissolved or delisted and has no successor")
    if match["decision"] == "auto" and by_number and line["security"] == "common" and line["preference"] and not said:
        reasons.append("the name says preference shares, the number common ones")
    security = said if said in (RECEIPT, BOND) else line["security"] or said
    return {"row": row} | match | {"security": security, "reason": "; ".join(reasons) or None}


def _are_initials(letters: str, names: list[str], korean: bool) -> bool:
    """Whether a name is two letters, alone or with a company form that the company does not have (`DB Corp Ltd`).

    In a Korean file the two letters are the company's, with a form that is used in Korea.
    """
    written, *others = (_LONG_FORMS.sub(r"\1\2\3", name).replace("limited", "ltd") for name in (letters, *names))
    bare = re.sub("(?:corp|inc|ltd|co)+$", "", written)
    if len(bare) > _INITIALS or (bare != written and written in others):
        return False
    return not korean or written == f"{bare}corpltd"


def _squashed(name: pl.Expr) -> pl.Expr:
    """Names as they are compared letter by letter: without blanks, marks and the words for a stock company."""
    return name.str.to_lowercase().str.replace_all(r"㈜|\(주\)|주식회사", "").str.replace_all(r"[\W_]", "")


def _korean(portfolio: Portfolio, joined: pl.DataFrame) -> set[int]:
    """Rows written for Korean readers, or of Korean securities: there LG and SK are exchange names."""
    if re.search("[가-힣]", portfolio.columns.get("name", "")):
        return set(joined["row"])
    here = joined.filter(
        pl.col("foreign").is_null()
        & (pl.col("name").str.contains("[가-힣]") | pl.col("country").is_not_null() | (pl.col("currency") == "KRW"))
    )
    return set(here["row"])


def _exchange_names(
    con: duckdb.DuckDBPyConnection, joined: pl.DataFrame, korean: set[int]
) -> dict[int, tuple[str, str | None]]:
    """Row -> company and note, of names that are exactly the short or former name of one listed company.

    A name in Latin letters (LG, SK) is the exchange's own only in a Korean file: elsewhere DB is Deutsche Bank.
    """
    open_ = joined.filter(
        (pl.col("decision") != "auto")
        & pl.col("name").is_not_null()
        & ~pl.col("numbered")
        & pl.col("matched_by").ne_missing("person")
    )
    asked = {row: letters for row, letters in open_.select("row", "letters").iter_rows() if row in korean}
    if not asked:
        return {}
    listed = pl.DataFrame(con.sql(_LISTED_NAMES)).with_columns(key=_squashed(pl.col("name")))
    bearers: dict[tuple[str, bool], set[str]] = {}
    for key, former, entity_id in (
        listed.filter(pl.col("key").is_in(list(set(asked.values())))).select("key", "former", "entity_id").iter_rows()
    ):
        bearers.setdefault((key, former), set()).add(entity_id)
    found: dict[int, tuple[str, str | None]] = {}
    for row, key in asked.items():
        former = (key, False) not in bearers
        if len(companies := bearers.get((key, former), set())) == 1:
            found[row] = next(iter(companies)), "a former name" if former else None
    return found


def _rivals(joined: pl.DataFrame, names: dict[str, list[str]], by_name: pl.DataFrame) -> dict[int, str]:
    """Row -> sentence, for lines matched by number whose name means another company (`ByName`)."""
    by_number = joined.filter(
        (pl.col("decision") == "auto") & ~pl.col("matched_by").is_in(["name", "person"]) & pl.col("name").is_not_null()
    ).select("row", "letters", "matched_by", said_id="entity_id")
    best = by_name.filter(pl.col("rank") == 1).select("row", "means", best_id="entity_id", best="name", likely="score")
    own = by_name.group_by("row", said_id="entity_id").agg(own=pl.col("score").max())
    rivals = (
        by_number.join(best, on="row")
        .join(own, on=["row", "said_id"], how="left")
        .filter(pl.col("means").ne_missing(pl.col("said_id")), pl.col("best_id") != pl.col("said_id"))
        .filter(pl.col("likely") >= pl.max_horizontal(pl.lit(_RIVAL), 2 * pl.col("own").fill_null(0.0)))
    )
    number = pl.col("matched_by").str.replace_all("_", " ")
    reason = pl.format("the {} is of another company than the name, which means {}", number, "best")
    return {
        row: said
        for row, letters, said_id, said in rivals.select("row", "letters", "said_id", reason=reason).iter_rows()
        if not _is_compatible(letters, names.get(said_id, []))
    }


def _strangers(
    con: duckdb.DuckDBPyConnection, joined: pl.DataFrame, names: dict[str, list[str]], country: str | None
) -> dict[int, str]:
    """Row -> sentence, for lines matched by stock code whose name is none of that company in any script.

    Shenzhen numbers its shares as Seoul does: 000100 is Yuhan there and TCL here.
    """
    coded = joined.filter((pl.col("decision") == "auto") & (pl.col("matched_by") == "stock_code"))
    unlike = {
        row: (name, entity_id)
        for row, name, letters, entity_id, code in coded.select(
            "row", "name", "letters", "entity_id", "stock_code"
        ).iter_rows()
        if sum(map(str.isalpha, letters)) >= _INITIALS
        and not normalise_stock_code(name)
        and not (kinds.is_group(name) and len(code) >= _CODE)  # `Automobiles`, 40: hardly the code 000040
        and not _is_compatible(letters, names.get(entity_id, []))
    }
    if not unlike:
        return {}
    asked = pl.DataFrame({"row": list(unlike), "name": [name for name, _ in unlike.values()]})
    found = resolve(con, asked, country=country)
    likely = found.matches.select("row", "entity_id", "score").vstack(
        found.candidates.select("row", "entity_id", "score")
    )
    likely = likely.with_columns(_of_today(con))
    known = {(row, entity_id) for row, entity_id, score in likely.iter_rows() if score >= _RIVAL}
    problem = "the stock code is of a company that is not known by this name"
    return {row: problem for row, (_, entity_id) in unlike.items() if (row, entity_id) not in known}


def _of_today(con: duckdb.DuckDBPyConnection) -> pl.Expr:
    """The column entity_id, with its successor for a company that merged (제일모직 has a number of Samsung SDI)."""
    merged = con.execute("select entity_id, successor_id from entity where successor_id is not null").fetchall()
    return pl.col("entity_id").replace(dict(merged))


def _is_compatible(name: str, known: list[str]) -> bool:
    return not name or any(
        max(fuzz.ratio(name, one), fuzz.partial_ratio(name, one)) >= _COMPATIBLE for one in known if len(one) >= 2
    )
