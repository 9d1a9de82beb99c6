"""The rest of what makes the network: weights, depth, head, picture size, batches, seed."""

from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core import vgg16
from core.config import LARGEST_IMAGE, SMALLEST_IMAGE, RunConfig
from gui import theme
from gui.widgets.field_box import FieldBox
from gui.widgets.limited_field import limited_field
from gui.widgets.quiet_inputs import QuietComboBox

WEIGHTS, DEPTH, HEAD = "model.weights", "model.depth", "model.head.kind"
IMAGE_SIZE, BATCH_SIZE, SEED = "dataset.image_size", "batch_size", "seed"


class ModelFields(QWidget):
    """Fields in one row. Signal: ``changed`` with a recipe's key and its new value."""

    changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.weights = self._list(WEIGHTS, self._weights())
        self.blocks_kept = self._list(DEPTH, self._depths())
        self.image_size = self._list(IMAGE_SIZE, self._sizes())
        self.head = QLabel(self)
        self.batch_size = limited_field(RunConfig, "batch_size", integer=True, parent=self)
        self.seed = limited_field(RunConfig, "seed", integer=True, parent=self)
        for key, field in ((BATCH_SIZE, self.batch_size), (SEED, self.seed)):
            field.value_changed.connect(lambda value, key=key: self.changed.emit(key, value))
        self.boxes = self._boxes()
        self.head.setMinimumHeight(self.weights.sizeHint().height())
        self.problem = QLabel(self)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        fields = QHBoxLayout()
        fields.setSpacing(14)
        for box in self.boxes.values():
            fields.addWidget(box, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(fields)
        layout.addWidget(self.problem)
        self._show_problem("")

    def show_recipe(self, recipe: RunConfig) -> None:
        """Show the fields of ``recipe``."""
        _select(self.weights, recipe.model.weights)
        _select(self.blocks_kept, recipe.model.depth)
        _select(self.image_size, recipe.dataset.image_size)
        self.head.setText(recipe.model.head.kind)
        self.batch_size.set_value(recipe.batch_size)
        self.seed.set_value(recipe.seed)
        for box in self.boxes.values():
            box.set_error("")
        self._show_problem("")

    def field_name(self, key: str) -> str:
        """What the page calls the field of ``key``; the key itself if it has none here."""
        return self.boxes[key].name.text() if key in self.boxes else key

    def show_error(self, key: str, sentence: str) -> None:
        """Mark the field of ``key`` with what is wrong."""
        self.boxes[key].set_error(sentence)
        self._show_problem(sentence)

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

    def _list(self, key: str, items: list[tuple[str, Any]]) -> QuietComboBox:
        box = QuietComboBox(self)
        for text, value in items:
            box.addItem(text, value)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.activated.connect(lambda index: self.changed.emit(key, box.itemData(index)))
        return box

    def _weights(self) -> list[tuple[str, Any]]:
        return [(self.tr("ImageNet"), "imagenet"), (self.tr("none: random"), "none")]

    def _depths(self) -> list[tuple[str, Any]]:
        blocks = self.tr("first %1 blocks")
        fewer = [
            (blocks.replace("%1", str(number)), number)
            for number in range(vgg16.BLOCK_COUNT - 1, 1, -1)
        ]
        all_blocks = self.tr("all %1 blocks").replace("%1", str(vgg16.BLOCK_COUNT))
        return [(all_blocks, vgg16.BLOCK_COUNT), *fewer, (self.tr("first block"), 1)]

    def _sizes(self) -> list[tuple[str, Any]]:
        sizes = range(SMALLEST_IMAGE, LARGEST_IMAGE + 1, vgg16.STRIDE)
        return [(self.tr("%1 px").replace("%1", str(size)), size) for size in sizes]

    def _boxes(self) -> dict[str, FieldBox]:
        described: tuple[tuple[str, str, QWidget, str, str], ...] = (
            (
                WEIGHTS,
                self.tr("Weights"),
                self.weights,
                self.tr("what the blocks start from"),
                self.tr(
                    "ImageNet: the blocks have already learned from 1.2 million photographs. "
                    "None: they start at random and must be thawed to learn anything."
                ),
            ),
            (
                DEPTH,
                self.tr("Blocks kept"),
                self.blocks_kept,
                self.tr("fewer for unlike pictures"),
                self.tr(
                    "Early blocks see edges and textures, late ones what ImageNet holds: for few "
                    "pictures that are very unlike photographs, the early ones may be better."
                ),
            ),
            (
                HEAD,
                self.tr("Head"),
                self.head,
                self.tr("no hidden layer"),
                self.tr(
                    "Softmax is multinomial logistic regression: one linear layer, no hidden "
                    "one, cross-entropy; the classes' probabilities sum to one."
                ),
            ),
            (
                IMAGE_SIZE,
                self.tr("Image size"),
                self.image_size,
                self.tr("smaller is faster"),
                self.tr(
                    "Every picture is made a square of this many pixels; time grows with its "
                    "area, and detail is lost below what the pictures need."
                ),
            ),
            (
                BATCH_SIZE,
                self.tr("Batch size"),
                self.batch_size,
                self.tr("pictures a step"),
                self.tr("How many pictures are averaged before the weights move one step."),
            ),
            (
                SEED,
                self.tr("Seed"),
                self.seed,
                self.tr("same seed, same result"),
                self.tr(
                    "Every random choice in training follows from it; how the pictures are "
                    "split does not."
                ),
            ),
        )
        return {
            key: FieldBox(name, control, words, tooltip, self)
            for key, name, control, words, tooltip in described
        }


def _select(box: QuietComboBox, value: Any) -> None:
    """Choose ``value``; one that the list lacks, from a recipe file, is added as it is."""
    index = box.findData(value)
    if index < 0:
        box.addItem(str(value), value)
        index = box.count() - 1
    box.setCurrentIndex(index)
