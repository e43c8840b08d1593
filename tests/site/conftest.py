"""The site of the shipped base and that of the small world, each made once, and a browser where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.golden.world import Ran, World, inside, run

CLOCKS = ("--as-of", "2026-11-29", "--known-at", "2026-11-29")
SIZES = {"desk": 1280, "phone": 400}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the shipped base."""
    folder = tmp_path_factory.mktemp("shipped") / "site"
    made = run("site", "--out", folder, "--quiet", *CLOCKS)
    assert made.code == 0, made.err
    return folder


@dataclass(frozen=True)
class SmallWorld(World):
    """The program in the small world, for one command at a time: other tests of the session are in the shipped one."""

    def run(self, *arguments: object, **options: Any) -> Ran:
        with pytest.MonkeyPatch.context() as patch:
            inside(patch)
            return super().run(*arguments, **options)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The program in the small world."""
    return SmallWorld(tmp_path_factory.mktemp("small") / "s.duckdb")


@dataclass
class Browser:
    """A browser that notes what goes wrong, and what is asked for beyond files."""

    context: Any
    wrong: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, page: Path, query: str = "") -> Any:
        """A page, opened from its file."""
        tab = self.context.new_page()
        tab.on("console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        tab.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        tab.on("request", lambda request: self.asked.append(request.url))
        tab.goto(page.as_uri() + query)
        return tab


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's chromium, driven by playwright."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium here (apt-get install chromium): the site is not tried in a browser")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A fresh window of 1280 pixels, or as a test's parameter says: (width, colour scheme)."""
    width, scheme = getattr(request, "param", (SIZES["desk"], "light"))
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened = Browser(context)
    yield opened
    context.close()
    assert opened.wrong == []
    assert [url for url in opened.asked if not url.startswith(("file:", "blob:"))] == []
