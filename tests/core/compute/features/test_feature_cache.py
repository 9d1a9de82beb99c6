"""What is kept of the frozen blocks' outputs in memory."""

import torch

from core.compute.feature_plan import Key, picture_bytes
from core.compute.features.store import MemoryStore


def test_gives_back_what_was_put_in_channels_last() -> None:
    key = Key(5, 0)
    store = MemoryStore({key: [3, 7]}, 64, torch.float32, budget=10**9)
    features = {position: torch.randn(512, 2, 2) for position in (3, 7)}
    for position, one in features.items():
        assert not store.holds(key, position)
        store.put(key, position, one)
    got = store.get(key, [7, 3])
    assert torch.equal(got, torch.stack([features[7], features[3]]))
    assert got.is_contiguous(memory_format=torch.channels_last)


def test_what_does_not_fit_is_left_out_the_deepest_kept_first() -> None:
    deep, early = Key(5, 0), Key(1, 0)
    size = picture_bytes(deep, 64, torch.bfloat16.itemsize)
    store = MemoryStore({early: [0], deep: [0]}, 64, torch.bfloat16, budget=size)
    assert store.keys == (deep,)
    assert not store.add(early, [0])
    store.put(early, 0, torch.zeros(64, 32, 32))
    assert not store.holds(early, 0)


def test_the_picture_itself_is_never_kept() -> None:
    assert MemoryStore({Key(0, 0): [0]}, 64, torch.float32, budget=10**9).keys == ()


def test_dropping_frees_the_memory() -> None:
    key = Key(5, 0)
    store = MemoryStore({key: [0]}, 32, torch.float32, budget=10**9)
    store.put(key, 0, torch.zeros(512, 1, 1))
    assert store.bytes == 512 * 4
    store.drop([key])
    assert store.bytes == 0
    assert not store.holds(key, 0)


def test_what_is_dropped_makes_room_for_another() -> None:
    deep, early = Key(5, 0), Key(4, 0)
    size = picture_bytes(early, 64, torch.float32.itemsize)
    store = MemoryStore({deep: [0]}, 64, torch.float32, budget=size)
    assert not store.add(early, [0])
    store.drop([deep])
    assert store.add(early, [0])
    assert store.keeps(early, 0)
