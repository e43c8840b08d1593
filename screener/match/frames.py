"""Frames that the resolver takes and returns."""

from dataclasses import dataclass, field

import dataframely as dy
import polars as pl

from screener.schema.frames import of

DECISIONS = ("auto", "review", "none")
ID_COLUMNS = ("isin", "stock_code", "dart", "lei", "brn", "crn")
MATCHED_BY = (*ID_COLUMNS, "name", "person")


class Queries(dy.Schema):
    """Names and identifiers as written; one filled cell is enough."""

    row = dy.Int64(primary_key=True)
    name, isin, stock_code, dart, lei, brn, crn = of(dy.String, 7, nullable=True)


def completed(queries: pl.DataFrame) -> dy.DataFrame[Queries]:
    """The queries with all columns: a missing one counts as empty."""
    every = pl.concat([Queries.create_empty(), queries.cast({"row": pl.Int64})], how="diagonal_relaxed")
    return Queries.validate(every.select(Queries.column_names()), cast=True)


class Matches(dy.Schema):
    """The result of each query: one row each, sorted by row.

    `entity_id` is set only where `decision` is `auto`, so that no guess is ever screened. The proposals of a `review`
    row are its candidates. `score` is a probability in [0, 1], 1 for identifiers. `security` distinguishes a
    preference share from a common one where the query says so. `reason` is one sentence, if any.
    """

    row = dy.Int64(primary_key=True)
    entity_id = dy.String(nullable=True)
    matched_by = dy.String(nullable=True, check=lambda cell: cell.is_null() | cell.is_in(list(MATCHED_BY)))
    score = dy.Float64(nullable=False, min=0.0, max=1.0)
    decision = dy.String(nullable=False, check=lambda cell: cell.is_in(list(DECISIONS)))
    security, reason = of(dy.String, 2, nullable=True)

    @dy.rule()
    def only_auto_has_an_entity(cls) -> pl.Expr:
        """`entity_id` is set exactly where the decision is `auto`."""
        return (pl.col("decision") == "auto") == pl.col("entity_id").is_not_null()


class Candidates(dy.Schema):
    """Entities that a query may mean, best first: rank 1, 2, …; `why` says which parts of the names match."""

    row = dy.Int64(primary_key=True)
    rank = dy.Int64(primary_key=True, min=1)
    entity_id, name = of(dy.String, 2)
    score = dy.Float64(nullable=False, min=0.0, max=1.0)
    why = dy.String(nullable=False)


class ByName(Candidates):
    """Candidates by name alone, regardless of the identifiers.

    `means`: the company that the name certainly means, or its successor; null where that is uncertain.
    """

    means = dy.String(nullable=True)


@dataclass(frozen=True)
class Resolution:
    """Matches and candidates of one call of `screener.match.match.resolve`, and the candidates by name alone.

    A name similar to one of the company that the row's identifier gives is not searched for and not in `by_name`.
    """

    matches: dy.DataFrame[Matches]
    candidates: dy.DataFrame[Candidates]
    by_name: dy.DataFrame[ByName] = field(default_factory=ByName.create_empty)
