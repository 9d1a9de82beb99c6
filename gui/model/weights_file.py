"""A file or a run that weights are taken from: where it is, and what is in it."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.common.messages import fill
from core.recipe.config import ModelConfig
from gui.base import theme
from gui.controls.labels import AdviceLine, Kind, PathField
from gui.controls.setting_fields import SettingField
from gui.model import weights_words
from gui.model.weights_jobs import LookedAt

_GAP = 5  # pixels


class WeightsFile(QWidget):
    """The path; format and layers; its normalisation, or the field that asks for it; or what is
    wrong. Signal: ``other_asked`` when another one is to be chosen."""

    other_asked = Signal()

    def __init__(self, normalization: SettingField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.normalization = normalization
        self.path = PathField()
        self.path.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.path.setAccessibleName(self.tr("Weights are taken from"))
        self.other_button = QPushButton(self.tr("Other…"))
        self.contents = QLabel(wordWrap=True)
        self.contents.setTextFormat(Qt.TextFormat.PlainText)
        self.contents.setFont(theme.small_font())
        self.contents.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.problem = AdviceLine()
        row = QHBoxLayout()
        row.addWidget(self.path, 1)
        row.addWidget(self.other_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addLayout(row)
        for part in (self.contents, self.problem, normalization):
            column.addWidget(part)
        self.other_button.clicked.connect(self.other_asked)

    def show_file(self, model: ModelConfig, looked: LookedAt | None) -> None:
        """Show the file that ``model`` names, and what was found in it, None while that is not
        known."""
        self.path.set_path(Path(model.weights))
        found = None if looked is None else looked.found
        self.contents.setText(self._contents(looked))
        self.contents.setVisible(bool(self.contents.text()))
        asks = found is not None and (found.stated is None or model.normalization is not None)
        self.normalization.setVisible(asks)
        self.problem.show_words(*self._problem(model, looked))

    def _contents(self, looked: LookedAt | None) -> str:
        if looked is None:
            return self.tr("Looking at the file…")
        if looked.found is None:
            return ""
        lines = [weights_words.found_text(looked.found)]
        if looked.found.stated is not None:
            said = weights_words.normalization_text(looked.found.stated)
            lines.append(fill(self.tr("It states its normalisation: {said}."), {"said": said}))
        return "\n".join(lines)

    def _problem(self, model: ModelConfig, looked: LookedAt | None) -> tuple[str, Kind]:
        """What is wrong with it, or what is still to be said of it."""
        if looked is None:
            return "", "plain"
        if looked.error is not None:
            return weights_words.problem(looked.error), "wrong"
        assert looked.found is not None
        error = weights_words.unfit(looked.found, model)
        if error is not None:
            return weights_words.problem(error), "wrong"
        if looked.found.stated is None and model.normalization is None:
            words = self.tr("The file doesn’t say what its pictures were normalised by: choose it.")
            return words, "warning"
        return "", "plain"
