"""The controller: event dispatch, callbacks, timers, switch handles, script runner.

    from controller import Controller, Event, STOP

    def packet_in(ctrl, dpid, event): ...

    def init(ctrl):
        ctrl.register_cb(Event.PACKET_IN, packet_in)

`ofcontroller run script.py` runs that; `controller.listen("tcp:0.0.0.0:6653", init)` does from code.
"""

from console.tls.credentials import Credentials as Credentials
from console.tls.credentials import CredentialsError as CredentialsError
from controller.callbacks.checks import Flood as Flood
from controller.callbacks.dispatch import CONTINUE as CONTINUE
from controller.callbacks.dispatch import STOP as STOP
from controller.callbacks.dispatch import Callback as Callback
from controller.callbacks.dispatch import Disposition as Disposition
from controller.callbacks.dispatch import Registration as Registration
from controller.callbacks.events import Event as Event
from controller.callbacks.event_type import EventType as EventType
from controller.callbacks.farewell import Shutdown as Shutdown
from controller.callbacks.member import MemberEvent as MemberEvent
from controller.callbacks.timers import Timer as Timer
from controller.callbacks.components import ComponentError as ComponentError
from controller.callbacks.components import NoComponent as NoComponent
from controller.controller import Controller as Controller
from controller.settings import Settings as Settings
from controller.shared.map import Change as Change
from controller.shared.map import SharedMap as SharedMap
from controller.switches.presence import DatapathJoin as DatapathJoin
from controller.switches.presence import DatapathLeave as DatapathLeave
from controller.switches.requests import NotConnected as NotConnected
from controller.switches.requests import RequestFailed as RequestFailed
from controller.switches.port import SwitchPort as SwitchPort
from controller.switches.switch import Switch as Switch
from controller.runtime import ListenError as ListenError
from controller.runtime import Runtime as Runtime
from controller.runtime import connect as connect
from controller.runtime import listen as listen
