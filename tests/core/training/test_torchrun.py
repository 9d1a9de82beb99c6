"""A process's place among those that torchrun starts, and its share of the work."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.torchrun import Place, part, place, threads_each

STARTED = {
    "TORCHELASTIC_RUN_ID": "none",
    "RANK": "3",
    "WORLD_SIZE": "4",
    "LOCAL_RANK": "1",
    "LOCAL_WORLD_SIZE": "2",
    "TORCHELASTIC_RESTART_COUNT": "1",
}


def test_a_process_started_in_the_ordinary_way_has_no_place() -> None:
    assert place({}) is None
    assert place({"RANK": "0", "WORLD_SIZE": "2"}) is None, "another launcher's variables"


def test_the_place_is_read_from_what_torchrun_sets() -> None:
    assert place(STARTED) == Place(rank=3, size=4, local_rank=1, local_size=2, restarts=1)
    assert not Place(rank=3, size=4).is_first
    assert Place().is_first


@given(st.integers(0, 500), st.integers(1, 9))
def test_the_parts_hold_everything_once_and_in_order(count: int, size: int) -> None:
    parts = [part(count, rank, size) for rank in range(size)]
    assert [one for some in parts for one in some] == list(range(count))
    lengths = [len(one) for one in parts]
    assert max(lengths) - min(lengths) <= 1


def test_a_batch_that_does_not_divide_gives_the_first_ranks_one_more() -> None:
    assert [len(part(32, rank, 3)) for rank in range(3)] == [11, 11, 10]
    assert [len(part(1, rank, 3)) for rank in range(3)] == [1, 0, 0]


@pytest.mark.parametrize(
    ("told", "threads"),
    [({}, 4), ({"OMP_NUM_THREADS": "1"}, 4), ({"OMP_NUM_THREADS": "6"}, 6)],
)
def test_the_ranks_of_a_machine_share_its_cores(told: dict[str, str], threads: int) -> None:
    assert threads_each(Place(size=2, local_size=2), 8, told) == threads
    assert threads_each(Place(size=16, local_size=16), 8, {}) == 1
