"""The study of recipes: folds that leak nothing, recipes that differ as they say, one cell."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.recipes import folds, report, variants
from benchmarks.recipes.folds import Dataset
from benchmarks.recipes.trained import Trained, trained
from core.recipe.config import RunConfig
from core.training.rates import learning_rates
from tests.support.pictures import PictureFolder, draw_folder


@pytest.fixture
def tiles(tmp_path: Path) -> Path:
    """Two classes of 30 files, three of each tile."""
    for label in ("crack", "free"):
        place = tmp_path / "tiles" / label
        place.mkdir(parents=True)
        for number in range(30):
            (place / f"tile{number // 3:03}_e{number % 3}.jpg").touch()
    return tmp_path / "tiles"


def test_every_image_is_in_one_fold_and_a_group_in_one_too(tiles: Path) -> None:
    items = folds.pooled(Dataset("tiles", "", 32, groups=True), tiles)
    parts = folds.folds(items)
    assert sorted(map(str, (one.file for part in parts for one in part))) == sorted(
        str(one.file) for one in items
    )
    assert [len(part) for part in parts] == [12] * 5
    of_groups = [{(one.label, one.group) for one in part} for part in parts]
    assert sum(map(len, of_groups)) == len(set().union(*of_groups)) == 20


def test_what_is_tested_is_never_trained_on(picture_folder: PictureFolder, tmp_path: Path) -> None:
    dataset, folder = Dataset("colours", "", 32, share=0.5), picture_folder(2, 10)
    tested = folds.laid_out(dataset, folder, tmp_path / "fold", 3)
    names = {
        split: {file.parts[-2:] for file in (tmp_path / "fold" / split).rglob("*.*")}
        for split in ("train", "validation")
    }
    assert not names["train"] & names["validation"]
    assert len(list((tmp_path / "fold" / "train").rglob("*.*"))) == 2 * 3  # half of six a class
    assert len(tested) == 2 * 2
    assert all((tmp_path / "fold" / one).is_file() for one in tested)


@pytest.mark.parametrize("name", variants.VARIANTS)
def test_every_variant_trains_as_long(name: str) -> None:
    recipe = variants.recipe(name, 224, seed=2)
    assert sum(stage.epochs for stage in recipe.stages) == 30
    assert recipe.seed == 2


def test_the_finalist_is_what_the_app_trains_by_default() -> None:
    recipe, default = variants.recipe("cosine, stage 2 gentle", 224, 0), RunConfig()
    for number, (tried, stage) in enumerate(zip(recipe.stages, default.stages, strict=True)):
        plain = {"learning_rate", "backbone_factor", "warmup_epochs", "feature_dropout", "augment"}
        assert tried.model_dump(exclude=plain) == stage.model_dump(exclude=plain)
        assert tried.warmup() == stage.warmup()
        assert tried.dropped_features == stage.dropped_features
        assert learning_rates(recipe, number) == pytest.approx(
            learning_rates(default, number), rel=0.02
        )


def test_a_slower_head_leaves_the_backbones_rate() -> None:
    (head, backbone), (slow, same) = (
        learning_rates(variants.recipe(name, 224, 0), 1)
        for name in ("cosine", "cosine, stage 2 head rate x 0.1")
    )
    assert slow == pytest.approx(0.1 * head)
    assert same == pytest.approx(backbone)


def test_a_cell_keeps_what_every_epoch_and_every_average_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variants, "HEAD_EPOCHS", 2)
    monkeypatch.setattr(variants, "TUNING_EPOCHS", 4)
    dataset, folder = Dataset("colours", "", 32), draw_folder(tmp_path / "colours", 2, 10)
    tested = folds.laid_out(dataset, folder, tmp_path / "fold", 0)
    cell = trained(tmp_path / "fold", variants.recipe("cosine", 32, 0), tested)
    assert cell.probabilities.shape == (6 + 3, 8, 2)
    assert cell.stages.tolist() == [1, 1, 2, 2, 2, 2]
    assert cell.tested.sum() == 4
    assert not np.array_equal(cell.probabilities[-1], cell.probabilities[-4])
    cell.write(tmp_path / "cell.npz")
    assert np.allclose(
        Trained.read(tmp_path / "cell.npz").probabilities, cell.probabilities, atol=1e-3
    )
    assert report.accuracy(cell, "last") >= 0.5


def test_the_best_epoch_is_chosen_on_validation_images_alone() -> None:
    right, wrong = (0.9, 0.1), (0.2, 0.8)
    answers = np.array([[right, wrong], [wrong, right], [right, right], [right, right]], np.float32)
    cell = Trained(answers, np.array([0, 0]), np.array([False, True]), np.array([1, 1]))
    assert report.accuracy(cell, "best") == 0  # the first epoch is right where it is chosen
    assert report.accuracy(cell, "last") == 1


def _cell(right: int, stages: tuple[int, ...]) -> Trained:
    """Of ten tested images the last epoch is right on the first ``right`` ones."""
    shares = np.zeros((len(stages) + 3, 10, 2), np.float32)
    shares[..., 0] = 1
    shares[len(stages) - 1, right:] = 0.0, 1.0
    answers = np.concatenate([shares, shares], 1)
    return Trained(answers, np.zeros(20, int), np.arange(20) >= 10, np.array(stages))


def test_a_gain_is_paired_over_the_folds_that_both_have() -> None:
    cells = {
        ("cifar", report.HEAD_ALONE): {0: _cell(5, (1, 1)), 1: _cell(6, (1, 1))},
        ("cifar", "cosine"): {0: _cell(8, (1, 2)), 1: _cell(7, (1, 2)), 2: _cell(0, (1, 2))},
    }
    header, row = report.gains(cells, "last")
    found = dict(zip(header, row, strict=True))
    assert (found["folds"], found["images"]) == ("2", "20")
    assert (found["head alone"], found["fine-tuned"], found["gain"]) == ("55.0", "75.0", "+20.0")
    assert found["McNemar"] == "p = 0.12"  # four images against none


def test_a_recipe_is_chosen_on_the_other_datasets() -> None:
    scores = {"a": (5, 9, 6), "b": (5, 7, 9), "c": (5, 6, 10)}
    names = ("constant", "cosine", "one-cycle")
    cells = {
        (dataset, name): {0: _cell(right, (1, 2))}
        for dataset, found in scores.items()
        for name, right in zip(names, found, strict=True)
    }
    _, *rows = report.choices(cells)
    assert {row[0]: (row[1], row[3]) for row in rows} == {
        "a": ("one-cycle", "+10.0"),
        "b": ("one-cycle", "+40.0"),
        "c": ("cosine", "+10.0"),
    }


def test_a_calibrated_model_shows_the_error_of_chance() -> None:
    confidence = np.full(2000, 0.8, np.float32)
    labels = (np.arange(2000) % 5 == 0).astype(np.int64)  # four of five are right
    error, chance = report.calibration_error(np.stack([confidence, 1 - confidence], 1), labels)
    assert error == pytest.approx(0, abs=1e-3)
    assert 0 < chance < 0.02
