"""The workbook for a committee (XlsxWriter): cover, summary with charts, a sheet per table; data never runs."""

import datetime as dt
import io
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import xlsxwriter
from msgspec.structs import asdict

from screener.paths import shipped
from screener.report import document as doc
from screener.report import sentences
from screener.report.formats import KINDS
from screener.report.wording import Wording

_LONGEST: Final = 32_000  # letters in a cell; Excel takes 32,767
_LONGEST_LINK: Final = 2_000
_MOST_LINKS: Final = 60_000  # on a sheet; Excel takes 65,530
_MOST_CONTRIBUTORS: Final = 12
_LINE: Final = 13  # points that a line of a wrapped cell takes
_HIGHEST: Final = 409  # points of a row, Excel's most
_LOOKS: Final = tomllib.loads((shipped("reports") / "workbook.toml").read_text(encoding="utf-8"))

Row = Mapping[str, Any]
"""The cells of a line by column; it may hold more than the sheet shows."""


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
        self.formats = {name: book.add_format(cell) for name, cell in _LOOKS["formats"].items()}
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
            self.line(sentences.total_words(p, w), "strong")
        if b:
            self.line(sentences.benchmark_words(b, w), "strong")
        columns = ["topic", *["weight"] * p.weighted, *["benchmark", "active"] * bool(b), "holdings", "attributed"]
        topics = [
            asdict(t)
            | {"topic": t.name, "weight": t.weight_exposed, "attributed": t.attributed_usd}
            | {"benchmark": t.benchmark_weight, "active": t.active_weight}
            for t in p.by_topic
        ]
        self.section("portfolio.by_topic", columns, topics)
        self.chart("chart.exposure", len(topics), 1, "#525d67", "I2", percent=p.weighted)
        self.section("portfolio.by_band", ("band", "weight", "holdings"), [asdict(b) for b in p.by_band])
        colours = [_LOOKS["formats"][b.band]["bg_color"] for b in p.by_band]
        self.chart("chart.bands", len(p.by_band), 1 if p.weighted else 2, colours, "I18", percent=p.weighted)
        columns = ["company", "contribution", "score", "weight"]
        if contributors := [asdict(c) | {"company": self.name(c)} for c in self.d.contributors[:_MOST_CONTRIBUTORS]]:
            self.section("chart.contribution", columns, contributors)
            self.chart("chart.contribution", len(contributors), 1, "#1d6080", "I34")
        if b and b.drivers:
            drivers = [
                asdict(r) | {"company": r.name, "contribution": r.difference, "benchmark": r.benchmark_weight}
                for r in b.drivers
            ]
            self.section("portfolio.drivers", [*columns, "benchmark"], drivers)

    def companies(self) -> None:
        rows = [
            asdict(c)
            | {"company": self.name(c), "code": c.stock_code, "status": c.headline_status}
            | {"topics": ", ".join(f"{t.label} {t.score:.1f}" for t in c.topics)}
            | {"by_topic": "; ".join(f"{t.name}: {sentences.topic_words(t, self.w)}" for t in c.topics)}
            | {"verdicts": len(c.verdicts) or None, "contacts": len(c.contacts) or None}
            for c in self.d.exposed or self.d.companies
        ]
        self.full_sheet("companies", rows, without="-" if self.d.portfolio else "weight")

    def holdings(self) -> None:
        companies = {c.company_id: c for c in self.d.companies}
        rows = [
            asdict(line)
            | {"row": line.place, "matched_by": self.w.label("matched_by", line.matched_by or "")}
            | {"company": self.name(c), "code": c.stock_code, "status": c.headline_status}
            for line, c in ((line, companies[line.company_id or ""]) for line in self.d.holdings)
        ]
        self.full_sheet("holdings", rows)

    def findings(self) -> None:
        rows = [
            asdict(f)
            | {"company": self.name(c), "topic": self.w.label("topics", f.topic), "status": f.status_words}
            | {"rule": f.title + "".join(f" ({remark})" for remark in f.remarks), "path": _path(f)}
            | {"counted": self.w("columns.yes" if f.included_in_topic_score else "columns.no")}
            | {"amount": f.amount_usd, "finding": f.finding_id, "parameter": _factors(f)}
            for c in self.d.companies
            for f in c.findings
        ]
        self.full_sheet("findings", rows, without="-" if self.d.kind == "explain" else "parameter")

    def evidence(self) -> None:
        rows = [
            asdict(s)
            | {"company": self.name(c), "finding": f.finding_id, "published": self.w.day(s.published_on)}
            | {"read": s.retrieved_on, "link": s.url}
            for c in self.d.companies
            for f in c.findings
            for s in f.evidence
        ]
        self.full_sheet("evidence", rows)

    def answers(self) -> None:
        w = self.w
        rows: list[Row] = []
        for c, t in ((company, topic) for company in self.d.companies for topic in company.topics):
            about: dict[str, Any] = {"company": self.name(c), "topic": t.name}
            for a in t.answers:
                said = {"speaker": a.speaker, "kind": a.words, "day": w.day(a.stated_on), "text": a.summary}
                rows.append(about | said | _cited(a.sources))
            for o in t.observations:
                seen = {"speaker": f"({o.about})", "kind": w("answers.observation"), "day": w.day(o.observed_on)}
                rows.append(about | seen | {"text": o.summary} | _cited(o.sources))
        self.full_sheet("answers", rows)

    def verdicts(self) -> None:
        """What others decided, and who asked for an answer: neither is part of a score."""
        w = self.w
        rows: list[Row] = []
        for c in self.d.companies:
            said = [(v.decided_on, sentences.verdict_words(v, w), v.sources) for v in c.verdicts]
            said += [(asked.asked_on, sentences.contact_words(asked, w), asked.sources) for asked in c.contacts]
            rows += [_cited(s) | {"company": self.name(c), "day": w.day(on), "text": text} for on, text, s in said]
        if rows:
            self.full_sheet("verdicts", rows)
            self.line(w("verdicts.heading"))

    def regulation(self, p: doc.Portfolio) -> None:
        w = self.w
        indicators = [
            {"indicator": i.name, "weight": i.weight, "note": i.words}
            | {"companies": None if i.weight is None else i.companies}
            for i in p.indicators
        ]
        products = [
            asdict(h)
            | {"company": ", ".join(h.companies), "origin": w.label("regions", h.origin_region or "")}
            | {"law": ", ".join(w(f"regulation.{law}") for law in h.laws)}
            for h in p.products
        ]
        # The columns of the products are as wide.
        self.full_sheet("regulation", indicators)
        self.line(w("regulation.note", covered=w.percent(p.weights.get("matched", 0.0))), "text")
        columns = ("product", "weight", "hs_code", "company", "origin", "law")
        self.section("regulation.products", columns, products)

    def unmatched(self) -> None:
        rows = [
            asdict(u)
            | {"row": u.place, "why": u.reason_words + (f": {u.detail}" if u.detail else "")}
            | {"proposal": ", ".join(f"{c.name} ({c.score:.2f})" for c in u.candidates[:3])}
            for u in self.d.unmatched
        ]
        self.full_sheet("unmatched", rows)
        self.row += 1
        if remarks := sentences.remarks(self.d, self.w):
            self.line(self.w("remarks.heading"), column=1)
        for remark in remarks:
            self.line(remark, column=1)

    def changes(self, since: doc.Since) -> None:
        rows = [
            asdict(c) | {"cause": c.cause_words, "anchor": c.anchor_id, "finding": c.finding_id} for c in since.changes
        ]
        self.full_sheet("changes", rows)
        self.line(since.words)

    def method(self) -> None:
        d = self.d
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
        said = [{"section": self.w.label("sections", one), "parameter": key, "value": text} for one, key, text in rows]
        self.full_sheet("method", said)
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

    def full_sheet(self, key: str, rows: Sequence[Row], *, without: str = "-") -> None:
        """A sheet with one table from its first row: frozen heading, filter, heading on every printed page.

        Its columns and their widths are those of reports/workbook.toml, `without` one of them.
        """
        columns = [column.split(":") for column in _LOOKS["columns"][key].split()]
        names, widths = zip(*(column for column in columns if column[0] != without), strict=True)
        shown = [name for name in names if name]
        self.begin(key, [int(width) for width in widths])
        self.table(shown, rows)
        self.sheet.freeze_panes(1, 1)
        self.sheet.repeat_rows(0)
        self.sheet.autofilter(0, 0, len(rows), len(shown) - 1)

    def section(self, key: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """A further table of the sheet, below its heading."""
        self.row += 1
        self.line(self.w(key), "strong")
        self.table(columns, rows)

    def table(self, columns: Sequence[str], rows: Sequence[Row]) -> None:
        heads = [self.w(f"columns.{name}") for name in columns]
        for number, head in enumerate(heads):
            self.sheet.write_string(self.row, number, head, self.formats["head"])
        self.fit(enumerate(heads))
        for row in rows:
            self.row += 1
            for number, name in enumerate(columns):
                self.cell(number, KINDS.get(name, "text"), row[name])
            self.fit((number, row[name]) for number, name in enumerate(columns) if isinstance(row[name], str))
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
        elif not isinstance(value, str):
            sheet.write_number(row, column, value, formats[kind])
        elif (
            kind == "link"
            and value.startswith(("https://", "http://"))
            and len(value) < _LONGEST_LINK
            and row < _MOST_LINKS
        ):
            sheet.write_url(row, column, value, formats["link"], value)
        else:
            sheet.write_string(row, column, value[:_LONGEST], formats["text"])

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


def _cited(sources: Sequence[doc.Source]) -> dict[str, Any]:
    return {
        "source": "; ".join(f"{s.publisher}, {s.title}" for s in sources),
        "link": sources[0].url if sources else None,
    }


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
