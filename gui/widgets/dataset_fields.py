"""What is chosen on the Data page: how pictures become square, and who validates and tests."""

from collections.abc import Set
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from core.config import LARGEST_HELD_OUT, DatasetConfig
from core.dataset import SplitName
from core.messages import fill
from gui import data_text, theme
from gui.widgets.field_box import FieldBox
from gui.widgets.limited_field import limited_field
from gui.widgets.number_field import NumberField
from gui.widgets.quiet_inputs import QuietComboBox

FIT, SEED, SIZE = "dataset.fit", "dataset.split_seed", "dataset.image_size"
VALIDATION, TEST = "dataset.validation_fraction", "dataset.test_fraction"
_LARGEST = 0.9  # what a fraction may be at most, however small the other


class DatasetFields(QWidget):
    """Fields in one row. Signals: ``changed`` with a recipe's key and its new value;
    ``size_asked`` when a person wants to change the picture size, which is on another page."""

    changed = Signal(str, object)
    size_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fit = QuietComboBox(self)
        for value, name, _sentence in data_text.fits():
            self.fit.addItem(name, value)
        self.fit.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.validation = self._number("validation_fraction", step=0.05)
        self.test = self._number("test_fraction", step=0.05)
        self.seed = self._number("split_seed", integer=True)
        self.picture_size = QPushButton(self)
        self.picture_size.clicked.connect(self.size_asked)
        self.fit.activated.connect(lambda row: self.changed.emit(FIT, self.fit.itemData(row)))
        for key, field in ((VALIDATION, self.validation), (TEST, self.test), (SEED, self.seed)):
            field.value_changed.connect(lambda value, key=key: self.changed.emit(key, value))
        self.boxes = self._boxes()
        self.problem = QLabel(self, wordWrap=True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self._show_problem("")

    def show_config(self, config: DatasetConfig, own: Set[SplitName]) -> None:
        """Show ``config``; ``own`` are the splits that the folder makes itself."""
        self._show_fit(config)
        self._show_fractions(config, own)
        self.seed.set_value(config.split_seed)
        self._enable(SEED, not own >= {"validation", "test"})
        size = fill(self.tr("{size} px"), {"size": config.image_size})
        self.picture_size.setText(size)
        for box in self.boxes.values():
            box.set_error("")
        self._show_problem("")

    def start_afresh(self) -> None:
        """Forget what was half typed, for another dataset."""
        for field in (self.validation, self.test, self.seed):
            field.set_value(field.value, keep_text=False)

    def field_name(self, key: str) -> str:
        """What the page calls the field of ``key``; the key itself if it has none here."""
        return self.boxes[key].name.text() if key in self.boxes else key

    def show_error(self, key: str, sentence: str) -> None:
        """Mark the field of ``key`` with what is wrong."""
        if key in self.boxes:
            self.boxes[key].set_error(sentence)
        self._show_problem(sentence)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationPaletteChange:
            self._show_problem(self.problem.text())

    # -- showing ----------------------------------------------------------------------------

    def _show_fit(self, config: DatasetConfig) -> None:
        row = self.fit.findData(config.fit)
        self.fit.setCurrentIndex(row)
        self.boxes[FIT].help.set_text(data_text.fits()[row][2])

    def _show_fractions(self, config: DatasetConfig, own: Set[SplitName]) -> None:
        for field, value, other in (
            (self.validation, config.validation_fraction, config.test_fraction),
            (self.test, config.test_fraction, config.validation_fraction),
        ):
            most = round(LARGEST_HELD_OUT - other, 6)  # so that some pictures train
            field.set_value(value)
            field.set_limits(field.minimum, min(_LARGEST, most))
        self._explain(VALIDATION, "validation" in own, config.validation_fraction)
        self._explain(TEST, "test" in own, config.test_fraction)

    def _explain(self, key: str, is_own: bool, share: float) -> None:
        self._enable(key, not is_own)
        if is_own:
            words = self.tr("the folder has its own")
        elif share == 0:
            words = self.tr("none set aside")
        else:
            words = fill(self.tr("{share} of each class"), {"share": data_text.share(share)})
        self.boxes[key].help.set_text(words)

    def _enable(self, key: str, enabled: bool) -> None:
        self.boxes[key].control.setEnabled(enabled)
        self.boxes[key].name.setEnabled(enabled)

    def _show_problem(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("wrong"))
        self.problem.setPalette(palette)

    # -- making it --------------------------------------------------------------------------

    def _number(self, name: str, **more: Any) -> NumberField:
        field = limited_field(DatasetConfig, name, parent=self, **more)
        field.setAcceptDrops(False)  # a folder dropped here is for the page, not text to type
        return field

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(14)
        for key, box in self.boxes.items():
            row.addWidget(box, 2 if key == FIT else 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.problem)

    def _boxes(self) -> dict[str, FieldBox]:
        described: tuple[tuple[str, str, QWidget, str, str], ...] = (
            (
                FIT,
                self.tr("Fit"),
                self.fit,
                "",
                self.tr("How a picture becomes the square that the network reads."),
            ),
            (
                VALIDATION,
                self.tr("Validation share"),
                self.validation,
                "",
                self.tr(
                    "These pictures never train: they tell how good the network is on new ones. "
                    "The share is taken from each class; 0.2 is 20 %."
                ),
            ),
            (
                TEST,
                self.tr("Test share"),
                self.test,
                "",
                self.tr(
                    "Neither trained on nor used to choose the best epoch, so the most honest "
                    "number in the end. 0: none are set aside."
                ),
            ),
            (
                SEED,
                self.tr("Split seed"),
                self.seed,
                self.tr("same seed, same split"),
                self.tr("Decides, alone, which pictures validate and which test."),
            ),
            (
                SIZE,
                self.tr("Picture size"),
                self.picture_size,
                self.tr("on the Model page"),
                self.tr("Every picture is made a square of this many pixels."),
            ),
        )
        return {
            key: FieldBox(name, control, words, tooltip, self)
            for key, name, control, words, tooltip in described
        }
