"""Membership: who is in the network and where, and who has failed: SWIM members, and hosts without an agent.

The controller is a member of the SWIM cluster of the hosts' agents, though it has no interface in their network: it has
a virtual address there, and talks to them by packet-outs and packet-ins. Hosts without an agent are asked for by ARP.

    OFSWITCH_MEMBERSHIP="address=10.0.0.254" ofcontroller run membership learning_switch

A component for other apps: `ctrl.component("membership").members` is who is there, and what happens to them raises
MEMBER_JOIN, MEMBER_SUSPECT, MEMBER_FAILED and so on. `apps.membership.options` says what can be set.

    app        puts them together         members           what other apps see
    agents     members with an agent      passive           hosts without one
    network    frames, flows, places      exchanges, tcp    streams of SWIM, over segments
    options    what can be set, and how
"""

from __future__ import annotations

import logging
import os

from apps.membership.app import Membership as Membership
from apps.membership.members import Seen as Seen
from apps.membership.options import VARIABLE, parse_options
from apps.membership.options import OptionError as OptionError
from apps.membership.options import Options as Options
from controller import Controller
from controller.script import ScriptError

log = logging.getLogger(__name__)


def init(ctrl: Controller) -> Membership:
    """Start the app, with the options in the environment."""
    try:
        options = parse_options(os.environ.get(VARIABLE, ""))
    except OptionError as error:
        raise ScriptError(f"{VARIABLE}: {error}") from None
    membership = Membership(ctrl, options)
    if options.address:
        log.info("%s is to be joined by the hosts' agents", membership)
    else:
        log.info('only hosts without an agent; %s="address=IP" has agents, too', VARIABLE)
    return membership
