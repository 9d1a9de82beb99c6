"""How many numbers of a recipe's network there are, and how many of them a stage changes."""

from core.recipe import network, vgg16
from core.recipe.config_ import RunConfig


def head(config: RunConfig, classes: int) -> int:
    """All numbers that the new head learns, for ``classes`` classes."""
    return network.of_recipe(config, classes).parameters


def backbone(config: RunConfig) -> int:
    """Weights and biases of the blocks that are kept."""
    return sum(block.parameters for block in vgg16.BLOCKS[: config.model.depth])


def thawed(config: RunConfig, stage_index: int) -> int:
    """Weights and biases of the blocks that ``config.stages[stage_index]`` thaws."""
    numbers = config.stages[stage_index].thawed
    return sum(vgg16.BLOCKS[number - 1].parameters for number in numbers)
