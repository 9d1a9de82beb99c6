"""Finds a learning rate for a stage: the curve, the suggestion, and the button that applies it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.model.weights import download as weight_download
from core.recipe.files import RecipeError
from core.training import rates
from core.training.rate_curve import HIGHEST, LOWEST, STEPS
from gui.base import words as base_words
from gui.base.ask import drop_icons
from gui.controls.inputs import QuietComboBox
from gui.controls.labels import AdviceLine
from gui.model.download import DownloadDialog
from gui.model.rate_canvas import RateCanvas, rate_text
from gui.session.session import Session
from gui.train.curve_text import stage as stage_text

_WIDTH, _HEIGHT = 720, 560


class RateFinderDialog(QDialog):
    """Tries rates on a network of its own, in the background; closing it stops that.

    Nothing of the recipe changes but by Apply, and that can be undone.
    """

    def __init__(self, session: Session, stage: int = 0, parent: QWidget | None = None) -> None:
        """``stage`` (from 0) is chosen at first."""
        super().__init__(parent)
        self._session, self._jobs = session, session.rates
        self.setWindowTitle(self.tr("Find a learning rate"))
        self.why = _sentence(self._about())
        self.stages = QuietComboBox()
        self.start_button = QPushButton(self.tr("Start"))
        self.canvas = RateCanvas()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Steps made"))
        self.state = QLabel()
        self.answer = _sentence("")
        self.note = AdviceLine()
        self.problem = AdviceLine()
        self.apply_button = QPushButton(self.tr("Apply"))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.download: DownloadDialog | None = None
        self._fill_stages(stage)
        self._lay_out()
        drop_icons(self)
        self._connect()
        self._jobs.forget()
        self.refresh()

    def _fill_stages(self, chosen: int) -> None:
        recipe = self._session.recipe
        for number, one in enumerate(recipe.stages, 1):
            name = stage_text(number, one.thawed, recipe.model.depth)[0]
            self.stages.addItem(name[:1].upper() + name[1:])
        self.stages.setCurrentIndex(min(chosen, len(recipe.stages) - 1))
        self.stages.setAccessibleName(self.tr("Stage"))

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.stages, 1)
        top.addWidget(self.start_button)
        for one in (self.bar, self.state):  # the curve must not jump
            policy = one.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            one.setSizePolicy(policy)
        progress = QHBoxLayout()
        progress.addWidget(self.bar, 1)
        progress.addWidget(self.state)
        bottom = QHBoxLayout()
        bottom.addWidget(self.answer, 1)
        bottom.addWidget(self.apply_button)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.why)
        column.addLayout(top)
        column.addWidget(self.canvas, 1)
        column.addLayout(progress)
        column.addLayout(bottom)
        for part in (self.note, self.problem, self.buttons):
            column.addWidget(part)
        self.start_button.setDefault(True)
        self.apply_button.setAutoDefault(False)
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.resize(_WIDTH, _HEIGHT)

    def _connect(self) -> None:
        self.start_button.clicked.connect(self._start_or_stop)
        self.stages.currentIndexChanged.connect(lambda _index: self._jobs.forget())
        self.apply_button.clicked.connect(self._apply)
        self.buttons.rejected.connect(self.reject)
        session = self._session
        for signal in (
            self._jobs.changed,
            session.choices_changed,
            session.dataset_changed,
            session.engine_changed,
            session.training_started,
            session.training_finished,
        ):
            signal.connect(self.refresh)

    @property
    def stage(self) -> int:
        """The chosen stage, from 0."""
        return self.stages.currentIndex()

    @property
    def is_busy(self) -> bool:
        """Whether rates are being tried."""
        return self._jobs.is_busy

    # -- what is done -----------------------------------------------------------------------

    def _start_or_stop(self) -> None:
        if self._jobs.is_busy:
            self._jobs.stop()
            self._say_stopped()
        elif weight_download.is_missing(self._session.recipe.model):
            self._offer_download()
        else:
            self._start()

    def _offer_download(self) -> None:
        dialog = DownloadDialog(self._session, self._session.recipe.model.weights, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._forget_download)
        dialog.ready.connect(self._start)
        self.download = dialog
        dialog.open()

    def _forget_download(self) -> None:
        self.download = None

    def _start(self) -> None:
        self._jobs.start(self.stage)

    def _apply(self) -> None:
        found = self._jobs.found
        if found is None or found.rate is None:
            return
        try:
            self._session.change(f"stages.{found.stage - 1}.learning_rate", found.rate)
        except RecipeError as error:
            self.problem.show_words(base_words.error_text(error), "wrong")

    def done(self, result: int) -> None:
        """Close; what is under way is stopped."""
        self._jobs.stop()
        super().done(result)

    # -- what is shown ----------------------------------------------------------------------

    def refresh(self) -> None:
        """Render what the jobs and the session hold now."""
        if self.stage >= len(self._session.recipe.stages):
            self.reject()  # another recipe came: nothing here is about it
            return
        jobs = self._jobs
        suggested = jobs.found.rate if jobs.found else None
        self.canvas.show_curve(jobs.tried, self._present(), suggested)
        self._show_progress()
        self._show_result()
        why_not = self._why_not()
        self.start_button.setText(self.tr("Stop") if jobs.is_busy else self.tr("Start"))
        self.start_button.setEnabled(jobs.is_busy or not why_not)
        self.stages.setEnabled(not jobs.is_busy)
        error = base_words.error_text(jobs.error) if jobs.error else ""
        self.problem.show_words(error or why_not, "wrong" if error else "plain")

    def _present(self) -> float:
        return rates.learning_rates(self._session.recipe, self.stage)[0]

    def _why_not(self) -> str:
        """What keeps rates from being tried, "" if nothing."""
        if self._session.is_training:
            return self.tr("A run trains: rates can be tried once it has ended.")
        error = self._session.why_not_trainable()
        return base_words.error_text(error) if error else ""

    def _show_progress(self) -> None:
        jobs = self._jobs
        for part in (self.bar, self.state):
            part.setVisible(jobs.is_busy)
        steps = jobs.tried[-1].steps if jobs.tried else STEPS
        self.bar.setRange(0, steps if jobs.tried or jobs.features else 0)
        self.bar.setValue(len(jobs.tried))
        words, values = self.tr("preparing…"), {"step": len(jobs.tried), "steps": steps}
        if jobs.tried:
            words = self.tr("step {step} of {steps}")
        elif jobs.features is not None:
            words = self.tr("frozen blocks: {done} of {total} pictures")
            values = {"done": jobs.features.done, "total": jobs.features.total}
        self.state.setText(fill(words, values))

    def _show_result(self) -> None:
        found, present = self._jobs.found, self._present()
        values = {"stage": self.stage + 1, "present": rate_text(present)}
        if found is None:
            template = self.tr("The learning rate of stage {stage} is {present} now.")
        elif found.rate is None:
            template = self.tr(
                "The loss fell at no rate, so that none can be suggested. The learning rate of "
                "stage {stage} stays {present}."
            )
        elif found.rate == present:
            template = self.tr("The learning rate of stage {stage} is {present}, as suggested.")
        else:
            values["rate"] = rate_text(found.rate)
            template = self.tr("Suggested for stage {stage}: {rate}. Now it is {present}.")
        self.answer.setText(fill(template, values))
        can_apply = found is not None and found.rate not in (None, present)
        self.apply_button.setEnabled(can_apply)
        note = ""
        if found is not None and found.from_start:
            note = base_words.translate("rate_from_start", {"stage": found.stage}) + "."
        self.note.show_words(note)

    def _say_stopped(self) -> None:
        self.answer.setText(self.tr("Stopped: from a part of the curve nothing is suggested."))

    def _about(self) -> str:
        template = self.tr(
            "{steps} steps are made on a copy while the rate grows from {low} to {high}. A good "
            "rate is one at which the loss falls fast. The recipe and your runs stay as they are."
        )
        values = {"steps": STEPS, "low": rate_text(LOWEST), "high": rate_text(HIGHEST)}
        return fill(template, values)


def _sentence(words: str) -> QLabel:
    label = QLabel(words, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
