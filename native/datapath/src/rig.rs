//! A small switch for tests: flows from actions, frames in, what came of them out.

use std::sync::Arc;

use packet::{Field, Frame};

use crate::{
    Action, Command, Datapath, Effect, FlowChange, FlowMatch, Instruction, Program, Upcall, Worker,
};

/// What came of a frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// These octets left a port, through this queue.
    Sent(u32, Vec<u8>, u32),
    /// A controller was shown the frame.
    Up(Box<Upcall>),
}

/// A switch with ports 1 to 4.
pub(crate) struct Rig {
    pub(crate) datapath: Datapath,
    pub(crate) worker: Worker,
    pub(crate) now: f64,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let mut datapath = Datapath::new(4, 100, 4, 300.0);
        for port_no in 1..=4 {
            assert!(datapath.add_port(port_no, 0, true));
        }
        Self { datapath, worker: Worker::new(1), now: 1.0 }
    }

    /// Adds an entry; the instructions are in their order of execution.
    pub(crate) fn flow(
        &mut self,
        table_id: u8,
        flow_match: &FlowMatch,
        instructions: &[Instruction],
    ) {
        let priority = u16::from(!flow_match.is_any());
        let program = Arc::new(Program::of(instructions));
        let tables = table_id..=table_id;
        let change = FlowChange {
            priority,
            program,
            cookie: 0xc0,
            ..FlowChange::new(Command::Add, tables, flow_match)
        };
        self.datapath.tables.apply(&change, 0.0).expect("room for an entry");
    }

    /// Adds an entry for all packets that applies actions.
    pub(crate) fn all(&mut self, actions: &[Action]) {
        self.flow(0, &FlowMatch::default(), &[Instruction::ApplyActions(actions.into())]);
    }

    pub(crate) fn receive(&mut self, in_port: u32, data: &[u8]) -> Vec<Seen> {
        let now = self.now;
        self.pass(data, |datapath, worker, frame| datapath.receive(worker, in_port, frame, now))
    }

    pub(crate) fn inject(&mut self, in_port: u32, data: &[u8], actions: &[Action]) -> Vec<Seen> {
        let now = self.now;
        self.pass(data, |datapath, worker, frame| {
            datapath.inject(worker, in_port, frame, actions, now);
        })
    }

    /// The ports that a frame leaves through.
    pub(crate) fn ports_for(&mut self, in_port: u32, data: &[u8]) -> Vec<u32> {
        let seen = self.receive(in_port, data);
        seen.iter().filter_map(|one| Some(sent(one)?.0)).collect()
    }

    /// The name of the counter that counted since this was last asked for.
    pub(crate) fn why(&self, before: &[(&'static str, u64)]) -> Vec<&'static str> {
        let now = self.datapath.drops().into_iter().filter(|one| !before.contains(one));
        now.map(|(name, _)| name).collect()
    }

    fn pass(
        &mut self,
        data: &[u8],
        process: impl FnOnce(&Datapath, &mut Worker, usize),
    ) -> Vec<Seen> {
        let frame = self.worker.frame();
        self.worker.frame_mut(frame).set(data, None);
        process(&self.datapath, &mut self.worker, frame);
        self.datapath.flush(&mut self.worker);
        let effects = self.worker.take_effects();
        let seen = effects.into_iter().map(|effect| match effect {
            Effect::Transmit { port_no, frame, queue_id } => {
                let frame: &Frame = self.worker.frame_ref(frame);
                Seen::Sent(port_no, frame.data().to_vec(), queue_id)
            }
            Effect::Upcall(upcall) => Seen::Up(upcall),
        });
        let seen = seen.collect();
        self.worker.reset();
        seen
    }
}

/// Port and octets of what was sent.
pub(crate) fn sent(seen: &Seen) -> Option<(u32, &[u8])> {
    match seen {
        Seen::Sent(port_no, data, _) => Some((*port_no, data)),
        Seen::Up(_) => None,
    }
}

/// What a controller was shown.
pub(crate) fn upcall(seen: &Seen) -> Option<&Upcall> {
    match seen {
        Seen::Up(upcall) => Some(upcall),
        Seen::Sent(..) => None,
    }
}

pub(crate) const fn output(port_no: u32) -> Action {
    Action::Output { port_no, max_len: 99 }
}

/// A match on whole fields.
pub(crate) fn exact(fields: &[(Field, u128)]) -> FlowMatch {
    let mut flow_match = FlowMatch::default();
    for &(field, value) in fields {
        flow_match.set(field, value, u128::MAX >> (128 - field.bits()));
    }
    flow_match
}

/// An Ethernet frame from one address to another with a payload of an unknown type.
pub(crate) fn ethernet(eth_dst: u8, eth_src: u8) -> Vec<u8> {
    let mut data = vec![0; 60];
    (data[0], data[5]) = (2, eth_dst);
    (data[6], data[11]) = (2, eth_src);
    data[12..14].copy_from_slice(&[0x88, 0xb5]);
    data
}

/// A UDP datagram over IPv4 with this TTL, and no checksum of UDP.
pub(crate) fn datagram(ttl: u8) -> Vec<u8> {
    let mut data = ethernet(2, 1);
    data[12..26].copy_from_slice(&[8, 0, 0x45, 0, 0, 46, 0, 0, 0x40, 0, ttl, 17, 0, 0]);
    data[26..34].copy_from_slice(&[10, 0, 0, 1, 10, 0, 0, 2]);
    data[34..42].copy_from_slice(&[0, 7, 0, 9, 0, 26, 0, 0]);
    data
}
