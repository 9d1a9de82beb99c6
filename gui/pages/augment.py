"""The Augment page: tune by eye, on the very pictures that training would get."""

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from core.config import AugmentationConfig
from core.dataset import Sample
from core.messages import ThawError
from gui import augmentation_text, preview, text, theme
from gui.background import Latest, Progress, worker_pool
from gui.preview import TrainingPictures
from gui.session import Session
from gui.widgets.augmentation_panel import AugmentationPanel
from gui.widgets.picture_chooser import PictureChooser
from gui.widgets.preview_grid import PreviewGrid
from gui.widgets.switch import Switch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CONTROLS_WIDTH = 340


class AugmentPage(QWidget):
    """Shows the session's tried augmentation on one training picture, live.

    Whatever happens within one turn of the event loop is drawn once. Signal: ``navigate`` with
    a step's name when a person wants to go there.
    """

    navigate = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._split: object = None
        self._pictures = TrainingPictures({})
        self._sample: Sample | None = None
        self._wanted: object = None
        self._loaded: tuple[Sample, NDArray[np.uint8]] | None = None
        self._drawn: object = None
        self._shuffle = 0
        self._pool = worker_pool(self)
        self._loader = Latest(self._pool, self)
        self._render_timer = QTimer(self, singleShot=True, interval=0)
        self._make_widgets()
        self._lay_out()
        self._connect()

    # -- making it --------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self.switch = Switch(self.tr("&Use in training"), self)
        self.switch.setFont(theme.heading_font())
        self.state = QLabel(self)
        self.state.setFont(theme.font(bold=True))
        self.cost = QLabel(self, wordWrap=True)
        self.locked = QLabel(
            self.tr("The running recipe is locked; changes are for the next run."), self
        )
        self.chooser = PictureChooser(self)
        self.reshuffle = QPushButton(theme.icon("shuffle"), self.tr("&Reshuffle"), self)
        self.reshuffle.setToolTip(self.tr("Other random draws for the same settings"))
        self.heading = QLabel(self, wordWrap=True)
        self.heading.setFont(theme.heading_font())
        self.grid = PreviewGrid(self)
        self.grid.setAccessibleName(
            self.tr("The untouched picture, and its augmented versions beside it")
        )
        self.validation = QLabel(self.tr("Validation pictures are never augmented."), self)
        self.validation.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.panel = AugmentationPanel()
        self.empty_text = QLabel(self, wordWrap=True)
        self.empty_text.setFont(theme.heading_font())
        self.empty_text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.to_data = QPushButton(theme.icon("data"), self.tr("Go to Data"), self)

    def _lay_out(self) -> None:
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty_state())
        content = QWidget(self)
        body = QHBoxLayout()
        body.setSpacing(20)
        body.addLayout(self._preview_column(), 1)
        body.addWidget(self._controls_column())
        layout = QVBoxLayout(content)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addLayout(self._head())
        layout.addLayout(body, 1)
        self._stack.addWidget(content)

    def _head(self) -> QVBoxLayout:
        title = QLabel(self.tr("Augment"), self)
        title.setFont(theme.title_font())
        top = QHBoxLayout()
        top.addWidget(title, 1)
        top.addWidget(self.switch)
        words = QHBoxLayout()
        words.addWidget(self.state, 0, Qt.AlignmentFlag.AlignTop)
        words.addWidget(self.cost, 1, Qt.AlignmentFlag.AlignTop)
        head = QVBoxLayout()
        head.setSpacing(4)
        head.addLayout(top)
        head.addLayout(words)
        head.addWidget(self.locked)
        return head

    def _preview_column(self) -> QVBoxLayout:
        line = QHBoxLayout()
        line.addWidget(self.chooser, 1)
        line.addWidget(self.reshuffle)
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addLayout(line)
        column.addWidget(self.heading)
        column.addWidget(self.grid, 1)
        column.addWidget(self.validation)
        return column

    def _controls_column(self) -> QScrollArea:
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self.panel)
        bar = scroll.verticalScrollBar().sizeHint().width()
        self.panel.setContentsMargins(0, 0, 6, 0)
        scroll.setFixedWidth(max(_CONTROLS_WIDTH, self.panel.minimumSizeHint().width()) + bar)
        return scroll

    def _empty_state(self) -> QWidget:
        widget = QWidget(self)
        layout = QVBoxLayout(widget)
        title = QLabel(self.tr("Augment"), widget)
        title.setFont(theme.title_font())
        layout.setContentsMargins(16, 12, 16, 12)
        layout.addWidget(title)
        layout.addStretch(1)
        layout.addWidget(self.empty_text)
        layout.addSpacing(8)
        layout.addWidget(self.to_data, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        return widget

    def _connect(self) -> None:
        session = self._session
        for changed in (
            session.choices_changed,
            session.dataset_changed,
            session.engine_changed,
            session.training_started,
            session.training_finished,
        ):
            changed.connect(self._ask_render)
        session.dataset_changed.connect(self.panel.forget_typed)
        self._render_timer.timeout.connect(self._render)
        self._loader.done.connect(self._picture_loaded)
        self._loader.failed.connect(self._picture_failed)
        self.switch.clicked.connect(session.set_augmenting)
        self.panel.value_changed.connect(self._change)
        self.panel.config_chosen.connect(self._choose)
        self.chooser.stepped.connect(self._step)
        self.chooser.class_chosen.connect(self._show_class)
        self.grid.stepped.connect(self._step)
        self.reshuffle.clicked.connect(self._reshuffle)
        self.to_data.clicked.connect(lambda: self.navigate.emit("data"))

    # -- what a person does -----------------------------------------------------------------

    def _change(self, field: str, value: object) -> None:
        self._session.change(f"augmentation.{field}", value)

    def _choose(self, config: AugmentationConfig) -> None:
        self.panel.forget_typed()
        self._session.set_augmentation(config)

    def _step(self, by: int) -> None:
        if self._sample is not None:
            self._sample = self._pictures.stepped(self._sample, by)
            self._ask_render()

    def _show_class(self, label: int) -> None:
        self._sample = self._pictures.first(label)
        self._ask_render()

    def _reshuffle(self) -> None:
        self._shuffle += 1
        self._ask_render()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._step(step)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._render()

    # -- showing ----------------------------------------------------------------------------

    def _ask_render(self) -> None:
        if self.isVisible() and not self._render_timer.isActive():
            self._render_timer.start()

    def _render(self) -> None:
        self._render_timer.stop()
        self._follow_split()
        self._stack.setCurrentIndex(int(self._sample is not None))
        if self._sample is None:
            self._show_empty()
            return
        session = self._session
        self.switch.setChecked(session.choices.augmenting)
        self.state.setText(augmentation_text.state(session))
        self.cost.setText(augmentation_text.cost(session))
        self.heading.setText(augmentation_text.heading(session))
        self.grid.setAccessibleDescription(self.heading.text())
        self.locked.setVisible(session.is_training)
        self.panel.show_config(session.tried_augmentation)
        self._show_place(self._sample)
        self._load(self._sample)
        self._draw_tiles()

    def _follow_split(self) -> None:
        session = self._session
        if session.split is self._split:
            return
        self._split = session.split
        self._pictures = TrainingPictures.of(session.split)
        self._sample = self._pictures.kept(self._sample)
        classes = session.summary.classes if session.summary is not None else ()
        self.chooser.set_classes((label, classes[label]) for label in self._pictures.by_label)
        self.panel.set_mirrored_classes(preview.mirrored_classes(classes))

    def _show_empty(self) -> None:
        if self._session.summary is None:
            self.empty_text.setText(self.tr("Open pictures first: then their versions show here."))
        else:
            self.empty_text.setText(self.tr("This dataset holds no pictures to train on."))

    def _show_place(self, sample: Sample) -> None:
        number, count = self._pictures.place(sample)
        self.chooser.show_place(sample.label, number, count, sample.key)

    def _load(self, sample: Sample) -> None:
        """Decode the picture off the window's thread, unless it is there or under way."""
        assert self._session.summary is not None
        dataset = self._session.recipe.dataset
        path = self._session.summary.folder / sample.path
        wanted = (
            path,
            dataset.image_size,
            dataset.fit,
            dataset.background_color,
            dataset.max_megapixels,
        )
        if wanted == self._wanted:
            return
        self._wanted = wanted

        def work(_stop: threading.Event, _progress: Progress) -> "tuple[Sample, NDArray[np.uint8]]":
            return sample, preview.load(path, dataset)

        self._loader.submit(work)

    def _picture_loaded(self, loaded: "tuple[Sample, NDArray[np.uint8]]") -> None:
        self._loaded, self._drawn = loaded, None
        self.grid.set_untouched(loaded[1])
        self._draw_tiles()

    def _picture_failed(self, error: ThawError) -> None:
        self._loaded = None
        self.grid.message = f"{self._sample.key if self._sample else ''}\n{text.error_text(error)}"
        self.grid.set_untouched(None)

    def _draw_tiles(self) -> None:
        self.grid.dim = not augmentation_text.is_used(self._session)
        if self._loaded is None:
            return
        sample, picture = self._loaded
        config = self._session.tried_augmentation
        if self._drawn == (config, self._shuffle):
            return
        self._drawn = (config, self._shuffle)
        self.grid.set_tiles(preview.versions(picture, config, sample.key, self._shuffle))
