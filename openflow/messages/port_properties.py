"""What ports have beside what every port has: properties of descriptions, changes and counters (since OpenFlow 1.4).

An Ethernet property fills fields of the Port, PortMod or PortStats itself (see `openflow.forms.folds`), and is in
their list only where that would lose something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openflow.errors import ErrorCode
from openflow.messages.properties import EXPERIMENTER, OfExperimenter, OfUnknownType
from openflow.structs import Element
from openflow.versions import V1_4, V1_5, since


class PortProperty(Element):
    """A property of a port (OpenFlow 1.4.0, 7.2.1.2); this class names the family."""

    __slots__ = ()
    raw = "RawPortProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_PROPERTY__BAD_LEN


@dataclass(slots=True)
class EthernetProperty(PortProperty):
    """What an Ethernet port does, offers and can do, and its speeds in kbit/s."""

    curr: int = 0
    advertised: int = 0
    supported: int = 0
    peer: int = 0
    curr_speed: int = 0
    max_speed: int = 0
    layout = since(
        V1_4,
        {
            0: "pad4 curr:u32 advertised:u32 supported:u32 peer:u32 curr_speed:u32 max_speed:u32",
        },
    )


@dataclass(slots=True)
class OpticalProperty(PortProperty):
    """What an optical port can do: OpticalPortFeatures, frequencies or wavelengths, power in 0.1 dBm."""

    supported: int = 0
    tx_min_freq_lmda: int = 0
    tx_max_freq_lmda: int = 0
    tx_grid_freq_lmda: int = 0
    rx_min_freq_lmda: int = 0
    rx_max_freq_lmda: int = 0
    rx_grid_freq_lmda: int = 0
    tx_pwr_min: int = 0
    tx_pwr_max: int = 0
    layout = since(
        V1_4,
        {
            1: "pad4 supported:u32 tx_min_freq_lmda:u32 tx_max_freq_lmda:u32 tx_grid_freq_lmda:u32"
            " rx_min_freq_lmda:u32 rx_max_freq_lmda:u32 rx_grid_freq_lmda:u32"
            " tx_pwr_min:u16 tx_pwr_max:u16"
        },
    )


@dataclass(slots=True)
class PipelineProperty(PortProperty):
    """The pipeline fields, as 32-bit OXM headers, that a port gives to packets or takes from them (1.5.1, 7.2.1.2)."""

    type: str = "input"
    oxm_ids: list[int] = field(default_factory=list)
    layout = {V1_5: {2: "type=input oxm_ids:u32*", 3: "type=output oxm_ids:u32*"}}


@dataclass(slots=True)
class RecirculateProperty(PortProperty):
    """The ports at which packets come in again that went out at this one (OpenFlow 1.5.1, 7.2.1.2)."""

    port_nos: Sequence[int] = field(default_factory=list)
    layout = {V1_5: {4: "port_nos:u32*"}}


@dataclass(slots=True)
class ExperimenterPortProperty(OfExperimenter, PortProperty):
    """A vendor's property of a port."""

    layout = since(V1_4, {0xFFFF: EXPERIMENTER})


@dataclass(slots=True)
class RawPortProperty(OfUnknownType, PortProperty):
    """A property of unknown type."""


class PortModProperty(Element):
    """A change of a port (OpenFlow 1.4.0, 7.3.4.3); this class names the family."""

    __slots__ = ()
    raw = "RawPortModProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_PROPERTY__BAD_LEN


@dataclass(slots=True)
class EthernetPortMod(PortModProperty):
    """What an Ethernet port is to offer; 0 changes nothing."""

    advertise: int = 0
    layout = since(V1_4, {0: "advertise:u32"})


@dataclass(slots=True)
class OpticalPortMod(PortModProperty):
    """What an optical port is to do: OpticalPortFeatures, frequency or wavelength, its signed offset, power."""

    configure: int = 0
    freq_lmda: int = 0
    fl_offset: int = 0
    grid_span: int = 0
    tx_pwr: int = 0
    layout = since(
        V1_4, {1: "configure:u32 freq_lmda:u32 fl_offset:signed32 grid_span:u32 tx_pwr:u32"}
    )


@dataclass(slots=True)
class ExperimenterPortMod(OfExperimenter, PortModProperty):
    """A vendor's change of a port."""

    layout = since(V1_4, {0xFFFF: EXPERIMENTER})


@dataclass(slots=True)
class RawPortModProperty(OfUnknownType, PortModProperty):
    """A property of unknown type."""


class PortStatsProperty(Element):
    """What a port has counted beside what every port counts (OpenFlow 1.4.0, 7.3.5.6); this class names the family."""

    __slots__ = ()
    raw = "RawPortStatsProperty"
    padded_length = False
    bad_length = ErrorCode.BAD_PROPERTY__BAD_LEN


@dataclass(slots=True)
class EthernetPortStats(PortStatsProperty):
    """Errors that only Ethernet has."""

    rx_frame_err: int = 0
    rx_over_err: int = 0
    rx_crc_err: int = 0
    collisions: int = 0
    layout = since(V1_4, {0: "pad4 rx_frame_err:u64 rx_over_err:u64 rx_crc_err:u64 collisions:u64"})


@dataclass(slots=True)
class OpticalPortStats(PortStatsProperty):
    """What an optical port measures; `flags`, OpticalStatsFlags, says which of it is valid."""

    flags: int = 0
    tx_freq_lmda: int = 0
    tx_offset: int = 0
    tx_grid_span: int = 0
    rx_freq_lmda: int = 0
    rx_offset: int = 0
    rx_grid_span: int = 0
    tx_pwr: int = 0
    rx_pwr: int = 0
    bias_current: int = 0
    temperature: int = 0
    layout = since(
        V1_4,
        {
            1: "pad4 flags:u32 tx_freq_lmda:u32 tx_offset:u32 tx_grid_span:u32 rx_freq_lmda:u32"
            " rx_offset:u32 rx_grid_span:u32 tx_pwr:u16 rx_pwr:u16 bias_current:u16 temperature:u16"
        },
    )


@dataclass(slots=True)
class ExperimenterPortStats(OfExperimenter, PortStatsProperty):
    """A vendor's counters."""

    layout = since(V1_4, {0xFFFF: EXPERIMENTER})


@dataclass(slots=True)
class RawPortStatsProperty(OfUnknownType, PortStatsProperty):
    """A property of unknown type."""
