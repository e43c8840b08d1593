"""Matches holdings to companies: asks the resolver for names and numbers, then weighs what else the file says.

The resolver (`screener.match`) knows names and numbers. A holdings file says more: the security's country, that it is
a receipt or a bond, that its name is the exchange's own. This module judges that. It never raises the confidence of an
uncertain match, except for a name that is exactly the exchange's short or former name of one listed company.
"""

import re
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
with written as (
    select entity_id, unnest([name, name_ko]) as called from entity
    union all select entity_id, name from entity_name
)
select entity_id, list(called) as names, coalesce(any_value(status) = 'dissolved', false) as ended
from written join entity using (entity_id)
where called is not null and entity_id in (select unnest($ids::varchar[]))
group by entity_id
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
    said = portfolio.holdings.select("row", "foreign", "kind", "currency", "country", said="security")
    every = queries(con, portfolio).join(said, on="row", maintain_order="left")
    lines = every.group_by(pl.exclude("row"), maintain_order=True).agg(rows="row").with_row_index("row")
    lines = lines.with_columns(pl.col("row").cast(pl.Int64))
    found = resolve(con, lines.select("row", *ASKED), country=country)
    judged = _judged(con, lines.drop("rows"), found, country, _korean(portfolio, country))
    elsewhere = lines.filter(pl.col("foreign").is_not_null() | (pl.col("kind") == kinds.FUND))
    gone = judged.filter(pl.col("decision") == "none").join(elsewhere, on="row", how="semi")
    back = lines.select("row", "rows").explode("rows")
    matches, candidates = (
        frame.join(back, on="row").with_columns(row="rows").drop("rows").sort("row", *ranks)
        for frame, *ranks in ((judged,), (found.candidates.join(gone, on="row", how="anti"), "rank"))
    )
    return Resolution(Matches.validate(matches, cast=True), Candidates.validate(candidates, cast=True))


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


def _judged(
    con: duckdb.DuckDBPyConnection, lines: pl.DataFrame, found: Resolution, country: str | None, korean: pl.Expr
) -> pl.DataFrame:
    """The resolver's matches, adjusted by what else the file says: `lines` have row, ASKED, foreign, kind, said.

    `korean` tells the rows that are written for Korean readers.
    """
    name = pl.col("name")
    best = found.candidates.filter(pl.col("rank") == 1).select("row", best="name", likely="score")
    lines = found.matches.join(lines, on="row").join(best, on="row", how="left").sort("row")
    ids = lines["entity_id"].drop_nulls().unique().sort().to_list()
    known = pl.DataFrame(con.sql(_NAMES, params={"ids": ids}))
    known = known.cast({"entity_id": pl.String, "names": pl.List(pl.String), "ended": pl.Boolean})
    lines = lines.join(known, on="entity_id", how="left", maintain_order="left").with_columns(
        names=pl.col("names").list.eval(_squashed(pl.element())).fill_null([]),
        letters=_squashed(name).fill_null(""),
        preference=paper.company(name)[1],
        numbered=pl.any_horizontal(pl.col(c).is_not_null() for c in ASKED[1:]),
        korean=korean,
    )
    merged = con.execute("select entity_id, successor_id from entity where successor_id is not null").fetchall()
    # A company that merged counts as its successor: 제일모직 has a number of Samsung SDI.
    today = pl.col("entity_id").replace(dict(merged))
    rivals = pl.concat([_rivals(lines, found.by_name.with_columns(today)), _strangers(con, lines, country, today)])
    lines = lines.join(_exchange_names(con, lines), on="row", how="left")
    lines = lines.join(rivals.unique("row", keep="first"), on="row", how="left", maintain_order="left")
    judged = [_judge(line) for line in lines.iter_rows(named=True)]
    return pl.DataFrame(judged, schema=found.matches.schema, orient="row", infer_schema_length=None)


def _judge(line: dict[str, Any]) -> dict[str, Any]:
    name, foreign, said = line["name"] or "", line["foreign"], line["said"]
    by_number, certain = line["matched_by"] not in ("name", "person", None), line["decision"] == "auto"
    form = foreign_form(name) if name else None
    reasons = [line["reason"]] if line["reason"] else []
    match = {column: line[column] for column in ("entity_id", "matched_by", "score", "decision")}
    nothing = {"entity_id": None, "matched_by": None, "score": 0.0, "decision": "none"}
    open_ = match | {"entity_id": None, "decision": "review"}
    if not name and not line["numbered"]:
        reasons = ["it has no name, and its number is not known here"]
    if line["matched_by"] == "person":
        pass
    elif by_number:
        if certain and line["rival"]:
            match = open_ | {"score": 0.5}
            reasons.append(line["rival"])
    elif line["kind"] == kinds.FUND:
        match, reasons = nothing, []
    elif foreign:
        likely = said == RECEIPT or (line["likely"] or 0) >= _LIKELY
        if not form and (certain or (line["decision"] == "review" and likely)):
            match, reasons = open_, [f"{foreign}, but the name means {line['best']}"]
        else:
            match, reasons = nothing, [foreign]
    elif not certain:
        if line["exact_id"]:
            match = {"entity_id": line["exact_id"], "matched_by": "name", "score": 1.0, "decision": "auto"}
            reasons = ["a former name"] if line["former"] else []
    elif form:
        match = open_
        reasons.append(f"{form[0]} is a company form of {form[1]}")
    elif name.isascii() and _are_initials(line["letters"], line["names"], line["korean"]):
        match = open_
        reasons.append("initials alone may mean a company of another country")
    elif normalise_stock_code(line["stock_code"] or "") and line["letters"] not in line["names"]:
        # A code that is not in the store makes a merely similar name uncertain.
        match = open_
    if line["ended"] and match["entity_id"] == line["entity_id"]:
        reasons.append("it is dissolved or delisted and has no successor")
    if match["decision"] == "auto" and by_number and line["security"] == "common" and line["preference"] and not said:
        reasons.append("the name says preference shares, the number common ones")
    security = said if said in (RECEIPT, BOND) else line["security"] or said
    return {"row": line["row"]} | match | {"security": security, "reason": "; ".join(reasons) or None}


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


def _korean(portfolio: Portfolio, country: str | None) -> pl.Expr:
    """Whether rows are written for Korean readers, or of Korean securities: there LG and SK are exchange names."""
    if country != "KR" or re.search("[가-힣]", portfolio.columns.get("name", "")):
        return pl.lit(country == "KR")
    said = pl.col("name").str.contains("[가-힣]") | pl.col("country").is_not_null() | (pl.col("currency") == "KRW")
    return pl.col("foreign").is_null() & said.fill_null(False)


def _exchange_names(con: duckdb.DuckDBPyConnection, lines: pl.DataFrame) -> pl.DataFrame:
    """row, exact_id, former: of names that are exactly the short or former name of one listed company.

    A name in Latin letters (LG, SK) is the exchange's own only in a Korean file: elsewhere DB is Deutsche Bank.
    """
    open_ = (pl.col("decision") != "auto") & pl.col("name").is_not_null() & ~pl.col("numbered") & pl.col("korean")
    asked = lines.filter(open_, pl.col("matched_by").ne_missing("person")).select("row", "letters")
    listed = pl.DataFrame(con.sql(_LISTED_NAMES)).select(
        "former", exact_id="entity_id", letters=_squashed(pl.col("name"))
    )
    borne = asked.join(listed, on="letters").filter(pl.col("former") == pl.col("former").min().over("row"))
    return borne.unique(["row", "exact_id"]).filter(pl.len().over("row") == 1).drop("letters")


def _unlike(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines whose name is like none of the company's in any script."""

    def is_like(line: dict[str, Any]) -> bool:
        name, known = line["letters"], [one for one in line["names"] if len(one) >= 2]
        return not name or any(max(fuzz.ratio(name, n), fuzz.partial_ratio(name, n)) >= _COMPATIBLE for n in known)

    return lines.filter(~pl.struct("letters", "names").map_elements(is_like, pl.Boolean))


def _rivals(lines: pl.DataFrame, by_name: pl.DataFrame) -> pl.DataFrame:
    """row, rival (a sentence), of lines matched by number whose name means another company (`ByName`)."""
    best = by_name.filter(pl.col("rank") == 1).select("row", "means", best_id="entity_id", best="name", likely="score")
    own = by_name.group_by("row", "entity_id").agg(own=pl.col("score").max())
    rivals = (
        lines.filter(pl.col("decision") == "auto", ~pl.col("matched_by").is_in(["name", "person"]))
        .drop("best", "likely")
        .join(best, on="row")
        .join(own, on=["row", "entity_id"], how="left")
        .filter(pl.col("means").ne_missing(pl.col("entity_id")), pl.col("best_id") != pl.col("entity_id"))
        .filter(pl.col("likely") >= pl.max_horizontal(pl.lit(_RIVAL), 2 * pl.col("own").fill_null(0.0)))
    )
    number = pl.col("matched_by").str.replace_all("_", " ")
    reason = pl.format("the {} is of another company than the name, which means {}", number, "best")
    return _unlike(rivals).select("row", rival=reason)


def _strangers(
    con: duckdb.DuckDBPyConnection, lines: pl.DataFrame, country: str | None, today: pl.Expr
) -> pl.DataFrame:
    """row, rival (a sentence), of lines matched by stock code whose name is none of that company in any script.

    Shenzhen numbers its shares as Seoul does: 000100 is Yuhan there and TCL here.
    """
    coded = lines.filter(
        (pl.col("decision") == "auto") & (pl.col("matched_by") == "stock_code"),
        pl.col("letters").str.count_matches(r"\p{L}") >= _INITIALS,
    )
    name, in_full = pl.col("name"), pl.col("stock_code").str.len_chars() >= _CODE
    # A code with its market needs no name; few Chinese and Japanese ones are known.
    is_here = pl.col("stock_code").str.contains(r"(?i)\bK[SQP]\b|KRX") | (pl.col("currency") == "KRW")
    # A group beside a code is that of its sector; beside a short number (`Automobiles`, 40) it has a weight.
    unlike = _unlike(coded).filter(
        ~name.map_elements(lambda n: bool(normalise_stock_code(n)), pl.Boolean),
        ~(name.map_elements(kinds.is_group, pl.Boolean) & in_full),
        ~(name.str.contains("[ぁ-ヿ一-鿿]") & is_here.fill_null(False)),
    )
    if unlike.is_empty():
        return unlike.select("row", rival=pl.lit(None, pl.String))
    found = resolve(con, unlike.select("row", "name"), country=country)
    likely = pl.concat(frame.select("row", "entity_id", "score") for frame in (found.matches, found.candidates))
    known = likely.with_columns(today).filter(pl.col("score") >= _RIVAL)
    problem = "the stock code is of a company that is not known by this name"
    return unlike.join(known, on=["row", "entity_id"], how="anti").select("row", rival=pl.lit(problem))
