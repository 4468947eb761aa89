"""Properties that fill fields of the structure around them, and buckets that number themselves: forms of layouts.

From 1.4 on much that older versions hold in fields of their own is a list of optional properties: a port's Ethernet
features, a bucket's weight. The neutral model keeps the fields; FOLDS says which element of a list holds which of
them. Such a form names the fields, and last the list of all that is left: `advertise+properties:portmodprops`.

An element is there when its fields are not what FOLDS calls absent. Nothing is lost by that: an element that holds
exactly the absent values stays in the list, and where elements do not come first, in the order of FOLDS, and once, one
with the absent values stays in the list to mark the place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from openflow.constants import GroupId, PortNo
from openflow.errors import EncodeError
from openflow.forms.special import Form, add_form
from openflow.layouts.language import compile_layout
from openflow.layouts.parts import Codec, CodecOf, Reader, Values, Writer, read_all, write_all
from openflow.layouts.runs import getter
from openflow.structs import FAMILIES
from openflow.versions import Version


@dataclass(frozen=True, slots=True)
class Held:
    """The element of type `code` holds as many fields as there are values in `absent`, which say that there is none."""

    code: int
    absent: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """A list of the elements of a family, and those of them that fill fields beside it, in their usual order."""

    family: str
    helds: tuple[Held, ...]


FOLDS: dict[str, Fold] = {
    # A port's Ethernet features (OpenFlow 1.4.0, 7.2.1.2), advertised ones (7.3.4.3), counters (7.3.5.6).
    "portprops": Fold("PortProperty", (Held(0, (0,) * 6),)),
    "portmodprops": Fold("PortModProperty", (Held(0, (0,)),)),
    "portstatsprops": Fold("PortStatsProperty", (Held(0, (0,) * 4),)),
    # A bucket's weight and what it watches (1.5.1, 7.3.4.3.1).
    "bucketprops": Fold(
        "BucketProperty", (Held(0, (0,)), Held(1, (PortNo.ANY,)), Held(2, (GroupId.ANY,)))
    ),
    # A mask for each asynchronous message, as slave and as master (1.5.1, 7.3.10); one that is left out is None.
    "asyncprops": Fold("AsyncProperty", tuple(Held(code, (None,)) for code in range(16))),
}


class _Folded:
    """The fields of one Held: how to take them out of an element, and to make one of them."""

    def __init__(self, fold: Fold, held: Held, names: tuple[str, ...], version: Version) -> None:
        self.names = names
        self.absent = held.absent
        kinds = FAMILIES[fold.family].values()
        self._cls: Any = next(cls for cls in kinds if held.code in cls.layout.get(version, {}))
        layout = compile_layout(self._cls.layout[version][held.code])
        self._inner = list(layout.order)
        self._constants = {name: values[0] for name, values in layout.constants.items()}
        self.of_owner = getter(list(names))
        self.of_element = getter(self._inner)

    def make(self, values: tuple[Any, ...]) -> Any:
        """The element that holds these values."""
        return self._cls(**self._constants, **dict(zip(self._inner, values, strict=True)))

    def places(self, items: list[Any]) -> list[int]:
        """Where in a list its elements are."""
        return [index for index, item in enumerate(items) if self._is_mine(item)]

    def own_name(self, name: str) -> str:
        """What the structure calls a field of the element."""
        return self.names[self._inner.index(name)] if name in self._inner else self.names[0]

    def _is_mine(self, item: Any) -> bool:
        return type(item) is self._cls and all(
            getattr(item, name) == value for name, value in self._constants.items()
        )


def _split(folds: list[_Folded], items: list[Any]) -> tuple[list[Any], list[Any]]:
    """The values of the fields, and what stays in the list."""
    values: list[Any] = []
    places: list[int] = []
    once = True
    marked = list(items)
    for fold in folds:
        found = fold.places(items)
        held = fold.of_element(items[found[0]]) if found else fold.absent
        values += held
        if held != fold.absent:
            places.append(found[0])
            once = once and len(found) == 1
            marked[found[0]] = fold.make(fold.absent)
    if once and places == list(range(len(places))):
        return values, items[len(places) :]
    return values, marked


def _joined(
    folds: list[_Folded], value: Any, items: list[Any], owner: str, name: str
) -> Iterator[tuple[Any, _Folded | str]]:
    """The elements to write, each with its fold or its path; raise EncodeError for one that is said twice."""
    first: list[tuple[Any, _Folded | str]] = []
    others: list[tuple[Any, _Folded | str]] = [
        (item, f"{name}[{index}]") for index, item in enumerate(items)
    ]
    for fold in folds:
        held = fold.of_owner(value)
        if held == fold.absent:
            continue
        element = fold.make(held)
        places = fold.places(items)
        if not places:
            first.append((element, fold))
        elif fold.of_element(items[places[0]]) == fold.absent:
            others[places[0]] = (element, fold)
        else:
            text = f"says what {fold.names[0]} of {owner} says, too"
            raise EncodeError(owner, f"{name}[{places[0]}]", text)
    yield from first
    yield from others


def _folding(spec: Fold) -> Form:
    def form(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
        *own, name = names
        codec = codec_of(spec.family, version)
        folds = []
        for held in spec.helds:
            if own:
                mine = tuple(own[: len(held.absent)])
                del own[: len(mine)]
                folds.append(_Folded(spec, held, mine, version))
        return _reader(name, codec, folds), _writer(name, codec, folds)

    return form


def _reader(name: str, codec: Codec, folds: list[_Folded]) -> Reader:
    def read(data: bytes, position: int, end: int, values: Values) -> int:
        held, items = _split(folds, read_all(data, position, end, codec, name))
        values += held
        values.append(items)
        return end

    return read


def _writer(name: str, codec: Codec, folds: list[_Folded]) -> Writer:
    def write(value: Any, out: bytearray, start: int) -> None:
        owner = type(value).__name__
        items = getattr(value, name)
        if not isinstance(items, list | tuple):
            raise EncodeError(owner, name, f"takes a list, not {items!r}")
        for item, place in _joined(folds, value, list(items), owner, name):
            try:
                codec.write(item, out)
            except EncodeError as error:
                if isinstance(place, str):
                    raise error.within(owner, place) from None
                raise EncodeError(owner, place.own_name(error.field), error.text) from None

    return write


def _buckets(names: tuple[str, ...], version: Version, codec_of: CodecOf) -> tuple[Reader, Writer]:
    """1.5's buckets: one without a number gets that of its place in the list."""
    (name,) = names
    codec = codec_of("Bucket", version)

    def read(data: bytes, position: int, end: int, values: Values) -> int:
        values.append(read_all(data, position, end, codec, name))
        return end

    def write(value: Any, out: bytearray, start: int) -> None:
        buckets = getattr(value, name)
        if isinstance(buckets, list | tuple):
            buckets = [_numbered(bucket, index) for index, bucket in enumerate(buckets)]
        write_all(buckets, codec, out, type(value).__name__, name)

    return read, write


def _numbered(bucket: Any, index: int) -> Any:
    return replace(bucket, bucket_id=index) if getattr(bucket, "bucket_id", 0) is None else bucket


for _name, _fold in FOLDS.items():
    add_form(_name, _folding(_fold))
add_form("buckets", _buckets)
