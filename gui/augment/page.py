"""The Augment page: its head, the preview and the controls, or an empty state without images."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QDragEnterEvent,
    QDropEvent,
    QHideEvent,
    QKeyEvent,
    QPalette,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from core.common.messages import ThawError
from core.dataset.summary import Sample
from core.recipe.config import AugmentationConfig
from gui.augment import label_check, price
from gui.augment import words as augment_words
from gui.augment.batch import BatchPanel, RunningBatch
from gui.augment.chooser import PictureChooser, PinRow
from gui.augment.files import AugmentActions, dropped_file
from gui.augment.images import LookedAt, Unreadable
from gui.augment.panel import AugmentationPanel
from gui.augment.price import AugmentationPrice
from gui.augment.tile_views import PreviewGrid
from gui.augment.tiles import Scene, Subject, other_views
from gui.augment.views import PreviewViews
from gui.base import theme
from gui.base import words as base_words
from gui.controls.labels import AdviceLine, ElidedLabel
from gui.controls.notices import MessageBar
from gui.session.session import Session


class AugmentEmpty(QWidget):
    """Says why, with the button ``to_data``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = QLabel(self.tr("Augment"), self)
        title.setFont(theme.title_font())
        self.words = QLabel(self, wordWrap=True)
        self.words.setFont(theme.heading_font())
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.to_data = QPushButton(theme.icon("data"), self.tr("Go to Data"), self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.addWidget(title)
        layout.addStretch(1)
        layout.addWidget(self.words)
        layout.addSpacing(8)
        layout.addWidget(self.to_data, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)

    def show_reason(self, has_pictures: bool) -> None:
        """Say whether there are no pictures at all, or none that train."""
        if has_pictures:
            self.words.setText(self.tr("This dataset holds no pictures to train on."))
        else:
            self.words.setText(self.tr("Open pictures first: then their versions show here."))


_CONFIRMED_MILLISECONDS = 5000


class AugmentHead(QWidget):
    """The title, what the lines below it do not say, and the lines with their prices."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = QLabel(self)
        self.state.setFont(theme.font(bold=True))
        self.cost = QLabel(self, wordWrap=True)
        self.price = AugmentationPrice(self)
        self.locked = QLabel(
            self.tr("The running recipe is locked; changes are for the next run."), self
        )
        self.confirmation = ElidedLabel(parent=self)
        self.confirmation.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.messages = MessageBar(self)
        self._fades = QTimer(self, singleShot=True, interval=_CONFIRMED_MILLISECONDS)
        self._fades.timeout.connect(lambda: self.confirmation.set_text(""))
        self._lay_out()

    def show_session(self, session: Session) -> None:
        """Say how things stand."""
        self.price.show_session(session)
        self.state.setText(augment_words.state(session))
        self.cost.setText(augment_words.cost(session))
        for label in (self.state, self.cost):
            label.setVisible(bool(label.text()))
        self.locked.setVisible(session.is_training)

    def confirm(self, sentence: str) -> None:
        """Say for a short while what was done; what went wrong before is over."""
        self.messages.hide()
        self.confirmation.set_text(sentence)
        QAccessible.updateAccessibility(
            QAccessibleEvent(self.confirmation, QAccessible.Event.Alert)
        )
        self._fades.start()

    def fail(self, sentence: str) -> None:
        """Say what went wrong, until it is closed."""
        self.confirmation.set_text("")
        self.messages.show_error(sentence)

    def _lay_out(self) -> None:
        title = QLabel(self.tr("Augment"), self)
        title.setFont(theme.title_font())
        top = QHBoxLayout()
        top.setSpacing(20)
        top.addWidget(title)
        top.addWidget(self.confirmation, 1)
        words = QHBoxLayout()
        words.addWidget(self.state, 0, Qt.AlignmentFlag.AlignTop)
        words.addWidget(self.cost, 1, Qt.AlignmentFlag.AlignTop)
        head = QVBoxLayout(self)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(4)
        head.addWidget(self.messages)
        head.addLayout(top)
        head.addLayout(words)
        head.addWidget(self.price)
        head.addWidget(self.locked)


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
        self.heading.setText(augment_words.heading(session, self.views.view))
        self.views.grid.dim = augment_words.is_proposed(session)
        self.views.setAccessibleDescription(self.heading.text())

    def show_session(self, session: Session) -> None:
        """Show whether the tiles are used, and what trains."""
        is_off = not session.choices.augmenting
        self.reshuffle.setToolTip(self._reshuffling(session.tried_augmentation.cached_views))
        self.views.unused = not augment_words.is_used(session)
        self.turn_on.setVisible(is_off and not session.tried_augmentation.is_identity)
        if is_off:
            self.turn_on.setText(augment_words.turn_on(session))
        self._is_training = session.is_training
        self._place_batch()

    def show_left_out(self, unreadable: Sequence[Unreadable]) -> None:
        """Say which classes are missing, in the view of them."""
        sentence, lines = augment_words.left_out(unreadable)
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
        self.head.price.chosen.connect(lambda way, views: price.choose(session, way, views))
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
        self.head.price.take_focus(price.way(self._session))  # the button goes

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
        for effect, words in label_check.by_effect(*known, shown).items():
            if words[0] or effect in self.panel.rows:
                self.panel.set_advice(effect, *words)
        of_policy = label_check.of_policy(*known, tried, shown)
        self.preview.trivial_advice.show_words(of_policy, "warning")
        self.panel.set_risks(label_check.of_presets(*known, tried, shown))

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
