"""GROUP: each bucket works on its own copy of the packet (OpenFlow 1.3.5, 5.6.1 and 5.11).

A copy has the pipeline fields and the queue that the packet has, and a bucket's actions are done as
an action set. What becomes of the copies leaves the packet itself as it was. Chained groups that
forward to all their buckets multiply copies; one packet gets `MOST_COPIES` and no more.
"""

from __future__ import annotations

import contextlib

from ofswitch.datapath.actions import Exits, PacketEnded, Send, perform
from ofswitch.datapath.execution import Execution
from ofswitch.datapath.groups import GroupBucket, GroupEntry, GroupTable


class GroupProcessing:
    """Takes packets through groups, and to the outlet behind them."""

    def __init__(self, groups: GroupTable, send: Send) -> None:
        self._groups = groups
        self._exits = Exits(send, self.process)

    def process(self, execution: Execution, group_id: int) -> None:
        """Process a packet by a group."""
        group = self._groups[group_id]
        execution.enter(group)
        buckets = self._groups.choose(group, execution.packet)
        if not buckets:
            execution.lose("group_no_live_bucket")
        for bucket in buckets:
            self._do(execution, group, bucket)

    def _do(self, execution: Execution, group: GroupEntry, bucket: GroupBucket) -> None:
        copy = execution.copy()
        if copy is None:
            execution.lose("group_too_many_copies")
            return
        copy.enter(group, bucket)
        with contextlib.suppress(PacketEnded):
            perform(copy, bucket.actions, self._exits)
        execution.join(copy)
