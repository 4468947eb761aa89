//! OUTPUT: physical ports and the reserved ones (`OpenFlow` 1.3.5, 4.5;
//! `ofswitch/datapath/output.py`).

use std::sync::PoisonError;

use packet::Field;

use crate::drops::Loss;
use crate::execution::{ACTION, Execution, NO_MATCH, Run};
use crate::normal::Verdict;
use crate::ports::{ALL, CONTROLLER, FLOOD, IN_PORT, NO_FLOOD, NO_PACKET_IN, NORMAL};

impl Run<'_, '_> {
    /// Sends the frame as it is now out of a port; `TABLE` is the pipeline's business.
    #[inline]
    pub(crate) fn send(&mut self, execution: &mut Execution<'_>, port_no: u32, max_len: u16) {
        match port_no {
            IN_PORT => self.send_back(execution),
            ALL => self.send_to_others(execution, 0),
            FLOOD => self.send_to_others(execution, NO_FLOOD),
            CONTROLLER => self.send_up(execution, max_len),
            NORMAL => self.send_normally(execution),
            _ if port_no == self.in_port => execution.lose(Loss::OutputToInPort),
            _ => self.send_out(execution, port_no),
        }
    }

    /// Whether packets from the port that miss never go to the controller (`NO_PACKET_IN`).
    pub(crate) fn misses_are_muted(&self) -> bool {
        let config = self.in_place.map(|place| self.datapath.ports.at(place).config());
        config.is_some_and(|config| config & NO_PACKET_IN != 0)
    }

    #[inline]
    fn send_out(&mut self, execution: &mut Execution<'_>, port_no: u32) {
        match self.datapath.ports.place(port_no) {
            Some(place) => self.send_through(execution, place),
            None => execution.lose(Loss::NoSuchPort),
        }
    }

    #[inline]
    fn send_through(&mut self, execution: &mut Execution<'_>, place: usize) {
        match self.datapath.ports.at(place).why_not_send() {
            Some(loss) => execution.lose(loss),
            None => self.transmit(execution, place),
        }
    }

    fn send_back(&mut self, execution: &mut Execution<'_>) {
        match self.in_place {
            Some(place) => self.send_through(execution, place),
            None => execution.lose(Loss::NoInPort),
        }
    }

    /// Sends to every port but the one it came from and those with a bit of `without` set.
    fn send_to_others(&mut self, execution: &mut Execution<'_>, without: u32) {
        let mut none = true;
        for (place, port) in self.datapath.ports.iter().enumerate() {
            if self.in_place != Some(place)
                && port.config() & without == 0
                && port.why_not_send().is_none()
            {
                self.transmit(execution, place);
                none = false;
            }
        }
        if none {
            execution.lose(Loss::NoFloodPort);
        }
    }

    /// Sends up; a table-miss entry's packets say so, unless their port wants no misses sent.
    fn send_up(&mut self, execution: &mut Execution<'_>, max_len: u16) {
        if !self.entry(execution).is_some_and(crate::FlowEntry::is_table_miss) {
            self.show_controller(execution, ACTION, max_len);
        } else if self.misses_are_muted() {
            execution.lose(Loss::NoPacketIn);
        } else {
            self.show_controller(execution, NO_MATCH, max_len);
        }
    }

    /// Does as a switch without `OpenFlow` does.
    fn send_normally(&mut self, execution: &mut Execution<'_>) {
        match self.ask_normal(execution) {
            Verdict::Drop(loss) => execution.lose(loss),
            Verdict::Flood => self.send_to_others(execution, NO_FLOOD),
            Verdict::Send(port_no) if port_no == self.in_port => {
                execution.lose(Loss::NormalSamePort);
            }
            Verdict::Send(port_no) => self.send_out(execution, port_no),
        }
    }

    fn ask_normal(&mut self, execution: &mut Execution<'_>) -> Verdict {
        let key = &self.packet(execution).key;
        let [Some(source), Some(destination)] =
            [Field::EthSrc, Field::EthDst].map(|field| number(key.get(field)))
        else {
            return Verdict::Drop(Loss::TooShort);
        };
        let vlan = number(key.get(Field::VlanVid)).unwrap_or(0) & 0xfff;
        let in_port = self.in_place.map(|_| self.in_port);
        let mut normal = self.datapath.normal.lock().unwrap_or_else(PoisonError::into_inner);
        normal.forward(vlan, [source, destination], in_port, self.now)
    }
}

/// A field of at most 64 bits.
#[expect(clippy::cast_possible_truncation, reason = "the fields asked for are narrow")]
fn number(value: Option<u128>) -> Option<u64> {
    value.map(|value| value as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{NO_FWD, PORT_DOWN};
    use crate::rig::{Rig, ethernet, exact, output, upcall};

    #[test]
    fn a_frame_leaves_through_its_own_port_by_in_port_only() {
        let mut rig = Rig::new();
        rig.all(&[output(1)]);
        assert_eq!(rig.ports_for(1, &ethernet(2, 1)), []);
        assert_eq!(rig.datapath.drops(), [("output_to_in_port", 1)]);
        rig.all(&[output(IN_PORT)]);
        assert_eq!(rig.ports_for(1, &ethernet(2, 1)), [1]);
        assert!(rig.inject(CONTROLLER, &ethernet(2, 1), &[output(IN_PORT)]).is_empty());
        assert_eq!(rig.why(&[("output_to_in_port", 1)]), ["no_in_port"]);
    }

    #[test]
    fn all_and_flood_leave_out_whom_they_should() {
        let mut rig = Rig::new();
        rig.datapath.set_port(2, NO_FLOOD, true);
        rig.datapath.set_port(4, NO_FWD, true);
        rig.all(&[output(ALL)]);
        assert_eq!(rig.ports_for(1, &ethernet(2, 1)), [2, 3]);
        rig.all(&[output(FLOOD)]);
        assert_eq!(rig.ports_for(1, &ethernet(2, 1)), [3]);
        rig.datapath.set_port(3, PORT_DOWN, false);
        assert_eq!(rig.ports_for(1, &ethernet(2, 1)), []);
        assert_eq!(rig.datapath.drops(), [("no_flood_port", 1)]);
    }

    #[test]
    fn a_table_miss_entry_says_no_match_unless_the_port_is_muted() {
        let mut rig = Rig::new();
        rig.all(&[output(CONTROLLER)]);
        let by_rule = exact(&[(Field::InPort, 2)]);
        let to_controller = crate::Instruction::ApplyActions([output(CONTROLLER)].into());
        rig.flow(0, &by_rule, &[to_controller]);
        for (in_port, reason) in [(1, NO_MATCH), (2, ACTION)] {
            let seen = rig.receive(in_port, &ethernet(2, 1));
            let shown = upcall(&seen[0]).expect("an upcall");
            assert_eq!((shown.reason, shown.max_len, shown.miss), (reason, Some(99), false));
        }
        rig.datapath.set_port(1, NO_PACKET_IN, true);
        assert_eq!(rig.receive(1, &ethernet(2, 1)), []);
        assert_eq!(rig.datapath.drops(), [("no_packet_in", 1)]);
    }

    #[test]
    fn normal_floods_what_it_does_not_know_and_learns() {
        let mut rig = Rig::new();
        rig.all(&[output(NORMAL)]);
        assert_eq!(rig.ports_for(1, &ethernet(2, 1)), [2, 3, 4]);
        assert_eq!(rig.ports_for(2, &ethernet(1, 2)), [1]);
        assert_eq!(rig.ports_for(1, &ethernet(1, 3)), []);
        assert_eq!(rig.datapath.drops(), [("normal_same_port", 1)]);
        rig.datapath.remove_port(1);
        assert_eq!(rig.ports_for(2, &ethernet(1, 2)), [3, 4]);
        assert_eq!(rig.datapath.known_addresses(), 1);
    }
}
