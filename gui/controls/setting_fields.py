"""The form of a recipe's settings: control, name, help and change mark, in columns and panels.

``Setting`` and ``Choice`` hold the words of a field. The limits of a field for numbers come from
the recipe's own check.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, cast, get_args, get_origin

from PySide6.QtCore import QEvent, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QMouseEvent, QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStyle,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.recipe.config import Config
from gui.base import theme
from gui.controls.inputs import QuietComboBox, Radio, SwitchField
from gui.controls.labels import ElidedLabel
from gui.controls.number_fields import CheckedEdit, NumberField, NumbersField


@dataclasses.dataclass(frozen=True)
class Choice:
    """One of the values that a field may have: its name, and in a few words what it does."""

    name: str
    words: str


@dataclasses.dataclass(frozen=True)
class Setting:
    """A field's name, the few ``words`` under it, and ``help``, a sentence.

    ``unit`` stands after a number, ``empty`` in a field that has none. ``choices`` are by the
    recipe's value; the chosen one's words take the place of ``words``.
    """

    name: str
    words: str
    help: str
    unit: str = ""
    empty: str = ""
    choices: Mapping[Any, Choice] = dataclasses.field(default_factory=dict)


class ChoiceField(QuietComboBox):
    """Shows each value by its name. Signal: ``value_changed``, only when a person chose one."""

    value_changed = Signal(object)

    def __init__(self, choices: Mapping[Any, Choice], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices = choices
        for value, choice in choices.items():
            self.addItem(choice.name, value)
            self.setItemData(self.count() - 1, choice.words, Qt.ItemDataRole.ToolTipRole)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.activated.connect(lambda index: self.value_changed.emit(self.itemData(index)))

    @property
    def value(self) -> Any:
        """The value that is shown."""
        return self.currentData()

    @property
    def words(self) -> str:
        """What the value that is shown does."""
        return self._choices[self.value].words

    def set_value(self, value: Any) -> None:
        """Show ``value``; nothing is emitted."""
        self.setCurrentIndex(self.findData(value))

    def shown(self, value: Any) -> str:
        """The name of ``value``."""
        return self._choices[value].name


class FieldBox(QWidget):
    """A control with its name above it, its unit after it and a few words of help below it.

    ``title`` is the line with the name, ``column`` the layout of all lines.
    """

    def __init__(
        self,
        name: str,
        control: QWidget,
        help_text: str,
        tooltip: str,
        parent: QWidget | None,
        unit: str = "",
    ) -> None:
        super().__init__(parent)
        self.control = control
        self._error = ""
        self.name = QLabel(name, self)
        self.name.setFont(theme.font(bold=True))
        self.name.setBuddy(control)
        self.unit = QLabel(unit, self)
        self.unit.setVisible(bool(unit))
        self.help = ElidedLabel(help_text, self)
        self.help.setFont(theme.small_font())
        self.help.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        for widget in (self.name, control):
            widget.setToolTip(tooltip)
        control.setAccessibleName(name)
        control.setAccessibleDescription(tooltip)
        if isinstance(control, CheckedEdit):
            control.set_hint(tooltip)
        self._lay_out()

    def _lay_out(self) -> None:
        self.title = QHBoxLayout()
        self.title.addWidget(self.name, 1)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.control, 1)
        row.addWidget(self.unit)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2)
        self.column.addLayout(self.title)
        self.column.addLayout(row)
        self.column.addWidget(self.help)

    @property
    def error(self) -> str:
        """What is wrong with the value last chosen, "" if nothing."""
        return self._error

    def set_error(self, sentence: str) -> None:
        """Mark the field, or, with "", don't."""
        self._error = sentence
        palette = QPalette()
        if sentence:
            palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("wrong"))
        self.name.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.set_error(self._error)


def limited_field(model: type[Config], name: str, **more: Any) -> NumberField:
    """A field with the limits of ``model``'s field ``name``, for whole numbers and with nothing
    in it where that takes them; ``more`` goes to ``NumberField``."""
    kinds = _kinds(model.model_fields[name].annotation)
    known: dict[str, Any] = {"integer": float not in kinds, "optional": type(None) in kinds}
    for bound in _metadata(model.model_fields[name]):
        if hasattr(bound, "ge"):
            known["minimum"] = bound.ge
        elif hasattr(bound, "gt"):
            known.update(minimum=bound.gt, exclusive_minimum=True)
        elif hasattr(bound, "le"):
            known["maximum"] = bound.le
        elif hasattr(bound, "lt") and known["integer"]:
            known["maximum"] = bound.lt - 1
        elif hasattr(bound, "lt"):
            known.update(maximum=bound.lt, exclusive_maximum=True)
    return NumberField(**(known | more))


def limited_list(model: type[Config], name: str, **more: Any) -> NumbersField:
    """The same for a field that holds a list of whole numbers; ``more`` goes to
    ``NumbersField``."""
    known: dict[str, Any] = {}
    for bound in _metadata(model.model_fields[name]):
        for limit, ours in (("ge", "minimum"), ("le", "maximum"), ("max_length", "most")):
            if hasattr(bound, limit):
                known[ours] = getattr(bound, limit)
    return NumbersField(**(known | more))


def _metadata(field: Any) -> Iterator[Any]:
    """The constraints of a field, those inside of ``X | None`` and of a list too."""
    yield from getattr(field, "metadata", ())
    for part in get_args(getattr(field, "annotation", field)):
        yield from _metadata(part)


def _kinds(annotation: Any) -> set[type]:
    """The plain types that ``annotation`` is made of."""
    if isinstance(annotation, type) and not get_args(annotation):
        return {annotation}
    return {kind for part in get_args(annotation) for kind in _kinds(part)}


class SettingControl(Protocol):
    """A widget that shows one of a field's values."""

    @property
    def value_changed(self) -> SignalInstance: ...

    def set_value(self, value: Any) -> None:
        """Show ``value``; nothing is emitted."""
        ...

    def shown(self, value: Any) -> str:
        """``value`` as a person reads it."""
        ...


class SettingField(FieldBox):
    """Name, control and unit, and below them a few words or, in their place, what is wrong.

    Where the value is not the one of the card that the recipe follows, a button beside the name
    tells that value.

    Signals: ``changed`` with the value that a person chose; ``put_back`` when that button is
    pressed.
    """

    changed = Signal(object)
    put_back = Signal()

    def __init__(self, setting: Setting, control: QWidget, parent: QWidget | None = None) -> None:
        """``control`` is a ``SettingControl``; ``setting_control`` makes the usual ones."""
        super().__init__(setting.name, control, setting.words, "", parent, setting.unit)
        self.values = cast(SettingControl, control)
        self._setting = setting
        self._explain(setting.help)
        self.mark = self._button()
        self.title.addWidget(self.mark)
        self._sentence = QLabel(self)
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence.setWordWrap(True)
        self._sentence.setFont(theme.small_font())
        self.column.addWidget(self._sentence)
        self.values.value_changed.connect(self.changed)
        if isinstance(control, CheckedEdit):
            control.setPlaceholderText(setting.empty)
            control.validity_changed.connect(self._tell)
        self._tell()

    @property
    def told(self) -> str:
        """What is wrong with what is typed or was chosen, "" if nothing."""
        return self._sentence.text()

    def set_value(self, value: Any, *, afresh: bool = False) -> None:
        """Show ``value``; with ``afresh`` what is half typed goes, because it was of another."""
        if isinstance(self.control, CheckedEdit):
            self.control.set_value(value, keep_text=not afresh)
        else:
            self.values.set_value(value)
        if isinstance(self.control, ChoiceField):
            self.show_words(self.control.words)

    def show_words(self, words: str = "") -> None:
        """Say ``words``, by default the field's own, below the control."""
        self.help.set_text(words or self._setting.words)
        self._tell()

    def set_default(self, value: Any) -> None:
        """Change what the field stands for while it is empty."""
        if isinstance(self.control, NumberField | NumbersField):
            self.control.set_default(value)

    def set_used(self, used: bool, why: str = "") -> None:
        """Let the field be changed, or say ``why`` it has no effect."""
        for widget in (self.control, self.name, self.unit):
            widget.setEnabled(used)
        self.show_words("" if used else why)
        self._explain(self._setting.help if used else why)

    @property
    def is_marked(self) -> bool:
        """Whether it is marked as different from the card's."""
        return not self.mark.isHidden()

    def set_mark(self, is_marked: bool, value: Any = None) -> None:
        """Mark the field as different from the card's ``value``, or don't."""
        empty = self.control.placeholderText() if isinstance(self.control, CheckedEdit) else ""
        shown = empty if value is None else self.values.shown(value)
        words = fill(self.tr("The card has {value} here: put it back"), {"value": shown})
        self.mark.setVisible(is_marked)
        self.mark.setToolTip(words)
        self.mark.setAccessibleName(f"{self._setting.name}: {words}")

    def set_error(self, sentence: str) -> None:
        super().set_error(sentence)
        self._tell()

    def _explain(self, sentence: str) -> None:
        """The tooltip: ``sentence``, and what may be typed."""
        words = sentence
        if isinstance(self.control, CheckedEdit):
            words = f"{sentence} {self.control.allowed()}."
            self.control.set_hint(words)
        for widget in (self.name, self.control):
            widget.setToolTip(words)
        self.control.setAccessibleDescription(words)

    def _tell(self) -> None:
        words = self.error
        if isinstance(self.control, CheckedEdit) and not self.control.is_valid:
            words = fill(self.tr("Allowed: {limits}"), {"limits": self.control.limits()})
        self._sentence.setText(words)
        self._sentence.setVisible(bool(words))
        self.help.setVisible(not words and bool(self.help.text))
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("wrong"))
        self._sentence.setPalette(palette)

    def _button(self) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(theme.icon("undo", QPalette.ColorRole.Accent))
        side = self.name.sizeHint().height()
        button.setIconSize(QSize(side, side))
        button.setFixedSize(side + 2, side)
        button.setAutoRaise(True)
        button.setVisible(False)
        button.clicked.connect(self.put_back)
        return button


def setting_control(config: type[Config], name: str, setting: Setting, **more: Any) -> QWidget:
    """What the values of ``config``'s field ``name`` are chosen with, its range being that of the
    recipe's own check; ``more`` goes to a control for numbers."""
    annotation = config.model_fields[name].annotation
    if annotation is bool:
        return SwitchField()
    if get_origin(annotation) is Literal:
        return ChoiceField({value: setting.choices[value] for value in get_args(annotation)})
    if any(get_origin(_plain(part)) is tuple for part in get_args(annotation)):
        return limited_list(config, name, **more)
    return limited_field(config, name, **more)


def _plain(annotation: Any) -> Any:
    """``annotation`` without its constraints."""
    return getattr(annotation, "__origin__", annotation)


MARK_SIDE = 15


class ChangeMark(QToolButton):
    """Seen only while there is something to put back; its place stays free else."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(theme.icon("undo", QPalette.ColorRole.Accent))
        self.setIconSize(QSize(MARK_SIDE - 3, MARK_SIDE - 3))
        self.setFixedSize(MARK_SIDE, MARK_SIDE)
        self.setAutoRaise(True)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.setVisible(False)

    def show_value(self, value: str | None, name: str) -> None:
        """Offer to put back the card's ``value`` of the field ``name``; None: it has that."""
        self.setVisible(value is not None)
        if value is not None:
            words = fill(self.tr("The card has {value} here: put it back"), {"value": value})
            self.setToolTip(words)
            self.setAccessibleName(f"{name}: {words}")


ROWS = 3
_FEWEST = 2  # columns; one field alone needn't be as wide as the grid


class FieldGrid(QWidget):
    """Columns of equal width, of ``ROWS`` fields each, filled from the first one. Those in use
    share all the room, so that no name or choice is cut off beside an empty column."""

    def __init__(self, columns: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = columns
        self._shown: list[QWidget] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setRowStretch(ROWS, 1)

    def set_spacing(self, across: int, down: int) -> None:
        """The pixels between columns and between rows."""
        self._grid.setHorizontalSpacing(across)
        self._grid.setVerticalSpacing(down)

    def adopt(self, fields: Iterable[QWidget]) -> None:
        """Take fields in, none of which is seen yet."""
        for field in fields:
            field.setParent(self)
            field.hide()

    def show_fields(self, fields: Sequence[QWidget]) -> None:
        """Show these, in this order, and none of the others."""
        if list(fields) == self._shown:
            return
        for field in self._shown:
            self._grid.removeWidget(field)
            if field not in fields:
                field.hide()
        self._shown = list(fields)
        for place, field in enumerate(fields):
            self._grid.addWidget(field, place % ROWS, place // ROWS)
            field.show()
        used = max(_FEWEST, -(-len(fields) // ROWS))
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 1 if column < used else 0)


class RadioLine(QWidget):
    """One of several choices; a click on its words chooses it too. ``tip`` says more."""

    def __init__(self, name: str, words: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.radio = Radio(name, self)
        self.words = ElidedLabel(words, self)
        self.words.setFont(theme.small_font())
        self.words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.radio)
        row = QHBoxLayout()
        metric = QStyle.PixelMetric
        for part in (metric.PM_ExclusiveIndicatorWidth, metric.PM_RadioButtonLabelSpacing):
            row.addSpacing(self.style().pixelMetric(part, None, self.radio))
        row.setSpacing(0)
        row.addWidget(self.words)
        column.addLayout(row)
        self.setToolTip(tip)
        self.radio.setAccessibleDescription(tip)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.radio.setFocus(Qt.FocusReason.MouseFocusReason)
            self.radio.click()


_GAP, _COLUMN_GAP = 4, 14  # pixels


class LineChoice(QWidget):
    """A radio button for each value, with a few words below it, filled row by row.

    A click changes nothing by itself: whoever shows the recipe shows the value.
    Signal: ``value_changed`` with the value, only when a person chose one.
    """

    value_changed = Signal(object)

    def __init__(
        self,
        lines: Iterable[tuple[str, str, str, str]],
        columns: int = 1,
        parent: QWidget | None = None,
    ) -> None:
        """``lines`` are a value, its name, the words below it, and a tool tip that says it all."""
        super().__init__(parent)
        self.lines: dict[str, RadioLine] = {}
        self._group = QButtonGroup(self)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(_GAP)
        grid.setHorizontalSpacing(_COLUMN_GAP)
        for place, (value, name, words, tip) in enumerate(lines):
            line = RadioLine(name, words, tip, self)
            line.radio.clicked.connect(lambda _on, value=value: self.value_changed.emit(value))
            self.lines[value] = line
            self._group.addButton(line.radio)
            grid.addWidget(line, place // columns, place % columns)
            grid.setColumnStretch(place % columns, 1)

    @property
    def choices(self) -> dict[str, Radio]:
        """The buttons by value."""
        return {value: line.radio for value, line in self.lines.items()}

    def set_value(self, value: str) -> None:
        """Show a value; nothing is emitted."""
        self.lines[value].radio.setChecked(True)

    def shown(self, value: str) -> str:
        """The name of a value."""
        return self.lines[value].radio.text()


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

    def show_unused(self, unused: Mapping[str, str]) -> None:
        """Let the fields that have no effect as things stand, each with why, be there only where
        they are marked: what differs from the card must be seen, and can be put back."""
        for name, why in unused.items():
            field = self.fields[name]
            field.setVisible(field.is_marked)
            field.set_used(not field.is_marked, why)

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
