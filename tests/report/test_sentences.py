"""Sentences that several formats share: how a company's ties stand, who tells of an end, counts, requests for an answer."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from screener.report import document as doc
from screener.report.build import company_document
from screener.report.sentences import contact_words, headline_status, score_words, topic_words
from screener.report.steps import is_own_word
from screener.report.wording import Wording, wording
from screener.score.assess import assess
from tests.golden.world import AS_OF, World, read_tables
from tests.once import memory_store
from tests.runs.worlds import OF_FILES

ENGLISH, KOREAN = wording("en"), wording("ko")
ENDED = "000930"  # Namsan Textile: its only finding ended in December 2021, by its own filing


def _company(world: World, company: str) -> doc.Company:
    text = world.run("show", company, "--format", "json").out
    return msgspec.json.decode(text, type=doc.Document).companies[0]


@pytest.fixture(scope="module")
def finding(world: World) -> doc.Finding:
    """An active finding of the company itself, confirmed lately."""
    changes = {"status": "active", "stale": False, "relation": "direct", "end_planned": False, "end_own_word": False}
    return msgspec.structs.replace(
        _company(world, "900010").findings[0], **changes, last_confirmed_on="2024-01", ended_on=None
    )


def _on(finding: doc.Finding, act: str, **changes: Any) -> doc.Finding:
    """A finding of the same kind on another act."""
    first = msgspec.structs.replace(finding.path[0], dates=act)
    return msgspec.structs.replace(finding, path=[first, *finding.path[1:]], **changes)


def test_the_headline_tells_each_state_with_its_number_and_first_what_may_go_on(finding: doc.Finding) -> None:
    """The strongest finding's state stood for all: one that nobody had confirmed for years hid ties that go on."""
    old = [_on(finding, act, stale=True, last_confirmed_on="2021-05-01") for act in ("a", "b")]
    over = _on(finding, "c", status="ended", ended_on="2020")
    due = _on(over, "d", end_planned=True)
    said = headline_status([over, *old, due, finding], ENGLISH)
    assert said == "1 active, 2 unconfirmed, 1 past a planned end, 1 ended"
    assert headline_status([over, *old, finding], KOREAN) == "진행 중 1건, 최근 미확인 2건, 종료 1건"


def test_several_findings_on_one_act_are_one_tie(finding: doc.Finding) -> None:
    """A delivery from a listed plant fits three rules, and is not three deliveries."""
    over = _on(finding, "another", status="ended", ended_on="2020")
    off_the_list = msgspec.structs.replace(finding, status="ended", ended_on="2023")
    assert headline_status([finding, finding, off_the_list], ENGLISH) == "active"
    assert headline_status([finding, finding, over], ENGLISH) == "1 active, 1 ended"


def test_a_headline_of_one_state_tells_since_when(finding: doc.Finding) -> None:
    old = _on(finding, "a", stale=True, last_confirmed_on="2021-05-01")
    older = _on(old, "b", last_confirmed_on="2019")
    leaving = msgspec.structs.replace(old, status="announced_exit")
    over = msgspec.structs.replace(finding, status="ended", ended_on="2020-03")
    due = msgspec.structs.replace(over, end_planned=True)
    own = _on(over, "c", end_own_word=True)
    states = [[finding], [older, old], [leaving], [over], [due], [own], [own, over]]
    assert [headline_status(findings, ENGLISH) for findings in states] == [
        "active",
        "unconfirmed since 2021",
        "exit announced, unconfirmed since 2021",
        "ended",
        "was to end 2020",
        "ended, by the company's own word",
        "ended",
    ]


def test_a_stake_that_became_a_smaller_one_is_no_tie_that_ended(finding: doc.Finding) -> None:
    """Two firms that went from 60 to 51 % and from 10 to 8.5 % of a gas field were told to have ended a tie."""
    first = msgspec.structs.replace(finding.path[0], relation="owns", status="active", scored=True)
    holding = msgspec.structs.replace(finding, path=[first, *finding.path[1:]])
    former = msgspec.structs.replace(first, status="ended", dates="2001 to 2008")
    before = msgspec.structs.replace(finding, status="ended", ended_on="2008", path=[former])
    assert headline_status([holding, before], ENGLISH) == "active"
    sold = msgspec.structs.replace(before, path=[msgspec.structs.replace(former, to_id="another")])
    assert headline_status([holding, sold], ENGLISH) == "1 active, 1 ended"
    assert headline_status([before], ENGLISH) == "ended"


def test_what_an_affiliate_does_is_no_state_of_the_company_that_has_findings_of_its_own(finding: doc.Finding) -> None:
    over = msgspec.structs.replace(finding, status="ended", ended_on="2020")
    affiliate = _on(finding, "a", relation="group")
    assert headline_status([over, affiliate], ENGLISH) == "ended"
    assert headline_status([affiliate], ENGLISH) == "active"


def test_every_page_says_score_and_state_of_a_company_in_the_same_words(world: World) -> None:
    company = _company(world, ENDED)
    said = score_words(company, ENGLISH)
    assert re.fullmatch(r"score [\d.]+, \w+, confidence 0\.\d\d; ties: ended, by the company's own word", said)
    for fmt in ("terminal", "md", "html"):
        page = world.run("show", ENDED, "--format", fmt, width=140).out
        assert said in " ".join(page.replace("&#39;", "'").split()), fmt
    held = msgspec.structs.replace(company, weight=0.1)
    assert score_words(held, ENGLISH).endswith("; 10 % of the portfolio")


@pytest.mark.parametrize("fmt", ["terminal", "md", "html", "json", "csv"])
@pytest.mark.parametrize(
    ("language", "said", "dated"),
    [
        ("en", "ended 2021-12-20, by the company's own word", "2008 to 2021-12-20, the end by the company's own word"),
        ("ko", "2021년 12월 20일 종료(회사 자체 발표)", "2021년 12월 20일까지(종료는 회사 자체 발표)"),
    ],
)
def test_an_end_that_only_the_company_tells_is_worded_so(
    world: World, fmt: str, language: str, said: str, dated: str
) -> None:
    out = world.run("show", ENDED, "--format", fmt, "--lang", language, width=200).out
    out = " ".join(out.replace("&#39;", "'").replace("\\(", "(").replace("\\)", ")").split())
    assert dated in out
    assert ("end_own_word" if fmt == "csv" else said) in out


def test_an_end_is_the_companys_own_word_only_if_all_who_tell_it_are_the_company_or_its_group() -> None:
    def told(publisher: str, kind: str, repeated: str | None = None) -> dict[str, str]:
        return {"publisher": publisher, "publisher_kind": kind, "independent_publisher": repeated or publisher}

    names = ("Hanbit Trading (HBT)", "한빛물산", "Hanbit")
    own = told("Hanbit Holdings", "company")
    assert is_own_word([own, told("Hanbit Trading", "company"), told("한빛물산", "company")], names)
    assert is_own_word([told("The Example Daily", "media", "Hanbit Trading")], names), "it only repeats the company"
    assert not is_own_word([own, told("The Example Daily", "media")], names)
    assert not is_own_word([told("Hanbitgas", "company")], names), "another firm whose name begins alike"
    assert not is_own_word([told("Hanbit Daily", "media")], names), "a paper of the same name"
    assert not is_own_word([], names)


def test_a_count_of_one_is_worded_as_one() -> None:
    assert ENGLISH("companies.quiet", count=1).startswith("1 matched company has no finding.")
    assert ENGLISH("companies.quiet", count=2).startswith("2 matched companies have no finding.")
    assert ENGLISH("runs.gap_head", bodies=1, companies=1) == "1 listed body with ties of 1 Korean firm."
    assert ENGLISH("companies.more", count=1, ended=0, code="1").startswith("+ 1 more finding, 0 of them ended")
    assert KOREAN("companies.quiet", count=1).startswith("일치한 기업 1곳은")


@pytest.mark.parametrize("catalogue", [(), ("site",), ("letter",)])
def test_no_count_is_followed_by_a_word_in_the_plural_alone(catalogue: tuple[str, ...]) -> None:
    """Words after a number are written `{count:line|lines}`."""
    texts = (text for text in Wording("en", *catalogue)._texts.values() if isinstance(text, str))
    words = [(text, re.findall(r"{\w+}|[\w'-]+|{[^}]*}|\S", text)) for text in texts]
    plural = [
        (text, after)
        for text, parts in words
        for before, after in pairwise(part for part in parts if part not in ("more", "Korean", "listed"))
        if re.fullmatch(r"{(?!language|day|name|said)\w+}", before) and re.fullmatch(r"[a-z]{3,}s", after)
    ]
    assert [one for one in plural if one[1] not in ("counts", "halves", "this")] == []


@pytest.fixture
def asked() -> doc.Contact:
    """A request without an answer."""
    return doc.Contact("myanmar-gas", "River Watch", "2024-02-01", None, None, "2024-06-30", [])


def test_a_request_for_an_answer_is_told_with_its_note(asked: doc.Contact) -> None:
    """A letter that shows no tie must not read as one that does."""
    noted = msgspec.structs.replace(asked, note="The letter gives no evidence of a tie.")
    said = "River Watch asked for an answer (2024-02-01); no answer known as of 2024-06-30"
    assert contact_words(asked, ENGLISH) == said
    assert contact_words(noted, ENGLISH) == f"{said}. Note: The letter gives no evidence of a tie"
    answered = msgspec.structs.replace(noted, answered_on="2024-03")
    assert contact_words(answered, ENGLISH).endswith(
        "; answered (2024-03). Note: The letter gives no evidence of a tie"
    )


def test_a_company_that_is_not_ranked_has_no_rank(world: World) -> None:
    """It read `rank 0 of 0` in JSON, as if it were before the first."""
    company = _company(world, "kr-hanbit-trading")
    assert [t.group for t in company.topics] == [True]
    assert [(t.rank, t.ranked, t.rank_interval) for t in company.topics] == [(None, None, None)]
    assert "rank" not in topic_words(company.topics[0], ENGLISH)


def test_the_note_of_a_request_reaches_the_document_unless_it_may_tell_what_was_not_known_yet(world: World) -> None:
    day = dt.date.fromisoformat(AS_OF)
    tables = {table: [{k: v or None for k, v in row.items()} for row in rows] for table, rows in read_tables().items()}
    source = next(row for row in tables["source"] if row["published_on"] <= AS_OF)
    tables["source"].append(source | {"source_id": "later", "published_on": "2030-01-01", "retrieved_on": "2030-01-01"})
    known = source["source_id"]
    asked = {"entity_id": "kr-90000010", "topic": "myanmar-gas", "asked_by": "River Watch", "asked_on": "2024-02-01"}
    tables["contact"] = [
        asked | {"note": "No tie is shown."},
        asked | {"asked_on": "2024-03-01", "note": "No tie is shown.", "note_ko": "연관은 나오지 않는다."},
        asked | {"asked_on": "2024-04-01", "note": "It answered in 2030.", "source_ids": f"{known};later"},
    ]
    with memory_store(tables) as con:
        con.execute(OF_FILES)
        assessed = assess(con, as_of=day, known_at=day)
    told = {w.language: company_document(assessed, "kr-90000010", w).companies[0].contacts for w in (ENGLISH, KOREAN)}
    assert [contact.note for contact in told["en"]] == ["No tie is shown.", "No tie is shown.", None]
    assert [contact.note for contact in told["ko"]] == ["No tie is shown. [영문]", "연관은 나오지 않는다.", None]
