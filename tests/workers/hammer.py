"""One of several processes that write and read the same numbers through one cache, and watch each other.

`python -m tests.workers.hammer <role> <number> <file> <redis>`; roles are `write`, `read`, `read-sync`, `once`. The
file is the database, and the board on which each process says how far it is. At SIGUSR1 it prints where it stands.
"""

import asyncio
import faulthandler
import inspect
import mmap
import random
import signal
import struct
import sys
import time

from jetbridge import App, cached, revalidate_tag

WORDS = ["go on", "end", "read only"]
TAGS = 3
WRITERS = 2
PROCESSES = 8
SIZE = 8 * (1 + 2 * TAGS * WRITERS + 3 * PROCESSES)


class Board:
    """Numbers of eight bytes in a file that several processes have in memory."""

    def __init__(self, path):
        self._file = path.open("r+b")
        self._memory = mmap.mmap(self._file.fileno(), SIZE)

    def get(self, slot):
        return struct.unpack_from("<q", self._memory, 8 * slot)[0]

    def put(self, slot, value):
        struct.pack_into("<q", self._memory, 8 * slot, value)

    def close(self):
        self._memory.close()
        self._file.close()

    def say(self, word):
        """Tell the processes to `go on`, to `end`, or to write nothing: `read only`."""
        self.put(0, WORDS.index(word))

    def is_said(self, word):
        return self.get(0) == WORDS.index(word)

    def committed(self, tag):
        """What each writer has written to a tag."""
        return [self.get(1 + 2 * (tag * WRITERS + writer)) for writer in range(WRITERS)]

    def commit(self, tag, writer, value):
        self.put(1 + 2 * (tag * WRITERS + writer), value)

    def finished(self, tag):
        """What each writer had written to a tag when its last revalidation was over."""
        return [self.get(2 + 2 * (tag * WRITERS + writer)) for writer in range(WRITERS)]

    def finish(self, tag, writer, value):
        self.put(2 + 2 * (tag * WRITERS + writer), value)

    def told(self, process):
        """Of a process: how often it asked, how often it computed, and how often it was told something old."""
        return [self.get(1 + 2 * TAGS * WRITERS + 3 * process + index) for index in range(3)]

    def count(self, process, index):
        slot = 1 + 2 * TAGS * WRITERS + 3 * process + index
        self.put(slot, self.get(slot) + 1)


def say_where(*_):
    """Print where each task stands; faulthandler has printed the threads."""
    for task in asyncio.tasks._all_tasks:
        waiting = task.get_coro()
        print("task cancelled" if task.cancelling() else "task")
        while inspect.iscoroutine(waiting) and waiting.cr_frame is not None:
            print(f"  {waiting.cr_code.co_qualname}, line {waiting.cr_frame.f_lineno}")
            waiting = waiting.cr_await
    sys.stdout.flush()


def main(role, number, path, redis):
    from pathlib import Path

    signal.signal(signal.SIGUSR1, say_where)
    faulthandler.register(signal.SIGUSR1, file=sys.stdout, chain=True)

    board = Board(Path(path))
    app = App("hammer", store=redis)

    @cached(tags=lambda tag: [f"number:{tag}"], ttl=60)
    async def fixed(tag: int) -> list[int]:
        found = board.committed(tag)
        board.count(number, 1)
        await asyncio.sleep(random.choice((0, 0, 0.001, 0.01)))  # while it may become old
        return found

    @cached(tags=lambda tag, result: [f"number:{tag}", f"size:{len(result)}"], ttl=60, stale=60)
    async def computed(tag: int) -> list[int]:
        return await fixed(tag)

    @cached(tags=lambda tag: [f"number:{tag}"], ttl=60)
    def blocking(tag: int) -> list[int]:
        found = board.committed(tag)
        board.count(number, 1)
        time.sleep(random.choice((0, 0, 0.001, 0.01)))
        return found

    def judge(tag, wanted, found):
        board.count(number, 0)
        if any(one < other for one, other in zip(found, wanted, strict=True)):
            board.count(number, 2)
            print(f"tag {tag}: {found}, and {wanted} were revalidated before", flush=True)

    async def read():
        with app.context():
            while not board.is_said("end"):
                tag = random.randrange(TAGS)
                wanted = board.finished(tag)
                judge(tag, wanted, await random.choice((fixed, computed))(tag))

    async def read_much():
        await asyncio.gather(*(read() for _ in range(4)))
        await app.cache.close()
        await app.store.close()

    def read_blocking():
        with app.context():
            while not board.is_said("end"):
                tag = random.randrange(TAGS)
                wanted = board.finished(tag)
                judge(tag, wanted, blocking(tag))

    @cached(ttl=60)
    async def slow() -> int:
        board.count(number, 1)
        await asyncio.sleep(0.2)
        return number

    @cached(ttl=60)
    def slow_blocking() -> int:
        board.count(number, 1)
        time.sleep(0.2)
        return number

    async def ask_once():
        with app.context():
            board.count(number, 0)
            while not board.is_said("go on"):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            await asyncio.gather(slow(), slow(), asyncio.to_thread(slow_blocking), asyncio.to_thread(slow_blocking))
        await app.cache.close()
        await app.store.close()

    def write():
        for value in range(1, sys.maxsize):
            while board.is_said("read only"):
                time.sleep(0.01)
            if board.is_said("end"):
                return
            tag = random.randrange(TAGS)
            board.commit(tag, number, value)
            with app.context():
                revalidate_tag(f"number:{tag}")
            board.finish(tag, number, value)
            board.count(number, 0)
            time.sleep(random.choice((0, 0.002, 0.02)))

    match role:
        case "write":
            write()
        case "read-sync":
            read_blocking()
        case "read":
            asyncio.run(read_much())
        case "once":
            asyncio.run(ask_once())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
