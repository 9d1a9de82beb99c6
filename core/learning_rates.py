"""The learning rates that a recipe trains with, where it names them and where it doesn't."""

from core import head_plan
from core.config import RunConfig

# The head's rate at VGG16's own 25,088 features (five blocks at 224 px), per optimizer, and how
# it grows with fewer of them. The head's input has an RMS of 1, so one step of a gradient moves
# a logit by rate x features; Adam's kind normalises each weight's step and needs the root only.
# Measured on photographs of clothes and on drawn signs from 32 to 224 px, 6 to 20 epochs: within
# two points of the best of a sweep over two powers of ten, at every size. The other kinds of head
# share the numbers: with AdamW, from 32 to 224 px and with each pooling, they come within three
# points of the best of theirs.
REFERENCE_FEATURES = 25_088
_SOFTMAX = {"sgd": 4e-5, "adam": 2e-4, "adamw": 2e-4, "rmsprop": 1e-4}
_HEAD_RATES = dict.fromkeys(("softmax", "one-vs-rest", "svm", "fc", "conv"), _SOFTMAX)
_EXPONENTS = {"sgd": 1.0, "adam": 0.5, "adamw": 0.5, "rmsprop": 0.5}
_LARGEST = {"sgd": 1e-2, "adam": 1e-2, "adamw": 1e-2, "rmsprop": 1e-2}


def default_rate(kind: str, features: int, optimizer: str) -> float:
    """The learning rate of a head of ``kind`` whose recipe names none.

    ``features`` is how many numbers of one picture the head sees: more of them move a logit
    further per step, so the rate falls. Rounded to two digits, so that a person sees the
    very number that is used. Raises ``KeyError`` for an unknown kind or optimizer.
    """
    growth = (REFERENCE_FEATURES / features) ** _EXPONENTS[optimizer]
    rate = min(_HEAD_RATES[kind][optimizer] * growth, _LARGEST[optimizer])
    return float(f"{rate:.1e}")


def rates(config: RunConfig, stage_index: int) -> tuple[float, float]:
    """The head's and the ConvNet's learning rate in ``config.stages[stage_index]``.

    The ConvNet's is 0.0 where the stage thaws no block.
    """
    stage = config.stages[stage_index]
    head = stage.learning_rate
    if head is None:
        features = head_plan.of_recipe(config, classes=2).inputs  # whatever the classes are
        head = default_rate(config.model.head.kind, features, stage.optimizer)
    return head, head * stage.backbone_factor if stage.thawed else 0.0


def block_rates(config: RunConfig, stage_index: int) -> dict[int, float]:
    """The rate of each block that ``config.stages[stage_index]`` thaws, by its number: the
    ConvNet's for the last one that is kept, and ``block_decay`` times as much for each before."""
    stage, (_, last) = config.stages[stage_index], rates(config, stage_index)
    depth = config.model.depth
    return {block: last * stage.block_decay ** (depth - block) for block in stage.thawed}
