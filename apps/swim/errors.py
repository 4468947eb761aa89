"""What can be wrong with what a peer sends. None of it changes the state; all of it is counted by `reason`."""

from __future__ import annotations


class SwimError(ValueError):
    """Bytes that are refused; `reason` is the name under which they are counted."""

    reason = "malformed"


class MalformedMessage(SwimError):
    """A message that is none of the protocol's, or has a field of the wrong type."""


class BadPacket(SwimError):
    """What is around the messages is wrong: a length, a count, a checksum."""

    reason = "bad_packet"


class WrongLabel(SwimError):
    """It is labelled for another cluster, or not labelled."""

    reason = "wrong_label"


class Unanswered(SwimError):
    """The other side of a stream refuses, or answers something else than was asked."""

    reason = "unanswered"


class Crowded(SwimError):
    """All streams together hold too much, and this one more than an equal share."""

    reason = "streams_crowded"


class Incompatible(SwimError):
    """Members whose versions of the protocol we do not speak, or they not ours."""

    reason = "incompatible"


class NotDecryptable(SwimError):
    """No key of ours opens it, or it should be encrypted and is not."""

    reason = "not_decryptable"
