"""``train``, ``resume``, ``predict`` and ``rate`` on the command line, torchrun's too."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.cli import train as cli_train
from core.cli.options import FAILED, INTERRUPTED, WRONG_INPUT
from core.common import lazy
from core.compute import speed
from core.compute.estimate import Speed
from core.runs import places
from core.runs.events import EpochFinished, Event, Preparing
from core.runs.history import read
from core.runs.run import Run
from tests.support import ROOT
from tests.support.download_server import publishing
from tests.support.pictures import draw_folder
from tests.support.ranks import PATIENCE, torchrun
from tests.support.resuming import same_result
from tests.support.training import SMALL, events_of, new_run, small_recipe
from tests.support.weights import save, shapes_of, state
from tests.support.wording import said

QUICK = ("model.weights=none", "model.depth=1", 'stages=[{"epochs":2}]')


def sets(*settings: str) -> list[str]:
    """The options of the small recipe, changed by ``settings``."""
    return [word for one in (*SMALL[:5], *settings) for word in ("--set", one)]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of six images, which no test changes."""
    return draw_folder(tmp_path_factory.mktemp("cli") / "images", 3, 6)


@pytest.fixture(scope="module")
def trained(images: Path) -> Path:
    """A finished run, which no test changes."""
    run = new_run(images, images.parent / "trained", small_recipe(*QUICK))
    list(events_of(run))
    return run.directory


@pytest.fixture
def finished(trained: Path, tmp_path: Path) -> Path:
    """Such a run, to change."""
    return shutil.copytree(trained, tmp_path / "run")


# -- train ----------------------------------------------------------------------------------


@pytest.fixture
def measured_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def measuring(*_: object, **__: object) -> Generator[Preparing, None, Speed]:
        yield Preparing("preparing_speed")
        return Speed((0.01,) * 5, 3.0, 0.003, 1, 8, "float32", "key")

    monkeypatch.setattr(speed, "measuring", measuring)


@pytest.mark.usefixtures("measured_first")
def test_train_prints_one_event_a_line_of_the_recipe_from_a_file_and_settings(
    images: Path, tmp_path: Path, thaw: Any
) -> None:
    recipe, run = tmp_path / "recipe.toml", tmp_path / "run"
    recipe.write_text('seed = 7\n[dataset]\nfit = "pad"\n[[stages]]\n[[stages]]\nepochs = 1\n')
    settings = sets("stages.0.epochs=2", "threads=null")
    lines = thaw.events("train", images, "--run", run, "--config", recipe, *settings)
    assert lines[0]["event"] == "RunStarted"
    assert (lines[-1]["event"], lines[-1]["outcome"]) == ("RunFinished", "finished")
    epochs = [line for line in lines if line["event"] == "EpochFinished"]
    assert [(one["stage"], one["epoch"]) for one in epochs] == [(1, 1), (1, 2), (2, 1)]
    history = (run / "history.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in history] == lines, "what was measured is not among them"
    config = Run.open(run).config
    assert (config.seed, config.dataset.fit, config.batch_size) == (7, "pad", 4)


@pytest.mark.usefixtures("measured_first")
def test_train_for_people_ends_with_the_accuracy_how_it_was_chosen_and_where_the_run_is(
    tmp_path: Path, home: Path, thaw: Any
) -> None:
    folder = draw_folder(tmp_path / "images", 3, 6)
    (folder / "red" / "zero.png").write_bytes(b"")
    marks = set()
    for keep in ("accuracy", "loss", "last"):
        stages = f'stages=[{{"epochs":2,"keep":"{keep}"}}]'
        printed = thaw("train", folder, *sets(*QUICK[:2], "threads=null", stages))
        summed, place = printed.out.splitlines()
        assert "95 %" in summed
        assert "of 3;" in summed
        assert f"kept_{keep}" in said(summed)
        assert "red/zero.png" in printed.err
        assert "preparing_speed" in said(printed.err)
        marks.add(re.search(r"validation [\d.]+%(.*)", printed.err)[1].strip())  # type: ignore
    assert len(marks) == 3, "each rule's epochs are marked in its own words"
    run = Path(place.partition(": ")[2])
    assert home in run.parents
    thaw("predict", run.name, folder / "red" / "000.png")


def test_wrong_recipes_exit_2_and_name_the_field(images: Path, tmp_path: Path, thaw: Any) -> None:
    for option, value, named in (
        ("--set", "stages.0.epochs=0", "stages.0.epochs"),
        ("--set", "epochs", "KEY=VALUE"),
        ("--config", "no-such.json", "no-such.json"),
    ):
        assert named in thaw.refusal("train", images, "--run", tmp_path / "run", option, value)
    assert not (tmp_path / "run").exists()


# -- signals, pipes and a broken torch ------------------------------------------------------


def started(*words: object, stderr: Any = subprocess.PIPE, **options: Any) -> subprocess.Popen[str]:
    """The program in a process of its own."""
    command, pipe = [sys.executable, "main.py", *map(str, words)], subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=stderr, text=True, **options)


def wait_for(process: subprocess.Popen[str], event: str) -> None:
    next(line for line in process.stdout if json.loads(line)["event"] == event)


@pytest.mark.skipif(os.name != "posix", reason="Windows has neither such signals nor such pipes")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, "closed"])
def test_a_signal_or_a_reader_that_goes_away_stops_the_run_keeps_the_best_and_exits_130(
    images: Path, tmp_path: Path, thaw: Any, monkeypatch: pytest.MonkeyPatch, end: Any
) -> None:
    run, long = tmp_path / "run", sets(*QUICK[:2], 'stages=[{"epochs":1000}]')
    arguments = ["train", str(images), "--run", str(run), "--events", *long]
    if isinstance(end, signal.Signals):
        to_json, before = cli_train.to_json, signal.getsignal(end)

        def signalled(event: Event) -> str:
            if isinstance(event, EpochFinished) and event.epoch == 1:
                signal.raise_signal(end)
            return to_json(event)

        monkeypatch.setattr(cli_train, "to_json", signalled)
        thaw(*arguments, code=INTERRUPTED)
        assert signal.getsignal(end) == before
    else:
        with started(*arguments) as process:
            wait_for(process, "EpochFinished")
            process.stdout.close()
            assert "Traceback" not in process.stderr.read()
        assert process.returncode == INTERRUPTED
    assert Run.open(run).history.finished.outcome == "stopped"
    assert (run / "best.safetensors").exists()


@pytest.mark.parametrize("command", ["train", "predict"])
def test_a_broken_torch_is_one_sentence(
    images: Path, trained: Path, tmp_path: Path, command: str
) -> None:
    run = tmp_path / "run"
    more = {"train": [images, "--run", run], "predict": [trained, images / "red" / "000.png"]}
    (tmp_path / "torch.py").write_text("raise OSError('libtorch.so: cannot open')")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with started(command, *more[command], env=environment) as process:
        _, told = process.communicate()
    assert process.returncode == FAILED
    assert "libtorch.so: cannot open" in told
    assert "Traceback" not in told
    if command == "train":
        assert Run.open(run).history.finished.code == "torch_missing"


# -- other weights --------------------------------------------------------------------------


def words_of(images: Path, run: Path, weights: object, *settings: str) -> list[object]:
    """Those that train from such weights."""
    short = sets("model.depth=1", 'stages=[{"epochs":1}]', f"model.weights={weights}", *settings)
    return ["train", images, "--run", run, *short]


def test_a_wrong_file_is_refused_before_there_is_a_run(
    images: Path, tmp_path: Path, thaw: Any
) -> None:
    run, unit = tmp_path / "run", "model.normalization=unit"
    for network, settings, code in (
        ("vgg16", [], "weights_normalization_missing"),
        ("resnet18", [unit], "weights_not_vgg16"),
    ):
        file = save(tmp_path / "mine.pth", shapes_of(network)).as_posix()
        (told,) = thaw.refusal(*words_of(images, run, file, *settings)).splitlines()
        assert code in said(told)
        assert not run.exists()
    save(tmp_path / "mine.pth", state())
    thaw(*words_of(images, run, file, unit))
    assert Run.open(run).environment["weights"]["source"] == "mine.pth"


def test_published_weights_are_downloaded_once_their_size_comes_first(
    images: Path, tmp_path: Path, thaw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents, name = save(tmp_path / "published.pth", state()).read_bytes(), "torchvision-v1"
    run, again = (words_of(images, tmp_path / one, name) for one in ("run", "again"))
    with publishing(monkeypatch, name, contents) as server:
        server.mode, ready = "404", server.mode
        assert "404" in thaw.refusal(*run, code=FAILED)
        assert not (tmp_path / "run").exists()
        server.mode = ready
        told = thaw(*run).err
        assert "download_size" in said(told)
        assert told.index(f"{len(contents) / 10**6:.0f} MB") < told.index("100%")
        assert Run.open(tmp_path / "run").environment["weights"]["source"] == name
        asked = len(server.asked)
        assert "download_size" not in said(thaw(*again).err)
        assert len(server.asked) == asked


def test_predict_prints_the_top_classes(
    images: Path, trained: Path, tmp_path: Path, thaw: Any
) -> None:
    image, broken = images / "blue" / "001.jpg", tmp_path / "broken.jpg"
    broken.write_bytes(b"nothing")
    (answer,) = thaw.json("predict", trained, image)["predictions"]
    assert answer["path"] == str(image)
    assert sum(one["probability"] for one in answer["classes"]) == pytest.approx(1, abs=1e-4)
    (averaged,) = thaw.json("predict", trained, image, "--flip-average")["predictions"]
    assert averaged["classes"][0]["probability"] != answer["classes"][0]["probability"]
    printed = thaw("predict", trained, image, broken, "--top", "1", code=WRONG_INPUT)
    assert printed.out.split(": ")[1].split()[0] == answer["classes"][0]["name"]
    assert printed.out.count("%") == 1
    assert "broken.jpg" in printed.err


def test_rate_prints_the_curve_and_what_to_set(images: Path, thaw: Any) -> None:
    words = ["rate", str(images), *sets("model.depth=2", "stages=[{}]")]
    lines = thaw(*words).out.splitlines()
    assert lines[0].split() == ["rate", "loss", "smoothed"]
    assert lines[1].split()[0] == "1.0e-07"
    data = thaw.json(*words)
    assert f"--set stages.0.learning_rate={data['suggested']:g}" in lines[-1]
    assert len(data["steps"]) == len(lines) - 2
    assert set(data["steps"][0]) == {"rate", "loss", "smoothed"}
    assert "rate_stage_unknown" in said(thaw.refusal(*words, "--stage", "3"))


# -- resume ---------------------------------------------------------------------------------


def test_a_finished_run_says_so_exits_0_and_can_be_extended(
    images: Path, finished: Path, thaw: Any
) -> None:
    before = (finished / "history.jsonl").read_bytes()
    assert "run_is_finished" in said(thaw("resume", finished).out)
    assert thaw("resume", finished, "--events").out == ""
    assert (finished / "history.jsonl").read_bytes() == before
    events = thaw.events("resume", finished, "--extend", "1")
    epochs = [one for one in events if one["event"] == "EpochFinished"]
    assert [(one["stage"], one["epoch"]) for one in epochs] == [(1, 3)]
    thaw("resume", finished, "--extend", "5000", code=WRONG_INPUT)
    assert "resume" in thaw.refusal("train", images, "--run", finished)


def test_a_run_that_trains_elsewhere_is_left_alone(finished: Path, thaw: Any) -> None:
    with places.held(finished):
        before = {path: path.read_bytes() for path in finished.iterdir() if path.is_file()}
        assert str(os.getpid()) in thaw.refusal("resume", finished, "--extend", "2")
        after = {path: path.read_bytes() for path in finished.iterdir() if path.is_file()}
    assert before == after
    assert "nothing" in thaw.refusal("resume", finished / "nothing")


def test_what_another_process_trained_before_the_lock_was_free_counts(
    images: Path, tmp_path: Path, thaw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(images, tmp_path / "run", small_recipe(*QUICK))
    held = places.held

    def waited_for(directory: Path) -> AbstractContextManager[None]:
        monkeypatch.setattr(places, "held", held)
        list(events_of(Run.open(directory)))
        return held(directory)

    monkeypatch.setattr(places, "held", waited_for)
    assert "run_is_finished" in said(thaw("resume", run.directory).out)


def test_nobody_gets_a_run_between_its_opening_and_its_training(
    images: Path, tmp_path: Path, thaw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, load, held = tmp_path / "run", lazy.load, []

    def slow(name: str) -> object:
        held.append(places.is_held(directory))
        return load(name)

    monkeypatch.setattr(lazy, "load", slow)
    thaw("train", images, "--run", directory, *sets(*QUICK))
    thaw("resume", directory, "--extend", "1")
    assert held == [True, True]
    assert not places.is_held(directory)


def test_a_run_whose_loss_was_no_number_is_not_trained_into_it_again(
    images: Path, tmp_path: Path, thaw: Any
) -> None:
    stages = (
        'stages=[{"epochs":1},{"epochs":2,"thawed":[5],"optimizer":"sgd","learning_rate":10,'
        '"backbone_factor":10}]'
    )
    run = new_run(images, tmp_path / "run", small_recipe(stages))
    assert list(events_of(run))[-1].code == "not_finite"
    before = (run.directory / "history.jsonl").read_bytes()
    for more in ([], ["--extend", "2"]):
        told = thaw.refusal("resume", run.directory, *more)
        assert "run_not_finite" in said(told)
        assert (run.directory / "history.jsonl").read_bytes() == before
    advice = told.partition("python main.py ")[2].split()
    assert advice[-1] == "stages.1.learning_rate=1"
    advice[-1] = "stages.1.learning_rate=1e-5"
    thaw(*advice, "--run", tmp_path / "anew")
    assert len(Run.open(tmp_path / "anew").history.epochs) == 3


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_kills_leave_no_trace_in_the_result(images: Path, tmp_path: Path, thaw: Any) -> None:
    # enough epochs that neither process is done before its kill arrives
    stages = ("model.depth=2", 'stages=[{"epochs":6},{"epochs":4,"thawed":[2]}]')
    whole = new_run(images, tmp_path / "whole", small_recipe(*stages))
    list(events_of(whole))
    run = tmp_path / "run"
    for event, arguments in (
        ("EpochFinished", ["train", images, "--run", run, *sets(*stages)]),
        ("StageStarted", ["resume", run]),  # stage 2's
    ):
        with started(*arguments, "--events", stderr=None) as process:
            wait_for(process, event)
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL, "it must not have ended before"
        assert Run.open(run).state == "interrupted"
    thaw("resume", run)
    same_result(run, whole.directory)


# -- in processes that torchrun starts ------------------------------------------------------


def test_a_training_in_several_processes_must_know_where_its_run_is(
    images: Path, monkeypatch: pytest.MonkeyPatch, thaw: Any
) -> None:
    sizes = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "TORCHELASTIC_RUN_ID": "none"}
    for name, value in {**sizes, "RANK": "0", "LOCAL_RANK": "0"}.items():
        monkeypatch.setenv(name, value)
    assert "--run DIR" in thaw.refusal("train", images)
    monkeypatch.setenv("RANK", "1")
    assert not thaw.refusal("train", "."), "one process says it"


def test_torchrun_starts_a_lost_training_again_and_it_goes_on(images: Path, tmp_path: Path) -> None:
    directory, settings = tmp_path / "run", ['stages=[{"epochs":5}]']
    command = ["train", str(images), "--run", str(directory), "--events", *sets(*settings)]
    launched = torchrun(2, *command, restarts=1)
    pipe = subprocess.PIPE
    with (
        (tmp_path / "errors").open("w") as errors,
        subprocess.Popen(launched, cwd=ROOT, stdout=pipe, stderr=errors, text=True) as process,
    ):
        try:
            wait_for(process, "EpochFinished")
            ranks = psutil.Process(process.pid).children(recursive=True)
            next(one for one in ranks if one.environ().get("RANK") == "1").kill()
            told = [json.loads(line) for line in process.stdout]
            process.wait(PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 0, (tmp_path / "errors").read_text()
    assert len([one for one in told if one["event"] == "RunResumed"]) == 1
    assert told[-1]["outcome"] == "finished"
    alone = new_run(images, tmp_path / "alone", small_recipe(*settings))
    assert [*events_of(alone)][-1].outcome == "finished"
    # every epoch is there once, and as one process has it
    history = read(directory / "history.jsonl")
    assert history == Run.open(directory).history
    for one, other in zip(history.epochs, alone.history.epochs, strict=True):
        assert (one.stage, one.epoch) == (other.stage, other.epoch)
        assert one.validation.loss == pytest.approx(other.validation.loss, rel=1e-3)
    assert os.listdir(directory / "checkpoints") != []
