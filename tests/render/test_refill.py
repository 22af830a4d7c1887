"""Filling a form again after a failed submit."""

import pytest

from jetbridge.elements.h import h
from jetbridge.render.refill import Refill, focus_first, refilled
from jetbridge.wire.model import Element

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


MARKED = {
    "by name": ("input", {"name": "a"}, {"a": "no"}, "true"),
    "by path": ("input", {"name": "a.b"}, {"a.b": "no"}, "true"),
    "another": ("input", {"name": "a"}, {"ab": "no", "a.b": "no", "b": "no"}, None),
    "password": ("input", {"name": "a", "type": "password"}, {"a": "no"}, "true"),
    "file": ("input", {"name": "a", "type": "file"}, {"a": "no"}, "true"),
    "text area": ("textarea", {"name": "a"}, {"a": "no"}, "true"),
    "first of several": ("input", {"name": "a"}, {"a[0]": "no"}, "true"),
    "second of several": ("input", {"name": "a"}, {"a[1]": "no"}, None),
    "within the first": ("input", {"name": "a"}, {"a[0].b": "no"}, "true"),
    "the eleventh": ("input", {"name": "a"}, {"a[01]": "no", "a[0": "no"}, None),
    "list": ("select", {"name": "a", "multiple": True}, {"a[3]": "no"}, "true"),
    "check boxes": ("input", {"name": "a", "type": "checkbox"}, {"a[3]": "no"}, "true"),
    "hidden": ("input", {"name": "a", "type": "hidden"}, {"a": "no"}, None),
    "button": ("input", {"name": "a", "type": "submit"}, {"a": "no"}, None),
    "disabled": ("input", {"name": "a", "disabled": True}, {"a": "no"}, None),
    "the author's word": ("input", {"name": "a", "aria-invalid": "grammar"}, {"a": "no"}, "grammar"),
    "no control": ("p", {"name": "a"}, {"a": "no"}, None),
}


@pytest.mark.parametrize("fields", [{}, None], ids=["filled", "not filled"])
@pytest.mark.parametrize("case", MARKED)
def test_marks_what_is_wrong(case, fields):
    """A control whose name is the path of an error is invalid; of several with one name, the one at the index."""
    tag, props, errors, expected = MARKED[case]

    assert expected == refilled(tag, props, Refill(fields, errors)).get("aria-invalid")


@pytest.mark.parametrize("kind", ["checkbox", "radio"])
def test_fills_nothing_in_where_that_is_unwanted(kind):
    """A form that is not to be filled in again keeps what its author gave."""
    props = {"name": "a", "type": kind, "defaultChecked": True}

    assert {**props, "aria-invalid": "true"} == refilled("input", props, Refill(None, {"a": "no"}))


@pytest.mark.parametrize(
    ("names", "wrong", "focused"), [("abc", "bc", "b"), ("abc", "", "a"), ("ab", "b", "b"), ("a", "a", "a")]
)
def test_the_keyboard_starts_at_the_first_wrong_field(names, wrong, focused):
    """It has `autoFocus`, and no other of its form; where none is marked the author's own stays."""
    fields = [
        refilled("input", {"name": name, "autoFocus": name == "a"}, Refill({}, dict.fromkeys(wrong))) for name in names
    ]
    focus_first([h.p["x"], [Element("label", {"children": ["x", Element("input", field)]}) for field in fields]])

    assert [focused] == [field["name"] for field in fields if field.get("autoFocus")]
