"""A small world as folders of datasets and rules, changed in one way, and the run that the program makes of it."""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from screener.rules.load import read_rules
from screener.runs.changes import Run
from screener.runs.quarter import PARAMETERS, Inputs, _manifest, _run
from screener.runs.tables import run_tables
from screener.score.assess import Assessment, assess
from tests.golden.world import HERE
from tests.once import memory_store
from tests.rules.facts import Facts

RULE = """
id = "leases-from-the-army"
title = "Leases from the army"
status = "test"
topic = "{topic}"
description = "A rule of a test."
references = ["https://rules.example/a"]
date = 2024-01-01
modified = 2024-01-01
severity = {severity}
involvement = "contribute"

[match]
path = [{{ relation = "answers_for", optional = true }}, {{ relation = "leases_from" }}]
anchor = {{ list = ["test-military-list"] }}
"""
# What a store built from files has and one in memory has not.
OF_FILES = "create table reject (problem varchar); create table input_file (name varchar, sha256 varchar)"
FIRST, LATER = dt.date(2024, 6, 30), dt.date(2024, 9, 30)


def leasing() -> Facts:
    """kr-a leases from a listed army, kr-b holds most of kr-a."""
    facts = Facts()
    facts.source("filing", "C", published="2020-01-01")
    facts.source("paper", "D", published="2024-05-01", publisher="A paper")
    facts.entity("mm-army", kind="military")
    facts.listed("mm-army", "test-military-list", valid_from="2021-04-19")
    facts.does(
        "kr-a",
        "leases_from",
        "mm-army",
        source_ids="filing;paper",
        amount_usd="1000000",
        period="yearly",
        valid_from="2018",
        confirmed_on="2024-05-01",
    )
    facts.owns("kr-b", "kr-a", 0.8, source_ids="filing")
    return facts


def run_of(assessment: Assessment) -> Run:
    """An assessment as a run, without a folder."""
    clocks = assessment.clocks
    inputs = Inputs("", clocks.as_of, clocks.known_at, dict.fromkeys(PARAMETERS, ()))
    return _run(run_tables(assessment), _manifest(assessment, inputs))


@dataclass
class World:
    """Facts, rules and clocks of one run."""

    facts: Facts = field(default_factory=leasing)
    severity: float = 0.9
    method: tuple[tuple[str, str], ...] = ()
    as_of: dt.date = FIRST
    known_at: dt.date | None = None

    def copy(self) -> World:
        """The same, to be changed."""
        return copy.deepcopy(self)

    def rules(self, folder: Path) -> Path:
        """Writes the folder of rules: the one rule, and the method of the small world."""
        (folder / "myanmar-military").mkdir(parents=True, exist_ok=True)
        written = RULE.format(severity=self.severity, topic="myanmar-military")
        (folder / "myanmar-military" / "leases-from-the-army.toml").write_text(written, encoding="utf-8")
        method = (HERE / "rules" / "method.toml").read_text(encoding="utf-8")
        for old, new in self.method:
            assert old in method
            method = method.replace(old, new)
        (folder / "method.toml").write_text(method, encoding="utf-8")
        assert read_rules([folder])
        return folder

    def run(self, rules: Path) -> Run:
        """What the program makes of it. Only the rules of this folder are there (see `tests.golden.world.inside`)."""
        self.rules(rules)
        with memory_store(self.facts.rows) as con:
            con.execute(OF_FILES)
            return run_of(assess(con, as_of=self.as_of, known_at=self.known_at or self.as_of))
