"""The learning rates that a recipe trains with, where it names them and where it doesn't."""

from core.recipe import network
from core.recipe.config import LINEAR_HEADS, RunConfig

# The head's rate at VGG16's own 25,088 features (five blocks at 224 px), per optimizer, and how
# it grows with fewer of them. The head's input has an RMS of 1, so one step of a gradient moves
# a logit by rate x features; Adam's kind normalises each weight's step and needs the root only,
# and SGD behind hidden layers, whose weights are as small as their inputs are many, nothing.
# Measured on photographs of clothes and on drawn signs from 32 to 224 px, 6 to 20 epochs: within
# two points of the best of a sweep over two powers of ten, at every size and pooling. (Pooled
# features differ in their RMS: at 224 px means have half that of all, maxima 3.7 times it.)
REFERENCE_FEATURES = 25_088
_HEAD_RATES = {
    "softmax": {"sgd": 4e-5, "adam": 3e-4, "adamw": 3e-4, "rmsprop": 1e-4},
    "one-vs-rest": {"sgd": 6e-5, "adam": 3e-4, "adamw": 3e-4, "rmsprop": 1.5e-4},
    "svm": {"sgd": 1.5e-5, "adam": 1.5e-4, "adamw": 1.5e-4, "rmsprop": 8e-5},
    "fc": {"sgd": 1e-2, "adam": 1.5e-4, "adamw": 1.5e-4, "rmsprop": 8e-5},
    "conv": {"sgd": 1e-2, "adam": 1.5e-4, "adamw": 1.5e-4, "rmsprop": 8e-5},
}
_LARGEST = 1e-2


def default_rate(kind: str, features: int, optimizer: str) -> float:
    """The learning rate of a head of ``kind`` whose recipe names none.

    ``features`` is how many numbers of one picture its first layer sees, after any pooling
    before it: more of them move a logit further per step, so the rate falls. Rounded to two
    digits, so that a person sees the very number that is used. Raises ``KeyError`` for an
    unknown kind or optimizer.
    """
    rate = _HEAD_RATES[kind][optimizer]
    growth = (REFERENCE_FEATURES / features) ** _exponent(kind, optimizer)
    rate = min(rate * growth, _LARGEST)
    return float(f"{rate:.1e}")


def _exponent(kind: str, optimizer: str) -> float:
    if optimizer != "sgd":
        return 0.5
    return 1.0 if kind in LINEAR_HEADS else 0.0


def rates(config: RunConfig, stage_index: int) -> tuple[float, float]:
    """The head's and the ConvNet's learning rate in ``config.stages[stage_index]``.

    The ConvNet's is 0.0 where the stage thaws no block.
    """
    stage = config.stages[stage_index]
    head = stage.learning_rate
    if head is None:
        features = network.of_recipe(config, classes=2).inputs  # whatever the classes are
        head = default_rate(config.model.head.kind, features, stage.optimizer)
    return head, head * stage.backbone_factor if stage.thawed else 0.0


def block_rates(config: RunConfig, stage_index: int) -> dict[int, float]:
    """The rate of each block that ``config.stages[stage_index]`` thaws, by its number: the
    ConvNet's for the last one that is kept, and ``block_decay`` times as much for each before."""
    stage, (_, last) = config.stages[stage_index], rates(config, stage_index)
    depth = config.model.depth
    return {block: last * stage.block_decay ** (depth - block) for block in stage.thawed}
