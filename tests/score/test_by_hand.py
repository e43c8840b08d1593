"""Every number of `explain --format json` can be redone by hand from the factors and the parameters that it prints, as far as four digits go."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from tests.golden.world import AS_OF, World, read_tables
from tests.report.conftest import world as world
from tests.score import naive

EXPOSED = [f"kr-900000{n}0" for n in range(1, 9)]


@pytest.fixture(scope="module")
def explained(world: World) -> dict[str, dict[str, Any]]:
    """`explain` of every exposed company, and the financial facts and the rules' spans read from the files."""
    runs = {company: world.run("explain", company, "--format", "json") for company in EXPOSED}
    assert {ran.code for ran in runs.values()} == {0}, {ran.err for ran in runs.values()}
    return {company: json.loads(ran.out) for company, ran in runs.items()}


def _findings(document: dict[str, Any]) -> list[dict[str, Any]]:
    return list(document["companies"][0]["findings"])


@pytest.mark.parametrize("company", EXPOSED)
def test_exposure_is_the_product_of_its_factors(explained: dict[str, dict[str, Any]], company: str) -> None:
    findings = _findings(explained[company])
    assert findings
    for finding in findings:
        assert finding["exposure"] == pytest.approx(naive.exposure(finding), abs=2.5e-4)
        assert all(0 <= factor <= 1 for factor in finding["factors"].values())


@pytest.mark.parametrize("company", EXPOSED)
def test_confidence_follows_from_grades_and_independent_publishers(
    explained: dict[str, dict[str, Any]], company: str
) -> None:
    repeats = {row["source_id"]: row["repeats"] for row in read_tables()["source"]}
    publishers = {row["source_id"]: row["publisher"] for row in read_tables()["source"]}
    independent = {source: publishers[repeats[source] or source] for source in publishers}
    for finding in _findings(explained[company]):
        assert {e["source_id"]: e["independent_publisher"] for e in finding["evidence"]} == {
            e["source_id"]: independent[e["source_id"]] for e in finding["evidence"]
        }
        assert finding["confidence"] == pytest.approx(
            naive.confidence(finding, explained[company]["parameters"], independent), abs=1e-4
        )


@pytest.mark.parametrize("company", EXPOSED)
def test_magnitude_and_recency_follow_from_amounts_and_days(explained: dict[str, dict[str, Any]], company: str) -> None:
    parameters = explained[company]["parameters"]
    for finding in _findings(explained[company]):
        floor, ceiling = finding["magnitude_span_usd"]
        assert finding["factors"]["magnitude"] == pytest.approx(
            naive.magnitude(finding, parameters, floor, ceiling, finding["revenue_usd"]), abs=6e-5
        )
        assert finding["factors"]["recency"] == pytest.approx(
            naive.recency(finding, parameters, dt.date.fromisoformat(AS_OF)), abs=6e-5
        )


@pytest.mark.parametrize("company", EXPOSED)
def test_scores_and_bands_follow_from_the_findings(explained: dict[str, dict[str, Any]], company: str) -> None:
    result, parameters = explained[company]["companies"][0], explained[company]["parameters"]
    by_topic = {t["topic"]: [f for f in result["findings"] if f["topic"] == t["topic"]] for t in result["topics"]}
    scores = {topic: naive.topic_score(findings) for topic, findings in by_topic.items()}
    for topic in result["topics"]:
        assert topic["score"] == pytest.approx(scores[topic["topic"]], abs=0.06)
        assert topic["band"] == naive.band(scores[topic["topic"]], parameters)
    assert result["score"] == pytest.approx(naive.overall(list(scores.values()), parameters), abs=0.06)
    assert result["band"] == naive.band(naive.overall(list(scores.values()), parameters), parameters)


@pytest.mark.parametrize("company", EXPOSED)
def test_one_fact_and_one_anchor_count_once(explained: dict[str, dict[str, Any]], company: str) -> None:
    counted = [f for f in _findings(explained[company]) if f["included_in_topic_score"]]
    anchors = [(f["topic"], f["anchor_id"]) for f in counted]
    assert len(set(anchors)) == len(anchors)


def test_what_explain_tells_is_what_show_and_screen_tell(
    explained: dict[str, dict[str, Any]], world: World, tmp_path: Path
) -> None:
    portfolio = tmp_path / "p.csv"
    portfolio.write_text("dart\n90000010\n", encoding="utf-8")
    shown = json.loads(world.run("show", "kr-90000010", "--format", "json").out)
    screened = json.loads(world.screen(portfolio, "--format", "json").out)
    explained_companies = explained["kr-90000010"]["companies"]
    assert _numbers(shown["companies"]) == _numbers(explained_companies) == _numbers(screened["companies"])


def _numbers(companies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what only one of the commands adds: weights of a portfolio, the formulas of `explain`, what surrounds a company in `show`."""
    only = ("weight", "contribution", "formula", "surroundings", "contacts")
    return [
        {k: [_plain(f) for f in v] if k in ("findings", "topics") else v for k, v in company.items() if k not in only}
        for company in companies
    ]


def _plain(finding: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in finding.items() if key not in ("explanation", "formula")}


def test_the_words_of_explain_hold_the_same_numbers(explained: dict[str, dict[str, Any]], world: World) -> None:
    words = world.run("explain", "900040", width=140).out
    for finding in _findings(explained["kr-90000040"]):
        assert finding["finding_id"] in words
        assert f"{finding['exposure']:.4f}" in words
        assert f"{finding['confidence']:.4f}" in words
    assert f"{explained['kr-90000040']['companies'][0]['score']:.1f}" in words
