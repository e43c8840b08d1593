"""The command line: parses, calls, and turns errors into one line and an exit code.

Each command lives in a module of its own, imported only when it runs, so that `--help` is instant.
"""

import importlib
import os
import sys
from collections.abc import Iterable
from typing import Any, Final, cast

import click

from screener import __version__
from screener.cli.help import Group, Help
from screener.cli.output import note
from screener.errors import EXIT_DISK, EXIT_DONE, EXIT_FAULT, EXIT_USAGE, ScreenerError, disk_is_full, printable
from screener.report.phrases import phrase, use_language, use_language_of

# command -> (module below screener.cli and name there, help); the help is here so that printing it loads no module.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "screen": ("screen", "Score every holding of a portfolio; the main job."),
    "list": ("companies:list_command", "Exposed firms, for a campaign, with evidence."),
    "show": ("companies:show", "One firm's dossier: findings, evidence, responses, who owns and supplies whom."),
    "explain": ("companies:explain", "A score taken apart, number by number, to the evidence."),
    "letter": (
        "companies:letter",
        "A right-of-reply draft: what is reported by whom and when, what is asked, by when.",
    ),
    "site": ("site", "Static pages of the whole base, with a page that screens holdings in the browser."),
    "match": ("match", "Match names and identifiers only; writes a review file that a person can correct."),
    "quarter": ("quarter", "The quarter's tables, what changed and why, and a manifest to run it again."),
    "diff": ("tables:diff", "What changed between two runs, and why."),
    "gap": ("tables:gap", "Listed bodies with Korean ties: who lists them, whether Korea does, what flows."),
    "backtest": ("tables:backtest", "Outside verdicts against what was known before them, with controls."),
    "sensitivity": ("tables:sensitivity", "How firm the ranking is."),
    "supply": ("supply", "Reduce very many deliveries to those that can matter."),
    "fetch": ("fetch", "Fetch official sources into the store."),
    "data": (
        "data",
        "Check, build and describe the facts and the store, report what they cover; delete old snapshots.",
    ),
    "rules": ("rules", "List, show, check and test the rules; print their SQL."),
}
click.Context.formatter_class = Help


class LazyGroup(Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Command names, in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        return cast("click.Command", getattr(importlib.import_module(f"screener.cli.{module}"), name or "command"))

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command. A closed pipe (head, less) is no error; click would exit with 1, our threshold code."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(EXIT_DONE) from None

    def summaries(self, ctx: click.Context) -> Iterable[tuple[str, str]]:
        """Each command's name, and what it does; no command is imported."""
        return ((name, text) for name, (_, text) in COMMANDS.items())


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="screener")
def cli() -> None:
    """Which South Korean companies are exposed to which abuse, how, on what evidence, as of which day.

    A finding is a reason to ask, not a verdict. No finding does not mean that there is nothing to find.
    """


def main(argv: list[str] | None = None) -> None:
    """Runs the command line and exits: 0 done, 1 threshold reached, 2 bad input, 3 source unreachable, 70 our fault."""
    arguments = use_language_of(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    try:
        code = cli.main(args=arguments, prog_name="screener", standalone_mode=False)
    except click.exceptions.Exit as done:
        code = done.exit_code
    except click.exceptions.NoArgsIsHelpError as wrong:
        wrong.show()
        code = EXIT_USAGE
    except click.ClickException as wrong:
        note(" ".join(wrong.format_message().split()))
        code = EXIT_USAGE
    except click.Abort:
        note("interrupted")
        code = 130
    except ScreenerError as wrong:
        if debug:
            raise
        click.echo(f"screener: {printable(wrong.line(phrase))}", err=True)
        code = wrong.exit_code
    except BaseException as fault:
        # A panic in Polars (Rust) is not an Exception; uncaught, it would exit with 1: a threshold was reached.
        if debug or isinstance(fault, (SystemExit, KeyboardInterrupt)):
            raise
        if disk_is_full(fault):
            note("the disk is full")
            sys.exit(EXIT_DISK)
        first = f"{type(fault).__name__}: {fault}".splitlines()[0][:300]
        note(f"an error in the program, not in your input: {first} (run again with --debug to see where)")
        code = EXIT_FAULT
    finally:
        use_language("en")
    sys.exit(code if isinstance(code, int) else EXIT_DONE)
