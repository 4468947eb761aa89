"""TLS between the transport of a socket and the protocol inside.

    socket <- asyncio's transport <-> TlsLayer <-> protocol: a session's link

asyncio has such a layer of its own. It keeps to itself what a failed handshake should tell the peer, and does not say
who failed; and what one connection costs it in memory is much for a controller with thousands. Here nothing is
buffered but an unfinished record: what is written is encrypted at once and handed to the socket's transport, whose
limits and whose room are the layer's, too.

The protocol inside is made when both ends have agreed, so it never hears of a handshake that failed.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from typing import Any, cast

from console.tls.contexts import named
from console.tls.inside import Inside, Make
from console.tls.reasons import TlsError, why

RECORD_MOST = 1 << 14
"""Bytes in a record of TLS at most (RFC 8446, 5.1)."""
LINGER_S = 1.0
"""How long the last words of a connection that has failed may take."""


class TlsLayer(asyncio.Protocol, asyncio.Transport):
    """One connection. `agreed` is done with the protocol inside, or with TlsError."""

    def __init__(
        self, context: ssl.SSLContext, make: Make, *, server_side: bool, timeout_s: float
    ) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=server_side)
        self._make = make
        self._timeout_s = timeout_s
        self._timer: asyncio.TimerHandle | None = None
        self._socket: asyncio.Transport
        self._begun = self._aborted = False
        self._inside: Inside | None = None
        self._failed: TlsError | None = None
        self._agreement = ""
        self._paused = False
        self.agreed: asyncio.Future[Inside] = self._loop.create_future()

    async def established(self) -> Inside:
        """The protocol inside, once both ends have agreed. Raises TlsError."""
        try:
            return await self.agreed
        except asyncio.CancelledError:
            self.abort()
            raise

    # --- called by the socket's transport --------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake."""
        self._socket = cast(asyncio.Transport, transport)
        self._begun = True
        if self._aborted:
            self._socket.abort()
            return
        self._timer = self._loop.call_later(self._timeout_s, self._too_late)
        self._shake_hands()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._incoming.write(data)
        if self._failed is not None:
            return
        if self._inside is None:
            self._shake_hands()
        else:
            self._read()

    def eof_received(self) -> None:
        """The peer sends no more; the socket's transport closes itself."""
        if self._inside is not None:
            self._inside.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        if self._inside is not None:
            self._inside.connection_lost(self._failed or exc)
        else:
            how = "broke" if exc else "was closed by the peer"
            self._settle(self._failed or TlsError(f"the connection {how} during the handshake"))

    def pause_writing(self) -> None:
        """The peer reads too slowly."""
        if self._inside is not None:
            self._inside.pause_writing()

    def resume_writing(self) -> None:
        """The peer has read."""
        if self._inside is not None:
            self._inside.resume_writing()

    # --- called by the protocol inside -----------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send."""
        if self._socket.is_closing():
            return
        left = memoryview(data)
        while left:  # a record at a time
            left = left[self._tls.write(left) :]
        self._flush()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Have `pause_writing` and `resume_writing` called at these."""
        self._socket.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        """Bytes that wait for room."""
        return self._socket.get_write_buffer_size()

    def pause_reading(self) -> None:
        """Hand on nothing more."""
        self._paused = True
        self._socket.pause_reading()

    def resume_reading(self) -> None:
        """Hand on what comes, first what has come already."""
        if self._paused:
            self._paused = False
            self._socket.resume_reading()
            self._loop.call_soon(self._read)

    def is_closing(self) -> bool:
        """Whether it is being closed."""
        return self._socket.is_closing()

    def close(self) -> None:
        """Tell the peer, and close when all is sent."""
        if not self._socket.is_closing():
            with suppress(ssl.SSLError):  # the peer's answer is not waited for
                self._tls.unwrap()
            self._flush()
            self._socket.close()

    def abort(self) -> None:
        """Close at once, even before there is a connection."""
        self._aborted = True
        if self._begun:
            self._socket.abort()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What the socket's transport knows, and `tls`: in words, what was agreed on and with whom."""
        if name == "tls":
            return self._agreement or default
        return self._socket.get_extra_info(name, default)

    # --- inside ----------------------------------------------------------------------------------------------

    def chain(self) -> list[str]:
        """The certificates that the peer has shown, in PEM, its own first. Nobody has checked them."""
        if hasattr(self._tls, "get_unverified_chain"):  # since Python 3.13
            return [ssl.DER_cert_to_PEM_cert(der) for der in self._tls.get_unverified_chain()]
        found = self._tls._sslobj.get_unverified_chain()  # type: ignore[attr-defined]
        return [certificate.public_bytes() for certificate in found or ()]

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._fail(TlsError(why(error)))
        else:
            self._flush()
            self._begin()

    def _begin(self) -> None:
        """Both ends have agreed."""
        peer = named(self._tls.getpeercert() or {})
        self._agreement = f"{self._tls.version()}, certificate of {peer}"
        self._inside = self._make()
        self._inside.connection_made(self)
        self._settle(None)
        self._read()

    def _read(self) -> None:
        """Hand on what is there."""
        assert self._inside is not None
        try:
            while not (self._paused or self._socket.is_closing()):
                data = self._tls.read(RECORD_MOST)
                if not data:  # close_notify
                    self._inside.eof_received()
                    self.close()
                    return
                self._inside.data_received(data)
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._fail(TlsError(why(error)))

    def _flush(self) -> None:
        if data := self._outgoing.read():
            self._socket.write(data)

    def _fail(self, error: TlsError) -> None:
        """Tell the peer why, and close."""
        self._failed = error
        self._stop_timer()
        self._flush()
        self._socket.close()
        self._loop.call_later(LINGER_S, self._socket.abort)

    def _too_late(self) -> None:
        self._failed = TlsError(f"the peer did not finish the handshake in {self._timeout_s:g} s")
        self._socket.abort()

    def _settle(self, error: TlsError | None) -> None:
        self._stop_timer()
        if self.agreed.done():
            return
        if error is not None:
            self.agreed.set_exception(error)
            self.agreed.exception()  # no fault if nobody waits for it any more
        elif self._inside is not None:
            self.agreed.set_result(self._inside)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
