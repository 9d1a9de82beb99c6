"""The kinds of head to choose one from."""

from PySide6.QtWidgets import QWidget

from gui.controls.setting_fields import LineChoice
from gui.recipe.heads import kinds


class HeadKinds(LineChoice):
    """Each kind with a few words; its tool tip says it all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        lines = [(kind, text.name, text.short, text.all) for kind, text in kinds().items()]
        super().__init__(lines, parent=parent)
