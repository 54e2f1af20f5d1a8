"""What every test stands on: no home but a temporary one, no Prefect server by accident, no network beyond loopback."""

import ipaddress
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

# Prefect and Great Expectations read the environment once, at import, so this comes before any test module is loaded.
# A person's settings must not decide whether the tests pass, nor the tests touch a person's home.
_SURROUNDINGS = tempfile.TemporaryDirectory(prefix="suivi-tests-", ignore_cleanup_errors=True)
_HOME = Path(_SURROUNDINGS.name)
for _name in [name for name in os.environ if name.startswith(("SUIVI_", "PREFECT_", "GX_"))]:
    del os.environ[_name]
os.environ.update(
    {
        "HOME": str(_HOME),
        "XDG_CONFIG_HOME": str(_HOME / "config"),
        "XDG_CACHE_HOME": str(_HOME / "cache"),
        "SUIVI_HOME": str(_HOME / "must-not-be-used"),
        "PREFECT_HOME": str(_HOME / "prefect"),
        # A stray flow call fails at once; the tests that want a server say so (prefect_test_harness, or the command).
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "GX_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
)

import pytest  # noqa: E402
from _pytest.nodeid import coerce_node_id  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

from tests.command import run_suivi  # noqa: E402

# Deadlines measure a shared machine, not the code. CI repeats itself, so that a red run is the change's; `make fuzz` tries more.
settings.register_profile(
    "suivi", max_examples=int(os.environ.get("EXAMPLES", "25")), derandomize="CI" in os.environ,
    deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True, database=None,
)  # fmt: skip
settings.load_profile("suivi")


class NetworkForbidden(RuntimeError):
    """A test tried to leave the machine."""


def _is_here(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Connections and look-ups beyond loopback raise, whatever library makes them."""
    patch = pytest.MonkeyPatch()

    def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
        def connect(sock: socket.socket, address: Any) -> Any:
            if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
                raise NetworkForbidden("a test tried to connect beyond this machine")
            return real(sock, address)

        return connect

    real_look_up = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        if not _is_here(host):
            raise NetworkForbidden("a test tried to look up a host beyond this machine")
        return real_look_up(host, *rest, **more)

    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    patch.setattr(socket, "getaddrinfo", look_up)
    yield
    patch.undo()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--dist loadgroup`, tests of a group (`xdist_group`) go to one process, by the end of their name.

    pytest-xdist 3.8.0 writes it where pytest 9.2 does not look any more, and each process would make each home. Until it is mended there.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        groups = sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")})
        if groups and not item.nodeid.endswith(ending := f"@{'_'.join(groups)}"):
            item._id = coerce_node_id(item.nodeid + ending)


@pytest.fixture(autouse=True, scope="session")
def _great_expectations_is_not_traced() -> Iterator[None]:
    """None of its lines is counted, yet coverage's tracer makes it take twice as long; Python 3.12 and later need none."""
    tracer = sys.gettrace()
    if tracer is None:
        yield
        return

    def untraced(*arguments: Any, **named: Any) -> Any:
        # Off and on again in one frame, or the tracer would lose count of the frames that it is in.
        sys.settrace(None)
        try:
            return real(*arguments, **named)
        finally:
            sys.settrace(tracer)

    sys.settrace(None)
    from great_expectations.datasource.fluent.interfaces import Batch

    sys.settrace(tracer)
    real = Batch.validate
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Batch, "validate", untraced)
        yield


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder of this test's own, with its inbox."""
    folder = tmp_path / "home"
    (folder / "inbox").mkdir(parents=True)
    return folder


@pytest.fixture
def suivi(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command as a person runs it: `suivi("nightly", "--home", home)` in a process of its own.

    Gives the finished process with its text; it does not judge the exit code. Warnings of the process are not errors.
    """
    return partial(run_suivi, cwd=tmp_path)
