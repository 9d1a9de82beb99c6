"""The learning-rate finder in the background: what has been tried, and what came of it."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.common import lazy
from core.common.messages import ThawError
from core.dataset.summary import DatasetSummary
from core.model.weights import download as weight_download
from core.recipe.config import RunConfig
from core.runs.events import CacheProgress
from core.training.rate_curve import RateFound, RateTried
from gui.base.background import Latest, Progress, Work
from gui.session.threads import kept_awake

if TYPE_CHECKING:
    from gui.session.training import TrainingSession


class RateJobs(QObject):
    """Tries rates for one stage at a time, never while a run trains.

    ``tried`` are the steps until now, ``features`` how far the frozen blocks are, ``found`` is
    the end and ``error`` why there is none. Signal: ``changed`` when any of it, or whether it
    ``is_busy``, has.
    """

    changed = Signal()

    def __init__(self, session: TrainingSession) -> None:
        super().__init__(session)
        self._session = session
        self._job = Latest(self)
        self._job.told.connect(self._hear)
        self._job.done.connect(lambda _answer: self._end(None))
        self._job.failed.connect(self._end)
        self._forget()

    def _forget(self) -> None:
        self.tried: list[RateTried] = []
        self.features: CacheProgress | None = None
        self.found: RateFound | None = None
        self.error: ThawError | None = None

    @property
    def is_busy(self) -> bool:
        """Whether rates are being tried."""
        return self._job.is_busy

    def start(self, stage: int) -> None:
        """Try rates for stage ``stage`` (from 0) of the chosen recipe on the open pictures.

        Does nothing while a run trains, or where nothing could be trained.
        """
        session = self._session
        if session.is_training or session.why_not_trainable() or session.summary is None:
            return
        self._forget()
        session.engine.hold()  # a measurement meanwhile would be wrong
        self._job.submit(_trying(session.recipe, session.summary, stage))
        self.changed.emit()

    def forget(self) -> None:
        """Nothing was tried; not while it is busy."""
        if not self.is_busy:
            self._forget()
            self.changed.emit()

    def stop(self) -> None:
        """Leave off at once; what was tried stays."""
        if self.is_busy:
            self._job.cancel()
            self._rest()

    def wait(self) -> None:
        """Wait until what was stopped has really ended; not on the window's thread."""
        self._job.wait()

    def close(self) -> None:
        """Stop and wait for the end."""
        self._job.close()

    def _hear(self, told: object) -> None:
        if isinstance(told, RateTried):
            self.tried.append(told)
        elif isinstance(told, RateFound):
            self.found = told
        elif isinstance(told, CacheProgress):
            self.features = told
        self.changed.emit()

    def _end(self, error: ThawError | None) -> None:
        self.error = error
        self._rest()

    def _rest(self) -> None:
        self._session.engine.measure_when_free()
        self.changed.emit()


def _trying(recipe: RunConfig, summary: DatasetSummary, stage: int) -> Work:
    def work(stop: threading.Event, progress: Progress) -> None:
        weight_download.check(recipe.model)
        finder = lazy.load("training.rate_finder")
        steps = finder.find(recipe, finder.dataset_of(recipe, summary), stage, stop)
        with kept_awake(), contextlib.closing(steps):
            for told in steps:
                progress.tell(told)

    return work
