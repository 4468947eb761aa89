//! What a flow entry does with packets: its instructions and actions, decoded once.
//!
//! Python and the fast way of flow-mods hand programs over as octets, in a form of our own that says
//! all that the switch does in whatever version of `OpenFlow` it was asked for. The octets are kept:
//! they are what statistics give back, in the order in which the controller sent it.
//!
//! Numbers are big-endian. An instruction is a code (`OpenFlow` 1.3.5, 7.2.4, but in one octet) and
//! its arguments; lists of actions are preceded by their number in two octets. An action is a code
//! (below) and its arguments.

use packet::Field;

/// One action (`OpenFlow` 1.3.5, 7.2.5), or one of 1.0's that later versions lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the arguments are named as in the specification")]
pub enum Action {
    /// Send out of a port, physical or reserved; `max_len` octets to a controller.
    Output { port_no: u32, max_len: u16 },
    /// Process by a group.
    Group(u32),
    /// Use this queue of the ports that follow.
    SetQueue(u32),
    /// 1.0: send out of a port through one of its queues.
    Enqueue { port_no: u32, queue_id: u32 },
    /// Set a header or pipeline field.
    SetField(Field, u128),
    /// 1.0: set the source port of whichever transport there is.
    SetTpSrc(u16),
    /// 1.0: set the destination port of whichever transport there is.
    SetTpDst(u16),
    /// 1.0: set the VLAN id, putting a tag on if there is none.
    SetVlanVid(u16),
    /// 1.0: set the VLAN priority, putting a tag on if there is none.
    SetVlanPcp(u8),
    /// Put a VLAN tag on, of this type.
    PushVlan(u16),
    /// Take the outermost VLAN tag off.
    PopVlan,
    /// Put an MPLS label on, of this type.
    PushMpls(u16),
    /// Take the outermost label off; what was under it gets this type.
    PopMpls(u16),
    /// Wrap into a PBB service tag.
    PushPbb(u16),
    /// Unwrap.
    PopPbb,
    /// Set the TTL of the outermost label.
    SetMplsTtl(u8),
    /// Take one off the TTL of the outermost label.
    DecMplsTtl,
    /// Set IP's TTL or hop limit.
    SetNwTtl(u8),
    /// Take one off IP's TTL or hop limit.
    DecNwTtl,
    /// Copy the TTL of the next header to the outermost label.
    CopyTtlOut,
    /// Copy the TTL of the outermost label to the next header.
    CopyTtlIn,
}

/// One instruction (`OpenFlow` 1.3.5, 5.9).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the arguments are named as in the specification")]
pub enum Instruction {
    /// Go on with a later table.
    GotoTable(u8),
    /// Change the bits of `mask` in the metadata.
    WriteMetadata { value: u64, mask: u64 },
    /// Merge into the action set.
    WriteActions(Box<[Action]>),
    /// Do at once.
    ApplyActions(Box<[Action]>),
    /// Empty the action set.
    ClearActions,
    /// Pass a meter, or be dropped.
    Meter(u32),
}

impl Instruction {
    /// The place in the order of execution, however they were sent (5.9).
    const fn place(&self) -> u8 {
        match self {
            Self::Meter(_) => 0,
            Self::ApplyActions(_) => 1,
            Self::ClearActions => 2,
            Self::WriteActions(_) => 3,
            Self::WriteMetadata { .. } => 4,
            Self::GotoTable(_) => 5,
        }
    }
}

/// The instructions of a flow entry.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Program {
    encoded: Box<[u8]>,
    instructions: Box<[Instruction]>,
}

impl Program {
    /// Reads a program; `None` when it is none.
    pub fn decode(encoded: &[u8]) -> Option<Self> {
        let mut reader = Reader(encoded);
        let mut instructions = Vec::new();
        while !reader.0.is_empty() {
            instructions.push(reader.instruction()?);
        }
        instructions.sort_by_key(Instruction::place);
        Some(Self { encoded: encoded.into(), instructions: instructions.into() })
    }

    /// A program of instructions in their order of execution, which statistics say nothing of.
    #[cfg(test)]
    pub(crate) fn of(instructions: &[Instruction]) -> Self {
        Self { encoded: Box::default(), instructions: instructions.into() }
    }

    /// What was decoded, in the order in which it was sent.
    pub fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    /// The instructions in their order of execution.
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// Every action that is applied or written.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.instructions.iter().flat_map(|instruction| match instruction {
            Instruction::ApplyActions(actions) | Instruction::WriteActions(actions) => &actions[..],
            _ => &[],
        })
    }

    /// Whether an action outputs to this port, for filters by `out_port`.
    pub fn outputs_to(&self, port_no: u32) -> bool {
        self.actions().any(|action| match *action {
            Action::Output { port_no: port, .. } | Action::Enqueue { port_no: port, .. } => {
                port == port_no
            }
            _ => false,
        })
    }

    /// Whether an action names this group, for filters by `out_group`.
    pub fn refers_to_group(&self, group_id: u32) -> bool {
        self.actions().any(|action| *action == Action::Group(group_id))
    }

    /// Whether an instruction names this meter.
    pub fn refers_to_meter(&self, meter_id: u32) -> bool {
        self.instructions.contains(&Instruction::Meter(meter_id))
    }
}

/// Reads a list of actions without the instruction around it: a bucket's, or a packet-out's.
pub fn decode_actions(encoded: &[u8]) -> Option<Box<[Action]>> {
    let mut reader = Reader(encoded);
    let mut actions = Vec::new();
    while !reader.0.is_empty() {
        actions.push(reader.action()?);
    }
    Some(actions.into())
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take().map(|[octet]| octet)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    fn instruction(&mut self) -> Option<Instruction> {
        Some(match self.u8()? {
            1 => Instruction::GotoTable(self.u8()?),
            2 => Instruction::WriteMetadata { value: self.u64()?, mask: self.u64()? },
            3 => Instruction::WriteActions(self.actions()?),
            4 => Instruction::ApplyActions(self.actions()?),
            5 => Instruction::ClearActions,
            6 => Instruction::Meter(self.u32()?),
            _ => return None,
        })
    }

    fn actions(&mut self) -> Option<Box<[Action]>> {
        let count = self.u16()?;
        (0..count).map(|_| self.action()).collect()
    }

    fn action(&mut self) -> Option<Action> {
        Some(match self.u8()? {
            0 => Action::Output { port_no: self.u32()?, max_len: self.u16()? },
            1 => Action::Group(self.u32()?),
            2 => Action::SetQueue(self.u32()?),
            3 => Action::Enqueue { port_no: self.u32()?, queue_id: self.u32()? },
            4 => {
                let field = Field::from_number(self.u8()?)?;
                let value = self.take().map(u128::from_be_bytes)?;
                (field.bits() == 128 || value >> field.bits() == 0).then_some(())?;
                Action::SetField(field, value)
            }
            5 => Action::SetTpSrc(self.u16()?),
            6 => Action::SetTpDst(self.u16()?),
            7 => Action::SetVlanVid(self.u16()?),
            8 => Action::SetVlanPcp(self.u8()?),
            9 => Action::PushVlan(self.u16()?),
            10 => Action::PopVlan,
            11 => Action::PushMpls(self.u16()?),
            12 => Action::PopMpls(self.u16()?),
            13 => Action::PushPbb(self.u16()?),
            14 => Action::PopPbb,
            15 => Action::SetMplsTtl(self.u8()?),
            16 => Action::DecMplsTtl,
            17 => Action::SetNwTtl(self.u8()?),
            18 => Action::DecNwTtl,
            19 => Action::CopyTtlOut,
            20 => Action::CopyTtlIn,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_stand_in_their_order_of_execution_and_are_given_back_as_they_came() {
        let encoded = [1, 7, 4, 0, 2, 10, 0, 0, 0, 0, 2, 0xff, 0xff, 6, 0, 0, 0, 9];
        let program = Program::decode(&encoded).expect("a program");
        let output = Action::Output { port_no: 2, max_len: 0xffff };
        let expected = [
            Instruction::Meter(9),
            Instruction::ApplyActions([Action::PopVlan, output].into()),
            Instruction::GotoTable(7),
        ];
        assert_eq!(program.instructions(), expected);
        assert_eq!(program.encoded(), encoded);
        assert!(program.outputs_to(2) && !program.outputs_to(1) && program.refers_to_meter(9));
    }

    #[test]
    fn what_is_no_program_is_refused() {
        for bad in [&[0_u8][..], &[1], &[4, 0, 1], &[3, 0, 1, 200], &[4, 0, 1, 4, 99]] {
            assert_eq!(Program::decode(bad), None);
        }
        assert_eq!(decode_actions(&[21]), None);
    }

    #[test]
    fn a_value_that_is_too_wide_for_its_field_is_refused() {
        let mut encoded = vec![4, Field::VlanPcp as u8];
        encoded.extend(8_u128.to_be_bytes());
        assert_eq!(decode_actions(&encoded), None);
    }
}
