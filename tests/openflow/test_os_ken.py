"""What os-ken's parser reads from the messages that we encode, of those that it parses: what switches send."""

from __future__ import annotations

import pytest

from openflow import Message, Version, encode
from openflow.versions import V1_1, V1_2, V1_4, V1_5
from tests.openflow.examples import example
from tests.openflow.os_ken_reading import disagreements
from tests.openflow.strategies import SPOKEN, spoken_id

parser = pytest.importorskip("os_ken.ofproto.ofproto_parser")
protocol = pytest.importorskip("os_ken.ofproto.ofproto_protocol")

ALSO_SENT_BY_SWITCHES = {"ErrorMsg", "FlowMod", "FlowRemoved", "Hello", "PacketIn", "PortStatus"}
UNKNOWN = {
    (V1_2, "ExperimenterStatsReply"),
    (V1_4, "FlowMonitorStatsReply"),  # of the events only INITIAL
    (V1_5, "FlowMonitorStatsReply"),
}
"""Messages that os-ken does not come to read."""
SENT_BY_SWITCHES = [
    (version, cls)
    for version, cls in SPOKEN
    if version != V1_1  # which os-ken does not know
    and (version, cls.__name__) not in UNKNOWN
    and (cls.__name__.endswith("Reply") or cls.__name__ in ALSO_SENT_BY_SWITCHES)
]

NOT_IN_OS_KEN = frozenset({"ExperimenterAction", "ExperimenterBand", "ExperimenterInstruction"})
NOT_IN_OS_KEN |= {
    "ExperimenterQueueProperty",
    "ExperimenterTableFeature",
    "ExperimenterBundleFeatures",  # whose padding it takes for another reply
    "CopyField",
    "StatTrigger",
}
"""Elements of vendors that os-ken does not know; its parser of instructions never comes back from one."""


@pytest.mark.parametrize(("version", "cls"), SENT_BY_SWITCHES, ids=spoken_id)
def test_os_ken_reads_the_integers_that_we_meant(version: Version, cls: type[Message]) -> None:
    message = example(version, cls, NOT_IN_OS_KEN)
    data = encode(message, version)
    datapath = protocol.ProtocolDesc(version=int(version))
    read = parser.msg(datapath, int(version), data[1], len(data), message.xid, data)
    assert disagreements(message, version, read.to_jsondict()) == {}
