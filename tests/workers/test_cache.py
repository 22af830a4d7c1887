"""The cache among processes: nobody is told what is older than a revalidation that was over when they asked."""

import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT
from redis_server import RedisServer

from tests.workers.hammer import SIZE, Board

ROLES = ["write", "write", "read", "read", "read-sync"]
READERS = ["read", "read-sync"]


class Hammer:
    """The processes, their Redis, and the board between them."""

    def __init__(self, directory, roles=ROLES, word="go on"):
        self._roles = roles
        path = directory / "board"
        path.write_bytes(bytes(SIZE))
        self.board = Board(path)
        self.board.say(word)
        self.redis = RedisServer(directory)
        self.redis.start()
        self._log = (directory / "log").open("w+")
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.workers.hammer", role, str(number), str(path), self.redis.url],
                cwd=ROOT,
                stdout=self._log,
                stderr=subprocess.STDOUT,
            )
            for number, role in enumerate(roles)
        ]

    def go_on(self, times, roles=ROLES):
        """Wait until each process of these roles has asked or written so often again."""
        self._wait(times, roles, lambda asked, _, __: asked)

    def use_the_cache(self, times):
        """Wait until each reader was so often told what was kept."""
        self._wait(times, READERS, lambda asked, computed, _: asked - computed)

    def _wait(self, times, roles, count):
        waited = {
            number: count(*self.board.told(number)) + times for number, role in enumerate(self._roles) if role in roles
        }
        deadline = time.monotonic() + 60
        while any(count(*self.board.told(number)) < wanted for number, wanted in waited.items()):
            assert time.monotonic() < deadline, self.said()
            assert [None] * len(self._roles) == [process.poll() for process in self._processes], self.said()
            time.sleep(0.01)

    def end(self):
        """Let the processes end; how they ended."""
        self.board.say("end")
        return self.wait()

    def wait(self):
        """How the processes ended."""
        deadline = time.monotonic() + 60
        while running := [process for process in self._processes if process.poll() is None]:
            if time.monotonic() > deadline:
                pytest.fail(f"{len(running)} did not end. {self.where(running)}")
            time.sleep(0.01)
        return [process.returncode for process in self._processes]

    def where(self, processes):
        """What the processes have printed, and last where they stand."""
        for process in processes:
            process.send_signal(signal.SIGUSR1)
            time.sleep(1)
        return self.said()

    def said(self):
        self._log.seek(0)
        return self._log.read()

    def close(self):
        for process in self._processes:
            process.kill()
            process.wait()
        self.redis.stop()
        self.board.close()
        self._log.close()


@pytest.fixture
def hammer(tmp_path):
    hammer = Hammer(tmp_path)
    yield hammer
    hammer.close()


def judged(hammer):
    """Each process ended well, was told nothing old, and computed less often than it asked."""
    ended = hammer.end()
    told = [hammer.board.told(number) for number in range(len(ROLES))]

    assert ([0] * len(ROLES), [0] * len(ROLES)) == (ended, [old for _, _, old in told]), hammer.said()
    return all(asked > computed for asked, computed, _ in told)


def test_nobody_is_told_what_is_old(hammer):
    """Two processes write and revalidate, three read, and Redis dies and comes again: no reader gets what is older than
    a revalidation that was over when it asked, and most get what was kept.
    """
    hammer.go_on(40)
    for _ in range(3):
        hammer.redis.stop()
        hammer.go_on(10)
        hammer.redis.start()
        hammer.go_on(40)

    assert judged(hammer)


def test_a_server_that_goes_back(hammer):
    """A server that begins with what it had long ago is believed nothing, even while nobody writes."""
    for _ in range(2):
        hammer.go_on(40)
        hammer.redis.save()
        hammer.go_on(20)
        hammer.board.say("read only")
        hammer.redis.stop()
        hammer.redis.start()
        hammer.use_the_cache(20)
        hammer.board.say("go on")

    assert judged(hammer)


def test_a_server_that_hangs_for_a_while(hammer):
    """When Redis answers nobody for a while and then goes on, pages are computed and revalidations wait for it."""
    hammer.go_on(20)
    hammer.redis.freeze()
    hammer.go_on(50, READERS)
    hammer.redis.thaw()
    hammer.go_on(20)

    assert judged(hammer)


def test_one_process_makes_it(tmp_path):
    """Of four processes that ask for the same things at once, with what they take a while to make, one makes each."""
    hammer = Hammer(tmp_path, ["once"] * 4, "read only")
    try:
        hammer.go_on(1, ["once"])
        hammer.board.say("go on")
        ended = hammer.wait()
        computed = sum(hammer.board.told(number)[1] for number in range(4))
    finally:
        hammer.close()

    assert ([0] * 4, 2) == (ended, computed)
