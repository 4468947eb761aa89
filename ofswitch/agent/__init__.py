"""The OpenFlow side of the switch, without I/O or clock.

`Agent` stands between the datapath and the controllers, each of which has a `Session` with a version, a role and
wishes of its own. A message is handled to its end before the next is looked at, so a barrier needs no more than its
reply. A bad message is answered with its error and costs nobody a connection. `ofswitch.runtime` has the sockets.

    bytes --> Session (openflow.connection) --> HANDLERS --> datapath --> effects
    effects --> Transmit, PortChanged --> the shell
            --> Upcall, Removed, PortChanged --> messages to every session that wants them
"""

from ofswitch.agent.deliveries import DROPS as DROPS
from ofswitch.agent.agent import Agent as Agent
from ofswitch.agent.deliveries import ForShell as ForShell
from ofswitch.agent.context import Identity as Identity
from ofswitch.agent.refusals import REFUSALS as REFUSALS
from ofswitch.agent.session import Session as Session
