"""SHUTDOWN: what apps may still do when the controller ends."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import openflow as of
from controller import STOP, Controller, Event, Runtime, Settings, Shutdown
from controller.shell import Shell
from tests.controller.fakes import FakeSwitch, ManualShell, attach, make_controller
from tests.controller.sockets import SocketSwitch
from tests.controller.test_cli import Process, shake_hands
from tests.controller.workers.test_runtime import Peer, joined
from tests.loops import on_a_loop, until

ENGINES = pytest.mark.parametrize(
    "engine", [pytest.param("native", marks=pytest.mark.native), "python"]
)


def wind_up(controller: Controller, shell: ManualShell, seconds: float = 0.0) -> bool:
    """Have the controller wind up for so long; whether it has by then."""
    done: list[bool] = []

    async def run() -> None:
        await controller.wind_up()
        done.append(True)

    shell.spawn(run())
    shell.pass_time(seconds)
    return bool(done)


def send_flow(ctrl: Controller, dpid: int, event: Shutdown) -> None:
    """Send a flow, at the last moment."""
    ctrl.send(7, of.FlowMod(priority=1))


def test_callbacks_hear_of_the_end_in_order_while_switches_are_connected() -> None:
    controller, shell = make_controller()
    cable = attach(controller, shell, FakeSwitch(7))
    heard: list[Any] = []
    last = lambda ctrl, dpid, event: heard.append((list(ctrl.switches), dpid, event))  # noqa: E731
    controller.register_cb(Event.SHUTDOWN, last)
    controller.register_cb(Event.SHUTDOWN, lambda *_: heard.append("first"), priority=1)
    assert wind_up(controller, shell)
    assert heard == ["first", ([7], 0, Shutdown("the controller is shutting down", 3.0))]
    assert cable.switch.lost is None


def test_it_is_heard_once() -> None:
    controller, shell = make_controller()
    heard: list[str] = []
    controller.register_cb(Event.SHUTDOWN, lambda *_: heard.append("shutdown"))
    assert wind_up(controller, shell)
    assert wind_up(controller, shell)
    controller.close()
    assert heard == ["shutdown"]


def test_who_closes_without_winding_up_is_heard_too() -> None:
    controller, shell = make_controller()
    cable = attach(controller, shell, FakeSwitch(7))
    controller.register_cb(Event.SHUTDOWN, send_flow)
    controller.close("enough")
    shell.run()
    assert len(cable.switch.of_type(of.FlowMod)) == 1
    assert cable.switch.lost is not None


def test_stop_keeps_it_from_those_behind() -> None:
    controller, shell = make_controller()
    controller.register_cb(Event.SHUTDOWN, lambda *_: STOP)
    controller.register_cb(Event.SHUTDOWN, lambda *_: pytest.fail("it was stopped"))
    assert wind_up(controller, shell)


def test_async_callbacks_may_ask_and_wait() -> None:
    controller, shell = make_controller()
    cable = attach(controller, shell, FakeSwitch(7))
    answered: list[Any] = []

    async def clear(ctrl: Controller, dpid: int, event: Shutdown) -> None:
        flush = of.FlowMod(command=of.FlowModCommand.DELETE)
        answered.append(await ctrl.switch(7).request(flush))

    controller.register_cb(Event.SHUTDOWN, clear)
    assert wind_up(controller, shell)
    assert len(cable.switch.of_type(of.FlowMod)) == 1
    assert isinstance(answered[0], of.BarrierReply)


def test_all_of_them_together_have_the_time_that_is_set(caplog: pytest.LogCaptureFixture) -> None:
    controller, shell = make_controller(Settings(shutdown_timeout_s=2.0))
    steps: list[str] = []

    def sleeping(seconds: float, name: str) -> Any:
        async def callback(ctrl: Controller, dpid: int, event: Shutdown) -> None:
            waiter = shell.waiter()
            ctrl.post_callback(seconds, waiter.set_result, None)
            await waiter
            steps.append(name)

        callback.__qualname__ = name
        return callback

    for seconds, name in ((1.5, "soon"), (3.0, "late"), (1.0, "sooner")):
        controller.register_cb(Event.SHUTDOWN, sleeping(seconds, name))
    assert not wind_up(controller, shell, 1.9)
    assert steps == ["sooner", "soon"]
    shell.pass_time(0.2)
    assert "late has not ended 2 s after SHUTDOWN, and is cancelled" in caplog.text
    assert "soon has not" not in caplog.text


def test_what_fails_is_logged_and_the_others_have_their_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    controller, shell = make_controller()
    heard: list[str] = []

    def breaks(*_: Any) -> None:
        raise LookupError("plain and broken")

    async def fails(ctrl: Controller, dpid: int, event: Shutdown) -> None:
        raise RuntimeError("async and broken")

    controller.register_cb(Event.SHUTDOWN, breaks)
    controller.register_cb(Event.SHUTDOWN, fails)
    controller.register_cb(Event.SHUTDOWN, lambda *_: heard.append("last"))
    assert wind_up(controller, shell)
    assert heard == ["last"]
    assert "plain and broken" in caplog.text
    assert "async and broken" in caplog.text
    assert controller.counters["callback_failed"] == 2


def test_what_is_posted_is_raised() -> None:
    controller, shell = make_controller()
    heard: list[str] = []

    def at_once(ctrl: Controller, dpid: int, event: Shutdown) -> None:
        ctrl.post_event("saved", "by a plain one")

    async def later(ctrl: Controller, dpid: int, event: Shutdown) -> None:
        ctrl.post_event("saved", "by an async one")

    controller.register_cb("saved", lambda ctrl, dpid, value: heard.append(value))
    controller.register_cb(Event.SHUTDOWN, at_once)
    controller.register_cb(Event.SHUTDOWN, later)
    assert wind_up(controller, shell)
    assert heard == ["by a plain one", "by an async one"]


def test_what_on_close_was_given_comes_behind_it_the_last_first() -> None:
    controller, shell = make_controller()
    steps: list[str] = []

    def noting(step: str) -> Any:
        async def note(*_: Any) -> None:
            steps.append(step)

        return note

    controller.on_close(noting("started first"))
    controller.on_close(noting("started last"))
    controller.register_cb(Event.SHUTDOWN, noting("shutdown"))
    assert wind_up(controller, shell)
    assert steps == ["shutdown", "started last", "started first"]


@ENGINES
@on_a_loop
async def test_what_is_sent_goes_out_over_sockets(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFSWITCH_ENGINE", engine)
    switch = FakeSwitch(7)

    async def slowly(ctrl: Controller, dpid: int, event: Shutdown) -> None:
        await ctrl.switch(7).request(of.FlowMod(priority=2))
        ctrl.send(7, of.FlowMod(priority=3))

    async with Runtime() as runtime:
        ctrl = runtime.controller
        ctrl.register_cb(Event.SHUTDOWN, send_flow)
        ctrl.register_cb(Event.SHUTDOWN, slowly)
        await SocketSwitch.connect(await runtime.listen("tcp:127.0.0.1:0"), switch)
        await until(lambda: ctrl.switches)
    await until(lambda: switch.lost)
    assert [mod.priority for mod in switch.of_type(of.FlowMod)] == [1, 2, 3]


@ENGINES
def test_what_is_sent_arrives_at_a_switch_that_goes_on_sending(
    tmp_path: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFSWITCH_ENGINE", engine)
    script = "import openflow as of\nfrom controller import Event\n"
    script += "def shutdown(ctrl, dpid, event):\n    for number in range(5000):\n"
    script += "        ctrl.send(7, of.FlowMod(priority=number))\n"
    script += "def init(ctrl):\n    ctrl.register_cb(Event.SHUTDOWN, shutdown)\n"
    process = Process(tmp_path, script)
    peer = Peer(process.port(), 7)
    peer.wait_for(of.SetConfig)
    frames = peer.switch.send(of.PacketIn(data=bytes(1000))) * 8
    process.process.send_signal(signal.SIGINT)
    while not peer.run():
        peer.sock.settimeout(20)
        with suppress(ConnectionError):
            peer.sock.sendall(frames)
    assert len(peer.switch.of_type(of.FlowMod)) == 5000
    assert process.end()[0] == 0


def test_a_switch_that_answers_no_more_is_named(caplog: pytest.LogCaptureFixture) -> None:
    controller, shell = make_controller()
    for dpid, silent in ((7, True), (8, False)):
        attach(controller, shell, switch := FakeSwitch(dpid))
        switch.silent = silent
    controller.register_cb(Event.SHUTDOWN, lambda *_: None)
    assert not wind_up(controller, shell, 2.9)
    shell.pass_time(0.2)
    text = "switch 0000000000000007 at local does not say whether it has done what was sent last"
    assert [record.getMessage() for record in caplog.records if "does not" in record.msg] == [text]


@on_a_loop
async def test_a_late_callback_is_cancelled() -> None:
    ended: list[str] = []

    async def never(ctrl: Controller, dpid: int, event: Shutdown) -> None:
        try:
            await ctrl_shell(ctrl).waiter()
        finally:
            ended.append("cancelled")

    async with Runtime(Settings(shutdown_timeout_s=0.01)) as runtime:
        runtime.controller.register_cb(Event.SHUTDOWN, never)
    await until(lambda: ended)


def ctrl_shell(ctrl: Controller) -> Shell:
    """What makes something to wait for, for ever."""
    return ctrl._shell


SCRIPT = """
import asyncio
import openflow as of
from controller import Event

async def shutdown(ctrl, dpid, event):
    for switch in ctrl.switches.values():
        await switch.request(of.FlowMod(priority=9))
        print(f"told {switch.dpid}", flush=True)

def init(ctrl):
    ctrl.register_cb(Event.SHUTDOWN, shutdown)
"""


@ENGINES
def test_apps_hear_of_ctrl_c(tmp_path: Path, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFSWITCH_ENGINE", engine)
    process = Process(tmp_path, SCRIPT)
    peer = Peer(process.port(), 7)
    peer.wait_for(of.SetConfig)
    process.process.send_signal(signal.SIGINT)
    peer.wait_for(of.FlowMod)
    code, output = process.end()
    assert (code, "told 7" in output) == (0, True), output


def test_every_worker_hears_of_it(tmp_path: Path) -> None:
    script = SCRIPT + "    ctrl.register_cb(Event.DATAPATH_JOIN, join)\n"
    script += "def join(ctrl, dpid, event):\n    print(f'joined {dpid} 1', flush=True)\n"
    process = Process(tmp_path, script, "--workers", "2")
    port = process.port()
    peers = [joined(process, port, dpid)[0] for dpid in (1, 2)]
    process.process.send_signal(signal.SIGINT)
    for peer in peers:
        peer.wait_for(of.FlowMod)
    code, output = process.end()
    assert code == 0, output
    assert "told 1" in output
    assert "told 2" in output


@pytest.mark.parametrize(
    "callback",
    [
        "async def last(*_):\n    print('waiting', flush=True)\n    await asyncio.sleep(3600)\n",
        "def last(*_):\n    print('waiting', flush=True)\n    while True: pass\n",
    ],
    ids=["async", "plain"],
)
def test_a_second_ctrl_c_does_not_wait(tmp_path: Path, callback: str) -> None:
    script = "import asyncio\nfrom controller import Event, Settings\n" + callback
    script += "def init(ctrl):\n    object.__setattr__(ctrl.settings, 'shutdown_timeout_s', 3600)\n"
    script += "    ctrl.register_cb(Event.SHUTDOWN, last)\n"
    process = Process(tmp_path, script)
    shake_hands(process.port(), FakeSwitch(7)).close()
    process.process.send_signal(signal.SIGINT)
    process.wait_for("waiting")
    code, output = process.end(signal.SIGINT)
    assert code == 130, output
    assert "Traceback" not in output


def test_sys_exit_and_a_script_that_cannot_be_started_are_ends_too(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "from controller import Event\n"
        "def init(ctrl):\n    ctrl.register_cb(Event.SHUTDOWN, lambda *_: print('heard'))\n"
    )
    requires = "requires = ('app.py',)\n"
    for end, status in (("ctrl.post_callback(0, exit, 3)", 3), ("oops", 1)):
        process = Process(tmp_path, f"{requires}def init(ctrl):\n    {end}\n")
        code, output = process.end()
        assert (code, output.count("heard")) == (status, 1), output
