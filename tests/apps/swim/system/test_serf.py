"""Three agents of ours and three of Serf's in one cluster, joined by our switches."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from tests.apps.swim.system.clusters import HOSTS, PATIENCE_S, cluster
from tests.kernel.waiting import wait_until
from tests.needs import needs

pytestmark = [pytest.mark.system, pytest.mark.timeout(300), needs("serf", "ovs-ofctl")]

KEY = b64encode(bytes(range(32))).decode()


def test_members_tags_and_leaves_are_seen_on_both_sides_encrypted(tmp_path: Path) -> None:
    with cluster(tmp_path) as agents:
        agents.start(KEY)
        agents.wait_until_seen("alive", *HOSTS)
        agents.wait_until_tagged("s1", {"role": "of-s1"})
        agents.wait_until_tagged("o1", {"role": "of-o1"})

        agents.wait_until_all_answer("s1", "reachability")

        agents["s1"].do("tags", "-set", "zone=north")
        agents["o1"].do("update", "--meta", "zone=south")
        agents.wait_until_tagged("s1", {"role": "of-s1", "zone": "north"})
        agents.wait_until_tagged("o1", {"role": "of-o1", "zone": "south"})

        agents["s2"].do("leave")
        agents["o2"].do("leave")
        assert (agents["s2"].wait(), agents["o2"].wait()) == (0, 0)
        rest = ("o1", "s1", "o3", "s3")
        agents.wait_until_seen("left", "s2", "o2", by=rest)
        agents.wait_until_seen("alive", *rest, by=rest)


@pytest.mark.parametrize("key", ["", KEY], ids=["in clear", "encrypted"])
def test_a_partition_heals_and_a_crash_is_seen_on_both_sides(tmp_path: Path, key: str) -> None:
    with cluster(tmp_path) as agents:
        agents.start(key)
        agents.wait_until_seen("alive", *HOSTS)

        left, right = HOSTS[:3], HOSTS[3:]
        agents.cut()
        agents.wait_until_seen("failed", *right, by=left)
        agents.wait_until_seen("failed", *left, by=right)
        agents.wait_until_seen("alive", *left, by=left)
        agents.mend()
        agents.wait_until_seen("alive", *HOSTS)

        agents["s3"].kill()
        agents["o3"].kill()
        rest = ("o1", "s1", "o2", "s2")
        agents.wait_until_seen("failed", "s3", "o3", by=rest)
        agents.wait_until_seen("alive", *rest, by=rest)

        agents["o3"].start(agents["s1"], key)
        agents.wait_until_seen("alive", "o3", by=rest)


def test_who_is_reached_by_streams_only_stays_alive_on_both_sides(tmp_path: Path) -> None:
    with cluster(tmp_path) as agents:
        agents.start()
        agents.wait_until_seen("alive", *HOSTS)

        agents.drop_datagrams("o1")
        agents.drop_datagrams("s1")
        by_stream = "answered_by_stream_only"
        wait_until(lambda: agents["o1"].counter(by_stream) >= 5, by_stream, PATIENCE_S)
        wait_until(lambda: agents["o2"].counter(by_stream) >= 2, by_stream, PATIENCE_S)
        ours = "able to connect to o1"
        wait_until(lambda: ours in agents["s2"].log(), ours, PATIENCE_S)

        agents.wait_until_seen("alive", *HOSTS)
        for name in ("s1", "s2", "s3"):
            assert "EventMemberFailed" not in agents[name].log()
