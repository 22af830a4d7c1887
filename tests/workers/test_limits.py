"""What comes too often or is too much is refused before its body is read, with a time to come back."""

import asyncio

import httpx
import pytest

from tests.workers.app import by_team, rated, untimed

DOORS = pytest.mark.parametrize("door", ["call", "form"])


def written(workers, name):
    return [whose for what, whose in workers.db.events if (what, whose) == ("end", name)]


async def send(workers, door, number, action, name, visitor, **headers):
    if visitor:
        headers["cookie"] = f"jetbridge-visitor={visitor}"
    else:
        headers["cookie"] = ""
    if door == "call":
        return await workers.call(number, action, name, key=None, headers=headers)
    return await workers.submit(number, action, {"name": name}, key="", headers=headers)


@DOORS
async def test_a_rate_holds_across_workers(own, door):
    """Three calls a minute are three, whichever workers they reach; the fourth is told when to come back."""
    own.start()
    own.start()
    told = [await send(own, door, number % 2, rated, "three", "me") for number in range(5)]
    other = await send(own, door, 0, rated, "other", "you")

    good = 200 if door == "call" else 303
    assert [good, good, good, 429, 429] == [one.status for one in told]
    assert all(0 < int(one.response.headers["retry-after"]) <= 60 for one in told[3:])
    assert (["three"] * 3, good) == (written(own, "three"), other.status)


async def test_unknown_visitors_share_their_address(own):
    """Visitors without a cookie are counted by their address, and a new name for each call gets nobody far."""
    own.start()
    unknown = [(await send(own, "call", 0, rated, "unknown", None)).status for _ in range(4)]
    made_up = [(await send(own, "call", 0, rated, "made up", f"v{number}")).status for number in range(32)]

    assert [200, 200, 200, 429] == unknown
    assert (30, 2) == (made_up.count(200), made_up.count(429))


async def test_the_author_says_whose_calls(own):
    """`rate_by` says whose calls are counted together; where it says None, the visitor's are."""
    own.start()
    told = [
        (await send(own, "call", 0, by_team, "team", visitor, **({"x-team": team} if team else {}))).status
        for visitor, team in [
            ("a", "red"),
            ("b", "red"),
            ("c", "red"),
            ("c", "blue"),
            ("d", None),
            ("d", None),
            ("d", None),
        ]
    ]

    assert [200, 200, 429, 200, 200, 200, 429] == told


async def test_a_rate_holds_without_redis(own):
    """While Redis is away each worker counts for itself."""
    own.start()
    own.redis.stop()
    told = [(await send(own, "call", 0, rated, "away", "me")).status for _ in range(5)]

    assert [200, 200, 200, 429, 429] == told


@DOORS
async def test_refused_before_the_body(own, door):
    """A call that comes too often is refused while its body is still on the way."""
    own.start()
    for _ in range(3):
        await send(own, door, 0, rated, "body", "me")

    url = httpx.URL(own.url(0, rated))
    accept = "text/x-component" if door == "call" else "text/html"
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        f"POST {url.raw_path.decode()} HTTP/1.1\r\nhost: {url.netloc.decode()}\r\nsec-fetch-site: same-origin\r\n"
        f"cookie: jetbridge-visitor=me\r\naccept: {accept}\r\ncontent-type: text/plain\r\n"
        "content-length: 1000\r\n\r\n[".encode()
    )
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
    writer.close()

    assert (b"429", True) == (head.split()[1], b"retry-after: " in head)


async def test_no_more_files_than_allowed(own):
    """`max_files` bounds the files of one call."""
    own.start()
    files = [("file", (f"{number}.txt", b"x")) for number in range(2)]
    async with httpx.AsyncClient(timeout=60, headers={"sec-fetch-site": "same-origin"}) as client:
        told = [
            (await client.post(own.url(0, rated), data={"name": "files"}, files=files[:count])).status_code
            for count in (1, 2)
        ]

    assert ([303, 413], ["files"]) == (told, written(own, "files"))


@DOORS
async def test_a_crowd_waits_its_turn(own, door):
    """As many actions run as may, one waits, and the next is told to come back; all that were taken are done."""
    own.start(WORKERS_CONCURRENT="2")
    running = [asyncio.create_task(send(own, door, 0, untimed, name, name)) for name in ("a", "b")]
    await own.until(("begin", "a"), ("begin", "b"))
    more = [asyncio.create_task(send(own, door, 0, untimed, name, name)) for name in ("c", "d")]
    (first,), _ = await asyncio.wait(more, return_when=asyncio.FIRST_COMPLETED)
    for name in "abcd":
        own.db.release(name)
    told = [one.status for one in await asyncio.gather(*running, *more)]

    good = 200 if door == "call" else 303
    assert (503, True) == (first.result().status, "retry-after" in first.result().response.headers)
    assert ([503], [good] * 3) == ([one for one in told if one == 503], [one for one in told if one != 503])
    assert [1, 1, 1] == sorted(len(written(own, name)) for name in "abcd")[1:]
    assert [] == written(own, "cd"[more.index(first)])
