"""Extensions of OpenFlow by Nicira and ONF, as Open vSwitch and its controllers speak them.

Their actions, messages and match fields are classes and names like those of the specification, told apart on the wire
by the experimenter's number and its subtype. What is not here stays an ExperimenterAction, an Experimenter message or a
raw match field, byte for byte. Importing this package makes them known; `openflow` does so.
"""

from openflow.experimenters import (
    entries as entries,
    fields as fields,
    lists as lists,
    names as names,
)
from openflow.experimenters.borrowed import (
    NxDecMplsTtl as NxDecMplsTtl,
    NxDecTtl as NxDecTtl,
    NxGroup as NxGroup,
    NxPopMpls as NxPopMpls,
    NxPushMpls as NxPushMpls,
    NxSetMplsLabel as NxSetMplsLabel,
    NxSetMplsTc as NxSetMplsTc,
    NxSetMplsTtl as NxSetMplsTtl,
    NxSetQueue as NxSetQueue,
)
from openflow.experimenters.conntrack import (
    RECIRC_NONE as RECIRC_NONE,
    CtFlags as CtFlags,
    CtState as CtState,
    NatFlags as NatFlags,
    NxCt as NxCt,
    NxCtClear as NxCtClear,
    NxNat as NxNat,
)
from openflow.experimenters.controllers import (
    NxController as NxController,
    NxController2 as NxController2,
    NxControllerProperty as NxControllerProperty,
    NxControllerId as NxControllerId,
    NxMaxLen as NxMaxLen,
    NxMeterId as NxMeterId,
    NxPause as NxPause,
    NxReason as NxReason,
    NxUserdata as NxUserdata,
    RawNxControllerProperty as RawNxControllerProperty,
)
from openflow.experimenters.flow_monitor import (
    FlowMonitorCancel as FlowMonitorCancel,
    FlowMonitorPaused as FlowMonitorPaused,
    FlowMonitorResumed as FlowMonitorResumed,
)
from openflow.experimenters.flow_specs import (
    NxFlowSpec as NxFlowSpec,
    NxFlowSpecLoad as NxFlowSpecLoad,
    NxFlowSpecMatch as NxFlowSpecMatch,
    NxFlowSpecOutput as NxFlowSpecOutput,
)
from openflow.experimenters.forwarding import (
    NxBundle as NxBundle,
    NxBundleLoad as NxBundleLoad,
    NxClone as NxClone,
    NxConjunction as NxConjunction,
    NxExit as NxExit,
    NxMultipath as NxMultipath,
    NxOutputReg as NxOutputReg,
    NxOutputReg2 as NxOutputReg2,
    NxOutputTrunc as NxOutputTrunc,
    NxResubmit as NxResubmit,
    NxResubmitTable as NxResubmitTable,
    NxResubmitTableCt as NxResubmitTableCt,
)
from openflow.experimenters.learn import (
    LearnFlags as LearnFlags,
    NxLearn as NxLearn,
    NxLearn2 as NxLearn2,
)
from openflow.experimenters.nicira_actions import (
    NxDecNshTtl as NxDecNshTtl,
    NxDecap as NxDecap,
    NxEncap as NxEncap,
    NxFinTimeout as NxFinTimeout,
    NxNote as NxNote,
    NxPopQueue as NxPopQueue,
    NxSample as NxSample,
    NxSample2 as NxSample2,
    NxSample3 as NxSample3,
)
from openflow.experimenters.nicira_flows import (
    NxAggregateStatsReply as NxAggregateStatsReply,
    NxAggregateStatsRequest as NxAggregateStatsRequest,
    NxFlowMod as NxFlowMod,
    NxFlowRemoved as NxFlowRemoved,
    NxFlowStats as NxFlowStats,
    NxFlowStatsReply as NxFlowStatsReply,
    NxFlowStatsRequest as NxFlowStatsRequest,
)
from openflow.experimenters.nicira_messages import (
    NxAsyncProperty as NxAsyncProperty,
    NxFlowAge as NxFlowAge,
    NxFlowFormat as NxFlowFormat,
    NxFlowModTableId as NxFlowModTableId,
    NxPacketInFormat as NxPacketInFormat,
    NxRole as NxRole,
    NxRoleReply as NxRoleReply,
    NxRoleRequest as NxRoleRequest,
    NxSetAsyncConfig as NxSetAsyncConfig,
    NxSetAsyncConfig2 as NxSetAsyncConfig2,
    NxSetControllerId as NxSetControllerId,
    NxSetFlowFormat as NxSetFlowFormat,
    NxSetPacketInFormat as NxSetPacketInFormat,
    NxTlvMap as NxTlvMap,
    NxTlvTableMod as NxTlvTableMod,
    NxTlvTableModCommand as NxTlvTableModCommand,
    NxTlvTableReply as NxTlvTableReply,
    NxTlvTableRequest as NxTlvTableRequest,
)
from openflow.experimenters.nicira_packet_in import (
    NxPacketIn as NxPacketIn,
    NxPacketIn2 as NxPacketIn2,
    NxPacketInProperty as NxPacketInProperty,
    NxPacketInBufferId as NxPacketInBufferId,
    NxPacketInContinuation as NxPacketInContinuation,
    NxPacketInCookie as NxPacketInCookie,
    NxPacketInFullLen as NxPacketInFullLen,
    NxPacketInMetadata as NxPacketInMetadata,
    NxPacketInPacket as NxPacketInPacket,
    NxPacketInReason as NxPacketInReason,
    NxPacketInTableId as NxPacketInTableId,
    NxPacketInUserdata as NxPacketInUserdata,
    NxResume as NxResume,
    RawNxPacketInProperty as RawNxPacketInProperty,
)
from openflow.vendors import (
    NICIRA as NICIRA,
    NICIRA_NSH as NICIRA_NSH,
    ONF as ONF,
)
from openflow.experimenters.registers import (
    NxCheckPktLarger as NxCheckPktLarger,
    NxDecTtlCntIds as NxDecTtlCntIds,
    NxDeleteField as NxDeleteField,
    NxRegLoad as NxRegLoad,
    NxRegLoad2 as NxRegLoad2,
    NxRegMove as NxRegMove,
    NxSetTunnel as NxSetTunnel,
    NxSetTunnel64 as NxSetTunnel64,
    NxStackPop as NxStackPop,
    NxStackPush as NxStackPush,
    NxWriteMetadata as NxWriteMetadata,
    OnfCopyField as OnfCopyField,
)
from openflow.experimenters.ct_flush import (
    NxCtDst as NxCtDst,
    NxCtDstPort as NxCtDstPort,
    NxCtFlush as NxCtFlush,
    NxCtFlushProperty as NxCtFlushProperty,
    NxCtFlushZone as NxCtFlushZone,
    NxCtIcmpCode as NxCtIcmpCode,
    NxCtIcmpId as NxCtIcmpId,
    NxCtIcmpType as NxCtIcmpType,
    NxCtSrc as NxCtSrc,
    NxCtSrcPort as NxCtSrcPort,
    NxCtTupleOrig as NxCtTupleOrig,
    NxCtTupleProperty as NxCtTupleProperty,
    NxCtTupleReply as NxCtTupleReply,
    NxCtZoneId as NxCtZoneId,
    RawNxCtFlushProperty as RawNxCtFlushProperty,
    RawNxCtTupleProperty as RawNxCtTupleProperty,
)
from openflow.experimenters.ipfix import (
    NxIpfixBridgeStatsReply as NxIpfixBridgeStatsReply,
    NxIpfixBridgeStatsRequest as NxIpfixBridgeStatsRequest,
    NxIpfixFlowStatsReply as NxIpfixFlowStatsReply,
    NxIpfixFlowStatsRequest as NxIpfixFlowStatsRequest,
    NxIpfixStats as NxIpfixStats,
)
