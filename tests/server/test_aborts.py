"""Runs by what calls them off."""

import pytest

from jetbridge.server.aborts import Aborts, Run
from jetbridge.store.memory import MemoryStore


@pytest.mark.parametrize("key", ["k", "k" * 1000])
@pytest.mark.parametrize("number", [1, 2, 3])
async def test_all_runs_of_a_name_are_called_off_and_none_is_kept(key, number):
    """A word reaches each run that has its name when it comes, and one that comes after it; what has ended is gone."""
    aborts = Aborts(MemoryStore())
    name = aborts.name_of("visitor", key)
    runs = [Run() for _ in range(number)]
    for run in (ended := Run(), *runs):
        aborts.add(name, run)
    aborts.remove(name, ended)
    await aborts.call_off("visitor", key)
    aborts.add(name, late := Run())
    for run in (*runs, late):
        aborts.remove(name, run)
    await aborts.call_off("visitor", key)
    aborts.add(aborts.name_of("another", key), other := Run())

    assert [False, False, *[True] * number, True] == [run.is_aborted for run in (ended, other, *runs, late)]
    assert {aborts.name_of("another", key): other} == aborts._runs
