"""What a run costs, in words."""

from dataclasses import replace

from core.runs.events import RunFinished
from core.runs.history import History, fold
from gui.train import side
from tests.support.window.scripted import two_stages


def told(history: History, present: float = 0.0, left: float | None = None) -> dict[str, str]:
    facts = side.run_facts(history, present, left)
    return {name: value.replace("\xa0", " ") for name, value in facts}


def test_before_a_run_there_is_nothing_to_tell() -> None:
    assert told(History()) == {}


def test_a_run_that_trains_tells_time_speed_and_memory() -> None:
    *events, last = two_stages()
    history = fold([*events, replace(last, memory=1_830_000_000)])
    assert told(history, present=33.8, left=130.0) == {
        "Elapsed": "35 s",
        "Remaining": "about 2 min",
        "Pictures per s": "470",
        "Most memory": "1.8 GB",
    }


def test_a_run_that_has_ended_tells_its_own_seconds() -> None:
    history = fold([*two_stages(), RunFinished("finished", seconds=75.0)])
    assert told(history, present=9.0) == {"Elapsed": "1 min 15 s", "Pictures per s": "470"}
