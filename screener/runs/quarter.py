"""A quarter: the same tables each time, what changed since the last one and why, and a manifest to reproduce them."""

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl
from msgspec import Struct

from screener import __version__
from screener.errors import ScreenerError
from screener.portfolio.screen import Screening
from screener.report.build import companies_document, screening_document
from screener.report.pages import render
from screener.report.wording import LANGUAGES, wording
from screener.report.workbook import workbook_bytes
from screener.runs.changes import Run, changes
from screener.runs.documents import read_document, since
from screener.runs.folder import MANIFEST, SCHEMA, read_manifest, read_tables, sha256, table_files
from screener.runs.tables import holding_rows, run_tables
from screener.score.assess import Assessment

PARAMETERS: Final = ("topics", "datasets", "rules", "columns", "sheets")
"""Inputs that are options of commands."""


class File(Struct, frozen=True):
    """A file as given, and the hash of its bytes once it was read; of a run, that of the file that describes it."""

    name: str
    sha256: str | None = None


class Inputs(Struct, frozen=True):
    """The inputs of a quarter: members of its manifest, so that `--verify` can use the same again.

    `parameters` are by name in PARAMETERS.
    """

    quarter: str
    as_of: dt.date
    known_at: dt.date
    parameters: dict[str, tuple[str, ...]]
    portfolio: File | None = None
    previous: File | None = None


def quarter_end(written: str) -> dt.date:
    """The last day of a quarter written `2026Q3`.

    Raises:
        ScreenerError: it is not one.
    """
    match = re.fullmatch(r"(\d{4})[-_ ]?[Qq]([1-4])", written)
    if not match:
        raise ScreenerError("not a quarter", where="quarter", found=written, do="write it as 2026Q3")
    year, number = int(match[1]), int(match[2])
    first = dt.date(year + number // 4, 3 * number % 12 + 1, 1)
    return first - dt.timedelta(days=1)


def quarter_files(
    assessment: Assessment, inputs: Inputs, screening: Screening | None = None
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The files of a quarter (name -> bytes) and its manifest, without the hashes of the files.

    Raises:
        ScreenerError: the previous run cannot be read.
    """
    tables: dict[str, pl.DataFrame] = run_tables(assessment)
    if screening is not None:
        tables["holdings"] = holding_rows(screening)
    # Read before any work is done: it may be missing.
    before = read_run(Path(inputs.previous.name)) if inputs.previous else None
    manifest = _manifest(assessment, inputs)
    now = _run(tables, manifest)
    if before is not None:
        tables = tables | {"changes": changes(before, now)}
    files = table_files(tables)
    for language in LANGUAGES:
        w = wording(language, datasets=inputs.parameters["datasets"])
        if screening is not None:
            document = screening_document(screening, w)
        else:
            acting = assessment.scores.findings.filter(pl.col("relation") != "group")["company_id"].unique()
            title = f"{w('head.exposed')} {inputs.quarter}"
            document = companies_document(assessment, acting.to_list(), w, "list", title)
        if before is not None:
            document = since(document, before, now, tables["changes"], w)
        if language == "en":
            files["report.xlsx"] = workbook_bytes(document, w)
        name = "report.html" if language == "en" else f"report.{language}.html"
        files[name] = render("html", document, w).encode("utf-8")
    return files, manifest


def read_run(place: Path) -> Run:
    """A run read back: a folder of `screener quarter`, its hashes checked, or a JSON document of `screen` or `list`.

    Raises:
        ScreenerError: there is no run, or it was changed.
    """
    file = _file_of(place)
    if file.name != MANIFEST:
        return read_document(file)
    manifest = read_manifest(file.parent)
    return _run(read_tables(file.parent, manifest), manifest)


def _file_of(place: Path) -> Path:
    """The file that describes a run: its manifest, given itself or by folder, or a JSON document."""
    return place if place.is_file() else place / MANIFEST


def _run(tables: dict[str, pl.DataFrame], manifest: Mapping[str, Any]) -> Run:
    return Run(
        as_of=manifest["as_of"],
        known_at=manifest["known_at"],
        version=manifest["version"],
        method_sha256=manifest["method"]["sha256"],
        rules={rule["id"]: rule["sha256"] for rule in manifest["rules"]},
        further_topics=manifest["method"]["further_topics"],
        tables=tables,
        topics=tuple(manifest["parameters"]["topics"]),
    )


def _manifest(assessment: Assessment, inputs: Inputs) -> dict[str, Any]:
    """Everything that the result depends on, and nothing that differs from one machine or minute to the next."""
    method = assessment.method
    further = method.overall["further_topics"]
    if previous := inputs.previous:
        before = File(previous.name, sha256(_file_of(Path(previous.name)).read_bytes()))
        inputs = msgspec.structs.replace(inputs, previous=before)
    stated: dict[str, Any] = msgspec.to_builtins(inputs)
    return stated | {
        "schema": SCHEMA,
        "version": __version__,
        "method": {"version": method.version, "sha256": method.sha256, "further_topics": further},
        "rules": [{"id": rule.id, "sha256": rule.sha256} for rule in sorted(assessment.rules, key=lambda r: r.id)],
        "datasets": assessment.input_files.select("name", "sha256").sort("name").to_dicts(),
    }


def changed_input(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """The first input in which a reproduced run differs from its manifest, in words; none if all are the same."""
    if old["version"] != new["version"]:
        return f"the program was {old['version']} and is {new['version']}"
    if old["method"]["sha256"] != new["method"]["sha256"]:
        return "rules/method.toml has changed"
    for name, key in (("rules", "id"), ("datasets", "name")):
        was, now = ({row[key]: row["sha256"] for row in manifest[name]} for manifest in (old, new))
        for item in sorted(was.keys() | now.keys()):
            if was.get(item) != now.get(item):
                how = "is gone" if item not in now else "is new" if item not in was else "was changed"
                return f"{name}: {item} {how}"
    for name in ("portfolio", "previous"):
        if (old[name] or {}).get("sha256") != (new[name] or {}).get("sha256"):
            return f"the {name} has changed"
    return None
