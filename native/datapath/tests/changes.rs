//! What `FLOW_MOD` does to the tables (`OpenFlow` 1.3.5, 6.4), as the reference does it.

use datapath::{
    CHECK_OVERLAP, Command, Field, FlowChange, FlowMatch, RESET_COUNTS, Reason, Refusal, Removed,
    SEND_FLOW_REM, Selection, Tables,
};

/// `APPLY_ACTIONS` with one output to this port.
fn output(port_no: u8) -> [u8; 10] {
    [4, 0, 1, 0, 0, 0, 0, port_no, 0, 0]
}

/// A program that sends to a group.
fn group(group_id: u8) -> [u8; 8] {
    [4, 0, 1, 1, 0, 0, 0, group_id]
}

fn from_port(port_no: u128) -> FlowMatch {
    let mut one = FlowMatch::default();
    one.set(Field::InPort, port_no, 0xffff_ffff);
    one
}

fn subnet(address: u128, length: u32) -> FlowMatch {
    let mut one = FlowMatch::default();
    one.set(Field::EthType, 0x0800, 0xffff);
    one.set(Field::Ipv4Dst, address, u128::from(u32::MAX << (32 - length)));
    one
}

/// Tables to which changes are made in short.
struct Switch(Tables);

impl Switch {
    fn new() -> Self {
        Self(Tables::new(3, 100))
    }

    fn add(&mut self, table_id: u8, flow_match: &FlowMatch, priority: u16, cookie: u64) {
        self.change(
            Command::Add,
            table_id,
            flow_match,
            |change| {
                (change.priority, change.cookie, change.flags) = (priority, cookie, SEND_FLOW_REM);
            },
            &output(1),
            0.0,
        )
        .expect("there is room");
    }

    fn change(
        &mut self,
        command: Command,
        table_id: u8,
        flow_match: &FlowMatch,
        set: impl FnOnce(&mut FlowChange<'_>),
        program: &[u8],
        now: f64,
    ) -> Result<Vec<Removed>, Refusal> {
        let mut change = FlowChange::new(command, table_id..=table_id, flow_match);
        change.program = self.0.intern(program).expect("a program");
        set(&mut change);
        self.0.apply(&change, now)
    }

    /// The cookies of all entries, in the order in which they are listed.
    fn cookies(&self) -> Vec<u64> {
        let all = FlowMatch::default();
        let listed = self.0.select(&Selection::new(0..=255, &all));
        listed.into_iter().map(|number| self.0.entry(number).cookie()).collect()
    }

    fn only(&self) -> &datapath::FlowEntry {
        let all = FlowMatch::default();
        let listed = self.0.select(&Selection::new(0..=255, &all));
        assert_eq!(listed.len(), 1);
        self.0.entry(listed[0])
    }
}

fn cookies(removed: &[Removed]) -> Vec<u64> {
    removed.iter().map(|one| one.cookie).collect()
}

#[test]
fn entries_are_listed_by_table_then_priority_then_age() {
    let mut switch = Switch::new();
    for (cookie, (table_id, priority)) in
        [(1, 1), (0, 1), (0, 9), (0, 1), (2, 0)].into_iter().enumerate()
    {
        switch.add(table_id, &from_port(cookie as u128), priority, cookie as u64);
    }
    assert_eq!(switch.cookies(), [2, 1, 3, 0, 4]);
}

#[test]
fn an_entry_takes_over_the_place_of_the_one_it_replaces_and_begins_anew() {
    let mut switch = Switch::new();
    switch.add(0, &from_port(1), 5, 1);
    switch.add(0, &from_port(2), 5, 2);
    let found = switch.0.table(0).unwrap().find(&from_port(1), 5).unwrap();
    switch.0.entry(found).count(100, 3.0);
    switch.add(0, &from_port(1), 5, 3);
    assert_eq!(switch.cookies(), [3, 2]);
    let found = switch.0.table(0).unwrap().find(&from_port(1), 5).unwrap();
    assert_eq!((switch.0.entry(found).packet_count(), switch.0.entry(found).used()), (0, 0.0));
}

#[test]
fn modify_changes_instructions_and_restarts_the_hard_timeout_only() {
    let mut switch = Switch::new();
    let timeouts = |change: &mut FlowChange<'_>| {
        (change.cookie, change.idle_timeout, change.hard_timeout) = (7, 20, 10);
    };
    switch.change(Command::Add, 0, &from_port(1), timeouts, &output(1), 1.0).unwrap();
    switch.only().count(60, 2.0);
    let any = FlowMatch::default();
    let other = |change: &mut FlowChange<'_>| (change.cookie, change.hard_timeout) = (8, 99);
    switch.change(Command::Modify, 0, &any, other, &output(2), 5.0).unwrap();
    let entry = switch.only();
    assert!(entry.program().outputs_to(2) && entry.cookie() == 7);
    assert_eq!((entry.packet_count(), entry.terms().created), (1, 1.0));
    assert_eq!(entry.deadline(), Some((15.0, Reason::HardTimeout)));
    let reset = |change: &mut FlowChange<'_>| {
        (change.flags, change.updates_cookie, change.cookie) = (RESET_COUNTS, true, 9);
    };
    switch.change(Command::Modify, 0, &any, reset, &output(2), 6.0).unwrap();
    assert_eq!((switch.only().packet_count(), switch.only().cookie()), (0, 9));
}

#[test]
fn modify_adds_what_it_does_not_find_where_the_version_says_so() {
    let mut switch = Switch::new();
    let one = from_port(1);
    switch.change(Command::Modify, 1, &one, |_| {}, &output(1), 0.0).unwrap();
    assert!(switch.0.is_empty());
    let adds = |change: &mut FlowChange<'_>| change.modify_adds = true;
    switch.change(Command::Modify, 1, &one, adds, &output(1), 0.0).unwrap();
    assert_eq!(switch.only().table_id(), 1);
}

#[test]
fn a_strict_change_means_one_entry_and_a_loose_one_all_that_are_more_specific() {
    let mut switch = Switch::new();
    for (cookie, length) in [(8, 8), (16, 16), (24, 24)] {
        switch.add(0, &subnet(0x0a01_0100, length), 5, cookie);
    }
    let strict = |change: &mut FlowChange<'_>| (change.strict, change.priority) = (true, 6);
    let at = subnet(0x0a01_0000, 16);
    assert_eq!(switch.change(Command::Delete, 0, &at, strict, &[], 1.0), Ok(Vec::new()));
    let gone = switch.change(Command::Delete, 0, &at, |_| {}, &[], 1.5).unwrap();
    assert_eq!(cookies(&gone), [16, 24]);
    assert_eq!((gone[0].reason, gone[0].duration), (Reason::Delete, (1, 500_000_000)));
    assert_eq!(gone[0].flow_match.unpack(), at);
    assert_eq!(switch.cookies(), [8]);
}

#[test]
fn deletions_are_filtered_by_port_group_and_cookie() {
    let mut switch = Switch::new();
    let any = FlowMatch::default();
    for (cookie, program) in [(1, &output(1)[..]), (2, &output(2)), (3, &group(2)), (7, &group(2))]
    {
        let set = |change: &mut FlowChange<'_>| {
            (change.cookie, change.flags) = (cookie, SEND_FLOW_REM);
        };
        let flow_match = from_port(cookie.into());
        switch.change(Command::Add, 0, &flow_match, set, program, 0.0).unwrap();
    }
    let mut delete = |set: fn(&mut FlowChange<'_>)| {
        cookies(&switch.change(Command::Delete, 0, &any, set, &[], 0.0).unwrap())
    };
    assert_eq!(delete(|change| change.out_group = 9), []);
    assert_eq!(delete(|change| change.out_port = 2), [2]);
    assert_eq!(delete(|change| (change.cookie, change.cookie_mask) = (5, 4)), [7]);
    assert_eq!(delete(|change| change.out_group = 2), [3]);
    assert_eq!(switch.cookies(), [1]);
}

#[test]
fn a_full_table_takes_replacements_only() {
    let mut switch = Switch(Tables::new(2, 1));
    switch.add(0, &from_port(1), 5, 1);
    switch.add(0, &from_port(1), 5, 2);
    switch.add(1, &from_port(1), 5, 3);
    let another = switch.change(Command::Add, 0, &from_port(2), |_| {}, &output(1), 0.0);
    assert_eq!(another, Err(Refusal::TableFull));
    let nowhere = switch.change(Command::Add, 2, &from_port(2), |_| {}, &output(1), 0.0);
    assert_eq!(nowhere, Err(Refusal::NoTable));
    assert_eq!(switch.cookies(), [2, 3]);
}

#[test]
fn entries_that_overlap_are_refused_if_asked() {
    let mut switch = Switch::new();
    let mut add = |flow_match: &FlowMatch, priority| {
        let set = |change: &mut FlowChange<'_>| {
            (change.priority, change.flags) = (priority, CHECK_OVERLAP);
        };
        switch.change(Command::Add, 0, flow_match, set, &output(1), 0.0)
    };
    assert_eq!(add(&subnet(0x0a01_0000, 16), 5), Ok(Vec::new()));
    let overlapping = [subnet(0x0a01_0000, 16), subnet(0x0a01_0200, 24), subnet(0x0a00_0000, 8)];
    for flow_match in overlapping.iter().chain([&from_port(3), &FlowMatch::default()]) {
        assert_eq!(add(flow_match, 5), Err(Refusal::Overlap));
    }
    assert_eq!(add(&subnet(0x0a02_0000, 16), 5), Ok(Vec::new()));
    assert_eq!(add(&subnet(0x0b00_0000, 8), 5), Ok(Vec::new()));
    assert_eq!(add(&FlowMatch::default(), 6), Ok(Vec::new()));
}

#[test]
fn what_times_out_is_told_in_the_order_of_lists() {
    let mut switch = Switch::new();
    for (cookie, (priority, hard_timeout)) in
        [(1, 2), (9, 3), (9, 1), (9, 7)].into_iter().enumerate()
    {
        let set = |change: &mut FlowChange<'_>| {
            (change.priority, change.cookie) = (priority, cookie as u64);
            (change.hard_timeout, change.flags) = (hard_timeout, SEND_FLOW_REM);
        };
        let flow_match = from_port(cookie as u128);
        switch.change(Command::Add, 0, &flow_match, set, &output(1), 0.0).unwrap();
    }
    assert_eq!(switch.0.next_deadline(), Some(1.0));
    assert_eq!(cookies(&switch.0.advance(4.0)), [1, 2, 0]);
    assert_eq!((switch.cookies(), switch.0.next_deadline()), (vec![3], Some(7.0)));
}

#[test]
fn entries_can_end_in_portions() {
    let mut switch = Switch::new();
    for port_no in 0..10 {
        let set = |change: &mut FlowChange<'_>| change.idle_timeout = 1;
        switch.change(Command::Add, 0, &from_port(port_no), set, &output(1), 0.0).unwrap();
    }
    switch.0.advance_some(2.0, 4);
    assert_eq!((switch.0.len(), switch.0.next_deadline()), (6, Some(1.0)));
    switch.0.advance_some(2.0, 100);
    assert_eq!((switch.0.len(), switch.0.next_deadline()), (0, None));
}

#[test]
fn what_refers_to_a_group_or_meter_goes_with_it() {
    let mut switch = Switch::new();
    for (cookie, program) in [(1, &group(1)[..]), (2, &group(2)), (3, &[6, 0, 0, 0, 1])] {
        let set = |change: &mut FlowChange<'_>| {
            (change.cookie, change.flags) = (cookie, SEND_FLOW_REM);
        };
        switch.change(Command::Add, 2, &from_port(cookie.into()), set, program, 0.0).unwrap();
    }
    let uses = switch.0.programs_in_use();
    let references = uses.iter().filter(|(program, _)| program.refers_to_group(1));
    assert_eq!(references.map(|(_, count)| count).sum::<u32>(), 1);
    let gone = switch.0.delete_by_group(&[1, 4], 2.0);
    assert_eq!((cookies(&gone), gone[0].reason), (vec![1], Reason::GroupDelete));
    let gone = switch.0.delete_by_meter(&[1], 2.0);
    assert_eq!((cookies(&gone), gone[0].reason), (vec![3], Reason::Delete));
    assert_eq!(switch.cookies(), [2]);
}
