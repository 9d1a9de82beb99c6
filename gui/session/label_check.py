"""The check in the background of which effects can turn one class into another.

It looks at what is tried on the Augment page while that page is seen, and at what training would
use.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from core.augmentation import presets as augmentation_presets
from core.recipe.config import AugmentationConfig
from gui.base.background import Latest, Progress
from gui.session.engine import EngineState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.augmentation.label_check import Findings
    from core.augmentation.parameters import Parameters
    from core.dataset.split import Split
    from gui.session.training import TrainingSession

    Pictures = dict[str, NDArray[np.uint8]]
    Answer = tuple[Pictures, list[Parameters], Findings]

_PAUSE_MILLISECONDS = 400  # after the last move of a slider
_BUSY = (EngineState.LOADING, EngineState.MEASURING)  # a check would spoil the measurement


class MeaningJobs(QObject):
    """Which effects can turn one class into another; what was found of the present pictures is
    kept. While ``is_seen`` the presets are looked at too, once what is tried is known.

    Signal: ``changed`` when more is known, or nothing any more.
    """

    changed = Signal()

    def __init__(self, session: TrainingSession) -> None:
        super().__init__(session)
        self._session = session
        self._asked: object = None
        self._source: object = None
        self._split: Split | None = None  # held, so that no other one gets its id
        self._pictures: Pictures | None = None
        self._checked: set[Parameters] = set()
        self._under_way: set[Parameters] = set()
        self._all: Findings | None = None
        self.is_seen = False
        self._job = Latest(self)
        self._job.done.connect(self._take)
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE_MILLISECONDS)
        self._timer.timeout.connect(self._begin)
        session.training_started.connect(self.cancel)

    @property
    def is_busy(self) -> bool:
        """Whether a check is under way or about to begin."""
        return self._timer.isActive() or self._job.is_busy

    @property
    def findings(self) -> Findings | None:
        """What is known by now of what is tried; None while nothing is known of the pictures."""
        return self.of(self._session.tried_augmentation)

    def of(self, config: AugmentationConfig) -> Findings | None:
        """What is known by now of ``config``; None while nothing is known of the pictures."""
        from core.augmentation import label_check

        return None if self._all is None else self._all.of(label_check.transformations(config))

    def has_checked(self, config: AugmentationConfig) -> bool:
        """Whether all was looked at that ``config`` may do to a class."""
        from core.augmentation import label_check

        if self._all is None:
            return False
        return self._checked.issuperset(label_check.transformations(config))

    def ask(self) -> None:
        """Check the present pictures and settings soon, unless that was done or nobody would
        see what comes out."""
        session = self._session
        self._follow(self._source_now())
        if session.is_busy_training or session.engine.state in _BUSY or session.summary is None:
            return
        if not (self.is_seen or self._is_used):
            return
        asked = (self._source, session.tried_augmentation, self.is_seen)
        if asked != self._asked:
            self._asked = asked
            self._timer.start()

    def see(self, seen: bool) -> None:
        """The Augment page is seen, or no longer."""
        self.is_seen = seen
        if not seen:
            self.cancel()
        self.ask()

    def cancel(self) -> None:
        """Leave off; the next ``ask`` begins again."""
        self._timer.stop()
        if self._job.is_busy:
            self._job.cancel()
        self._asked = None

    def close(self) -> None:
        """Stop and wait for the job under way."""
        self.cancel()
        self._job.wait()

    # -- inside -----------------------------------------------------------------------------

    @property
    def _is_used(self) -> bool:
        """Whether training would use what is tried, and the machine is measured."""
        recipe = self._session.recipe
        is_measured = self._session.engine.state is EngineState.READY
        return is_measured and any(recipe.augments(stage) for stage in recipe.stages)

    def _source_now(self) -> tuple[object, ...]:
        """What the pictures depend on."""
        dataset = self._session.recipe.dataset
        return id(self._session.split), dataset.fit, dataset.background_color

    def _follow(self, source: object) -> None:
        if source == self._source:
            return
        self._job.cancel()
        self._source, self._pictures, self._checked = source, None, set()
        self._split = self._session.split
        if self._all is not None:
            self._all = None
            self.changed.emit()

    def _missing(self) -> list[Parameters]:
        """What is to be looked at next: of what is tried, then of the presets."""
        from core.augmentation import label_check

        tried = self._session.tried_augmentation
        missing = [one for one in label_check.transformations(tried) if one not in self._checked]
        if missing or self._all is None or not self.is_seen:
            return missing
        every = (
            label_check.transformations(augmentation_presets.applied(one, tried))
            for one in augmentation_presets.NAMES
        )
        new = dict.fromkeys(one for some in every for one in some)
        return [one for one in new if one not in self._checked]

    def _begin(self) -> None:
        from core.augmentation import label_check

        summary, split = self._session.summary, self._session.split
        if summary is None or split is None:
            return
        todo = self._missing()
        is_done = self._all is not None and not todo
        if is_done or (self._job.is_busy and self._under_way.issuperset(todo)):
            return
        folder, classes, samples = summary.folder, summary.classes, split.train
        dataset, pictures = self._session.recipe.dataset, self._pictures

        def work(stop: threading.Event, _progress: Progress) -> Answer:
            there = pictures
            if there is None:
                there = label_check.load(folder, samples, classes, dataset, stop)
            return there, todo, label_check.find(there, todo, stop)

        self._under_way = set(todo)
        self._job.submit(work)

    def _take(self, answer: Answer) -> None:
        self._pictures, done, found = answer
        self._checked.update(done)
        self._all = found if self._all is None else self._all.joined(found)
        self.changed.emit()
        self._begin()
