"""Processes that tell each other tensors: real ones, over gloo."""

import threading
from typing import Any

import pytest

from core.common.messages import ThawError
from core.training.control import Control
from tests.support.ranks import Ranks, answers


def test_a_process_alone_has_nobody_to_ask() -> None:
    import torch
    from torch import nn

    from core.training.distributed import ALONE

    rows, module = torch.arange(3), nn.Linear(1, 1)
    assert ALONE.is_alone
    assert ALONE.is_first
    assert ALONE.part(7) == range(7)
    assert ALONE.sums(1.5, 2) == [1.5, 2]
    assert ALONE.gathered(rows) is rows
    assert ALONE.replicate(module) is module
    assert ALONE.from_first(b"as it is") == b"as it is"


def test_processes_that_do_not_find_each_other_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.training.distributed import join
    from core.training.torchrun import Place

    for name, value in {"RANK": "0", "WORLD_SIZE": "2", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with pytest.raises(ThawError) as error:
        join(Place(size=2))
    assert str(error.value).startswith("The 2 processes of this training did not find each other")
    assert "MASTER_ADDR" in str(error.value)


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    return answers(3, "tests.core.training.test_distributed:tell_each_other")


def test_every_rank_gets_the_same_sums(told: list[dict[str, Any]]) -> None:
    assert [one["sums"] for one in told] == [[6.0, 0.75]] * 3


def test_rows_are_gathered_in_rank_order_however_many_each_has(told: list[dict[str, Any]]) -> None:
    assert [one["rows"] for one in told] == [[[1, 1], [2, 2], [2, 2]]] * 3
    assert [one["none"] for one in told] == [0, 0, 0]


def test_bytes_and_tensors_come_from_the_rank_that_has_them(told: list[dict[str, Any]]) -> None:
    assert [one["bytes"] for one in told] == ["said by 0"] * 3
    assert [one["empty"] for one in told] == [""] * 3
    assert [one["half"] for one in told] == [[2.5, 2.5]] * 3


def test_gradients_are_the_mean_over_the_ranks_at_the_last_piece_only(
    told: list[dict[str, Any]],
) -> None:
    assert [one["weights"] for one in told] == [[[0.0]]] * 3, "the first rank's"
    assert [one["gradient"] for one in told] == pytest.approx([(10 + 0 + 11 + 1 + 12 + 2) / 3] * 3)


def test_what_one_rank_is_asked_is_heard_by_all_at_the_same_place(
    told: list[dict[str, Any]],
) -> None:
    assert [one["asked"] for one in told] == [
        {"before": [False, False, False], "stopped": 1, "number": 30.0, "asks": [True, True]}
    ] * 3


def tell_each_other(_: None) -> dict[str, Any]:
    """What one rank of three sees."""
    import torch
    from torch import nn

    from core.training.distributed import join
    from core.training.torchrun import place

    here = place()
    assert here is not None
    group = join(here)
    rank = group.rank
    half = torch.full((2,), rank + 0.5, dtype=torch.bfloat16)
    group.from_rank(2, half)
    linear = nn.Linear(1, 1, bias=False)
    nn.init.constant_(linear.weight, rank)
    module = group.replicate(linear)
    weights = linear.weight.tolist()
    for number, value in enumerate((10.0 + rank, float(rank))):
        with group.passing(module, is_last=number == 1):
            module(torch.tensor([[value]])).sum().backward()
    answer = {
        "sums": group.sums(rank + 1, 0.25),
        "rows": group.gathered(torch.full((rank, 2), rank)).tolist(),
        "none": len(group.gathered(torch.empty(0, 4))),
        "bytes": group.from_first(f"said by {rank}".encode()).decode(),
        "empty": group.from_first(b"" if rank == 0 else b"unheard").decode(),
        "half": half.tolist(),
        "weights": weights,
        "gradient": linear.weight.grad.item(),
        "asked": _asked(group),
    }
    group.wait_for_all()
    # Where torch's copies of the module outlive the group, they end its threads while they hold
    # Python's lock, which those threads may be waiting for.
    del module
    group.leave()
    return answer


def _asked(group: Any) -> dict[str, Any]:
    from core.training.distributed import SharedControl

    asked = Control(threading.Event())
    control = SharedControl(group, asked)
    if group.rank == 1:
        asked.finish_epoch()
        asked.next_stage()
    before = [control.stop.is_set(), control.finishes_epoch, control.ends_stage]
    control.settle()
    asks = [control.finishes_epoch, control.ends_stage]
    rounds = 0
    while not control.stop.is_set():
        if group.rank == 2:
            asked.stop.set()
        rounds += 1
        (number,) = control.settle(10)
    return {"before": before, "stopped": rounds, "number": number, "asks": asks}


def test_the_ranks_that_are_left_hear_of_a_lost_one() -> None:
    with Ranks(2, "tests.core.training.test_distributed:lose_one", "kill") as ranks:
        told = [one.communicate()[0] for one in ranks.processes]
    assert ranks.processes[1].returncode != 0
    assert told[0].strip() == '"rank_lost"'


def test_a_rank_that_fails_leaves_word_why() -> None:
    assert (
        answers(2, "tests.core.training.test_distributed:lose_one", "fail")
        == ["folder_vanished"] * 2
    )


def lose_one(way: str) -> str:
    """Rank 1 ends, killed or after an error of its own; what each of them reports."""
    import os

    import torch
    from torch import nn

    from core.training.distributed import join
    from core.training.torchrun import place

    here = place()
    assert here is not None
    group = join(here)
    module = group.replicate(nn.Linear(1, 1))
    group.wait_for_all()
    if group.rank == 1 and way == "kill":
        os.kill(os.getpid(), 9)
    try:
        if group.rank == 1:
            group.fail(ThawError("folder_vanished", path="here"))
            return "folder_vanished"
        with group.passing(module, is_last=True):
            module(torch.ones(1, 1)).sum().backward()
    except ThawError as error:
        return error.code
    finally:
        group.leave()
    return "nothing"
