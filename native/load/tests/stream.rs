//! A stream into a switch, over loopback.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use load::{Counter, LoadError, Stream};

const BARRIER_REQUEST: [u8; 8] = [1, 18, 0, 8, 0, 0, 0, 9];
const BARRIER_REPLY: u8 = 19;
const PATIENCE: Duration = Duration::from_secs(5);

/// A switch that answers barriers; what it has got is what its thread returns.
fn switch() -> (Stream, JoinHandle<Vec<[u8; 8]>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let stream = TcpStream::connect(listener.local_addr().expect("an address")).expect("a stream");
    let (mut peer, _) = listener.accept().expect("a connection");
    let thread = thread::spawn(move || {
        let (mut got, mut message) = (Vec::new(), [0; 8]);
        while peer.read_exact(&mut message).is_ok() {
            got.push(message);
            if message[1] == BARRIER_REQUEST[1] {
                peer.write_all(&[1, BARRIER_REPLY, 0, 8, 0, 0, 0, 9]).expect("a peer that reads");
            }
        }
        got
    });
    (Stream::new(stream).expect("a stream"), thread)
}

#[test]
fn a_stream_ends_with_the_answer_to_what_stands_behind_it() {
    let (mut stream, thread) = switch();
    let counter = Counter::new(vec![1, 14, 0, 8, 0, 0, 0, 0], vec![(4, 4)]).expect("a message");
    let done = stream.pour(&counter, 5..10_005, &BARRIER_REQUEST, (BARRIER_REPLY, 1), PATIENCE);
    let done = done.expect("an answer");
    assert_eq!((done.count(BARRIER_REPLY), done.error), (1, None));
    assert!(done.seconds > 0.0);
    drop(stream);
    let got = thread.join().expect("a switch");
    assert_eq!(got.len(), 10_001);
    assert_eq!(got[0], [1, 14, 0, 8, 0, 0, 0, 5]);
    assert_eq!(got[9_999], [1, 14, 0, 8, 0, 0, 0x27, 0x14]);
    assert_eq!(got[10_000], BARRIER_REQUEST);
}

#[test]
fn round_trips_are_timed_one_by_one() {
    let (mut stream, _thread) = switch();
    let barrier = Counter::new(BARRIER_REQUEST.to_vec(), vec![]).expect("a message");
    let times = stream.ping(&barrier, BARRIER_REPLY, 20, PATIENCE).expect("answers");
    assert_eq!(times.total(), 20);
}

#[test]
fn patience_ends_where_nothing_is_answered() {
    let (mut stream, _thread) = switch();
    let echo = Counter::new(vec![1, 2, 0, 8, 0, 0, 0, 0], vec![]).expect("a message");
    let patience = Duration::from_millis(50);
    let done = stream.pour(&echo, 0..3, &[], (3, 3), patience).expect("an end");
    assert_eq!(done.count(3), 0);
    let trip = stream.ping(&echo, 3, 1, patience);
    assert!(matches!(trip, Err(LoadError::TimedOut(_))), "{trip:?}");
}

#[test]
fn a_switch_that_goes_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let stream = TcpStream::connect(listener.local_addr().expect("an address")).expect("a stream");
    drop(listener.accept());
    let mut stream = Stream::new(stream).expect("a stream");
    let barrier = Counter::new(BARRIER_REQUEST.to_vec(), vec![]).expect("a message");
    let gone = stream.pour(&barrier, 0..1, &[], (BARRIER_REPLY, 1), PATIENCE);
    assert!(matches!(gone, Err(LoadError::Closed(_))), "{gone:?}");
}
