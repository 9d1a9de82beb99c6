"""Hidden layers that are often used, to take with one click."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from gui.base import theme


class HiddenPresets(QToolButton):
    """A button with a menu. Signal: ``chosen`` with fields of a head and their values, by name."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("Presets"))
        self.setFont(theme.small_font())
        self.setToolTip(self.tr("Hidden layers that are often used"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAutoRaise(True)
        menu = QMenu(self)
        classic = {
            "hidden": [4096, 4096],
            "activation": "relu",
            "dropout": 0.5,
            "layer_norm": False,
        }
        for name, values in (
            (self.tr("None: the last layer alone"), {"hidden": []}),
            (self.tr("256: small and quick"), {"hidden": [256]}),
            (self.tr("4096, 4096, dropout 0.5: the classic VGG"), classic),
        ):
            action = menu.addAction(name)
            action.triggered.connect(lambda _on=False, values=values: self.chosen.emit(values))
        self.setMenu(menu)
        hint = super().sizeHint()  # the style's own draws its arrow over the text's end
        metrics = self.fontMetrics()
        self.setFixedSize(hint.width() + 2 * metrics.averageCharWidth(), metrics.height() + 2)
