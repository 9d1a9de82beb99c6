"""The Augment page: tune by eye, on the very pictures that training would get."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from core.common.messages import ThawError
from core.dataset.summary import Sample
from core.recipe.config import AugmentationConfig
from gui.augment import meaning_advice, price_text
from gui.augment import words as augment_words
from gui.augment.augment_empty import AugmentEmpty
from gui.augment.augment_head import AugmentHead
from gui.augment.augment_preview import AugmentPreview
from gui.augment.files import AugmentActions, dropped_file
from gui.augment.looked_at import LookedAt
from gui.augment.panel import AugmentationPanel
from gui.augment.running_batch import RunningBatch
from gui.augment.tile_views import PreviewGrid
from gui.augment.tiles import Scene, Subject, other_views
from gui.base import words as base_words
from gui.session.session import Session

_CONTROLS_WIDTH = 376  # the brief advice on a flip has room beside its name


class AugmentPage(QWidget):
    """Shows the session's tried augmentation on one training picture, live.

    Whatever happens within one turn of the event loop is drawn once. Signal: ``navigate`` with
    a step's name when a person wants to go there.
    """

    navigate = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._looked = LookedAt(session, self)
        self._shuffle = 0
        self._render_timer = QTimer(self, singleShot=True, interval=0)
        self._actions = AugmentActions(session, self)
        self.meaning = session.meaning
        self._basis: object = None
        self._on_cards: Subject | None = None
        self.setAcceptDrops(True)
        self._make_widgets()
        self._lay_out()
        self._connect()

    @property
    def grid(self) -> PreviewGrid:
        """The view of one picture's versions."""
        return self.preview.views.grid

    # -- making it --------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self.head = AugmentHead(self)
        self.preview = AugmentPreview(self)
        self.preview.views.view = self._session.settings.preview_view
        self.panel = AugmentationPanel()
        self.empty = AugmentEmpty(self)

    def _lay_out(self) -> None:
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        content = QWidget(self)
        body = QHBoxLayout()
        body.setSpacing(20)
        body.addWidget(self.preview, 1)
        body.addWidget(self._controls_column())
        layout = QVBoxLayout(content)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self.head)
        layout.addLayout(body, 1)
        self._stack.addWidget(content)

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
        self.meaning.changed.connect(self._show_advice)
        self._render_timer.timeout.connect(self._render)
        self._looked.decoded.changed.connect(self._picture_loaded)
        self._looked.decoded.failed.connect(self._picture_failed)
        self._batch = RunningBatch(session, self.preview.batch)
        self.head.price.chosen.connect(lambda way, views: price_text.choose(session, way, views))
        self._actions.done.connect(self.head.confirm)
        self._actions.failed.connect(self.head.fail)
        self.panel.save_asked.connect(self._actions.ask_save)
        self.panel.load_asked.connect(self._actions.ask_load)
        self.panel.code_asked.connect(self._actions.copy_code)
        self.panel.classes_asked.connect(self._show_named)
        self.panel.value_changed.connect(self._change)
        self.panel.config_chosen.connect(self._choose)
        self.empty.to_data.clicked.connect(lambda: self.navigate.emit("data"))

        self._connect_preview()

    def _connect_preview(self) -> None:
        one = self.preview
        one.turn_on.clicked.connect(self._turn_on)
        one.chooser.stepped.connect(self._step)
        one.chooser.class_chosen.connect(
            lambda label: self._show(self._looked.pictures.first(label))
        )
        one.chooser.pin_asked.connect(self._pin)
        one.pins.chosen.connect(self._show)
        one.pins.unpinned.connect(self._unpin)
        one.views.stepped.connect(self._step)
        one.views.view_chosen.connect(self._choose_view)
        one.reshuffle.clicked.connect(self._reshuffle)
        one.batch.opened.connect(self._read_batch)

    # -- what a person does -----------------------------------------------------------------

    def _change(self, field: str, value: object) -> None:
        self._session.change(f"augmentation.{field}", value)

    def _choose(self, config: AugmentationConfig) -> None:
        self.panel.forget_typed()
        self._session.set_augmentation(config)

    def _turn_on(self) -> None:
        self._session.set_augmenting(True)
        self.head.price.take_focus(price_text.way(self._session))  # the button goes

    def _step(self, by: int) -> None:
        self._looked.step(by)
        self._ask_render()

    def _show(self, sample: Sample) -> None:
        self._looked.sample = sample
        self._ask_render()

    def _choose_view(self, name: str) -> None:
        self._session.settings.preview_view = name
        self._render()  # at once: what was asked for since must not be painted as it was before

    def _show_named(self, names: Sequence[str]) -> None:
        """Show the classes that advice names, and of the first a picture, unless one is seen."""
        looked = self._looked
        labels = [looked.classes.index(name) for name in names if name in looked.classes]
        seen = [label for label in labels if label in looked.pictures.by_label]
        if seen and looked.sample is not None and looked.sample.label not in seen:
            looked.sample = looked.pictures.first(seen[0])
        self.preview.views.view = "classes"
        self._choose_view("classes")

    def _pin(self, is_wanted: bool) -> None:
        self._looked.pin(is_wanted)
        self._ask_render()

    def _unpin(self, sample: Sample) -> None:
        self._looked.pins.unpin(sample)
        self._ask_render()

    def _read_batch(self, index: int) -> None:
        reading = self.preview.views.reading
        reading.show_tiles(self.preview.batch.shown, index)
        reading.show()

    def _reshuffle(self) -> None:
        tried = self._session.tried_augmentation
        if tried.cached_views:
            self._session.set_augmentation(other_views(tried))
            return
        self._shuffle += 1
        self._ask_render()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is not None:
            self._step(step)
        elif not self.preview.views.switcher.choose_by_key(event):
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_file(event.mimeData()) is not None and self._looked.sample is not None:
            event.acceptProposedAction()
        else:
            event.ignore()  # the window opens folders and recipes

    def dropEvent(self, event: QDropEvent) -> None:
        file = dropped_file(event.mimeData())
        if file is not None:
            event.acceptProposedAction()
            self._actions.load(file)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.meaning.see(True)
        self._render()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if isValid(self.meaning):  # the interpreter may end with the page on the screen
            self.meaning.see(False)
        self.preview.views.reading.hide()

    # -- showing ----------------------------------------------------------------------------

    def _ask_render(self) -> None:
        if self.isVisible() and not self._render_timer.isActive():
            self._render_timer.start()

    def _render(self) -> None:
        self._render_timer.stop()
        if self._looked.follow_split():
            self._show_classes()
        sample = self._looked.sample
        self._stack.setCurrentIndex(int(sample is not None))
        if sample is None:
            self.empty.show_reason(has_pictures=self._session.summary is not None)
            return
        session = self._session
        self.preview.show_heading(session)
        basis = augment_words.basis(session)
        if basis != self._basis:
            self._basis = basis
            self.head.show_session(session)
            self.preview.show_session(session)
        self.panel.show_config(session.tried_augmentation)
        self._show_place(sample)
        self._looked.decode(every_class=self.preview.views.view == "classes")
        self._show_scene()
        self.meaning.ask()
        self._show_advice()

    def _show_classes(self) -> None:
        looked = self._looked
        self.preview.chooser.set_classes(
            (label, looked.class_name(label)) for label in looked.pictures.by_label
        )

    def _show_advice(self) -> None:
        looked, tried = self._looked, self._session.tried_augmentation
        shown = "" if looked.sample is None else looked.class_name(looked.sample.label)
        known = self.meaning, looked.mirrored_classes
        for effect, words in meaning_advice.by_effect(*known, shown).items():
            if words[0] or effect in self.panel.rows:
                self.panel.set_advice(effect, *words)
        of_policy = meaning_advice.of_policy(*known, tried, shown)
        self.preview.trivial_advice.show_words(of_policy, "warning")
        self.panel.set_risks(meaning_advice.of_presets(*known, tried, shown))

    def _show_place(self, sample: Sample) -> None:
        assert self._session.summary is not None
        chooser, row, pins = self.preview.chooser, self.preview.pins, self._looked.pins
        number, count = self._looked.pictures.place(sample)
        chooser.show_place(sample.label, number, count, sample.key)
        chooser.show_pinned(sample in pins, not pins.is_full)
        row.show_pins(self._session.summary.folder, pins.samples, self._looked.class_name)
        row.show_current(sample)

    def _picture_loaded(self) -> None:
        subject = self._looked.decoded.subject
        if subject is not None and subject is not self._on_cards:
            self._on_cards = subject
            self.panel.set_picture(subject.picture, subject.key)
        self._show_scene()

    def _picture_failed(self, error: ThawError) -> None:
        self._on_cards = None
        self.panel.set_picture(None, "")
        sample = self._looked.sample
        words = f"{sample.key if sample else ''}\n{base_words.error_text(error)}"
        self.preview.views.message = words
        self._show_scene()

    def _show_scene(self) -> None:
        decoded, config = self._looked.decoded, self._session.tried_augmentation
        scene = Scene(decoded.subject, decoded.classes, config, self._shuffle)
        self.preview.show_left_out(decoded.unreadable)
        if scene != self.preview.views.scene:
            self.preview.views.show_scene(scene)
