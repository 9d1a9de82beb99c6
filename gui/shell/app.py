"""From the process's start to a window on screen: the application, and what it opens first.

``GarbageCollector`` collects reference cycles on the window's thread alone.
"""

import gc
import importlib.util
import logging
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QTimer, QTranslator
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from core.common.messages import ThawError
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from gui.base import theme
from gui.session.engine import EngineState
from gui.session.session import Session
from gui.session.settings import Settings
from gui.shell.end_notice import EndNotice
from gui.shell.unexpected import UnexpectedErrors
from gui.shell.window import MainWindow
from resources import TRANSLATIONS

_MILLISECONDS = 250


class GarbageCollector(QObject):
    """Takes Python's cyclic garbage collection over, at the same thresholds as Python's own.

    Python collects in whatever thread happens to allocate. If that is a worker, a forgotten
    ``QTimer`` or widget is destroyed in the wrong thread, and the next event sent to it
    crashes the process (seen: a segmentation fault in ``QTimerInfoList::activateTimers``).
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=_MILLISECONDS)
        self._timer.timeout.connect(self.check)
        self._timer.start()

    def check(self) -> None:
        """Collect the oldest generation that is due."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return

    def wait(self) -> None:
        """Collect nothing until ``forget_what_stays``: a scan makes hundreds of thousands of
        objects that stay, and looking through them again and again is felt. What is garbage
        already is collected now, so that it isn't taken for what stays."""
        if self._timer.isActive():
            gc.collect()
            self._timer.stop()

    def forget_what_stays(self) -> None:
        """Never look at the present objects again: modules' own live as long as the process,
        and PyTorch brings so many that looking through them is felt. What has no cycle goes as
        ever when nobody holds it."""
        gc.freeze()
        self._timer.start()


_FONT_POINTS = 10
_LISTEN_MILLISECONDS = 200


@dataclass(frozen=True)
class Options:
    """What the command line asks of the window. ``changes`` are (key, value) of a recipe."""

    sample: bool = False
    scheme: theme.Scheme | None = None
    size: tuple[int, int] | None = None
    changes: tuple[tuple[str, object], ...] = ()


def run(options: Options) -> int:
    """Show the window until it is closed; the process's exit status."""
    app = make_application()
    session = make_session(app)
    theme.apply(app, options.scheme or session.settings.theme)
    app.styleHints().colorSchemeChanged.connect(
        # the palette follows the system's scheme a moment after the signal
        lambda _: QTimer.singleShot(0, app, lambda: theme.outline_boxes(app))
    )
    errors = UnexpectedErrors(app)
    errors.install()
    window = MainWindow(session)
    if options.size is not None:
        window.resize(*options.size)
        window.move(window.screen().availableGeometry().topLeft())
    window.painted.connect(lambda: begin(window, session, options))
    EndNotice(window, session)
    heed_interrupts(app, window.close_after_run)
    window.show()
    status = app.exec()
    session.close()
    return status


def make_application() -> QApplication:
    """The one ``QApplication``, named, translated, with a font and the icon."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["thaw"])
    app.setOrganizationName("Thaw")
    app.setApplicationName("Thaw")
    app.setApplicationDisplayName("Thaw")
    app.setDesktopFileName("thaw")
    choose_locale()
    translate(app)
    ensure_font(app)
    app.setWindowIcon(theme.app_icon())
    return app


def make_session(app: QApplication) -> Session:
    """The person's own session, its garbage collected on the window's thread."""
    session = Session(Settings())
    garbage = GarbageCollector(app)

    def forget_torch() -> None:
        if session.engine.state is EngineState.READY:
            garbage.forget_what_stays()

    session.engine.changed.connect(forget_torch)
    session.scan_started.connect(garbage.wait)
    session.dataset_changed.connect(garbage.forget_what_stays)
    session.scan_failed.connect(garbage.forget_what_stays)
    return session


def begin(window: MainWindow, session: Session, options: Options) -> None:
    """What follows once the window is on screen: load torch, open the pictures."""
    session.engine.start()
    window.unfinished.look()
    if options.changes:
        apply_when_open(window, session, options.changes)
    recent = [folder for folder in session.settings.recent_folders if os.path.isdir(folder)]
    if options.sample or not recent:
        session.open_sample()
    else:
        session.open_folder(recent[0])


def apply_when_open(
    window: MainWindow, session: Session, changes: Sequence[tuple[str, object]]
) -> None:
    """Make ``changes`` to the recipe that comes with the first folder opened."""

    def apply() -> None:
        if session.summary is None:
            return
        session.dataset_changed.disconnect(apply)
        try:
            session.begin_with(changed(session.recipe, changes))
        except ThawError as error:
            window.show_error(error)

    session.dataset_changed.connect(apply)


def changed(recipe: RunConfig, changes: Sequence[tuple[str, object]]) -> RunConfig:
    """``recipe`` with each change made, in order. Raises ``InputError``."""
    for key, value in changes:
        recipe = recipes.changed(recipe, key, value)
    return recipe


def choose_locale() -> None:
    """Where the system names no language, write numbers the English way, digits grouped."""
    if QLocale().language() == QLocale.Language.C:
        QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))


def translate(app: QApplication, locale: QLocale | None = None) -> None:
    """Load the window's and Qt's own words in the locale's language, where they are there."""
    locale = locale or QLocale()
    qt_words = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, folder in (("qtbase", qt_words), ("thaw", str(TRANSLATIONS))):
        translator = QTranslator(app)
        if translator.load(locale, name, "_", folder):
            app.installTranslator(translator)


def ensure_font(app: QApplication) -> None:
    """Where Qt finds no font at all, take the one that matplotlib brings along."""
    if QFontDatabase.families():
        return
    for file in _matplotlib_fonts():
        QFontDatabase.addApplicationFont(str(file))
    families = QFontDatabase.families()
    if "DejaVu Sans" in families:
        app.setFont(QFont("DejaVu Sans", _FONT_POINTS))
    elif families:
        app.setFont(QFont(families[0], _FONT_POINTS))


def _matplotlib_fonts() -> list[Path]:
    spec = importlib.util.find_spec("matplotlib")  # finds the package, imports nothing
    if spec is None or spec.origin is None:
        return []
    fonts = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    return sorted(fonts.glob("DejaVuSans*.ttf"))


def heed_interrupts(parent: QObject, stop: Callable[[], None]) -> None:
    """Call ``stop`` at Ctrl+C, or when the system asks the process to end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop())
    # Python runs a signal's handler only between its own instructions: give it some.
    timer = QTimer(parent, interval=_LISTEN_MILLISECONDS)
    timer.timeout.connect(lambda: None)
    timer.start()


def start_logging() -> None:
    """Warnings and errors go to stderr."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
