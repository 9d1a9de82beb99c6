"""What is on the disk already of the features that recipes need, looked up in the background."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from core.common.messages import ThawError
from core.compute import feature_plan
from core.compute.feature_plan import PLAIN
from core.recipe.config import RunConfig
from gui.base.background import Latest, Progress
from gui.session.engine import EngineState

if TYPE_CHECKING:
    from core.compute.feature_plan import Part
    from core.compute.features.store import Held
    from core.dataset.summary import Sample
    from core.runs.images import Picture
    from gui.session.training import TrainingSession

    Contents = Mapping[str, Picture]
    Answer = tuple[Contents, dict[object, Held]]

_MOST_KNOWN = 200
_PAUSE_MILLISECONDS = 100  # in which all views ask that show a price


class HeldFeatures(QObject):
    """How many pictures need not be computed any more; while that is not known, none.

    Signal: ``changed`` when another count is known than was told before.
    """

    changed = Signal()

    def __init__(self, session: TrainingSession) -> None:
        super().__init__(session)
        self._session = session
        self._known: dict[object, Held] = {}
        self._looked: dict[object, object] = {}  # when: the state of things that was looked at
        self._wanted: dict[object, RunConfig] = {}
        self._contents: Contents | None = None
        self._trained = 0
        self._job = Latest(self)
        self._job.done.connect(self._take)
        self._job.failed.connect(self._fail)
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE_MILLISECONDS)
        self._timer.timeout.connect(self._begin)
        session.dataset_changed.connect(self._forget)
        session.pictures_edited.connect(self._forget)
        session.training_started.connect(self._leave_off)
        session.training_finished.connect(self._look_again)

    def of(self, recipe: RunConfig) -> Held:
        """What is known of ``recipe`` by now; the rest is looked up."""
        key, session = _key(recipe), self._session
        is_free = session.engine.state is EngineState.READY and not session.is_busy_training
        if is_free and session.split is not None and self._looked.get(key) != self._state():
            self._wanted[key] = recipe
            if not self._timer.isActive():
                self._timer.start()
        return self._known.get(key, {})

    @property
    def is_busy(self) -> bool:
        """Whether something is looked up, or about to be."""
        return self._timer.isActive() or self._job.is_busy

    def close(self) -> None:
        """Stop and wait for the job under way."""
        self._leave_off()
        self._job.wait()

    # -- inside -----------------------------------------------------------------------------

    def _forget(self) -> None:
        """Other pictures are open."""
        self._leave_off()
        self._known, self._looked, self._contents = {}, {}, None

    def _look_again(self) -> None:
        """A run has kept what it computed, and told the contents of its pictures."""
        self._trained += 1
        self._contents = None

    def _leave_off(self) -> None:
        self._timer.stop()
        self._job.cancel()
        self._wanted = {}

    def _state(self) -> object:
        """Differs once stores came or went, or a run has filled some."""
        # Here: it brings NumPy, which comes with the engine.
        from core.compute.cache import budget as cache_budget

        try:
            changed = os.stat(cache_budget.root()).st_mtime_ns
        except OSError:
            changed = 0
        return self._trained, changed

    def _begin(self) -> None:
        session, wanted = self._session, self._wanted
        summary, split = session.summary, session.split
        if self._job.is_busy or summary is None or split is None:
            return
        state = self._state()
        self._looked |= dict.fromkeys(wanted, state)
        self._wanted = {}
        folder, contents = summary.folder, self._contents
        shown, runs = session.run, session.settings.runs_folder

        def work(stop: threading.Event, _progress: Progress) -> Answer:
            from core.compute.features import store as feature_store
            from core.runs import images as run_images

            known = contents
            if known is None:
                directories = [*_entries(runs), *([shown.directory] if shown is not None else [])]
                known = run_images.contents_of_last_run(folder, directories)
            found: dict[object, Held] = {}
            for key, recipe in wanted.items():
                if stop.is_set():
                    break
                parts: dict[Part, Sequence[Sample]] = {
                    "train": split.train,
                    "validation": split.validation,
                    "test": split.test,
                }
                found[key] = feature_store.held(recipe, parts, known)
            return known, found

        self._job.submit(work)

    def _take(self, answer: Answer) -> None:
        self._contents, found = answer
        is_news = any(self._known.get(key, {}) != held for key, held in found.items())
        if len(self._known) + len(found) > _MOST_KNOWN:
            self._known, self._looked = {}, {key: self._looked[key] for key in found}
        self._known |= found
        self._go_on()
        if is_news:
            self.changed.emit()

    def _fail(self, _error: ThawError) -> None:
        """Without the network's weights nothing trains, and Train says why."""
        self._go_on()

    def _go_on(self) -> None:
        if self._wanted:
            self._timer.start()


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _key(recipe: RunConfig) -> object:
    """All that decides which features are there."""
    needed = [key for one in feature_plan.plan(recipe) for key in one.needs()]
    has_views = any(key.view != PLAIN for key in needed)
    return (
        tuple(dict.fromkeys(key for key in needed if key.boundary and not key.version)),
        recipe.augmentation if has_views else None,
        recipe.dataset,
        (recipe.model.weights, recipe.seed if recipe.model.weights == "none" else 0),
        (recipe.device, recipe.threads, recipe.micro_batch, recipe.precision),
    )
