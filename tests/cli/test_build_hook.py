"""The build hook against registries that npm cannot use."""

import datetime as dt
import shutil
import socket
import ssl
import threading

import pytest
from conftest import ROOT, free_port
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hatch_build import ClientBuildError, build_client


@pytest.fixture
def sources(tmp_path):
    """A copy of what the client is built from, without installed packages."""
    (tmp_path / "js").mkdir()
    for name in ("build.mjs", "package.json", "package-lock.json"):
        shutil.copy(ROOT / "js" / name, tmp_path / "js" / name)
    return tmp_path


@pytest.fixture
def untrusted(tmp_path):
    """The address of a registry whose certificate nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]), dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "both.pem"
    private = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(key.private_bytes(*private) + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:  # closed: the test is over
                    return
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:  # refused by npm, as it should be
                    connection.close()

        threading.Thread(target=answer, daemon=True).start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/"
        listening.shutdown(socket.SHUT_RDWR)


def environment(registry, home):
    return {"npm_config_registry": registry, "npm_config_fetch_retries": "0", "npm_config_cache": str(home / "cache")}


def test_a_proxy_that_signs_for_itself(sources, untrusted, monkeypatch):
    """A certificate that Node does not know is an error that names the variable to set."""
    for name, value in environment(untrusted, sources).items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ClientBuildError, match="NODE_EXTRA_CA_CERTS"):
        build_client(sources)


def test_no_registry(sources, monkeypatch):
    """A registry that does not answer is an error that says how to name another."""
    for name, value in environment(f"http://127.0.0.1:{free_port()}/", sources).items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ClientBuildError, match="set npm_config_registry"):
        build_client(sources)
