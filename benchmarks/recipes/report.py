"""What the study's files say: accuracy on held-out images, by which weights are kept."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.recipes.trained import AVERAGES, Trained

KEPT = ("best", "last", *AVERAGES)
HEADER = ("dataset", "variant", "folds", *KEPT, "stage 1 end", "first step", "ECE", "ECE by chance")
_BINS = 10


def table(out: Path) -> Iterator[tuple[str, ...]]:
    """Header and a row for each dataset and variant: accuracies in per cent on test images, the
    mean over folds; the step from the end of stage 1 to the first epoch of stage 2, and the
    calibration error of the last epoch, in points."""
    yield HEADER
    found: dict[tuple[str, str], list[Trained]] = {}
    for file in sorted(out.glob("*/*/*.npz")):
        found.setdefault((file.parent.parent.name, file.parent.name), []).append(Trained.read(file))
    for (dataset, variant), runs in found.items():
        figures = [[accuracy(run, kept) for kept in KEPT] for run in runs]
        before, step = zip(*(_first_step(run) for run in runs), strict=True)
        errors = [calibration_error(*_answers(run, _last(run))) for run in runs]
        yield (
            dataset,
            variant,
            str(len(runs)),
            *(_percent(one) for one in zip(*figures, strict=True)),
            _percent(before),
            _percent(step),
            _percent([error for error, _ in errors]),
            _percent([chance for _, chance in errors]),
        )


def accuracy(run: Trained, kept: str) -> float:
    """The share of the test images that are right with the weights that ``kept`` names; the best
    epoch is chosen on the validation images."""
    probabilities, labels = _answers(run, _place(run, kept))
    return float((probabilities.argmax(1) == labels).mean())


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


def _first_step(run: Trained) -> tuple[float, float]:
    """Test accuracy at the end of stage 1, and by how much the next epoch differs from it."""
    right = (run.probabilities[:, run.tested].argmax(2) == run.labels[run.tested]).mean(1)
    end = int(np.flatnonzero(run.stages == 1)[-1])
    has_more = end < _last(run)
    return float(right[end]), float(right[end + 1] - right[end]) if has_more else 0.0


def _answers(run: Trained, place: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    return run.probabilities[place, run.tested], run.labels[run.tested]


def _percent(values: Sequence[float]) -> str:
    return f"{100 * float(np.mean(values)):.1f}"
