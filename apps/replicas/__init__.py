"""Replicas: several controllers that serve the same switches, so that the network survives one of them.

    ofcontroller run learning_switch --cluster blue --join 10.0.0.2

Every switch is connected to all replicas, and one of them is its master: only there do apps see it. When that one
fails another takes over, and knows what it knew (`Controller.shared`). docs/replicas.md says what is guaranteed.

rendezvous   who is the one for a switch      roles     asking a switch for a role
mastership   what becomes of each switch      gossip    the wishes, from who is alive (SWIM)
etcd         the wishes, from a database      runtime   sockets and clocks
"""

from __future__ import annotations

from apps.replicas.runtime import Replica, start
from controller import Controller
from controller.script import ScriptError


async def init(ctrl: Controller) -> Replica:
    """Become a member of the cluster that the command line names."""
    if ctrl.settings.cluster is None:
        text = (
            "it is told by options which cluster it is to be in, such as --cluster NAME --join HOST"
        )
        raise ScriptError(f"replicas: {text}")
    return await start(ctrl, ctrl.settings.cluster)
