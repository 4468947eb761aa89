"""The compiled engine; this module cannot be imported where it was not compiled."""

from ofswitch._datapath import Engine, Refused, Threads, carry_out, take_notes, watch

__all__ = ["Engine", "Refused", "Threads", "carry_out", "take_notes", "watch"]
