"""The benchmarks: what the engine's rows say, the accuracy probe, and the study of recipes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from benchmarks import Row, engine
from benchmarks import engine_accuracy as benchmarks_engine_accuracy
from benchmarks.probes import accuracy
from benchmarks.probes.engine_runs import Measured, Trainings
from benchmarks.probes.engine_work import WAYS
from benchmarks.recipes import folds, report, variants
from benchmarks.recipes.folds import Dataset
from benchmarks.recipes.trained import Trained, trained
from core.dataset import sample as sample_files
from core.model import backbone
from core.recipe import vgg16
from core.recipe.config import RunConfig
from core.runs.places import BEST
from core.training.rates import learning_rates
from tests.support.pictures import COLORS, PictureFolder, draw, draw_folder
from tests.support.training import events_of, new_run, small_recipe

Rows = Callable[..., list[Row]]


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Rows:
    """The benchmark's rows of trainings that were measured before."""

    def of(
        ours: Sequence[float] = (4.0, 1.0, 1.0, 1.0),
        plain: Sequence[float] = (9.0, 8.0, 8.0),
        window: Sequence[float] = (9.0, 1.0, 1.0, 1.0),
        keras: Measured | None = None,
    ) -> list[Row]:
        seconds = {"ours": ours, "plain": plain, "window": window}
        memory = {"ours": 3 * 10**8, "plain": 6 * 10**8, "window": 10**9}

        class Told(Trainings):
            def __init__(self, home: Path) -> None:
                self.folder = home
                self.speed = SimpleNamespace(precision="float32", threads=1)  # type: ignore

            def probe(self, what: str, *_: object, **__: object) -> Measured:
                return Measured(tuple(seconds[what]), memory[what])

            def keras(self, *_: object) -> Measured | None:
                return keras

        monkeypatch.setattr(engine, "Trainings", Told)
        monkeypatch.setattr(engine, "MATRIX", 8)
        monkeypatch.setattr(engine, "pictures", lambda *_: {"train": "x", "validation": "x"})
        return engine.run()

    return of


def _of(rows: Sequence[Row], *words: str) -> Row:
    (found,) = (row for row in rows if all(word in row.what for word in words))
    return found


def test_epochs_that_were_not_run_count_as_the_later_ones(rows: Rows) -> None:
    row = _of(rows(), "head, no augmentation", "20 epochs (4 run), beside the plain loop (3 run)")

    assert row.ours == 4 + 19 * 1
    assert row.reference == 9 + 19 * 8
    assert row.met is False  # 161 / 23 is less than 15


@pytest.mark.parametrize(("later", "met"), [(1.02, True), (1.04, False)])
def test_the_windows_first_epochs_do_not_count(rows: Rows, later: float, met: bool) -> None:
    found = rows(window=(60.0, later, later, later))
    row = _of(found, "window")
    assert (row.ours, row.reference, row.met) == (later, 1.0, met)
    row = _of(found, "everything, no augmentation: 3 epochs (3 run)")
    assert row.ratio == pytest.approx(25 / 6)
    assert row.met is True


def test_keras_has_rows_of_its_own_where_it_is_there(rows: Rows) -> None:
    without = rows()
    beside = rows(keras=Measured((30.0, 10.0), 2 * 10**9))

    assert not any("Keras" in row.what for row in without)
    assert _of(beside, "block 5", "first, beside Keras").ratio == 10.0
    assert len(beside) == len(without) + 3 * len(WAYS)


@pytest.mark.parametrize(("lower", "met"), [(0.01, True), (0.04, False)])
def test_accuracies_are_compared_by_their_means(
    monkeypatch: pytest.MonkeyPatch, lower: float, met: bool
) -> None:
    plain = {name: [0.9, 0.95] for name in WAYS}
    ours = {name: [0.9, 0.95 - lower] for name in WAYS}
    given = {"ours": ours, "plain": plain}
    monkeypatch.setattr(sample_files, "write", lambda *_: None)
    monkeypatch.setattr(benchmarks_engine_accuracy, "pictures", lambda *_: {"validation": "x" * 96})
    monkeypatch.setattr(benchmarks_engine_accuracy, "_accuracies", lambda _, __, what: given[what])

    row = _of(benchmarks_engine_accuracy.run(), "head", "2 seeds x 96 pictures")

    assert row.reference == pytest.approx(92.5)
    assert row.ours == pytest.approx(92.5 - 100 * lower / 2)
    assert row.met is met


# -- the accuracy probe ---------------------------------------------------------------------

SIDE = 32


@pytest.fixture
def exact(tmp_path: Path) -> Path:
    """Pictures that no size needs to be fitted to: ways to resize differ."""
    for name, color in list(COLORS.items())[:3]:
        (tmp_path / "exact" / name).mkdir(parents=True)
        for number in range(5):
            file = tmp_path / "exact" / name / f"{number}.png"
            draw(file, color, number)
            with Image.open(file) as picture:
                fitted = picture.resize((SIDE, SIDE))
            fitted.save(file)
    return tmp_path / "exact"


@pytest.mark.parametrize("thawed", [[], [5]])
def test_the_plain_loop_learns_what_our_run_learns(
    exact: Path, tmp_path: Path, thawed: list[int]
) -> None:
    steady = '"schedule":"constant","warmup_epochs":0,"feature_dropout":0'
    stages = f'stages=[{{"epochs":1,"thawed":{thawed},{steady}}}]'
    recipe = small_recipe(stages, "seed=3", "dataset.split_seed=1")
    run = new_run(exact, tmp_path / "run", recipe)
    list(events_of(run))

    network, accuracies = accuracy.trained(exact, recipe)

    begun = backbone.load("imagenet", vgg16.BLOCK_COUNT, seed=0).state_dict()
    learned = load_file(run.directory / BEST)
    for name, weights in network.named_parameters():
        before = begun.get(name, 0.0)
        change = (weights.detach() - before).norm()
        difference = (weights.detach() - learned[name]).norm()
        assert change > 0, f"{name} did not learn"
        assert difference < 0.01 * change, f"{name}: {difference / change:.3f}"
    assert accuracies == [run.history.epochs[0].validation.accuracy]


# -- the study of recipes -------------------------------------------------------------------


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


def test_every_variant_trains_as_long_and_one_is_what_the_app_trains_by_default() -> None:
    for name in variants.VARIANTS:
        recipe = variants.recipe(name, 224, seed=2)
        assert sum(stage.epochs for stage in recipe.stages) == 30, name
        assert recipe.seed == 2
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
