"""Everything that the commands say, in Korean: nothing lacks in the catalogue, nothing in it is unused."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from screener.cli import COMMANDS, cli
from screener.errors import ScreenerError
from screener.paths import shipped
from screener.report.phrases import korean
from screener.schema.tables import TABLES, rules
from screener.sources.source import SOURCES
from tests.golden.world import World, run

PACKAGE = Path(__file__).parents[2] / "screener"
CATALOGUE = tomllib.loads((shipped("reports") / "text" / "phrases.ko.toml").read_text(encoding="utf-8"))
PLACE = re.compile(r"\{\w*\}")
ERRORS = (
    "ScreenerError",
    "NotWritableError",
    "SourceError",
    "ShapeError",
    "fail",
    "_reject",
    "describe_rows",
    "remark",
)
SPOKEN = ("phrase", "note", "steps", "leave")
LISTS = ("said", "notes", "reasons")
NAMES = ("what", "do", "problem", "clash_said", "old_number", "merged_away", "unknown")
CONSTANTS = ("APART_BY_SIGN", "FOREIGN", "FEW_LETTERS", "AS_ALIKE", "NOBODY", "_LEFT_OUT", "_EMPTIED")
JUDGED = ("reason", "doubt", "otherwise", "disagree")


def _templates(node: ast.AST | None) -> Iterator[str]:
    """The texts that an expression can be, what is filled in as `{}`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from (*_templates(node.body), *_templates(node.orelse))
    elif isinstance(node, ast.BoolOp):
        yield from (text for value in node.values for text in _templates(value))
    elif isinstance(node, ast.Tuple | ast.List):
        yield from (text for value in node.elts for text in _templates(value))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = ([*_templates(side)] or ["{}"] for side in (node.left, node.right))
        yield from (one + other for one in left for other in right)
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("pl.lit", "pl.format"):
        yield from _templates(node.args[0])
    elif isinstance(node, ast.Call) and ast.unparse(node.func) == "pl.concat_str":
        yield "".join(("{}" if isinstance(part, ast.Constant) else next(_templates(part), "{}")) for part in node.args)


def _spoken(tree: ast.AST) -> Iterator[ast.AST]:
    """The expressions that are said to a user."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in ERRORS:
                # A single word names a key or a column.
                yield from (part for part in node.args if any(" " in text for text in _templates(part)))
                yield from (part.value for part in node.keywords if part.arg == "do")
            elif name in SPOKEN or (name in ("append", "insert") and ast.unparse(node.func).partition(".")[0] in LISTS):
                yield from node.args
            else:
                yield from (part.value for part in node.keywords if part.arg in ("problem", "do"))
                yield from (text for part in node.keywords if part.arg in JUDGED for text in _in_columns(part.value))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id in NAMES:
                    yield node.value
                elif isinstance(target, ast.Name) and target.id in LISTS:
                    lists = [one for one in ast.walk(node.value) if isinstance(one, ast.List)]
                    yield from (
                        one for part in lists for one in part.elts if any(" " in text for text in _templates(one))
                    )
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = zip(target.elts, node.value.elts, strict=False)
                    yield from (value for name, value in pairs if getattr(name, "id", "") in NAMES)
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in CONSTANTS:
            yield node.value or node
        elif isinstance(node, ast.FunctionDef) and node.name in (
            "problem",
            "_isin_problem",
            "_suspicious",
            "foreign_reason",
        ):
            yield from (one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value)


def _in_columns(node: ast.AST) -> Iterator[ast.AST]:
    """The texts that an expression of Polars gives."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("pl.lit", "pl.format", "pl.concat_str"):
        yield node
    else:
        yield from (text for child in ast.iter_child_nodes(node) for text in _in_columns(child))


def _said() -> dict[str, str]:
    """Each sentence in `screener/`, with the file that says it."""
    found: dict[str, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in _spoken(ast.parse(path.read_text(encoding="utf-8"))):
            for template in _templates(node):
                for part in [template] if _known(template) else template.split("; "):
                    if re.search(r"[a-z]{2}", PLACE.sub("", part)) and not re.fullmatch(r"\{\}\W? [a-z]+ ", part):
                        found[_plain(part)] = path.name
    return found


def _plain(text: str) -> str:
    return PLACE.sub("{}", " ".join(text.split()))


def _known(template: str) -> bool:
    # Whatever fills a place, a template that the catalogue has is found with a letter in each.
    text = PLACE.sub("X", " ".join(template.split()))
    return korean(text) is not None or korean(text.removeprefix("X")) is not None


def _pieces(key: str) -> list[str]:
    """What stands between the places."""
    return [piece.strip(" 1") for piece in PLACE.split(key.removeprefix("(found '").removesuffix("')"))]


def _help(command: click.Command, name: str) -> Iterator[str]:
    yield from (command.help or "").split("\n\n")
    yield from (param.help for param in command.params if isinstance(param, click.Option) and param.help)
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            assert found is not None
            yield from _help(found, sub)


HELP = sorted({" ".join(text.split()) for text in (*_help(cli, "screener"), *(text for _, text in COMMANDS.values()))})


def test_every_help_text_is_there_in_korean() -> None:
    assert [text for text in HELP if text not in {**CATALOGUE["help"], **CATALOGUE["click"]}] == []


def test_no_help_text_in_korean_is_unused() -> None:
    assert sorted(set(CATALOGUE["help"]) - set(HELP)) == []


def test_every_error_and_every_note_is_there_in_korean() -> None:
    assert {text: where for text, where in _said().items() if not _known(text)} == {}


def test_every_word_of_a_broken_row_is_there_in_korean() -> None:
    said = {text for table in TABLES for rule in rules(table) for text in (rule.problem, rule.do)}
    assert "ends before it begins" in said
    said |= {source.frequency for source in SOURCES.values()}
    assert sorted(text for text in said if korean(text) is None) == []


def test_no_sentence_in_korean_is_unused() -> None:
    """Each stands in the code, in the catalogue of sources or in a template of click."""
    texts = {path.read_text(encoding="utf-8") for path in [*PACKAGE.rglob("*.py"), PACKAGE / "sources/catalogue.toml"]}
    strings = {
        _plain(text)
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for text in _templates(node)
    }
    said = " | ".join(strings)
    unused = [
        key
        for section, phrases in CATALOGUE.items()
        if section not in ("click", "help")
        for key in phrases
        if not all(piece in said for piece in _pieces(key)) and not any(key in text for text in texts)
    ]
    assert unused == []


def test_the_same_places_are_filled_in_both_languages() -> None:
    everything = [(key, said) for phrases in CATALOGUE.values() for key, said in phrases.items()]
    assert [key for key, said in everything if sorted(PLACE.findall(key)) != sorted(PLACE.findall(said))] == []
    assert [key for key, said in everything if said.isascii() and re.search("[a-z]", PLACE.sub("", said))] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("screen",), "screener: 필수 인수가 빠졌습니다: PORTFOLIO"),
        (("screen", "--ful"), "screener: 없는 옵션입니다: --ful (혹시 '--full'"),
        (("nonsense",), "screener: 없는 명령입니다: nonsense"),
        (
            ("list", "--band", "worst"),
            "screener: '--band'의 값이 잘못되었습니다: 쓸 수 없는 값 ‘worst’. 가능한 값:",
        ),
        (("screen", "no.csv"), "screener: PORTFOLIO: 파일이 없습니다 (내용: 'no.csv'); CSV, XLSX, XLS, ODS 또는"),
        (
            ("screen", "no.csv", "--as-of", "gestern"),
            "screener: --as-of: 날짜가 아닙니다 (내용: 'gestern'); YYYY-MM-DD",
        ),
        (("rules", "show", "x"), "screener: ID: 그런 규칙은 없습니다 (내용: 'x'); `screener rules list`를 보십시오"),
    ],
)
def test_what_a_user_got_wrong_is_said_in_korean(arguments: tuple[str, ...], said: str) -> None:
    """Also what goes wrong before the options are read, and wherever `--lang` stands."""
    for line in ((*arguments, "--lang", "ko"), ("--lang", "ko", *arguments), ("--lang=ko", *arguments)):
        ran = run(*line)
        assert ran.code == 2
        assert ran.err.startswith(said), ran.err
        assert len(ran.err.splitlines()) == 1


def test_the_locale_chooses_where_lang_does_not() -> None:
    assert "필수 인수가" in run("screen", env={"LC_ALL": "ko_KR.UTF-8"}).err
    assert "필수 인수가" in run("screen", env={"LC_ALL": "", "LC_MESSAGES": "", "LANG": "ko_KR.UTF-8"}).err
    assert "Missing argument" in run("screen", "--lang", "en", env={"LC_ALL": "ko_KR.UTF-8"}).err
    assert "Missing argument" in run("screen", env={"LC_ALL": "C.UTF-8", "LANG": "ko_KR.UTF-8"}).err


def _columns(line: str) -> int:
    import unicodedata

    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


@pytest.mark.parametrize("command", [(), ("screen",), ("data",), ("data", "prune"), ("supply", "prune"), ("rules",)])
def test_help_is_korean_and_fits_the_width(command: tuple[str, ...]) -> None:
    for width in (80, 100):
        ran = run(*command, "--help", "--lang", "ko", width=width)
        assert ran.code == 0
        assert ran.out.startswith("사용법: screener")
        assert max(map(_columns, ran.out.splitlines())) <= width
        words = re.sub(r"\[[^\]]*\]|`[^`]*`|\S*[-=./:]\S*|\b[A-Z]\S*|\b[A-Z_]+\b", "", ran.out)
        assert re.findall(r"\b[a-z]+ [a-z]+ [a-z]+\b", words.partition("\n")[2]) == []


def test_a_note_is_korean_behind_the_file_and_the_sheet_that_it_is_about() -> None:
    assert (
        korean("a.csv: sheet 'B': values are counted in units of 1,000") == "a.csv: 시트 'B': 금액 단위는 1,000입니다"
    )
    assert korean("a.csv: something new") is None


def test_sentences_that_a_semicolon_joins_are_korean_each() -> None:
    both = korean("2 deliveries read, 3 names, 2 of them matched, 1 left for a person; 1 deliveries written to x.csv")
    assert both == "읽음: 거래 2건, 이름 3개(대조 2개, 사람이 확인할 이름 1개); 거래 1건을 x.csv에 남겼습니다"


def test_an_error_in_json_stays_english() -> None:
    ran = run("quarter", "--log-format", "json", "--lang", "ko")
    assert '"problem": "which quarter, and where to?"' in ran.err


def test_the_library_says_english() -> None:
    run("screen", "--lang", "ko")
    assert str(ScreenerError("not a day", where="as_of", found="x", do="write YYYY-MM-DD")) == (
        "as_of: not a day (found 'x'); write YYYY-MM-DD"
    )


def test_what_commands_say_of_their_work_is_korean(world: World) -> None:
    checked = run("rules", "check", "--store", world.store, "--lang", "ko")
    assert checked.out == "규칙 8개가 유효하며, 그중 0개는 현재 자료에 맞는 것이 없습니다.\n"
    assert run("rules", "test", "--lang", "ko").out == "통과 1건, 실패 0건\n"
    assert "표별 행 수" in run("data", "info", "--store", world.store, "--lang", "ko").out
    assert "틀릴 수 있는 경우" in run("rules", "show", "test-project-pays-listed-body", "--lang", "ko").out
    assert "행이 유효합니다" in run("data", "check", "--lang", "ko").err
