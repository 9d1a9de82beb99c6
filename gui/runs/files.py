"""Runs as files: listed, thrown away, saved as one file and opened from one.

The work runs off the window's thread. ``RunArchives`` asks for the file; ``told`` says what was
saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QMessageBox, QWidget

from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from core.runs import archive
from core.runs import list as run_list
from core.runs.archive import SUFFIX, Saved
from core.runs.places import BEST
from gui.base import words as base_words
from gui.base.ask import drop_icons
from gui.base.background import Latest, Work
from gui.session.session import Session


@dataclass(frozen=True)
class Thrown:
    """What became of runs that were to go to the trash: how many went, and what kept others."""

    count: int
    errors: tuple[ThawError, ...]


def listing(folder: Path) -> Work:
    """List the runs in ``folder``: a list of ``ListedRun``."""
    return lambda stop, _progress: run_list.of_folder(folder, stop)


def throw(directories: Sequence[Path]) -> Thrown:
    """Move runs to the trash."""
    count, errors = 0, []
    for one in directories:
        try:
            run_list.move_to_trash(one)
            count += 1
        except ThawError as error:
            errors.append(error)
    return Thrown(count, tuple(errors))


class RunArchives(QObject):
    """Asks with the system's dialogs; reads and writes in the background.

    Signals: ``opened`` with the new directory of a run; ``saved`` with what was written;
    ``failed`` with a ``ThawError``.
    """

    opened = Signal(object)
    saved = Signal(object)
    failed = Signal(object)

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._save = Latest(self)
        self._open = Latest(self, self._save)
        self._save.done.connect(self.saved)
        self._open.done.connect(self.opened)
        for job in (self._save, self._open):
            job.failed.connect(self.failed)

    def open(self, path: Path) -> None:
        """Add the run in the file ``path`` to the runs."""
        self._open.call(archive.open_archive, path, self._session.settings.runs_folder)

    def save(self, directory: Path, path: Path, weights: bool) -> None:
        """Write the run in ``directory`` to the file ``path``."""
        self._save.call(partial(archive.save, directory, path, weights=weights))

    def ask_open(self) -> None:
        """Ask for such a file and open it."""
        start = str(self._session.settings.browse_folder)
        title = self.tr("Open a run that was saved as one file")
        kinds = self.tr("Runs (*.zip)")  # a browser may have called it "run.thaw (1).zip"
        name, _ = QFileDialog.getOpenFileName(self._window, title, start, kinds)
        if name:
            self.open(Path(name))

    def ask_save(self, directory: Path) -> None:
        """Say what such a file holds, ask for its name, and write it."""
        box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("Save the run as one file"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        template = self.tr("Save {name} as one file, to be opened by Thaw on another machine?")
        name = run_list.read_label(directory).name or directory.name
        box.setText(fill(template, {"name": printable(name)}))
        box.setInformativeText(
            self.tr(
                "It holds the recipe, the curves, the predictions, your name and note for the run, "
                "what is known of this machine, and the names of the picture files, but no "
                "picture. Of folders it has the last name only, not the full path."
            )
        )
        weights = self._weights(directory)
        box.setCheckBox(weights)
        save = box.addButton(self.tr("Save…"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(save)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        drop_icons(box)
        save.clicked.connect(lambda: self._ask_file(directory, weights.isChecked()))
        box.open()

    def _weights(self, directory: Path) -> QCheckBox:
        """Whether the weights come along, and what that costs."""
        try:
            size = base_words.file_size((directory / BEST).stat().st_size)
        except OSError:
            box = QCheckBox(self.tr("With the weights: this run has none yet"))
            box.setEnabled(False)
            return box
        return QCheckBox(fill(self.tr("With the weights that it keeps ({size})"), {"size": size}))

    def _ask_file(self, directory: Path, weights: bool) -> None:
        start = self._session.settings.browse_folder / f"{directory.name}{SUFFIX}"
        title = self.tr("Save the run as one file")
        kinds = fill(self.tr("Runs (*{suffix})"), {"suffix": SUFFIX})
        name, _ = QFileDialog.getSaveFileName(self._window, title, str(start), kinds)
        if name:
            self.save(directory, Path(name), weights)


def told(saved: Saved) -> str:
    """What was written, and what it leaves out."""
    values = {"path": printable(str(saved.path)), "size": base_words.file_size(saved.size)}
    template = QCoreApplication.translate(
        "runs", "Saved {path} ({size}), without pictures and full paths of folders."
    )
    return fill(template, values)
