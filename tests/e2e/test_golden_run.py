"""A whole run, bit by bit as it was recorded: whoever moves a bit sees it here, and says why."""

from typing import Any

import pytest

from tests.support import golden

CHOSEN_BY_BITS = {"is_best", "best_stage", "best_epoch"}


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return golden.made(tmp_path_factory.mktemp("golden"))


def test_the_golden_run_is_the_recorded_one(now: dict[str, Any]) -> None:
    then = golden.kept()
    if now["made_on"] == then["made_on"]:
        assert now["history"] == then["history"]
        assert now["weights"] == then["weights"]
        return
    assert _without_choices(now["history"]) == _near(_without_choices(then["history"]))
    if now["weights"] != then["weights"]:
        pytest.skip(f"{now['made_on']} has other bits than {then['made_on']}: near, not equal")


def _without_choices(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """``history`` without what another last bit may decide otherwise."""
    return [
        {name: value for name, value in event.items() if name not in CHOSEN_BY_BITS}
        for event in history
    ]


def _near(value: Any, name: str = "") -> Any:
    """``value``, its losses, accuracies and changes of weights within a tolerance."""
    if isinstance(value, dict):
        return {key: _near(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_near(one, name) for one in value]
    if isinstance(value, float) and "rate" not in name:
        return pytest.approx(value, rel=0.02, abs=0.04)
    return value
