"""nginx, Redis and workers on free ports of this machine: started, stopped and killed as the run says."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

NGINX = """
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  upstream app {{ {workers} keepalive 16; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_buffering off;
      proxy_next_upstream error timeout http_502 http_503 non_idempotent;
    }}
  }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(name: str) -> str:
    """The path of a program of Debian's."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    if found is None:
        raise SystemExit(f"{name} is missing: `make soak` installs it")
    return found


class Server:
    """One process. What it prints goes to a file of its own."""

    def __init__(self, directory: Path, name: str, command: list[str], **env: str) -> None:
        self._command, self._env, self._log = command, env, directory / f"{name}.log"
        self._process: subprocess.Popen[Any] | None = None

    def start(self, **env: str) -> None:
        """Start it, with more in its environment than before."""
        self._env |= env
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env={**os.environ, **self._env}, stdout=log, stderr=subprocess.STDOUT
            )

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it, and wait until it has."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        while process.poll() is None:
            await asyncio.sleep(0.02)

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")


class Worker(Server):
    """One `jetbridge run` with a process of its own."""

    def __init__(self, directory: Path, **env: str) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "jetbridge", "run", "soak.app:app", "--port", str(self.port)]
        super().__init__(directory, f"worker-{self.port}", command, **env)

    async def ready(self) -> None:
        """Wait until it answers."""
        async with httpx.AsyncClient() as client:
            while True:
                try:
                    if (await client.get(f"http://127.0.0.1:{self.port}/health")).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                if self._process is not None and self._process.poll() is not None:
                    raise SystemExit(f"a worker has ended by itself:\n{self.log[-2000:]}")
                await asyncio.sleep(0.05)

    async def restart(self, **env: str) -> None:
        await self.stop()
        self.start(**env)
        await self.ready()


def redis(directory: Path, port: int) -> Server:
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    return Server(directory, "redis", command)


def nginx(directory: Path, port: int, workers: list[Worker]) -> Server:
    upstream = " ".join(f"server 127.0.0.1:{one.port} max_fails=0;" for one in workers)
    config = directory / "nginx.conf"
    config.write_text(NGINX.format(directory=directory, port=port, workers=upstream))
    return Server(directory, "nginx", [program("nginx"), "-c", str(config), "-e", str(directory / "error.log")])
