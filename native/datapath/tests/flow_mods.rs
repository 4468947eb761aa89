//! Flow-mods from the wire into the tables: those that are beyond doubt, as `openflow` writes them.

use datapath::{
    Action, Applied, Field, FlowEntry, FlowMatch, Instruction, Selection, Tables, WireContext,
};

const CONTEXT: WireContext<'_> = WireContext {
    max_port: 0xfeff,
    max_actions: 8,
    has_group: &|group_id| group_id == 1,
    has_meter: &|meter_id| meter_id == 1,
};

const V1_0: u8 = 1;
const V1_3: u8 = 4;

/// `FlowMod(match=Match(in_port=3, eth_type=0x0800, ip_proto=6, ipv4_dst="10.0.0.2"), priority=7,
/// cookie=0x11, idle_timeout=5, hard_timeout=60, flags=1, instructions=[ApplyActions([DecNwTtl(),
/// SetField("eth_dst", 0x020304050607), Output(2)]), GotoTable(3)])`
const ADD_1_3: &str = "
    040e0088 00000000 0000000000000011 0000000000000000 00 00 0005 003c 0007
    ffffffff ffffffff ffffffff 0001 0000
    0001 001f 80000004 00000003 80000a02 0800 80001401 06 80001804 0a000002 00
    0004 0030 00000000 0018 0008 00000000 0019 0010 80000606 020304050607 0000
    0000 0010 00000002 ffff 000000000000
    0001 0008 03 000000";

/// `FlowMod(match=Match(metadata=(0x10, 0xf0), vlan_vid=(0x1000, 0x1000), eth_type=0x86dd,
/// ipv6_dst="2001:db8::/32", ipv6_flabel=(5, 0xf)), instructions=[WriteMetadata(1, 3),
/// WriteActions([Output(PortNo.CONTROLLER, 128)])])`
const MASKED_1_3: &str = "
    040e00b8 00000000 0000000000000000 0000000000000000 00 00 0000 0000 8000
    ffffffff ffffffff ffffffff 0000 0000
    0001 0056 80000510 0000000000000010 00000000000000f0 80000a02 86dd 80000d04 1000 1000
    80003720 20010db8000000000000000000000000 ffffffff000000000000000000000000
    80003908 00000005 0000000f 0000
    0002 0018 00000000 0000000000000001 0000000000000003
    0003 0018 00000000 0000 0010 fffffffd 0080 000000000000";

/// `FlowMod(command=DELETE, table_id=TableId.ALL)`
const DELETE_1_3: &str = "
    040e0038 00000000 0000000000000000 0000000000000000 ff 03 0000 0000 0000
    ffffffff ffffffff ffffffff 0000 0000 0001 0004 00000000";

/// `FlowMod(match=Match(eth_type=0x0800, ipv4_dst="10.1.0.0/16", ip_proto=17, udp_dst=53,
/// vlan_vid=0x1007), instructions=[ApplyActions([SetVlanVid(9), SetField("ipv4_src", 1),
/// SetField("tp_dst", 5353), Output(PortNo.FLOOD, 0), Enqueue(4, 2)])])`
const ADD_1_0: &str = "
    010e0078 00000000
    0034204d 0000 000000000000 000000000000 0007 00 00 0800 00 11 0000 00000000 0a010000 0000 0035
    0000000000000000 0000 0000 0000 8000 ffffffff ffff 0000
    0001 0008 0009 0000 0006 0008 00000001 000a 0008 14e9 0000 0000 0008 fffb 0000
    000b 0010 0004 000000000000 00000002";

/// The same with `command=MODIFY_STRICT, cookie=5, instructions=[]`
const MODIFY_STRICT_1_0: &str = "
    010e0048 00000000
    0034204d 0000 000000000000 000000000000 0007 00 00 0800 00 11 0000 00000000 0a010000 0000 0035
    0000000000000005 0002 0000 0000 8000 ffffffff ffff 0000";

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

fn tables() -> Tables {
    Tables::new(5, 100)
}

fn send(tables: &mut Tables, hex: &str, version: u8) -> Applied {
    tables.apply_flow_mods(&octets(hex), version, &CONTEXT, 1.0)
}

fn only(tables: &Tables) -> &FlowEntry {
    let all = FlowMatch::default();
    let listed = tables.select(&Selection::new(0..=255, &all));
    assert_eq!(listed.len(), 1);
    tables.entry(listed[0])
}

fn matched(entry: &FlowEntry) -> Vec<(Field, u128, u128)> {
    entry.flow_match().unpack().iter().collect()
}

#[test]
fn an_entry_of_1_3_is_added_with_all_that_it_says() {
    let mut tables = tables();
    assert_eq!(send(&mut tables, ADD_1_3, V1_3).consumed, 0x88);
    let entry = only(&tables);
    let terms = entry.terms();
    assert_eq!((entry.table_id(), entry.priority(), entry.cookie()), (0, 7, 0x11));
    assert_eq!((terms.idle_timeout, terms.hard_timeout, terms.flags), (5, 60, 1));
    let expected = [
        (Field::InPort, 3, 0xffff_ffff),
        (Field::EthType, 0x0800, 0xffff),
        (Field::IpProto, 6, 0xff),
        (Field::Ipv4Dst, 0x0a00_0002, 0xffff_ffff),
    ];
    assert_eq!(matched(entry), expected);
    let actions = [
        Action::DecNwTtl,
        Action::SetField(Field::EthDst, 0x0203_0405_0607),
        Action::Output { port_no: 2, max_len: 0xffff },
    ];
    let expected = [Instruction::ApplyActions(actions.into()), Instruction::GotoTable(3)];
    assert_eq!(entry.program().instructions(), expected);
    assert_eq!((entry.origin(), tables.next_deadline()), (None, Some(6.0)));
}

#[test]
fn masks_are_read_and_what_they_leave_open_is_not_matched() {
    let mut tables = tables();
    assert_eq!(send(&mut tables, MASKED_1_3, V1_3).count, 1);
    let expected = [
        (Field::Metadata, 0x10, 0xf0),
        (Field::EthType, 0x86dd, 0xffff),
        (Field::VlanVid, 0x1000, 0x1000),
        (Field::Ipv6Dst, 0x2001_0db8 << 96, 0xffff_ffff << 96),
        (Field::Ipv6Flabel, 5, 0xf),
    ];
    assert_eq!(matched(only(&tables)), expected);
    // A flow label under a mask of zeros, and metadata under one of ones.
    let other = MASKED_1_3
        .replace("00000005 0000000f", "00000000 00000000")
        .replace("00000000000000f0", "ffffffffffffffff");
    send(&mut tables, DELETE_1_3, V1_3);
    assert_eq!(send(&mut tables, &other, V1_3).count, 1);
    let found = matched(only(&tables));
    assert_eq!((found.len(), found[0]), (4, (Field::Metadata, 0x10, u128::from(u64::MAX))));
}

#[test]
fn an_entry_of_1_0_is_added_to_the_first_table_and_keeps_the_octets_of_its_match() {
    let mut tables = tables();
    assert_eq!(send(&mut tables, ADD_1_0, V1_0).consumed, 0x78);
    let entry = only(&tables);
    let expected = [
        (Field::EthType, 0x0800, 0xffff),
        (Field::VlanVid, 0x1007, 0x1fff),
        (Field::IpProto, 17, 0xff),
        (Field::Ipv4Dst, 0x0a01_0000, 0xffff_0000),
        (Field::UdpDst, 53, 0xffff),
    ];
    assert_eq!(matched(entry), expected);
    let actions = [
        Action::SetVlanVid(9),
        Action::SetField(Field::Ipv4Src, 1),
        Action::SetTpDst(5353),
        Action::Output { port_no: 0xffff_fffb, max_len: 0 },
        Action::Enqueue { port_no: 4, queue_id: 2 },
    ];
    assert_eq!(entry.program().instructions(), [Instruction::ApplyActions(actions.into())]);
    assert_eq!(entry.origin(), Some(&octets(ADD_1_0)[8..48]));
}

#[test]
fn modify_of_1_0_adds_what_is_not_there_and_else_updates_the_cookie() {
    let mut tables = tables();
    assert_eq!(send(&mut tables, MODIFY_STRICT_1_0, V1_0).count, 1);
    assert_eq!((only(&tables).cookie(), only(&tables).program().instructions()), (5, &[][..]));
    send(&mut tables, ADD_1_0, V1_0);
    assert_eq!(only(&tables).cookie(), 0);
    send(&mut tables, MODIFY_STRICT_1_0, V1_0);
    assert_eq!(only(&tables).cookie(), 5);
}

#[test]
fn whole_messages_are_taken_until_one_is_not_for_here() {
    let whole = octets(&(ADD_1_3.to_owned() + MASKED_1_3 + DELETE_1_3));
    let barrier = octets("0414000800000001");
    for end in 0..=whole.len() {
        let count = [0x88, 0x88 + 0xb8, whole.len()].iter().filter(|&&len| len <= end).count();
        for rest in [&[][..], &barrier] {
            let mut tables = tables();
            let bytes = [&whole[..end], rest].concat();
            let applied = tables.apply_flow_mods(&bytes, V1_3, &CONTEXT, 1.0);
            if rest.is_empty() || end == whole.len() {
                let consumed = [0, 0x88, 0x88 + 0xb8, whole.len()][count];
                assert_eq!((applied.consumed, applied.count), (consumed, count), "{end}");
            }
        }
    }
}

#[test]
fn entries_that_asked_are_told_of_when_they_are_deleted() {
    let mut tables = tables();
    let applied = send(&mut tables, &(ADD_1_3.to_owned() + MASKED_1_3 + DELETE_1_3), V1_3);
    assert_eq!((applied.count, applied.removed.len(), tables.len()), (3, 1, 0));
    assert_eq!((applied.removed[0].cookie, applied.removed[0].terms.priority), (0x11, 7));
}

/// Some controllers send the same message again with another command.
#[test]
fn a_deletion_may_have_the_instructions_of_what_was_added() {
    for (hex, version, at) in [(ADD_1_3, V1_3, 25), (ADD_1_0, V1_0, 57)] {
        for command in [3, 4] {
            let mut tables = tables();
            let mut bytes = octets(hex);
            assert_eq!(send(&mut tables, hex, version).count, 1);
            bytes[at] = command;
            let applied = tables.apply_flow_mods(&bytes, version, &CONTEXT, 1.0);
            assert_eq!((applied.consumed, tables.len()), (bytes.len(), 0));
        }
    }
}

#[test]
fn another_version_than_was_agreed_on_is_not_for_here() {
    for (hex, version) in [(ADD_1_3, V1_0), (ADD_1_0, V1_3), (ADD_1_3, 5), (ADD_1_3, 0)] {
        assert_eq!(send(&mut tables(), hex, version), Applied::default());
    }
}

#[test]
fn what_the_tables_refuse_is_left() {
    let mut full = Tables::new(1, 0);
    assert_eq!(send(&mut full, MASKED_1_3, V1_3), Applied::default());
    let mut tables = tables();
    let overlapping = MASKED_1_3.replace("ffffffff 0000 0000", "ffffffff 0002 0000");
    send(&mut tables, MASKED_1_3, V1_3);
    assert_eq!(send(&mut tables, &overlapping, V1_3), Applied::default());
}

/// Python deals with these: it refuses most, and the others are not worth the trouble.
#[test]
fn what_is_special_is_left() {
    let lines = include_str!("flow_mods_left.txt").lines().filter(|line| !line.starts_with('#'));
    for line in lines {
        let (name, hex) = line.split_once(" | ").expect("a name and octets");
        let mut tables = tables();
        let version = octets(hex)[0];
        assert_eq!(send(&mut tables, hex, version), Applied::default(), "{name}");
        assert!(tables.is_empty(), "{name}");
    }
}

/// Any octets after a header of a flow-mod: nothing panics, and what is taken is whole messages.
#[test]
fn damaged_flow_mods_do_no_harm() {
    let mut random = 0x1234_5678_u32;
    let mut next = |bound: usize| {
        random = random.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
        (random >> 8) as usize % bound
    };
    let mut tables = tables();
    for round in 0..200_000 {
        let hex = [ADD_1_3, MASKED_1_3, DELETE_1_3, ADD_1_0, MODIFY_STRICT_1_0][next(5)];
        let mut bytes = octets(hex);
        for _ in 0..=next(3) {
            let at = 8 + next(bytes.len() - 8);
            bytes[at] = [0, 1, 4, 8, 0x80, 0xff, next(256).to_le_bytes()[0]][next(7)];
        }
        let applied = tables.apply_flow_mods(&bytes, bytes[0], &CONTEXT, f64::from(round));
        assert!(applied.consumed == 0 || applied.consumed == bytes.len());
        tables.advance(f64::from(round));
    }
}
