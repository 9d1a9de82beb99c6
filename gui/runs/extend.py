"""The dialog that asks for how many more epochs a run's last stage trains."""

from PySide6.QtWidgets import QInputDialog, QWidget

from core.common.messages import fill
from core.recipe.config import RunConfig
from gui.base import words
from gui.base.ask import drop_icons
from gui.recipe import words as recipe_words

_OFTEN = 10


_MOST = 1000  # epochs of a stage, as a recipe allows


class ExtendDialog(QInputDialog):
    """Says which stage goes on. Signal: Qt's ``intValueSelected`` with the number of epochs."""

    def __init__(self, recipe: RunConfig, planned: int, parent: QWidget | None = None) -> None:
        """``planned`` are the epochs that its last stage has until now."""
        super().__init__(parent)
        last = recipe.stages[-1]
        template = self.tr(
            "Stage {stage} ({what}) was planned for {epochs} epochs.\n"
            "It goes on where it ended, with the same learning rates.\n\nMore epochs to train:"
        )
        blocks = recipe_words.blocks(last.thawed, recipe.model.depth)
        what = fill(self.tr("head and {blocks}"), {"blocks": blocks})
        values = {
            "stage": len(recipe.stages),
            "what": what if last.thawed else self.tr("head alone"),
            "epochs": words.count(planned),
        }
        self.setWindowTitle(self.tr("Train more epochs"))
        self.setInputMode(QInputDialog.InputMode.IntInput)
        self.setLabelText(fill(template, values))
        self.setIntRange(1, max(_MOST - planned, 1))
        self.setIntValue(_OFTEN)
        self.setOkButtonText(self.tr("Train"))
        drop_icons(self)
