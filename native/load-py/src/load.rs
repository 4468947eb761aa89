//! Fake switches on Python's types.

use std::net::SocketAddr;
use std::time::Duration;

use ::load::{Answer, Answers, Counts, Load as Native, PacketIns, Places, Plan};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::raised;

/// A type of request, its part, the answer, and where the datapath id is in it; an answer of one
/// octet is the type of one that repeats the request.
type Said = (u8, Option<u16>, Vec<u8>, Option<usize>);

/// Where a packet-in has its buffer, its port, and its frame's addresses.
type At = (Option<usize>, usize, usize, usize);

/// Fake switches that are connected to a controller.
#[pyclass]
pub(crate) struct Load(Native);

#[pymethods]
impl Load {
    /// Connect switches to `address`; see the stub for what the arguments are.
    #[new]
    #[pyo3(signature = (
        address, *, version, hello, answers, packet_in, places, flow_mod_buffer,
        switches, hosts, ports, in_flight, timeout, told
    ))]
    #[expect(clippy::too_many_arguments, clippy::needless_pass_by_value, reason = "from Python")]
    fn new(
        py: Python<'_>,
        address: &str,
        version: u8,
        hello: Vec<u8>,
        answers: Vec<Said>,
        packet_in: Vec<u8>,
        places: At,
        flow_mod_buffer: usize,
        switches: u16,
        hosts: u32,
        ports: u16,
        in_flight: u32,
        timeout: f64,
        told: Py<PyAny>,
    ) -> PyResult<Self> {
        let address: SocketAddr =
            address.parse().map_err(|_| PyValueError::new_err("no address of IP and port"))?;
        let (buffer_id, in_port, eth_dst, eth_src) = places;
        let places = Places { buffer_id, in_port, eth_dst, eth_src };
        let packet_ins =
            PacketIns::new(packet_in, places, hosts, ports).map_err(PyValueError::new_err)?;
        let answers = said(answers);
        let plan =
            Plan { version, hello, answers, packet_ins, flow_mod_buffer, switches, in_flight };
        let timeout = Duration::from_secs_f64(timeout);
        let told = |count: usize, refused: bool| {
            // Whatever it raises: the load goes on.
            drop(Python::attach(|py| told.call1(py, (count, refused))));
        };
        py.detach(|| Native::connect(plan, address, timeout, told)).map(Self).map_err(raised)
    }

    /// Answer the controller for so many seconds, and send nothing unasked.
    fn settle(&mut self, py: Python<'_>, seconds: f64) -> PyResult<()> {
        py.detach(|| self.0.settle(Duration::from_secs_f64(seconds))).map_err(raised)
    }

    /// Load the controller for so many seconds, going on where the call before ended.
    #[pyo3(signature = (seconds, busy = false))]
    fn run(&mut self, py: Python<'_>, seconds: f64, busy: bool) -> PyResult<()> {
        py.detach(|| self.0.run(Duration::from_secs_f64(seconds), busy)).map_err(raised)
    }

    /// What has happened since this was last called.
    fn take<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        to_python(py, self.0.take())
    }
}

fn said(all: Vec<Said>) -> Answers {
    let mut answers = Answers::new();
    for (kind, part, message, dpid_at) in all {
        let answer = match message[..] {
            [kind] => Answer::Mirror(kind),
            _ => Answer::Fixed { message, dpid_at },
        };
        answers.insert(kind, part, answer);
    }
    answers
}

fn to_python(py: Python<'_>, counts: Counts) -> PyResult<Bound<'_, PyDict>> {
    let told = PyDict::new(py);
    told.set_item("seconds", counts.seconds)?;
    told.set_item("responses", counts.responses)?;
    told.set_item("sent", counts.sent)?;
    told.set_item("in_flight", counts.in_flight)?;
    told.set_item("flow_mods", counts.flow_mods)?;
    told.set_item("packet_outs", counts.packet_outs)?;
    told.set_item("errors", counts.errors)?;
    told.set_item("times", counts.times)?;
    told.set_item("polled", counts.polled)?;
    Ok(told)
}
