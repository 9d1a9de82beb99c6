"""A run's curves against epochs, against time, or against the pictures that were seen."""

from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from core.common.statistics import wilson
from core.runs.history import History

Axis = Literal["epochs", "time", "pictures"]
Quantity = Literal["accuracy", "loss"]
AXES: tuple[Axis, ...] = ("epochs", "time", "pictures")
QUANTITIES: tuple[Quantity, ...] = ("accuracy", "loss")


@dataclass(frozen=True)
class Series:
    """A point for each epoch. ``x`` is where the epoch ended: its count from the run's start,
    seconds of training without pauses, or how many pictures had been learned from, repeats too.

    Accuracies are shares of 1; ``low`` and ``high`` are the validation accuracy's 95 % interval
    (Wilson), () of losses. ``train_images`` and ``validation_images`` are how many pictures each
    point is of. ``best`` is the place of the epoch whose weights are kept, if any,
    and ``chosen_by`` is ``History.chosen_by``.
    """

    x: tuple[float, ...] = ()
    train: tuple[float, ...] = ()
    validation: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    best: int | None = None
    chosen_by: str = ""
    train_images: tuple[int, ...] = ()
    validation_images: tuple[int, ...] = ()


def series(history: History, axis: Axis, quantity: Quantity) -> Series:
    """The points of ``history``."""
    epochs, best = history.epochs, history.best
    bands = [wilson(one.validation.correct, one.validation.images) for one in epochs]
    is_accuracy = quantity == "accuracy"
    return Series(
        _places(history, axis),
        tuple(getattr(one.train, quantity) for one in epochs),
        tuple(getattr(one.validation, quantity) for one in epochs),
        tuple(low for low, _ in bands) if is_accuracy else (),
        tuple(high for _, high in bands) if is_accuracy else (),
        epochs.index(best) if best is not None else None,
        history.chosen_by,
        tuple(one.train.images for one in epochs),
        tuple(one.validation.images for one in epochs),
    )


def _places(history: History, axis: Axis) -> tuple[float, ...]:
    match axis:
        case "epochs":
            return tuple(float(history.position(one.stage, one.epoch)) for one in history.epochs)
        case "time":
            return tuple(accumulate(one.seconds for one in history.epochs))
        case "pictures":
            return tuple(accumulate(float(one.train.images) for one in history.epochs))
