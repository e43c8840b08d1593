"""The parameters of the graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class GraphParameters:
    """Parameters of the graph, from `rules/method.toml` [graph], and what makes one path stronger than another.

    control_share: above it (or at it, with operation) an owner controls. influence_share: from it on an owner answers for its part.
    tier_decay: factor for each further supply tier. unknown_input_share: weight of a delivery whose share in the input is not known.
    quality: grade of a source -> how far it can be relied on, 0-1. disputed: factor where a tie is denied with reasons.
    ended_half_life, unconfirmed_grace, unconfirmed_half_life: days; unconfirmed_floor: 0-1 ([recency]).
    """

    control_share: float
    influence_share: float
    max_hops: int
    max_tiers: int
    tier_decay: float
    unknown_input_share: float
    quality: Mapping[str, float]
    disputed: float
    ended_half_life: float
    unconfirmed_grace: float
    unconfirmed_half_life: float
    unconfirmed_floor: float
