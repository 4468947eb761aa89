//! Whatever arrives at a port, header and frame: the thread lives, and reports no fault; the good
//! frame behind it passes; and what arrived was received, or is counted as lost under a name.

#![no_main]

use std::cell::RefCell;
use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use datapath::{Command, Datapath, FlowChange, FlowMatch, Program};
use forwarding::{Event, Forwarding, Settings};
use libfuzzer_sys::fuzz_target;
use packet::OFFLOAD_SIZE;
use ports::{PortCounters, open_seqpacket};

/// Apply: output to port 2. All frames match.
const TO_PORT_2: [u8; 10] = [4, 0, 1, 0, 0, 0, 0, 2, 0xff, 0xff];

struct Lab {
    forwarding: Forwarding,
    counters: Arc<PortCounters>,
    one: UnixDatagram,
    two: UnixDatagram,
}

impl Lab {
    fn new() -> Self {
        let mut datapath = Datapath::new(1, 10, 1, 300.0);
        let program = Arc::new(Program::decode(&TO_PORT_2).expect("a program"));
        let any = FlowMatch::default();
        let everything = FlowChange::new(Command::Add, 0..=0, &any);
        let change = FlowChange { program, ..everything };
        datapath.tables.apply(&change, 0.0).expect("room");
        let datapath = Arc::new(RwLock::new(datapath));
        let settings = Settings { threads: 1, busy_poll: false };
        let forwarding = Forwarding::start(Arc::clone(&datapath), settings).expect("a thread");
        let [(one, counters), (two, _)] = [1, 2].map(|port_no| {
            let (ours, theirs) = UnixDatagram::pair().expect("a pair");
            ours.set_nonblocking(true).expect("an option");
            theirs.set_read_timeout(Some(Duration::from_secs(10))).expect("an option");
            assert!(datapath.write().expect("a lock").add_port(port_no, 0, true));
            let link = open_seqpacket(ours.into(), 1).expect("a link");
            forwarding.attach(port_no, link.queues);
            (theirs, link.counters)
        });
        Self { forwarding, counters, one, two }
    }

    /// How many messages port 1 has taken or lost.
    fn seen(&self) -> u64 {
        let counts = self.counters.snapshot();
        counts.rx_packets + counts.drops.iter().map(|(_, count)| count).sum::<u64>()
    }
}

thread_local! {
    static LAB: RefCell<Option<Lab>> = const { RefCell::new(None) };
}

/// A frame that is easily told from others.
fn good() -> Vec<u8> {
    let mut octets = vec![0; OFFLOAD_SIZE];
    octets.extend([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]);
    octets.extend([0x0f; 1000]);
    octets
}

fuzz_target!(|data: &[u8]| {
    if data.is_empty() || data.len() > 1000 {
        return; // an empty message is the end of a link
    }
    LAB.with_borrow_mut(|place| {
        let lab = place.get_or_insert_with(Lab::new);
        let before = lab.seen();
        lab.one.send(data).expect("room");
        lab.one.send(&good()).expect("room");
        let mut buffer = [0; 1 << 17];
        loop {
            let len = lab.two.recv(&mut buffer).expect("the good frame");
            if buffer[..len] == good() {
                break;
            }
        }
        assert_eq!(lab.seen() - before, 2);
        let events = lab.forwarding.events().drain(64);
        assert!(!events.iter().any(|event| matches!(event, Event::Fault(_))), "{events:?}");
    });
});
