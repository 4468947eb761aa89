"""A cluster of three agents of ours and three of Serf's changes its key, as one of either kind tells all of them."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from tests.apps.swim.system.clusters import HOSTS, PATIENCE_S, Cluster, cluster
from tests.kernel.waiting import wait_until
from tests.needs import needs

pytestmark = [pytest.mark.system, pytest.mark.timeout(300), needs("serf")]

OLD, NEW, OTHER = (b64encode(bytes([number]) * 32).decode() for number in (1, 2, 3))
OURS = [name for name in HOSTS if name.startswith("o")]


def wait_until_refused(agents: Cluster, asked: str, told: str) -> None:
    """Wait until our members have been heard to refuse what s1 asks of all; it asks each time anew."""

    def refused() -> bool:
        done = agents["s1"].ask("keys", asked)
        lines = (done.stdout + done.stderr).splitlines()
        return all(any(name in line and told in line for line in lines) for name in OURS)

    wait_until(refused, f"{asked} refused", PATIENCE_S)


def test_serf_tells_our_agents_which_keys_to_have_and_they_tell_serf(tmp_path: Path) -> None:
    with cluster(tmp_path) as agents:
        agents.start(OLD)
        agents.wait_until_seen("alive", *HOSTS)

        assert f"{OLD}  [6/6]" in agents.wait_until_all_answer("s1", "keys", "-list")
        agents.wait_until_all_answer("s1", "keys", f"-install={NEW}")
        wait_until_refused(agents, f"-use={OTHER}", "not in the keyring")
        agents.wait_until_all_answer("s1", "keys", f"-use={NEW}")
        wait_until_refused(agents, f"-remove={NEW}", "primary")
        agents.wait_until_all_answer("s1", "keys", f"-remove={OLD}")

        for name in OURS:
            assert agents[name].ask("keys", "list").stdout.split() == [NEW]
        listed = agents.wait_until_all_answer("s2", "keys", "-list")
        assert f"{NEW}  [6/6]" in listed
        assert OLD not in listed

        agents["o1"].do("keys", "add", OTHER)
        assert f"{OTHER}  [1/6]" in agents.wait_until_all_answer("s1", "keys", "-list")

        for words in (("add", OTHER), ("use", OTHER), ("remove", NEW)):
            agents.wait_until_all_answer("o1", "keys", *words, "--everywhere")
        listed = agents.wait_until_all_answer("o3", "keys", "list", "--everywhere")
        assert f"{OTHER}  6 of 6   6 of 6" in listed
        assert f"{OTHER}  [6/6]" in agents.wait_until_all_answer("s3", "keys", "-list")

        agents["o2"].do("update", "--meta", "zone=south")
        agents.wait_until_tagged("o2", {"role": "of-o2", "zone": "south"})
        agents.wait_until_seen("alive", *HOSTS)
