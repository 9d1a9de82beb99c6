"""An experiment whose runs hold only a history: no images, no weights, figures made up."""

from pathlib import Path

from core.experiments.experiment import Arm, Experiment, Place
from tests.support.histories import events, write
from tests.support.training import small_recipe

CURVES = {
    "frozen": [(0.5, 0.6, 0.7), (0.4, 0.6, 0.8)],
    "thawed": [(0.2, 0.3, 0.9), (0.1, 0.5, 0.9)],
}
SECONDS = {"frozen": 1.0, "thawed": 10.0}


def made_experiment(directory: Path) -> Path:
    """Two arms, of which the second takes ten times as long, with two seeds each, in
    ``directory``."""
    arms = tuple(Arm(name=name, recipe=small_recipe(), title=name) for name in CURVES)
    place = Place(directory)
    place.write(
        Experiment(
            folder="sample",
            classes=("a", "b"),
            created="2026-01-01T00:00:00+00:00",
            arms=arms,
            pairs=(("frozen", "thawed"),),
            seeds=(0, 1),
        )
    )
    for name, curves in CURVES.items():
        for seed, curve in enumerate(curves):
            place.run(name, seed).mkdir(parents=True)
            told = events(curve, majority=0.1, validation=100, seconds=SECONDS[name])
            write(place.run(name, seed), told)
    return directory
