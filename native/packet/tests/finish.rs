//! Unfinished frames, against examples that `tests/ofswitch/finish_vectors.py` has computed with the
//! reference; it tells what the lines of `finish.txt` mean.

use packet::{Frame, Offload, Segments, complete_checksum, kernel_can_finish, segment};

const EXAMPLES: &str = include_str!("finish.txt");

#[derive(Default)]
struct Example {
    name: &'static str,
    frame: Frame,
    whole: Vec<u8>,
    kernel: bool,
    segments: Vec<Vec<u8>>,
}

fn examples() -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for line in EXAMPLES.lines().filter(|line| !line.starts_with('#')) {
        let (kind, rest) = line.split_once(' ').expect("a word and what follows");
        if kind == "frame" {
            let (frame, name) = rest.split_once(" | ").expect("a frame and its name");
            examples.push(Example { name, frame: read_frame(frame), ..Example::default() });
            continue;
        }
        let example = examples.last_mut().expect("a frame first");
        match kind {
            "whole" => example.whole = octets(rest),
            "kernel" => example.kernel = rest == "yes",
            _ => example.segments.push(octets(rest)),
        }
    }
    examples
}

fn octets(text: &str) -> Vec<u8> {
    let octet = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal digits");
    (0..text.len()).step_by(2).map(octet).collect()
}

fn read_frame(text: &str) -> Frame {
    let (data, offload) = text.split_once(' ').expect("octets and metadata");
    Frame::of(&octets(data), (offload != "-").then(|| read_offload(offload)))
}

fn read_offload(text: &str) -> Offload {
    let fields: Vec<u16> = text.split('/').map(|field| field.parse().expect("a number")).collect();
    let octet = |index: usize| u8::try_from(fields[index]).expect("an octet");
    Offload {
        flags: octet(0),
        gso_type: octet(1),
        hdr_len: fields[2],
        gso_size: fields[3],
        csum_start: fields[4],
        csum_offset: fields[5],
    }
}

#[test]
fn checksums_are_filled_in_as_the_reference_does() {
    for Example { name, mut frame, whole, .. } in examples() {
        complete_checksum(&mut frame);
        assert_eq!(frame.data(), whole, "{name}");
        assert_eq!(frame.offload, None, "{name}");
    }
}

#[test]
fn super_frames_are_cut_as_the_reference_does() {
    for Example { name, frame, segments, .. } in examples() {
        let cut = segment(&frame).unwrap_or_default();
        let data: Vec<&[u8]> = cut.iter().map(Frame::data).collect();
        assert_eq!(data, segments, "{name}");
        assert!(cut.iter().all(|one| one.offload.is_none()), "{name}");
    }
}

#[test]
fn the_kernel_is_asked_to_finish_what_it_can() {
    for Example { name, frame, kernel, .. } in examples() {
        assert_eq!(kernel_can_finish(&frame), kernel, "{name}");
    }
}

#[test]
fn only_super_frames_have_segments() {
    let finished = examples().into_iter().find(|example| example.name == "finished");
    let frame = finished.expect("an example of this name").frame;
    assert!(Segments::of(&frame).is_none());
    assert!(segment(&frame).is_some_and(|frames| frames == [frame]));
}
