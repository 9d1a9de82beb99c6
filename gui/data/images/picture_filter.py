"""Which pictures of a dataset are shown: the class's name, a search, a list of kinds."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from gui.base import theme
from gui.controls.inputs import QuietComboBox
from gui.controls.labels import ElidedLabel
from gui.data import words as data_words
from gui.session.image_list import SHOWN

_LETTERS, _FEWEST_LETTERS = 12, 8
_GROUPS = ("train", "pinned")  # a line above each


class PictureFilter(QWidget):
    """Signals: ``changed`` when a person, or ``choose``, asks for other pictures; ``left`` when
    Escape, Enter or Down leaves the search."""

    changed = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quiet = False
        self.heading = ElidedLabel(parent=self)
        self.heading.setFont(theme.font(bold=True))
        self.count = QLabel(self)
        self.search = _Search(self)
        self.search.textChanged.connect(self._tell)
        self.search.left.connect(self.left)
        self.show_box = QuietComboBox(self)
        self.show_box.setAccessibleName(self.tr("Which pictures"))
        self.show_box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.show_box.setMinimumContentsLength(_LETTERS)
        for shown in SHOWN:
            if shown in _GROUPS:
                self.show_box.insertSeparator(self.show_box.count())
            self.show_box.addItem(data_words.shown_title(shown), shown)
        self.show_box.currentIndexChanged.connect(self._tell)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.heading, 1)
        row.addWidget(self.count)
        row.addWidget(self.search)
        row.addWidget(self.show_box)

    @property
    def shown(self) -> str:
        """What the list of kinds says, of ``SHOWN``."""
        return str(self.show_box.currentData())

    @property
    def words(self) -> str:
        """What is searched for."""
        return self.search.text().strip()

    def choose(self, shown: str, words: str | None = None) -> None:
        """Ask for these, and for ``words`` in the file's name where they are given."""
        before = self.shown, self.words
        self._take(shown, words)
        if (self.shown, self.words) != before:
            self.changed.emit()

    def start_afresh(self) -> None:
        """Ask for all pictures again, and tell nobody."""
        self._take("all", "")

    def show_found(self, heading: str, count: str) -> None:
        """Say whose pictures these are, and how many."""
        self.heading.set_text(heading)
        self.count.setText(count)

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Say how many there are of what is out of the ordinary; none can't be chosen."""
        model = self.show_box.model()
        assert isinstance(model, QStandardItemModel)
        for shown, count in counts.items():
            item = model.item(self.show_box.findData(shown))
            item.setText(data_words.shown_title(shown, count or None))
            item.setEnabled(count > 0)

    def begin_search(self) -> None:
        """Go to the search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _take(self, shown: str, words: str | None) -> None:
        self._quiet = True
        self.show_box.setCurrentIndex(self.show_box.findData(shown))
        if words is not None:
            self.search.setText(words)
        self._quiet = False

    def _tell(self) -> None:
        if not self._quiet:
            self.changed.emit()


class _Search(QLineEdit):
    """Escape clears it, then leaves it."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(self.tr("Find a name"))
        self.setAccessibleName(self.tr("Find pictures by file name"))
        self.setToolTip(self.tr("Find pictures by file name (Ctrl+F)"))
        self.setClearButtonEnabled(True)
        letter = self.fontMetrics().averageCharWidth()
        self.setMinimumWidth(_FEWEST_LETTERS * letter)
        self.setMaximumWidth(2 * _LETTERS * letter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        if event.key() == keys.Key_Escape and self.text():
            self.clear()
        elif event.key() in (keys.Key_Escape, keys.Key_Return, keys.Key_Enter, keys.Key_Down):
            self.left.emit()
        else:
            super().keyPressEvent(event)
