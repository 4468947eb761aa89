"""`ofswitch trace`: what would become of a packet in a running switch."""

from __future__ import annotations

from collections.abc import Sequence

import click

from console.asking import Running
from console.lines import on_a_terminal
from console.options import as_json
from ofswitch.cli.asking import asks, tell

_HELP = """
\b
FIELDS are those of flow entries, and ovs-ofctl's words for them:
  ofswitch trace s1 in_port=1,eth_dst=00:00:00:00:00:02,tcp,nw_dst=10.0.0.2,tp_dst=80
  ofswitch trace s1 in_port=s1-h1 arp arp_tpa=10.0.0.2
  ofswitch trace s1 in_port=1,icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=1
What is not said is zero, or what it usually is; protocols follow from fields (tcp_dst is TCP over IPv4).

\b
Or give a packet as it is:
  ofswitch trace s1 in_port=1 --packet 'ffffffffffff 000000000001 0806 ...'
  ofswitch trace s1 in_port=1 --pcap capture.pcap:7
"""


@click.command(epilog=_HELP)
@asks
@click.argument("fields", nargs=-1)
@click.option("--packet", metavar="HEX", help="The packet's octets, from its Ethernet header on.")
@click.option("--pcap", metavar="FILE[:N]", help="The N-th packet of a capture (default: first).")
@as_json
def trace(
    switch: Running,
    fields: Sequence[str],
    packet: str | None,
    pcap: str | None,
    as_json: bool,
) -> None:
    """Tell step by step what would become of a packet, and why.

    Nothing is sent, learned, counted or shown to a controller.
    """
    told = switch.ask("trace", **_request(",".join(fields), packet, pcap))
    if on_a_terminal() and not as_json:
        from ofswitch.trace.terminal import show

        show(told)
    else:
        from ofswitch.trace.story import plain

        tell(told, plain, as_json=as_json)


def _request(fields: str, packet: str | None, pcap: str | None) -> dict[str, str]:
    """What to ask the switch; what could never be asked is a UsageError."""
    from ofswitch.trace.request import from_capture, from_hex, request

    if packet is not None and pcap is not None:
        raise click.UsageError("name one packet: by --packet or by --pcap")
    try:
        if pcap is not None:
            return request(fields, from_capture(pcap))
        return request(fields, None if packet is None else from_hex(packet))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
