"""The documentation says what the program does: the reference of the commands, links, keys, parameters and examples."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from screener.match.ready import ready_store
from screener.rules import load
from screener.rules.method import read_method
from screener.rules.run import knowledge, run_rules
from screener.rules.testing import run_tests
from screener.schema.vocabulary import ACTIVITIES, RELATIONS
from screener.score.assess import assess
from screener.score.findings import claims, score
from screener.store.build import open_store
from screener.store.clock import set_clocks
from screener.store.load import checked
from tests.once import memory_store

CHECKOUT = Path(__file__).resolve().parent.parent
PAGES = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/*.md"), *CHECKOUT.glob("[!.]*/README.md")])


def _text(name: str) -> str:
    return (CHECKOUT / name).read_text(encoding="utf-8")


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, CHECKOUT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_of_the_commands_is_current() -> None:
    assert _text("docs/cli.md") == _script("cli_reference").reference(), "run: make docs"


def test_the_report_in_the_readme_is_a_real_one(shipped_store: Path) -> None:
    assert _script("readme_report").report() in _text("README.md"), "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\[[^\]]*\]\(([^)#\s]+)", text)
    assert [t for t in targets if "://" not in t and not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(
        r"\b(?:docs|screener|tests|rules|datasets)/[\w/.-]*\.(?:md|py|toml|sql|csv)\b", page.read_text(encoding="utf-8")
    )
    # The walks through a new rule, source and format name the file that their reader is to write.
    written = {
        "rules/myanmar-military/myanmar-finances-listed.toml",
        "screener/sources/my_example.py",
        "screener/report/chat.py",
    }
    assert [name for name in named if name not in written and not (CHECKOUT / name).exists()] == []


def test_every_make_command_that_the_docs_name_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", _text("Makefile"), flags=re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"\bmake ([a-z]+)\b(?=[`\n ]{1})", "\n".join(_code(page)))}
    assert {"screen", "test", "bench", "docs", "wheel"} <= named
    assert named <= targets


def test_every_parameter_is_explained_with_its_value() -> None:
    text = _text("docs/method.md")
    method = tomllib.loads(_text("rules/method.toml"))
    for section, parameters in method.items():
        if section == "version":
            continue
        for name, value in parameters.items():
            stated = re.search(rf"`(?:{section}\.)?{name} = ([\d.e+-]+)`", text)
            if (section, name) == ("sensitivity", "seed"):
                assert "`sensitivity.seed`" in text
            else:
                assert stated is not None, f"{section}.{name} is not given with its value"
                assert float(stated.group(1)) == value, f"{section}.{name}"


def test_the_score_by_hand_is_what_the_program_gives() -> None:
    """The worked example at the end of docs/method.md."""
    source = {"publisher_kind": "other", "title": "T", "url": "https://example.org/", "retrieved_on": "2026-01-01"}
    sources = [
        {"source_id": "filing", "publisher": "Company K", "published_on": "2025-06-30", "grade": "A", **source},
        {"source_id": "report", "publisher": "An NGO", "published_on": "2025-12-31", "grade": "C", **source},
        {"source_id": "gazette", "publisher": "EU", "published_on": "2022-02-21", "grade": "A", **source},
    ]
    rows = {
        "source": sources,
        "entity": [
            {"entity_id": "kr-k", "kind": "company", "name": "K", "country": "KR", "source_ids": "filing"},
            {"entity_id": "mm-p", "kind": "project", "name": "P", "country": "MM", "source_ids": "filing"},
            {"entity_id": "mm-moge", "kind": "state_body", "name": "MOGE", "country": "MM", "source_ids": "gazette"},
        ],
        "list": [{"list_id": "eu-fsf", "title": "EU", "publisher": "EU", "source_ids": "gazette"}],
        "listing": [{"entity_id": "mm-moge", "list_id": "eu-fsf", "valid_from": "2022-02-21", "source_ids": "gazette"}],
        "ownership": [
            {
                "owner_id": "kr-k",
                "owned_id": "mm-p",
                "share_min": "0.1",
                "share_max": "0.1",
                "valid_from": "2010",
                "status": "active",
            }
            | {"source_ids": "filing"}
        ],
        "activity": [
            {
                "entity_id": "mm-p",
                "activity": "project_pays",
                "counterparty_id": "mm-moge",
                "amount_usd": "100000000",
                "period": "2025",
            }
            | {"valid_from": "2025", "valid_to": "2025", "status": "active", "source_ids": "report"}
        ],
    }
    folders, as_of = load.rule_folders(), dt.date(2026, 1, 1)
    method = read_method(folders)
    rules = [rule for rule in load.read_rules(folders) if rule.id == "gas-project-pays-listed-body"]
    with memory_store(rows) as con:
        set_clocks(con, as_of, as_of)
        findings = run_rules(con, rules, method)
        scores = score(findings, claims(con), knowledge(con), rules, method, as_of)
    (found,) = scores.findings.to_dicts()
    text = _text("docs/method.md")
    for name in ("severity", "involvement", "proximity", "magnitude", "recency", "exposure", "confidence"):
        (stated,) = re.findall(rf"^\| \**{name}\** \| \**([\d.]+)\** \|", text, flags=re.MULTILINE)
        assert found[name] == pytest.approx(float(stated), abs=1e-4), name
    (total,) = re.findall(r"Topic score 100 · [\d.]+ · [\d.]+ = \*\*([\d.]+)\*\*", text)
    assert scores.topics["score"].to_list() == pytest.approx([float(total)], abs=0.05)


def test_every_key_of_a_rule_is_documented() -> None:
    text = _text("rules/README.md")
    tables = (load.RuleFile, load.Match, load.Step, load.Anchor, load.Magnitude, load.Expectation)
    keys = {field.encode_name for table in tables for field in msgspec.structs.fields(table)}
    keys |= {"experimental", "test", "stable", "deprecated"}
    relations = {*ACTIVITIES, "answers_for", "controls", "owned_by", "buys_from", "owns"}
    assert relations <= set(RELATIONS)
    assert [word for word in sorted(keys | relations) if f"`{word}`" not in text] == []


def test_the_example_of_a_rule_stands_and_passes_its_tests(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(id = .*?)^```", _text("docs/adding-a-rule.md"), flags=re.MULTILINE | re.DOTALL)
    path = tmp_path / "myanmar-military" / f"{tomllib.loads(example)['id']}.toml"
    path.parent.mkdir()
    path.write_text(example, encoding="utf-8")
    rule = load.read_rule(path, tmp_path)
    results = run_tests([rule], read_method(load.rule_folders()))
    assert [dataclasses.astuple(r) for r in results if not r.passed] == []
    assert {bool(test.expect.findings) for test in rule.tests} == {True, False}


def test_the_example_of_a_fact_stands_and_gives_a_finding(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    blocks = re.findall(r"`(\w+/example\.csv)`\n\n```csv\n(.*?)```", _text("docs/adding-a-fact.md"), flags=re.DOTALL)
    for name, rows in blocks:
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(rows, encoding="utf-8")
    assert {name for name, _ in blocks} == {"source/example.csv", "entity/example.csv", "activity/example.csv"}
    _, rejects, _ = checked([str(folder)])
    assert rejects.filter(rejects["file"].str.contains("example")).to_dicts() == []
    store = tmp_path / "store.duckdb"
    ready_store(str(store), [str(folder)], lasting=False)
    with open_store(store) as con:
        found = assess(con, topics=["myanmar-military"], as_of=dt.date(2026, 11, 24)).scores.findings
    mine = found.filter(found["company_id"] == "kr-example-steel")
    assert mine["rule_id"].to_list() == ["myanmar-leases-from-military"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_pages_name_no_package_index_and_no_folder_of_a_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"pypi\.org|pythonhosted|img\.shields|/home/\w+|/work/|/root/|/tmp/", text) == []


def _code(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [
        *re.findall(r"`[^`\n]+`", text),
        *re.findall(r"```.*?```", text, flags=re.DOTALL),
        *re.findall(r"^ {4,}\S.*$", text, flags=re.MULTILINE),
    ]
