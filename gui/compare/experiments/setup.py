"""How large an experiment is to be, how long that takes, and Start or Stop."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.experiments.experiment import CUSTOM, Experiment
from core.experiments.kinds import FEWEST_EPOCHS, Fit
from core.recipe.config import LARGEST_IMAGE, SMALLEST_IMAGE
from gui.base import theme
from gui.base import words as base_words
from gui.controls.number_fields import NumberField
from gui.runs import experiments as experiment_words
from gui.session.session import Session

_MINUTES = 10
_FINE = 1000  # steps of the progress bar
_SOON_MILLISECONDS = 100


class ExperimentSetup(QWidget):
    """Shows the kind that is chosen, and what of it fits into the minutes. What a person types
    into a field stays; an empty one is chosen to fit."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._kind = ""
        self._fit: Fit | None = None
        self._named: dict[str, str] = {}
        self._running = ""
        self.title = QLabel()
        self.title.setFont(theme.heading_font())
        self.minutes = NumberField(_MINUTES, minimum=0.5, maximum=10_000, step=5)
        self.size_field = self._optional(minimum=SMALLEST_IMAGE, maximum=LARGEST_IMAGE, step=32)
        self.seeds = self._optional(minimum=1, maximum=20)
        self.epochs = self._optional(minimum=FEWEST_EPOCHS, maximum=200)
        self.estimate = QLabel(wordWrap=True)
        self.start = QPushButton(theme.icon("train"), self.tr("&Start"))
        self.progress = QProgressBar(textVisible=False, maximum=_FINE)
        self.progress.setFixedHeight(6)
        self.progress.setAccessibleName(self.tr("Progress of the experiment"))
        self.status = QLabel(wordWrap=True)
        self.status.setFont(theme.small_font())
        self.status.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._lay_out()
        self._connect()

    def _optional(self, *, minimum: int, maximum: int, step: int = 1) -> NumberField:
        return NumberField(integer=True, minimum=minimum, maximum=maximum, step=step, optional=True)

    def _lay_out(self) -> None:
        self._fields = QGridLayout()
        self._fields.setHorizontalSpacing(12)
        self._fields.setVerticalSpacing(2)
        self._labels: list[QLabel] = []
        for place, (words, field) in enumerate(
            (
                (self.tr("I have &minutes"), self.minutes),
                (self.tr("Si&ze in pixels"), self.size_field),
                (self.tr("Seeds"), self.seeds),
                (self.tr("&Epochs"), self.epochs),
            )
        ):
            label = QLabel(words)
            label.setFont(theme.small_font())
            label.setBuddy(field)
            field.setAccessibleName(words.replace("&", ""))
            self._fields.addWidget(label, 0, place)
            self._fields.addWidget(field, 1, place)
            self._labels.append(label)
        self._fields.setColumnStretch(4, 1)
        row = QHBoxLayout()
        row.addLayout(self._fields, 1)
        row.addWidget(self.start, 0, Qt.AlignmentFlag.AlignBottom)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.title)
        column.addLayout(row)
        column.addWidget(self.estimate)
        column.addWidget(self.progress)
        column.addWidget(self.status)

    def _connect(self) -> None:
        session, jobs = self._session, self._session.experiments
        for field in (self.minutes, self.size_field, self.seeds, self.epochs):
            field.value_changed.connect(self._refresh_soon)
            field.validity_changed.connect(self._refresh_soon)
        self.start.clicked.connect(self._clicked)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MILLISECONDS)
        self._soon.timeout.connect(self.refresh)
        for signal in (
            session.choices_changed,
            session.dataset_changed,
            session.engine_changed,
            session.training_started,
            session.training_finished,
            jobs.changed,
            jobs.queue_changed,
        ):
            signal.connect(self._refresh_soon)

    def _refresh_soon(self) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def show_kind(self, kind: str) -> None:
        """Offer another experiment."""
        self._kind = kind
        self.refresh()

    def show_running(self, experiment: Experiment) -> None:
        """Which is the one that runs, or will: its kind, and how its arms are called."""
        self._named = experiment_words.arm_titles(experiment)
        self._running = experiment.kind
        self.refresh()

    # -- rendering --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Render the session's present state."""
        jobs = self._session.experiments
        if jobs.is_running:
            self.title.setText(experiment_words.running(jobs.kind or self._running))
            self.estimate.hide()
        else:
            self.title.setText(experiment_words.title(self._kind))
            self._show_fit()
        self._show_fields()
        self.progress.setVisible(jobs.is_running)
        self.progress.setValue(round(jobs.share * _FINE))
        self._show_status()
        self._show_buttons()

    def _show_fields(self) -> None:
        """None while one runs, for which it is too late; of a queue the recipes say the others."""
        fields = (self.minutes, self.size_field, self.seeds, self.epochs)
        is_idle = not self._session.experiments.is_running
        for label, field in zip(self._labels, fields, strict=True):
            for widget in (label, field):
                widget.setVisible(is_idle and (field is self.seeds or self._kind != CUSTOM))

    def _show_fit(self) -> None:
        minutes = float(self.minutes.value or _MINUTES)
        given = (self.size_field.value, self.seeds.value, self.epochs.value)
        size, seeds, epochs = (int(one) if one is not None else None for one in given)
        if size is not None:
            size = max(SMALLEST_IMAGE, size // 32 * 32)
        self._fit = self._session.experiments.fit(self._kind, minutes, size, seeds, epochs)
        self.estimate.setText(experiment_words.expected(self._kind, self._fit, minutes))
        self.estimate.setVisible(bool(self.estimate.text()))
        if self._fit is not None:
            for field, value in (
                (self.size_field, self._fit.size),
                (self.seeds, self._fit.seeds),
                (self.epochs, self._fit.epochs),
            ):
                field.setPlaceholderText(str(value))

    def _show_status(self) -> None:
        jobs = self._session.experiments
        words = ""
        if jobs.is_running:
            words = experiment_words.progress(jobs, self._named)
        elif jobs.error is not None:
            words = base_words.error_text(jobs.error) + "."
        elif jobs.finished is not None and jobs.finished.outcome == "failed":
            words = base_words.translate(jobs.finished.code, jobs.finished.values) + "."
        elif self._why_not():
            words = self._why_not()
        elif jobs.finished is not None and jobs.finished.outcome == "stopped":
            words = experiment_words.ended(jobs) + "."
        self.status.setText(words)
        self.status.setVisible(bool(words))

    def _why_not(self) -> str:
        jobs = self._session.experiments
        error = jobs.why_not(self._kind)
        if error is not None:
            return base_words.error_text(error) + "."
        if self._kind == CUSTOM and not jobs.queue:
            return self.tr("The queue is empty: “Add to queue” in the Run menu puts a recipe in.")
        return "" if self._fit is not None else self.tr("The machine is being measured…")

    def _show_buttons(self) -> None:
        jobs = self._session.experiments
        if jobs.is_running:
            self.start.setText(self.tr("Stopping…") if jobs.is_stopping else self.tr("&Stop"))
            self.start.setIcon(theme.icon("stop"))
            self.start.setEnabled(not jobs.is_stopping)
        else:
            self.start.setText(self.tr("&Start"))
            self.start.setIcon(theme.icon("train"))
            self.start.setEnabled(not self._why_not())
        self.start.setToolTip(
            self.tr("Ends it; all that was trained is kept, and it can go on later")
            if jobs.is_running
            else self._why_not()
        )

    def _clicked(self) -> None:
        jobs = self._session.experiments
        if jobs.is_running:
            jobs.stop()
        elif self._fit is not None:
            jobs.start(self._kind, self._fit)
