//! Threads between links in memory: what one end sends, another receives.

use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use datapath::{Command, Datapath, Field, FlowChange, FlowMatch, Program};
use packet::OFFLOAD_SIZE;
use ports::open_seqpacket;

use crate::thread::Letter;
use crate::{Event, Forwarding, Settings};

const CONTROLLER: u32 = 0xffff_fffd;
const PATIENCE: Duration = Duration::from_secs(10);

/// A switch with threads, and the far ends of its ports 1, 2, ...
struct Lab {
    forwarding: Forwarding,
    datapath: Arc<RwLock<Datapath>>,
    ends: Vec<UnixDatagram>,
}

impl Lab {
    fn new(ports: u32, threads: usize) -> Self {
        let datapath = Arc::new(RwLock::new(Datapath::new(4, 100, 16, 300.0)));
        let settings = Settings { threads, busy_poll: false };
        let forwarding = Forwarding::start(Arc::clone(&datapath), settings).expect("threads");
        let mut lab = Self { forwarding, datapath, ends: Vec::new() };
        for port_no in 1..=ports {
            lab.add_port(port_no);
        }
        lab
    }

    fn add_port(&mut self, port_no: u32) {
        let (ours, theirs) = UnixDatagram::pair().expect("a pair");
        ours.set_nonblocking(true).expect("an option");
        theirs.set_read_timeout(Some(PATIENCE)).expect("an option");
        assert!(self.datapath.write().expect("a lock").add_port(port_no, 0, true));
        let link = open_seqpacket(ours.into(), self.forwarding.threads()).expect("a link");
        self.forwarding.attach(port_no, link.queues);
        self.ends.push(theirs);
    }

    /// Frames from one port leave through another.
    fn patch(&self, in_port: u32, out_port: u32) {
        let mut flow_match = FlowMatch::default();
        flow_match.set(Field::InPort, in_port.into(), u32::MAX.into());
        let [a, b, c, d] = out_port.to_be_bytes();
        let apply_output = [4, 0, 1, 0, a, b, c, d, 0xff, 0xff];
        let program = Program::decode(&apply_output).expect("a program");
        let change = FlowChange {
            program: Arc::new(program),
            ..FlowChange::new(Command::Add, 0..=0, &flow_match)
        };
        let mut datapath = self.datapath.write().expect("a lock");
        datapath.tables.apply(&change, 0.0).expect("room");
    }

    fn send(&self, port_no: u32, mark: u8) {
        self.ends[port_no as usize - 1].send(&message(mark)).expect("to send");
    }

    fn receive(&self, port_no: u32) -> Vec<u8> {
        let mut buffer = [0; 2048];
        let count = self.ends[port_no as usize - 1].recv(&mut buffer).expect("a frame");
        buffer[..count].to_vec()
    }

    fn events(&self) -> Vec<Event> {
        let until = Instant::now() + PATIENCE;
        loop {
            let events = self.forwarding.events().drain(1 << 16);
            if !events.is_empty() || Instant::now() > until {
                return events;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A frame behind a header that says that nothing is unfinished.
fn message(mark: u8) -> Vec<u8> {
    let mut octets = vec![0; OFFLOAD_SIZE];
    octets.extend([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]);
    octets.resize(OFFLOAD_SIZE + 60, mark);
    octets
}

#[test]
fn frames_pass_in_order_with_one_thread_and_with_several() {
    for threads in [1, 3] {
        let lab = Lab::new(2, threads);
        lab.patch(1, 2);
        lab.patch(2, 1);
        for mark in 0..100 {
            lab.send(1, mark);
            assert_eq!(lab.receive(2), message(mark));
            lab.send(2, mark);
            assert_eq!(lab.receive(1), message(mark));
        }
    }
}

#[test]
fn a_flood_of_packets_for_controllers_leaves_room_for_other_ports() {
    let lab = Lab::new(3, 1);
    lab.patch(1, CONTROLLER);
    lab.patch(2, CONTROLLER);
    for _ in 0..2000 {
        lab.send(1, 1);
    }
    while lab.forwarding.events().lost() == 0 {
        lab.send(1, 1);
    }
    lab.send(2, 2);
    let mut from_2 = 0;
    let until = Instant::now() + PATIENCE;
    while from_2 == 0 && Instant::now() < until {
        let upcalls = lab.events().into_iter().filter(|event| match event {
            Event::Upcall(upcall) => upcall.in_port == 2,
            _ => false,
        });
        from_2 += upcalls.count();
    }
    assert_eq!(from_2, 1);
}

#[test]
fn a_frame_for_a_port_without_queue_goes_to_python() {
    let lab = Lab::new(1, 1);
    assert!(lab.datapath.write().expect("a lock").add_port(7, 0, true));
    lab.patch(1, 7);
    lab.send(1, 9);
    match &lab.events()[..] {
        [Event::Transmit { port_no: 7, data, offload: None, queue_id: 0 }] => {
            assert_eq!(**data, message(9)[OFFLOAD_SIZE..]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_fault_is_reported_and_the_thread_goes_on_with_its_ports() {
    let lab = Lab::new(2, 1);
    lab.patch(1, 2);
    lab.forwarding.threads[0].mailbox.post(Letter::Trip);
    assert!(matches!(&lab.events()[..], [Event::Fault(text)] if text == "tripped"));
    lab.send(1, 5);
    assert_eq!(lab.receive(2), message(5));
}

#[test]
fn a_port_that_was_taken_away_is_left_alone() {
    let mut lab = Lab::new(2, 2);
    lab.patch(1, 2);
    lab.forwarding.detach(1);
    assert!(lab.ends[0].send(&message(1)).is_err(), "its descriptor is closed");
    lab.add_port(3);
    lab.patch(3, 2);
    lab.ends[2].send(&message(3)).expect("to send");
    assert_eq!(lab.receive(2), message(3));
    lab.forwarding.stop();
    lab.forwarding.detach(2);
}
