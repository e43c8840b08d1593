"""The HTML page in a real browser: self-contained, legible on screens from 400 px, dark and light, and on paper."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.golden.world import MIXED, World

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")


@pytest.fixture(scope="module")
def tabs() -> Iterator[Callable[..., Any]]:
    """Headless chromium: one tab of each size and colour scheme, since a new one would be a new process."""
    from playwright.sync_api import sync_playwright

    opened: dict[tuple[int, int, str], Any] = {}
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)

        def tab(width: int, height: int = 900, scheme: str = "light") -> Any:
            size = (width, height, scheme)
            if size not in opened:
                opened[size] = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            return opened[size]

        yield tab
        browser.close()


@pytest.fixture(scope="module", params=["en", "ko"])
def pages(request: pytest.FixtureRequest, world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of every kind, in one language."""
    folder = tmp_path_factory.mktemp("pages")
    commands = {
        "screen": ("screen", MIXED, "--benchmark", MIXED),
        "list": ("list",),
        "show": ("show", "900010"),
        "explain": ("explain", "900040"),
    }
    for name, command in commands.items():
        ran = world.run(*command, "--lang", request.param, "--format", "html", "--out", folder / f"{name}.html")
        assert ran.code == 0, ran.err
    return {name: folder / f"{name}.html" for name in commands}


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_a_page_stands_alone_and_fits(
    tabs: Callable[..., Any], pages: dict[str, Path], width: int, scheme: str
) -> None:
    page = tabs(width, scheme=scheme)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for name, path in pages.items():
        page.goto(path.as_uri())
        wide = "[...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        assert page.evaluate(f"{wide}.map(e => e.outerHTML.slice(0, 80))") == [], name
    assert asked == [path.as_uri() for path in pages.values()]
    assert said == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_a_page_is_accessible(tabs: Callable[..., Any], pages: dict[str, Path], width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = tabs(width, scheme=scheme)
    for name, path in pages.items():
        page.goto(path.as_uri())
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == [], name


def test_a_page_needs_no_script_and_loses_nothing_on_paper(tabs: Callable[..., Any], pages: dict[str, Path]) -> None:
    page = tabs(1280)
    for name, path in pages.items():
        page.goto(path.as_uri())
        assert page.locator("script").count() == 0
        on_screen = page.inner_text("body").split()
        page.emulate_media(media="print")
        assert page.inner_text("body").split() == on_screen, name
        page.emulate_media(media="screen")
