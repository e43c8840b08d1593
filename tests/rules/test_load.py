"""Rule files are checked key by key; what cannot stand is one line that names file and key."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from msgspec.structs import replace

from screener.errors import ScreenerError
from screener.rules.checking import base_words, check_words
from screener.rules.load import read_rule, read_rules, rule_folders
from screener.rules.method import check_spans, read_method
from screener.rules.plan import printable
from screener.rules.testing import run_tests
from tests.rules.facts import WORLD, world_method, world_rules

GOOD = (WORLD / "rules/myanmar-gas/test-project-pays-listed-body.toml").read_text(encoding="utf-8")
NAME = "test-project-pays-listed-body.toml"


def _read(folder: Path, text: str) -> None:
    (folder / NAME).write_text(text, encoding="utf-8")
    check_spans([read_rule(folder / NAME, folder)], world_method())


BAD = [
    ("severity = 0.9", "severty = 0.9", "severty", "did you mean severity"),
    ("severity = 0.9", "", "severity", "missing"),
    ("severity = 0.9", "severity = 90", "severity", "from 0.2 to 1"),
    ("severity = 0.9", "severity = nan", "severity", "from 0.2 to 1"),
    ("severity = 0.9", "severity = true", "severity", "from 0.2 to 1"),
    ("severity = 0.9", 'severity = "0.9"', "severity", "from 0.2 to 1"),
    ('involvement = "contribute"', 'involvement = "contributes"', "involvement", "did you mean contribute"),
    ('topic = "myanmar-gas"', 'topic = "myanmar"', "topic", "did you mean"),
    ('topic = "myanmar-gas"', "topic = []", "topic", "not a text"),
    ('status = "stable"', 'status = "ready"', "status", "did you mean"),
    ("date = 2024-01-01", 'date = "2024-01-01"', "date", "not a day"),
    ("date = 2024-01-01", "date = 2024-01-01T00:00:00Z", "date", "not a day"),
    ('references = ["https://rules.example/gas"]', "references = []", "references", "not a list"),
    ('references = ["https://rules.example/gas"]', "references = [5]", "references[0]", "not a text"),
    ('id = "test-project-pays-listed-body"', 'id = "another"', "id", "not the file's name"),
    (
        'relation = "answers_for", optional',
        'relation = "answers", optional',
        "match.path[0].relation",
        "did you mean answers_for",
    ),
    (
        'relation = "answers_for", optional = true',
        'relation = "answers_for", optional = "false"',
        "match.path[0].optional",
        "true or false",
    ),
    (
        '["project_pays", "pays"] },',
        '["project_pays", "pays"], optional = true },',
        "match.path[2].optional",
        "can be optional",
    ),
    (
        '["project_pays", "pays"] }',
        '["project_pays", "pays"], min_shar = 0.1 }',
        "match.path[2].min_shar",
        "did you mean min_share",
    ),
    (
        '["project_pays", "pays"] }',
        '["project_pays", "pays"], min_share = 5 }',
        "match.path[2].min_share",
        "from 0 to 1",
    ),
    ('target_kind = ["project"]', 'target_kind = ["projects"]', "match.path[1].target_kind", "did you mean project"),
    (
        'list = ["test-military-list"], ',
        'lists = ["test-military-list"], ',
        "match.anchor[0].lists",
        "did you mean list",
    ),
    (
        'anchor = { list = ["test-military-list"], entity = ["mm-test-gas-board"] }',
        "anchor = {}",
        "match.anchor",
        "no anchor",
    ),
    ('anchor = { list = ["test-military-list"], entity = ["mm-test-gas-board"] }', "", "match.anchor", "no anchor"),
    ("floor_usd = 1000000.0", "floor_usd = 0", "magnitude.floor_usd", "from 1 to"),
    ("floor_usd = 1000000.0", "floor_usd = 1000000000.0", "magnitude", "below the ceiling"),
    ("floor_usd = 1000000.0", "floor_usd = 5e12", "magnitude", "below the ceiling"),
    ("path = [", "unused = 5\npath = [", "match.unused", "unknown key"),
    (
        "expect = { findings = 1, amount_usd = 100000000 }",
        "expect = { finding = 1 }",
        "tests[0].expect.finding",
        "did you mean findings",
    ),
    ("expect = { findings = 1, amount_usd = 100000000 }", "", "tests[0].expect", "missing"),
    (
        "expect = { findings = 1, amount_usd = 100000000 }",
        "as_of = 5\nexpect = { findings = 1 }",
        "tests[0].as_of",
        "not a day",
    ),
    (
        "expect = { findings = 1, amount_usd = 100000000 }",
        'expect = { findings = "1" }',
        "tests[0].expect.findings",
        "from 0",
    ),
    ('["project_pays", "pays"] }', '["supplies"] }', "match.path[2].relation", "did you mean buys_from"),
    ('["project_pays", "pays"] }', '["listed_on"] }', "match.path[2].relation", "name the list in the anchor"),
    (
        'list = ["test-military-list"], ',
        'list = ["test-military-list"], or_owned = 0.5, ',
        "match.anchor[0].or_owned",
        "true or false",
    ),
    ('list = ["test-military-list"], ', "owned = true, ", "match.anchor[0].owned", "add list"),
    ("anchor = { list", 'anchor = { does = ["pays"], list', "match.anchor[0].does", "write two anchors"),
    ('id = "', "id = ", "", "not readable as TOML"),
]


@pytest.mark.parametrize(("old", "new", "key", "message"), BAD)
def test_a_wrong_key_or_value_is_one_line_that_names_it(
    tmp_path: Path, old: str, new: str, key: str, message: str
) -> None:
    assert GOOD.count(old) >= 1
    with pytest.raises(ScreenerError) as wrong:
        _read(tmp_path, GOOD.replace(old, new, 1))
    line = wrong.value.line()
    assert line.startswith(f"{NAME} {key}".strip()), line
    assert message in line
    assert wrong.value.exit_code == 2


@pytest.mark.parametrize(
    "text", ["path = 5", 'path = "owns"', "path = { relation = 'owns' }", "path = [5]", 'path = ["owns"]']
)
def test_a_path_that_is_no_list_of_steps_is_an_error(tmp_path: Path, text: str) -> None:
    start, end = GOOD.index("path = ["), GOOD.index("anchor = ")
    with pytest.raises(ScreenerError, match=r"match\.path"):
        _read(tmp_path, GOOD[:start] + text + "\n" + GOOD[end:])


@pytest.mark.parametrize("text", ["tests = 5", 'tests = ["x"]', "tests = [{ given = 5, expect = { findings = 1 } }]"])
def test_malformed_tests_are_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScreenerError, match="tests"):
        _read(tmp_path, text + "\n" + GOOD[: GOOD.index("[[tests]]")])


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"id = \xff\xfe")
    with pytest.raises(ScreenerError, match="not readable as TOML"):
        read_rule(tmp_path / NAME, tmp_path)


def test_two_rules_of_one_id_in_one_folder_are_an_error_and_a_later_folder_replaces(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / NAME).write_text(GOOD.replace("severity = 0.9", "severity = 0.4"), encoding="utf-8")
    with pytest.raises(ScreenerError, match="two rules have this id"):
        read_rules([tmp_path])
    rules = {rule.id: rule for rule in read_rules([WORLD / "rules", tmp_path / "a"])}
    assert rules["test-project-pays-listed-body"].severity == 0.4
    assert len(rules) == len(world_rules())


def test_a_deprecated_rule_takes_the_one_that_it_replaces_out(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(GOOD.replace('"stable"', '"deprecated"'), encoding="utf-8")
    assert len(read_rules([WORLD / "rules", tmp_path])) == len(world_rules()) - 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("neutral = 0.6", "neutral = 6", "neutral is not a number from 0 to 1"),
        ("neutral = 0.6", "nutral = 0.6", "unknown key"),
        ("neutral = 0.6", "", "a key is missing"),
        ("[overall]", "[over_all]", "the section is missing"),
        ("high = 35.0", "high = 10.0", "out of order"),
        ('version = "2026.1"', "", "the version is missing"),
        ("[overall]", "[extra]\nx = 1\n[overall]", "unknown section"),
        ("floor_usd = 1e5", "floor_usd = 1e9", "below the ceiling"),
        ("floor_revenue = 0.0001", "floor_revenue = 0.05", "below the ceiling"),
    ],
)
def test_an_invalid_method_is_an_error(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (WORLD / "rules/method.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "method.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScreenerError, match=message):
        read_method([tmp_path])


def test_a_rule_whose_own_floor_reaches_the_ceiling_of_the_method_is_an_error(tmp_path: Path) -> None:
    """Only a floor is given, and the ceiling comes from method.toml: the scale would run backwards."""
    from tests.rules.facts import Facts, scored

    text = GOOD.replace("ceiling_usd = 1000000000.0\n", "").replace("floor_usd = 1000000.0", "floor_usd = 5e8")
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    with pytest.raises(ScreenerError, match="below the ceiling"):
        scored(Facts().owns("kr-a", "kr-b", 0.5), rules=read_rules([tmp_path]))


def test_the_rules_of_the_small_world_pass_their_own_tests() -> None:
    results = run_tests(world_rules(), world_method())
    assert results
    assert [result for result in results if not result.passed] == []


def test_what_a_test_expects_is_met_by_one_and_the_same_finding(tmp_path: Path) -> None:
    """Two findings, one of them ended and one of the other company: neither is an ended one of kr-b."""
    given = (
        "kr-a owns mm-p share 0.3 until 2024; kr-b owns mm-p share 0.3; mm-p is project; mm-p pays mm-test-gas-board; "
    )
    given += "mm-test-gas-board on test-military-list since 2022-02-21"
    text = GOOD[: GOOD.index("[[tests]]")] + f'[[tests]]\ngiven = "{given}"\n'
    for company, passes in (("kr-a", True), ("kr-b", False)):
        expect = f'expect = {{ findings = 2, status = "ended", company = "{company}" }}\n'
        (tmp_path / NAME).write_text(text + expect, encoding="utf-8")
        (result,) = run_tests([read_rule(tmp_path / NAME, tmp_path)], world_method())
        assert (result.passed, result.file) == (passes, NAME)


NEVER = [
    (
        'list = ["test-military-list"], ',
        'list = ["test-militari-list"], ',
        "match.anchor[0].list",
        "did you mean test-military-list",
    ),
    (
        'entity = ["mm-test-gas-board"]',
        'entity = ["mm-test-gas-bord"]',
        "match.anchor[0].entity",
        "did you mean mm-test-gas-board",
    ),
    ('entity = ["mm-test-gas-board"]', 'country = ["mm"]', "match.anchor[0].country", "did you mean MM"),
    ('entity = ["mm-test-gas-board"]', 'region = ["CN-XY"]', "match.anchor[0].region", "no such region"),
    ('target_kind = ["project"]', 'target_country = ["UK"]', "match.path[1].target_country", "no such country"),
]


@pytest.mark.parametrize(("old", "new", "key", "said"), NEVER)
def test_a_rule_that_can_never_match_is_refused(tmp_path: Path, old: str, new: str, key: str, said: str) -> None:
    assert old in GOOD
    (tmp_path / NAME).write_text(GOOD.replace(old, new), encoding="utf-8")
    rule = read_rule(tmp_path / NAME, tmp_path)
    with pytest.raises(ScreenerError) as wrong:
        check_words([rule], {"test-military-list"}, {"mm-test-gas-board"})
    assert wrong.value.line().startswith(f"{NAME} {key}")
    assert said in wrong.value.line()


def test_every_shipped_rule_names_only_what_there_is(shipped_con: duckdb.DuckDBPyConnection) -> None:
    check_words(read_rules(rule_folders()), *base_words(shipped_con))


def test_no_value_of_a_rule_enters_its_sql_as_text() -> None:
    """What a rule says stands in tables and, printed, in comments; the statements are the same for every rule."""
    weights = world_method().involvement
    statements = {printable(rule, weights).partition("\n\n")[2] for rule in world_rules()}
    assert len(statements) == 1
    for rule in world_rules():
        anchors = tuple(
            replace(a, lists=a.lists and ("x'; --\ndrop table edge",), entity=a.entity and ("y' or true",))
            for a in rule.anchors
        )
        said, _, sql = printable(replace(rule, match=replace(rule.match, anchors=anchors)), weights).partition("\n\n")
        assert all(line.startswith("-- ") for line in said.splitlines())
        assert sql in statements
