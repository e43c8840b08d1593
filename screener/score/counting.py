"""Which findings count: each fact once and each anchor once, chosen so that the topic score is as high as can be.

Taking the strongest first would not do: a fact that leads to two anchors would leave one of them for nothing as soon as it led a little
better to the other, and evidence added would lower the score. The best choice never falls when a finding is added or gains weight.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Matrix = npt.NDArray[np.float64]


def counted_once(findings: pl.DataFrame) -> pl.Series:
    """Boolean, one a row: whether the finding counts.

    Args:
        findings: finding_id, company_id, topic, fact_key, anchor_id, exposure and confidence (0-1).

    The score of a (company, topic) is 1 - product of (1 - weight) over the findings that count, weight = exposure * confidence.
    """
    keyed = findings.select(
        "finding_id", "company_id", "topic", "fact_key", "anchor_id", weight=pl.col("exposure") * pl.col("confidence")
    )
    group = ("company_id", "topic")
    first = {
        side: pl.struct(-pl.col("weight"), "finding_id").rank("ordinal").over(*group, side) == 1
        for side in ("fact_key", "anchor_id")
    }
    chosen = keyed.with_columns(of_fact=first["fact_key"], of_anchor=first["anchor_id"]).with_columns(
        # Where the strongest finding of each fact leads to an anchor of its own, no choice could be better; and the other way round.
        facts=pl.col("anchor_id").filter(pl.col("of_fact")).is_unique().all().over(*group),
        anchors=pl.col("fact_key").filter(pl.col("of_anchor")).is_unique().all().over(*group),
    )
    easy = pl.when("facts").then("of_fact").when("anchors").then("of_anchor").otherwise(False)
    counted = dict(chosen.select("finding_id", easy).iter_rows())
    for _, contested in chosen.filter(~pl.col("facts") & ~pl.col("anchors")).sort("finding_id").group_by(*group):
        for finding_id in _assigned(contested):
            counted[finding_id] = True
    return pl.Series([counted[finding_id] for finding_id in findings["finding_id"]], dtype=pl.Boolean)


def _assigned(findings: pl.DataFrame) -> list[str]:
    facts, anchors = (findings[side].unique().sort().to_list() for side in ("fact_key", "anchor_id"))
    value = np.zeros((len(facts), len(anchors)))
    told: dict[tuple[int, int], str] = {}
    rows = findings.sort(["weight", "finding_id"], descending=[False, True])
    for finding_id, fact, anchor, weight in rows.select("finding_id", "fact_key", "anchor_id", "weight").iter_rows():
        place = facts.index(fact), anchors.index(anchor)
        value[place], told[place] = -np.log1p(-min(weight, 1 - 1e-12)), finding_id
    turned = value.shape[0] > value.shape[1]
    pairs = enumerate(best_assignment(value.T if turned else value))
    places = [(b, a) if turned else (a, b) for a, b in pairs]
    return [told[place] for place in places if value[place] > 0]


def best_assignment(value: Matrix) -> list[int]:
    """The column of each row, no column twice, so that the values add up to the most (Kuhn 1955, with potentials as Jonker and Volgenant 1987).

    Args:
        value: no more rows than columns.
    """
    rows, columns = value.shape
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    owner = np.zeros(
        columns + 1, dtype=np.int64
    )  # of column j, the row (from 1) that has it; column 0 is where a row waits
    for row in range(1, rows + 1):
        owner[0], column = row, 0
        least, came_from = np.full(columns + 1, np.inf), np.zeros(columns + 1, dtype=np.int64)
        done = np.zeros(columns + 1, dtype=np.bool_)
        while owner[column]:
            done[column] = True
            offered = -value[owner[column] - 1] - row_price[owner[column]] - column_price[1:]
            better = np.flatnonzero(~done[1:] & (offered < least[1:])) + 1
            least[better], came_from[better] = offered[better - 1], column
            following = int(np.where(done, np.inf, least).argmin())
            step = least[following]
            row_price[owner[done]] += step
            column_price[done] -= step
            least[~done] -= step
            column = following
        while column:
            owner[column] = owner[came_from[column]]
            column = int(came_from[column])
    assigned = {int(row): column - 1 for column, row in enumerate(owner[1:], 1) if row}
    return [assigned[row] for row in range(1, rows + 1)]
