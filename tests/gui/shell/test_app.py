"""From the process's start to the window, attended or not; garbage, and errors nobody caught."""

import gc
import logging
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLibraryInfo, QLocale, QObject, Qt, QTimer, QTranslator
from PySide6.QtGui import QFontDatabase, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

import main
from core.cli import main as cli
from core.common.messages import ThawError
from core.recipe.config import DatasetConfig, RunConfig
from core.recipe.files import RecipeError
from core.runs.evaluation import Prediction, Result
from gui.base import words as base_words
from gui.session import engine
from gui.session.open_dataset import DatasetJobs
from gui.session.session import Session
from gui.session.settings import Settings
from gui.shell import app, unattended
from gui.shell.app import GarbageCollector, Options
from gui.shell.rail import STEPS
from gui.shell.unexpected import UnexpectedErrors
from gui.shell.window import MainWindow
from tests.support import ROOT
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import (
    SPEED,
    FakePage,
    FakeTraining,
    open_folder,
    replace_training,
)
from tests.support.wording import said


@pytest.fixture
def hooks_put_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python's hooks for errors and signals as they were, after the test."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def window(qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    monkeypatch.setattr(session.engine, "start", lambda: None)
    window = MainWindow(session, FakePage)
    qtbot.addWidget(window)
    return window


@pytest.fixture
def opened(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """The folders that were opened, None for the sample."""
    opened: list[Path | None] = []
    monkeypatch.setattr(session, "open_folder", opened.append)
    monkeypatch.setattr(session, "open_sample", lambda: opened.append(None))
    return opened


def test_a_start_opens_the_folder_opened_last_or_the_sample(
    window: MainWindow, session: Session, opened: list[Path | None], picture_folder: PictureFolder
) -> None:
    app.begin(window, session, Options())
    first, gone = picture_folder(name="first"), picture_folder(name="gone")
    for folder in (first, gone):
        session.settings.add_recent(folder)
    gone.rename(gone.with_name("moved"))
    app.begin(window, session, Options())
    app.begin(window, session, Options(sample=True))
    assert opened == [None, first, None]


def test_the_engine_starts_once_the_window_is_painted(
    qtbot: QtBot, window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(session.engine, "start", lambda: seen.append(window.isVisible()))
    monkeypatch.setattr(session, "open_sample", lambda: None)
    window.painted.connect(lambda: app.begin(window, session, Options()))
    assert seen == []
    with qtbot.waitSignal(window.painted):
        window.show()
    assert seen == [True]


def test_changes_from_the_command_line_come_on_top_of_the_folders_own(
    qtbot: QtBot, window: MainWindow, session: Session, picture_folder: PictureFolder
) -> None:
    changes = (("dataset.image_size", 64), ("stages.0.epochs", 1))
    app.apply_when_open(window, session, changes)
    open_folder(qtbot, session, picture_folder())
    assert session.recipe.dataset.image_size == 64
    assert session.recipe.stages[0].epochs == 1
    session.undo()
    assert session.recipe.dataset.image_size == 64, "it was never anything else"
    session.change("stages.0.epochs", 9)
    session.undo()
    assert session.recipe.stages[0].epochs == 1
    assert not session.can_undo


def test_a_change_that_does_not_fit_the_folders_recipe_is_explained(
    qtbot: QtBot, window: MainWindow, session: Session, picture_folder: PictureFolder
) -> None:
    folder = picture_folder()
    open_folder(qtbot, session, folder)
    session.change("stages", [{"epochs": 3}])
    app.apply_when_open(window, session, (("stages.1.epochs", 1),))
    open_folder(qtbot, session, folder)
    assert "stages.1" in window.messages.text


def test_changes_are_made_in_order() -> None:
    recipe = app.changed(RunConfig(), (("batch_size", 8), ("batch_size", 4)))
    assert recipe.batch_size == 4
    with pytest.raises(RecipeError) as refused:
        app.changed(recipe, (("colour", 1),))
    assert [values["field"] for _, values in refused.value.problems] == ["colour"]


def test_without_a_font_matplotlibs_is_used(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = qapp.font()
    assert "DejaVuSans.ttf" in [file.name for file in app._matplotlib_fonts()]
    answers = iter([["Some Sans"], [], ["DejaVu Sans"]])
    monkeypatch.setattr(QFontDatabase, "families", lambda: next(answers))
    try:
        app.ensure_font(qapp)
        assert qapp.font() == before
        app.ensure_font(qapp)
        assert qapp.font().family() == "DejaVu Sans"
        assert qapp.font().pointSize() == 10
    finally:
        qapp.setFont(before)


def test_qts_own_words_follow_the_locale(qapp: QApplication) -> None:
    words = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    if not (words / "qtbase_de.qm").is_file():
        pytest.skip("this PySide6 brings no translations")
    before = qapp.findChildren(QTranslator)
    app.translate(qapp, QLocale(QLocale.Language.German))
    try:
        assert QApplication.translate("QPlatformTheme", "Cancel") == "Abbrechen"
    finally:
        for one in qapp.findChildren(QTranslator):
            if one not in before:
                qapp.removeTranslator(one)


@pytest.mark.usefixtures("hooks_put_back")
def test_ctrl_c_is_heard_while_the_window_waits(qtbot: QtBot, session: Session) -> None:
    heard: list[int] = []
    app.heed_interrupts(session, lambda: heard.append(1))
    signal.raise_signal(signal.SIGINT)
    qtbot.waitUntil(lambda: heard == [1])


# -- main.py --------------------------------------------------------------------------------


def _main(*arguments: str) -> object:
    """The exit status."""
    try:
        return main.main(arguments)
    except SystemExit as ended:
        return ended.code


def test_the_window_is_made_without_torch_matplotlib_or_opencv() -> None:
    code = (
        "import sys, gui.shell.app as app\n"
        "from gui.shell.unattended import run\n"
        "qt = app.make_application()\n"
        "from gui.shell.window import MainWindow\n"
        "from PySide6.QtWidgets import QWidget\n"
        "window = MainWindow(app.make_session(qt), lambda step, session: QWidget())\n"
        "window.show()\n"
        "print(sorted({'torch', 'torchvision', 'matplotlib', 'cv2', 'numpy'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_help_names_the_options_and_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert _main("--help") == 0
    told = capsys.readouterr().out
    for option in ("--sample", "--theme", "--size", "--set"):
        assert option in told
    listed = told.splitlines()[-len(cli.COMMANDS) :]
    assert [line.split()[0] for line in listed] == list(cli.COMMANDS)


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("--set", "batch_size=0", "batch_size"),
        ("--set", "nonsense", "nonsense"),
        ("--size", "big", "big"),
        ("--theme", "pink", "pink"),
    ],
)
def test_invalid_options_are_refused_before_any_window(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    option: str,
    value: str,
    named: str,
) -> None:
    monkeypatch.setattr(app, "run", lambda _options: pytest.fail("a window"))
    assert _main(option, value) == 2
    assert named in capsys.readouterr().err


def test_a_subcommand_goes_to_the_command_line(
    picture_folder: PictureFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _main("scan", str(picture_folder(classes=2, per_class=5))) == 0
    assert "red" in capsys.readouterr().out


def test_without_a_language_numbers_are_grouped_the_english_way() -> None:
    QLocale.setDefault(QLocale.c())
    app.choose_locale()
    assert base_words.count(123642856) == "123,642,856"


# -- garbage --------------------------------------------------------------------------------


class _Cycle(QObject):
    def __init__(self, died_in: list[int]) -> None:
        super().__init__()
        self.me = self
        weakref.finalize(self, lambda: died_in.append(threading.get_ident()))


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[GarbageCollector]:
    collector = GarbageCollector()
    yield collector
    gc.unfreeze()


def test_a_worker_never_collects(qtbot: QtBot, collector: GarbageCollector) -> None:
    died_in: list[int] = []
    _Cycle(died_in)
    kept: list[list[int]] = []
    busy = threading.Thread(target=lambda: kept.extend([number] for number in range(50_000)))
    busy.start()
    busy.join()
    assert died_in == []
    qtbot.waitUntil(lambda: bool(died_in))
    assert died_in == [threading.get_ident()]


def test_what_stays_is_never_looked_at_again(collector: GarbageCollector) -> None:
    before = len(gc.get_objects())
    collector.forget_what_stays()
    assert gc.get_freeze_count() >= before // 2
    assert len(gc.get_objects()) < before // 2


def test_waiting_collects_only_what_is_new_then(qtbot: QtBot, collector: GarbageCollector) -> None:
    died_in: list[int] = []
    _Cycle(died_in)
    collector.wait()
    assert len(died_in) == 1  # what was garbage already
    _Cycle(died_in)
    kept = [[number] for number in range(50_000)]
    qtbot.wait_until(lambda: gc.get_count()[0] > gc.get_threshold()[0])
    collector.forget_what_stays()
    _Cycle(died_in)
    more = [[number] for number in range(50_000)]
    qtbot.waitUntil(lambda: len(died_in) == 2)
    assert len(kept) == len(more)


# -- errors that nobody caught --------------------------------------------------------------


@pytest.fixture
def errors(qtbot: QtBot, hooks_put_back: None) -> Iterator[UnexpectedErrors]:
    errors = UnexpectedErrors()
    errors.install()
    yield errors
    if errors.dialog is not None:
        errors.dialog.close()


def _fail(reason: str) -> None:
    try:
        raise ZeroDivisionError(reason)
    except ZeroDivisionError:
        sys.excepthook(*sys.exc_info())


def test_it_is_logged_and_shown_with_details_to_copy(
    qtbot: QtBot, errors: UnexpectedErrors, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        _fail("a bug")
    assert "ZeroDivisionError" in caplog.text
    assert errors.dialog is not None
    assert "a bug" in errors.dialog.text()
    copies = QMessageBox.ButtonRole.ActionRole
    [copy] = [one for one in errors.dialog.buttons() if errors.dialog.buttonRole(one) == copies]
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert "ZeroDivisionError: a bug" in QGuiApplication.clipboard().text()
    assert errors.dialog.isVisible()


def test_a_flood_of_errors_is_one_dialog(qtbot: QtBot, errors: UnexpectedErrors) -> None:
    _fail("first")
    dialog = errors.dialog
    _fail("second")
    assert errors.dialog is dialog
    assert dialog is not None
    assert "first" in dialog.text()
    dialog.close()
    assert errors.dialog is None
    _fail("third")
    assert errors.dialog is not None
    assert "third" in errors.dialog.text()


def test_an_error_in_another_thread_is_shown_too(qtbot: QtBot, errors: UnexpectedErrors) -> None:
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: errors.dialog is not None)
    assert errors.dialog is not None
    assert "division by zero" in errors.dialog.text()


def test_a_known_error_keeps_its_own_sentence(qtbot: QtBot, errors: UnexpectedErrors) -> None:
    error = ThawError("folder_missing", path="/gone")
    sys.excepthook(type(error), error, None)
    assert errors.dialog is not None
    assert errors.dialog.text() == str(error)


def test_quietly_an_error_goes_to_its_listener(qtbot: QtBot, errors: UnexpectedErrors) -> None:
    heard: list[ThawError] = []
    errors.quietly(heard.append)
    _fail("a bug")
    assert [one.code for one in heard] == ["unexpected"]
    assert errors.dialog is None


# -- unattended -----------------------------------------------------------------------------


def _let_sample_be(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Open ``folder`` where the sample would be, which takes seconds to draw."""

    def open_sample(jobs: DatasetJobs) -> None:
        jobs.open_folder(folder, DatasetConfig())

    monkeypatch.setattr(DatasetJobs, "open_sample", open_sample)


@pytest.fixture
def training(
    qtbot: QtBot,
    hooks_put_back: None,
    monkeypatch: pytest.MonkeyPatch,
    picture_folder: PictureFolder,
) -> FakeTraining:
    """Everything that is slow replaced: the sample, torch, the machine, the pages."""
    folder = picture_folder(per_class=10, name="sample")
    _let_sample_be(monkeypatch, folder)
    monkeypatch.setattr(engine, "_import_torch", lambda _stop, _progress: None)
    monkeypatch.setattr(engine, "_measure", lambda _stop, _progress: SPEED)
    monkeypatch.setattr(unattended, "_STILL_MILLISECONDS", 1)

    def window(session: Session) -> MainWindow:
        made = MainWindow(session, FakePage)
        qtbot.addWidget(made)  # left open, it would take the pointer of the tests that follow
        return made

    monkeypatch.setattr(unattended, "MainWindow", window)
    training = replace_training(monkeypatch)
    training.may_finish.set()
    return training


def _runs() -> list[Path]:
    folder = Settings().runs_folder
    return list(folder.iterdir()) if folder.is_dir() else []


def test_it_trains_takes_an_image_of_each_page_and_says_where(
    training: FakeTraining, capsys: pytest.CaptureFixture[str]
) -> None:
    assert unattended.run(Options()) == 0
    printed = capsys.readouterr()
    [run] = _runs()
    for step in STEPS:
        image = QImage(str(run / "pages" / f"{step}.png"))
        assert (image.width(), image.height()) == (1280, 800)
    first, second, last = printed.out.splitlines()
    assert first.endswith(str(run))
    assert second.endswith(str(run / "pages"))
    for value in ("50.0 %", "2 of 4", "15.0 to 85.0 %"):
        assert value in last
    assert "50.0%" in printed.err


def test_changes_are_trained_but_not_kept(
    training: FakeTraining, picture_folder: PictureFolder
) -> None:
    assert unattended.run(Options(changes=(("stages.0.epochs", 1),))) == 0
    [run] = _runs()
    assert '"epochs": 1,' in (run / "config.json").read_text()
    folder = Settings().recent_folders[0]
    kept = Settings().load_choices(folder)
    assert kept is not None
    assert kept["recipe"]["stages"][0]["epochs"] == 20


@pytest.mark.parametrize(
    ("breaks", "code", "reason"),
    [
        ("torch", "torch_missing", "gone"),
        ("folder", "folder_missing", "gone"),
        ("run", "out_of_memory", ""),
        ("bug", "unexpected", "a bug"),
    ],
)
def test_a_failure_is_one_sentence_and_status_1(
    training: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    breaks: str,
    code: str,
    reason: str,
) -> None:
    def fail(error: Exception) -> Callable[..., None]:
        def raise_it(*_: object) -> None:
            raise error

        return raise_it

    if breaks == "torch":
        missing = ThawError("torch_missing", reason="gone")
        monkeypatch.setattr(engine, "_import_torch", fail(missing))
    elif breaks == "folder":
        gone = tmp_path / "gone"
        _let_sample_be(monkeypatch, gone)
    elif breaks == "run":
        training.outcome, training.code = "failed", "out_of_memory"
    else:
        monkeypatch.setattr(training, "first_events", fail(ZeroDivisionError("a bug")))
    assert unattended.run(Options()) == 1
    printed = capsys.readouterr()
    assert code in said(printed.err)
    assert reason in printed.err
    assert printed.out == ""


def test_ctrl_c_keeps_the_best_epoch(
    training: FakeTraining, capsys: pytest.CaptureFixture[str]
) -> None:
    training.may_finish.clear()

    def interrupt() -> None:
        if _runs() and (_runs()[0] / "predictions.csv").is_file():
            signal.raise_signal(signal.SIGINT)
        else:
            QTimer.singleShot(10, interrupt)

    QTimer.singleShot(0, interrupt)
    assert unattended.run(Options()) == 130
    [run] = _runs()
    assert '"outcome": "stopped"' in (run / "history.jsonl").read_text()
    assert (run / "best.safetensors").is_file()
    assert capsys.readouterr().out == ""


def test_the_accuracy_says_all_that_it_rests_on() -> None:
    right = [Prediction(f"{n}.png", 0, 0, (1.0, 0.0)) for n in range(94)]
    wrong = [Prediction(f"{n}.png", 0, 1, (0.0, 1.0)) for n in range(2)]
    result = Result(("a", "b"), (*right, *wrong))
    line = unattended.accuracy_line(result, "accuracy")
    for value in ("97.9 %", "94 of 96", "92.7 to 99.4 %"):
        assert value in line
    assert unattended.accuracy_line(result, "last") != line
