"""The site of the shipped base, made once, the small world, and a browser where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import alone
from tests.golden.world import Ran, World, inside, run
from tests.once import answers_once

CLOCKS = ("--as-of", "2026-11-29", "--known-at", "2026-11-29")
SIZES = {"desk": 1280, "phone": 400}


@pytest.fixture(scope="session")
def site(shipped_store: Path) -> Path:
    """The site of the shipped base, made by the first worker that needs it."""
    folder = shipped_store.parent / "site"
    with alone(shipped_store.parent / "site.lock"):
        if not folder.exists():
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


@pytest.fixture(scope="module", autouse=True)
def _answers_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        answers_once(patch)
        yield


@dataclass
class Browser:
    """A window with one tab, that notes what goes wrong, and what is asked for beyond files."""

    context: Any
    wrong: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tab = tab = self.context.new_page()
        tab.on("console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        tab.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        tab.on("request", lambda request: self.asked.append(request.url))

    def open(self, page: Path, query: str = "") -> Any:
        """A page, opened from its file: a new tab would be a new process, which costs more than what is tried in it."""
        self.tab.goto(page.as_uri() + query)
        return self.tab


@pytest.fixture(scope="module")
def windows() -> Iterator[Callable[[int, str], Browser]]:
    """Debian's chromium, driven by playwright: one window of each width and colour scheme."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium here (apt-get install chromium): the site is not tried in a browser")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    opened: dict[tuple[int, str], Browser] = {}
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)

        def window(width: int, scheme: str) -> Browser:
            if (width, scheme) not in opened:
                size = {"width": width, "height": 900}
                opened[width, scheme] = Browser(browser.new_context(viewport=size, color_scheme=scheme))
            return opened[width, scheme]

        yield window
        browser.close()


@pytest.fixture
def browser(windows: Callable[[int, str], Browser], request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A window of 1280 pixels, or as a test's parameter says: (width, colour scheme)."""
    opened = windows(*getattr(request, "param", (SIZES["desk"], "light")))
    opened.wrong.clear()
    opened.asked.clear()
    yield opened
    assert opened.wrong == []
    assert [url for url in opened.asked if not url.startswith(("file:", "blob:"))] == []
