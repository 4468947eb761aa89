"""How a request is refused: with the error that the specification gives it, in one line."""

from __future__ import annotations

from typing import NoReturn

from openflow.errors import ErrorCode, OpenFlowError


def refuse(code: ErrorCode, text: str) -> NoReturn:
    """Raise the OpenFlowError to answer with; `text` says what is wrong with the request."""
    raise OpenFlowError(code, text)
