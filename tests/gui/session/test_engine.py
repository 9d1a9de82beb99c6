"""PyTorch's arrival, the measured machine, estimated times, and how far a run is."""

import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

import core.training
from core.common.messages import ThawError
from core.compute import estimate
from core.compute.estimate import Estimate
from core.dataset.folder import Scanned
from core.dataset.scan import look_through
from core.recipe import files as recipes
from core.recipe.config import RunConfig, StageConfig
from core.runs import events
from core.runs.events import Event, StageStarted
from core.runs.history import History, fold
from gui.session import engine, open_dataset
from gui.session.engine import Engine, EngineState
from gui.session.progress import MeasuredEpochs, RunProgress, of_run
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import SPEED, open_folder, replace_training


@pytest.fixture
def arriving(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine whose torch is there at once, on a machine of known speed."""
    monkeypatch.setattr(engine, "_import_torch", lambda _stop, _progress: None)
    monkeypatch.setattr(engine, "_measure", lambda _stop, _progress: SPEED)
    return Engine()


def _wait_for(qtbot: QtBot, one: Engine, state: EngineState) -> None:
    qtbot.waitUntil(lambda: one.state is state)


def test_it_loads_and_measures_once_and_is_ready(
    qtbot: QtBot, arriving: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = replace(SPEED, training=4.0)  # of the last start, which counts until then
    monkeypatch.setattr(engine, "_import_torch", lambda _stop, _progress: earlier)
    seen = []
    arriving.changed.connect(lambda: seen.append((arriving.state, arriving.speed)))
    arriving.start()
    arriving.start()
    _wait_for(qtbot, arriving, EngineState.READY)
    arriving.start()
    states = EngineState.LOADING, EngineState.MEASURING, EngineState.READY
    assert seen == list(zip(states, (None, earlier, SPEED), strict=True))
    assert arriving.error is None


def test_broken_torch_is_retried_and_without_a_measurement_it_is_ready_all_the_same(
    qtbot: QtBot, arriving: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_stop: object, _progress: object) -> None:
        raise ThawError("out_of_memory")

    monkeypatch.setattr(engine, "_measure", fail)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_import_torch", fail)
        arriving.start()
        _wait_for(qtbot, arriving, EngineState.FAILED)
    arriving.start()
    _wait_for(qtbot, arriving, EngineState.READY)
    assert arriving.speed is None
    assert arriving.error is None


# -- beside other work ----------------------------------------------------------------------


class _Measuring:
    """Measures until it may finish, and counts how often it began."""

    def __init__(self) -> None:
        self.may_finish = threading.Event()
        self.began = 0

    def __call__(self, stop: threading.Event, _progress: object) -> object:
        self.began += 1
        while not self.may_finish.wait(0.005):
            if stop.is_set():
                raise ThawError("stopped")
        return SPEED


@pytest.fixture
def measuring(arriving: Engine, monkeypatch: pytest.MonkeyPatch) -> _Measuring:
    measuring = _Measuring()
    monkeypatch.setattr(engine, "_measure", measuring)
    return measuring


@pytest.fixture
def session(measuring: _Measuring, tmp_path: Path) -> Iterator[Session]:
    session = Session(Settings(tmp_path / "settings"))
    yield session
    session.close()


def test_it_measures_once_the_pictures_are_read(
    qtbot: QtBot,
    session: Session,
    measuring: _Measuring,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measuring.may_finish.set()
    may_read = threading.Event()

    def slow_scan(folder: Path, stop: threading.Event, **_: object) -> Scanned:
        while not (may_read.wait(0.005) or stop.is_set()):
            pass
        return look_through(folder, stop=stop)

    monkeypatch.setattr(open_dataset, "look_through", slow_scan)
    session.engine.start()
    session.open_folder(picture_folder())
    _wait_for(qtbot, session.engine, EngineState.MEASURING)
    assert measuring.began == 0
    may_read.set()
    _wait_for(qtbot, session.engine, EngineState.READY)
    assert measuring.began == 1
    assert session.estimate() is not None


@pytest.mark.parametrize("called_off", [True, False])
def test_a_scan_that_gives_no_pictures_lets_it_measure(
    qtbot: QtBot, session: Session, measuring: _Measuring, tmp_path: Path, called_off: bool
) -> None:
    measuring.may_finish.set()
    session.open_folder(tmp_path / "gone")
    session.engine.start()
    if called_off:
        session.cancel_scan()
    _wait_for(qtbot, session.engine, EngineState.READY)
    assert session.engine.speed == SPEED


def test_a_folder_opened_while_it_measures_makes_it_begin_again(
    qtbot: QtBot, session: Session, measuring: _Measuring, picture_folder: PictureFolder
) -> None:
    session.engine.start()
    qtbot.waitUntil(lambda: measuring.began == 1)
    open_folder(qtbot, session, picture_folder())
    qtbot.waitUntil(lambda: measuring.began == 2)
    measuring.may_finish.set()
    _wait_for(qtbot, session.engine, EngineState.READY)
    assert session.engine.speed == SPEED
    open_folder(qtbot, session, picture_folder(name="another"))
    assert measuring.began == 2, "once measured it is known"


def test_it_does_not_measure_while_a_run_trains(
    qtbot: QtBot,
    session: Session,
    measuring: _Measuring,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    training = replace_training(monkeypatch)
    measuring.may_finish.set()
    open_folder(qtbot, session, picture_folder(per_class=10))
    session.start_training()
    session.engine.start()
    _wait_for(qtbot, session.engine, EngineState.MEASURING)
    qtbot.waitUntil(lambda: session.history.best is not None)
    assert measuring.began == 0
    training.may_finish.set()
    _wait_for(qtbot, session.engine, EngineState.READY)
    assert measuring.began == 1


# -- a broken torch -------------------------------------------------------------------------


class _BrokenTorch(MetaPathFinder):
    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if name == "torch":
            raise OSError("libtorch_cpu.so: cannot open shared object file\nmore lines")
        return None


def test_a_broken_torch_is_one_clear_error(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] in ("torch", "core")]:
        if name.split(".")[0] == "torch" or "torch" in vars(sys.modules[name]):
            monkeypatch.delitem(sys.modules, name)
    for name in ("network_file", "train"):
        monkeypatch.delitem(sys.modules, f"core.training.{name}", raising=False)
        monkeypatch.delattr(core.training, name, raising=False)
    monkeypatch.setattr(sys, "meta_path", [_BrokenTorch(), *sys.meta_path])
    broken = Engine()
    broken.start()
    _wait_for(qtbot, broken, EngineState.FAILED)
    assert broken.error.code == "torch_missing"
    reason = broken.error.values["reason"]
    assert reason == "libtorch_cpu.so: cannot open shared object file"


# -- estimates ------------------------------------------------------------------------------


@pytest.fixture
def measured(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, measuring: _Measuring
) -> Session:
    """A session with 40 images on a machine of known speed."""
    open_folder(qtbot, session, picture_folder(per_class=20))
    assert session.estimate() is None
    session.engine.speed = SPEED
    return session


def test_cached_views_are_estimated_between_none_and_new_ones(measured: Session) -> None:
    augmented = measured.estimate(measured.with_augmentation(True)).total
    totals = []
    for views in (None, 2, 0):
        measured.set_views(views)
        totals.append(measured.estimate().total)
    off, cached, fresh = totals
    assert off < cached < fresh
    assert augmented > 2 * off > 0


def test_a_slider_estimates_nothing_again(
    measured: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured.set_augmenting(True)
    monkeypatch.setattr("gui.session.session.monotonic", lambda: 0.0)
    before = measured.estimate()
    monkeypatch.setattr(estimate, "estimate", None)  # whoever asks it fails
    measured.change("augmentation.rotation", [-40.0, 40.0])
    assert measured.estimate() == before


# -- how far a run is -----------------------------------------------------------------------

RECIPE = RunConfig(stages=(StageConfig(epochs=4), StageConfig(epochs=2, thawed=(5,))))
EXPECTED = Estimate(40.0, epochs=(1.0, 8.0), extra=((20.0, 0.0, 0.0, 0.0), ()))
VIEWS = Estimate(52.0, epochs=(1.0, 8.0), extra=((12.0, 10.0, 10.0, 0.0), ()))
LATER = Estimate(60.0, epochs=(1.0, 8.0), extra=((20.0,), (20.0,)))


def _epochs(stage: int, *seconds: float) -> list[Event]:
    """The epochs of a stage that took so long."""
    score = events.Score(0.5, 0.5, 10)
    return [
        events.EpochFinished(stage, number, score, score, seconds=one)
        for number, one in enumerate(seconds, 1)
    ]


def _history(*told: Event, images: int = 0) -> History:
    started = events.RunStarted(epochs=(4, 2), train_images=images, validation_images=images // 5)
    return fold([started, StageStarted(1, 4), *told])


def _now(
    *told: Event, expected: Estimate | None = EXPECTED, recipe: RunConfig = RECIPE
) -> RunProgress:
    return of_run(_history(*told), recipe, expected)


def test_before_the_first_event_it_is_what_was_estimated() -> None:
    now = of_run(fold([]), RECIPE, EXPECTED)
    assert (now.stage, now.stages, now.share, now.seconds_left) == (0, 2, 0.0, 40.0)
    assert of_run(fold([]), RECIPE, None).seconds_left is None
    assert _now(expected=None).seconds_left is None


def test_while_features_are_computed_their_own_time_counts_or_the_estimated_one() -> None:
    now = _now(events.CacheProgress(1, 30, 120, seconds_left=15.0, epoch_seconds=0.5))
    assert now.seconds_left == pytest.approx(15 + 3 * 0.5 + 2 * 8)
    assert now.share == pytest.approx((20 + 1) * 0.25 / 40)
    assert (now.epoch, now.epochs) == (1, 4)
    now = _now(events.CacheProgress(1, 60, 120))
    assert now.seconds_left == pytest.approx((20 + 1) / 2 + 3 * 1 + 2 * 8)
    now = _now(events.CacheProgress(1, 1, 2), expected=LATER)  # another stage computes some, too
    assert now.seconds_left == pytest.approx(21 / 2 + 3 + 20 + 2 * 8)
    assert _now(*_epochs(1, 1.0, 1.0, 1.0, 1.0), expected=LATER).share == pytest.approx(24 / 60)


def test_measured_epochs_replace_the_estimate_and_the_first_is_left_out() -> None:
    history = _history(*_epochs(1, 30.0, 2.0))
    now = of_run(history, RECIPE, EXPECTED)
    assert (now.stage, now.epoch) == (1, 3)
    assert now.seconds_left == pytest.approx(2 * 2.0 + 2 * 8)
    history.add(events.BatchFinished(1, 3, batch=5, batches=10))
    now = of_run(history, RECIPE, EXPECTED)
    assert (now.batch, now.batches) == (5, 10)
    assert now.seconds_left == pytest.approx(1.5 * 2.0 + 2 * 8)
    history.add(_epochs(1, 30.0, 2.0, 2.0)[-1])
    assert of_run(history, RECIPE, EXPECTED).batch == 0


def test_views_that_are_yet_to_be_computed_are_ahead() -> None:
    computing = events.CacheProgress(1, 60, 120, seconds_left=6.0, epoch_seconds=0.5)
    now = _now(computing, expected=VIEWS)
    assert now.seconds_left == pytest.approx(6 + 3 * 0.5 + 2 * 10 + 2 * 8)
    assert now.share == pytest.approx(13 / 2 / 52)
    assert now.passes_left == 2
    slow = _history(replace(computing, seconds_left=18.0), images=100)  # and so are the others
    left = of_run(slow, RECIPE, VIEWS).seconds_left
    assert left == pytest.approx(18 + 3 * 0.5 + 3 * 2 * 10 + 2 * 8)
    now = _now(*_epochs(1, 13.0), expected=VIEWS)
    assert now.seconds_left == pytest.approx(3 * 1 + 2 * 10 + 2 * 8)
    assert now.share == pytest.approx(13 / 52)
    assert now.passes_left == 1
    assert _now(*_epochs(1, 11.0, 11.0, 11.0), expected=VIEWS).passes_left == 0


@pytest.mark.parametrize(
    ("seconds", "left"),
    [
        ([1.0], 3 * 1 + 2 * 8),  # the views were on disk already
        ([1.0 + 2 * 12], 3 * 1 + 2 * 20 + 2 * 8),  # a busy machine computes the others as slowly
        ([13.0, 11.0, 11.0], 1 + 2 * 8),  # these say nothing of the epochs without a view
    ],
)
def test_an_epoch_with_a_view_predicts_other_views_only(seconds: list[float], left: float) -> None:
    assert _now(*_epochs(1, *seconds), expected=VIEWS).seconds_left == pytest.approx(left)


def test_the_last_stage_has_its_own_pace_and_needs_no_estimate_then() -> None:
    history = _history(*_epochs(1, 1.0, 1.0, 1.0, 1.0), StageStarted(2, 2))
    now = of_run(history, RECIPE, EXPECTED)
    assert (now.stage, now.epoch, now.epochs) == (2, 1, 2)
    assert now.seconds_left == pytest.approx(2 * 8)
    assert now.share == pytest.approx((20 + 4) / 40)
    history.add(*_epochs(2, 6.0))
    assert of_run(history, RECIPE, None).seconds_left == pytest.approx(6.0)
    history.add(events.RunFinished("stopped"))
    now = of_run(history, RECIPE, EXPECTED)
    assert (now.share, now.seconds_left) == (1.0, 0.0)


def test_an_ended_stage_counts_with_its_epochs_and_a_longer_one_has_more_ahead() -> None:
    first, second = _epochs(1, 1.0, 1.0)
    now = _now(first, events.StageEnded(1, 2), second, StageStarted(2, 2))
    assert (now.stage, now.epoch, now.epochs) == (2, 1, 2)
    assert now.seconds_left == pytest.approx(2 * 8)
    assert now.share == pytest.approx((20 + 2) / (20 + 2 + 16))
    trained = [*_epochs(1, 1.0, 1.0, 1.0, 1.0), StageStarted(2, 2), *_epochs(2, 6.0, 6.0)]
    goes_on = [events.RunExtended(2, 3), events.RunResumed(2, 3, epochs=6)]
    longer = RunConfig(stages=(StageConfig(epochs=4), StageConfig(epochs=5, thawed=(5,))))
    now = _now(*trained, events.RunFinished("finished"), *goes_on, expected=None, recipe=longer)
    assert (now.stage, now.epoch, now.epochs) == (2, 3, 5)
    assert now.seconds_left == pytest.approx(3 * 6.0)
    assert now.share < 1


@settings(max_examples=30)
@given(
    epochs=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    features=st.floats(0, 100),
    seconds=st.lists(st.floats(0.01, 100), min_size=4, max_size=4),
    estimated=st.booleans(),
)
def test_the_share_only_grows_and_ends_at_one(
    epochs: list[int], features: float, seconds: list[float], estimated: bool
) -> None:
    recipe = RunConfig(stages=tuple(StageConfig(epochs=count) for count in epochs))
    each = tuple(seconds[: len(epochs)])
    total = features + sum(count * one for count, one in zip(epochs, each, strict=True))
    extra = tuple((features / len(each),) for _ in each)
    expected = Estimate(total, each, extra) if estimated else None
    history, shares = History(), []
    for stage, count in enumerate(epochs, start=1):
        history.add(StageStarted(stage, count))
        for epoch, ended in enumerate(_epochs(stage, *[1.0] * count), start=1):
            for event in (events.BatchFinished(stage, epoch, batch=1, batches=2), ended):
                history.add(event)
                shares.append(of_run(history, recipe, expected).share)
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    assert shares[-1] == pytest.approx(1)


# -- measured epochs ------------------------------------------------------------------------

PLANNED = Estimate(20 * 1.0 + 10 * 4.0 + 8.0, (1.0, 4.0), ((8.0,), ()))


def _measured(*stages: Sequence[float]) -> MeasuredEpochs:
    """Of a run whose stages' epochs took so long."""
    epochs = [one for stage, taken in enumerate(stages, 1) for one in _epochs(stage, *taken)]
    return MeasuredEpochs.of_run(RunConfig(), fold([events.RunStarted(epochs=(20, 10)), *epochs]))


def test_a_stage_takes_what_its_later_epochs_took() -> None:
    seen = _measured([9.0, 2.0, 2.5, 2.2])
    assert seen.seconds_of(RunConfig(), 0) == 2.2  # not the first, which computed features
    assert seen.seconds_of(RunConfig(), 1) is None
    refined = seen.refined(PLANNED, RunConfig())
    assert refined == replace(PLANNED, epochs=(2.2, 4.0), total=PLANNED.total + 20 * (2.2 - 1.0))
    assert _measured([9.0]).refined(PLANNED, RunConfig()) == PLANNED
    seen = _measured([9.0, 2.0, 2.0], [5.0, 5.0])
    turned = recipes.make({"stages": [{"thawed": [5]}, {}]})  # any that thaws the same is like it
    assert [seen.seconds_of(turned, number) for number in (0, 1)] == [5.0, 2.0]


def test_what_changes_the_time_of_epochs() -> None:
    seen = _measured([9.0, 2.0, 2.0])
    for key, value, seconds in (
        ("stages.0.thawed", [4, 5], None),
        ("dataset.image_size", 64, None),
        ("batch_size", 8, None),
        ("model.head.kind", "fc", None),
        ("augmentation.rotation", 10, None),
        ("stages.0.epochs", 3, 2.0),
        ("stages.0.learning_rate", 0.01, 2.0),
        ("seed", 4, 2.0),
    ):
        changed = recipes.changed(RunConfig(), key, value)
        assert seen.seconds_of(changed, 0) == seconds, key
