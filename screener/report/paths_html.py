"""A picture of a company's paths for the HTML page: inline SVG that needs nothing from anywhere, every text escaped."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from screener.report.text import plain

_COLUMN: Final = 300
_ROW: Final = 74
_BOX: Final = (176, 50)
_MARGIN: Final = 12
_LETTERS: Final = 24
_MOST: Final = 60  # entities in one picture; a reader follows no more


@dataclass(frozen=True)
class _Step:
    source: str
    target: str
    words: tuple[str, ...]
    ended: bool


def paths_svg(company: Mapping[str, Any]) -> Markup:
    """The paths of a company's findings as one picture, from the company on the left to lists and anchors on the right.

    Args:
        company: an entry of `companies` in the JSON document (`name`, `company_id`, `findings` with their `path`).

    Returns:
        An `<svg>` element without scripts or references; empty if there is no path. Ended relations are dashed and say so.
    """
    names: dict[str, str] = {company["company_id"]: company["name"]}
    layers: dict[str, int] = {company["company_id"]: 0}
    told: dict[tuple[str, str], dict[str, bool]] = {}
    left_out: set[str] = set()
    for finding in company["findings"]:
        for step in finding["path"]:
            for end in ("from", "to"):
                names.setdefault(step[end], step[f"{end}_name"])
            source, target = step["from"], step["to"]
            layers.setdefault(source, 0)
            if target not in layers and len(layers) >= _MOST:
                left_out.add(target)
                continue
            layers.setdefault(target, layers[source] + 1)
            told.setdefault((source, target), {})[step["words"]] = step["status"] == "ended"
    drawn = [
        _Step(
            source,
            target,
            tuple(plain(w) + (" (ended)" if ended else "") for w, ended in words.items()),
            all(words.values()),
        )
        for (source, target), words in told.items()
        if source in layers and target in layers
    ]
    return _drawn(names, layers, drawn, len(left_out)) if drawn else Markup("")


def _drawn(names: Mapping[str, str], layers: Mapping[str, int], steps: Sequence[_Step], left_out: int) -> Markup:
    columns: dict[int, list[str]] = {}
    for entity, layer in layers.items():
        columns.setdefault(layer, []).append(entity)
    height = max(len(column) for column in columns.values()) * _ROW + 2 * _MARGIN + (20 if left_out else 0)
    width = max(columns) * _COLUMN + _BOX[0] + 2 * _MARGIN
    places = {
        entity: (_MARGIN + layer * _COLUMN, _MARGIN + row * _ROW)
        for layer, column in columns.items()
        for row, entity in enumerate(column)
    }
    said = f"Paths of {plain(next(iter(names.values())))}: {len(layers)} entities, {len(steps)} relations"
    parts = [
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{w}" height="{h}" style="max-width:100%;height:auto" viewBox="0 0 {w} {h}" font-family="sans-serif">'
        ).format(w=width, h=height),
        Markup("<title>{}</title>").format(said),
        *(_line(step, places) for step in steps),
        *(_box(names[entity], place, first=layers[entity] == 0) for entity, place in places.items()),
    ]
    if left_out:
        parts.append(
            Markup(
                '<text x="{}" y="{}" font-size="12" fill="#5b6670">{} more entities are left out of the picture.</text>'
            ).format(_MARGIN, height - 8, left_out)
        )
    return Markup("\n").join([*parts, Markup("</svg>")])


def _line(step: _Step, places: Mapping[str, tuple[int, int]]) -> Markup:
    (x1, y1), (x2, y2) = places[step.source], places[step.target]
    y1, y2 = y1 + _BOX[1] // 2, y2 + _BOX[1] // 2
    if x2 > x1:
        x1 += _BOX[0]
        bend = (x2 - x1) // 2
        curve = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    else:  # back to a column that was drawn already
        x1, x2 = x1 + _BOX[0], x2 + _BOX[0]
        curve = f"M{x1} {y1}C{x1 + 40} {y1} {x2 + 40} {y2} {x2} {y2}"
    dashes = Markup(' stroke-dasharray="5 4"') if step.ended else Markup("")
    words = "; ".join(step.words)
    line = Markup('<g><title>{}</title><path d="{}" fill="none" stroke="#7b858e" stroke-width="1.5"{}/>').format(
        words, curve, dashes
    )
    # White around the letters keeps them apart from the lines that they cross.
    label = Markup(
        '<text x="{}" y="{}" font-size="10" text-anchor="middle" fill="#5b6670" stroke="#ffffff" stroke-width="3" paint-order="stroke">{}</text></g>'
    )
    # Beside the target, where lines from one source have parted already.
    return line + label.format((x1 + 2 * x2) // 3 if x2 > x1 else x2 + 40, (y1 + 3 * y2) // 4 - 4, _short(words, 24))


def _box(name: str, place: tuple[int, int], *, first: bool) -> Markup:
    x, y = place
    lines = textwrap.wrap(plain(name), _LETTERS) or ["?"]
    if len(lines) > 2:
        lines = [lines[0], _short(" ".join(lines[1:]), _LETTERS)]
    box = Markup('<g><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="4" fill="{}" stroke="#5b6670"/>')
    drawn = box.format(plain(name), x, y, *_BOX, "#e8eef4" if first else "#ffffff")
    top = y + _BOX[1] // 2 + (4 if len(lines) == 1 else -4)
    text = Markup('<text x="{}" y="{}" font-size="12" text-anchor="middle" fill="#1c2127">{}</text>')
    for number, line in enumerate(lines):
        drawn += text.format(x + _BOX[0] // 2, top + 15 * number, line)
    return drawn + Markup("</g>")


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"
