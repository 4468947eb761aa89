//! Whatever octets come from an interface that carries no metadata: looking for a checksum that was
//! left to hardware does not panic; what is found lies within the frame; and a frame that is finished
//! accordingly has nothing left to finish.

#![no_main]

use libfuzzer_sys::fuzz_target;
use packet::{Frame, complete_checksum};
use ports::left_to_hardware;

fuzz_target!(|data: &[u8]| {
    let Some(offload) = left_to_hardware(data) else { return };
    assert!(offload.needs_csum() && offload.segmentation() == 0);
    let field = usize::from(offload.csum_start) + usize::from(offload.csum_offset);
    assert!(field + 2 <= data.len());
    let mut frame = Frame::of(data, Some(offload));
    complete_checksum(&mut frame);
    assert_eq!(frame.len(), data.len());
    assert_eq!(left_to_hardware(frame.data()), None);
});
