"""Help: the table of commands, and Korean, for which what click writes passes through the catalogue."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

import click

from screener.report.phrases import phrase

_FILL = "\x00"  # follows a wide character, so that its text is as long as it is wide; taken out when written


class Group(click.Group):
    """A group whose table of commands says of each the whole first paragraph of its help."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the table of the group's commands."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        summaries = {
            name: ((command and command.help) or "").partition("\n\n")[0] for name, command in commands.items()
        }
        self.write_commands(formatter, summaries)

    def write_commands(self, formatter: click.HelpFormatter, commands: Mapping[str, str]) -> None:
        """Writes the table of commands: name, and what it does."""
        with formatter.section("Commands"):
            formatter.write_dl(list(commands.items()))


class KoreanHelp(click.HelpFormatter):
    """click's formatter, in Korean; a wide character takes two columns."""

    def write(self, string: str) -> None:
        """Writes a text without its fill."""
        super().write(string.replace(_FILL, ""))

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Writes the line of usage."""
        for words in ("[OPTIONS]", "COMMAND [ARGS]..."):
            args = args.replace(words, phrase(words))
        super().write_usage(prog, _filled(args), _filled(phrase((prefix or "Usage: ").strip()) + " "))

    def write_heading(self, heading: str) -> None:
        """Writes the heading of a section."""
        super().write_heading(phrase(heading))

    def write_text(self, text: str) -> None:
        """Writes paragraphs."""
        super().write_text("\n\n".join(_filled(phrase(paragraph)) for paragraph in text.split("\n\n")))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Writes a table of options or commands."""
        super().write_dl([(name, _filled(_described(text))) for name, text in rows], col_max, col_spacing)


def _described(text: str) -> str:
    """What an option is for, and in brackets its default and other remarks of click."""
    said, bracket, remarks = text.partition("  [")
    translated = "; ".join(phrase(one) for one in remarks.removesuffix("]").split("; "))
    return phrase(said) + (f"  [{translated}]" if bracket else "")


def _filled(text: str) -> str:
    return "".join(c + _FILL if unicodedata.east_asian_width(c) in "WF" else c for c in text)
