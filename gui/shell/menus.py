"""The menu bar: every action of the window with its keys, and the Help menu's two dialogs.

``UndoKeys`` gives Ctrl+Z to a text field first, and to the recipe where the field has nothing to
undo.
"""

from collections.abc import Callable, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMessageBox,
    QWidget,
)

from core.common.messages import fill
from core.runs.archive import Saved
from gui.base import theme
from gui.base.ask import drop_icons
from gui.base.words import say
from gui.runs import files as runs_files
from gui.runs.export import ExportMenu
from gui.runs.files import RunArchives
from gui.session.session import Session
from gui.shell import rail
from gui.shell.files import FileActions
from gui.train.actions import RunActions
from gui.train.replay import ReplayActions

translate = QCoreApplication.translate


def show_about(parent: QWidget) -> None:
    """What this is, its version, and where its network comes from."""
    title = say("help", "Thaw {version}", version=_version())
    body = translate(
        "help",
        "Point-and-click transfer learning on pictures. Everything runs on this machine, and "
        "nothing leaves it.\n\nThe network is VGG16 by Karen Simonyan and Andrew Zisserman "
        "(Visual Geometry Group, University of Oxford), its weights under CC BY 4.0. "
        "Thaw itself is under the MIT licence.",
    )
    _show(parent, translate("help", "About Thaw"), title, body)


def show_how_it_works(parent: QWidget) -> None:
    """Transfer learning in five steps."""
    body = translate(
        "help",
        "1  Data: open a folder with one subfolder of pictures per class. Some pictures are "
        "set aside for validation: they never train, they only check.\n\n"
        "2  Augment: random changes, such as a rotation, make more of few pictures. Watch that "
        "they don't change what a picture means.\n\n"
        "3  Model: VGG16 has learned to see from more than a million pictures. A frozen block "
        "keeps what it has learned, a thawed one learns on. A new head tells your classes "
        "apart.\n\n"
        "4  Train: first the head alone, with everything frozen; then the thawed blocks too, "
        "carefully.\n\n"
        "5  Results: how many validation pictures are right, which are not, and what the "
        "network says about any other picture.",
    )
    how = translate("help", "How it works")
    _show(parent, how, translate("help", "Transfer learning in five steps"), body)


def _version() -> str:
    try:
        return metadata.version("thaw")
    except metadata.PackageNotFoundError:  # a source tree that was never installed
        return ""


def _show(parent: QWidget, window_title: str, title: str, body: str) -> None:
    box = QMessageBox(parent)
    box.setWindowTitle(window_title)
    box.setIconPixmap(theme.app_icon().pixmap(QSize(64, 64)))
    box.setText(title)
    box.setInformativeText(body)
    box.setStandardButtons(QMessageBox.StandardButton.Close)
    drop_icons(box)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


_KEYS = QKeySequence.StandardKey


class Menus(QObject):
    """Fills a window's menu bar and keeps its actions fit for the session's state.

    ``files`` are the File menu's dialogs. Signals: ``step_asked(str)``, ``path_chosen(Path)``,
    ``rail_folded(bool)``, ``failed(ThawError)``.
    """

    step_asked = Signal(str)
    path_chosen = Signal(object)
    rail_folded = Signal(bool)
    failed = Signal(object)

    def __init__(self, window: QMainWindow, session: Session, archives: RunArchives) -> None:
        super().__init__(window)
        self._window, self._session, self._archives = window, session, archives
        self.files = FileActions(window, session)
        self._recent = QMenu(self.tr("&Recent folders"), window)
        self._recent.aboutToShow.connect(self._fill_recent)
        self._replays = ReplayActions(session, window, with_keys=True)
        self._file_menu()
        self._edit_menu()
        self._run_menu()
        self._view_menu()
        self._help_menu()
        session.choices_changed.connect(self.refresh)
        session.dataset_changed.connect(self.refresh)
        session.run_created.connect(self.refresh)
        session.run_shown.connect(self.refresh)
        session.replay.began.connect(partial(self.step_asked.emit, "train"))
        session.replay.failed.connect(self.failed)
        self.refresh()

    def set_step(self, step: str) -> None:
        """Mark the step that is shown."""
        self._steps[step].setChecked(True)

    def set_rail_collapsed(self, collapsed: bool) -> None:
        """Mark whether the rail is to show icons only."""
        self._collapse.setChecked(collapsed)

    # -- the menus --------------------------------------------------------------------------

    def _file_menu(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&File"))
        files = self.files
        self._add(menu, self.tr("&Open folder…"), files.ask_folder, _KEYS.Open, "folder")
        self._add(menu, self.tr("Try the &sample"), files.open_sample, icon="sample")
        menu.addMenu(self._recent)
        menu.addSeparator()
        self._add(menu, self.tr("Open r&ecipe…"), files.ask_recipe, "Ctrl+Shift+O", "open")
        self._add(menu, self.tr("S&ave recipe…"), files.save_recipe, _KEYS.Save, "save")
        menu.addSeparator()
        archives = self._archives
        self._add(menu, self.tr("Open a run &file…"), archives.ask_open)
        self._archive = self._add(menu, self.tr("Save run as one fi&le…"), self._save_run)
        archives.failed.connect(self.failed)
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
        copy = self.files.copy_command
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
        self._earlier = self._add(menu, self.tr("Open an &earlier run…"), self.files.ask_run)
        words = self.tr("&Open the run's folder")
        self._run_folder = self._add(menu, words, self.files.show_run_folder, icon="folder")
        self._export = ExportMenu(self._window)
        self._export.exported.connect(self.files.tell)
        self._export.failed.connect(self.failed)
        menu.addMenu(self._export)

    def _view_menu(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&View"))
        group = QActionGroup(self)
        self._steps: dict[str, QAction] = {}
        for number, step in enumerate(rail.STEPS, start=1):
            words = fill(
                self.tr("&{number} {name}"), {"number": number, "name": rail.step_title(step)}
            )
            show = partial(self.step_asked.emit, step)
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
        show = partial(show_how_it_works, self._window)
        self._add(menu, self.tr("&How it works"), show, "F1", "info")
        menu.addActions([self._replays.run, self._replays.experiment])
        show = partial(show_about, self._window)
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

    def refresh(self) -> None:
        """Render the session's present state."""
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
            self._archives.ask_save(self._session.run.directory)

    def _tell_saved(self, saved: Saved) -> None:
        self.files.tell(runs_files.told(saved))

    def _fold_rail(self) -> None:
        self.rail_folded.emit(self._collapse.isChecked())

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
        self._add(self._recent, words, partial(self.path_chosen.emit, folder))


class UndoKeys(QObject):
    """Keeps a focused text field from swallowing undo and redo that it cannot use itself.

    A ``QLineEdit`` claims those keys whether or not it has anything to undo, so the window's
    shortcuts would never hear them. The filter sits on the focused field only.
    """

    def __init__(self, app: QApplication, parent: QObject) -> None:
        super().__init__(parent)
        self._watched: list[QWidget] = []
        app.focusChanged.connect(self._focus_moved)

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        for widget in self._watched:
            widget.removeEventFilter(self)
        self._watched = []
        if isinstance(new, QLineEdit | QAbstractSpinBox):
            parent = new.parentWidget()
            self._watched = [new, parent] if isinstance(parent, QAbstractSpinBox) else [new]
        for widget in self._watched:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        field = QApplication.focusWidget()
        if isinstance(field, QAbstractSpinBox):
            field = field.lineEdit()
        if not isinstance(field, QLineEdit):
            return False
        keys = QKeySequence.StandardKey
        wasted = (event.matches(keys.Undo) and not field.isUndoAvailable()) or (
            event.matches(keys.Redo) and not field.isRedoAvailable()
        )
        if wasted:
            event.ignore()
        return wasted
