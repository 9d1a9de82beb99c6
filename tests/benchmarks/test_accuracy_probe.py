"""What accuracy is compared with trains as our run does: by float32 they learn the same."""

from pathlib import Path

import pytest
from PIL import Image
from safetensors.torch import load_file

from benchmarks.probes.accuracy import trained
from core.model import backbone
from core.recipe import vgg16
from core.runs.places import BEST
from tests.support.pictures import COLORS, draw
from tests.support.training import events_of, new_run, small_recipe

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


@pytest.mark.parametrize("thawed", [[], [5], [1, 2, 3, 4, 5]])
def test_the_plain_loop_learns_what_our_run_learns(
    exact: Path, tmp_path: Path, thawed: list[int]
) -> None:
    steady = '"schedule":"constant","warmup_epochs":0,"feature_dropout":0'
    stages = f'stages=[{{"epochs":1,"thawed":{thawed},{steady}}}]'
    recipe = small_recipe(stages, "seed=3", "dataset.split_seed=1")
    run = new_run(exact, tmp_path / "run", recipe)
    list(events_of(run))

    network, accuracies = trained(exact, recipe)

    begun = backbone.load("imagenet", vgg16.BLOCK_COUNT, seed=0).state_dict()
    learned = load_file(run.directory / BEST)
    for name, weights in network.named_parameters():
        before = begun.get(name, 0.0)
        change = (weights.detach() - before).norm()
        difference = (weights.detach() - learned[name]).norm()
        assert change > 0, f"{name} did not learn"
        assert difference < 0.01 * change, f"{name}: {difference / change:.3f}"
    assert accuracies == [run.history.epochs[0].validation.accuracy]
