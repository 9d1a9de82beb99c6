"""Steps of a stage: each block's rate, momentum, and the limit to the gradients together."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from core.model import backbone
from core.training.learner import StageOptimizer
from core.training.rates import Progress, block_rates
from tests.support.training import small_recipe

BEGIN = Progress(0)
STILL = '"learning_rate":0.5,"optimizer":"sgd","weight_decay":0,"warmup_epochs":0'


class Steps:
    """A stage's optimizer over a small head and three random blocks, whose gradients are given."""

    def __init__(self, stage: str, head: nn.Module | None = None) -> None:
        self.config = small_recipe(
            "model.weights=none", "model.depth=3", f"stages=[{{{STILL},{stage}}}]"
        )
        self.network = backbone.load("none", 3, seed=0)
        self.network.freeze_except(self.config.stages[0].thawed)
        self.head = head or nn.Linear(2, 2, bias=False)
        setup: Any = SimpleNamespace(head=self.head, backbone=self.network)
        self.optimizer = StageOptimizer(self.config, setup, 1)

    def moved(self, gradient: float, progress: Progress = BEGIN) -> dict[str, float]:
        """How far each part's numbers go in a step where each has this ``gradient``."""
        parts = {"head": self.head, **{str(one): self.network.block(one) for one in (1, 2, 3)}}
        firsts = {name: next(part.parameters()) for name, part in parts.items()}
        before = {name: one.detach().clone() for name, one in firsts.items()}
        for one in [*self.head.parameters(), *self.network.parameters()]:
            one.grad = torch.full_like(one, gradient) if one.requires_grad else None
        self.optimizer.begin_step(progress)
        self.optimizer.step()
        return {
            name: float((before[name] - one.detach()).double().mean())
            for name, one in firsts.items()
        }


def test_each_block_before_the_last_learns_slower() -> None:
    steps = Steps('"thawed":[1,2,3],"backbone_factor":0.2,"block_decay":0.5,"momentum":0')
    assert block_rates(steps.config, 0) == pytest.approx({3: 0.1, 2: 0.05, 1: 0.025})
    assert steps.optimizer.planned_rates == (0.5, 0.1)
    moved = steps.moved(1.0)
    assert moved == pytest.approx({"head": 0.5, "3": 0.1, "2": 0.05, "1": 0.025}, rel=1e-3)


def test_a_block_alone_keeps_the_rate_of_its_place() -> None:
    steps = Steps('"thawed":[1],"backbone_factor":0.2,"block_decay":0.5,"momentum":0')
    assert steps.optimizer.planned_rates == (0.5, pytest.approx(0.025))
    assert steps.moved(1.0) == pytest.approx({"head": 0.5, "3": 0, "2": 0, "1": 0.025}, rel=1e-3)


def test_where_all_is_frozen_the_network_has_no_rate() -> None:
    steps = Steps('"thawed":[]')
    assert steps.optimizer.planned_rates == steps.optimizer.rates == (0.5, 0.0)
    assert len(steps.optimizer.trainable) == 1


def test_a_schedule_changes_all_rates_alike() -> None:
    stage = '"thawed":[3],"backbone_factor":0.2,"momentum":0,"epochs":9,"schedule":"step"'
    steps = Steps(f'{stage},"decay_every":2,"decay_factor":0.5')
    assert steps.moved(1.0, Progress(4, 1, 3)) == pytest.approx(
        {"head": 0.125, "3": 0.025, "2": 0, "1": 0}, rel=1e-3
    )
    assert steps.optimizer.rates == pytest.approx((0.125, 0.025))
    assert steps.optimizer.planned_rates == pytest.approx((0.5, 0.1)), "of the stage"
    assert steps.moved(1.0, Progress(0))["head"] == pytest.approx(0.5), "not of what was before"


@pytest.mark.parametrize(("momentum", "second"), [(0.0, 0.5), (0.5, 0.75), (0.9, 0.95)])
def test_momentum_carries_steps_on(momentum: float, second: float) -> None:
    steps = Steps(f'"momentum":{momentum}')
    assert steps.moved(1.0)["head"] == pytest.approx(0.5)
    assert steps.moved(1.0)["head"] == pytest.approx(second)


def test_weight_decay_is_the_stages() -> None:
    plain, decayed = Steps('"thawed":[3]'), Steps('"thawed":[3],"weight_decay":0.5')
    for one in (plain, decayed):
        nn.init.ones_(one.head.weight)
    assert plain.moved(0.0) == {"head": 0, "3": 0, "2": 0, "1": 0}
    assert decayed.moved(0.0)["head"] == pytest.approx(0.25)
    assert decayed.moved(0.0)["2"] == 0, "frozen"


def test_gradients_of_head_and_blocks_are_limited_together() -> None:
    stage = '"thawed":[1],"backbone_factor":1,"momentum":0'
    free, limited = Steps(stage), Steps(f'{stage},"clip_norm":0.01')
    numbers = sum(one.numel() for one in limited.optimizer.trainable)
    norm = numbers**0.5 * 0.01  # that of gradients of 0.01
    assert norm > 1
    moved = limited.moved(0.01)
    assert moved["head"] == pytest.approx(0.5 * 0.01 * 0.01 / norm, rel=1e-3)
    assert free.moved(0.01)["head"] == pytest.approx(0.5 * 0.01)


def test_smaller_gradients_are_left_as_they_are() -> None:
    steps = Steps('"thawed":[1],"momentum":0,"clip_norm":1000')
    assert steps.moved(0.01)["head"] == pytest.approx(0.5 * 0.01)


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "rmsprop"])
def test_every_optimizer_takes_every_field(name: str) -> None:
    fields = f'"optimizer":"{name}","momentum":0,"block_decay":0.5,"clip_norm":1,"thawed":[1,3]'
    moved = Steps(fields).moved(1.0)
    assert moved["head"] > 0
    assert moved["2"] == 0 < moved["1"] < moved["3"]
