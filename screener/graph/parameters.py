"""The parameters of the graph, and by what share a firm counts as listed because of its owners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec


class OwnershipTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By what share a firm counts as listed: one entry of `rules/regimes.toml`.

    lists: ids, or `*` for those that no other test names. since, until (`from` and `to`): first and last day. share:
        0-1; without it ownership counts for nothing. inclusive: the share itself is enough. aggregate: holdings of
        several listed owners are added up. control: control suffices.
    basis: `own` is a measure of this program. text, text_ko: the test in words.
    """

    id: str
    regime: str
    lists: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    since: dt.date | None = msgspec.field(name="from", default=None)
    until: dt.date | None = msgspec.field(name="to", default=None)
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    inclusive: bool = False
    aggregate: bool = False
    control: bool = False
    basis: Literal["statute", "guidance", "own"]
    text: str
    text_ko: str
    source_title: str
    source_url: Annotated[str, msgspec.Meta(pattern="^https?://")]


@dataclass(frozen=True)
class GraphParameters:
    """Parameters of the graph, from `rules/method.toml` [graph], and what makes one path stronger than another.

    control_share: above it (or at it, with operation) an owner controls. influence_share: from it on an owner answers
        for its part.
    tier_decay: factor for each further supply tier. unknown_input_share: weight of a delivery whose share in the
        input is not known. partner_floor: least weight of a partner in a project. unknown_stake: weight of a stake of
        unknown share. group_weight: factor for what another company of the group did.
    quality: grade of a source -> how far it can be relied on, 0-1. disputed: factor where a tie is denied with reasons.
    ended_half_life, unconfirmed_grace, unconfirmed_half_life, stale_after: days; unconfirmed_floor: 0-1 ([recency]).
        ownership_tests: of `rules/regimes.toml`.
    """

    control_share: float
    influence_share: float
    max_hops: int
    max_tiers: int
    tier_decay: float
    unknown_input_share: float
    partner_floor: float
    unknown_stake: float
    group_weight: float
    quality: Mapping[str, float]
    disputed: float
    ended_half_life: float
    unconfirmed_grace: float
    unconfirmed_half_life: float
    unconfirmed_floor: float
    stale_after: float
    ownership_tests: tuple[OwnershipTest, ...] = ()
