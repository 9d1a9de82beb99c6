"""The Model page: the network, which blocks each stage thaws, and how fast they learn."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from core.recipes import RecipeError
from gui import text, theme
from gui.session import Session
from gui.widgets.backbone_drawing import BackboneDrawing
from gui.widgets.block_selector import BlockSelector
from gui.widgets.model_fields import ModelFields
from gui.widgets.number_field import NumberField
from gui.widgets.preset_bar import PresetBar


class ModelPage(QWidget):
    """Renders the session's recipe; every change goes there and comes back as a signal."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.presets = PresetBar()
        self.locked = QLabel(self.tr("The running recipe is locked; changes are for the next run."))
        self.drawing = BackboneDrawing()
        self.selector = BlockSelector(self.drawing.caption_width())
        self.fields = ModelFields()
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(6)
        layout.addLayout(self._top())
        layout.addWidget(self.drawing, 1000)
        for part in (self.selector, self.fields):
            layout.addStretch(1)  # of what is left where the drawing is as high as it gets
            layout.addWidget(part)
        layout.addStretch(1)
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
        top.addSpacing(16)
        top.addWidget(self.locked)
        top.addStretch()
        top.addWidget(self.presets)
        return top

    def _connect(self) -> None:
        self.selector.changed.connect(self._change)
        self.selector.columns_changed.connect(self.drawing.set_columns)
        self.fields.changed.connect(self._change)
        self.presets.chosen.connect(lambda stages: self._change("stages", stages))
        session = self._session
        for signal in (
            session.choices_changed,
            session.engine_changed,
            session.training_started,
            session.training_finished,
        ):
            signal.connect(self.refresh)
        session.dataset_changed.connect(self._start_afresh)

    def _start_afresh(self) -> None:
        """Another folder has other choices: what was half typed for the last one goes."""
        for field in self.findChildren(NumberField):
            field.set_value(field.value, keep_text=False)
        self.refresh()

    def refresh(self) -> None:
        """Show what the session holds now."""
        session, recipe = self._session, self._session.recipe
        classes = None if session.summary is None else len(session.summary.classes)
        expected = session.estimate()
        self.locked.setVisible(session.is_training)
        self.presets.show_recipe(recipe)
        self.drawing.show_recipe(recipe, classes)
        self.selector.show_recipe(recipe, classes, expected.epochs if expected else None)
        self.fields.show_recipe(recipe)

    def _change(self, key: str, value: Any) -> None:
        try:
            self._session.change(key, value)
        except RecipeError as error:
            self.refresh()  # what was refused must not stay on the screen as if it were set
            self._show_error(key, " ".join(self._sentence(*one) for one in error.problems))

    def _sentence(self, code: str, values: Mapping[str, object]) -> str:
        """What is wrong, with the page's own name of the field in place of the recipe's key."""
        name = self._field_name(str(values.get("field", "")))
        sentence = text.translate(code, {**values, "field": name})
        return sentence[:1].upper() + sentence[1:]

    def _field_name(self, key: str) -> str:
        if key.startswith("stages."):
            return self.tr("stage %1").replace("%1", str(int(key.split(".")[1]) + 1))
        return self.fields.field_name(key)

    def _show_error(self, key: str, sentence: str) -> None:
        if key.startswith("stages."):
            self.selector.show_error(key, sentence)
        elif key != "stages":
            self.fields.show_error(key, sentence)
