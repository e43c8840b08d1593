"""The workbook for a committee (XlsxWriter): cover, summary with charts, a sheet per table; data never runs."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import xlsxwriter

from screener.report import document as doc
from screener.report import sentences
from screener.report.wording import Wording

_LONGEST: Final = 32_000  # letters in a cell; Excel takes 32,767
_LONGEST_LINK: Final = 2_000
_MOST_LINKS: Final = 60_000  # on a sheet; Excel takes 65,530
_MOST_CONTRIBUTORS: Final = 12
_LINE: Final = 13  # points that a line of a wrapped cell takes
_HIGHEST: Final = 409  # points of a row, Excel's most
# Fill and ink of a band; the cell has the word, so that colour is never the only signal.
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
_CELL: Final = {"valign": "top", "font_size": 10}
_STRONG: Final = _CELL | {"bold": True}
_FORMATS: Final[dict[str, dict[str, Any]]] = {
    "text": _CELL | {"text_wrap": True},
    "link": _CELL | {"text_wrap": True, "font_color": "#1d4f91"},
    "row": _CELL,
    **{name: _CELL | {"num_format": pattern} for name, pattern in _NUMBERS.items()},
    "head": _STRONG | {"bg_color": "#2b3640", "font_color": "#ffffff", "text_wrap": True},
    "title": {"bold": True, "font_size": 16},
    "strong": _STRONG,
    **{band: _STRONG | {"bg_color": fill, "font_color": ink} for band, (fill, ink) in _BAND_COLOURS.items()},
}

# heading (key below `columns`), width, kind of cell, its value
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


class _Book:
    """Writes sheet after sheet, from the top: `row` is the next free row of `sheet`."""

    def __init__(self, book: Any, d: doc.Document, w: Wording) -> None:
        self.book, self.d, self.w = book, d, w
        self.formats = {name: book.add_format(cell) for name, cell in _FORMATS.items()}
        self.sheet: Any = None
        self.widths: Sequence[int] = ()
        self.row = 0

    def write(self) -> None:
        d, p = self.d, self.d.portfolio
        self.cover()
        if p:
            self.summary(p)
        self.companies()
        if p:
            self.holdings()
        self.findings()
        self.evidence()
        self.answers()
        self.verdicts()
        if p:
            self.regulation(p)
            self.unmatched()
        if d.since:
            self.changes(d.since)
        self.method()
        self.book.get_worksheet_by_name(self.w("workbook.cover")).activate()

    def cover(self) -> None:
        d, w = self.d, self.w
        self.begin("cover", (22, 74), landscape=False)
        self.sheet.hide_gridlines(2)
        self.line(d.title, "title")
        how = w.lines("workbook.how")
        rows = [
            (w("workbook.portfolio"), d.portfolio.name if d.portfolio else ""),
            (w("workbook.as_of"), w.day(d.as_of)),
            (w("workbook.known_at"), w.day(d.known_at)),
            (w("workbook.method"), f"{d.manifest.method}, SHA-256 {d.manifest.method_sha256}"),
            ("", w("head.method", method=d.manifest.method, rules=len(d.manifest.rules))),
            *zip([w("portfolio.notes"), *[""] * len(d.notes)], d.notes, strict=False),
            *zip([w("workbook.how_to_read"), *[""] * len(how)], how, strict=False),
            ("", d.notice),
            ("", sentences.lists_words(d.lists, w)),
        ]
        self.row += 1
        for head, text in rows:
            if text:
                self.sheet.write_string(self.row, 0, head, self.formats["strong"])
                self.line(text, "text", column=1)

    def summary(self, p: doc.Portfolio) -> None:
        w, b = self.w, p.benchmark
        self.begin("summary", (34, *[15] * 6))
        self.line(w("workbook.summary"), "title")
        self.line(sentences.lines_words(p, w))
        if p.weighted:
            self.line(w("portfolio.score", score=f"{p.score:.2f}"), "strong")
        if b:
            said = w("portfolio.benchmark", name=b.name, score=f"{b.score:.2f}", active=f"{b.active_score:+.2f}")
            self.line(said, "strong")
        by_topic: list[Column] = [("topic", 34, "text", lambda t: t.name)]
        by_topic += [("weight", 15, "percent", lambda t: t.weight_exposed)] if p.weighted else []
        if b:
            by_topic += [("benchmark", 15, "percent", lambda t: t.benchmark_weight)]
            by_topic += [("active", 15, "percent", lambda t: t.active_weight)]
        by_topic += [("holdings", 15, "number", lambda t: t.holdings)]
        by_topic += [("attributed", 15, "dollars", lambda t: t.attributed_usd)]
        self.section("portfolio.by_topic", by_topic, p.by_topic)
        self.chart("chart.exposure", len(p.by_topic), 1, "#525d67", "I2", percent=p.weighted)
        by_band: list[Column] = [
            ("band", 34, "band", lambda b: b.band),
            ("weight", 15, "percent", lambda b: b.weight),
            ("holdings", 15, "number", lambda b: b.holdings),
        ]
        self.section("portfolio.by_band", by_band, p.by_band)
        colours = [_BAND_COLOURS[b.band][0] for b in p.by_band]
        self.chart("chart.bands", len(p.by_band), 1 if p.weighted else 2, colours, "I18", percent=p.weighted)
        contribution: list[Column] = [
            ("company", 34, "text", self.name),
            ("contribution", 15, "score", lambda c: c.contribution),
            ("score", 15, "score", lambda c: c.score),
            ("weight", 15, "percent", lambda c: c.weight),
        ]
        if contributors := self.d.contributors[:_MOST_CONTRIBUTORS]:
            self.section("chart.contribution", contribution, contributors)
            self.chart("chart.contribution", len(contributors), 1, "#1d6080", "I34")
        if b and b.drivers:
            drivers: list[Column] = [
                ("company", 34, "text", lambda r: r.name),
                ("contribution", 15, "score", lambda r: r.difference),
                ("score", 15, "score", lambda r: r.score),
                ("weight", 15, "percent", lambda r: r.weight),
                ("benchmark", 15, "percent", lambda r: r.benchmark_weight),
            ]
            self.section("portfolio.drivers", drivers, b.drivers)

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
            ("by_topic", 50, "text", lambda c: "; ".join(f"{t.name}: {sentences.topic_words(t, w)}" for t in c.topics)),
            ("verdicts", 9, "number", lambda c: len(c.verdicts) or None),
            ("contacts", 9, "number", lambda c: len(c.contacts) or None),
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
            ("matched_by", 12, "text", lambda line: self.w.label("matched_by", line.matched_by or "")),
            ("match_score", 9, "fraction", lambda line: line.match_score),
            ("note", 40, "text", lambda line: line.note),
        ]
        self.full_sheet("holdings", columns, self.d.holdings)

    def findings(self) -> None:
        w = self.w
        columns: list[Column] = [
            ("company", 26, "text", lambda row: self.name(row[0])),
            ("topic", 20, "text", lambda row: w.label("topics", row[1].topic)),
            ("status", 24, "text", lambda row: row[1].status_words),
            ("rule", 30, "text", lambda row: row[1].title + "".join(f" ({r})" for r in row[1].remarks)),
            ("path", 70, "text", lambda row: _path(row[1])),
            ("summary", 50, "text", lambda row: row[1].summary),
            ("anchor", 26, "text", lambda row: row[1].anchor),
            ("exposure", 10, "fraction", lambda row: row[1].exposure),
            ("confidence", 11, "fraction", lambda row: row[1].confidence),
            ("counted", 8, "text", lambda row: w("columns.yes" if row[1].included_in_topic_score else "columns.no")),
            ("amount", 14, "dollars", lambda row: row[1].amount_usd),
            ("finding", 16, "text", lambda row: row[1].finding_id),
        ]
        if self.d.kind == "explain":
            columns.append(("parameter", 70, "text", lambda row: _factors(row[1])))
        self.full_sheet("findings", columns, [(c, f) for c in self.d.companies for f in c.findings])

    def evidence(self) -> None:
        columns: list[Column] = [
            ("company", 24, "text", lambda row: self.name(row[0])),
            ("finding", 16, "text", lambda row: row[1].finding_id),
            ("publisher", 26, "text", lambda row: row[2].publisher),
            ("title", 50, "text", lambda row: row[2].title),
            ("published", 12, "text", lambda row: self.w.day(row[2].published_on)),
            ("read", 12, "day", lambda row: row[2].retrieved_on),
            ("grade", 7, "text", lambda row: row[2].grade),
            ("link", 50, "link", lambda row: row[2].url),
            ("copy_of", 40, "text", lambda row: row[2].copy_of),
        ]
        self.full_sheet(
            "evidence", columns, [(c, f, s) for c in self.d.companies for f in c.findings for s in f.evidence]
        )

    def answers(self) -> None:
        w = self.w
        columns: list[Column] = [
            ("company", 24, "text", lambda row: self.name(row[0])),
            ("topic", 20, "text", lambda row: row[1].name),
            ("speaker", 26, "text", lambda row: row[2]),
            ("kind", 18, "text", lambda row: row[3]),
            ("day", 12, "text", lambda row: w.day(row[4])),
            ("text", 70, "text", lambda row: row[5].summary),
            ("source", 40, "text", lambda row: "; ".join(f"{s.publisher}, {s.title}" for s in row[5].sources)),
            ("link", 50, "link", lambda row: row[5].sources[0].url if row[5].sources else None),
        ]
        rows: list[tuple[Any, ...]] = []
        observed = w("answers.observation")
        for c in self.d.companies:
            for t in c.topics:
                rows += [(c, t, a.speaker, a.words, a.stated_on, a) for a in t.answers]
                rows += [(c, t, f"({o.about})", observed, o.observed_on, o) for o in t.observations]
        self.full_sheet("answers", columns, rows)

    def verdicts(self) -> None:
        """What others decided, and who asked for an answer: neither is part of a score."""
        w = self.w
        columns: list[Column] = [
            ("company", 28, "text", lambda row: self.name(row[0])),
            ("day", 12, "text", lambda row: w.day(row[1])),
            ("text", 80, "text", lambda row: row[2]),
            ("source", 50, "text", lambda row: "; ".join(f"{s.publisher}, {s.title}" for s in row[3])),
            ("link", 50, "link", lambda row: row[3][0].url if row[3] else None),
        ]
        rows: list[tuple[Any, ...]] = []
        for c in self.d.companies:
            rows += [(c, v.decided_on, sentences.verdict_words(v, w), v.sources) for v in c.verdicts]
            rows += [(c, asked.asked_on, sentences.contact_words(asked, w), asked.sources) for asked in c.contacts]
        if rows:
            self.full_sheet("verdicts", columns, rows)
            self.line(w("verdicts.heading"))

    def regulation(self, p: doc.Portfolio) -> None:
        w = self.w
        columns: list[Column] = [
            ("indicator", 60, "text", lambda i: i.name),
            ("weight", 12, "percent", lambda i: i.weight),
            ("companies", 10, "number", lambda i: None if i.weight is None else i.companies),
            ("note", 70, "text", lambda i: i.words),
        ]
        products: list[Column] = [
            ("product", 60, "text", lambda h: h.product),
            ("weight", 12, "percent", lambda h: h.weight),
            ("hs_code", 10, "text", lambda h: h.hs_code),
            ("company", 70, "text", lambda h: ", ".join(h.companies)),
            ("origin", 12, "text", lambda h: w.label("regions", h.origin_region or "")),
            ("law", 30, "text", lambda h: ", ".join(w(f"regulation.{law}") for law in h.laws)),
        ]
        # The columns of both are as wide.
        self.full_sheet("regulation", columns, p.indicators, _widths(products))
        self.line(w("regulation.note", covered=w.percent(p.weights.get("matched", 0.0))), "text")
        self.section("regulation.products", products, p.products)

    def unmatched(self) -> None:
        columns: list[Column] = [
            ("row", 7, "text", lambda u: u.place),
            ("written", 40, "text", lambda u: u.written),
            ("weight", 10, "percent", lambda u: u.weight),
            ("why", 60, "text", lambda u: u.reason_words + (f": {u.detail}" if u.detail else "")),
            ("proposal", 50, "text", lambda u: ", ".join(f"{c.name} ({c.score:.2f})" for c in u.candidates[:3])),
        ]
        self.full_sheet("unmatched", columns, self.d.unmatched)
        self.row += 1
        if remarks := sentences.remarks(self.d, self.w):
            self.line(self.w("remarks.heading"), column=1)
        for remark in remarks:
            self.line(remark, column=1)

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
        self.full_sheet("changes", columns, since.changes)
        self.line(since.words)

    def method(self) -> None:
        d = self.d
        columns: list[Column] = [
            ("section", 20, "text", lambda r: self.w.label("sections", r[0])),
            ("parameter", 40, "text", lambda r: r[1]),
            ("value", 70, "text", lambda r: r[2]),
        ]
        rows = [
            ("program", self.w("sections.version"), d.manifest.version),
            ("method", d.manifest.method, d.manifest.method_sha256),
        ]
        rows += [
            (section, name, f"{value:g}")
            for section, values in (d.parameters or {}).items()
            if isinstance(values, dict)
            for name, value in values.items()
        ]
        rows += [("list", one.name, one.words) for one in d.lists]
        rows += [("rule", rule.id, rule.sha256) for rule in d.manifest.rules]
        rows += [("dataset", file.id, file.sha256) for file in d.manifest.datasets]
        self.full_sheet("method", columns, rows)
        self.row += 1
        self.line(self.w("foot.grades"))

    def name(self, c: doc.Company) -> str:
        return self.w.name(c.name, c.name_ko)

    def begin(self, key: str, widths: Sequence[int], *, landscape: bool = True) -> None:
        """A new sheet for A4."""
        self.sheet, self.row = self.book.add_worksheet(self.w(f"workbook.{key}")), 0
        self.widths = widths
        self.sheet.set_paper(9)  # A4
        if landscape:
            self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        # In a footer `&` begins a code, and 255 letters is the limit.
        title = self.d.title.replace("&", "&&")[:120]
        self.sheet.set_footer(f"&L&8{title}&R&8{self.w('workbook.page')}")
        for number, width in enumerate(widths):
            self.sheet.set_column(number, number, width)

    def full_sheet(
        self, key: str, columns: Sequence[Column], rows: Sequence[Any], widths: Sequence[int] | None = None
    ) -> None:
        """A sheet with one table from its first row: frozen heading, filter, heading on every printed page."""
        self.begin(key, widths or _widths(columns))
        self.table(columns, rows)
        self.sheet.freeze_panes(1, 1)
        self.sheet.repeat_rows(0)
        self.sheet.autofilter(0, 0, len(rows), len(columns) - 1)

    def section(self, key: str, columns: Sequence[Column], rows: Sequence[Any]) -> None:
        """A further table of the sheet, below its heading."""
        self.row += 1
        self.line(self.w(key), "strong")
        self.table(columns, rows)

    def table(self, columns: Sequence[Column], rows: Sequence[Any]) -> None:
        heads = [self.w(f"columns.{key}") for key, _, _, _ in columns]
        for number, head in enumerate(heads):
            self.sheet.write_string(self.row, number, head, self.formats["head"])
        self.fit(enumerate(heads))
        for item in rows:
            self.row += 1
            values = [(number, kind, value(item)) for number, (_, _, kind, value) in enumerate(columns)]
            for number, kind, value in values:
                self.cell(number, kind, value)
            self.fit((number, str(value)) for number, kind, value in values if kind in ("text", "link") and value)
        self.row += 1

    def line(self, text: str, kind: str = "row", *, column: int = 0) -> None:
        self.sheet.write_string(self.row, column, text[:_LONGEST], self.formats[kind])
        if kind == "text":
            self.fit([(column, text)])
        self.row += 1

    def fit(self, wrapped: Iterable[tuple[int, str]]) -> None:
        """Makes the row as high as its wrapped cells (column, text) need.

        Excel does so itself; other programs leave rows without a height as they are, with overlapping lines.
        """
        lines = max((_lines(text, self.widths[column]) for column, text in wrapped), default=1)
        if lines > 1:
            self.sheet.set_row(self.row, min(lines * _LINE + 2, _HIGHEST))

    def cell(self, column: int, kind: str, value: Any) -> None:
        sheet, row, formats = self.sheet, self.row, self.formats
        if value is None or value == "":
            return
        if kind == "band":
            sheet.write_string(row, column, self.w.band(value), formats[value])
        elif kind == "day":
            sheet.write_datetime(row, column, dt.datetime(value.year, value.month, value.day), formats["day"])
        elif kind in _NUMBERS:
            sheet.write_number(row, column, value, formats[kind])
        elif (
            kind == "link"
            and value.startswith(("https://", "http://"))
            and len(value) < _LONGEST_LINK
            and row < _MOST_LINKS
        ):
            sheet.write_url(row, column, value, formats["link"], value)
        else:
            sheet.write_string(row, column, str(value)[:_LONGEST], formats["text"])

    def chart(
        self, key: str, rows: int, column: int, colours: str | list[str], at: str, *, percent: bool = False
    ) -> None:
        """A native bar chart of a column of the table just written, `rows` long, against the first."""
        if not rows:
            return
        chart = self.book.add_chart({"type": "bar"})
        name, first, last = self.sheet.get_name(), self.row - rows, self.row - 1
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
        chart.set_title({"name": self.w(key), "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True, "num_font": {"size": 9}})
        chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
        chart.set_size({"width": 520, "height": 300})
        self.sheet.insert_chart(at, chart, {"description": self.w(key)})


def _widths(columns: Sequence[Column]) -> list[int]:
    return [width for _, width, _, _ in columns]


def _lines(text: str, width: int) -> int:
    """The lines that a text takes in a column `width` digits wide at 11 points; 10 points fit a tenth more.

    A Korean letter, three bytes long, is as wide as two Latin ones.
    """
    return sum(1 + (len(line) + len(line.encode())) // 2 * 10 // (width * 11) for line in text.split("\n"))


def _path(f: doc.Finding) -> str:
    return "\n".join(f"{n}. {s.sentence}" + (f" ({s.notes})" if s.notes else "") for n, s in enumerate(f.path, 1))


def _factors(f: doc.Finding) -> str:
    factors = f.explanation.factors if f.explanation else []
    return "\n".join(f"{x.label} {x.value:.4f} {x.note}".rstrip() for x in factors)
