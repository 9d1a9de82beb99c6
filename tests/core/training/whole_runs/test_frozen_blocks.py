"""A frozen block truly doesn't change: not by decay, not by what is left of an earlier stage's
momentum, not by a stop in the middle; and a thawed one does."""

import threading
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from core.model import backbone
from core.model.backbone import Backbone
from core.recipe.config import RunConfig, StageConfig
from core.recipe.presets import PRESETS
from core.runs.events import BatchFinished, EpochFinished, RunFinished
from core.runs.run import Run
from tests.support.pictures import draw_folder
from tests.support.training import events_of, new_run, small_recipe

# Rates and decays at which one epoch changes whatever is not frozen, each optimizer in turn.
LEARNING = [
    {"optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.1},
    {"optimizer": "adamw", "learning_rate": 1e-3, "weight_decay": 0.5},
    {"optimizer": "adam", "learning_rate": 1e-3, "weight_decay": 0.1, "block_decay": 0.5},
    {"optimizer": "rmsprop", "learning_rate": 1e-4, "weight_decay": 0.1, "clip_norm": 1.0},
]
OTHERS = {
    "only block 1": [(1,)],
    "blocks 1 and 3": [(), (1, 3)],
    "thawed and frozen again": [(2, 3), (1,), (3,), (), (2,)],
}


def recipe_of(name: str) -> RunConfig:
    """That of a preset, or of ``OTHERS``, with short stages whose last epoch is kept."""
    # three blocks, where the preset doesn't say otherwise: their checkpoints are a tenth
    recipe = small_recipe("model.depth=3", 'stages=[{"thawed":[3]}]')
    if name in OTHERS:
        stages = tuple(StageConfig(thawed=blocks) for blocks in OTHERS[name])
        recipe = recipe.model_copy(update={"stages": stages})
    else:
        recipe = PRESETS[name].apply(recipe)
    stages = tuple(
        stage.model_copy(update={**LEARNING[number % len(LEARNING)], "epochs": 2, "keep": "last"})
        for number, stage in enumerate(recipe.stages)
    )
    return RunConfig.model_validate(recipe.model_copy(update={"stages": stages}).to_data())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("data") / "pictures", classes=2, per_class=5)


def blocks_of(network: Backbone) -> list[dict[str, Tensor]]:
    """Each block's weights."""
    return [
        {name: one.clone() for name, one in network.block(number + 1).state_dict().items()}
        for number in range(network.depth)
    ]


def kept_blocks(run: Run) -> list[dict[str, Tensor]]:
    """Those of the epoch that has just ended."""
    network = backbone.load("none", run.config.model.depth, seed=99)
    tensors = load_file(run.directory / "best.safetensors")
    weights = {name: one for name, one in tensors.items() if name.startswith("features.")}
    network.load_state_dict(weights)
    return blocks_of(network)


def changed(before: list[dict[str, Tensor]], after: list[dict[str, Tensor]]) -> dict[int, bool]:
    """Of each block, from 1, whether any bit did; one that did changes in all its layers."""
    found = {}
    for number, (one, other) in enumerate(zip(before, after, strict=True), start=1):
        equal = [torch.equal(one[name], other[name]) for name in one if name.endswith("weight")]
        assert all(equal) or not any(equal)
        found[number] = not all(torch.equal(one[name], other[name]) for name in one)
    return found


@pytest.mark.parametrize("name", [*PRESETS, *OTHERS])
def test_only_thawed_blocks_change_also_across_a_stop(
    folder: Path, tmp_path: Path, name: str
) -> None:
    recipe = recipe_of(name)
    run = new_run(folder, tmp_path / "run", recipe)
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
                after = kept_blocks(run)
                thawed = recipe.stages[event.stage - 1].thawed
                numbers = range(1, recipe.model.depth + 1)
                assert changed(before, after) == {one: one in thawed for one in numbers}, event
                before = after
            if isinstance(event, RunFinished):
                assert event.outcome != "failed", event
                outcome = event.outcome
    assert ended == len(recipe.stages)
