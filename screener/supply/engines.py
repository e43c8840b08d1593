"""The two engines of a pruning: DuckDB here, using the disk if needed, or an existing Spark. Both run the same SQL.

Each step is written to the work folder as Parquet, and later steps read it there: a killed run can resume, memory use
stays small, and each step can be inspected.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import polars as pl

from screener.errors import ScreenerError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

_CSV: Final = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt")
MATCHED: Final = {"name": pl.String, "entity_id": pl.String, "decision": pl.String, "guess": pl.String}
AT_ONCE: Final = 50_000
"""Names per call of the matcher."""


class DuckEngine:
    """DuckDB on this machine, with a limit on memory; what does not fit goes to the work folder.

    It runs `select` statements over named relations; each step is stored in the folder `work`. `store` is the open
    store that the matcher reads. bits: the function that hashes a text to 64 bits. parquet: the prefix of a file as a
    relation.
    """

    bits, parquet = "hash", ""

    def __init__(self, work: Path, store: duckdb.DuckDBPyConnection | None = None, *, memory: str = "4GB") -> None:
        work.mkdir(parents=True, exist_ok=True)
        self.work, self.store, self.con = work, store, duckdb.connect()
        try:
            self.con.execute("set memory_limit = ?", [memory])
        except duckdb.Error as error:
            what = "not an amount of memory"
            raise ScreenerError(what, where="--memory", found=memory, do="write it as 4GB") from error
        self.con.execute("set temp_directory = ?", [str(work / "spill")])
        self.con.execute("set preserve_insertion_order = false")

    def open(self, files: Sequence[str]) -> list[str]:
        """Makes the relation `raw` of the files, all with the same headings, which it returns.

        Parquet or CSV files, or folders of them; with Spark also `table:NAME` of the session's catalogue.
        """
        paths = [path for given in files for path in found_files(given)]
        headings = _same((path, self._read([path]).columns) for path in paths)
        kinds = [[path for path in paths if _is_csv(path) == csv] for csv in (True, False)]
        reduce(lambda all_, more: all_.union(more), map(self._read, filter(None, kinds))).create_view("raw")
        return headings

    def _read(self, paths: list[str]) -> duckdb.DuckDBPyRelation:
        """Files of one kind."""
        try:
            if _is_csv(paths[0]):
                several: Any = paths  # its types allow one
                lax: dict[str, Any] = {"ignore_errors": True, "store_rejects": True}
                return self.con.read_csv(several, all_varchar=True, header=True, **lax)
            return self.con.read_parquet(paths)
        except duckdb.Error as error:
            do = "give Parquet or CSV with a line of headings"
            raise ScreenerError("cannot be read", where=paths[0], found=_first_line(error, 120), do=do) from error

    def view(self, name: str, sql: str) -> None:
        """Names a `select`; nothing is stored."""
        self.con.execute(f"create or replace view {name} as {sql}")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a small `select`."""
        return self.con.execute(sql).fetchall()

    def unread(self) -> int:
        """Lines that could not be read and were left out, as far as the engine counts them: those of CSV files."""
        try:
            return int(self.rows("select count(distinct (file_id, line)) from reject_errors")[0][0])
        except duckdb.CatalogException:
            return 0

    def materialise(self, name: str, sql: str) -> None:
        """Makes a relation of a `select`; stores its rows, unless an earlier run did so."""
        self._store(name, lambda path: self._write(sql, path))

    def match_names(self) -> None:
        """Makes `matched` (MATCHED) of the relation `name`, and stores it like a step."""
        self._store("matched", self._write_matched)

    def table(self, name: str, frame: pl.DataFrame) -> None:
        """Makes a relation of a small frame."""
        self._store(name, frame.write_parquet, again=True)

    def _store(self, name: str, write: Callable[[Path], None], *, again: bool = False) -> None:
        """A step gets its name only once it is complete."""
        path = self.work / f"{name}.parquet"
        if again or not path.exists():
            part = path.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            write(part)
            part.replace(path)
        self.view(name, f"select * from {self.parquet}{quoted(path)}")

    def _write(self, sql: str, path: Path) -> None:
        try:
            # Hashes do not compress: time for a better compression would be wasted.
            self.con.sql(sql).write_parquet(str(path), compression="lz4_raw")
        except duckdb.OutOfMemoryException as error:
            do = "give more with --memory, or make room on the disk of the work folder"
            found = _first_line(error, 120)
            raise ScreenerError("more memory is needed", where=path.stem, found=found, do=do) from error
        except duckdb.IOException as error:
            do, found = "check that the files are complete and the disk has room", _first_line(error, 160)
            raise ScreenerError("cannot be read or written", where=path.stem, found=found, do=do) from error

    def _write_matched(self, path: Path) -> None:
        assert self.store is not None
        names = pl.DataFrame(self.con.sql("select name from name order by name"))
        parts = [match_names(self.store, batch) for batch in names.iter_slices(AT_ONCE)]
        pl.concat([pl.DataFrame(schema=MATCHED), *parts]).write_parquet(path)


class SparkEngine(DuckEngine):
    """The same on an existing Spark, classic, local or behind Connect, whose executors have access to the work folder.

    Args:
        work: the folder of steps.
        master: URL of a master, or `sc://…` of Spark Connect; none for the existing session.
        conf: settings of the session.
        store: the store file that the matcher reads on the executors.
    """

    bits, parquet = "xxhash64", "parquet."

    def __init__(self, work: Path, *, master: str | None, conf: Mapping[str, str], store: Path) -> None:
        work.mkdir(parents=True, exist_ok=True)
        self.work, self.store_file, self.spark = work, store, _session(master, conf)

    def open(self, files: Sequence[str]) -> list[str]:
        """Makes the relation `raw`."""
        frames = [self._frame(given) for given in files]
        headings = _same((given, frame.columns) for given, frame in zip(files, frames, strict=True))
        reduce(lambda whole, frame: whole.unionByName(frame), frames).createOrReplaceTempView("raw")
        return headings

    def _frame(self, given: str) -> DataFrame:
        from pyspark.errors import PySparkException

        try:
            if given.startswith("table:"):
                frame = self.spark.table(given.removeprefix("table:"))
            elif _is_csv((paths := found_files(given))[0]):
                frame = self.spark.read.csv(paths, header=True, multiLine=True, escape='"', mode="DROPMALFORMED")
            else:
                frame = self.spark.read.parquet(*paths)
            _ = frame.columns  # the file is read only now
        except PySparkException as error:
            do, found = "check that its executors can read it", _first_line(error, 160)
            raise ScreenerError("cannot be read by Spark", where=given, found=found, do=do) from error
        return frame

    def _sql(self, sql: str) -> DataFrame:
        # Spark writes names in backticks; everything else is common to both engines.
        return self.spark.sql(sql.replace('"', "`"))

    def view(self, name: str, sql: str) -> None:
        """A temporary view."""
        self._sql(sql).createOrReplaceTempView(name)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """By collecting."""
        return [tuple(row) for row in self._sql(sql).collect()]

    def unread(self) -> int:
        """None: Spark does not count them."""
        return 0

    def _write(self, sql: str, path: Path) -> None:
        self._sql(sql).write.parquet(str(path))

    def _write_matched(self, path: Path) -> None:
        # On the executors, which open the store read-only.
        names = self.spark.sql("select name from name order by name")
        matched = names.mapInArrow(
            matched_in_arrow(str(self.store_file)), ", ".join(f"{name} string" for name in MATCHED)
        )
        matched.write.parquet(str(path))


# --- names: the matcher on distinct names, as both engines call it -----------------------------------------


def match_names(con: duckdb.DuckDBPyConnection, names: pl.DataFrame) -> pl.DataFrame:
    """Of distinct names: name, entity_id (if certain), decision (`auto`, `review`, `none`), guess (for review)."""
    from screener.match.match import resolve

    asked = names.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    found = resolve(con, asked.select("row", "name"), country=None)
    guesses = found.candidates.filter(pl.col("rank") == 1).select(
        "row", guess=pl.format("{} ({})", "name", "entity_id")
    )
    matches = found.matches.select("row", "entity_id", "decision")
    frame = asked.join(matches, on="row", how="left").join(guesses, on="row", how="left").sort("row")
    review = pl.col("decision") == "review"
    frame = frame.with_columns(guess=pl.when(review).then("guess"), decision=pl.col("decision").fill_null("none"))
    return frame.select(pl.col(name).cast(kind) for name, kind in MATCHED.items())


def matched_in_arrow(store: str) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """`match_names` for `DataFrame.mapInArrow`: opens the store on the executor, matches batch by batch."""

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        from screener.store.build import open_store

        wanted = pa.schema([(name, pa.string()) for name in MATCHED])
        with open_store(Path(store)) as con:
            for batch in batches:
                names = pl.DataFrame(pl.from_arrow(batch))
                yield from match_names(con, names).to_arrow().cast(wanted).to_batches()

    return run


# --- Spark -------------------------------------------------------------------------------------------------


def _session(master: str | None, conf: Mapping[str, str]) -> SparkSession:
    import os
    import sys

    # The command blocks the import of pandas; Spark's Arrow functions need it.
    for name in [name for name, module in sys.modules.items() if name == "pandas" and module is None]:
        del sys.modules[name]
    where = "--engine spark"
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        do = "pip install 'screener[spark]'"
        raise ScreenerError("Spark is not installed here", where=where, do=do) from None
    if not (master or "").startswith("sc://") and not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        do = "install Java 17, or set JAVA_HOME"
        raise ScreenerError("Spark needs Java, and none was found", where=where, do=do)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("screener supply prune")
    if master:
        builder = builder.remote(master) if master.startswith("sc://") else builder.master(master)
    usual = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(AT_ONCE),
    }
    for key, value in {**usual, **conf}.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
        session.sql("select 1").collect()
    except Exception as error:  # Py4J, gRPC and Spark each have their own
        where, do = f"--master {master or 'of the environment'}", "check that it runs and that the address is correct"
        raise ScreenerError("Spark cannot be reached", where=where, found=_first_line(error, 160), do=do) from error
    session.conf.set("spark.sql.ansi.enabled", "true")
    return session


# --- files -------------------------------------------------------------------------------------------------


def found_files(given: str) -> list[str]:
    """The files below a folder, or the file itself.

    Raises:
        ScreenerError: nothing is there, or no file of a supported kind.
    """
    path = Path(given)
    if path.is_dir():
        files = sorted(str(p) for p in path.rglob("*") if p.is_file() and p.name.lower().endswith((".parquet", *_CSV)))
        if not files:
            raise ScreenerError("no Parquet or CSV file is in this folder", where=given, do="name another")
        return files
    if not path.exists():
        raise ScreenerError("no such file", where=given, do="name a file, or a folder, of Parquet or CSV")
    if not given.lower().endswith((".parquet", *_CSV)):
        what, do = "not a kind of file that is read here", "give Parquet or CSV; a workbook fits --supply as it is"
        raise ScreenerError(what, where=given, found=path.suffix, do=do)
    return [given]


def _is_csv(path: str) -> bool:
    return path.lower().endswith(_CSV)


def _same(headings: Iterable[tuple[str, list[str]]]) -> list[str]:
    """The headings that all files, or tables, by name have."""
    first: list[str] | None = None
    for name, found in headings:
        first = first or found
        if found != first:
            what, differ = "the files have different headings", ", ".join(sorted({*found} ^ {*first}) or found)
            do = "prune them one by one, or give them the same headings"
            raise ScreenerError(what, where=name, found=differ, do=do)
    return first or []


def quoted(name: str | Path) -> str:
    """A heading or a file as a name in SQL."""
    return '"' + str(name).replace('"', '""') + '"'


def _first_line(error: Exception, longest: int) -> str:
    return str(error).splitlines()[0][:longest]


def same_run(work: Path, asked: Mapping[str, Any]) -> bool:
    """Whether the work folder holds steps of the same inputs; else it is emptied and the inputs noted."""
    note = work / "asked.json"
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False)
    if note.is_file() and note.read_text(encoding="utf-8") == text:
        return True
    if work.exists():
        shutil.rmtree(work)
    work.mkdir(parents=True)
    note.write_text(text, encoding="utf-8")
    return False
