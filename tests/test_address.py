"""Where an engine is, as DOCKER_HOST, its relatives and contexts write it."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from runner.sandbox.address import Address, Scheme, Tls, address, endpoint, parsed

VERIFIED = Tls(folder=None, verified=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of Docker's configuration; DOCKER_HOST is not set."""
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.delenv("DOCKER_TLS_VERIFY", raising=False)
    monkeypatch.delenv("DOCKER_CERT_PATH", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


def add_context(home: Path, told: object, *, name: str = "far") -> Path:
    """Its folder for certificates, which is not there yet."""
    key = sha256(name.encode()).hexdigest()
    meta = home / "contexts" / "meta" / key / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps(told))
    (home / "config.json").write_text(json.dumps({"currentContext": name}))
    return home / "contexts" / "tls" / key / "docker"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("unix:///run/docker.sock", Address(scheme=Scheme.UNIX, path="/run/docker.sock")),
        ("unix://run/docker.sock", Address(scheme=Scheme.UNIX, path="/run/docker.sock")),
        ("unix:///a#b?c", Address(scheme=Scheme.UNIX, path="/a#b?c")),
        ("unix://", Address(scheme=Scheme.UNIX, path="/var/run/docker.sock")),
        ("tcp://10.0.0.1:2375", Address(scheme=Scheme.TCP, host="10.0.0.1", port=2375)),
        (" http://there:80/ ", Address(scheme=Scheme.TCP, host="there", port=80)),
        ("there:2375", Address(scheme=Scheme.TCP, host="there", port=2375)),
        ("tcp://:2375", Address(scheme=Scheme.TCP, host="127.0.0.1", port=2375)),
        ("tcp://[::1]:2375", Address(scheme=Scheme.TCP, host="::1", port=2375)),
        ("tcp://a:1/b/", Address(scheme=Scheme.TCP, host="a", port=1, prefix="/b")),
        ("https://a:1", Address(scheme=Scheme.TCP, host="a", port=1, tls=VERIFIED)),
        ("ssh://a", Address(scheme=Scheme.SSH, host="a")),
        ("ssh://me@a:22", Address(scheme=Scheme.SSH, host="a", port=22, user="me")),
    ],
)
def test_an_address_is_read_as_docker_reads_it(told: str, expected: Address) -> None:
    assert parsed(told) == expected


@pytest.mark.parametrize(
    "told",
    [
        "nonsense",
        "tcp://",
        "tcp://there",
        "tcp://there:0",
        "ftp://there:21",
        "npipe:////./pipe/docker_engine",
        "fd://3",
        "tcp://me:secret@there:2375",
        "tcp://there:2375?a=b",
        "ssh://",
        "ssh://me:secret@there",
        "ssh://there/run/docker.sock",
    ],
)
def test_what_is_no_address_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match=r"^that is no address of an engine; unix:///path, tcp://"):
        parsed(told)


@pytest.mark.parametrize("told", ["tcp://there:port", "tcp://there:99999", "tcp://[::1"])
def test_what_is_no_port_or_host_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)port|invalid"):
        parsed(told)


@pytest.mark.usefixtures("home")
def test_without_a_word_it_is_the_usual_socket() -> None:
    assert address() == Address(scheme=Scheme.UNIX, path="/var/run/docker.sock")
    assert endpoint() == "unix:///var/run/docker.sock (context 'default')"


@pytest.mark.parametrize("text", ["{", "[]", "null", "\xff", '{"currentContext": ""}', "[" * 99999])
def test_a_configuration_that_says_nothing_leaves_the_usual_socket(home: Path, text: str) -> None:
    (home / "config.json").write_text(text, encoding="latin-1")

    assert address() == Address(scheme=Scheme.UNIX, path="/var/run/docker.sock")


@pytest.mark.parametrize(
    ("verify", "verified"), [("1", True), ("", False)], ids=["verified", "unverified"]
)
def test_the_environment_says_how_to_speak_with_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, verify: str, *, verified: bool
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://there:2376")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(home))
    monkeypatch.setenv("DOCKER_TLS_VERIFY", verify)

    assert address().tls == Tls(folder=home, verified=verified)


def test_certificates_are_looked_for_beside_the_configuration(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://there:2376")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")

    assert address().tls == Tls(folder=home, verified=True)


def test_certificates_that_are_not_there_are_missed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CERT_PATH", str(home / "nowhere"))

    with pytest.raises(ValueError, match=r"^there is no folder '.*/nowhere' with certificates"):
        address()


@pytest.mark.parametrize("skips", [True, False])
def test_a_context_has_certificates_of_its_own(home: Path, *, skips: bool) -> None:
    docker = {"Host": "tcp://there:2376", "SkipTLSVerify": skips}
    certificates = add_context(home, {"Name": "far", "Endpoints": {"docker": docker}})
    certificates.mkdir(parents=True)

    tls = Tls(folder=certificates, verified=not skips)
    assert address() == Address(scheme=Scheme.TCP, host="there", port=2376, tls=tls)


def test_a_context_that_names_no_host_is_the_usual_socket(home: Path) -> None:
    add_context(home, {"Name": "far", "Endpoints": {}})

    assert address() == Address(scheme=Scheme.UNIX, path="/var/run/docker.sock")


@pytest.mark.parametrize("told", [{}, [], 1, {"Endpoints": []}, {"Endpoints": {"docker": 3}}])
def test_a_context_that_cannot_be_understood_is_named(home: Path, told: object) -> None:
    add_context(home, told)

    with pytest.raises(ValueError, match=r"^the Docker context 'far' cannot be read: "):
        address()
    assert endpoint().startswith("nowhere: the Docker context 'far' cannot be read: ")


def test_headers_of_more_than_one_line_are_refused(home: Path) -> None:
    (home / "config.json").write_text(json.dumps({"HttpHeaders": {"A": "b\r\nHost: c"}}))

    with pytest.raises(ValueError, match="HttpHeaders of the Docker configuration are no headers"):
        address()
