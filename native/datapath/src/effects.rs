//! What the datapath wants done, in the order in which it came about (`ofswitch/datapath/effects.py`).

use packet::Offload;

/// One thing to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send a frame of the worker's out of a port, through one of its queues (0: the default).
    Transmit {
        /// Out of which port.
        port_no: u32,
        /// Which frame: its place in the worker's arena.
        frame: usize,
        /// Through which queue.
        queue_id: u32,
    },
    /// Show a frame to the controllers.
    Upcall(Box<Upcall>),
}

/// A packet-in before buffers and truncation; the frame may be unfinished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upcall {
    /// The frame's octets as they were then: no more memory than they need, since upcalls may wait.
    pub data: Box<[u8]>,
    /// What was left to finish of the frame.
    pub offload: Option<Offload>,
    /// Where it came in.
    pub in_port: u32,
    /// `OFPR_*` of 1.3.
    pub reason: u8,
    /// The table whose entry sent it up, or that it missed.
    pub table_id: u8,
    /// The entry's cookie; all ones without one.
    pub cookie: u64,
    /// Pipeline fields.
    pub metadata: u64,
    /// Pipeline fields.
    pub tunnel_id: u64,
    /// How much of the frame a controller wants, where an action says it.
    pub max_len: Option<u16>,
    /// No entry was found, not even a table-miss entry.
    pub miss: bool,
}
