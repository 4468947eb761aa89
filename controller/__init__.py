"""The controller: event dispatch, callbacks, timers, switch handles, script runner.

    from controller import Controller, Event, STOP

    def packet_in(ctrl, dpid, event): ...

    def init(ctrl):
        ctrl.register_cb(Event.PACKET_IN, packet_in)

`ofcontroller run script.py` runs that; `controller.listen("tcp:0.0.0.0:6653", init)` does from code.
"""

from controller.components import ComponentError as ComponentError
from controller.components import NoComponent as NoComponent
from controller.controller import Controller as Controller
from controller.dispatch import CONTINUE as CONTINUE
from controller.dispatch import STOP as STOP
from controller.dispatch import Callback as Callback
from controller.dispatch import Disposition as Disposition
from controller.dispatch import Registration as Registration
from controller.events import Event as Event
from controller.farewell import Shutdown as Shutdown
from controller.member import MemberEvent as MemberEvent
from controller.port import SwitchPort as SwitchPort
from controller.requests import Flood as Flood
from controller.requests import NotConnected as NotConnected
from controller.requests import RequestFailed as RequestFailed
from controller.settings import Settings as Settings
from controller.shared import Change as Change
from controller.shared import SharedMap as SharedMap
from controller.switch import DatapathJoin as DatapathJoin
from controller.switch import DatapathLeave as DatapathLeave
from controller.switch import Switch as Switch
from controller.timers import Timer as Timer
from controller.runtime import Runtime as Runtime
from controller.runtime import connect as connect
from controller.runtime import listen as listen
