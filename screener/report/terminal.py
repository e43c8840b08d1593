"""Reports for the terminal, by rich: legible at 80 columns and at 140, in colour and piped.

Every text from data goes through `plain` and into rich as `Text`, so that neither markup nor control characters in a name can act.
Colour repeats what words and marks say already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

from screener.portfolio.screen import Screening
from screener.report.headline import headlines
from screener.report.machine import unmatched_reason
from screener.report.story import Step, Stories, caption
from screener.report.text import plain
from screener.report.words import (
    BAND_MARKS,
    BAND_STYLES,
    NOTICE,
    RESPONSE_WORDS,
    STATUS_WORDS,
    TOPIC_NAMES,
    dollars,
    percent,
    status_words,
)
from screener.score.assess import Assessment

_CITED_A_STEP = 2
_WORTH_PROPOSING = 0.3  # a nearer guess than that is no help to a reader


class Citations:
    """Numbers the sources of a company in the order in which a reader meets them."""

    def __init__(self, stories: Stories) -> None:
        self._stories = stories
        self._numbers: dict[str, int] = {}

    def marks(self, source_ids: Sequence[str], limit: int | None) -> str:
        """The numbers of some sources as ` [1, 2]`; beyond the limit as `+3`."""
        shown = [s for s in source_ids if s in self._stories.sources][:limit]
        if not shown:
            return ""
        numbers = [str(self._numbers.setdefault(s, len(self._numbers) + 1)) for s in shown]
        more = len(source_ids) - len(shown)
        return f" [{', '.join(numbers)}{f' +{more}' if more > 0 else ''}]"

    def lines(self, *, urls: bool) -> Iterator[Text]:
        """The sources cited, one after the other."""
        for source_id, number in self._numbers.items():
            source = self._stories.sources[source_id]
            line = Text(f"[{number}] ", style="dim")
            line.append(
                f"{plain(source['publisher'])}, {plain(source['title'])}, {source['published_written']} ({source['grade']})"
            )
            if urls:
                line.append(f" {plain(source['url'])}", style="dim")
            yield line


def console(*, width: int | None = None) -> Console:
    """A console that takes nothing in a text for markup, emoji or highlighting."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False, width=width)


@contextmanager
def page(width: int | None = None) -> Iterator[tuple[Console, list[str]]]:
    """A console to print a report on; into a terminal it prints at once, else the text is gathered without trailing blanks.

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


def print_screening(screening: Screening, out: Console, *, limit: int | None = None) -> None:
    """The report of a screened portfolio: head, topics, ranked companies, each company's strongest paths, unmatched lines.

    Args:
        screening: of `screener.portfolio.screen.screen`.
        out: where to print.
        limit: tell at most this many companies in full; the ranking always names all.
    """
    a = screening.assessment
    out.print(Line(Text(" South Korean corporate complicity screening ", style="bold"), style="dim"))
    out.print(_portfolio_head(screening))
    out.print()
    if screening.by_topic.height:
        out.print(_topic_table(screening))
        out.print()
    out.print(_band_line(screening))
    held = _held(screening)
    told = held.filter(pl.col("findings").fill_null(0) > 0)
    if told.height:
        out.print()
        out.print(Line(Text(" Companies with findings, by score ", style="bold"), style="dim", align="left"))
        out.print(_ranking(told, weighed=screening.weighed, narrow=out.width < 100))
    shown = told.filter(pl.col("band") != "none")
    stories = Stories(a, shown["entity_id"].to_list())
    for row in shown.head(limit or shown.height).iter_rows(named=True):
        out.print()
        out.print(_company(row["entity_id"], a, stories, weight=row["weight"]))
    if limit and shown.height > limit:
        out.print(
            f"\n… {shown.height - limit} more companies; see them all without --limit, or one with `screener show`."
        )
    _print_ended(told, a, out)
    out.print()
    _print_unmatched(screening, out)
    _print_foot(a, out, quiet_companies=held.height - told.height)


def print_companies(
    assessment: Assessment, company_ids: Sequence[str], out: Console, title: str, *, full: bool
) -> None:
    """Companies one after the other, each with its topics, paths, evidence and answers (`list` and `show`)."""
    a, stories = assessment, Stories(assessment, company_ids)
    out.print(Line(Text(f" {title} ", style="bold"), style="dim"))
    out.print(Text(_clock_words(a), style="dim"))
    for company_id in company_ids:
        out.print()
        out.print(_company(company_id, a, stories, full=full, urls=True))
    if not company_ids:
        out.print(
            "\nNo company has such a finding. That is no clean bill: it says only that the facts held here show none."
        )
    _print_foot(a, out)


def print_explanation(assessment: Assessment, company_id: str, out: Console, topics: Sequence[str] = ()) -> None:
    """A company's score taken apart: every factor of every finding, and how they add up to the score."""
    a, stories = assessment, Stories(assessment, [company_id])
    company = a.companies.filter(pl.col("entity_id") == company_id).row(0, named=True)
    scores = a.scores.topics.filter(pl.col("company_id") == company_id).sort(
        ["score", "topic"], descending=[True, False]
    )
    overall = a.scores.companies.filter(pl.col("company_id") == company_id)
    out.print(Line(Text(f" How the score of {plain(company['name'])} comes about ", style="bold"), style="dim"))
    out.print(Text(_clock_words(a) + f" · method {a.method.version}", style="dim"))
    if overall.is_empty():
        out.print("\nNo finding, so there is no score to explain. That is no clean bill.")
        return
    w = a.method.overall["further_topics"]
    parts = [f"{score / 100:.4f}" for score in scores["score"]]
    product = " x ".join([f"(1 - {parts[0]})"] + [f"(1 - {w:g} x {p})" for p in parts[1:]])
    out.print(Text.assemble("\nOverall ", (f"{overall['score'][0]:.2f}", "bold"), f" = 100 x (1 - {product})"))
    out.print("The strongest topic counts in full, each further one with the weight given; see docs/method.md.")
    for t in scores.iter_rows(named=True):
        if topics and t["topic"] not in topics:
            continue
        findings = _findings(a, company_id, t["topic"])
        counted = findings.filter(pl.col("counted"))
        out.print()
        out.print(_topic_line(t))
        terms = " x ".join(f"(1 - {e:.4f} x {c:.4f})" for e, c in counted.select("exposure", "confidence").iter_rows())
        out.print(
            Padding(
                Text(f"{t['score']:.2f} = 100 x (1 - {terms}): exposure x confidence of each finding that counts"),
                (0, 2),
            )
        )
        for f in findings.iter_rows(named=True):
            out.print(Padding(_explained(f, a, stories), (1, 2, 0, 2)))
    _print_foot(a, out)


def _explained(f: dict[str, Any], a: Assessment, stories: Stories) -> RenderableType:
    rule = next(r for r in a.rules if r.id == f["rule_id"])
    mark = "counted" if f["counted"] else "not counted: the same facts or the same anchor are counted above"
    head = Text.assemble((f"{plain(rule.title)}", "bold"), f"  [{f['rule_id']}, {f['finding_id']}]  {mark}")
    numbers = Table.grid(padding=(0, 2))
    numbers.add_column(justify="right")
    numbers.add_column()
    g = a.method.graph
    amount = f"{dollars(f['amount_usd'])} a year" if f["amount_usd"] else "no amount is known"
    scale = f"{amount} on the rule's scale" + (f"; revenue {dollars(f['revenue_usd'])}" if f["revenue_usd"] else "")
    recency = _recency_words(f, a)
    rows = [
        ("severity", f["severity"], "of the rule"),
        ("x involvement", f["involvement"], f"{rule.involvement}"),
        ("x proximity", f["proximity"], _proximity_words(f, g)),
        ("x magnitude", f["magnitude"], scale if f["magnitude_known"] else "neutral value, magnitude unknown"),
        ("x recency", f["recency"], recency),
        ("= exposure", f["exposure"], ""),
        (
            "confidence",
            f["confidence"],
            "each claim 1 - product over publishers of (1 - quality of the grade), claims multiplied",
        ),
        ("exposure x confidence", f["exposure"] * f["confidence"], ""),
    ]
    for label, value, note in rows:
        numbers.add_row(label, f"{value:.4f}  {note}")
    return Group(head, *_path(f, stories), numbers, *_claims(f, a, stories))


def _claims(f: dict[str, Any], a: Assessment, stories: Stories) -> list[Text]:
    """What a path rests on, claim by claim: how sure by which voices, and how recent; edges that say the same are one claim."""
    quality = a.method.quality
    steps = stories.steps(f["company_id"], f["edge_ids"])
    same: dict[str, list[Step]] = {}
    for step in steps[: f["weighed"]]:
        same.setdefault(step.claim, []).append(step)
    found = a.scores.claims.filter(pl.col("finding_id") == f["finding_id"])
    weighed = {row["claim"]: row for row in found.iter_rows(named=True)}
    lines = []
    for number, (claim, told) in enumerate(same.items(), 1):
        best: dict[str, str] = {}
        for source in (stories.sources[i] for step in told for i in step.source_ids):
            best[source["voice"]] = min(source["grade"], best.get(source["voice"], "Z"))
        one = weighed[claim]
        recency = f", recency {one['fresh']:.4f}" if one["fresh"] < 1 else ""
        denied = f"; disputed, x {a.method.confidence['disputed']:g}" if one["disputed"] else ""
        said = f"{plain(told[0].from_name)} {plain(told[0].words)} " + ", ".join(plain(step.to_name) for step in told)
        voices = ", ".join(f"{plain(voice)} {grade} {quality[grade]:g}" for voice, grade in sorted(best.items()))
        lines.append(Text(f"  claim {number}: {one['sure']:.4f}{recency}  {said}: {voices}{denied}"))
    if steps[f["weighed"] :]:
        lines.append(
            Text(
                f"  {plain(a.name(f['anchor_id']))} counts without its listings: they are told beside and take nothing away"
            )
        )
    return lines


def _recency_words(f: dict[str, Any], a: Assessment) -> str:
    r = a.method.recency
    if f["status"] == "ended":
        return f"ended {f['until']}, halves every {r['ended_half_life_months']:g} months; claims multiplied"
    if f["stale"]:
        return (
            f"last confirmed {f['confirmed_on']}, full for {r['unconfirmed_grace_months']:g} months, then halves every "
            f"{r['unconfirmed_half_life_months']:g} down to {r['unconfirmed_floor']:g}; claims multiplied"
        )
    return f"last confirmed {f['confirmed_on']}"


def _proximity_words(f: dict[str, Any], graph: dict[str, float]) -> str:
    if f["relation"] == "group":
        return f"of the acting parent, x {graph['group_weight']:g} as an affiliate that did not act"
    if f["tier"]:
        return f"tier {f['tier']}: x {graph['tier_decay']:g} for each tier after the first, input share or {graph['unknown_input_share']:g} where unknown"
    return "product over the stakes of the path, 1 at control or for the company's own act"


def _portfolio_head(screening: Screening) -> RenderableType:
    a, w = screening.assessment, screening.weights
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    lines = screening.lines
    matched = lines.filter(pl.col("matched")).height
    grid.add_row(
        "portfolio",
        Text(f"{plain(screening.portfolio.name)}: {lines.height} lines, {matched} matched to Korean companies"),
    )
    grid.add_row("day", Text(_clock_words(a)))
    if screening.weighed:
        grid.add_row(
            "score", Text.assemble((f"{screening.score:.2f}", "bold"), " of 100, weighted over the matched lines")
        )
        kinds = [f"{name} {percent(weight)}" for name, weight in w.items() if weight]
        grid.add_row("weight", Text(", ".join(kinds)))
    for note in screening.portfolio.notes:
        grid.add_row("note", Text(plain(note)))
    if screening.portfolio.rejects.height:
        grid.add_row(
            "set aside", Text(f"{screening.portfolio.rejects.height} remarks on single lines, told at the end")
        )
    grid.add_row(
        "method",
        Text(f"{a.method.version}, {len(a.rules)} rules; {a.rejected} dataset rows set aside (screener data check)"),
    )
    return grid


def _clock_words(a: Assessment) -> str:
    return f"as of {a.clocks.as_of}, with what was published by {a.clocks.known_at}"


def _topic_table(screening: Screening) -> Table:
    table = Table(
        title="Exposed by topic (at least one finding that has not ended)",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
    )
    table.add_column("topic")
    table.add_column("weight", justify="right")
    table.add_column("holdings", justify="right")
    table.add_column("attributed a year", justify="right")
    for row in screening.by_topic.iter_rows(named=True):
        money = dollars(row["attributed_usd"]) if row["attributed_usd"] is not None else "not known"
        weight = percent(row["weight_exposed"]) if screening.weighed else "-"
        table.add_row(TOPIC_NAMES[row["topic"]], weight, str(row["holdings"]), money)
    return table


def _band_line(screening: Screening) -> Text:
    text = Text("Bands  ", style="bold")
    for row in screening.by_band.iter_rows(named=True):
        weight = f" ({percent(row['weight'])})" if screening.weighed else ""
        text.append(
            f"{BAND_MARKS[row['band']]} {row['band']} {row['holdings']}{weight}  ", style=BAND_STYLES[row["band"]]
        )
    return text


def _held(screening: Screening) -> pl.DataFrame:
    a = screening.assessment
    held = (
        screening.lines.filter(pl.col("matched"))
        .group_by("entity_id")
        .agg(
            weight=pl.when(pl.col("weight").is_not_null().any()).then(pl.col("weight").sum())
            if screening.weighed
            else pl.lit(None, dtype=pl.Float64),
            score=pl.col("score").first(),
            band=pl.col("band").first(),
        )
    )
    return (
        held.join(headlines(a), left_on="entity_id", right_on="company_id", how="left")
        .join(a.companies.select("entity_id", "name", "name_ko", "stock_code"), on="entity_id", how="left")
        .sort(["score", "entity_id"], descending=[True, False])
    )


def _ranking(held: pl.DataFrame, *, weighed: bool, narrow: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", justify="right", style="dim")
    table.add_column("company", overflow="fold", ratio=3)
    if not narrow:
        table.add_column("code", no_wrap=True)
    if weighed:
        table.add_column("weight", justify="right", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("band", no_wrap=True)
    table.add_column("status", overflow="fold", max_width=14)
    table.add_column("topics", overflow="fold", ratio=4)
    for number, row in enumerate(held.iter_rows(named=True), 1):
        name = plain(row["name"]) + ("" if narrow or not row["name_ko"] else f"  {plain(row['name_ko'])}")
        topics = ", ".join(t["label"] for t in row["topics"] or [])
        cells: list[RenderableType] = [str(number), Text(name)]
        if not narrow:
            cells.append(row["stock_code"] or "")
        if weighed:
            cells.append("-" if row["weight"] is None else percent(row["weight"]))
        cells += [
            f"{row['score']:.1f}",
            Text(f"{BAND_MARKS[row['band']]} {row['band']}", style=BAND_STYLES[row["band"]]),
        ]
        table.add_row(*cells, Text(row["standing"]), Text(topics + ("" if row["live"] else " (all ended)")))
    return table


def _company(
    company_id: str,
    a: Assessment,
    stories: Stories,
    *,
    weight: float | None = None,
    full: bool = False,
    urls: bool = False,
) -> RenderableType:
    """One company: its topics, the strongest finding of each (`full`: every finding), its answers and the sources cited."""
    company = a.companies.filter(pl.col("entity_id") == company_id).row(0, named=True)
    scored = a.scores.companies.filter(pl.col("company_id") == company_id)
    band = str(scored["band"][0]) if scored.height else "none"
    score = float(scored["score"][0]) if scored.height else 0.0
    head = Text()
    head.append(f"{BAND_MARKS[band]} ", style=BAND_STYLES[band])
    head.append(plain(company["name"]), style="bold")
    known_as = [
        company["name_ko"],
        company["stock_code"],
        company["market"],
        company["business_group"] and f"{company['business_group']} group",
    ]
    head.append("  " + " · ".join(plain(part) for part in known_as if part))
    head.append(
        f"\n     score {score:.1f}, {band}" + (f", {percent(weight)} of the portfolio" if weight is not None else "")
    )
    parts: list[RenderableType] = [head]
    citations = Citations(stories)
    topics = a.scores.topics.filter(pl.col("company_id") == company_id).sort(
        ["score", "topic"], descending=[True, False]
    )
    if topics.is_empty():
        parts.append(Padding(Text("no finding (coverage: thin); that is no clean bill"), (0, 0, 0, 5)))
    for t in topics.iter_rows(named=True):
        parts.append(Padding(_topic_line(t), (0, 0, 0, 2)))
        findings = _findings(a, company_id, t["topic"])
        # A trace below the lowest band is named in a ranking and told in a dossier, not in a portfolio's report.
        shown = findings if full else findings.head(0 if t["band"] == "none" and band != "none" else 1)
        limit = None if full else _CITED_A_STEP
        parts += [
            Padding(_told(f, a, stories, citations, limit=limit), (0, 0, 0, 5)) for f in shown.iter_rows(named=True)
        ]
        if findings.height > shown.height:
            rest = findings.slice(shown.height)
            ended = rest.filter(pl.col("status") == "ended").height
            more = f"{rest.height} {'more ' if shown.height else ''}finding{'s' if rest.height > 1 else ''}" + (
                f", {ended} of them ended" if ended else ""
            )
            parts.append(
                Padding(
                    Text(f"+ {more}: screener show {company['stock_code'] or company_id}", style="dim"), (0, 0, 0, 5)
                )
            )
        actors = set(findings["actor_id"]) | {company_id} if shown.height else set()
        answers = _answers(a, citations, actors, t["topic"], full=full)
        parts += [Padding(answer, (0, 0, 0, 5)) for answer in answers]
    parts += [Padding(line, (0, 0, 0, 2)) for line in citations.lines(urls=urls)]
    return Group(*parts)


def _topic_line(t: dict[str, Any]) -> Text:
    rank = f"rank {t['rank_low']}" if t["rank_low"] == t["rank_high"] else f"rank {t['rank_low']}-{t['rank_high']}"
    text = Text()
    text.append(f"{BAND_MARKS[t['band']]} ", style=BAND_STYLES[t["band"]])
    text.append(TOPIC_NAMES[t["topic"]], style="bold")
    text.append(
        f"  {t['score']:.1f} {t['band']} · confidence {t['confidence']:.2f} · coverage {t['coverage']} · {rank}"
    )
    if t["attributed_usd"] is not None:
        text.append(f" · its part {dollars(t['attributed_usd'])} a year")
    return text


def _findings(a: Assessment, company_id: str, topic: str) -> pl.DataFrame:
    weight = pl.col("exposure") * pl.col("confidence")
    here = (pl.col("company_id") == company_id) & (pl.col("topic") == topic)
    return a.scores.findings.filter(here).sort([~pl.col("counted"), -weight, "finding_id"])


def _told(
    f: dict[str, Any], a: Assessment, stories: Stories, citations: Citations, *, limit: int | None
) -> RenderableType:
    rule = next(r for r in a.rules if r.id == f["rule_id"])
    head = Text()
    head.append(status_words(f["status"], f["until"], f["confirmed_on"], stale=f["stale"]), style="bold")
    group = " (as an affiliate of the company that acts; it did not act itself)" if f["relation"] == "group" else ""
    presumed = (
        " (presumed: no source says where the goods come from)"
        if f["edge_ids"] and f["edge_ids"][-1] in stories.presumed
        else ""
    )
    head.append(f"  {plain(rule.title)}{group}{presumed}")
    return Group(head, *_path(f, stories, citations, limit))


def _path(
    f: dict[str, Any], stories: Stories, citations: Citations | None = None, limit: int | None = None
) -> list[RenderableType]:
    lines: list[RenderableType] = []
    depth = 0
    previous: Step | None = None
    steps = stories.steps(f["company_id"], f["edge_ids"])
    if steps:
        lines.append(Text(plain(steps[0].from_name)))
    for step in steps:
        beside = previous is not None and step.from_id == previous.from_id and step.relation == previous.relation
        notes = "; ".join(part for part in (step.dates, step.told) if part)
        marks = citations.marks(step.source_ids, limit) if citations else ""
        note = Text(f" ({plain(notes)}){marks}", style="dim")
        if beside and step.relation == "listed_on":
            # Several lists for one body go on in one breath.
            also = Text.assemble(("; ", "dim"), (plain(step.to_name), "bold"), note)
            last = lines[-1]
            if isinstance(last, Padding) and isinstance(last.renderable, Text):
                last.renderable.append_text(also)
            previous = step
            continue
        depth += not beside
        text = Text("└─ ", style="dim")
        if previous is not None and not beside and step.from_id != previous.to_id:
            text.append(f"{plain(step.from_name)} ")
        text.append(f"{plain(step.words)} ")
        text.append(plain(step.to_name), style="bold")
        text.append_text(note)
        if step.status != "active" and step.relation != "listed_on":
            text.append(f" {STATUS_WORDS[step.status]}")
        lines.append(Padding(text, (0, 0, 0, 2 * min(depth, 8) - 2)))
        previous = step
    if told := caption(steps):
        lines.append(Text(plain(told), style="italic"))
    return lines


def _answers(a: Assessment, citations: Citations, actors: set[str], topic: str, *, full: bool) -> list[Text]:
    chosen = a.responses.filter(pl.col("entity_id").is_in(sorted(actors)) & (pl.col("topic") == topic)).sort(
        "stated_on", descending=True, maintain_order=True
    )
    lines = []
    for row in chosen.head(chosen.height if full else 1).iter_rows(named=True):
        text = Text()
        text.append(
            f"{plain(a.name(row['entity_id']))} {RESPONSE_WORDS[row['kind']]} ({row['stated_written']}): ", style="bold"
        )
        text.append(plain(row["summary"]))
        text.append(citations.marks(row["source_ids"], None), style="dim")
        lines.append(text)
    return lines


def _print_ended(told: pl.DataFrame, a: Assessment, out: Console) -> None:
    faint = told.filter(pl.col("band") == "none")
    if faint.is_empty():
        return
    out.print()
    out.print(Line(Text(" Below the bands: ended, faint or indirect ", style="bold"), style="dim", align="left"))
    titles = {rule.id: rule.title for rule in a.rules}
    for row in faint.iter_rows(named=True):
        own = a.scores.findings.filter(pl.col("company_id") == row["entity_id"]).sort(
            -(pl.col("exposure") * pl.col("confidence")), "finding_id"
        )
        f = own.row(0, named=True)
        via = f" ({f['relation']}: {plain(a.name(f['actor_id']))})" if f["relation"] not in ("direct", "supply") else ""
        via += f", tier {f['tier']}" if f["tier"] else ""
        text = Text.assemble(
            (plain(row["name"]), "bold"),
            f"  {status_words(f['status'], f['until'], f['confirmed_on'], stale=f['stale'])}: {plain(titles[f['rule_id']])}{via}, {plain(a.name(f['anchor_id']))}",
        )
        out.print(text)


def _print_unmatched(screening: Screening, out: Console) -> None:
    unmatched = screening.lines.filter(~pl.col("matched"))
    if unmatched.height:
        out.print(Line(Text(" Lines that were not screened ", style="bold"), style="dim", align="left"))
        proposals = screening.candidates
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("row", justify="right", no_wrap=True)
        table.add_column("as written", overflow="fold", ratio=3)
        if screening.weighed:
            table.add_column("weight", justify="right", no_wrap=True)
        table.add_column("why", overflow="fold", ratio=5)
        for line in unmatched.iter_rows(named=True):
            written = " ".join(plain(str(line[c])) for c in ("stock_code", "isin", "name") if line[c])
            why = unmatched_reason(line)
            if line["kind"] == "security":
                why += f": {plain(line['reason'])}" if line["reason"] else ""
                meant = proposals.filter((pl.col("row") == line["row"]) & (pl.col("score") >= _WORTH_PROPOSING)).head(3)
                if meant.height:
                    why += "; perhaps " + ", ".join(
                        f"{plain(n)} ({s:.2f})" for n, s in meant.select("name", "score").iter_rows()
                    )
            cells: list[RenderableType] = [str(line["row"]), Text(written)]
            if screening.weighed:
                cells.append("-" if line["weight"] is None else percent(line["weight"]))
            table.add_row(*cells, Text(why))
        out.print(table)
    noted = screening.lines.filter(pl.col("matched") & pl.col("reason").is_not_null())
    if noted.height or screening.portfolio.rejects.height:
        out.print()
        out.print(Line(Text(" Remarks on single lines ", style="bold"), style="dim", align="left"))
        for row in noted.iter_rows(named=True):
            out.print(
                Text(
                    f"row {row['row']}: {plain(row['name'] or row['stock_code'] or row['isin'] or '')}: {plain(row['reason'])}"
                )
            )
        for r in screening.portfolio.rejects.iter_rows(named=True):
            found = f" (found {plain(r['found'])!r})" if r["found"] else ""
            out.print(
                Text(f"row {r['row']}: {plain(r['key'] or '')}: {plain(r['problem'])}{found}; {plain(r['do'] or '')}")
            )


def _print_foot(a: Assessment, out: Console, *, quiet_companies: int | None = None) -> None:
    out.print()
    if quiet_companies:
        out.print(
            Text(
                f"{quiet_companies} matched companies have no finding. Not found is not clean: it says only that the facts held here show none."
            )
        )
    incomplete = [
        f"{row['title']} (complete as of {row['complete_as_of']})"
        for row in a.lists.iter_rows(named=True)
        if row["complete_as_of"]
    ]
    if incomplete:
        out.print(Text("Lists held: " + "; ".join(plain(i) for i in incomplete) + ".", style="dim"))
    out.print(Text(NOTICE, style="dim"))
