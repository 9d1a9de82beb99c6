"""What else decides what a picture becomes: its size, what is behind it, how large it may be."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from core.common.messages import fill
from core.recipe.config import DatasetConfig
from gui.controls.inputs import ColorButton
from gui.controls.setting_fields import FieldBox, limited_field
from gui.data import data_text
from gui.data.fit_facts import FitFacts

SIZE, BACKGROUND = "dataset.image_size", "dataset.background_color"
MEGAPIXELS = "dataset.max_megapixels"
_PAUSE = 700  # milliseconds without a key: the number is whole


class FitFields(QWidget):
    """Fields in one row. Signals: ``changed`` with a recipe's key and its new value;
    ``size_asked``.

    The largest picture is told once typing pauses, because another limit means to read the
    folder again; half a number would first throw nearly every picture out.
    """

    changed = Signal(str, object)
    size_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture_size = QPushButton(self)
        self.picture_size.clicked.connect(self.size_asked)
        title = self.tr("Behind transparent pictures")
        self.background = ColorButton(title, self)
        self.background.color_chosen.connect(lambda color: self.changed.emit(BACKGROUND, color))
        self.megapixels = limited_field(DatasetConfig, "max_megapixels", step=10, parent=self)
        self.megapixels.setAcceptDrops(False)  # a folder dropped here is for the page
        self._typed: object = None
        self._typing = QTimer(self, singleShot=True, interval=_PAUSE)
        self._typing.timeout.connect(self.commit)
        self.megapixels.value_changed.connect(self._type)
        self.megapixels.editingFinished.connect(self.commit)
        self.boxes = self._boxes()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for box in self.boxes.values():
            row.addWidget(box, 1)

    def show_config(self, config: DatasetConfig, facts: FitFacts) -> None:
        """Show the fields of ``config``, and what ``facts`` makes of them."""
        self.picture_size.setText(fill(self.tr("{size} px"), {"size": config.image_size}))
        self.background.show_color(config.background_color)
        if not self._typing.isActive():
            self.megapixels.set_value(config.max_megapixels)
        many = len(facts.transparent)
        self._tell(BACKGROUND, data_text.transparent(many), many > 0)
        self._tell(MEGAPIXELS, data_text.larger(facts.too_large), facts.too_large > 0)
        for box in self.boxes.values():
            box.set_error("")

    def commit(self) -> None:
        """Tell what was typed, if it was not told yet."""
        if self._typing.isActive() or self._typed is not None:
            self._typing.stop()
            typed, self._typed = self._typed, None
            self.changed.emit(MEGAPIXELS, typed)

    def start_afresh(self) -> None:
        """Forget what was half typed, for another dataset."""
        self._typing.stop()
        self._typed = None
        self.megapixels.set_value(self.megapixels.value, keep_text=False)

    def field_name(self, key: str) -> str:
        """What the field of ``key`` is called; the key itself if it has none here."""
        return self.boxes[key].name.text() if key in self.boxes else key

    def mark(self, key: str) -> None:
        """Mark the field of ``key``, whose value was refused."""
        if key in self.boxes:
            self.boxes[key].set_error(key)

    def _type(self, value: object) -> None:
        self._typed = value
        self._typing.start()

    def _tell(self, key: str, words: str, matters: bool) -> None:
        help_line = self.boxes[key].help
        help_line.set_text(words)
        roles = QPalette.ColorRole
        help_line.setForegroundRole(roles.WindowText if matters else roles.PlaceholderText)

    def _boxes(self) -> dict[str, FieldBox]:
        return {
            SIZE: FieldBox(
                self.tr("Picture size"),
                self.picture_size,
                self.tr("on the Model page"),
                self.tr("Every picture is made a square of this many pixels."),
                self,
            ),
            BACKGROUND: FieldBox(
                self.tr("Behind transparency"),
                self.background,
                "",
                self.tr("The colour that shows where a picture is transparent."),
                self,
            ),
            MEGAPIXELS: FieldBox(
                self.tr("Largest (megapixels)"),
                self.megapixels,
                "",
                self.tr(
                    "A picture of more millions of pixels is not decoded and counts as a "
                    "problem: one such file can take all the memory. Another limit reads the "
                    "folder again."
                ),
                self,
            ),
        }
