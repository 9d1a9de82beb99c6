"""A stage of a recipe: what is thawed, for how long, and how it learns."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict

from core.recipe.config_types import Config
from core.recipe.model_config import BlockNumber

OptimizerName = Literal["sgd", "adam", "adamw", "rmsprop"]
Schedule = Literal["constant", "step", "cosine", "one-cycle", "plateau"]
Keep = Literal["accuracy", "loss", "last"]

HEAD_EPOCHS, TUNING_EPOCHS = 20, 10  # of the two stages of fine-tuning


def _block_numbers(value: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(value)))


Epochs = Annotated[int, Strict(), Field(ge=1, le=1000)]
LearningRate = Annotated[float, Strict(), Field(gt=0, le=10)]


class StageConfig(Config):
    """Some epochs with one set of thawed blocks. The head always trains.

    ``learning_rate`` null means the head's own default; thawed blocks train at
    ``learning_rate * backbone_factor``, because their weights are already good, and each block
    before the last one kept at ``block_decay`` times the rate of the block after it.
    ``momentum`` is SGD's alone.

    ``schedule`` changes all rates alike, with each batch: ``step`` multiplies them by
    ``decay_factor`` every ``decay_every`` epochs; ``cosine`` falls to zero by the stage's end;
    ``one-cycle`` rises from a twenty-fifth over the first three tenths and falls to nearly zero;
    ``plateau`` multiplies by ``decay_factor`` when validation loss has not fallen for
    ``decay_every`` epochs. Over the first ``warmup_epochs`` they rise from nearly zero
    (``one-cycle`` has its own rise). A stage that is ended early leaves the rest of its schedule
    out. One that is extended has ``cosine`` or ``one-cycle`` once more over the new epochs, at
    whose beginning the old ones had come to their end; the other schedules just go on.

    ``label_smoothing`` spreads that share of each label over all classes, in what is learned
    from, not in the losses that are reported; ``clip_norm`` is the most that the norm of all
    gradients together may be. ``patience``: the stage ends early when ``watch`` has not got better
    for so many epochs (of an extension, if there was one). ``keep`` says when an epoch's weights
    replace those that the run keeps: higher validation ``accuracy`` (then lower loss), lower
    ``loss``, or always (``last``). ``start_from`` is whose weights the stage begins with: the
    ``last`` epoch's, or the ``best`` that are kept; the first stage has none of either.
    """

    epochs: Epochs = 10
    thawed: Annotated[tuple[BlockNumber, ...], AfterValidator(_block_numbers)] = ()
    augment: Annotated[bool, Strict()] = True
    learning_rate: LearningRate | None = None
    backbone_factor: Annotated[float, Strict(), Field(gt=0, le=10)] = 0.1
    block_decay: Annotated[float, Strict(), Field(gt=0, le=1)] = 1.0
    optimizer: OptimizerName = "adamw"
    momentum: Annotated[float, Strict(), Field(ge=0, lt=1)] = 0.9
    weight_decay: Annotated[float, Strict(), Field(ge=0, le=1)] = 0.01
    schedule: Schedule = "constant"
    warmup_epochs: Annotated[float, Strict(), Field(ge=0, le=100)] = 0.0
    decay_every: Annotated[int, Strict(), Field(ge=1, le=1000)] = 5
    decay_factor: Annotated[float, Strict(), Field(gt=0, lt=1)] = 0.1
    label_smoothing: Annotated[float, Strict(), Field(ge=0, le=0.9)] = 0.0
    clip_norm: Annotated[float, Strict(), Field(gt=0, le=1e6)] | None = None
    patience: Annotated[int, Strict(), Field(ge=1, le=1000)] | None = None
    watch: Literal["loss", "accuracy"] = "loss"
    keep: Keep = "accuracy"
    start_from: Literal["last", "best"] = "last"
