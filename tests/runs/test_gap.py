"""`screener gap`: who lists a body with Korean ties since when, whether Korea does, and what flows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from screener.report.wording import wording
from screener.runs.gap import gap
from screener.score.assess import assess
from tests.golden.world import World as Program
from tests.golden.world import inside
from tests.once import answers_once, memory_store
from tests.rules.facts import Facts
from tests.runs.worlds import OF_FILES, World, leasing


def _world(here: Path) -> Facts:
    """The army is listed by the US and the EU, and by an NGO in Britain."""
    facts = leasing()
    facts.source("ngo", "C", publisher_kind="ngo")
    for list_id, place, since in (
        ("us-ofac-sdn", "US", "2021-03-25"),
        ("eu-fsf", "EU", None),
        ("ngo-list", "GB", "2020"),
    ):
        facts.listed("mm-army", list_id, valid_from=since)
        facts.rows["list"][-1] |= {"jurisdiction": place, "source_ids": "ngo" if place == "GB" else "register"}
    facts.does(
        "kr-c", "leases_from", "mm-army", source_ids="filing", valid_from="2010", valid_to="2015-01-01", status="ended"
    )
    World().rules(here / "rules")
    return facts


def _gap(facts: Facts, language: str = "en", day: dt.date = dt.date(2024, 6, 30)) -> pl.DataFrame:
    with memory_store(facts.rows) as con:
        con.execute(OF_FILES)
        return gap(con, assess(con, as_of=day, known_at=day), wording(language))


def test_a_row_says_who_lists_since_when_and_what_the_tie_is(here: Path) -> None:
    rows = _gap(_world(here))
    assert rows["company_id"].to_list() == ["kr-a", "kr-b", "kr-c"], "what goes on first, the larger before the smaller"
    first = rows.row(0, named=True)
    assert (first["us"], first["eu"], first["uk"], first["korea"], first["lists"]) == (
        "2021-03-25",
        "yes",
        None,
        None,
        2,
    )
    assert (first["relation"], first["yearly_usd"], first["status"]) == ("leases_from", 1_000_000.0, "active")
    assert rows["yearly_usd"].to_list() == [1_000_000.0, 800_000.0, None]
    assert "kr-a" in rows["tie"][1], "the tie of an owner names who acts"


def test_a_tie_that_nobody_has_confirmed_for_years_is_not_reported_as_going_on(here: Path) -> None:
    words = ["active when last confirmed, 2024-05-01; not confirmed since", "ended 2015-01-01"]
    rows = _gap(_world(here), day=dt.date(2027, 1, 1))
    assert rows["status_words"].to_list()[::2] == words
    assert rows["stale"].to_list() == [True, True, False]


def test_the_tie_is_told_from_who_acts_and_not_as_what_others_do(here: Path) -> None:
    """A firm's work for a project had ended; told was that the project pays the body, `ended`."""
    facts = _world(here)
    rule = here / "rules" / "myanmar-military" / "leases-from-the-army.toml"
    path = '{ relation = "services_to", target_kind = ["project"] }, { relation = "project_pays" }'
    rule.write_text(rule.read_text(encoding="utf-8").replace('{ relation = "leases_from" }', path), encoding="utf-8")
    facts.entity("mm-field", kind="project")
    facts.does(
        "kr-a", "services_to", "mm-field", source_ids="filing", valid_from="2010", valid_to="2015", status="ended"
    )
    facts.does("mm-field", "project_pays", "mm-army", source_ids="paper", valid_from="2010", confirmed_on="2024-05-01")
    rows = _gap(facts).sort("company_id")
    said = "kr-a worked for mm-field, which makes payments to mm-army"
    assert rows["tie"].to_list() == [said, said], "also of the owner, who answers for it"
    assert set(rows["status_words"]) == {"ended 2015"}


def test_a_korean_listing_is_shown_and_one_that_has_ended_is_not(here: Path) -> None:
    facts = _world(here)
    facts.listed("mm-army", "kr-measures", valid_from="2021-04-01")
    facts.rows["list"][-1]["jurisdiction"] = "KR"
    assert set(_gap(facts)["korea"]) == {"2021-04-01"}
    facts.rows["listing"][-1]["valid_to"] = "2022-01-01"
    assert set(_gap(facts)["korea"]) == {None}


def test_a_body_that_only_others_than_states_list_has_no_row(here: Path) -> None:
    facts = _world(here)
    facts.rows["listing"] = [
        row for row in facts.rows["listing"] if row["list_id"] in ("ngo-list", "test-military-list")
    ]
    assert _gap(facts).is_empty()


def test_korean_reads_korean(here: Path) -> None:
    rows = _gap(_world(here), "ko")
    assert any("\uac00" <= sign <= "\ud7a3" for sign in rows["tie"][0])


def test_the_command_writes_every_format_in_both_languages(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        inside(patch)
        answers_once(patch)
        program = Program(tmp_path / "s.duckdb")
        for language in ("en", "ko"):
            for form in ("terminal", "json", "csv", "md"):
                found = program.run("gap", "--topic", "myanmar", "--format", form, "--lang", language)
                assert (found.code, bool(found.out)) == (0, True), found.err
