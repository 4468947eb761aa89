"""A replica with sockets.

replica    its life, from joining to leaving          exchange   what is shared goes out, and comes in
company    who is missing, and who does not belong
"""

from __future__ import annotations

from apps.replicas.runtime.replica import Replica as Replica
from apps.replicas.runtime.replica import start as start
