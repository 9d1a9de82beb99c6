"""A row of buttons of which one is down: how the augmentation is looked at."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from core.common.messages import fill
from gui.controls.inputs import ChoiceButton

VIEWS = ("versions", "classes", "compare", "strips", "fills")
_PAD = 11


class ViewSwitcher(QWidget):
    """Signal: ``chosen`` with the name of the view that a person wants."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, ChoiceButton] = {}
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for number, name in enumerate(VIEWS):
            button = self.buttons[name] = self._button(name, number + 1)
            self._group.addButton(button, number)
            layout.addWidget(button)
        self.setAccessibleName(self.tr("View"))
        self.show_view(VIEWS[0])

    @property
    def view(self) -> str:
        """The view whose button is down."""
        return VIEWS[self._group.checkedId()]

    def show_view(self, name: str) -> None:
        """Let the button of ``name`` be down, without a signal."""
        self.buttons[name].setChecked(True)

    def choose_by_key(self, event: QKeyEvent) -> bool:
        """Choose the view that a digit stands for; False for another key."""
        number = event.key() - Qt.Key.Key_1
        modifiers = Qt.KeyboardModifier
        # Shift may be held: French and Czech keyboards have their digits there.
        others = modifiers.ControlModifier | modifiers.AltModifier | modifiers.MetaModifier
        if event.modifiers() & others or not 0 <= number < len(VIEWS):
            return False
        self.show_view(VIEWS[number])
        self.chosen.emit(VIEWS[number])
        return True

    def _button(self, name: str, number: int) -> ChoiceButton:
        words, meaning = {
            "versions": (
                self.tr("Versions"),
                self.tr("Versions of one picture beside it"),
            ),
            "classes": (self.tr("Classes"), self.tr("One picture of each class")),
            "compare": (
                self.tr("Before/after"),
                self.tr("One version over the picture, with a divider"),
            ),
            "strips": (
                self.tr("Strips"),
                self.tr("Each effect alone, from one end of its range to the other"),
            ),
            "fills": (
                self.tr("Fill modes"),
                self.tr("The same draws in each of the four fill modes"),
            ),
        }[name]
        button = ChoiceButton(words, self)
        tip = fill(self.tr("{meaning} ({key})"), {"meaning": meaning, "key": number})
        button.setToolTip(tip)
        button.setAccessibleDescription(meaning)
        button.setFixedWidth(button.fontMetrics().horizontalAdvance(words) + 2 * _PAD)
        button.clicked.connect(lambda: self.chosen.emit(name))
        return button
