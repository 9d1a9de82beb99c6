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

from PySide6.QtWidgets import QWidget

from core.reports import export as run_export
from core.reports.plots.comparison_figure import Shown
from core.runs.run import Run
from gui.base.background import Progress
from gui.runs.writing_menu import WritingMenu

_TENSORBOARD = "tensorboard"


class ExportMenu(WritingMenu):
    """Asks for a place, then reads the runs and writes the file in the background."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("E&xport"))
        self.setToolTipsVisible(True)
        self.shown: Shown | None = None  # how the figure of several runs is looked at
        self._directories: tuple[Path, ...] = ()
        self.report = self.add(self.tr("&Report as one HTML file…"), self._ask_report)
        self.numbers = self.add(self.tr("&Numbers as CSV…"), self._ask_numbers)
        self.figure = self.add(self.tr("&Figure as PNG, SVG or PDF…"), self._ask_figure)
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

    def _ask_report(self) -> None:
        kinds = self.tr("Web pages (*.html)")
        if path := self.ask(self.tr("Save the report"), self._stem(), ("html",), kinds):
            self.write(path)

    def _ask_numbers(self) -> None:
        if path := self.ask_numbers(self._stem()):
            self.write(path)

    def _ask_figure(self) -> None:
        if path := self.ask_figure(self._stem()):
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
