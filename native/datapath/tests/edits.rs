//! Edits of headers, against examples that `tests/ofswitch/datapath/edit_vectors.py` has computed with
//! the reference; it tells what the lines of `edits.txt` mean.

use datapath::{
    Action, EDITED_FRAME_MAX, EditFault, Edited, Field, Frame, Offload, decode_actions, edit,
    follow, is_fragment, parse,
};

const EXAMPLES: &str = include_str!("edits.txt");

/// One frame, and what the actions in question make of it; the others leave it alone.
struct Example {
    name: &'static str,
    frame: Frame,
    edits: Vec<(usize, Outcome)>,
}

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    result: Result<(), EditFault>,
    frame: Frame,
}

fn actions() -> Vec<Action> {
    let lines = EXAMPLES.lines().filter_map(|line| line.strip_prefix("action "));
    let action = |line: &str| {
        let octets = octets(line.split(' ').nth(1).expect("the action's octets"));
        decode_actions(&octets).expect("an action")[0]
    };
    lines.map(action).collect()
}

fn examples() -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for line in EXAMPLES.lines() {
        if let Some(line) = line.strip_prefix("frame ") {
            let (frame, name) = line.split_once(" | ").expect("a frame and its name");
            let (data, offload) = frame.split_once(' ').expect("octets and metadata");
            let frame = Frame::of(&octets(data), read_offload(offload));
            examples.push(Example { name, frame, edits: Vec::new() });
        } else if let Some(line) = line.strip_prefix("edit ") {
            let example = examples.last_mut().expect("a frame before its edits");
            example.edits.push(read_edit(line, &example.frame));
        }
    }
    examples
}

fn read_edit(line: &str, before: &Frame) -> (usize, Outcome) {
    let words: Vec<&str> = line.split(' ').collect();
    let number = words[0].parse().expect("a number");
    if words[1] == "invalid_ttl" {
        let result = Err(EditFault::InvalidTtl);
        return (number, Outcome { result, frame: before.clone() });
    }
    let mut data = before.data().to_vec();
    for run in words[3..].iter().rev() {
        let (place, new) = run.split_once('=').expect("a place and octets");
        let (at, count) = place.split_once('-').expect("where and how many");
        let [at, count]: [usize; 2] = [at, count].map(|number| number.parse().expect("a number"));
        data.splice(at..at + count, octets(new));
    }
    (number, Outcome { result: Ok(()), frame: Frame::of(&data, read_offload(words[2])) })
}

fn octets(text: &str) -> Vec<u8> {
    let octet = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal digits");
    (0..text.len()).step_by(2).map(octet).collect()
}

fn read_offload(text: &str) -> Option<Offload> {
    if text == "-" {
        return None;
    }
    let fields: Vec<u16> = text.split('/').map(|field| field.parse().expect("a number")).collect();
    let octet = |index: usize| u8::try_from(fields[index]).expect("an octet");
    Some(Offload {
        flags: octet(0),
        gso_type: octet(1),
        hdr_len: fields[2],
        gso_size: fields[3],
        csum_start: fields[4],
        csum_offset: fields[5],
    })
}

fn of(name: &str) -> Frame {
    let found = examples().into_iter().find(|example| example.name == name);
    found.expect("an example of this name").frame
}

#[test]
fn every_action_does_to_every_frame_what_the_reference_does() {
    let actions = actions();
    for Example { name, frame, edits } in examples() {
        let packet = parse(frame.data(), frame.len());
        for (number, action) in actions.iter().enumerate() {
            let mut after = frame.clone();
            let result = edit(action, &mut after, &packet).map(|_| ());
            let outcome = Outcome { result, frame: after };
            let listed = edits.iter().find(|edit| edit.0 == number).map(|edit| &edit.1);
            let unchanged = Outcome { result: Ok(()), frame: frame.clone() };
            assert_eq!(&outcome, listed.unwrap_or(&unchanged), "{action:?} on {name}");
        }
    }
}

#[test]
fn a_packet_that_follows_an_edit_is_what_parsing_again_would_give() {
    let actions = actions();
    let mut followed = 0;
    for Example { name, frame, .. } in examples() {
        let before = parse(frame.data(), frame.len());
        for action in &actions {
            let (mut frame, mut packet) = (frame.clone(), before.clone());
            let Ok(edited) = edit(action, &mut frame, &before) else { continue };
            let after = parse(frame.data(), frame.len());
            let could = follow(action, edited, &frame, &mut packet);
            assert_eq!(packet, if could { after } else { before.clone() }, "{action:?} on {name}");
            followed += usize::from(could && edited != Edited::Unchanged);
        }
    }
    assert!(followed > 1000, "{followed} edits could be followed");
}

#[test]
fn pipeline_fields_stay_in_the_key_of_a_packet_that_follows_an_edit() {
    let mut frame = of("VLAN IPv4");
    let mut packet = parse(frame.data(), frame.len());
    packet.key.set(Field::InPort, 7_u32);
    for action in [Action::PopVlan, Action::PushVlan(0x88a8), Action::DecNwTtl] {
        let edited = edit(&action, &mut frame, &packet).expect("an edit");
        assert!(follow(&action, edited, &frame, &mut packet));
    }
    assert_eq!(packet.key.get(Field::InPort), Some(7));
    assert_eq!(packet.key.get(Field::VlanPcp), Some(0));
}

#[test]
fn a_frame_that_becomes_too_long_must_not_go_on() {
    let mut frame = Frame::of(&vec![0; EDITED_FRAME_MAX - 4], None);
    let packet = parse(frame.data(), frame.len());
    let push = Action::PushVlan(0x8100);
    assert_eq!(edit(&push, &mut frame, &packet), Ok(Edited::Structure));
    assert_eq!(frame.len(), EDITED_FRAME_MAX);
    let packet = parse(frame.data(), frame.len());
    assert_eq!(edit(&push, &mut frame, &packet), Err(EditFault::TooLong));
}

#[test]
fn a_frame_with_as_many_tags_as_fit_still_takes_all_others_off() {
    let mut frame = of("IPv4 TCP");
    let whole = frame.clone();
    let mut packet = parse(frame.data(), frame.len());
    let mut tags = 0_usize;
    while edit(&Action::PushVlan(0x8100), &mut frame, &packet).is_ok() {
        packet = parse(frame.data(), frame.len());
        tags += 1;
        if tags == 1000 {
            break;
        }
    }
    for _ in 0..tags {
        let packet = parse(frame.data(), frame.len());
        assert_eq!(edit(&Action::PopVlan, &mut frame, &packet), Ok(Edited::Structure));
    }
    assert!(frame == whole, "{frame:?}");
}

#[test]
fn what_edits_no_header_changes_nothing() {
    let mut frame = of("IPv4 TCP");
    let packet = parse(frame.data(), frame.len());
    let others = [
        Action::Group(1),
        Action::SetQueue(1),
        Action::Output { port_no: 1, max_len: 0 },
        Action::SetField(Field::TunnelId, 1),
        Action::SetField(Field::Ipv6Exthdr, 1),
    ];
    for action in others {
        assert_eq!(edit(&action, &mut frame, &packet), Ok(Edited::Unchanged));
    }
    assert!(frame == of("IPv4 TCP"));
}

#[test]
fn a_part_of_a_packet_is_a_fragment() {
    let fragments = examples().into_iter().filter(|example| {
        let data = example.frame.data();
        is_fragment(data, &parse(data, data.len()))
    });
    for Example { name, .. } in fragments {
        assert!(name.contains("fragment"), "{name}");
    }
    for name in ["IPv4 first fragment", "IPv4 later fragment", "IPv6 first fragment"] {
        let frame = of(name);
        assert!(is_fragment(frame.data(), &parse(frame.data(), frame.len())), "{name}");
    }
}
