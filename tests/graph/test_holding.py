"""Effective ownership: chains, several routes, circles, ranges, treasury shares, and stakes that contradict each other."""

from __future__ import annotations

import datetime as dt
import itertools
import random

import duckdb
import pytest
from hypothesis import strategies as st

from screener.graph.ownership import solve_holdings
from tests.graph.naive import effective_shares
from tests.graph.tables import Stake, held, stakes_of_one_source
from tests.once import drawn

NODES = 7


def stake(
    number: int,
    owner: int,
    owned: int,
    share: float | None,
    high: float | None = None,
    *,
    operates: bool = False,
    stated: str | None = None,
) -> Stake:
    return (
        number,
        owner,
        owned,
        share,
        share if high is None else high,
        operates,
        dt.date.fromisoformat(stated) if stated else None,
    )


def shares(con: duckdb.DuckDBPyConnection, *stakes: Stake, of: int = 0) -> dict[int, float]:
    return {owned: low for (_, owned), (low, _, _, _) in held(con, list(stakes), {of}).items()}


@st.composite
def groups(draw: st.DrawFn) -> dict[tuple[int, int], float]:
    """Stakes whose known parts leave at least a twentieth of each firm to others, circles welcome."""
    node = st.integers(0, NODES - 1)
    drawn = draw(st.dictionaries(st.tuples(node, node), st.integers(1, 95), max_size=16))
    stakes = {(a, b): share for (a, b), share in drawn.items() if a != b}
    for firm in range(NODES):
        total = sum(share for (_, b), share in stakes.items() if b == firm)
        if total > 95:
            stakes |= {pair: share * 95 // total for pair, share in stakes.items() if pair[1] == firm}
    return {pair: share / 100 for pair, share in stakes.items() if share}


def test_shares_solve_the_linear_system_whatever_the_order(con: duckdb.DuckDBPyConnection) -> None:
    """Of sixty groups side by side, each of nodes of its own."""
    many = [group for group in drawn(groups(), 60) if group]
    stakes = [
        stake(1000 * number + n, a + NODES * number, b + NODES * number, share)
        for number, group in enumerate(many)
        for n, ((a, b), share) in enumerate(group.items())
    ]
    found = held(con, stakes, range(NODES * len(many)))
    for number, group in enumerate(many):
        first = NODES * number
        for holder in range(NODES):
            for firm, share in enumerate(effective_shares(group, holder, NODES)):
                pair = (first + holder, first + firm)
                if firm != holder and (share >= 0.01 or pair in found):
                    assert found[pair][0] == pytest.approx(share, abs=1e-8), group
                    assert found[pair][1] == pytest.approx(share, abs=1e-8), group
    by_number = {row[0]: row for row in stakes}
    for (holder, firm), (_, _, _, edges) in found.items():
        walked = [by_number[number] for number in edges]
        assert (walked[0][1], walked[-1][2]) == (holder, firm)
        assert all(a[2] == b[1] for a, b in itertools.pairwise(walked))
    for seed in range(3):
        again = stakes + random.Random(seed).choices(stakes, k=len(stakes))
        random.Random(seed).shuffle(again)
        assert held(con, again, range(NODES * len(many))) == found


def test_routes_add_up(con: duckdb.DuckDBPyConnection) -> None:
    found = shares(con, stake(0, 0, 1, 0.6), stake(1, 0, 2, 0.3), stake(2, 1, 3, 0.5), stake(3, 2, 3, 0.5))
    assert found == {1: 0.6, 2: 0.3, 3: pytest.approx(0.6 * 0.5 + 0.3 * 0.5)}


def test_two_firms_that_hold_each_other_belong_to_who_holds_them_from_outside(con: duckdb.DuckDBPyConnection) -> None:
    # Brioschi, Buzzacchi and Colombo (1989): 0 holds half of 1, 7 half of 2, and 1 and 2 the rest of each other.
    circle = [stake(0, 0, 1, 0.5), stake(1, 7, 2, 0.5), stake(2, 1, 2, 0.5), stake(3, 2, 1, 0.5)]
    found = held(con, circle, {0, 7})
    assert [found[0, 1][0], found[0, 2][0], found[7, 1][0], found[7, 2][0]] == pytest.approx(
        [2 / 3, 1 / 3, 1 / 3, 2 / 3]
    )


def test_the_three_firms_of_the_hyundai_motor_circle(con: duckdb.DuckDBPyConnection) -> None:
    # Hyundai Motor -> Kia -> Hyundai Mobis -> Hyundai Motor, with the chairman's stakes from outside.
    motor, kia, mobis, chairman = 1, 2, 3, 0
    a, b, c = 0.3431, 0.1742, 0.2195
    found = shares(
        con,
        stake(0, motor, kia, a),
        stake(1, kia, mobis, b),
        stake(2, mobis, motor, c),
        stake(3, chairman, motor, 0.05),
        stake(4, chairman, mobis, 0.07),
    )
    whole = 1 - a * b * c
    expected_motor = (0.05 + 0.07 * c) / whole
    expected_mobis = (0.07 + 0.05 * a * b) / whole
    assert found == {
        motor: pytest.approx(expected_motor),
        mobis: pytest.approx(expected_mobis),
        kia: pytest.approx(expected_motor * a),
    }


def test_a_firm_inside_a_circle_owns_nothing_of_itself_and_no_more_of_the_others(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert shares(con, stake(0, 0, 1, 0.5), stake(1, 1, 0, 0.5), stake(2, 1, 2, 0.4)) == {1: 0.5, 2: pytest.approx(0.2)}


def test_a_circle_that_hands_back_nearly_everything_is_solved_to_its_end(con: duckdb.DuckDBPyConnection) -> None:
    found = shares(con, stake(0, 0, 1, 0.0005), stake(1, 1, 2, 1.0), stake(2, 2, 1, 0.9995))
    assert found == {1: pytest.approx(1.0, abs=1e-6), 2: pytest.approx(1.0, abs=1e-6)}


def test_a_long_chain_is_followed_to_its_end(con: duckdb.DuckDBPyConnection) -> None:
    chain = [stake(number, number, number + 1, 0.98) for number in range(150)]
    assert shares(con, *chain)[150] == pytest.approx(0.98**150)


def test_ranges_are_carried_through(con: duckdb.DuckDBPyConnection) -> None:
    found = held(con, [stake(0, 0, 1, 0.5, 0.75), stake(1, 1, 2, 0.25, 0.5)], {0})
    assert found[0, 2][:2] == (pytest.approx(0.125), pytest.approx(0.375))
    assert [found[0, 1][2], found[0, 2][2]] == [False, False]


def test_ranges_that_overlap_in_a_circle_stay_within_the_whole_and_what_hangs_below_too(
    con: duckdb.DuckDBPyConnection,
) -> None:
    circle = [stake(0, 0, 1, 0.1, 1.0), stake(1, 1, 2, 0.1, 1.0), stake(2, 2, 1, 0.1, 1.0), stake(3, 2, 3, 0.1)]
    found = held(con, circle, {0})
    assert found[0, 1][:2] == (pytest.approx(0.1 / (1 - 0.01)), pytest.approx(1.0))
    assert found[0, 3][1] == pytest.approx(0.1)


def test_owners_of_more_than_the_whole_are_sure_only_of_their_proportion(con: duckdb.DuckDBPyConnection) -> None:
    found = held(con, [stake(0, 0, 2, 0.6), stake(1, 1, 2, 0.9)], {0, 1})
    assert found[0, 2][:3] == (pytest.approx(0.4), 0.6, False)
    assert found[1, 2][:3] == (pytest.approx(0.6), 0.9, True)


def test_a_stake_stated_twice_is_one_stake_and_the_newest_statement_holds(con: duckdb.DuckDBPyConnection) -> None:
    assert shares(con, stake(0, 0, 1, 0.4, stated="2020-01-01"), stake(1, 0, 1, 0.3, stated="2023-01-01")) == {1: 0.3}
    same_day = held(con, [stake(0, 0, 1, 0.4, stated="2023-01-01"), stake(1, 0, 1, 0.3, stated="2023-01-01")], {0})
    assert same_day[0, 1] == (0.3, 0.4, False, [0])
    assert shares(con, stake(0, 0, 1, 0.4, stated="2020-01-01"), stake(1, 0, 1, None, stated="2024-01-01")) == {1: 0.4}


@pytest.mark.parametrize(
    ("share", "operates", "controls"),
    [
        (0.51, False, True),
        (0.5, False, False),
        (0.5, True, True),
        (0.49, True, False),
        (None, True, True),
        (None, False, False),
    ],
)
def test_control_is_more_than_half_or_half_with_operation(
    con: duckdb.DuckDBPyConnection, share: float | None, operates: bool, controls: bool
) -> None:
    assert held(con, [stake(0, 0, 1, share, operates=operates)], {0})[0, 1][2] is controls


def test_control_goes_down_a_chain_of_majorities_though_the_share_thins(con: duckdb.DuckDBPyConnection) -> None:
    found = held(con, [stake(0, 0, 1, 0.51), stake(1, 1, 2, 0.51), stake(2, 2, 3, 0.51)], {0})
    assert found[0, 3] == (pytest.approx(0.51**3), pytest.approx(0.51**3), True, [0, 1, 2])


def test_what_a_holder_controls_votes_with_it(con: duckdb.DuckDBPyConnection) -> None:
    # 0 controls 1 and 2, which hold 30 % of 3 each: 0 commands 60 % of the votes with a share of 36 %.
    group = [stake(0, 0, 1, 0.6), stake(1, 0, 2, 0.6), stake(2, 1, 3, 0.3), stake(3, 2, 3, 0.3)]
    assert held(con, group, {0})[0, 3][:3] == (pytest.approx(0.36), pytest.approx(0.36), True)
    assert held(con, [*group[:3], stake(3, 2, 3, 0.2)], {0})[0, 3][2] is False


def test_two_states_that_own_each_other_wholly_do_not_hang(con: duckdb.DuckDBPyConnection) -> None:
    found = held(con, [stake(0, 0, 1, 1.0), stake(1, 1, 0, 1.0), stake(2, 1, 2, 0.3)], {0, 1})
    assert found[0, 1][:3] == (1.0, 1.0, True)
    assert found[1, 2][0] == 0.3


def test_a_firm_with_half_a_million_owners_that_owns_half_a_million_others(con: duckdb.DuckDBPyConnection) -> None:
    many = 500_000
    con.execute(
        """create or replace temp table stake_link as
        select
            i as edge_no, case when i < $many then i + 2 else 1 end::integer as owner, case when i < $many then 1 else i + 2 end::integer as owned,
            case when i = 0 then 0.6 when i < $many then 4e-7 else 0.3 end::double as share_min, share_min as share_max, false as operates,
            null::date as confirmed_on, 0 as tie, 0 as source_set, i::varchar as fact_id
        from range(2 * $many) as t(i)""",
        {"many": many},
    )
    con.execute("create or replace temp table top as select unnest([2, 3]) as node;" + stakes_of_one_source())
    solve_holdings(con, "from top")
    rows = con.execute(
        "select owner, count(*), count(*) filter (where controls), max(share_max), min(share_max) from holding group by owner order by owner"
    ).fetchall()
    assert rows == [(2, many + 1, 1, 0.6, pytest.approx(0.18)), (3, 1, 0, pytest.approx(4e-7), pytest.approx(4e-7))]
