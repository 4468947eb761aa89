"""What those look for who are used to Ryu or POX, and what there is here.

These are the tables of `controller.callbacks.instead`.
"""

from __future__ import annotations

from collections.abc import Mapping

from openflow.fields import KNOWN

Hints = Mapping[str, Mapping[str, str]]
"""By a class's name: what is looked for in it, or `*` for anything, and what to say then."""

PORTING = "docs/porting.md says what the names of other controllers are called here"

_ACTIONS = "actions stand in an instruction: FlowMod(match, [ApplyActions(actions)])"
_INTS = "addresses are ints"
_ADDRESS = f"{_INTS}; openflow.addresses has format_mac, parse_ipv4, BROADCAST_MAC and others"
_CALLED = "ctrl.register_cb(Event.PACKET_IN, fn) has fn(ctrl, dpid, event) called"
_DPID = "the datapath id is the callback's second argument"
_FRAME = (
    "headers' fields have OXM names: packet.eth_src, packet.ipv4_dst; event.scapy() has the rest"
)
_ITSELF = "the event is the message itself: event.data is msg.data"
_LISTENING = ("addListener", "addListenerByName", "addListeners", "listenTo")
_OFPROTO = "ofproto.OFPP_FLOOD is openflow.PortNo.FLOOD, on every version"
_PARSER = "parser.OFPFlowMod is openflow.FlowMod, on every version"
_PHASES = "DATAPATH_JOIN says that a switch is ready, DATAPATH_LEAVE that it is gone"
_SENT = "ctrl.send(dpid, message) sends"
_SWITCH = f"{_SENT}, ctrl.switch(dpid) is the switch"
_TYPES = "types are numbers: IPv4 0x0800, ARP 0x0806, IPv6 0x86DD, LLDP 0x88CC"
_WHERE = f"a message does not say which switch it is for: {_SENT}"

_PRESENCE = {
    **dict.fromkeys(("datapath", "connection"), "the switch is event.switch"),
    **dict.fromkeys(
        ("msg", "ofp"), "the switch is event.switch, what it has said event.switch.features"
    ),
    **dict.fromkeys(("dpid", "datapath_id"), _DPID),
    **dict.fromkeys(("state", "enter"), _PHASES),
}

ATTRIBUTES: Hints = {
    "Message": {
        **dict.fromkeys(("msg", "ofp"), _ITSELF),
        **dict.fromkeys(("datapath", "connection"), _SWITCH),
        "dpid": _DPID,
        **dict.fromkeys(("pack", "serialize"), "openflow.encode(message, version) makes its bytes"),
    },
    "MultipartReply": {"stats": "its entries are event.body"},
    "PacketIn": {
        **dict.fromkeys(("parsed", "parse"), "the headers of its frame are event.packet"),
        "fields": "those of its frame are event.packet.fields()",
        "port": "it is event.in_port",
        "msg_len": "it is len(event.data)",
    },
    "FlowMod": {
        "actions": _ACTIONS,
        "data": "a PacketOut behind it sends the frame, or buffer_id does if the switch has kept it",
    },
    "FlowStats": {"actions": "they are in its instructions, on every version"},
    "Packet": {
        "src": "it is packet.eth_src",
        "dst": "it is packet.eth_dst",
        **dict.fromkeys(("type", "ethertype", "effective_ethertype"), "it is packet.eth_type"),
        **dict.fromkeys(("LLDP_TYPE", "ARP_TYPE", "IP_TYPE", "IPV6_TYPE", "VLAN_TYPE"), _TYPES),
        "*": _FRAME,
    },
    "Controller": {
        **dict.fromkeys(("send_msg", "sendToDPID", "send_openflow"), _SENT),
        **dict.fromkeys(_LISTENING, _CALLED),
        **dict.fromkeys(("connections", "datapaths", "dpset"), "ctrl.switches has them by dpid"),
        **dict.fromkeys(("getConnection", "get_datapath"), "ctrl.switch(dpid) is the switch"),
        "logger": "logging.getLogger(__name__) is a script's own",
    },
    "Switch": {
        "send_msg": "switch.send(message) sends",
        "id": "it is switch.dpid",
        "connect_time": "ctrl.now(), when DATAPATH_JOIN comes, is the time to keep",
        **dict.fromkeys(_LISTENING, f"{_CALLED}, for all switches"),
        "ofproto": _OFPROTO,
        "ofproto_parser": _PARSER,
    },
    "DatapathJoin": _PRESENCE,
    "DatapathLeave": _PRESENCE,
    "coroutine": {
        "*": "it is awaited, in an async callback: reply = await switch.request(message)"
    },
    "int": {
        **dict.fromkeys(("is_multicast", "isMulticast"), f"{_INTS}: mac & addresses.MULTICAST_BIT"),
        **dict.fromkeys(
            ("is_bridge_filtered", "isBridgeFiltered"), f"{_INTS}: mac >> 4 == 0x0180C200000"
        ),
        **dict.fromkeys(("toStr", "to_str", "toRaw", "raw", "is_broadcast"), _ADDRESS),
    },
}
"""What is read from an object, or set in it."""

ARGUMENTS: Hints = {
    "Message": {"datapath": _WHERE},
    "FlowMod": {"actions": _ACTIONS},
    "SetField": dict.fromkeys(
        KNOWN, "the field's name stands first: SetField('eth_dst', '00:00:00:00:00:01')"
    ),
}
"""What the classes of messages are called with."""

WORDS: Mapping[str, str] = {
    r"^\w*Sender\w*\.send\(\) missing": _SENT,
    r"^Match\.from_packet\(\) missing": (
        "Match.from_packet(event.packet, ctrl.switch(dpid).version, in_port=event.in_port)"
    ),
    r"^'Match' object does not support item": "match.replace(eth_dst=...) is another match",
    r"^'[\w.]*\bPacket' object is not subscriptable": _FRAME,
    r" (hold|not) <Switch ": _WHERE,
    r"^takes bytes, not (PacketIn\(|<Packet )": "the bytes of the frame are event.data",
}
"""Other calls that are wrong and values that cannot be sent, by the words of the error."""

NAMES: Mapping[str, str] = {
    **dict.fromkeys(
        ("core", "launch"), "what core does in POX, ctrl does; init(ctrl) starts a script"
    ),
    **dict.fromkeys(("app_manager", "RyuApp", "OSKenApp"), "a script is a module with init(ctrl)"),
    **dict.fromkeys(("set_ev_cls", "set_ev_handler", "ofp_event"), _CALLED),
    **dict.fromkeys(
        ("MAIN_DISPATCHER", "CONFIG_DISPATCHER", "DEAD_DISPATCHER", "HANDSHAKE_DISPATCHER"),
        _PHASES,
    ),
    **dict.fromkeys(
        ("hub", "Timer"), "ctrl.post_callback(seconds, fn) calls later, ctrl.sleep waits"
    ),
    **dict.fromkeys(
        ("EventHalt", "EventContinue"), "return STOP or CONTINUE; the controller has both"
    ),
    **dict.fromkeys(
        ("ethernet", "ether_types", "arp", "ipv4", "ipv6", "tcp", "udp", "pkt"), _FRAME
    ),
    **dict.fromkeys(("EthAddr", "IPAddr", "haddr_to_bin", "mac", "dpid_to_str"), _ADDRESS),
    **dict.fromkeys(("ofproto", "ofproto_v1_0", "ofproto_v1_3"), _OFPROTO),
    **dict.fromkeys(("parser", "ofp_parser", "ofproto_parser"), _PARSER),
}
"""What is not defined, or cannot be imported."""

MODULES = ("ryu", "os_ken", "pox", "nox", "openflow", "controller")
"""Where things are looked for that are not there."""
