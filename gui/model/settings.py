"""All settings of a recipe's network and stages, in tabs.

The panels for unequal classes and for fields of no stage and no head are here too.
"""

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.dataset.health import Balance
from core.recipe import vgg16
from core.recipe.config import LARGEST_IMAGE, SMALLEST_IMAGE, DatasetConfig, RunConfig
from gui.base import theme
from gui.base import words as base_words
from gui.base.words import one_line, say
from gui.controls.labels import ElidedLabel
from gui.controls.setting_fields import (
    COLUMN_GAP,
    LINE_GAP,
    Choice,
    ChoiceField,
    SettingsPanel,
)
from gui.model.head_panel import HeadPanel
from gui.model.stage_panel import StagePanel
from gui.model.weights import WeightsPanel
from gui.recipe import fields
from gui.session.session import Session

translate = QCoreApplication.translate


def beside(name: str) -> str:
    """Why a switch can't be turned on: the one called ``name`` is."""
    return say("classes", "not beside “{name}”", name=name)


def imbalance(balance: Balance | None) -> tuple[str, tuple[str, ...]]:
    """How unequal the classes of a dataset are, in a line, "" while that is not known; and the
    names in it."""
    if balance is None:
        return "", ()
    if balance.most == balance.fewest:
        words = translate("classes", "All classes have {most} training pictures.")
        return fill(words, {"most": base_words.count(balance.most)}), ()
    names = one_line(balance.largest), one_line(balance.smallest)
    values = {
        "largest": names[0],
        "most": base_words.count(balance.most),
        "smallest": names[1],
        "fewest": base_words.count(balance.fewest),
        "times": base_words.number(balance.ratio, 0 if balance.ratio >= 10 else 1),
    }
    template = translate(
        "classes",
        "{largest} has {most} training pictures, {smallest} has {fewest}: {times} times as many.",
    )
    return fill(template, values), names


class ClassesPanel(SettingsPanel):
    """Class weights or balanced sampling, and how unequal the dataset's classes are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        for name in ("class_weights", "balanced_sampling"):
            self.add_field(RunConfig, name, fields.setting(RunConfig, name))
        self.imbalance = ElidedLabel("", self)
        words = self.tr("Use one of the two: together they would count small classes twice.")
        self.note = QLabel(words, self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setFont(theme.small_font())
        self.note.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._lay_out()
        self.show_balance(None)

    def show_recipe(self, recipe: RunConfig, classes: int | None) -> None:
        """Show ``recipe``; the one that is on lets the other be turned on no more."""
        values = {name: bool(getattr(recipe, name)) for name in self.fields}
        for name, field in self.fields.items():
            field.set_value(values[name])
            other = next(one for one in self.fields if one != name)
            why = beside(self.fields[other].name.text())
            field.set_used(values[name] or not values[other], why)
        self.clear_errors()

    def show_balance(self, balance: Balance | None) -> None:
        """Show the largest and the smallest class, as ``core.dataset.health.balance`` finds them in
        a dataset; None while there is none."""
        self.imbalance.set_text(*imbalance(balance))
        self.imbalance.setVisible(balance is not None)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(COLUMN_GAP)
        for field in self.fields.values():
            row.addWidget(field, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(LINE_GAP)
        layout.addWidget(self.imbalance)
        layout.addLayout(row)
        layout.addWidget(self.note)
        layout.addWidget(self.problem)
        layout.addStretch(1)


class GeneralPanel(SettingsPanel):
    """Image size, batch size and seed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        row = QHBoxLayout()
        row.setSpacing(COLUMN_GAP)
        size = replace(fields.setting(DatasetConfig, "image_size", "dataset."), choices=_sizes())
        image_size = self.add_control("dataset.image_size", size, ChoiceField(size.choices))
        image_size.changed.connect(lambda value: self.changed.emit("dataset.image_size", value))
        for name in ("batch_size", "seed"):
            self.add_field(RunConfig, name, fields.setting(RunConfig, name))
        for field in self.fields.values():
            row.addWidget(field, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.problem)
        layout.addStretch(1)

    def show_recipe(self, recipe: RunConfig, classes: int | None) -> None:
        """Show the fields of ``recipe``."""
        for key, field in self.fields.items():
            field.set_value(attrgetter(key)(recipe))
        self.clear_errors()


def _sizes() -> dict[int, Choice]:
    words, template = translate("general", "smaller is faster"), translate("general", "{size} px")
    sizes = range(SMALLEST_IMAGE, LARGEST_IMAGE + 1, vgg16.STRIDE)
    return {size: Choice(fill(template, {"size": size}), words) for size in sizes}


_PAD = 8  # pixels
WEIGHTS, HEAD, STAGE, CLASSES = range(4)


class ModelSettings(QTabWidget):
    """Tabs: weights and depth, the head, the chosen stage, classes and seed. A tab in which
    something differs from the card has a mark. What isn't seen is rendered once it is.

    Signals: ``changed`` with a recipe's dotted key and its new value; ``put_back`` with the key
    of a field that is to be as the card has it.
    """

    changed = Signal(str, object)
    put_back = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.weights = WeightsPanel(session)
        self.head = HeadPanel()
        self.stage = StagePanel()
        self.general = GeneralPanel()
        self.classes = ClassesPanel()
        self._shown: tuple[RunConfig, int | None, int] = RunConfig(), None, 0
        self._marks: Mapping[str, Any] = {}
        self._places: tuple[tuple[int, SettingsPanel], ...] = (
            (WEIGHTS, self.weights),
            (HEAD, self.head),
            (STAGE, self.stage),
            (CLASSES, self.general),
            (CLASSES, self.classes),
        )
        for tab in (WEIGHTS, HEAD, STAGE, CLASSES):
            self.addTab(self._page(tab), "")
        for _, panel in self._places:
            panel.changed.connect(self.changed)
            panel.put_back.connect(self.put_back)
        self.setDocumentMode(True)
        self.setAccessibleName(self.tr("All settings"))
        self._name_tabs()
        self.setCurrentIndex(STAGE)
        self.currentChanged.connect(self._render)

    def _page(self, tab: int) -> QScrollArea:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, _PAD, 0, 0)
        layout.setSpacing(2 * _PAD)
        for place, panel in self._places:
            if place == tab:
                layout.addWidget(panel, 0 if isinstance(panel, GeneralPanel) else 1)
        area = QScrollArea(widgetResizable=True)  # for windows smaller than a panel
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        return area

    def show_recipe(self, recipe: RunConfig, classes: int | None, stage: int) -> None:
        """Show ``recipe``, of its stages the one at ``stage``, from 0."""
        self._shown = recipe, classes, stage
        self._render()
        self._name_tabs()

    def _render(self) -> None:
        """Show what there is in the tab that is seen."""
        recipe, classes, stage = self._shown
        for tab, panel in self._places:
            if tab != self.currentIndex():
                continue
            if isinstance(panel, StagePanel):
                panel.show_recipe(recipe, classes, stage)
            elif isinstance(panel, WeightsPanel | HeadPanel | ClassesPanel | GeneralPanel):
                panel.show_recipe(recipe, classes)
            panel.show_marks(self._marks)

    def show_balance(self, balance: Balance | None) -> None:
        """Show the largest and the smallest class of the dataset, None while there is none."""
        self.classes.show_balance(balance)

    def show_marks(self, marks: Mapping[str, Any]) -> None:
        """Mark what differs from the card, which has the values in ``marks`` by key."""
        self._marks = marks
        for tab, panel in self._places:
            if tab == self.currentIndex():
                panel.show_marks(marks)
        self._name_tabs()

    def _marked(self) -> set[int]:
        """The tabs in which something differs from the card."""
        prefix = f"stages.{self._shown[2]}."
        own = {key.removeprefix(prefix) for key in self._marks if key.startswith(prefix)}
        marked = {STAGE} if own.intersection(self.stage.fields) else set()
        for tab, panel in self._places:
            if tab != STAGE and any(panel.field(key) is not None for key in self._marks):
                marked.add(tab)
        return marked

    def show_error(self, key: str, sentence: str, *, come: bool = True) -> None:
        """Mark the field of ``key`` with what is wrong, and let its tab ``come`` to the front; else
        only where that tab is seen."""
        holding = [one for one in self._places if one[1].field(key) is not None]
        about = [one for one in self._places if f"{key}.".startswith(one[1].prefix or "-")]
        about.sort(key=lambda one: -len(one[1].prefix))  # the head is a part of the model
        for tab, panel in [*holding, *about][:1]:
            if come:
                self.setCurrentIndex(tab)
            if tab == self.currentIndex():
                panel.show_error(key, sentence)

    def _name_tabs(self) -> None:
        names = {
            WEIGHTS: self.tr("Weights and depth"),
            HEAD: self.tr("Head"),
            STAGE: self.tr("Stage %1").replace("%1", str(self._shown[2] + 1)),
            CLASSES: self.tr("Classes and seed"),
        }
        marked = self._marked()
        for tab, name in names.items():
            words = f"{name} •" if tab in marked else name
            if self.tabText(tab) != words:
                self.setTabText(tab, words)
            hint = self.tr("Something here is not as the card has it")
            self.setTabToolTip(tab, hint if tab in marked else "")
