"""Learn the channel's parameters from pairs of Korean and English names: `python -m tools.names.learn PAIRS.csv [READ.csv ...]`.

The files have the columns corp_code, corp_name, corp_eng_name (the registry's own list has them). Costs are learned from the training
split of PAIRS.csv: the pairs whose SHA-256 of corp_code starts with a byte b with b mod 10 >= 3; and from all pairs of READ.csv, whose misses somebody has
read. The curve that makes a probability of a cost is fitted on the others of PAIRS.csv: on pairs whose words fill the lexicon it would be surer than
it may be.

Method: hard expectation maximisation. The cheapest path of each pair under the present costs says which letters each sound
became; the counts, with the curated seed (`sounds.csv`) as prior, give the next costs. Pairs whose path stays dear are
renames or translations and teach nothing about sound. What is kept: `sound_costs.csv`, `learned_words.csv` and
`learned_generic.csv`.
"""

from __future__ import annotations

import csv
import hashlib
import math
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from screener.match.names import costs, forms, phonetic, score, sound, weigh, words
from screener.match.names.index import NameIndex
from screener.match.names.prepared import comparable
from screener.match.names.sound import Costs
from screener.match.names.trace import trace

ROUNDS: Final = 6
PRIOR: Final = 14.0
"""Weight of the seed, in observations a sound: a rare sound keeps the curated spellings, a common one learns."""

DEAREST: Final = 1.6
"""Cost a letter above which a pair teaches nothing."""

BACKWARDS: Final = 0.2
"""Weight of P(sound | spelling) beside P(spelling | sound): few write ㅣ as `ee`, but nearly every `ee` is one."""

COUNTERPART: Final = 1.0
"""Added to what leaving a generic word out costs: that a name has the word at all without its counterpart."""


def is_training(corp_code: str) -> bool:
    """Whether a pair may be learned from (seven in ten, by hash)."""
    return hashlib.sha256(corp_code.encode()).digest()[0] % 10 >= 3


def learn(pairs: pl.DataFrame) -> tuple[dict[str, dict[str, float]], dict[tuple[str, str], float], dict[str, float]]:
    """P(spelling | sound) (see `_both_ways`), costs of lexicon words, costs of leaving generic words out, from (corp_name, corp_eng_name)."""
    korean = comparable(pairs.select(name="corp_name")).select(t=phonetic.korean(pl.col("core")))["t"]
    latin = comparable(pairs.select(name="corp_eng_name")).select(t=phonetic.latin(pl.col("core")))["t"]
    korean_side, latin_side = words.KoreanSide.of(korean), words.LatinSide.of(latin)
    ko, la = korean_side.rows, latin_side.rows
    latin = latin.str.replace_all(" ", "", literal=True)
    ids = np.arange(len(korean))
    arcs = words.shortcuts(korean_side, latin_side, ids, ids)
    seed = costs.seed_probabilities()
    now = seed
    table: Costs = costs.build_costs(now)
    met: Counter[tuple[str, str]] = Counter()
    good: set[int] = set()
    for _ in range(ROUNDS):
        steps = trace(ko, la, arcs, table)
        total = steps.group_by("pair").agg(pl.col("cost").sum()).sort("pair")["cost"]
        good = set(ids[total.to_numpy() < DEAREST * la.length].tolist())
        counts: dict[str, Counter[str]] = {key: Counter() for key in seed}
        met = Counter()
        for pair, h0, h1, e0, e1, arc, _cost in steps.iter_rows():
            if pair not in good:
                continue
            spelling = latin[pair][e0:e1]
            if arc >= 0:
                met[_spelled(ko.codes[pair, h0:h1].tolist()), spelling] += 1
                continue
            key = _sound_key(ko.codes[pair, h0:h1].tolist())
            if key in counts:
                counts[key][spelling] += 1
        seen = {
            key: {
                spelling: counts[key][spelling] + PRIOR * seed[key].get(spelling, 0.0)
                for spelling in set(seed[key]) | set(counts[key])
                if len(spelling) <= 3 and (spelling or key[0] != "2")
            }
            for key in seed
        }
        now = {
            key: {spelling: many / (sum(counts[key].values()) + PRIOR) for spelling, many in spellings.items()}
            for key, spellings in seen.items()
        }
        table = costs.build_costs(now)
    return (
        _both_ways(now, seen),
        _word_costs(met),
        _generic_costs(met, latin_side.tokens.filter(pl.col("id").is_in(sorted(good)))),
    )


def _both_ways(
    probabilities: dict[str, dict[str, float]], seen: dict[str, dict[str, float]]
) -> dict[str, dict[str, float]]:
    """P(spelling | sound), or what `BACKWARDS` makes of P(sound | spelling) where that is more; two sounds that are one spelling as they are."""
    single = {key: spellings for key, spellings in seen.items() if key[0] != "2"}
    total: Counter[str] = Counter()
    for spellings in single.values():
        total.update(spellings)
    return probabilities | {
        key: {
            spelling: max(probability, BACKWARDS * single[key][spelling] / total[spelling]) if spelling else probability
            for spelling, probability in probabilities[key].items()
        }
        for key in single
    }


def _generic_costs(met: Counter[tuple[str, str]], tokens: pl.DataFrame) -> dict[str, float]:
    """Minus log of how often a generic word is left out, of the names that have it, and `COUNTERPART`."""
    seen = dict(tokens.group_by("word").len().iter_rows())
    learned: dict[str, float] = {}
    for word in costs.load_generic()["word"].to_list():
        if seen.get(word, 0) >= 3:
            share = (met["", word] + 0.15) / (seen[word] + 6.0)
            learned[word] = min(6.0, max(1.0, -math.log(share))) + COUNTERPART
    return learned


def _word_costs(met: Counter[tuple[str, str]]) -> dict[tuple[str, str], float]:
    """Minus log of how often a word becomes this one, of all that it became; the lexicon's ranks count as two sightings."""
    lexicon = costs.curated_words()
    spelled: dict[str, list[tuple[str, str]]] = {}
    rows = sound.korean_rows(lexicon["ko"])
    keys = [_spelled(row[:length].tolist()) for row, length in zip(rows.codes, rows.length, strict=True)]
    for key, (ko, en, _) in zip(keys, lexicon.iter_rows(), strict=True):
        spelled.setdefault(key, []).append((ko, en))
    learned: dict[tuple[str, str], float] = {}
    for key, choices in spelled.items():
        total = sum(met[key, en] for _, en in choices)
        if total < 2:
            continue
        for place, (ko, en) in enumerate(choices):
            prior = 2.0 / (1 + place) if en else 0.1
            share = (met[key, en] + prior) / (total + 4.0)
            learned[ko, en] = min(3.0 if en else 5.0, max(0.15, -math.log(share)))
    return learned


def _spelled(codes: list[int]) -> str:
    return "".join(sound.SOUNDS[code][-1] for code in codes)


def _sound_key(codes: list[int]) -> str:
    if len(codes) == 2:
        return "2" + _spelled(codes)
    return sound.SOUNDS[codes[0]] if codes else ""


def write(
    probabilities: dict[str, dict[str, float]],
    word_costs: dict[tuple[str, str], float],
    generic: dict[str, float],
    folder: Path,
) -> None:
    """Write the three tables, rounded and sorted, so that the same pairs give the same bytes."""
    note = "# Made by tools/names/learn.py from pairs of DART names; see docs/names.md. Not for editing.\n"
    with (folder / "sound_costs.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(note)
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["sound", "spelling", "probability"])
        for key in sorted(probabilities):
            best = sorted(probabilities[key].items(), key=lambda item: (-item[1], item[0]))
            table.writerows([key, spelling or "-", f"{p:.4f}"] for spelling, p in best if p >= 0.0015)
    with (folder / "learned_words.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(note)
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["ko", "en", "cost"])
        table.writerows([ko, en or "-", f"{cost:.2f}"] for (ko, en), cost in sorted(word_costs.items()))
    with (folder / "learned_generic.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(note)
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["word", "cost"])
        table.writerows([word, f"{cost:.2f}"] for word, cost in sorted(generic.items()))


_ENGLISH: Final = pl.col("corp_eng_name").str.contains("[A-Za-z]").fill_null(False)

ABSENT: Final = 0.04
"""How many of the names asked for are taken to be of companies that nobody holds, when the curve is fitted; see docs/names.md."""


def calibrate(pairs: pl.DataFrame, everyone: pl.DataFrame) -> dict[str, float]:
    """Coefficients of P(the best candidate is right), fitted on these pairs against the Korean names of everyone.

    pairs and everyone: corp_code, corp_name, corp_eng_name. Two records of one Korean name count as one company, because
    nothing in a name can tell them apart; names found in their own script have a curve of their own. Beside the pairs, each name of one half of
    everyone is asked among the names of the other half: whatever is found there is wrong. Logistic regression by Newton's method with
    a small ridge.
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
    told = np.concatenate([right, np.zeros(len(absent))])
    part = ABSENT / (1 - ABSENT) * len(present) / max(len(absent), 1)
    counts = np.concatenate([np.ones(len(present)), np.full(len(absent), part)])
    weights = np.zeros(terms.shape[1])
    for _ in range(40):
        p = 1.0 / (1.0 + np.exp(-np.clip(terms @ weights, -30, 30)))
        slope = terms.T @ (counts * (told - p)) - 0.05 * weights
        curve = (terms * (counts * p * (1 - p))[:, None]).T @ terms + 0.05 * np.eye(terms.shape[1])
        weights += np.linalg.solve(curve, slope)
    return dict(zip(score.terms(), weights.tolist(), strict=True))


def _judged(pairs: pl.DataFrame, everyone: pl.DataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The terms of the best candidate of each pair's English name among the Korean names of everyone, and whether it is right."""
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
    told = best.select(term.alias(name) for name, term in score.terms().items())
    return told.cast(pl.Float64).to_numpy(), (best["truth"] == best["entity_id"]).to_numpy().astype(float)


def write_calibration(across: dict[str, float], folder: Path) -> None:
    """Replace the fitted curve in `calibration.csv`; the curve set by hand stays."""
    kept = [row for row in forms.read_lexicon("calibration") if row["kind"] != "across"]
    path = folder / "calibration.csv"
    notes = [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line.startswith("#")]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(notes)
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["kind", "term", "value"])
        table.writerows(["across", term, f"{across[term]:.4f}"] for term in score.terms())
        table.writerows([row["kind"], row["term"], row["value"]] for row in kept)


def _read_pairs(path: str) -> pl.DataFrame:
    columns = ("corp_code", "corp_name", "corp_eng_name")
    return pl.read_csv(path, infer_schema=False).select(columns).filter(pl.col("corp_name").fill_null("") != "")


def _forget() -> None:
    """Read the tables anew: they have changed on disk."""
    for table in (
        costs.load_costs,
        costs.load_words,
        costs.load_generic,
        costs.english_words,
        words.loanwords,
        words.wide_words,
    ):
        table.cache_clear()


def main(path: str, *read: str) -> None:
    """Learn from the file's training split and from all of `read`, calibrate on the rest of the file, and write the tables into the lexicon."""
    everyone = _read_pairs(path)
    pairs = everyone.filter(_ENGLISH)
    training = pl.Series([is_training(code) for code in pairs["corp_code"].to_list()], dtype=pl.Boolean)
    unseen = pairs.filter(~training)
    more = [_read_pairs(file).filter(_ENGLISH).join(pairs, on="corp_code", how="anti") for file in read]
    # What was learned before must not show in what is learned now: the same pairs give the same tables.
    for name in ("learned_words", "learned_generic"):
        (forms.LEXICON / f"{name}.csv").unlink(missing_ok=True)
    _forget()
    write(*learn(pl.concat([pairs.filter(training), *more])), forms.LEXICON)
    _forget()
    write_calibration(calibrate(unseen, everyone), forms.LEXICON)


if __name__ == "__main__":
    main(*sys.argv[1:])
