"""Learn the channel's parameters from pairs of Korean and English names.

Usage: `python -m tools.names.learn PAIRS.csv [READ.csv ...]`.

The files have the columns corp_code, corp_name, corp_eng_name (the registry's own list has them). Costs are learned
from the training split of PAIRS.csv, the pairs whose SHA-256 of corp_code starts with a byte b with b mod 10 >= 3, and
from all pairs of READ.csv, whose misses were reviewed. The curve from costs to probabilities is fitted on the other
pairs of PAIRS.csv: on pairs whose words are in the lexicon it would be overconfident.

Method: hard expectation maximisation. The cheapest path of each pair under the current costs shows which letters each
sound became; the counts, with the curated seed (`sounds.csv`) as prior, give the next costs. Pairs whose path remains
expensive are renames or translations and are ignored. The results are stored in `sound_costs.csv`, `learned_words.csv`
and `learned_generic.csv`.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections import Counter, defaultdict
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from screener.match.names import costs, forms, phonetic, score, sketch, sound, weigh, words
from screener.match.names.index import NameIndex
from screener.match.names.prepared import comparable
from screener.match.names.trace import trace

Probabilities = dict[str, dict[str, float]]

ROUNDS: Final = 6
PRIOR: Final = 14.0
"""Weight of the seed, in observations per sound: rare sounds retain the curated spellings, common ones learn."""

DEAREST: Final = 1.6
"""Cost per letter above which a pair is ignored."""

BACKWARDS: Final = 0.2
"""Weight of P(sound | spelling) next to P(spelling | sound): few write ㅣ as `ee`, but nearly every `ee` is ㅣ."""

NOTE: Final = "# Made by tools/names/learn.py from pairs of DART names; see docs/names.md. Not for editing.\n"

COUNTERPART: Final = 1.0
"""Added to the cost of omitting a generic word: for a name that has the word without its counterpart."""


def is_training(corp_code: str) -> bool:
    """Whether a pair may be learned from (seven in ten, by hash)."""
    return hashlib.sha256(corp_code.encode()).digest()[0] % 10 >= 3


def learn(pairs: pl.DataFrame) -> tuple[Probabilities, dict[tuple[str, str], float], dict[str, float]]:
    """P(spelling | sound), costs of lexicon words, costs of omitting generic words, from (corp_name, corp_eng_name)."""
    korean = comparable(pairs.select(name="corp_name")).select(t=phonetic.korean(pl.col("core")))["t"]
    latin = comparable(pairs.select(name="corp_eng_name")).select(t=phonetic.latin(pl.col("core")))["t"]
    korean_side, latin_side = words.Side.korean(korean), words.Side.latin(latin)
    ko, la = korean_side.rows, latin_side.rows
    latin = latin.str.replace_all(" ", "", literal=True)
    ids = np.arange(len(korean))
    arcs = words.shortcuts(korean_side, latin_side, ids, ids)
    seed = costs.seed_probabilities()
    now = seed
    for _ in range(ROUNDS):
        steps = trace(ko, la, arcs, costs.build_costs(now))
        total = steps.group_by("pair").agg(pl.col("cost").sum()).sort("pair")["cost"].to_numpy()
        good = steps.filter(pl.col("pair").is_in(ids[total < DEAREST * la.length]))
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        matched: Counter[tuple[str, str]] = Counter()
        for pair, h0, h1, e0, e1, arc, _cost in good.iter_rows():
            spelling, sounds = latin[pair][e0:e1], [sound.SOUNDS[code] for code in ko.codes[pair, h0:h1]]
            if arc >= 0:
                matched["".join(name[-1] for name in sounds), spelling] += 1
            else:
                counts["".join(sounds)][spelling] += 1
        seen = {
            key: {
                spelling: counts[key][spelling] + PRIOR * seed[key].get(spelling, 0.0)
                for spelling in set(seed[key]) | set(counts[key])
                if len(spelling) <= 3 and (spelling or len(key) <= 2)
            }
            for key in seed
        }
        now = {
            key: {spelling: many / (sum(counts[key].values()) + PRIOR) for spelling, many in spellings.items()}
            for key, spellings in seen.items()
        }
    # P(sound | spelling) times BACKWARDS, where that is more; two sounds with one spelling stay as they are.
    single = {key: spellings for key, spellings in seen.items() if len(key) <= 2}
    times = sum((Counter(spellings) for spellings in single.values()), Counter())
    for key, spellings in single.items():
        for spelling, many in spellings.items():
            if spelling:
                now[key][spelling] = max(now[key][spelling], BACKWARDS * many / times[spelling])
    generic = latin_side.parts.filter(pl.col("what") == "-", pl.col("id").is_in(good["pair"].unique().implode()))
    borne = Counter(latin[name][begin:end] for name, begin, end in generic.select("id", "begin", "end").iter_rows())
    return now, _word_costs(matched), _generic_costs(matched, borne)


def _generic_costs(matched: Counter[tuple[str, str]], borne: Counter[str]) -> dict[str, float]:
    """Minus log of how often a generic word is omitted among the names that have it, plus `COUNTERPART`."""
    share = {word: (matched["", word] + 0.15) / (times + 6.0) for word, times in borne.items() if times >= 3}
    return {word: min(6.0, max(1.0, -math.log(part))) + COUNTERPART for word, part in share.items()}


def _word_costs(matched: Counter[tuple[str, str]]) -> dict[tuple[str, str], float]:
    """Minus log of the share of a word's counterparts that are this one; the lexicon's ranks count as two sightings."""
    lexicon = costs.curated_words()
    choices_of: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    rows = sound.korean_rows(lexicon["ko"])
    for codes, ko, en in zip(rows.codes, lexicon["ko"], lexicon["en"], strict=True):
        choices_of["".join(sound.SOUNDS[code][-1] for code in codes if code)].append((ko, en))
    learned: dict[tuple[str, str], float] = {}
    for key, choices in choices_of.items():
        total = sum(matched[key, en] for _, en in choices)
        if total < 2:
            continue
        for place, (ko, en) in enumerate(choices):
            prior = 2.0 / (1 + place) if en else 0.1
            share = (matched[key, en] + prior) / (total + 4.0)
            learned[ko, en] = min(3.0 if en else 5.0, max(0.15, -math.log(share)))
    return learned


def write(probabilities: Probabilities, word_costs: dict[tuple[str, str], float], generic: dict[str, float]) -> None:
    """Write the three tables into the lexicon, rounded and sorted, so that the same pairs give the same bytes."""
    spellings = [
        (key, spelling or "-", f"{p:.4f}")
        for key in sorted(probabilities)
        for spelling, p in sorted(probabilities[key].items(), key=lambda item: (-item[1], item[0]))
        if p >= 0.0015
    ]
    rendered = [(ko, en or "-", f"{cost:.2f}") for (ko, en), cost in sorted(word_costs.items())]
    left_out = [(word, f"{cost:.2f}") for word, cost in sorted(generic.items())]
    for name, columns, rows in (
        ("sound_costs", ["sound", "spelling", "probability"], spellings),
        ("learned_words", ["ko", "en", "cost"], rendered),
        ("learned_generic", ["word", "cost"], left_out),
    ):
        table = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
        (forms.LEXICON / f"{name}.csv").write_text(NOTE + table.write_csv(), encoding="utf-8")
    # Cached tables are read again.
    for module in (forms, costs, words, sketch):
        for reader in vars(module).values():
            if hasattr(reader, "cache_clear"):
                reader.cache_clear()


_ENGLISH: Final = pl.col("corp_eng_name").str.contains("[A-Za-z]").fill_null(False)

ABSENT: Final = 0.04
"""Assumed share of queries for companies missing from the index, for fitting the curve; see docs/names.md."""


def calibrate(pairs: pl.DataFrame, everyone: pl.DataFrame) -> dict[str, float]:
    """Coefficients of P(the best candidate is right), fitted on these pairs against the Korean names of everyone.

    pairs and everyone: corp_code, corp_name, corp_eng_name. Two records of one Korean name count as one company: their
    names cannot distinguish them. Names found in their own script have a separate curve. In addition to the pairs, each
    name in one half of everyone is searched among the names of the other half: every match there is wrong. Logistic
    regression by Newton's method with a small ridge.
    """
    present, right = _judged(pairs, everyone)
    # Halves by order, not by chance: the same file gives the same curve.
    halves = [everyone.filter(pl.int_range(pl.len()) % 2 == half) for half in (0, 1)]
    absent = np.concatenate(
        [
            _judged(other.filter(_ENGLISH).join(here, on="corp_name", how="anti"), here)[0]
            for here, other in (halves, halves[::-1])
        ]
    )
    terms = np.concatenate([present, absent])
    correct = np.concatenate([right, np.zeros(len(absent))])
    part = ABSENT / (1 - ABSENT) * len(present) / max(len(absent), 1)
    counts = np.concatenate([np.ones(len(present)), np.full(len(absent), part)])
    weights = np.zeros(terms.shape[1])
    for _ in range(40):
        p = 1.0 / (1.0 + np.exp(-np.clip(terms @ weights, -30, 30)))
        slope = terms.T @ (counts * (correct - p)) - 0.05 * weights
        curve = (terms * (counts * p * (1 - p))[:, None]).T @ terms + 0.05 * np.eye(terms.shape[1])
        weights += np.linalg.solve(curve, slope)
    return dict(zip(score.terms(), weights.tolist(), strict=True))


def _judged(pairs: pl.DataFrame, everyone: pl.DataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The terms of the best candidate for each pair's English name among all Korean names, and whether it is right."""
    listed = everyone.unique("corp_name", keep="first", maintain_order=True)
    index = NameIndex.of(
        listed.select(
            entity_id="corp_name", name="corp_name", kind=pl.lit("primary"), label="corp_name", country=pl.lit("KR")
        )
    )
    asked = comparable(
        pairs.select(name="corp_eng_name", truth="corp_name").with_row_index("row").cast({"row": pl.Int64})
    )
    best = (
        weigh.weighed(index, asked, "KR")
        .filter((pl.col("rank") == 1) & (pl.col("kind") == "across"))
        .join(asked.select("row", "truth"), on="row")
    )
    terms = best.select(term.alias(name) for name, term in score.terms().items())
    return terms.cast(pl.Float64).to_numpy(), (best["truth"] == best["entity_id"]).to_numpy().astype(float)


def write_calibration(across: dict[str, float]) -> None:
    """Replace the fitted curve in `calibration.csv`; the curve set by hand remains."""
    path = forms.LEXICON / "calibration.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    by_hand = [line for line in lines if line.startswith("within,")]
    head = lines[: lines.index("kind,term,value\n") + 1]
    fitted = [f"across,{term},{across[term]:.4f}\n" for term in score.terms()]
    path.write_text("".join([*head, *fitted, *by_hand]), encoding="utf-8")


def _read_pairs(path: str) -> pl.DataFrame:
    columns = ("corp_code", "corp_name", "corp_eng_name")
    return pl.read_csv(path, infer_schema=False).select(columns).filter(pl.col("corp_name").fill_null("") != "")


def main(path: str, *read: str) -> None:
    """Learn from the file's training split and all of `read`, calibrate on its rest, and write the lexicon's tables."""
    everyone = _read_pairs(path)
    pairs = everyone.filter(_ENGLISH)
    training = pl.Series([is_training(code) for code in pairs["corp_code"].to_list()], dtype=pl.Boolean)
    more = [_read_pairs(file).filter(_ENGLISH).join(pairs, on="corp_code", how="anti") for file in read]
    # Earlier results must not affect the new ones: the same pairs give the same tables.
    write({}, {}, {})
    write(*learn(pl.concat([pairs.filter(training), *more])))
    write_calibration(calibrate(pairs.filter(~training), everyone))


if __name__ == "__main__":
    main(*sys.argv[1:])
