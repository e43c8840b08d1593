"""Help: the table of commands, and Korean help, for which click's texts pass through the catalogue."""

import unicodedata
from collections.abc import Iterable

import click

from screener.report.phrases import phrase

_FILL = "\x00"  # follows a wide character, so that a text is as long as it is wide; removed when written


class Group(click.Group):
    """A group whose table shows the whole first paragraph of each command's help."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the table of the group's commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries(ctx)))

    def summaries(self, ctx: click.Context) -> Iterable[tuple[str, str]]:
        """Each command's name, and what it does."""
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            yield name, ((command and command.help) or "").partition("\n\n")[0]


class Help(click.HelpFormatter):
    """click's formatter, in the language of the command; a wide character takes two columns."""

    def write(self, string: str) -> None:
        """Writes a text without fill."""
        super().write(string.replace(_FILL, ""))

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Writes the usage line."""
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
        """Writes a table of options or commands: what each is for, and in brackets its default and other remarks."""
        filled = []
        for name, text in rows:
            about, bracket, remarks = text.partition("  [")
            translated = "; ".join(phrase(one) for one in remarks.removesuffix("]").split("; "))
            filled.append((name, _filled(phrase(about) + (f"  [{translated}]" if bracket else ""))))
        super().write_dl(filled, col_max, col_spacing)


def _filled(text: str) -> str:
    return "".join(c + _FILL if unicodedata.east_asian_width(c) in "WF" else c for c in text)
