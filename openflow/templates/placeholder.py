"""What stands for an argument while a template is traced: it can be passed on, and nothing else.

Whoever compares it, computes with it, prints it or looks into it gets `Touched`, and the placeholder remembers it. So
a function that returns with its placeholders untouched has done the same for them as it does for any numbers: what it
makes depends on them only where it put them. Templates call their functions so; `Match` lets placeholders pass.
"""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["Placeholder", "Touched"]


class Touched(BaseException):
    """Somebody wanted to know a placeholder's value. No Exception: what it passes must not handle it."""


class Placeholder:
    """An argument of type `kind`, some int or bytes, whose value nobody may see; `top` is the most that fits."""

    __slots__ = ("kind", "top", "touched")

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.top: int | None = None
        self.touched = False

    def within(self, top: int) -> Placeholder:
        """Pass on as a number from 0 to `top`."""
        if not issubclass(self.kind, int):
            self.touch()
        self.top = top if self.top is None else min(self.top, top)
        return self

    def touch(self, *args: object, **more: object) -> NoReturn:
        """Remember that the value was wanted; raise Touched."""
        self.touched = True
        raise Touched

    def __getattr__(self, name: str) -> Any:
        self.touch()

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return self.kind


_OPERATIONS = """
    abs add and bool bytes call ceil complex contains copy deepcopy dir divmod eq float floor floordiv format ge
    getitem gt hash index int invert iter le len lshift lt matmul mod mul ne neg or pos pow radd rand rdivmod reduce
    reduce_ex repr reversed rfloordiv rlshift rmatmul rmod rmul ror round rpow rrshift rshift rsub rtruediv rxor sizeof
    str sub truediv trunc xor
"""
for _name in _OPERATIONS.split():
    setattr(Placeholder, f"__{_name}__", Placeholder.touch)
