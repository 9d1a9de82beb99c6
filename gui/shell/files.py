"""What the File menu does: the dialogs that ask for a folder or a file, and what follows."""

from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMessageBox, QToolTip

from core.common.messages import ThawError, fill
from core.recipe import command
from gui.base import words as base_words
from gui.base.ask import drop_icons
from gui.recipe import files as recipe_files
from gui.runs.chooser import RunChooser
from gui.session.session import Session
from gui.shell.feature_cache import KeptDialog


class FileActions(QObject):
    """Asks with the system's own dialogs, above ``window``, and leaves what follows to it.

    Signals: ``folder_chosen(Path)``, ``recipe_chosen(Path)``, ``step_asked(str)``,
    ``failed(str)`` with what went wrong.
    """

    folder_chosen = Signal(object)
    recipe_chosen = Signal(object)
    step_asked = Signal(str)
    failed = Signal(str)

    def __init__(self, window: QMainWindow, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session

    def ask_folder(self) -> None:
        """Ask for a dataset folder and open it."""
        start = str(self._session.settings.browse_folder)
        title = self.tr("Open a folder with one subfolder per class")
        name = QFileDialog.getExistingDirectory(self._window, title, start)
        if name:
            self.folder_chosen.emit(Path(name))

    def open_sample(self) -> None:
        """Open the sample dataset."""
        self.step_asked.emit("data")
        self._session.open_sample()

    def ask_recipe(self) -> None:
        """Ask for a recipe file and take its recipe."""
        title, kinds = self.tr("Open a recipe"), self.tr("Recipes (*.json *.toml)")
        name, _ = QFileDialog.getOpenFileName(self._window, title, self._start(), kinds)
        if name:
            self.recipe_chosen.emit(Path(name))

    def save_recipe(self) -> None:
        """Ask for a file and write the chosen recipe to it."""
        start = str(Path(self._start()) / "recipe.json")
        title = self.tr("Save the recipe")
        kinds = ";;".join((self.tr("Recipes (*.json)"), self.tr("Recipes as TOML (*.toml)")))
        name, kind = QFileDialog.getSaveFileName(self._window, title, start, kinds)
        if not name:
            return
        path = Path(name)
        if path.suffix.lower() not in recipe_files.SUFFIXES:
            path = path.with_name(path.name + (".toml" if "*.toml" in kind else ".json"))
            if path.exists() and not self._may_replace(path):  # the dialog asked for another name
                return
        try:
            recipe_files.save(self._session.recipe, path)
        except ThawError as error:
            self.failed.emit(base_words.error_text(error))

    def copy_command(self) -> None:
        """Put the command line on the clipboard that trains what Train would train now, and say
        so for a while."""
        session = self._session
        if session.summary is None:
            return
        session.write_choices()  # the command reads what was decided about the pictures
        line = command.command(session.summary.folder, session.recipe)
        QGuiApplication.clipboard().setText(line)
        self.tell(fill(self.tr("Copied: {line}"), {"line": line}))

    def tell(self, text: str) -> None:
        """Show ``text`` under the menu bar for a while."""
        place = self._window.mapToGlobal(QPoint(20, self._window.menuBar().height()))
        QToolTip.showText(place, text, self._window)

    def ask_runs_folder(self) -> None:
        """Show where new runs go, and let another place be chosen."""
        box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("Runs folder"))
        box.setText(self.tr("New runs are kept in this folder:"))
        box.setInformativeText(str(self._session.settings.runs_folder))
        change = box.addButton(self.tr("Change…"), QMessageBox.ButtonRole.ActionRole)
        show = box.addButton(self.tr("Open"), QMessageBox.ButtonRole.ActionRole)
        close = box.addButton(QMessageBox.StandardButton.Close)
        box.setDefaultButton(QMessageBox.StandardButton.Close)
        box.setEscapeButton(close)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        change.clicked.connect(self._change_runs_folder)
        show.clicked.connect(lambda: self._show(self._session.settings.runs_folder))
        drop_icons(box)
        box.open()

    def ask_run(self) -> None:
        """Ask for an earlier run, of this machine's list or any folder, and show it, ready to go
        on."""
        chooser = RunChooser(self._session.settings.runs_folder, self._window, for_weights=False)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.chosen.connect(self._open_run)
        chooser.elsewhere.connect(self._ask_run_folder)
        chooser.open()

    def show_kept_features(self) -> None:
        """Show what is kept on disk for later runs, and let it be limited or deleted."""
        dialog = KeptDialog(self._session, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_run_folder(self) -> None:
        """Open the present run's folder in the system's file manager."""
        if self._session.run is not None:
            self._show(self._session.run.directory)

    def _ask_run_folder(self) -> None:
        title = self.tr("Open the folder of an earlier run")
        start = str(self._session.settings.runs_folder)
        if name := QFileDialog.getExistingDirectory(self._window, title, start):
            self._open_run(Path(name))

    def _open_run(self, directory: Path) -> None:
        self.step_asked.emit("train")
        self._session.show_run(directory)

    def _change_runs_folder(self) -> None:
        settings = self._session.settings
        title = self.tr("Where new runs go")
        name = QFileDialog.getExistingDirectory(self._window, title, str(settings.runs_folder))
        if name:
            settings.runs_folder = Path(name)

    def _may_replace(self, path: Path) -> bool:
        box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("Save the recipe"))
        box.setText(fill(self.tr("{name} is there already. Replace it?"), {"name": path.name}))
        replace = box.addButton(self.tr("Replace"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        drop_icons(box)
        box.exec()
        return box.clickedButton() is replace

    def _show(self, folder: Path) -> None:
        is_there = folder.is_dir()
        if not is_there or not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            template = (
                self.tr("No program opens folders here. The folder is {path}")
                if is_there
                else self.tr("There is no folder {path} yet")
            )
            self.failed.emit(fill(template, {"path": folder}))

    def _start(self) -> str:
        """Recipes are looked for beside the dataset folder, never inside it."""
        return str(self._session.settings.browse_folder)
