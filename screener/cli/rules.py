"""`screener rules`: list, show, check and test the rules; print their SQL."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import click

from screener.cli import options
from screener.cli.help import Group
from screener.cli.output import show, write
from screener.errors import EXIT_DONE, EXIT_THRESHOLD, ScreenerError
from screener.report.phrases import phrase
from screener.rules.load import Rule, read_rules, rule_folders
from screener.store.inputs import topic_ids

if TYPE_CHECKING:
    from screener.rules.method import Method


@click.group("rules", cls=Group)
def command() -> None:
    """List, show, check and test the rules; print the SQL that runs."""


@command.command("list")
@options.asking(options.RULES, options.DATASETS, options.TOPIC, options.formats("terminal", "json"))
def list_rules(asked: options.CommonOptions) -> None:
    """List the rules by topic with severity and involvement."""
    from screener.report.rules import rules_json, rules_table

    found = read_rules(rule_folders(asked.rules), asked.topics, topic_ids(asked.datasets))
    write(asked, terminal=lambda: rules_table(found, asked.wording()), json=lambda: rules_json(found))


@command.command("show")
@click.argument("rule_id", metavar="ID")
@options.asking(options.RULES, options.DATASETS)
def show_rule(rule_id: str, asked: options.CommonOptions) -> None:
    """Show a rule: what it finds, why it matters, where it may be wrong."""
    from screener.report.rules import rule_page

    show(rule_page(_named(rule_id, asked), asked.wording()))


@command.command("check")
@click.argument("folder", metavar="[DIR]", required=False)
@options.asking(options.RULES, options.STORES)
def check(folder: str | None, asked: options.CommonOptions) -> None:
    """Check every rule file of DIR, or the shipped ones, and run them all against the facts.

    A rule that can never match (an unknown list, entity, country, region or relation) is an error; one that matches
    nothing in the base is reported.
    """
    from screener.cli.opening import opened
    from screener.rules.checking import base_words, check_words, empty_anchors
    from screener.rules.method import check_spans
    from screener.rules.run import run_rules
    from screener.sources.source import SOURCES
    from screener.store.clock import set_clocks

    found, method = _of(folder, asked)
    check_spans(found, method)
    with opened(asked) as con:
        lists, entities = base_words(con)
        lists |= {one.list_id for source in SOURCES.values() for one in source.lists}
        lists |= {name for test in method.ownership_tests for name in test.lists if name != "*"}
        check_words(found, lists, entities)
        set_clocks(con)
        hits = set(run_rules(con, found, method)["rule_id"])
        empty = empty_anchors(con, found)
    idle = [rule for rule in found if rule.id not in hits]
    said = [f"{rule.file}: matches nothing in the base" for rule in idle]
    said += [f"{rule.file} match.anchor[{number}]: nothing in the base is such an anchor" for rule, number in empty]
    for line in said:
        click.echo(phrase(line), err=True)
    click.echo(phrase(f"{len(found)} rules are valid; {len(idle)} of them match nothing in the base."))


@command.command("test")
@click.argument("folder", metavar="[DIR]", required=False)
@options.asking(options.RULES, options.DATASETS)
def test(folder: str | None, asked: options.CommonOptions) -> None:
    """Run the tests in the rule files of DIR, or in the shipped ones; exits with 1 if any fails."""
    from screener.rules.testing import run_tests

    found, method = _of(folder, asked)
    results = run_tests(found, method)
    failed = [result for result in results if not result.passed]
    for result in failed:
        click.echo(phrase(f"FAILED {result.rule_id} test {result.number} ({result.file}): {result.said}"))
    click.echo(phrase(f"{len(results) - len(failed)} passed, {len(failed)} failed"))
    raise click.exceptions.Exit(EXIT_THRESHOLD if failed else EXIT_DONE)


def _of(folder: str | None, asked: options.CommonOptions) -> tuple[list[Rule], Method]:
    """The rules of the named folder only, their files named by it, else of all folders; the method of all."""
    from msgspec.structs import replace

    from screener.paths import user_folder
    from screener.rules.method import read_method

    try:
        folders = rule_folders((*asked.rules, *([folder] if folder else [])))
        chosen = [user_folder(folder, "DIR")] if folder else folders
        found, method = read_rules(chosen, known=topic_ids(asked.datasets)), read_method(folders)
    except ScreenerError as error:
        if folder and error.where and not error.where.startswith((folder, "DIR", "--")):
            error.where = f"{folder}/{error.where}"
        raise
    return [replace(rule, file=f"{folder}/{rule.file}") if folder else rule for rule in found], method


@command.command("sql")
@click.argument("rule_id", metavar="ID")
@options.asking(options.RULES, options.DATASETS)
def sql(rule_id: str, asked: options.CommonOptions) -> None:
    """Print the rows of a rule, and the DuckDB SQL that follows the rows of all rules."""
    from screener.rules.method import read_method
    from screener.rules.plan import printable

    click.echo(printable(_named(rule_id, asked), read_method(rule_folders(asked.rules)).involvement))


def _named(rule_id: str, asked: options.CommonOptions) -> Rule:
    known = topic_ids(asked.datasets)
    found = {rule.id: rule for rule in read_rules(rule_folders(asked.rules), known=known)}
    if rule_id not in found:
        near = difflib.get_close_matches(rule_id, found, 3, 0.4)
        do = f"perhaps {', '.join(near)}" if near else "see `screener rules list`"
        raise ScreenerError("no such rule", where="ID", found=rule_id, do=do)
    return found[rule_id]
