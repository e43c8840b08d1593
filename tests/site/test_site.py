"""The site as files: complete, the same each time, harmless, whole or not there."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import msgspec
import polars as pl
import pytest
from lxml import html

from screener.errors import ScreenerError
from screener.report.document import Document
from screener.report.sentences import status_with_day
from screener.report.wording import wording
from screener.site.folder import check_folder, write_folder
from screener.site.pages import file_name
from tests.golden.world import World
from tests.hostile.test_escaping import HOSTILE
from tests.site.conftest import CLOCKS

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"
LARGEST = 50_000_000


class Page:
    """What a page refers to, and what in it could act."""

    def __init__(self, path: Path) -> None:
        self.path = path
        root = html.document_fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
        self.tags: list[tuple[str, dict[str, str]]] = [
            (node.tag, dict(node.attrib)) for node in root.iter() if isinstance(node.tag, str)
        ]

    def local(self) -> set[str]:
        """The files that it leads to."""
        written = {
            attributes[name] for _, attributes in self.tags for name in ("href", "src", "action") if name in attributes
        }
        found = set()
        for address in map(urlsplit, written):
            if address.path and not address.scheme:
                found.add(os.path.normpath(self.path.parent / unquote(address.path)))
        return found


@pytest.fixture(scope="module")
def pages(site: Path) -> list[Page]:
    return [Page(path) for path in sorted(site.rglob("*.html"))]


@pytest.fixture(scope="module")
def small_site(small: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "site"
    made = small.run("site", "--out", folder, "--quiet")
    assert made.code == 0, made.err
    return folder


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_the_same_facts_give_the_same_bytes(small: World, small_site: Path, tmp_path: Path) -> None:
    assert small.run("site", "--out", tmp_path / "again", "--quiet").code == 0
    assert _bytes(small_site) == _bytes(tmp_path / "again")


def test_the_base_fits_the_budget(site: Path) -> None:
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) <= LARGEST


def test_every_link_leads_to_a_page(pages: list[Page]) -> None:
    leading = {target: page.path.name for page in pages for target in page.local()}
    assert len(leading) > len(pages)
    assert {(name, target) for target, name in leading.items() if not os.path.isfile(target)} == set()


def test_every_page_stands_in_both_languages(site: Path) -> None:
    english, korean = (
        {p.relative_to(site / lang) for p in (site / lang).rglob("*") if p.is_file()} for lang in ("en", "ko")
    )
    assert english == korean
    assert {path.parts[0] for path in english} >= {
        "company",
        "topic",
        "rule",
        "source",
        "entity",
        "list",
        "holdings.html",
        "feed.xml",
    }


def test_no_page_can_run_or_load_anything_of_others(pages: list[Page]) -> None:
    for page in pages:
        policies = [
            a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policies == [POLICY], page.path
        for tag, attributes in page.tags:
            assert tag not in ("style", "iframe", "object", "embed", "base", "img"), page.path
            assert not [name for name in attributes if name.startswith("on") or name == "style"], page.path
            if tag == "script":
                assert re.fullmatch(r"(\.\./)+assets/[a-z]+\.js", attributes["src"] or ""), page.path
            if (attributes.get("href") or "").startswith("http"):
                assert tag == "a"
                assert "noreferrer" in (attributes["rel"] or "")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_name_that_both_languages_write_alike_is_printed_once(site: Path, language: str) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (site / language).rglob("*.html"))
    assert 'KT&amp;G</a> <span class="soft">033780</span>' in text
    assert '<h1>KT&amp;G</h1>\n<p class="soft">033780' in text


def test_the_data_files_of_a_page_are_documents(site: Path) -> None:
    for path in sorted((site / "en").rglob("*.json")):
        document = msgspec.json.decode(path.read_bytes(), type=Document)
        (company,) = document.companies
        assert company.company_id == path.stem
        assert not document.manifest.sources, "they are with the findings"
        assert {rule.id for rule in document.manifest.rules} == {finding.rule for finding in company.findings}
    for path in sorted((site / "en" / "topic").glob("*.csv")):
        found = pl.read_csv(path)
        assert set(found["topic"]) <= {path.stem}
        page = path.with_suffix(".html").read_text(encoding="utf-8")
        assert all(f"company/{company}.html" in page for company in found["company_id"].unique())


def test_every_company_with_a_finding_has_a_page_with_all_its_findings(site: Path) -> None:
    for path in sorted((site / "ko" / "company").glob("*.json")):
        (company,) = msgspec.json.decode(path.read_bytes(), type=Document).companies
        page = path.with_suffix(".html").read_text(encoding="utf-8")
        assert all(f'id="{finding.finding_id}"' in page for finding in company.findings)
        assert page.count('<blockquote class="answer">') == sum(len(topic.answers) for topic in company.topics)


def test_a_page_on_a_body_says_how_its_own_ties_stand(site: Path) -> None:
    """What goes on elsewhere is not shown as a tie to the body, and what an affiliate did is not the company's."""
    path = site / "en" / "company" / "kr-00124504.json"
    (company,) = msgspec.json.decode(path.read_bytes(), type=Document).companies
    met = company.findings_at("mm-mehl")
    assert re.search(r"\d active", company.headline_status or "")
    assert {finding.status for finding in met} == {"ended"}
    said = status_with_day(met, wording("en"))
    last = (site / "en" / "entity" / "mm-mehl.html").read_text(encoding="utf-8").rpartition("<ul>")[2]
    assert f'POSCO International</a> <span class="soft">({said}' in last
    topic = (site / "en" / "topic" / "myanmar-gas.html").read_text(encoding="utf-8")
    assert re.search(r">–</td><th[^>]*>[^\n]*POSCO DX[^\n]*\(group\)</th>", topic)


def test_what_was_looked_for_is_listed_and_not_called_clean(site: Path, checkout: Path) -> None:
    page = (site / "en" / "searches.html").read_text(encoding="utf-8")
    assert "Not found is not clean" in page
    searches = pl.read_csv(checkout / "datasets" / "search" / "*.csv", infer_schema=False)
    assert page.count('class="search"') == searches.filter(pl.col("searched_on") <= CLOCKS[-1]).height


def test_how_to_have_this_corrected_says_what_the_notice_says(site: Path, checkout: Path) -> None:
    notice = " ".join((checkout / "NOTICE.md").read_text(encoding="utf-8").split())
    text = json.dumps(_texts("corrections"), ensure_ascii=False)
    for sentence in re.findall(
        r"(?:- |3\. )?(A (?:fact|tie|plain denial|wrong match)[^.]*\.|Corrections come before[^.]*\.)",
        notice.split("## For those who are named")[1],
    ):
        assert sentence in text, "change reports/text/site.en.toml (and its Korean twin) as NOTICE.md was changed"


def _texts(section: str) -> dict[str, str]:
    from screener.report.wording import wording

    return wording("en", "site").section(section)


# --- the feed -----------------------------------------------------------------------------------------


def _items(feed: Path) -> list[dict[str, str]]:
    return [{part.tag: part.text or "" for part in item} for item in ElementTree.parse(feed).iter("item")]


def test_without_a_run_the_feed_tells_the_newest_evidence(site: Path) -> None:
    items = _items(site / "en" / "feed.xml")
    assert items
    assert all((site / "en" / item["link"]).is_file() for item in items)
    assert len({item["guid"] for item in items}) == len(items)


def test_the_feed_tells_the_changes_of_a_run(small: World, small_site: Path, tmp_path: Path) -> None:
    company = next((small_site / "en" / "company").glob("*.json")).stem
    columns = {
        "company_id": company,
        "topic": "myanmar-gas",
        "finding_id": "f-1",
        "before": 10.0,
        "after": 20.0,
        "cause": "new_evidence",
        "detail": "<b>two</b> new sources",
    }
    (tmp_path / "run").mkdir()
    pl.DataFrame([columns]).write_parquet(tmp_path / "run" / "changes.parquet")
    made = small.run(
        "site",
        "--out",
        tmp_path / "site",
        "--quiet",
        "--previous",
        tmp_path / "run",
        "--address",
        "https://example.org/s/",
    )
    assert made.code == 0, made.err
    (item,) = _items(tmp_path / "site" / "ko" / "feed.xml")
    assert "새로운 증거" in item["description"]
    assert "<b>two</b>" in item["description"]
    assert item["link"] == f"https://example.org/s/ko/company/{company}.html"


def test_a_run_without_changes_is_refused_in_one_line(small: World, tmp_path: Path) -> None:
    made = small.run("site", "--out", tmp_path / "site", "--previous", tmp_path)
    assert made.code == 2
    assert "the folder holds no changes" in made.err
    assert not (tmp_path / "site").exists()


# --- the folder ---------------------------------------------------------------------------------------


def test_an_earlier_site_is_replaced_and_other_folders_are_left_alone(tmp_path: Path) -> None:
    first = [("manifest.json", b"{}"), ("assets/a.js", b"1"), ("en/old.html", b"old")]
    write_folder(tmp_path / "site", first)
    write_folder(tmp_path / "site", first[:2])
    assert sorted(_bytes(tmp_path / "site")) == ["assets/a.js", "manifest.json"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    with pytest.raises(ScreenerError, match="holds other things"):
        check_folder(tmp_path / "mine")
    with pytest.raises(ScreenerError, match="not a folder"):
        check_folder(tmp_path / "mine" / "letter.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "site"]


def test_a_run_that_breaks_off_leaves_the_old_site_and_nothing_else(tmp_path: Path) -> None:
    write_folder(tmp_path / "site", [("manifest.json", b"old"), ("assets/a.js", b"1")])

    def broken() -> Iterator[tuple[str, bytes]]:
        yield "manifest.json", b"new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path / "site", broken())
    assert (tmp_path / "site" / "manifest.json").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    def full() -> Iterator[tuple[str, bytes]]:
        yield "manifest.json", b"new"
        raise OSError(28, "No space left on device")

    with pytest.raises(ScreenerError, match="the disk is full"):
        write_folder(tmp_path / "site", full())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", [*HOSTILE.values(), "../../etc/passwd", "a/b", ".", "..", "", "CON", "x" * 5000])
def test_no_id_leaves_its_folder(key: str) -> None:
    name = file_name(key)
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,99}", name)
    assert ".." not in name
    assert file_name("mm-moge") == "mm-moge"
    assert file_name(key + "x") != name


def test_the_clocks_hold_for_the_site(small: World, tmp_path: Path) -> None:
    """A day before everything: no finding, and pages all the same."""
    made = small.run(
        "site", "--out", tmp_path / "site", "--quiet", clocks=("--as-of", "1990-01-01", "--known-at", "1990-01-01")
    )
    assert made.code == 0, made.err
    assert "1990-01-01" in (tmp_path / "site" / "en" / "index.html").read_text(encoding="utf-8")
    assert list((tmp_path / "site" / "en" / "company").glob("*.html")) == []


def test_the_index_of_companies_is_plain_data(site: Path) -> None:
    text = (site / "assets" / "companies.js").read_text(encoding="utf-8")
    data = json.loads(text.removeprefix("window.screenerIndex = ").removesuffix(";\n"))
    assert data["asOf"] == CLOCKS[1]
    assert len(data["companies"]) > 2500
    assert all(company[5] == -1 or 0 <= company[5] < len(data["companies"]) for company in data["companies"])


def test_companies_of_a_topic_stand_in_the_order_of_their_ranks(site: Path) -> None:
    for path in (site / "en" / "topic").glob("*.html"):
        ranks = [int(rank) for rank in re.findall(r'<tr><td class="n">(\d+)</td>', path.read_text(encoding="utf-8"))]
        assert ranks == sorted(ranks), path.name
