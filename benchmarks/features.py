"""Kept features: a batch copied from its file's map, beside reading it and beside np.memmap."""

import tempfile
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from statistics import median
from unittest import mock

import numpy as np

from benchmarks import Row, interleaved
from core.compute.cache import records
from core.compute.cache.records import RecordStore
from core.compute.feature_plan import Key, picture_bytes

SIDE, ITEM_BYTES = 224, 2  # bfloat16
BATCH, BATCHES = 32, 32  # 200 MB after block 4: far more than a processor's own caches hold
GATHERS = 300
TARGET = 0.9

Gather = Callable[[], np.ndarray]


def run() -> list[Row]:
    """Medians in ms a batch of a shuffled epoch, of which all is in memory."""
    rows = []
    for boundary in (4, 5):
        with tempfile.TemporaryDirectory(prefix="thaw-bench-") as place:
            rows += _rows(Path(place), boundary)
    return rows


def _rows(root: Path, boundary: int) -> list[Row]:
    record_bytes = picture_bytes(Key(boundary, 0), SIDE, ITEM_BYTES)
    names = [number.to_bytes(32, "little") for number in range(BATCH * BATCHES)]
    mapped, read = (_opened(root, record_bytes, names, map_them) for map_them in (True, False))
    (file,) = mapped.folder.glob("*.data")
    plain = np.memmap(file, np.uint8, "r", shape=(len(names), record_bytes))
    what = f"{BATCH} features after block {boundary} from the map"
    orders = [cycle(_epoch(seed)) for seed in range(3)]

    def from_store(store: RecordStore, which: int) -> Gather:
        return lambda: store.get([names[one] for one in next(orders[which])])

    from_map = from_store(mapped, 0)
    rows = [
        _row(f"{what}, beside reading them", from_map, from_store(read, 1), TARGET),
        _row(f"{what}, beside np.memmap alone", from_map, lambda: plain[next(orders[2])]),
    ]
    mapped.close()
    read.close()
    return rows


def _epoch(seed: int) -> list[list[int]]:
    """Batches of an order of its own, so that no processor's cache holds what another has read."""
    order = np.random.default_rng(seed).permutation(BATCH * BATCHES)
    batches: list[list[int]] = order.reshape(BATCHES, BATCH).tolist()
    return batches


def _opened(root: Path, record_bytes: int, names: list[bytes], map_them: bool) -> RecordStore:
    """A store of all records, filled if need be, that has read each often enough to map them."""
    store = RecordStore(root, record_bytes, {"kind": "features"})
    random = np.random.default_rng(record_bytes)
    with mock.patch.object(records, "may_map", return_value=map_them):
        for name in names:
            if not store.holds(name):
                store.put(name, random.bytes(record_bytes))
        for _ in range(3):
            for start in range(0, len(names), BATCH):
                store.get(names[start : start + BATCH])
    return store


def _row(what: str, ours: Gather, reference: Gather, target: float | None = None) -> Row:
    mine, other = interleaved([ours] * GATHERS, [reference] * GATHERS)
    first, second = (1000 * median(one) for one in (mine, other))
    ratio = median(one / two for one, two in zip(mine, other, strict=True))
    if target is None:
        return Row(what, first, "ms", "reported", second, ratio)
    return Row(what, first, "ms", f"<= {target}", second, ratio, ratio <= target)
