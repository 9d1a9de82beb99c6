"""Jobs off the window's thread: the latest wins, the others are never heard of."""

import threading

import pytest
import shiboken6
from PySide6.QtCore import QObject, QThread, QThreadPool
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from gui.base.background import Latest, Progress, finish, worker_pool


@pytest.fixture
def latest(qtbot: QtBot) -> Latest:
    pool = QThreadPool()
    pool.setMaxThreadCount(2)
    job = Latest(pool)
    job.setParent(None)
    pool.setParent(job)
    return job


def test_the_answer_arrives_on_the_owners_thread(qtbot: QtBot, latest: Latest) -> None:
    threads = []
    latest.done.connect(lambda _answer: threads.append(QThread.currentThread()))
    with qtbot.waitSignal(latest.done) as answered:
        latest.submit(lambda _stop, _progress: "answer")
        assert latest.is_busy
    assert answered.args == ["answer"]
    assert threads == [latest.thread()]
    assert not latest.is_busy


def test_a_newer_job_stops_the_one_before_and_drops_its_late_answer(
    qtbot: QtBot, latest: Latest
) -> None:
    heard, stops = [], []
    latest.done.connect(heard.append)
    started, may_answer, has_answered = threading.Event(), threading.Event(), threading.Event()

    def slow(stop: threading.Event, _progress: Progress) -> str:
        stops.append(stop)
        started.set()
        may_answer.wait()
        has_answered.set()
        return "old"

    latest.submit(slow)
    started.wait()
    with qtbot.waitSignal(latest.done):
        latest.submit(lambda _stop, _progress: "new")
    assert stops[0].is_set()
    may_answer.set()
    has_answered.wait()
    # The old answer, if it were heard at all, would come before this one.
    with qtbot.waitSignal(latest.done):
        latest.submit(lambda _stop, _progress: "newest")
    assert heard == ["new", "newest"]


def test_of_many_quick_jobs_only_the_last_is_heard(qtbot: QtBot, latest: Latest) -> None:
    heard = []
    latest.done.connect(heard.append)
    with qtbot.waitSignal(latest.done):
        for number in range(50):
            latest.submit(lambda _stop, _progress, number=number: number)
    assert heard == [49]


def test_nothing_is_heard_of_a_cancelled_job(qtbot: QtBot, latest: Latest) -> None:
    heard = []
    for signal in (latest.done, latest.failed):
        signal.connect(heard.append)
    latest.progressed.connect(lambda done, total: heard.append((done, total)))
    running = threading.Event()

    def work(stop: threading.Event, progress: Progress) -> None:
        running.set()
        stop.wait()
        progress(1, 2)
        raise ThawError("stopped")

    latest.submit(work)
    running.wait()
    latest.cancel()
    assert not latest.is_busy
    with qtbot.waitSignal(latest.done):
        latest.submit(lambda _stop, _progress: "next")
    assert heard == ["next"]


def test_progress_is_told(qtbot: QtBot, latest: Latest) -> None:
    def work(_stop: threading.Event, progress: Progress) -> None:
        progress(3, 7)

    with qtbot.waitSignal(latest.progressed) as told:
        latest.submit(work)
    assert told.args == [3, 7]


def test_a_known_error_arrives_as_it_is(qtbot: QtBot, latest: Latest) -> None:
    error = ThawError("folder_missing", path="/nowhere")

    def work(_stop: threading.Event, _progress: Progress) -> None:
        raise error

    with qtbot.waitSignal(latest.failed) as failed:
        latest.submit(work)
    assert failed.args == [error]
    assert not latest.is_busy


def test_an_unknown_error_becomes_a_sentence(qtbot: QtBot, latest: Latest) -> None:
    def work(_stop: threading.Event, _progress: Progress) -> None:
        raise ZeroDivisionError("a bug")

    with qtbot.waitSignal(latest.failed) as failed:
        latest.submit(work)
    assert "ZeroDivisionError('a bug')" in str(failed.args[0])


def test_an_owner_that_goes_waits_for_its_job_without_holding_it_up(qtbot: QtBot) -> None:
    owner, started, ended = QObject(), threading.Event(), []

    def work(_stop: threading.Event, _progress: Progress) -> None:
        started.set()
        ended.append(sum(range(2_000_000)))  # needs the interpreter's lock until its end

    Latest(worker_pool(owner), owner).submit(work)
    assert started.wait(10)
    shiboken6.delete(owner)
    assert len(ended) == 1


def test_a_pool_that_qt_took_down_first_ends_in_silence() -> None:
    pool = QThreadPool()
    shiboken6.delete(pool)
    finish(pool)  # would raise, at the interpreter's end as a traceback on the terminal
