"""Fairness to the named: what ended is never reported as going on, words follow the grade of the evidence, companies' answers appear with the findings."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from screener.report.steps import edge_words, step_dates
from screener.report.terminal import BAND_STYLES
from screener.report.wording import BAND_MARKS, LANGUAGES, verb, wording
from screener.schema import vocabulary
from tests.golden.world import MIXED, World, read_tables, write_tables

TODAY = dt.date(2024, 6, 30)

ENDED = "000930"  # Namsan Textile: its only finding, a joint venture, ended in December 2021


def _portfolio(folder: Path, code: str) -> Path:
    (folder / "p.csv").write_text(f"code,weight\n{code},100\n", encoding="utf-8")
    return folder / "p.csv"


@pytest.mark.parametrize(("command", "fmt"), [("screen", "terminal"), ("screen", "html"), ("show", "md")])
def test_what_ended_is_reported_as_ended_in_words(world: World, tmp_path: Path, command: str, fmt: str) -> None:
    ran = (
        world.screen(_portfolio(tmp_path, ENDED), "--format", fmt)
        if command == "screen"
        else world.run("show", ENDED, "--format", fmt)
    )
    assert ran.code == 0, ran.err
    text = re.sub(r"(?s)<style.*?</style>|<script.*?</script>", "", ran.out)
    assert "ended 2021-12-20" in text
    assert "had a joint venture" in text
    assert "has a joint venture" not in text
    assert not re.search(r"(?i)\b(still|currently|ongoing)\b", text)
    assert not re.search(r"(?i)(?<!in)\bactive\b", text)
    if command == "screen":
        assert "Exposed by topic" not in text or fmt != "terminal"


def test_what_ended_is_reported_as_ended_to_machines(world: World, tmp_path: Path) -> None:
    path = _portfolio(tmp_path, ENDED)
    document = json.loads(world.screen(path, "--format", "json").out)
    assert [f["status"] for f in document["companies"][0]["findings"]] == ["ended"]
    assert document["portfolio"]["by_topic"] == []
    (topic,) = document["companies"][0]["topics"]
    assert topic["live"] is False
    (finding,) = csv.DictReader(io.StringIO(world.screen(path, "--format", "csv", "--table", "findings").out))
    assert finding["status"] == "ended"
    (line,) = csv.DictReader(io.StringIO(world.screen(path, "--format", "csv").out))
    assert "ended" in line["topics"]


@pytest.mark.parametrize("fmt", ["terminal", "html", "md", "csv"])
def test_no_ranking_tells_a_score_without_its_status(world: World, fmt: str) -> None:
    """Every company's line says how its weightiest finding stands: as the JSON document does, for the same companies."""
    companies = json.loads(world.screen(MIXED, "--format", "json").out)["companies"]
    statuses = {c["name"]: c["headline_status"] for c in companies if c["findings"]}
    assert {"ended", "disputed", "exit announced"} & set(statuses.values()), "the golden world has more than live ones"
    out = (
        world.screen(MIXED, "--full", "--format", fmt, width=180).out
        if fmt == "terminal"
        else world.screen(MIXED, "--format", fmt).out
    )
    lines = re.sub(r"</td>\s*\n", "</td>", out).splitlines()
    for name, status in statuses.items():
        assert any(name in line and re.split(r"[ ,]", status)[0] in line for line in lines), (name, status)


def test_what_ended_is_left_out_of_a_campaign_list_on_request(world: World) -> None:
    listed = {
        no: {c["stock_code"] for c in json.loads(world.run("list", no, "--format", "json").out)["companies"]}
        for no in ("--ended", "--no-ended")
    }
    assert ENDED in listed["--ended"]
    assert ENDED not in listed["--no-ended"]


@pytest.mark.parametrize("fmt", ["terminal", "html", "md", "json"])
def test_the_answers_of_the_companies_appear_with_the_findings(world: World, tmp_path: Path, fmt: str) -> None:
    output = " ".join(
        world.screen(_portfolio(tmp_path, f"900070,\n900080,\n{ENDED}"), "--full", "--format", fmt).out.split()
    )
    for answer in ("never delivered to the army", "give up the hotel", "sold its part"):
        assert answer in output


def test_an_announced_exit_and_a_dispute_are_named_as_such(world: World) -> None:
    assert "exit announced" in world.run("show", "900080").out
    disputed = world.run("show", "900070").out
    assert "disputed" in disputed
    assert "alleged by A Blog" in " ".join(disputed.split())


def test_the_report_says_that_an_affiliate_did_not_itself_act(world: World) -> None:
    document = json.loads(world.run("show", "kr-hanbit-trading", "--format", "json").out)
    assert {f["relation"] for f in document["companies"][0]["findings"]} == {"group"}
    text = " ".join(world.run("show", "kr-hanbit-trading").out.split())
    assert "it did not itself act" in text
    assert "Hanbit Trading" not in world.run("list").out


def test_a_presumed_origin_is_marked_as_presumed_everywhere(world: World, tmp_path: Path) -> None:
    path = _portfolio(tmp_path, "000060")
    for fmt in ("terminal", "html", "csv"):
        extra = ("--table", "findings") if fmt == "csv" else ()
        assert "presumed" in world.screen(path, "--format", fmt, *extra).out, fmt
    (finding,) = json.loads(world.screen(path, "--format", "json").out)["companies"][0]["findings"]
    assert finding["origin_presumed"] is True


def test_colour_is_never_the_only_signal(world: World) -> None:
    assert len(set(BAND_MARKS.values())) == len(vocabulary.BANDS) == len(BAND_STYLES)
    ranking = world.run("list").out
    assert "\x1b" not in ranking
    for band in ("severe", "elevated", "low"):
        assert f"{BAND_MARKS[band]}" in ranking
        assert re.search(rf"score [\d.]+, {band}", ranking)


@pytest.mark.parametrize(
    ("grade", "kind", "word"),
    [
        ("A", "court", "court"),
        ("A", "official_list", "listed"),
        ("A", "company", "disclosed"),
        ("A", "registry", "disclosed"),
        ("B", "company", "disclosed"),
        ("B", "un_body", "reported"),
        ("C", "ngo", "reported"),
        ("D", "media", "reported"),
        ("C", "company", "reported"),
        ("E", "other", "alleged"),
        ("E", "media", "alleged"),
        ("E", "ngo", "alleged"),
        ("E", "company", "alleged"),
        ("E", "court", "alleged"),
    ],
)
def test_words_follow_the_grade(grade: str, kind: str, word: str) -> None:
    assert verb(grade, kind) == word


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("relation", [*vocabulary.ACTIVITIES, "owns", "buys_from", "listed_on"])
@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("kind", ["place", "company", None])
def test_every_relation_has_words_for_now_and_for_then(
    relation: str, forward: bool, known: bool, kind: str | None, language: str
) -> None:
    edge = {
        "relation": relation,
        "share": 0.5 if known else None,
        "share_min": 0.5 if known else None,
        "amount_usd": 1e6 if known else None,
        "confirmed_on": None,
    }
    product = "steel" if known else None
    now, then = (
        " ".join(
            edge_words(
                edge | {"status": status},
                wording(language),
                dt.date(2024, 6, 30),
                "A",
                "A",
                forward=forward,
                kind=kind,
                product=product,
            )
        )
        for status in ("active", "ended")
    )
    assert now.strip()
    assert "{" not in now + then
    assert "_" not in now + then
    assert "  " not in now.strip() + then.strip()
    if relation != "goods_detained":
        assert now != then


def test_numbers_are_written_short_and_right() -> None:
    w = wording("en")
    assert [w.percent(x) for x in (0.51, 0.085, 1, 0, 0.00001)] == ["51 %", "8.5 %", "100 %", "0 %", "<0.01 %"]
    assert [w.dollars(x) for x in (0, 999, 1000, 193_900_000, 2.5e9)] == [
        "USD 0",
        "USD 999",
        "USD 1k",
        "USD 193.9m",
        "USD 2.5bn",
    ]


@pytest.mark.parametrize(
    ("least", "words"),
    [
        (0.5, "holds 50 % of"),
        (0.4496, "holds 44.96 % to 50 % of"),
        (0.0, "holds up to 50 % of"),
        (None, "holds 50 % of"),
    ],
)
def test_a_share_that_is_known_as_a_range_is_written_as_one(least: float | None, words: str) -> None:
    stake = {"relation": "owns", "share": 0.5, "share_min": least, "amount_usd": None, "confirmed_on": None}
    assert edge_words(stake | {"status": "active"}, wording("en"), TODAY, "A", "A")[0].strip() == words


@pytest.mark.parametrize(
    ("language", "told"), [("en", ["2017 to 2019", "2023-08"]), ("ko", ["2017년부터 2019년까지", "2023년 8월"])]
)
def test_a_period_and_what_began_and_ended_together_are_written_as_the_language_writes_days(
    language: str, told: list[str]
) -> None:
    """It read `2017 – 2019` in both languages, and `2023-08 to 2023-08`."""
    fact = {"since": None, "until": None, "status": "ended", "period": None, "begun_known": True}
    paid = fact | {"relation": "pays", "period": "2017/2019"}
    held = fact | {"relation": "goods_detained", "since": "2023-08", "until": "2023-08"}
    assert [step_dates(edge, wording(language)) for edge in (paid, held)] == told


def test_a_planned_end_in_the_past_does_not_read_as_one_to_come() -> None:
    plan = {"relation": "buys_from", "since": "2017", "until": "2024-05", "status": "ended", "period": None}
    said = step_dates(plan | {"begun_known": True, "end_planned": True}, wording("ko"))
    assert said == "2017년부터, 2024년 5월 종료 예정이었음"


def test_the_publisher_of_the_last_confirmation_is_named_and_an_announcement_confirms_nothing() -> None:
    supply = {"relation": "buys_from", "since": "2022-04", "until": None, "status": "active", "period": None}
    supply |= {"confirmed_on": TODAY, "begun_known": True}
    said = step_dates(supply | {"confirmed_written": "2025-06-27"}, wording("en"), "Kollo")
    assert said == "since 2022-04, last confirmed 2025-06-27 by Kollo"
    assert (
        step_dates(supply | {"confirmed_written": "2021-05-21"}, wording("en"))
        == "was to begin 2022-04, announced 2021-05-21"
    )
    rent = {"relation": "pays", "period": "yearly", "confirmed_written": "2019-10"}
    assert step_dates(supply | rent, wording("en")) == "every year, announced 2019-10"
    assert (
        step_dates(supply | rent | {"since": None, "begun_known": False}, wording("en"))
        == "every year, last confirmed 2019-10"
    )


def test_a_payment_of_a_past_period_is_past_and_a_yearly_amount_says_so() -> None:
    act = {"share": None, "amount_usd": 1e6, "confirmed_on": TODAY, "status": "active"}
    words = [
        edge_words(act | {"relation": relation, "period": period}, wording("en"), TODAY, "A", "A")[0].strip()
        for relation, period in (("pays", "2023"), ("pays", "yearly"), ("leases_from", "yearly"))
    ]
    assert words == ["paid USD 1m to", "pays USD 1m to", "leases (USD 1m a year) from"]


def _changed(folder: Path, table: str, entity_id: str, **cells: str) -> Callable[..., str]:
    """What commands print in the small world with other cells in the rows of an entity."""
    tables = read_tables()
    for row in tables[table]:
        row |= cells if row["entity_id"] == entity_id else {}
    mine = write_tables(folder / "mine", tables, "world.csv")
    return lambda *command: World(folder / "s.duckdb").run(*command, "--datasets", mine).out


@pytest.mark.usefixtures("world")
def test_a_tie_to_a_body_that_was_taken_off_a_list_is_not_called_ended(tmp_path: Path) -> None:
    delisted = _changed(tmp_path, "listing", "mm-lotus-holding", valid_to="2023-08-01", source_ids="hanbit-2024-report")
    (garam,) = json.loads(delisted("show", "900080", "--format", "json"))["companies"]
    assert garam["headline_status"] == "listing ended"
    assert [f["status_words"] for f in garam["findings"]] == ["listing ended 2023-08-01"]
    assert "listing ended 2023-08-01, halves" in " ".join(delisted("explain", "900080").split())
    (line,) = csv.DictReader(io.StringIO(delisted("screen", _portfolio(tmp_path, "900080"), "--format", "csv")))
    assert line["topics"].endswith(" low")
    assert "Lotus Holding was on: Test Military List" in delisted("letter", "900080")


@pytest.mark.usefixtures("world")
def test_a_lease_past_its_planned_end_is_not_called_ended(tmp_path: Path) -> None:
    plan = {"status": "ended", "valid_to": "2024-01", "end_source_ids": ""}
    planned = _changed(tmp_path, "activity", "kr-90000080", **plan)
    (line,) = csv.DictReader(io.StringIO(planned("screen", _portfolio(tmp_path, "900080"), "--format", "csv")))
    assert (line["headline_status"], line["topics"].split()[-1]) == ("was to end 2024", "elevated")


def test_a_list_that_was_read_in_full_later_was_not_known_to_be_complete(world: World) -> None:
    early = ("--as-of", "2024-01-31", "--known-at", "2024-01-31")
    lists = json.loads(world.run("list", "--format", "json", clocks=early).out)["lists"]
    assert {(one["complete_as_of"], one["incomplete"]) for one in lists} == {(None, True)}


@pytest.mark.usefixtures("world")
def test_what_was_only_announced_is_not_called_active(tmp_path: Path) -> None:
    plan = {"status": "active", "valid_from": "2024", "source_ids": "garam-2023-exit", "end_source_ids": ""}
    planned = _changed(tmp_path, "activity", "kr-90000080", **plan)
    (garam,) = json.loads(planned("show", "900080", "--format", "json"))["companies"]
    (finding,) = garam["findings"]
    assert garam["headline_status"] == "only announced"
    assert finding["status_words"] == "announced 2023-01-20, no report that it began"
    assert "Garam Hotels (announced) leases" in finding["narrative"]
    assert finding["path"][0]["dates"] == "was to begin 2024, announced 2023-01-20"
    assert [one["kind"] for one in garam["timeline"] if one["text"].startswith("Garam Hotels (")] == ["announced"]


@pytest.mark.usefixtures("world")
def test_a_plan_is_not_called_an_end_by_whoever_reported_it(tmp_path: Path) -> None:
    plan = {"status": "ended", "valid_to": "2024-02", "end_source_ids": "garam-2023-exit"}
    planned = _changed(tmp_path, "activity", "kr-90000080", **plan)
    (garam,) = json.loads(planned("show", "900080", "--format", "json"))["companies"]
    (finding,) = garam["findings"]
    assert (finding["end_planned"], finding["end_own_word"]) == (True, False)
    assert "was to end 2024-02, the plan reported by Garam" in finding["path"][0]["dates"]


def test_a_dispute_is_not_dated_to_the_last_confirmation(world: World) -> None:
    (company,) = json.loads(world.run("show", "900070", "--format", "json").out)["companies"]
    assert company["findings"][0]["status_words"] == "disputed; last confirmed 2021-04-01, not since"
