"""The tables of a run: what they say of a status, made from an assessment and from a document of it alike."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from screener.report.build import companies_document
from screener.report.wording import wording
from screener.runs.documents import run_of
from screener.runs.tables import run_tables
from screener.score.assess import assess
from tests.once import memory_store
from tests.runs.worlds import OF_FILES, World, leasing

DAY = dt.date(2024, 6, 30)


@pytest.mark.parametrize(
    ("until", "reported_by", "planned"),
    [("2023-12-31", "", True), ("2023-12-31", "paper", False), ("2019-12-31", "", False)],
    ids=["only planned", "reported", "told afterwards by the source of the tie"],
)
def test_an_end_that_was_only_planned_is_marked_in_every_table(
    here: Path, until: str, reported_by: str, planned: bool
) -> None:
    World().rules(here / "rules")
    facts = leasing()
    facts.rows["activity"] = []
    lease = {"source_ids": "filing", "end_source_ids": reported_by, "valid_from": "2018", "valid_to": until}
    facts.does("kr-a", "leases_from", "mm-army", **lease, status="ended")
    with memory_store(facts.rows) as con:
        con.execute(OF_FILES)
        assessment = assess(con, as_of=DAY, known_at=DAY)
    document = companies_document(assessment, ["kr-a", "kr-b"], wording(), "list", "")
    for tables in (run_tables(assessment), run_of(document).tables):
        for name in ("companies", "findings"):
            rows = set(tables[name].select("status", "end_planned").iter_rows())
            assert rows == {("ended", planned)}, name
        of_act = tables["steps"].filter(relation="leases_from")
        assert set(of_act.select("until", "end_planned").iter_rows()) == {(until, planned)}
        assert not tables["steps"].filter(relation="owns")["end_planned"].any()
