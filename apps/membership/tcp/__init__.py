"""TCP, as much as short exchanges need, without sockets and without a clock (RFC 9293).

A `Connection` is given segments, bytes to send and the time, and gives segments to send and the bytes that have come,
in order. It has both sides of the handshake; acknowledgements; sending again, by a timer with backoff (RFC 6298) and
after three duplicate acknowledgements; slow start and congestion avoidance (RFC 5681); the peer's window, also when it
is shut; FIN, in either order; RST, and challenges where it does not fit exactly (RFC 5961). Of options it has that of
the size of segments. What comes ahead of its turn is kept within the window.

    connection    its states, and what a segment of the peer does to them
    sender        what goes: what is sent when, and sent again     congestion, retransmission    how much, and how often
    incoming      what comes, put in order                         segments                      bytes and values

Inside, places in the stream are counted from 0, which is the SYN; the data begin at 1, and the FIN is behind them. So
they can be compared, and become sequence numbers only on the wire.

Everything is bounded: what may be queued to send, what may wait for its turn, and how often something is sent again.
Whoever drives it calls `advance` at `deadline`, and `abort` when an exchange has taken too long.
"""

from __future__ import annotations

from apps.membership.tcp.connection import Connection as Connection
from apps.membership.tcp.connection import State as State
