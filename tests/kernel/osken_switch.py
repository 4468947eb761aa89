"""os-ken's simple switch as a controller in a process of its own, for OpenFlow 1.0 and 1.3.

The wheel of os-ken comes without its example applications, so their logic is written down here: learn
where an address is, flood what is unknown, and install a flow with input port, destination and
source for what is known, by the packet's buffer if it has one. Run as a program, with the address
to listen at and the version, and perhaps with the files for TLS.
"""

# os-ken has no types.
# mypy: disable-error-code="misc, untyped-decorator"

from __future__ import annotations

import sys
from typing import Any

from os_ken.base import app_manager
from os_ken.cfg import CONF
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.lib.packet.ethernet import ethernet
from os_ken.lib.packet.packet import Packet
from os_ken.ofproto import ofproto_v1_0, ofproto_v1_3


class SimpleSwitch:
    """What both versions have in common: the table of addresses, and what to do about a packet.

    It is no application itself, or os-ken would run it.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._ports: dict[tuple[int, str], int] = {}

    def forward(self, message: Any, in_port: int) -> None:
        """Learn from a packet-in, install a flow where the destination is known, send it on."""
        datapath = message.datapath
        constants, parser = datapath.ofproto, datapath.ofproto_parser
        frame = Packet(message.data).get_protocol(ethernet)
        self._ports[datapath.id, frame.src] = in_port
        port = self._ports.get((datapath.id, frame.dst), constants.OFPP_FLOOD)
        actions = [parser.OFPActionOutput(port)]
        if port != constants.OFPP_FLOOD:
            datapath.send_msg(self.flow(datapath, in_port, frame, actions))
        buffered = message.buffer_id != constants.OFP_NO_BUFFER
        datapath.send_msg(
            parser.OFPPacketOut(
                datapath=datapath,
                buffer_id=message.buffer_id,
                in_port=in_port,
                actions=actions,
                data=None if buffered else message.data,
            )
        )

    def flow(self, datapath: Any, in_port: int, frame: Any, actions: list[Any]) -> Any:
        """Return the flow-mod for frames like this one."""
        raise NotImplementedError


class SimpleSwitch10(SimpleSwitch, app_manager.OSKenApp):
    """On OpenFlow 1.0 a switch sends up what it has no flow for."""

    OFP_VERSIONS = [ofproto_v1_0.OFP_VERSION]

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, event: Any) -> None:
        """Forward a packet."""
        self.forward(event.msg, event.msg.in_port)

    def flow(self, datapath: Any, in_port: int, frame: Any, actions: list[Any]) -> Any:
        """Return an OpenFlow 1.0 flow-mod."""
        constants, parser = datapath.ofproto, datapath.ofproto_parser
        return parser.OFPFlowMod(
            datapath=datapath,
            match=parser.OFPMatch(in_port=in_port, dl_dst=frame.dst, dl_src=frame.src),
            cookie=0,
            command=constants.OFPFC_ADD,
            idle_timeout=0,
            hard_timeout=0,
            priority=constants.OFP_DEFAULT_PRIORITY,
            flags=constants.OFPFF_SEND_FLOW_REM,
            actions=actions,
        )


class SimpleSwitch13(SimpleSwitch, app_manager.OSKenApp):
    """On OpenFlow 1.3 a switch has to be told to send up what it has no flow for."""

    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, event: Any) -> None:
        """Install the table-miss flow."""
        datapath = event.msg.datapath
        constants, parser = datapath.ofproto, datapath.ofproto_parser
        up = parser.OFPActionOutput(constants.OFPP_CONTROLLER, constants.OFPCML_NO_BUFFER)
        datapath.send_msg(self._flow_mod(datapath, 0, parser.OFPMatch(), [up]))

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, event: Any) -> None:
        """Forward a packet."""
        self.forward(event.msg, event.msg.match["in_port"])

    def flow(self, datapath: Any, in_port: int, frame: Any, actions: list[Any]) -> Any:
        """Return an OpenFlow 1.3 flow-mod."""
        parser = datapath.ofproto_parser
        match = parser.OFPMatch(in_port=in_port, eth_dst=frame.dst, eth_src=frame.src)
        return self._flow_mod(datapath, 1, match, actions)

    def _flow_mod(self, datapath: Any, priority: int, match: Any, actions: list[Any]) -> Any:
        constants, parser = datapath.ofproto, datapath.ofproto_parser
        apply = parser.OFPInstructionActions(constants.OFPIT_APPLY_ACTIONS, actions)
        return parser.OFPFlowMod(
            datapath=datapath, priority=priority, match=match, instructions=[apply]
        )


APPS = {"OpenFlow10": "SimpleSwitch10", "OpenFlow13": "SimpleSwitch13"}


def main(host: str, port: str, protocol: str, *credentials: str) -> None:
    """Listen for switches of one version until killed; with TLS for a private key, a certificate and a CA's."""
    CONF([], project="os_ken", default_config_files=[])
    CONF.set_override("ofp_listen_host", host)
    CONF.set_override("ofp_ssl_listen_port" if credentials else "ofp_tcp_listen_port", int(port))
    for option, file in zip(("ctl_privkey", "ctl_cert", "ca_certs"), credentials, strict=False):
        CONF.set_override(option, file)
    unused = set(APPS) - {protocol}
    for name in unused:
        del globals()[APPS[name]]
    app_manager.AppManager.run_apps([__name__, "os_ken.controller.ofp_handler"])


if __name__ == "__main__":
    main(*sys.argv[1:])
