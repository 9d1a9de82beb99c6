"""A depth that stages forbid, and the offer to make them fit it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from core.common.messages import fill
from core.recipe.config import RunConfig
from gui.model.kept_depth import at_depth


class DepthRepair(QPushButton):
    """Hidden while there is nothing to offer. Signal: ``repaired`` with the recipe that fits."""

    repaired = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recipe: RunConfig | None = None
        self.clicked.connect(lambda: self.repaired.emit(self._recipe))
        self.hide()

    def offer(self, recipe: RunConfig, depth: int) -> None:
        """Offer to keep ``depth`` blocks in ``recipe``, which was refused because of its stages;
        nothing where other stages would not help."""
        self._recipe = at_depth(recipe, depth)
        self.offer_again()
        values = {"depth": depth}
        self.setText(fill(self.tr("Keep {depth}, change the stages"), values))
        tip = self.tr(
            "Stages no longer thaw the blocks that go; one that would thaw none then thaws block "
            "{depth}."
        )
        self.setToolTip(fill(tip, values))

    def offer_again(self) -> None:
        """Show what was offered last."""
        self.setVisible(self._recipe is not None)
