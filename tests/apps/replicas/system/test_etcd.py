"""Replicas whose mastership is written down in a real etcd."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from benchmarks.failover.lab import ETCD_OPTIONS, Lab, running, wait_until
from benchmarks.failover.measure import FAULTS, fail
from tests.needs import needs

pytestmark = [
    pytest.mark.system,
    needs("etcd"),
    pytest.mark.skipif(find_spec("aetcd") is None, reason="needs aetcd (pip install aetcd)"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    options = (*ETCD_OPTIONS, "--preset", "lan")
    with running(tmp_path_factory.mktemp("etcd"), options, switches=4) as lab:
        yield lab
    for replica in lab.replicas:
        assert "Traceback" not in replica.program.errors.read_text()


def test_established_flows_lose_nothing_and_new_ones_work_again(lab: Lab) -> None:
    outcome = fail(lab, FAULTS["kill"], measured=False)
    assert outcome.switches > 0
    assert outcome.pings > 0
    assert outcome.pings_lost == 0


def test_without_etcd_all_step_down_when_their_leases_end_and_come_back_with_it(lab: Lab) -> None:
    assert lab.settled()
    etcd = lab.programs[0]
    etcd.signal(signal.SIGSTOP)
    wait_until(lambda: not any(lab.masters.values()), "all step down")
    for replica in lab.replicas:
        assert "we keep our switches while our lease lasts" in replica.program.errors.read_text()
    etcd.signal(signal.SIGCONT)
    wait_until(lab.settled, "each switch has its master again")
