"""The menu bar: every action of the window, with its keys."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QToolTip

from core.common.messages import fill
from core.runs.archive import Saved
from gui.base import theme
from gui.runs import files as runs_files
from gui.runs.export import ExportMenu
from gui.session.session import Session
from gui.shell import help_dialogs, steps
from gui.shell.files import FileActions
from gui.train.actions import RunActions
from gui.train.replay import ReplayActions

if TYPE_CHECKING:
    from gui.shell.window import MainWindow

_KEYS = QKeySequence.StandardKey


class Menus(QObject):
    """Fills a window's menu bar and keeps its actions fit for the session's state."""

    def __init__(self, window: "MainWindow", session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self._files = FileActions(window, session)
        self._recent = QMenu(self.tr("&Recent folders"), window)
        self._recent.aboutToShow.connect(self._fill_recent)
        self._replays = ReplayActions(session, window, with_keys=True)
        self._file_menu()
        self._edit_menu()
        self._run_menu()
        self._view_menu()
        self._help_menu()
        session.choices_changed.connect(self._refresh)
        session.dataset_changed.connect(self._refresh)
        session.run_created.connect(self._refresh)
        session.run_shown.connect(self._refresh)
        window.run_bar.button_changed.connect(self._refresh)
        session.replay.began.connect(partial(window.show_step, "train"))
        session.replay.failed.connect(window.show_error)
        self._refresh()

    def set_step(self, step: str) -> None:
        """Mark the step that is shown."""
        self._steps[step].setChecked(True)

    def set_rail_collapsed(self, collapsed: bool) -> None:
        """Mark whether the rail is to show icons only."""
        self._collapse.setChecked(collapsed)

    # -- the menus --------------------------------------------------------------------------

    def _file_menu(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&File"))
        files = self._files
        self._add(menu, self.tr("&Open folder…"), files.ask_folder, _KEYS.Open, "folder")
        self._add(menu, self.tr("Try the &sample"), files.open_sample, icon="sample")
        menu.addMenu(self._recent)
        menu.addSeparator()
        self._add(menu, self.tr("Open r&ecipe…"), files.ask_recipe, "Ctrl+Shift+O", "open")
        self._add(menu, self.tr("S&ave recipe…"), files.save_recipe, _KEYS.Save, "save")
        menu.addSeparator()
        archives = self._window.archives
        self._add(menu, self.tr("Open a run &file…"), archives.ask_open)
        self._archive = self._add(menu, self.tr("Save run as one fi&le…"), self._save_run)
        archives.failed.connect(self._window.show_error)
        archives.saved.connect(self._tell_saved)
        menu.addSeparator()
        self._add(menu, self.tr("R&uns folder…"), files.ask_runs_folder)
        self._add(menu, self.tr("&Kept features…"), files.show_kept_features)
        menu.addSeparator()
        leave = self._add(menu, self.tr("&Quit"), self._window.close, "Ctrl+Q")
        leave.setMenuRole(QAction.MenuRole.QuitRole)

    def _edit_menu(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&Edit"))
        self._undo = self._add(menu, self.tr("&Undo"), self._session.undo, "Ctrl+Z", "undo")
        redo_keys = ["Ctrl+Y", "Ctrl+Shift+Z"]
        self._redo = self._add(menu, self.tr("&Redo"), self._session.redo, redo_keys, "redo")
        menu.addSeparator()
        copy = self._files.copy_command
        self._command = self._add(menu, self.tr("&Copy as command"), copy, "Ctrl+Shift+C")

    def _run_menu(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&Run"))
        menu.setToolTipsVisible(True)
        self._train = self._add(menu, self.tr("&Train"), self._start_training, "F5", "train")
        actions = RunActions(self._session, self._window, with_keys=True)
        menu.addActions([actions.go, actions.finish, actions.next_stage, actions.stop])
        menu.addSeparator()
        menu.addAction(actions.extend)
        menu.addSeparator()
        menu.addAction(self._replays.again)
        menu.addAction(actions.queue)
        menu.addSeparator()
        self._earlier = self._add(menu, self.tr("Open an &earlier run…"), self._files.ask_run)
        words = self.tr("&Open the run's folder")
        self._run_folder = self._add(menu, words, self._files.show_run_folder, icon="folder")
        self._export = ExportMenu(self._window)
        self._export.exported.connect(self._files.tell)
        self._export.failed.connect(self._window.show_error)
        menu.addMenu(self._export)

    def _view_menu(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&View"))
        group = QActionGroup(self)
        self._steps: dict[str, QAction] = {}
        for number, step in enumerate(steps.STEPS, start=1):
            words = fill(self.tr("&{number} {name}"), {"number": number, "name": steps.title(step)})
            show = partial(self._window.show_step, step)
            action = self._add(menu, words, show, f"Ctrl+{number}", checkable=True)
            group.addAction(action)
            self._steps[step] = action
        menu.addSeparator()
        self._theme_menu(menu.addMenu(self.tr("&Theme")))
        words = self.tr("Show &icons only in the rail")
        self._collapse = self._add(menu, words, self._fold_rail, "Ctrl+B", checkable=True)
        words = self.tr("&Full screen")
        self._full = self._add(menu, words, self._fill_screen, "F11", checkable=True)
        menu.aboutToShow.connect(lambda: self._full.setChecked(self._window.isFullScreen()))

    def _theme_menu(self, menu: QMenu) -> None:
        group = QActionGroup(self)
        words = {
            "system": self.tr("As the &system"),
            "light": self.tr("&Light"),
            "dark": self.tr("&Dark"),
        }
        for scheme in theme.SCHEMES:
            choose = partial(self._choose_theme, scheme)
            action = self._add(menu, words[scheme], choose, checkable=True)
            action.setChecked(scheme == self._session.settings.theme)
            group.addAction(action)

    def _help_menu(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&Help"))
        show = partial(help_dialogs.show_how_it_works, self._window)
        self._add(menu, self.tr("&How it works"), show, "F1", "info")
        menu.addActions([self._replays.run, self._replays.experiment])
        show = partial(help_dialogs.show_about, self._window)
        about = self._add(menu, self.tr("&About Thaw"), show, icon="thaw")
        about.setMenuRole(QAction.MenuRole.AboutRole)

    def _add(
        self,
        menu: QMenu,
        words: str,
        act: Callable[[], object],
        keys: QKeySequence.StandardKey | str | Sequence[str] = "",
        icon: str = "",
        checkable: bool = False,
    ) -> QAction:
        action = QAction(words, menu)
        if isinstance(keys, QKeySequence.StandardKey):
            action.setShortcuts(keys)
        else:
            texts = [keys] if isinstance(keys, str) else keys
            action.setShortcuts([QKeySequence(one) for one in texts if one])
        if icon:
            action.setIcon(theme.icon(icon))
        action.setCheckable(checkable)
        action.triggered.connect(lambda _checked=False: act())
        menu.addAction(action)
        return action

    # -- state and actions ------------------------------------------------------------------

    def _refresh(self) -> None:
        session = self._session
        self._undo.setEnabled(session.can_undo)
        self._redo.setEnabled(session.can_redo)
        can_train = not session.is_training and session.why_not_trainable() is None
        self._train.setEnabled(can_train)
        self._run_folder.setEnabled(session.run is not None)
        self._export.set_runs([session.run.directory] if session.run is not None else [])
        self._archive.setEnabled(session.run is not None and not session.is_training)
        tip = self.tr("Shows how a run went, and lets it go on")
        if session.is_training:
            tip = self.tr("An earlier run can be opened once this one has ended")
        self._earlier.setEnabled(not session.is_training)
        self._earlier.setToolTip(tip)
        self._command.setEnabled(session.summary is not None)

    def _start_training(self) -> None:
        self._session.start_training()

    def _save_run(self) -> None:
        if self._session.run is not None:
            self._window.archives.ask_save(self._session.run.directory)

    def _tell_saved(self, saved: Saved) -> None:
        place = self._window.mapToGlobal(QPoint(20, self._window.menuBar().height()))
        QToolTip.showText(place, runs_files.told(saved), self._window)

    def _fold_rail(self) -> None:
        self._window.set_rail_collapsed(self._collapse.isChecked())

    def _fill_screen(self) -> None:
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _choose_theme(self, scheme: theme.Scheme) -> None:
        self._session.settings.theme = scheme
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, scheme)

    def _fill_recent(self) -> None:
        self._recent.clear()
        folders = self._session.settings.recent_folders
        for number, folder in enumerate(folders, start=1):
            self._add_recent(number, folder)
        self._recent.addSeparator()
        clear = self._add(
            self._recent, self.tr("&Forget these folders"), self._session.settings.clear_recent
        )
        clear.setEnabled(bool(folders))

    def _add_recent(self, number: int, folder: Path) -> None:
        shown = str(folder).replace("&", "&&")
        words = f"&{number} {shown}" if number < 10 else shown
        self._add(self._recent, words, partial(self._window.open_path, folder))
