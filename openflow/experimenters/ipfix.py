"""What Open vSwitch has counted for IPFIX, for a bridge and for each of its sets of collectors (nicira-ext.h)."""

from __future__ import annotations

from dataclasses import dataclass, field

from openflow.messages.base import MultipartReply, MultipartRequest
from openflow.structs import Struct
from openflow.vendors import reply, request
from openflow.versions import V1_0, since

_COUNTERS = (
    "total_flows:u64 current_flows:u64 pkts:u64 ipv4_pkts:u64 ipv6_pkts:u64 error_pkts:u64"
    " ipv4_error_pkts:u64 ipv6_error_pkts:u64 tx_pkts:u64 tx_errors:u64 collector_set_id:u32 pad4"
)


@dataclass(slots=True)
class NxIpfixStats(Struct):
    """The counters of one exporter."""

    collector_set_id: int = 0
    total_flows: int = 0
    current_flows: int = 0
    pkts: int = 0
    ipv4_pkts: int = 0
    ipv6_pkts: int = 0
    error_pkts: int = 0
    ipv4_error_pkts: int = 0
    ipv6_error_pkts: int = 0
    tx_pkts: int = 0
    tx_errors: int = 0
    layout = since(V1_0, _COUNTERS)


@dataclass(slots=True)
class NxIpfixBridgeStatsRequest(MultipartRequest["NxIpfixBridgeStatsReply"]):
    """What has the bridge's exporter counted?"""

    layout = request(3, "")


@dataclass(slots=True)
class NxIpfixBridgeStatsReply(MultipartReply):
    """The counters of the bridge's exporter."""

    stats: NxIpfixStats = field(default_factory=NxIpfixStats)
    layout = reply(3, "stats:NxIpfixStats")


@dataclass(slots=True)
class NxIpfixFlowStatsRequest(MultipartRequest["NxIpfixFlowStatsReply"]):
    """What have the exporters of flows counted?"""

    layout = request(4, "")


@dataclass(slots=True)
class NxIpfixFlowStatsReply(MultipartReply):
    """The counters of the exporters of flows."""

    body: list[NxIpfixStats] = field(default_factory=list)
    layout = reply(4, "body:NxIpfixStats*")
