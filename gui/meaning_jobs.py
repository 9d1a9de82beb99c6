"""The check of meaning beside the Augment page: in the background, and only while it is seen."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from core.config import AugmentationConfig
from gui.background import Latest, Progress, worker_pool
from gui.engine import EngineState
from gui.session import Session

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.augmentation import Parameters
    from core.dataset import Split
    from core.meaning import Findings

    Pictures = dict[str, NDArray[np.uint8]]
    Answer = tuple[Pictures, tuple[Parameters, ...], Findings]

_PAUSE_MILLISECONDS = 400  # after the last move of a slider
_BUSY = (EngineState.LOADING, EngineState.MEASURING)  # a check would spoil the measurement


class MeaningJobs(QObject):
    """Which of the tried effects can turn one class into another.

    ``findings`` is None while nothing is known of the present pictures. Signal: ``changed``.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._asked: object = None
        self._source: object = None
        self._split: Split | None = None  # held, so that no other one gets its id
        self._pictures: Pictures | None = None
        self._checked: tuple[Parameters, ...] = ()
        self.findings: Findings | None = None
        self._job = Latest(worker_pool(self), self)
        self._job.done.connect(self._take)
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE_MILLISECONDS)
        self._timer.timeout.connect(self._begin)
        session.training_started.connect(self.cancel)

    @property
    def is_busy(self) -> bool:
        """Whether a check is under way or about to begin."""
        return self._timer.isActive() or self._job.is_busy

    @property
    def is_of_policy(self) -> bool:
        """Whether a policy is tried, in place of ranges."""
        return self._session.tried_augmentation.policy != "ranges"

    def has_checked(self, config: AugmentationConfig) -> bool:
        """Whether the findings say something of all that ``config`` may do to a class."""
        from core import meaning

        if self.findings is None:
            return False
        return set(meaning.transformations(config)) <= set(self._checked)

    def ask(self) -> None:
        """Check the present pictures and settings soon, unless that was done."""
        session = self._session
        if session.is_training or session.engine.state in _BUSY or session.summary is None:
            return
        self._follow(self._source_now())
        asked = (self._source, session.tried_augmentation)
        if asked != self._asked:
            self._asked = asked
            self._job.cancel()
            self._timer.start()

    def cancel(self) -> None:
        """Leave off; the next ``ask`` begins again."""
        self._timer.stop()
        if self._job.is_busy:
            self._job.cancel()
        self._asked = None

    # -- inside -----------------------------------------------------------------------------

    def _source_now(self) -> tuple[object, ...]:
        """What the pictures depend on."""
        dataset = self._session.recipe.dataset
        return id(self._session.split), dataset.fit, dataset.background_color

    def _follow(self, source: object) -> None:
        if source == self._source:
            return
        self._source, self._pictures, self._checked = source, None, ()
        self._split = self._session.split
        if self.findings is not None:
            self.findings = None
            self.changed.emit()

    def _begin(self) -> None:
        from core import meaning

        summary, split = self._session.summary, self._session.split
        if summary is None or split is None:
            return
        todo = meaning.transformations(self._session.tried_augmentation)
        if self.findings is not None and set(todo) <= set(self._checked):
            return
        folder, classes, samples = summary.folder, summary.classes, split.train
        dataset, pictures = self._session.recipe.dataset, self._pictures

        def work(stop: threading.Event, _progress: Progress) -> Answer:
            there = pictures
            if there is None:
                there = meaning.load(folder, samples, classes, dataset, stop)
            return there, todo, meaning.find(there, todo, stop)

        self._job.submit(work)

    def _take(self, answer: Answer) -> None:
        self._pictures, self._checked, self.findings = answer
        self.changed.emit()
