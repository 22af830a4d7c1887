"""A real Postgres of a test's own, in a directory of its own, on a free port of this machine."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from conftest import free_port


class PostgresServer:
    """Debian's Postgres, with nothing kept. It refuses to run as root, and runs as the package's own user then."""

    def __init__(self):
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not found:
            pytest.fail("Postgres is missing: `make test` installs Debian's package `postgresql`")
        self._programs = found[-1].parent
        self._user = "postgres" if os.geteuid() == 0 else None
        self._directory = tempfile.mkdtemp(prefix="jetbridge-postgres-")
        if self._user is not None:
            shutil.chown(self._directory, self._user)
        self._port = free_port()
        self.address = f"jetbridge@127.0.0.1:{self._port}/postgres"

    def start(self):
        data = f"{self._directory}/data"
        self._run("initdb", "--pgdata", data, "--auth", "trust", "--username", "jetbridge", "--no-sync")
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self._directory}"
        self._run(
            "pg_ctl", "--pgdata", data, "--options", options, "--wait", "--log", f"{self._directory}/log", "start"
        )

    def stop(self):
        self._run("pg_ctl", "--pgdata", f"{self._directory}/data", "--mode", "immediate", "stop")
        shutil.rmtree(self._directory)

    def _run(self, program, *arguments):
        done = subprocess.run(
            [self._programs / program, *arguments],
            user=self._user,
            cwd=self._directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert 0 == done.returncode, done.stderr
