"""The workbook for a committee (XlsxWriter): cover, summary with charts, a sheet per table; data is no formula."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import xlsxwriter

from screener.report import document as doc
from screener.report.sentences import contact_words, lists_words, remark_words, topic_words, verdict_words
from screener.report.wording import BAND_MARKS, Wording

_LONGEST: Final = 32_000  # letters in a cell; Excel takes 32,767
_LONGEST_LINK: Final = 2_000
_MOST_LINKS: Final = 60_000  # on a sheet; Excel takes 65,530
# Fill and ink of a band; the word stands in the cell, so that colour is never the only signal.
_BAND_COLOURS: Final = {
    "severe": ("#8f1d21", "#ffffff"),
    "high": ("#e7894f", "#000000"),
    "elevated": ("#f2cf7a", "#000000"),
    "low": ("#bcdcea", "#000000"),
    "none": ("#eceff1", "#000000"),
}
_NUMBERS: Final = {
    "score": "0.0",
    "number": "#,##0",
    "dollars": '#,##0 "USD"',
    "percent": "0.00%",
    "fraction": "0.0000",
    "day": "yyyy-mm-dd",
}
_WRAPPED: Final = ("text", "link", "band")

# heading (key below `columns`), width, kind of cell, what stands in it
Column = tuple[str, int, str, Callable[[Any], Any]]


def workbook_bytes(d: doc.Document, w: Wording) -> bytes:
    """The document as the bytes of a workbook; the same document gives the same bytes."""
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(buffer, options | {"nan_inf_to_errors": True}) as book:
        # The file's own date is the document's, so that the bytes do not depend on the day of writing.
        book.set_properties({"title": d.title[:255], "created": dt.datetime(d.as_of.year, d.as_of.month, d.as_of.day)})
        _Book(book, d, w).write()
    return buffer.getvalue()


@dataclass(frozen=True)
class _Held:
    """A company's finding, source or answer with the company it belongs to."""

    company: doc.Company
    item: Any
    beside: Any = None


class _Book:
    def __init__(self, book: Any, d: doc.Document, w: Wording) -> None:
        self.book, self.d, self.w = book, d, w
        plain = {"valign": "top", "font_size": 10}
        self.formats = {
            name: book.add_format(plain | {"text_wrap": name in _WRAPPED} | _number_format(name))
            for name in ("text", "link", "row", *_NUMBERS)
        }
        self.formats["head"] = book.add_format(
            {
                "bold": True,
                "bg_color": "#2b3640",
                "font_color": "#ffffff",
                "text_wrap": True,
                "valign": "top",
                "font_size": 10,
            }
        )
        self.formats["title"] = book.add_format({"bold": True, "font_size": 16})
        self.formats["strong"] = book.add_format({"bold": True, "valign": "top", "font_size": 10})
        self.formats["link"].set_font_color("#1d4f91")
        self.bands = {
            band: book.add_format(plain | {"bg_color": fill, "font_color": ink, "bold": True})
            for band, (fill, ink) in _BAND_COLOURS.items()
        }

    def write(self) -> None:
        d, w = self.d, self.w
        self.cover()
        if d.portfolio:
            self.summary(d.portfolio)
        self.companies()
        if d.portfolio:
            self.holdings()
        self.findings()
        self.evidence()
        self.answers()
        if d.portfolio:
            self.regulation(d.portfolio)
            self.unmatched()
        if d.since:
            self.changes(d.since)
        self.method()
        self.book.get_worksheet_by_name(w("workbook.cover")).activate()

    # --- sheets ---------------------------------------------------------------------------------------

    def cover(self) -> None:
        d, w = self.d, self.w
        sheet = self.sheet("cover", landscape=False)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 74)
        sheet.write_string(0, 0, d.title[:_LONGEST], self.formats["title"])
        rows = [
            (w("workbook.portfolio"), d.portfolio.name if d.portfolio else ""),
            (w("workbook.as_of"), w.day(d.as_of)),
            (w("workbook.known_at"), w.day(d.known_at)),
            (w("workbook.method"), f"{d.manifest.method}, SHA-256 {d.manifest.method_sha256}"),
            ("", w("head.method", method=d.manifest.method, rules=len(d.manifest.rules))),
            *((w("portfolio.notes") if not n else "", note) for n, note in enumerate(d.notes)),
            *((w("workbook.how_to_read") if not n else "", line) for n, line in enumerate(w.lines("workbook.how"))),
            ("", d.notice),
            ("", lists_words(d.lists, w)),
        ]
        for number, (head, text) in enumerate((row for row in rows if row[1]), 2):
            sheet.write_string(number, 0, head, self.formats["strong"])
            sheet.write_string(number, 1, text[:_LONGEST], self.formats["text"])

    def summary(self, p: doc.Portfolio) -> None:
        w = self.w
        sheet = self.sheet("summary")
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 6, 15)
        sheet.write_string(0, 0, w("workbook.summary"), self.formats["title"])
        sheet.write_string(1, 0, w("portfolio.lines", lines=p.lines, matched=p.matched), self.formats["row"])
        row = 2
        if p.weighted:
            parts = [f"{w.label('portfolio.outcome', k)} {w.percent(v)}" for k, v in p.weights.items() if v]
            sheet.write_string(row, 0, w("portfolio.weights", parts=", ".join(parts)), self.formats["row"])
            sheet.write_string(row + 1, 0, w("portfolio.score", score=f"{p.score:.2f}"), self.formats["strong"])
            row += 2
        if p.benchmark:
            b = p.benchmark
            said = w("portfolio.benchmark", name=b.name, score=f"{b.score:.2f}", active=f"{b.active_score:+.2f}")
            sheet.write_string(row, 0, said, self.formats["strong"])
            row += 1
        by_topic: list[Column] = [("topic", 34, "text", lambda t: t.name)]
        by_topic += [("weight", 15, "percent", lambda t: t.weight_exposed)] if p.weighted else []
        if p.benchmark:
            by_topic += [("benchmark", 15, "percent", lambda t: t.benchmark_weight)]
            by_topic += [("active", 15, "percent", lambda t: t.active_weight)]
        by_topic += [("holdings", 15, "number", lambda t: t.holdings)]
        by_topic += [("attributed", 15, "dollars", lambda t: t.attributed_usd)]
        sheet.write_string(row + 1, 0, w("portfolio.by_topic"), self.formats["strong"])
        first = row + 3
        row = self.table(sheet, row + 2, by_topic, p.by_topic)
        self.chart(sheet, "chart.exposure", (first, row - 1), 1, "#525d67", "I2", percent=p.weighted)
        by_band: list[Column] = [
            ("band", 34, "band", lambda b: b.band),
            ("weight", 15, "percent", lambda b: b.weight),
            ("holdings", 15, "number", lambda b: b.holdings),
        ]
        sheet.write_string(row + 1, 0, w("portfolio.by_band"), self.formats["strong"])
        first = row + 3
        row = self.table(sheet, row + 2, by_band, p.by_band)
        colours = [_BAND_COLOURS[b.band][0] for b in p.by_band]
        self.chart(sheet, "chart.bands", (first, row - 1), 1 if p.weighted else 2, colours, "I18", percent=p.weighted)
        contributors = sorted(
            (c for c in self.d.exposed if c.contribution), key=lambda c: (-(c.contribution or 0), c.company_id)
        )
        contribution: list[Column] = [
            ("company", 34, "text", self.name),
            ("contribution", 15, "score", lambda c: c.contribution),
            ("score", 15, "score", lambda c: c.score),
            ("weight", 15, "percent", lambda c: c.weight),
        ]
        if contributors:
            sheet.write_string(row + 1, 0, w("chart.contribution"), self.formats["strong"])
            first = row + 3
            row = self.table(sheet, row + 2, contribution, contributors[:12])
            self.chart(sheet, "chart.contribution", (first, row - 1), 1, "#1d6080", "I34")
        if p.benchmark and p.benchmark.drivers:
            drivers: list[Column] = [
                ("company", 34, "text", lambda r: r.name),
                ("contribution", 15, "score", lambda r: r.difference),
                ("score", 15, "score", lambda r: r.score),
                ("weight", 15, "percent", lambda r: r.weight),
                ("benchmark", 15, "percent", lambda r: r.benchmark_weight),
            ]
            sheet.write_string(row + 1, 0, w("portfolio.drivers"), self.formats["strong"])
            self.table(sheet, row + 2, drivers, p.benchmark.drivers)

    def companies(self) -> None:
        w = self.w
        columns: list[Column] = [
            ("company", 30, "text", self.name),
            ("name_ko", 22, "text", lambda c: c.name_ko),
            ("code", 9, "text", lambda c: c.stock_code),
            ("isin", 15, "text", lambda c: c.isin),
            ("score", 8, "score", lambda c: c.score),
            ("band", 16, "band", lambda c: c.band),
            ("confidence", 11, "fraction", lambda c: c.confidence),
            ("status", 24, "text", lambda c: c.headline_status),
            ("topics", 40, "text", lambda c: ", ".join(f"{t.label} {t.score:.1f}" for t in c.topics)),
            ("rank", 40, "text", lambda c: "; ".join(f"{t.name}: {topic_words(t, w)}" for t in c.topics)),
            ("note", 40, "text", lambda c: self.beside_the_score(c)),
        ]
        if self.d.portfolio:
            columns.insert(4, ("weight", 10, "percent", lambda c: c.weight))
        self.full_sheet("companies", columns, self.d.exposed or self.d.companies)

    def holdings(self) -> None:
        companies = {c.company_id: c for c in self.d.companies}
        columns: list[Column] = [
            ("row", 7, "text", lambda line: line.place),
            ("written", 34, "text", lambda line: line.written),
            ("company", 28, "text", lambda line: self.name(companies[line.company_id])),
            ("code", 9, "text", lambda line: companies[line.company_id].stock_code),
            ("weight", 10, "percent", lambda line: line.weight),
            ("value", 16, "number", lambda line: line.value),
            ("currency", 9, "text", lambda line: line.currency),
            ("score", 8, "score", lambda line: line.score),
            ("band", 16, "band", lambda line: line.band),
            ("status", 24, "text", lambda line: companies[line.company_id].headline_status),
            ("matched_by", 12, "text", lambda line: line.matched_by),
            ("match_score", 9, "fraction", lambda line: line.match_score),
            ("note", 40, "text", lambda line: line.note),
        ]
        self.full_sheet("holdings", columns, self.d.holdings)

    def findings(self) -> None:
        columns: list[Column] = [
            ("company", 26, "text", lambda h: self.name(h.company)),
            ("topic", 20, "text", lambda h: self.w.label("topics", h.item.topic)),
            ("status", 24, "text", lambda h: h.item.status_words),
            ("rule", 30, "text", lambda h: h.item.title + "".join(f" ({r})" for r in h.item.remarks)),
            ("path", 70, "text", lambda h: _path(h.item)),
            ("summary", 50, "text", lambda h: h.item.summary),
            ("anchor", 26, "text", lambda h: h.item.anchor),
            ("exposure", 10, "fraction", lambda h: h.item.exposure),
            ("confidence", 11, "fraction", lambda h: h.item.confidence),
            ("counted", 8, "text", lambda h: self.w("columns.yes" if h.item.included_in_topic_score else "columns.no")),
            ("attributed", 14, "dollars", lambda h: h.item.amount_usd),
            ("finding", 16, "text", lambda h: h.item.finding_id),
        ]
        if self.d.kind == "explain":
            columns.append(("parameter", 70, "text", lambda h: _factors(h.item)))
        self.full_sheet("findings", columns, [_Held(c, f) for c in self.d.companies for f in c.findings])

    def evidence(self) -> None:
        w = self.w
        columns: list[Column] = [
            ("company", 24, "text", lambda h: self.name(h.company)),
            ("finding", 16, "text", lambda h: h.beside.finding_id),
            ("publisher", 26, "text", lambda h: h.item.publisher),
            ("title", 50, "text", lambda h: h.item.title),
            ("published", 12, "text", lambda h: w.day(h.item.published_on)),
            ("read", 12, "day", lambda h: h.item.retrieved_on),
            ("grade", 7, "text", lambda h: h.item.grade),
            ("link", 50, "link", lambda h: h.item.url),
            ("copy_of", 40, "text", lambda h: h.item.copy_of),
        ]
        rows = [_Held(c, s, f) for c in self.d.companies for f in c.findings for s in f.evidence]
        self.full_sheet("evidence", columns, rows)

    def answers(self) -> None:
        w = self.w

        def said(h: _Held) -> str:
            return w("answers.observation") if isinstance(h.item, doc.Observation) else str(h.item.words)

        columns: list[Column] = [
            ("company", 24, "text", lambda h: self.name(h.company)),
            ("topic", 20, "text", lambda h: h.beside.name),
            ("speaker", 26, "text", lambda h: getattr(h.item, "speaker", None) or f"({h.item.about})"),
            ("kind", 18, "text", said),
            ("day", 12, "text", lambda h: w.day(getattr(h.item, "stated_on", None) or h.item.observed_on)),
            ("text", 70, "text", lambda h: h.item.summary),
            ("source", 40, "text", lambda h: "; ".join(f"{s.publisher}, {s.title}" for s in h.item.sources)),
            ("link", 50, "link", lambda h: h.item.sources[0].url if h.item.sources else None),
        ]
        rows = [_Held(c, item, t) for c in self.d.companies for t in c.topics for item in [*t.answers, *t.observations]]
        self.full_sheet("answers", columns, rows)

    def regulation(self, p: doc.Portfolio) -> None:
        w = self.w
        columns: list[Column] = [
            ("indicator", 60, "text", lambda i: i.name),
            ("weight", 12, "percent", lambda i: i.weight),
            ("holdings", 10, "number", lambda i: i.companies),
            ("note", 70, "text", lambda i: i.words),
        ]
        sheet, last = self.full_sheet("regulation", columns, p.indicators)
        sheet.write_string(last, 0, w("regulation.note", covered=_covered(p, w)), self.formats["text"])
        products: list[Column] = [
            ("product", 60, "text", lambda h: h.product),
            ("weight", 12, "percent", lambda h: h.weight),
            ("hs_code", 10, "text", lambda h: h.hs_code),
            ("company", 70, "text", lambda h: ", ".join(h.companies)),
            ("origin", 12, "text", lambda h: h.origin_region),
            ("law", 30, "text", lambda h: ", ".join(w(f"regulation.{law}") for law in h.laws)),
        ]
        sheet.write_string(last + 2, 0, w("regulation.products"), self.formats["strong"])
        self.table(sheet, last + 3, products, p.products)

    def unmatched(self) -> None:
        columns: list[Column] = [
            ("row", 7, "text", lambda line: line.place),
            ("written", 40, "text", lambda u: u.written),
            ("weight", 10, "percent", lambda u: u.weight),
            ("why", 60, "text", lambda u: u.reason_words + (f": {u.detail}" if u.detail else "")),
            ("proposal", 50, "text", lambda u: ", ".join(f"{c.name} ({c.score:.2f})" for c in u.candidates[:3])),
        ]
        sheet, last = self.full_sheet("unmatched", columns, self.d.unmatched)
        remarks = [self.w("remarks.line", row=r.row, text=remark_words(r, self.w)) for r in self.d.set_aside]
        for number, text in enumerate([self.w("remarks.heading"), *remarks] if remarks else [], last + 1):
            sheet.write_string(number, 1, text[:_LONGEST], self.formats["row"])

    def changes(self, since: doc.Since) -> None:
        columns: list[Column] = [
            ("company", 26, "text", lambda c: c.company),
            ("topic", 20, "text", lambda c: c.topic),
            ("cause", 20, "text", lambda c: c.cause_words),
            ("before", 9, "score", lambda c: c.before),
            ("after", 9, "score", lambda c: c.after),
            ("rule", 34, "text", lambda c: c.rule),
            ("anchor", 30, "text", lambda c: c.anchor_id),
            ("detail", 60, "text", lambda c: c.detail),
            ("finding", 16, "text", lambda c: c.finding_id),
        ]
        sheet, last = self.full_sheet("changes", columns, since.changes)
        sheet.write_string(last, 0, since.words, self.formats["row"])

    def method(self) -> None:
        d, w = self.d, self.w
        columns: list[Column] = [
            ("section", 20, "text", lambda r: r[0]),
            ("parameter", 40, "text", lambda r: r[1]),
            ("value", 70, "text", lambda r: r[2]),
        ]
        rows = [("program", "version", d.manifest.version), ("method", d.manifest.method, d.manifest.method_sha256)]
        rows += [
            (section, name, f"{value:g}")
            for section, values in (d.parameters or {}).items()
            if isinstance(values, dict)
            for name, value in values.items()
        ]
        rows += [("list", one.name, one.words) for one in d.lists]
        rows += [("rule", rule.id, rule.sha256) for rule in d.manifest.rules]
        rows += [("dataset", file.id, file.sha256) for file in d.manifest.datasets]
        sheet, last = self.full_sheet("method", columns, rows)
        sheet.write_string(last + 1, 0, w("foot.grades"), self.formats["row"])

    # --- parts ----------------------------------------------------------------------------------------

    def name(self, c: doc.Company) -> str:
        return self.w.name(c.name, c.name_ko)

    def beside_the_score(self, c: doc.Company) -> str:
        """Outside verdicts and requests for an answer."""
        said = [f"{self.w('verdicts.heading')}: {verdict_words(v, self.w)}" for v in c.verdicts]
        return "; ".join([*said, *(contact_words(contact, self.w) for contact in c.contacts)])

    def sheet(self, key: str, *, landscape: bool = True) -> Any:
        sheet = self.book.add_worksheet(self.w(f"workbook.{key}"))
        sheet.set_paper(9)  # A4
        if landscape:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_footer(f"&L&8{_footer(self.d.title)}&R&8{self.w('workbook.page')}")
        return sheet

    def full_sheet(self, key: str, columns: Sequence[Column], rows: Sequence[Any]) -> tuple[Any, int]:
        """A sheet with one table from its first row: frozen heading, filter, heading on every printed page."""
        sheet = self.sheet(key)
        for number, (_, width, _, _) in enumerate(columns):
            sheet.set_column(number, number, width)
        last = self.table(sheet, 0, columns, rows)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, max(last - 1, 0), len(columns) - 1)
        return sheet, last

    def table(self, sheet: Any, top: int, columns: Sequence[Column], rows: Iterable[Any]) -> int:
        """Writes a heading and rows; returns the row after the last."""
        for number, (key, _, _, _) in enumerate(columns):
            sheet.write_string(top, number, self.w(f"columns.{key}"), self.formats["head"])
        row = top
        for row, item in enumerate(rows, top + 1):
            for number, (_, _, kind, value) in enumerate(columns):
                self.cell(sheet, row, number, kind, value(item))
        return row + 1

    def cell(self, sheet: Any, row: int, column: int, kind: str, value: Any) -> None:
        if value is None or value == "":
            return
        if kind == "band":
            sheet.write_string(row, column, f"{BAND_MARKS[value]} {self.w.label('bands', value)}", self.bands[value])
        elif kind == "day":
            sheet.write_datetime(row, column, dt.datetime(value.year, value.month, value.day), self.formats["day"])
        elif (
            kind == "link"
            and value.startswith(("https://", "http://"))
            and len(value) < _LONGEST_LINK
            and row < _MOST_LINKS
        ):
            sheet.write_url(row, column, value, self.formats["link"], value)
        elif kind in _NUMBERS:
            sheet.write_number(row, column, value, self.formats[kind])
        else:
            sheet.write_string(row, column, str(value)[:_LONGEST], self.formats["text"])

    def chart(
        self,
        sheet: Any,
        title: str,
        rows: tuple[int, int],
        column: int,
        colours: str | list[str],
        at: str,
        *,
        percent: bool = False,
    ) -> None:
        """A native bar chart of a column against the first."""
        first, last = rows
        if last < first:
            return
        chart = self.book.add_chart({"type": "bar"})
        name = sheet.get_name()
        series: dict[str, Any] = {
            "categories": [name, first, 0, last, 0],
            "values": [name, first, column, last, column],
            "gap": 40,
            "data_labels": {"value": True, "num_format": "0.0%" if percent else "0.0"},
        }
        if isinstance(colours, str):
            series["fill"] = {"color": colours}
        else:
            series["points"] = [{"fill": {"color": colour}} for colour in colours]
        chart.add_series(series)
        chart.set_title({"name": self.w(title), "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True, "num_font": {"size": 9}})
        chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
        chart.set_size({"width": 520, "height": 300})
        sheet.insert_chart(at, chart, {"description": self.w(title)})


def _number_format(name: str) -> dict[str, str]:
    return {"num_format": _NUMBERS[name]} if name in _NUMBERS else {}


def _covered(p: doc.Portfolio, w: Wording) -> str:
    return w.percent(p.weights.get("matched", 0.0))


def _path(f: doc.Finding) -> str:
    return "\n".join(f"{n}. {s.sentence}" + (f" ({s.notes})" if s.notes else "") for n, s in enumerate(f.path, 1))


def _factors(f: doc.Finding) -> str:
    return (
        "\n".join(f"{x.label} {x.value:.4f} {x.note}".rstrip() for x in f.explanation.factors) if f.explanation else ""
    )


def _footer(title: str) -> str:
    """The title as a footer takes it: `&` begins a code there, and 255 letters are the most."""
    return title.replace("&", "&&")[:120]
