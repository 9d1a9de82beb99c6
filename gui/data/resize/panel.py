"""How images become the squares that the network reads, seen on one sample.

A card shows each way to make it square. Fields set the size, the background and the largest image
that is used. A chooser takes another sample.
"""

import random
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHideEvent,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QStyle,
    QStyleOptionFocusRect,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from core.dataset.split import Split
from core.dataset.summary import DatasetSummary, Sample
from core.recipe.config import DatasetConfig, FitPolicy
from gui.base import theme
from gui.base import words as base_words
from gui.controls.image_view import PictureView
from gui.controls.inputs import ColorButton
from gui.controls.labels import AdviceLine, ElidedLabel
from gui.controls.layouts import ScrollColumn
from gui.controls.setting_fields import limited_field
from gui.data import words as data_words
from gui.data.resize.images import FitPictures
from gui.data.words import FitFacts
from gui.recipe import fields

_SHADE = 140  # of 255: what is lost stays visible
_LINE = 2.0
_LEAST = 110  # pixels


class CropView(PictureView):
    """``is_cropped`` shades what the crop loses; otherwise only its frame is drawn."""

    _is_cropped = False

    @property
    def is_cropped(self) -> bool:
        """Whether the crop is what is chosen."""
        return self._is_cropped

    @is_cropped.setter
    def is_cropped(self, value: bool) -> None:
        self._is_cropped = value
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(2 * _LEAST, _LEAST)

    def frame_rect(self) -> QRectF:
        """Where the frame is drawn; empty where there is no picture."""
        if not self.has_picture:
            return QRectF()
        rect = self.picture_rect()
        side = min(rect.width(), rect.height())
        square = QRect(0, 0, side, side)
        square.moveCenter(rect.center())
        return QRectF(square)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        frame = self.frame_rect()
        if frame.isEmpty():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._is_cropped:
            lost = QPainterPath()
            lost.addRect(QRectF(self.picture_rect()))
            lost.addRect(frame)  # odd and even: all but the frame
            painter.fillPath(lost, QColor(0, 0, 0, _SHADE))
        # a line on a line, so that it shows on every picture
        for color, width in (("black", 2 * _LINE), ("white", _LINE)):
            painter.setPen(QPen(QColor(color), width))
            painter.drawRect(frame.adjusted(_LINE, _LINE, -_LINE, -_LINE))
        painter.end()


_PAD, _GAP = 8, 5
_LINES, _MORE_LINES, _NARROW = 4, 5, 176  # of small text, and below which width it needs more
_RADIO = 14


class FitCard(QRadioButton):
    """A radio button that is a card. Cards beside each other in one parent exclude each other;
    the arrow keys choose among them."""

    def __init__(self, name: str, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._sentence = sentence
        self._effect = ""
        self._image: QImage | None = None
        self._scaled: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(sentence)
        self._describe()

    @property
    def effect(self) -> str:
        """What it does to the picture shown."""
        return self._effect

    @property
    def image(self) -> QImage | None:
        """The picture, as the network gets it."""
        return self._image

    def show_image(self, image: QImage | None) -> None:
        """Show ``image``, a square, or none yet."""
        self._image, self._scaled = image, None
        self.update()

    def show_effect(self, sentence: str) -> None:
        """Say what happens to the picture shown."""
        self._effect = sentence
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_LEAST + 2 * _PAD, self._around(narrow=True) + _LEAST)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def picture_rect(self) -> QRect:
        """Where the picture is drawn."""
        side = min(self.width() - 2 * _PAD, self.height() - self._around(self.width() < _NARROW))
        left = (self.width() - side) // 2
        return QRect(left, _PAD + self._head() + _GAP, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint_ground(painter)
        self._paint_head(painter)
        rect = self.picture_rect()
        if self._image is None:
            painter.fillRect(rect, self.palette().color(QPalette.ColorRole.AlternateBase))
        else:
            painter.drawPixmap(rect, self._pixmap(self._image, rect.size()))
        self._paint_words(painter, rect.bottom() + 1 + _GAP)
        painter.end()

    def _paint_ground(self, painter: QPainter) -> None:
        roles = QPalette.ColorRole
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen, hovered = self.isChecked(), self.underMouse()
        width = 2 if chosen else 1
        role = roles.Highlight if chosen else roles.Shadow if hovered else roles.Mid
        painter.setPen(QPen(self.palette().color(role), width))
        painter.setBrush(self.palette().color(roles.Base))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 5, 5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            option.rect = self.rect().adjusted(3, 3, -3, -3)
            option.backgroundColor = self.palette().color(roles.Base)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )

    def _paint_head(self, painter: QPainter) -> None:
        roles, head = QPalette.ColorRole, self._head()
        circle = QRectF(_PAD + 1, _PAD + (head - _RADIO) / 2, _RADIO, _RADIO)
        # not the style's, which in a dark window cannot be seen on this ground
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = roles.Accent if self.isChecked() else roles.PlaceholderText
        painter.setPen(QPen(self.palette().color(role), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(circle)
        if self.isChecked():
            painter.setBrush(self.palette().color(role))
            painter.drawEllipse(circle.center(), _RADIO / 4, _RADIO / 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setFont(theme.font(bold=True))
        painter.setPen(self.palette().color(roles.Text))
        left = _PAD + _RADIO + _GAP + 3
        room = QRect(left, _PAD, self.width() - left - _PAD, head)
        name = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)

    def _paint_words(self, painter: QPainter, top: int) -> None:
        room = QRect(_PAD, top, self.width() - 2 * _PAD, self.height() - top - _PAD)
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter
        painter.setFont(theme.small_font())
        for words, role in (
            (self._sentence, QPalette.ColorRole.PlaceholderText),
            (self._effect, QPalette.ColorRole.Text),
        ):
            painter.setPen(self.palette().color(role))
            taken = painter.drawText(room, flags, words)
            room.setTop(taken.bottom() + 2)

    def _pixmap(self, image: QImage, size: QSize) -> QPixmap:
        wanted = size * self.devicePixelRatioF()
        if self._scaled is None or self._scaled.size() != wanted:
            mode = Qt.TransformationMode.SmoothTransformation
            aspect = Qt.AspectRatioMode.IgnoreAspectRatio
            self._scaled = QPixmap.fromImage(image.scaled(wanted, aspect, mode))
        return self._scaled

    def _head(self) -> int:
        return max(QFontMetrics(theme.font(bold=True)).height(), _RADIO + 2)

    def _around(self, narrow: bool) -> int:
        """The height of all but the picture."""
        lines = _MORE_LINES if narrow else _LINES
        words = lines * QFontMetrics(theme.small_font()).lineSpacing() + 2
        return self._head() + words + 2 * _PAD + 2 * _GAP

    def _describe(self) -> None:
        self.setAccessibleDescription(f"{self._sentence} {self._effect}".strip())


SIZE, BACKGROUND = "dataset.image_size", "dataset.background_color"
MEGAPIXELS = "dataset.max_megapixels"
_PAUSE = 700  # milliseconds without a key: the number is whole


class FitFields(QWidget):
    """Fields in one row. Signals: ``changed`` with a recipe's key and its new value;
    ``size_asked``.

    The largest picture is told once typing pauses, because another limit means to read the
    folder again; half a number would first throw nearly every picture out.
    """

    changed = Signal(str, object)
    size_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture_size = QPushButton(self)
        self.picture_size.clicked.connect(self.size_asked)
        title = self.tr("Behind transparent pictures")
        self.background = ColorButton(title, self)
        self.background.color_chosen.connect(lambda color: self.changed.emit(BACKGROUND, color))
        self.megapixels = limited_field(DatasetConfig, "max_megapixels", step=10, parent=self)
        self.megapixels.setAcceptDrops(False)  # a folder dropped here is for the page
        self._typed: object = None
        self._typing = QTimer(self, singleShot=True, interval=_PAUSE)
        self._typing.timeout.connect(self.commit)
        self.megapixels.value_changed.connect(self._type)
        self.megapixels.editingFinished.connect(self.commit)
        controls = {
            SIZE: self.picture_size,
            BACKGROUND: self.background,
            MEGAPIXELS: self.megapixels,
        }
        self.boxes = {key: fields.dataset_box(key, one, self) for key, one in controls.items()}
        self.boxes[SIZE].help.set_text(self.tr("on the Model page"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for box in self.boxes.values():
            row.addWidget(box, 1)

    def show_config(self, config: DatasetConfig, facts: FitFacts) -> None:
        """Show the fields of ``config``, and what ``facts`` makes of them."""
        self.picture_size.setText(fill(self.tr("{size} px"), {"size": config.image_size}))
        self.background.show_color(config.background_color)
        if not self._typing.isActive():
            self.megapixels.set_value(config.max_megapixels)
        many = len(facts.transparent)
        self._tell(BACKGROUND, data_words.transparent(many), many > 0)
        self._tell(MEGAPIXELS, data_words.larger(facts.too_large), facts.too_large > 0)
        for box in self.boxes.values():
            box.set_error("")

    def commit(self) -> None:
        """Tell what was typed, if it was not told yet."""
        if self._typing.isActive() or self._typed is not None:
            self._typing.stop()
            typed, self._typed = self._typed, None
            self.changed.emit(MEGAPIXELS, typed)

    def start_afresh(self) -> None:
        """Forget what was half typed, for another dataset."""
        self._typing.stop()
        self._typed = None
        self.megapixels.set_value(self.megapixels.value, keep_text=False)

    def mark(self, key: str) -> None:
        """Mark the field of ``key``, whose value was refused."""
        if key in self.boxes:
            self.boxes[key].set_error(key)

    def _type(self, value: object) -> None:
        self._typed = value
        self._typing.start()

    def _tell(self, key: str, words: str, matters: bool) -> None:
        help_line = self.boxes[key].help
        help_line.set_text(words)
        roles = QPalette.ColorRole
        help_line.setForegroundRole(roles.WindowText if matters else roles.PlaceholderText)


class SampleChooser(QWidget):
    """The name of a sample and buttons to others. Signal: ``chosen`` with a ``Sample``, when
    it is another one than before."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples: Sequence[Sample] = ()
        self._facts = FitFacts()
        self._place = 0
        self._size = ""
        self._random = random.Random()  # decides what is looked at, never what is trained
        self.name = ElidedLabel(parent=self, mode=Qt.TextElideMode.ElideMiddle)
        self.name.setFont(theme.font(bold=True))
        self.words = ElidedLabel(parent=self)
        self.words.setFont(theme.small_font())
        self.words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.back = self._arrow(Qt.ArrowType.LeftArrow, self.tr("Previous picture"), -1)
        self.forward = self._arrow(Qt.ArrowType.RightArrow, self.tr("Next picture"), 1)
        self.any = QPushButton(theme.icon("shuffle"), self.tr("Random"), self)
        self.any.setToolTip(self.tr("A picture drawn at random"))
        self.any.clicked.connect(self._draw)
        self.oblong = QPushButton(self.tr("Most oblong"), self)
        self.oblong.setToolTip(self.tr("The picture of which a crop loses most"))
        self.oblong.clicked.connect(self._show_oblong)
        self.transparent = QPushButton(self.tr("Transparent"), self)
        self.transparent.setToolTip(self.tr("The next picture that may be transparent"))
        self.transparent.clicked.connect(self._show_transparent)
        self._lay_out()
        self._show()

    @property
    def sample(self) -> Sample | None:
        """The one that is looked at."""
        return self._samples[self._place] if self._samples else None

    def show_samples(self, samples: Sequence[Sample], facts: FitFacts) -> None:
        """Choose among ``samples``, of which ``facts`` tells; the one looked at stays if it is
        among them."""
        before = self.sample
        self._samples, self._facts, self._place = samples, facts, 0
        if before is not None:
            self._place = self._find(before.path) or 0
        self._go(self._place, anew=True)

    def choose(self, path: str) -> None:
        """Look at the sample at ``path``, if there is one."""
        place = self._find(path)
        if place is not None:
            self._go(place)

    def show_size(self, width: int, height: int) -> None:
        """Say how large the picture is, in pixels."""
        size = {"width": base_words.count(width), "height": base_words.count(height)}
        self._size = fill(self.tr("{width} × {height} px"), size)
        self._show()

    def _find(self, path: str) -> int | None:
        return next((place for place, one in enumerate(self._samples) if one.path == path), None)

    def _go(self, place: int, *, anew: bool = False) -> None:
        if not self._samples or (place == self._place and not anew):
            self._show()
            return
        self._place, self._size = place, ""
        self._show()
        self.chosen.emit(self._samples[place])

    def _step(self, by: int) -> None:
        if self._samples:
            self._go((self._place + by) % len(self._samples))

    def _draw(self) -> None:
        if len(self._samples) > 1:  # another one than this
            self._step(self._random.randrange(1, len(self._samples)))

    def _show_oblong(self) -> None:
        if self._facts.most_oblong is not None:
            self._go(self._facts.most_oblong)

    def _show_transparent(self) -> None:
        places = self._facts.transparent
        if places:
            self._go(next((one for one in places if one > self._place), places[0]))

    def _show(self) -> None:
        sample, count = self.sample, len(self._samples)
        self.name.set_text(printable(sample.path) if sample is not None else "")
        values = {"number": base_words.count(self._place + 1), "count": base_words.count(count)}
        place = fill(self.tr("picture {number} of {count}"), values) if count else ""
        self.words.set_text(data_words.SEPARATOR.join(filter(None, (self._size, place))))
        for button in (self.back, self.forward, self.any):
            button.setEnabled(count > 1)
        self.oblong.setEnabled(self._facts.most_oblong is not None and self._facts.loss.mean > 0)
        self.transparent.setVisible(bool(self._facts.transparent))

    def _arrow(self, arrow: Qt.ArrowType, name: str, step: int) -> QToolButton:
        button = QToolButton(self)
        button.setArrowType(arrow)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self._step(step))
        return button

    def _lay_out(self) -> None:
        steps = QHBoxLayout()
        steps.setSpacing(4)
        for button in (self.back, self.forward, self.any):
            steps.addWidget(button)
        steps.addStretch(1)
        tells = QHBoxLayout()
        tells.setSpacing(4)
        for wide in (self.oblong, self.transparent):
            wide.setMinimumWidth(wide.fontMetrics().horizontalAdvance(wide.text()) + 14)
            tells.addWidget(wide)
        tells.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        for label in (self.name, self.words):
            column.addWidget(label)
        column.addLayout(steps)
        column.addLayout(tells)
        column.addStretch(1)


FIT = "dataset.fit"
_ORIGINAL = "original"
_SOON = 150  # milliseconds: pictures that come by then replace the old ones without a flicker


class FitPanel(QWidget):
    """Three cards to choose from, the picture that they show, and what belongs to it.

    Signals: ``changed`` with a recipe's key and its new value; ``size_asked`` when a person
    wants to change the picture size, which is on another page. Pictures are made only while
    the panel is seen; ``close`` ends that work.
    """

    changed = Signal(str, object)
    size_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary: DatasetSummary | None = None
        self._config = DatasetConfig()
        self._facts = data_words.FitFacts()
        self._asked: object = None
        self._awaited: set[str] = set()
        self._pictures = FitPictures(self)
        self._stale = QTimer(self, singleShot=True, interval=_SOON)
        self.original = CropView(self)
        self.chooser = SampleChooser(self)
        self.cards: dict[FitPolicy, FitCard] = {
            value: FitCard(name, words) for value, name, words in data_words.fits()
        }
        self.loss = AdviceLine(self)
        self.fields = FitFields(self)
        self.problem = AdviceLine(self)
        self._lay_out()
        self._connect()

    def show_dataset(self, summary: DatasetSummary, split: Split, config: DatasetConfig) -> None:
        """Show ``summary``'s pictures as ``config`` fits them; ``split`` changes nothing here."""
        if summary is not self._summary:
            self._summary = summary
            self._facts = data_words.resize_facts(summary)
            self.chooser.show_samples(summary.samples, self._facts)
        self._config = config
        self.cards[config.fit].setChecked(True)
        self.original.is_cropped = config.fit == "crop"
        much = config.fit == "crop" and self._facts.loss.is_costly
        self.loss.show_words(data_words.crop_loss(self._facts.loss), "warning" if much else "plain")
        self.fields.show_config(config, self._facts)
        self.problem.show_words("")
        self._make()

    @property
    def is_waiting(self) -> bool:
        """Whether pictures are being made."""
        return bool(self._awaited)

    def show_sample(self, path: str) -> None:
        """Show what becomes of the sample at ``path``, relative to the dataset's folder."""
        self.chooser.choose(path)

    def start_afresh(self) -> None:
        """Forget what was half typed, for another dataset."""
        self.fields.start_afresh()

    def show_error(self, key: str, sentence: str) -> None:
        """Mark the field of ``key`` with what is wrong."""
        self.fields.mark(key)
        self.problem.show_words(sentence, "wrong")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._make()

    def hideEvent(self, event: QHideEvent) -> None:
        self.fields.commit()
        super().hideEvent(event)

    def close(self) -> bool:
        """End the background work, too."""
        self._pictures.close()
        return super().close()

    # -- pictures ---------------------------------------------------------------------------

    def _make(self) -> None:
        sample = self.chooser.sample
        if self._summary is None or sample is None or not self.isVisible():
            return
        path = self._summary.folder / sample.path
        config = self._config
        wanted = (
            path,
            sample.mtime,
            config.image_size,
            config.background_color,
            config.max_megapixels,
        )
        if wanted != self._asked:
            self._asked = wanted
            self._awaited = {_ORIGINAL, *self.cards}
            self._stale.start()
            self._pictures.make(path, config)

    def _sample_chosen(self, sample: Sample) -> None:
        if sample.header is not None:
            self._show_effects(*sample.header.upright)
        self._make()

    def _clear_stale(self) -> None:
        """Better nothing than the picture before under another's name."""
        if _ORIGINAL in self._awaited:
            self._clear_original(self.tr("Reading the picture…"))
        for fit, card in self.cards.items():
            if fit in self._awaited:
                card.show_image(None)

    def _show_original(self, image: QImage, size: tuple[int, int]) -> None:
        self._awaited.discard(_ORIGINAL)
        self.original.placeholder = ""
        self.original.set_image(image)
        self._show_effects(*size)

    def _show_fitted(self, fit: FitPolicy, image: QImage) -> None:
        self._awaited.discard(fit)
        self.cards[fit].show_image(image)

    def _fail(self, error: ThawError) -> None:
        self._awaited.clear()
        self._clear_original(base_words.error_text(error))
        for card in self.cards.values():
            card.show_image(None)
            card.show_effect("")

    def _clear_original(self, words: str) -> None:
        self.original.set_image(None)
        self.original.placeholder = words

    def _show_effects(self, width: int, height: int) -> None:
        self.chooser.show_size(width, height)
        for fit, card in self.cards.items():
            card.show_effect(data_words.fit_effect(fit, width, height))

    # -- making it --------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.original.setAccessibleName(self.tr("The picture as it is, and what a crop keeps"))
        self.original.setToolTip(self.tr("The frame is what a crop keeps of this picture."))
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.original, 3)
        top.addWidget(self.chooser, 2)
        together = QWidget(self)  # so that the cards exclude each other and nothing else
        together.setAccessibleName(self.tr("How pictures become squares"))
        row = QHBoxLayout(together)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for card in self.cards.values():
            row.addWidget(card, 1)
        inside = ScrollColumn(self)
        inside.column.addLayout(top, 2)
        inside.column.addWidget(together, 3)
        for line in (self.loss, self.fields, self.problem):
            inside.column.addWidget(line)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(inside)

    def _connect(self) -> None:
        for fit, card in self.cards.items():
            card.clicked.connect(lambda _on, fit=fit: self._choose(fit))
        self.chooser.chosen.connect(self._sample_chosen)
        self.fields.changed.connect(self.changed)
        self.fields.size_asked.connect(self.size_asked)
        self._stale.timeout.connect(self._clear_stale)
        self._pictures.original_made.connect(self._show_original)
        self._pictures.fitted.connect(self._show_fitted)
        self._pictures.failed.connect(self._fail)

    def _choose(self, fit: str) -> None:
        if fit != self._config.fit:
            self.changed.emit(FIT, fit)
