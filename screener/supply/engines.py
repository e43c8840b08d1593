"""The two engines of a pruning: DuckDB here, using the disk if need be, or an existing Spark. Both run the same SQL.

Every step is written to the work folder as Parquet and read from there by what follows: a killed run goes on, memory
stays small, and each step can be looked at.
"""

from __future__ import annotations

import json
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import polars as pl

from screener.errors import ScreenerError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MATCHED: Final = {"name": pl.String, "entity_id": pl.String, "decision": pl.String, "guess": pl.String}
AT_ONCE: Final = 50_000
"""Names that the matcher is given at once."""
_CSV: Final = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt")


class Engine(ABC):
    """Runs `select` statements over named relations; `work` holds what was kept."""

    def __init__(self, work: Path) -> None:
        self.work = work
        work.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def open(self, files: Sequence[str]) -> list[str]:
        """Makes the relation `raw` of the files and gives its headings."""

    @abstractmethod
    def view(self, name: str, path: Path) -> None:
        """Makes a relation of a Parquet file or folder."""

    @abstractmethod
    def write(self, sql: str, path: Path) -> None:
        """Writes the rows of a `select` to Parquet at `path`."""

    @abstractmethod
    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a small `select`."""

    @abstractmethod
    def hash(self, text: str) -> str:
        """An expression: 64 bits of a text. Two texts with the same bits count as one."""

    @abstractmethod
    def unread(self) -> int:
        """Lines that could not be read and were left out, where that is known."""

    @abstractmethod
    def match_names(self, match: Callable[[pl.DataFrame], pl.DataFrame] | None) -> None:
        """Makes `matched` (MATCHED) of the relation `name`."""

    def has(self, name: str) -> bool:
        """Whether a step was kept whole, by this run or one before; it is a relation then."""
        done = self.work / f"{name}.done"
        if done.exists():
            self.view(name, self.work / f"{name}.parquet")
        return done.exists()

    def keep(self, name: str, sql: str) -> None:
        """Makes a relation of a `select` and keeps its rows, unless that was done."""
        if self.has(name):
            return
        path = self.work / f"{name}.parquet"
        _remove(path)
        self.write(sql, path)
        self._finish(name, path)

    def table(self, name: str, frame: pl.DataFrame) -> None:
        """Makes a relation of a small frame."""
        path = self.work / f"{name}.parquet"
        _remove(path)
        frame.write_parquet(path)
        self.view(name, path)

    def _finish(self, name: str, path: Path) -> None:
        (self.work / f"{name}.done").touch()
        self.view(name, path)


class DuckEngine(Engine):
    """DuckDB on this machine, with a limit on memory; what does not fit goes to the work folder."""

    def __init__(self, work: Path, *, memory: str = "4GB") -> None:
        super().__init__(work)
        self.con = duckdb.connect()
        try:
            self.con.execute("set memory_limit = ?", [memory])
        except duckdb.Error as error:
            raise ScreenerError(
                "not an amount of memory", where="--memory", found=memory, do="write it as 4GB"
            ) from error
        self.con.execute("set temp_directory = ?", [str(work / "spill")])
        self.con.execute("set preserve_insertion_order = false")

    def open(self, files: Sequence[str]) -> list[str]:
        """Parquet or CSV files, or folders of them; all with the same headings."""
        tables = [path for given in files for path in found_files(given)]
        sources = [self._source(path) for path in tables]
        headings = {path: self._headings(source, path) for path, source in zip(tables, sources, strict=True)}
        first = headings[tables[0]]
        for path, own in headings.items():
            if own != first:
                odd = sorted(set(own) ^ set(first)) or own
                raise ScreenerError(
                    "the files have different headings",
                    where=path,
                    found=", ".join(odd[:8]),
                    do="prune them one by one, or write them alike",
                )
        kinds = {".csv" if path.lower().endswith(_CSV) else ".parquet" for path in tables}
        union = (
            " union all by name ".join(f"select * from {source}" for source in sources)
            if len(kinds) > 1 or len(tables) < 2
            else f"select * from {self._source(tables)}"
        )
        self.con.execute(f"create or replace view raw as {union}")
        return first

    def _source(self, path: str | Sequence[str]) -> str:
        paths = [path] if isinstance(path, str) else list(path)
        quoted = "[" + ", ".join("'" + one.replace("'", "''") + "'" for one in paths) + "]"
        if paths[0].lower().endswith(_CSV):
            return f"read_csv({quoted}, all_varchar = true, header = true, ignore_errors = true, store_rejects = true)"
        return f"read_parquet({quoted})"

    def _headings(self, source: str, path: str) -> list[str]:
        try:
            return [row[0] for row in self.con.execute(f"describe select * from {source}").fetchall()]
        except duckdb.Error as error:
            raise ScreenerError(
                "cannot be read",
                where=path,
                found=str(error).splitlines()[0][:120],
                do="give Parquet or CSV with a line of headings",
            ) from error

    def view(self, name: str, path: Path) -> None:
        """A view on a Parquet file."""
        self.con.execute(f"create or replace view \"{name}\" as select * from read_parquet('{_quoted(path)}')")

    def write(self, sql: str, path: Path) -> None:
        """One Parquet file."""
        try:
            # Hashes do not shrink: the time of a better compression would be lost on them.
            self.con.execute(f"copy ({sql}) to '{_quoted(path)}' (format parquet, compression lz4_raw)")
        except duckdb.OutOfMemoryException as error:
            raise ScreenerError(
                "more memory is needed",
                where=path.stem,
                found=str(error).splitlines()[0][:120],
                do="give more with --memory, or make room on the disk of the work folder",
            ) from error
        except duckdb.IOException as error:
            raise ScreenerError(
                "cannot be read or written",
                where=path.stem,
                found=str(error).splitlines()[0][:160],
                do="see that the files are whole and the disk has room",
            ) from error

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """By fetching."""
        return self.con.execute(sql).fetchall()

    def hash(self, text: str) -> str:
        """DuckDB's own hash."""
        return f"hash({text})"

    def match_names(self, match: Callable[[pl.DataFrame], pl.DataFrame] | None) -> None:
        """In batches, here."""
        assert match is not None
        path = self.work / "matched.parquet"
        names = pl.DataFrame(self.con.sql("select name from name order by name"))
        parts = [match(names[start : start + AT_ONCE]) for start in range(0, names.height, AT_ONCE)]
        (pl.concat(parts) if parts else pl.DataFrame(schema=MATCHED)).write_parquet(path)
        self._finish("matched", path)

    def unread(self) -> int:
        """Lines of CSV files that could not be read and were left out."""
        try:
            return int(self.con.execute("select count(distinct (file_id, line)) from reject_errors").fetchall()[0][0])
        except duckdb.CatalogException:
            return 0


class SparkEngine(Engine):
    """An existing Spark: classic, local or behind Connect. The work folder must be seen by its executors.

    Args:
        work: the folder of steps.
        master: URL of a master, or `sc://…` of Spark Connect; none for the session that is there.
        conf: settings of the session.
        store: the store file that the matcher reads on the executors.
    """

    def __init__(self, work: Path, *, master: str | None, conf: Mapping[str, str], store: Path) -> None:
        super().__init__(work)
        self.store = store
        self.spark = _session(master, conf)

    def open(self, files: Sequence[str]) -> list[str]:
        """Parquet or CSV files or folders, or `table:NAME` of the session's catalogue."""
        from pyspark.errors import PySparkException

        first: list[str] | None = None
        whole = None
        for given in files:
            try:
                if given.startswith("table:"):
                    frame = self.spark.table(given.removeprefix("table:"))
                elif found_files(given)[0].lower().endswith(_CSV):
                    frame = self.spark.read.csv(
                        found_files(given), header=True, multiLine=True, escape='"', mode="DROPMALFORMED"
                    )
                else:
                    frame = self.spark.read.parquet(*found_files(given))
                headings = frame.columns
            except PySparkException as error:
                raise ScreenerError(
                    "cannot be read by Spark",
                    where=given,
                    found=str(error).splitlines()[0][:160],
                    do="see that its executors can read it",
                ) from error
            if first is not None and headings != first:
                raise ScreenerError(
                    "the files have different headings",
                    where=given,
                    found=", ".join(headings[:8]),
                    do="prune them one by one, or write them alike",
                )
            first = headings
            whole = frame if whole is None else whole.unionByName(frame)
        assert whole is not None
        assert first is not None
        whole.createOrReplaceTempView("raw")
        return first

    def view(self, name: str, path: Path) -> None:
        """A temporary view on a folder of Parquet files."""
        self.spark.read.parquet(str(path)).createOrReplaceTempView(name)

    def write(self, sql: str, path: Path) -> None:
        """A folder of Parquet files."""
        self.spark.sql(_spark_sql(sql)).write.mode("overwrite").parquet(str(path))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """By collecting."""
        return [tuple(row) for row in self.spark.sql(_spark_sql(sql)).collect()]

    def hash(self, text: str) -> str:
        """Spark's hash of 64 bits."""
        return f"xxhash64({text})"

    def match_names(self, match: Callable[[pl.DataFrame], pl.DataFrame] | None) -> None:
        """On the executors, which open the store read-only."""
        from screener.supply.matching import matched_in_arrow

        path = self.work / "matched.parquet"
        _remove(path)
        names = self.spark.sql("select name from name order by name")
        schema = "name string, entity_id string, decision string, guess string"
        names.mapInArrow(matched_in_arrow(str(self.store)), schema).write.mode("overwrite").parquet(str(path))
        self._finish("matched", path)

    def unread(self) -> int:
        """Not known: Spark drops malformed lines without a count."""
        return 0


def _session(master: str | None, conf: Mapping[str, str]) -> SparkSession:
    import os
    import sys

    # The command keeps pandas from being loaded; Spark's Arrow functions ask for it.
    for name in [name for name, module in sys.modules.items() if name == "pandas" and module is None]:
        del sys.modules[name]
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise ScreenerError(
            "Spark is not installed here", where="--engine spark", do="pip install 'screener[spark]'"
        ) from None
    if not (master or "").startswith("sc://") and not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise ScreenerError(
            "Spark needs Java, and none was found", where="--engine spark", do="install Java 17, or set JAVA_HOME"
        )
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("screener supply prune")
    if master:
        builder = builder.remote(master) if master.startswith("sc://") else builder.master(master)
    for key, value in {"spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC", **conf}.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
        session.sql("select 1").collect()
    except Exception as error:  # Py4J, gRPC and Spark each have their own
        raise ScreenerError(
            "Spark cannot be reached",
            where=f"--master {master or 'of the environment'}",
            found=str(error).splitlines()[0][:160],
            do="see that it runs and that the address is right",
        ) from error
    session.conf.set("spark.sql.ansi.enabled", "true")
    return session


def _spark_sql(sql: str) -> str:
    """The same statement as Spark writes it: names in backticks. Everything else is common to both."""
    out, quoted = [], False
    for part in sql.split('"'):
        out.append(part if not quoted else f"`{part}`")
        quoted = not quoted
    return "".join(out)


def found_files(given: str) -> list[str]:
    """The files below a folder, or the file itself.

    Raises:
        ScreenerError: nothing is there, or nothing of a kind that is read.
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
        raise ScreenerError(
            "not a kind of file that is read here",
            where=given,
            found=path.suffix,
            do="give Parquet or CSV; a workbook fits --supply as it is",
        )
    return [given]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def same_run(work: Path, asked: Mapping[str, Any]) -> bool:
    """Whether the work folder holds steps of the same question; else it is emptied and the question noted."""
    note = work / "asked.json"
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False)
    if note.is_file() and note.read_text(encoding="utf-8") == text:
        return True
    if work.exists():
        shutil.rmtree(work)
    work.mkdir(parents=True)
    note.write_text(text, encoding="utf-8")
    return False
