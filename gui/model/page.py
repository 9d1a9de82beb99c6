"""The Model page: the network, which blocks each stage thaws, and how fast they learn.

A line under the stages has the facts of the chosen stage, and the batch size, which all share.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.dataset import health
from core.dataset import split as dataset_split
from core.recipe.config import RunConfig
from core.recipe.files import RecipeError
from core.recipe.presets import PRESETS, differences, every_of, nearest, put_all_back, put_back
from core.runs.events import EpochFinished, Event
from gui.base import theme
from gui.base import words as base_words
from gui.controls.inputs import Switch
from gui.controls.labels import ElidedLabel
from gui.controls.number_fields import CheckedEdit
from gui.controls.setting_fields import limited_field
from gui.model import costs as model_costs
from gui.model.cards import MorePresets, PresetCards
from gui.model.costs import Fact, free_memory
from gui.model.drawing.scene import BackboneDrawing
from gui.model.settings import ModelSettings
from gui.recipe import fields, stage_rows
from gui.recipe import words as recipe_words
from gui.recipe.stage_rows import BlockSelector
from gui.recipe.words import Cost
from gui.session.session import Session

_FACTS_GAP = 16


class ModelFacts(QWidget):
    """The stage's name, then a value and its words for each fact; a tool tip tells more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts: tuple[Fact, ...] = ()
        self.stage = QLabel(self)
        self.labels: list[QLabel] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(_FACTS_GAP)
        self._row.addWidget(self.stage)
        self._row.addStretch(1)

    def show_facts(self, stage: int, facts: Sequence[Fact]) -> None:
        """Show the ``facts`` of ``stage``, from 1."""
        self.facts = tuple(facts)
        self.stage.setText(self.tr("Stage %1:").replace("%1", str(stage)))
        while len(self.labels) < len(facts):
            label = QLabel(self)
            label.setTextFormat(Qt.TextFormat.RichText)
            self._row.insertWidget(1 + len(self.labels), label)
            self.labels.append(label)
        for number, label in enumerate(self.labels):
            label.setVisible(number < len(facts))
        for label, fact in zip(self.labels, facts, strict=False):
            words = fact.in_words(f"<b>{fact.value}</b>")
            label.setText(words.replace("\N{NO-BREAK SPACE}", "&nbsp;"))
            label.setToolTip(fact.hint)
        self._color()
        self.setAccessibleName(self.text)

    @property
    def text(self) -> str:
        """All of it as one line."""
        return " · ".join(fact.in_words() for fact in self.facts)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _color(self) -> None:
        for label, fact in zip(self.labels, self.facts, strict=False):
            palette = QPalette()
            if fact.is_doubtful:
                palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("warning"))
            label.setPalette(palette)


class FactsRow(QWidget):
    """``facts`` at the left, ``batch_size`` with its name at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = ModelFacts()
        self._name = QLabel(self.tr("Batch size"))
        self.batch_size = limited_field(RunConfig, "batch_size")
        self.batch_size.setFixedWidth(self.fontMetrics().horizontalAdvance("4096") + 26)
        self.batch_size.setAccessibleName(self._name.text())
        self.batch_size.set_hint(
            self.tr("How many pictures are averaged before the weights move one step.")
        )
        self._name.setBuddy(self.batch_size)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.facts, 1)
        row.addWidget(self._name)
        row.addWidget(self.batch_size)

    def set_batch_shown(self, shown: bool) -> None:
        """Whether the batch size is there, which all settings have too."""
        self._name.setVisible(shown)
        self.batch_size.setVisible(shown)


_PAD, _GAP = 12, 6  # pixels
_SOON_MILLISECONDS = 250  # epochs on kept features may end many times faster


class ModelPage(QWidget):
    """Renders the session's recipe; every change goes there and comes back as a signal.

    What is seen first are the ways to transfer and, of each stage, blocks, epochs and rates.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._followed: str | None = None
        self._marks: dict[str, Any] = {}
        self._refused: tuple[str, str, RunConfig] | None = None  # key, sentence, what stayed
        self._is_stale = False
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MILLISECONDS)
        self._soon.timeout.connect(self._follow)
        self.locked = ElidedLabel(
            self.tr("The running recipe is locked; changes are for the next run.")
        )
        self.more = MorePresets()
        self.finder = QPushButton(self.tr("Find a learning rate…"))
        self.all_settings = Switch(self.tr("All settings"))
        self.cards = PresetCards()
        self.drawing = BackboneDrawing()
        width = max(self.drawing.caption_width(), stage_rows.label_width())
        self.selector = BlockSelector(width)
        self.below = FactsRow()
        self.facts, self.batch_size = self.below.facts, self.below.batch_size
        self.settings = ModelSettings(session)
        self._lay_out()
        self._explain()
        self._connect()
        self.all_settings.setChecked(session.settings.all_settings)
        self._start_afresh()
        self._show_all_settings(self.all_settings.isChecked())

    # -- what it looks like -----------------------------------------------------------------

    def _lay_out(self) -> None:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(_PAD, 8, _PAD, 8)
        layout.setSpacing(_GAP)
        layout.addLayout(self._top())
        layout.addWidget(self.cards)
        layout.addWidget(self.drawing, 1000)
        for part in (self.selector, self.below):
            layout.addStretch(1)  # of what is left where the drawing is as high as it gets
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.settings, 500)
        area = QScrollArea(widgetResizable=True)  # for windows smaller than the page can be
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(area)

    def _top(self) -> QHBoxLayout:
        title = QLabel(self.tr("Model"))
        title.setFont(theme.title_font())
        top = QHBoxLayout()
        top.addWidget(title)
        top.addSpacing(10)
        top.addWidget(self.locked, 1)
        top.addStretch()
        for part in (self.more, self.finder, self.all_settings):
            top.addWidget(part)
        return top

    def _explain(self) -> None:
        self.all_settings.setToolTip(
            self.tr("Weights, depth, head, optimizer, schedule and all else; remembered")
        )
        self.finder.setToolTip(
            self.tr("Tries growing learning rates on a network of its own and suggests one")
        )

    def _show_all_settings(self, shown: bool) -> None:
        self._session.settings.all_settings = shown
        self.refresh()
        self.settings.setVisible(shown)
        self.drawing.set_folded(shown)
        self.below.set_batch_shown(not shown)

    # -- what happens -----------------------------------------------------------------------

    def _connect(self) -> None:
        for changing in (self.selector.changed, self.settings.changed):
            changing.connect(self._change)
        for back in (self.selector.put_back, self.settings.put_back):
            back.connect(self._put_back)
        self.batch_size.value_changed.connect(lambda value: self._change("batch_size", value))
        self.selector.columns_changed.connect(self.drawing.set_columns)
        self.selector.stage_chosen.connect(lambda _stage: self._show_stage())
        self.all_settings.toggled.connect(self._show_all_settings)
        self.finder.clicked.connect(self._find_rate)
        self.cards.put_back.connect(self._put_all_back)
        self.cards.every_changed.connect(self._change_every)
        for choosing in (self.cards.chosen, self.more.chosen):
            choosing.connect(self._choose)
        self.more.about_to_open.connect(lambda: self.more.show_costs(self._cost))
        session = self._session
        for signal in (
            session.choices_changed,
            session.engine_changed,
            session.training_started,
            session.training_finished,
        ):
            signal.connect(self._follow)
        session.event_received.connect(self._hear)
        session.dataset_changed.connect(self._start_afresh)
        session.pictures_edited.connect(self._show_balance)

    def _start_afresh(self) -> None:
        """Another folder has other choices: what was half typed for the last one goes."""
        self._followed = self._refused = None
        for field in self.findChildren(CheckedEdit):
            field.set_value(field.value, keep_text=False)
        self._show_balance()
        self.refresh()

    def _follow(self) -> None:
        """Show what has changed, at once or when the page is seen again."""
        self._is_stale = not self.isVisible()
        if not self._is_stale:
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._is_stale = False
            self.refresh()

    def _hear(self, event: Event) -> None:
        if isinstance(event, EpochFinished) and not self._soon.isActive():
            self._soon.start()  # what an epoch takes is known better

    def _change(self, key: str, value: Any, flows: bool = False) -> None:
        before, self._refused = self._session.recipe, None
        try:
            self._session.change(key, value, flows=flows)
        except RecipeError as error:
            self.refresh()  # what was refused must not stay on the screen as if it were set
            sentence = " ".join(self._sentence(*one) for one in error.problems)
            self._refused = key, sentence, before
            self._show_error(key, sentence)
        else:
            if self._session.recipe == before:
                self.refresh()  # what was refused before is asked for no more

    def _choose(self, name: str, every: int) -> None:
        self._session.set_recipe(PRESETS[name].apply(self._session.recipe, every))

    def _change_every(self, every: int) -> None:
        stages = [one.model_copy(update={"epochs": every}) for one in self._session.recipe.stages]
        self._change("stages", [stage.model_dump(mode="json") for stage in stages], flows=True)

    def _put_back(self, key: str) -> None:
        if self._followed is not None:
            self._session.set_recipe(put_back(self._session.recipe, self._followed, key))

    def _put_all_back(self) -> None:
        if self._followed is not None:
            self._session.set_recipe(put_all_back(self._session.recipe, self._followed))

    def _find_rate(self) -> None:
        from gui.model.rate_finder import RateFinderDialog  # it brings matplotlib

        dialog = RateFinderDialog(self._session, self.selector.chosen, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # -- what is shown ----------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what the session holds now."""
        session, recipe = self._session, self._session.recipe
        classes, expected = model_costs.classes_of(session), session.estimate()
        self.locked.setVisible(session.is_training)
        self.selector.show_recipe(recipe, classes, expected.epochs if expected else None)
        self.batch_size.set_value(recipe.batch_size)
        self._show_followed(recipe)
        self._show_stage()
        if self._refused is not None and self._refused[2] != recipe:
            self._refused = None  # nor does it come back with an undo
        if self._refused is not None:
            self._show_error(*self._refused[:2], anew=False)

    def _show_followed(self, recipe: RunConfig) -> None:
        """The card that the recipe follows, and what is not as that has it."""
        self._followed = followed = nearest(recipe, self._followed)
        self._marks = marks = {one.key: one.value for one in differences(recipe, followed)}
        names = [fields.field_name(key) for key in marks]
        self.cards.show_followed(followed, names, every_of(recipe))
        self.cards.show_costs(self._cost)
        self.more.show_followed(followed)
        self.selector.show_marks(marks)

    def _cost(self, name: str) -> Cost:
        """What the recipe costs where it follows the preset ``name``, or else would."""
        recipe = self._session.recipe
        if name != self._followed:
            recipe = PRESETS[name].apply(recipe)
        expected = self._session.estimate(recipe)
        seconds = None if expected is None else expected.total
        return recipe_words.cost(recipe, model_costs.classes_of(self._session), seconds)

    def _show_stage(self) -> None:
        """All that is about the chosen stage."""
        session, stage = self._session, self.selector.chosen
        classes, expected = model_costs.classes_of(session), session.estimate()
        costs = model_costs.from_each_block(session, stage)
        self.drawing.show_recipe(session.recipe, classes, costs, stage + 1)
        seconds = expected.epochs[stage] if expected else None
        measured = session.measured_epochs().seconds_of(session.recipe, stage) is not None
        found = model_costs.facts_of(session, stage)
        free = free_memory(session)
        told = model_costs.facts(found, classes, seconds, measured, free)
        self.facts.show_facts(stage + 1, told)
        if self.all_settings.isChecked():  # nobody looks at them otherwise
            self.settings.show_recipe(session.recipe, classes, stage)
            self.settings.show_marks(self._marks)

    def _show_balance(self) -> None:
        summary, parts = self._session.summary, self._session.split
        found = None
        if summary is not None and parts is not None:
            found = health.balance(dataset_split.counts(parts, summary.classes))
        self.settings.show_balance(found)

    def _sentence(self, code: str, values: Mapping[str, object]) -> str:
        """What is wrong, with the page's own name of the field in place of the recipe's key."""
        name = self._field_name(str(values.get("field", "")))
        return fields.capitalised(base_words.translate(code, {**values, "field": name}))

    def _field_name(self, key: str) -> str:
        if key.startswith("stages."):
            return self.tr("stage %1").replace("%1", str(int(key.split(".")[1]) + 1))
        return fields.capitalised(fields.field_name(key))

    def _show_error(self, key: str, sentence: str, *, anew: bool = True) -> None:
        if key.startswith("stages."):
            self.selector.show_error(key, sentence)
        self.settings.show_error(key, sentence, come=anew)
