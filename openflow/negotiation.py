"""Which version two ends speak: what a hello says, and what follows from both (OpenFlow 1.3.5, 6.3.1 and 7.5.1)."""

from __future__ import annotations

from openflow.codec import decode, message_name
from openflow.errors import DecodeError, ErrorCode
from openflow.faults import Fault
from openflow.framing import HEADER_SIZE
from openflow.layouts.engine import codec_of
from openflow.messages import ErrorMsg, Hello, VersionBitmap
from openflow.messages.symmetric import HelloElement
from openflow.versions import V1_3, Version


def hello(versions: frozenset[Version]) -> Hello:
    """The hello that says these versions; with a bitmap where there is more than 1.0 to say."""
    return Hello([VersionBitmap.of(versions)] if max(versions) > Version.V1_0 else [])


def agree(versions: frozenset[Version], number: int, theirs: Hello) -> Version | None:
    """The version to speak with a peer whose hello has the header version `number`; None if there is none.

    With bitmaps from both the highest that both have, otherwise the lower of the two highest (OpenFlow 1.3.5, 6.3.1).
    A peer whose bitmap has none of ours is refused, though its header may promise one.
    """
    theirs_too = next((e.versions() for e in theirs.elements if isinstance(e, VersionBitmap)), None)
    if theirs_too and max(versions) > Version.V1_0:
        common = versions & theirs_too
        return Version(max(common)) if common else None
    lower = min(max(versions), number)
    return Version(lower) if lower in versions else None


def read_hello(data: bytes) -> Hello:
    """A hello with the elements that can be read, up to the first that cannot: they are to be ignored (7.5.1).

    What stands behind 1.0's header is for later versions to say (1.0.2, 5.5.1), and so it is read alike.
    """
    elements: list[HelloElement] = []
    padded = data + bytes(-len(data) % 8)  # some leave out the padding of the last element
    position = HEADER_SIZE
    try:
        while position < len(data):
            element, position = codec_of("HelloElement", V1_3).read(padded, position, len(padded))
            elements.append(element)
    except Fault:
        pass
    return Hello(elements)


def refusal(data: bytes) -> str:
    """What an error says that came in place of a hello."""
    try:
        message = decode(data)
    except DecodeError as error:
        return error.text
    if not isinstance(message, ErrorMsg):
        return message_name(data)
    name = message.error.name if isinstance(message.error, ErrorCode) else str(message.error)
    return f"{name} {message.data.decode('ascii', 'replace')}".strip()
