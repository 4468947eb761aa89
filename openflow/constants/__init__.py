"""The specification's enumerations, in neutral (1.3) numbering.

A field holds a plain int; these names are for reading and comparing (`event.reason == PacketInReason.NO_MATCH`). Where
OpenFlow 1.0 numbers a thing otherwise, the layouts translate (see `openflow.layouts.kinds`), and what only 1.0 has
stands behind the 1.3 values. What 1.4 and 1.5 added stands beside what it is about.
"""

from openflow.constants.control import (
    BundleControlType as BundleControlType,
    BundleFeatureFlags as BundleFeatureFlags,
    BundleFlags as BundleFlags,
    ControlChannelStatus as ControlChannelStatus,
    ControllerRole as ControllerRole,
    ControllerRoleReason as ControllerRoleReason,
    ControllerStatusReason as ControllerStatusReason,
    PacketInReason as PacketInReason,
)
from openflow.constants.flows import (
    ActionType as ActionType,
    ActionType10 as ActionType10,
    FlowModCommand as FlowModCommand,
    FlowModFlags as FlowModFlags,
    FlowMonitorCommand as FlowMonitorCommand,
    FlowMonitorFlags as FlowMonitorFlags,
    FlowRemovedReason as FlowRemovedReason,
    FlowStatsReason as FlowStatsReason,
    FlowWildcards as FlowWildcards,
    InstructionType as InstructionType,
    StatTriggerFlags as StatTriggerFlags,
)
from openflow.constants.groups import (
    GroupCapabilities as GroupCapabilities,
    GroupModCommand as GroupModCommand,
    GroupType as GroupType,
    MeterBandType as MeterBandType,
    MeterFeatureFlags as MeterFeatureFlags,
    MeterFlags as MeterFlags,
    MeterModCommand as MeterModCommand,
)
from openflow.constants.numbers import (
    CONTROLLER_MAX_LEN as CONTROLLER_MAX_LEN,
    CONTROLLER_NO_BUFFER as CONTROLLER_NO_BUFFER,
    DEFAULT_MISS_SEND_LEN as DEFAULT_MISS_SEND_LEN,
    DEFAULT_PRIORITY as DEFAULT_PRIORITY,
    NO_BUFFER as NO_BUFFER,
    NO_COOKIE as NO_COOKIE,
    NO_UINT64 as NO_UINT64,
    OFPVID_NONE as OFPVID_NONE,
    OFPVID_PRESENT as OFPVID_PRESENT,
    BucketId as BucketId,
    GroupId as GroupId,
    MeterId as MeterId,
    PortNo as PortNo,
    QueueId as QueueId,
    TableId as TableId,
)
from openflow.constants.ports import (
    OpticalPortFeatures as OpticalPortFeatures,
    OpticalStatsFlags as OpticalStatsFlags,
    PortConfig as PortConfig,
    PortFeatures as PortFeatures,
    PortReason as PortReason,
    PortState as PortState,
)
from openflow.constants.switch import (
    Capabilities as Capabilities,
    ConfigFlags as ConfigFlags,
    MultipartFlags as MultipartFlags,
)
from openflow.constants.tables import (
    EvictionFlags as EvictionFlags,
    TableConfig as TableConfig,
    TableFeatureFlags as TableFeatureFlags,
    TableFeaturePropType as TableFeaturePropType,
    TableFeaturesCommand as TableFeaturesCommand,
    TableReason as TableReason,
)
