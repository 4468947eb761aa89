"""Every message of OpenFlow, a class each, with its layout in each version beside it."""

from openflow.messages.base import MESSAGES as MESSAGES
from openflow.messages.base import Message as Message
from openflow.messages.base import MultipartReply as MultipartReply
from openflow.messages.base import MultipartRequest as MultipartRequest
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
