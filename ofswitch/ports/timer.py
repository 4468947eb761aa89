"""A timer as a descriptor (timerfd(2)), which Python has only since 3.13."""

from __future__ import annotations

import ctypes
import os

_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_NS_PER_S = 10**9


class _ItimerSpec(ctypes.Structure):
    """struct itimerspec: the interval, then the first expiry, each in seconds and nanoseconds."""

    _fields_ = [(name, ctypes.c_long) for name in ("every_s", "every_ns", "at_s", "at_ns")]


class Timer:
    """Readable from a moment on, on the clock of `time.monotonic_ns`."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        flags = os.O_NONBLOCK | os.O_CLOEXEC
        self._fd: int = self._libc.timerfd_create(_CLOCK_MONOTONIC, flags)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def fileno(self) -> int:
        """Return the descriptor, -1 once closed."""
        return self._fd

    def set(self, at_ns: int | None) -> None:
        """Be readable from this moment on, at once if it has passed, or never."""
        at = 0 if at_ns is None else max(at_ns, 1)
        spec = _ItimerSpec(0, 0, at // _NS_PER_S, at % _NS_PER_S)
        self._libc.timerfd_settime(self._fd, _TFD_TIMER_ABSTIME, ctypes.byref(spec), None)

    def close(self) -> None:
        """Close the descriptor."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
