"""Groups (OpenFlow 1.3.5, 5.6): the place where they go, and the honest answers until then.

This switch has room for no group. So adding one finds no room, modifying one finds none, and
deleting one, known or not, succeeds as 6.5 has it. No action can name a group (`validate`), and no
entry refers to one.
"""

from __future__ import annotations

from typing import NoReturn

from ofswitch.datapath.refusal import refuse
from openflow.constants import GroupId, GroupModCommand, GroupType
from openflow.errors import ErrorCode
from openflow.messages.groups import (
    GroupDescStatsReply,
    GroupFeaturesStatsReply,
    GroupMod,
    GroupStatsReply,
)


class GroupTable:
    """The groups of a switch: none."""

    def apply(self, change: GroupMod) -> None:
        """Carry a GROUP_MOD out. Raises OpenFlowError, and then nothing has changed."""
        match change.command:
            case GroupModCommand.ADD:
                self._add(change)
            case GroupModCommand.MODIFY:
                text = f"there is no group {change.group_id}"
                refuse(ErrorCode.GROUP_MOD_FAILED__UNKNOWN_GROUP, text)
            case GroupModCommand.DELETE:
                return
            case _:
                text = f"unknown command {change.command}"
                refuse(ErrorCode.GROUP_MOD_FAILED__BAD_COMMAND, text)

    def _add(self, change: GroupMod) -> NoReturn:
        if change.type not in set(GroupType):
            text = f"unknown group type {change.type}"
            refuse(ErrorCode.GROUP_MOD_FAILED__BAD_TYPE, text)
        if change.group_id > GroupId.MAX:
            text = f"{change.group_id:#x} is no group number"
            refuse(ErrorCode.GROUP_MOD_FAILED__INVALID_GROUP, text)
        refuse(ErrorCode.GROUP_MOD_FAILED__OUT_OF_GROUPS, "this switch has no groups")

    def stats(self) -> GroupStatsReply:
        """What the groups have counted."""
        return GroupStatsReply()

    def descriptions(self) -> GroupDescStatsReply:
        """The groups as they were set up."""
        return GroupDescStatsReply()

    def features(self) -> GroupFeaturesStatsReply:
        """What groups can do."""
        return GroupFeaturesStatsReply()
