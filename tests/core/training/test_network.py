"""The network of a run: which blocks change and how far, and its file, whatever the head."""

import csv
import json
import re
import threading
from collections.abc import Callable, Generator
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.common.messages import InputError
from core.compute import estimate
from core.images.errors import ImageError
from core.model import backbone
from core.model.backbone import Backbone
from core.recipe.config import RunConfig, StageConfig
from core.recipe.presets import PRESETS
from core.runs import evaluation
from core.runs.events import BatchFinished, EpochFinished, Notice, RunFinished
from core.runs.places import BEST, PREDICTIONS
from core.runs.run import Run
from core.training import train as training
from core.training.network_file import Classifier, contact_sheet
from core.training.network_state import BlockChanges
from core.training.setup import Setup, preparing
from tests.support import ROOT
from tests.support.resuming import go_on, same_result, stop_at
from tests.support.training import NewRuns, events_of, new_run, small_recipe, trained

# -- frozen and thawed blocks ---

# Rates and decays at which one epoch changes whatever is not frozen, each optimizer in turn.
LEARNING = [
    {"optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.1},
    {"optimizer": "adamw", "learning_rate": 1e-3, "weight_decay": 0.5},
    {"optimizer": "adam", "learning_rate": 1e-3, "weight_decay": 0.1, "block_decay": 0.5},
    {"optimizer": "rmsprop", "learning_rate": 1e-4, "weight_decay": 0.1, "clip_norm": 1.0},
]
# What makes a head that has learned less sure, so that the stage before stays the best.
UNSURE = {"optimizer": "adam", "learning_rate": 0.01, "label_smoothing": 0.5, "keep": "loss"}
BLOCKS: dict[str, list[tuple[int, ...]]] = {
    "blocks 1 and 3": [(), (1, 3)],
    "thawed and frozen again": [(2, 3), (1,), (3,), (), (2,)],
    "stage 1 is the best": [(3,), (2,)],
}


def recipe_of(name: str) -> RunConfig:
    """That of a preset, or of ``BLOCKS``, with short stages whose last epoch is kept."""
    recipe = small_recipe("model.depth=3", 'stages=[{"thawed":[3]}]')
    if name in BLOCKS:
        stages = tuple(StageConfig(thawed=blocks) for blocks in BLOCKS[name])
        recipe = recipe.model_copy(update={"stages": stages})
    else:
        recipe = PRESETS[name].apply(recipe)
    rules = [{**one, "epochs": 2, "keep": "last"} for one in LEARNING]
    if name == "stage 1 is the best":
        rules = [{**rules[2], "keep": "loss"}, {**UNSURE, "epochs": 2}]
    stages = tuple(
        stage.model_copy(update=rules[number % len(rules)])
        for number, stage in enumerate(recipe.stages)
    )
    return RunConfig.model_validate(recipe.model_copy(update={"stages": stages}).to_data())


def blocks_of(network: Backbone) -> list[dict[str, Tensor]]:
    """Each block's weights."""
    return [
        {name: one.clone() for name, one in network.block(number + 1).state_dict().items()}
        for number in range(network.depth)
    ]


def changed(before: list[dict[str, Tensor]], after: list[dict[str, Tensor]]) -> dict[int, bool]:
    """Of each block, from 1, whether any bit did; one that did changes in all its layers."""
    found = {}
    for number, (one, other) in enumerate(zip(before, after, strict=True), start=1):
        equal = [torch.equal(one[name], other[name]) for name in one if name.endswith("weight")]
        assert all(equal) or not any(equal)
        found[number] = not all(torch.equal(one[name], other[name]) for name in one)
    return found


@pytest.mark.parametrize("name", [*BLOCKS, "gradual-thawing"])
def test_only_thawed_blocks_change_also_across_a_stop(
    make: NewRuns, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The network that trains is looked at after each epoch, whichever epoch is the best."""
    setups: list[Setup] = []

    def recording(*given: Any) -> Generator[Any, None, Setup]:
        setups.append((yield from preparing(*given)))
        return setups[-1]

    monkeypatch.setattr(training, "preparing", recording)
    recipe = recipe_of(name)
    run = make.new(recipe)
    before = blocks_of(backbone.load(recipe.model.weights, recipe.model.depth, recipe.seed))
    outcome, ended = "", 0
    while outcome != "finished":
        stop = threading.Event()
        for event in events_of(Run.open(run.directory), stop):
            in_the_middle = isinstance(event, BatchFinished) and event.epoch == 2
            if in_the_middle and ended < event.stage:  # once in each stage
                ended = event.stage
                stop.set()
            if isinstance(event, EpochFinished):
                network = setups[-1].backbone
                after = blocks_of(network)
                thawed = recipe.stages[event.stage - 1].thawed
                numbers = range(1, recipe.model.depth + 1)
                assert changed(before, after) == {one: one in thawed for one in numbers}, event
                before = after
                if event.is_best:
                    kept = load_file(run.directory / BEST)
                    for key, one in network.features.state_dict().items():
                        assert torch.equal(kept[f"features.{key}"], one)
            if isinstance(event, RunFinished):
                assert event.outcome != "failed", event
                outcome = event.outcome
    assert ended == len(recipe.stages)
    best = Run.open(run.directory).history.best
    assert best is not None
    assert best.stage == (1 if name == "stage 1 is the best" else len(recipe.stages))


# -- how far each block has moved ---

# Both stages move blocks, so that each of them has weights to remember.
MOVING = (
    "model.weights=none",
    "model.depth=2",
    'stages=[{"epochs":2,"thawed":[2],"learning_rate":0.003},'
    '{"epochs":2,"thawed":[1,2],"learning_rate":0.003,"schedule":"constant","warmup_epochs":0}]',
)
ONE_BLOCK = (
    "model.weights=none",
    "model.depth=1",
    'stages=[{"epochs":1},{"epochs":2,"thawed":[1]}]',
)


@pytest.fixture(scope="module")
def moved(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that nothing interrupts."""
    run, _ = trained(folder, tmp_path_factory.mktemp("runs") / "moved", *MOVING)
    return run


def changes(run: Run) -> list[tuple[float, ...]]:
    return [one.block_changes for one in Run.open(run.directory).history.epochs]


def copies(run: Run) -> list[str]:
    return sorted(path.name for path in (run.directory / "checkpoints").glob("stage*"))


def test_the_figures_are_those_of_the_weights(make: NewRuns) -> None:
    stage = '{"epochs":2,"thawed":[2],"learning_rate":0.003,"keep":"last"}'
    settings = ("model.weights=none", "model.depth=3", f"stages=[{stage}]")
    run, _ = make.trained(*settings)
    start = backbone.load("none", 3, run.config.seed)
    kept = load_file(run.directory / BEST)
    now = backbone.load("none", 3, run.config.seed)
    now.features.load_state_dict(
        {name: kept[f"features.{name}"] for name in now.features.state_dict()}
    )
    expected = []
    for block in (1, 2, 3):
        before, after = (
            torch.cat([part.detach().double().flatten() for part in one.block(block).parameters()])
            for one in (start, now)
        )
        expected.append(float((after - before).norm() / before.norm()))
    assert expected[0] == expected[2] == 0.0
    first, found = changes(run)
    assert 0 < first[1] < 1
    assert first[1] != found[1]
    assert (found[0], found[2]) == (0.0, 0.0)
    assert found[1] == pytest.approx(expected[1], rel=1e-12)


def test_a_finished_run_keeps_the_copy_of_its_last_stage_alone(make: NewRuns, moved: Run) -> None:
    assert copies(moved) == ["stage-2-start.safetensors"]
    assert len(list((moved.directory / "checkpoints").iterdir())) == 2
    frozen, _ = make.trained(*ONE_BLOCK, 'stages=[{"epochs":1}]')
    assert copies(frozen) == [], "nothing is copied where all is frozen"
    peaks = [one.memory for one in moved.history.epochs]
    assert min(peaks) > 50_000_000, "that of a process with PyTorch"
    assert peaks[-1] > 0.9 * peaks[0], "it is the most so far, as exactly as the system counts"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-3] ^= 4
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [Path.unlink, cut, flip])
def test_a_lost_copy_costs_the_figures_alone_and_is_said_once(
    make: NewRuns, moved: Run, harm: Callable[[Path], None]
) -> None:
    run = make.new(moved.config)
    before = stop_at(run, lambda one: isinstance(one, BatchFinished) and one.stage == 2)
    harm(run.directory / "checkpoints" / "stage-2-start.safetensors")
    after = go_on(run.directory)
    told = [one for one in [*before, *after] if isinstance(one, Notice)]
    assert told == [Notice("stage_start_lost", {"stage": 2})]
    assert changes(run) == [*changes(moved)[:2], (), ()]
    assert (run.directory / BEST).read_bytes() == (moved.directory / BEST).read_bytes()


def test_an_older_run_goes_on_without_figures(
    make: NewRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make.new(*ONE_BLOCK)
    with monkeypatch.context() as older:
        older.setattr(BlockChanges, "begin", lambda self: None)
        older.setattr(training, "CHECKPOINT_SECONDS", 0)
        stop_at(run, lambda one: isinstance(one, BatchFinished) and one.stage == 2)
    go_on(run.directory)
    assert changes(run) == [(0.0,), (), ()]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_block_that_grew_by_a_tenth_has_moved_a_tenth(
    tmp_path: Path, request: pytest.FixtureRequest, threads: int
) -> None:
    request.addfinalizer(partial(torch.set_num_threads, torch.get_num_threads()))
    torch.set_num_threads(threads)
    network = backbone.load("none", 3, 1)
    moved = BlockChanges(tmp_path, network, 1, (2, 3))
    moved.begin()
    assert moved.measure() == (0.0, 0.0, 0.0)
    with torch.no_grad():
        for one in network.block(3).parameters():
            one.mul_(1.1)
    assert moved.measure() == pytest.approx((0.0, 0.0, 0.1), rel=1e-6)
    assert BlockChanges(tmp_path, network, 1, (1, 2, 3)).measure() is None, "others were copied"
    assert BlockChanges(tmp_path, network, 1, (1,)).measure() is None


def test_a_block_of_zeros_has_moved_as_far_as_it_is_long(tmp_path: Path) -> None:
    network = backbone.load("none", 1, 1)
    weights, bias, *_ = network.block(1).parameters()
    with torch.no_grad():
        for one in network.block(1).parameters():
            one.zero_()
    moved = BlockChanges(tmp_path, network, 1, (1,))
    moved.begin()
    with torch.no_grad():
        weights[0, 0, 0, 0] = 3.0
        bias[0] = 4.0
    assert moved.measure() == (5.0,)


# -- heads ---

HEADS: dict[str, dict[str, Any]] = {
    "softmax": {"pooling": "average"},
    "one-vs-rest": {"kind": "one-vs-rest", "l2": 0.01},
    "svm": {"kind": "svm", "pooling": "max"},
    "hinge": {"kind": "svm", "margin_loss": "hinge"},
    "crammer-singer": {"kind": "svm", "margin_loss": "crammer-singer"},
    "fc": {"kind": "fc", "hidden": [64, 32], "dropout": 0.3, "layer_norm": True, "pooling": "both"},
    "conv": {"kind": "conv", "channels": [8], "hidden": [8], "dropout": 0.3, "l2": 0.01},
}


def run_of(folder: Path, directory: Path, name: str, *settings: str) -> Run:
    """A head on two blocks; then the second block thaws too."""
    rate = 0.01 if name in ("fc", "conv") else 0.001
    first = f'{{"epochs":4,"learning_rate":{rate},"schedule":"constant"}}'
    stages = f'stages=[{first},{{"epochs":1,"thawed":[2]}}]'
    head = f"model.head={json.dumps(HEADS[name])}"
    recipe = small_recipe("model.depth=2", "batch_size=6", stages, head, *settings)
    return new_run(folder, directory, recipe)


@pytest.fixture(scope="module")
def runs(colors: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """A finished run of each head."""
    made = {name: run_of(colors, tmp_path_factory.mktemp("runs") / "run", name) for name in HEADS}
    for run in made.values():
        assert list(events_of(run))[-1].outcome == "finished"
    return made


@pytest.mark.parametrize("name", HEADS)
def test_every_head_learns_answers_as_validation_measured_and_is_described(
    runs: dict[str, Run], name: str
) -> None:
    run = runs[name]
    first, *later = [one.validation for one in run.history.epochs]
    assert later[-1].loss < first.loss
    assert max(one.accuracy for one in later) >= 0.8
    classifier = Classifier(run)
    for one in evaluation.of_run(run).predictions:
        answers = classifier.classify(run.folder / one.path)
        assert answers[0].name == run.classes[one.predicted]
        shares = {answer.name: answer.probability for answer in answers}
        if HEADS[name].get("kind") != "svm":  # whose are cross-fitted in validation
            expected = dict(zip(run.classes, one.probabilities, strict=True))
            assert shares == pytest.approx(expected, abs=1e-3)
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
    rows = list(csv.reader((run.directory / PREDICTIONS).read_text("utf-8").splitlines()))[1:]
    sums = [sum(map(float, row[3:])) for row in rows]
    assert all(0 <= float(share) <= 1 for row in rows for share in row[3:])
    if name == "one-vs-rest":
        assert any(abs(one - 1) > 1e-3 for one in sums)
    else:
        assert sums == pytest.approx([1] * len(sums), abs=1e-4)


@pytest.mark.parametrize("name", ["fc", "conv", "hinge"])
def test_a_stopped_run_of_any_head_goes_on(
    colors: Path, tmp_path: Path, runs: dict[str, Run], name: str
) -> None:
    run = run_of(colors, tmp_path / "run", name)
    stop_at(run, lambda one: isinstance(one, BatchFinished) and (one.epoch, one.batch) == (2, 2))
    go_on(run.directory)
    same_result(run.directory, runs[name].directory)


@pytest.mark.parametrize("name", ["one-vs-rest", "fc", "conv"])
def test_pieces_of_a_batch_add_up(
    colors: Path, tmp_path: Path, runs: dict[str, Run], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "LARGEST_MICRO_BATCH", 2)
    run = run_of(colors, tmp_path / "run", name)
    list(events_of(run))
    for one, other in zip(run.history.epochs, runs[name].history.epochs, strict=True):
        assert one.train.loss == pytest.approx(other.train.loss, rel=1e-3)
        assert one.validation.loss == pytest.approx(other.validation.loss, rel=1e-3)


def test_dropout_is_in_training_alone_and_new_in_every_epoch(make: NewRuns, colors: Path) -> None:
    still = '{"epochs":3,"learning_rate":1e-9,"weight_decay":0}'
    head = 'model.head={"kind":"fc","hidden":[16],"dropout":0.5}'
    stages = f'stages=[{{"epochs":2,"learning_rate":0.01}},{still}]'
    run, _ = make.trained(stages, head, "model.depth=1", on=colors)
    epochs = run.history.epochs[2:]
    validated = [one.validation.loss for one in epochs]
    assert max(validated) - min(validated) < 1e-5, "no weight moves, so that no answer does"
    losses = (one.train.loss for one in epochs)
    assert min(abs(one - other) for one, other in combinations(losses, 2)) > 1e-3


# -- the classifier ---


def test_the_readmes_plain_pytorch_gives_the_same_classes(make: NewRuns, colors: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    code = next(block for block in blocks if "safe_open" in block)
    run, _ = make.trained("model.depth=3", 'stages=[{"epochs":1}]', on=colors)
    path = run.folder / evaluation.of_run(run).predictions[0].path
    values: dict[str, Any] = {}
    changed = code.replace("path/to/run/best.safetensors", str(run.directory / BEST))
    exec(changed.replace("picture.jpg", str(path)), values)
    expected = {answer.name: answer.probability for answer in Classifier(run).classify(path, 3)}
    assert values["answers"].keys() == expected.keys()
    assert len(set(expected.values())) == 3
    for name, probability in values["answers"].items():
        assert probability == pytest.approx(expected[name], abs=0.02)


def test_batches_answer_like_single_images(runs: dict[str, Run], tmp_path: Path) -> None:
    classifier = Classifier(runs["softmax"])
    (tmp_path / "text.jpg").write_text("no image")
    with pytest.raises(ImageError):
        classifier.classify(tmp_path / "text.jpg")
    numbers = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    pixels = torch.from_numpy(numbers)
    for number, answers in enumerate(classifier.classify_pixels(pixels)):
        alone = classifier.classify_pixels(pixels[number : number + 1])[0]
        assert [one.name for one in alone] == [one.name for one in answers]


def test_the_flip_average_is_the_mean_of_both_images(runs: dict[str, Run], tmp_path: Path) -> None:
    classifier = Classifier(runs["fc"])
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    image[:, :16] //= 4
    shares = []
    for name, pixels in (("image", image), ("mirrored", image[:, ::-1])):
        path = tmp_path / f"{name}.png"
        Image.fromarray(np.ascontiguousarray(pixels)).save(path)
        shares.append({one.name: one.probability for one in classifier.classify(path)})
    assert shares[0] != shares[1]
    both = classifier.classify(tmp_path / "image.png", flip_average=True)
    for one in both:
        mean = (shares[0][one.name] + shares[1][one.name]) / 2
        assert one.probability == pytest.approx(mean, abs=1e-6)
    ranked = sorted((one.probability for one in both), reverse=True)
    assert [one.probability for one in both] == ranked
    assert classifier.classify(tmp_path / "mirrored.png", flip_average=True) == both


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (Path.unlink, "run_without_weights"),
        (cut, "run_unreadable"),
        (partial(save_file, {"features.0.weight": torch.zeros(1)}), "run_unreadable"),
    ],
)
def test_missing_or_damaged_weights_are_one_clear_error(
    copied: Run, damage: Callable[[Path], None], code: str
) -> None:
    damage(copied.directory / BEST)
    with pytest.raises(InputError) as error:
        Classifier(copied)
    assert (error.value.code, error.value.values["path"]) == (code, str(copied.directory))


# -- the first batch ---


def test_the_first_batch_is_shown_as_the_network_saw_it() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (10, 32, 32, 3), dtype=np.uint8)
    data = np.frombuffer(contact_sheet(pixels), np.uint8)
    sheet = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert sheet.shape == (64, 256, 3)
    assert np.array_equal(sheet[:32, 32:64], pixels[1])
    assert np.array_equal(sheet[32:, 32:64], pixels[9])
    data = np.frombuffer(contact_sheet(np.zeros((4096, 32, 32, 3), np.uint8)), np.uint8)
    assert cv2.imdecode(data, cv2.IMREAD_COLOR).shape == (8 * 32, 8 * 32, 3), "thousands, in part"
