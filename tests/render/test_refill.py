"""Filling a form again after a failed submit."""

import pytest

from jetbridge.render.refill import Refill, refilled

CONTROLS = {
    "text": ("input", {"name": "a"}, {"a": "x"}, {"name": "a", "defaultValue": "x"}),
    "text over the author's": (
        "input",
        {"name": "a", "defaultValue": "old"},
        {"a": "x"},
        {"name": "a", "defaultValue": "x"},
    ),
    "emptied text": ("input", {"name": "a", "defaultValue": "old"}, {"a": ""}, {"name": "a", "defaultValue": ""}),
    "text, controlled": ("input", {"name": "a", "value": "old"}, {"a": "x"}, {"name": "a", "defaultValue": "x"}),
    "not submitted": ("input", {"name": "a", "defaultValue": "old"}, {}, {"name": "a", "defaultValue": "old"}),
    "no name": ("input", {"defaultValue": "old"}, {"": "x"}, {"defaultValue": "old"}),
    "number": (
        "input",
        {"type": "number", "name": "a"},
        {"a": "x1"},
        {"type": "number", "name": "a", "defaultValue": "x1"},
    ),
    "password": ("input", {"type": "password", "name": "a"}, {"a": "x"}, {"type": "password", "name": "a"}),
    "Password": ("input", {"type": "PassWord", "name": "a"}, {"a": "x"}, {"type": "PassWord", "name": "a"}),
    "hidden": (
        "input",
        {"type": "hidden", "name": "a", "value": "1"},
        {"a": "2"},
        {"type": "hidden", "name": "a", "value": "1"},
    ),
    "file": ("input", {"type": "file", "name": "a"}, {"a": "x"}, {"type": "file", "name": "a"}),
    "submit": (
        "input",
        {"type": "submit", "name": "a", "value": "Go"},
        {"a": "x"},
        {"type": "submit", "name": "a", "value": "Go"},
    ),
    "disabled": (
        "input",
        {"name": "a", "disabled": True, "defaultValue": "old"},
        {"a": "x"},
        {"name": "a", "disabled": True, "defaultValue": "old"},
    ),
    "checkbox on": (
        "input",
        {"type": "checkbox", "name": "a"},
        {"a": "on"},
        {"type": "checkbox", "name": "a", "defaultChecked": True},
    ),
    "checkbox off": (
        "input",
        {"type": "checkbox", "name": "a", "defaultChecked": True},
        {},
        {"type": "checkbox", "name": "a", "defaultChecked": False},
    ),
    "disabled checkbox": (
        "input",
        {"type": "checkbox", "name": "a", "disabled": True, "defaultChecked": True},
        {},
        {"type": "checkbox", "name": "a", "disabled": True, "defaultChecked": True},
    ),
    "one of several": (
        "input",
        {"type": "checkbox", "name": "a", "value": 2},
        {"a": ["1", "2"]},
        {"type": "checkbox", "name": "a", "value": 2, "defaultChecked": True},
    ),
    "none of several": (
        "input",
        {"type": "checkbox", "name": "a", "value": "3"},
        {"a": ["1", "2"]},
        {"type": "checkbox", "name": "a", "value": "3", "defaultChecked": False},
    ),
    "radio": (
        "input",
        {"type": "radio", "name": "a", "value": "x"},
        {"a": "x"},
        {"type": "radio", "name": "a", "value": "x", "defaultChecked": True},
    ),
    "other radio": (
        "input",
        {"type": "radio", "name": "a", "value": "y", "defaultChecked": True},
        {"a": "x"},
        {"type": "radio", "name": "a", "value": "y", "defaultChecked": False},
    ),
    "textarea": (
        "textarea",
        {"name": "a", "defaultValue": "old"},
        {"a": "two\nlines"},
        {"name": "a", "defaultValue": "two\nlines"},
    ),
    "select": ("select", {"name": "a", "defaultValue": "old"}, {"a": "x"}, {"name": "a", "defaultValue": "x"}),
    "multiple": (
        "select",
        {"name": "a", "multiple": True},
        {"a": "x"},
        {"name": "a", "multiple": True, "defaultValue": ["x"]},
    ),
    "multiple, emptied": (
        "select",
        {"name": "a", "multiple": True, "defaultValue": ["x"]},
        {},
        {"name": "a", "multiple": True, "defaultValue": []},
    ),
    "no control": ("p", {"name": "a"}, {"a": "x"}, {"name": "a"}),
}


@pytest.mark.parametrize("case", CONTROLS)
def test_fills_a_control(case):
    """A control shows what was submitted for it, if it is of a kind that may, and else what its author gave."""
    tag, props, fields, expected = CONTROLS[case]

    assert expected == refilled(tag, props, Refill(fields))


def test_gives_each_of_several_its_own():
    """Controls that share a name are filled in their order; one too many keeps what its author gave."""
    refill = Refill({"a": ["1", "2"]})
    values = [refilled("input", {"name": "a", "defaultValue": "old"}, refill)["defaultValue"] for _ in range(3)]

    assert ["1", "2", "old"] == values


def test_a_hidden_field_counts():
    """What a hidden field sent is not shown in the text field after it."""
    refill = Refill({"a": ["0", "typed"]})
    refilled("input", {"type": "hidden", "name": "a", "value": "0"}, refill)

    assert "typed" == refilled("input", {"name": "a"}, refill)["defaultValue"]


def test_leaves_the_authors_props_alone():
    """The props given are never changed: a static element is printed many times."""
    props = {"name": "a", "defaultValue": "old"}
    refilled("input", props, Refill({"a": "x"}))

    assert {"name": "a", "defaultValue": "old"} == props
