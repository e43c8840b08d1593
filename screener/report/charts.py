"""Charts as self-contained inline SVG: bars, bands by weight, time lines, path pictures.

Colours come from the page's style sheet by class; texts are escaped. Bars and time lines stretch with the page (percent
coordinates), so that letters keep their size; the page also has every chart's numbers as text.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from markupsafe import Markup, escape

from screener.report import document as doc
from screener.report.text import first_day
from screener.report.wording import Wording

_ACTS: Final = ("act_begins", "act_ends", "act_due", "announced", "confirmed")
_LANES: Final = (_ACTS, ("listing",), ("answer",), ("verdict",))
_LANE_HEIGHT: Final = 26
_TICKS: Final = 5
_INDENT: Final = 26
_WIDTH: Final = 560
_LINE: Final = 17
_MOST: Final = 60  # entities in one picture; more are unreadable


def _tag(name: str, inside: object = None, **attributes: object) -> Markup:
    """An element; `class_` and `text_anchor` stand for `class` and `text-anchor`. Values and texts are escaped."""
    said = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{said}/>" if inside is None else f"<{name}{said}>{escape(inside)}</{name}>")


def bar(part: float, css: str = "") -> Markup:
    """A bar that fills a part (0-1) of its width."""
    track = _tag("rect", class_="track", width="100%", height="12")
    fill = _tag("rect", class_=css or "fill", width=f"{100 * min(max(part, 0.0), 1.0):.2f}%", height="12")
    return _tag("svg", track + fill, class_="bar", aria_hidden="true", width="100%", height="12")


def band_strip(bands: Sequence[doc.BandWeight], title: str, weighted: bool) -> Markup:
    """The bands as one strip, each as wide as its weight (its holdings if there are no weights)."""
    sizes = [b.weight if weighted else float(b.holdings) for b in bands]
    whole, begins, inside = sum(sizes) or 1.0, 0.0, _tag("title", title)
    for b, size in zip(bands, sizes, strict=True):
        if size:
            x, width = f"{100 * begins / whole:.2f}%", f"{100 * size / whole:.2f}%"
            inside += _tag("rect", class_=b.band, x=x, width=width, height="22")
        begins += size
    return _tag("svg", inside, class_="strip", role="img", width="100%", height="22")


def timeline(company: doc.Company, w: Wording) -> Markup:
    """Acts, listings, answers and verdicts of a company by year, one lane each; empty without dated events."""
    events = [(_year(event.on), event) for event in company.timeline]
    if not events:
        return Markup("")
    first, last = int(min(year for year, _ in events)), int(max(year for year, _ in events)) + 1
    lanes = [lane for lane in _LANES if any(event.kind in lane for _, event in events)]
    height = _LANE_HEIGHT * len(lanes) + 22

    def x(year: float) -> str:
        return f"{22 + 76 * (year - first) / (last - first):.2f}%"

    inside = _tag("title", w("chart.timeline", name=w.name(company.name, company.name_ko)))
    for tick in range(first, last + 1, max(1, -(-(last - first) // _TICKS))):
        inside += _tag("line", class_="grid", x1=x(tick), x2=x(tick), y1="0", y2=height - 18)
        inside += _tag("text", tick, x=x(tick), y=height - 5, text_anchor="middle")
    for y, lane in enumerate(lanes):
        y = _LANE_HEIGHT * y + _LANE_HEIGHT // 2
        inside += _tag("text", w("chart.acts" if len(lane) > 1 else f"chart.{lane[0]}"), x="0", y=y + 4)
        inside += _tag("line", class_="lane", x1="22%", x2="98%", y1=y, y2=y)
        for year, event in events:
            if event.kind in lane:
                said = _tag("title", f"{event.on}: {event.label}: {event.text}")
                inside += _tag("circle", said, class_=event.kind, cx=x(year), cy=y, r="5")
    return _tag("svg", inside, class_="timeline", role="img", width="100%", height=height)


@dataclass
class _Box:
    """An entity in the picture, below the one it was reached from: what links the two, and the lists that name it."""

    name: str
    words: dict[str, None] = field(default_factory=dict)
    lists: dict[str, None] = field(default_factory=dict)
    live: bool = True
    below: dict[str, _Box] = field(default_factory=dict)


def paths(company: doc.Company, w: Wording) -> Markup:
    """The paths of a company's findings as one picture: a tree, each relation written above the box it leads to.

    Paths share the boxes that they begin with; lists are written below the names on them. Ended links are dashed.
    """
    root = _Box(w.name(company.name, company.name_ko))
    count, left_out = 1, 0
    for finding in company.findings:
        here = {company.company_id: root}
        for step in finding.path:
            above = here.get(step.from_id)
            if above is None:
                continue
            if step.relation == "listed_on" and step.direction == "forward":
                above.lists[f"{step.to_name} ({step.dates})"] = None
                continue
            box = above.below.get(step.to_id)
            if box is None:
                if count >= _MOST:
                    left_out += 1
                    continue
                box = above.below[step.to_id] = _Box(step.to_name, live=False)
                count += 1
            words = f"{step.words} …{step.words_after}" if step.words_after else step.words
            box.words[words + (f" ({step.dates})" if step.dates else "")] = None
            box.live |= step.status != "ended"
            here.setdefault(step.to_id, box)
    if not (root.below or root.lists):
        return Markup("")
    drawn, _, foot = _draw(root, 0, 4, w)
    height = foot + 8
    if left_out:
        height += 20
        drawn += _tag("text", w("chart.more_entities", count=left_out), x="4", y=height - 8)
    title = _tag("title", w("chart.paths", name=root.name, entities=count, relations=count - 1))
    view = f"0 0 {_WIDTH} {height}"
    return _tag("svg", title + drawn, class_="paths", role="img", viewBox=view, width=_WIDTH, height=height)


def _draw(box: _Box, depth: int, y: int, w: Wording) -> tuple[Markup, int, int]:
    """A box and those below it from a height on: the picture, where a line from above meets it, and its foot."""
    left = 4 + depth * _INDENT
    drawn = Markup()
    for said in (line for words in box.words for line in _wrapped(words, _WIDTH - left - 20, 6.4)):
        y += _LINE - 2
        drawn += _tag("text", said, class_="said", x=left + 8, y=y - 4)
    names = _wrapped(box.name, _WIDTH - left - 24, 7.6)
    lists = [line for name in box.lists for line in _wrapped(w("around.on_list", list=name), _WIDTH - left - 24, 6.4)]
    widest = max([_units(name) * 7.6 for name in names] + [_units(line) * 6.4 for line in lists])
    size = {"width": min(_WIDTH - left - 4, 20 + int(widest)), "height": _LINE * (len(names) + len(lists)) + 6}
    drawn += _tag("rect", class_="box" if depth else "root", x=left, y=y, **size, rx="4")
    meets = y + _LINE // 2 + 3
    for number, line in enumerate([*names, *lists], 1):
        css = "name" if number <= len(names) else "list"
        drawn += _tag("text", line, class_=css, x=left + 8, y=y + number * _LINE - 2)
    y += size["height"]
    foot = y
    for below in box.below.values():
        picture, target, y = _draw(below, depth + 1, y + 4, w)
        # The line leads down to the left of the words and turns to the box.
        line = f"M{left + 12} {foot}V{target}H{left + _INDENT}"
        drawn += picture + _tag("path", class_="line" if below.live else "ended", d=line)
    return drawn, meets, y


def _wrapped(text: str, pixels: int, letter: float) -> list[str]:
    """The text in lines of at most `pixels`; wide letters (Hangul, Han) count twice."""
    wide = _units(text) / max(len(text), 1)
    lines = textwrap.wrap(text, max(8, int(pixels / (letter * wide)))) or ["?"]
    return lines if len(lines) <= 3 else [*lines[:2], lines[2][:-1] + "…"]


def _units(text: str) -> float:
    return sum(1.75 if unicodedata.east_asian_width(c) in "WF" else 1.0 for c in text)


def _year(on: str) -> float:
    """A day, month or year as a number of years."""
    day = first_day(on)
    return day.year + (day.timetuple().tm_yday - 1) / 366
