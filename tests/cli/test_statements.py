"""Statements that reports make, read through the command line: nothing before it was known, nothing that is not so."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.golden.world import MIXED, Ran, World, run, write_tables

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
Told = Callable[..., Ran]


def source(source_id: str, published_on: str, **cells: str) -> dict[str, str]:
    """A report of a day."""
    return {
        **{"source_id": source_id, "publisher": f"The {source_id}", "publisher_kind": "media", "title": "A report"},
        **{"url": f"https://papers.example/{source_id}", "published_on": published_on, "retrieved_on": "2024-06-30"},
        **{"language": "en", "grade": "D"},
        **cells,
    }


@pytest.fixture
def told(tmp_path: Path, world: World) -> Told:
    """Runs a command in the small world with further rows, which are the first argument."""

    def runs(rows: Rows, *arguments: object, as_of: str = "2024-06-30", known_at: str = "2024-06-30") -> Ran:
        mine, clocks = write_tables(tmp_path / "mine", rows), ("--as-of", as_of, "--known-at", known_at)
        return World(tmp_path / "s.duckdb").run(*arguments, "--datasets", mine, clocks=clocks, width=160)

    return runs


EARLY, LATE = source("early", "2023-03-01"), source("late", "2023-12-02")


def test_an_answer_and_a_decision_are_not_told_before_they_were_given(told: Told) -> None:
    """A row may also cite what the answer is about; that source told of an answer of the next winter."""
    both = "early;late"
    answer = {"entity_id": "kr-90000080", "topic": "myanmar-military", "source_ids": both}
    answers = [
        answer | {"kind": "statement", "stated_on": "2023-12-01", "summary": "Said that it stays."},
        answer | {"kind": "observation", "stated_on": "2023-11", "summary": "The sign was taken down."},
    ]
    decision = {"entity_id": "kr-90000080", "institution": "Fund of Test", "decision": "exclusion"}
    rows = {
        "source": [EARLY, LATE],
        "response": answers,
        "verdict": [decision | {"decided_on": "2023-12-01", "source_ids": both}],
    }
    said = {"2023-11-01": 0, "2023-12-01": 0, "2023-12-02": 3}
    for known_at, many in said.items():
        ran = told(rows, "show", "900080", "--format", "json", known_at=known_at)
        (company,) = json.loads(ran.out)["companies"]
        told_of = [a["stated_on"] for t in company["topics"] for a in t["answers"] if a["stated_on"] > "2023-03"]
        told_of += [o["observed_on"] for t in company["topics"] for o in t["observations"]]
        told_of += [v["decided_on"] for v in company["verdicts"] if v["institution"] == "Fund of Test"]
        assert len(told_of) == many, known_at


def test_an_answer_older_than_which_no_source_is_stays(told: Told) -> None:
    """A day of a statement that is later than every source of it is a slip of the row, no reason to lose an answer."""
    answer = {"entity_id": "kr-90000080", "topic": "myanmar-military", "kind": "denial", "source_ids": "early"}
    rows = {"source": [EARLY], "response": [answer | {"stated_on": "2023-03-02", "summary": "Said no."}]}
    assert "Said no." in told(rows, "show", "900080").out


FORMATS = ("terminal", "md", "html", "xlsx")


def _read(world: World, tmp_path: Path, portfolio: str, fmt: str, *arguments: object, width: int = 100) -> str:
    """A screening as its reader sees it, every format as one line of text."""
    (tmp_path / "p.csv").write_text(portfolio, encoding="utf-8")
    out = ("--out", tmp_path / "p.xlsx") if fmt == "xlsx" else ()
    ran = world.screen(tmp_path / "p.csv", "--format", fmt, *out, *arguments, width=width)
    assert ran.code == 0, ran.err
    if fmt == "xlsx":
        cells = (cell for sheet in load_workbook(tmp_path / "p.xlsx") for row in sheet.values for cell in row)
        return " ".join(str(cell) for cell in cells if cell is not None)
    return " ".join(html.unescape(ran.out).split())


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("held", ["Nobody Knows,,60\nNor This One,,40", "Hanbit Energy,900010,-20\nCash,,100"])
def test_no_score_is_given_where_no_weight_was_screened(world: World, tmp_path: Path, fmt: str, held: str) -> None:
    """`score 0.00 of 100` was read as a clean portfolio, of which no line was known."""
    other = tmp_path / "other.csv"
    other.write_text("name,weight\nNobody Knows,100\n", encoding="utf-8")
    said = _read(world, tmp_path, f"name,code,weight\n{held}\n", fmt, "--benchmark", other)
    assert "no score: no line with a weight was matched to a Korean company; that is no clean bill" in said
    assert "Compared with other.csv: none of its lines was matched to a Korean company" in said
    assert "0.00 of 100" not in said


@pytest.mark.parametrize("fmt", FORMATS[:3])
def test_a_weight_that_is_not_nothing_does_not_read_as_nothing(world: World, tmp_path: Path, fmt: str) -> None:
    said = _read(world, tmp_path, "name,code,weight\nHanbit Energy,900010,0.001%\nCash,,99.9%\n", fmt)
    assert "<0.01 %" in said


def test_numbers_of_a_table_are_not_cut_in_a_narrow_terminal(world: World, tmp_path: Path) -> None:
    """A weight of `12.34 %` stood as `12.34…` and a difference of -187.66 as `-187.…`."""
    other = tmp_path / "other.csv"
    other.write_text("name,code,weight\nHanbit Energy,900010,200\n", encoding="utf-8")
    held = "name,code,weight\nHanbit Energy,900010,12.34\nCash,,87.66\n"
    said = _read(world, tmp_path, held, "terminal", "--benchmark", other, width=80)
    assert "12.34 % 200 % -187.66" in said


@pytest.mark.parametrize(
    ("amount", "said"), [("0.2", "<USD 1"), ("999999999", "USD 1bn"), ("999940000", "USD 999.9m"), ("999.4", "USD 999")]
)
def test_an_amount_is_written_in_the_unit_that_it_rounds_to(told: Told, amount: str, said: str) -> None:
    """USD 1,000m stood beside USD 1bn, and USD 0 for what was paid."""
    paid = {"entity_id": "kr-90000080", "activity": "pays", "counterparty_id": "mm-army", "status": "active"}
    more = {"amount_usd": amount, "period": "yearly", "confirmed_on": "2024-05-01", "source_ids": "late"}
    rows = {"source": [source("late", "2024-06-01")], "activity": [paid | more]}
    assert f"pays {said} to Test Army" in told(rows, "show", "kr-90000080").out


def test_what_a_merged_company_did_is_not_lost_with_its_name(told: Told) -> None:
    """Its name and number mean the company of today, whose page told nothing of a lease of the merged one."""
    lease = {"entity_id": "kr-90000090", "activity": "leases_from", "counterparty_id": "mm-army", "status": "active"}
    rows = {"source": [source("late", "2024-06-01")], "activity": [lease | {"source_ids": "late"}]}
    said = "Old Garam Leisure is now part of Garam Hotels. 1 finding on Old Garam Leisure is not shown here"
    for command in (("show", "Old Garam Leisure"), ("explain", "900080"), ("screen", MIXED)):
        for fmt in ("terminal", "md", "html"):
            shown = " ".join(told(rows, *command, "--format", fmt).out.split())
            assert f"{said} and does not count: screener show kr-90000090" in shown, (command, fmt)
    assert "leases from Test Army" in told(rows, "show", "kr-90000090").out
    assert "is now part of" not in told(rows, "show", "900080", "--topic", "myanmar-gas").out


def test_the_page_of_a_merged_company_says_so(world: World) -> None:
    assert "Old Garam Leisure is now part of Garam Hotels" in world.run("show", "kr-90000090").out


def test_a_decision_of_which_only_the_month_is_known_has_no_day(told: Told) -> None:
    """`2022-04-30` was told of a fund that had sold by that month; names and subjects stood in English in Korean."""
    verdict = {"entity_id": "kr-90000080", "institution": "Fund of Test", "decision": "divestment"}
    verdict |= {"decided_on": "2023-04", "topic": "myanmar-military", "subject": "a hotel", "subject_ko": "호텔"}
    rows = {"source": [source("april", "2023-04")], "verdict": [verdict | {"source_ids": "april"}]}
    for fmt in ("terminal", "md"):
        english, korean = (
            " ".join(told(rows, "backtest", "--format", fmt, "--lang", lang).out.split()) for lang in ("en", "ko")
        )
        assert "2023-04-30" not in english
        assert "2023년 4월 30일" not in korean
        assert "2023-04 " in english
        for word in ("2023년 4월", "가람호텔", "호텔"):
            assert word in korean, fmt
    rows_of = json.loads(told(rows, "backtest", "--format", "json").out)["rows"]
    (row,) = (row for row in rows_of if row["institution"] == "Fund of Test")
    # What was known on the eve of the first day that it may be was known before the decision.
    assert (row["decided_on"], row["decided_written"], row["known_at"]) == ("2023-04-01", "2023-04", "2023-03-31")


def test_a_bare_number_or_yes_of_a_grouped_table_has_its_heading(world: World) -> None:
    assert "Flagged: yes · " in " ".join(world.run("backtest", clocks=()).out.split())
    assert "A year: USD " in " ".join(world.run("gap").out.split())


def test_names_of_a_korean_table_are_korean(world: World) -> None:
    said = world.run("sensitivity", "--lang", "ko").out
    assert "한빛에너지" in said
    assert "Hanbit Energy" not in said


def test_a_screening_of_the_days_of_a_quarters_folder_finds_no_change(world: World, tmp_path: Path) -> None:
    """The folder holds numbers in full, a document rounded ones: hundreds of lines called the difference `corrected`."""
    spring = ("--as-of", "2024-03-31", "--known-at", "2024-03-31")
    folder, document = tmp_path / "q", tmp_path / "s.json"
    assert world.run("quarter", "2024Q1", "--out", folder, "--portfolio", MIXED, clocks=spring).code == 0
    assert world.screen(MIXED, "--format", "json", "--out", document, clocks=spring).code == 0
    said = world.screen(MIXED, "--previous", folder, clocks=spring).out
    assert "From 2024-03-31 to 2024-03-31: 0 changes at 0 companies." in said
    for runs in ((folder, document), (document, folder)):
        assert "0 changes at 0 companies." in run("diff", *runs).out


def test_what_others_observed_is_no_answer_of_the_company_among_the_changes(told: Told, tmp_path: Path) -> None:
    seen = {"entity_id": "kr-90000080", "topic": "myanmar-military", "kind": "observation", "stated_on": "2023-03-01"}
    rows = {"source": [EARLY], "response": [seen | {"summary": "The sign was taken down.", "source_ids": "early"}]}
    for name, day in (("a", "2023-02-28"), ("b", "2023-03-01")):
        assert told(rows, "list", "--format", "json", "--out", tmp_path / name, known_at=day).code == 0
    english, korean = (run("diff", tmp_path / "a", tmp_path / "b", "--lang", lang).out for lang in ("en", "ko"))
    assert "answer or observation" in english
    assert "기업 답변·제3자 관찰" in korean


def test_a_letter_puts_no_day_where_only_a_year_is_known(told: Told) -> None:
    lease = {"entity_id": "kr-90000080", "activity": "leases_from", "counterparty_id": "mm-army", "status": "active"}
    lease |= {"confirmed_on": "2020", "source_ids": "old"}
    rows = {"source": [source("old", "2021-02-03")], "activity": [lease]}
    assert "it was last confirmed 2020;" in told(rows, "letter", "kr-90000080").out


def test_a_company_of_no_known_country_is_refused_without_a_country(told: Told) -> None:
    firm = {"entity_id": "xx-nowhere-works", "kind": "company", "name": "Nowhere Works", "source_ids": "early"}
    ran = told({"source": [EARLY], "entity": [firm]}, "show", "xx-nowhere-works")
    assert ran.code == 2
    assert "(found 'Nowhere Works (company)')" in ran.err


def test_what_a_counterparty_said_is_no_answer_of_the_company(told: Told, tmp_path: Path) -> None:
    """A firm that had said nothing stood with 14 answers, all of the company that it serves."""
    lease = {"entity_id": "kr-90000110", "activity": "leases_from", "counterparty_id": "mm-army", "status": "active"}
    said = {"entity_id": "mm-army", "topic": "myanmar-military", "kind": "statement", "stated_on": "2023-03-01"}
    rows = {
        "source": [EARLY],
        "activity": [lease | {"source_ids": "early"}],
        "response": [said | {"summary": "The land is ours.", "source_ids": "early"}],
    }
    assert told(rows, "site", "--out", tmp_path / "site").code == 0
    page = (tmp_path / "site/en/company/kr-90000110.html").read_text(encoding="utf-8")
    assert "The land is ours." in page
    assert "No answer from the company on this is known here." in page
    table = (tmp_path / "site/en/topic/myanmar-military.html").read_text(encoding="utf-8")
    (row,) = (row for row in table.split("<tr>") if "Saebom Shipping" in row)
    assert ">0</td></tr>" in row


def test_weights_above_the_whole_are_told_to_be_shares_in_the_score(world: World, tmp_path: Path) -> None:
    """The note said that they are used as written, and the score was divided by their sum."""
    said = "sum to 200 %, not 100 %; they are used as written in the score the weights are shares of their sum"
    assert said in _read(world, tmp_path, "code,weight\n900010,120\n900080,80\n", "terminal")
    less = _read(world, tmp_path, "code,weight\n900010,20\n900080,30\n", "terminal")
    assert "they are used as written" in less
    assert "shares of their sum" not in less


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "its share, as last known: USD "), ("ko", "마지막으로 알려진 자사 몫 연 ")]
)
def test_money_of_a_payment_that_may_have_stopped_is_told_as_last_known(world: World, lang: str, said: str) -> None:
    """`its share: USD 1.2m a year` stood beside a payment of 2019 that the company says was the last."""
    assert said in " ".join(world.run("show", "900010", "--lang", lang).out.split())


@pytest.mark.parametrize(("held_since", "said"), [("2022-05-01", 1), ("2018", 0), ("", 0)])
def test_a_stake_that_begins_after_an_act_ended_is_said_to(told: Told, held_since: str, said: int) -> None:
    """It is no wrong to show the owner, but a reader must not take it for the owner of that time."""
    sale = {"entity_id": "kr-90000010", "activity": "leases_from", "counterparty_id": "mm-lotus-holding"}
    over = {"valid_from": "2015", "valid_to": "2021", "status": "ended", "confirmed_on": "2021"}
    stake = {"owner_id": "kr-90000080", "owned_id": "kr-90000010", "share_min": "0.6", "share_max": "0.6"}
    held = {"valid_from": held_since, "status": "active", "confirmed_on": "2023-03-01", "operates": "true"}
    rows = {
        "source": [EARLY],
        "activity": [sale | over | {"source_ids": "early", "end_source_ids": "early"}],
        "ownership": [stake | held | {"source_ids": "early"}],
    }
    (company,) = json.loads(told(rows, "show", "900080", "--format", "json").out)["companies"]
    findings = [f for f in company["findings"] if f["actor_id"] == "kr-90000010" and f["ended_on"] == "2021"]
    assert findings
    for finding in findings:
        assert sum("begins 2022-05-01, after this had ended" in r for r in finding["remarks"]) == said


@pytest.mark.parametrize(("topic", "said"), [("", 1), ("myanmar-military", 0), ("myanmar-gas", 1)])
def test_what_was_said_where_no_finding_was_made_is_not_lost(told: Told, topic: str, said: int) -> None:
    """Not of a topic that was not looked at: there a finding may be."""
    answer = {"entity_id": "kr-90000080", "topic": "myanmar-gas", "kind": "denial", "source_ids": "early"}
    rows = {"source": [EARLY], "response": [answer | {"stated_on": "2023-03-01", "summary": "Said no."}]}
    ran = told(rows, "show", "900080", *(("--topic", topic) if topic else ()))
    text = " ".join(ran.out.split())
    assert text.count("Garam Hotels denied (2023-03-01): Said no. (The early, 2023-03-01)") == said
