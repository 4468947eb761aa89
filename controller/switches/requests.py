"""What a request can end in, other than its reply."""

from __future__ import annotations

from openflow import ErrorCode, ErrorMsg, Message
from openflow.codec import message_name
from openflow.given_back import reason


class NotConnected(ConnectionError):
    """The switch is not, or no longer, connected. Nothing was sent, or no reply can come any more."""


class RequestFailed(Exception):
    """The switch answered a request with an error.

    `error` is the catalogue's ErrorCode, or (type, code) for numbers that it does not know; `request` what was
    asked and `reply` the switch's ErrorMsg.
    """

    def __init__(self, request: Message, reply: ErrorMsg) -> None:
        name = type(request).__name__
        super().__init__(f"{name} was refused: {error_text(reply)}{why(request, reply)}")
        self.request = request
        self.reply = reply
        self.error: ErrorCode | tuple[int, int] = reply.error


def why(message: Message | None, reply: ErrorMsg) -> str:
    """What is to be said behind an error's name, if we see what is wrong."""
    text = reason(message, reply)
    return f": {text}" if text else ""


def error_name(reply: ErrorMsg) -> str:
    """An error's name, or its numbers when it has none."""
    error = reply.error
    return error.name if isinstance(error, ErrorCode) else f"error type {error[0]}, code {error[1]}"


def error_text(reply: ErrorMsg) -> str:
    """An error message in words: its name, and the text that some errors bring."""
    error, name = reply.error, error_name(reply)
    if error is ErrorCode.HELLO_FAILED__INCOMPATIBLE or error is ErrorCode.HELLO_FAILED__EPERM:
        return f"{name} ({reply.data.decode('utf-8', 'replace')})" if reply.data else name
    return name


def culprit(reply: ErrorMsg) -> str:
    """Which message an error is about, as far as the bytes that it gives back say."""
    return message_name(reply.data)
