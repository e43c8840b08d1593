"""Hostile text in facts, holdings and rules: it is shown, never obeyed."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from screener.report.text import plain
from tests.golden.world import Ran, World, inside, read_tables, run, write_tables
from tests.once import answers_once

HOSTILE = {
    "rich markup": "[bold red]Evil[/] [link=https://evil.example]x[/link]",
    "ansi": "\x1b[31mEvil\x1b[2J\x1b[H",
    "osc title": "\x1b]0;owned\x07Evil",
    "osc link": "\x1b]8;;https://evil.example\x1b\\Evil\x1b]8;;\x1b\\",
    "c1": "\x9b31mEvil\x9d0;owned\x9c",
    "bidi": "Evil\u202egnp.exe\u2066\u2069",
    "zero width": "E\u200bv\u200di\ufeffl",
    "line breaks": "Evil\r\nmatched  100 %\x0b\x0c\x85\u2028\u2029done",
    "line separator": "one\u2028two\u2029three",
    "formula": '=HYPERLINK("https://evil.example")',
    "formula plus": "+1+cmd|' /C calc'!A0",
    "formula at": "@SUM(1)",
    "formula minus": "-2+3",
    "formula tab": "\t=1+1",
    "sql": "'; drop table entity; --",
    "sql union": "x') union select * from meta --",
    "html": "<script>alert(1)</script>",
    "backspace": "Evil\b\b\b\bGood\x00"[:-1],
    "long": "가" * 5000,
}
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff]")


def _assert_safe(ran: Ran, code: int = 0) -> None:
    assert ran.code == code, ran.err
    assert not FORBIDDEN.search(ran.out), repr(FORBIDDEN.search(ran.out))
    assert not FORBIDDEN.search(ran.err)
    assert "Traceback" not in ran.err


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A store in which every free text of the small world is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    tables = read_tables()
    texts = list(HOSTILE.values())
    # `title` and `name` must stay apart from one another for the tests to find their company again: the codes do that.
    free = {
        "name",
        "name_ko",
        "name_local",
        "sector",
        "business_group",
        "note",
        "publisher",
        "title",
        "summary",
        "product",
        "place",
        "programme",
        "section",
        "language",
        "jurisdiction",
    }
    for table, rows in tables.items():
        for number, row in enumerate(rows):
            for column in free & set(row):
                if row[column] or column in ("sector", "business_group", "note"):
                    row[column] = texts[(number + len(column) + len(table)) % len(texts)]
    tables["identifier"] += [
        {"entity_id": "kr-90000060", "scheme": "lei", "value": text, "source_ids": "register-2022"} for text in texts
    ]
    write_tables(folder / "datasets", tables, "world.csv")
    with pytest.MonkeyPatch.context() as patch:
        inside(patch)
        world = World(folder / "s.duckdb")
        built = world.run("data", "build", "--datasets", folder / "datasets", "--quiet", clocks=())
        assert built.code == 0, built.err
    return world


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The small world as it is, its store built once."""
    return World(tmp_path_factory.mktemp("small") / "s.duckdb")


@pytest.fixture(autouse=True)
def _in_the_small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    inside(monkeypatch)


@pytest.fixture(scope="module", autouse=True)
def _answers_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        answers_once(patch)
        yield


def _with(world: World) -> tuple[object, ...]:
    return ("--datasets", world.store.parent / "datasets", "--quiet")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_plain_text_is_one_line_without_anything_that_acts(text: str) -> None:
    shown = plain(text)
    assert not FORBIDDEN.search(shown)
    assert "\n" not in shown
    assert "\t" not in shown
    assert plain("삼성전자 (주) – 30 %") == "삼성전자 (주) – 30 %"


@pytest.mark.parametrize(
    "command", [("list",), ("show", "900010"), ("show", "900080"), ("explain", "900040"), ("data", "info")]
)
def test_hostile_facts_are_shown_and_not_obeyed(hostile: World, command: tuple[str, ...]) -> None:
    ran = hostile.run(*command, *_with(hostile), clocks=() if command[0] == "data" else ("--as-of", "2024-06-30"))
    _assert_safe(ran)
    assert all(len(line) < 400 for line in ran.out.splitlines())
    if command[0] == "list":
        assert "[bold red]Evil[/]" in " ".join(ran.out.split())


def test_hostile_facts_leave_json_whole(hostile: World) -> None:
    document = json.loads(
        hostile.run("list", "--format", "json", *_with(hostile), clocks=("--as-of", "2024-06-30")).out
    )
    names = {company["name"] for company in document["companies"]}
    assert names & set(HOSTILE.values())


def test_hostile_facts_cannot_run_in_a_spreadsheet(hostile: World) -> None:
    text = hostile.run("list", "--format", "csv", *_with(hostile), clocks=("--as-of", "2024-06-30")).out
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    risky = [
        cell for cell in cells if cell.lstrip(" \n\r\t")[:1] in set("=+@-") and not re.fullmatch(r"-?[\d.e+-]+", cell)
    ]
    assert risky == []


def test_hostile_facts_leave_the_store_whole(hostile: World) -> None:
    from screener.store.build import open_store

    with open_store(hostile.store) as con:
        assert con.sql("select count(*) from entity").fetchall() == [(len(read_tables()["entity"]),)]


@pytest.mark.parametrize("fmt", ["terminal", "csv", "json"])
def test_a_hostile_portfolio_is_shown_and_not_obeyed(small: World, tmp_path: Path, fmt: str) -> None:
    path = tmp_path / "p.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "ISIN", "ticker", "weight"])
        writer.writerows([text, text, text, text] for text in HOSTILE.values())
        writer.writerow(["Hanbit Energy", "", "900010", "1"])
    ran = small.screen(path, "--format", fmt)
    assert ran.code == 0, ran.err
    if fmt == "json":
        document = json.loads(ran.out, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))
        rows = [line["row"] for line in document["holdings"] + document["unmatched"]] + [
            r["row"] for r in document["set_aside"]
        ]
        assert set(range(2, 2 + len(HOSTILE) + 1)) <= set(rows)
    elif fmt == "csv":
        lines = list(csv.DictReader(io.StringIO(ran.out)))
        assert not [c for line in lines for c in line.values() if re.match(r"[=+@\t\r]|-\D", c)]
    else:
        _assert_safe(ran)


def test_hostile_headings_and_file_names(small: World, tmp_path: Path) -> None:
    path = tmp_path / "[bold]\x1b]0;owned\x07 evil.csv"
    path.write_text("\x1b[31mname,weight\n삼성,5\n", encoding="utf-8")
    ran = small.screen(path)
    assert ran.code == 2
    _assert_safe(ran, 2)
    path.write_text("name,weight,\x1b[2J\nHanbit Energy,5,x\n", encoding="utf-8")
    _assert_safe(small.screen(path))


@pytest.mark.parametrize("text", [t for t in HOSTILE.values() if "\x00" not in t and len(t) < 1000])
def test_hostile_arguments_are_reported_in_one_safe_line(text: str) -> None:
    ran = run("rules", "show", "--", text)
    assert ran.code == 2
    _assert_safe(Ran(ran.code, "", ran.err.rstrip("\n")), 2)
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "'; drop table entity; --",
        "x') union select * from meta --",
        "\x1b]0;owned\x07",
        "[bold]",
        "%",
        "_",
        "𝕳𝖆𝖓𝖇𝖎𝖙",
        "가" * 3000,
        "",
    ],
)
def test_hostile_company_names_find_nothing_and_harm_nothing(hostile: World, text: str) -> None:
    ran = hostile.run("show", text, *_with(hostile), clocks=())
    assert ran.code in (0, 2)
    _assert_safe(Ran(ran.code, ran.out, ran.err.rstrip("\n")), ran.code)


def test_sql_in_rule_values_is_a_value(tmp_path: Path) -> None:
    rule = (Path(__file__).parents[1] / "golden/rules/xinjiang-forced-labour/test-facility-in-region.toml").read_text(
        encoding="utf-8"
    )
    evil = rule.replace("test-facility-in-region", "evil").replace(
        '"CN-XJ"', '''"CN-XJ') or true; drop table entity; --\\n select 1"'''
    )
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "evil.toml").write_text(evil, encoding="utf-8")
    world = World(tmp_path / "s.duckdb")
    ran = world.run("list", "--rules", tmp_path / "rules", "--format", "json")
    assert ran.code == 0, ran.err
    assert not [f for c in json.loads(ran.out)["companies"] for f in c["findings"] if f["rule"] == "evil"]
    printed = run("rules", "sql", "evil", "--rules", tmp_path / "rules")
    assert printed.code == 0
    assert not [line for line in printed.out.splitlines() if "drop table" in line and not line.startswith("--")]


def test_a_supply_file_of_hostile_headings_and_names(small: World, tmp_path: Path) -> None:
    path = tmp_path / "supply.csv"
    headings = [text.replace(";", " ") for text in HOSTILE.values()]  # as a separator of columns it is another question
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["buyer", "supplier", *headings])
        writer.writerows(["남산섬유", text, *["1"] * len(headings)] for text in HOSTILE.values())
    _assert_safe(small.run("list", "--supply", path))


@pytest.mark.parametrize("command", [("list",), ("show", "900010"), ("screen",)])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_hostile_facts_are_texts_on_a_page_and_in_markdown(
    hostile: World, command: tuple[str, ...], language: str, tmp_path: Path
) -> None:
    from selectolax.lexbor import LexborHTMLParser

    path = tmp_path / "p.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["name", "code"], *([text, ""] for text in HOSTILE.values()), ["", "900010"]])
    asked = ("screen", path) if command == ("screen",) else command
    clocks = ("--as-of", "2024-06-30", "--lang", language)
    page = hostile.run(*asked, *_with(hostile), "--format", "html", clocks=clocks)
    _assert_safe(page)
    tree = LexborHTMLParser(page.out)
    assert tree.css("script, iframe, object, embed, link, img, form") == []
    for node in tree.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")]
    assert not [a for a in tree.css("a") if not str(a.attributes["href"]).startswith(("#", "https://", "http://"))]
    markdown = hostile.run(*asked, *_with(hostile), "--format", "md", clocks=clocks)
    _assert_safe(markdown)
    assert "<script" not in markdown.out
    assert not re.search(r"(?<!\\)\[link=", markdown.out)


def test_hostile_facts_are_texts_in_a_workbook(hostile: World, tmp_path: Path) -> None:
    import openpyxl

    path, out = tmp_path / "p.csv", tmp_path / "r.xlsx"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["name", "code"], *([text, ""] for text in HOSTILE.values()), ["", "900010"]])
    ran = hostile.run(
        "screen", path, *_with(hostile), "--format", "xlsx", "--out", out, clocks=("--as-of", "2024-06-30")
    )
    assert ran.code == 0, ran.err
    cells = [cell for sheet in openpyxl.load_workbook(out) for row in sheet.iter_rows() for cell in row]
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert [cell.value for cell in cells if FORBIDDEN.search(str(cell.value))] == []
    links = [cell.hyperlink.target for cell in cells if cell.hyperlink]
    assert [link for link in links if not link.startswith("https://")] == []


def test_a_name_of_five_thousand_letters_is_cut_where_people_read(small: World, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(f"name,weight\n{'가' * 5000},40\nHanbit Energy,60\n", encoding="utf-8")
    for fmt in ("terminal", "html", "md"):
        ran = small.screen(path, "--format", fmt)
        assert ran.code == 0, ran.err
        assert "가" * 200 in "".join(ran.out.split())
        assert "가" * 400 not in "".join(ran.out.split())
