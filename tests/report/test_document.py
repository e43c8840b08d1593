"""One document, many formats: every format says the same numbers, speakers and sources, and the JSON is what its schema says."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import polars as pl
import pytest
from selectolax.lexbor import LexborHTMLParser

from screener.report.document import Document, schema
from screener.report.serialise import dump
from screener.report.wording import wording
from tests.golden.world import HERE, MIXED, Ran, World, read_tables, write_tables

FORMATS = ("terminal", "html", "md", "xlsx", "json", "csv", "parquet")


def _schema_file(checkout: Path) -> str:
    spec = importlib.util.spec_from_file_location("report_schema", checkout / "docs" / "report_schema.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.text())


_seen: dict[tuple[str, ...], str] = {}


def _text(world: World, fmt: str, folder: Path, *command: object) -> str:
    """What a reader of a format sees, as one line of text without markup; each report is made once."""
    key = (str(world.store), fmt, *map(str, command))
    if key not in _seen:
        _seen[key] = _read(world, fmt, folder, *command)
    return _seen[key]


def _read(world: World, fmt: str, folder: Path, *command: object) -> str:
    out = folder / f"report.{fmt}"
    ran = world.run(*command, "--format", fmt, "--out", out)
    assert ran.code == 0, ran.err
    if fmt == "xlsx":
        book = openpyxl.load_workbook(out)
        cells = [
            str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
        ]
        return " ".join(" ".join(cells).split())
    if fmt == "parquet":
        return " ".join(str(cell) for row in pl.read_parquet(out).iter_rows() for cell in row)
    text = out.read_text(encoding="utf-8-sig")
    if fmt == "html":
        tree = LexborHTMLParser(text)
        links = " ".join(str(a.attributes["href"]) for a in tree.css("a[href^=http]"))
        assert tree.body is not None
        text = tree.body.text(separator=" ") + links
    elif fmt == "md":
        text = re.sub(r"\\([\\`*_{}\[\]()#+!|~])", r"\1", text).replace("**", "").replace("&lt;", "<")
    elif fmt == "terminal":
        text = re.sub(r"[├│└─]+", " ", text)
    return " ".join(text.split())


def _squeezed(text: str) -> str:
    """Without blanks: a line may break anywhere."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize(
    "command",
    [("screen", MIXED), ("list",), ("show", "900080"), ("explain", "900040"), ("show", "900110")],
    ids=["screen", "list", "show", "explain", "nothing found"],
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_json_is_what_the_shipped_schema_says(
    world: World, command: tuple[object, ...], language: str, checkout: Path
) -> None:
    text = world.run(*command, "--format", "json", "--lang", language).out
    read = msgspec.json.decode(text, type=Document, strict=True)
    # What goes through the types unchanged has every field that they name and no other.
    assert dump(read).rstrip() == text.rstrip()
    assert json.loads(text)["schema"] == f"screener/{ {'screen': 'screening'}.get(str(command[0]), command[0]) }/2"


def test_the_shipped_schema_is_the_one_of_the_types(checkout: Path) -> None:
    assert (checkout / "reports" / "screener.schema.json").read_text(encoding="utf-8") == _schema_file(checkout), (
        "run: make docs"
    )
    parts = schema()["$defs"]
    assert {"from", "relation", "to", "share", "source_ids"} <= set(parts["Step"]["properties"])
    assert {"stated_on", "kind", "summary", "source_id", "speaker_id", "speaker"} <= set(parts["Answer"]["required"])


@pytest.fixture(scope="module")
def listed(world: World) -> dict[str, Any]:
    """The list of the small world as JSON."""
    document: dict[str, Any] = json.loads(world.run("list", "--format", "json").out)
    return document


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_says_the_same_scores_speakers_and_sources(
    world: World, listed: dict[str, Any], fmt: str, tmp_path: Path
) -> None:
    text = _squeezed(_text(world, fmt, tmp_path, "list", *(["--full"] if fmt == "terminal" else [])))
    assert len(listed["companies"]) > 5
    for company in listed["companies"]:
        assert _squeezed(company["name"]) in text
        assert f"{company['score']:.1f}" in text
        for finding in company["findings"]:
            for step in finding["path"]:
                for said in (step["from_name"], step["words"], step["to_name"], step["dates"], step["said"]):
                    assert _squeezed(said) in text, (fmt, said)
            for source in finding["evidence"]:
                assert _squeezed(source["publisher"]) in text
                assert _squeezed(source["url"]) in text
        for topic in company["topics"]:
            for answer in topic["answers"]:
                assert _squeezed(answer["speaker"]) in text
                assert _squeezed(answer["summary"]) in text
                if fmt != "xlsx":  # where each has a cell of its own
                    assert (
                        _squeezed(f"{answer['speaker']} {answer['words']} ({answer['stated_on']})") in text
                        or fmt == "json"
                    )


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_portfolio_has_one_score_and_one_exposure_in_every_format(world: World, fmt: str, tmp_path: Path) -> None:
    document = json.loads(world.screen(MIXED, "--format", "json").out)
    text = _text(world, fmt, tmp_path, "screen", MIXED)
    for line in document["holdings"]:
        assert str(line["score"]) in text
    if fmt in ("csv", "parquet"):
        return
    assert f"{document['portfolio']['score']:.2f}" in text
    for exposure in document["portfolio"]["by_topic"]:
        shown = {"json": f'"weight_exposed": {exposure["weight_exposed"]}', "xlsx": str(exposure["weight_exposed"])}
        assert shown.get(fmt, f"{100 * exposure['weight_exposed']:g} %") in text


@pytest.mark.parametrize("fmt", FORMATS)
def test_incomplete_lists_are_named_with_their_day(world: World, fmt: str, tmp_path: Path) -> None:
    if fmt in ("csv", "parquet"):
        pytest.skip("tables of findings have no place for it; their workbook and page have")
    assert "Test Labour List: complete as of 2024-05-31; later additions may be missing" in _text(
        world, fmt, tmp_path, "list"
    )


@pytest.mark.parametrize("fmt", ["terminal", "html", "md", "csv"])
def test_every_step_names_its_subject(world: World, fmt: str, tmp_path: Path) -> None:
    """The company rents from a listed body: nobody may read that the company itself is listed."""
    text = _text(world, fmt, tmp_path, "show", "900080")
    if fmt == "terminal":  # nested below the body that is listed
        assert "leases (USD 300k) from Golden Lotus Holding" in text
        lines = world.run("show", "900080", width=200).out.splitlines()
        rents = next(line for line in lines if "leases (USD 300k)" in line)
        listed = next(line for line in lines if "is listed on Test Military List" in line)
        assert listed.index("is listed") > rents.index("leases")
    else:
        assert "Golden Lotus Holding is listed on Test Military List" in text
        assert "Garam Hotels is listed" not in text


@dataclass(frozen=True)
class More(World):
    """The small world with facts of a user."""

    datasets: Path

    def run(self, *arguments: object, **options: Any) -> Ran:
        return super().run(*arguments, "--datasets", self.datasets, **options)


@pytest.fixture(scope="module")
def more(world: World, tmp_path_factory: pytest.TempPathFactory) -> More:
    """An observation of a company and letters to it; leases of another, of which nobody knows when they began; two sources of one inquiry."""
    folder = tmp_path_factory.mktemp("more")
    seen = {
        "entity_id": "kr-90000080",
        "topic": "myanmar-military",
        "kind": "observation",
        "stated_on": "2023-02-01",
        "summary": "The doors were shut; the company announced nothing.",
        "source_ids": "garam-2023",
    }
    garam = {
        "source_id": "garam-2023",
        "publisher": "The Example Daily",
        "publisher_kind": "media",
        "title": "Doors shut",
        "url": "https://daily.example/doors",
        "published_on": "2023-02-02",
        "retrieved_on": "2024-06-01",
        "grade": "D",
        "copy_of": "https://original.example/doors",
    }
    inquiry = [
        {"source_id": "wire", "publisher": "A Wire", "publisher_kind": "media", "grade": "D"},
        {"source_id": "centre", "publisher": "A Centre", "publisher_kind": "ngo", "grade": "C", "repeats": "wire"},
    ]
    days = {"published_on": "2024-01-01", "retrieved_on": "2024-06-01"}
    lease = {"entity_id": "kr-90000110", "activity": "leases_from", "status": "active"}
    leases = [
        lease | {"counterparty_id": "mm-army", "source_ids": "register-2022"},
        lease | {"counterparty_id": "mm-lotus-holding", "source_ids": "wire;centre", "valid_from": "2020"},
    ]
    asked = {
        "entity_id": "kr-90000080",
        "topic": "myanmar-military",
        "asked_by": "River Watch",
        "asked_on": "2024-02-01",
    }
    late = {"answered_on": "2024-05-02", "asked_on": "2024-04", "deadline": "2024-04-30"}
    tables = {
        "response": [seen],
        "source": [garam, *({"title": "T", "url": "https://e.example/"} | days | source for source in inquiry)],
        "activity": leases,
        "contact": [asked, asked | late, asked | {"asked_on": "2023-01", "source_ids": "garam-2023"}],
    }
    return More(folder / "s.duckdb", write_tables(folder / "mine", tables))


@pytest.mark.parametrize("fmt", FORMATS)
def test_an_observation_is_no_answer_of_the_company(more: More, fmt: str, tmp_path: Path) -> None:
    text = _text(more, fmt, tmp_path, "show", "900080")
    assert "The doors were shut" in text
    assert not re.search(r"Garam Hotels (stated|denied|announced \w+ \w+) \(2023-02-01\)", text)
    if fmt in ("terminal", "html", "md"):
        assert "Observation about Garam Hotels (2023-02-01), not a statement by the company" in text
        assert "https://original.example/doors" in text.replace(" ", "")
    if fmt == "json":
        (company,) = json.loads(more.run("show", "900080", "--format", "json").out)["companies"]
        assert [o["about"] for o in company["topics"][0]["observations"]] == ["Garam Hotels"]
        assert "doors" not in json.dumps([f["responses"] for f in company["findings"]])


def test_a_fact_without_a_beginning_says_so(more: More, tmp_path: Path) -> None:
    for fmt in ("terminal", "html", "md", "csv"):
        assert "beginning not known" in _text(more, fmt, tmp_path, "show", "900110")


@pytest.mark.parametrize("fmt", ["terminal", "html", "md", "xlsx", "json"])
def test_an_explanation_holds_its_factors_in_every_format(world: World, fmt: str, tmp_path: Path) -> None:
    text = _text(world, fmt, tmp_path, "explain", "900040")
    for number in ("0.1225", "0.6807", "0.85", "0.6"):
        assert number in text
    assert "proximity" in text


def test_a_publisher_is_named_with_its_own_grade(more: More) -> None:
    """Of two sources of one inquiry the better counts; it is named itself, not the one that it repeats with the better one's grade."""
    ran = more.run("explain", "900110", "--format", "json")
    assert ran.code == 0, ran.err
    (company,) = json.loads(ran.out)["companies"]
    claims = [claim for f in company["findings"] for claim in f["explanation"]["claims"]]
    named = [(p["publisher"], p["grade"], p["repeats"]) for claim in claims for p in claim["publishers"]]
    assert ("A Centre", "C", "A Wire") in named
    assert not [p for p in named if p[0] == "A Wire" and p[1] == "C"]


def test_who_reports_a_fact_is_not_named_twice_where_it_also_confirms_it(tmp_path: Path) -> None:
    """It read `last confirmed 2024 by A Wire; reported by A Wire`."""
    told = {"publisher": "A Wire", "publisher_kind": "media", "grade": "D", "title": "T", "url": "https://e.example/"}
    wires = [
        told | {"source_id": f"wire-{day}", "published_on": day, "retrieved_on": "2024-06-01"}
        for day in ("2021-01-01", "2024-01-01")
    ]
    wires[0]["grade"] = "C"
    lease = {"entity_id": "kr-90000110", "activity": "leases_from", "counterparty_id": "mm-lotus-holding"}
    lease |= {"status": "active", "source_ids": "wire-2021-01-01;wire-2024-01-01", "valid_from": "2020"}
    more = More(tmp_path / "s.duckdb", write_tables(tmp_path / "mine", {"source": wires, "activity": [lease]}))
    text = " ".join(more.run("show", "900110").out.split())
    assert "(since 2020, last confirmed 2024-01-01; reported by A Wire)" in text


def test_every_format_gives_the_same_remarks_on_lines(world: World, tmp_path: Path) -> None:
    """That a line has no weight was told in the terminal only."""
    path = tmp_path / "p.csv"
    path.write_text("code,name,weight\n900010,Hanbit Energy,60\n900040,Dongbaek Solar,\n", encoding="utf-8")
    for fmt in ("terminal", "md", "html", "xlsx"):
        text = _text(world, fmt, tmp_path, "screen", path, "--full")
        said = r"row 3: (900040 )?Dongbaek Solar: no weight; the line is screened but not weighted"
        assert re.search(said, " ".join(text.split())), fmt


def test_the_buyers_of_goods_are_named_in_the_language(world: World) -> None:
    """A Korean report named them in English."""
    products = json.loads(world.screen(MIXED, "--format", "json", "--lang", "ko").out)["portfolio"]["products"]
    assert {name for hit in products for name in hit["companies"]} >= {"동백솔라"}


def test_a_region_is_called_by_its_name(world: World) -> None:
    assert "origin Xinjiang" in world.run("show", "900040").out
    assert "원산지 신장" in world.run("show", "900040", "--lang", "ko").out
    document = json.loads(world.run("show", "900040", "--format", "json").out)
    regions = {step["origin_region"] for f in document["companies"][0]["findings"] for step in f["path"]}
    assert regions == {None, "CN-XJ"}, "the codes stay for machines"


def test_the_workbook_calls_columns_what_they_hold_and_has_no_word_of_the_program(world: World, tmp_path: Path) -> None:
    """The amount of an act was headed as the company's share of it, and matches were told as `stock_code`."""
    for language, matched, amount in (("en", "stock code", "Amount a year"), ("ko", "종목코드", "연간 금액")):
        out = tmp_path / f"{language}.xlsx"
        assert world.screen(MIXED, "--format", "xlsx", "--out", out, "--lang", language).code == 0
        book, w = openpyxl.load_workbook(out), wording(language)
        holdings, findings = (
            list(book[w(f"workbook.{name}")].iter_rows(values_only=True)) for name in ("holdings", "findings")
        )
        by = holdings[0].index(w("columns.matched_by"))
        assert {row[by] for row in holdings[1:]} >= {matched}
        assert amount in findings[0]
        assert w("columns.attributed") not in findings[0]


def test_bands_tell_apart_what_has_no_finding_and_what_is_below_the_bands(world: World, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("code,weight\n900110,40\n900010,60\n", encoding="utf-8")
    bands = json.loads(world.screen(tmp_path / "p.csv", "--format", "json").out)["portfolio"]["by_band"]
    (none,) = [band for band in bands if band["band"] == "none"]
    assert (none["holdings"], none["without_findings"]) == (1, 1)
    assert "none 1 (40 %): 1 without findings, 0 with findings below the bands" in _text(
        world, "terminal", tmp_path, "screen", tmp_path / "p.csv"
    )


def test_the_report_says_that_a_company_was_asked_and_did_not_answer(more: More, tmp_path: Path) -> None:
    for fmt in ("terminal", "html", "md", "xlsx"):
        text = _text(more, fmt, tmp_path, "show", "900080")
        assert "River Watch asked for an answer (2024-02-01); no answer known as of 2024-06-30" in text, fmt
        # Of what a source told in 2023, nothing is known later.
        assert "River Watch asked for an answer (2023-01); no answer known as of 2023-02-02" in text, fmt
        assert "River Watch asked for an answer (2024-04), by 2024-04-30; answered (2024-05-02)" in text, fmt
    (company,) = json.loads(more.run("show", "900080", "--format", "json").out)["companies"]
    assert [c["answered_on"] for c in company["contacts"]] == [None, None, "2024-05-02"]
    eve = ("--as-of", "2023-02-01", "--known-at", "2023-02-01")
    before = more.run("show", "900080", "--format", "json", clocks=eve).out
    assert json.loads(before)["companies"][0]["contacts"] == [], "nobody knew of it"


def test_who_denies_a_tie_is_not_named_as_its_reporter(tmp_path: Path) -> None:
    days = {"published_on": "2024-01-01", "retrieved_on": "2024-06-01", "title": "T", "url": "https://e.example/"}
    denial = days | {"source_id": "denial", "publisher": "Denier", "publisher_kind": "company", "grade": "A"}
    wire = days | {"source_id": "wire", "publisher": "A Wire", "publisher_kind": "media", "grade": "D"}
    lease = {"entity_id": "kr-90000110", "activity": "leases_from", "counterparty_id": "mm-lotus-holding"}
    lease |= {"status": "disputed", "source_ids": "denial;wire", "valid_from": "2020"}
    folder = write_tables(tmp_path / "mine", {"source": [denial, wire], "activity": [lease]})
    ran = More(tmp_path / "s.duckdb", folder).run("show", "900110", "--format", "json")
    steps = [step for f in json.loads(ran.out)["companies"][0]["findings"] for step in f["path"]]
    assert {step["said"] for step in steps if step["relation"] == "leases_from"} == {"reported by A Wire"}


def test_outside_verdicts_are_no_part_of_the_score(world: World, tmp_path: Path) -> None:
    for fmt in ("terminal", "html", "md", "xlsx"):
        text = _text(world, fmt, tmp_path, "show", "900010")
        assert "Outside verdicts, not part of the score" in text, fmt
        assert "Test Fund excluded the company (2023-09-01" in text, fmt
    (company,) = json.loads(world.run("show", "900010", "--format", "json").out)["companies"]
    assert [(v["institution"], v["part_of_score"]) for v in company["verdicts"]] == [("Test Fund", False)]


def test_a_verdict_of_which_only_the_month_is_known_has_no_day(tmp_path: Path) -> None:
    alone, tables = World(tmp_path / "s.duckdb"), read_tables()
    (verdict,) = [row for row in tables["verdict"] if row["entity_id"] == "kr-90000010"]
    verdict |= {"decided_on": "2023-09", "ended_on": "2024-03"}
    write_tables(tmp_path / "mine", tables, "world.csv")
    for fmt in ("terminal", "html", "md", "xlsx"):
        text = _text(alone, fmt, tmp_path, "show", "900010", "--datasets", tmp_path / "mine")
        assert "excluded the company (2023-09, was to end 2024-03" in text, fmt


def test_live_leaves_out_what_has_ended(world: World) -> None:
    listed = json.loads(world.run("list", "--live", "--format", "json").out)
    assert listed["live_only"] is True
    assert {f["status"] for c in listed["companies"] for f in c["findings"]} <= {"active", "disputed", "announced_exit"}
    assert "Namsan Textile" not in {c["name"] for c in listed["companies"]}


def test_the_portfolio_is_compared_with_a_benchmark(world: World, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("code,weight\n900010,60\n900110,40\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("code,weight\n900010,20\n900110,80\n", encoding="utf-8")
    ran = world.screen(tmp_path / "p.csv", "--benchmark", tmp_path / "b.csv", "--format", "json")
    portfolio = json.loads(ran.out)["portfolio"]
    benchmark = portfolio["benchmark"]
    assert benchmark["active_score"] == pytest.approx(portfolio["score"] - benchmark["score"], abs=0.02)
    (gas,) = portfolio["by_topic"]
    assert (gas["weight_exposed"], gas["benchmark_weight"], gas["active_weight"]) == (0.6, 0.2, 0.4)
    assert [driver["name"] for driver in benchmark["drivers"]] == ["Hanbit Energy"]
    assert benchmark["drivers"][0]["difference"] == pytest.approx(benchmark["active_score"], abs=0.02)


def test_a_beginning_of_topics_stands_for_all_that_begin_so(world: World) -> None:
    listed = json.loads(world.run("list", "--topic", "myanmar", "--format", "json").out)
    assert {f["topic"] for c in listed["companies"] for f in c["findings"]} == {
        "myanmar-gas",
        "myanmar-manufacturing",
        "myanmar-military",
    }
    wrong = world.run("list", "--topic", "mars")
    assert (wrong.code, wrong.out) == (2, "")
    assert "no such topic (found 'mars')" in wrong.err


def test_a_workbook_is_ready_for_a_committee(world: World, tmp_path: Path) -> None:
    out = tmp_path / "r.xlsx"
    assert world.screen(MIXED, "--format", "xlsx", "--out", out).code == 0
    book = openpyxl.load_workbook(out)
    names = [
        "Cover",
        "Summary",
        "Companies",
        "Holdings",
        "Findings",
        "Evidence",
        "Answers",
        "Verdicts",
        "Regulation",
        "Not matched",
        "Method",
    ]
    assert book.sheetnames == names
    assert len(book["Summary"]._charts) == 3
    for name in names[2:]:
        sheet = book[name]
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    # Other programs than Excel leave a row of wrapped text one line high unless it says how high it is.
    for row in book["Findings"].iter_rows(min_row=2):
        longest = max(len(str(cell.value).split("\n")) for cell in row if cell.value)
        assert (book["Findings"].row_dimensions[row[0].row].height or 15) >= longest * 13
    band = next(cell for row in book["Companies"].iter_rows() for cell in row if "severe" in str(cell.value))
    assert band.fill.fgColor.rgb == "FF8F1D21"
    again = tmp_path / "again.xlsx"
    assert world.screen(MIXED, "--format", "xlsx", "--out", again).code == 0
    assert out.read_bytes() == again.read_bytes()


def test_regulatory_tables_state_what_they_rest_on(world: World, tmp_path: Path) -> None:
    portfolio = json.loads(world.screen(MIXED, "--format", "json").out)["portfolio"]
    ten, fourteen, labour = portfolio["indicators"]
    assert (ten["indicator"], fourteen["weight"], labour["indicator"]) == ("sfdr-10", None, "sfdr-social-13")
    (exposure,) = [t for t in portfolio["by_topic"] if t["topic"] == "xinjiang-forced-labour"]
    assert labour["weight"] == exposure["weight_exposed"]
    assert {i["covered"] for i in portfolio["indicators"]} == {portfolio["weights"]["matched"]}
    bought = {hit["product"]: hit for hit in portfolio["products"]}
    assert bought["polysilicon"]["laws"] == ["eu-2024-3015", "uflpa"]
    for fmt in ("html", "xlsx"):
        assert "SFDR, Table 1, indicator 10" in _text(world, fmt, tmp_path, "screen", MIXED)


def test_tables_have_their_columns_also_when_nothing_was_found(world: World, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("code\n900110\n", encoding="utf-8")
    found = world.screen(tmp_path / "p.csv", "--format", "csv", "--table", "findings").out
    full = world.screen(MIXED, "--format", "csv", "--table", "findings").out
    assert next(csv.reader(io.StringIO(found))) == next(csv.reader(io.StringIO(full)))


def test_the_golden_world_has_answers_of_others(listed: dict[str, Any]) -> None:
    """The tests above would pass on a world in which nobody speaks."""
    assert HERE.is_dir()
    assert [t["answers"] for c in listed["companies"] for t in c["topics"] if t["answers"]]
