"""Class weights: a small class learns as if it were as large as the others; figures stay plain."""

import math
from pathlib import Path

import pytest
import torch

from core.compute import numerics
from core.runs import evaluation
from core.runs.events import BatchFinished, EpochFinished, Event
from core.runs.run import Run
from core.training.setup import class_weights
from tests.support.pictures import PictureFolder
from tests.support.training import epochs_without_time, events_of, new_run, small_recipe

HALF = "dataset.validation_fraction=0.5"


@pytest.fixture
def imbalanced(picture_folder: PictureFolder) -> Path:
    """Twenty red pictures and six green ones."""
    folder = picture_folder(classes=2, per_class=20)
    for file in sorted((folder / "green").iterdir())[6:]:
        file.unlink()
    return folder


def trained(folder: Path, directory: Path, stage: str, *settings: str) -> tuple[Run, list[Event]]:
    stages = f'stages=[{{"optimizer":"sgd","weight_decay":0,{stage}}}]'
    run = new_run(folder, directory, small_recipe(stages, HALF, "batch_size=16", *settings))
    return run, list(events_of(run))


def test_every_class_counts_alike_and_a_picture_one_in_the_mean() -> None:
    labels = torch.tensor([0, 0, 0, 0, 0, 0, 1, 1, 3])
    weights = class_weights(labels, 4)
    assert weights.tolist() == [0.5, 1.5, 1.0, 3.0], "9 pictures of 3 classes that have some"
    assert weights[labels].mean().item() == 1
    assert [weights[one].item() * (labels == one).sum().item() for one in (0, 1, 3)] == [3, 3, 3]


def test_a_small_class_is_recognised_sooner(imbalanced: Path, tmp_path: Path) -> None:
    def recalls(name: str, *settings: str) -> list[float]:
        run, _ = trained(imbalanced, tmp_path / name, '"epochs":1,"learning_rate":1e-4', *settings)
        return [one.right / one.total for one in evaluation.of_run(run).per_class]

    assert recalls("plain") == [0, 1], "green, red: as yet all is called red"
    assert recalls("weighted", "class_weights=true") == [1, 1]


def test_losses_that_are_told_stay_plain_means(imbalanced: Path, tmp_path: Path) -> None:
    still = '"epochs":2,"learning_rate":1e-9'
    _, plain = trained(imbalanced, tmp_path / "plain", still)
    _, events = trained(imbalanced, tmp_path / "weighted", still, "class_weights=true")
    losses = [one.loss for one in events if isinstance(one, BatchFinished)]
    assert losses == pytest.approx([math.log(2)] * 2)
    for one, other in zip(epochs_without_time(plain), epochs_without_time(events), strict=True):
        assert other["train"].loss == pytest.approx(one["train"].loss)
        assert other["validation"].loss == pytest.approx(one["validation"].loss)


def test_equal_classes_train_as_without_weights(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder = picture_folder(classes=2, per_class=8)
    stage = '"epochs":2,"learning_rate":1e-2'
    _, plain = trained(folder, tmp_path / "plain", stage)
    _, weighted = trained(folder, tmp_path / "weighted", stage, "class_weights=true")
    for one, other in zip(epochs_without_time(plain), epochs_without_time(weighted), strict=True):
        assert other["validation"].loss == pytest.approx(one["validation"].loss, rel=1e-5)


def test_uneven_pieces_of_a_batch_add_up(
    imbalanced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for size in (3, 64):
        monkeypatch.setattr(numerics, "LARGEST_MICRO_BATCH", size)
        stage = '"epochs":2,"thawed":[5],"learning_rate":1e-3'
        _, events = trained(imbalanced, tmp_path / str(size), stage, "class_weights=true")
        found.append([one for one in events if isinstance(one, EpochFinished)])
    for one, other in zip(*found, strict=True):
        assert one.train.loss == pytest.approx(other.train.loss, rel=1e-4)
        assert one.validation.loss == pytest.approx(other.validation.loss, rel=1e-4)
