"""The command line: what scripts and lessons rely on."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from core.cli import main as cli
from core.cli.options import FAILED, INTERRUPTED, OK, WRONG_INPUT
from core.compute import speed
from core.compute.estimate import Speed
from core.runs.events import Preparing
from core.runs.run import Run
from tests.support import ROOT
from tests.support.pictures import PictureFolder
from tests.support.training import SMALL

SETTINGS = [word for setting in SMALL for word in ("--set", setting)]


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=3, per_class=6)


def test_train_prints_one_event_a_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    code = cli.main(["train", str(folder), "--run", str(run), "--events", *SETTINGS])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == OK
    assert lines[0]["event"] == "RunStarted"
    assert lines[-1]["event"] == "RunFinished"
    assert lines[-1]["outcome"] == "finished"
    epochs = [line for line in lines if line["event"] == "EpochFinished"]
    assert [(one["stage"], one["epoch"]) for one in epochs] == [(1, 1), (1, 2), (2, 1)]
    for one in epochs:
        assert set(one) == {
            "event", "stage", "epoch", "train", "validation", "seconds", "is_best",
            "block_changes", "memory",
        }  # fmt: skip
        assert set(one["train"]) == set(one["validation"]) == {"loss", "accuracy", "images"}
    history = (run / "history.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in history] == lines


def test_train_for_people_ends_with_the_accuracy_and_where_the_run_is(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert cli.main(["train", str(folder), "--run", str(run), *SETTINGS]) == OK
    printed = capsys.readouterr()
    assert "95 % interval" in printed.out
    assert "of 3;" in printed.out
    assert str(run) in printed.out
    assert "stage 2" in printed.err


def test_what_is_measured_first_is_told_to_people_and_is_no_part_of_the_history(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def measuring(*_: object, **__: object) -> Generator[Preparing, None, Speed]:
        yield Preparing("preparing_gradient", {"block": 1})
        return Speed((0.01,) * 5, 3.0, 0.003, 1, 8, "float32", "key")

    monkeypatch.setattr(speed, "measuring", measuring)
    run, open_threads = tmp_path / "run", ["--set", "threads=null"]
    short = ["train", str(folder), *SETTINGS, "--set", 'stages=[{"epochs":1}]', *open_threads]
    assert cli.main([*short, "--run", str(run), "--events"]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[0])["event"] == "RunStarted"
    assert lines == (run / "history.jsonl").read_text("utf-8").splitlines()
    assert cli.main([*short, "--run", str(tmp_path / "told")]) == OK
    assert "how many pictures at once suit training from block 1" in capsys.readouterr().err


def test_without_run_the_default_place_takes_it(
    folder: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = [*SETTINGS, "--set", 'stages=[{"epochs":1}]']
    assert cli.main(["train", str(folder), *short]) == OK
    place = Path(capsys.readouterr().out.splitlines()[-1].removeprefix("Run: "))
    assert home in place.parents
    assert cli.main(["predict", place.name, str(folder / "red" / "000.png")]) == OK


def test_recipes_come_from_files_and_settings(folder: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('seed = 7\n[dataset]\nfit = "pad"\n[[stages]]\nepochs = 1\n', "utf-8")
    run = tmp_path / "run"
    arguments = ["train", str(folder), "--run", str(run), "--config", str(recipe)]
    plain = [word for word in SETTINGS if "stages.1" not in word]
    plain = [one for one in plain if one != "--set"]
    settings = [word for one in plain for word in ("--set", one)]
    assert cli.main([*arguments, *settings]) == OK
    config = Run.open(run).config
    assert (config.seed, config.dataset.fit, len(config.stages)) == (7, "pad", 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "stages.0.epochs=0"], "stages.0.epochs"),
        (["--set", "modell.depth=3"], "Did you mean model?"),
        (["--set", "stages.0.epochs=0"], "(stage 1)"),
        (["--set", "model.head.kind=forest"], "'one-vs-rest'"),
        (["--set", "epochs"], "KEY=VALUE"),
        (["--config", "no-such.json"], "no-such.json"),
    ],
)
def test_wrong_recipes_exit_2_and_name_the_field(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    run = tmp_path / "run"
    assert cli.main(["train", str(folder), "--run", str(run), *arguments]) == WRONG_INPUT
    assert said in capsys.readouterr().err
    assert not run.exists()


def test_a_directory_with_a_run_exits_2_and_names_resume(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(folder), "--run", str(tmp_path / "run"), *SETTINGS]
    assert cli.main(arguments) == OK
    assert cli.main(arguments) == WRONG_INPUT
    assert "resume" in capsys.readouterr().err


def test_scan_tells_classes_counts_and_problems(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "red" / "empty.png").write_bytes(b"")
    (folder / "notes.txt").write_text("hello")
    assert cli.main(["scan", str(folder), "--json"]) == OK
    data = json.loads(capsys.readouterr().out)
    assert (data["images"], data["found"], data["ignored"]) == (18, 20, 1)
    assert [one["name"] for one in data["classes"]] == ["blue", "green", "red"]
    assert data["problems"][0]["path"] == "red/empty.png"
    assert cli.main(["scan", str(folder)]) == OK
    text = capsys.readouterr().out
    assert "red/empty.png: the file is empty" in text
    assert "validation" in text


@pytest.mark.parametrize("command", ["scan", "train"])
def test_folders_that_cannot_train_exit_2_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, picture_folder: PictureFolder
) -> None:
    one_class = picture_folder(classes=1)
    for folder in (tmp_path / "missing", tmp_path, one_class):
        assert cli.main([command, str(folder)]) == WRONG_INPUT
        assert str(folder) in capsys.readouterr().err


def test_sample_writes_eight_class_folders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["sample", str(tmp_path / "signs")]) == OK
    assert "480 pictures in 8 classes" in capsys.readouterr().out
    folders = sorted(one.name for one in (tmp_path / "signs").iterdir() if one.is_dir())
    assert len([name for name in folders if not name.startswith(".")]) == 8


@pytest.mark.parametrize(
    ("keep", "told"),
    [
        ("accuracy", "chosen as the best on these pictures."),
        ("loss", "chosen for the lowest loss on these pictures."),
        ("last", "the last one, not picked by its score."),
    ],
)
def test_train_says_how_the_epoch_was_chosen_that_it_tells_of(
    folder: Path, tmp_path: Path, keep: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stages = f'stages=[{{"epochs":2,"keep":"{keep}"}}]'
    arguments = ["--run", str(tmp_path / "run"), *SETTINGS, "--set", stages]
    assert cli.main(["train", str(folder), *arguments]) == OK
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0].endswith(told)
    marks = {"accuracy": "best so far", "loss": "lowest loss so far"}
    assert [one for one, mark in marks.items() if mark in printed.err] == [
        one for one in marks if one == keep
    ]


def test_predict_prints_the_top_classes(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(tmp_path / "run")
    assert cli.main(["train", str(folder), "--run", run, *SETTINGS]) == OK
    capsys.readouterr()
    picture, broken = folder / "blue" / "001.jpg", tmp_path / "broken.jpg"
    broken.write_bytes(b"nothing")
    assert cli.main(["predict", run, str(picture), "--json"]) == OK
    answer = json.loads(capsys.readouterr().out)["predictions"][0]
    assert answer["path"] == str(picture)
    assert sum(one["probability"] for one in answer["classes"]) == pytest.approx(1, abs=1e-4)
    assert cli.main(["predict", run, str(picture), str(broken)]) == WRONG_INPUT
    printed = capsys.readouterr()
    assert "blue" in printed.out
    assert "broken.jpg" in printed.err


def test_predict_averages_a_picture_and_its_mirror_image_when_asked(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(tmp_path / "run")
    assert cli.main(["train", str(folder), "--run", run, *SETTINGS]) == OK
    picture, mirrored = str(folder / "blue" / "000.png"), str(tmp_path / "mirrored.png")
    ImageOps.mirror(Image.open(picture)).save(mirrored)

    def shares(*arguments: str) -> list[dict[str, float]]:
        capsys.readouterr()
        assert cli.main(["predict", run, *arguments, "--json"]) == OK
        answers = json.loads(capsys.readouterr().out)["predictions"]
        return [{one["name"]: one["probability"] for one in each["classes"]} for each in answers]

    first, second = shares(picture, mirrored)
    (both,) = shares(picture, "--flip-average")
    for name, probability in both.items():
        assert probability == pytest.approx((first[name] + second[name]) / 2, rel=1e-2)
        assert probability != first[name]


@pytest.mark.parametrize("command", cli.PLANNED)
def test_what_is_not_built_is_refused_by_name(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([command, "something"]) == WRONG_INPUT
    assert command in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_keeps_the_best_and_exits_130(
    folder: Path, tmp_path: Path, number: signal.Signals
) -> None:
    run = tmp_path / "run"
    long = ["--set", "stages.0.epochs=1000"]
    command = [sys.executable, "main.py", "train", str(folder), "--run", str(run), "--events"]
    with subprocess.Popen(
        [*command, *SETTINGS, *long], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "EpochFinished":
                process.send_signal(number)
                break
        last = [json.loads(line) for line in process.stdout][-1]
    assert process.returncode == INTERRUPTED
    assert (last["event"], last["outcome"]) == ("RunFinished", "stopped")
    assert Run.open(run).history.finished is not None
    assert (run / "best.safetensors").exists()


def test_train_says_what_it_leaves_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "red" / "zero.png").write_bytes(b"")
    assert cli.main(["train", str(folder), "--run", str(tmp_path / "run"), *SETTINGS]) == OK
    assert "red/zero.png (the file is empty)" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "predict"])
def test_a_broken_torch_is_one_sentence(
    folder: Path, tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    arguments = ["train", str(folder), "--run", str(run)]
    if command == "predict":
        assert cli.main([*arguments, *SETTINGS]) == OK
        arguments = ["predict", str(run), str(folder / "red" / "000.png")]
    (tmp_path / "torch.py").write_text("raise OSError('libtorch.so: cannot open')")
    answer = subprocess.run(
        [sys.executable, "main.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == FAILED
    assert "libtorch.so: cannot open" in answer.stderr
    assert "Traceback" not in answer.stderr
    if command == "train":
        finished = Run.open(run).history.finished
        assert finished is not None
        assert finished.code == "torch_missing"


@pytest.mark.skipif(os.name != "posix", reason="Windows has no pipe of this kind")
def test_a_reader_that_goes_away_interrupts_the_training(folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    long = ["--set", "stages.0.epochs=1000"]
    command = [sys.executable, "main.py", "train", str(folder), "--run", str(run), "--events"]
    with subprocess.Popen(
        [*command, *SETTINGS, *long], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    assert process.returncode == INTERRUPTED
    assert b"Traceback" not in said
    finished = Run.open(run).history.finished
    assert finished is not None
    assert finished.outcome == "stopped"


@pytest.mark.parametrize("number", ["0", "-3", "many"])
def test_a_number_of_classes_below_one_is_refused(number: str) -> None:
    with pytest.raises(SystemExit) as error:
        cli.main(["predict", "run", "picture.jpg", "--top", number])
    assert error.value.code == WRONG_INPUT


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_output_that_cannot_be_written_is_one_sentence(folder: Path) -> None:
    with open("/dev/full", "w") as full:
        answer = subprocess.run(
            [sys.executable, "main.py", "scan", str(folder)],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert answer.returncode == FAILED
    assert "No space left" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_names_longer_than_the_system_allows_are_wrong_input_not_tracebacks(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "x" * 300
    for arguments in (
        ["scan", long],
        ["train", str(folder), "--run", long],
        ["predict", long, "picture.jpg"],
    ):
        assert cli.main(arguments) in (WRONG_INPUT, FAILED)
        assert "thaw: " in capsys.readouterr().err


def test_rate_prints_the_curve_and_what_to_set(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["rate", str(folder), *SETTINGS, "--set", "model.depth=2", "--set", "stages=[{}]"]
    settings = [word for word in arguments if "stages.1" not in word]
    settings = [one for one in settings if one != "--set"]
    words = [*settings[:2], *(word for one in settings[2:] for word in ("--set", one))]
    assert cli.main(words) == OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["rate", "loss", "smoothed"]
    assert lines[1].split()[0] == "1.0e-07"
    assert "--set stages.0.learning_rate=" in lines[-1]
    assert cli.main([*words, "--json"]) == OK
    data = json.loads(capsys.readouterr().out)
    assert f"stages.0.learning_rate={data['suggested']:g}" in lines[-1]
    assert len(data["steps"]) == len(lines) - 2
    assert set(data["steps"][0]) == {"rate", "loss", "smoothed"}


def test_the_help_of_rate_says_what_a_later_stage_is_tried_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["rate", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "a new head on the weights that the recipe begins with" in told


def test_rate_of_a_stage_that_is_not_there_exits_2(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["rate", str(folder), *SETTINGS, "--stage", "3"]) == WRONG_INPUT
    assert "no stage 3: the recipe has 2" in capsys.readouterr().err


def test_each_command_has_the_options_that_the_readme_lists(
    capsys: pytest.CaptureFixture[str],
) -> None:
    section = (ROOT / "README.md").read_text("utf-8").partition("## From the command line")[2]
    listed = section.split("```")[1].replace("\n  ", " ").strip().splitlines()
    named = {line.split()[2]: line for line in listed}
    assert named.keys() == cli.COMMANDS.keys()
    for line in listed:
        with pytest.raises(SystemExit):
            cli.main([line.split()[2], "--help"])
        known = set(re.findall(r"--[a-z-]+|-[a-z]\b", capsys.readouterr().out))
        assert set(re.findall(r"(?<![\w-])(?:--[a-z-]+|-[a-z]\b)", line)) <= known, line
