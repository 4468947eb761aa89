//! Groups and meters from Python's types to the engine's.

use datapath::{BandKind, BandSpec, BucketSpec, decode_actions};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

/// A bucket: its actions in their order of execution, its weight, the port and the group it watches.
pub(crate) type BucketFields = (PyBackedBytes, u16, u32, u32);

/// A band: rate, burst size, and the precedence level unless it drops.
pub(crate) type BandFields = (u32, u32, Option<u8>);

/// Reads a bucket.
pub(crate) fn bucket(fields: &BucketFields) -> PyResult<BucketSpec> {
    let (actions, weight, watch_port, watch_group) = fields;
    let actions = decode_actions(actions)
        .ok_or_else(|| PyValueError::new_err("octets that are no actions"))?;
    Ok(BucketSpec { actions, weight: *weight, watch_port: *watch_port, watch_group: *watch_group })
}

/// Reads a band.
pub(crate) fn band(fields: &BandFields) -> BandSpec {
    let (rate, burst_size, prec_level) = *fields;
    let kind = prec_level.map_or(BandKind::Drop, BandKind::DscpRemark);
    BandSpec { kind, rate, burst_size }
}
