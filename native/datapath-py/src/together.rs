//! Changes that take effect together: bundles (`ofswitch/datapath/native/together.py`).
//!
//! No packet meets some of them and not the others, since they are made under the datapath's lock. Python
//! has checked them; what only tables can refuse is found out beforehand, on a copy of the tables concerned.

use datapath::{ALL_GROUPS, Datapath, GroupKind, Tables, Worker, decode_actions};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList};

use crate::effects::{self, OffloadFields};
use crate::engine::Engine;
use crate::flows::{self, Change, Gone, told};
use crate::groups::{self, BucketFields};
use crate::watch::{self, Told};

/// `OFPPC_PORT_DOWN`.
const PORT_DOWN: u32 = 1;

/// One of the changes; the attributes are those of Python's named tuples.
#[derive(FromPyObject)]
pub(crate) enum Step {
    Flow(Change),
    PutGroup {
        put_group: u32,
        kind: u8,
        buckets: Vec<BucketFields>,
    },
    RemoveGroup {
        remove_group: u32,
    },
    Port {
        port_no: u32,
        config: u32,
        live: bool,
    },
    Send {
        in_port: u32,
        data: PyBackedBytes,
        offload: Option<OffloadFields>,
        actions: PyBackedBytes,
    },
}

/// What came of one: entries that are gone and asked to tell, effects, and notes for who watches.
type Outcome<'py> = (Vec<Gone>, Bound<'py, PyList>, Vec<Told>);

/// Carry changes out one after the other, and nothing between them; what came of each.
///
/// If the tables refuse one, none is carried out: `Refused` with its place and why. Only what is added to
/// the tables in `doubtful` may be refused.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
pub(crate) fn carry_out<'py>(
    py: Python<'py>,
    engine: &Bound<'py, Engine>,
    steps: Vec<Step>,
    doubtful: &Bound<'py, PyBytes>,
    now: f64,
) -> PyResult<Vec<Outcome<'py>>> {
    let mut datapath = engine.get().write();
    let doubtful = doubtful.as_bytes();
    if !doubtful.is_empty() {
        rehearse(py, &mut datapath.tables.copy(doubtful), &steps, now)?;
    }
    let mut worker = datapath.new_worker();
    let outcomes = steps.iter().map(|step| step.carry_out(py, &mut datapath, &mut worker, now));
    outcomes.collect()
}

/// Finds the first change that the tables refuse, on a copy of them.
fn rehearse(py: Python<'_>, tables: &mut Tables, steps: &[Step], now: f64) -> PyResult<()> {
    for (place, step) in steps.iter().enumerate() {
        match step {
            Step::Flow(change) => {
                change.apply(tables, now).map_err(|refusal| refused_at(py, place, &refusal))?;
            }
            Step::RemoveGroup { remove_group } => {
                let gone = match *remove_group {
                    ALL_GROUPS => groups_in_use(tables),
                    group_id => vec![group_id],
                };
                tables.delete_by_group(&gone, now);
            }
            _ => {}
        }
    }
    Ok(())
}

fn groups_in_use(tables: &Tables) -> Vec<u32> {
    tables.programs_in_use().into_iter().flat_map(|(program, _)| flows::groups(program)).collect()
}

fn refused_at(py: Python<'_>, place: usize, refusal: &PyErr) -> PyErr {
    super::Refused::new_err((refusal.value(py).to_string(), place))
}

impl Step {
    fn carry_out<'py>(
        &self,
        py: Python<'py>,
        datapath: &mut Datapath,
        worker: &mut Worker,
        now: f64,
    ) -> PyResult<Outcome<'py>> {
        let (mut gone, found) = (Vec::new(), PyList::empty(py));
        match self {
            Self::Flow(change) => gone = change.apply(&mut datapath.tables, now)?,
            Self::PutGroup { put_group, kind, buckets } => {
                let kind = GroupKind::from_number(*kind)
                    .ok_or_else(|| PyValueError::new_err(format!("no group is of type {kind}")))?;
                let buckets = buckets.iter().map(groups::bucket).collect::<PyResult<_>>()?;
                datapath.put_group(*put_group, kind, buckets, now);
            }
            Self::RemoveGroup { remove_group } => {
                gone = told(&datapath.remove_group(*remove_group, now));
            }
            Self::Port { port_no, config, live } => {
                datapath.set_port(*port_no, *config, *live);
                if config & PORT_DOWN != 0 {
                    datapath.forget_port(*port_no);
                }
            }
            Self::Send { in_port, data, offload, actions } => {
                let actions = decode_actions(actions)
                    .ok_or_else(|| PyValueError::new_err("octets that are no actions"))?;
                worker.reset();
                let frame = worker.frame();
                worker.frame_mut(frame).set(data, offload.map(effects::offload));
                datapath.inject(worker, *in_port, frame, &actions, now);
                datapath.flush(worker);
                for effect in &worker.effects {
                    found.append(effects::to_python(py, effect, worker)?)?;
                }
            }
        }
        Ok((gone, found, watch::told(&datapath.tables.take_notes())))
    }
}
