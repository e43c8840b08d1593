"""The letter: what is reported by whom, what is asked, by when; never more than the evidence."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import msgspec
import pytest

from screener.report.document import Document
from screener.report.letter import letter
from screener.report.wording import Wording
from tests.golden.world import AS_OF, Ran, World, read_tables, write_tables
from tests.golden.world import run as run_shipped
from tests.site.conftest import CLOCKS


@pytest.fixture(scope="module")
def company(small: World) -> str:
    """The most exposed company of the small world."""
    listed = msgspec.json.decode(small.run("list", "--format", "json", "--quiet").out)
    return str(listed["companies"][0]["company_id"])


@pytest.fixture(scope="module")
def made(small: World, company: str) -> Ran:
    """The letter to it."""
    return _letter(small, company)


@pytest.fixture(scope="module")
def text(made: Ran) -> str:
    """Its text, without the marks of Markdown."""
    return _plain(made.out)


@pytest.fixture(scope="module")
def document(small: World, company: str) -> dict[str, object]:
    shown = msgspec.json.decode(small.run("show", company, "--format", "json", "--quiet").out)
    return dict(shown["companies"][0])


def _letter(small: World, company: str, *arguments: object) -> Ran:
    made = small.run("letter", company, "--lang", "en", *arguments)
    assert made.code == 0, made.err
    return made


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text).replace("&lt;", "<").replace("&gt;", ">")


def test_every_source_of_every_finding_stands_with_its_address(text: str, document: dict[str, object]) -> None:
    for finding in document["findings"]:  # type: ignore[attr-defined]
        for source in finding["evidence"]:
            assert source["title"] in text
            assert f"<{source['url']}>" in text


def test_every_claim_is_worded_as_the_report_words_it(text: str, document: dict[str, object]) -> None:
    for finding in document["findings"]:  # type: ignore[attr-defined]
        assert finding["status_words"] in text
        for step in finding["path"]:
            if step["relation"] != "listed_on":
                assert f"{step['sentence']} ({step['dates']}" in text
                assert step["said"] in text


def test_it_says_no_sentence_that_neither_the_report_nor_the_catalogue_says(
    text: str, document: dict[str, object]
) -> None:
    from screener.report.wording import wording

    w = wording("en", "letter")
    allowed = msgspec.json.encode(document).decode() + " ".join(str(text) for text in w.section("letter").values())
    said = [
        line.removeprefix("- ").strip()
        for line in text.splitlines()
        if line.startswith("- ") and not line.startswith("- [")
    ]
    for line in said:
        first = re.split(r" \(| is on: |: ", line)[0]
        assert first in msgspec.json.decode(msgspec.json.encode(allowed)), line


def test_answers_stand_in_the_name_of_whoever_spoke(text: str, document: dict[str, object]) -> None:
    for topic in document["topics"]:  # type: ignore[attr-defined]
        for answer in topic["answers"]:
            assert f"{answer['speaker']} {answer['words']} ({answer['stated_on']}): {answer['summary']}" in text


def test_points_are_numbered_and_each_claim_stands_once(text: str) -> None:
    points = re.findall(r"^### Point (\d+)", text, re.MULTILINE)
    assert points == [str(number) for number in range(1, len(points) + 1)]
    assert points


def test_the_deadline_is_three_weeks_after_the_day_or_the_one_given(small: World, company: str, text: str) -> None:
    assert AS_OF == "2024-06-30"
    assert "2024-07-21" in text
    assert "2024-09-01" in _letter(small, company, "--deadline", "2024-09-01").out
    late = small.run("letter", company, "--deadline", "2024-06-30")
    assert (late.code, "the deadline has passed" in late.err) == (2, True)


def test_what_the_sender_fills_in_is_marked_and_the_row_to_record_is_printed_only(
    small: World, company: str, made: Ran
) -> None:
    assert made.out.count("⟦") >= 5
    assert made.out.startswith("DRAFT.")
    assert "entity_id,topic,asked_by,asked_on,deadline,answered_on,source_ids,note" in made.err
    assert f"{company}," in made.err
    assert _letter(small, company, "--quiet").err == ""


@pytest.mark.parametrize("suffix", ["md", "html", "txt"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_it_is_written_as_the_file_is_called(
    small: World, company: str, tmp_path: Path, suffix: str, language: str
) -> None:
    path = tmp_path / f"letter.{suffix}"
    assert small.run("letter", company, "--lang", language, "--out", path, "--quiet").code == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") == (suffix == "html")
    assert ("귀사" in text) == (language == "ko")


def test_another_ending_is_refused(small: World, company: str, tmp_path: Path) -> None:
    made = small.run("letter", company, "--out", tmp_path / "letter.docx")
    assert (made.code, "not a format of a letter" in made.err) == (2, True)


def test_there_is_nothing_to_ask_where_nothing_is_held() -> None:
    made = run_shipped("letter", "알테오젠", "--lang", "en", *CLOCKS)
    assert made.code == 2
    assert "nothing to ask" in made.err


def test_a_letter_does_not_say_that_an_affiliate_acted() -> None:
    made = run_shipped("letter", "022100", "--lang", "en", "--quiet", *CLOCKS)
    assert made.code == 0, made.err
    points = made.out.count("### Point")
    assert made.out.count("as an affiliate only") == points


def test_what_is_not_known_concerns_the_company_and_a_planned_end(small: World) -> None:
    """A firm with an agreement was asked how much others sell; of an end that was only planned nothing was asked."""
    shown = small.run("show", "900070", "--format", "json", "--quiet").out
    document = msgspec.json.decode(shown, type=Document)
    (company,) = document.companies
    (finding,) = company.findings
    sold = next(step for step in finding.path if step.relation == "sells_to")

    def unknown(**changes: object) -> str:
        path = [msgspec.structs.replace(step, **changes) if step is sold else step for step in finding.path]
        found = msgspec.structs.replace(finding, path=path, end_planned=True)
        of = msgspec.structs.replace(document, companies=[msgspec.structs.replace(company, findings=[found])])
        text = " ".join(block.text for block in letter(of, Wording("en", "letter"), dt.date(2024, 7, 30)))
        return text.partition("What we do not know")[2].partition("What we know of your answers")[0]

    assert "how much is paid or traded a year" in unknown(amount_usd=None)
    assert "how much is paid or traded a year" not in unknown(amount_usd=None, from_id="somebody-else")
    assert "whether it ended as planned" in unknown()


@pytest.mark.parametrize("suffix", ["md", "html", "txt"])
def test_hostile_texts_stay_texts(small: World, company: str, tmp_path: Path, suffix: str) -> None:
    tables = read_tables()
    hostile = '<script>alert("x")</script>\u202e\n# [a](javascript:alert(1))'
    for rows in tables.values():
        for row in rows:
            for column in {"name", "name_ko", "title", "publisher", "summary"} & set(row):
                row[column] = hostile if row[column] else row[column]
    write_tables(tmp_path / "datasets", tables, "world.csv")
    path = tmp_path / f"letter.{suffix}"
    made = small.run("letter", company, "--datasets", tmp_path / "datasets", "--out", path, "--quiet")
    assert made.code == 0, made.err
    text = path.read_text(encoding="utf-8")
    assert "\u202e" not in text
    if suffix != "txt":
        assert "<script" not in text
        assert "[a](javascript" not in text or suffix == "html"
