"""What changes bits is decided once: by the recipe, else by the machine's measurement."""

import json
from pathlib import Path

import pytest
import torch

from core import estimate, numerics, speed
from core.estimate import Speed
from tests.pictures import PictureFolder
from tests.training import events_of, new_run, small_recipe

MEASURED = Speed((0.01,) * 5, 3.0, 0.003, 3, 4, "bfloat16", "key")


def test_a_complete_recipe_needs_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(*_: object) -> Speed:
        raise AssertionError("nothing was left to measure")

    monkeypatch.setattr(speed, "of_this_machine", measure)
    found = numerics.decide(small_recipe())
    assert (found.threads, found.micro_batch, found.precision) == (1, 8, "float32")
    assert found.dtype == torch.float32


def test_what_the_recipe_leaves_open_comes_from_the_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(speed, "of_this_machine", lambda _stop: MEASURED)
    recipe = small_recipe("threads=null", "micro_batch=null", "precision=auto")
    at_224 = numerics.decide(small_recipe("micro_batch=null", "dataset.image_size=224"))
    found = numerics.decide(recipe)
    assert (found.threads, found.precision) == (3, "bfloat16")
    assert at_224.micro_batch == 4
    assert found.micro_batch > 4, "small pictures go through in larger numbers"


def test_measuring_tells_every_block_and_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "REFERENCE_SIZE", 32)  # the same code on tiny pictures
    first = speed.of_this_machine(folder=tmp_path)
    assert len(first.forward) == 5
    assert all(one > 0 for one in first.forward)
    assert first.micro_batch in speed.MICRO_BATCHES
    assert speed.of_this_machine(folder=tmp_path) == first


def test_timing_afresh_never_changes_what_changes_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "REFERENCE_SIZE", 32)
    known = Speed((99.0,) * 5, 3.0, 0.003, 1, 8, "float32", speed._key())
    estimate.remember(known, tmp_path)
    found = speed.of_this_machine(folder=tmp_path, afresh=True)
    assert found.forward != known.forward
    assert (found.threads, found.micro_batch, found.precision) == (1, 8, "float32")
    assert speed.of_this_machine(folder=tmp_path) == found


def test_the_environment_of_a_run_says_what_its_numbers_rest_on(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    run = new_run(picture_folder(), tmp_path / "run", small_recipe("stages.0.epochs=1"))
    for _ in events_of(run):
        pass
    data = json.loads((run.directory / "environment.json").read_text("utf-8"))
    assert (data["threads"], data["micro_batch"], data["precision"]) == (1, 8, "float32")
    assert data["versions"]["torch"] == torch.__version__
    assert data["classes"] == ["green", "red"]
