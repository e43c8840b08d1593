"""Reports for the terminal, by rich: legible at 80 columns and at 140, in colour and piped.

They walk the document. Colour only repeats words.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from screener.report import document as doc
from screener.report import sentences
from screener.report.formats import KINDS, Shown
from screener.report.tables import NUMBER, TEXT, WORD, plain_table
from screener.report.wording import BAND_MARKS, Wording

console: Final = partial(Console, markup=False, highlight=False, emoji=False, soft_wrap=False)
"""The standard output; no text is read as markup, emoji or highlighting."""
BAND_STYLES: Final = {"severe": "bold red", "high": "red", "elevated": "yellow", "low": "cyan", "none": "dim"}
STRONGEST: Final = 5  # companies whose strongest path a screening shows unless asked for more
_CITED_A_STEP: Final = 2
_PATH_LINES: Final = 3
_BAR: Final = 24
_NARROW: Final = 100


def rendered(page: RenderableType, width: int | None = None) -> str:
    """The text of a page without trailing blanks; as wide as the standard output unless a width is given."""
    out = console(width=width)
    with out.capture() as captured:
        out.print(page)
    return "\n".join(line.rstrip() for line in captured.get().split("\n"))


def page(d: doc.Document, w: Wording, shown: Shown) -> RenderableType:
    """Any document."""
    return _Page(d, w, shown)


class _Page:
    def __init__(self, d: doc.Document, w: Wording, shown: Shown) -> None:
        self.d, self.w, self.limit = d, w, shown.limit
        self.full = shown.full or d.kind in ("show", "explain")
        self.weighted = d.portfolio is not None and d.portfolio.weighted
        # Of the company shown: its sources by id, and the numbers of those that a reader has met.
        self.sources, self.numbers = dict[str, doc.Source](), dict[str, int]()

    def __rich_console__(self, out: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        self.out, self.narrow = out, out.width < _NARROW
        d, w, p, limit = self.d, self.w, self.d.portfolio, self.limit
        yield Line(Text(f" {d.title} ", style="bold", overflow="ellipsis"), style="dim")
        clocks = w("head.clocks", as_of=w.day(d.as_of), known_at=w.day(d.known_at))
        yield _dim(f"{clocks} · {w('head.method', method=d.manifest.method, rules=len(d.manifest.rules))}")
        if p:
            yield sentences.lines_words(p, w)
        yield from map(_dim, d.notes)
        if p:
            yield from self.portfolio(p)
        banded = [c for c in d.exposed if c.band != "none"]
        if d.kind in ("screening", "list"):
            yield from self.ranking(banded if p and not self.full else d.exposed)
        if p and not self.full:
            if below := [self.names(c)[0] for c in d.exposed if c.band == "none"]:
                yield _dim(f"\n{w('companies.below')}: {w('format.list_joiner').join(below)}")
            yield from self.strongest(banded, STRONGEST if limit is None else limit)
        else:
            for company in (d.exposed if p else d.companies)[:limit]:
                yield ""
                yield from self.dossier(company)
        if d.kind == "list" and not d.companies:
            yield "\n" + w("companies.none")
        if d.since:
            yield from self.changes(d.since)
        yield from self.unmatched()
        yield ""
        if p and p.quiet_companies:
            yield w("companies.quiet", count=p.quiet_companies)
        if lists := sentences.lists_words(d.lists, w):
            yield _dim(lists)
        yield _dim(d.notice)

    def portfolio(self, p: doc.Portfolio) -> Iterator[RenderableType]:
        w, b = self.w, p.benchmark
        if self.d.set_aside:
            yield _dim(w("portfolio.set_aside", count=len(self.d.set_aside)))
        if p.weighted:
            yield Text.assemble("\n", (sentences.total_words(p, w), "bold"))
        if b:
            yield sentences.benchmark_words(b, w)
        if p.by_topic:
            yield _bold("\n" + w("portfolio.by_topic"))
            yield self.exposures(p)
        yield ""
        yield self.bands(p)
        if b and b.drivers:
            yield _bold("\n" + w("portfolio.drivers"))
            rows = [
                (r.name, f"{r.score:.1f}", w.percent(r.weight), w.percent(r.benchmark_weight), f"{r.difference:+.2f}")
                for r in b.drivers
            ]
            yield self.table(("company", "score", "weight", "benchmark", "contribution"), rows)

    def exposures(self, p: doc.Portfolio) -> Table:
        w, compared = self.w, p.benchmark is not None
        sizes = [t.weight_exposed if p.weighted else t.holdings for t in p.by_topic]
        heads = ["topic"] + [""] * (not self.narrow) + ["weight"] * p.weighted
        heads += ["benchmark", "active"] * compared + ["holdings", "attributed"]
        rows = []
        for t, size in zip(p.by_topic, sizes, strict=True):
            bar = "█" * max(1, round(_BAR * size / max(sizes))) if size else ""
            cells: list[RenderableType] = [t.name, *[Text(bar, style="red")] * (not self.narrow)]
            cells += [w.percent(t.weight_exposed)] * p.weighted
            cells += [w.percent(t.benchmark_weight or 0), f"{100 * (t.active_weight or 0):+.2f}"] * compared
            money = w("portfolio.not_known") if t.attributed_usd is None else w.dollars(t.attributed_usd)
            rows.append((*cells, str(t.holdings), money))
        return self.table(heads, rows, unbroken=("topic", ""))

    def bands(self, p: doc.Portfolio) -> Text:
        text = _bold(self.w("portfolio.by_band") + "  ")
        for b in p.by_band:
            said = f"{self.w.band(b.band)} {sentences.held_words(b, self.w, weighted=p.weighted)}  "
            text.append(said, style=f"not bold {BAND_STYLES[b.band]}")
        return text

    def ranking(self, companies: Sequence[doc.Company]) -> Iterator[RenderableType]:
        """One line per company (`full`: all its topics, on several lines): no score without its status."""
        if not companies:
            return
        w, full = self.w, self.full
        yield from self.heading("companies.heading")
        fixed = {"": 3, "code": 6, "weight": 8, "score": 5, "band": 4 if self.narrow else 13}
        left_out = ["code"] * self.narrow + ["weight"] * (not self.weighted)
        shown = [c for c in ("", "company", "code", "weight", "score", "band", "status", "topics") if c not in left_out]
        left = self.out.width - sum(fixed.get(column, 0) for column in shown) - len(shown) + 1
        name, status = round(0.36 * left), min(36, round(0.34 * left))
        widths = fixed | {"company": name, "status": status, "topics": left - name - status}
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
        for column in shown:
            right = column in ("", "weight", "score")
            table.add_column(
                w(f"columns.{column}") if column else "",
                justify="right" if right else "left",
                width=widths[column],
                no_wrap=right or not full,
                overflow="fold" if full else "ellipsis",
            )
        for number, c in enumerate(companies, 1):
            known, other = self.names(c)
            both = f"{known}  {other}" if other else known
            topics = w("format.list_joiner").join(t.label for t in c.topics)
            if len(c.topics) > 1 and not full:
                topics = w("companies.topics_more", topic=c.topics[0].label, count=len(c.topics) - 1)
            cells: dict[str, RenderableType] = {
                "": str(number),
                "company": both if cell_len(both) <= name or full else known,
                "code": c.stock_code or "",
                "weight": self.weight(c.weight),
                "score": f"{c.score:.1f}",
                "band": Text(BAND_MARKS[c.band] if self.narrow else w.band(c.band), style=BAND_STYLES[c.band]),
                "status": c.headline_status or "",
                "topics": topics,
            }
            table.add_row(*(cells[column] for column in shown))
        yield table

    def strongest(self, companies: Sequence[doc.Company], limit: int) -> Iterator[RenderableType]:
        """The strongest path of the first companies, in a few lines each."""
        if companies:
            yield from self.heading("companies.strongest")
        for number, c in enumerate(companies[:limit], 1):
            f = doc.strongest(c.findings)
            about = f"  {f.status_words}: {f.title}{_bracketed(f.remarks)}"
            head = Text.assemble((f"{number} {self.names(c)[0]}", "bold"), about)
            head.truncate(self.out.width, overflow="ellipsis")
            yield head
            said = Text(f.narrative).wrap(self.out, self.out.width - 2)
            lines = list(said[:_PATH_LINES])
            if len(said) > _PATH_LINES:
                lines[-1] = Text(lines[-1].plain.rstrip() + " …")
                lines[-1].truncate(self.out.width - 2, overflow="ellipsis")
            yield from _indented(2, lines)
        if len(companies) > limit:
            yield _dim(self.w("companies.left_out", count=len(companies) - limit))

    def unmatched(self) -> Iterator[RenderableType]:
        """The lines that were not matched, and remarks on others."""
        d, w = self.d, self.w
        most, most_remarks = (None, None) if self.full else (STRONGEST, 2 * STRONGEST)
        lines = [u for u in d.unmatched if self.full or u.kind == "security"][:most]
        if lines:
            yield from self.heading("unmatched.heading")
            heads = ["row", "written", *["weight"] * self.weighted, "why"]
            rows = []
            for u in lines:
                weight = [self.weight(u.weight)] * self.weighted
                rows.append((u.place, u.written, *weight, sentences.why_words(u, w)))
            yield self.table(heads, rows)
        remarks = sentences.remarks(d, w)
        if remarks:
            yield from self.heading("remarks.heading")
        yield from remarks[:most_remarks]
        if left := len(d.unmatched) - len(lines) + len(remarks) - len(remarks[:most_remarks]):
            yield _dim(w("unmatched.left_out", count=left))

    def changes(self, since: doc.Since) -> Iterator[RenderableType]:
        yield from self.heading("changes.heading")
        yield since.words
        shown = since.changes if self.full else since.changes[: 2 * STRONGEST]
        rows = []
        for c in shown:
            scores = ("–" if score is None else f"{score:.1f}" for score in (c.before, c.after))
            rows.append((c.company, c.topic, c.cause_words, *scores, c.detail))
        if rows:
            yield self.table(("company", "topic", "cause", "before", "after", "detail"), rows)
        if left := len(since.changes) - len(shown):
            yield _dim(self.w("changes.left_out", count=left))

    def heading(self, key: str) -> Iterator[RenderableType]:
        yield ""
        yield Line(_bold(f" {self.w(key)} "), style="dim", align="left")

    def table(
        self, heads: Sequence[str], rows: Iterable[Sequence[RenderableType]], unbroken: Sequence[str] = ()
    ) -> Table:
        kinds = [NUMBER if head in ("row", *KINDS) else WORD if head in unbroken else TEXT for head in heads]
        texts = [self.w(f"columns.{head}") if head else "" for head in heads]
        return plain_table(zip(texts, kinds, strict=True), rows)

    def names(self, c: doc.Company) -> tuple[str, str]:
        return self.w.name(c.name, c.name_ko), self.w.other_name(c.name, c.name_ko)

    def weight(self, weight: float | None) -> str:
        return self.w("portfolio.no_weight") if weight is None else self.w.percent(weight)

    def marks(self, source_ids: Sequence[str], limit: int | None = None) -> tuple[str, str]:
        """The numbers of some sources, in the order in which a reader meets them: ` [1, 2]`, beyond the limit `+3`."""
        shown = [s for s in source_ids if s in self.sources][:limit]
        numbers = [str(self.numbers.setdefault(s, len(self.numbers) + 1)) for s in shown]
        more = f" +{len(source_ids) - len(shown)}" if len(source_ids) > len(shown) else ""
        return (f" [{', '.join(numbers)}{more}]" if shown else "", "dim")

    def dossier(self, c: doc.Company) -> Iterator[RenderableType]:
        """A company: its topics, the strongest finding of each (`full`: all), what was said, and the sources cited."""
        self.sources, self.numbers = {source.source_id: source for source in c.cited()}, {}
        w, name, mark = self.w, self.names(c)[0], (f"{BAND_MARKS[c.band]} ", BAND_STYLES[c.band])
        yield Text.assemble(mark, (name, "bold"), f"  {sentences.known_as(c, w)}")
        yield from _indented(5, [sentences.score_words(c, w)])
        if c.formula:
            yield c.formula
            yield _dim(w("explain.overall_note"))
        if not c.topics:
            yield from _indented(5, [w("companies.no_finding")])
        for t in c.topics:
            yield from self.topic(c, t)
        yield from _indented(2, self.verdicts_and_contacts(c))
        for source_id, number in self.numbers.items():
            source = self.sources[source_id]
            url = "" if self.d.portfolio else f" {source.url}"
            text = Text.assemble((f"[{number}] ", "dim"), sentences.source_words(source, w), (url, "dim"))
            yield from _indented(2, [text])
        if c.surroundings:
            tree = Tree(_bold(w("around.heading", name=name)), guide_style="dim")
            _grow(tree, c.surroundings, w)
            yield Group("", tree)

    def topic(self, c: doc.Company, t: doc.Topic) -> Iterator[RenderableType]:
        w, full, findings = self.w, self.full, c.findings_of(t.topic)
        about = f"  {t.score:.1f} {w.label('bands', t.band)} · {sentences.topic_words(t, w)}"
        parts = (f"{BAND_MARKS[t.band]} ", (t.name, "bold not dim"), (about, "default"))
        yield from _indented(2, [Text.assemble(*parts, style=BAND_STYLES[t.band])])
        yield from _indented(5, [t.formula] if t.formula else [])
        # A score below the lowest band is shown in a ranking and in a dossier, not in a portfolio report.
        shown = findings if full else findings[: 0 if t.band == "none" and c.band != "none" else 1]
        for f in shown:
            yield from _indented(5, self.finding(f))
        if rest := findings[len(shown) :]:
            ended = sum(map(doc.is_over, rest))
            key = "companies.more" if ended else "companies.more_live"
            more = w(key, count=len(rest), ended=ended, code=c.stock_code or c.company_id)
            yield from _indented(5, [_dim(more)])
        if shown:
            yield from _indented(5, self.said(t))

    def finding(self, f: doc.Finding) -> Iterator[RenderableType]:
        yield Text.assemble((f.status_words, "bold"), f"  {f.title}{_bracketed(f.remarks)}")
        yield from self.path(f.path)
        if f.summary:
            yield Text(f.summary, style="italic")
        if f.explanation:
            yield from self.explanation(f, f.explanation)

    def path(self, path: Sequence[doc.Step]) -> list[RenderableType]:
        lines: list[RenderableType] = [path[0].from_name]
        last, end = Text(), path[0].from_id
        for s in path:
            marks = self.marks(s.source_ids, None if self.full else _CITED_A_STEP)
            note = Text.assemble((f" ({s.notes})", "dim"), marks)
            if s.additional and s.relation == "listed_on":
                # Several lists for one body share one line.
                last.append_text(Text.assemble(("; ", "dim"), (s.to_name, "bold"), note))
                continue
            nested = last.plain == "" or s.additional or s.from_id == end
            subject = "" if nested else s.from_name + self.w("format.step_joiner")
            words = f"{subject}{s.words} " if s.words else subject
            name, after = (s.to_name, "bold not dim"), (s.words_after, "default")
            last, end = Text.assemble("└─ ", (words, "default"), name, after, note, style="dim"), s.to_id
            lines += _indented(2 * min(s.depth, 8) - 2, [last])
        return lines

    def explanation(self, f: doc.Finding, e: doc.Explanation) -> Iterator[RenderableType]:
        counts = self.w("explain.counted" if f.included_in_topic_score else "explain.not_counted")
        yield _dim(f"[{f.rule}, {f.finding_id}]  {counts}")
        grid = Table.grid(padding=(0, 2))
        grid.add_column(justify="right")
        grid.add_column()
        for factor in e.factors:
            grid.add_row(factor.label, f"{factor.value:.4f}  {factor.note}")
        yield grid
        for claim in e.claims:
            said = f"{claim.words}  {claim.statement}: {sentences.claim_publishers(claim)}"
            yield from _indented(2, [said])
        yield from _indented(2, [e.remark] if e.remark else [])

    def said(self, t: doc.Topic) -> Iterator[Text]:
        w, limit = self.w, None if self.full else 1
        for a in t.answers[:limit]:
            head = w("answers.line", speaker=a.speaker, kind=a.words, day=w.day(a.stated_on))
            yield Text.assemble((f"{head}: ", "bold"), a.summary, self.marks(a.source_ids))
        for o in t.observations[:limit]:
            head = w("answers.observed", about=o.about, day=w.day(o.observed_on))
            yield Text.assemble((f"{head}: ", "bold"), o.summary, self.marks(o.source_ids))

    def verdicts_and_contacts(self, c: doc.Company) -> Iterator[RenderableType]:
        w = self.w
        if c.verdicts:
            yield _bold(w("verdicts.heading"))
        for v in c.verdicts:
            marks = self.marks([source.source_id for source in v.sources])
            yield from _indented(2, [Text.assemble(sentences.verdict_words(v, w), marks)])
        for contact in c.contacts:
            marks = self.marks([source.source_id for source in contact.sources])
            yield Text.assemble(sentences.contact_words(contact, w), marks)


def _bold(text: str) -> Text:
    return Text(text, style="bold")


def _dim(text: str) -> Text:
    return Text(text, style="dim")


def _indented(depth: int, parts: Iterable[RenderableType]) -> list[RenderableType]:
    return [Padding(part, (0, 0, 0, depth)) for part in parts]


def _bracketed(remarks: Sequence[str]) -> str:
    return "".join(f" ({remark})" for remark in remarks)


def _grow(tree: Tree, branches: Sequence[doc.Branch], w: Wording) -> None:
    for b in branches:
        label = Text.assemble(b.before, (b.name, "bold"), b.after, style="" if b.live else "dim")
        for name in b.lists:
            label.append("  " + w("around.on_list", list=name), style="red")
        _grow(tree.add(label), b.branches, w)
