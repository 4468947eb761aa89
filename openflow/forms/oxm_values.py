"""A list of OXM entries that is no match: a field may be in it with several values (OpenFlow 1.5.1, 7.3.5.18.2)."""

from __future__ import annotations

from typing import Any

from openflow.errors import EncodeError, Unsupported
from openflow.faults import Fault
from openflow.forms.oxm import oxm_of
from openflow.forms.special import add_form
from openflow.layouts.parts import CodecOf, Reader, Values, Writer
from openflow.match import Value
from openflow.versions import Version


def _oxms(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """Entries up to the end, as pairs of a name and a value."""
    (name,) = names
    oxm = oxm_of(version)

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        entries: list[tuple[str, Value]] = []
        while position < end:
            try:
                field, value, position = oxm.read_entry(data, position, end)
            except Fault as fault:
                raise fault.within(f"{name}[{len(entries)}]") from None
            entries.append((field, value))
        values.append(entries)
        return position

    def write(value: Any, out: bytearray, start: int) -> None:
        owner = type(value).__name__
        entries = getattr(value, name)
        if not isinstance(entries, list | tuple) or not all(map(_is_pair, entries)):
            raise EncodeError(owner, name, f"takes a list of pairs, not {entries!r}")
        for index, (field, held) in enumerate(entries):
            try:
                oxm.write_entry(field, held, out)
            except Unsupported as error:
                raise Unsupported(owner, f"{name}[{index}]", version, error.text) from None
            except EncodeError as error:
                raise EncodeError(owner, f"{name}[{index}]", f"{field} {error.text}") from None

    return read, write


def _is_pair(entry: object) -> bool:
    return isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], str)


add_form("oxms", _oxms)
