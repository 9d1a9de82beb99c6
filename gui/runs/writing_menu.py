"""A menu whose entries write files: it asks where to, and writes in the background."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from core.common.messages import fill
from core.dataset.folder import printable
from core.reports.export import FIGURES
from gui.base.background import Latest, Work, worker_pool


class WritingMenu(QMenu):
    """What a menu has in common that writes files.

    Signals: ``exported`` with a sentence of what was done; ``failed`` with a ``ThawError``.
    """

    exported = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = Path.home()
        self._jobs = Latest(worker_pool(self), self)
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

    def ask_figure(self, stem: str) -> Path | None:
        """Ask for a figure's file, ``stem`` its proposed name; None where the dialog was closed."""
        kinds = ";;".join(f"{one.upper()} (*.{one})" for one in FIGURES)
        return self.ask(self.tr("Save the figure"), stem, FIGURES, kinds)

    def ask_numbers(self, stem: str) -> Path | None:
        """The same for a table."""
        return self.ask(self.tr("Save the numbers"), stem, ("csv",), self.tr("Tables (*.csv)"))

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
