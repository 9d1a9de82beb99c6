"""An experiment's card in words: what its bands are, and which arms failed."""

from pathlib import Path

from core.cli import experiment as cli_experiment
from core.experiments import text as experiment_text
from core.experiments.marks import of_histories, span
from core.experiments.text import ENGLISH
from core.recipe import files as recipes
from core.runs.history import History
from tests.support.experiments import HIGH, LOW, NEVER, diverged, history, small_experiment
from tests.support.pictures import PictureFolder

NAMED = {"frozen": "A", "thawed": "B"}
PAIR = [("frozen", "thawed")]


def folder(made: PictureFolder) -> Path:
    return made(classes=2, per_class=10)


def told(made: PictureFolder, frozen: list[History], thawed: list[History]) -> list[str]:
    histories = {"frozen": frozen, "thawed": thawed}
    marks = of_histories(histories, PAIR)
    return list(experiment_text.notes(small_experiment(folder(made)), marks, NAMED, ENGLISH))


def test_bands_are_named_for_each_kind(picture_folder: PictureFolder) -> None:
    three, two = [history(one) for one in HIGH], [history(one) for one in LOW[:2]]
    notes = told(picture_folder, three, two)
    assert any(one.startswith("A: Bands are 95 % intervals of the mean over 3") for one in notes)
    assert any(one.startswith("B: Bands go from the lower to the higher of two") for one in notes)


def test_bands_leave_out_which_pictures_validate(picture_folder: PictureFolder) -> None:
    notes = told(picture_folder, *([history(one) for one in some] for some in (HIGH, LOW)))
    (one,) = (one for one in notes if "other pictures" in one)
    assert "on these 100 validation pictures" in one
    assert sum("Bands are" in one for one in notes) == 1


def test_a_name_that_is_more_than_words_stands_in_quotes(picture_folder: PictureFolder) -> None:
    experiment = small_experiment(folder(picture_folder))
    first, second = experiment.arms
    title = "1: Fine-tune, augmented"
    experiment = experiment.model_copy(
        update={"arms": (first.model_copy(update={"title": title}), second)}
    )
    histories = {"frozen": [history(one) for one in HIGH], "thawed": [history(one) for one in LOW]}
    marks, named = of_histories(histories, PAIR), experiment_text.titles(experiment, ENGLISH)
    told = experiment_text.told(experiment, marks, named, ENGLISH)
    assert told[0] == "“1: Fine-tune, augmented” starts higher than thawed"


def test_not_told_apart_is_not_called_alike(picture_folder: PictureFolder) -> None:
    notes = told(picture_folder, *[[history(one) for one in HIGH]] * 2)
    assert any("does not mean alike" in one for one in notes)


def test_how_many_tests_were_corrected_for_is_told(picture_folder: PictureFolder) -> None:
    notes = told(picture_folder, *([history(one) for one in some] for some in (HIGH, LOW)))
    assert any(one.startswith("3 tests are on this card") for one in notes)


def test_short_times_are_seconds_and_long_ones_minutes() -> None:
    assert ENGLISH.times(span([1.5 / 60, 0.9 / 60])) == "1.2 s (0.9 – 1.5)"
    assert ENGLISH.times(span([0.5, 0.75])) == "38 s (30 – 45)"
    assert ENGLISH.times(span([2.0])) == "2.0 min"


def test_the_time_stands_beside_the_accuracy_where_it_matters(
    picture_folder: PictureFolder,
) -> None:
    experiment = small_experiment(folder(picture_folder))
    histories = {
        "frozen": [history(one) for one in HIGH],
        "thawed": [history([*one] * 5) for one in LOW],
    }
    marks = of_histories(histories, PAIR)
    longer = (
        "B took 5.0 times as long as A: 2.5 min a run against 30 s, with the frozen blocks' "
        "outputs kept from before"
    )
    assert longer not in experiment_text.told(experiment, marks, NAMED, ENGLISH)
    timed = experiment.model_copy(update={"kind": "tuning"})
    assert longer in experiment_text.told(timed, marks, NAMED, ENGLISH)


def test_nothing_is_kept_for_an_arm_that_froze_nothing(picture_folder: PictureFolder) -> None:
    experiment = small_experiment(folder(picture_folder)).model_copy(update={"kind": "tuning"})
    whole = experiment.arms[0].recipe
    thawed = recipes.changed(whole, "stages.0.thawed", [1, 2])
    arms = tuple(one.model_copy(update={"recipe": thawed}) for one in experiment.arms)
    experiment = experiment.model_copy(update={"arms": arms})
    histories = {
        "frozen": [history(one) for one in HIGH],
        "thawed": [history([*one] * 5) for one in LOW],
    }
    told = experiment_text.told(experiment, of_histories(histories, PAIR), NAMED, ENGLISH)
    assert "B took 5.0 times as long as A: 2.5 min a run against 30 s" in told


def test_chance_is_told_with_its_epochs_and_pictures(picture_folder: PictureFolder) -> None:
    notes = told(picture_folder, *([history(one) for one in some] for some in (HIGH, NEVER)))
    (one,) = (one for one in notes if "chance level" in one)
    assert "3 of each seed, seeds: 3, 100 pictures" in one
    assert "10.3 % are right" in one


def test_an_arm_without_a_result_is_listed_as_failed(picture_folder: PictureFolder) -> None:
    experiment = small_experiment(folder(picture_folder))
    histories = {"frozen": [history(one) for one in HIGH], "thawed": [diverged()] * 3}
    card = cli_experiment.card(experiment, of_histories(histories, PAIR))
    assert "Thawed has no result: with every seed (3) its loss grew beyond all bounds." in card
    (row,) = (one for one in card.splitlines() if one.startswith("thawed "))
    assert row.split()[-5:] == ["failed", "–", "–", "–", "–"]


def test_if_all_diverged_the_card_says_so(picture_folder: PictureFolder) -> None:
    experiment = small_experiment(folder(picture_folder))
    marks = of_histories({"frozen": [diverged()], "thawed": [diverged()]}, PAIR)
    assert cli_experiment.card(experiment, marks).count("has no result") == 2
