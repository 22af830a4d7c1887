"""Python's HTML under React: no warning, no recoverable error, and nothing that moves, on any page."""

from playwright.sync_api import expect

from tests.browser.doors import EVERYWHERE, SCRIPTED

PAGES = [
    "/", "/filtered?sort=down", "/attach", "/people", "/choices", "/edit", "/waiting", "/trouble", "/moves", "/arrived",
    "/features", "/boundaries", "/missing/1", "/buttons", "/deep",
]  # fmt: skip


@SCRIPTED
def test_hydrates_in_silence(visit):
    """React finds what it would have written itself; the console stays empty on every page."""
    page = visit.open("/")
    for path in PAGES[1:]:
        visit.go(page, path)


# Comments part texts for React; hidden fields differ from one printing to the next; React moves meta tags to the head.
SEEN = r"""
Array.from(document.querySelectorAll('main *'))
    .filter(element => !element.closest('meta, link, noscript, [name^="$"]'))
    .map(element => [
        element.tagName,
        Array.from(element.childNodes).filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data).join(''),
        Array.from(element.attributes, one => one.name + '=' + one.value).filter(one => one !== 'tabindex=-1').sort(),
    ])
"""


def test_hydration_changes_nothing(visit):
    """What a person sees before the scripts run is what they see after."""
    plain = visit.opener(visit.url + "/features", javascript=False)
    live = visit.open("/features")

    assert plain.evaluate(SEEN) == live.evaluate(SEEN)


def test_a_page_with_inline_parts_is_loaded(visit):
    """React runs no scripts, and the policy in force allows only the styles it names: such a page is a new document."""
    page = visit.open("/moves")
    page.evaluate("window.mark = true")
    page.fill("#go [name=to]", "/features#fields")
    page.fill("#go [name=flash]", "Kept")
    page.click("#go button")
    page.wait_for_selector("#attributes")
    visit.wait(page)

    assert "/features#fields" == visit.at(page)
    assert "ran </script>" == page.evaluate("document.documentElement.dataset.inline")
    assert "Kept" == page.inner_text(".flash")
    assert page.evaluate("window.mark === undefined")


@EVERYWHERE
def test_inline_parts_pass_the_policy(visit):
    """What the author wrote inline runs and styles, with our Content-Security-Policy in force."""
    page = visit.open("/features")

    assert "rgb(1, 2, 3)" == page.evaluate("getComputedStyle(document.getElementById('raw-probe')).color")
    assert "rgb(4, 5, 6)" == page.evaluate("getComputedStyle(document.getElementById('hoisted-probe')).color")
    assert "red" == page.evaluate("document.getElementById('attributes').style.color")
    if visit.javascript:
        assert "ran </script>" == page.evaluate("document.documentElement.dataset.inline")


@EVERYWHERE
def test_boundaries_show_what_python_chose(visit):
    """What waited is there, and what failed is its boundary's fallback."""
    page = visit.open("/boundaries")

    assert "Instead" == page.inner_text("#instead")
    assert ["First", "second", "Whole", "part"] == page.locator("em").all_inner_texts()
    assert "an awaitable child" in page.inner_text("main")


@EVERYWHERE
def test_titles_follow_the_page(visit):
    """The document's title is the page's, and another page's once that is shown."""
    page = visit.open("/features")
    first = page.title()
    visit.go(page, "/moves")
    page.fill("#go [name=to]", "/arrived")
    page.click("#go button")
    expect(page).to_have_title("Arrived")

    assert 'Every "feature" & more <of> HTML' == first


def test_early_typing_is_kept(visit):
    """What was typed, checked and chosen before the scripts arrived stands after they did."""
    page, release = visit.open_early("/choices")
    page.fill("[name=text]", "early")
    page.fill("[name=about]", "typed")
    page.select_option("[name=colour]", "blue")
    page.check("[name=news]")
    page.check("[name=size][value=l]")
    page.focus("[name=text]")
    release()
    visit.wait(page)

    assert ["early", "typed", "blue", "l"] == page.evaluate(
        "['text', 'about', 'colour', 'size'].map(name => document.forms.choose.elements[name].value)"
    )
    assert page.is_checked("[name=news]")
    assert "text" == page.evaluate("document.activeElement.name")
