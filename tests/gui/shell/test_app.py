"""From the process's start to the window, attended or not; garbage, and errors nobody caught."""

import gc
import logging
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
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
from tests.support.window.fakes import SPEED, FakePage, FakeTraining, open_folder, replace_training
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


def test_a_painted_window_starts_the_engine_and_opens_the_last_folder_or_the_sample(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[Path | None] = []
    seen: list[bool] = []
    monkeypatch.setattr(session, "open_folder", opened.append)
    monkeypatch.setattr(session, "open_sample", lambda: opened.append(None))
    monkeypatch.setattr(session.engine, "start", lambda: seen.append(window.isVisible()))
    window.painted.connect(lambda: app.begin(window, session, Options()))
    assert seen == []
    with qtbot.waitSignal(window.painted):
        window.show()
    assert seen == [True]
    first, gone = picture_folder(name="first"), picture_folder(name="gone")
    for folder in (first, gone):
        session.settings.add_recent(folder)
    gone.rename(gone.with_name("moved"))
    app.begin(window, session, Options())
    app.begin(window, session, Options(sample=True))
    assert opened == [None, first, None]


def test_changes_from_the_command_line_come_on_top_of_the_folders_own(
    qtbot: QtBot, window: MainWindow, session: Session, picture_folder: PictureFolder
) -> None:
    changes = (("dataset.image_size", 32), ("dataset.image_size", 64), ("stages.1.epochs", 1))
    folder = picture_folder()
    app.apply_when_open(window, session, changes)
    open_folder(qtbot, session, folder)
    assert session.recipe.dataset.image_size == 64
    session.undo()
    assert session.recipe.dataset.image_size == 64, "it was never anything else"
    session.change("stages", [{"epochs": 3}])
    session.undo()
    assert session.recipe.stages[1].epochs == 1
    assert not session.can_undo
    session.redo()
    app.apply_when_open(window, session, changes)
    open_folder(qtbot, session, folder)
    assert "stages.1" in window.messages.text, "the folder's recipe has no such stage"
    with pytest.raises(RecipeError) as refused:
        app.changed(RunConfig(), (("colour", 1),))
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


def test_qts_own_words_and_numbers_follow_the_locale(qapp: QApplication) -> None:
    QLocale.setDefault(QLocale.c())
    app.choose_locale()
    assert base_words.count(123642856) == "123,642,856", "English where no language is set"
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


def test_help_names_the_options_and_the_commands_which_run(
    picture_folder: PictureFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _main("--help") == 0
    told = capsys.readouterr().out
    for option in ("--sample", "--theme", "--size", "--set"):
        assert option in told
    listed = told.splitlines()[-len(cli.COMMANDS) :]
    assert [line.split()[0] for line in listed] == list(cli.COMMANDS)
    assert _main("scan", str(picture_folder(classes=2, per_class=5))) == 0
    assert "red" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--set batch_size=0", "--set nonsense", "--size big"])
def test_invalid_options_are_refused_before_any_window(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr(app, "run", lambda _options: pytest.fail("a window"))
    assert _main(*option.split()) == 2
    assert option.split()[1].removesuffix("=0") in capsys.readouterr().err


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
    before = len(gc.get_objects())
    collector.forget_what_stays()  # and never looks at it again
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


def test_a_flood_of_errors_is_logged_and_one_dialog_with_details_to_copy(
    qtbot: QtBot, errors: UnexpectedErrors, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        _fail("first")
    assert "ZeroDivisionError" in caplog.text
    dialog = errors.dialog
    _fail("second")
    assert errors.dialog is dialog
    assert "first" in dialog.text()
    copies = QMessageBox.ButtonRole.ActionRole
    [copy] = [one for one in dialog.buttons() if dialog.buttonRole(one) == copies]
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert "ZeroDivisionError: first" in QGuiApplication.clipboard().text()
    assert dialog.isVisible()
    dialog.close()
    assert errors.dialog is None
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: errors.dialog is not None)
    assert "division by zero" in errors.dialog.text()


def test_a_known_error_keeps_its_own_sentence_and_quietly_it_goes_to_its_listener(
    qtbot: QtBot, errors: UnexpectedErrors
) -> None:
    error = ThawError("folder_missing", path="/gone")
    sys.excepthook(type(error), error, None)
    assert errors.dialog.text() == str(error)
    errors.dialog.close()
    heard: list[ThawError] = []
    errors.quietly(heard.append)
    _fail("a bug")
    assert [one.code for one in heard] == ["unexpected"]
    assert errors.dialog is None


# -- unattended -----------------------------------------------------------------------------


def _let_sample_be(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Open ``folder`` where the sample would be, which takes seconds to draw."""
    monkeypatch.setattr(
        DatasetJobs, "open_sample", lambda jobs: jobs.open_folder(folder, DatasetConfig())
    )


@pytest.fixture
def training(
    qtbot: QtBot,
    hooks_put_back: None,
    monkeypatch: pytest.MonkeyPatch,
    picture_folder: PictureFolder,
) -> FakeTraining:
    """Everything that is slow replaced: the sample, torch, the machine, the pages."""
    _let_sample_be(monkeypatch, picture_folder(per_class=10, name="sample"))
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


def test_it_trains_with_changes_that_are_not_kept_and_takes_an_image_of_each_page(
    training: FakeTraining, capsys: pytest.CaptureFixture[str]
) -> None:
    assert unattended.run(Options(changes=(("stages.0.epochs", 1),))) == 0
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
    assert '"epochs": 1,' in (run / "config.json").read_text()
    kept = Settings().load_choices(Settings().recent_folders[0])
    assert kept["recipe"]["stages"][0]["epochs"] == 20


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("torch_missing", "gone"),
        ("folder_missing", "gone"),
        ("out_of_memory", ""),
        ("unexpected", "a bug"),
    ],
)
def test_a_failure_is_one_sentence_and_status_1(
    training: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    code: str,
    reason: str,
) -> None:
    def fail(*_: object) -> None:
        raise (
            ThawError(code, reason=reason) if code == "torch_missing" else ZeroDivisionError(reason)
        )

    match code:
        case "torch_missing":
            monkeypatch.setattr(engine, "_import_torch", fail)
        case "folder_missing":
            _let_sample_be(monkeypatch, tmp_path / "gone")
        case "unexpected":
            monkeypatch.setattr(training, "first_events", fail)
        case _:
            training.outcome, training.code = "failed", code
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


def test_the_accuracy_says_how_its_epoch_was_chosen() -> None:
    result = Result(("a", "b"), (Prediction("1.png", 0, 0, (1.0, 0.0)),))
    assert unattended.accuracy_line(result, "accuracy") != unattended.accuracy_line(result, "last")
