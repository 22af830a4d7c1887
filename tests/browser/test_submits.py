"""Submits that succeed: stored once, shown at once, at both doors."""

from playwright.sync_api import expect

from tests.browser.doors import BOTH_DOORS, EVERYWHERE


def fill(page, **fields):
    for name, text in fields.items():
        page.fill(f"#add [name={name}]", text)


@EVERYWHERE
def test_a_submit_brings_outcome_and_page(visit):
    """The result and the new list are there, the fields are empty, and the URL bar is as it was."""
    page = visit.open()
    fill(page, name="Ada", email="ada@example.com", note="first", password="secret")
    page.click("#add >> text='Add'")
    expect(page.locator("#add [role=status]")).to_have_text("Added Ada")

    assert ["Ada/ada@example.com/first/plain"] == page.locator("#entries li").all_inner_texts()
    assert ["", "", "", ""] == [
        page.input_value(f"#add [name={name}]") for name in ("name", "email", "note", "password")
    ]
    assert "/" == visit.at(page)
    assert ["fetch" if visit.javascript else "document"] == [kind for kind, _ in visit.posts]


@BOTH_DOORS
def test_enter_submits_with_the_first_button(visit):
    """The Enter key is a click on the form's first submit button, name and value included."""
    page = visit.open()
    fill(page, name="Ada")
    page.press("#add [name=name]", "Enter")
    expect(page.locator("#entries li")).to_have_text(["Ada///plain"])

    assert ["Ada///plain"] == visit.entries


@BOTH_DOORS
def test_a_button_sends_its_name_and_value(visit):
    """What tells two buttons of a form apart arrives."""
    page = visit.open()
    fill(page, name="Ada")
    page.click("text=Add otherwise")
    expect(page.locator("#entries li")).to_have_text(["Ada///other"])

    assert ["Ada///other"] == visit.entries


@BOTH_DOORS
def test_a_button_calls_its_own_action(visit):
    """`formAction` takes the fields to another action than the form's, with values bound to it or without."""
    page = visit.open()
    fill(page, name="Ada")
    page.click("text=Draft")
    expect(page.locator("#entries li")).to_have_text(["draft of Ada with drafting"])
    fill(page, name="Grace")
    page.click("text=Grant")
    expect(page.locator("#entries li")).to_have_text(["draft of Ada with drafting", "Grace as admin"])

    assert [] == visit.calls
    assert "" == page.input_value("#add [name=name]")


@BOTH_DOORS
def test_rows_have_forms_of_their_own(visit):
    """A form per row carries its bound values: the right row changes, and only it."""
    page = visit.open("/people")
    page.fill("#person-2 [name=name]", "Rear Admiral Hopper")
    page.click("#person-2 >> text=Rename")
    expect(page.locator("#person-2 b")).to_have_text("Rear Admiral Hopper")
    page.click("#person-3 >> text=Remove")
    expect(page.locator("#person-3")).to_have_count(0)

    assert {"1": "Ada", "2": "Rear Admiral Hopper"} == visit.tell()["people"]
    assert ["Rear Admiral Hopper", "Ada"] == page.locator("#people b").all_inner_texts()


@BOTH_DOORS
def test_a_row_shows_its_own_error(visit):
    """What a row's submit came to stands in that row, with what was typed there."""
    visit.expect("422")
    page = visit.open("/people")
    page.fill("#person-2 [name=name]", "taken")
    page.click("#person-2 >> text=Rename")
    expect(page.locator("#person-2 [role=alert]")).to_have_text("Number 2 cannot be called that")

    assert 1 == page.locator("[role=alert]").count()
    assert ["", "taken", ""] == [page.input_value(f"#person-{number} [name=name]") for number in (1, 2, 3)]


@BOTH_DOORS
def test_a_submit_keeps_the_query(visit):
    """A page with query parameters is posted to as itself, and shown as itself afterwards."""
    page = visit.open("/filtered?sort=a%26b&page=3")
    page.fill("#quick [name=text]", "one")
    page.press("#quick [name=text]", "Enter")
    expect(page.locator("#entries li")).to_have_text(["quick one"])

    assert "Sorted a&b, page 3" == page.inner_text("h1")
    assert "/filtered?sort=a%26b&page=3" == visit.at(page)


@BOTH_DOORS
def test_a_file_arrives(visit):
    """A file goes through both doors with its name and bytes."""
    page = visit.open("/attach")
    page.fill("[name=title]", "Notes")
    page.set_input_files("[name=file]", {"name": "ünïcode.txt", "mimeType": "text/plain", "buffer": b"12345"})
    page.click("text=Send")
    expect(page.locator("#entries li")).to_have_text(["Notes: ünïcode.txt, 5 bytes"])

    assert ["", ""] == [page.input_value(f"[name={name}]") for name in ("title", "file")]


@BOTH_DOORS
def test_a_reload_repeats_nothing(visit):
    """After a submit, reloading shows the page, and the result only once."""
    page = visit.open()
    fill(page, name="Ada")
    page.click("#add >> text='Add'")
    expect(page.locator("[role=status]")).to_have_count(1)
    page.reload()
    visit.wait(page)

    assert 0 == page.locator("[role=status]").count()
    assert ["Ada///plain"] == visit.entries


@BOTH_DOORS
def test_back_and_forward_repeat_nothing(visit):
    """Going through the history of a submit stores nothing again, and shows what is stored."""
    page = visit.open("/waiting")
    visit.go(page, "/")
    fill(page, name="Ada")
    page.click("#add >> text='Add'")
    expect(page.locator("#entries li")).to_have_text(["Ada///plain"])
    page.go_back()
    page.go_forward()
    expect(page.locator("#entries li")).to_have_text(["Ada///plain"])

    assert ["Ada///plain"] == visit.entries


# -- once -------------------------------------------------------------------------------------------------------------


@EVERYWHERE
def test_a_double_click_is_one_submit(visit):
    """Two clicks on a button are one wish, while the action runs and after it has."""
    page = visit.open()
    fill(page, name="wait for it")
    page.dblclick("#add >> text='Add'", no_wait_after=True)
    visit.tell("add")
    expect(page.locator("[role=status]")).to_have_text("Added wait for it")

    assert ["add wait for it"] == visit.calls
    assert 0 == page.locator("[role=alert]").count()


def test_a_slow_double_click_is_one_submit(visit):
    """Where the answer comes between two clicks, the second neither submits the emptied form nor what moved there."""
    page = visit.open("/people")
    box = page.locator("#person-3 >> text=Remove").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down(click_count=1)
    page.mouse.up(click_count=1)
    expect(page.locator("#person-3")).to_have_count(0)
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    page.fill("#person-1 [name=name]", "Countess")
    page.click("#person-1 >> text=Rename")
    expect(page.locator("#person-1 b")).to_have_text("Countess")

    assert ["remove 3", "rename 1"] == visit.calls


def test_quick_submits_of_different_data_are_all_stored(visit):
    """Whoever types faster than the server answers loses nothing."""
    page = visit.open()
    for name in ("wait one", "wait two", "wait three"):
        fill(page, name=name)
        page.press("#add [name=name]", "Enter")
    visit.tell("add")
    expect(page.locator("#entries li")).to_have_count(3)
    expect(page.locator("#add")).not_to_have_attribute("aria-busy", "true")

    assert ["wait one///plain", "wait three///plain", "wait two///plain"] == sorted(visit.entries)
    assert "" == page.input_value("#add [name=name]")


def test_the_same_again_is_stored_again(visit):
    """Two submits of the same data, one after the other, are two."""
    page = visit.open("/waiting")
    for times in (1, 2):
        page.fill("#quick [name=text]", "same")
        page.press("#quick [name=text]", "Enter")
        expect(page.locator("#entries li")).to_have_text(["quick same"] * times)

    assert ["quick same", "quick same"] == visit.entries


@BOTH_DOORS
def test_back_to_a_submitted_form_repeats_nothing(visit):
    """The same form, sent again from the history with the same data, is the submit it was."""
    page = visit.open()
    fill(page, name="Ada")
    page.click("#add >> text='Add'")
    expect(page.locator("#entries li")).to_have_text(["Ada///plain"])
    visit.go(page, "/waiting")
    page.go_back()
    visit.wait(page)
    expect(page.locator("#entries li")).to_have_text(["Ada///plain"])

    assert ["Ada///plain"] == visit.entries


# -- before the scripts are there -------------------------------------------------------------------------------------


def test_a_submit_before_the_scripts_is_a_form(visit):
    """Who submits before React has taken over gets the same page, through the browser's own door."""
    page, release = visit.open_early("/")
    fill(page, name="Ada")
    page.click("#add >> text='Add'", no_wait_after=True)
    release()
    expect(page.locator("[role=status]")).to_have_text("Added Ada")
    visit.wait(page)

    assert ["Ada///plain"] == visit.entries
    assert ["document"] == [kind for kind, _ in visit.posts]


def test_a_submit_during_hydration_is_not_doubled(visit):
    """A second click, after React took over and before the browser's own submit is answered, is the same submit."""
    page = visit.open("/")
    fill(page, name="wait Ada")
    with page.expect_request(lambda asked: asked.resource_type == "fetch"):
        page.evaluate(
            """() => {
                const button = document.querySelector('#add button');
                // React does not hear of the first, as if it was not there yet
                const deaf = event => event.stopPropagation();
                button.form.addEventListener('submit', deaf);
                button.click();
                button.form.removeEventListener('submit', deaf);
                button.click();
            }"""
        )
    visit.tell("add")
    expect(page.locator("#entries li")).to_have_text(["wait Ada///plain"])

    assert ["add wait Ada"] == visit.calls
    assert ["document", "fetch"] == sorted(kind for kind, _ in visit.posts)
