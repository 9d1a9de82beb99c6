"""What the panels of a recipe's fields share."""

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.recipe.config import Config
from gui.base import theme
from gui.controls.setting_fields import SettingField, setting_control
from gui.controls.settings_text import Setting

COLUMN_GAP, GROUP_GAP, LINE_GAP = 14, 24, 5  # pixels


class SettingsPanel(QWidget):
    """Fields of one part of a recipe. A panel says where that part is in its ``prefix``.

    Signals: ``changed`` with a recipe's dotted key and its new value; ``put_back`` with the key
    of the field that is to be as the card has it.
    """

    changed = Signal(str, object)
    put_back = Signal(str)

    def __init__(self, prefix: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.prefix = prefix
        self.fields: dict[str, SettingField] = {}  # by their names in that part
        self.problem = QLabel(self)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self._show_problem("")

    def add_field(
        self, config: type[Config], name: str, setting: Setting, **more: Any
    ) -> SettingField:
        """Make the field ``name`` of the part, which is a ``config``; ``more`` goes to a control
        for numbers."""
        field = self.add_control(name, setting, setting_control(config, name, setting, **more))
        field.changed.connect(lambda value: self.changed.emit(self.prefix + name, value))
        return field

    def add_control(self, name: str, setting: Setting, control: QWidget) -> SettingField:
        """Make the same with a control of its own, whose changes are not told."""
        field = SettingField(setting, control, self)
        field.put_back.connect(lambda: self.put_back.emit(self.prefix + name))
        self.fields[name] = field
        return field

    def field(self, key: str) -> SettingField | None:
        """The field of a recipe's dotted key, None if it has none here."""
        return self.fields.get(key.removeprefix(self.prefix))

    def field_name(self, key: str) -> str:
        """What the panel calls the field of ``key``; the key itself if it has none here."""
        field = self.field(key)
        return key if field is None else field.name.text()

    def show_error(self, key: str, sentence: str) -> None:
        """Mark the field of ``key`` with what is wrong; say it below all where there is none."""
        field = self.field(key)
        if field is None or field.isHidden():
            self._show_problem(sentence)
        else:
            field.set_error(sentence)

    def clear_errors(self) -> None:
        """Nothing is wrong any more."""
        self._show_problem("")
        for field in self.fields.values():
            field.set_error("")

    def show_marks(self, marks: Mapping[str, Any]) -> None:
        """Mark the fields that differ from the card: the card's values by dotted key."""
        for name, field in self.fields.items():
            key = self.prefix + name
            field.set_mark(key in marks, marks.get(key))

    def show_unused(self, names: Iterable[str]) -> None:
        """Let the fields ``names``, which have no effect as things stand, be there only where
        they are marked: what differs from the card must be seen, and can be put back."""
        for name in names:
            field = self.fields[name]
            field.setVisible(field.is_marked)
            field.set_used(not field.is_marked, self.tr("has no effect now"))

    def use_all(self) -> None:
        """Take back that fields have no effect."""
        for field in self.fields.values():
            if not field.control.isEnabled():
                field.set_used(True)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_problem(self.problem.text())

    def _show_problem(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("wrong"))
        self.problem.setPalette(palette)


def field_column(widgets: Iterable[QWidget]) -> QVBoxLayout:
    """Fields below one another, from the top."""
    column = QVBoxLayout()
    column.setSpacing(LINE_GAP)
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch(1)
    return column


def field_group(title: str, columns: Iterable[Iterable[QWidget]]) -> QVBoxLayout:
    """Columns of fields that are equally wide, side by side under a heading."""
    heading = QLabel(title)
    heading.setFont(theme.heading_font())
    row = QHBoxLayout()
    row.setSpacing(COLUMN_GAP)
    for widgets in columns:
        row.addLayout(field_column(widgets), 1)
    group = QVBoxLayout()
    group.setSpacing(LINE_GAP)
    group.addWidget(heading)
    group.addLayout(row, 1)
    return group
