"""Menus that write a run, a comparison of runs or an experiment to a file.

A menu asks for the place and writes in the background. Made anywhere a run is shown::

    menu = ExportMenu(self)            # a QMenu: for a button, a context menu or a menu bar
    menu.set_runs([directory, ...])    # one run, or several for their comparison; [] disables it
    menu.shown = Shown(axis="time")    # optional: how the figure of several is looked at
    menu.exported.connect(...)         # str: a sentence that says what was written, and where
    menu.failed.connect(...)           # ThawError: for the window's message bar
"""

import importlib.util
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from core.common.messages import fill
from core.dataset.folder import printable
from core.experiments import export as experiment_export
from core.experiments.experiment import Place
from core.experiments.marks import of_place
from core.reports import export as run_export
from core.reports.export import FORMATS, What
from core.reports.plots.comparison_figure import Shown
from core.runs.run import Run
from gui.base.background import Latest, Progress, Work


class WritingMenu(QMenu):
    """What a menu has in common that writes files.

    Signals: ``exported`` with a sentence of what was done; ``failed`` with a ``ThawError``.
    """

    exported = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = Path.home()
        self._jobs = Latest(self)
        self._jobs.done.connect(lambda done: self.exported.emit(self.told(done)))
        self._jobs.failed.connect(self.failed)

    @property
    def is_busy(self) -> bool:
        """Whether something is still being drawn or written."""
        return self._jobs.is_busy

    def add(self, words: str, act: Callable[[], None]) -> QAction:
        """One more entry."""
        action = self.addAction(words)
        action.triggered.connect(lambda _checked=False: act())
        return action

    def submit(self, work: Work) -> None:
        """Do ``work`` in the background; what it gives goes to ``told``."""
        self._jobs.submit(work)

    def told(self, done: object) -> str:
        """The sentence for what was done: the path that was written."""
        return fill(self.tr("Written: {path}"), {"path": printable(str(done))})

    def ask_format(self, what: What, stem: str) -> Path | None:
        """Ask for a file that holds ``what``, ``stem`` its proposed name; None where the dialog
        was closed."""
        suffixes = [suffix for suffix, held in FORMATS.items() if held == what]
        titles = {
            "report": (self.tr("Save the report"), self.tr("Web pages")),
            "numbers": (self.tr("Save the numbers"), self.tr("Tables")),
            "figure": (self.tr("Save the figure"), ""),
        }
        title, name = titles[what]
        kinds = ";;".join(f"{name or one.upper()} (*.{one})" for one in suffixes)
        return self.ask(title, stem, suffixes, kinds)

    def ask(self, title: str, stem: str, suffixes: Sequence[str], kinds: str) -> Path | None:
        """Ask for a file with one of ``suffixes``, which ``kinds`` describes as Qt has it. A name
        without one of them gets that of the chosen kind."""
        start = self._folder / f"{stem}.{suffixes[0]}"
        name, chosen = QFileDialog.getSaveFileName(self.parentWidget(), title, str(start), kinds)
        if not name:
            return None
        path = Path(name)
        if path.suffix.lower().removeprefix(".") not in suffixes:
            suffix = chosen.rpartition("*.")[2].removesuffix(")") or suffixes[0]
            path = path.with_name(f"{path.name}.{suffix}")
        self._folder = path.parent
        return path

    def ask_place(self, title: str) -> Path | None:
        """Ask for a folder."""
        name = QFileDialog.getExistingDirectory(self.parentWidget(), title, str(self._folder))
        if not name:
            return None
        self._folder = Path(name)
        return self._folder


_TENSORBOARD = "tensorboard"


class ExportMenu(WritingMenu):
    """Asks for a place, then reads the runs and writes the file in the background."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("E&xport"))
        self.setToolTipsVisible(True)
        self.shown: Shown | None = None  # how the figure of several runs is looked at
        self._directories: tuple[Path, ...] = ()
        words = {
            "report": self.tr("&Report as one HTML file…"),
            "numbers": self.tr("&Numbers as CSV…"),
            "figure": self.tr("&Figure as PNG, SVG or PDF…"),
        }
        self.entries = {
            what: self.add(words[what], partial(self._ask, what))
            for what in dict.fromkeys(FORMATS.values())
        }
        self.tensorboard = self.add(self.tr("&TensorBoard files…"), self._ask_tensorboard)
        self.aboutToShow.connect(self._refresh)
        self.set_runs(())

    def set_runs(self, directories: Sequence[Path]) -> None:
        """Write these runs from now on: of one its curves, of several their comparison."""
        self._directories = tuple(directories)
        self.menuAction().setEnabled(bool(directories))
        for action in self.actions():
            action.setEnabled(bool(directories))

    def write(self, path: Path) -> None:
        """Write the runs to ``path``, as its suffix says; ``exported`` or ``failed`` follows."""
        self._submit(path, partial(run_export.write, shown=self.shown))

    def write_tensorboard(self, folder: Path) -> None:
        """Write TensorBoard's files below ``folder``; ``exported`` or ``failed`` follows."""
        self._submit(folder, run_export.write_tensorboard)

    def _refresh(self) -> None:
        missing = importlib.util.find_spec(_TENSORBOARD) is None
        self.tensorboard.setEnabled(bool(self._directories) and not missing)
        self.tensorboard.setToolTip(
            self.tr("TensorBoard is not installed: python -m pip install tensorboard")
            if missing
            else self.tr("Event files, a folder for each run, for TensorBoard and what reads it")
        )

    def _ask(self, what: What) -> None:
        if path := self.ask_format(what, self._stem()):
            self.write(path)

    def _ask_tensorboard(self) -> None:
        if folder := self.ask_place(self.tr("A folder for TensorBoard’s files")):
            self.write_tensorboard(folder)

    def _stem(self) -> str:
        return self._directories[0].name if len(self._directories) == 1 else "comparison"

    def _submit(self, path: Path, write: Callable[[Sequence[Run], Path], object]) -> None:
        if self._directories:
            self.submit(partial(_written, self._directories, path, write))


def _written(
    directories: Sequence[Path],
    path: Path,
    write: Callable[[Sequence[Run], Path], object],
    _stop: threading.Event,
    _progress: Progress,
) -> Path:
    write([Run.open(one) for one in directories], path)
    return path


class ExperimentExport(ExportMenu):
    """The menu of the experiment that is shown; it is read anew, so that all that has ended by
    then is in the file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.removeAction(self.tensorboard)

    def set_experiment(self, directory: Path) -> None:
        """Write the experiment in ``directory`` from now on."""
        self.set_runs([directory])

    def write(self, path: Path) -> None:
        """Write it to ``path``, as its suffix says; ``exported`` or ``failed`` follows."""
        if self._directories:
            self._jobs.submit(partial(_written_experiment, self._directories[0], path))


def _written_experiment(
    directory: Path, path: Path, _stop: threading.Event, _progress: Progress
) -> Path:
    place = Place(directory)
    experiment = place.read()
    experiment_export.write(experiment, of_place(place, experiment), path)
    return path
