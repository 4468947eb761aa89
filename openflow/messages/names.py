"""By which names the fields of messages are printed whose numbers mean something else in each class."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from openflow import constants as c
from openflow.show import add_names, add_shower

_NAMES: dict[str, type[IntEnum | IntFlag]] = {
    "BundleAddMessage.flags": c.BundleFlags,
    "BundleControl.flags": c.BundleFlags,
    "BundleControl.type": c.BundleControlType,
    "BundleFeaturesStatsReply.capabilities": c.BundleFlags,
    "BundleFeaturesStatsRequest.feature_request_flags": c.BundleFeatureFlags,
    "ControllerStatusStats.channel_status": c.ControlChannelStatus,
    "ControllerStatusStats.reason": c.ControllerStatusReason,
    "EvictionProperty.flags": c.EvictionFlags,
    "FlowMonitor.command": c.FlowMonitorCommand,
    "FlowMonitor.flags": c.FlowMonitorFlags,
    "FlowUpdateFull.reason": c.FlowRemovedReason,
    "GroupMod.command_bucket_id": c.BucketId,
    "MeterFeaturesStatsReply.features": c.MeterFeatureFlags,
    "OpticalPortMod.configure": c.OpticalPortFeatures,
    "OpticalPortStats.flags": c.OpticalStatsFlags,
    "OpticalProperty.supported": c.OpticalPortFeatures,
    "RoleStatus.reason": c.ControllerRoleReason,
    "TableFeatures.command": c.TableFeaturesCommand,
    "TableFeatures.features": c.TableFeatureFlags,
    "TableStatus.reason": c.TableReason,
}

for _field, _enum in _NAMES.items():
    add_names(_field, _enum)
add_shower("ReasonsProperty.mask", repr)
