"""`screener fetch` as people and scripts call it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from screener.cli import cli
from tests.sources import shapes_served as shape
from tests.sources.conftest import KEYS
from tests.sources.served import Answer, Server

Call = Callable[..., tuple[int, str, str]]
DOCS = Path(__file__).resolve().parents[2] / "docs"
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def test_without_a_source_it_lists_them_all(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)
    code, out, _ = call("fetch", "--format", "json")
    listed = {source["id"]: source for source in json.loads(out)["sources"]}
    assert code == 0
    documented = re.findall(r"^\| `([a-z-]+)`", (DOCS / "sources.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(documented)
    assert listed["dart"]["key"] == "DART_API_KEY"
    assert not listed["dart"]["key_set"]
    assert all(source["terms"] and source["frequency"] and source["fetched"] is None for source in listed.values())
    code, out, _ = call("fetch")
    assert code == 0
    assert "DART_API_KEY" in out
    assert "(not" in out


def test_it_says_what_it_brought_and_when(server: Server, call: Call) -> None:
    server.give("/resources/xml/en/consolidated.xml", Answer(shape.UN))
    code, out, err = call("fetch", "un-sc")
    assert (code, err) == (0, "")
    assert "un-sc: 2 records" in out
    assert "1 natural persons" in out
    _, out, _ = call("fetch", "--format", "json")
    un = next(source for source in json.loads(out)["sources"] if source["id"] == "un-sc")
    assert un["fetched"]["rows"] == 2
    assert un["fetched"]["published_on"] == "2026-02-27"


def test_any_failure_is_exit_code_3_and_the_rest_is_brought(server: Server, call: Call) -> None:
    server.give("/resources/xml/en/consolidated.xml", Answer(shape.UN))
    code, out, err = call("fetch", "uk-sanctions", "un-sc")
    assert code == 3
    assert "un-sc: 2 records" in out
    assert "1 of 2 sources fetched; 1 failed" in out
    assert err.startswith("uk-sanctions: failed:")
    assert "Traceback" not in err


def test_all_takes_what_can_be_reached(server: Server, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DART_API_KEY")
    server.give("/resources/xml/en/consolidated.xml", Answer(shape.UN))
    code, out, _ = call("fetch", "--all", "--format", "json")
    by_source = {source["source"]: source for source in json.loads(out)["sources"]}
    assert code == 3
    assert by_source["un-sc"]["status"] == "fetched"
    assert by_source["us-ofac-sdn"]["status"] == "failed"
    assert "dart" not in by_source
    assert "trade-records" not in by_source


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("fetch", "un-cs"), "did you mean un-sc"),
        (("fetch", "dart:x"), "no parts to choose"),
        (("fetch", "--from", "x.csv"), "a file belongs to one source"),
        (("fetch", "un-sc", "--from", "not-there.xml"), "no such file"),
        (("fetch", "un-sc", "--option", "what"), "NAME=VALUE"),
        (("fetch", "--all", "un-sc"), "cannot be combined"),
        (("fetch", "un-sc", "--retrieved-on", "2026-01-01"), "only a file"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_one_line(call: Call, arguments: tuple[str, ...], said: str) -> None:
    code, _, err = call(*arguments)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_a_missing_key_says_which_and_where(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DART_API_KEY", raising=False)
    code, _, err = call("fetch", "dart")
    assert code == 3
    assert "DART_API_KEY is not set" in err


def test_a_day_in_the_past_can_be_given_for_a_file(call: Call, tmp_path: Path) -> None:
    (tmp_path / "un.xml").write_bytes(shape.UN)
    assert call("fetch", "un-sc", "--from", str(tmp_path / "un.xml"), "--retrieved-on", "2026-03-01")[0] == 0
    _, out, _ = call("fetch", "--format", "json")
    un = next(source for source in json.loads(out)["sources"] if source["id"] == "un-sc")
    assert un["fetched"]["retrieved_at"].startswith("2026-03-01T")


def test_the_help_tells_the_options() -> None:
    result: Result = CliRunner().invoke(cli, ["fetch", "--help"])
    assert result.exit_code == 0
    assert all(option in result.output for option in ("--from", "--all", "--accept", "--option"))


def test_it_runs_as_a_process_and_says_nothing_on_the_error_output(tmp_path: Path, store: Path) -> None:
    (tmp_path / "CORPCODE.xml").write_text(shape.CORPCODE, encoding="utf-8")
    completed = subprocess.run(
        [
            sys.executable,
            "-m",
            "screener",
            "fetch",
            "dart",
            "--from",
            str(tmp_path / "CORPCODE.xml"),
            "--store",
            str(store),
        ],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert (completed.returncode, completed.stderr) == (0, "")
    assert "dart: 3 records" in completed.stdout


# --- the forms in which a file may come -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["zip", "xml", "xml.gz", "csv", "csv.gz", "csv.zip"])
def test_the_dart_file_in_every_form(
    bring: Callable[..., Any], rows: Callable[..., Any], tmp_path: Path, form: str
) -> None:
    import gzip

    csv = "corp_code,corp_name,corp_eng_name,stock_code,modify_date\n126380,삼성전자,SAMSUNG,5930,20230110\n90000001,새싹회사,Sprout&Co,,20240101\n90000002,새글자,,0000J0,20240101\n"
    body = {
        "zip": shape.zipped(CORPCODE__xml=shape.CORPCODE),
        "xml": shape.CORPCODE.encode(),
        "xml.gz": gzip.compress(shape.CORPCODE.encode()),
        "csv": csv.encode("utf-8-sig"),
        "csv.gz": gzip.compress(csv.encode()),
        "csv.zip": shape.zipped(listed__csv=csv.encode("cp949")),
    }[form]
    path = tmp_path / f"given.{form}"
    path.write_bytes(body)
    outcome = bring("dart", file=path).outcome
    assert (outcome.rows, outcome.rejected) == (3, 0)
    assert rows("select name, name_ko from entity where entity_id = 'kr-90000001'") == [("Sprout&Co", "새싹회사")]
    assert rows("select entity_id from identifier where value = '0000J0'") == [("kr-90000002",)]


@pytest.mark.parametrize(
    "named",
    [
        ("SDN.CSV", "ALT.CSV", "ADD.CSV"),
        ("ofac_sdn.csv.gz", "ofac_alt.csv.gz", "ofac_add.csv.gz"),
        ("sdn.csv", None, None),
    ],
)
def test_ofac_files_lie_side_by_side(
    bring: Callable[..., Any], rows: Callable[..., Any], tmp_path: Path, named: tuple[str | None, ...]
) -> None:
    import gzip

    for name, body in zip(named, (shape.SDN, shape.ALT, shape.ADD), strict=True):
        if name is not None:
            (tmp_path / name).write_bytes(gzip.compress(body) if name.endswith("gz") else body)
    assert bring("us-ofac-sdn", file=tmp_path / str(named[0])).outcome.rows == 3
    with_all = named[1] is not None
    assert rows("select count(*) from entity_name where name = 'AERO-CARIBBEAN'") == [(int(with_all),)]
    assert rows("select country from entity where entity_id = 'zz-ofac-36'") == [("CU" if with_all else None,)]


def _there(path: str) -> Path:
    found = DATA / path
    if not found.exists():
        pytest.skip(f"the official file {path} is not beside the checkout")
    return found


def test_the_real_dart_sample(bring: Callable[..., Any], rows: Callable[..., Any]) -> None:
    outcome = bring("dart", file=_there("registry/dart_listed_sample.csv")).outcome
    assert (outcome.rows, outcome.rejected, outcome.unexpected) == (1942, 0, {})
    assert rows("select count(*) from (select entity_id from entity group by 1 having count(*) > 1)") == [(0,)]
    # A company is one entity: nobody bears another's corp code.
    assert rows(
        "select count(*) from (select value from identifier where scheme = 'dart' group by 1 having count(distinct entity_id) > 1)"
    ) == [(0,)]


def test_the_real_ofac_and_un_files(bring: Callable[..., Any], rows: Callable[..., Any]) -> None:
    ofac = bring("us-ofac-sdn", file=_there("risklists/ofac_sdn.csv.gz")).outcome
    assert (ofac.rows, ofac.left_out["natural persons"], ofac.rejected, ofac.unexpected) == (3673, 4620, 0, {})
    un = bring("un-sc", file=_there("risklists/un_consolidated.xml.gz")).outcome
    assert (un.rows, un.left_out, un.rejected, un.unexpected) == (273, {"natural persons": 730}, 0, {})
    assert rows(
        "select count(*) from listing where list_id = 'us-ofac-sdn' and entity_id in ('mm-mec', 'mm-mehl', 'cn-xpcc')"
    ) == [(3,)]
    # Bodies on both lists are one entity, on two lists.
    both = rows(
        "select count(*) from (select entity_id from listing where list_id in ('un-sc', 'us-ofac-sdn') group by 1 having count(distinct list_id) = 2)"
    )
    assert both[0][0] > 50
    assert rows("select count(*) from (select entity_id from entity group by 1 having count(*) > 1)") == [(0,)]
