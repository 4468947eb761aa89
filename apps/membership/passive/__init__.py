"""Hosts without an agent: members that cannot speak for themselves, so their switch's controller does it for them.

Each is asked for by ARP, neighbour solicitation or echo request at its own port, every so often; what it sends
meanwhile saves a question. One that does not answer is asked for more widely, then suspected, and given up when the
suspicion has lasted as long as SWIM lets it. Any frame of it refutes: then its incarnation grows, as a member's does.

They are told to nobody by SWIM: to memberlist they would be members, and others would ping them. What is known of them
stands in a map that controllers share, so that the next master of a switch goes on where the last one was.

    passive    what is heard of them    prober      when they are asked for, and given up
    hosts      those that are known     handover    whose they are when a switch changes its controller
    host       one of them              records     what controllers share of them
"""

from __future__ import annotations

from apps.membership.passive.host import Ask as Ask
from apps.membership.passive.host import Host as Host
from apps.membership.passive.passive import Passive as Passive
