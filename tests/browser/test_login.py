"""The login example in a browser: its door keeps strangers out, and lets members go where they wanted to."""

import pytest
from conftest import become_live, serving
from playwright.sync_api import expect

JAVASCRIPT = pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "plain"])


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    env = {"LOGIN_DB": str(tmp_path_factory.mktemp("login") / "login.sqlite3")}
    with serving("run", "examples.login.app:app", env=env) as (url, _):
        yield url


@pytest.fixture
def go(url, open_page):
    """Opens an address of the site, live where there is JavaScript."""

    def go(path, javascript):
        page = open_page(url + path, javascript=javascript)
        if javascript:
            become_live(page)
        return page

    return go


def fill(page, label, name, password):
    form = page.locator(f"form[aria-label='{label}']")
    form.locator("[name=name]").fill(name)
    form.locator("[name=password]").fill(password)
    form.locator("button").click()
    return form


@JAVASCRIPT
def test_a_member(go, url, open_page, javascript):
    """Signed out, in with a wrong and the right password, and out again: each step shows what it should."""
    name = f"ada-{javascript}"
    open_page.expected.append("422")
    page = go("/members?tab=2", javascript)
    assert f"{url}/login?next=/members%3Ftab%3D2" == page.url
    fill(page, "Sign up", name, "correct horse")
    expect(page.locator("h1")).to_have_text("For members")
    expect(page.locator("[role=status]")).to_have_text(f"Welcome, {name}")
    assert f"{url}/members?tab=2" == page.url
    (session,) = (one for one in page.context.cookies() if one["name"].startswith("jetbridge-session"))
    assert (True, "Lax") == (session["httpOnly"], session["sameSite"])
    assert name not in session["value"]

    page.click("text=Sign out")
    expect(page.locator("[role=status]")).to_have_text("Signed out")
    page.goto(f"{url}/members")
    assert f"{url}/login?next=/members" == page.url
    if javascript:
        become_live(page)
    if not javascript:
        go_on = page.expect_response(lambda response: response.request.method == "POST")
        with go_on as answered:
            fill(page, "Sign in", name, "wrong horse")
        assert 422 == answered.value.status
    else:
        fill(page, "Sign in", name, "wrong horse")
    form = page.locator("form[aria-label='Sign in']")
    expect(form.locator("[role=alert]")).to_contain_text("Name or password is wrong")
    assert name == form.locator("[name=name]").input_value()
    assert "wrong horse" not in page.content()
    if not javascript:  # with scripts the page stays, and so does what stands in its fields
        assert "" == form.locator("[name=password]").input_value()

    fill(page, "Sign in", name, "correct horse")
    expect(page.locator("h1")).to_have_text("For members")
    assert f"{url}/members" == page.url


@JAVASCRIPT
@pytest.mark.parametrize(
    "target", ["//evil.example", "/%5Cevil.example", "https:evil.example", "https://evil.example", "/%09/evil.example"]
)
def test_no_way_out(go, url, javascript, target):
    """A link to the login page leads to this site afterwards, whatever stands in it."""
    name = f"eve-{javascript}-{abs(hash(target))}"
    page = go(f"/login?next={target}", javascript)
    fill(page, "Sign up", name, "correct horse")
    expect(page.locator("h1")).to_have_text("For members")

    assert f"{url}/members" == page.url


@JAVASCRIPT
def test_the_door_is_shut_for_who_has_signed_out_elsewhere(go, url, javascript):
    """A page of before the sign-out shows nothing to who comes after: a submit from it leads to the login page."""
    name = f"bob-{javascript}"
    page = go("/login", javascript)
    fill(page, "Sign up", name, "correct horse")
    expect(page.locator("h1")).to_have_text("For members")
    other = go("/members", javascript)
    other.click("text=Sign out")
    expect(other.locator("[role=status]")).to_have_text("Signed out")
    page.goto(f"{url}/members")

    assert f"{url}/login?next=/members" == page.url
