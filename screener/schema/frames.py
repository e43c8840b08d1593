"""Schema classes of the frames that modules exchange. Units: weights and shares are fractions 0-1, money is USD."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import dataframely as dy

from screener.schema import vocabulary as words

Column = TypeVar("Column")


def of(kind: Callable[..., Column], number: int, *, nullable: bool = False, **rules: Any) -> tuple[Column, ...]:
    """`number` consecutive columns of one kind, such as `dy.String`, under the same rules."""
    return tuple(kind(nullable=nullable, **rules) for _ in range(number))


class Reject(dy.Schema):
    """A rejected row, and why. One row per broken rule.

    `table` is the dataset table (or `holding`), `row` counts records with the header as 1, `key` identifies the record.
    """

    table, file = of(dy.String, 2)
    row = dy.Int64(nullable=True)
    column, key = of(dy.String, 2, nullable=True)
    problem = dy.String(nullable=False)
    found, do = of(dy.String, 2, nullable=True)


@dataclass(frozen=True)
class SupplyFile:
    """A file of the user's own deliveries: facts written, names new to the store, rows left out, remarks, notes."""

    name: str
    sha256: str
    facts: int
    made: int
    left_out: int
    rejects: dy.DataFrame[Reject]
    notes: list[str]


class Holding(dy.Schema):
    """A line of the user's portfolio as written, except for white space.

    `row` numbers the lines of all sheets: the row in the file, plus a power of ten per further sheet. `sheet`
    (null in a file with one table) and `line` give the line's place. `company` is the name without the part that makes
    the security a `receipt` or a `bond`, which `security` has. Identifiers are in the column of their scheme, wherever
    the file has them. `foreign` says why the line may be from another country. `weight` is a fraction of the whole
    portfolio after normalisation (`weight_written` is the number in the file), `value` is in units of `currency`.
    `kind` says what the line is: `security`, `fund`, `cash`, `derivative` or `government_bond`.
    """

    row = dy.Int64(nullable=False)
    sheet = dy.String(nullable=True)
    line = dy.Int64(nullable=False)
    name, company, security, isin, stock_code, dart, lei, brn, crn, cusip, sedol = of(dy.String, 11, nullable=True)
    figi, currency, country, foreign = of(dy.String, 4, nullable=True)
    value, weight_written, weight = of(dy.Float64, 3, nullable=True)
    kind = dy.String(nullable=False)


class Finding(dy.Schema):
    """One (company, rule, path): what the rules pass to the score.

    `proximity` 0-1 is the product over the edges; `share` is the company's plain share in the act (1 where it acts
    itself); `amount_usd` is US dollars a year of the whole act. `edge_ids` leads from the company to the anchor;
    the first `scored_prefix` of them carry the finding, the others only describe an anchor that counts without them.
    Findings of one rule, company, anchor, relation and `statement_key` state the same thing. `dedup_anchor_id` is the
    first anchor on the path after the actor: mostly the anchor itself. `relation` is `direct`, `owned` (through an
    entity that the company answers for), `supply` or `group`. `ownership_tests` has the ids of the tests
    (rules/regimes.toml) by which a firm that the anchor owns counts as listed. `identity` is a hash of rule, company,
    actor, anchor and act: another copy of a list, a new source or a changed number does not change it. `act_since` is
    the beginning of the act as written. It is `disputed` if a claim that it rests on is, and its end is `end_planned`
    if no source is as late as the end.
    """

    finding_id, rule_id, topic, company_id, anchor_id, dedup_anchor_id, actor_id, relation = of(dy.String, 8)
    tier = dy.Int32(nullable=False)
    edge_ids = dy.List(dy.String(nullable=False), nullable=False)
    scored_prefix = dy.Int32(nullable=False)
    fact_key, statement_key = of(dy.String, 2)
    proximity = dy.Float64(nullable=False, min=0.0, max=1.0)
    share, amount_usd, revenue_usd = of(dy.Float64, 3, nullable=True)
    status = dy.String(nullable=False, check=lambda cell: cell.is_in(list(words.STATUSES)))
    disputed, end_planned = of(dy.Bool, 2)
    ended_on = dy.Date(nullable=True)
    until = dy.String(nullable=True)
    confirmed_on = dy.Date(nullable=True)
    confirmed_written = dy.String(nullable=True)
    severity, involvement = of(dy.Float64, 2, min=0.0, max=1.0)
    ownership_tests = dy.List(dy.String(nullable=False), nullable=False)
    identity = dy.String(nullable=False)
    act_since = dy.String(nullable=True)


class Claim(dy.Schema):
    """A claim that a finding rests on: `confidence` and `recency` 0-1; `stale` if it was not confirmed for long."""

    finding_id, claim = of(dy.String, 2)
    confidence, recency = of(dy.Float64, 2, min=0.0, max=1.0)
    live, stale, disputed = of(dy.Bool, 3)


class Knowledge(dy.Schema):
    """Knowledge about a company: `kind` is registry, ownership, supply or activity; `newest` the last confirmation."""

    company_id, kind = of(dy.String, 2)
    facts = dy.Int64(nullable=False)
    newest = dy.Date(nullable=True)


class ScoredFinding(Finding):
    """A finding with the factors of its exposure, each 0-1; exposure = their product (rules/method.toml names them)."""

    confidence, magnitude = of(dy.Float64, 2, min=0.0, max=1.0)
    magnitude_known = dy.Bool(nullable=False)
    recency = dy.Float64(nullable=False, min=0.0, max=1.0)
    stale = dy.Bool(nullable=False)
    exposure = dy.Float64(nullable=False, min=0.0, max=1.0)
    included_in_topic_score = dy.Bool(nullable=False)
    attributed_usd = dy.Float64(nullable=True)


class TopicScore(dy.Schema):
    """One (company, topic): score 0-100, band, confidence 0-1, coverage, rank and its interval under other parameters.

    `rank` is among the `ranked` companies with a score and a finding of their own; mere affiliates of acting companies
    have no rank (0).
    """

    company_id, topic = of(dy.String, 2)
    score = dy.Float64(nullable=False, min=0.0, max=100.0)
    band = dy.String(nullable=False)
    confidence = dy.Float64(nullable=False)
    coverage = dy.String(nullable=False)
    findings = dy.Int64(nullable=False)
    live = dy.Bool(nullable=False)
    attributed_usd = dy.Float64(nullable=True)
    rank, ranked, rank_low, rank_high = of(dy.Int64, 4)


class CompanyScore(dy.Schema):
    """One company over all topics: score 0-100, band, confidence of its strongest topic."""

    company_id = dy.String(nullable=False)
    score = dy.Float64(nullable=False, min=0.0, max=100.0)
    band = dy.String(nullable=False)
    confidence = dy.Float64(nullable=False)
