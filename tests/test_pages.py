"""The pages for strangers hold: what each says is done here, in folders of its own, and gives what the page promises."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import re
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import polars as pl
import pytest

import screener
from screener.report import formats
from screener.report.wording import wording
from screener.sources.reading import Reading
from screener.sources.source import Source
from screener.store.snapshots import StoredFile
from tests.golden.world import run
from tests.once import answers_once


def _page(checkout: Path, name: str) -> str:
    return (checkout / "docs" / name).read_text(encoding="utf-8")


def _blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


@pytest.fixture
def topic(checkout: Path, tmp_path: Path) -> Path:
    """The folder that adding-a-topic.md makes: facts and rules."""
    named = re.findall(
        r"^`([\w/.-]+\.(?:csv|toml))`\n\n```(?:csv|toml)\n(.*?)^```",
        _page(checkout, "adding-a-topic.md"),
        re.MULTILINE | re.DOTALL,
    )
    assert {name.split("/")[0] for name, _ in named} == {"topic", "source", "entity", "supply", "turkmenistan-cotton"}
    for name, content in named:
        path = tmp_path / ("rules" if name.endswith(".toml") else "facts") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path


def test_a_topic_needs_rows_and_rules_only(topic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers_once(monkeypatch)
    mine = ("--datasets", topic / "facts", "--store", tmp_path / "store.duckdb")
    assert json.loads(run("data", "check", "--datasets", topic / "facts", "--format", "json").out)["rejects"] == []
    assert run("rules", "check", topic / "rules", *mine, "-q").code == 0
    assert run("rules", "test", topic / "rules", "--datasets", topic / "facts").out == "2 passed, 0 failed\n"
    (rule,) = [path.stem for path in (topic / "rules").rglob("*.toml")]
    for shown in ("show", "sql"):
        of_topic = run("rules", shown, rule, "--rules", topic / "rules", "--datasets", topic / "facts")
        assert of_topic.code == 0, of_topic.err
    deliveries = tmp_path / "deliveries.csv"
    deliveries.write_text("supplier,buyer\nHoshine Silicon,Kia\n", encoding="utf-8")
    pruned = run("supply", "prune", deliveries, "--out", tmp_path / "few.csv", *mine, "--rules", topic / "rules", "-q")
    assert pruned.code == 0, pruned.err
    for language, name in (("en", "Cotton of Turkmenistan"), ("ko", "투르크메니스탄 면화")):
        ran = run("list", "--topic", "turkmen", *mine, "--rules", topic / "rules", "--lang", language, "-q")
        assert ran.code == 0
        assert name in ran.out
    listed = json.loads(
        run("list", "--topic", "turkmen", *mine, "--rules", topic / "rules", "--format", "json", "-q").out
    )
    assert "kr-00126380" in {company["company_id"] for company in listed["companies"]}
    held = json.loads(
        run("data", "coverage", "--topic", "turkmen", *mine, "--rules", topic / "rules", "--format", "json", "-q").out
    )
    assert [(row["topic"], row["companies"], row["facts"]) for row in held["topics"]] == [("turkmenistan-cotton", 1, 1)]


def test_an_output_format_is_one_function(
    checkout: Path, shipped_store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module, entry = _blocks(_page(checkout, "adding-an-output-format.md"), "python")
    made: dict[str, Any] = {}
    exec(module, made)
    exec("from __future__ import annotations\n" + entry.replace("from screener.report.chat import chat_text", ""), made)
    monkeypatch.setitem(formats.WRITERS, "chat", made["_chat"])
    with screener.open(store=shipped_store) as base:
        base.company("047050").save(tmp_path / "firm.chat", lang="ko")
    text = (tmp_path / "firm.chat").read_text(encoding="utf-8")
    assert text.startswith("포스코인터내셔널\n")
    assert text.endswith(wording("ko")("foot.notice") + "\n")


def test_a_source_is_an_entry_and_one_module(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = _page(checkout, "adding-a-source.md")
    (module,), (entry,) = _blocks(page, "python"), _blocks(page, "toml")
    made: dict[str, Any] = {}
    exec(module, made)
    source = msgspec.convert(tomllib.loads(entry)["my-example"] | {"id": "my-example"}, Source)
    path = tmp_path / "companies.csv"
    path.write_text("ref,name,since,colour\n1,Example Sdn Bhd,2024-05-06,red\n2,,2024-05-06,red\n", encoding="utf-8")
    stored = StoredFile("list", path, source.url, dt.datetime(2026, 11, 29), "0" * 64, path.stat().st_size)
    monkeypatch.setitem(sys.modules, "screener.sources.my_example", SimpleNamespace(**made))
    rows: dict[str, pl.DataFrame] = {}
    reading = Reading(origin="my-example", source=source, raw=(stored,), folder=tmp_path)
    reading.read(rows.__setitem__)
    assert rows["entity"]["name"].to_list() == ["Example Sdn Bhd"]
    assert rows["listing"]["list_id"].to_list() == ["my-example"]
    assert reading.rows == 1
    assert list(reading.unexpected) == ["colour"]


def test_every_source_of_the_catalogue_has_its_parser() -> None:
    from screener.sources.source import SOURCES

    for source in SOURCES.values():
        module, _, part = source.code.partition(":")
        found = importlib.import_module(f"screener.sources.{module}")
        assert callable(getattr(found, f"parse_{part}" if part else "parse")), source.id
