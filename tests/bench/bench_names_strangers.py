"""Names that the store does not know, as delivery files are full of them, asked of the store of the shipped facts.

The names are made up of places, words, trades and company forms in Latin letters, Hangul and Chinese characters; none is a company's. What is measured is
`resolve` in this process, the preparation of the store's names included, compared with RapidFuzz's `cdist` (its default scorer, one worker) of the same names
against all names of the store. A name that is taken for a company (`auto`) counts as wrong.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.processes import peak_mb

SIZES = (1_000, 10_000, 60_000)
_PLACES = (
    "Jiangsu Zhejiang Guangdong Shandong Shenzhen Suzhou Ningbo Hebei Anhui Fujian Dongguan Hanoi Saigon Hai Phong Jakarta Bandung Mumbai Pune "
    "Chennai Gujarat Dhaka Penang Johor Osaka Nagoya Taipei Kaohsiung Texas Ohio Milano Torino Bavaria Lyon Izmir Bursa Yangon Mandalay"
).split()
_WORDS = (
    "Hongda Xinyuan Ruifeng Tianli Jinhua Weixing Yongsheng Kaida Dongfang Minh Phat Thanh Cong Viet Hoa Maju Jaya Sentosa Shree Balaji Om Sai "
    "Reliant Crest Harbor Pioneer Summit Northern Bluewater Redstone Silverline Oakridge Marubeni Kyowa Sankei Yamato Delta Vega Nova Zenith Apex "
    "Lumen Castello Ferro Becker Schmidt Lindner Moreau Yildiz Anadolu Golden Lotus Star Dragon Phoenix Lion"
).split()
_TRADES = (
    "Textile Garment Electronics Technology Trading Industrial Machinery Chemical Plastics Metal Steel Precision Logistics Foods Packaging Furniture "
    "Auto Parts Semiconductor Solar Energy Mining Timber Rubber Leather Footwear Optical Battery Materials Engineering Construction Shipping"
).split()
_FORMS = "Co., Ltd.|CO LTD|Ltd|Inc.|Corp.|LLC|GmbH|S.p.A.|Pvt Ltd|Sdn Bhd|JSC|Limited|AG|SAS|A.S.|".split("|")
_SYLLABLES = "가나다라마바사아자차하고노도로모보소오조호구누두루무부수우주후기니디리미비시이지강광남대동명문민백범상서석선성세송승신안양연영용원유윤은인임장정종준중진창천철청충태평풍한해현형홍화황효"
_KOREAN = "산업 전자 정밀 화학 기계 금속 철강 테크 물산 무역 상사 통상 섬유 어패럴 식품 유통 물류 건설 엔지니어링 시스템 텍 에너지 솔루션".split()
_PROVINCES = "江苏 浙江 广东 山东 深圳 苏州 宁波 河北 新疆 安徽".split()
_HANZI, _CHINESE = (
    "鸿达新源瑞丰天利金华伟兴永盛凯东方恒泰安康佳美龙海",
    "纺织 服装 电子 科技 贸易 实业 机械 化工 塑料 金属 精密 食品 包装".split(),
)


def strangers(count: int, seed: int = 11) -> list[str]:
    """Distinct made-up names: eleven in twenty Latin, seven Hangul, two Chinese."""
    chance, found = random.Random(seed), dict[str, None]()
    while len(found) < count:
        kind = chance.random()
        if kind < 0.55:
            words = [chance.choice(_PLACES)] if chance.random() < 0.5 else []
            words += chance.sample(_WORDS, chance.choice((1, 1, 2))) + chance.sample(_TRADES, chance.choice((1, 1, 2)))
            name = " ".join([*words, chance.choice(_FORMS)]).strip()
            name = name.upper() if chance.random() < 0.3 else name
            name = name[:25] if chance.random() < 0.15 else name
        elif kind < 0.9:
            name = "".join(chance.choices(_SYLLABLES, k=chance.choice((2, 2, 3)))) + chance.choice(_KOREAN)
            name = chance.choice(("(주)", "주식회사 ", "㈜")) + name if chance.random() < 0.3 else name
        else:
            name = (
                chance.choice(_PROVINCES) + "".join(chance.choices(_HANZI, k=2)) + chance.choice(_CHINESE) + "有限公司"
            )
        found[name] = None
    return list(found)


def child(count: int, country: str | None) -> None:
    """The measured work, alone in its process; prints one JSON line."""
    import polars as pl
    from rapidfuzz.process import cdist

    from screener.match.match import resolve
    from screener.match.names.index import NameIndex
    from screener.match.ready import ready_store
    from screener.store.build import open_store

    queries = pl.DataFrame({"row": range(count), "name": strangers(count)})
    with tempfile.TemporaryDirectory(prefix="screener-bench-") as folder:
        state = ready_store(str(Path(folder) / "store.duckdb"))
        with open_store(state.path) as con:
            started = time.perf_counter()
            found = resolve(con, queries, country=country)
            took = time.perf_counter() - started
            peak = round(peak_mb())
            names = NameIndex.build(con).table["name"].to_list()
    started = time.perf_counter()
    for begin in range(0, count, 1000):
        cdist(queries["name"][begin : begin + 1000].to_list(), names)
    decisions = found.matches["decision"]
    figure = {
        "names": len(names),
        "seconds": round(took, 2),
        "rapidfuzz_seconds": round(time.perf_counter() - started, 3),
        "peak_mb": round(peak),
        "review": int((decisions == "review").sum()),
        "wrong": int((decisions == "auto").sum()),
    }
    print(json.dumps(figure))


def run() -> Iterator[dict[str, Any]]:
    """A figure for a portfolio of a thousand names, and for supplier files of ten and of sixty thousand."""
    for size in SIZES:
        which = "holdings" if size == SIZES[0] else "suppliers"
        command = [sys.executable, "-m", "tests.bench.bench_names_strangers", str(size), which]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        figure = json.loads(done.stdout.strip().splitlines()[-1])
        ratio = round(figure["seconds"] / figure["rapidfuzz_seconds"], 1)
        yield {
            "bench": "names-strangers",
            "size": size,
            "ratio": ratio,
            "against": f"RapidFuzz cdist over all pairs, {which}",
        } | figure


if __name__ == "__main__":
    child(int(sys.argv[1]), "KR" if sys.argv[2] == "holdings" else None)
