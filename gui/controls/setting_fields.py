"""A field of a recipe, with all that a person may want to know of it."""

from typing import Any, Literal, Protocol, cast, get_args, get_origin

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from core.common.messages import fill
from core.recipe.config import Config
from gui.base import theme
from gui.controls.checked_edit import CheckedEdit
from gui.controls.choice_field import ChoiceField
from gui.controls.field_box import FieldBox
from gui.controls.limited_field import limited_field, limited_list
from gui.controls.number_fields import NumberField
from gui.controls.numbers_field import NumbersField
from gui.controls.settings_text import Setting
from gui.controls.switch_field import SwitchField


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
