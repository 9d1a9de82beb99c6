"""The bar along the bottom: the recipe in one sentence, its time, and Train or Stop."""

from PySide6.QtCore import QCoreApplication, QSize, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from gui.augment import label_check as augment_label_check
from gui.base import theme
from gui.base.words import say
from gui.controls.labels import ElidedLabel
from gui.recipe import words as recipe_words
from gui.session.session import Session
from gui.train import words as train_words
from gui.train.actions import RunActions
from gui.train.status import RunMenuButton
from gui.train.words import progress_line, why_not

_BUTTON = QSize(132, 40)
_SMALL_BUTTON = QSize(36, 40)
_THIN = 4
_SOON_MILLISECONDS = 100
_FINE = 1000  # steps of the progress bar


class RunBar(QWidget):
    """Renders the session; its one button trains, or stops the run that trains. A small one
    beside it holds what else can be asked of a run.

    ``button_changed`` tells that what can be done has changed, for menus that offer the same.
    """

    button_changed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setAutoFillBackground(True)
        self.recipe = ElidedLabel(parent=self)
        self.recipe.setFont(theme.font(bold=True))
        self.status = ElidedLabel(parent=self)
        self.progress = QProgressBar(self, textVisible=False, maximum=_FINE)
        self.progress.setFixedHeight(_THIN)
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the page must not jump when a run starts
        self.progress.setSizePolicy(policy)
        self.progress.setAccessibleName(self.tr("Progress of the run"))
        self.button = QPushButton(self)
        self.button.setMinimumSize(_BUTTON)
        self.button.setIconSize(QSize(20, 20))
        self.button.setFont(theme.heading_font())
        self.button.clicked.connect(self._clicked)
        self.more = RunMenuButton(RunActions(session, self), self)
        self.more.setFixedSize(_SMALL_BUTTON)
        self._lay_out()
        for signal in (
            session.choices_changed,
            session.dataset_changed,
            session.scan_started,
            session.scan_failed,
            session.engine_changed,
            session.training_started,
            session.training_stopping,
            session.training_steered,
            session.run_created,
            session.training_finished,
            session.meaning.changed,
        ):
            signal.connect(self.refresh)
        # Batches of kept features end many times a second: nobody reads that fast.
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MILLISECONDS)
        self._soon.timeout.connect(self.refresh)
        session.event_received.connect(self._refresh_soon)
        self.refresh()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(self.recipe)
        words.addWidget(self.status)
        words.addStretch(1)
        row = QHBoxLayout()
        row.setContentsMargins(14, 6, 10, 8)
        row.setSpacing(14)
        row.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        buttons.addWidget(self.more)
        buttons.addWidget(self.button)
        row.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.progress)
        layout.addLayout(row)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.drawLine(0, 0, self.width(), 0)

    def _refresh_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        """Render the session's present state."""
        session = self._session
        self.recipe.set_text(recipe_line(session))
        status, advice = status_line(session), warning(session)
        self.status.set_text(status, tip=f"{status}\n{advice}" if advice else "")
        share = train_words.progress_of(session).share if session.is_training else 0.0
        self.progress.setValue(round(share * _FINE))
        self.progress.setVisible(session.is_training)
        self._render_button()

    def _render_button(self) -> None:
        session = self._session
        if session.is_training:
            words, icon, enabled = self.tr("Stop"), "stop", not session.is_stopping
            if session.is_stopping:
                words = self.tr("Stopping…")
            tip = self.tr("Ends the run; what it learned is kept (Shift+F5)")
        else:
            words, icon = self.tr("Train"), "train"
            why = train_words.why_not(session)
            enabled, tip = not why, why or self.tr("Trains this recipe, as a new run (F5)")
        if (words, enabled) != (self.button.text(), self.button.isEnabled()):
            self.button.setText(words)
            self.button.setIcon(theme.icon(icon))
            self.button.setEnabled(enabled)
            self.button_changed.emit()
        self.button.setToolTip(tip)
        self.button.setAccessibleName(words)

    def _clicked(self) -> None:
        if self._session.is_training:
            self._session.stop_training()
        else:
            self._session.start_training()


translate = QCoreApplication.translate


def recipe_line(session: Session) -> str:
    """The sentence of the recipe that trains, or that Train would train."""
    running, started = session.running_recipe, session.history.started
    if running is None or session.run is None or started is None:
        return recipe_words.chosen(session)
    counts = started.train_images, started.validation_images
    return recipe_words.sentence(session.run.folder.name, *counts, running)


def status_line(session: Session) -> str:
    """The line under it: the time, the reason why Train can't, or the run's progress."""
    if session.is_training:
        return progress_line(session)
    return why_not(session) or _ready(session)


def _ready(session: Session) -> str:
    parts = [recipe_words.expected_time(session)]
    if pair := augment_label_check.in_use(session)[1]:
        parts.append(say("run", "augmentation may mix up {classes}", classes=pair))
    return recipe_words.SEPARATOR.join(part for part in parts if part)


def warning(session: Session) -> str:
    """More about what the bar warns of, "" for nothing."""
    return "" if session.is_training or why_not(session) else augment_label_check.in_use(session)[0]
