"""Served for real: sockets, signals, reloads and other servers."""

import asyncio
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest
import uvicorn
from conftest import SECRET, free_port, serving, wait_for_answer

import jetbridge
from jetbridge.actions.define import action
from jetbridge.elements.h import h
from jetbridge.server.app import App

ENV = {"PYTHONUNBUFFERED": "1"}


@action
async def add(text: str = ""):
    return len(text)


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def action_urls(url):
    """The addresses of the forms in the page."""
    return [url + action.replace("&amp;", "&") for action in re.findall(r'action="(\?[^"]+)"', get(url + "/")[1])]


def send(url, head, pieces=()):
    """One POST as bytes on a socket; the whole answer, read only after all of it was sent."""
    parts = urllib.parse.urlsplit(url)
    with closing(socket.create_connection((parts.hostname, parts.port), 10)) as connection:
        lines = [
            f"POST {parts.path or '/'}?{parts.query} HTTP/1.1",
            f"host: {parts.netloc}",
            "sec-fetch-site: same-origin",
        ]
        connection.sendall("\r\n".join([*lines, *head, "", ""]).encode())
        for piece in pieces:
            connection.sendall(piece)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status, response.read().decode()


def chunked(*pieces):
    return [*(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces), b"0\r\n\r\n"]


def stopped(process, number, timeout=10):
    process.send_signal(number)
    out, _ = process.communicate(timeout=timeout)
    return process.returncode, out


FORM = ["accept: text/html", "content-type: application/x-www-form-urlencoded"]
CALL = ["accept: text/x-component", "content-type: text/plain"]
MEGABYTE = b"x" * 1024 * 1024


def test_production(project):
    """One server in production: a true 413, refusals that leave the connection usable, failures without details, and
    an end by SIGTERM that lets a running action finish.
    """
    with serving("run", "shop.app:app", env=ENV, cwd=project) as (url, process):
        slowly, small = action_urls(url)
        for door in (FORM, CALL):
            declared = send(slowly, [*door, f"content-length: {8 * len(MEGABYTE)}"], [MEGABYTE] * 8)
            in_chunks = send(slowly, [*door, "transfer-encoding: chunked"], chunked(*[MEGABYTE] * 8))
            own_limit = send(small, [*door, "content-length: 101"], [b"x" * 101])
            expecting = send(slowly, [*door, f"content-length: {8 * len(MEGABYTE)}", "expect: 100-continue"])

            assert [413] * 4 == [status for status, _ in (declared, in_chunks, own_limit, expecting)]
        assert not (project / "started").exists()

        with httpx.Client() as client:
            headers = {"origin": "http://evil.example", "accept": "text/x-component"}
            first = client.post(slowly, content=MEGABYTE, headers=headers)
            second = client.get(url + "/")

        assert (403, 200) == (first.status_code, second.status_code)

        status, body = get(url + "/broken")
        assert (500, False) == (status, "secret text" in body)

        results = []
        caller = threading.Thread(target=lambda: results.append(send(slowly, [*CALL, "content-length: 2"], [b"[]"])))
        caller.start()
        while not (project / "started").exists():
            time.sleep(0.01)
        code, out = stopped(process, signal.SIGTERM)
        caller.join()

        assert [200] == [status for status, _ in results]
        assert '"done"' in results[0][1]
        assert ["finished", "after"] == [name for name in ("finished", "after") if (project / name).exists()]
        assert code in (0, -signal.SIGTERM)
        assert "RuntimeError: secret text" in out
        assert 1 == out.count("Traceback")
        assert f"Jetbridge (production) at {url}" in out


async def come_and_go(port, outcomes, over, *, keep):
    """A client that asks for pages, by one connection each or by the same, and counts what came of it."""
    lines = ["GET /pid HTTP/1.1", "host: test", *([] if keep else ["connection: close"]), "", ""]
    ask = "\r\n".join(lines).encode()
    while not over.is_set():
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            outcomes["refused"] += 1
            await asyncio.sleep(0.02)
            continue
        try:
            last = False
            while not (last or over.is_set()):
                writer.write(ask)
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r")[0]))
                outcomes["answered"] += 1
                last = b"connection: close" in head
                await asyncio.sleep(0.002)
        except (OSError, asyncio.IncompleteReadError):
            outcomes["lost"] += 1
        writer.close()


@pytest.mark.parametrize(
    ("workers", "number", "happens"),
    [(1, signal.SIGTERM, {"answered", "refused"}), (2, signal.SIGHUP, {"answered"})],
    ids=["an end", "a reload"],
)
async def test_no_connection_is_reset(project, workers, number, happens):
    """Under load, whoever has connected is answered when the server ends; a reload refuses nobody either."""
    with serving("run", "shop.app:app", "--workers", str(workers), env=ENV, cwd=project) as (url, process):
        before = {get(url + "/pid")[1] for _ in range(20)}
        outcomes, over = Counter(), asyncio.Event()
        port = urllib.parse.urlsplit(url).port
        clients = [asyncio.create_task(come_and_go(port, outcomes, over, keep=keep)) for keep in [True, False] * 8]
        await asyncio.sleep(0.5)
        process.send_signal(number)
        if number == signal.SIGHUP:
            for _ in range(300):
                if not before & {(await asyncio.to_thread(get, url + "/pid"))[1] for _ in range(10)}:
                    break
                await asyncio.sleep(0.2)
            else:
                raise AssertionError("the processes were not replaced")
        else:
            await asyncio.to_thread(process.wait, 60)
        over.set()
        await asyncio.gather(*clients)

    assert happens == set(outcomes)


BUSY = """

@app.route("/busy")
async def busy(request):
    import signal
    import time

    from starlette.responses import PlainTextResponse

    Path(f"busy-{os.getpid()}").touch()
    while not signal.getsignal(signal.SIGTERM).__self__.should_exit:  # until this process was told to end
        time.sleep(0.01)
    return PlainTextResponse("done")
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_who_waits_to_be_accepted(project, workers):
    """Connections that no process has accepted yet, for all are busy, are answered when the server is told to end."""
    source = project / "shop" / "app.py"
    source.write_text(source.read_text() + BUSY)
    with serving("run", "shop.app:app", "--workers", str(workers), env=ENV, cwd=project) as (url, process):
        address = ("127.0.0.1", urllib.parse.urlsplit(url).port)
        busy = []
        while len(busy) < workers:
            busy.append(socket.create_connection(address, 30))
            busy[-1].sendall(b"GET /busy HTTP/1.1\r\nhost: test\r\n\r\n")
            while len(list(project.glob("busy-*"))) < len(busy):
                time.sleep(0.01)
        waiting = [socket.create_connection(address, 30) for _ in range(5)]
        for connection in waiting:
            connection.sendall(b"GET /pid HTTP/1.1\r\nhost: test\r\n\r\n")
        process.send_signal(signal.SIGTERM)
        answers = []
        for connection in busy + waiting:
            with closing(connection):
                response = http.client.HTTPResponse(connection)
                response.begin()
                answers.append(response.status)

    assert [200] * (workers + 5) == answers


def test_an_end_while_a_process_is_replaced(project):
    """SIGTERM does not wait for a new process that hangs where it is imported."""
    source = project / "shop" / "app.py"
    with serving("run", "shop.app:app", "--workers", "2", env=ENV, cwd=project) as (url, process):
        get(url + "/pid")
        source.write_text(source.read_text() + "Path('hangs').touch()\nimport time\ntime.sleep(600)\n")
        process.send_signal(signal.SIGHUP)
        while not (project / "hangs").exists():
            time.sleep(0.01)
        code, out = stopped(process, signal.SIGTERM, timeout=30)

    assert 0 == code
    assert "Traceback" not in out


def test_a_client_that_has_gone_when_the_server_stops(project):
    """An action whose client has left is finished before the server ends, too."""
    with serving("run", "shop.app:app", env=ENV, cwd=project) as (url, process):
        slowly, _ = action_urls(url)
        parts = urllib.parse.urlsplit(slowly)
        with closing(socket.create_connection((parts.hostname, parts.port))) as connection:
            lines = [f"POST /?{parts.query} HTTP/1.1", f"host: {parts.netloc}", "sec-fetch-site: same-origin", *CALL]
            connection.sendall("\r\n".join([*lines, "content-length: 2", "", "[]"]).encode())
            while not (project / "started").exists():
                time.sleep(0.01)
        code, out = stopped(process, signal.SIGTERM)

    assert (project / "after").exists()
    assert code in (0, -signal.SIGTERM)
    assert "Traceback" not in out


@pytest.mark.parametrize(
    "command", [["run", "shop.app"], ["run", "shop.app", "--workers", "2"], ["dev", "shop.app", "--no-reload"]]
)
def test_ctrl_c(project, command):
    """Ctrl-C stops everything at once, quietly, and the port is free again."""
    with serving(*command, env=ENV, cwd=project) as (url, process):
        pids = {get(url + "/pid")[1] for _ in range(20)}
        code, out = stopped(process, signal.SIGINT)

    assert code in (0, 130, -signal.SIGINT)
    assert "Traceback" not in out
    assert pids == {str(process.pid)} if "--workers" not in command else str(process.pid) not in pids
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", urllib.parse.urlsplit(url).port), 1)


def test_reload(project):
    """`dev` shows a change soon, survives a mistake until it is mended, and stops by Ctrl-C."""
    source = project / "shop" / "app.py"
    text = source.read_text()
    lines = []

    def wait_for(is_there):
        for _ in range(400):
            if is_there():
                return
            time.sleep(0.05)
        raise AssertionError("it never came: " + "".join(lines))

    def shows(url, wanted):
        try:
            return wanted in get(url + "/")[1]
        except OSError:
            return False

    with serving("dev", "shop.app:app", env={"PYTHONUNBUFFERED": "1"}, cwd=project) as (url, process):
        reading = threading.Thread(target=lambda: [lines.append(line) for line in process.stdout])
        reading.start()
        assert "secret text" in get(url + "/broken")[1]
        source.write_text(text.replace("version 1", "version 2"))
        wait_for(lambda: shows(url, "version 2"))
        source.write_text("def (:\n")
        wait_for(lambda: any("SyntaxError" in line for line in lines))
        source.write_text(text.replace("version 1", "version 3"))
        wait_for(lambda: shows(url, "version 3"))
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
        reading.join()

    assert code in (0, 130, -signal.SIGINT)
    assert f"Jetbridge (development) at {url}" in "".join(lines)


MISTAKEN = {
    "a syntax error": ("shop.broken:app", "x = 1\nif x\n    pass\n", ['broken.py", line 2', "SyntaxError"]),
    "an error": (
        "shop.broken:app",
        "raise RuntimeError('no settings')\n",
        ['broken.py", line 1', "RuntimeError: no settings"],
    ),
    "two pages": (
        "shop.broken:app",
        "from jetbridge import App\napp = App(__name__)\n" + '@app.page("/")\ndef a():\n    ...\n\n\n' * 2,
        ["broken.py:3 and ", "broken.py:8; give one another path"],
    ),
    "a wrong module": ("shop.nowhere:app", "", ["Error: there is no module 'shop.nowhere'"]),
}


def test_changes_in_quick_succession(project):
    """Changes of one second and one size are all served, and no request between two servers fails."""
    source = project / "shop" / "app.py"
    text = source.read_text()
    with serving("dev", "shop.app:app", env=ENV, cwd=project) as (url, _):
        for number in range(2, 7):
            source.write_text(text.replace("version 1", f"version {number}"))
            os.utime(source, (1_000_000_000, 1_000_000_000))
            for _ in range(4000):
                if f"version {number}" in get(url + "/")[1]:
                    break
            else:
                raise AssertionError(f"version {number} never came")


@pytest.mark.parametrize("mistake", MISTAKEN)
def test_development_tells_a_mistake(project, mistake):
    """`dev` tells what is wrong at its start by the application's own file, line and text, once, and by no other's."""
    target, text, told = MISTAKEN[mistake]
    (project / "shop" / "broken.py").write_text(text)
    port = free_port()
    command = [sys.executable, "-m", "jetbridge", "dev", target, "--port", str(port)]
    process = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        if mistake != "a wrong module":  # that ends by itself
            wait_for_answer(f"http://127.0.0.1:{port}/", process)
            process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    package = str(Path(jetbridge.__file__).parent)

    assert [1] * len(told) == [out.count(one) for one in told]
    assert [] == [line for line in out.splitlines() if "importlib" in line or line.startswith(f'  File "{package}/cli')]


# --- other servers


@pytest.fixture
def app():
    app = App(__name__, secret=SECRET)
    app.page("/")(lambda: h.form(action=add)[h.input(name="text")])
    return app


@asynccontextmanager
async def by_uvicorn(app, **options):
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", **options))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # it has no event
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def by_hypercorn(app, **options):
    hypercorn = pytest.importorskip("hypercorn.asyncio")
    config = pytest.importorskip("hypercorn.config").Config()
    port = free_port()
    config.bind = [f"127.0.0.1:{port}"]
    stop = asyncio.Event()
    serving = asyncio.create_task(hypercorn.serve(app, config, shutdown_trigger=stop.wait))
    for _ in range(500):
        try:
            (await asyncio.open_connection("127.0.0.1", port))[1].close()
            break
        except OSError:
            await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        await serving


@pytest.mark.parametrize(
    ("server", "options"),
    [
        (by_uvicorn, {"lifespan": "on", "http": "httptools"}),
        (by_uvicorn, {"lifespan": "off", "http": "h11"}),
        (by_hypercorn, {}),
    ],
    ids=["uvicorn", "uvicorn without lifespan", "hypercorn"],
)
async def test_any_server(app, server, options):
    """A page, both doors and a 413 work under any ASGI server, with a lifespan and without."""
    async with server(app, **options) as url, httpx.AsyncClient(base_url=url, follow_redirects=True) as client:
        page = await client.get("/")
        target = re.findall(r'action="(\?[^"]+)"', page.text)[0].replace("&amp;", "&")
        fields = dict(re.findall(r'name="(\$\w+)" value="([^"]*)"', page.text))
        own = {"accept": "text/x-component", "content-type": "text/plain", "sec-fetch-site": "same-origin"}
        form = await client.post("/" + target, data={**fields, "text": "abc"}, headers={"accept": "text/html"})
        call = await client.post("/" + target, content='["abc"]', headers=own)
        large = await client.post("/" + target, content=MEGABYTE + b"x", headers=own)
        refused = await client.post("/" + target, content=MEGABYTE, headers={**own, "sec-fetch-site": "cross-site"})
        head = await client.head("/")

    assert [200, 200, 200, 413, 403, 200] == [answer.status_code for answer in (page, form, call, large, refused, head)]
    assert b'{"value":3}' in call.content
