"""`jetbridge dev` seen from a browser: changes, mistakes and errors, and what they leave alone."""

import re
import time
import urllib.request

import pytest
from conftest import become_live, serving
from playwright.sync_api import expect

from jetbridge.server import assets

APP = """
from jetbridge import App, ErrorBoundary, action, asset, component, h

app = App(__name__, static="static", head=lambda: h.link(rel="stylesheet", href=asset("app.css")))


@action
async def fail(text: str = "", password: str = ""):
    raise RuntimeError(f"cannot {text} with {password}")


@action
async def streams():
    async def numbers():
        yield 1
        raise RuntimeError("no second number")

    return numbers()


@component
def heading(text):
    return h.h1[text]


@app.page("/")
def home():
    return h.main[
        heading(text="Version 1"),
        h.form(id="fail", action=fail)[
            h.input(name="text", type="text"),
            h.input(name="password", type="password"),
            h.textarea(name="about"),
            h.select(name="colour")[h.option["red"], h.option["blue"]],
            h.button["Go"],
        ],
        h.form(id="streams", action=streams)[h.button["Stream"]],
        h.div(style={"height": "3000px"}),
    ]


@app.page("/inside")
def inside():
    form = h.form(action=fail)[h.input(name="password", type="password"), h.button["Go"]]
    return ErrorBoundary(fallback=h.p["fell back"])[form]


@app.page("/styled")
def styled():
    return h.main[
        h.style["h1 { color: red }"],
        h.h1["Version 1"],
        h.input(name="text", type="text", id="text"),
        h.input(name="news", type="checkbox", id="news"),
        h.input(name="password", type="password", id="password"),
        h.div(style={"height": "3000px"}),
    ]
"""
OVERLAY = "jetbridge-overlay"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A directory with the app in a package of its own."""
    directory = tmp_path_factory.mktemp("project")
    (directory / "shop" / "static").mkdir(parents=True)
    (directory / "shop" / "__init__.py").touch()
    (directory / "shop" / "static" / "app.css").write_text("h1 { color: rgb(1, 2, 3) }")
    (directory / "shop" / "app.py").write_text(APP)
    return directory


@pytest.fixture(scope="module")
def server(project):
    env = {"PYTHONUNBUFFERED": "1", "EDITOR": "vim", "VISUAL": "", "JETBRIDGE_EDITOR": ""}
    with serving("dev", "shop.app:app", cwd=project, env=env) as (url, _):
        yield url


@pytest.fixture
def source(project):
    """The app's file."""
    return project / "shop" / "app.py"


@pytest.fixture
def url(server, source):
    """The address of the app, which is as it was again after the test."""
    yield server
    if source.read_text() != APP:
        source.write_text(APP)
        while "Version 1" not in looked_at(server):
            time.sleep(0.05)


def looked_at(url):
    """What is at `url`; nothing while the server cannot say."""
    try:
        return urllib.request.urlopen(url).read().decode()
    except OSError:
        return ""


def live(page):
    become_live(page)
    return page


def fill(page):
    """Type into the form of the first page, and leave the cursor and the view somewhere."""
    page.fill("[name=text]", "typed")
    page.fill("[name=password]", "my own")
    page.fill("textarea", "a long text")
    page.select_option("select", "blue")
    page.focus("textarea")
    page.evaluate("scrollTo(0, 700)")


def filled(page):
    fields = [page.input_value(f"[name={name}]") for name in ("text", "password", "about", "colour")]
    return [*fields, page.evaluate("[document.activeElement.name, scrollY]")]


KEPT = ["typed", "my own", "a long text", "blue", ["about", 700]]


def error_in(page):
    return page.frame_locator(f"{OVERLAY} iframe")


def test_a_change_is_shown_and_what_was_typed_stays(url, open_page, source):
    """A page that is open shows the change of its source; fields, focus and view are as they were."""
    page = live(open_page(url))
    fill(page)
    source.write_text(APP.replace("Version 1", "Version 2"))
    expect(page.locator("h1")).to_have_text("Version 2")

    assert KEPT == filled(page)


def test_a_style_sheet_is_shown_without_a_restart(url, open_page, source):
    """A change of a style sheet is seen at once, and by a server that has not been started again."""
    page = live(open_page(url))
    fill(page)
    run = page.get_attribute("meta[name=jetbridge-run]", "content")
    (source.parent / "static" / "app.css").write_text("h1 { color: rgb(4, 5, 6) }")
    expect(page.locator("h1")).to_have_css("color", "rgb(4, 5, 6)")
    again = looked_at(url)

    assert KEPT == filled(page)
    assert run.partition(".")[0] == re.search(r'jetbridge-run" content="(\w+)', again)[1]


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        ("def (:\n", "SyntaxError: invalid syntax"),
        ("import no_such_library\n", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("raise SystemExit('no')\n", "SystemExit: no"),
        (APP.replace("text: str", 'text: "NoSuch"'), "NoSuch"),
        (APP + "other = app\ndel app\n", "is not there; write shop.app:other"),
    ],
)
def test_a_mistake_while_reloading(url, open_page, source, mistake, told):
    """What cannot be imported is shown over the page and on a fresh visit, and goes away when it is mended."""
    open_page.expected.append("500")
    page = live(open_page(url))
    fill(page)
    source.write_text(mistake)
    expect(error_in(page).locator("h1")).to_contain_text(told)
    fresh = open_page(url)
    expect(fresh.locator("h1")).to_contain_text(told)
    plain = open_page(url, javascript=False)
    expect(plain.locator("h1")).to_contain_text(told)

    page.bring_to_front()
    source.write_text(APP.replace("Version 1", "Version 3"))
    expect(page.locator(OVERLAY)).to_have_count(0)
    expect(page.locator("h1")).to_have_text("Version 3")
    assert KEPT == filled(page)
    expect(fresh.locator("h1")).to_have_text("Version 3")


def test_a_page_that_fails_is_mended(url, open_page, source):
    """The page about an error turns into the page itself once its source is right; over an open page likewise."""
    open_page.expected.append("500")
    page = live(open_page(url))
    fill(page)
    source.write_text(APP.replace("h.h1[text]", "h.h1[txt]"))
    expect(error_in(page).locator("h1")).to_have_text("NameError: name 'txt' is not defined")
    expect(error_in(page).locator("[aria-label=Components] li")).to_contain_text("heading()")
    fresh = open_page(url)
    expect(fresh.locator("h1")).to_have_text("NameError: name 'txt' is not defined")
    source.write_text(APP)
    expect(page.locator(OVERLAY)).to_have_count(0)
    expect(fresh.locator("h1")).to_have_text("Version 1")

    assert KEPT == filled(page)


def test_the_error_of_a_call(url, open_page, source):
    """It is shown over the page with what helps to mend it, can be closed, and leaves the page as it was."""
    open_page.expected.append("500")
    page = live(open_page(url))
    page.fill("[name=text]", "buy")
    page.fill("[name=password]", "hunter2")
    page.press("[name=text]", "Enter")
    error = error_in(page)
    expect(error.locator("h1")).to_have_text("RuntimeError: cannot buy with •••")
    expect(error.locator("pre").first).to_contain_text('raise RuntimeError(f"cannot {text}')

    assert "hunter2" not in error.locator("body").inner_text()
    page.click(f"{OVERLAY} button")
    expect(page.locator(OVERLAY)).to_have_count(0)
    assert ["buy", "hunter2"] == [page.input_value("[name=text]"), page.input_value("[name=password]")]
    page.click("[role=alert] button")
    page.press("[name=text]", "Enter")
    expect(page.locator(OVERLAY)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(OVERLAY)).to_have_count(0)
    source.write_text(APP.replace("Version 1", "Version 2"))
    expect(page.locator("h1")).to_have_text("Version 2")
    assert "buy" == page.input_value("[name=text]")


def test_an_error_while_the_answer_is_sent(url, open_page):
    """What fails after the answer has begun is shown over the page as well, whoever reads it."""
    page = live(open_page(url))
    page.click("text=Stream")
    error = error_in(page)
    expect(error.locator("h1")).to_have_text("RuntimeError: no second number")
    expect(error.locator("pre").first).to_contain_text('raise RuntimeError("no second number")')


def test_the_error_of_a_call_in_javascript(url, open_page):
    """The Error that a call rejects with has Python's traceback in its stack, without the secrets."""
    open_page.expected += ["500", "ServerError"]  # React tells the console what a boundary has caught
    page = live(open_page(url + "/inside"))
    page.fill("[name=password]", "hunter2")
    with page.expect_console_message(lambda message: len(message.args) > 1) as told:
        page.click("text=Go")
    (stack,) = (one.evaluate("it => it.stack") for one in told.value.args if one.evaluate("it => it instanceof Error"))

    expect(page.locator("p")).to_have_text("fell back")
    assert stack.startswith("ServerError: RuntimeError: cannot ")
    assert "\n\nTraceback (most recent call last):\n" in stack
    assert 'raise RuntimeError(f"cannot {text} with {password}")' in stack
    assert "hunter2" not in stack


@pytest.mark.parametrize("javascript", [True, False])
def test_a_click_on_a_place_says_which_editor(url, open_page, javascript):
    """A place in the error page is a button; where no editor can be opened, the answer says what to set."""
    open_page.expected += ["500", "409"]
    page = open_page(url, javascript=javascript)
    if javascript:
        live(page)
    page.press("[name=text]", "Enter")
    error = error_in(page) if javascript else page
    error.locator("button[name=place]").first.click()
    expect(error.locator("body")).to_contain_text("JETBRIDGE_EDITOR=")


def test_a_page_that_must_be_loaded_again_gets_back_what_was_typed(url, open_page, source):
    """A page without React is loaded anew, with fields, focus and view, be there one more; not with passwords."""
    page = open_page(url + "/styled")
    page.fill("#text", "typed")
    page.check("#news")
    page.fill("#password", "my own")
    page.focus("#text")
    page.evaluate("scrollTo(0, 700)")
    field = 'h.input(name="text", type="text", id="text"),'
    source.write_text(
        APP.replace("Version 1", "Version 2").replace(field, f'h.input(type="text", name="new"), {field}')
    )
    expect(page.locator("h1")).to_have_text("Version 2")

    assert ["typed", True, ""] == [
        page.input_value("#text"),
        page.is_checked("#news"),
        page.input_value("#password"),
    ]
    assert ["text", 700] == page.evaluate("[document.activeElement.id, scrollY]")


def test_production_has_none_of_it():
    """The production bundle holds nothing that only development needs."""
    code, development = (
        "".join(
            (assets._CLIENT / file).read_text("utf-8")
            for name, file in assets._manifest()["files"].items()
            if name.endswith("-dev") == wanted
        )
        for wanted in (False, True)
    )
    words = ["EventSource", "jetbridge-overlay", "jetbridge-run", "dev/failure", "dev/events"]

    assert [] == [word for word in words if word in code]
    assert [] == [word for word in words if word not in development]


def test_the_panel_shows_the_last_actions(url, open_page, source):
    """A button counts the actions; pressed, it shows them, also those that come after. Secrets are masked."""
    open_page.expected.append("500")
    source.write_text(APP.replace("Version 1", "Version 2"))  # a new process, without the actions of other tests
    page = live(open_page(url))
    expect(page.locator("h1")).to_have_text("Version 2")
    expect(page.locator("jetbridge-panel")).to_have_count(0)
    page.fill("#fail input[name=text]", "write")
    page.fill("#fail input[name=password]", "hunter2hunter2")
    page.click("#fail button")
    page.locator(OVERLAY).get_by_role("button", name="Close").click()
    page.get_by_role("button", name="1 action").click()
    shown = page.frame_locator("jetbridge-panel iframe")
    expect(shown.locator("tbody tr")).to_have_count(1)
    expect(shown.locator("tbody tr").first).to_contain_text("failed: RuntimeError")
    expect(shown.locator("tbody tr").first).not_to_contain_text("hunter2")
    page.fill("#fail input[name=text]", "read")
    page.click("#fail button")
    page.locator(OVERLAY).get_by_role("button", name="Close").click()

    expect(shown.locator("tbody tr")).to_have_count(2)
    expect(shown.locator("tbody tr").first).to_contain_text("read")
