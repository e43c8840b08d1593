"""Writes docs/cli.md from the `--help` of every command, so that the reference cannot differ from the program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from screener.cli import cli

_WIDTH = 100
_HEAD = """# Commands

Made by `make docs` from the commands' own help; a test holds it current.

Exit codes: 0 done, 1 a threshold of `--fail-on` was reached (or a rule's test failed), 2 bad input or usage, 3 a source could not be reached, 70 an error
in the program, 74 the disk is full.
"""


def reference() -> str:
    """The whole reference as Markdown."""
    return _HEAD + "".join(_sections(cli, "screener"))


def _sections(command: click.Command, name: str) -> Iterator[str]:
    # An empty parent context: the printed usage then begins with the full name alone.
    # A command keeps the help option of its first call; one that a test called alone would be told without -h.
    command._help_option = None
    names = cli.context_settings.get("help_option_names")
    context = click.Context(
        command, info_name=name, max_content_width=_WIDTH, terminal_width=_WIDTH, help_option_names=names
    )
    yield f"\n## `{name}`\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for sub in command.list_commands(context):
            found = _found(command, context, sub)
            if found is not None:
                yield from _sections(found, f"{name} {sub}")


def _found(group: click.Group, context: click.Context, name: str) -> click.Command | None:
    try:
        return group.get_command(context, name)
    except ModuleNotFoundError:
        return None


if __name__ == "__main__":
    Path(__file__).with_name("cli.md").write_text(reference(), encoding="utf-8")
