"""A whole run, bit by bit as it was recorded: whoever moves a bit sees it here, and says why."""

from typing import Any

import pytest

from tests.support import golden as support_golden


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return support_golden.made(tmp_path_factory.mktemp("golden"))


def test_the_golden_run_says_what_it_said(now: dict[str, Any]) -> None:
    then = support_golden.kept()
    if (now["history"], now["weights"]) == (then["history"], then["weights"]):
        return
    if now["made_on"] == then["made_on"]:
        assert now["history"] == then["history"]
        assert now["weights"] == then["weights"]
    print(f"other bits on {now['made_on']} than on {then['made_on']}: compared with a tolerance")
    assert _plain(now["history"]) == _plain(then["history"])
    for one, other in zip(_scores(now["history"]), _scores(then["history"]), strict=True):
        assert one == pytest.approx(other, rel=0.02, abs=0.03)


def _plain(history: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    """Which events came, of which images: what no processor may change."""
    names = ("event", "stage", "epoch", "batch", "pictures", "code")
    return [tuple(event.get(name) for name in names) for event in history]


def _scores(history: list[dict[str, Any]]) -> list[list[float]]:
    """Loss and accuracy of each epoch, on training and validation images."""
    epochs = [event for event in history if event["event"] == "EpochFinished"]
    parts = [epoch[part] for epoch in epochs for part in ("train", "validation")]
    return [[part["loss"], part["accuracy"]] for part in parts]
