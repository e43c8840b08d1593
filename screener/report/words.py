"""The words of the reports: relations, statuses, and verbs that follow the grade of the evidence.

Wording follows the grade of a source (docs/method.md, fairness): what a court found, a list shows and a company itself disclosed is said as that;
what others reported is said to be reported; what rests on an unverified claim is said to be alleged.
"""

from __future__ import annotations

from typing import Final

TOPIC_NAMES: Final = {
    "xinjiang-forced-labour": "Xinjiang forced labour",
    "china-repression": "Repression in China",
    "myanmar-gas": "Myanmar gas",
    "myanmar-manufacturing": "Myanmar manufacturing",
    "myanmar-military": "Myanmar military",
    "dprk-forced-labour": "North Korean forced labour",
    "russia-war": "Russia's war on Ukraine",
    "israel-palestine": "Israel and Palestine",
    "sudan-war": "War in Sudan",
    "afghanistan": "Afghanistan",
}

# relation -> (said of the first end, said when walked backwards)
_RELATIONS: Final = {
    "owns": ("holds {share}of", "is held {share}by"),
    "buys_from": ("buys {product}from", "supplies {product}to"),
    "operates_project": ("operates", "is operated by"),
    "joint_venture_with": ("has a joint venture {share}with", "has a joint venture {share}with"),
    "pays": ("pays {amount}to", "is paid {amount}by"),
    "project_pays": ("pays {amount}to", "is paid {amount}by"),
    "leases_from": ("leases {amount}from", "leases {amount}to"),
    "sells_to": ("delivers {amount}to", "is supplied {amount}by"),
    "services_to": ("works {amount}for", "is served {amount}by"),
    "labour_transfer": ("uses transferred workers from", "sends workers to"),
    "facility_in": ("has a site in", "is a site of"),
    "goods_detained": ("had goods held by", "held goods of"),
    "invests_in": ("invests {amount}in", "is financed {amount}by"),
    "member_of": ("is a member of", "has as a member"),
    "listed_on": ("is listed on", "lists"),
}
_PAST: Final = {
    "owns": ("held {share}of", "was held {share}by"),
    "buys_from": ("bought {product}from", "supplied {product}to"),
    "operates_project": ("operated", "was operated by"),
    "joint_venture_with": ("had a joint venture {share}with", "had a joint venture {share}with"),
    "pays": ("paid {amount}to", "was paid {amount}by"),
    "project_pays": ("paid {amount}to", "was paid {amount}by"),
    "leases_from": ("leased {amount}from", "leased {amount}to"),
    "sells_to": ("delivered {amount}to", "was supplied {amount}by"),
    "services_to": ("worked {amount}for", "was served {amount}by"),
    "labour_transfer": ("used transferred workers from", "sent workers to"),
    "facility_in": ("had a site in", "was a site of"),
    "goods_detained": ("had goods held by", "held goods of"),
    "invests_in": ("invested {amount}in", "was financed {amount}by"),
    "member_of": ("was a member of", "had as a member"),
    "listed_on": ("was listed on", "listed"),
}
STATUS_WORDS: Final = {
    "active": "active",
    "announced_exit": "exit announced",
    "ended": "ended",
    "disputed": "disputed",
}
RESPONSE_WORDS: Final = {
    "denial": "denied",
    "no_comment": "did not comment",
    "acknowledgement": "acknowledged",
    "statement": "stated",
    "suspension": "suspended",
    "exit_announced": "announced its exit",
    "divestment": "divested",
    "remediation": "remedied",
    "engagement": "engaged",
    "observation": "was observed",
}
# Colour is never the only signal: every band has its own mark.
BAND_MARKS: Final = {"severe": "■■■■", "high": "■■■□", "elevated": "■■□□", "low": "■□□□", "none": "□□□□"}
BAND_STYLES: Final = {"severe": "bold red", "high": "red", "elevated": "yellow", "low": "cyan", "none": "dim"}

# How a list is called in a path; a list that is not here is called by its title.
LIST_NAMES: Final = {
    "us-uflpa": "UFLPA Entity List (US)",
    "us-cbp-wro": "CBP withhold release orders (US)",
    "us-ofac-sdn": "SDN List (US)",
    "us-ofac-moge-directive": "OFAC Directive 1 on MOGE (US)",
    "us-bis-entity": "BIS Entity List (US)",
    "eu-fsf": "EU sanctions list",
    "uk-sanctions": "UK Sanctions List",
    "ca-sema": "Canadian sanctions (SEMA)",
    "ch-seco": "Swiss sanctions (SECO)",
    "au-dfat": "Australian sanctions (DFAT)",
    "un-sc": "UN Security Council list",
}

NOTICE: Final = (
    "A finding is a documented link and a reason to ask, not a verdict on conduct or intent. "
    "No finding is not a clean bill: it says only that the facts held here show none."
)


def relation_words(
    relation: str, *, forward: bool, past: bool, share: float | None, amount: float | None, product: str | None
) -> str:
    """The phrase between the two ends of an edge, such as `holds 51 % of`."""
    phrase = (_PAST if past else _RELATIONS).get(relation, (relation.replace("_", " "),) * 2)[0 if forward else 1]
    words = phrase.format(
        share="" if share is None else f"{percent(share)} ",
        amount="" if amount is None else f"{dollars(amount)} ",
        product="" if not product else f"{product} ",
    )
    if relation == "operates_project" and share is not None and forward:
        return f"{'operated and held' if past else 'operates and holds'} {percent(share)} of"
    if relation == "owns" and share is None:
        return (
            words.replace("holds of", "holds a stake in")
            .replace("held of", "held a stake in")
            .replace("is held by", "is held in part by")
        )
    return words


def verb(grade: str, publisher_kind: str) -> str:
    """How a source may be worded by its grade: listed, found by a court, disclosed, reported or alleged."""
    if grade == "E":
        return "alleged"
    if publisher_kind == "court":
        return "found by a court"
    if publisher_kind == "official_list":
        return "listed"
    if publisher_kind in ("company", "registry") and grade == "A":
        return "disclosed"
    return "reported"


def percent(fraction: float) -> str:
    """A fraction as percent with at most two digits after the point: `51 %`, `8.5 %`."""
    return f"{round(100 * fraction, 2):g} %"


def dollars(amount: float) -> str:
    """An amount of US dollars, shortened: `USD 193.9m`."""
    for size, sign in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if amount >= size:
            return f"USD {round(amount / size, 1):g}{sign}"
    return f"USD {amount:,.0f}"


def status_words(status: str, ended_on: str | None, confirmed_on: str | None, *, stale: bool) -> str:
    """A finding's status with its day: `active, last confirmed 2024-06-27`, `ended 2021`, `active when last confirmed, …; not confirmed since`."""
    word = STATUS_WORDS[status]
    if status == "ended":
        return f"ended {ended_on or ''}".strip()
    if stale:
        return f"{word} when last confirmed, {confirmed_on}; not confirmed since"
    return f"{word}, last confirmed {confirmed_on}" if confirmed_on else word
