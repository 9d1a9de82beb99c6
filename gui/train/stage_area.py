"""The stages' rows in the height of three: they scroll, and the row that trains is in sight."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from gui.train.stage_plan import StagePlan

_ROWS_IN_VIEW = 3


class StageArea(QScrollArea):
    """Shows a ``StagePlan``; the words above its columns stay while its rows scroll."""

    def __init__(self, plan: StagePlan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plan = plan
        self._running: int | None = None
        self._reveal = QTimer(self, singleShot=True, interval=0)  # once rows have their places
        self._reveal.timeout.connect(self._reveal_running)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(plan)
        for part in (self, plan):
            part.setBackgroundRole(QPalette.ColorRole.Window)
        self.verticalScrollBar().valueChanged.connect(plan.keep_header_at)

    def follow(self, running: int | None) -> None:
        """Take the height of the plan's rows. A stage that begins to train (from 1) comes into
        sight; else the rows stay where a person scrolled them."""
        self.setFixedHeight(self._plan.height_of(_ROWS_IN_VIEW))
        self.verticalScrollBar().setSingleStep(self._plan.strip.row_height)  # to whole rows
        if running != self._running:
            self._running = running
            self._reveal.start()

    def shows(self, stage: int) -> bool:
        """Whether the row of ``stage``, from 1, is wholly in sight."""
        row, top = self._plan.strip.row_height, self.verticalScrollBar().value()
        return top <= (stage - 1) * row <= top + (_ROWS_IN_VIEW - 1) * row

    def _reveal_running(self) -> None:
        if self._running is not None and not self.shows(self._running):
            before = self._running - 2  # the row of the stage before it stays in sight
            self.verticalScrollBar().setValue(before * self._plan.strip.row_height)
