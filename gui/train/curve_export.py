"""What is on the curves' canvas as a file, or on the clipboard."""

import threading
from collections.abc import Callable
from copy import copy
from pathlib import Path

from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from core.reports import export as run_export
from core.reports.plots.points import CurveOptions
from core.runs.history import History
from gui.base.background import Progress, Work
from gui.runs.export import WritingMenu
from gui.train import curve_text


class CurveExport(WritingMenu):
    """Draws the figure anew for paper, light and with a legend, in the background."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history, self._options = History(), CurveOptions()
        self._name = "curves"
        self.add(self.tr("Save the &figure…"), self._ask_figure)
        self.add(self.tr("&Copy the figure"), self.copy_figure)
        self.add(self.tr("Save the &numbers as CSV…"), self._ask_numbers)
        self.set_source(self._history, self._options)

    def set_source(self, history: History, options: CurveOptions, name: str = "") -> None:
        """Write this history, looked at in that way; ``name`` is proposed for files."""
        self._history, self._options = history, options
        self._name = name or "curves"
        for action in self.actions():
            action.setEnabled(history.started is not None)

    def save_figure(self, path: Path) -> None:
        """Write the figure to ``path``, as its suffix says."""
        self.submit(_written(path, self._figure(run_export.kind_of(path))))

    def save_numbers(self, path: Path) -> None:
        """Write every epoch's figures to ``path`` as CSV."""
        history = _frozen(self._history)

        def contents() -> bytes:
            from core.reports.export import history_csv

            return history_csv(history)

        self.submit(_written(path, contents))

    def copy_figure(self) -> None:
        """Put the figure on the clipboard."""
        contents = self._figure("png")

        def work(_stop: threading.Event, _progress: Progress) -> QImage:
            return QImage.fromData(contents())

        self.submit(work)

    def told(self, done: object) -> str:
        """What was written, or that the figure is on the clipboard, where it is put now."""
        if not isinstance(done, QImage):
            return super().told(done)
        QGuiApplication.clipboard().setImage(done)
        return self.tr("The figure is on the clipboard")

    def _figure(self, kind: str) -> Callable[[], bytes]:
        """What draws the figure as it is now, as a file of ``kind``."""
        history, options, words = _frozen(self._history), self._options, curve_text.words()

        def contents() -> bytes:
            from core.reports.plots.files import picture

            return picture(history, kind, options, words)

        return contents

    def _ask_figure(self) -> None:
        if path := self.ask_figure(self._name):
            self.save_figure(path)

    def _ask_numbers(self) -> None:
        if path := self.ask_numbers(self._name):
            self.save_numbers(path)


def _frozen(history: History) -> History:
    """One that does not grow while another thread draws it."""
    copied = copy(history)
    for name, value in vars(history).items():
        if isinstance(value, list | dict):
            setattr(copied, name, value.copy())
    return copied


def _written(path: Path, contents: Callable[[], bytes]) -> Work:
    def work(_stop: threading.Event, _progress: Progress) -> Path:
        run_export.put(path, contents())
        return path

    return work
