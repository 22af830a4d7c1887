"""Two workers of one application, each a process of its own, with one Redis and one database between them."""

import asyncio
import os
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest
from conftest import serving
from redis_server import RedisServer

from jetbridge.wire.protocol import CONTENT_TYPE
from jetbridge.wire.reply_encode import encode_reply
from jetbridge.wire.rows import decode_flight
from tests.workers import app as served

SECRET = "of workers in tests that nobody has guessed"
HEADERS = {"sec-fetch-site": "same-origin", "cookie": "jetbridge-visitor=me"}


@dataclass
class Told:
    """An answer of a worker: its status, and what a call came to, or where a form was sent."""

    response: httpx.Response

    @property
    def status(self):
        return self.response.status_code

    @property
    def root(self):
        return decode_flight(self.response.content)


class Workers:
    """The processes, in the order in which they were started."""

    def __init__(self, redis, database, env):
        self.redis = redis
        self.db = served.Database(database)
        self._env = {"JETBRIDGE_SECRET": SECRET, "WORKERS_DB": str(database), **env}
        self._stack = ExitStack()
        self.urls = []
        self.processes = []
        served.app.start(secret=SECRET)

    def start(self, **env):
        """One more worker; its number."""
        url, process = self._stack.enter_context(
            serving("run", "tests.workers.app:app", env={**self._env, "JETBRIDGE_STORE": self.redis.url, **env})
        )
        self.urls.append(url)
        self.processes.append(process)
        return len(self.urls) - 1

    def kill(self, number):
        """End a worker at once, as the kernel does when memory is short."""
        os.kill(self.processes[number].pid, signal.SIGKILL)
        self.processes[number].wait()

    def close(self):
        self._stack.close()

    def url(self, number, action, path="/"):
        return f"{self.urls[number]}{path}?_action={served.app.references.reference(action).id}"

    async def call(self, number, action, *arguments, key="k", headers=None):
        """Call an action of a worker as the client does."""
        more = {
            "accept": CONTENT_TYPE,
            "content-type": "text/plain;charset=UTF-8",
            **({"jetbridge-key": key.strip()} if key else {}),
        }
        return await self._post(self.url(number, action), encode_reply(list(arguments)), {**more, **(headers or {})})

    async def submit(self, number, action, fields, key="k", headers=None):
        """Submit a form to a worker as a browser does; redirects are not followed."""
        data = {**fields, **({"$key": key} if key else {})}
        async with httpx.AsyncClient(timeout=60) as client:
            return Told(await client.post(self.url(number, action), data=data, headers={**HEADERS, **(headers or {})}))

    async def _post(self, url, body, headers):
        async with httpx.AsyncClient(timeout=60) as client:
            return Told(await client.post(url, content=body, headers={**HEADERS, **headers}))

    async def until(self, *events):
        """Wait until these are among the events of the database."""
        deadline = time.monotonic() + 60
        while not set(events) <= set(self.db.events):
            assert time.monotonic() < deadline, f"{events} did not happen, but {self.db.events}"
            await asyncio.sleep(0.01)

    async def until_redis_is_used(self, number):
        """Wait until a worker has found that Redis is there again."""
        deadline = time.monotonic() + 60
        while True:
            sent = await self.submit(number, served.write, {"name": "probe", "then": "large"}, key=None)
            if "jetbridge-state" in sent.response.cookies:
                return
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
def shared_redis():
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def pair(shared_redis, tmp_path_factory):
    """Two workers for all tests of a module, which use names and keys of their own and stop neither."""
    workers = Workers(shared_redis, tmp_path_factory.mktemp("pair") / "db.sqlite", {})
    workers.start()
    workers.start()
    yield workers
    workers.close()


@pytest.fixture
def own(tmp_path):
    """No worker and no Redis yet: the test starts what it wants to stop."""
    server = RedisServer()
    server.start()
    workers = Workers(server, tmp_path / "db.sqlite", {})
    yield workers
    workers.close()
    server.stop()
