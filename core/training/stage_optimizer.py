"""What makes steps of a stage's gradients: its optimizer, its schedule, and a limit to them."""

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from core.recipe.config import RunConfig, StageConfig
from core.training import rates as training_rates
from core.training.learning_rates import block_rates, rates
from core.training.rates import Progress
from core.training.setup import Setup


class StageOptimizer:
    """A new ``optimizer`` over what learns in stage ``number`` (from 1): the head, and each
    thawed block at a rate of its own."""

    def __init__(self, config: RunConfig, setup: Setup, number: int) -> None:
        self._stage = config.stages[number - 1]
        head, _ = rates(config, number - 1)
        blocks = block_rates(config, number - 1)
        groups = [{"params": list(setup.head.parameters()), "lr": head}]
        groups += [
            {"params": list(setup.backbone.block(block).parameters()), "lr": rate}
            for block, rate in sorted(blocks.items())
        ]
        self._planned = head, max(blocks.values(), default=0.0)
        self._rates = [head, *(blocks[block] for block in sorted(blocks))]
        self._factor = 1.0
        self.optimizer = optimizer(self._stage, groups)

    @property
    def planned_rates(self) -> tuple[float, float]:
        """The head's and the fastest block's (0.0: all is frozen), before any schedule."""
        return self._planned

    @property
    def rates(self) -> tuple[float, float]:
        """The same as they are in the present step."""
        head, backbone = self._planned
        return head * self._factor, backbone * self._factor

    @property
    def trainable(self) -> list[nn.Parameter]:
        """All that learns."""
        return [one for group in self.optimizer.param_groups for one in group["params"]]

    def begin_step(self, progress: Progress) -> None:
        """Take the rates of the step at ``progress``."""
        self._factor = training_rates.factor(self._stage, progress)
        for group, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * self._factor

    def step(self) -> None:
        """Learn from the gradients, which are a whole batch's, whatever the ranks."""
        if self._stage.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.trainable, self._stage.clip_norm)
        self.optimizer.step()


def optimizer(stage: StageConfig, groups: Sequence[Mapping[str, object]]) -> torch.optim.Optimizer:
    """The optimizer that ``stage`` names, over parameter ``groups`` that have their rates."""
    own, decay = list(map(dict, groups)), stage.weight_decay
    match stage.optimizer:
        case "sgd":
            return torch.optim.SGD(own, momentum=stage.momentum, weight_decay=decay, fused=True)
        case "adam":
            return torch.optim.Adam(own, weight_decay=decay, fused=True)
        case "rmsprop":
            return torch.optim.RMSprop(own, weight_decay=decay)
        case "adamw":
            return torch.optim.AdamW(own, weight_decay=decay, fused=True)
