"""How a switch introduces itself (OpenFlow 1.3.5, 6.3.1 and 7.3.1).

    HELLO --versions agreed--> FEATURES --identity--> PORTS --ports, configured--> ARRIVED --admitted--> JOINED

In a cluster it arrives, and stands by (STANDBY) before it is admitted, and whenever another controller is its master.

From 1.3 on the ports are asked for; before, they come with the features. Before the switch arrives it is told to send
up whole frames, so that apps need not know its buffers. All else is alike on every version.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum
from typing import Any

from controller.settings import Settings
from controller.switches.asks import Done
from controller.switches.line import Line
from controller.switches.requests import NotConnected
from openflow import (
    V1_3,
    ErrorCode,
    FeaturesReply,
    FeaturesRequest,
    Message,
    Port,
    PortDescStatsRequest,
    PortReason,
    PortStatus,
    SetConfig,
    Version,
)

log = logging.getLogger(__name__)


class Stage(Enum):
    """How far a switch has come."""

    HELLO = "waiting for its hello"
    FEATURES = "waiting for its features"
    PORTS = "waiting for its ports"
    ARRIVED = "waiting to be admitted"
    STANDBY = "standing by"
    JOINED = "joined"


class Handshake:
    """What is known of the switch, and what is asked next."""

    def __init__(self, line: Line, settings: Settings, arrived: Callable[[], None]) -> None:
        self.stage = Stage.HELLO
        self.version: Version | None = None
        self.features = FeaturesReply()
        self.ports: dict[int, Port] = {}
        self._line = line
        self._settings = settings
        self._arrived = arrived

    def negotiated(self, version: Version) -> None:
        """The version is agreed on: ask who it is."""
        self.version = version
        self.stage = Stage.FEATURES
        self._ask(FeaturesRequest(), self._take_features)

    def timed_out(self) -> None:
        """The whole took too long."""
        self._line.lose(f"the handshake takes too long: {self.stage.value}")

    def keep_port(self, status: PortStatus) -> bool:
        """A port came, went or changed. False when there are too many to keep another."""
        port = status.desc
        if status.reason == PortReason.DELETE:
            self.ports.pop(port.port_no, None)
        elif port.port_no in self.ports or len(self.ports) < self._settings.max_ports:
            self.ports[port.port_no] = port
        else:
            return False
        return True

    def _take_features(self, result: Any) -> None:
        if isinstance(result, Exception):
            self._line.lose(f"it does not say its features: {result}")
        elif result.auxiliary_id:
            text = "auxiliary connections are not served"
            self._line.refuse(ErrorCode.HELLO_FAILED__EPERM, text)
        else:
            self.features = result
            self.stage = Stage.PORTS
            self._ask_ports()

    def _ask_ports(self) -> None:
        if self.version is not None and self.version >= V1_3:
            self._ask(PortDescStatsRequest(), self._take_ports)
        else:
            self._set_up(self.features.ports)

    def _take_ports(self, result: Any) -> None:
        if isinstance(result, NotConnected):
            return
        if isinstance(result, Exception):
            log.warning("%s does not say its ports: %s", self._line, result)
            self._set_up([])
        else:
            self._set_up(result.body)

    def _set_up(self, ports: list[Port]) -> None:
        self.ports = {port.port_no: port for port in ports[: self._settings.max_ports]}
        self.stage = Stage.ARRIVED
        self._line.send(SetConfig(miss_send_len=self._settings.miss_send_len))
        self._arrived()

    def _ask(self, request: Message, done: Done) -> None:
        self._line.ask(request, self._settings.handshake_timeout_s, done, quiet=True)
