//! OUTPUT: physical ports and the reserved ones (`OpenFlow` 1.3.5, 4.5;
//! `ofswitch/datapath/output.py`).

use std::sync::PoisonError;

use packet::Field;

use crate::drops::Loss;
use crate::execution::{ACTION, Execution, NO_MATCH, Run};
use crate::normal::Verdict;
use crate::ports::{ALL, CONTROLLER, FLOOD, IN_PORT, NO_FLOOD, NO_PACKET_IN, NORMAL};

impl<'d> Run<'d, '_> {
    /// Sends the frame as it is now out of a port; `TABLE` is the pipeline's business.
    #[inline]
    pub(crate) fn send(&mut self, execution: &mut Execution<'d>, port_no: u32, max_len: u16) {
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
    fn send_out(&mut self, execution: &mut Execution<'d>, port_no: u32) {
        match self.datapath.ports.place(port_no) {
            Some(place) => self.send_through(execution, place),
            None => execution.lose(Loss::NoSuchPort),
        }
    }

    #[inline]
    fn send_through(&mut self, execution: &mut Execution<'d>, place: usize) {
        match self.datapath.ports.at(place).why_not_send() {
            Some(loss) => execution.lose(loss),
            None => self.transmit(execution, place),
        }
    }

    fn send_back(&mut self, execution: &mut Execution<'d>) {
        match self.in_place {
            Some(place) => self.send_through(execution, place),
            None => execution.lose(Loss::NoInPort),
        }
    }

    /// Sends to every port but the one it came from and those with a bit of `without` set.
    fn send_to_others(&mut self, execution: &mut Execution<'d>, without: u32) {
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
    fn send_up(&mut self, execution: &mut Execution<'d>, max_len: u16) {
        if !execution.entry.is_some_and(crate::FlowEntry::is_table_miss) {
            self.show_controller(execution, ACTION, max_len);
        } else if self.misses_are_muted() {
            execution.lose(Loss::NoPacketIn);
        } else {
            self.show_controller(execution, NO_MATCH, max_len);
        }
    }

    /// Does as a switch without `OpenFlow` does.
    fn send_normally(&mut self, execution: &mut Execution<'d>) {
        match self.ask_normal(execution) {
            Verdict::Drop(loss) => execution.lose(loss),
            Verdict::Flood => self.send_to_others(execution, NO_FLOOD),
            Verdict::Send(port_no) if port_no == self.in_port => {
                execution.lose(Loss::NormalSamePort);
            }
            Verdict::Send(port_no) => self.send_out(execution, port_no),
        }
    }

    fn ask_normal(&mut self, execution: &mut Execution<'d>) -> Verdict {
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
