"""Norges Bank: its decisions on companies. Verdicts only, never an input of a score."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from screener.sources.rows import Collector, day, named_id
from screener.sources.source import Files, Rows
from screener.sources.tables import rows_of
from screener.store.snapshots import ParseReport

_DECISIONS: Final = {
    "exclusion": "exclusion",
    "excluded": "exclusion",
    "observation": "observation",
    "under observation": "observation",
}


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the page of all decisions, or a CSV with the same columns."""
    rows = Collector()
    for row in rows_of(files, report):
        name, decision, decided = row["name"], _DECISIONS.get((row["decision"] or "").lower()), day(row["decided"])
        if not name or decision is None or decided is None:
            report.reject("verdict", None, "decision", name, "no company, decision or date", row["decision"])
            continue
        report.rows += 1
        known = rows.once(named_id("zz", "nbim", name), name)
        summary = row["criterion"] or row["category"]
        cells = {"institution": "Norges Bank", "decision": decision, "decided_on": decided, "summary": summary}
        rows.add("verdict", entity_id=known, **cells)
    yield rows.take()
