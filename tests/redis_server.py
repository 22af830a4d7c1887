"""A real Redis of a test's own: started on a free port, stopped and started again as the test says."""

import asyncio
import shutil
import signal
import socket
import subprocess
import time

import pytest
from conftest import free_port


class RedisServer:
    """Debian's redis-server on `port`, with nothing on disk, or in `directory` what it was told to save."""

    def __init__(self, directory=None):
        self._directory = directory
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process = None

    def start(self):
        executable = shutil.which("redis-server")
        if executable is None:
            pytest.fail("redis-server is missing: `make test` installs Debian's package `redis-server`")
        command = [executable, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        if self._directory is not None:
            command += ["--dir", str(self._directory)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        for _ in range(200):
            if self._process.poll() is not None:
                raise RuntimeError(f"redis-server ended with {self._process.returncode}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(16).startswith(b"+PONG"):
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError("redis-server did not answer within 10 s")

    async def until_used(self, command):
        """Wait until some client has given a command."""
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(b"INFO commandstats\r\n")
            length = int((await reader.readline())[1:])
            told = await reader.readexactly(length)
            writer.close()
            if f"cmdstat_{command}:".encode() in told:
                return
            await asyncio.sleep(0.02)

    def save(self):
        """Write all that it holds to its directory: what a start after this one goes back to."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.sendall(b"SAVE\r\n")
            assert connection.recv(16).startswith(b"+OK")

    def stop(self):
        """End it at once, and with it all that it holds."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self):
        """Let it accept connections and answer nothing, until `thaw`."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)
