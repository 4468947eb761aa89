//! What happens to every frame on its way in: its header is read, its length looked at, its tag put back.

use packet::{FRAME_MAX, Frame, OFFLOAD_SIZE, Offload};

use crate::counters::Loss;

/// The least a frame can be: an Ethernet header.
pub(crate) const RUNT_SIZE: usize = 14;

/// Octets of a virtio-net header and the longest frame.
pub(crate) const READ_SIZE: usize = OFFLOAD_SIZE + FRAME_MAX;

const TAG_AT: usize = 12;

/// A VLAN tag that the kernel has taken out of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) tpid: u16,
    pub(crate) tci: u16,
}

/// Makes a frame of what was read into its room: `len` octets, the header included.
pub(crate) fn accept(frame: &mut Frame, len: usize) -> Result<(), Loss> {
    let Some(len) = len.checked_sub(OFFLOAD_SIZE).filter(|len| *len >= RUNT_SIZE) else {
        return Err(Loss::RxTooShort);
    };
    let mut header = [0; OFFLOAD_SIZE];
    header.copy_from_slice(&frame.room(OFFLOAD_SIZE)[..OFFLOAD_SIZE]);
    frame.received(len, Offload::parse(header));
    Ok(())
}

/// Puts the tag back where it was on the wire.
pub(crate) fn put_back(frame: &mut Frame, tag: Tag) -> Result<(), Loss> {
    let [tpid, tci] = [tag.tpid, tag.tci].map(u16::to_be_bytes);
    let octets = [tpid[0], tpid[1], tci[0], tci[1]];
    if frame.insert(TAG_AT, &octets) { Ok(()) } else { Err(Loss::RxTooLong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &[u8]) -> (Frame, usize) {
        let mut frame = Frame::new();
        frame.room(OFFLOAD_SIZE)[..octets.len()].copy_from_slice(octets);
        (frame, octets.len())
    }

    #[test]
    fn a_frame_begins_behind_its_header() {
        let mut octets = vec![0; OFFLOAD_SIZE];
        octets.extend(1..=60);
        let (mut frame, len) = read(&octets);
        assert_eq!(accept(&mut frame, len), Ok(()));
        assert_eq!(frame.data(), &octets[OFFLOAD_SIZE..]);
        assert_eq!(frame.offload, None);
    }

    #[test]
    fn a_runt_is_none() {
        for len in 0..OFFLOAD_SIZE + RUNT_SIZE {
            assert_eq!(accept(&mut Frame::new(), len), Err(Loss::RxTooShort));
        }
    }

    #[test]
    fn the_tag_comes_back_with_what_lies_behind_it_moved() {
        let offload = Offload { flags: 1, csum_start: 34, csum_offset: 16, ..Offload::default() };
        let mut octets = offload.emit().to_vec();
        octets.extend(1..=60);
        let (mut frame, len) = read(&octets);
        assert_eq!(accept(&mut frame, len), Ok(()));
        assert_eq!(put_back(&mut frame, Tag { tpid: 0x88a8, tci: 0x6007 }), Ok(()));
        assert_eq!(frame.data()[10..18], [11, 12, 0x88, 0xa8, 0x60, 0x07, 13, 14]);
        assert_eq!(frame.offload.map(|one| one.csum_start), Some(38));
    }
}
