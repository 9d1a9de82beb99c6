"""How many pictures validate and test, and the seed that decides which."""

from collections.abc import Set
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from core.common.messages import fill
from core.dataset.folder import SplitName
from core.recipe.config import LARGEST_HELD_OUT, DatasetConfig
from gui.base import theme
from gui.controls.number_fields import NumberField
from gui.controls.setting_fields import FieldBox, limited_field
from gui.data import data_text

SEED = "dataset.split_seed"
VALIDATION, TEST = "dataset.validation_fraction", "dataset.test_fraction"
_LARGEST = 0.9  # what a fraction may be at most, however small the other


class SplitFields(QWidget):
    """Fields in one row. Signal: ``changed`` with a recipe's key and its new value."""

    changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seed = 0
        self.validation = self._number("validation_fraction", step=0.05)
        self.test = self._number("test_fraction", step=0.05)
        self.seed = self._number("split_seed", integer=True)
        self.draw = QPushButton(theme.icon("shuffle"), self.tr("Draw another"), self)
        self.draw.setToolTip(self.tr("Another seed: other pictures validate and test"))
        self.draw.clicked.connect(self._draw_another)
        for key, field in ((VALIDATION, self.validation), (TEST, self.test), (SEED, self.seed)):
            field.value_changed.connect(lambda value, key=key: self.changed.emit(key, value))
        self.boxes = self._boxes()
        self._lay_out()

    def show_config(self, config: DatasetConfig, own: Set[SplitName]) -> None:
        """Show ``config``; ``own`` are the splits that the folder makes itself."""
        for field, value, other in (
            (self.validation, config.validation_fraction, config.test_fraction),
            (self.test, config.test_fraction, config.validation_fraction),
        ):
            most = round(LARGEST_HELD_OUT - other, 6)  # so that some pictures train
            field.set_value(value)
            field.set_limits(field.minimum, min(_LARGEST, most))
        self._seed = config.split_seed
        self.seed.set_value(config.split_seed)
        self._explain(VALIDATION, "validation" in own, config.validation_fraction)
        self._explain(TEST, "test" in own, config.test_fraction)
        draws = not own >= {"validation", "test"}
        self._enable(SEED, draws)
        self.draw.setEnabled(draws)
        words = self.tr("same seed, same split") if draws else self.tr("nothing is drawn")
        self.boxes[SEED].help.set_text(words)
        for box in self.boxes.values():
            box.set_error("")

    def start_afresh(self) -> None:
        """Forget what was half typed, for another dataset."""
        for field in (self.validation, self.test, self.seed):
            field.set_value(field.value, keep_text=False)

    def _draw_another(self) -> None:
        # the next number: every seed draws anew, and a person finds the way back
        most = int(self.seed.maximum or 0)
        self.changed.emit(SEED, self._seed + 1 if self._seed < most else 0)

    def _explain(self, key: str, is_own: bool, share: float) -> None:
        self._enable(key, not is_own)
        if is_own:
            words = self.tr("the folder’s own")
        elif share == 0:
            words = self.tr("none set aside")
        else:
            words = fill(self.tr("{share} per class"), {"share": data_text.share(share)})
        self.boxes[key].help.set_text(words)

    def _enable(self, key: str, enabled: bool) -> None:
        self.boxes[key].control.setEnabled(enabled)
        self.boxes[key].name.setEnabled(enabled)

    def _number(self, name: str, **more: Any) -> NumberField:
        field = limited_field(DatasetConfig, name, parent=self, **more)
        field.setAcceptDrops(False)  # a folder dropped here is for the page, not text to type
        return field

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for key, box in self.boxes.items():
            row.addWidget(box, 7 if key == SEED else 5)
        row.addWidget(self.draw, 0, Qt.AlignmentFlag.AlignVCenter)

    def _boxes(self) -> dict[str, FieldBox]:
        return {
            VALIDATION: FieldBox(
                self.tr("Validation share"),
                self.validation,
                "",
                self.tr(
                    "These pictures never train: they tell how good the network is on new ones. "
                    "The share is taken from each class; 0.2 is 20 %."
                ),
                self,
            ),
            TEST: FieldBox(
                self.tr("Test share"),
                self.test,
                "",
                self.tr(
                    "Neither trained on nor used to choose the best epoch, so the most honest "
                    "number in the end. 0: none are set aside."
                ),
                self,
            ),
            SEED: FieldBox(
                self.tr("Split seed"),
                self.seed,
                "",
                self.tr("Decides, alone, which pictures validate and which test."),
                self,
            ),
        }
