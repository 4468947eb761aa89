"""What every test shares: which ones need the kernel, and why they skip where it is not there.

In continuous integration (CI=true) nothing may be left out: there a skipped system test fails, and
so do a test that misses the native modules and a file of tests that skips itself.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

from console.tls.credentials import Credentials
from tests.certificates import Authority

NET_TUN = Path("/dev/net/tun")
IN_CI = os.environ.get("CI") == "true"
MUST_RUN_IN_CI = ("system", "native")

# Machines differ in speed, and a property is no faster or slower for that. Whoever develops explores new examples
# with every run; continuous integration tries the same ones, so that a change is judged by what it changed.
hypothesis.settings.register_profile("default", deadline=None, print_blob=True, derandomize=IN_CI)
hypothesis.settings.load_profile("default")


def pytest_configure() -> None:
    """Heed interrupts: in the background of a shell they are ignored, by all that is started there as well."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def why_no_system_tests() -> str | None:
    """Say what a system test would miss here, or None when it can run."""
    if os.geteuid() != 0:
        return "needs root"
    if not NET_TUN.exists():
        return f"needs {NET_TUN}"
    return None


def why_no_native_tests() -> str | None:
    """Say which native module was not compiled, or None when all are there."""
    import ofbench.native
    import ofswitch.native
    import openflow.native

    modules = (ofswitch.native, openflow.native, ofbench.native)
    missing = [module.__package__ for module in modules if not module.AVAILABLE]
    return (
        f"the native module of {' and '.join(map(str, missing))} is not compiled"
        if missing
        else None
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests marked `system` or `native`, with the reason, where they cannot run."""
    for marker, reason in (("system", why_no_system_tests()), ("native", why_no_native_tests())):
        for item in items:
            if reason is not None and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"{marker} test: {reason}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a failure of a skip that CI does not allow."""
    report = yield
    must_run = any(item.get_closest_marker(marker) for marker in MUST_RUN_IN_CI)
    if IN_CI and must_run and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where it must run: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Make a failure of a whole file that skips itself in CI."""
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} skips itself in CI: {report.longrepr}"
    return report


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signs certificates."""
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def other_ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another one, whom the first one's do not trust."""
    return Authority(tmp_path_factory.mktemp("other"), "another ca")


@pytest.fixture(scope="module")
def s1(ca: Authority) -> Credentials:
    """What a switch shows."""
    return ca.issue("s1")


@pytest.fixture(scope="module")
def c1(ca: Authority) -> Credentials:
    """What a controller shows."""
    return ca.issue("c1")
