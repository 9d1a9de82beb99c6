"""What is on the curves' canvas as a file, or on the clipboard."""

import threading
from collections.abc import Callable
from copy import copy
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from core import files
from core.folders import printable
from core.history import History
from core.messages import ThawError, fill
from core.plots.run_options import CurveOptions
from gui.background import Latest, Progress, Work, worker_pool
from gui.widgets import curve_text

_FIGURES = ("png", "svg", "pdf")


class CurveExport(QMenu):
    """Draws the figure anew for paper, light and with a legend, in the background.

    Signals: ``exported`` with a sentence of what was done; ``failed`` with a ``ThawError``.
    """

    exported = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history, self._options = History(), CurveOptions()
        self._name = "curves"
        self._folder = Path.home()
        self._jobs = Latest(worker_pool(self), self)
        self._jobs.done.connect(self._done)
        self._jobs.failed.connect(self.failed)
        for words, act in (
            (self.tr("Save the &figure…"), self._ask_figure),
            (self.tr("&Copy the figure"), self.copy_figure),
            (self.tr("Save the &numbers as CSV…"), self._ask_numbers),
        ):
            self.addAction(words).triggered.connect(lambda _checked=False, act=act: act())
        self.set_source(self._history, self._options)

    @property
    def is_busy(self) -> bool:
        """Whether something is still being drawn or written."""
        return self._jobs.is_busy

    def set_source(self, history: History, options: CurveOptions, name: str = "") -> None:
        """Write this history, looked at in that way; ``name`` is proposed for files."""
        self._history, self._options = history, options
        self._name = name or "curves"
        for action in self.actions():
            action.setEnabled(history.started is not None)

    def save_figure(self, path: Path) -> None:
        """Write the figure to ``path``, as its suffix says."""
        history, options, words = _frozen(self._history), self._options, curve_text.words()

        def contents() -> bytes:
            from core.plots.run_picture import picture

            return picture(history, path.suffix.lower().removeprefix("."), options, words)

        self._jobs.submit(_written(path, contents))

    def save_numbers(self, path: Path) -> None:
        """Write every epoch's figures to ``path`` as CSV."""
        history = _frozen(self._history)

        def contents() -> bytes:
            from core.csv_export import history_csv

            return history_csv(history)

        self._jobs.submit(_written(path, contents))

    def copy_figure(self) -> None:
        """Put the figure on the clipboard."""
        history, options, words = _frozen(self._history), self._options, curve_text.words()

        def work(_stop: threading.Event, _progress: Progress) -> QImage:
            from core.plots.run_picture import picture

            return QImage.fromData(picture(history, "png", options, words))

        self._jobs.submit(work)

    def _ask_figure(self) -> None:
        kinds = ";;".join(f"{one.upper()} (*.{one})" for one in _FIGURES)
        if path := self._ask(self.tr("Save the figure"), kinds, _FIGURES):
            self.save_figure(path)

    def _ask_numbers(self) -> None:
        if path := self._ask(self.tr("Save the numbers"), "CSV (*.csv)", ("csv",)):
            self.save_numbers(path)

    def _ask(self, title: str, kinds: str, suffixes: tuple[str, ...]) -> Path | None:
        start = self._folder / f"{self._name}.{suffixes[0]}"
        name, chosen = QFileDialog.getSaveFileName(self.parentWidget(), title, str(start), kinds)
        if not name:
            return None
        path = Path(name)
        if path.suffix.lower().removeprefix(".") not in suffixes:
            suffix = chosen.rpartition("*.")[2].removesuffix(")") or suffixes[0]
            path = path.with_name(f"{path.name}.{suffix}")
        self._folder = path.parent
        return path

    def _done(self, made: object) -> None:
        if isinstance(made, QImage):
            QGuiApplication.clipboard().setImage(made)
            self.exported.emit(self.tr("The figure is on the clipboard"))
        else:
            words = fill(self.tr("Written: {path}"), {"path": printable(str(made))})
            self.exported.emit(words)


def _frozen(history: History) -> History:
    """One that does not grow while another thread draws it."""
    copied = copy(history)
    for name, value in vars(history).items():
        if isinstance(value, list | dict):
            setattr(copied, name, value.copy())
    return copied


def _written(path: Path, contents: Callable[[], bytes]) -> Work:
    def work(_stop: threading.Event, _progress: Progress) -> Path:
        try:
            files.replace(path, contents())
        except OSError as error:
            reason = error.strerror or str(error)
            raise ThawError("write_failed", path=str(path), reason=reason) from None
        return path

    return work
