"""What has to be there before a member can be: its sockets, the addresses of those it joins, and its own."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from apps.swim.address import Address
from apps.swim.transport import addresses
from apps.swim.transport.addresses import StartFailed
from apps.swim.transport.datagrams import Datagrams, bind
from console.failure import reason_of

log = logging.getLogger("apps.swim")

_OUT_OF_REACH = {
    socket.AF_INET: "we listen at an IPv4 address, and reach no IPv6 from there; :: reaches both",
    socket.AF_INET6: "we listen at an IPv6 address, and reach no IPv4 from there; :: reaches both",
}


@dataclass(frozen=True, slots=True)
class Places:
    """As the user writes them. Raises ValueError for what is none."""

    bind: str
    advertise: str | None
    join: tuple[str, ...]

    def __post_init__(self) -> None:
        addresses.split_address(self.bind, least=0)
        for text in (*self.join, *([self.advertise] if self.advertise is not None else [])):
            addresses.split_address(text)


@dataclass(slots=True)
class Opened:
    """`listener` is the socket for streams; `own` is the address that others are told."""

    datagrams: Datagrams
    listener: socket.socket
    own: Address
    seeds: list[Address]

    def close(self) -> None:
        """Let the port go."""
        self.datagrams.close()
        self.listener.close()


async def open_sockets(places: Places) -> Opened:
    """Bind, and find everybody. Raises StartFailed; then nothing is left."""
    try:
        at = await addresses.resolve(places.bind, least=0)
        scope = addresses.scope_of(places.bind)
    except (ValueError, OSError) as error:
        raise StartFailed(f"cannot listen at {places.bind}: {_words(error)}") from None
    if addresses.is_of_many(at.ip):
        raise StartFailed(f"cannot listen at {at}: it is the address of no single host")
    opened = Opened(*bind(at, scope), at, [])
    try:
        opened.seeds = await resolved(places.join, opened.datagrams)
        if places.join and not opened.seeds:
            raise StartFailed(f"cannot reach any of {', '.join(places.join)}: nobody to join")
        opened.own = own = await _advertised(places, opened)
    except BaseException:
        opened.close()
        raise
    elsewhere = [at for at in opened.seeds if not addresses.is_loopback(at.ip)]
    if elsewhere and addresses.is_loopback(own.ip):
        log.warning("only this host reaches us at %s: bind or advertise another address", own)
    return opened


async def resolved(texts: Iterable[str], datagrams: Datagrams) -> list[Address]:
    """The addresses of those within reach; of the others, a word in the log. Raises ValueError for no address."""
    found = []
    for text in texts:
        try:
            at = await addresses.resolve(text, family=datagrams.reaches)
        except OSError as error:
            log.warning("cannot find %s to join it: %s", text, reason_of(error))
            continue
        if datagrams.can_reach(at):
            found.append(at)
        else:
            log.warning("cannot join %s: %s", at, _OUT_OF_REACH[datagrams.family])
    return found


async def _advertised(places: Places, opened: Opened) -> Address:
    """The address to tell others."""
    bound, port = opened.own, opened.datagrams.port
    if places.advertise is not None:
        try:
            at = await addresses.resolve(places.advertise, port)
        except (ValueError, OSError) as error:
            raise StartFailed(f"cannot advertise {places.advertise}: {_words(error)}") from None
        if addresses.is_unspecified(at.ip) or addresses.is_of_many(at.ip):
            raise StartFailed(f"cannot advertise {at}: others could not reach it")
        return at
    if not addresses.is_unspecified(bound.ip):
        return Address(bound.ip, port)
    return Address(addresses.own_address(opened.datagrams.family, opened.seeds), port)


def _words(error: Exception) -> str:
    return reason_of(error) if isinstance(error, OSError) else str(error)
