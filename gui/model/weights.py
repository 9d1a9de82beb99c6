"""The settings of the network's first weights and of its depth.

With them come the dialogs for a file, a run and a download, and the offer to change stages that
thaw blocks which are not kept.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QRectF, Qt, Signal
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
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.common import lazy
from core.common.messages import ThawError, fill
from core.model.weights import download as weight_download
from core.model.weights.normalization import PUBLISHED
from core.recipe import files as recipes
from core.recipe import vgg16
from core.recipe.config import ModelConfig, RunConfig
from core.recipe.files import RecipeError
from core.runs.places import CONFIG
from gui.base import theme
from gui.base import words as base_words
from gui.base.background import Latest
from gui.controls.inputs import ChoiceButton
from gui.controls.labels import AdviceLine, Kind, PathField
from gui.controls.setting_fields import (
    GROUP_GAP,
    LineChoice,
    SettingField,
    SettingsPanel,
    field_column,
)
from gui.model import weights_words
from gui.model.download import DownloadDialog
from gui.model.normalization import NormalizationField
from gui.model.weights_words import FILE, RUN, SUFFIXES
from gui.recipe import fields
from gui.runs.chooser import RunChooser
from gui.session.session import Session

if TYPE_CHECKING:
    from core.model.weights.file import WeightFile

_DEPTH_GAP = 4  # pixels


@dataclass(frozen=True)
class LookedAt:
    """What was found in the file, or the run, at ``path``, or why it can't be used."""

    path: Path
    found: "WeightFile | None" = None
    error: ThawError | None = None


def _look(path: Path) -> LookedAt:
    """Look at the file, or the run, at ``path``. Waits for PyTorch."""
    try:
        return LookedAt(path, lazy.load("model.weights.file").look(path))
    except ThawError as error:
        return LookedAt(path, error=error)


class DepthField(QWidget):
    """A button for the first 1 to 5 blocks, and what so many are good for.

    A click changes nothing by itself: whoever shows the recipe shows the depth.
    Signal: ``value_changed`` with the depth, only when a person chose one.
    """

    value_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = weights_words.depths()
        self.choices: dict[int, ChoiceButton] = {}
        self._group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(_DEPTH_GAP)
        for depth in range(1, vgg16.BLOCK_COUNT + 1):
            row.addWidget(self._button(depth))
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.hint = QLabel(fields.setting(ModelConfig, "depth", "model.").help, self)
        self.hint.setWordWrap(True)
        self.hint.setFont(theme.small_font())
        self.hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_DEPTH_GAP)
        column.addLayout(row)
        column.addWidget(self.words)
        column.addWidget(self.hint)
        self.set_most(vgg16.BLOCK_COUNT)

    def set_value(self, value: Any) -> None:
        """Show a depth; nothing is emitted."""
        self.choices[value].setChecked(True)
        self.words.setText(self._texts[value])

    def set_most(self, depth: int) -> None:
        """Let no more than ``depth`` blocks be chosen: the weights have no others."""
        for number, button in self.choices.items():
            button.setEnabled(number <= depth or button.isChecked())  # what is set must be seen
            lacks = self.tr("The file holds the first {depth} blocks only")
            tip = self._texts[number] if number <= depth else fill(lacks, {"depth": depth})
            button.setToolTip(tip)

    def shown(self, value: Any) -> str:
        """A depth in words."""
        if value == vgg16.BLOCK_COUNT:
            return fill(self.tr("all {depth}"), {"depth": value})
        return fill(self.tr("the first {depth}"), {"depth": value})

    def _button(self, depth: int) -> ChoiceButton:
        button = ChoiceButton(str(depth), self)
        button.setMinimumWidth(1)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setAccessibleName(self.shown(depth))
        button.setAccessibleDescription(self._texts[depth])
        button.clicked.connect(lambda _on: self.value_changed.emit(depth))
        self.choices[depth] = button
        self._group.addButton(button)
        return button


def at_depth(recipe: RunConfig, depth: int) -> RunConfig | None:
    """``recipe`` with the first ``depth`` blocks alone, and its stages made to fit: what a stage
    thaws of the others goes, and where that is all, the last kept block thaws in its place.

    None where that is no recipe either.
    """
    data = recipe.to_data()
    data["model"]["depth"] = depth
    for stage in data["stages"]:
        kept = [block for block in stage["thawed"] if block <= depth]
        stage["thawed"] = kept or ([depth] if stage["thawed"] else [])
    try:
        return recipes.make(data)
    except RecipeError:
        return None


class DepthRepair(QPushButton):
    """Hidden while there is nothing to offer. Signal: ``repaired`` with the recipe that fits."""

    repaired = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recipe: RunConfig | None = None
        self.clicked.connect(lambda: self.repaired.emit(self._recipe))
        self.hide()

    def offer(self, recipe: RunConfig, depth: int) -> None:
        """Offer to keep ``depth`` blocks in ``recipe``, which was refused because of its stages;
        nothing where other stages would not help."""
        self._recipe = at_depth(recipe, depth)
        self.offer_again()
        values = {"depth": depth}
        self.setText(fill(self.tr("Keep {depth}, change the stages"), values))
        tip = self.tr(
            "Stages no longer thaw the blocks that go; one that would thaw none then thaws block "
            "{depth}."
        )
        self.setToolTip(fill(tip, values))

    def offer_again(self) -> None:
        """Show what was offered last."""
        self.setVisible(self._recipe is not None)


class WeightsDialogs(QObject):
    """One dialog at a time, over ``parent``: ``shown``, None where there is none.

    Signals: ``found`` with the path of a file or a run; ``downloaded``.
    """

    found = Signal(object)
    downloaded = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._over = session, parent
        self.shown: QDialog | None = None

    def ask_file(self) -> None:
        """Ask for a file with weights."""
        patterns = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        kinds = fill(self.tr("Weights ({patterns})"), {"patterns": patterns})
        title, folder = self.tr("Weights of VGG16"), self._session.settings.browse_folder
        self._ask(QFileDialog(self._over, title, str(folder), kinds))

    def ask_run(self) -> None:
        """Ask for an earlier run of this machine, or for one in another folder."""
        dialog = RunChooser(self._session.settings.runs_folder, self._over)
        dialog.chosen.connect(self.found)
        dialog.elsewhere.connect(self._ask_run_folder)
        self._open(dialog)

    def ask_download(self, name: str) -> None:
        """Ask whether to download the published weights ``name``."""
        dialog = DownloadDialog(self._session, name, self._over)
        dialog.ready.connect(self.downloaded)
        self._open(dialog)

    def _ask_run_folder(self) -> None:
        folder = self._session.settings.runs_folder
        dialog = QFileDialog(self._over, self.tr("A run of Thaw"), str(folder))
        self._ask(dialog, QFileDialog.FileMode.Directory)

    def _ask(
        self, dialog: QFileDialog, mode: QFileDialog.FileMode = QFileDialog.FileMode.ExistingFile
    ) -> None:
        dialog.setFileMode(mode)
        dialog.fileSelected.connect(lambda name: self.found.emit(Path(name)))
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._forget)
        self.shown = dialog
        dialog.open()

    def _forget(self) -> None:
        self.shown = None


_FILE_GAP = 5  # pixels


class WeightsFile(QWidget):
    """The path; format and layers; its normalisation, or the field that asks for it; or what is
    wrong. Signal: ``other_asked`` when another one is to be chosen."""

    other_asked = Signal()

    def __init__(self, normalization: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.normalization = normalization
        self.path = PathField()
        self.path.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.path.setAccessibleName(self.tr("Weights are taken from"))
        self.other_button = QPushButton(self.tr("Other…"))
        self.contents = QLabel(wordWrap=True)
        self.contents.setTextFormat(Qt.TextFormat.PlainText)
        self.contents.setFont(theme.small_font())
        self.contents.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.problem = AdviceLine()
        row = QHBoxLayout()
        row.addWidget(self.path, 1)
        row.addWidget(self.other_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_FILE_GAP)
        column.addLayout(row)
        for part in (self.contents, self.problem, normalization):
            column.addWidget(part)
        self.other_button.clicked.connect(self.other_asked)

    def show_file(self, model: ModelConfig, looked: LookedAt | None) -> None:
        """Show the file that ``model`` names, and what was found in it, None while that is not
        known."""
        self.path.set_path(Path(model.weights))
        found = None if looked is None else looked.found
        self.contents.setText(self._contents(looked))
        self.contents.setVisible(bool(self.contents.text()))
        asks = found is not None and (found.stated is None or model.normalization is not None)
        self.normalization.setVisible(asks)
        self.problem.show_words(*self._problem(model, looked))

    def _contents(self, looked: LookedAt | None) -> str:
        if looked is None:
            return self.tr("Looking at the file…")
        if looked.found is None:
            return ""
        lines = [weights_words.found_text(looked.found)]
        if looked.found.stated is not None:
            said = weights_words.normalization_text(looked.found.stated)
            lines.append(fill(self.tr("It states its normalisation: {said}."), {"said": said}))
        return "\n".join(lines)

    def _problem(self, model: ModelConfig, looked: LookedAt | None) -> tuple[str, Kind]:
        """What is wrong with it, or what is still to be said of it."""
        if looked is None:
            return "", "plain"
        if looked.error is not None:
            return weights_words.problem(looked.error), "wrong"
        assert looked.found is not None
        error = weights_words.unfit(looked.found, model)
        if error is not None:
            return weights_words.problem(error), "wrong"
        if looked.found.stated is None and model.normalization is None:
            words = self.tr("The file doesn’t say what its pictures were normalised by: choose it.")
            return words, "warning"
        return "", "plain"


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
        self._job = Latest(self)
        self._job.done.connect(self._take)
        self._texts = weights_words.sources()
        self.sources = LineChoice(
            [(name, one.name, one.words, one.about) for name, one in self._texts.items()], _COLUMNS
        )
        self.blocks = DepthField()
        self.normalization = NormalizationField()
        for name, control in (
            ("weights", self.sources),
            ("normalization", self.normalization),
            ("depth", self.blocks),
        ):
            field = self.add_control(name, fields.setting(ModelConfig, name, self.prefix), control)
            change = partial(self.changed.emit, self.prefix + name)
            field.changed.connect(self._choose if name == "weights" else change)
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
        self._submit(self._candidate)

    def _look_again(self, only_if_unknown: bool = False) -> None:
        """Look at the recipe's own file, unless another one is being looked at."""
        is_known = only_if_unknown and (self._known() is not None or self._job.is_busy)
        if self._model.is_file and self._candidate is None and not is_known:
            self._submit(Path(self._model.weights))

    def _submit(self, path: Path) -> None:
        self._job.call(_look, path)

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
