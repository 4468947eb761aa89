"""By which names the fields of messages are printed whose numbers mean something else in each class."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from openflow import constants as c
from openflow import constants_later as later
from openflow.show import add_names, add_shower

_NAMES: dict[str, type[IntEnum | IntFlag]] = {
    "BundleAddMessage.flags": later.BundleFlags,
    "BundleControl.flags": later.BundleFlags,
    "BundleControl.type": later.BundleControlType,
    "BundleFeaturesStatsReply.capabilities": later.BundleFlags,
    "BundleFeaturesStatsRequest.feature_request_flags": later.BundleFeatureFlags,
    "ControllerStatusStats.channel_status": later.ControlChannelStatus,
    "ControllerStatusStats.reason": later.ControllerStatusReason,
    "EvictionProperty.flags": later.EvictionFlags,
    "FlowMonitor.command": later.FlowMonitorCommand,
    "FlowMonitor.flags": later.FlowMonitorFlags,
    "FlowUpdateFull.reason": c.FlowRemovedReason,
    "GroupMod.command_bucket_id": later.BucketId,
    "MeterFeaturesStatsReply.features": later.MeterFeatureFlags,
    "OpticalPortMod.configure": later.OpticalPortFeatures,
    "OpticalPortStats.flags": later.OpticalStatsFlags,
    "OpticalProperty.supported": later.OpticalPortFeatures,
    "RoleStatus.reason": later.ControllerRoleReason,
    "TableFeatures.command": later.TableFeaturesCommand,
    "TableFeatures.features": later.TableFeatureFlags,
    "TableStatus.reason": later.TableReason,
}

for _field, _enum in _NAMES.items():
    add_names(_field, _enum)
add_shower("ReasonsProperty.mask", repr)
