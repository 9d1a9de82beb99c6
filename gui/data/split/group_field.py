"""Which pictures belong together: a way to group them and what it needs to know."""

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from core.dataset.summary import Sample
from core.recipe import config
from gui.base import theme
from gui.controls.inputs import QuietComboBox
from gui.controls.number_fields import NumberField
from gui.controls.setting_fields import FieldBox
from gui.data.split import group_report
from gui.data.split import words as split_words

_SECONDS = 5.0
_LONGEST_SEPARATOR = 20


class GroupField(QWidget):
    """Signal: ``changed`` with a recipe's ``group_by`` (text or None), when a person changed
    it to one that can be read."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: str | None = None
        self.kinds = QuietComboBox(self)
        for row, (kind, name, sentence) in enumerate(split_words.groupings()):
            self.kinds.addItem(name, kind)
            self.kinds.setItemData(row, sentence, Qt.ItemDataRole.ToolTipRole)
        self.kinds.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.kinds.activated.connect(self._chosen)
        self.separator = QLineEdit(group_report.SEPARATORS[0], self)
        self.separator.setMaxLength(_LONGEST_SEPARATOR)
        self.separator.setAcceptDrops(False)  # a folder dropped here is for the page
        self.separator.textEdited.connect(self._typed)
        self.seconds = NumberField(
            _SECONDS,
            minimum=0,
            maximum=config.LONGEST_GAP,
            exclusive_minimum=True,
            step=1,
            parent=self,
        )
        self.seconds.setAcceptDrops(False)
        self.seconds.value_changed.connect(self._tell)
        self.sentence = QLabel(self, wordWrap=True)
        self.sentence.setFont(theme.small_font())
        self.sentence.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.boxes = self._boxes()
        self._lay_out()
        self._show_kind()

    @property
    def group_by(self) -> str | None:
        """What the field says; None also where it cannot be read."""
        match self.kinds.currentData():
            case "prefix" if self._is_separator():
                return f"prefix:{self.separator.text()}"
            case "subfolder":
                return "subfolder"
            case "time" if self.seconds.value is not None:
                return f"time:{Decimal(repr(float(self.seconds.value))).normalize():f}"
        return None

    def show_value(self, group_by: str | None) -> None:
        """Show what is set; a separator that is half typed stays while nothing else is set."""
        if group_by == self._shown:
            return
        self._shown = group_by
        by = config.parse_group_by(group_by) if group_by is not None else None
        self.kinds.setCurrentIndex(self.kinds.findData(by.kind if by is not None else ""))
        if by is not None and by.kind == "prefix" and self.separator.text() != by.separator:
            self.separator.setText(by.separator)
        if by is not None and by.kind == "time":
            self.seconds.set_value(by.seconds)
        self._show_kind()

    def suggest(self, samples: Sequence[Sample]) -> None:
        """Have the separator ready that most of these pictures' names hold."""
        if self.kinds.currentData() != "prefix":
            self.separator.setText(group_report.likely_separator(samples))

    def start_afresh(self) -> None:
        """Forget what was half typed."""
        shown, self._shown = self._shown, ""
        self._require_separator()
        self.seconds.set_value(self.seconds.value, keep_text=False)
        self.show_value(shown)

    def set_error(self, sentence: str) -> None:
        """Mark the field, or, with "", don't."""
        for box in self.boxes:
            box.set_error(sentence)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_validity()

    def _chosen(self) -> None:
        self._require_separator()
        self._show_kind()
        self._tell()

    def _typed(self) -> None:
        self._show_validity()
        self._tell()

    def _tell(self) -> None:
        value = self.group_by
        if value != self._shown and (value is not None or not self.kinds.currentData()):
            self._shown = value
            self.changed.emit(value)

    def _require_separator(self) -> None:
        if not self._is_separator():
            self.separator.setText(group_report.SEPARATORS[0])

    def _is_separator(self) -> bool:
        return bool(self.separator.text()) and "/" not in self.separator.text()

    def _show_kind(self) -> None:
        row = self.kinds.currentIndex()
        kind, _name, sentence = split_words.groupings()[row]
        self.sentence.setText(sentence)
        _kinds, separator, seconds = self.boxes
        separator.setVisible(kind == "prefix")
        seconds.setVisible(kind == "time")
        self._show_validity()

    def _show_validity(self) -> None:
        valid = self._is_separator()
        palette = QPalette()
        if not valid:
            palette.setColor(QPalette.ColorRole.Base, theme.fill_color("wrong"))
        self.separator.setPalette(palette)
        words = self.boxes[1].help
        words.set_text("" if valid else self.tr("one or more signs, no “/”"))
        words.setVisible(not valid)

    def _boxes(self) -> tuple[FieldBox, FieldBox, FieldBox]:
        return (
            FieldBox(
                self.tr("Group by"),
                self.kinds,
                "",
                self.tr(
                    "Pictures that belong together must not be parted: a network that has seen "
                    "one of them in training knows the others."
                ),
                self,
            ),
            FieldBox(
                self.tr("Separator"),
                self.separator,
                "",
                self.tr("A group's name is what stands before it in the file name."),
                self,
            ),
            FieldBox(
                self.tr("Seconds apart"),
                self.seconds,
                "",
                self.tr("The most seconds between one photograph and the next of a group."),
                self,
            ),
        )

    def _lay_out(self) -> None:
        for box in self.boxes:
            box.help.hide()
        row = QHBoxLayout()
        row.setSpacing(12)
        for box, stretch in zip(self.boxes, (3, 1, 1), strict=True):
            row.addWidget(box, stretch)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.sentence)
