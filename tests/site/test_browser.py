"""The site in a real browser, opened from files: search, language, screening, keyboard, accessibility, hostile names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.golden.world import World, run, write_tables
from tests.site.conftest import CLOCKS, SIZES, Browser

KINDS = (
    *("index", "holdings", "searches", "corrections", "company/kr-00124504", "topic/xinjiang-forced-labour"),
    *("entity/mm-moge", "list/us-uflpa", "rule/gas-project-pays-listed-body", "source/reuters-2023-norway-kogas"),
)
SHORT = (
    *("company/kr-00113526", "topic/dprk-forced-labour", "entity/mm-myawaddy-bank", "list/ch-seco"),
    *("rule/gas-project-pays-listed-body", "source/reuters-2023-norway-kogas"),
)
A4 = (688, 1017)
"""The printed part of a page with margins of 14 mm, in pixels of 1/96 inch."""
IDENTIFIERS = ("isin", "stock_code", "dart", "lei", "brn", "crn")
HOSTILE = (
    '<script>alert("x")</script>',
    "가" * 5000,
    "\u202eevil\u2066",
    "=cmd()",
    '"><img src=x onerror=alert(1)>',
    "__proto__",
)


def _screened(tab: Any) -> dict[int, dict[str, str]]:
    """The matched lines of a result by row."""
    tab.wait_for_selector("#result:not([hidden])")
    rows = tab.eval_on_selector_all("#shown tr[data-company]", "rows => rows.map(row => ({...row.dataset}))")
    return {int(row["row"]): row for row in rows}


def _missed(tab: Any) -> dict[int, str]:
    rows = tab.eval_on_selector_all("#shown tr[data-reason]", "rows => rows.map(row => ({...row.dataset}))")
    return {int(row["row"]): row["reason"] for row in rows}


def _pasted(browser: Browser, site: Path, text: str, language: str = "en") -> Any:
    page = site / language / "holdings.html"
    tab = browser.tab if browser.tab.url == page.as_uri() else browser.open(page)
    # The result before stays until the new one is there.
    tab.evaluate("document.getElementById('result').hidden = true")
    tab.fill("#lines", text)
    tab.click("#holdings button[type=submit]")
    tab.wait_for_selector("#result:not([hidden])")
    return tab


def _width(tab: Any) -> int:
    return int(tab.evaluate("document.documentElement.scrollWidth"))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("포스코인터", "POSCO International"),
        ("moge", "Myanma Oil and Gas Enterprise"),
        ("047050", "POSCO International"),
    ],
)
def test_search_finds_companies_and_entities_by_names_in_both_languages(
    browser: Browser, site: Path, typed: str, found: str
) -> None:
    tab = browser.open(site / "en" / "index.html")
    tab.fill("#find", typed)
    tab.click(f"#results li a:has-text('{found}')")
    assert tab.inner_text("h1") == found


def test_search_begun_on_any_page_goes_on_on_the_first(browser: Browser, site: Path) -> None:
    tab = browser.open(site / "ko" / "company" / "kr-00124504.html")
    tab.fill("#find", "KOGAS")
    tab.press("#find", "Enter")
    tab.wait_for_selector("#results li a")
    assert "한국가스공사" in tab.inner_text("#results")


def test_a_company_without_a_finding_is_found_and_not_called_clean(browser: Browser, site: Path) -> None:
    tab = browser.open(site / "en" / "index.html", "?q=Alteogen")
    assert "no clean bill" in tab.inner_text("#results")
    tab.fill("#find", "no such firm anywhere")
    tab.wait_for_selector("#found:has-text('clean bill')")


def test_the_language_switch_leads_to_the_same_page(browser: Browser, site: Path) -> None:
    for page in KINDS:
        tab = browser.open(site / "en" / f"{page}.html")
        tab.click("#language")
        tab.wait_for_url((site / "ko" / f"{page}.html").as_uri())
        assert tab.get_attribute("html", "lang") == "ko"


def test_everything_can_be_done_with_the_keyboard(browser: Browser, site: Path) -> None:
    tab = browser.open(site / "en" / "index.html")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    tab.focus("#find")
    tab.keyboard.type("POSCO International")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.textContent") == "POSCO International"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/company/kr-00124504.html")
    tab = browser.open(site / "en" / "holdings.html")
    tab.focus("#lines")
    tab.keyboard.type("047050; 10 %")
    for _ in range(2):
        tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Screen"
    tab.keyboard.press("Enter")
    assert _screened(tab)[1]["company"] == "kr-00124504"
    assert tab.evaluate("document.activeElement.id") == "result"


def test_screening_in_the_browser_says_what_the_program_says(browser: Browser, site: Path, checkout: Path) -> None:
    """Of every line of the sample portfolio that is matched by an identifier: company, score, band and weight."""
    sample = checkout / "datasets" / "sample" / "portfolio.csv"
    ran = run("screen", sample, "--format", "json", "--quiet", *CLOCKS)
    assert ran.code == 0, ran.err
    expected = {
        line["row"]: (line["company_id"], line["score"], line["band"], pytest.approx(line["weight"], abs=1e-8))
        for line in json.loads(ran.out)["holdings"]
        if line["matched_by"] in IDENTIFIERS
    }
    tab = browser.open(site / "en" / "holdings.html")
    tab.set_input_files("#file", sample)
    screened = _screened(tab)
    said = {
        row: (line["company"], round(float(line["score"]), 1), line["band"], float(line["weight"]))
        for row, line in screened.items()
        if row in expected
    }
    assert len(expected) > 40
    assert said == expected
    by_topic = {
        row["topic"]: float(row["weight"])
        for row in tab.eval_on_selector_all("tr[data-topic]", "rows => rows.map(row => ({...row.dataset}))")
    }
    assert set(by_topic) <= {t["topic"] for t in json.loads(ran.out)["portfolio"]["by_topic"]}


def test_pasted_lines_are_matched_by_code_isin_receipt_corp_code_and_name(browser: Browser, site: Path) -> None:
    lines = (
        "A005930",
        "005930.KS",
        "005935",
        "KR7005930003",
        "00126380",
        "US7960502018",
        "삼성전자(주)",
        "Samsung Electronics Co., Ltd.",
        "삼성전자우",
    )
    tab = _pasted(browser, site, "\n".join(lines))
    assert {row: line["company"] for row, line in _screened(tab).items()} == dict.fromkeys(
        range(1, len(lines) + 1), "kr-00126380"
    )


def test_lines_that_are_not_matched_are_listed_with_their_reasons(browser: Browser, site: Path) -> None:
    text = "name,isin,weight\nSamsung Bioligics,,5%\nApple,US0378331005,10%\n현금,,3%\nKODEX 200,,2%\nNo such firm,,1%\nTotal,,21%\nX,KR7005930004,0%\n"
    tab = _pasted(browser, site, text)
    assert _screened(tab) == {}
    assert _missed(tab) == {2: "near", 3: "foreign", 4: "cash", 5: "fund", 6: "unknown", 7: "total", 8: "check"}
    assert "Samsung Biologics" in tab.inner_text("tr[data-reason=near]")
    assert "They are not clean" in tab.inner_text("#shown")


def test_weights_are_read_as_people_write_them(browser: Browser, site: Path) -> None:
    for text in (
        "code;비중\n005930;12,5\n000660;87,5",
        "005930\t12.5%\n000660\t87.5%",
        "code,weight\n005930,0.125\n000660,0.875",
        '종목코드,평가금액\n005930,"₩1,250"\n000660,"₩8,750"',
    ):
        screened = _screened(_pasted(browser, site, text))
        assert sorted(float(line["weight"]) for line in screened.values()) == [
            pytest.approx(0.125),
            pytest.approx(0.875),
        ], text


@pytest.mark.parametrize(
    "text",
    [
        "Ticker,Side,Weight\n005930,Long,90%\n000660,Short,10%\n005380,Long,20%\n",
        "종목코드,포지션,평가금액\n005930,매수,9000\n000660,매도,1000\n",
        "Ticker,Quantity,Market Value\n005930,10,9000\n000660,-5,1000\n",
        "As of Date,Ticker,Weight\n2026-09-30,005930,60%\n2026-09-30,000660,40%\n2026-10-31,005930,70%\n2026-10-31,000660,30%\n",
        "기준일,종목코드,비중\n20260930,005930,60\n20260930,000660,40\n20261031,005930,70\n20261031,005380,30\n",
        "Lot date,Date,Ticker,Weight\n1,31/08/2026,005930,60%\n2,30/09/2026,000660,40%\n",
        "Ticker,Weight (bps)\n005930,6000\n000660,4000\n",
        "Ticker,Weight ‰\n005930,600\n000660,400\n",
    ],
    ids=[
        "side",
        "포지션",
        "quantity below zero",
        "two month-ends",
        "기준일",
        "lots of several days",
        "basis points",
        "per mille",
    ],
)
def test_shorts_and_several_days_weigh_as_in_the_program(
    browser: Browser, site: Path, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "holdings.csv"
    file.write_text(text, encoding="utf-8")
    ran = run("screen", file, "--format", "json", "--quiet", *CLOCKS)
    expected = {line["row"]: line["weight"] for line in json.loads(ran.out)["holdings"]}
    screened = _screened(_pasted(browser, site, text))
    said = {row: float(line["weight"]) if "weight" in line else None for row, line in screened.items()}
    assert said == {row: weight and pytest.approx(weight) for row, weight in expected.items()}


def test_weights_of_more_than_the_whole_score_as_in_the_program(browser: Browser, site: Path, tmp_path: Path) -> None:
    """The page divided by the weight of the matched lines, the program by that of all; a tiny weight read as 0 %."""
    text = "code,name,weight\n047050,POSCO International,80%\n005930,Samsung Electronics,0.001%\n,Cash,70%\n"
    file = tmp_path / "holdings.csv"
    file.write_text(text, encoding="utf-8")
    expected = json.loads(run("screen", file, "--format", "json", "--quiet", *CLOCKS).out)["portfolio"]["score"]
    tab = _pasted(browser, site, text)
    assert f"Score {expected:.2f} of 100" in tab.inner_text("#shown")
    assert "<0.01 %" in tab.inner_text("#shown")


def test_no_score_is_given_where_no_weight_was_screened(browser: Browser, site: Path) -> None:
    said = _pasted(browser, site, "name,weight\nNo such firm,60\nNor this one,40\n").inner_text("#shown")
    assert "No score: no line with a weight was matched to a Korean company; that is no clean bill." in said
    assert "0.00 of 100" not in said


def _screened_as_by_the_program(browser: Browser, site: Path, folder: Path, text: str) -> set[int]:
    """The rows whose company both the page and the program find, after a check that they find the same."""
    file = folder / "holdings.csv"
    file.write_text(text, encoding="utf-8")
    ran = json.loads(run("screen", file, "--format", "json", "--quiet", *CLOCKS).out)
    screened = _screened(_pasted(browser, site, text))
    expected = {line["row"]: line["company_id"] for line in ran["holdings"]}
    assert {row: line["company"] for row, line in screened.items()} == expected
    return set(expected)


def test_a_code_of_shenzhen_is_none_of_seoul(browser: Browser, site: Path, tmp_path: Path) -> None:
    text = (
        "Ticker,Name,Location,Exchange,Weight\n000100,TCL TECHNOLOGY GROUP CORP A,China,,10\n000100,TCL TECHNOLOGY,,,10\n"
        "000880,WEICHAI HEAVY MACHINERY,,Shenzhen Stock Exchange,10\n000100,YUHAN CORP,Korea (South),,10\n"
        "000880,Hanwha,,KRX,10\n000660,,,,10\n066570,LG전자,,,10\n005380,HYUNDAI MTR CO,,,10\n"
    )
    assert _screened_as_by_the_program(browser, site, tmp_path, text) == {5, 6, 7, 8, 9}
    assert _missed(browser.tab) == {2: "foreign", 3: "unlike", 4: "foreign"}


def test_a_share_of_another_market_is_not_taken_by_its_name(browser: Browser, site: Path, tmp_path: Path) -> None:
    text = (
        "Name,Currency,Exchange,Weight\nOCI,EUR,Euronext Amsterdam,10\nOCI,EUR,,10\nOCI Holdings,KRW,KRX,10\nOCI,,Nasdaq Helsinki,10\n"
        "Orion Corp,TWD,,10\nOrion Corp,USD,,10\nOrion Corp,USD,유가증권(KOSPI),10\nKRW cash,KRW,,1\n"
    )
    assert _screened_as_by_the_program(browser, site, tmp_path, text) == {4, 7, 8}


def test_a_list_of_trades_is_refused(browser: Browser, site: Path) -> None:
    text = "Trade Date,Ticker,Action,Amount\n2026-10-01,005930,BUY,100\n2026-10-02,000660,SELL,200\n"
    tab = browser.open(site / "en" / "holdings.html")
    tab.fill("#lines", text)
    tab.click("#holdings button[type=submit]")
    tab.wait_for_function("document.getElementById('status').textContent.includes('trades')")
    assert not tab.is_visible("#result")


@pytest.mark.parametrize(
    "name",
    [
        "에스케이하이닉스",
        "SK하이닉스보통주",
        "SK hynix (000660)",
        "[000660]SK하이닉스",
        "000660 SK하이닉스",
        "SK hynix Inc COMMON STOCK KRW5000.0",
        "SK HYNIX INC-PREF",
    ],
)
def test_everyday_names_lead_to_their_company(browser: Browser, site: Path, name: str) -> None:
    screened = _screened(_pasted(browser, site, f"종목명;비중\n{name};100"))
    assert [line["company"] for line in screened.values()] == ["kr-00164779"]


@pytest.mark.parametrize("name", ["티피", "Orion Oyj", "대한방직산업개발", "Samsung"])
def test_names_that_are_only_alike_are_never_matched(browser: Browser, site: Path, name: str) -> None:
    assert _screened(_pasted(browser, site, f"name;weight\n{name};100")) == {}


@pytest.mark.parametrize(
    "total", ["소 계", "소계(코스피)", "합  계", "주식 합계", "총 평가금액", "Grand Total", "Summe", "TOTAL EQUITIES"]
)
def test_totals_in_any_language_are_no_holdings(browser: Browser, site: Path, total: str) -> None:
    tab = _pasted(browser, site, f"종목명,평가금액\nSK하이닉스,70\n삼성전자,30\n{total},100")
    assert _missed(tab) == {4: "total"}
    assert sorted(float(line["weight"]) for line in _screened(tab).values()) == [pytest.approx(0.3), pytest.approx(0.7)]


def test_a_number_and_a_name_of_two_companies_are_for_a_person(browser: Browser, site: Path) -> None:
    tab = _pasted(browser, site, "code;name;weight\n000660;삼성전자;50\n005930;삼성전자;50")
    assert (_missed(tab), list(_screened(tab))) == ({2: "clash"}, [3])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", "종목코드\t비중\n000660\t60\n005930\t40\n".encode("utf-16-le")),
        ("b.csv", "종목코드;비중\n000660;60,5\n005930;39,5\n".encode("utf-8-sig")),
        (
            "c.xls",
            "<html><table><tr><td>종목코드</td><td>비중(%)</td></tr><tr><td>000660</td><td>60</td></tr><tr><td>005930</td><td>40<script>alert(1)</script></td></tr></table>".encode(
                "cp949"
            ),
        ),
        ("d.csv", "종목코드,보유,,평가,\n,수량,단가,금액(원),비중(%)\n000660,1,2,3,60\n005930,1,2,3,40\n".encode()),
    ],
)
def test_files_as_brokers_write_them(browser: Browser, site: Path, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    tab = browser.open(site / "ko" / "holdings.html")
    tab.set_input_files("#file", tmp_path / name)
    screened = _screened(tab)
    assert [line["company"] for line in sorted(screened.values(), key=lambda line: line["company"])] == [
        "kr-00126380",
        "kr-00164779",
    ]
    if name != "c.xls":
        assert sum(float(line["weight"]) for line in screened.values()) == pytest.approx(1)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_workbook_and_a_korean_text_file_are_read_like_a_table_of_text(
    browser: Browser, site: Path, tmp_path: Path, language: str
) -> None:
    import xlsxwriter

    rows = [
        ["보유 현황"],
        ["종목코드", "종목명", "비중(%)"],
        ["047050", "포스코인터내셔널", 60],
        ["005930", "삼성전자", 40],
    ]
    book = xlsxwriter.Workbook(tmp_path / "h.xlsx")
    book.add_worksheet("표지").write(0, 0, "운용보고서")
    sheet = book.add_worksheet("보유")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    (tmp_path / "h.csv").write_bytes("\n".join(",".join(map(str, row)) for row in rows).encode("cp949"))
    for name in ("h.xlsx", "h.csv"):
        tab = browser.open(site / language / "holdings.html")
        tab.set_input_files("#file", tmp_path / name)
        screened = _screened(tab)
        assert {row: (line["company"], float(line["weight"])) for row, line in screened.items()} == {
            3: ("kr-00124504", 0.6),
            4: ("kr-00126380", 0.4),
        }


def test_a_file_that_is_no_table_is_refused_in_one_line(browser: Browser, site: Path, tmp_path: Path) -> None:
    tab = browser.open(site / "en" / "holdings.html")
    for name, content, said in (
        ("a.xlsx", b"PK\x03\x04 broken", "not a readable XLSX"),
        ("b.xls", b"\xd0\xcf\x11\xe0", "old Excel file"),
        ("c.csv", b"", "nothing to screen"),
    ):
        (tmp_path / name).write_bytes(content)
        tab.set_input_files("#file", tmp_path / name)
        tab.wait_for_selector(f"#status:has-text('{said}')")
        assert tab.is_hidden("#result")


@pytest.mark.parametrize("browser", [(SIZES["phone"], "light")], indirect=True)
def test_hostile_names_are_shown_and_never_obeyed(browser: Browser, site: Path) -> None:
    quoted = "\n".join('"' + name.replace('"', '""') + '",1%' for name in HOSTILE)
    tab = _pasted(browser, site, f"name,weight\n{quoted}")
    assert tab.locator("#shown script, #shown img").count() == 0
    assert "\u202e" not in tab.inner_text("#shown")
    assert _width(tab) <= SIZES["phone"]
    assert sorted(_missed(tab)) == list(range(2, 2 + len(HOSTILE)))


@pytest.mark.parametrize("browser", [(SIZES["phone"], "light")], indirect=True)
def test_a_site_of_hostile_facts_runs_nothing(browser: Browser, small: World, tmp_path: Path) -> None:
    from tests.golden.world import read_tables

    tables = read_tables()
    for rows in tables.values():
        for number, row in enumerate(rows):
            for column in {"name", "name_ko", "title", "publisher", "summary"} & set(row):
                row[column] = HOSTILE[(number + len(column)) % len(HOSTILE)] if row[column] else row[column]
    write_tables(tmp_path / "datasets", tables, "world.csv")
    made = small.run("site", "--out", tmp_path / "site", "--datasets", tmp_path / "datasets", "--quiet")
    assert made.code == 0, made.err
    for page in sorted((tmp_path / "site" / "en").rglob("*.html"))[::9]:
        tab = browser.open(page)
        assert _width(tab) <= SIZES["phone"], page
        assert tab.locator("main img, main script").count() == 0


@pytest.mark.parametrize("browser", [(SIZES["phone"], "light")], indirect=True)
def test_no_page_is_wider_than_the_screen(browser: Browser, site: Path) -> None:
    for language in ("en", "ko"):
        for page in KINDS:
            tab = browser.open(site / language / f"{page}.html")
            assert _width(tab) <= tab.viewport_size["width"], page


@pytest.mark.parametrize(
    ("browser", "language", "chosen"),
    [
        ((SIZES["desk"], "light"), "en", (*KINDS[:4], *SHORT, "../index")),
        ((SIZES["phone"], "dark"), "ko", ("holdings", *SHORT[:2])),
    ],
    indirect=["browser"],
    ids=["desk-light-en", "phone-dark-ko"],
)
def test_every_kind_of_page_is_accessible(browser: Browser, site: Path, language: str, chosen: tuple[str, ...]) -> None:
    """By axe-core, on short pages of each kind, in light and dark."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    ).Axe()
    for page in chosen:
        tab = browser.open(site / language / f"{page}.html")
        if page == "holdings":
            tab.fill("#lines", "name;weight\nPOSCO International;10%\nSamsung Bioligics;5%\n현금;1%")
            tab.click("#holdings button[type=submit]")
            tab.wait_for_selector("#result:not([hidden])")
        if page == "index":
            tab.fill("#find", "posco")
            tab.wait_for_selector("#results li")
        # axe would fetch the style sheet again, which the page's policy forbids; what passes is not asked for and costs as much again.
        found = axe.run(tab, options={"preload": False, "resultTypes": ["violations"]})
        assert found.violations_count == 0, f"{language}/{page}: {found.generate_report()}"


def test_a_printed_page_hides_its_forms_and_nothing_else(browser: Browser, site: Path) -> None:
    tab = browser.open(site / "en" / "company" / "kr-00124504.html")
    tab.emulate_media(media="print")
    assert tab.is_hidden("header form")
    assert tab.is_visible("main .finding >> nth=0")
    tab.emulate_media(media="screen")


@pytest.mark.parametrize("browser", [(A4[0], "light")], indirect=True)
def test_the_overview_of_the_sample_portfolio_fits_two_sheets_of_paper(
    browser: Browser, checkout: Path, tmp_path: Path
) -> None:
    portfolio, out = checkout / "datasets" / "sample" / "portfolio.csv", tmp_path / "r.html"
    ran = run("screen", portfolio, "--format", "html", "--out", out, "--quiet", *CLOCKS)
    assert ran.code == 0, ran.err
    page = browser.open(out)
    page.emulate_media(media="print")
    overview = page.evaluate("document.querySelector('.companies').getBoundingClientRect().top")
    assert overview <= 2 * A4[1]
