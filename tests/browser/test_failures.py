"""What goes wrong: the page stays, says so, and what was typed is there for the next try."""

import pytest
from conftest import SECRET
from playwright.sync_api import expect

from tests.browser.conftest import TARGET, Site, serving
from tests.browser.doors import BOTH_DOORS, EVERYWHERE, SCRIPTED

ALERT = "[role=alert]"
BUSY = ("aria-busy", "true")


def submit(page, form, text):
    page.fill(f"#{form} [name=text]", text)
    page.press(f"#{form} [name=text]", "Enter")


@EVERYWHERE
def test_an_unexpected_error_tells_no_secrets(visit):
    """Production shows a digest and nothing else, development the traceback; at both doors."""
    visit.expect("500")
    page = visit.open("/trouble")
    submit(page, "fail", "kept")
    shown = page.locator(ALERT) if visit.javascript else page.locator("main")
    expect(shown).to_contain_text("igest" if visit.javascript else "mention")
    told = page.content() + visit.close_overlay(page)

    assert ("a secret of the server" in told) is (visit.server == "development")
    assert ("Traceback" in told) is (visit.server == "development")
    if visit.javascript:
        assert "Trouble" == page.inner_text("h1")
        assert "kept" == page.input_value("#fail [name=text]")
        assert page.get_attribute("#fail", "aria-busy") is None
        page.click(f"{ALERT} button")
        expect(page.locator(ALERT)).to_have_count(0)


@EVERYWHERE
def test_a_late_error_is_shown_as_all_others(visit):
    """Development shows the page about it, over what was there in time; production no more than a digest in place."""
    visit.expect("500")
    page = visit.open("/late-trouble")
    if visit.javascript:
        expect(page.locator(ALERT)).to_contain_text("igest")
        assert "In time" == page.inner_text("h1")
        assert 0 == page.get_by_text("Loading").count()
        shown = page.locator("jetbridge-overlay")
        if visit.server == "development":
            expect(shown).to_have_count(1)
            about = page.frame_locator("jetbridge-overlay iframe")
            expect(about.get_by_label("Components").locator("li").first).to_contain_text("breaks_late()")
            expect(about.locator("h1")).to_have_text("RuntimeError: a secret of the server")
            page.keyboard.press("Escape")
        expect(shown).to_have_count(0)
    else:  # the document has asked for itself once more, whole
        expect(page.get_by_text("In time")).to_have_count(0)
    told = page.content()

    assert ("RuntimeError: a secret of the server" in told) is (visit.server == "development")
    assert ("Traceback" in told) is (visit.server == "development")
    assert ("data-failed" in told) is (visit.server == "development" and visit.javascript)


@SCRIPTED
def test_an_unexpected_error_reaches_its_boundary(visit):
    """A form inside an ErrorBoundary leaves its place to the fallback; the next success brings it back."""
    visit.expect("500", "digest", "RuntimeError", "Something went wrong", "ServerError")
    page = visit.open("/trouble")
    page.fill("#loudly [name=text]", "half a thought")
    submit(page, "guarded", "ill")
    expect(page.locator("#fallen")).to_have_text("This part is broken")
    visit.close_overlay(page)

    assert "Trouble" == page.inner_text("h1")
    assert 0 == page.locator(ALERT).count()
    submit(page, "fail", "well")
    expect(page.locator("#guarded")).to_have_count(1)
    assert 0 == page.locator("#fallen").count()
    assert "half a thought" == page.input_value("#loudly [name=text]")


@BOTH_DOORS
def test_a_boundary_chooses_by_the_error(visit):
    """A fallback that is a function gets the error of the action that failed; the next success brings the form back."""
    visit.expect("500")
    page = visit.open("/chosen")
    submit(page, "guarded", "ill")
    expect(page.locator("#fallen")).to_have_text("A RuntimeError here")

    assert "Chosen" == page.inner_text("h1")
    assert 0 == page.locator(ALERT).count()
    submit(page, "quick", "well")
    expect(page.locator("#guarded")).to_have_count(1)
    assert 0 == page.locator("#fallen").count()


@pytest.mark.parametrize("form", ["loudly", "quietly"])
def test_an_expected_error_is_never_silent(visit, form):
    """An error whose page does not ask for it is shown over the page, whether or not the page comes anew with it."""
    page = visit.open("/trouble")
    submit(page, form, "luck")
    expect(page.locator(ALERT)).to_contain_text("No luck")

    assert "luck" == page.input_value(f"#{form} [name=text]")
    assert page.get_attribute(f"#{form}", "aria-busy") is None


@BOTH_DOORS
@pytest.mark.parametrize(
    ("form", "status", "says"), [("forbid", 403, "You may not do this here"), ("lose", 404, "There is nothing here")]
)
def test_a_refusal_is_shown(visit, form, status, says):
    """`forbidden()` and `not_found()` of an action reach the person; with scripts the page and the text stay."""
    visit.expect(str(status))
    page = visit.open("/trouble")
    submit(page, form, "kept")
    expect(page.locator(ALERT if visit.javascript else "main")).to_contain_text(says)

    assert [f"{form} kept"] == visit.calls
    if visit.javascript:
        assert "kept" == page.input_value(f"#{form} [name=text]")


@BOTH_DOORS
def test_a_page_that_fails_after_its_action(visit):
    """The action counts once; with scripts the old page stays and a word says what happened."""
    visit.expect("500")
    page = visit.open("/trouble")
    submit(page, "spoil", "it")
    if visit.javascript:
        expect(page.locator(ALERT)).to_be_visible()
        assert "Trouble" == page.inner_text("h1")
        assert page.get_attribute("#spoil", "aria-busy") is None
    else:
        expect(page.locator("h1")).to_have_text("Something went wrong")

    assert ["spoil it"] == visit.entries
    visit.tell("mend")
    page.reload()
    visit.wait(page)
    assert ["spoil it"] == page.locator("#entries li").all_inner_texts()
    assert ["spoil it"] == visit.entries


@EVERYWHERE
@pytest.mark.parametrize(
    ("path", "status", "says"),
    [("/nowhere", 404, "Not Found"), ("/missing/2", 404, "Not Found"), ("/missing/x", 404, "Not Found")],
)
def test_a_page_that_is_not_there(visit, path, status, says):
    """A 404 is a page of its own, live like any other."""
    visit.expect(str(status))
    page = visit.open(path)

    assert says == page.inner_text("h1")


@BOTH_DOORS
def test_a_page_that_fails(visit):
    """So is a page that could not be rendered."""
    visit.expect("500")
    page = visit.load("/broken")

    assert ("a secret of the page" in page.content()) is (visit.server == "development")


# -- the network ------------------------------------------------------------------------------------------------------


def test_a_lost_connection_is_said_and_tried_again(visit):
    """Without a network the form says so, keeps what was typed, and works once the network is back."""
    visit.expect("Failed to load", "ERR_INTERNET_DISCONNECTED")
    page = visit.open("/waiting")
    page.context.set_offline(True)
    page.fill("#quick [name=text]", "patience")
    page.press("#quick [name=text]", "Enter")
    expect(page.locator(ALERT)).to_contain_text("could not be reached")

    assert "patience" == page.input_value("#quick [name=text]")
    assert page.get_attribute("#quick", "aria-busy") is None
    page.context.set_offline(False)
    page.press("#quick [name=text]", "Enter")
    expect(page.locator("#entries li")).to_have_text(["quick patience"])
    assert 0 == page.locator(ALERT).count()


@pytest.mark.parametrize(("losses", "again"), [(1, 0), (3, 1)], ids=["the client tries again", "the person does"])
def test_a_lost_answer_is_not_a_second_submit(visit, losses, again):
    """Where the action ran and its answer was lost, trying again shows the first run's outcome."""
    visit.expect("Failed to load", "ERR_FAILED")
    page = visit.open("/waiting")
    lost = []

    def lose(route):
        if len(lost) == losses:
            route.continue_()
        else:
            lost.append(route.fetch().status)
            route.abort()

    page.route("**/waiting?*quick*", lose)
    page.fill("#quick [name=text]", "once")
    page.press("#quick [name=text]", "Enter")
    for _ in range(again):
        expect(page.locator(ALERT)).to_contain_text("could not be reached")
        page.press("#quick [name=text]", "Enter")
    expect(page.locator("#entries li")).to_have_text(["quick once"])
    expect(page.locator("#quick [name=text]")).to_have_value("")

    assert [200] * losses == lost
    assert ["quick once"] == visit.entries


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [(502, "<h1>Bad gateway</h1>", "502"), (413, "Too large for us.\n", "Too large for us.")],
)
def test_an_answer_from_before_the_server(visit, status, body, says):
    """What a proxy answers is told, not parsed; the form is free again."""
    visit.expect(str(status))
    page = visit.open("/waiting")
    kind = "text/html" if body.startswith("<") else "text/plain"
    page.route("**/waiting?*quick*", lambda route: route.fulfill(status=status, body=body, content_type=kind))
    page.fill("#quick [name=text]", "kept")
    page.press("#quick [name=text]", "Enter")
    expect(page.locator(ALERT)).to_contain_text(says)

    assert "kept" == page.input_value("#quick [name=text]")
    assert page.get_attribute("#quick", "aria-busy") is None


# -- after a deploy ---------------------------------------------------------------------------------------------------


@pytest.fixture
def redeployed(open_page):
    """Opens a page, and replaces the server behind it by one with another secret."""
    running = []

    def start(javascript):
        first = serving("run", TARGET, env={"JETBRIDGE_SECRET": f"one {SECRET}"})
        url, _ = first.__enter__()
        running.append(first)
        site = Site("production", url, javascript, open_page)

        def redeploy():
            site.expect("ERR_CONNECTION_REFUSED")  # the browser asks for the site's icon when it likes
            running.pop().__exit__(None, None, None)
            again = serving("run", TARGET, env={"JETBRIDGE_SECRET": f"two {SECRET}"}, port=int(url.rpartition(":")[2]))
            again.__enter__()
            running.append(again)

        return site, redeploy

    yield start
    for one in running:
        one.__exit__(None, None, None)


def test_a_deploy_with_scripts(redeployed):
    """A page from before a deploy is brought up to date in place, and the call that had not run is made again, once."""
    site, redeploy = redeployed(javascript=True)
    site.expect("409")
    page = site.open("/")
    page.fill("#add [name=name]", "Ada")
    page.fill("#aside", "half a thought")
    redeploy()
    page.press("#add [name=name]", "Enter")
    expect(page.locator("#entries li")).to_have_text(["Ada///plain"])

    assert ["", "half a thought"] == [page.input_value("#add [name=name]"), page.input_value("#aside")]
    assert 1 == len(site.entries)


def test_a_deploy_without_scripts(redeployed):
    """Without scripts the page comes anew at once, filled with what was typed, and says what to do."""
    site, redeploy = redeployed(javascript=False)
    site.expect("409")
    page = site.open("/")
    page.fill("#add [name=name]", "Ada")
    page.fill("#add [name=note]", "a long note")
    redeploy()
    page.press("#add [name=name]", "Enter")
    expect(page.locator(ALERT)).to_contain_text("again")

    assert ["Ada", "a long note"] == [page.input_value(f"#add [name={name}]") for name in ("name", "note")]
    assert [] == site.entries
    page.press("#add [name=name]", "Enter")
    expect(page.locator("#entries li")).to_have_text(["Ada//a long note/plain"])


def test_a_deploy_under_a_row_without_scripts(redeployed):
    """Where the bound values of the form cannot be read any more, what was typed is shown beside what to do."""
    site, redeploy = redeployed(javascript=False)
    site.expect("409")
    page = site.open("/people")
    page.fill("#person-2 [name=name]", "Rear Admiral")
    redeploy()
    page.click("#person-2 >> text=Rename")
    expect(page.locator("main")).to_contain_text("Rear Admiral")
    page.click("main a")

    assert "/people" == site.at(page)
    assert "Grace" == page.inner_text("#person-2 b")
