"""JSON of any form and length, record by record."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screener.sources import records
from screener.sources.source import ShapeError
from tests.conftest import CHECKOUT

VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
RECORD = st.dictionaries(
    st.text(max_size=5).filter(lambda name: name not in ("results", "features")), VALUE, max_size=5
)
FORMS: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    "array": json.dumps,
    "indented": lambda records: json.dumps(records, indent=2, ensure_ascii=False),
    "lines": lambda records: "\n".join(json.dumps(record) for record in records),
    "results": lambda records: json.dumps({"meta": {"count": [1, 2.5]}, "results": records, "next": None}),
    "features": lambda records: json.dumps({"type": "FeatureCollection", "features": records}, indent=1),
}


def read(path: Path) -> list[dict[str, Any]]:
    return list(records.json_records(path))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(RECORD, max_size=8), form=st.sampled_from(sorted(FORMS)), mark=st.sampled_from(["", "\ufeff"]))
def test_every_form_gives_the_same_records(tmp_path: Path, records: list[dict[str, Any]], form: str, mark: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(mark + FORMS[form](records), encoding="utf-8")
    assert read(path) == records


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1}, {"a"',
        '[{"a": 1} {"a": 2}]',
        "[1, 2",
        '{"a": 1',
        "hello",
        '[{"a": 1}]]',
        "[nul]",
        "[" * 100_000,
        '{"results": [{"a": 1}, tru]}',
    ],
    ids=["cut", "no comma", "open", "object", "text", "too much", "word", "deep", "inside"],
)
def test_what_is_no_json_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ShapeError, match="not JSON"):
        read(tmp_path / "x.json")


def test_a_record_longer_than_any_can_be_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LONGEST_RECORD", 10_000)
    (tmp_path / "x.json").write_text(json.dumps([{"a": 1}, {"a": "x" * 2_000_000}]))
    with pytest.raises(ShapeError, match="more than 10000 characters"):
        read(tmp_path / "x.json")


@pytest.mark.parametrize("text", ['{"%s": 1}', '{"a": "%s"}'], ids=["name", "member"])
def test_an_object_with_a_part_longer_than_any_record_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(records, "LONGEST_RECORD", 10_000)
    (tmp_path / "x.json").write_text(text % ("x" * 2_000_000))
    with pytest.raises(ShapeError, match="more than 10000 characters"):
        read(tmp_path / "x.json")


def test_latin_bytes_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b'[{"a": "\xe9"}]')
    with pytest.raises(ShapeError, match="not JSON"):
        read(tmp_path / "x.json")


# --- many records ---------------------------------------------------------------------------------------------------------------

PARSE = """
import datetime as dt, json, sys
from pathlib import Path
from screener.sources.source import SOURCES
from screener.sources.reading import Reading
from screener.store.snapshots import StoredFile

name, path = sys.argv[1], Path(sys.argv[2])
def peak():
    # Megabytes. Not `ru_maxrss`, which starts from what the process that started this one held.
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024

stored = StoredFile(SOURCES[name].files[0].part, path, path.as_uri(), dt.datetime(2026, 11, 24), "0" * 64, path.stat().st_size)
before, rows = peak(), []
reading = Reading(origin=name, source=SOURCES[name], raw=(stored,), folder=path.parent)
reading.read(lambda table, frame: rows.append(frame.height))
print(json.dumps({"records": reading.rows, "rows": sum(rows), "grown_mb": peak() - before}))
"""


def entity(n: int) -> dict[str, Any]:
    return {"id": f"os-{n:07}", "schema": "Company", "properties": {"name": [f"Example Body {n}"], "country": ["mm"]}}


def statement(n: int) -> dict[str, Any]:
    details = {"isComponent": False, "entityType": {"type": "registeredEntity"}, "name": f"Example {n}"}
    about = {"statementId": f"s-{n:030}", "declarationSubject": f"r-{n:07}", "statementDate": "2025-01-01"}
    return {**about, "recordId": f"r-{n:07}", "recordType": "entity", "recordStatus": "new", "recordDetails": details}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs a system that tells the peak of a process")
@pytest.mark.parametrize(
    ("name", "record", "as_array", "most"),
    # BODS keeps which statement of each record is the last: some 200 bytes a record. Held whole the records would take 200 MB.
    [("opensanctions", entity, False, 90), ("bods", statement, True, 120)],
    ids=["lines", "array"],
)
def test_many_records_of_json_fit_in_bounded_memory(
    tmp_path: Path, name: str, record: Callable[[int], dict[str, Any]], as_array: bool, most: int
) -> None:
    path = tmp_path / "records.json"
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" if as_array else "")
        for n in range(100_000):
            file.write(json.dumps(record(n)) + (",\n" if as_array and n < 99_999 else "\n"))
        file.write("]\n" if as_array else "")
    completed = subprocess.run(
        [sys.executable, "-c", PARSE, name, str(path)], check=True, capture_output=True, text=True, cwd=CHECKOUT
    )
    found = json.loads(completed.stdout.splitlines()[-1])
    assert found["records"] == 100_000
    assert found["grown_mb"] < most, found
    path.unlink()
