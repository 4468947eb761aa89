//! Whatever octets come on a connection: framing does not panic; the messages are the buffer's own
//! octets, one after the other, each as long as its header says; and the same messages come when the
//! stream arrives in two pieces.
//!
//! The first two octets choose where the stream is cut.

#![no_main]

use codec::{HEADER_SIZE, Messages};
use libfuzzer_sys::fuzz_target;

/// The messages at the head of a buffer, how many octets they take, and whether the next is bad.
fn split(buffer: &[u8]) -> (Vec<&[u8]>, usize, bool) {
    let mut messages = Messages::new(buffer);
    let mut found = Vec::new();
    loop {
        match messages.next() {
            Some(Ok(message)) => found.push(message),
            Some(Err(_)) => return (found, messages.consumed(), true),
            None => return (found, messages.consumed(), false),
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&cut, stream)) = input.split_first_chunk() else { return };
    let (found, consumed, is_bad) = split(stream);
    assert_eq!(found.concat(), stream[..consumed]);
    for message in &found {
        assert!(message.len() >= HEADER_SIZE);
        assert_eq!(message.len(), usize::from(u16::from_be_bytes([message[2], message[3]])));
    }
    let cut = usize::from(u16::from_be_bytes(cut)).min(stream.len());
    let (mut pieces, taken, bad_early) = split(&stream[..cut]);
    if !bad_early {
        let (rest, more, bad_late) = split(&stream[taken..]);
        pieces.extend(rest);
        assert_eq!((pieces, taken + more, bad_late), (found, consumed, is_bad));
    }
});
