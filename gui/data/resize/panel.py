"""How pictures become the squares that the network reads, seen on one of them."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QImage, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.common.messages import ThawError
from core.dataset.split import Split
from core.dataset.summary import DatasetSummary, Sample
from core.recipe.config import DatasetConfig, FitPolicy
from gui.base import words as base_words
from gui.controls.labels import AdviceLine
from gui.controls.layouts import ScrollColumn
from gui.data import data_text, fit_facts
from gui.data.resize.crop_view import CropView
from gui.data.resize.fit_card import FitCard
from gui.data.resize.fit_fields import FitFields
from gui.data.resize.images import FitPictures
from gui.data.resize.sample_chooser import SampleChooser

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
        self._facts = fit_facts.FitFacts()
        self._asked: object = None
        self._awaited: set[str] = set()
        self._pictures = FitPictures(self)
        self._stale = QTimer(self, singleShot=True, interval=_SOON)
        self.original = CropView(self)
        self.chooser = SampleChooser(self)
        self.cards: dict[FitPolicy, FitCard] = {
            value: FitCard(name, words) for value, name, words in data_text.fits()
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
            self._facts = fit_facts.facts(summary)
            self.chooser.show_samples(summary.samples, self._facts)
        self._config = config
        self.cards[config.fit].setChecked(True)
        self.original.is_cropped = config.fit == "crop"
        much = config.fit == "crop" and self._facts.loss.is_costly
        self.loss.show_words(data_text.crop_loss(self._facts.loss), "warning" if much else "plain")
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

    def field_name(self, key: str) -> str:
        """What the panel calls the field of ``key``; the key itself if it has none here."""
        return self.tr("Fit") if key == FIT else self.fields.field_name(key)

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
            card.show_effect(data_text.fit_effect(fit, width, height))

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
