"""The closed vocabularies of the datasets: every word that a cell may hold, in one place."""

from __future__ import annotations

from typing import Final

BANDS: Final = ("none", "low", "elevated", "high", "severe")
STATUSES: Final = ("active", "announced_exit", "ended", "disputed")
GRADES: Final = ("A", "B", "C", "D", "E")
PUBLISHER_KINDS: Final = tuple(
    "court official_list government un_body customs company registry ngo academic media other".split()
)
ENTITY_KINDS: Final = ("company", "state_body", "military", "armed_group", "project", "facility", "place")
ENTITY_STATUSES: Final = ("active", "dissolved", "merged")
MARKETS: Final = ("KOSPI", "KOSDAQ", "KONEX")
SCHEMES: Final = ("krx", "dart", "isin", "lei", "brn", "crn", "uscc", "imo", "ofac", "cusip", "figi")
SECURITIES: Final = ("common", "preference", "receipt")
NAME_KINDS: Final = ("primary", "alias", "former", "brand", "transcription", "exchange")
ACTIVITIES: Final = tuple(
    """operates_project joint_venture_with pays project_pays leases_from sells_to services_to labour_transfer
    facility_in goods_detained invests_in member_of cooperates_with equipment_seen_in employs_state_labour""".split()
)
# Relations that a rule's path may name: the activities, and those that the other tables give.
RELATIONS: Final = (*ACTIVITIES, "owns", "buys_from", "answers_for", "controls", "owned_by")
LIST_EFFECTS: Final = tuple(
    "asset_freeze import_presumption financial_services_ban export_control published_list".split()
)
RESPONSE_KINDS: Final = tuple(
    """denial no_comment acknowledgement statement suspension exit_announced divestment remediation engagement
    observation""".split()
)
VERDICT_DECISIONS: Final = tuple(
    """exclusion observation divestment engagement readmission complaint finding no_finding conviction acquittal
    sanction dirty_list""".split()
)
FINANCIAL_ITEMS: Final = ("revenue", "market_cap", "evic", "shares")
SHARE_OF: Final = ("world", "CN")
