"""One run: contenders in, what each took for each job out. They take turns, so what disturbs one disturbs all."""

import http.client
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from benches.http.contenders import Ask, Contender
from benches.http.jobs import CURVES, JOBS, Job
from benches.http.load import MARK, load
from benches.http.servers import Server, free_port, running

__all__ = ["Effort", "Figures", "Footprint", "Results", "measure_all"]


@dataclass(frozen=True)
class Effort:
    """How long to measure: processes of each contender, one after another, for two of the same program may differ by a
    third, by where their memory lies; rounds for each job with each, rounds of a second for each point of a curve,
    starts, and the seconds of a job's round.
    """

    processes: int
    rounds: int
    curve_rounds: int
    starts: int
    seconds: float


@dataclass
class Figures:
    """What one contender took for one job, a round after another; times in seconds."""

    throughput: list[float] = field(default_factory=list[float])
    p50: list[float] = field(default_factory=list[float])
    p99: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])

    def medians(self) -> tuple[float, float, float, float]:
        """Requests a second, p50, p99, CPU time a request."""
        return median(self.throughput), median(self.p50), median(self.p99), median(self.cpu)


@dataclass
class Footprint:
    """Seconds from the start of the process to the first answer, and bytes (PSS) before and after the load."""

    starts: list[float] = field(default_factory=list[float])
    idle: int = 0
    loaded: int = 0


Results = dict[Job, dict[str, Figures]]


def measure_all(contenders: Sequence[Contender], effort: Effort) -> tuple[Results, dict[str, Footprint]]:
    """Every job and every point of the curves for every contender that can do it; and what their processes need."""
    footprints = {contender.name: Footprint() for contender in contenders}
    for _ in range(effort.starts):
        for contender in contenders:
            with _started(contender) as server:
                footprints[contender.name].starts.append(server.started)
    results: Results = defaultdict(lambda: defaultdict(Figures))
    for number in range(effort.processes):
        with ExitStack() as stack:
            servers = {contender.name: stack.enter_context(_started(contender)) for contender in contenders}
            for name, server in servers.items():
                footprints[name].idle = server.pss()
            for job in JOBS:
                _measure(job, contenders, servers, results, effort.rounds, effort.seconds)
            for name, server in servers.items():
                footprints[name].loaded = server.pss()
            if number == 0:
                for job in (job for curve in CURVES.values() for job in curve):
                    _measure(job, contenders, servers, results, effort.curve_rounds, 1)
    return results, footprints


def _started(contender: Contender):
    port = free_port()
    return running(contender.command_at(port), port, environment=contender.environment, directory=contender.directory)


def _measure(
    job: Job,
    contenders: Sequence[Contender],
    servers: dict[str, Server],
    results: Results,
    rounds: int,
    seconds: float,
) -> None:
    asks = list(_asks(job, contenders, servers))
    print(f"{job.name} c={job.connections} size={job.size}", end=" ", file=sys.stderr, flush=True)
    for round_ in range(rounds + 1):
        for name, server, ask in asks:
            request = ask.raw(server.port)
            before = server.cpu_seconds()
            sample = load(server.port, request, connections=job.connections, seconds=seconds if round_ else 1)
            spent = server.cpu_seconds() - before
            server.forget_log()
            _let_rest(server)
            if round_ == 0:
                continue  # V8 compiles, caches fill
            figures = results[job][name]
            figures.throughput.append(sample.requests / sample.seconds)
            figures.p50.append(sample.p50)
            figures.p99.append(sample.p99)
            figures.cpu.append(spent / sample.requests)
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def _let_rest(server: Server) -> None:
    """Wait until it does nothing any more: what V8 tidies up afterwards would be counted against whose turn is next."""
    for _ in range(50):
        before = server.cpu_seconds()
        time.sleep(0.1)
        if server.cpu_seconds() == before:
            return


def _asks(job: Job, contenders: Sequence[Contender], servers: dict[str, Server]) -> Iterator[tuple[str, Server, Ask]]:
    for contender in contenders:
        server = servers[contender.name]
        ask = contender.ask(server.port, job.name, job.size)
        if ask is not None:
            _try(contender.name, server, ask)
            yield contender.name, server, ask


def _try(name: str, server: Server, ask: Ask) -> None:
    """See that the answer is right before many of them are counted."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest("POST", ask.path, skip_host=True, skip_accept_encoding=True)
    head, _, _ = ask.raw(server.port).partition(b"\r\n\r\n")
    for line in head.decode().split("\r\n")[1:]:
        header, _, value = line.partition(": ")
        connection.putheader(header, value.replace(MARK, "k" * 22))
    connection.endheaders(ask.body.replace(MARK.encode(), b"k" * 22))
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    if answer.status != ask.status or ask.holds not in data:
        raise RuntimeError(f"{name} answered {ask.path} with {answer.status}: {data[:500]!r}")
