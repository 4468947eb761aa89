"""Every request names its reply, for type checkers and for `switch.request`."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from openflow import BarrierRequest, Message, MultipartRequest, Request
from openflow.messages import MESSAGES
from openflow.requests import Answer, Requests

ASKED = [cls for cls in MESSAGES.values() if issubclass(cls, Request)]
UNASKED = [cls for cls in MESSAGES.values() if not issubclass(cls, Request)]


def reply_named_by(request: Any) -> type[Message]:
    """What stands in `class BarrierRequest(Request["BarrierReply"])`."""
    (base,) = request.__orig_bases__
    (name,) = get_args(base)
    return MESSAGES[name.__forward_arg__]


def answers(request: Message, reply: Message) -> bool:
    """Whether the connection takes one message for the answer to the other."""
    requests = Requests()
    requests.expect(9, request)
    return isinstance(requests.answered(reply, 8), Answer)


@pytest.mark.parametrize("request_class", ASKED, ids=lambda cls: cls.__name__)
def test_a_request_is_answered_by_the_reply_that_it_names(request_class: type[Message]) -> None:
    assert answers(request_class(), reply_named_by(request_class)(xid=9))


@pytest.mark.parametrize("message", UNASKED, ids=lambda cls: cls.__name__)
def test_what_names_no_reply_has_none(message: type[Message]) -> None:
    assert not message.__name__.endswith("Request")
    assert not answers(message(), message(xid=9)) or message.__name__ == "ErrorMsg"


def test_naming_a_reply_costs_an_object_nothing() -> None:
    assert not any(hasattr(cls(), "__dict__") for cls in (BarrierRequest, *ASKED))
    assert Request not in MESSAGES.values()
    assert MultipartRequest not in MESSAGES.values()
