"""What the base holds (`screener.runs.coverage`), for a reader: terminal, Markdown, JSON."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from rich.console import Console
from rich.text import Text

from screener.report import serialise
from screener.report.tables import markdown_table, print_table
from screener.report.text import cleaned, markdown_safe
from screener.report.wording import Wording
from screener.runs.coverage import Coverage

_COUNTS = ("topic", "companies", "exposed", "facts", "entities", "answers", "unanswered", "verdicts", "searches")
_GRADES = ("topic", "single", "grade_a", "grade_b", "grade_c", "grade_d", "grade_e")
_AGES = ("topic", "age_year", "age_two_years", "age_older", "age_ended", "newest")
_YEARS = 7
_POOR = ["empty", "few"]


def print_coverage(c: Coverage, w: Wording, out: Console, *, full: bool = False) -> None:
    """Prints the tables; the searches on topics with few companies or none, or on all with `full`."""
    for frame, head in _tables(c, w):
        print_table(out, w, frame, frame.columns, [head, ""])
        out.print()
    for line in _thin(c, w):
        out.print(Text(line))
    poor = c.topics.filter(pl.col("thin").list.eval(pl.element().is_in(_POOR)).list.any())["topic"]
    shown = c.searches if full else c.searches.filter(pl.col("topic").is_in(poor.implode()))
    for topic, rows in _by_topic(shown, w):
        out.print()
        out.print(Text(w("base.searched", topic=topic), style="bold"))
        for row in rows:
            out.print(Text(f"  {row['head']}: {row['said']}"))


def coverage_markdown(c: Coverage, w: Wording) -> str:
    """The same with all searches, as Markdown."""
    parts = [markdown_table(w, frame, frame.columns, [head]) for frame, head in _tables(c, w)]
    parts.append("\n".join(f"- {line}" for line in _thin(c, w)) + "\n")
    for topic, rows in _by_topic(c.searches, w):
        lines = [f"- {markdown_safe(row['head'])}: {markdown_safe(row['said'])}" for row in rows]
        parts.append("\n".join([f"**{markdown_safe(w('base.searched', topic=topic))}**", "", *lines]) + "\n")
    return "\n".join(parts)


def coverage_json(c: Coverage) -> str:
    """Everything, in English words: schema `screener/coverage/1`; days are ISO dates."""
    rows = []
    for row in c.topics.iter_rows(named=True):
        years = c.years.filter(pl.col("topic") == row["topic"])
        searches = c.searches.filter(pl.col("topic") == row["topic"]).drop("topic").to_dicts()
        by_year = {str(year): facts for year, facts in years.select("year", "facts").iter_rows()}
        rows.append(row | {"by_year": by_year, "searched": searches})
    head = {"schema": "screener/coverage/1", "as_of": c.as_of, "known_at": c.known_at, "facts_in_no_finding": c.idle}
    return serialise.dump(head | {"topics": rows})


def _tables(c: Coverage, w: Wording) -> Iterator[tuple[pl.DataFrame, str]]:
    clocks = w("head.clocks", as_of=w.day(c.as_of), known_at=w.day(c.known_at))
    idle = "" if c.idle is None else f" {w('base.idle', idle=c.idle)}"
    yield c.topics.select(_COUNTS), f"{w('base.counts')} ({clocks}).{idle}"
    yield c.topics.select(_GRADES), w("base.grades")
    yield c.topics.select(_AGES), w("base.ages")
    first = c.as_of.year - _YEARS + 1
    label = pl.when(pl.col("year") < first).then(pl.lit(f"≤ {first - 1}")).otherwise(pl.col("year").cast(pl.String))
    years = c.years.sort("year").group_by("topic", label.alias("label"), maintain_order=True).agg(pl.col("facts").sum())
    order = c.years.sort("year").select(label.alias("label"))["label"].unique(maintain_order=True)
    wide = years.pivot("label", on_columns=order, index="topic", values="facts")
    yield c.topics.select("topic").join(wide, on="topic", how="left", maintain_order="left"), w("base.years")


def _thin(c: Coverage, w: Wording) -> Iterator[str]:
    for row in c.topics.filter(pl.col("thin").list.len() > 0).iter_rows(named=True):
        reasons = "; ".join(w(f"base.thin_{word}", **row) for word in row["thin"])
        yield w("base.thin", topic=w.label("topics", row["topic"]), reasons=reasons)


def _by_topic(searches: pl.DataFrame, w: Wording) -> Iterator[tuple[str, list[dict[str, str]]]]:
    for (topic,), rows in cleaned(searches).group_by("topic", maintain_order=True):
        said = []
        for row in rows.iter_rows(named=True):
            head = w("base.search", subject=row["subject"], day=w.day(row["searched_on"]), languages=row["languages"])
            said.append({"head": head, "said": w.translated(row["result"], row["result_ko"])[0] or ""})
        yield w.label("topics", str(topic)), said
