"""The words of a step: what an edge states, in the right tense and worded by the grade of its source."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from screener.report import document as doc
from screener.report.text import plain
from screener.report.wording import Wording
from screener.schema.vocabulary import PAYMENTS

Row = dict[str, Any]
_WITH_SHARE: Final = ("owns", "operates_project", "joint_venture_with")


def edge_words(
    edge: Row,
    w: Wording,
    seen_since: dt.date,
    to_name: str,
    grade: str | None,
    *,
    forward: bool = True,
    kind: str | None = None,
    product: str | None = None,
) -> tuple[str, str]:
    """The words before and after the entity that an edge leads to: `("holds 51 % of ", "")`.

    `edge` has relation, share, amount_usd, status and confirmed_on, and is read from its start if `forward`. An
    act that was not confirmed since `seen_since` is worded in the past tense: it may have ended unnoticed; so is what
    was paid in a period. `grade` is that of the best source; unverified claims alone are never stated as fact. The verb
    may differ by the `kind` of the acted-on entity: a firm that builds a plant in a country does not `work for` it.
    `product` is what is bought.
    """
    relation, seen = edge["relation"], edge["confirmed_on"]
    share = edge["share"] if relation in _WITH_SHARE else None
    amount = edge["amount_usd"] if relation != "buys_from" else None
    unseen = relation not in doc.STAKES_AND_LISTINGS and seen is not None and seen < seen_since
    yearly = edge.get("period") == "yearly"
    unseen |= relation in PAYMENTS and bool(edge.get("period")) and not yearly
    forms = w.catalogue["relations"].get(relation, {})
    form = ("now", "past", "back", "back_past")[(unseen or edge["status"] == "ended") + 2 * (not forward)]
    template = forms.get(f"{form}_{kind}") or forms.get(form)
    template = template or relation.replace("_", " ") + " {object}"
    # A sentence that needs a number which no source gives is replaced by another.
    if (share is None and "{share}" in template) or (amount is None and "{amount}" in template):
        template = forms.get(f"{form}_unknown") or template
    money = "" if amount is None else w.dollars(amount)
    money = w("format.yearly", amount=money) if money and yearly and relation not in PAYMENTS else money
    values = {
        "share": "" if share is None else f"{share_words(share, edge['share_min'], w)} ",
        "amount": money and f"{money} ",
        # Where an amount is not the verb's object: `leased (USD 1.8m) from`.
        "worth": money and f"({money}) ",
        "product": f"{plain(product)} " if product else "",
    }
    before, after = (part.format(**values).replace(" )", ")") for part in template.partition("{object}")[::2])
    said = ("allegedly" if grade == "E" else "", "announced" if is_announced(edge) else "")
    return "".join(w(f"said.{one}") for one in said if one) + before, w.agreed(to_name, after.rstrip())


def share_words(share: float | None, least: float | None, w: Wording) -> str:
    """A share as its sources give it: `51 %`, a range `44.96 % to 49.95 %`, `up to 30 %`, or that it is not known."""
    if share is None:
        return w("around.no_share")
    if least is None or least >= share:
        return w.percent(share)
    key = "format.range" if least > 0 else "format.up_to"
    return w(key, least=w.percent(least), most=w.percent(share))


def is_own_word(ends: Sequence[Row], names: Iterable[str | None]) -> bool:
    """Whether all sources of an end are the company's own: `names` are its own, and that of its group.

    A publisher is the company's own if its name begins so: `POSCO Holdings` with that of the group `POSCO`. `ends` have
    publisher, publisher_kind and independent_publisher, whom the publisher may only repeat.
    """
    own = [f"{name.partition(' (')[0]} ".casefold() for name in names if name]
    return bool(ends) and all(
        (end["publisher_kind"] == "company" or end["independent_publisher"] != end["publisher"])
        and any(f"{end['independent_publisher']} ".casefold().startswith(name) for name in own)
        for end in ends
    )


def step_dates(edge: Row, w: Wording, credited: str | None = None, *, own_word: bool = False) -> str:
    """An edge's time: `since 2022-02-21, last confirmed 2024-06-27`; a listing's: `listed since …, list read …`.

    `credited` is the publisher of the last confirmation or of the end, if not the one that the step is attributed to;
    `own_word`: only the company itself reports the end.
    """
    since, until = (w.day(edge[name]) if edge[name] else None for name in ("since", "until"))
    relation, begun = edge["relation"], since and beginning_known(edge)
    if relation in PAYMENTS and edge["period"]:
        if edge["period"] != "yearly":
            first, _, last = str(edge["period"]).partition("/")
            return w("dates.span", since=w.day(first), until=w.day(last)) if last else w.day(first)
        return w("dates.yearly") + _confirmation(edge, w, credited)
    if until and edge["status"] == "ended":
        planned = "_planned" if edge.get("end_planned") else ""
        key = "at" if begun and since == until and not planned else f"{'span' if begun else 'until'}{planned}"
        said = w(f"dates.{key}", since=since, until=until, day=until)
        if own_word:
            return w("dates.end_own_word", said=said)
        by = "dates.plan_by" if planned else "dates.end_by"
        return w(by, said=said, publisher=credited) if credited else said
    if relation == "listed_on":
        said = w("dates.listed_since", since=since) if begun else w("dates.listed")
        read = ", " + w("dates.list_read", read=w.day(edge["confirmed_written"])) if edge.get("read_on") else ""
        return said + read
    key = "dates.to_begin" if is_announced(edge) else "dates.since" if begun else "dates.no_beginning"
    return w(key, since=since) + _confirmation(edge, w, credited)


def _confirmation(edge: Row, w: Wording, confirmed_by: str | None) -> str:
    """When an edge was last confirmed; what a source said beforehand confirms nothing, it was announced."""
    if not edge["confirmed_on"]:
        return ""
    said = w(f"dates.{'announced' if is_announced(edge) else 'confirmed'}", seen=w.day(edge["confirmed_written"]))
    return ", " + (w("dates.by", said=said, publisher=confirmed_by) if confirmed_by else said)


def is_announced(edge: Row) -> bool:
    """Whether what a source said beforehand is all that is known of an edge that has not ended."""
    begun = edge["since"] if beginning_known(edge) and edge["relation"] != "listed_on" else None
    return doc.is_announced(edge["status"], begun, edge.get("confirmed_written"))


def beginning_known(edge: Row) -> bool:
    """Whether a source says when the edge began."""
    known = edge.get("begun_known")
    return bool(edge.get("since") if known is None else known)


def narrative(path: Sequence[doc.Step], w: Wording) -> str:
    """A path in one sentence: `A holds 51 % of B, which pays C, which is listed on D, E`."""
    said, here, before = "", "", ("", "")
    for step in path:
        # The same again: one more list that names the body.
        if (step.from_id, step.words) == before:
            said += w("path.also") + step.to_name if step.to_name != here else ""
        elif step.from_name == here:
            said += w("path.which", name=here) + f"{step.words} {step.to_name}{step.words_after}".lstrip()
        else:
            said += (w("path.break") if said else "") + step.sentence
        here, before = step.to_name, (step.from_id, step.words)
    return said
