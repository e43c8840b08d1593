"""`screener supply`: work on more deliveries than a screening can read."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import click

from screener.cli import options
from screener.cli.help import Group
from screener.cli.opening import ready
from screener.cli.output import emit, note, steps
from screener.errors import ScreenerError
from screener.store.inputs import topic_ids


@click.group("supply", cls=Group)
def command() -> None:
    """Prune files of deliveries to those that can matter."""


@command.command("prune")
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@options.text(
    "--out", "FILE", "Where the deliveries that can matter are written (.parquet or .csv), for --supply.", required=True
)
@options.choice("--engine", ("duckdb", "spark"), "DuckDB on this machine, or an existing Spark.")
@options.text("--master", "URL", "Spark master, or sc://HOST for Spark Connect (default: the existing session).")
@options.texts("--conf confs", "KEY=VALUE", "Setting of the Spark session; may be repeated.")
@options.columns("--column columns", "supplier=Vendor")
@options.count("--max-tiers", "Maximum number of tiers in a path (default: graph.max_tiers of the method).", 12)
@options.text("--review", "FILE", "Write the names left for review to this file (CSV), by value.")
@options.text(
    "--work",
    "DIR",
    "Folder of intermediate steps, from which a killed run continues (default: OUT.work, removed when done).",
)
@click.option(
    "--memory", default="4GB", show_default=True, help="Memory that DuckDB may use; the rest goes to the work folder."
)
@options.asking(options.TOPIC, options.STORES, options.RULES)
def prune_command(
    files: tuple[str, ...],
    engine: str,
    master: str | None,
    confs: tuple[str, ...],
    max_tiers: int | None,
    review: str | None,
    work: str | None,
    memory: str,
    asked: options.CommonOptions,
) -> None:
    """Write the few of very many deliveries that can lie on a path between an anchor of the rules and a Korean company.

    FILE is Parquet or CSV, or a folder of such files; with Spark also table:NAME. Screening the output (`screen
    --supply`) gives the same findings as screening the whole.
    """
    import polars as pl

    from screener.report.serialise import csv_text, parquet_bytes
    from screener.rules.load import read_rules, rule_folders
    from screener.rules.method import read_method
    from screener.store.build import open_store
    from screener.supply import prune
    from screener.supply.engines import DuckEngine, SparkEngine, found_files, same_run

    target = Path(str(asked.out))
    if target.suffix not in (".parquet", ".csv"):
        do = "name it .parquet or .csv"
        raise ScreenerError("not a kind of file that is written here", where="--out", found=asked.out, do=do)
    folders = rule_folders(asked.rules)
    method, chosen = read_method(folders), read_rules(folders, asked.topics, topic_ids(asked.datasets))
    tiers = max_tiers or int(method.graph["max_tiers"])
    store = ready(asked)
    place = Path(work) if work else target.with_name(target.name + ".work")
    # The size and date of a lake's table are unknown here: only its name is used.
    paths = [Path(one) for given in files if not given.startswith("table:") for one in found_files(given)]
    with open_store(store.path) as con:
        # What a run depends on; steps of other inputs are not reused.
        run = {
            "files": [[str(p), p.stat().st_size, p.stat().st_mtime_ns] for p in paths],
            "asked": list(files),
            "store": store.inputs,
            "engine": engine,
            "columns": list(asked.columns),
            "tiers": tiers,
            "rules": hashlib.sha256("\n".join(rule.sha256 for rule in chosen).encode()).hexdigest(),
        }
        goes_on = same_run(place, run)
        settings = options.named_values(confs, "--conf")
        if engine == "duckdb":
            running = DuckEngine(place, con, memory=memory)
        else:
            running = SparkEngine(place, master=master, conf=settings, store=store.path)
        headings = running.open(files)
        named = prune.recognised(headings, options.named_values(asked.columns, "--column"))
        base = prune.base_of(con, chosen)
        with steps("pruning", 2 * tiers + 16, quiet=asked.quiet) as step:
            found = prune.prune(running, base, headings, named, tiers, lambda name: step())
        parts = running.work / "selected.parquet"
        rows = pl.read_parquet(parts if parts.is_file() else parts / "*.parquet")
        # The same order whichever engine is used.
        rows = rows.sort(rows.columns, nulls_last=True)
        emit(rows.write_csv() if target.suffix == ".csv" else parquet_bytes(rows), asked.out)
        if review:
            emit(csv_text(prune.review(running), to_file=True), review)
    if not work:
        shutil.rmtree(place, ignore_errors=True)
    read = "deliveries read (continued from an earlier run)" if goes_on else "deliveries read"
    said = [
        f"{found.rows} {read}, {found.names} names, {found.matched} of them matched, {found.review} left for a person",
        f"{found.selected} deliveries written to {asked.out}",
    ]
    if unread := running.unread():
        said.append(f"{unread} lines could not be read")
    note("; ".join(said), quiet=asked.quiet)
