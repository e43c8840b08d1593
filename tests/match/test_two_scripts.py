"""What meets in an English and a Hangul name: one company among others that are alike in something else."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.match.names import initials, one_script, score, sound, words
from screener.match.names.index import NameIndex
from screener.match.names.prepared import comparable
from screener.match.names.search import match_names
from screener.match.names.sound import Floats

CASES: dict[str, list[tuple[str, str, list[str]]]] = {
    "a company form that is written out in hangul is heard": [
        ("SP CORP.", "에스피코프", ["스피어", "에스비"]),
        ("GDCorp Inc.", "지디코프", ["지디", "지티"]),
        ("HANKOOK & COMPANY CO., LTD.", "한국앤컴퍼니", ["한국정보통신", "한국전력"]),
        ("MiCo Ltd.", "미코", ["미래", "엠아이"]),
    ],
    "letter names are the initials of words": [
        ("Korea Computer & Systems Inc.", "케이씨에스", ["한국컴퓨터지주", "케이씨티"]),
        ("Yoo Sung Technique & Strategy Investment", "유성티에스아이", ["유성기업", "티에스인베스트먼트"]),
        ("Advanced Process Systems", "AP시스템", ["포시에스", "더시스템"]),
        ("Dongkuk Structures & Construction", "동국S&C", ["동국제강", "DSC인베스트먼트"]),
        ("National Plastic Company Limited", "엔피씨", ["에코플라스틱", "엔피"]),
    ],
    "the sign between letters is spoken": [
        ("ST&I Co., Ltd.", "에스티앤아이", ["에스티아이", "에스티엠"]),
        ("STI Co., Ltd.", "에스티아이", ["에스티앤아이", "에스티엠"]),
        ("DTC Co., Ltd.", "디티씨", ["디티앤씨", "디티"]),
        ("Dt&C Co., Ltd.", "디티앤씨", ["디티씨", "디티"]),
    ],
    "unknown words at one end are left out where nothing else is near": [
        ("Heerim Architects & Planners", "희림", ["헤럴드", "아키에이아이"]),
        ("MIRAEASSET MAPS REALTY INVESTMENT COMPANY", "맵스리얼티", ["나이스인베스트먼트", "리얼티인컴"]),
        # It is the last resort: what meets in more comes before it.
        ("DONGYANG ENGINEERING @ CONSTRUCT CORP.", "동양건설산업", ["동양", "동양철관"]),
    ],
    "korea is left out at a price": [
        ("HY-LOK CORPORATION", "하이록", ["하이록코리아", "록시아"]),
        ("Kolmar Korea Co., Ltd.", "한국콜마", ["콜마홀딩스", "콜마비앤에이치"]),
    ],
    "what is said by its own sound is nearer than what may be meant": [
        ("SOLAR & TECH CO., LTD.", "쏠라엔텍", ["에스텍"]),
        ("S Connect Co., LTD", "에스코넥", ["스코넥"]),
        ("THE CODI Co., LTD.", "더코디", ["코디"]),
        ("3C TAE YANG CO., LTD.", "태양3C", ["태양"]),
        ("NEXTEEL CO.,LTD.", "넥스틸", ["넥스텔"]),
        ("LEED Corporation", "리드", ["아이씨디"]),
        ("Cosmos PLC Co., Ltd.", "코스모스피엘씨", ["우주통신"]),
        ("Hycom Data Communications Inc.", "하이콤정보통신", ["HDC"]),
    ],
}
"""Requirement -> English name, the company meant, and others that are alike in something else."""


def firsts(asked: list[str], known: list[str]) -> dict[str, str]:
    """The company that comes first of those known, for each name."""
    written = pl.DataFrame({"entity_id": known, "name": known, "label": known}).with_columns(
        kind=pl.lit("primary"), country=pl.lit("KR")
    )
    _, candidates = match_names(NameIndex.of(written), pl.DataFrame({"row": range(len(asked)), "name": asked}), "KR")
    best = candidates.unique("row", keep="first", maintain_order=True)
    return {asked[row]: company for row, company in best.select("row", "entity_id").iter_rows()}


def cost(korean: str, latin: str) -> float:
    """Cost of a pair in `phonetic` form."""
    return float(score.across_scripts(pl.Series([korean, latin]), np.array([0]), np.array([1]))[0][0])


@pytest.fixture(scope="module")
def nearest() -> dict[str, str]:
    """The company that comes first for each English name, among the companies of all cases."""
    cases = [case for group in CASES.values() for case in group]
    return firsts([english for english, *_ in cases], sorted({k for _, meant, more in cases for k in (meant, *more)}))


@pytest.mark.parametrize("requirement", CASES, ids=list(CASES))
def test_the_company_meant_comes_first_among_others_that_are_alike(requirement: str, nearest: dict[str, str]) -> None:
    found = {english: nearest[english] for english, *_ in CASES[requirement]}
    assert found == {english: hangul for english, hangul, _ in CASES[requirement]}


def test_korea_may_be_what_an_english_name_leaves_out() -> None:
    assert firsts(["HY-LOK CORPORATION"], ["하이브", "록시아", "하이록코리아"])["HY-LOK CORPORATION"] == "하이록코리아"


def test_initials_of_a_whole_name_are_a_whole_name() -> None:
    whole = cost("제이씨", "juno collection")
    assert cost("제이씨케미칼", "juno collection") > whole + 5


def test_initials_of_what_is_no_name_are_cheap() -> None:
    assert cost("에이엠티", "advanced material technology") < cost("에이엠티", "ansan miraero taeyang")


@given(st.lists(st.sampled_from("에스 티 아이 디 케이 엘 비 엠".split()), min_size=1, max_size=7))
def test_rows_of_letters_are_parts_of_the_name_and_cheapest(letters: list[str]) -> None:
    text = pl.Series(["".join(letters)])
    rows = sound.korean_rows(text)
    found = words.Side.korean(text).parts.filter(pl.col("what").str.contains("^[A-Z]{2,}$"))
    assert found.filter(pl.col("what").str.len_chars() > initials.MOST).height == 0
    assert found.filter((pl.col("begin") < 0) | (pl.col("end") > int(rows.length[0]))).height == 0
    assert found.select("what", "begin", "end").is_unique().all()
    assert found["whole"].any() or len(letters) == 1 or len(letters) > initials.MOST


@given(st.integers(1, 40), st.floats(0, 60), st.floats(0, 30), st.floats(0, 30))
def test_a_farther_rival_never_makes_a_name_less_sure(letters: int, cost_: float, near: float, far: float) -> None:
    near, far = min(near, far), max(near, far)
    pairs = pl.DataFrame({"kind": "across", "cost": cost_, "letters": letters, "margin": [near, far]})
    one, other = pairs.select(p=score.probability())["p"]
    assert one <= other + 1e-9


@given(st.integers(1, 40), st.floats(0, 60), st.floats(0, 60), st.floats(0, 30))
def test_a_dearer_pair_is_never_surer(letters: int, some: float, more: float, margin: float) -> None:
    pairs = pl.DataFrame({"kind": "across", "cost": sorted((some, more)), "letters": letters, "margin": margin})
    cheap, dear = pairs.select(p=score.probability())["p"]
    assert dear <= cheap + 1e-9


@pytest.mark.parametrize(
    ("written", "usual", "latin"),
    [
        ("써비스", "서비스", "service"),  # a tense consonant
        ("쎄미콘", "세미콘", "semicon"),
        ("테크놀러지", "테크놀로지", "technology"),
        ("에너쥐", "에너지", "energy"),
        ("쥬얼리", "주얼리", "jewelry"),
        ("내트워크", "네트워크", "network"),  # ㅐ for ㅔ
    ],
)
def test_a_word_in_a_spelling_that_sounds_the_same_costs_little_more(written: str, usual: str, latin: str) -> None:
    assert cost(usual, latin) <= cost(written, latin) <= cost(usual, latin) + words.LOOSE + 1e-3


@given(st.integers(0, 11171), st.integers(0, 11171))
def test_syllables_that_sound_the_same_have_one_spelling(one: int, other: int) -> None:
    table = words._one_spelling()
    first_, second = table[0xAC00 + one], table[0xAC00 + other]
    # The spelling that stands for others stands for itself, and endings are kept.
    assert table[first_] == first_
    assert (first_ - 0xAC00) % 28 == one % 28
    if first_ == second:
        assert one % 28 == other % 28


@pytest.mark.parametrize(
    ("hangul", "english"),
    [
        ("에치엠씨", "hmc"),
        ("비지엑스", "vgx"),
        ("쥐에스", "gs"),
        ("에스디아이", "sdi"),
        ("알앤에스", "r s"),
        ("엠투아이", "m2i"),
    ],
)
def test_names_of_letters_are_letters(hangul: str, english: str) -> None:
    assert cost(hangul, english) < 4


def in_one_script(left: pl.Series, right: pl.Series) -> Floats:
    """Cost of each pair of texts of one script (`phonetic` forms: both Hangul or both Latin)."""
    ids = np.arange(len(left), dtype=np.int64)
    return one_script.costs(pl.concat([left, right]), ids, ids + len(left))[0]


@pytest.mark.parametrize(
    ("short", "long"),
    [("knn", "korea new network"), ("kctc", "korea computer terminal center"), ("smcc", "sm culture contents")],
)
def test_initials_in_one_script(short: str, long: str) -> None:
    def both(one: str, other: str) -> float:
        return float(in_one_script(pl.Series([one]), pl.Series([other]))[0])

    assert both(short, long) == both(long, short) == one_script.INITIALS * len(short)
    assert both(short[::-1] + "x", long) > one_script.INITIALS * len(short)


@pytest.mark.parametrize(
    ("short", "long", "alike"),
    [
        ("gs", "gs holdings", True),
        ("gs", "gs group", True),
        ("3s", "3s korea", True),
        ("lg", "lg chem", False),
        ("gs", "gs global", False),
    ],
)
def test_a_short_name_and_the_same_with_a_word_that_names_no_trade(short: str, long: str, alike: bool) -> None:
    value = float(in_one_script(pl.Series([short]), pl.Series([long]))[0])
    assert (value <= one_script.SHORT * len(short) + 1e-3) == alike


@given(st.text("abcdef ghi", max_size=9), st.text("abcdef ghi", max_size=9))  # shorter than names that are cut off
def test_the_cost_in_one_script_has_no_order(one: str, other: str) -> None:
    there = in_one_script(pl.Series([one]), pl.Series([other]))
    back = in_one_script(pl.Series([other]), pl.Series([one]))
    assert there.tolist() == back.tolist()
    assert there[0] >= 0
    assert in_one_script(pl.Series([one]), pl.Series([one]))[0] == 0


@pytest.mark.parametrize(
    ("written", "meant"),
    [("HanwhaSystemsCoLtd", "Hanwha Systems"), ("L&FCoLtd", "L&F"), ("MiCo Ltd.", "MICO"), ("SSCPCo.,Ltd.", "SSCP")],
)
def test_forms_that_are_glued_to_a_name_are_cut_off_and_endings_of_names_are_not(written: str, meant: str) -> None:
    names = comparable(pl.DataFrame({"row": [0, 1], "name": [written, meant]}))
    assert names["key"][0] == names["key"][1]


@pytest.mark.parametrize(
    ("latin", "hangul"),
    [("4by4", "포바이포"), ("pro2000", "프로이천"), ("21store", "이십일스토어"), ("3s", "쓰리에스")],
)
def test_digits_are_read_in_korean_and_in_english(latin: str, hangul: str) -> None:
    assert cost(hangul, latin) < 4.5


@pytest.mark.parametrize(("hangul", "once", "twice"), [("캐리", "cary", "carry"), ("고비", "gobi", "gobbi")])
def test_a_consonant_written_twice_costs_little_more(hangul: str, once: str, twice: str) -> None:
    assert cost(hangul, once) < cost(hangul, twice) <= cost(hangul, once) + 2.6


@pytest.mark.parametrize(
    ("english", "hangul"),
    [("gilgyo", "길교산업"), ("verne", "베른"), ("century", "센추리"), ("solar n tech", "쏠라엔텍")],
)
def test_the_search_hears_what_the_comparison_hears(english: str, hangul: str) -> None:
    # One of these shares some of the sound of each.
    crowd = [*(a + b for a in "길베센솔" for b in "지자텍넥추트"), hangul]
    written = pl.DataFrame({"entity_id": crowd, "name": crowd, "label": crowd})
    index = NameIndex.of(written.with_columns(kind=pl.lit("primary"), country=pl.lit("KR")))
    near = index.nearest(pl.DataFrame({"number": [0], "text": [english]}), 2)["name_id"].to_list()
    assert crowd.index(hangul) in near


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("ALT Co.,Ltd.", ["알트", "에이엘티", "대한제당"]),
        ("Samhwa Electronics Co., Ltd.", ["삼화전자", "삼화전자", "대한제당"]),
    ],
)
def test_two_companies_as_near_as_each_other_are_for_a_person(asked: str, known: list[str]) -> None:
    written = pl.DataFrame({"entity_id": ["a", "b", "c"], "name": known})
    written = written.with_columns(kind=pl.lit("primary"), label="name", country=pl.lit("KR"))
    matches, _ = match_names(NameIndex.of(written), pl.DataFrame({"row": [1], "name": [asked]}), "KR")
    assert matches["decision"].to_list() == ["review"]
    assert matches["reason"].to_list() == ["two companies are about equally similar"]


@pytest.mark.parametrize(("country", "decision"), [("KR", "auto"), ("KP", "review"), ("RU", "review")])
def test_a_name_in_hangul_that_only_sounds_like_a_foreign_company_is_for_a_person(country: str, decision: str) -> None:
    names = ["Korea Daizin Trading Corp", "Sonatek", "Magnitogorsk Works"]
    written = pl.DataFrame({"entity_id": ["a", "b", "c"], "name": names})
    written = written.with_columns(kind=pl.lit("primary"), label="name", country=pl.lit(country))
    matches, candidates = match_names(NameIndex.of(written), pl.DataFrame({"row": [1], "name": ["소나텍"]}), None)
    assert matches["decision"].to_list() == [decision]
    assert candidates["entity_id"].to_list()[:1] == ["b"]


@pytest.mark.parametrize(("asked", "known"), [("L&F CO.,LTD", "LF"), ("NC& Co., Ltd.", "NC")])
def test_a_name_that_lacks_the_sign_is_no_name_of_the_company(asked: str, known: str) -> None:
    written = pl.DataFrame({"entity_id": ["a"], "name": [known], "kind": ["primary"], "label": [known]})
    index = NameIndex.of(written.with_columns(country=pl.lit("KR")))
    matches, _ = match_names(index, pl.DataFrame({"row": [1], "name": [asked]}), "KR")
    assert matches["decision"].to_list() != ["auto"]


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("Tiffany& Co.", ["Tiffany & Co."]),
        ("NC& Co., Ltd.", ["NC& Corporation"]),
        ("NC&(주)", ["NC& Co., Ltd."]),
        ("A & Inc", ["A&"]),
        ("NC& Co., Ltd.", ["NC", "NC&"]),
    ],
)
def test_a_name_with_the_sign_is_the_same_however_it_is_written(asked: str, known: list[str]) -> None:
    written = pl.DataFrame({"name": known, "kind": ["primary", "alias"][: len(known)]})
    index = NameIndex.of(written.with_columns(entity_id=pl.lit("a"), label=pl.lit(known[0]), country=pl.lit("KR")))
    matches, _ = match_names(index, pl.DataFrame({"row": [1], "name": [asked]}), "KR")
    assert matches["decision"].to_list() == ["auto"]
