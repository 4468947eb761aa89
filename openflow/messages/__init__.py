"""Every message of OpenFlow, a class each, with its layout in each version beside it."""

from openflow.messages.base import (
    MESSAGES as MESSAGES,
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
