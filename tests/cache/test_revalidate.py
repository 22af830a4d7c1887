"""Naming what has changed."""

import pytest
from starlette.requests import Request

from jetbridge.cache.revalidate import refresh, revalidate_path, revalidate_tag
from jetbridge.cache.tags import REFRESH, are_touched, path_tag, route_tags
from jetbridge.context import Context, enter
from jetbridge.errors import DefinitionError


def touched(call, **scope):
    request = Request({"type": "http", "headers": [], "path": "/", **scope})
    with enter(Context(request=request, phase="action")) as context:
        call()
    return context.touched


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("/", "path:/"),
        ("/users", "path:/users"),
        ("/users/", "path:/users"),
        ("/users?page=2", "path:/users"),
        ("/users#top", "path:/users"),
        ("/a%20b", "path:/a b"),
        ("/100%", "path:/100%"),
        ("/app/users", "path:/users"),
        ("/app", "path:/"),
        ("/application", "path:/application"),
    ],
)
def test_paths(path, tag):
    """A path is named as its page knows it: decoded, without query, last slash, or where the app is mounted."""
    assert {tag} == touched(lambda: revalidate_path(path), root_path="/app")
    assert tag == path_tag(tag.partition(":")[2])


@pytest.mark.parametrize(
    ("path", "tag"), [("/users", "below:/users"), ("/users/", "below:/users"), ("/", "below:/"), ("/app/a", "below:/a")]
)
def test_subtrees(path, tag):
    """A subtree is named by where it begins."""
    assert {tag} == touched(lambda: revalidate_path(path, subtree=True), root_path="/app")


@pytest.mark.parametrize("template", ["/users/{id}", "/users/{id:int}"])
def test_templates(template):
    """A template is named as it was declared, whatever its parameters are read as."""
    assert {"path:/users/{id}"} == touched(lambda: revalidate_path(template))


def test_no_subtree_of_a_template():
    """What begins at a parameter is no subtree."""
    with pytest.raises(DefinitionError, match="without parameters"):
        touched(lambda: revalidate_path("/users/{id}", subtree=True))


@pytest.mark.parametrize(
    ("path", "template", "expected"),
    [
        ("/", None, ["path:/", "below:/"]),
        ("/users/3", "/users/{id}", ["path:/users/3", "path:/users/{id}", "below:/", "below:/users", "below:/users/3"]),
        ("/users/", "/users/", ["path:/users", "below:/", "below:/users"]),
    ],
)
def test_what_revalidates_a_page(path, template, expected):
    """A page is revalidated by its path, by its template, and by all that it is below."""
    assert expected == list(route_tags(path, template))


def test_tags():
    """A tag is any text; `refresh()` is every page."""
    assert {"user:3", "b"} == touched(lambda: (revalidate_tag("user:3"), revalidate_tag("b")))
    assert {REFRESH} == touched(refresh)


@pytest.mark.parametrize("path", ["users", "", "http://example.com/", None, 3])
def test_paths_that_are_none(path):
    """A path starts with a slash."""
    with pytest.raises(DefinitionError, match="slash"):
        touched(lambda: revalidate_path(path))


@pytest.mark.parametrize("tag", [3, "", ["a"], None])
def test_tags_that_are_none(tag):
    """A tag is a text: with the number of a row, say, nothing would be made anew."""
    with pytest.raises(DefinitionError, match="a tag is a text"):
        touched(lambda: revalidate_tag(tag))


@pytest.mark.parametrize("call", [lambda: revalidate_path("/"), lambda: revalidate_tag("a"), refresh])
def test_only_where_something_is_changed(call):
    """Outside requests, and while a page renders, it is an error that says what to do."""
    with pytest.raises(DefinitionError, match=r"app\.context"):
        call()
    with enter(Context(phase="page")), pytest.raises(DefinitionError, match="Move it into an action"):
        call()
    with enter(Context(phase="script")) as context:
        call()

    assert context.touched


@pytest.mark.parametrize(
    ("depends", "changed", "expected"),
    [
        (["a"], {"a"}, True),
        (["a"], {"b"}, False),
        ([], {"a"}, False),
        ([], {REFRESH}, True),
        ([REFRESH], {"a"}, True),
        ([REFRESH], set(), False),
        (["a"], set(), False),
        (["path:/users/3"], {"path:/users/{id}"}, True),
        (["path:/users/3"], {"path:/users/{id}/edit"}, False),
        (["path:/users.3"], {"path:/users/3"}, False),
        (["path:/files/a/b"], {"path:/files/{name}"}, True),
        (["path:/users/3"], {"below:/users"}, True),
        (["path:/users"], {"below:/users"}, True),
        (["path:/usersof"], {"below:/users"}, False),
        (["path:/users/3"], {"below:/"}, True),
        (["path:/"], {"below:/"}, True),
        (["user:3"], {"below:/"}, False),
    ],
)
def test_whether_a_page_shows_it(depends, changed, expected):
    """A page is touched by what it depends on, and by a refresh."""
    assert expected == are_touched(depends, changed)
