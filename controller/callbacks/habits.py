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
_ADDRESS = "addresses are ints; openflow.addresses has format_mac, format_ipv4, MULTICAST_BIT"
_CALLED = "ctrl.register_cb(Event.PACKET_IN, fn) has fn(ctrl, dpid, event) called"
_DPID = "the datapath id is the callback's second argument"
_FRAME = "headers' fields have OXM names, as packet.ipv4_src; the rest is in event.scapy()"
_ITSELF = "the event is the message itself: event.data is msg.data"
_ONE_SET = "one set of classes serves all versions: import openflow as of"
_SENT = "ctrl.send(dpid, message) sends"
_SWITCH = f"{_SENT}, ctrl.switch(dpid) is the switch"
_WHERE = f"a message does not say which switch it is for: {_SENT}"

_PRESENCE = {
    **dict.fromkeys(("datapath", "connection"), "the switch is event.switch"),
    **dict.fromkeys(
        ("msg", "ofp"), "the switch is event.switch, what it has said event.switch.features"
    ),
    **dict.fromkeys(("dpid", "datapath_id"), _DPID),
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
    },
    "FlowMod": {
        "actions": _ACTIONS,
        "data": "a PacketOut has the frame; or buffer_id names it, when the switch keeps it",
    },
    "FlowStats": {"actions": "they are in its instructions, on every version"},
    "Packet": {
        "src": "it is packet.eth_src",
        "dst": "it is packet.eth_dst",
        **dict.fromkeys(("type", "ethertype", "effective_ethertype"), "it is packet.eth_type"),
        "*": _FRAME,
    },
    "Controller": {
        **dict.fromkeys(("send_msg", "sendToDPID", "send_openflow"), _SENT),
        **dict.fromkeys(("addListener", "addListenerByName", "addListeners", "listenTo"), _CALLED),
        **dict.fromkeys(("connections", "datapaths", "dpset"), "ctrl.switches has them by dpid"),
        **dict.fromkeys(("getConnection", "get_datapath"), "ctrl.switch(dpid) is the switch"),
        "logger": "logging.getLogger(__name__) is a script's own",
    },
    "Switch": {
        "send_msg": "switch.send(message) sends",
        "id": "it is switch.dpid",
        **dict.fromkeys(("ofproto", "ofproto_parser"), _ONE_SET),
    },
    "DatapathJoin": _PRESENCE,
    "DatapathLeave": _PRESENCE,
    "coroutine": {
        "*": "it is awaited, in an async callback: reply = await switch.request(message)"
    },
    "int": dict.fromkeys(
        ("is_multicast", "isMulticast", "is_broadcast", "toStr", "to_str", "toRaw", "raw"), _ADDRESS
    ),
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

TYPE_ERRORS: Mapping[str, str] = {
    r"^\w*Sender\w*\.send\(\) missing": _SENT,
    r"^Match\.from_packet\(\) missing": (
        "Match.from_packet(event.packet, ctrl.switch(dpid).version, in_port=event.in_port)"
    ),
    r"^'Match' object does not support item": "match.replace(eth_dst=...) is another match",
    r"^'[\w.]*\bPacket' object is not subscriptable": _FRAME,
}
"""Other things that cannot be done, by the words of Python."""

MODULES = ("ryu", "os_ken", "pox", "nox", "openflow", "controller")
"""Where things are looked for that are not there."""
