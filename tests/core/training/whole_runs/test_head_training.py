"""Whole trainings of every head: what is kept answers as measured, and goes on to the same bits."""

import csv
import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open

from core.compute import numerics
from core.runs import evaluation
from core.runs.events import BatchFinished, EpochFinished
from core.runs.places import BEST, PREDICTIONS
from core.runs.run import Run
from core.training.network_file import Classifier
from tests.support.pictures import draw_folder
from tests.support.resuming import go_on, same_result, stop_at
from tests.support.training import events_of, new_run, small_recipe

HEADS: dict[str, dict[str, Any]] = {
    "softmax": {"pooling": "average"},
    "one-vs-rest": {"kind": "one-vs-rest", "l2": 0.01},
    "svm": {"kind": "svm", "pooling": "max"},
    "hinge": {"kind": "svm", "margin_loss": "hinge"},
    "crammer-singer": {"kind": "svm", "margin_loss": "crammer-singer"},
    "fc": {"kind": "fc", "hidden": [64, 32], "dropout": 0.3, "layer_norm": True, "pooling": "both"},
    "conv": {"kind": "conv", "channels": [8], "hidden": [8], "dropout": 0.3, "l2": 0.01},
}
every_head = pytest.mark.parametrize("name", HEADS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("data") / "pictures", classes=3, per_class=8)


def run_of(folder: Path, directory: Path, name: str, *settings: str) -> Run:
    """A head on two blocks; then the second block thaws too."""
    rate = 0.01 if name in ("fc", "conv") else 0.001
    first = f'{{"epochs":4,"learning_rate":{rate},"schedule":"constant"}}'
    stages = f'stages=[{first},{{"epochs":1,"thawed":[2]}}]'
    head = f"model.head={json.dumps(HEADS[name])}"
    recipe = small_recipe("model.depth=2", "batch_size=6", stages, head, *settings)
    return new_run(folder, directory, recipe)


@pytest.fixture(scope="module")
def runs(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """A finished run of each head."""
    made = {name: run_of(folder, tmp_path_factory.mktemp("runs") / "run", name) for name in HEADS}
    for run in made.values():
        assert list(events_of(run))[-1].outcome == "finished"
    return made


@every_head
def test_it_learns(runs: dict[str, Run], name: str) -> None:
    first, *later = [one.validation for one in runs[name].history.epochs]
    assert later[-1].loss < first.loss
    assert max(one.accuracy for one in later) >= 0.8


@every_head
def test_what_is_kept_answers_what_validation_measured(runs: dict[str, Run], name: str) -> None:
    run = runs[name]
    classifier = Classifier(run)
    for one in evaluation.of_run(run).predictions:
        answers = classifier.classify(run.folder / one.path)
        assert answers[0].name == run.classes[one.predicted]
        shares = {answer.name: answer.probability for answer in answers}
        if HEADS[name].get("kind") != "svm":  # whose are cross-fitted in validation
            expected = dict(zip(run.classes, one.probabilities, strict=True))
            assert shares == pytest.approx(expected, abs=1e-3)


@every_head
def test_its_probabilities_are_what_they_are_said_to_be(runs: dict[str, Run], name: str) -> None:
    text = (runs[name].directory / PREDICTIONS).read_text("utf-8")
    rows = list(csv.reader(text.splitlines()))[1:]
    sums = [sum(map(float, row[3:])) for row in rows]
    assert all(0 <= float(share) <= 1 for row in rows for share in row[3:])
    if name == "one-vs-rest":
        assert any(abs(one - 1) > 1e-3 for one in sums)
    else:
        assert sums == pytest.approx([1] * len(sums), abs=1e-4)


@every_head
def test_the_file_tells_the_whole_head(runs: dict[str, Run], name: str) -> None:
    run = runs[name]
    with safe_open(run.directory / BEST, framework="pt") as file:
        about, names = json.loads(file.metadata()["thaw"]), set(file.keys())
    assert about["head_config"] == run.config.model.head.model_dump(mode="json")
    assert {"head.weight", "head.bias"} <= names
    if name == "fc":
        assert {"head.hidden.1.weight", "head.norms.0.bias"} <= names
    is_svm = HEADS[name].get("kind") == "svm"
    assert ("temperature" in about) == (name != "one-vs-rest")
    meanings = {"one-vs-rest": "sigmoid"}
    assert about["probabilities"] == ("temperature" if is_svm else meanings.get(name, "softmax"))


@pytest.mark.parametrize("name", ["fc", "conv", "hinge"])
def test_a_stopped_run_goes_on_to_the_same_bits(
    folder: Path, tmp_path: Path, runs: dict[str, Run], name: str
) -> None:
    run = run_of(folder, tmp_path / "run", name)
    stop_at(run, lambda one: isinstance(one, BatchFinished) and (one.epoch, one.batch) == (2, 2))
    go_on(run.directory)
    same_result(run.directory, runs[name].directory)


@pytest.mark.parametrize("name", ["one-vs-rest", "fc", "conv"])
def test_pieces_of_a_batch_add_up(
    folder: Path,
    tmp_path: Path,
    runs: dict[str, Run],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(numerics, "LARGEST_MICRO_BATCH", 2)
    run = run_of(folder, tmp_path / "run", name)
    found = [one for one in events_of(run) if isinstance(one, EpochFinished)]
    for one, other in zip(found, runs[name].history.epochs, strict=True):
        assert one.train.loss == pytest.approx(other.train.loss, rel=1e-3)
        assert one.validation.loss == pytest.approx(other.validation.loss, rel=1e-3)


def test_dropout_is_in_training_alone_and_new_in_every_epoch(folder: Path, tmp_path: Path) -> None:
    still = '{"epochs":3,"learning_rate":1e-9,"weight_decay":0}'
    head = '{"kind":"fc","hidden":[16],"dropout":0.5}'
    settings = (
        f'stages=[{{"epochs":2,"learning_rate":0.01}},{still}]',
        f"model.head={head}",
        "model.depth=1",
    )
    run = new_run(folder, tmp_path / "run", small_recipe(*settings))
    epochs = [one for one in events_of(run) if isinstance(one, EpochFinished)][1:]
    trained = [one.train.loss for one in epochs]
    validated = [one.validation.loss for one in epochs]
    assert max(validated) - min(validated) < 1e-5, "no weight moves, so that no answer does"
    assert min(abs(one - other) for one, other in combinations(trained, 2)) > 1e-3
