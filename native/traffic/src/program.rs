//! The sender as a program for the kernel, in BPF: it makes a frame one of a flow and sends a copy.
//!
//! One run sends a batch, of flows with consecutive numbers. The number of the next flow is kept from
//! run to run in the frame's control block.
//!
//! A flow's addresses and ports are 64 bits of its number, spread, so that no two flows have the
//! same: `ipv4_src` 10.s.s.s, `ipv4_dst` 10.64.d.d, and ports from 16384 and from 1024.
//! `benchmarks/datapath/rules.py` says the same, so that rules can be made for flows by number.

use std::ops::Range;

/// An odd number near 2^64 divided by the golden ratio: products differ for different flows.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The octets of a frame that differ from flow to flow: the IPv4 header's checksum, addresses, ports.
const VARYING: Range<usize> = 24..38;
/// The octets that differ from station to station, of the source address.
const STATION: Range<usize> = 8..12;

/// Frames that one run sends: the links on the way see them in a batch, as from a busy device.
pub(crate) const BATCH: u32 = 64;

/// `struct __sk_buff`: where the control block is.
const STATE: i16 = 48;
const SKB_STORE_BYTES: i32 = 9;
const CLONE_REDIRECT: i32 = 13;

/// Registers: 1 to 5 are arguments and lost by a call, 6 to 9 are kept, 10 is the end of the stack.
const CONTEXT: u8 = 6;
const FLOW: u8 = 7;
const LEFT: u8 = 8;
const BITS: u8 = 9;
const WORD: u8 = 2;
const SUM: u8 = 5;
const STACK: u8 = 10;

/// Where on the stack the varying octets of a frame and those of a station are put together.
const VARYING_AT: i16 = -16;
const STATION_AT: i16 = -20;

/// What is sent in which order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pattern {
    /// The flows from 0 to this number take turns; `None`: no flow comes twice.
    pub(crate) flows: Option<u32>,
    /// So many Ethernet addresses take turns as the source; 0: the frame's own.
    pub(crate) stations: u32,
}

/// Assembles the program that sends out of an interface copies of a frame whose IPv4 header has this
/// sum without what varies.
pub(crate) fn assemble(interface: u32, pattern: Pattern, header_sum: u16) -> Vec<u64> {
    let mut code = vec![
        op(MOV, CONTEXT, 1, 0, 0),
        op(LOAD_64, FLOW, CONTEXT, STATE, 0),
        op(MOV_TO, LEFT, 0, 0, number(BATCH)),
    ];
    let again = code.len();
    code.extend(tuple(header_sum));
    code.extend(store(&VARYING, VARYING_AT));
    if pattern.stations > 0 {
        code.extend([
            op(MOV, WORD, FLOW, 0, 0),
            op(MOD_BY, WORD, 0, 0, number(pattern.stations)),
            op(TO_NETWORK, WORD, 0, 0, 32),
            op(STORE_32, STACK, WORD, STATION_AT, 0),
        ]);
        code.extend(store(&STATION, STATION_AT));
    }
    code.extend([
        op(MOV, 1, CONTEXT, 0, 0),
        op(MOV_TO, 2, 0, 0, number(interface)),
        op(MOV_TO, 3, 0, 0, 0),
        op(CALL, 0, 0, 0, CLONE_REDIRECT),
        op(ADD_TO, FLOW, 0, 0, 1),
    ]);
    if let Some(flows) = pattern.flows {
        code.extend([op(JUMP_IF_LESS, FLOW, 0, 1, number(flows)), op(MOV_TO, FLOW, 0, 0, 0)]);
    }
    code.push(op(ADD_TO, LEFT, 0, 0, -1));
    let back = i16::try_from(code.len() + 1 - again).expect("a short program");
    code.push(op(JUMP_UNLESS, LEFT, 0, -back, 0));
    code.extend([
        op(STORE_64, CONTEXT, FLOW, STATE, 0),
        op(MOV_TO, 0, 0, 0, 0),
        op(EXIT, 0, 0, 0, 0),
    ]);
    code
}

/// The checksum, the addresses and the ports of a flow, put on the stack.
fn tuple(header_sum: u16) -> Vec<u64> {
    let [low, high] = [SPREAD & 0xffff_ffff, SPREAD >> 32];
    let mut code = vec![
        op(LOAD_CONSTANT, 1, 0, 0, number(low)),
        op(0, 0, 0, 0, number(high)),
        op(MOV, BITS, FLOW, 0, 0),
        op(MULTIPLY, BITS, 1, 0, 0),
        op(MOV, 1, BITS, 0, 0),
        op(SHIFT_RIGHT, 1, 0, 0, 32),
        op(XOR, BITS, 1, 0, 0),
        op(MOV_TO, SUM, 0, 0, i32::from(header_sum)),
    ];
    // Each 16-bit word: the bits that it takes, and what is always set in it.
    let words = [(56, 0xff, 0x0a00), (40, 0xffff, 0), (0, 0, 0x0a40), (24, 0xffff, 0)];
    for (at, (shift, mask, set)) in words.into_iter().enumerate() {
        code.extend(word(shift, mask, set));
        code.push(op(ADD, SUM, WORD, 0, 0));
        code.extend(put(VARYING_AT + 2 + 2 * i16::try_from(at).unwrap_or(0)));
    }
    code.extend(word(8, 0x3fff, 0x4000));
    code.extend(put(VARYING_AT + 10));
    code.extend(word(14, 0x0300, 0x0400));
    code.extend([op(AND_WITH, BITS, 0, 0, 0xff), op(OR, WORD, BITS, 0, 0)]);
    code.extend(put(VARYING_AT + 12));
    for _ in 0..2 {
        code.extend([
            op(MOV, WORD, SUM, 0, 0),
            op(SHIFT_RIGHT, WORD, 0, 0, 16),
            op(AND_WITH, SUM, 0, 0, 0xffff),
            op(ADD, SUM, WORD, 0, 0),
        ]);
    }
    code.extend([op(MOV, WORD, SUM, 0, 0), op(XOR_WITH, WORD, 0, 0, 0xffff)]);
    code.extend(put(VARYING_AT));
    code
}

/// A word out of the flow's bits.
fn word(shift: i32, mask: i32, set: i32) -> [u64; 4] {
    [
        op(MOV, WORD, BITS, 0, 0),
        op(SHIFT_RIGHT, WORD, 0, 0, shift),
        op(AND_WITH, WORD, 0, 0, mask),
        op(OR_WITH, WORD, 0, 0, set),
    ]
}

/// Puts the word on the stack, in network order.
fn put(place: i16) -> [u64; 2] {
    [op(TO_NETWORK, WORD, 0, 0, 16), op(STORE_16, STACK, WORD, place, 0)]
}

/// Writes octets of the stack into the frame.
fn store(octets: &Range<usize>, place: i16) -> [u64; 7] {
    [
        op(MOV, 1, CONTEXT, 0, 0),
        op(MOV_TO, 2, 0, 0, number(octets.start as u64)),
        op(MOV, 3, STACK, 0, 0),
        op(ADD_TO, 3, 0, 0, i32::from(place)),
        op(MOV_TO, 4, 0, 0, number(octets.len() as u64)),
        op(MOV_TO, 5, 0, 0, 0),
        op(CALL, 0, 0, 0, SKB_STORE_BYTES),
    ]
}

/// The 32 bits of a constant.
fn number(bits: impl TryInto<u64>) -> i32 {
    let bits = bits.try_into().unwrap_or(0) & 0xffff_ffff;
    i32::from_ne_bytes(u32::try_from(bits).unwrap_or(0).to_ne_bytes())
}

// Operations, as RFC 9669 numbers them: on 64 bits, by a register or (`_TO`, `_WITH`, `_BY`) a constant.
const MOV: u8 = 0xbf;
const MOV_TO: u8 = 0xb7;
const ADD: u8 = 0x0f;
const ADD_TO: u8 = 0x07;
const MULTIPLY: u8 = 0x2f;
const MOD_BY: u8 = 0x97;
const XOR: u8 = 0xaf;
const XOR_WITH: u8 = 0xa7;
const OR: u8 = 0x4f;
const OR_WITH: u8 = 0x47;
const AND_WITH: u8 = 0x57;
const SHIFT_RIGHT: u8 = 0x77;
const TO_NETWORK: u8 = 0xdc;
const LOAD_CONSTANT: u8 = 0x18;
const LOAD_64: u8 = 0x79;
const STORE_64: u8 = 0x7b;
const STORE_32: u8 = 0x63;
const STORE_16: u8 = 0x6b;
const JUMP_IF_LESS: u8 = 0xa5;
const JUMP_UNLESS: u8 = 0x55;
const CALL: u8 = 0x85;
const EXIT: u8 = 0x95;

/// One instruction (RFC 9669, 3).
fn op(code: u8, target: u8, source: u8, offset: i16, constant: i32) -> u64 {
    let registers =
        if cfg!(target_endian = "big") { target << 4 | source } else { source << 4 | target };
    let mut octets = [code, registers, 0, 0, 0, 0, 0, 0];
    octets[2..4].copy_from_slice(&offset.to_ne_bytes());
    octets[4..].copy_from_slice(&constant.to_ne_bytes());
    u64::from_ne_bytes(octets)
}
