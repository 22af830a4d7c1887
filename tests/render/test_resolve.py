"""Trees as their authors write them, resolved."""

import asyncio
import gc
import logging
import sys
from dataclasses import replace
from functools import partial

import pytest

from jetbridge.actions.define import action
from jetbridge.actions.forms import References
from jetbridge.actions.registry import Registry
from jetbridge.actions.sealing import KeyRing
from jetbridge.actions.state import ActionState, Submitted, state_key
from jetbridge.elements.boundaries import ErrorBoundary, Fragment, Suspense
from jetbridge.elements.component import component
from jetbridge.elements.h import h
from jetbridge.errors import ActionError, DefinitionError, Redirect, redirect
from jetbridge.render.flight import print_flight
from jetbridge.render.html import print_html
from jetbridge.render.resolve import ACTION_FORM, resolve
from jetbridge.wire.rows import decode_flight


@action
async def save(name: str = "", title: str = ""):
    return name


@action
async def remove(number: int):
    return number


def references():
    registry = Registry(__name__)
    registry.add_module(sys.modules[__name__])
    return References(registry, KeyRing(["s" * 40]))


async def html(tree, **options):
    return print_html((await resolve(tree, references(), **options)).tree).text(lambda slot: f"({slot.value})")


async def react(tree, **options):
    return decode_flight(print_flight((await resolve(tree, references(), **options)).tree))


@component
async def later(text, seconds=0.0):
    await asyncio.sleep(seconds)
    return h.i[text]


@component
def broken(error=None):
    raise error or ValueError("broken")


@component
def card(title, children=None):
    return h.section[h.h2[title], children]


async def text_later(text):
    await asyncio.sleep(0)
    return text


async def items():
    for number in range(2):
        await asyncio.sleep(0)
        yield h.li(key=number)[number]


@component
def generated(count):
    for number in range(count):
        yield h.li(key=number)[number]


@component
async def generated_async():
    for number in range(2):
        await asyncio.sleep(0)
        yield h.b(key=number)[number]


WRITTEN = {
    "component": (lambda: card(title="T")["c"], "<section><h2>T</h2>c</section>"),
    "async component": (lambda: h.p[later("x")], "<p><i>x</i></p>"),
    "awaitable": (lambda: h.p["a", text_later("b")], "<p>a<!-- -->b</p>"),
    "awaitable of a component": (lambda: h.p[text_later(later("b"))], "<p><i>b</i></p>"),
    "async iterable": (lambda: text_later(items()), "<li>0</li><li>1</li>"),
    "component in component": (
        lambda: card(title=h.b["T"])[later("x")],
        "<section><h2><b>T</b></h2><i>x</i></section>",
    ),
    "generator": (lambda: h.ul[generated(2)], "<ul><li>0</li><li>1</li></ul>"),
    "async generator": (lambda: h.p[generated_async()], "<p><b>0</b><b>1</b></p>"),
    "nothing": (lambda: [None, True, False, text_later(None)], ""),
    "numbers": (lambda: [1, " ", text_later(2.5)], "1<!-- --> <!-- -->2.5"),
    "tuple from a component": (lambda: component(lambda: (h.b["1"], h.i["2"]))(), "<b>1</b><i>2</i>"),
    "suspense": (
        lambda: Suspense(fallback="…")[later("x")],
        "<!--$--><i>x</i><!--/$-->",
    ),
    "boundary around what works": (lambda: ErrorBoundary(fallback=h.p["Sorry"])[later("x")], "<i>x</i>"),
    "boundary": (lambda: h.div[ErrorBoundary(fallback=h.p["Sorry"])[broken()]], "<div><p>Sorry</p></div>"),
    "boundary with text": (lambda: ErrorBoundary(fallback="Sorry")[broken()], "Sorry"),
    "boundary with a component": (lambda: ErrorBoundary(fallback=later("Sorry"))[broken()], "<i>Sorry</i>"),
    "boundary around an awaitable": (lambda: ErrorBoundary(fallback="Sorry")[text_later(broken())], "Sorry"),
    "inner boundary": (
        lambda: ErrorBoundary(fallback="outer")[h.p["a"], ErrorBoundary(fallback=h.b["inner"])[broken()]],
        "<p>a</p><b>inner</b>",
    ),
    "fragment": (lambda: Fragment(key=1)[later("x"), "y"], "<i>x</i>y"),
}


@pytest.mark.parametrize("case", WRITTEN)
async def test_resolves(case):
    """What an author may write comes out as plain elements."""
    write, expected = WRITTEN[case]

    assert expected == await html(write())


async def test_siblings_run_at_the_same_time():
    """Components and awaitables side by side take as long as the slowest, and stay in their order."""
    running = 0
    most = 0

    @component
    async def counted(number):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return h.i[number]

    async def wrapped(number):
        return counted(number)

    printed = await html(h.div[counted(1), h.p[counted(2)], wrapped(3), ErrorBoundary()[counted(4)]])

    assert "<div><i>1</i><p><i>2</i></p><i>3</i><i>4</i></div>" == printed
    assert 4 == most


async def test_a_fast_parent_does_not_wait_for_a_slow_sibling():
    """A component's own children start when it is done, not when all its siblings are."""
    order = []

    @component
    async def step(name, seconds, child=None):
        await asyncio.sleep(seconds)
        order.append(name)
        return child

    await html(h.div[step("slow", 0.05), step("fast", 0, child=step("child of fast", 0))])

    assert ["fast", "child of fast", "slow"] == order


FAILING = {
    "sync, before others start": lambda: [later("a"), broken()],
    "sync, after a raw coroutine": lambda: h.div[broken(), h.p[text_later("never reached")]],
    "one of several": lambda: [later("slow", 10), text_later(broken()), later("slow", 10)],
    "in a component's children": lambda: [broken(), card(title=text_later("t"))[text_later("never reached")]],
    "nested": lambda: h.div[later("slow", 10), text_later(h.p[later("slow", 10), text_later(broken())])],
    "in a boundary's fallback": lambda: ErrorBoundary(fallback=broken())[broken()],
    "in suspense": lambda: Suspense(fallback=text_later("a"))[broken(), text_later("b")],
}


@pytest.mark.parametrize("case", FAILING)
async def test_raises_what_a_component_raised(case):
    """A failure comes as it was raised, at once, and leaves nothing that was never awaited."""
    with pytest.raises(ValueError, match="broken"):
        await asyncio.wait_for(html(FAILING[case]()), 30)
    gc.collect()  # where Python warns of dropped coroutines; warnings are errors here


@pytest.mark.parametrize(
    "around",
    [
        lambda node: node,
        lambda node: [later("a", 10), text_later(node)],
        lambda node: ErrorBoundary(fallback="b")["a", node],
    ],
    ids=["alone", "beside", "bounded"],
)
async def test_control_flow_passes(around):
    """A redirect in a component ends the page, from among siblings and through error boundaries."""
    with pytest.raises(Redirect):
        await asyncio.wait_for(html(around(broken(redirect("/x")))), 30)


async def test_a_group_of_its_own_stays_one():
    """What a component's own task group raised is not cut down to one of its errors."""
    with pytest.raises(ExceptionGroup) as caught:
        await html([later("a", 10), text_later(broken(ExceptionGroup("both", [ValueError(), KeyError()])))])

    assert [ValueError, KeyError] == [type(error) for error in caught.value.exceptions]


async def test_a_boundary_logs(caplog):
    """What a boundary catches stands in the log with its traceback."""
    with caplog.at_level(logging.ERROR, "jetbridge.pages"):
        await html(ErrorBoundary(fallback="Sorry")[broken()])

    assert ["broken"] == [str(record.exc_info[1]) for record in caplog.records]


@pytest.mark.parametrize("given", [{"a": 1}, b"bytes", {1}, object(), print])
async def test_refuses_what_is_no_node(given):
    """A component that gives something else is told what to write instead."""
    with pytest.raises(DefinitionError, match="cannot be"):
        await html(component(lambda: given)())


# --- keys (wire-protocol C4)


@component
def keyed():
    return h.li(key="own")["x"]


@component
def bare():
    return h.li["x"]


@component
def wrapping():
    return keyed(key="inner")


@component
def many():
    return [h.b["1"], h.i["2"]]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (lambda: bare(), None),
        (lambda: bare(key=1), "1"),
        (lambda: keyed(), "own"),
        (lambda: keyed(key=1), "1,own"),
        (lambda: wrapping(key=1), "1,inner,own"),
        (lambda: many(key=1), "1"),
        (lambda: text_later(keyed(key=1)), "1,own"),
        (lambda: Suspense(key=1)["x"], "1"),
        (lambda: ErrorBoundary(key=1)["x"], "1"),
        (lambda: ErrorBoundary(key=1, fallback=h.li["x"])[broken()], "1"),
        (lambda: h.form(key=1, action=save)["x"], "1"),
        (lambda: h.button(key=1, formAction=save)["x"], "1"),
    ],
)
async def test_keys(node, expected):
    """A component's key goes before that of what it gave; React hears the same of forms and boundaries."""
    assert expected == (await react(node())).key


# --- forms


async def test_a_form_of_an_action_posts_to_its_page():
    """HTML posts to the page's own address, query and all, with token and key; React gets ActionForm."""
    tree = h.form(action=save, className="f")[h.input(name="name")]
    wire_id = references().reference(save).id
    printed = await html(tree, query="page=2&q=a%26b")
    client = await react(tree, query="page=2&q=a%26b")

    attributes = f'class="f" action="?page=2&amp;q=a%26b&amp;_action={wire_id}"'
    assert printed.startswith(f'<form {attributes} encType="multipart/form-data" method="POST">')
    assert '<input type="hidden" name="$token" value="(token)"/>' in printed
    assert '<input type="hidden" name="$key" value="(submit-key)"/>' in printed
    assert ACTION_FORM == client.type
    assert wire_id == client.props["action"].id
    assert {
        "action": f"?page=2&q=a%26b&_action={wire_id}",
        "encType": "multipart/form-data",
        "method": "POST",
    } == client.props["native"]


async def test_submits_tells_of_forms():
    """Only a page with a form or button of ours needs a token."""
    plain = await resolve(h.form(action="/search")[h.input(name="q")], references())
    ours = await resolve(h.p[later("x"), text_later(h.form(action=save))], references())
    button = await resolve(h.form[h.button(formAction=save)], references())

    assert [False, True, True] == [plain.submits, ours.submits, button.submits]


async def test_a_bound_button_carries_its_values():
    """A button's own action is its formaction, its bound values are what it submits; a name of its own is refused."""
    printed = await html(h.button(formAction=partial(remove, 7))["x"])
    with pytest.raises(DefinitionError, match="name"):
        await html(h.button(formAction=partial(remove, 7), name="intent")["x"])

    assert 'name="$pressed"' in printed
    assert "formAction=" in printed


@pytest.mark.parametrize(
    ("tree", "at_rest", "waiting"),
    [
        (h.button(pending="Wait")["x"], "<button>x</button>", {"as": "button", "pending": "Wait"}),
        (
            h.input(type="submit", pending="Wait", value="x"),
            '<input type="submit" value="x"/>',
            {"as": "input", "type": "submit", "value": "x", "pending": "Wait"},
        ),
        (h.p(pending=True)["x"], '<p hidden="">x</p>', {"as": "p"}),
        (h.progress(pending=True), '<progress hidden=""></progress>', {"as": "progress"}),
    ],
)
async def test_what_is_pending_is_the_clients(tree, at_rest, waiting):
    """HTML has what stands there at rest; React gets our component, and what it shows meanwhile."""
    props = dict((await react(h.form[tree])).props["children"].props)
    props.pop("children", None)

    assert f"<form>{at_rest}</form>" == await html(h.form[tree])
    assert waiting == props


@pytest.mark.parametrize("off", [h.button(pending=False)["x"], h.p(pending=False)["x"]])
async def test_what_is_not_pending_is_ordinary(off):
    """`pending=False` is as good as none."""
    assert f"<{off.type}>x</{off.type}>" == await html(off)


async def test_only_submit_buttons_are_pending():
    """A button that submits nothing has nothing to wait for."""
    with pytest.raises(DefinitionError, match="submit"):
        await html(h.button(type="button", pending="Wait")["x"])


def failed(action, **fields):
    registry = references().registry
    return [
        Submitted(state_key(registry, action), "", ActionState(error=ActionError("no"), input=fields, submitted=True))
    ]


async def test_fills_only_the_form_that_failed():
    """What was typed into one form stands in that one and in no other, nor in one that opted out."""

    def form(action, **props):
        return h.form(action=action, **props)[h.label[h.input(name="name")], card(title="t")[h.textarea(name="title")]]

    states = failed(save, name="Ada", title="<b>")
    printed = await html([form(save), form(remove), form(save, refill=False)], states=states)
    first, second, third = printed.split("</form>")[:3]

    assert 'value="Ada"' in first
    assert "&lt;b&gt;</textarea>" in first
    assert ("Ada" in second, "Ada" in third, "refill" in third) == (False, False, False)


async def test_fills_what_arrives_later():
    """Controls from async components are filled too, and both printings agree."""

    @component
    async def field():
        await asyncio.sleep(0)
        return h.input(name="name")

    tree = h.form(action=save)[field()]
    states = failed(save, name="Ada")

    assert 'value="Ada"' in await html(tree, states=states)
    assert "Ada" in repr(await react(tree, states=states))


async def test_a_state_without_an_error_fills_nothing():
    """After success a form is empty."""
    states = [Submitted(one.key, "", replace(one.state, error=None, result=1)) for one in failed(save, name="Ada")]

    assert "Ada" not in await html(h.form(action=save)[h.input(name="name")], states=states)


async def test_a_row_is_told_apart_by_what_is_bound():
    """Of several forms of one action the one with the same bound values is filled."""
    states = failed(partial(remove, 2), note="typed")
    rows = [h.form(action=partial(remove, n))[h.input(name="note")] for n in (1, 2, 3)]
    printed = (await html(rows, states=states)).split("</form>")

    assert [False, True, False] == ["typed" in form for form in printed[:3]]
