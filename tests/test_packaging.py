"""The wheel carries facts, rules, templates, SQL and word lists, and runs outside a checkout; the source archive is whole."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
SHIPPED = ("datasets", "rules", "reports")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel and the source archive, built without network."""
    folder = tmp_path_factory.mktemp("dist")
    code = (
        "import sys; from hatchling import build\n"
        "print(build.build_wheel(sys.argv[1])); print(build.build_sdist(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    wheel, archive = done.stdout.split()
    return {"wheel": folder / wheel, "archive": folder / archive}


@pytest.fixture(scope="module")
def installed(built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content in a folder of its own, as an installer would lay it out."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(built["wheel"]) as wheel:
        wheel.extractall(folder)
    return folder


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


def _run(installed: Path, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(installed),
        "SCREENER_STORE": str(tmp_path / "store.duckdb"),
        "PYTHONUTF8": "1",
    }
    return subprocess.run(
        [sys.executable, "-m", "screener", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_the_wheel_carries_every_shipped_file(name: str, installed: Path) -> None:
    assert _files(installed / "screener" / "_shipped" / name) == _files(CHECKOUT / name) != set()


def test_the_wheel_carries_every_file_of_the_package(installed: Path) -> None:
    carried = {name for name in _files(installed / "screener") if not name.startswith("_shipped/")}
    assert carried == _files(CHECKOUT / "screener")


def test_the_wheel_runs_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = "import screener.paths as p; print(p.shipped('datasets'))"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    found = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert Path(found.stdout.strip()) == installed / "screener" / "_shipped" / "datasets"
    completed = _run(installed, tmp_path, "show", "047050", "--format", "json")
    assert completed.returncode == 0, completed.stderr
    assert "kr-00124504" in completed.stdout


def test_the_licences_and_the_notice_go_with_the_wheel(built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built["wheel"]) as wheel:
        names = {Path(name).name for name in wheel.namelist() if ".dist-info/" in name}
    assert names >= {"LICENSE", "LICENSE-DATA", "NOTICE.md", "METADATA"}


def test_the_source_archive_can_be_built_and_tested(built: dict[str, Path]) -> None:
    with tarfile.open(built["archive"]) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    wanted = {
        "pyproject.toml",
        "Makefile",
        "requirements.lock",
        "README.md",
        "datasets/README.md",
        "rules/method.toml",
        "tests/conftest.py",
    }
    assert wanted <= names
    assert not {name for name in names if name.startswith((".venv", "build/", "dist/")) or name.endswith(".duckdb")}


@pytest.mark.parametrize("lock", sorted(CHECKOUT.glob("requirements*.lock")), ids=lambda path: path.name)
def test_a_lock_names_no_address_and_hashes_everything(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    packages = re.findall(r"^[a-z0-9][^\n]*(?:\n {4}[^\n]*)*", text, flags=re.MULTILINE)
    assert packages
    assert [package.splitlines()[0] for package in packages if "--hash=sha256:" not in package] == []


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {"requirements.lock": project["dependencies"] + project["optional-dependencies"]["dev"]}
    wanted |= {
        f"requirements-{extra}.lock": project["optional-dependencies"][extra] for extra in ("bench", "bench-names")
    }
    for lock, dependencies in wanted.items():
        locked = set(re.findall(r"^([a-z0-9-]+)==", (CHECKOUT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE))
        assert {re.split(r"[>=<]", dependency)[0] for dependency in dependencies} <= locked, lock
