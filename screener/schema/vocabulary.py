"""The columns of the datasets and their closed vocabularies: every word that a cell may hold, in one place."""

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
PAYMENTS: Final = ("pays", "project_pays")
# Relations that a rule's path may name: the activities, and those of the other tables.
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

_RELATION: Final = "valid_from? valid_to? status confirmed_on? source_ids end_source_ids? summary? summary_ko?"
# Table -> its columns in order; a cell may be empty where the name ends in `?`.
COLUMNS: Final = {
    "topic": "topic position name name_ko",
    "source": """source_id publisher publisher_kind title url archived_url? published_on retrieved_on language? grade
        copy_of? repeats? note?""",
    "entity": """entity_id kind name name_ko? name_local? country? region? sector? market? business_group? status?
        successor_id? source_ids note?""",
    "identifier": "entity_id scheme value security? valid_from? valid_to? source_ids",
    "entity_name": "entity_id name lang? kind valid_from? valid_to? source_ids",
    "ownership": f"{_RELATION} owner_id owned_id share_min? share_max? operates?",
    "supply": f"""{_RELATION} supplier_id buyer_id hs_code? product? product_ko? origin_region? value_usd?
        input_share?""",
    "activity": f"{_RELATION} entity_id activity counterparty_id? place? share? amount_usd? period?",
    "list": """list_id title short_name? short_name_ko? publisher jurisdiction? effect url complete_as_of?
        source_ids""",
    "listing": "entity_id list_id programme? section? valid_from? valid_to? source_ids note?",
    "response": "entity_id topic kind stated_on summary summary_ko? source_ids",
    "verdict": """entity_id institution decision decided_on ended_on? topic? subject? subject_ko? summary? summary_ko?
        source_ids""",
    "financial": "entity_id item year amount? currency? amount_usd? source_ids",
    "region_share": "region? hs_code? product share_of share_min? share_max? year source_ids summary?",
    "contact": "entity_id topic asked_by asked_on deadline? answered_on? source_ids? note? note_ko?",
    "search": "topic subject searched_on languages queries result result_ko?",
}
