//! Fake switches against the controller without thoughts, over loopback.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use load::{Answer, Answers, Bare, BarePlan, Counts, Load, LoadError, PacketIns, Places, Plan};

const VERSION: u8 = 1;
const HELLO: [u8; 8] = [VERSION, 0, 0, 8, 0, 0, 0, 1];
const FEATURES_REQUEST: [u8; 8] = [VERSION, 5, 0, 8, 0, 0, 0, 2];
const PACKET_IN_SIZE: u8 = 82;
const FRAME: usize = 18;
const FLOW_MOD_SIZE: u8 = 72;
const FLOW_MOD_BUFFER: usize = 64;

/// A message of a type, all zeros.
fn message(kind: u8, size: u8) -> Vec<u8> {
    let mut message = vec![0; usize::from(size)];
    message[..4].copy_from_slice(&[VERSION, kind, 0, size]);
    message
}

fn plan(switches: u16, in_flight: u32) -> Plan {
    let mut answers = Answers::new();
    let features = message(6, 32);
    answers.insert(5, None, Answer::Fixed { message: features, dpid_at: Some(8) });
    let places = Places { buffer_id: Some(8), in_port: 14, eth_dst: FRAME, eth_src: FRAME + 6 };
    let packet_ins = PacketIns::new(message(10, PACKET_IN_SIZE), places, 10, 4).expect("a plan");
    let (hello, flow_mod_buffer) = (HELLO.to_vec(), FLOW_MOD_BUFFER);
    Plan { version: VERSION, hello, answers, packet_ins, flow_mod_buffer, switches, in_flight }
}

/// A controller on a thread of its own, until it is dropped.
struct Controller {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Controller {
    fn start(greeting: Vec<u8>, answer: Vec<u8>, buffer_out: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let plan = BarePlan { greeting, answer, buffer_in: 8, buffer_out };
        let mut bare = Bare::new(listener, plan).expect("a controller");
        let address = bare.address().expect("an address");
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        let thread = thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                bare.run(Duration::from_millis(20)).expect("it serves");
            }
        });
        Self { address, over, thread: Some(thread) }
    }

    fn of_flow_mods() -> Self {
        let answer = message(14, FLOW_MOD_SIZE);
        Self::start([HELLO, FEATURES_REQUEST].concat(), answer, FLOW_MOD_BUFFER)
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn loaded(controller: &Controller, plan: Plan) -> Result<Counts, LoadError> {
    let mut load = Load::connect(plan, controller.address, Duration::from_secs(5), |_, _| ())?;
    load.take();
    load.run(Duration::from_millis(200), false)?;
    Ok(load.take())
}

#[test]
fn every_switch_gets_responses_and_each_counts_once() -> Result<(), LoadError> {
    let counts = loaded(&Controller::of_flow_mods(), plan(3, 1000))?;
    assert_eq!(counts.responses.len(), 3);
    assert!(counts.responses.iter().all(|&count| count > 0), "{counts:?}");
    let total: u64 = counts.responses.iter().sum();
    assert_eq!(total, counts.flow_mods);
    assert!(counts.in_flight <= 3 * 1000, "{counts:?}");
    assert_eq!(counts.sent, total + counts.in_flight);
    assert!(counts.seconds >= 0.2 && !counts.times.is_empty());
    Ok(())
}

#[test]
fn one_at_a_time_is_one_in_flight_and_all_are_timed() -> Result<(), LoadError> {
    let counts = loaded(&Controller::of_flow_mods(), plan(2, 1))?;
    let total: u64 = counts.responses.iter().sum();
    let timed: u64 = counts.times.iter().map(|&(_, count)| count).sum();
    assert!(total > 0 && total <= counts.sent && counts.sent <= total + 2);
    assert_eq!(timed, total);
    Ok(())
}

#[test]
fn a_response_that_names_no_packet_in_does_not_count() -> Result<(), LoadError> {
    // The buffer is put elsewhere, and where it belongs stands that there is none.
    let mut answer = message(14, FLOW_MOD_SIZE + 8);
    answer[FLOW_MOD_BUFFER..FLOW_MOD_BUFFER + 4].fill(0xff);
    let controller = Controller::start([HELLO, FEATURES_REQUEST].concat(), answer, 72);
    let counts = loaded(&controller, plan(1, 10))?;
    assert_eq!((counts.responses, counts.sent, counts.in_flight), (vec![0], 10, 10));
    assert_eq!(counts.flow_mods, 10);
    Ok(())
}

#[test]
fn a_controller_that_asks_nothing_is_told_as_such() {
    let controller = Controller::start(HELLO.to_vec(), message(14, FLOW_MOD_SIZE), 64);
    let connected =
        Load::connect(plan(2, 1), controller.address, Duration::from_millis(200), |_, _| ());
    let told = connected.expect_err("no features request").to_string();
    assert_eq!(
        told,
        "2 of 2 switches were not asked for their features in time: is it a controller?"
    );
}

#[test]
fn a_controller_of_another_version_is_told_as_such() {
    let mut request = FEATURES_REQUEST;
    request[0] = 4;
    let controller = Controller::start([HELLO, request].concat(), message(14, FLOW_MOD_SIZE), 64);
    let connected =
        Load::connect(plan(1, 1), controller.address, Duration::from_secs(5), |_, _| ());
    let told = connected.expect_err("another version").to_string();
    assert!(told.contains("the controller speaks version 0x04"), "{told}");
}

#[test]
fn what_is_no_openflow_is_told_as_such() {
    let controller = Controller::start(vec![0; 16], message(14, FLOW_MOD_SIZE), 64);
    let connected =
        Load::connect(plan(1, 1), controller.address, Duration::from_secs(5), |_, _| ());
    assert!(matches!(connected, Err(LoadError::Framing(_))), "{connected:?}");
}

#[test]
fn nobody_at_an_address_is_told_as_such() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    let mut told = Vec::new();
    let connected =
        Load::connect(plan(1, 1), address, Duration::from_millis(120), |count, refused| {
            told.push((count, refused));
        });
    assert!(matches!(connected, Err(LoadError::Connect(_))), "{connected:?}");
    assert!(!told.is_empty() && told.iter().all(|&one| one == (0, true)), "{told:?}");
}

#[test]
fn a_controller_that_takes_no_more_is_told_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let thread = thread::spawn(move || {
        let (mut first, _) = listener.accept().expect("a switch");
        first.write_all(&[HELLO, FEATURES_REQUEST].concat()).expect("it listens");
        drop(listener.accept().expect("another"));
        while first.read(&mut [0; 64]).is_ok_and(|count| count > 0) {}
    });
    let connected = Load::connect(plan(2, 1), address, Duration::from_secs(20), |_, _| ());
    let told = connected.expect_err("turned away").to_string();
    assert!(told.contains("closed") || told.contains("turned a switch away"), "{told}");
    thread.join().expect("no panic");
}
