"""How a request is refused: with the error that the specification gives it."""

from __future__ import annotations

from typing import NoReturn

from openflow.errors import ErrorCode, OpenFlowError


class RefusedTogether(OpenFlowError):
    """One of several changes was refused, so none was made; `place` says which, from 0 on."""

    def __init__(self, place: int, error: OpenFlowError) -> None:
        super().__init__(error.code, error.text)
        self.place = place


def refuse(code: ErrorCode, text: str) -> NoReturn:
    """Raise the OpenFlowError to answer with; `text` says what is wrong with the request."""
    raise OpenFlowError(code, text)
