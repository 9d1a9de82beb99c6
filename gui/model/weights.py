"""What the network starts with, and how much of it is kept."""

import os
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QRectF
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from core.common.messages import fill
from core.model.weights import download as weight_download
from core.model.weights.normalization import PUBLISHED
from core.recipe import vgg16
from core.recipe.config import ModelConfig, RunConfig
from core.runs.places import CONFIG
from gui.base import words as base_words
from gui.base.background import Latest, worker_pool
from gui.controls.labels import AdviceLine
from gui.controls.setting_fields import GROUP_GAP, LineChoice, SettingsPanel, field_column
from gui.model import weights_jobs, weights_words
from gui.model.depth_field import DepthField
from gui.model.depth_repair import DepthRepair
from gui.model.normalization import NormalizationField
from gui.model.weights_dialogs import WeightsDialogs
from gui.model.weights_file import WeightsFile
from gui.model.weights_jobs import LookedAt
from gui.model.weights_words import FILE, RUN, SUFFIXES
from gui.session.session import Session

MODEL = "model"
_COLUMNS = 2


class WeightsPanel(SettingsPanel):
    """Where the weights come from, what is known of them, and how many blocks are kept.

    Other weights are one change, of ``model`` as a whole, because a normalisation belongs to one
    file. A file is looked at before it is taken; one that can't be used changes nothing. It may
    be dropped on the panel.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(f"{MODEL}.", parent)
        self._session = session
        self._model = ModelConfig()
        self._looked: LookedAt | None = None
        self._candidate: Path | None = None
        self._pool = worker_pool(self)
        self._job = Latest(self._pool, self)
        self._job.done.connect(self._take)
        self._texts = weights_words.sources()
        settings = weights_words.settings()
        self.sources = LineChoice(
            [(name, one.name, one.words, one.about) for name, one in self._texts.items()], _COLUMNS
        )
        self.blocks = DepthField()
        self.normalization = NormalizationField()
        self.add_control("weights", settings["weights"], self.sources).changed.connect(self._choose)
        for name, control in (("normalization", self.normalization), ("depth", self.blocks)):
            field = self.add_control(name, settings[name], control)
            field.changed.connect(
                lambda value, name=name: self.changed.emit(f"model.{name}", value)
            )
        self.repair = DepthRepair(self)
        self.repair.repaired.connect(session.set_recipe)
        self.fields["depth"].column.addWidget(self.repair)
        self.blocks.value_changed.connect(self._offer_repair)
        self.about = QLabel(wordWrap=True)
        self.file = WeightsFile(self.fields["normalization"])
        self.file.other_asked.connect(lambda: self._choose(weights_words.source_of(self._model)))
        self.refusal = AdviceLine()
        self.published = QWidget(self)
        self.state = QLabel()
        self.download_button = QPushButton(self.tr("Download…"))
        self.dialogs = WeightsDialogs(session, self)
        self.dialogs.found.connect(self.look_at)
        self.dialogs.downloaded.connect(self._show_source)
        self.download_button.clicked.connect(lambda: self.dialogs.ask_download(self._model.weights))
        self._hovered = False
        self.setAcceptDrops(True)
        self._lay_out()

    def _lay_out(self) -> None:
        state = QHBoxLayout(self.published)
        state.setContentsMargins(0, 0, 0, 0)
        state.addWidget(self.state)
        state.addWidget(self.download_button)
        state.addStretch(1)
        columns = (
            (10, (self.fields["weights"], self.refusal)),
            (11, (self.about, self.file, self.published)),
            (6, (self.fields["depth"],)),
        )
        row = QHBoxLayout()
        row.setSpacing(GROUP_GAP)
        for share, parts in columns:
            row.addWidget(_column(parts), share)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row, 1)
        layout.addWidget(self.problem)

    # -- what is shown ----------------------------------------------------------------------

    def show_recipe(self, recipe: RunConfig, classes: int | None) -> None:
        """Show the weights and the depth of ``recipe``."""
        is_other = recipe.model.weights != self._model.weights
        self._model = recipe.model
        if is_other:
            self.refusal.show_words("")
            self.normalization.clear()
        for name, field in self.fields.items():
            field.set_value(getattr(recipe.model, name) if name != "weights" else self._source)
        self.clear_errors()
        self._show_source()
        if self.isVisible():
            self._look_again(only_if_unknown=True)

    def clear_errors(self) -> None:
        super().clear_errors()
        self.repair.hide()

    def show_error(self, key: str, sentence: str) -> None:
        super().show_error(key, sentence)
        if self.fields["depth"].error:
            self.repair.offer_again()

    def _offer_repair(self, depth: int) -> None:
        if self.fields["depth"].error:
            self.repair.offer(self._session.recipe, depth)

    @property
    def _source(self) -> str:
        return weights_words.source_of(self._model)

    @property
    def is_busy(self) -> bool:
        """Whether a file is being looked at."""
        return self._job.is_busy

    def _show_source(self) -> None:
        model, looked = self._model, self._known()
        self.about.setText(self._texts[self._source].about)
        self.about.setVisible(self._source != FILE)  # there is more to say of it
        self.file.setVisible(model.is_file)
        found = None
        if model.is_file:
            found = None if looked is None else looked.found
            self.normalization.suggest(None if found is None else found.suggestion)
            self.file.show_file(model, looked)
        self.blocks.set_most(vgg16.BLOCK_COUNT if found is None else found.depth)
        for name in PUBLISHED:
            words = self._state(name, self.tr("{size} to download"))
            self.sources.lines[name].words.set_text(words)
        self._show_published(model.weights if model.weights in PUBLISHED else None)

    def _show_published(self, name: str | None) -> None:
        self.published.setVisible(name is not None)
        if name is not None:
            words = self._state(name, self.tr("not downloaded yet: {size}"))
            self.state.setText(words[:1].upper() + words[1:])
            self.download_button.setVisible(weight_download.find(name) is None)

    def _state(self, name: str, template: str) -> str:
        """Whether published weights are on this machine; ``template`` says it of those that are
        not."""
        if weight_download.find(name) is not None:
            return self.tr("downloaded")
        return fill(template, {"size": base_words.file_size(PUBLISHED[name].bytes)})

    def _known(self) -> LookedAt | None:
        """What was found in the recipe's own file."""
        looked = self._looked
        is_it = looked is not None and looked.path == Path(self._model.weights)
        return looked if is_it else None

    # -- files ------------------------------------------------------------------------------

    def look_at(self, path: Path) -> None:
        """Look at the file, or the run, at ``path``, and take its weights if they can be used."""
        self._candidate = Path(os.path.abspath(path))
        self.refusal.show_words(fill(self.tr("Looking at {name}…"), {"name": path.name}))
        self._job.submit(weights_jobs.looking(self._candidate))

    def _look_again(self, only_if_unknown: bool = False) -> None:
        """Look at the recipe's own file, unless another one is being looked at."""
        is_known = only_if_unknown and (self._known() is not None or self._job.is_busy)
        if self._model.is_file and self._candidate is None and not is_known:
            self._job.submit(weights_jobs.looking(Path(self._model.weights)))

    def _take(self, looked: LookedAt) -> None:
        if self._candidate is None:
            self._looked = looked
        elif looked.error is not None:
            self._candidate = None
            self.refusal.show_words(weights_words.problem(looked.error), "wrong")
        else:
            self._candidate, self._looked = None, looked
            self.refusal.show_words("")
            self._use(looked)
        self._show_source()
        self._look_again(only_if_unknown=True)

    def _use(self, looked: LookedAt) -> None:
        """Let the recipe begin with a file. What was said of its normalisation stays, unless the
        file says it itself."""
        is_stated = looked.found is not None and looked.found.stated is not None
        is_changed = is_stated and self._model.normalization is not None
        if looked.path != Path(self._model.weights) or is_changed:
            self.changed.emit(MODEL, weights_words.changed(self._model, str(looked.path)))

    # -- what a person does -----------------------------------------------------------------

    def _choose(self, source: str) -> None:
        self.sources.set_value(self._source)  # whoever shows the recipe shows the source
        self.refusal.show_words("")
        if source == FILE:
            self.dialogs.ask_file()
        elif source == RUN:
            self.dialogs.ask_run()
        elif source != self._source:
            self._candidate = None
            self.changed.emit(MODEL, weights_words.changed(self._model, source))

    # -- events -----------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_source()  # what is downloaded may have changed, and so may the file
        self._look_again()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is None:
            event.ignore()
            return
        event.acceptProposedAction()
        self._hover(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._hover(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._hover(False)
        path = _dropped(event)
        if path is None:
            event.ignore()
            return
        event.acceptProposedAction()
        self.look_at(path)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._hovered:
            painter = QPainter(self)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _hover(self, hovered: bool) -> None:
        self._hovered = hovered
        self.update()


def _column(parts: Iterable[QWidget]) -> QWidget:
    """Parts below one another, as wide as their share of the panel whatever they say."""
    column = QWidget()
    column.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    layout = field_column(parts)
    layout.setContentsMargins(0, 0, 0, 0)
    column.setLayout(layout)
    return column


def _dropped(event: QDropEvent) -> Path | None:
    """The one file with weights, or run, that is dragged over the panel."""
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    is_run = (path / CONFIG).is_file()
    return path if is_run or path.suffix.lower() in SUFFIXES else None
