"""What the study's files say: accuracy on held-out images, and what fine-tuning gained."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.recipes.trained import AVERAGES, Trained
from core.common.statistics import mcnemar, newcombe
from core.model.heads.objective import temperature
from core.reports.comparison import p_shown, points_shown

KEPT = ("best", "last", *AVERAGES)
HEAD_ALONE = "head only, cosine"
HEADER = ("dataset", "variant", "folds", *KEPT, "stage 1 end", "first step", "ECE", "calibrated")
GAINS_HEADER = (
    *("dataset", "variant", "kept", "folds", "images", "head alone", "fine-tuned"),
    *("gain", "95 % interval", "McNemar", "last epoch less kept", "first step", "ECE above chance"),
)
CHOICE_HEADER = ("reported on", "chosen on the others", "its gain over constant there", "here")
_BINS = 10
_SURE = 1e-7


Cells = dict[tuple[str, str], dict[int, Trained]]  # by dataset and variant, then fold


def read(out: Path) -> Cells:
    """All that the study has trained so far."""
    found: Cells = {}
    for file in sorted(out.glob("*/*/*.npz")):
        cell = found.setdefault((file.parent.parent.name, file.parent.name), {})
        cell[int(file.stem)] = Trained.read(file)
    return found


def table(cells: Cells) -> Iterator[tuple[str, ...]]:
    """Header and a row for each dataset and variant: accuracies in per cent on test images, the
    mean over folds; the step from the end of stage 1 to the first epoch of stage 2, and the
    last epoch's calibration error before and after calibration, less what chance shows, in
    points."""
    yield HEADER
    for (dataset, variant), folds in cells.items():
        runs = list(folds.values())
        figures = [[accuracy(run, kept) for kept in KEPT] for run in runs]
        before, step = zip(*(_first_step(run) for run in runs), strict=True)
        errors = [
            [_above_chance(*_answers(run, _last(run), calibrates)) for run in runs]
            for calibrates in (False, True)
        ]
        yield (
            dataset,
            variant,
            str(len(runs)),
            *(_percent(one) for one in zip(*figures, strict=True)),
            _percent(before),
            *map(_percent, (step, *errors)),
        )


def gains(cells: Cells, kept: str) -> Iterator[tuple[str, ...]]:
    """Header and a row for each dataset and variant with a stage 2: what it gained over
    ``HEAD_ALONE`` with as many epochs, on the test images of all their folds together."""
    yield GAINS_HEADER
    for (dataset, variant), folds in cells.items():
        alone = cells.get((dataset, HEAD_ALONE), {})
        shared = sorted(folds.keys() & alone.keys())
        if not shared or all(folds[one].stages[-1] == 1 for one in shared):
            continue
        first = np.concatenate([_right(alone[one], kept) for one in shared])
        second = np.concatenate([_right(folds[one], kept) for one in shared])
        gain = Gain.of(first, second)
        last = np.concatenate([_right(folds[one], "last") for one in shared])
        answers = [_answers(folds[one], _place(folds[one], kept)) for one in shared]
        yield (
            *(dataset, variant, kept, str(len(shared)), str(len(first))),
            *(_percent([one.mean()]) for one in (first, second)),
            points_shown(gain.points),
            " to ".join(map(points_shown, gain.interval)),
            p_shown(gain.p),
            points_shown(float(last.mean() - second.mean())),
            points_shown(_pooled_step([folds[one] for one in shared])),
            _percent([_above_chance(*map(np.concatenate, zip(*answers, strict=True)))]),
        )


def choices(cells: Cells, kept: str = "last") -> Iterator[tuple[str, ...]]:
    """Header and a row for each dataset: the variant of the largest mean gain over "constant" on
    the others, and what it gains here. Quarters belong to their dataset."""
    yield CHOICE_HEADER
    scores: dict[str, dict[str, list[float]]] = {}
    for (dataset, variant), folds in cells.items():
        base = cells.get((dataset, "constant"), {})
        for fold in folds.keys() & base.keys():
            if folds[fold].stages[-1] > 1:
                gain = accuracy(folds[fold], kept) - accuracy(base[fold], kept)
                family = dataset.removesuffix("-quarter")
                scores.setdefault(family, {}).setdefault(variant, []).append(gain)
    for family, here in scores.items():
        others = [one for name, one in scores.items() if name != family]
        means = {
            variant: float(np.mean([np.mean(one[variant]) for one in others]))
            for variant in here
            if others and all(variant in one for one in others)
        }
        if means:
            best = max(means, key=lambda one: means[one])
            yield family, best, points_shown(means[best]), points_shown(float(np.mean(here[best])))


@dataclass(frozen=True)
class Gain:
    """``points`` is a share of 1, as its 95 % ``interval``; ``p`` is McNemar's."""

    points: float
    interval: tuple[float, float]
    p: float

    @classmethod
    def of(cls, first: NDArray[np.bool_], second: NDArray[np.bool_]) -> "Gain":
        """Of the second over the first, right or not on the same images."""
        both, neither = int((first & second).sum()), int((~first & ~second).sum())
        only = int((first & ~second).sum()), int((~first & second).sum())
        return cls((only[1] - only[0]) / len(first), newcombe(both, *only, neither), mcnemar(*only))


def accuracy(run: Trained, kept: str) -> float:
    """The share of the test images that are right with the weights that ``kept`` names; the best
    epoch is chosen on the validation images."""
    return float(_right(run, kept).mean())


def calibration_error(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64]
) -> tuple[float, float]:
    """The expected calibration error in ten bins of confidence, and what a perfectly calibrated
    model of these confidences would show on as many images (mean of 200 draws)."""
    confidence = probabilities.max(1)
    right = (probabilities.argmax(1) == labels).astype(float)
    draws = np.random.default_rng(0).random((200, len(labels))) < confidence
    chance = float(np.mean([_error(confidence, one.astype(float)) for one in draws]))
    return _error(confidence, right), chance


def _above_chance(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    error, chance = calibration_error(probabilities, labels)
    return error - chance


def _error(confidence: NDArray[np.float32], right: NDArray[np.float64]) -> float:
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, weights=right - confidence, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(right))


def _last(run: Trained) -> int:
    return len(run.stages) - 1


def _place(run: Trained, kept: str) -> int:
    if kept in AVERAGES:
        return len(run.stages) + AVERAGES.index(kept)
    return _last(run) if kept == "last" else _best(run)


def _best(run: Trained) -> int:
    """The epoch that is right most often on validation images, then surest, then first."""
    labels = run.labels[~run.tested]
    epochs = run.probabilities[: len(run.stages), ~run.tested]
    right = (epochs.argmax(2) == labels).mean(1)
    sure = np.log(np.maximum(epochs[:, np.arange(len(labels)), labels], 1e-6)).mean(1)
    return int(np.lexsort((np.arange(len(right)), -sure, -right))[0])


def _steps(run: Trained) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Which held-out images were right at the end of stage 1 and an epoch later: no choice has
    looked at either, so those of validation count too."""
    end = int(np.flatnonzero(run.stages == 1)[-1])
    if end == _last(run):
        return None
    before, after = run.probabilities[end : end + 2].argmax(2) == run.labels
    return before, after


def _first_step(run: Trained) -> tuple[float, float]:
    """Test accuracy at the end of stage 1, and by how much the next epoch differs from it."""
    end = int(np.flatnonzero(run.stages == 1)[-1])
    right = float((run.probabilities[end, run.tested].argmax(1) == run.labels[run.tested]).mean())
    steps = _steps(run)
    return right, float(steps[1].mean() - steps[0].mean()) if steps is not None else 0.0


def _pooled_step(runs: Sequence[Trained]) -> float:
    found = [one for one in map(_steps, runs) if one is not None]
    before, after = map(np.concatenate, zip(*found, strict=True))
    return float(after.mean() - before.mean())


def _right(run: Trained, kept: str) -> NDArray[np.bool_]:
    tested = run.probabilities[_place(run, kept), run.tested]
    right: NDArray[np.bool_] = tested.argmax(1) == run.labels[run.tested]
    return right


def _answers(
    run: Trained, place: int, calibrates: bool = True
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Probabilities of the test images; ``calibrates``: at the temperature that the validation
    images alone ask for."""
    shares, labels = run.probabilities[place, run.tested], run.labels[run.tested]
    if not calibrates:
        return shares, labels
    logits = torch.from_numpy(np.log(np.maximum(run.probabilities[place], _SURE)))
    validated = torch.from_numpy(~run.tested)
    fitted = temperature(logits[validated], torch.from_numpy(run.labels)[validated])
    calibrated: NDArray[np.float32] = (logits[~validated] / fitted).softmax(1).numpy()
    return calibrated, labels


def _percent(values: Sequence[float]) -> str:
    return f"{100 * float(np.mean(values)):.1f}"
