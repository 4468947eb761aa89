//! Whatever actions on headers come to whatever frame: nothing panics, an edit that says it changed
//! nothing has not, a packet that follows an edit is what parsing again would give, and lengths change
//! by what the action puts in or takes out. Afterwards the frame can be finished, whatever its
//! metadata say.
//!
//! The first octet tells how many octets of actions there are, the next ten are the frame's metadata,
//! if the second octet is odd.

#![no_main]

use datapath::{Action, EditFault, Edited, Frame, Offload, decode_actions, edit, follow, parse};
use libfuzzer_sys::fuzz_target;
use packet::{OFFLOAD_SIZE, complete_checksum, kernel_can_finish, segment};

fn perform(actions: &[Action], frame: &mut Frame) {
    let mut packet = parse(frame.data(), frame.len());
    for action in actions {
        let before = frame.clone();
        let edited = match edit(action, frame, &packet) {
            Ok(edited) => edited,
            Err(EditFault::InvalidTtl) => return assert!(*frame == before),
            Err(EditFault::TooLong) => return,
        };
        assert!(edited != Edited::Unchanged || *frame == before);
        assert!(edited == Edited::Structure || frame.len() == before.len());
        assert!(before.len().abs_diff(frame.len()) <= 18 || *action == Action::PopPbb);
        let now = parse(frame.data(), frame.len());
        if follow(action, edited, frame, &mut packet) {
            assert_eq!(packet, now, "{action:?}");
        }
        packet = now;
    }
}

fn finish(frame: &mut Frame) {
    kernel_can_finish(frame);
    // Tens of thousands of segments tell no more than a few do.
    if frame.offload.is_none_or(|offload| offload.gso_size >= 16) {
        for one in segment(frame).into_iter().flatten() {
            assert!(one.offload.is_none() && one.len() <= frame.len());
        }
    }
    let len = frame.len();
    complete_checksum(frame);
    assert!(frame.offload.is_none() && frame.len() == len);
}

fuzz_target!(|data: &[u8]| {
    let Some((&[size, has_offload], data)) = data.split_first_chunk() else { return };
    let Some((actions, data)) = data.split_at_checked(size.into()) else { return };
    let Some(actions) = decode_actions(actions) else { return };
    let Some((header, octets)) = data.split_first_chunk::<OFFLOAD_SIZE>() else { return };
    let offload = if has_offload & 1 == 1 { Offload::parse(*header) } else { None };
    let mut frame = Frame::of(octets, offload);
    perform(&actions, &mut frame);
    finish(&mut frame);
});
