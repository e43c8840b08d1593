"""Reports for the terminal, by rich: legible at 80 columns and at 140, in colour and piped.

They walk the document; its texts go into rich as `Text`: no markup in a name can act. Colour only repeats words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from screener.report import document as doc
from screener.report.sentences import (
    claim_publishers,
    contact_words,
    lists_words,
    remark_words,
    source_words,
    topic_words,
    verdict_words,
)
from screener.report.wording import BAND_MARKS, Wording

BAND_STYLES: Final = {"severe": "bold red", "high": "red", "elevated": "yellow", "low": "cyan", "none": "dim"}
STRONGEST: Final = 5  # companies whose strongest path a screening shows unless asked for more
_CITED_A_STEP: Final = 2
_PATH_LINES: Final = 3
_PROPOSED: Final = 0.3  # a candidate with a lower score is no help to a reader
_BAR: Final = 24
_NARROW: Final = 100


def console(*, width: int | None = None) -> Console:
    """A console that takes nothing in a text for markup, emoji or highlighting."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False, width=width)


@contextmanager
def page(width: int | None = None) -> Iterator[tuple[Console, list[str]]]:
    """A console to print a report on: at once to a terminal, else the text is gathered without trailing blanks.

    Args:
        width: for a file; then nothing is printed and the text is the second value's only item.
    """
    out = console(width=width)
    text: list[str] = []
    if width is None and out.is_terminal:
        yield out, text
        return
    with out.capture() as captured:
        yield out, text
    gathered = "\n".join(line.rstrip() for line in captured.get().split("\n"))
    if width is None:
        out.file.write(gathered)
    text.append(gathered)


def print_document(d: doc.Document, w: Wording, out: Console, *, full: bool = False, limit: int | None = None) -> None:
    """Prints any document.

    Args:
        d: the document.
        w: its language.
        out: where to print.
        full: everything, not what fits two screens (screening), or every finding, not each topic's strongest (list).
        limit: how many companies of a screening are shown beyond their line in the table.
    """
    _Writer(w, out).document(d, full=full, limit=limit)


class _Citations:
    """Numbers the sources of a company in the order in which a reader meets them."""

    def __init__(self, company: doc.Company) -> None:
        self._sources = {source.source_id: source for source in company.cited()}
        self._numbers: dict[str, int] = {}

    def marks(self, source_ids: Sequence[str], limit: int | None = None) -> str:
        """The numbers of some sources as ` [1, 2]`; beyond the limit as `+3`."""
        shown = [s for s in source_ids if s in self._sources][:limit]
        if not shown:
            return ""
        numbers = [str(self._numbers.setdefault(s, len(self._numbers) + 1)) for s in shown]
        more = len(source_ids) - len(shown)
        return f" [{', '.join(numbers)}{f' +{more}' if more > 0 else ''}]"

    def cited(self) -> Iterator[tuple[int, doc.Source]]:
        """The sources that were cited, with their numbers."""
        for source_id, number in self._numbers.items():
            yield number, self._sources[source_id]


class _Writer:
    def __init__(self, w: Wording, out: Console) -> None:
        self.w, self.out = w, out
        self.narrow = out.width < _NARROW

    def document(self, d: doc.Document, *, full: bool, limit: int | None) -> None:
        w, out = self.w, self.out
        out.print(Line(Text(f" {d.title} ", style="bold", overflow="ellipsis"), style="dim"))
        clocks = w("head.clocks", as_of=w.day(d.as_of), known_at=w.day(d.known_at))
        method = w("head.method", method=d.manifest.method, rules=len(d.manifest.rules))
        out.print(Text(f"{clocks} · {method}", style="dim"))
        if d.portfolio:
            self.portfolio(d, d.portfolio)
        else:
            for note in d.notes:
                out.print(Text(note, style="dim"))
        exposed = d.exposed
        if d.kind in ("screening", "list"):
            self.ranking(d, [c for c in exposed if full or d.kind == "list" or c.band != "none"], full=full)
        if d.portfolio:
            self.below_the_bands([c for c in exposed if c.band == "none"], full=full)
        if d.portfolio and not full:
            self.strongest(exposed, STRONGEST if limit is None else limit)
        else:
            shown = [c for c in exposed if c.band != "none"] if d.portfolio else d.companies
            for company in shown[:limit]:
                out.print()
                out.print(self.company(company, full=full or d.kind in ("show", "explain"), urls=not d.portfolio))
        if d.kind == "list" and not d.companies:
            out.print(Text("\n" + w("companies.none")))
        if d.since:
            self.changes(d.since, full=full)
        self.unmatched(d, full=full)
        self.foot(d)

    # --- the portfolio --------------------------------------------------------------------------------

    def portfolio(self, d: doc.Document, p: doc.Portfolio) -> None:
        w, out = self.w, self.out
        line = w("portfolio.lines", lines=p.lines, matched=p.matched)
        if p.weighted:
            parts = [f"{w.label('portfolio.outcome', k)} {w.percent(v)}" for k, v in p.weights.items() if v]
            line += ": " + w("format.list_joiner").join(parts)
        out.print(Text(line))
        for note in d.notes:
            out.print(Text(note, style="dim"))
        if d.set_aside:
            out.print(Text(w("portfolio.set_aside", count=len(d.set_aside)), style="dim"))
        if p.weighted:
            out.print(Text.assemble("\n", (w("portfolio.score", score=f"{p.score:.2f}"), "bold")))
        if p.benchmark:
            b = p.benchmark
            out.print(
                Text(w("portfolio.benchmark", name=b.name, score=f"{b.score:.2f}", active=f"{b.active_score:+.2f}"))
            )
        if p.by_topic:
            out.print()
            out.print(Text(w("portfolio.by_topic"), style="bold"), self.exposures(p), sep="\n")
        out.print()
        out.print(self.bands(p))
        if p.benchmark and p.benchmark.drivers:
            out.print()
            out.print(Text(w("portfolio.drivers"), style="bold"), self.drivers(p.benchmark), sep="\n")

    def exposures(self, p: doc.Portfolio) -> Table:
        w = self.w
        table = _table()
        table.add_column(w("columns.topic"), no_wrap=True)
        largest = max((t.weight_exposed if p.weighted else t.holdings for t in p.by_topic), default=0) or 1
        if not self.narrow:
            table.add_column("", no_wrap=True)
        heads = (
            ["weight"] * p.weighted + ["benchmark", "active"] * (p.benchmark is not None) + ["holdings", "attributed"]
        )
        for head in heads:
            table.add_column(w(f"columns.{head}"), justify="right", no_wrap=True)
        bar = _BAR if not self.narrow else 0
        for t in p.by_topic:
            part = (t.weight_exposed if p.weighted else t.holdings) / largest
            cells: list[RenderableType] = [Text(t.name)]
            cells += [Text("█" * max(1, round(bar * part)) if part else "", style="red")] if bar else []
            cells += [w.percent(t.weight_exposed)] * p.weighted
            if p.benchmark:
                cells += [w.percent(t.benchmark_weight or 0), f"{100 * (t.active_weight or 0):+.2f}"]
            money = w("portfolio.not_known") if t.attributed_usd is None else w.dollars(t.attributed_usd)
            table.add_row(*cells, str(t.holdings), money)
        return table

    def bands(self, p: doc.Portfolio) -> Text:
        text = Text(self.w("portfolio.by_band") + "  ", style="bold")
        for b in p.by_band:
            weight = f" ({self.w.percent(b.weight)})" if p.weighted else ""
            split = ""
            if b.band == "none" and b.holdings:
                below = b.holdings - b.without_findings
                split = ": " + self.w("portfolio.none_split", without=b.without_findings, below=below)
            text.append(f"{self.band(b.band)} {b.holdings}{weight}{split}  ", style=f"not bold {BAND_STYLES[b.band]}")
        return text

    def drivers(self, b: doc.Benchmark) -> Table:
        w = self.w
        table = _table()
        table.add_column(w("columns.company"), overflow="fold")
        for head in ("score", "weight", "benchmark", "contribution"):
            table.add_column(w(f"columns.{head}"), justify="right", no_wrap=True)
        for r in b.drivers:
            cells = (f"{r.score:.1f}", w.percent(r.weight), w.percent(r.benchmark_weight), f"{r.difference:+.2f}")
            table.add_row(Text(r.name), *cells)
        return table

    def ranking(self, d: doc.Document, companies: Sequence[doc.Company], *, full: bool) -> None:
        """A line a company (`full`: all its topics, over as many lines as it takes): no score without its status."""
        if not companies:
            return
        w = self.w
        self.heading(w("companies.heading"))
        weighted = d.portfolio is not None and d.portfolio.weighted
        fixed = {"": 3, "score": 5, "band": 4 if self.narrow else 13}
        fixed |= {} if self.narrow else {"code": 6}
        fixed |= {"weight": 8} if weighted else {}
        room = self.out.width - sum(fixed.values()) - len(fixed) - 2
        name, status = round(0.38 * room), min(30, round(0.28 * room))
        widths = fixed | {"company": name, "status": status, "topics": room - name - status}
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
        order = ("", "company", "code", "weight", "score", "band", "status", "topics")
        shown = [column for column in order if column in widths]
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
            labels = [t.label for t in c.topics]
            first = (
                w("companies.topics_more", topic=labels[0], count=len(labels) - 1)
                if len(labels) > 1
                else "".join(labels)
            )
            cells: dict[str, RenderableType] = {
                "": str(number),
                "company": Text(f"{known}  {other}" if cell_len(f"{known}  {other}") <= name or full else known),
                "code": c.stock_code or "",
                "weight": self.weight(c.weight),
                "score": f"{c.score:.1f}",
                "band": Text(BAND_MARKS[c.band] if self.narrow else self.band(c.band), style=BAND_STYLES[c.band]),
                "status": Text(c.headline_status or ""),
                "topics": Text(w("format.list_joiner").join(labels) if full else first),
            }
            table.add_row(*(cells[column] for column in shown))
        self.out.print(table)

    def strongest(self, companies: Sequence[doc.Company], limit: int) -> None:
        """The strongest path of the first companies, in a few lines each."""
        shown = [c for c in companies if c.band != "none"]
        if shown:
            self.heading(self.w("companies.strongest"))
        for number, c in enumerate(shown[:limit], 1):
            f = c.strongest
            head = Text.assemble(
                (f"{number} {self.names(c)[0]}", "bold"), f"  {f.status_words}: {f.title}{_bracketed(f.remarks)}"
            )
            head.truncate(self.out.width, overflow="ellipsis")
            said = Text(f.narrative).wrap(self.out, self.out.width - 2)
            lines = list(said[:_PATH_LINES])
            if len(said) > _PATH_LINES:
                lines[-1] = Text(lines[-1].plain.rstrip() + " …")
                lines[-1].truncate(self.out.width - 2, overflow="ellipsis")
            self.out.print(head, *(Padding(line, (0, 0, 0, 2)) for line in lines), sep="\n")
        if len(shown) > limit:
            self.out.print(Text(self.w("companies.left_out", count=len(shown) - limit), style="dim"))

    def below_the_bands(self, companies: Sequence[doc.Company], *, full: bool) -> None:
        if not companies:
            return
        w = self.w
        if not full:
            names = w("format.list_joiner").join(self.names(c)[0] for c in companies)
            self.out.print(Text(f"\n{w('companies.below')}: {names}", style="dim"))
            return
        self.heading(w("companies.below"))
        for c in companies:
            f = c.strongest
            via = [w("companies.via_owned", actor=f.actor)] if f.relation == "owned" else []
            via += [w("companies.via_group", actor=f.actor)] if f.relation == "group" else []
            via += [w("companies.via_tier", tier=f.tier)] if f.tier else []
            line = w("companies.below_line", status=f.status_words, rule=f.title + _bracketed(via), anchor=f.anchor)
            self.out.print(Text.assemble((self.names(c)[0], "bold"), f"  {line}"))

    def unmatched(self, d: doc.Document, *, full: bool) -> None:
        w, out = self.w, self.out
        lines = d.unmatched if full else [u for u in d.unmatched if u.kind == "security"]
        if d.unmatched and lines:
            self.heading(w("unmatched.heading"))
            table = _table()
            table.add_column(w("columns.row"), justify="right", no_wrap=True)
            table.add_column(w("columns.written"), overflow="fold", ratio=3)
            weighted = d.portfolio is not None and d.portfolio.weighted
            if weighted:
                table.add_column(w("columns.weight"), justify="right", no_wrap=True)
            table.add_column(w("columns.why"), overflow="fold", ratio=5)
            for u in lines if full else lines[:STRONGEST]:
                cells: list[RenderableType] = [u.place, Text(u.written)]
                cells += [self.weight(u.weight)] * weighted
                table.add_row(*cells, Text(self.why(u)))
            out.print(table)
        weighted = d.portfolio is not None and d.portfolio.weighted
        told = {(r.row, None) for r in d.set_aside}
        remarks = []
        for line in d.holdings:
            note = line.note
            if note is None and weighted and line.weight is None and (line.row, line.sheet) not in told:
                note = w("remarks.no_weight")
            remarks += [w("remarks.line", row=line.place, text=f"{line.written}: {note}")] if note else []
        remarks += [w("remarks.line", row=r.row, text=remark_words(r, w)) for r in d.set_aside]
        if remarks:
            self.heading(w("remarks.heading"))
            for remark in remarks if full else remarks[: 2 * STRONGEST]:
                out.print(Text(remark))
        left = len(d.unmatched) - len(lines[: None if full else STRONGEST])
        left += 0 if full else max(0, len(remarks) - 2 * STRONGEST)
        if left:
            out.print(Text(w("unmatched.left_out", count=left), style="dim"))

    def why(self, u: doc.Unmatched) -> str:
        """The reason, its detail, and whom the line perhaps means."""
        words = u.reason_words + (f": {u.detail}" if u.detail and u.kind == "security" else "")
        near = [f"{c.name} ({c.score:.2f})" for c in u.candidates if c.score >= _PROPOSED][:3]
        return words + ("; " + self.w("unmatched.perhaps", names=", ".join(near)) if near else "")

    # --- a company ------------------------------------------------------------------------------------

    def company(self, c: doc.Company, *, full: bool, urls: bool) -> RenderableType:
        """A company: its topics, the strongest finding of each (`full`: all), what was said, and the sources cited."""
        w = self.w
        name, other = self.names(c)
        group = w("names.group", group=c.business_group) if c.business_group else None
        known_as = " · ".join(part for part in (other, c.stock_code, c.market, group) if part)
        line = w("companies.score", score=f"{c.score:.1f}", band=w.label("bands", c.band))
        if c.headline_status:
            line += f", {c.headline_status}"
        if c.weight is not None:
            line += ", " + w("companies.portfolio_part", weight=w.percent(c.weight))
        parts: list[RenderableType] = [
            Text.assemble((f"{BAND_MARKS[c.band]} ", BAND_STYLES[c.band]), (name, "bold"), f"  {known_as}\n     {line}")
        ]
        citations = _Citations(c)
        if c.formula:
            parts += [Text(c.formula), Text(w("explain.overall_note"), style="dim")]
        if not c.topics:
            parts.append(Padding(Text(w("companies.no_finding")), (0, 0, 0, 5)))
        for t in c.topics:
            parts += self.topic(c, t, citations, full=full)
        parts += [Padding(line, (0, 0, 0, 2)) for line in self.beside_the_score(c, citations)]
        for number, source in citations.cited():
            text = Text.assemble((f"[{number}] ", "dim"), source_words(source, w))
            if urls:
                text.append(f" {source.url}", style="dim")
            parts.append(Padding(text, (0, 0, 0, 2)))
        if c.surroundings:
            tree = Tree(Text(w("around.heading", name=name), style="bold"), guide_style="dim")
            _grow(tree, c.surroundings, w)
            parts += [Text(), tree]
        return Group(*parts)

    def topic(self, c: doc.Company, t: doc.Topic, citations: _Citations, *, full: bool) -> Iterator[RenderableType]:
        w, findings = self.w, c.findings_of(t.topic)
        yield Padding(self.topic_line(t), (0, 0, 0, 2))
        if t.formula:
            yield Padding(Text(t.formula), (0, 0, 0, 5))
        # A trace below the lowest band is named in a ranking and told in a dossier, not in a portfolio's report.
        shown = findings if full else findings[: 0 if t.band == "none" and c.band != "none" else 1]
        for f in shown:
            yield Padding(self.finding(f, citations, None if full else _CITED_A_STEP), (0, 0, 0, 5))
        if rest := findings[len(shown) :]:
            ended = sum(f.status == "ended" for f in rest)
            key = "companies.more" if ended else "companies.more_live"
            more = w(key, count=len(rest), ended=ended, code=c.stock_code or c.company_id)
            yield Padding(Text(more, style="dim"), (0, 0, 0, 5))
        if shown:
            for line in self.said(t, citations, limit=None if full else 1):
                yield Padding(line, (0, 0, 0, 5))

    def topic_line(self, t: doc.Topic) -> Text:
        text = Text(f"{BAND_MARKS[t.band]} ", style=BAND_STYLES[t.band])
        text.append(t.name, style="bold not dim")
        text.append(f"  {t.score:.1f} {self.w.label('bands', t.band)} · {topic_words(t, self.w)}", style="default")
        return text

    def finding(self, f: doc.Finding, citations: _Citations, limit: int | None) -> RenderableType:
        head = Text.assemble((f.status_words, "bold"), f"  {f.title}{_bracketed(f.remarks)}")
        parts: list[RenderableType] = [head, *self.path(f.path, citations, limit)]
        if f.summary:
            parts.append(Text(f.summary, style="italic"))
        if f.explanation:
            parts += self.explanation(f, f.explanation)
        return Group(*parts)

    def path(self, path: Sequence[doc.Step], citations: _Citations, limit: int | None) -> list[RenderableType]:
        lines: list[RenderableType] = [Text(path[0].from_name)] if path else []
        last = Text()
        previous: doc.Step | None = None
        for s in path:
            note = Text(f" ({s.notes}){citations.marks(s.source_ids, limit)}", style="dim")
            if s.beside and s.relation == "listed_on":
                # Several lists for one body go on in one line.
                last.append_text(Text.assemble(("; ", "dim"), (s.to_name, "bold"), note))
                continue
            text = Text("└─ ", style="dim")
            nested = previous is None or s.beside or s.from_id == previous.to_id
            text.append("" if nested else s.from_name + self.w("format.step_joiner"), style="default")
            text.append(f"{s.words} ".lstrip(), style="default")
            text.append(s.to_name, style="bold not dim")
            text.append(s.words_after, style="default")
            text.append_text(note)
            lines.append(Padding(text, (0, 0, 0, 2 * min(s.depth, 8) - 2)))
            last, previous = text, s
        return lines

    def explanation(self, f: doc.Finding, e: doc.Explanation) -> Iterator[RenderableType]:
        w = self.w
        counts = w("explain.counted" if f.included_in_topic_score else "explain.not_counted")
        yield Text(f"[{f.rule}, {f.finding_id}]  {counts}", style="dim")
        grid = Table.grid(padding=(0, 2))
        grid.add_column(justify="right")
        grid.add_column()
        for factor in e.factors:
            grid.add_row(factor.label, f"{factor.value:.4f}  {factor.note}")
        yield grid
        for claim in e.claims:
            yield Text(f"  {claim.words}  {claim.statement}: {claim_publishers(claim)}")
        if e.remark:
            yield Text(f"  {e.remark}")

    def said(self, t: doc.Topic, citations: _Citations, limit: int | None) -> Iterator[Text]:
        w = self.w
        for r in t.answers[:limit]:
            head = w("answers.line", speaker=r.speaker, kind=r.words, day=w.day(r.stated_on))
            yield Text.assemble((f"{head}: ", "bold"), r.summary, (citations.marks(r.source_ids), "dim"))
        for o in t.observations[:limit]:
            head = w("answers.observed", about=o.about, day=w.day(o.observed_on))
            yield Text.assemble((f"{head}: ", "bold"), o.summary, (citations.marks(o.source_ids), "dim"))

    def beside_the_score(self, c: doc.Company, citations: _Citations) -> Iterator[Text]:
        """Outside verdicts and requests for an answer."""
        w = self.w
        if c.verdicts:
            yield Text(w("verdicts.heading"), style="bold")
        for v in c.verdicts:
            marks = citations.marks([s.source_id for s in v.sources])
            yield Text.assemble(f"  {verdict_words(v, w)}", f": {v.summary}" if v.summary else "", (marks, "dim"))
        for contact in c.contacts:
            marks = citations.marks([s.source_id for s in contact.sources])
            yield Text.assemble(contact_words(contact, w), (marks, "dim"))

    # --- small parts ----------------------------------------------------------------------------------

    def changes(self, since: doc.Since, *, full: bool) -> None:
        w = self.w
        self.heading(w("changes.heading"))
        self.out.print(Text(since.words))
        table = _table()
        for key in ("company", "topic", "cause"):
            table.add_column(w(f"columns.{key}"), overflow="fold", ratio=3)
        for key in ("before", "after"):
            table.add_column(w(f"columns.{key}"), justify="right", no_wrap=True)
        table.add_column(w("columns.detail"), overflow="fold", ratio=4)
        shown = since.changes if full else since.changes[: 2 * STRONGEST]
        for c in shown:
            scores = ("–" if score is None else f"{score:.1f}" for score in (c.before, c.after))
            table.add_row(Text(c.company), Text(c.topic), c.cause_words, *scores, Text(c.detail))
        if shown:
            self.out.print(table)
        if left := len(since.changes) - len(shown):
            self.out.print(Text(w("changes.left_out", count=left), style="dim"))

    def foot(self, d: doc.Document) -> None:
        w, out = self.w, self.out
        out.print()
        if d.portfolio and d.portfolio.quiet_companies:
            out.print(Text(w("companies.quiet", count=d.portfolio.quiet_companies)))
        if lists := lists_words(d.lists, w):
            out.print(Text(lists, style="dim"))
        out.print(Text(d.notice, style="dim"))

    def heading(self, text: str) -> None:
        self.out.print()
        self.out.print(Line(Text(f" {text} ", style="bold"), style="dim", align="left"))

    def band(self, band: str) -> str:
        return self.w("names.band", mark=BAND_MARKS[band], band=self.w.label("bands", band))

    def names(self, c: doc.Company) -> tuple[str, str]:
        return self.w.name(c.name, c.name_ko), self.w.other_name(c.name, c.name_ko)

    def weight(self, weight: float | None) -> str:
        return self.w("portfolio.no_weight") if weight is None else self.w.percent(weight)


def _bracketed(remarks: Sequence[str]) -> str:
    return "".join(f" ({remark})" for remark in remarks)


def _table() -> Table:
    return Table(box=None, pad_edge=False, header_style="bold")


def _grow(tree: Tree, branches: Sequence[doc.Branch], w: Wording) -> None:
    for b in branches:
        label = Text(b.before, style="" if b.live else "dim")
        label.append(b.name, style="bold")
        label.append(b.after)
        for name in b.lists:
            label.append("  " + w("around.on_list", list=name), style="red")
        _grow(tree.add(label), b.branches, w)
