"""What the commands answer, in the small world of fictional companies."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.golden.world import HERE, MIXED, World, run, write_tables


def _json(world: World, *arguments: object, **options: Any) -> dict[str, Any]:
    ran = world.run(*arguments, "--format", "json", **options)
    assert ran.code == 0, ran.err
    document: dict[str, Any] = json.loads(ran.out)
    return document


def _findings(document: dict[str, Any], rule: str = "") -> list[dict[str, Any]]:
    return [f for company in document["companies"] for f in company["findings"] if f["rule"].startswith(rule)]


def _portfolio(folder: Path, text: str) -> Path:
    path = folder / "p.csv"
    path.write_text(text, encoding="utf-8")
    return path


# --- lines: nothing is lost -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mixed(world: World) -> dict[str, Any]:
    """The mixed portfolio of the small world, screened."""
    return _json(world, "screen", MIXED)


def test_matched_and_unmatched_and_set_aside_lines_are_all_lines(mixed: dict[str, Any]) -> None:
    document = mixed
    held, unmatched = ([line["row"] for line in document[part]] for part in ("holdings", "unmatched"))
    gone = {line["row"] for line in document["set_aside"]} - set(held) - set(unmatched)
    assert sorted([*held, *unmatched, *gone]) == list(range(5, 23))
    assert document["portfolio"]["weights"] == {
        "matched": 0.59,
        "unmatched": 0.28,
        "cash": 0.05,
        "derivative": 0.02,
        "foreign": 0.03,
        "fund": 0.0,
        "government_bond": 0.0,
    }
    assert sum(line["weight"] or 0 for line in document["holdings"] + document["unmatched"]) == pytest.approx(
        0.97 - 0.01 + 0.01
    )


def test_bands_sum_to_the_matched_weight(mixed: dict[str, Any]) -> None:
    portfolio = mixed["portfolio"]
    assert sum(band["weight"] for band in portfolio["by_band"]) == pytest.approx(portfolio["weights"]["matched"])
    assert sum(band["holdings"] for band in portfolio["by_band"]) == 8
    assert [band["band"] for band in portfolio["by_band"]] == ["severe", "high", "elevated", "low", "none"]


def test_the_score_of_a_portfolio_is_the_weighted_sum(mixed: dict[str, Any]) -> None:
    document = mixed
    assert document["portfolio"]["score"] == pytest.approx(
        sum((h["weight"] or 0) * h["score"] for h in document["holdings"]), abs=0.01
    )


def test_each_line_that_was_not_screened_says_why(mixed: dict[str, Any]) -> None:
    reasons = {line["row"]: (line["reason"], line["detail"]) for line in mixed["unmatched"]}
    assert {row: reason for row, (reason, _) in reasons.items()} == {
        5: "ambiguous",
        13: "ambiguous",
        14: "not found",
        15: "not found",
        16: "cash",
        17: "derivative",
        18: "foreign",
        19: "not found",
    }
    assert "wrong check digit" in reasons[5][1]


def test_a_wrong_check_digit_is_proposed_and_never_taken(mixed: dict[str, Any]) -> None:
    line = next(u for u in mixed["unmatched"] if u["row"] == 5)
    assert line["candidates"][0]["company_id"] == "kr-90000010"


LINES = [
    ("900015,,", "kr-90000010", "stock_code"),  # a preference share belongs to its issuer
    (",KR7900011008,", "kr-90000010", "isin"),
    (",,한빛에너지우", "kr-90000010", "name"),
    ("930,,", "kr-90000030", "stock_code"),  # leading zeros lost in a spreadsheet
    ("60.0,,", "kr-90000060", "stock_code"),
    ("A900040,,", "kr-90000040", "stock_code"),
    ("900040.KQ,,", "kr-90000040", "stock_code"),
    (",,Miru Carriage Works", "kr-90000050", "name"),
    (",,Old Garam Leisure", "kr-90000080", "name"),
    (",,(주)동백솔라", "kr-90000040", "name"),
    (",KR7999990005,Sori Steel", "kr-90000070", "name"),  # the ISIN is right and unknown, the name is known
]


def test_each_line_finds_its_company(world: World, tmp_path: Path) -> None:
    document = _json(
        world, "screen", _portfolio(tmp_path, "code,isin,name\n" + "".join(f"{line}\n" for line, _, _ in LINES))
    )
    found = {h["row"]: (h["company_id"], h["matched_by"]) for h in document["holdings"]}
    assert [(line, *found.get(row, (None, None))) for row, (line, _, _) in enumerate(LINES, 2)] == LINES


def test_a_portfolio_without_a_korean_line(world: World, tmp_path: Path) -> None:
    path = _portfolio(tmp_path, "name,isin,weight\nApple,US0378331005,60\nCash,,40\n")
    document = _json(world, "screen", path)
    assert document["holdings"] == document["companies"] == []
    assert (document["portfolio"]["score"], document["portfolio"]["weights"]["foreign"]) == (0, 0.6)
    report = world.screen(path)
    assert report.code == 0
    assert "0 matched" in report.out


def test_one_line_without_a_finding_is_not_called_clean(world: World, tmp_path: Path) -> None:
    path = _portfolio(tmp_path, "code\n900110\n")
    report = world.screen(path).out
    assert "Not found is not clean" in report
    shown = world.run("show", "900110").out
    assert "no finding (coverage:" in shown
    assert "no clean bill" in shown
    for text in (report, shown, world.run("list", "--topic", "myanmar-military", "--band", "severe").out):
        words = text.replace("not clean", "").replace("no clean bill", "").replace("not a clean bill", "")
        assert "clean" not in words
        assert "safe" not in words


# --- formats ---------------------------------------------------------------------------------------------


def test_csv_and_parquet_and_json_hold_the_same_lines(world: World, mixed: dict[str, Any], tmp_path: Path) -> None:
    lines = pl.read_csv(world.screen(MIXED, "--format", "csv").out.encode(), infer_schema_length=None)
    assert world.screen(MIXED, "--format", "parquet", "--out", tmp_path / "p.parquet").code == 0
    parquet = pl.read_parquet(tmp_path / "p.parquet")
    document = mixed
    assert (
        lines["row"].to_list()
        == parquet["row"].to_list()
        == sorted(line["row"] for line in document["holdings"] + document["unmatched"])
    )
    scores = {line["row"]: line["score"] for line in document["holdings"]}
    assert {row: round(score, 2) for row, score in parquet.select("row", "score").drop_nulls().iter_rows()} == scores


def test_a_file_is_written_whole_and_hangul_survives_a_spreadsheet(world: World, tmp_path: Path) -> None:
    out = tmp_path / "결과.csv"
    ran = world.screen(MIXED, "--format", "csv", "--out", out)
    assert (ran.code, ran.out) == (0, "")
    assert out.read_bytes()[:3] == b"\xef\xbb\xbf"
    assert "한빛에너지우" in out.read_text(encoding="utf-8-sig")
    assert [path.name for path in tmp_path.iterdir()] == ["결과.csv"]


# --- clocks and topics -----------------------------------------------------------------------------------


def test_an_end_that_was_not_yet_known_is_not_reported(world: World) -> None:
    then = _findings(_json(world, "show", "남산섬유", clocks=("--as-of", "2022-01-31", "--known-at", "2022-01-31")))
    now = _findings(_json(world, "show", "남산섬유"))
    assert [(f["status"], f["ended_on"]) for f in then] == [("active", None)]
    assert [(f["status"], f["ended_on"]) for f in now] == [("ended", "2021-12-20")]
    assert "namsan-2022-filing" not in json.dumps(then)


def test_a_source_that_was_published_later_is_not_used(world: World) -> None:
    early = _json(world, "show", "900050", clocks=("--as-of", "2024-06-30", "--known-at", "2024-06-19"))
    assert _findings(early, "test-facility") == []
    assert _findings(_json(world, "show", "900050"), "test-facility")


def test_a_fact_that_starts_later_is_left_out(world: World) -> None:
    assert (
        _findings(
            _json(world, "show", "900050", clocks=("--as-of", "2024-05-31", "--known-at", "2024-06-30")),
            "test-facility",
        )
        == []
    )


def test_a_listing_that_came_later_makes_no_finding_before(world: World) -> None:
    before = _json(world, "list", clocks=("--as-of", "2021-06-21", "--known-at", "2024-06-30"))
    assert not [f for f in _findings(before) if any(step["relation"] == "listed_on" for step in f["path"])]


def test_revenue_that_was_published_later_weighs_nothing(world: World) -> None:
    """Hanbit's revenue of 2022 stands in a report of May 2023."""
    early = _findings(
        _json(world, "show", "900080", clocks=("--as-of", "2023-01-19", "--known-at", "2023-01-19")), "test-leases"
    )
    late = _findings(_json(world, "show", "900080"), "test-leases")
    assert [f["revenue_usd"] for f in early] == [None]
    assert [f["revenue_usd"] for f in late] == [70000000.0]


@pytest.mark.parametrize("day", ["2021-12-31", "2022-12-31"])
def test_all_that_is_cited_was_out_by_the_known_at_day(world: World, day: str) -> None:
    """Also when the day in the world is later."""
    document = _json(world, "list", clocks=("--as-of", "2024-06-30", "--known-at", day))
    cited = [e["published_on"] for f in _findings(document) for e in f["evidence"]]
    answers = [r["stated_on"] for f in _findings(document) for r in f["responses"]]
    assert cited
    assert max(cited + answers) <= day


def test_a_topic_alone(world: World) -> None:
    document = _json(world, "screen", MIXED, "--topic", "myanmar-gas")
    assert {f["topic"] for f in _findings(document)} == {"myanmar-gas"}
    assert {rule["id"] for rule in document["manifest"]["rules"]} == {"test-project-pays-listed-body"}


# --- thresholds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("band", "code"), [("low", 1), ("elevated", 1), ("high", 1), ("severe", 1)])
def test_fail_on_is_1_from_the_band_on(world: World, band: str, code: int) -> None:
    assert world.screen(MIXED, "--fail-on", band).code == code


def test_fail_on_is_0_below_the_band(world: World, tmp_path: Path) -> None:
    path = _portfolio(tmp_path, "code\n000060\n")
    assert world.screen(path, "--fail-on", "low").code == 1
    assert world.screen(path, "--fail-on", "elevated").code == 0
    assert world.run("list", "--topic", "myanmar-manufacturing", "--fail-on", "elevated").code == 0


# --- the user's own facts and rules ----------------------------------------------------------------------


def test_own_facts_add_and_replace(world: World, tmp_path: Path) -> None:
    store = World(tmp_path / "s.duckdb")
    lease = {
        "entity_id": "kr-90000110",
        "activity": "leases_from",
        "counterparty_id": "mm-army",
        "status": "active",
        "source_ids": "register-2022",
    }
    mine = write_tables(tmp_path / "mine", {"activity": [lease]})
    added = {c["company_id"] for c in _json(store, "list", "--datasets", mine)["companies"]}
    assert {"kr-90000110", "kr-90000080"} <= added
    mine = write_tables(tmp_path / "other", {"activity": [lease]}, "world.csv")
    replaced = {
        c["company_id"] for c in _json(store, "list", "--datasets", mine, "--topic", "myanmar-military")["companies"]
    }
    assert replaced == {"kr-90000110"}


def test_a_row_with_an_unknown_source_is_counted_and_reported(tmp_path: Path, world: World) -> None:
    lease = {
        "entity_id": "kr-90000110",
        "activity": "leases_from",
        "counterparty_id": "mm-army",
        "status": "active",
        "source_ids": "no-such",
    }
    mine = write_tables(tmp_path / "mine", {"activity": [lease]})
    store = World(tmp_path / "s.duckdb")
    ran = store.run("list", "--format", "json", "--datasets", mine)
    assert ran.code == 0
    assert ran.err == "screener: dataset rows with problems: 1; see `screener data check`\n"
    assert json.loads(ran.out)["manifest"]["rows_set_aside"] == 1
    checked = run("data", "check", "--datasets", mine)
    assert checked.code == 2
    assert len(checked.out.splitlines()) == 1
    assert checked.out.startswith("activity/mine.csv:2 source_ids [kr-90000110 leases_from mm-army]: ")
    assert "no-such" in checked.out


def test_own_rules_add_and_replace(world: World, tmp_path: Path) -> None:
    text = (HERE / "rules/myanmar-military/test-leases-from-listed.toml").read_text(encoding="utf-8")
    (tmp_path / "test-leases-from-listed.toml").write_text(
        text.replace("severity = 0.6", "severity = 0.3"), encoding="utf-8"
    )
    (tmp_path / "mine.toml").write_text(text.replace('id = "test-leases-from-listed"', 'id = "mine"'), encoding="utf-8")
    severities = {
        f["rule"]: f["factors"]["severity"] for f in _findings(_json(world, "show", "900080", "--rules", tmp_path))
    }
    assert severities == {"test-leases-from-listed": 0.3, "mine": 0.6}


def test_a_rule_file_with_a_wrong_key_stops_before_a_half_screening(world: World, tmp_path: Path) -> None:
    text = (HERE / "rules/myanmar-military/test-leases-from-listed.toml").read_text(encoding="utf-8")
    (tmp_path / "test-leases-from-listed.toml").write_text(text.replace("severity", "severty"), encoding="utf-8")
    said = "test-leases-from-listed.toml severty: unknown key (found 'severty'); did you mean severity?\n"
    screened, checked, tested = (
        world.screen(MIXED, "--rules", tmp_path),
        run("rules", "check", tmp_path),
        run("rules", "test", tmp_path),
    )
    assert (screened.code, screened.out, screened.err) == (2, "", f"screener: {said}")
    for ran in (checked, tested):
        assert (ran.code, ran.out, ran.err) == (2, "", f"screener: {tmp_path}/{said}")


def test_rules_are_listed_shown_checked_and_tested(world: World) -> None:
    listed = json.loads(run("rules", "list", "--format", "json").out)["rules"]
    assert len(listed) == 8
    assert "May be wrong when" in run("rules", "show", "test-project-pays-listed-body").out
    checked = run("rules", "check", "--store", world.store)
    assert checked.out == "8 rules are valid; 0 of them match nothing in the base.\n"
    assert run("rules", "test").out == "1 passed, 0 failed\n"
    printed = run("rules", "sql", "test-project-pays-listed-body").out
    assert printed.startswith('-- rule: {"rule_id": "test-project-pays-listed-body"')
    assert "insert into tail by name" in printed


def test_a_folder_of_rules_is_checked_and_tested_alone_and_its_files_are_named(world: World, tmp_path: Path) -> None:
    text = (HERE / "rules/myanmar-gas/test-project-pays-listed-body.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('id = "test-project-pays-listed-body"', 'id = "mine"'), encoding="utf-8")
    assert run("rules", "check", tmp_path, "--store", world.store).out.startswith("1 rules are valid")
    assert run("rules", "test", tmp_path).out == "1 passed, 0 failed\n"
    path.write_text(path.read_text(encoding="utf-8").replace("findings = 1", "findings = 7"), encoding="utf-8")
    failed = run("rules", "test", tmp_path)
    assert (failed.code, failed.out.splitlines()[0].split(":")[0]) == (1, f"FAILED mine test 1 ({path})")
    path.write_text(
        path.read_text(encoding="utf-8").replace('"test-military-list"', '"test-militari-list"'), encoding="utf-8"
    )
    refused = run("rules", "check", tmp_path, "--store", world.store)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == (
        f"screener: {path} match.anchor[0].list: no such list; the rule could never match (found 'test-militari-list');"
        " did you mean test-military-list?\n"
    )


def test_a_rule_that_matches_nothing_in_the_base_is_reported(world: World, tmp_path: Path) -> None:
    text = (HERE / "rules/myanmar-military/test-sells-to-army.toml").read_text(encoding="utf-8")
    never = text.replace('id = "test-sells-to-army"', 'id = "mine"').replace('"sells_to"', '"equipment_seen_in"')
    (tmp_path / "mine.toml").write_text(never, encoding="utf-8")
    checked = run("rules", "check", tmp_path, "--store", world.store)
    assert (checked.code, checked.out) == (0, "1 rules are valid; 1 of them match nothing in the base.\n")
    assert checked.err == f"{tmp_path}/mine.toml: matches nothing in the base\n"


def test_what_describes_a_store_builds_none(tmp_path: Path) -> None:
    for arguments in (("info",), ("prune", "--keep", "1", "--dry-run"), ("prune", "--keep", "1")):
        ran = run("data", *arguments, "--store", tmp_path / "none.duckdb")
        assert (ran.code, ran.out) == (2, "")
        assert "`screener data build` makes one" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_where_the_per_user_store_cannot_be_written_a_temporary_one_is_used_and_reported(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.write_text("no folder", encoding="utf-8")
    monkeypatch.delenv("SCREENER_STORE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(closed))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    tempfile.tempdir = None
    try:
        ran = run("list", "--format", "json", "--as-of", "2024-06-30")
        assert (ran.code, ran.err.count("a temporary store is used")) == (0, 1)
        named = run("list", "--format", "json", "--store", closed / "s.duckdb")
        assert (named.code, named.out) == (2, "")
    finally:
        tempfile.tempdir = None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["closed"]


# --- faults ----------------------------------------------------------------------------------------------


class _Panic(BaseException):
    """As a panic in a library: no Exception."""


@pytest.mark.parametrize(
    "error", [RuntimeError("boom\nsecond line \x1b[2J"), _Panic("deep below"), MemoryError(), RuntimeError()]
)
def test_a_fault_of_ours_is_one_line_and_exit_code_70(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("screener.cli.rules.read_rules", fails)
    ran = run("rules", "list")
    assert ran.code == 70
    assert len(ran.err.splitlines()) == 1
    assert "\x1b" not in ran.err
    assert "--debug" in ran.err
    with pytest.raises(type(error)):
        run("rules", "list", "--debug")


def test_a_source_that_cannot_be_reached_is_exit_code_3(monkeypatch: pytest.MonkeyPatch) -> None:
    from screener.sources.source import SourceError

    def fails(*_: object, **__: object) -> None:
        raise SourceError("no answer", where="us-uflpa", do="try again later")

    monkeypatch.setattr("screener.cli.rules.read_rules", fails)
    assert run("rules", "list").code == 3
