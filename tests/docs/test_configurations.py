"""Configurations of other programs in the documentation: each is read by the program that it is for."""

import configparser
import datetime as dt
import getpass
import re
import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from jetbridge.cli.main import main
from tests.docs.pages import DOCS, ROOT, blocks_of, pages_with

SETTINGS = (DOCS / "guide/settings.md").read_text("utf-8")


def blocks(language):
    """Every block in a language, and what the test is called."""
    return [
        pytest.param(block.code, id=f"{page.relative_to(ROOT)}:{block.line}")
        for page in pages_with(language)
        for block in blocks_of(page)
        if block.language == language
    ]


def program(name):
    """The path of a program; the test is skipped where it is missing."""
    return shutil.which(name, path="/usr/local/bin:/usr/sbin:/usr/bin:/bin") or pytest.skip(f"{name} is not installed")


def read(command, directory):
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def certificate(directory):
    """A key and a certificate of its own for shop.example.com."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example.com")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + dt.timedelta(days=1))
    pem = serialization.Encoding.PEM
    (directory / "shop.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
    plain = serialization.NoEncryption()
    (directory / "shop.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))


@pytest.mark.parametrize("text", blocks("nginx"))
def test_nginx(text, tmp_path):
    """nginx takes it, inside of its `http` block."""
    nginx = program("nginx")
    certificate(tmp_path)
    inside = text.replace("/etc/ssl/", f"{tmp_path}/")
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{inside}\n}}\n")
    code, said = read([nginx, "-t", "-p", tmp_path, "-c", "nginx.conf", "-e", tmp_path / "log"], tmp_path)

    assert 0 == code, said
    assert "[warn]" not in said


@pytest.mark.parametrize("text", blocks("caddyfile"))
def test_caddy(text, tmp_path):
    """Caddy takes it."""
    caddy = program("caddy")
    (tmp_path / "Caddyfile").write_text(text)
    code, said = read([caddy, "adapt", "--config", "Caddyfile", "--validate"], tmp_path)

    assert 0 == code, said


@pytest.mark.parametrize("text", blocks("systemd"))
def test_systemd(text, tmp_path):
    """systemd knows each setting, and starts a command that we have with options that it has."""
    verify = program("systemd-analyze")
    started = re.search(r"^ExecStart=(\S+)/jetbridge run \S+(.*)$", text, re.MULTILINE)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/jetbridge").write_text("#!/bin/sh\n")
    (tmp_path / "bin/jetbridge").chmod(0o755)
    here = text.replace(started[1], f"{tmp_path}/bin").replace("User=shop", f"User={getpass.getuser()}")
    (tmp_path / "shop@8001.service").write_text(here)
    (tmp_path / "shop@.service").write_text(here)
    code, said = read([verify, "verify", "--man=no", tmp_path / "shop@8001.service"], tmp_path)
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str
    unit.read_string(text)

    options = {name: one for one in main.commands["run"].params for name in one.opts}

    assert (0, "") == (code, said)
    assert set(re.findall(r"--[\w-]+", started[2])) <= set(options)
    assert int(unit["Service"]["TimeoutStopSec"]) > options["--grace"].default


@pytest.mark.parametrize("text", blocks("dotenv"))
def test_environment(text):
    """Each line is a comment, or a setting that the guide explains."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    names = [re.match(r"(\w+)=\S", line) for line in lines]

    assert None not in names
    assert [] == [found[1] for found in names if f"| `{found[1]}` |" not in SETTINGS]
