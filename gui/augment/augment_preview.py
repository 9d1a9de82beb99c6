"""The left side of the Augment page: which picture, what is made of it, what trains now."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gui.augment import words
from gui.augment.batch import BatchPanel
from gui.augment.chooser import PinRow
from gui.augment.images import Unreadable
from gui.augment.picture_chooser import PictureChooser
from gui.augment.views import PreviewViews
from gui.base import theme
from gui.controls.labels import AdviceLine
from gui.session.session import Session

_BATCH_WIDTH = 128


class AugmentPreview(QWidget):
    """Lays out the chooser, the pins, the views, and the batch of a running training."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chooser = PictureChooser(self)
        self.reshuffle = QPushButton(theme.icon("shuffle"), self.tr("&Reshuffle"), self)
        self.show_batch = QPushButton(self.tr("&Training now"), self)
        self.show_batch.setCheckable(True)
        self.show_batch.setChecked(True)
        self.show_batch.setToolTip(self.tr("Show the batch that the running training learns from"))
        self.show_batch.toggled.connect(self._place_batch)
        self.pins = PinRow(parent=self)
        self.heading = QLabel(self, wordWrap=True)
        self.heading.setFont(theme.heading_font())
        self.turn_on = QPushButton(self)
        self.views = PreviewViews(self)
        self.views.note.set_text(self.tr("Validation is never augmented."))
        self.left_out = AdviceLine(self)
        self.trivial_advice = AdviceLine(self)
        self.batch = BatchPanel(self)
        self.batch.setFixedWidth(_BATCH_WIDTH)
        self.batch.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._is_training = False
        self._lay_out()
        self._place_batch()

    def show_heading(self, session: Session) -> None:
        """Say what the tiles are."""
        self.heading.setText(words.heading(session, self.views.view))
        self.views.grid.dim = words.is_proposed(session)
        self.views.setAccessibleDescription(self.heading.text())

    def show_session(self, session: Session) -> None:
        """Show whether the tiles are used, and what trains."""
        is_off = not session.choices.augmenting
        self.reshuffle.setToolTip(self._reshuffling(session.tried_augmentation.cached_views))
        self.views.unused = not words.is_used(session)
        self.turn_on.setVisible(is_off and not session.tried_augmentation.is_identity)
        if is_off:
            self.turn_on.setText(words.turn_on(session))
        self._is_training = session.is_training
        self._place_batch()

    def show_left_out(self, unreadable: Sequence[Unreadable]) -> None:
        """Say which classes are missing, in the view of them."""
        sentence, lines = words.left_out(unreadable)
        is_seen = self.views.view == "classes"
        self.left_out.show_words(sentence if is_seen else "", "warning")
        self.left_out.setToolTip(lines)

    def _reshuffling(self, views: int) -> str:
        if not views:
            return self.tr("Other random draws for the same settings")
        return self.tr(
            "Other versions to keep, here and in training: changes augmentation.seed. "
            "Undo (Ctrl+Z) takes it back"
        )

    def _place_batch(self) -> None:
        self.show_batch.setVisible(self._is_training)
        self.batch.setVisible(self._is_training and self.show_batch.isChecked())

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.chooser, 1)
        line.addWidget(self.show_batch)
        line.addWidget(self.reshuffle)
        heading = QHBoxLayout()
        heading.addWidget(self.heading, 1)
        heading.addWidget(self.turn_on, 0, Qt.AlignmentFlag.AlignTop)
        body = QHBoxLayout()
        body.setSpacing(14)
        body.addWidget(self.views, 1)
        body.addWidget(self.batch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(line)
        column.addWidget(self.pins)
        column.addLayout(heading)
        column.addLayout(body, 1)
        column.addWidget(self.left_out)
        column.addWidget(self.trivial_advice)
