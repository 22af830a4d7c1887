"""`server/ssr`: real Node, rendering the rows of pages; and what becomes of a page when it cannot."""

import asyncio
import os
import re
import signal
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from jetbridge.errors import DefinitionError
from jetbridge.render.flight import print_flight
from jetbridge.render.nodes import Slot
from jetbridge.server.ssr import renderer as module
from jetbridge.server.ssr.renderer import Renderer, Ssr
from jetbridge.wire.model import SUSPENSE, ClientReference, Element, ServerReference

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_name("components.mjs").read_text("utf-8")


@pytest.fixture
def script(tmp_path):
    """What Node runs: the package's renderer with the components."""
    path = tmp_path / "renderer.mjs"
    react, ssr = (ROOT / "js" / name for name in ("node_modules/react/index.js", "dist/ssr.js"))
    path.write_text(SOURCE.replace('"REACT"', f'"{react.as_uri()}"').replace('"SSR"', f'"{ssr.as_uri()}"'))
    return path


@asynccontextmanager
async def rendering(script, **options):
    renderer = Renderer(lambda: script, Ssr(**options))
    await renderer.start()
    try:
        yield renderer
    finally:
        await renderer.close()


def rows(component, **props):
    """The rows of a page with one component in it."""
    inside = Element(ClientReference("./all.js", component, (("./all.js", "./all.js"),)), props)
    fallback = Element("i", {"children": "later"})
    tree = [Element("title", {"children": "Tea & <b>"}), Element(SUSPENSE, {"fallback": fallback, "children": inside})]
    return print_flight({"tree": Element("main", {"children": tree}), "url": "/", "tags": [], "time": 1.0})


async def printed(renderer, rows, query="?"):
    page = await renderer.render(rows, query=query, nonce="n0", whole=True)
    return None if page is None else (page.head, page.body)


async def test_prints_what_hydrates(script):
    """Head and body apart, as React prints them; the component's children are those of the page."""
    async with rendering(script) as renderer:
        head, body = await printed(renderer, rows("Counter", start=3, children="inside"))

    assert ["<title>Tea &amp; &lt;b&gt;</title>"] == head
    assert [
        '<div id="jetbridge"><main><!--$--><section id="_R_2_"><b>3</b>inside</section><!--/$--></main></div>'
    ] == body


async def test_a_deep_page_is_whole(script):
    """A thousand elements around a component, with siblings, in a process that has printed nothing before."""
    tree = Element(ClientReference("./all.js", "Counter", (("./all.js", "./all.js"),)), {"start": 3, "children": "in"})
    for level in range(1000):
        tree = Element("div", {"children": ["text ", [tree], f"after {level}"]})
    async with rendering(script) as renderer:
        _, body = await printed(renderer, print_flight({"tree": tree, "url": "/", "tags": [], "time": 1.0}))

    assert [str(level) for level in range(1000)] == re.findall(r"after (\d+)", "".join(body))
    assert 1 == "".join(body).count("</b>in</section>")


async def test_forms_have_slots_for_what_only_python_knows(script):
    """The address has the page's query, the fields token and submit key; the sealed value is one of them."""
    reference = ServerReference("save-1.2-3", ("sealed",))
    async with rendering(script) as renderer:
        _, body = await printed(renderer, rows("Form", action=reference), query='?q="&')
    text = "".join(part if isinstance(part, str) else f"[{part.name}]" for part in body)

    assert [Slot.TOKEN, Slot.SUBMIT_KEY] == [part for part in body if isinstance(part, Slot)]
    assert '<form action="?q=&quot;&amp;_action=save-1.2-3" encType="multipart/form-data" method="POST">' in text
    assert "[&quot;sealed&quot;]" in text
    assert '<input type="hidden" name="$token" value="[TOKEN]"/>' in text


async def test_what_cannot_run_here_is_left_to_the_browser(script, caplog):
    """React's marker for it is silent there; the log says here what was wrong."""
    async with rendering(script) as renderer:
        _, body = await printed(renderer, rows("NoWindow"))

    assert '<!--$!--><template data-dgst=""></template><i>later</i><!--/$-->' in body[0]
    assert "window is not defined" in caplog.text


async def test_a_process_that_is_killed_costs_no_page(script):
    """Killed whenever there is another one, while pages are rendered: each page is printed all the same."""
    pages, killed = [], set()
    async with rendering(script, processes=2, timeout=60) as renderer:
        while len(killed) < 4:
            work = [asyncio.create_task(printed(renderer, rows("Counter", start=n))) for n in range(5)]
            await asyncio.sleep(0)  # until they have been sent
            if len(renderer.pids) == 2:
                killed.add(renderer.pids[0])
                os.kill(renderer.pids[0], signal.SIGKILL)
            pages += await asyncio.gather(*work)

    assert [] == [index for index, page in enumerate(pages) if not page or f"<b>{index % 5}</b>" not in page[1][0]]


async def test_processes_that_are_killed_while_they_start_cost_no_page(script, monkeypatch):
    """The page waits for the next one."""
    killed, start = [], asyncio.create_subprocess_exec

    async def start_and_kill(*args, **options):
        process = await start(*args, **options)
        if len(killed) < 2:
            killed.append(process.pid)
            os.kill(process.pid, signal.SIGKILL)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_and_kill)
    async with rendering(script, timeout=60) as renderer:
        page = await printed(renderer, rows("Counter", start=1))

    assert 2 == len(killed)
    assert page is not None


@pytest.mark.parametrize(
    ("component", "told"),
    [("Endless", "React took more than"), ("Waits", "React took more than")],
)
async def test_a_page_that_does_not_end_is_left_to_the_browser(component, told, script, caplog):
    """After the time limit; and the next page is printed, by another process where this one hangs."""
    async with rendering(script, timeout=1.5) as renderer:
        while await printed(renderer, rows("Counter", start=1)) is None:  # on a busy machine it may take longer, too
            caplog.clear()
        assert None is await printed(renderer, rows(component))
        assert told in caplog.text
        while (page := await printed(renderer, rows("Counter", start=2))) is None:
            pass

    assert "<b>2</b>" in page[1][0]


async def test_a_component_that_ends_the_process(script, caplog):
    """Its own page is left to the browser; others are printed."""
    async with rendering(script) as renderer:
        assert None is await printed(renderer, rows("Exits"))
        page = await printed(renderer, rows("Counter", start=2))

    assert "<b>2</b>" in page[1][0]


async def test_a_process_that_has_grown_is_replaced(script):
    """Any Node takes more than this."""
    settings = Ssr(megabytes=64)
    object.__setattr__(settings, "megabytes", 20)
    renderer = Renderer(lambda: script, settings)
    await renderer.start()
    try:
        await printed(renderer, rows("Counter", start=1))
        before = renderer.pids
        await printed(renderer, rows("Counter", start=2))
        after = renderer.pids
    finally:
        await renderer.close()

    assert set() == {*before} & {*after}


async def test_a_new_build_has_a_process_of_its_own(script, tmp_path):
    """As `vite build --watch` leaves one."""
    second = tmp_path / "second.mjs"
    second.write_text(script.read_text().replace('h("b", null', 'h("u", null'))
    current = [script]
    renderer = Renderer(lambda: current[0], Ssr())
    await renderer.start()
    try:
        first = await printed(renderer, rows("Counter", start=1))
        current[0] = second
        then = await printed(renderer, rows("Counter", start=1))
    finally:
        await renderer.close()

    assert (True, True) == ("<b>1</b>" in first[1][0], "<u>1</u>" in then[1][0])


async def test_rows_that_are_none(script, caplog):
    """React cannot print them: the browser is left with the page."""
    async with rendering(script) as renderer:
        assert None is await printed(renderer, b"0:nonsense\n")

    assert "React could not render a page" in caplog.text


async def test_pieces_come_as_their_rows_do(script):
    """What is there first, then the pieces, put in place by scripts with the nonce."""
    async with rendering(script) as renderer:
        late = rows("Counter", start="$L9").replace(b"$$L9", b"$L9")
        page = await renderer.render(late, query="?", nonce="n0", whole=False)
        assert "later" in page.body[0]
        page.feed(b'9:"now"\n')
        page.end()
        pieces = ""
        while (piece := await page.piece()) is not None:
            pieces += "".join(piece)

    assert '<script nonce="n0">' in pieces
    assert "now" in pieces


async def test_without_node_it_says_so_once(script, caplog, monkeypatch):
    """And pages are the browser's."""
    monkeypatch.setattr(module, "find_node", lambda: None)
    async with rendering(script) as renderer:
        assert None is await printed(renderer, rows("Counter", start=1))
        assert None is await printed(renderer, rows("Counter", start=1))

    assert 1 == caplog.text.count("Node.js is missing: `pip install 'jetbridge[node]'`")


async def test_a_script_that_does_not_run(tmp_path, caplog):
    """No page waits for it long."""
    script = tmp_path / "broken.mjs"
    script.write_text("throw new Error('broken build');")
    async with rendering(script) as renderer:
        assert None is await printed(renderer, rows("Counter", start=1))

    assert "broken build" in caplog.text
    assert "Node could not be started" in caplog.text


@pytest.mark.parametrize("wrong", [{"processes": 0}, {"timeout": 0}, {"megabytes": 1}])
def test_settings_that_make_no_sense(wrong):
    """They are refused where they are written."""
    with pytest.raises(DefinitionError, match=r"Ssr\("):
        Ssr(**wrong)
