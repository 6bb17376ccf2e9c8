"""Classes have one id and one name, whichever files declare them; what happens to others is reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigpoint.datasets.class_names import ClassTable
from trigpoint.datasets.model import BadEntry


def table(*classes: tuple[Any, Any], used: Sequence[Any] = ()) -> ClassTable:
    found = ClassTable()
    for number, name in classes:
        found.declare(number, name, "a.yaml")
    for number in used:
        found.use(number, "1.txt")
    return found


def test_classes_are_in_the_order_of_their_ids_and_unused_ones_are_kept() -> None:
    found = table((3, "crab"), (1, "fish"), (90, " eel "), used=[3])
    assert (found.names(), found.notes()) == (["fish", "crab", "eel"], [])


def test_an_unused_id_with_the_name_of_another_is_left_out_and_reported() -> None:
    found = table((0, "fish"), (1, "fish"), (2, "crab"), used=[1])
    assert found.names() == ["fish", "crab"]
    assert found.notes() == [
        "1 unused class id was left out, because another id has the same name: 0 fish",
        "class ids were re-numbered: 1 became 0, 2 became 1",
    ]


def test_two_used_ids_of_one_name_become_one_class_and_that_is_reported() -> None:
    found = table((1, "fish"), (2, "crab"), (4, "fish "), used=[1, 2, 4])
    assert found.names() == ["fish", "crab"]
    assert found.notes() == ["the class ids 1 and 4 have the same name and became one class: fish"]


def test_of_unused_ids_with_one_name_the_first_is_kept() -> None:
    found = table((1, "fish"), (2, "crab"), (4, "fish"), (5, "fish"))
    assert found.names() == ["fish", "crab"]
    assert found.notes() == [
        "2 unused class ids were left out, because another id has the same name: 4 fish, 5 fish"
    ]


@pytest.mark.parametrize("again", [1, 1.0, "1", "1.0"])
def test_ids_are_the_same_as_numbers_and_as_texts(again: Any) -> None:
    found = table((1, "fish"))
    found.declare(again, "fish", "b.yaml")
    assert found.use(again, "1.txt") == "fish"
    with pytest.raises(BadEntry, match=r"^b.yaml: class id 1 is named 'crab', but a.yaml names it 'fish'"):
        found.declare(again, "crab", "b.yaml")


@pytest.mark.parametrize("wrong", [1.5, "1.5", -1, True, None, "x", "nan", "", [1], float("inf"), 10**400])
def test_what_is_not_a_whole_number_from_0_is_no_class_id(wrong: Any) -> None:
    with pytest.raises(BadEntry, match=r"a\.yaml: the class id must be"):
        table((wrong, "fish"))
    with pytest.raises(BadEntry, match=r"1\.txt: the class id must be"):
        table((1, "fish")).use(wrong, "1.txt")


@pytest.mark.parametrize("name", ["", "  ", None, 5, ["a"]])
def test_an_empty_name_is_refused(name: Any) -> None:
    with pytest.raises(BadEntry, match=r"a\.yaml: a class needs a name"):
        table((0, name))


def test_an_id_that_is_not_declared_is_refused() -> None:
    with pytest.raises(BadEntry, match=r"1\.txt: class 2 is not among the 1 classes"):
        table((1, "fish")).use(2, "1.txt")


def test_a_gap_is_refused_where_ids_are_places_in_a_list() -> None:
    table((1, "a"), (0, "b")).require_no_gap("a.yaml")
    with pytest.raises(BadEntry, match=r"a\.yaml: class ids .* without a gap; 0 is missing"):
        table((1, "a"), (2, "b")).require_no_gap("a.yaml")


@given(st.dictionaries(st.integers(0, 8), st.sampled_from("abc")), st.data())
def test_every_used_class_keeps_its_name_and_no_name_occurs_twice(
    classes: dict[int, str], data: st.DataObject
) -> None:
    used = data.draw(st.lists(st.sampled_from(sorted(classes)))) if classes else []
    found = table(*classes.items(), used=used)
    names = found.names()
    assert set(names) == set(classes.values())
    assert len(names) == len(set(names))
    assert bool(found.notes()) == (len(classes) != len(names))
