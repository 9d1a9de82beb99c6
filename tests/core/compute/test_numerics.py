"""What changes bits is decided once: by the recipe, else by the machine's measurement."""

import json
import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.common.messages import ThawError
from core.compute import devices, numerics, speed
from core.compute.estimate import Speed
from core.compute.numerics import Numerics
from core.runs.events import Preparing
from tests.support.pictures import PictureFolder
from tests.support.training import events_of, new_run, small_recipe

MEASURED = Speed((0.01,) * 5, 3.0, 0.003, 3, 4, "bfloat16", "key")


def test_a_complete_recipe_needs_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    def measuring(*_: object) -> Speed:
        raise AssertionError("nothing was left to measure")

    monkeypatch.setattr(speed, "measuring", measuring)
    found = numerics.decide(small_recipe())
    assert (found.threads, found.micro_batch, found.precision) == (1, 8, "float32")
    assert found.dtype == torch.float32


def test_what_the_recipe_leaves_open_comes_from_the_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(speed, "of_this_machine", lambda *_, **_device: MEASURED)
    recipe = small_recipe("threads=null", "micro_batch=null", "precision=auto")
    at_224 = numerics.decide(small_recipe("micro_batch=null", "dataset.image_size=224"))
    found = numerics.decide(recipe)
    assert (found.threads, found.precision) == (3, "bfloat16")
    assert at_224.micro_batch == 4
    assert at_224.gradient_micro_batch == MEASURED.gradient_micro_batch
    assert found.micro_batch > 4, "small pictures go through in larger numbers"
    assert found.gradient_micro_batch > at_224.gradient_micro_batch


def test_a_stop_is_heard_after_deciding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def measure(*_: object) -> Speed:
        stop.set()
        return replace(MEASURED, key=speed._key("cpu"))

    monkeypatch.setattr(speed, "measure", measure)
    with pytest.raises(ThawError) as error:
        speed.of_this_machine(stop, tmp_path)
    assert error.value.code == "stopped"
    assert speed.remembered(tmp_path) is not None, "what was measured is not lost"
    with pytest.raises(ThawError):
        numerics.decide(small_recipe(), stop)


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


@pytest.mark.parametrize("asked", ["auto", "cuda"])
def test_an_accelerator_that_is_there_is_measured_and_used(
    monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    measured = []

    def measuring(
        _stop: object, device: str, boundaries: object
    ) -> Generator[Preparing, None, Speed]:
        measured.append(device)
        yield Preparing("preparing_speed")
        return replace(MEASURED, micro_batch=32, gradient_micro_batch=64)

    monkeypatch.setattr(devices, "works", lambda _device: True)
    monkeypatch.setattr(speed, "measuring", measuring)
    found = numerics.decide(
        small_recipe(f"device={asked}", "precision=auto", "dataset.image_size=224")
    )
    assert measured == ["cuda"]
    assert (found.device, found.gradient_micro_batch, found.precision) == ("cuda", 64, "bfloat16")


def test_a_run_goes_on_with_what_it_was_begun_with() -> None:
    begun = Numerics(3, 5, "bfloat16", "cpu", 7, {"0": 2})
    kept = json.loads(json.dumps(numerics.environment(begun)))
    assert numerics.of_environment(kept) == begun
    assert numerics.difference(kept, numerics.environment(begun)) is None


def test_a_run_from_before_there_were_several_goes_on_with_its_one_gradient_micro_batch() -> None:
    old = numerics.environment(Numerics(3, 5, "bfloat16", "cpu", 7))
    del old["gradient_micro_batches"]
    found = numerics.of_environment(old)
    assert found is not None
    assert [found.at_once(boundary) for boundary in range(6)] == [7] * 6
    assert numerics.difference(old, numerics.environment(found)) is None


@pytest.mark.parametrize(
    ("stages", "asked", "sizes"),
    [
        ('[{"epochs":1},{"epochs":1,"thawed":[5]}]', set(), {}),
        ('[{"epochs":1,"thawed":[4]},{"epochs":1,"thawed":[1,2]}]', {3, 0}, {"0": 2, "3": 8}),
    ],
)
def test_a_recipe_asks_for_the_gradients_that_its_stages_need(
    monkeypatch: pytest.MonkeyPatch, stages: str, asked: set[int], sizes: dict[str, int]
) -> None:
    seen = []

    def measuring(
        _stop: object, device: str, boundaries: set[int]
    ) -> Generator[Preparing, None, Speed]:
        seen.append(boundaries)
        yield Preparing("preparing_gradient", {"block": 1})
        return replace(MEASURED, gradient_micro_batches=(2, 0, 0, 8))

    monkeypatch.setattr(speed, "measuring", measuring)
    recipe = small_recipe("precision=auto", "dataset.image_size=224", f"stages={stages}")
    assert numerics.decide(recipe).gradient_micro_batches == sizes
    assert seen == [asked]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"threads": None},
        {"micro_batch": 0},
        {"gradient_micro_batch": "8"},
        {"gradient_micro_batches": [8]},
        {"gradient_micro_batches": {"0": "8"}},
        {"gradient_micro_batches": {"all": 8}},
        {"precision": "float16"},
        {"device": "tpu"},
        {"device": "cuda"},  # which is not there any more
        {"device": ["cpu"]},
    ],
)
def test_what_does_not_say_it_is_decided_anew(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, object]
) -> None:
    monkeypatch.setattr(devices, "works", lambda device: device == "cpu")
    whole = numerics.environment(Numerics(3, 5, "bfloat16")) if values else {}
    assert numerics.of_environment({**whole, **values}) is None


def test_another_machine_is_said_and_how_it_differs() -> None:
    now = numerics.environment(Numerics(2, 4, "float32"))
    versions = {**now["versions"], "torch": "2.6.0"}
    before = {**now, "processor": "Another One", "versions": versions, "python": "3.0"}
    notice = numerics.difference(before, now)
    assert notice is not None
    assert notice.code == "environment_differs"
    assert notice.values["listed"] == (
        f"processor: Another One → {now['processor']}, torch: 2.6.0 → {torch.__version__}"
    )


def test_the_same_machine_and_a_new_run_say_nothing() -> None:
    now = numerics.environment(Numerics(2, 4, "float32"))
    assert numerics.difference(now, now) is None
    assert numerics.difference({}, now) is None
    assert numerics.difference({"versions": {}, "folder": "/data"}, now) is None
