"""A history that ends anywhere, as a crash leaves it, opens up to its last whole line."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.runs import history
from core.runs import list as run_list
from core.runs.events import from_json
from core.runs.places import HISTORY, SUMMARY
from core.runs.run import Run
from core.training.train import train
from tests.support.pictures import draw_folder
from tests.support.resuming import same_result
from tests.support.training import new_run, small_recipe

RECIPE = small_recipe(
    "model.weights=none",
    "model.depth=1",
    'stages=[{"epochs":2},{"epochs":2,"thawed":[1],"learning_rate":0.003}]',
)
MANY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A real run, under names that take more than one byte."""
    folder = draw_folder(tmp_path_factory.mktemp("đỏ") / "pictures", classes=2, per_class=4)
    run = new_run(folder, tmp_path_factory.mktemp("runs") / "whole", RECIPE)
    for _ in train(RECIPE, run):
        pass
    return Run.open(run.directory)


@pytest.fixture(scope="module")
def copy(whole: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(whole.directory, tmp_path_factory.mktemp("copies") / "run")


def expected(text: bytes) -> history.History:
    """Only what came whole, line by line."""
    lines = [one for one in text.splitlines(keepends=True) if one.endswith(b"\n")]
    return history.fold(event for one in lines if (event := from_json(one)) is not None)


@MANY
@given(st.data())
def test_a_history_cut_at_any_byte_opens_up_to_its_last_whole_line(
    whole: Run, copy: Path, data: st.DataObject
) -> None:
    text = whole.history_bytes()
    cut = data.draw(st.integers(0, len(text)), label="bytes that are left")
    zeros = data.draw(st.sampled_from([0, 1, 511, 4096]), label="zeros that a power cut left")
    (copy / HISTORY).write_bytes(text[:cut] + b"\0" * zeros)
    found = Run.open(copy)
    assert found.history == expected(text[:cut])
    whole_lines = text[:cut].count(b"\n")
    assert found.history_bytes() == b"".join(text.splitlines(keepends=True)[:whole_lines])
    ended = any(b'"RunFinished"' in one for one in text[:cut].splitlines()[:whole_lines])
    assert found.state == ("finished" if ended else "interrupted")


@MANY
@given(st.data())
def test_such_a_run_stands_in_the_list_of_runs(whole: Run, copy: Path, data: st.DataObject) -> None:
    text = whole.history_bytes()
    cut = data.draw(st.integers(0, len(text)), label="bytes that are left")
    has_summary = data.draw(st.booleans(), label="with a summary")
    (copy / HISTORY).write_bytes(text[:cut])
    summary = whole.directory / SUMMARY
    if has_summary:
        shutil.copy(summary, copy)
    else:
        (copy / SUMMARY).unlink(missing_ok=True)
    (listed,) = run_list.of_folder(copy.parent)
    assert listed.error is None
    epochs = 4 if has_summary else len(expected(text[:cut]).epochs)
    assert listed.epochs == epochs


@settings(max_examples=6, deadline=None)
@given(share=st.floats(0, 1))
def test_it_goes_on_to_the_same_result(
    whole: Run, tmp_path_factory: pytest.TempPathFactory, share: float
) -> None:
    run = shutil.copytree(whole.directory, tmp_path_factory.mktemp("cut") / "run")
    text = whole.history_bytes()
    (run / HISTORY).write_bytes(text[: int(share * len(text))])
    again = Run.open(run)
    for _ in train(again.config, again):
        pass
    same_result(run, whole.directory)
