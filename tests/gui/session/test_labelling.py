"""Classes by hand: given, renamed, merged, taken back."""

from hypothesis import given
from hypothesis import strategies as st

from gui.session.labelling import Labelling, keys, tidy


def test_classes_keep_the_order_in_which_they_came_up() -> None:
    labelling = Labelling()
    labelling.give(["1", "2"], "zebra")
    labelling.give(["3"], "ape")
    labelling.give(["4", "5", "6"], "cat")
    assert labelling.counts == {"zebra": 2, "ape": 1, "cat": 3}
    assert list(labelling.counts) == labelling.classes == ["zebra", "ape", "cat"]


def test_a_picture_has_one_class_and_an_empty_name_takes_it_away() -> None:
    labelling = Labelling({"1": "cat", "2": "cat"})
    assert labelling.give(["1", "2"], "dog") == 2
    assert labelling.give(["2"], "  ") == 1
    assert labelling.labels == {"1": "dog"}
    assert labelling.classes == ["dog"]


def test_a_renamed_class_stays_in_its_place() -> None:
    labelling = Labelling({"1": "a", "2": "b", "3": "c"})
    labelling.rename("b", "bee")
    assert labelling.classes == ["a", "bee", "c"]
    labelling.undo()
    assert labelling.classes == ["a", "b", "c"]


def test_a_rename_to_a_class_that_is_there_merges_both() -> None:
    labelling = Labelling({"1": "cat", "2": "kitten", "3": "dog"})
    assert labelling.rename("kitten", "cat") == 1
    assert labelling.counts == {"cat": 2, "dog": 1}
    labelling.undo()
    assert labelling.counts == {"cat": 1, "kitten": 1, "dog": 1}


def test_other_labels_are_taken_over_as_one_change() -> None:
    labelling = Labelling({"1": "cat", "2": "dog"})
    assert labelling.replace({"2": "dog", "3": "bird"}) == 2
    assert labelling.labels == {"2": "dog", "3": "bird"}
    labelling.undo()
    assert labelling.labels == {"1": "cat", "2": "dog"}
    assert not labelling.can_undo


def test_what_changes_nothing_is_no_change() -> None:
    labelling = Labelling({"1": "cat"})
    assert labelling.give(["1"], "cat") == 0
    assert not labelling.can_undo


def test_a_new_change_ends_what_could_be_made_again() -> None:
    labelling = Labelling()
    labelling.give(["1"], "cat")
    labelling.undo()
    assert labelling.can_redo
    labelling.give(["1"], "dog")
    assert not labelling.redo()
    assert labelling.labels == {"1": "dog"}


@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from("abcde")), st.sampled_from(["", "cat", "dog", "ape"]))
    )
)
def test_undo_and_redo_bring_every_state_back(steps: list[tuple[set[str], str]]) -> None:
    labelling = Labelling({"a": "cat"})
    states = [dict(labelling.labels)]
    for paths, name in steps:
        if labelling.give(paths, name):
            states.append(dict(labelling.labels))
        assert sum(labelling.counts.values()) == len(labelling.labels)
    for state in states[-2::-1]:
        assert labelling.undo()
        assert labelling.labels == state
    assert not labelling.undo()
    for state in states[1:]:
        assert labelling.redo()
        assert labelling.labels == state


def test_a_name_is_compared_without_its_spaces_and_in_one_form() -> None:
    assert tidy("  Lá  bàng\n") == tidy("Lá bàng")


def test_a_class_is_found_whatever_its_capitals() -> None:
    labelling = Labelling({"1": "Cat", "2": "DOG", "3": "dog"})
    assert labelling.similar("cat") == "Cat"
    assert labelling.similar("dog") == "dog"
    assert labelling.similar("bird ") == "bird"


def test_a_digit_that_is_a_class_is_its_own_key() -> None:
    assert keys(["cat", "dog"]) == {"cat": "1", "dog": "2"}
    assert keys(["0", "3", "1", "x"]) == {"0": "2", "3": "3", "1": "1", "x": "4"}
    digits = keys([str(number) for number in range(10)])
    assert digits == {str(number): str(number) for number in range(1, 10)}
