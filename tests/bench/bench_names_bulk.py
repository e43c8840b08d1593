"""Ten thousand names against a million, in a process of its own: seconds and memory, preparation of the index included.

The names are made up of random syllables and words of the lexicon, three in five in Hangul and two in Latin letters; the queries are English
renderings (Revised Romanization and the lexicon's words) of ten thousand of the Korean ones, so that what is found can be
counted as well. `names-bulk` compares pairs considered or avoided a second with logic-v2's and RapidFuzz's pairs a second.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.bench.peers import logic_v2_speed, rapidfuzz_speed
from tests.bench.processes import peak_mb

NAMES, QUERIES = 1_000_000, 10_000
_ONSETS = "g kk n d tt r m b pp s ss . j jj ch k t p h".split()
_VOWELS = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()
_CODAS = {0: "", 1: "k", 4: "n", 8: "l", 16: "m", 17: "p", 21: "ng"}
_USUAL = [(o, v) for o in (0, 2, 3, 5, 6, 7, 9, 11, 12, 14, 18) for v in (0, 1, 4, 5, 6, 8, 13, 17, 20)]


def made_up(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Pairs of a Korean name and its English rendering."""
    from screener.match.names.costs import curated_words, generic_words

    generic = set(generic_words())
    lexicon = [
        (ko, en)
        for ko, en, _ in curated_words().unique("ko", keep="first", maintain_order=True).iter_rows()
        if en in generic
    ]
    chance = random.Random(seed)
    for _ in range(count):
        ko, la = "", ""
        for _ in range(chance.choice((2, 2, 3, 3, 4))):
            (onset, vowel), coda = chance.choice(_USUAL), chance.choice((0, 0, 0, 1, 4, 8, 16, 21))
            ko += chr(0xAC00 + onset * 588 + vowel * 28 + coda)
            la += _ONSETS[onset].strip(".") + _VOWELS[vowel] + _CODAS[coda]
        word, english = chance.choice(lexicon)
        yield ko + word, f"{la.capitalize()} {english.capitalize()} Co., Ltd."


def child() -> None:
    """The measured work, alone in its process; prints one JSON line."""
    import polars as pl

    from screener.match.names.index import NameIndex
    from screener.match.names.search import match_names

    pairs = list(made_up(NAMES, 7))
    korean = [ko if n % 5 < 3 else la for n, (ko, la) in enumerate(pairs)]
    picked = [n for n in range(0, NAMES, 51) if n % 5 < 3][:QUERIES]
    written = pl.DataFrame({"entity_id": [f"kr-{n}" for n in range(NAMES)], "name": korean}).with_columns(
        kind=pl.lit("primary"), label=pl.col("name"), country=pl.lit("KR")
    )
    asked = pl.DataFrame({"row": picked, "name": [pairs[n][1] for n in picked]})
    held = peak_mb()
    started = time.perf_counter()
    index = NameIndex.of(written)
    built_lists = index.postings.weight.size
    built = time.perf_counter() - started
    matches, candidates = match_names(index, asked, "KR")
    took = time.perf_counter() - started
    best = candidates.filter(pl.col("rank") == 1).with_columns(
        right=pl.col("entity_id") == pl.concat_str(pl.lit("kr-"), pl.col("row"))
    )
    auto = matches.filter(pl.col("decision") == "auto").join(best.select("row", "right"), on="row")
    print(
        json.dumps(
            {
                "queries": asked.height,
                "seconds": round(took, 2),
                "index_seconds": round(built, 2),
                "features": int(built_lists),
                "peak_mb": round(peak_mb()),
                "mb_before": round(held),
                "top1": round(float(best["right"].sum()) / asked.height, 4),
                "auto": round(auto.height / asked.height, 4),
                "auto_right": round(float(auto["right"].mean() or 0.0), 4),
            }
        )
    )


def run() -> Iterator[dict[str, Any]]:
    """One figure a peer: pairs considered or avoided a second against the peer's pairs a second."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_names_bulk"], capture_output=True, text=True, check=True
    )
    figure = json.loads(done.stdout.strip().splitlines()[-1])
    speed = NAMES * figure["queries"] / figure["seconds"]
    for against, peer in (
        ("logic-v2 pairs a second", logic_v2_speed()),
        ("RapidFuzz WRatio pairs a second", rapidfuzz_speed()),
    ):
        ratio = None if peer is None else round(speed / peer, 1)
        yield (
            {
                "bench": "names-bulk",
                "size": NAMES,
                "ratio": ratio,
                "against": against if peer else f"{against}: not installed",
            }
            | figure
            | {
                "pairs_a_second": round(speed),
                "peer_pairs_a_second": None if peer is None else round(peer),
            }
        )


if __name__ == "__main__":
    child()
