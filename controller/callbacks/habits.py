"""What those look for who are used to Ryu or POX, and what there is here.

These are the tables of `controller.callbacks.instead`. Several names that have the same hint stand in one text.
"""

from __future__ import annotations

from collections.abc import Mapping

Hints = Mapping[str, str]
"""What to say about a name; `*` is any other."""

PORTING = "docs/porting.md says what the names of other controllers are called here"

_ACTIONS = "actions stand in an instruction: FlowMod(match, [ApplyActions(actions)])"
_ADDRESS = "openflow.addresses has format_mac, parse_ipv4, BROADCAST_MAC and others"
_CALLED = "ctrl.register_cb(Event.PACKET_IN, fn) has fn(ctrl, dpid, event) called"
_DPID = "the datapath id is the callback's second argument"
_DPIDS = "a datapath id is an int: f'{dpid:016x}' writes it, int(text, 16) reads it"
_FIELDS = (
    "headers' fields have OXM names: packet.eth_src, packet.ipv4_dst; event.scapy() has the rest"
)
_LATER = "ctrl.post_callback(seconds, fn) calls later, ctrl.sleep waits"
_LINKS = (
    "the app discovery has the links: requires = ('discovery',), ctrl.register_cb('link_up', fn)"
)
_LISTEN = "addListener addListenerByName addListeners listenTo"
_OFPROTO = "ofproto.OFPP_FLOOD is openflow.PortNo.FLOOD, on every version"
_PARSER = "parser.OFPFlowMod is openflow.FlowMod, on every version"
_PHASES = "DATAPATH_JOIN says that a switch is ready, DATAPATH_LEAVE that it is gone"
_PORT = "event.desc is the port; ctrl.switch(dpid).ports[number].up says whether it can be used"
_SENT = "ctrl.send(dpid, message) sends"
_SWITCH = "ctrl.switch(dpid) is the switch"
_WEB = "an async init can start a server: await asyncio.start_server(answer, host, port)"
_WHERE = f"a message does not say which switch it is for: {_SENT}"

ATTRIBUTES: Mapping[str, Hints] = {
    "Message": {
        "msg ofp": "the event is the message itself: event.data is msg.data",
        "datapath connection": f"{_SENT}, {_SWITCH}",
        "dpid": _DPID,
        "pack serialize": "openflow.encode(message, version) makes its bytes",
    },
    "MultipartReply": {"stats": "its entries are event.body"},
    "PacketIn": {
        "parsed parse": "the headers of its frame are event.packet",
        "fields": "those of its frame are event.packet.fields()",
        "port inport": "it is event.in_port",
        "msg_len": "it is len(event.data)",
    },
    "FlowMod": {
        "actions": _ACTIONS,
        "data": "a PacketOut behind it sends the frame, or buffer_id does if the switch has kept it",
    },
    "PortStatus": {
        "port port_no": _PORT,
        "added deleted modified": "event.reason is PortReason.ADD, .DELETE or .MODIFY",
    },
    "ErrorMsg": {"type": "event.error is type and code, a member of ErrorCode if it is known"},
    "FlowStats": {"actions": "they are in its instructions, on every version"},
    "Packet": {
        "src": "it is packet.eth_src",
        "dst": "it is packet.eth_dst",
        "type ethertype effective_ethertype": "it is packet.eth_type",
        "srcip src_ip": "it is packet.ipv4_src",
        "dstip dst_ip": "it is packet.ipv4_dst",
        "protosrc": "it is packet.arp_spa",
        "protodst": "it is packet.arp_tpa",
        "opcode": "it is packet.arp_op",
        "IP_TYPE ARP_TYPE IPV6_TYPE LLDP_TYPE": (
            "types are numbers: IPv4 0x0800, ARP 0x0806, IPv6 0x86DD, LLDP 0x88CC"
        ),
        "*": _FIELDS,
    },
    "Controller": {
        "send_msg sendToDPID send_openflow": _SENT,
        _LISTEN: _CALLED,
        "connections datapaths dpset": "ctrl.switches has them by dpid",
        "getConnection get_datapath": _SWITCH,
        "send_event send_event_to_observers raiseEvent": "ctrl.post_event(name, value) raises it",
        "logger": "logging.getLogger(__name__) is a script's own",
    },
    "Switch": {
        "send_msg send_flow_mod send_packet_out send_barrier": "switch.send(message) sends",
        "id": "it is switch.dpid",
        "ofproto": _OFPROTO,
        "ofproto_parser": _PARSER,
        "connect_time": "ctrl.now(), when DATAPATH_JOIN comes, is the time to keep",
        _LISTEN: f"{_CALLED}, for all switches",
    },
    "SwitchPort": {"no number": "it is port.port_no"},
    "DatapathJoin DatapathLeave": {
        "datapath connection": "the switch is event.switch",
        "msg ofp": "the switch is event.switch, what it has said event.switch.features",
        "dpid datapath_id": _DPID,
        "state enter": _PHASES,
    },
    "int": {
        "is_multicast isMulticast": "addresses are ints: mac & openflow.addresses.MULTICAST_BIT",
        "is_bridge_filtered isBridgeFiltered": "addresses are ints: mac >> 4 == 0x0180C200000",
        "toStr to_str toRaw raw is_broadcast lower startswith split inNetwork in_network": (
            f"addresses are ints; {_ADDRESS}"
        ),
        "name port_no hw_addr": "ports are by number: switch.ports[number] is the port",
    },
    "coroutine": {
        "*": "it is awaited, in an async callback: reply = await switch.request(message)"
    },
}
"""What is read from an object, or set in it, by the name of its class."""

ARGUMENTS: Mapping[str, Hints] = {
    "Message": {"datapath": _WHERE},
    "FlowMod": {"actions": _ACTIONS},
    "SetField": {"*": "the field's name stands first: SetField('eth_dst', '00:00:00:00:00:01')"},
}
"""What the classes of messages are called with."""

NAMES: Hints = {
    "core": "what core does in POX, ctrl does; init(ctrl) starts a script",
    "app_manager RyuApp OSKenApp": "a script is a module with init(ctrl)",
    "set_ev_cls set_ev_handler ofp_event": _CALLED,
    "CONFIG_DISPATCHER MAIN_DISPATCHER DEAD_DISPATCHER": _PHASES,
    "hub Timer": _LATER,
    "EventHalt EventContinue": "return STOP or CONTINUE; the controller has both",
    "scapy": "frames are taken apart and made by scapy: pip install scapy",
    "packet ethernet ether_types arp ipv4 ipv6 icmp tcp udp pkt": _FIELDS,
    "EthAddr IPAddr haddr_to_bin": f"addresses are ints; {_ADDRESS}",
    "dpid_lib dpid_to_str dpidToStr str_to_dpid strToDPID": _DPIDS,
    "topo_event get_switch get_link get_all_link LinkEvent": _LINKS,
    "WSGIApplication ControllerBase Response route webserver": _WEB,
    "ofproto ofproto_v1_0 ofproto_v1_3": _OFPROTO,
    "parser ofp_parser ofproto_parser": _PARSER,
}
"""What is not defined, or cannot be imported."""

WORDS: Hints = {
    r"^\w*Sender\w*\.send\(\) missing": _SENT,
    r"^Timer\.__init__\(\)": _LATER,
    r"^Match\.from_packet\(\) missing": (
        "Match.from_packet(event.packet, ctrl.switch(dpid).version, in_port=event.in_port)"
    ),
    r"^'Match' object does not support item": "match.replace(eth_dst=...) is another match",
    r"^'[\w.]*\bPacket' object is not subscriptable": _FIELDS,
    r"\bPacket'( object to bytes| has no len)": "the bytes of the frame are event.data",
    r" (hold|not) <Switch ": _WHERE,
    r"^takes bytes, not (PacketIn\(|<Packet )": "the bytes of the frame are event.data",
    r"^takes bytes, not <\w+  ": "bytes(frame) makes bytes of a frame of scapy's",
    r"^a bytes-like .* not '([\w.]*Packet|PacketIn)'": "the headers of a frame are event.packet already",
}
"""Other calls that are wrong and values that cannot be sent, by the words of the error."""

MODULES = ("ryu", "os_ken", "pox", "nox", "openflow", "controller")
"""Where things are looked for that are not there."""
