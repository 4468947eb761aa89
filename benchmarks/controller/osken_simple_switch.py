"""The learning switch that os-ken's documentation teaches, for OpenFlow 1.0: its releases no longer ship it.

Loaded by os-ken (see `benchmarks.controller.run_osken`); nothing else imports it.
"""

# mypy: ignore-errors
from __future__ import annotations

from typing import Any

from os_ken.base.app_manager import OSKenApp
from os_ken.controller import ofp_event
from os_ken.controller.handler import MAIN_DISPATCHER, set_ev_cls
from os_ken.lib.mac import haddr_to_bin
from os_ken.lib.packet import ethernet, packet
from os_ken.ofproto import ofproto_v1_0


class SimpleSwitch(OSKenApp):
    """Learns which port an address is behind, and installs a flow for a pair that it knows."""

    OFP_VERSIONS = [ofproto_v1_0.OFP_VERSION]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mac_to_port: dict[int, dict[str, int]] = {}

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, event: Any) -> None:
        """Learn the source; flood, or install a flow to the destination."""
        message = event.msg
        datapath = message.datapath
        ofproto, parser = datapath.ofproto, datapath.ofproto_parser
        eth = packet.Packet(message.data).get_protocol(ethernet.ethernet)
        ports = self.mac_to_port.setdefault(datapath.id, {})
        ports[eth.src] = message.in_port
        out_port = ports.get(eth.dst, ofproto.OFPP_FLOOD)
        actions = [parser.OFPActionOutput(out_port)]
        if out_port != ofproto.OFPP_FLOOD:
            match = parser.OFPMatch(
                in_port=message.in_port, dl_dst=haddr_to_bin(eth.dst), dl_src=haddr_to_bin(eth.src)
            )
            mod = parser.OFPFlowMod(
                datapath=datapath, match=match, cookie=0, command=ofproto.OFPFC_ADD, actions=actions
            )
            datapath.send_msg(mod)
        data = message.data if message.buffer_id == ofproto.OFP_NO_BUFFER else None
        out = parser.OFPPacketOut(
            datapath=datapath,
            buffer_id=message.buffer_id,
            in_port=message.in_port,
            actions=actions,
            data=data,
        )
        datapath.send_msg(out)
