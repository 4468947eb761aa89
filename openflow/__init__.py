"""OpenFlow's messages, their bytes in every version, and the connection that carries them. No I/O, no clock.

`encode(message, version)` and `decode(data)` are the codec; `openflow.connection` speaks the protocol on top.
"""

from openflow.actions import (
    Action as Action,
)
from openflow.actions import (
    CopyTtlIn as CopyTtlIn,
)
from openflow.actions import (
    CopyTtlOut as CopyTtlOut,
)
from openflow.actions import (
    DecMplsTtl as DecMplsTtl,
)
from openflow.actions import (
    DecNwTtl as DecNwTtl,
)
from openflow.actions import (
    Enqueue as Enqueue,
)
from openflow.actions import (
    ExperimenterAction as ExperimenterAction,
)
from openflow.actions import (
    Group as Group,
)
from openflow.actions import (
    Output as Output,
)
from openflow.actions import (
    PopMpls as PopMpls,
)
from openflow.actions import (
    PopPbb as PopPbb,
)
from openflow.actions import (
    PopVlan as PopVlan,
)
from openflow.actions import (
    PushMpls as PushMpls,
)
from openflow.actions import (
    PushPbb as PushPbb,
)
from openflow.actions import (
    PushVlan as PushVlan,
)
from openflow.actions import (
    RawAction as RawAction,
)
from openflow.actions import (
    SetField as SetField,
)
from openflow.actions import (
    SetMplsTtl as SetMplsTtl,
)
from openflow.actions import (
    SetNwTtl as SetNwTtl,
)
from openflow.actions import (
    SetQueue as SetQueue,
)
from openflow.actions import (
    SetVlanPcp as SetVlanPcp,
)
from openflow.actions import (
    SetVlanVid as SetVlanVid,
)
from openflow.codec import (
    decode as decode,
)
from openflow.codec import (
    encode as encode,
)
from openflow.constants import (
    CONTROLLER_MAX_LEN as CONTROLLER_MAX_LEN,
)
from openflow.constants import (
    CONTROLLER_NO_BUFFER as CONTROLLER_NO_BUFFER,
)
from openflow.constants import (
    DEFAULT_MISS_SEND_LEN as DEFAULT_MISS_SEND_LEN,
)
from openflow.constants import (
    DEFAULT_PRIORITY as DEFAULT_PRIORITY,
)
from openflow.constants import (
    NO_BUFFER as NO_BUFFER,
)
from openflow.constants import (
    NO_COOKIE as NO_COOKIE,
)
from openflow.constants import (
    NO_UINT64 as NO_UINT64,
)
from openflow.constants import (
    OFPVID_NONE as OFPVID_NONE,
)
from openflow.constants import (
    OFPVID_PRESENT as OFPVID_PRESENT,
)
from openflow.constants import (
    ActionType as ActionType,
)
from openflow.constants import (
    ActionType10 as ActionType10,
)
from openflow.constants import (
    Capabilities as Capabilities,
)
from openflow.constants import (
    ConfigFlags as ConfigFlags,
)
from openflow.constants import (
    ControllerRole as ControllerRole,
)
from openflow.constants import (
    FlowModCommand as FlowModCommand,
)
from openflow.constants import (
    FlowModFlags as FlowModFlags,
)
from openflow.constants import (
    FlowRemovedReason as FlowRemovedReason,
)
from openflow.constants import (
    GroupCapabilities as GroupCapabilities,
)
from openflow.constants import (
    GroupId as GroupId,
)
from openflow.constants import (
    GroupModCommand as GroupModCommand,
)
from openflow.constants import (
    GroupType as GroupType,
)
from openflow.constants import (
    InstructionType as InstructionType,
)
from openflow.constants import (
    MeterBandType as MeterBandType,
)
from openflow.constants import (
    MeterFlags as MeterFlags,
)
from openflow.constants import (
    MeterId as MeterId,
)
from openflow.constants import (
    MeterModCommand as MeterModCommand,
)
from openflow.constants import (
    MultipartFlags as MultipartFlags,
)
from openflow.constants import (
    PacketInReason as PacketInReason,
)
from openflow.constants import (
    PortConfig as PortConfig,
)
from openflow.constants import (
    PortFeatures as PortFeatures,
)
from openflow.constants import (
    PortNo as PortNo,
)
from openflow.constants import (
    PortReason as PortReason,
)
from openflow.constants import (
    PortState as PortState,
)
from openflow.constants import (
    QueueId as QueueId,
)
from openflow.constants import (
    TableConfig as TableConfig,
)
from openflow.constants import (
    TableFeaturePropType as TableFeaturePropType,
)
from openflow.constants import (
    TableId as TableId,
)
from openflow.errors import (
    DecodeError as DecodeError,
)
from openflow.errors import (
    EncodeError as EncodeError,
)
from openflow.errors import (
    ErrorCode as ErrorCode,
)
from openflow.errors import (
    OpenFlowError as OpenFlowError,
)
from openflow.errors import (
    Unsupported as Unsupported,
)
from openflow.fields import (
    FIELDS as FIELDS,
)
from openflow.fields import (
    Field as Field,
)
from openflow.instructions import (
    ApplyActions as ApplyActions,
)
from openflow.instructions import (
    ClearActions as ClearActions,
)
from openflow.instructions import (
    ExperimenterInstruction as ExperimenterInstruction,
)
from openflow.instructions import (
    GotoTable as GotoTable,
)
from openflow.instructions import (
    Instruction as Instruction,
)
from openflow.instructions import (
    Meter as Meter,
)
from openflow.instructions import (
    RawInstruction as RawInstruction,
)
from openflow.instructions import (
    WriteActions as WriteActions,
)
from openflow.instructions import (
    WriteMetadata as WriteMetadata,
)
from openflow.match import (
    Match as Match,
)
from openflow.messages.base import (
    Message as Message,
)
from openflow.messages.base import (
    MultipartReply as MultipartReply,
)
from openflow.messages.base import (
    MultipartRequest as MultipartRequest,
)
from openflow.messages.describe import (
    DescStatsReply as DescStatsReply,
)
from openflow.messages.describe import (
    DescStatsRequest as DescStatsRequest,
)
from openflow.messages.describe import (
    ExperimenterStatsReply as ExperimenterStatsReply,
)
from openflow.messages.describe import (
    ExperimenterStatsRequest as ExperimenterStatsRequest,
)
from openflow.messages.flows import (
    AggregateStatsReply as AggregateStatsReply,
)
from openflow.messages.flows import (
    AggregateStatsRequest as AggregateStatsRequest,
)
from openflow.messages.flows import (
    FlowMod as FlowMod,
)
from openflow.messages.flows import (
    FlowRemoved as FlowRemoved,
)
from openflow.messages.flows import (
    FlowStats as FlowStats,
)
from openflow.messages.flows import (
    FlowStatsReply as FlowStatsReply,
)
from openflow.messages.flows import (
    FlowStatsRequest as FlowStatsRequest,
)
from openflow.messages.flows import (
    TableStats as TableStats,
)
from openflow.messages.flows import (
    TableStatsReply as TableStatsReply,
)
from openflow.messages.flows import (
    TableStatsRequest as TableStatsRequest,
)
from openflow.messages.groups import (
    Bucket as Bucket,
)
from openflow.messages.groups import (
    BucketCounter as BucketCounter,
)
from openflow.messages.groups import (
    GroupDesc as GroupDesc,
)
from openflow.messages.groups import (
    GroupDescStatsReply as GroupDescStatsReply,
)
from openflow.messages.groups import (
    GroupDescStatsRequest as GroupDescStatsRequest,
)
from openflow.messages.groups import (
    GroupFeaturesStatsReply as GroupFeaturesStatsReply,
)
from openflow.messages.groups import (
    GroupFeaturesStatsRequest as GroupFeaturesStatsRequest,
)
from openflow.messages.groups import (
    GroupMod as GroupMod,
)
from openflow.messages.groups import (
    GroupStats as GroupStats,
)
from openflow.messages.groups import (
    GroupStatsReply as GroupStatsReply,
)
from openflow.messages.groups import (
    GroupStatsRequest as GroupStatsRequest,
)
from openflow.messages.meters import (
    DropBand as DropBand,
)
from openflow.messages.meters import (
    DscpRemarkBand as DscpRemarkBand,
)
from openflow.messages.meters import (
    ExperimenterBand as ExperimenterBand,
)
from openflow.messages.meters import (
    MeterBand as MeterBand,
)
from openflow.messages.meters import (
    MeterBandStats as MeterBandStats,
)
from openflow.messages.meters import (
    MeterConfig as MeterConfig,
)
from openflow.messages.meters import (
    MeterConfigStatsReply as MeterConfigStatsReply,
)
from openflow.messages.meters import (
    MeterConfigStatsRequest as MeterConfigStatsRequest,
)
from openflow.messages.meters import (
    MeterFeaturesStatsReply as MeterFeaturesStatsReply,
)
from openflow.messages.meters import (
    MeterFeaturesStatsRequest as MeterFeaturesStatsRequest,
)
from openflow.messages.meters import (
    MeterMod as MeterMod,
)
from openflow.messages.meters import (
    MeterStats as MeterStats,
)
from openflow.messages.meters import (
    MeterStatsReply as MeterStatsReply,
)
from openflow.messages.meters import (
    MeterStatsRequest as MeterStatsRequest,
)
from openflow.messages.meters import (
    RawMeterBand as RawMeterBand,
)
from openflow.messages.packets import (
    PacketIn as PacketIn,
)
from openflow.messages.packets import (
    PacketOut as PacketOut,
)
from openflow.messages.ports import (
    Port as Port,
)
from openflow.messages.ports import (
    PortDescStatsReply as PortDescStatsReply,
)
from openflow.messages.ports import (
    PortDescStatsRequest as PortDescStatsRequest,
)
from openflow.messages.ports import (
    PortMod as PortMod,
)
from openflow.messages.ports import (
    PortStats as PortStats,
)
from openflow.messages.ports import (
    PortStatsReply as PortStatsReply,
)
from openflow.messages.ports import (
    PortStatsRequest as PortStatsRequest,
)
from openflow.messages.ports import (
    PortStatus as PortStatus,
)
from openflow.messages.queues import (
    ExperimenterQueueProperty as ExperimenterQueueProperty,
)
from openflow.messages.queues import (
    MaxRateProperty as MaxRateProperty,
)
from openflow.messages.queues import (
    MinRateProperty as MinRateProperty,
)
from openflow.messages.queues import (
    NoneProperty as NoneProperty,
)
from openflow.messages.queues import (
    PacketQueue as PacketQueue,
)
from openflow.messages.queues import (
    QueueGetConfigReply as QueueGetConfigReply,
)
from openflow.messages.queues import (
    QueueGetConfigRequest as QueueGetConfigRequest,
)
from openflow.messages.queues import (
    QueueProperty as QueueProperty,
)
from openflow.messages.queues import (
    QueueStats as QueueStats,
)
from openflow.messages.queues import (
    QueueStatsReply as QueueStatsReply,
)
from openflow.messages.queues import (
    QueueStatsRequest as QueueStatsRequest,
)
from openflow.messages.queues import (
    RawQueueProperty as RawQueueProperty,
)
from openflow.messages.switch import (
    BarrierReply as BarrierReply,
)
from openflow.messages.switch import (
    BarrierRequest as BarrierRequest,
)
from openflow.messages.switch import (
    FeaturesReply as FeaturesReply,
)
from openflow.messages.switch import (
    FeaturesRequest as FeaturesRequest,
)
from openflow.messages.switch import (
    GetAsyncReply as GetAsyncReply,
)
from openflow.messages.switch import (
    GetAsyncRequest as GetAsyncRequest,
)
from openflow.messages.switch import (
    GetConfigReply as GetConfigReply,
)
from openflow.messages.switch import (
    GetConfigRequest as GetConfigRequest,
)
from openflow.messages.switch import (
    RoleReply as RoleReply,
)
from openflow.messages.switch import (
    RoleRequest as RoleRequest,
)
from openflow.messages.switch import (
    SetAsync as SetAsync,
)
from openflow.messages.switch import (
    SetConfig as SetConfig,
)
from openflow.messages.switch import (
    TableMod as TableMod,
)
from openflow.messages.symmetric import (
    EchoReply as EchoReply,
)
from openflow.messages.symmetric import (
    EchoRequest as EchoRequest,
)
from openflow.messages.symmetric import (
    ErrorMsg as ErrorMsg,
)
from openflow.messages.symmetric import (
    Experimenter as Experimenter,
)
from openflow.messages.symmetric import (
    Hello as Hello,
)
from openflow.messages.symmetric import (
    HelloElement as HelloElement,
)
from openflow.messages.symmetric import (
    RawHelloElement as RawHelloElement,
)
from openflow.messages.symmetric import (
    VersionBitmap as VersionBitmap,
)
from openflow.messages.tables import (
    ActionsProperty as ActionsProperty,
)
from openflow.messages.tables import (
    ExperimenterTableFeature as ExperimenterTableFeature,
)
from openflow.messages.tables import (
    InstructionsProperty as InstructionsProperty,
)
from openflow.messages.tables import (
    NextTablesProperty as NextTablesProperty,
)
from openflow.messages.tables import (
    OxmProperty as OxmProperty,
)
from openflow.messages.tables import (
    RawTableFeatureProperty as RawTableFeatureProperty,
)
from openflow.messages.tables import (
    TableFeatureProperty as TableFeatureProperty,
)
from openflow.messages.tables import (
    TableFeatures as TableFeatures,
)
from openflow.messages.tables import (
    TableFeaturesStatsReply as TableFeaturesStatsReply,
)
from openflow.messages.tables import (
    TableFeaturesStatsRequest as TableFeaturesStatsRequest,
)
from openflow.messages.tables import (
    TypeId as TypeId,
)
from openflow.packet import (
    Packet as Packet,
)
from openflow.versions import (
    SUPPORTED as SUPPORTED,
)
from openflow.versions import (
    V1_0 as V1_0,
)
from openflow.versions import (
    V1_3 as V1_3,
)
from openflow.versions import (
    Version as Version,
)
from openflow.versions import (
    parse_version as parse_version,
)
from openflow.versions import (
    parse_versions as parse_versions,
)
