"""Company forms in names: glued, misspelt, and where they belong to the name."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.match.names import forms


def core(name: str) -> str | None:
    """What is left of a name without its form."""
    return pl.DataFrame({"name": forms.clean(pl.Series([name]))}).select(forms.core(pl.col("name"))).item()


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("SSCPCo.,Ltd.", "SSCP"),
        ("ABCCO.,LTD", "ABC"),
        ("WooGeneB&GCO.,Ltd", "WOO GENE B&G"),
        ("KoreaGasCorporation", "KOREA GAS"),
        ("BIONEERCORPORATION", "BIONEER"),
        ("CyberpassIncorporation", "CYBERPASS"),
        ("UNIQUEST COPORATION", "UNIQUEST"),
        ("Uniquest Compnay Limted", "UNIQUEST"),
        ("DONGNAMCHEMICALCO.,LTE.", "DONGNAMCHEMICAL"),
        ("Bookook Development Cc., Ltd.", "BOOKOOK DEVELOPMENT"),
        ("Asia Pacific Satellite lnc.", "ASIA PACIFIC SATELLITE"),
        # These are no forms.
        ("MiCo Ltd.", "MI CO"),
        ("Speco", "SPECO"),
        ("Unlimited", "UNLIMITED"),
        ("Corporation", "CORPORATION"),
        ("Companion", "COMPANION"),
    ],
)
def test_a_form_is_left_out_however_it_is_written(name: str, left: str) -> None:
    assert core(name) == left


@pytest.mark.parametrize(
    ("name", "expected", "within"),
    [
        ("SP CORP.", "SP CORP", False),
        ("GDCorp Inc.", "GD CORP", True),
        ("HANKOOK & COMPANY CO., LTD.", "HANKOOK & COMPANY", True),
        ("Artist Company Inc.", "ARTIST COMPANY", True),
        ("POSCO INTL CORP.,LTD", "POSCO INTL CORP", False),
        ("Samsung Company Limited", "SAMSUNG COMPANY", False),
        ("Samsung Co., Ltd.", None, False),
        ("삼성전자", None, False),
    ],
)
def test_a_form_may_belong_to_the_name(name: str, expected: str | None, within: bool) -> None:
    frame = pl.DataFrame({"name": forms.clean(pl.Series([name]))})
    formed = frame.select(forms.core_with_form(pl.col("name")), within=forms.form_within(pl.col("name")))
    assert formed.row(0) == (expected, within)


@given(
    st.from_regex(r"[B-DF-HJ-NP-TV-Z][AEIOU][B-DF-HJ-NP-TV-Z]{1,3}", fullmatch=True),
    st.sampled_from(["CORPORATION", "INCORPORATED", "COMPANY", "LIMITED"]),
    st.data(),
)
def test_a_long_form_with_a_letter_left_out_is_still_a_form(name: str, form: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(form) - 1))
    assert core(f"{name} {form}") == name
    assert core(f"{name} {form[:place]}{form[place + 1 :]}") == name
