"""How much of a typical picture is fill, as a number that grows with the rotation."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from core.recipe.config import EFFECTS, AugmentationConfig
from gui.augment import preview_text

# Milliseconds: the tiles are painted first, and a sum over many draws takes some of them.
_PAUSE = 30


class FillShareLabel(QLabel):
    """Follows the settings a little after the tiles do."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._config = AugmentationConfig()
        self._counted: object = None
        self._share = 0.0
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE)
        self._timer.timeout.connect(self._count)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setToolTip(
            self.tr("What a warp uncovers, on average over many draws: its pixels are made up")
        )
        self.setContentsMargins(0, 0, 3, 0)
        self._show()

    @property
    def share(self) -> float:
        """The share that is shown, 0 to 1."""
        return self._share

    def show_config(self, config: AugmentationConfig) -> None:
        """Count for these settings as soon as there is time."""
        self._config = config
        if self.isVisible() and not self._timer.isActive() and self._counted != _what(config):
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.show_config(self._config)

    def _count(self) -> None:
        # Here: it brings NumPy, which start-up can do without.
        from core.augmentation.augment import fill_share_of

        config, self._counted = self._config, _what(self._config)
        self._share = fill_share_of(config)
        self._show()

    def _show(self) -> None:
        self.setText(preview_text.typical_fill(self._share))


def _what(config: AugmentationConfig) -> tuple[object, ...]:
    """What the number depends on."""
    names = [name for one in EFFECTS if one.kind == "geometric" for name in one.fields]
    return config.policy, *(getattr(config, name) for name in names)
