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

import psutil
import pytest

from core.cli import main as cli
from core.cli import train as cli_train
from core.cli.options import FAILED, INTERRUPTED, OK, WRONG_INPUT
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

Output = pytest.CaptureFixture[str]
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
        yield Preparing("preparing_gradient", {"block": 1})
        return Speed((0.01,) * 5, 3.0, 0.003, 1, 8, "float32", "key")

    monkeypatch.setattr(speed, "measuring", measuring)


@pytest.mark.usefixtures("measured_first")
def test_train_prints_one_event_a_line_of_the_recipe_from_a_file_and_settings(
    images: Path, tmp_path: Path, capsys: Output
) -> None:
    recipe, run = tmp_path / "recipe.toml", tmp_path / "run"
    recipe.write_text('seed = 7\n[dataset]\nfit = "pad"\n[[stages]]\n[[stages]]\nepochs = 1\n')
    arguments = ["train", str(images), "--run", str(run), "--events", "--config", str(recipe)]
    assert cli.main([*arguments, *sets("stages.0.epochs=2", "threads=null")]) == OK
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
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
    tmp_path: Path, home: Path, capsys: Output
) -> None:
    folder = draw_folder(tmp_path / "images", 3, 6)
    (folder / "red" / "zero.png").write_bytes(b"")
    marks = set()
    for keep in ("accuracy", "loss", "last"):
        stages = f'stages=[{{"epochs":2,"keep":"{keep}"}}]'
        assert cli.main(["train", str(folder), *sets(*QUICK[:2], "threads=null", stages)]) == OK
        printed = capsys.readouterr()
        summed, place = printed.out.splitlines()
        assert "95 %" in summed
        assert "of 3;" in summed
        assert f"kept_{keep}" in said(summed)
        assert "red/zero.png" in printed.err
        assert "preparing_gradient" in said(printed.err)
        marks.add(re.search(r"validation [\d.]+%(.*)", printed.err)[1].strip())  # type: ignore
    assert len(marks) == 3, "each rule's epochs are marked in its own words"
    run = Path(place.partition(": ")[2])
    assert home in run.parents
    assert cli.main(["predict", run.name, str(folder / "red" / "000.png")]) == OK


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--set", "stages.0.epochs=0"], "stages.0.epochs"),
        (["--set", "epochs"], "KEY=VALUE"),
        (["--config", "no-such.json"], "no-such.json"),
    ],
)
def test_wrong_recipes_exit_2_and_name_the_field(
    images: Path, tmp_path: Path, capsys: Output, arguments: list[str], named: str
) -> None:
    run = tmp_path / "run"
    assert cli.main(["train", str(images), "--run", str(run), *arguments]) == WRONG_INPUT
    assert named in capsys.readouterr().err
    assert not run.exists()


# -- signals, pipes and a broken torch ------------------------------------------------------


def thaw(*arguments: object, **options: object) -> subprocess.Popen[str]:
    """The program in a process of its own."""
    command = [sys.executable, "main.py", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload,no-any-return]


def wait_for(process: subprocess.Popen[str], event: str) -> None:
    next(line for line in process.stdout if json.loads(line)["event"] == event)


@pytest.mark.skipif(os.name != "posix", reason="Windows has neither such signals nor such pipes")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, "closed"])
def test_a_signal_or_a_reader_that_goes_away_stops_the_run_keeps_the_best_and_exits_130(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: signal.Signals | str
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
        assert cli.main(arguments) == INTERRUPTED
        assert signal.getsignal(end) == before
    else:
        with thaw(*arguments, stderr=subprocess.PIPE) as process:
            wait_for(process, "EpochFinished")
            process.stdout.close()
            assert "Traceback" not in process.stderr.read()
        assert process.returncode == INTERRUPTED
    history = Run.open(run).history.finished
    assert history.outcome == "stopped"
    assert (run / "best.safetensors").exists()


@pytest.mark.parametrize("command", ["train", "predict"])
def test_a_broken_torch_is_one_sentence(
    images: Path, trained: Path, tmp_path: Path, command: str
) -> None:
    run = tmp_path / "run"
    more = {"train": [images, "--run", run], "predict": [trained, images / "red" / "000.png"]}
    (tmp_path / "torch.py").write_text("raise OSError('libtorch.so: cannot open')")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with thaw(command, *more[command], env=environment, stderr=subprocess.PIPE) as process:
        _, told = process.communicate()
    assert process.returncode == FAILED
    assert "libtorch.so: cannot open" in told
    assert "Traceback" not in told
    if command == "train":
        finished = Run.open(run).history.finished
        assert finished.code == "torch_missing"


# -- other weights --------------------------------------------------------------------------


def train(folder: Path, run: Path, *settings: str) -> int:
    return cli.main(
        [
            "train",
            str(folder),
            "--run",
            str(run),
            *sets("model.depth=1", 'stages=[{"epochs":1}]', *settings),
        ]
    )


def test_a_wrong_file_is_refused_before_there_is_a_run(
    images: Path, tmp_path: Path, capsys: Output
) -> None:
    def trained_from(network: str, *settings: str) -> int:
        file = save(tmp_path / "mine.pth", state() if not network else shapes_of(network))
        return train(images, tmp_path / "run", f"model.weights={file.as_posix()}", *settings)

    unit = "model.normalization=unit"
    for network, settings, code in (
        ("vgg16", [], "weights_normalization_missing"),
        ("resnet18", [unit], "weights_not_vgg16"),
    ):
        assert trained_from(network, *settings) == WRONG_INPUT
        (told,) = capsys.readouterr().err.splitlines()
        assert code in said(told)
        assert not (tmp_path / "run").exists()
    assert trained_from("", unit) == OK
    assert Run.open(tmp_path / "run").environment["weights"]["source"] == "mine.pth"


def test_published_weights_are_downloaded_once_their_size_comes_first(
    images: Path, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents, name = save(tmp_path / "published.pth", state()).read_bytes(), "torchvision-v1"
    with publishing(monkeypatch, name, contents) as server:
        server.mode, ready = "404", server.mode
        assert train(images, tmp_path / "run", f"model.weights={name}") == FAILED
        assert "404" in capsys.readouterr().err
        assert not (tmp_path / "run").exists()
        server.mode = ready
        assert train(images, tmp_path / "run", f"model.weights={name}") == OK
        told = capsys.readouterr().err
        assert "download_size" in said(told)
        assert told.index(f"{len(contents) / 10**6:.0f} MB") < told.index("100%")
        assert Run.open(tmp_path / "run").environment["weights"]["source"] == name
        asked = len(server.asked)
        assert train(images, tmp_path / "again", f"model.weights={name}") == OK
        assert "download_size" not in said(capsys.readouterr().err)
        assert len(server.asked) == asked


# -- predict --------------------------------------------------------------------------------


def test_predict_prints_the_top_classes(
    images: Path, trained: Path, tmp_path: Path, capsys: Output
) -> None:
    image, broken = images / "blue" / "001.jpg", tmp_path / "broken.jpg"
    broken.write_bytes(b"nothing")
    assert cli.main(["predict", str(trained), str(image), "--json"]) == OK
    answer = json.loads(capsys.readouterr().out)["predictions"][0]
    assert answer["path"] == str(image)
    assert sum(one["probability"] for one in answer["classes"]) == pytest.approx(1, abs=1e-4)
    assert cli.main(["predict", str(trained), str(image), "--json", "--flip-average"]) == OK
    averaged = json.loads(capsys.readouterr().out)["predictions"][0]
    assert averaged["classes"][0]["probability"] != answer["classes"][0]["probability"]
    arguments = ["predict", str(trained), str(image), str(broken), "--top", "1"]
    assert cli.main(arguments) == WRONG_INPUT
    printed = capsys.readouterr()
    assert printed.out.split(": ")[1].split()[0] == answer["classes"][0]["name"]
    assert printed.out.count("%") == 1
    assert "broken.jpg" in printed.err


# -- rate -----------------------------------------------------------------------------------


def test_rate_prints_the_curve_and_what_to_set(images: Path, capsys: Output) -> None:
    words = ["rate", str(images), *sets("model.depth=2", "stages=[{}]")]
    assert cli.main(words) == OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["rate", "loss", "smoothed"]
    assert lines[1].split()[0] == "1.0e-07"
    assert cli.main([*words, "--json"]) == OK
    data = json.loads(capsys.readouterr().out)
    assert f"--set stages.0.learning_rate={data['suggested']:g}" in lines[-1]
    assert len(data["steps"]) == len(lines) - 2
    assert set(data["steps"][0]) == {"rate", "loss", "smoothed"}
    assert cli.main([*words, "--stage", "3"]) == WRONG_INPUT
    assert "rate_stage_unknown" in said(capsys.readouterr().err)


# -- resume ---------------------------------------------------------------------------------


def test_a_finished_run_says_so_exits_0_and_can_be_extended(
    images: Path, finished: Path, capsys: Output
) -> None:
    before = (finished / "history.jsonl").read_bytes()
    assert cli.main(["resume", str(finished)]) == OK
    assert "run_is_finished" in said(capsys.readouterr().out)
    assert cli.main(["resume", str(finished), "--events"]) == OK
    assert capsys.readouterr().out == ""
    assert (finished / "history.jsonl").read_bytes() == before
    assert cli.main(["resume", str(finished), "--extend", "1", "--events"]) == OK
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    epochs = [one for one in events if one["event"] == "EpochFinished"]
    assert [(one["stage"], one["epoch"]) for one in epochs] == [(1, 3)]
    assert cli.main(["resume", str(finished), "--extend", "5000"]) == WRONG_INPUT
    capsys.readouterr()
    assert cli.main(["train", str(images), "--run", str(finished)]) == WRONG_INPUT
    assert "resume" in capsys.readouterr().err


def test_a_run_that_trains_elsewhere_is_left_alone(finished: Path, capsys: Output) -> None:
    with places.held(finished):
        before = {path: path.read_bytes() for path in finished.iterdir() if path.is_file()}
        assert cli.main(["resume", str(finished), "--extend", "2"]) == WRONG_INPUT
        assert str(os.getpid()) in capsys.readouterr().err
        after = {path: path.read_bytes() for path in finished.iterdir() if path.is_file()}
    assert before == after
    assert cli.main(["resume", str(finished / "nothing")]) == WRONG_INPUT
    assert "nothing" in capsys.readouterr().err


def test_what_another_process_trained_before_the_lock_was_free_counts(
    images: Path, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(images, tmp_path / "run", small_recipe(*QUICK))
    held = places.held

    def waited_for(directory: Path) -> AbstractContextManager[None]:
        monkeypatch.setattr(places, "held", held)
        list(events_of(Run.open(directory)))
        return held(directory)

    monkeypatch.setattr(places, "held", waited_for)
    assert cli.main(["resume", str(run.directory)]) == OK
    assert "run_is_finished" in said(capsys.readouterr().out)


def test_nobody_gets_a_run_between_its_opening_and_its_training(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, load, held = tmp_path / "run", lazy.load, []

    def slow(name: str) -> object:
        held.append(places.is_held(directory))
        return load(name)

    monkeypatch.setattr(lazy, "load", slow)
    assert cli.main(["train", str(images), "--run", str(directory), *sets(*QUICK)]) == OK
    assert cli.main(["resume", str(directory), "--extend", "1"]) == OK
    assert held == [True, True]
    assert not places.is_held(directory)


def test_a_run_whose_loss_was_no_number_is_not_trained_into_it_again(
    images: Path, tmp_path: Path, capsys: Output
) -> None:
    stages = (
        'stages=[{"epochs":1},{"epochs":2,"thawed":[5],"optimizer":"sgd","learning_rate":10,'
        '"backbone_factor":10}]'
    )
    run = new_run(images, tmp_path / "run", small_recipe(stages))
    assert list(events_of(run))[-1].code == "not_finite"
    before = (run.directory / "history.jsonl").read_bytes()
    for more in ([], ["--extend", "2"]):
        capsys.readouterr()
        assert cli.main(["resume", str(run.directory), *more]) == WRONG_INPUT
        told = capsys.readouterr().err
        assert "run_not_finite" in said(told)
        assert (run.directory / "history.jsonl").read_bytes() == before
    advice = told.partition("python main.py ")[2].split()
    assert advice[-1] == "stages.1.learning_rate=1"
    advice[-1] = "stages.1.learning_rate=1e-5"
    assert cli.main([*advice, "--run", str(tmp_path / "anew")]) == OK
    assert len(Run.open(tmp_path / "anew").history.epochs) == 3


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_kills_leave_no_trace_in_the_result(images: Path, tmp_path: Path) -> None:
    # enough epochs that neither process is done before its kill arrives
    stages = ("model.depth=2", 'stages=[{"epochs":6},{"epochs":4,"thawed":[2]}]')
    whole = new_run(images, tmp_path / "whole", small_recipe(*stages))
    list(events_of(whole))
    run = tmp_path / "run"
    for event, arguments in (
        ("EpochFinished", ["train", images, "--run", run, *sets(*stages)]),
        ("StageStarted", ["resume", run]),  # stage 2's
    ):
        with thaw(*arguments, "--events") as process:
            wait_for(process, event)
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL, "it must not have ended before"
        assert Run.open(run).state == "interrupted"
    assert cli.main(["resume", str(run)]) == OK
    same_result(run, whole.directory)


# -- in processes that torchrun starts ------------------------------------------------------

STARTED = {"RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "2"}


def test_a_training_in_several_processes_must_know_where_its_run_is(
    images: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    for name, value in {**STARTED, "TORCHELASTIC_RUN_ID": "none"}.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["train", str(images)]) == WRONG_INPUT
    assert "--run DIR" in capsys.readouterr().err
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(SystemExit) as caught:
        cli.main(["train", "."])
    assert caught.value.code == WRONG_INPUT
    assert not capsys.readouterr().err, "one process says it"


def test_torchrun_starts_a_lost_training_again_and_it_goes_on(images: Path, tmp_path: Path) -> None:
    directory, settings = tmp_path / "run", ['stages=[{"epochs":5}]']
    command = ["train", str(images), "--run", str(directory), "--events", *sets(*settings)]
    launched = torchrun(2, *command, restarts=1)
    with (
        (tmp_path / "errors").open("w") as errors,
        subprocess.Popen(
            launched, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            wait_for(process, "EpochFinished")
            _rank(process.pid, 1).kill()
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
    places_of = [
        [(one.stage, one.epoch) for one in some.epochs] for some in (history, alone.history)
    ]
    assert places_of[0] == places_of[1]
    losses = [one.validation.loss for one in history.epochs]
    assert losses == pytest.approx([one.validation.loss for one in alone.history.epochs], rel=1e-3)
    assert os.listdir(directory / "checkpoints") != []


def _rank(torchrun: int, rank: int) -> psutil.Process:
    children = psutil.Process(torchrun).children(recursive=True)
    return next(one for one in children if one.environ().get("RANK") == str(rank))
