"""`screener rules`: list, show, check and test the rules; print their SQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from screener.cli import options
from screener.errors import EXIT_DONE, EXIT_THRESHOLD, ScreenerError

if TYPE_CHECKING:
    from screener.rules.load import Rule


@click.group("rules")
def command() -> None:
    """List, show, check and test the rules; print the SQL that runs."""


@command.command("list")
@options.RULES
@options.TOPIC
@options.format_option("terminal", "json")
@options.MANNERS
def list_rules(rules: tuple[str, ...], topics: tuple[str, ...], fmt: str, quiet: bool, debug: bool) -> None:
    """List the rules by topic with severity and involvement."""
    from screener.rules.load import read_rules, rule_folders

    found = read_rules(rule_folders(rules), topics)
    if fmt == "json":
        told = [
            {
                "id": r.id,
                "topic": r.topic,
                "title": r.title,
                "status": r.status,
                "severity": r.severity,
                "involvement": r.involvement,
            }
            | {"modified": r.modified.isoformat(), "sha256": r.sha256, "file": r.file, "tests": len(r.tests)}
            for r in found
        ]
        click.echo(json.dumps({"schema": "screener/rules/1", "rules": told}, ensure_ascii=False, indent=2))
        return
    from screener.report.rules import rules_table
    from screener.report.terminal import page

    with page() as (paper, _):
        paper.print(rules_table(found))


@command.command("show")
@click.argument("rule_id", metavar="ID")
@options.RULES
@options.MANNERS
def show(rule_id: str, rules: tuple[str, ...], quiet: bool, debug: bool) -> None:
    """Show a rule: what it finds, why it matters, where it may be wrong."""
    from screener.report.rules import rule_page
    from screener.report.terminal import page

    rule = _named(rule_id, rules)
    with page() as (paper, _):
        paper.print(rule_page(rule))


@command.command("check")
@click.argument("folder", metavar="[DIR]", required=False)
@options.RULES
@options.MANNERS
def check(folder: str | None, rules: tuple[str, ...], quiet: bool, debug: bool) -> None:
    """Check every rule file, of DIR or of what ships; compile each to SQL and let DuckDB prepare it."""
    from screener.rules.load import read_rules, rule_folders
    from screener.rules.method import check_spans, read_method
    from screener.rules.testing import prepares

    folders = rule_folders((*rules, *([folder] if folder else [])))
    found = read_rules(folders)
    check_spans(found, read_method(folders))
    for rule in found:
        prepares(rule)
    click.echo(f"{len(found)} rules stand.")


@command.command("test")
@click.argument("folder", metavar="[DIR]", required=False)
@options.RULES
@options.MANNERS
def test(folder: str | None, rules: tuple[str, ...], quiet: bool, debug: bool) -> None:
    """Run the tests that the rule files carry; exits with 1 if any fails."""
    from screener.rules.load import read_rules, rule_folders
    from screener.rules.method import read_method
    from screener.rules.testing import run_tests

    folders = rule_folders((*rules, *([folder] if folder else [])))
    results = run_tests(read_rules(folders), read_method(folders))
    for result in results:
        if not result.passed:
            click.echo(f"FAILED {result.rule_id} test {result.number}: {result.said}")
    failed = sum(not r.passed for r in results)
    click.echo(f"{len(results) - failed} passed, {failed} failed")
    raise click.exceptions.Exit(EXIT_THRESHOLD if failed else EXIT_DONE)


@command.command("sql")
@click.argument("rule_id", metavar="ID")
@options.RULES
@options.MANNERS
def sql(rule_id: str, rules: tuple[str, ...], quiet: bool, debug: bool) -> None:
    """Print the DuckDB SQL that runs for a rule, with the values of its parameters."""
    from screener.rules.compile import compile_rule, printable

    click.echo(printable(compile_rule(_named(rule_id, rules))))


def _named(rule_id: str, rules: tuple[str, ...]) -> Rule:
    import difflib

    from screener.rules.load import read_rules, rule_folders

    found = {rule.id: rule for rule in read_rules(rule_folders(rules))}
    if rule_id not in found:
        near = difflib.get_close_matches(rule_id, found, 3, 0.4)
        raise ScreenerError(
            "no such rule",
            where="ID",
            found=rule_id,
            do=f"perhaps {', '.join(near)}" if near else "see `screener rules list`",
        )
    return found[rule_id]
