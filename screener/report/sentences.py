"""Sentences that several formats share, made of the document's parts in its language."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from screener.report import document as doc
from screener.report.wording import Wording

_PROPOSED: Final = 0.3  # candidates below this score do not help a reader
_HOLDING: Final = ("owns", "operates_project")
_STATES: Final = "active announced_exit disputed unconfirmed announced delisted planned_end ended".split()


def headline_status(findings: Sequence[doc.Finding], w: Wording) -> str:
    """How the ties of a company stand, what may go on first: `active`, or `2 active, 6 unconfirmed, 1 ended`.

    Findings on the same acts are one tie. Those in which only an affiliate acts count where there are no others. A
    dispute and an announced end hold even if the last confirmation is old. A stake that only became another share of
    the same undertaking is no tie that ended.
    """
    own = [f for f in findings if f.relation != "group"] or findings
    held = {(s.from_id, s.to_id) for f in own for s in f.path if s.relation in _HOLDING and s.status != "ended"}
    own = [f for f in own if not _is_former_share(f, held)] or own
    states: dict[object, str] = {}
    for state, f in sorted(((_state(f), f) for f in own), key=lambda one: _STATES.index(one[0])):
        states.setdefault(f.tie, state)
    found = Counter(states.values())
    if len(found) > 1:
        parts = [w("status.counted", count=n, status=w.label("statuses", state)) for state, n in found.items()]
        return w("format.list_joiner").join(parts)
    (only,) = found
    alike = [f for f in own if _state(f) == only]
    if only == "planned_end":
        return w("status.was_to_end", year=max(f.ended_on or "" for f in alike)[:4])
    word = w.label("statuses", only)
    if only == "ended" and all(f.end_own_word for f in alike):
        return w("status.own_word", ended=word)
    if not all(f.stale for f in alike):
        return word
    since = w("status.unconfirmed_since", year=max(f.last_confirmed_on or "" for f in alike)[:4])
    return since if only == "unconfirmed" else w("format.list_joiner").join((word, since))


def _is_former_share(f: doc.Finding, held: set[tuple[str, str]]) -> bool:
    """Whether all that ended of a finding are stakes in what the same owners hold still (`held`: owner, owned)."""
    over = [s for s in f.path if s.scored and s.status == "ended"] if f.status == "ended" else []
    return bool(over) and all(s.relation in _HOLDING and (s.from_id, s.to_id) in held for s in over)


def _state(f: doc.Finding) -> str:
    if f.status == "ended":
        return "planned_end" if f.end_planned else doc.only(f.path) or "ended"
    return f.status if f.status != "active" else doc.only(f.path) or ("unconfirmed" if f.stale else "active")


def status_with_day(findings: Sequence[doc.Finding], w: Wording) -> str:
    """The same, with its day if it is only one."""
    return findings[0].status_words if len(findings) == 1 else headline_status(findings, w)


def known_as(c: doc.Company, w: Wording) -> str:
    """What else identifies a company: `LG전자 · 066570 · KOSPI · LG group`."""
    group = w("names.group", group=c.business_group) if c.business_group else None
    return " · ".join(filter(None, (w.other_name(c.name, c.name_ko), c.stock_code, c.isin, c.market, group)))


def score_words(c: doc.Company, w: Wording) -> str:
    """`score 17.1, elevated, confidence 0.90; ties: 2 active, 1 ended; 1.45 % of the portfolio`."""
    said = w("companies.score", score=f"{c.score:.1f}", band=w.label("bands", c.band))
    if c.headline_status:
        said += ", " + w("companies.confidence", confidence=f"{c.confidence:.2f}")
        said += "; " + w("companies.status", status=c.headline_status)
    return said if c.weight is None else f"{said}; " + w("companies.portfolio_part", weight=w.percent(c.weight))


def topic_words(t: doc.Topic, w: Wording) -> str:
    """`confidence 0.91 · coverage good · rank 2 of 15 (1 to 3 under other parameters)`, and its share of the money."""
    parts = [w("companies.confidence", confidence=f"{t.confidence:.2f}")]
    parts.append(w("companies.coverage", coverage=w.label("coverage", t.coverage)))
    if t.rank_interval:
        low, high = t.rank_interval
        key = "companies.rank" if low == high == t.rank else "companies.rank_interval"
        parts.append(w(key, rank=t.rank, ranked=t.ranked, low=low, high=high))
    if t.attributed_usd is not None:
        parts.append(w("companies.attributed", amount=w.dollars(t.attributed_usd)))
    return " · ".join(parts)


def lines_words(p: doc.Portfolio, w: Wording) -> str:
    """`12 lines, 11 matched to Korean companies: matched 82 %, foreign 10 %`, the latter by weight."""
    weights = p.weights if p.weighted else {}
    parts = [f"{w.label('portfolio.outcome', what)} {w.percent(part)}" for what, part in weights.items() if part]
    said = w("portfolio.lines", lines=p.lines, matched=p.matched)
    return f"{said}: {w('format.list_joiner').join(parts)}" if parts else said


def total_words(p: doc.Portfolio, w: Wording) -> str:
    """The score of the portfolio, or that there is none: no weight was screened, and 0 would read as clean."""
    return w("portfolio.score", score=f"{p.score:.2f}") if p.weights.get("matched") else w("portfolio.no_score")


def benchmark_words(b: doc.Benchmark, w: Wording) -> str:
    """The score of the other portfolio, and the difference."""
    if not b.matched:
        return w("portfolio.no_benchmark", name=b.name)
    return w("portfolio.benchmark", name=b.name, score=f"{b.score:.2f}", active=f"{b.active_score:+.2f}")


def held_words(b: doc.BandWeight, w: Wording, *, weighted: bool) -> str:
    """The holdings of a band: `2 (1.45 %)`; of the band none also how many have findings below the bands."""
    said = f"{b.holdings} ({w.percent(b.weight)})" if weighted else str(b.holdings)
    if b.band != "none" or not b.holdings:
        return said
    below = b.holdings - b.without_findings
    return f"{said}: " + w("portfolio.none_split", without=b.without_findings, below=below)


def own_answers(c: doc.Company, topic: str) -> list[doc.Answer]:
    """The answers on a topic of the company and of those that act for it, not those of their counterparties."""
    speakers = {c.company_id, *(f.actor_id for f in c.findings_of(topic))}
    return [answer for t in c.topics if t.topic == topic for answer in t.answers if answer.speaker_id in speakers]


def verdict_words(v: doc.Verdict, w: Wording) -> str:
    """`Norges Bank excluded the company (2021-03-02; subject: …): …`."""
    key = "verdicts.was_to_end" if v.end_planned else "verdicts.ended"
    day = w.day(v.decided_on) + (w(key, day=w.day(v.ended_on)) if v.ended_on else "")
    subject = v.subject or (w.label("topics", v.topic) if v.topic else None)
    key = "verdicts.line_topic" if subject else "verdicts.line"
    said = w(key, institution=v.institution, decision=v.words, day=day, subject=subject)
    return f"{said}: {v.summary}" if v.summary else said


def contact_words(c: doc.Contact, w: Wording) -> str:
    """`X asked for an answer (2026-10-01), by 2026-10-31; no answer known as of 2026-11-29. Note: …`."""
    said = w("answers.contact", asker=c.asked_by, asked=w.day(c.asked_on))
    said += w("answers.contact_deadline", deadline=w.day(c.deadline)) if c.deadline else ""
    if c.answered_on:
        said += w("answers.contact_answered", answered=w.day(c.answered_on))
    else:
        said += w("answers.contact_silent", until=w.day(c.silent_until))
    return w("answers.contact_note", said=said, note=c.note.rstrip(".")) if c.note else said


def source_words(s: doc.Source, w: Wording) -> str:
    """`Reuters, Title, 2024-01-26 (grade D)`, and whether a copy was read."""
    line = w("sources.line", publisher=s.publisher, title=s.title, day=w.day(s.published_on), grade=s.grade)
    return line + ("; " + w("sources.copy", original=s.copy_of) if s.copy_of else "")


def source_note(s: doc.Source, w: Wording) -> str:
    """`grade D, read 2026-11-29; read in a copy; original: …`."""
    read = ", " + w("sources.read", day=w.day(s.retrieved_on)) if s.retrieved_on else ""
    copy = "; " + w("sources.copy", original=s.copy_of) if s.copy_of else ""
    return w("sources.grade", grade=s.grade) + read + copy


def why_words(u: doc.Unmatched, w: Wording) -> str:
    """Why a line was not screened, and whom it may mean."""
    words = u.reason_words + (f": {u.detail}" if u.detail and u.kind == "security" else "")
    near = [f"{c.name} ({c.score:.2f})" for c in u.candidates if c.score >= _PROPOSED][:3]
    return words + ("; " + w("unmatched.perhaps", names=", ".join(near)) if near else "")


def remarks(d: doc.Document, w: Wording) -> list[str]:
    """The remarks on single lines: notes on those that were screened, then what was set aside and what to do."""
    weighted, set_aside = d.portfolio is not None and d.portfolio.weighted, {r.row for r in d.set_aside}
    said = []
    for line in d.holdings:
        without = weighted and line.weight is None and (line.sheet or line.row not in set_aside)
        if note := line.note or (w("remarks.no_weight") if without else None):
            said.append(w("remarks.line", row=line.place, text=f"{line.written}: {note}"))
    for r in d.set_aside:
        problem = w("remarks.found", problem=r.problem, found=repr(r.found)) if r.found else r.problem
        text = "; ".join(part for part in (f"{r.key}: {problem}" if r.key else problem, r.do) if part)
        said.append(w("remarks.line", row=r.row, text=text))
    return said


def claim_publishers(claim: doc.Claim) -> str:
    """`Reuters D 0.5, Herald Business D 0.5 (repeats Newspim)`."""
    return ", ".join(
        f"{p.publisher} {p.grade} {p.quality:g}" + (f" (= {p.repeats})" if p.repeats else "") for p in claim.publishers
    )


def lists_words(lists: Iterable[doc.ListRead], w: Wording) -> str:
    """Which lists are complete as of when, and which are known only in part."""
    dated = [one.words for one in lists if one.complete_as_of]
    partial = [one.name for one in lists if not one.complete_as_of]
    if partial:
        dated.append(w("lists_read.partial", list=w("format.list_joiner").join(partial)))
    return f"{w('lists_read.heading')}: {'; '.join(dated)}." if dated else ""
