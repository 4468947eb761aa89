use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;

use super::*;

/// A connection that is served, and its other side.
fn connect(streams: &mut Streams) -> (Key, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("an address");
    let other = TcpStream::connect(listener.local_addr().expect("bound")).expect("connected");
    let (ours, _) = listener.accept().expect("accepted");
    (streams.add(ours.into()).expect("a connection"), other)
}

/// What happens next.
fn next(streams: &mut Streams, input: &mut Input) -> Turn {
    for _ in 0..500 {
        if let Some(turn) = streams.turn(input) {
            return turn;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    panic!("nothing happens");
}

fn streams() -> (Streams, Input) {
    (Streams::new(1000).expect("streams"), Input::default())
}

fn expect_input(streams: &mut Streams, input: &mut Input, from: Key) {
    let turn = next(streams, input);
    assert!(matches!(turn, Turn::Input), "{turn:?}");
    assert_eq!(input.from(), Some(from));
}

#[test]
fn what_comes_is_read_and_the_beginning_of_a_message_kept() {
    let (mut streams, mut input) = streams();
    let (key, mut other) = connect(&mut streams);
    other.write_all(&[1, 0, 0, 8, 0, 0, 0, 1, 1, 2]).expect("written");
    expect_input(&mut streams, &mut input, key);
    input.skip(8);
    assert_eq!(input.front(), Ok(None));
    streams.keep(key, input.rest());
    input.next();
    assert_eq!(streams.kept(key), 2);
    other.write_all(&[0, 8, 0, 0, 0, 2]).expect("written");
    expect_input(&mut streams, &mut input, key);
    assert_eq!(input.rest(), [1, 2, 0, 8, 0, 0, 0, 2]);
    assert_eq!(streams.kept(key), 0);
}

#[test]
fn nobody_has_two_turns_before_everybody_had_one() {
    let (mut streams, mut input) = streams();
    let mut others: Vec<_> = (0..100).map(|_| connect(&mut streams)).collect();
    for (_, other) in &mut others {
        other.write_all(&vec![1; BUDGET_AND_MORE]).expect("written");
    }
    let mut turns = vec![0; others.len()];
    while turns.iter().sum::<usize>() < 100 {
        let turn = next(&mut streams, &mut input);
        assert!(matches!(turn, Turn::Input), "{turn:?}");
        while let Some(key) = input.from() {
            turns[key.index()] += 1;
            input.next();
        }
    }
    assert_eq!(turns, vec![1; 100]);
}

#[test]
fn all_that_are_ready_are_read_in_one_turn() {
    let (mut streams, mut input) = streams();
    let mut connect = |_| {
        let (ours, mut other) = UnixStream::pair().expect("a pair");
        other.write_all(&[1, 0, 0, 8, 0, 0, 0, 1]).expect("written");
        (streams.add(ours.into()).expect("a connection"), other)
    };
    let others: Vec<_> = (0..16).map(&mut connect).collect();
    assert!(matches!(streams.turn(&mut input), Some(Turn::Input)));
    for (key, _) in &others {
        assert_eq!((input.from(), input.rest().len()), (Some(*key), 8));
        input.next();
    }
    assert!(streams.turn(&mut input).is_none());
}

const BUDGET_AND_MORE: usize = crate::BUDGET + 10_000;

#[test]
fn output_goes_out_at_the_end_of_the_turn() {
    let (mut streams, _) = streams();
    let (key, mut other) = connect(&mut streams);
    for (number, first) in [(1, true), (2, false)] {
        let (output, is_first) = streams.output(key).expect("open");
        output.push(number);
        assert_eq!(is_first, first);
    }
    assert!(streams.is_touched());
    streams.flush();
    assert!(!streams.is_touched());
    let mut octets = [0; 2];
    other.read_exact(&mut octets).expect("read");
    assert_eq!((octets, streams.backlog(key)), ([1, 2], 0));
}

#[test]
fn what_the_other_side_does_not_take_waits_until_it_does() {
    let (mut streams, mut input) = streams();
    let (key, mut other) = connect(&mut streams);
    let size = 32 << 20;
    streams.output(key).expect("open").0.resize(size, 7);
    streams.flush();
    assert!(streams.backlog(key) > 0 && !streams.is_clear(key));
    let reader = std::thread::spawn(move || {
        let mut octets = vec![0; size];
        other.read_exact(&mut octets).map(|()| octets.iter().all(|&octet| octet == 7))
    });
    let turn = next(&mut streams, &mut input);
    assert!(matches!(turn, Turn::Drained(found) if found == key), "{turn:?}");
    assert!(streams.is_clear(key) || streams.backlog(key) <= 1000);
    while streams.backlog(key) > 0 {
        assert!(streams.turn(&mut input).is_none());
    }
    assert!(reader.join().expect("joined").expect("read"));
}

#[test]
fn an_end_is_told_once_and_the_place_is_used_again() {
    let (mut streams, mut input) = streams();
    let (key, other) = connect(&mut streams);
    drop(other);
    let turn = next(&mut streams, &mut input);
    assert!(matches!(turn, Turn::End(found, End::Closed) if found == key), "{turn:?}");
    assert!(streams.turn(&mut input).is_none());
    assert!(streams.output(key).is_none());
    streams.close(key);
    let (other_key, _other) = connect(&mut streams);
    assert_eq!(other_key.index(), key.index());
    assert_ne!(other_key, key);
    assert!(streams.is_open(other_key) && !streams.is_open(key));
    streams.abort(key);
    assert!(streams.is_open(other_key));
}

#[test]
fn what_was_sent_before_closing_arrives() {
    let (mut streams, mut input) = streams();
    let (key, mut other) = connect(&mut streams);
    let size = 16 << 20;
    streams.output(key).expect("open").0.resize(size, 7);
    streams.flush();
    streams.close(key);
    assert!(!streams.is_open(key) && streams.backlog(key) > 0);
    let reader = std::thread::spawn(move || {
        let mut octets = Vec::new();
        other.read_to_end(&mut octets).map(|_| octets.len())
    });
    while streams.backlog(key) > 0 {
        assert!(streams.turn(&mut input).is_none());
    }
    assert_eq!(reader.join().expect("joined").expect("read"), size);
}

#[test]
fn a_connection_that_breaks_while_it_is_written_to_is_told() {
    let (mut streams, mut input) = streams();
    let (key, other) = connect(&mut streams);
    drop(other);
    for _ in 0..3 {
        if let Some((output, _)) = streams.output(key) {
            output.resize(1 << 16, 0);
        }
        streams.flush();
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let turn = next(&mut streams, &mut input);
    assert!(matches!(turn, Turn::End(found, _) if found == key), "{turn:?}");
}
