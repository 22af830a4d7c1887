"""Files on their way in: on both doors, in memory and on disk; and that nothing of them is left, whatever happens."""

import asyncio
import hashlib
import itertools
import os
import re
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import ROOT, SECRET
from conftest import serving as serving_process

from jetbridge.actions.define import action
from jetbridge.server.app import App
from jetbridge.server.current import after
from jetbridge.wire.limits import Limits
from jetbridge.wire.model import FormData, Upload
from jetbridge.wire.reply_encode import encode_reply
from jetbridge.wire.rows import decode_flight
from tests.server import weighing
from tests.server.asgi import CALL, FORM, GONE, SAME_ORIGIN, ask, chunk, url_of
from tests.server.sockets import eventually, serving
from tests.server.weighing import MIB

pytestmark = pytest.mark.filterwarnings("ignore:.*websockets.*:DeprecationWarning")

SMALL = b"small\r\n--x-not-the-boundary\r\n\x00\xff"
DESCRIPTORS = Path("/proc/self/fd")
LARGE = bytes(range(256)) * (5 * MIB // 1024)  # 1.25 MiB, so that the whole body is over 1 MiB


class Memory:
    """What the actions got, and the gate some of them wait at."""

    def __init__(self):
        self.seen = []
        self.uploads = []
        self.gate = asyncio.Event()


memory = None


def count_open():
    return len(list(DESCRIPTORS.iterdir()))


def open_files():
    """Temporary files that this process has open."""
    found = []
    for descriptor in DESCRIPTORS.iterdir():
        with suppress(FileNotFoundError):  # the one that lists the others
            found.append(str(descriptor.readlink()))
    return [name for name in found if name.startswith(tempfile.gettempdir())]


@pytest.fixture(autouse=True)
async def nothing_left(tmp_path, monkeypatch):
    """After every test all temporary files are closed and gone, without waiting for the garbage collector."""
    global memory
    memory = Memory()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = count_open()
    yield
    await eventually(lambda: not open_files())

    assert [] == list(tmp_path.iterdir())
    assert count_open() <= before + 1  # a thread's or the loop's own


@pytest.fixture
def app():
    return App(__name__, secret=SECRET)


async def described(form):
    """Every entry: a text, or name, type, size and contents of a file."""
    return [
        (name, value if isinstance(value, str) else (value.name, value.type, value.size, await value.read()))
        for name, value in form
    ]


@action(max_bytes=8 * MIB)
async def take(form: FormData):
    memory.uploads += [value for _, value in form if isinstance(value, Upload)]
    memory.seen.append(await described(form))
    return len(memory.seen)


@action
async def take_small(form: FormData):
    memory.seen.append(await described(form))


# --- bodies


def escaped(name):
    return name.replace("\n", "%0A").replace("\r", "%0D").replace('"', "%22")


def multipart(entries):
    """The body that a browser writes for these entries."""
    parts = []
    for name, value in entries:
        if isinstance(value, str):
            head, data = f'form-data; name="{escaped(name)}"', value.encode()
        else:
            head = f'form-data; name="{escaped(name)}"; filename="{escaped(value.name)}"\r\nContent-Type: {value.type}'
            data = value.read_now()
        parts.append(f"--x-x\r\nContent-Disposition: {head}\r\n\r\n".encode() + data + b"\r\n")
    return b"".join([*parts, b"--x-x--\r\n"])


def form_body(entries):
    return multipart(entries)


def call_body(entries):
    return multipart(encode_reply([FormData(entries)]))


HEADERS = {"content-type": "multipart/form-data; boundary=x-x", **SAME_ORIGIN}
FORM_DOOR = ({**FORM, **HEADERS}, form_body)
CALL_DOOR = ({**CALL, **HEADERS}, call_body)
DOORS = pytest.mark.parametrize("door", [FORM_DOOR, CALL_DOOR], ids=["form", "fetch"])
PADDING = ("padding", Upload(LARGE, "padding.bin"))


def in_pieces(body, size=64 * 1024):
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return [chunk(piece, more=True) for piece in pieces[:-1]] + [chunk(pieces[-1])]


async def post(app, function, door, entries, *, declared=True, size=64 * 1024, **headers):
    """Submit these entries; `declared` is whether the client says how much there is to come."""
    body = door[1](entries)
    length = {"content-length": str(len(body))} if declared else {}
    given = {**door[0], **length, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await asyncio.wait_for(ask(app, "POST", url_of(app, function), given, in_pieces(body, size)), 30)


# --- what arrives

FILES = {
    "one": [("f", Upload(SMALL, "a.txt", "text/plain"))],
    "several": [("f", Upload(b"1", "1.txt")), ("g", Upload(b"2", "2.txt")), ("f", Upload(b"3", "1.txt"))],
    "among texts": [("a", "1"), ("f", Upload(SMALL, "a.txt")), ("a", "ü\r\n2"), ("empty", "")],
    "without bytes": [("f", Upload(b"", "empty.txt", "text/plain"))],
    "line breaks at its ends": [("f", Upload(b"\r\n--x- \r\n\r\n", "a"))],
    "almost a boundary": [("f", Upload(b"\r\n--x-" * 100 + b"\r\n--x", "a"))],
    "nothing chosen": [("f", Upload(b"", "", "application/octet-stream"))],
    "names of fields": [('a"b\nc', Upload(b"1", "a")), ("ü[0].ß", Upload(b"2", "b"))],
}
NAMES = ['a "quoted" name.txt', "ü 日本 🎉.txt", "a\\b.txt", "../../etc/passwd", "C:\\dir\\f.txt", "a;b=c.txt",
         "line\nbreak", "%41.txt", "'", " spaces ", "." * 255, "a\tb", "con", "-rf"]  # fmt: skip


@DOORS
@pytest.mark.parametrize("more", [[], [PADDING]], ids=["in memory", "on disk"])
@pytest.mark.parametrize("case", FILES)
async def test_files(app, door, case, more):
    """Files arrive with their names, types and bytes, in the order of the form, however large the body is."""
    entries = [*FILES[case], *more]
    answer = await post(app, take, door, entries)

    assert answer.status in (200, 303)
    assert [await described(FormData(entries))] == memory.seen


@DOORS
@pytest.mark.parametrize("more", [[], [PADDING]], ids=["in memory", "on disk"])
async def test_names(app, door, more):
    """A name arrives as the client wrote it, whatever it is; it is a word of the client's and never a path."""
    entries = [*(("f", Upload(b"x", name)) for name in NAMES), *more]
    await post(app, take, door, entries)

    assert NAMES == [value[0] for name, value in memory.seen[0] if name == "f"]


async def test_nothing_chosen(app):
    """An empty file input is no file, whether the rest of the form is large or not."""
    for more in ([], [PADDING]):
        await post(app, looks_for_file, FORM_DOOR, [("f", Upload(b"", "")), *more])

    assert [None, None] == memory.seen


@action(max_bytes=8 * MIB)
async def looks_for_file(form: FormData):
    memory.seen.append(form.file("f"))


@pytest.mark.parametrize("large", [False, True], ids=["in memory", "on disk"])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_the_order_of_parts(app, large, order):
    """The order of parts is the client's, and no call depends on it."""
    body = encode_reply([FormData([("a", "text"), ("f", Upload(LARGE if large else SMALL, "f"))])])
    shuffled = [body[index] for index in order]
    answer = await post(app, take, (CALL_DOOR[0], multipart), shuffled)

    assert 200 == answer.status
    assert [["a", "f"]] == [sorted(name for name, _ in seen) for seen in memory.seen]


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["in memory", "on disk"])
async def test_a_blob_as_argument(app, data):
    """A file is an argument like others."""
    answer = await post(app, measure, (CALL_DOOR[0], lambda value: multipart(encode_reply(value))), [Upload(data), 2])

    assert [len(data), 2, hashlib.sha256(data).hexdigest()] == answer.told["value"]


@action(max_bytes=8 * MIB)
async def measure(file: Upload, number: int):
    return [file.size, number, hashlib.sha256(await file.read()).hexdigest()]


@pytest.mark.parametrize("size", [1, 7, 4093])
async def test_slowly(size):
    """However the bytes are cut, the entries are the same."""
    app = App(__name__, secret=SECRET, limits=Limits(body_bytes=100))
    entries = [*FILES["several"], ("f", Upload(b"\r\n--x-\r\n--x" * 20, "a")), ("a", "text")]
    await post(app, take, FORM_DOOR, entries, size=size)

    assert [await described(FormData(entries))] == memory.seen


async def test_a_file_comes_back(app):
    """An action may return a file it was given."""
    answer = await post(app, echo, CALL_DOOR, [PADDING])

    assert LARGE == answer.told["value"].read_now()


@action(max_bytes=8 * MIB)
async def echo(form: FormData):
    return form.file("padding")


# --- limits


@DOORS
@pytest.mark.parametrize("declared", [True, False])
async def test_more_than_a_mebibyte_is_asked_for(app, door, declared):
    """Without `max_bytes` no body is over 1 MiB."""
    answer = await post(app, take_small, door, [PADDING], declared=declared)

    assert (413, []) == (answer.status, memory.seen)


@DOORS
@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("entries", [
    [("a", Upload(LARGE * 4, "a")), ("b", Upload(LARGE * 4, "b"))],
    [("a", Upload(LARGE * 7, "a"))],
], ids=["together", "alone"])  # fmt: skip
async def test_beyond_max_bytes(app, door, declared, entries):
    """413 as soon as it is known, and what had come is gone."""
    answer = await post(app, take, door, entries, declared=declared)

    assert (413, []) == (answer.status, memory.seen)
    assert [] == open_files()


@DOORS
@pytest.mark.parametrize(
    ("entries", "budget"),
    [
        ([PADDING, ("text", "x" * MIB), ("more", "x")], "too much text"),
        ([PADDING, *[("f", Upload(b"", "f"))] * 100], "100 files"),
        ([PADDING, *[("t", "")] * 1000], "1000 parts"),
        ([PADDING, ("n" * 1100, "")], "too long"),
        ([PADDING, ("f", Upload(b"", "n" * 1100))], "too long"),
        ([PADDING, ("f", Upload(b"", "n", "x" * 9000))], "too long"),
    ],
)
async def test_other_limits(app, door, entries, budget):
    """Text, parts and names have limits of their own beside files; the answer says which was meant."""
    answer = await post(app, take, door, entries)

    assert (413, []) == (answer.status, memory.seen)
    assert budget in answer.text
    assert [] == open_files()


@DOORS
async def test_too_slow(door):
    """A file that does not come in time is 408, and what had come is gone."""
    app = App(__name__, secret=SECRET, limits=Limits(body_bytes=100, read_seconds=0.05))
    answer = await asyncio.wait_for(
        ask(app, "POST", url_of(app, keeps_little), door[0], [chunk(door[1]([PADDING])[:9000], more=True)]), 5
    )

    assert (408, []) == (answer.status, open_files())


@action(max_bytes=10_000)
async def keeps_little(form: FormData):
    memory.seen.append(form)


# --- bodies that do not end well


def cuts(body):
    """Places to cut a body at: in its headers, in its file, at its end."""
    return [0, 1, 60, 200, len(body) // 2, len(body) - 9, len(body) - 7, len(body) - 4, len(body) - 3]


@DOORS
@pytest.mark.parametrize("where", range(9))
async def test_cut_off(app, door, where):
    """A body that ends in the middle is 400, and one whose client has gone is nobody's; neither leaves a file."""
    body = door[1]([*FILES["one"], PADDING])
    cut = body[: cuts(body)[where]]
    length = {"content-length": str(len(body))}
    ended = await ask(app, "POST", url_of(app, take), {**door[0], **length}, [chunk(cut, more=True), chunk()])
    await ask(app, "POST", url_of(app, take), {**door[0], **length}, [chunk(cut, more=True), GONE])

    assert (400, [], []) == (ended.status, memory.seen, open_files())


@DOORS
async def test_malformed_after_a_file(app, door):
    """What cannot be decoded closes the files that came before it."""
    broken = multipart([("padding", PADDING[1]), ("0", '["$@1"]')]) if door is CALL_DOOR else None
    broken = broken or multipart([PADDING]).replace(b"padding.bin", b"pad\x00.bin")
    headers = {**door[0], "content-length": str(len(broken))}
    answer = await ask(app, "POST", url_of(app, take), headers, in_pieces(broken))

    assert (400, [], []) == (answer.status, memory.seen, open_files())


async def test_a_client_that_leaves_in_mid_upload(app):
    """Over a socket: nothing runs, and nothing is left."""
    body = form_body([PADDING, PADDING])
    async with serving(app) as server:
        headers = {**FORM_DOOR[0], "content-length": str(len(body))}
        async with await server.post(take, body[:-100_000], **headers) as connection:
            await eventually(open_files)
            connection.leave()
            await eventually(lambda: not open_files())

    assert [] == memory.seen


async def test_the_answer_to_a_body_that_is_too_large(app):
    """Over a socket: a client that sends all before it reads sees the 413."""
    body = form_body([("f", Upload(LARGE * 8, "f"))])
    async with serving(app) as server:
        async with await server.post(take, body, **{**FORM_DOOR[0], "content-length": str(len(body))}) as connection:
            told = await connection.head()
        async with await server.post(
            take, b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body), **{**FORM_DOOR[0], "transfer-encoding": "chunked"}
        ) as connection:
            chunked = await connection.head()

    assert (413, 413, []) == (told.status, chunked.status, memory.seen)


# --- reading


@action(max_bytes=8 * MIB)
async def reads_at_once(form: FormData):
    file = form.file("padding")

    async def iterate():
        return b"".join([piece async for piece in file])

    memory.seen += await asyncio.gather(file.read(), iterate(), iterate(), file.read())


async def test_two_tasks_read_one_file(app):
    """Each gets all of it."""
    await post(app, reads_at_once, FORM_DOOR, [PADDING])

    assert [True] * 4 == [data == LARGE for data in memory.seen]


@action(max_bytes=8 * MIB)
async def saves_while_reading(form: FormData):
    file = form.file("padding")
    target = Path(tempfile.gettempdir()) / "saved"
    target.write_bytes(b"old and longer" * MIB)
    pieces = []
    async for piece in file:
        if not pieces:
            await asyncio.gather(file.save(target), file.save(str(target)))
        pieces.append(piece)
    memory.seen += [b"".join(pieces), target.read_bytes(), max(map(len, pieces))]
    target.unlink()


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["in memory", "on disk"])
async def test_saving_while_reading(app, data):
    """save() replaces what is there, and disturbs nobody who reads; pieces are small."""
    await post(app, saves_while_reading, FORM_DOOR, [("padding", Upload(data, "f"))])
    read, saved, most = memory.seen

    assert (True, True) == (data == read, data == saved)
    assert most <= 256 * 1024


async def test_after_the_request(app):
    """A file that is kept and read when all is over says what to do instead."""
    await post(app, take, FORM_DOOR, [PADDING, ("small", Upload(SMALL, "s"))])
    memory.seen.clear()
    await eventually(lambda: not open_files())
    for upload in memory.uploads:
        for read in (upload.read, lambda: anext(aiter(upload)), lambda: upload.save(os.devnull)):  # noqa: B023
            with pytest.raises(ValueError, match="was read after its request; read or save it in the action"):
                await read()


@action(max_bytes=8 * MIB)
async def reads_in_after(form: FormData):
    async def read():
        memory.seen.append(await form.file("padding").read())

    after(read)


async def test_in_after(app):
    """What after() was given can read the files still."""
    await post(app, reads_in_after, FORM_DOOR, [PADDING])
    await eventually(lambda: memory.seen)

    assert [LARGE] == memory.seen


@action(max_bytes=8 * MIB)
async def streams_back(form: FormData):
    async for piece in form.file("padding"):
        yield piece


async def test_in_a_stream(app):
    """A stream in the answer reads its files to the end."""
    answer = await post(app, streams_back, CALL_DOOR, [PADDING])

    assert LARGE == b"".join(answer.told["value"].items)


@action(max_bytes=8 * MIB)
async def reads_late(form: FormData):
    memory.uploads.append(form.file("padding"))
    await memory.gate.wait()
    memory.seen.append(await form.file("padding").read())


async def test_an_action_that_outlives_its_client(app):
    """It reads its files to its end, and they are closed then."""
    body = form_body([PADDING])
    async with serving(app) as server:
        headers = {**FORM_DOOR[0], "content-length": str(len(body))}
        async with await server.post(reads_late, body, **headers) as connection:
            await eventually(lambda: memory.uploads)
            connection.leave()
        await asyncio.sleep(0.05)
        memory.gate.set()
        await eventually(lambda: memory.seen)

    assert [LARGE] == memory.seen


# --- equal submits


async def test_equal_submits(app):
    """A repeated submit is known by what is in its files, on either door, whether they came in memory or on disk."""
    cookie = "jetbridge-visitor=v"
    for data in (SMALL, LARGE, SMALL + b"!"):
        entries = [("f", Upload(data, "f"))]
        for door, declared in itertools.product((FORM_DOOR, CALL_DOOR), (True, False)):
            given = [*entries, ("$key", "k" * 22)] if door is FORM_DOOR else entries
            await post(app, take, door, given, declared=declared, cookie=cookie, jetbridge_key="k" * 22)

    assert [SMALL, LARGE, SMALL + b"!"] == [seen[0][1][3] for seen in memory.seen]


async def test_digests(app):
    """What came by way of the disk was hashed on the way."""
    await post(app, take, FORM_DOOR, [PADDING, ("s", Upload(SMALL, "s"))])

    assert [hashlib.sha256(data).digest() for data in (LARGE, SMALL)] == [upload.digest for upload in memory.uploads]


# --- a large one


def resident(process, what):
    """Memory of a process in MiB: `VmRSS` now, `VmHWM` at most."""
    return int(re.search(rf"{what}:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[1]) / 1024


async def test_two_hundred_megabytes():
    """They pass through a server whose memory stays as it was."""
    block = bytes(range(256)) * 4096
    entry = multipart(encode_reply([FormData([("f", Upload(b"@", "large"))])]))
    head, tail = entry.split(b"@\r\n", 1)

    def upload():
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as connection:
            headers = {**CALL_DOOR[0], "host": "testserver", "connection": "close"}
            headers["content-length"] = str(len(head) + 200 * len(block) + 2 + len(tail))
            lines = [
                f"POST {url_of(weighing.app, weighing.weigh)} HTTP/1.1",
                *(f"{key}: {value}" for key, value in headers.items()),
            ]
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + head)
            for _ in range(200):
                connection.sendall(block)
            connection.sendall(b"\r\n" + tail)
            return connection.makefile("rb").read()

    with serving_process("run", "tests.server.weighing:app", cwd=ROOT) as (url, process):
        before = resident(process, "VmRSS")
        answer = await asyncio.to_thread(upload)
        most = resident(process, "VmHWM")

    assert 200 * MIB == decode_flight(answer.partition(b"\r\n\r\n")[2])["value"]
    assert most - before < 32
