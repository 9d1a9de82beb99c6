"""A menu that writes a run, or a comparison of runs, to a file.

Made anywhere a run is shown::

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

from core import run_export
from core.folders import printable
from core.messages import fill
from core.plots.comparison_figure import Shown
from core.runs import Run
from gui.background import Latest, Progress, worker_pool

_TENSORBOARD = "tensorboard"


class ExportMenu(QMenu):
    """Asks for a place, then reads the runs and writes the file in the background.

    Signals: ``exported`` with a sentence of what was written; ``failed`` with a ``ThawError``.
    """

    exported = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("E&xport"))
        self.setToolTipsVisible(True)
        self.shown: Shown | None = None  # how the figure of several runs is looked at
        self._directories: tuple[Path, ...] = ()
        self._folder = Path.home()
        self._jobs = Latest(worker_pool(self), self)
        self._jobs.done.connect(lambda path: self.exported.emit(self._told(path)))
        self._jobs.failed.connect(self.failed)
        self.report = self._add(self.tr("&Report as one HTML file…"), self._ask_report)
        self.numbers = self._add(self.tr("&Numbers as CSV…"), self._ask_numbers)
        self.figure = self._add(self.tr("&Figure as PNG, SVG or PDF…"), self._ask_figure)
        self.tensorboard = self._add(self.tr("&TensorBoard files…"), self._ask_tensorboard)
        self.aboutToShow.connect(self._refresh)
        self.set_runs(())

    @property
    def is_busy(self) -> bool:
        """Whether something is still being written."""
        return self._jobs.is_busy

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

    def _add(self, words: str, act: Callable[[], None]) -> QAction:
        action = self.addAction(words)
        action.triggered.connect(lambda _checked=False: act())
        return action

    def _refresh(self) -> None:
        missing = importlib.util.find_spec(_TENSORBOARD) is None
        self.tensorboard.setEnabled(bool(self._directories) and not missing)
        self.tensorboard.setToolTip(
            self.tr("TensorBoard is not installed: python -m pip install tensorboard")
            if missing
            else self.tr("Event files, a folder for each run, for TensorBoard and what reads it")
        )

    def _ask_report(self) -> None:
        self._ask(self.tr("Save the report"), "html", self.tr("Web pages (*.html)"))

    def _ask_numbers(self) -> None:
        self._ask(self.tr("Save the numbers"), "csv", self.tr("Tables (*.csv)"))

    def _ask_figure(self) -> None:
        kinds = ";;".join(f"{one.upper()} (*.{one})" for one in run_export.FIGURES)
        self._ask(self.tr("Save the figure"), "png", kinds)

    def _ask(self, title: str, suffix: str, kinds: str) -> None:
        start = self._folder / f"{self._stem()}.{suffix}"
        name, chosen = QFileDialog.getSaveFileName(self.parentWidget(), title, str(start), kinds)
        if not name:
            return
        path = Path(name)
        if path.suffix.lower().removeprefix(".") not in run_export.KINDS:
            path = path.with_name(f"{path.name}.{_suffix(chosen) or suffix}")
        self._folder = path.parent
        self.write(path)

    def _ask_tensorboard(self) -> None:
        title = self.tr("A folder for TensorBoard’s files")
        name = QFileDialog.getExistingDirectory(self.parentWidget(), title, str(self._folder))
        if name:
            self._folder = Path(name)
            self.write_tensorboard(Path(name))

    def _stem(self) -> str:
        return self._directories[0].name if len(self._directories) == 1 else "comparison"

    def _submit(self, path: Path, write: Callable[[Sequence[Run], Path], object]) -> None:
        if self._directories:
            self._jobs.submit(partial(_written, self._directories, path, write))

    def _told(self, path: Path) -> str:
        return fill(self.tr("Written: {path}"), {"path": printable(str(path))})


def _written(
    directories: Sequence[Path],
    path: Path,
    write: Callable[[Sequence[Run], Path], object],
    _stop: threading.Event,
    _progress: Progress,
) -> Path:
    write([Run.open(one) for one in directories], path)
    return path


def _suffix(kinds: str) -> str:
    """The suffix in "SVG (*.svg)"."""
    return kinds.rpartition("*.")[2].removesuffix(")")
