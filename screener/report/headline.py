"""A company in one line: what its findings amount to, so that no ranking in any format tells a score without its status."""

from __future__ import annotations

import polars as pl

from screener.report.words import STATUS_WORDS, TOPIC_NAMES
from screener.score.assess import Assessment


def headlines(a: Assessment) -> pl.DataFrame:
    """One row a company with findings, sorted by company_id.

    Columns: company_id; `standing`, the status of the weightiest finding that has not ended (of all, where every one has), such as `active`,
    `disputed, unconfirmed since 2020` or `ended`; `live`, whether any finding has not ended; `findings`, how many there are; `topics` with a
    score above nought, the highest first, as structs of `topic`, `band`, `group` (told only as an affiliate of a company that acts) and
    `label`, such as `Myanmar gas (group) (trace)`.
    """
    ended, weight = pl.col("status") == "ended", pl.col("exposure") * pl.col("confidence")
    # That a tie is disputed, or its end announced, outlasts the last sighting.
    seen = [
        pl.when(~pl.col("stale") | (pl.col("status") != "active")).then(pl.col("status").replace_strict(STATUS_WORDS)),
        pl.when("stale").then(pl.format("unconfirmed since {}", pl.col("confirmed_on").dt.year())),
    ]
    standing = (
        a.scores.findings.sort([ended, weight, "finding_id"], descending=[False, True, False])
        .unique("company_id", keep="first", maintain_order=True)
        .select("company_id", standing=pl.concat_str(seen, separator=", ", ignore_nulls=True))
    )
    counts = a.scores.topics.group_by("company_id").agg(live=pl.col("live").any(), findings=pl.col("findings").sum())
    labelled = topic_labels(a).filter(pl.col("score") > 0)
    topics = (
        labelled.sort(["score", "topic"], descending=[True, False])
        .group_by("company_id", maintain_order=True)
        .agg(topics=pl.struct("topic", "band", "group", "label"))
    )
    return (
        counts.join(standing, on="company_id", how="left")
        .join(topics, on="company_id", how="left")
        .select("company_id", "standing", "live", "findings", "topics")
        .sort("company_id")
    )


def topic_labels(a: Assessment) -> pl.DataFrame:
    """company_id, topic, score, band, live, `group` (no finding of its own) and `label` (the topic's name with what restricts it)."""
    grouped = a.scores.findings.group_by("company_id", "topic").agg(group=(pl.col("relation") == "group").all())
    return (
        a.scores.topics.select("company_id", "topic", "score", "band", "live")
        .join(grouped, on=["company_id", "topic"], how="left", maintain_order="left")
        .with_columns(
            label=pl.concat_str(
                pl.col("topic").replace_strict(TOPIC_NAMES),
                pl.when("group").then(pl.lit(" (group)")).otherwise(pl.lit("")),
                pl.when(pl.col("band") == "none").then(pl.lit(" (trace)")).otherwise(pl.lit("")),
            )
        )
    )
