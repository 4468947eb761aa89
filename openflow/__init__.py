"""OpenFlow's messages, their bytes in every version, and the connection that carries them. No I/O, no clock.

`encode(message, version)` and `decode(data)` are the codec; `openflow.connection` speaks the protocol on top.
"""

from openflow.actions import (
    Action as Action,
    CopyTtlIn as CopyTtlIn,
    CopyTtlOut as CopyTtlOut,
    DecMplsTtl as DecMplsTtl,
    DecNwTtl as DecNwTtl,
    Enqueue as Enqueue,
    ExperimenterAction as ExperimenterAction,
    Group as Group,
    Output as Output,
    PopMpls as PopMpls,
    PopPbb as PopPbb,
    PopVlan as PopVlan,
    PushMpls as PushMpls,
    PushPbb as PushPbb,
    PushVlan as PushVlan,
    RawAction as RawAction,
    SetField as SetField,
    SetMplsTtl as SetMplsTtl,
    SetNwTtl as SetNwTtl,
    SetQueue as SetQueue,
    SetVlanPcp as SetVlanPcp,
    SetVlanVid as SetVlanVid,
)
from openflow.codec import (
    decode as decode,
    encode as encode,
)
from openflow.constants import (
    CONTROLLER_MAX_LEN as CONTROLLER_MAX_LEN,
    CONTROLLER_NO_BUFFER as CONTROLLER_NO_BUFFER,
    DEFAULT_MISS_SEND_LEN as DEFAULT_MISS_SEND_LEN,
    DEFAULT_PRIORITY as DEFAULT_PRIORITY,
    NO_BUFFER as NO_BUFFER,
    NO_COOKIE as NO_COOKIE,
    NO_UINT64 as NO_UINT64,
    OFPVID_NONE as OFPVID_NONE,
    OFPVID_PRESENT as OFPVID_PRESENT,
    ActionType as ActionType,
    ActionType10 as ActionType10,
    Capabilities as Capabilities,
    ConfigFlags as ConfigFlags,
    ControllerRole as ControllerRole,
    FlowModCommand as FlowModCommand,
    FlowModFlags as FlowModFlags,
    FlowRemovedReason as FlowRemovedReason,
    FlowWildcards as FlowWildcards,
    GroupCapabilities as GroupCapabilities,
    GroupId as GroupId,
    GroupModCommand as GroupModCommand,
    GroupType as GroupType,
    InstructionType as InstructionType,
    MeterBandType as MeterBandType,
    MeterFlags as MeterFlags,
    MeterId as MeterId,
    MeterModCommand as MeterModCommand,
    MultipartFlags as MultipartFlags,
    PacketInReason as PacketInReason,
    PortConfig as PortConfig,
    PortFeatures as PortFeatures,
    PortNo as PortNo,
    PortReason as PortReason,
    PortState as PortState,
    QueueId as QueueId,
    TableConfig as TableConfig,
    TableFeaturePropType as TableFeaturePropType,
    TableId as TableId,
)
from openflow.errors import (
    DecodeError as DecodeError,
    EncodeError as EncodeError,
    ErrorCode as ErrorCode,
    OpenFlowError as OpenFlowError,
    Unsupported as Unsupported,
)
from openflow.fields import (
    FIELDS as FIELDS,
    Field as Field,
)
from openflow.header_view import (
    Packet as Packet,
)
from openflow.instructions import (
    ApplyActions as ApplyActions,
    ClearActions as ClearActions,
    ExperimenterInstruction as ExperimenterInstruction,
    GotoTable as GotoTable,
    Instruction as Instruction,
    Meter as Meter,
    RawInstruction as RawInstruction,
    WriteActions as WriteActions,
    WriteMetadata as WriteMetadata,
)
from openflow.match import (
    Match as Match,
)
from openflow.messages.base import (
    Message as Message,
    MultipartReply as MultipartReply,
    MultipartRequest as MultipartRequest,
)
from openflow.messages.describe import (
    DescStatsReply as DescStatsReply,
    DescStatsRequest as DescStatsRequest,
    ExperimenterStatsReply as ExperimenterStatsReply,
    ExperimenterStatsRequest as ExperimenterStatsRequest,
)
from openflow.messages.flows import (
    AggregateStatsReply as AggregateStatsReply,
    AggregateStatsRequest as AggregateStatsRequest,
    FlowMod as FlowMod,
    FlowRemoved as FlowRemoved,
    FlowStats as FlowStats,
    FlowStatsReply as FlowStatsReply,
    FlowStatsRequest as FlowStatsRequest,
    TableStats as TableStats,
    TableStatsReply as TableStatsReply,
    TableStatsRequest as TableStatsRequest,
)
from openflow.messages.groups import (
    Bucket as Bucket,
    BucketCounter as BucketCounter,
    GroupDesc as GroupDesc,
    GroupDescStatsReply as GroupDescStatsReply,
    GroupDescStatsRequest as GroupDescStatsRequest,
    GroupFeaturesStatsReply as GroupFeaturesStatsReply,
    GroupFeaturesStatsRequest as GroupFeaturesStatsRequest,
    GroupMod as GroupMod,
    GroupStats as GroupStats,
    GroupStatsReply as GroupStatsReply,
    GroupStatsRequest as GroupStatsRequest,
)
from openflow.messages.meters import (
    DropBand as DropBand,
    DscpRemarkBand as DscpRemarkBand,
    ExperimenterBand as ExperimenterBand,
    MeterBand as MeterBand,
    MeterBandStats as MeterBandStats,
    MeterConfig as MeterConfig,
    MeterConfigStatsReply as MeterConfigStatsReply,
    MeterConfigStatsRequest as MeterConfigStatsRequest,
    MeterFeaturesStatsReply as MeterFeaturesStatsReply,
    MeterFeaturesStatsRequest as MeterFeaturesStatsRequest,
    MeterMod as MeterMod,
    MeterStats as MeterStats,
    MeterStatsReply as MeterStatsReply,
    MeterStatsRequest as MeterStatsRequest,
    RawMeterBand as RawMeterBand,
)
from openflow.messages.packets import (
    PacketIn as PacketIn,
    PacketOut as PacketOut,
)
from openflow.messages.ports import (
    Port as Port,
    PortDescStatsReply as PortDescStatsReply,
    PortDescStatsRequest as PortDescStatsRequest,
    PortMod as PortMod,
    PortStats as PortStats,
    PortStatsReply as PortStatsReply,
    PortStatsRequest as PortStatsRequest,
    PortStatus as PortStatus,
)
from openflow.messages.queues import (
    ExperimenterQueueProperty as ExperimenterQueueProperty,
    MaxRateProperty as MaxRateProperty,
    MinRateProperty as MinRateProperty,
    NoneProperty as NoneProperty,
    PacketQueue as PacketQueue,
    QueueGetConfigReply as QueueGetConfigReply,
    QueueGetConfigRequest as QueueGetConfigRequest,
    QueueProperty as QueueProperty,
    QueueStats as QueueStats,
    QueueStatsReply as QueueStatsReply,
    QueueStatsRequest as QueueStatsRequest,
    RawQueueProperty as RawQueueProperty,
)
from openflow.messages.switch import (
    BarrierReply as BarrierReply,
    BarrierRequest as BarrierRequest,
    FeaturesReply as FeaturesReply,
    FeaturesRequest as FeaturesRequest,
    GetAsyncReply as GetAsyncReply,
    GetAsyncRequest as GetAsyncRequest,
    GetConfigReply as GetConfigReply,
    GetConfigRequest as GetConfigRequest,
    RoleReply as RoleReply,
    RoleRequest as RoleRequest,
    SetAsync as SetAsync,
    SetConfig as SetConfig,
    TableMod as TableMod,
)
from openflow.messages.symmetric import (
    EchoReply as EchoReply,
    EchoRequest as EchoRequest,
    ErrorMsg as ErrorMsg,
    Experimenter as Experimenter,
    Hello as Hello,
    HelloElement as HelloElement,
    RawHelloElement as RawHelloElement,
    VersionBitmap as VersionBitmap,
)
from openflow.messages.tables import (
    ActionsProperty as ActionsProperty,
    ExperimenterTableFeature as ExperimenterTableFeature,
    InstructionsProperty as InstructionsProperty,
    NextTablesProperty as NextTablesProperty,
    OxmProperty as OxmProperty,
    RawTableFeatureProperty as RawTableFeatureProperty,
    TableFeatureProperty as TableFeatureProperty,
    TableFeatures as TableFeatures,
    TableFeaturesStatsReply as TableFeaturesStatsReply,
    TableFeaturesStatsRequest as TableFeaturesStatsRequest,
    TypeId as TypeId,
)
from openflow.templates import (
    template as template,
)
from openflow import experimenters as experimenters
from openflow.versions import (
    SUPPORTED as SUPPORTED,
    V1_0 as V1_0,
    V1_3 as V1_3,
    Version as Version,
    parse_version as parse_version,
    parse_versions as parse_versions,
)
