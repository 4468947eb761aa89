//! One fake switch: its connection, and what it has sent and heard.

use std::net::TcpStream;
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

use codec::Messages;

use crate::error::LoadError;
use crate::histogram::Histogram;
use crate::outbox::Outbox;
use crate::plan::{MARK, Place, Plan};
use crate::window::{Window, after};
use crate::wire::{NO_BUFFER, PACKET_OUT_BUFFER, error_text, kind, u32_at};

/// When no response has come for so long, those that are in flight are not waited for any longer:
/// where there is one at a time ...
const PATIENCE: Duration = Duration::from_secs(1);
/// ... and where many wait in the controller's queue.
const PATIENCE_OF_MANY: Duration = Duration::from_secs(5);
/// New packet-ins are sent when this part of those that may be in flight has been answered.
const PART: u32 = 4;

/// What all switches together have seen since somebody looked.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) sent: u64,
    pub(crate) flow_mods: u64,
    pub(crate) packet_outs: u64,
    pub(crate) errors: u64,
    pub(crate) times: Histogram,
    pub(crate) polled: Duration,
}

/// Memory that the switches share: what one reads, and what it writes.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) input: Vec<u8>,
    pub(crate) output: Vec<u8>,
}

impl Default for Room {
    fn default() -> Self {
        // The longest message that waits for its rest, and as much again and more.
        Self { input: vec![0; 1 << 18], output: vec![0; 1 << 16] }
    }
}

/// A switch that consists of its connection.
#[derive(Debug)]
pub(crate) struct Fake {
    outbox: Outbox,
    number: u16,
    /// The beginning of a message.
    rest: Vec<u8>,
    /// Whether the controller has asked for its features.
    pub(crate) asked: bool,
    /// Whether it is watched until there is room to write.
    pub(crate) watched: bool,
    window: Window,
    host: u32,
    /// A packet-in whose response is timed, and when it was sent.
    timed: Option<(u32, Instant)>,
    /// When something was last answered.
    heard: Instant,
    /// Responses since somebody looked.
    pub(crate) responses: u64,
}

impl Fake {
    /// Says hello on a new connection.
    pub(crate) fn new(stream: TcpStream, number: u16, plan: &Plan) -> Result<Self, LoadError> {
        let mut outbox = Outbox::new(stream)?;
        outbox.waiting.extend_from_slice(&plan.hello);
        outbox.flush()?;
        Ok(Self {
            outbox,
            number,
            rest: Vec::new(),
            asked: false,
            watched: false,
            window: Window::new(),
            host: 0,
            timed: None,
            heard: Instant::now(),
            responses: 0,
        })
    }

    pub(crate) fn fd(&self) -> RawFd {
        self.outbox.stream().as_raw_fd()
    }

    /// How many packet-ins wait for their responses.
    pub(crate) fn in_flight(&self) -> u64 {
        u64::from(self.window.in_flight())
    }

    /// Whether something waits for room to write.
    pub(crate) const fn is_full(&self) -> bool {
        self.outbox.full
    }

    /// Receives what there is, once.
    pub(crate) fn receive(
        &mut self,
        plan: &Plan,
        room: &mut Room,
        tally: &mut Tally,
    ) -> Result<(), LoadError> {
        let kept = self.rest.len();
        room.input[..kept].copy_from_slice(&self.rest);
        let Some(length) = self.outbox.read(&mut room.input[kept..])? else { return Ok(()) };
        if length == 0 {
            return Err(LoadError::Closed(usize::from(self.number)));
        }
        self.rest.clear();
        let whole = &room.input[..kept + length];
        let now = Instant::now();
        let mut messages = Messages::new(whole);
        for message in messages.by_ref() {
            let message = message.map_err(|error| LoadError::Framing(error.to_string()))?;
            self.take(message, plan, now, tally)?;
        }
        self.rest.extend_from_slice(&whole[messages.consumed()..]);
        self.outbox.flush()?;
        self.forget_what_was_skipped();
        Ok(())
    }

    #[inline]
    fn take(
        &mut self,
        message: &[u8],
        plan: &Plan,
        now: Instant,
        tally: &mut Tally,
    ) -> Result<(), LoadError> {
        match message[1] {
            kind::PACKET_OUT => {
                tally.packet_outs += 1;
                self.named(packet_out_names(message), now, tally);
            }
            kind::FLOW_MOD => {
                tally.flow_mods += 1;
                self.named(u32_at(message, plan.flow_mod_buffer), now, tally);
            }
            kind::ERROR if !self.asked => return Err(LoadError::Refused(error_text(message))),
            kind::ERROR => tally.errors += 1,
            _ => self.answer(message, plan)?,
        }
        Ok(())
    }

    fn answer(&mut self, message: &[u8], plan: &Plan) -> Result<(), LoadError> {
        if message[1] == kind::FEATURES_REQUEST {
            if message[0] != plan.version {
                let text = format!("the controller speaks version {:#04x}", message[0]);
                return Err(LoadError::Refused(text));
            }
            self.asked = true;
        }
        plan.answers.answer(message, u64::from(self.number), &mut self.outbox.waiting);
        Ok(())
    }

    /// A message names a packet-in, or none.
    #[inline]
    fn named(&mut self, number: Option<u32>, now: Instant, tally: &mut Tally) {
        let Some(number) = number.filter(|&number| self.window.answered(number)) else { return };
        self.responses += 1;
        self.heard = now;
        if let Some((_, sent)) = self.timed.filter(|&(timed, _)| timed == number) {
            tally.times.add(u64::try_from(now.duration_since(sent).as_nanos()).unwrap_or(u64::MAX));
            self.timed = None;
        }
    }

    /// A packet-in that the controller has passed over is not timed any longer.
    fn forget_what_was_skipped(&mut self) {
        let oldest = self.window.oldest_in_flight();
        self.timed = self.timed.filter(|&(timed, _)| !self.window.is_before(timed, oldest));
    }

    /// Sends packet-ins, unless too many are in flight.
    pub(crate) fn send(
        &mut self,
        plan: &Plan,
        room: &mut Room,
        tally: &mut Tally,
    ) -> Result<(), LoadError> {
        if !self.outbox.flush()? {
            return Ok(());
        }
        let (size, most) = (plan.packet_ins.size(), plan.window());
        loop {
            let more = most.saturating_sub(self.window.in_flight());
            if more == 0 || more * PART < most {
                return Ok(());
            }
            let from = Place { switch: self.number, number: self.window.next(), host: self.host };
            let count = plan.packet_ins.write(&mut room.output, more, &from);
            let now = Instant::now();
            let taken = self.outbox.write(&room.output[..count as usize * size])?;
            let begun = taken.div_ceil(size);
            self.outbox.waiting.extend_from_slice(&room.output[taken..begun * size]);
            self.sent(u32::try_from(begun).unwrap_or(count), plan, now);
            tally.sent += begun as u64;
            if self.outbox.full {
                return Ok(());
            }
        }
    }

    /// So many packet-ins have gone out; the last of them is timed, unless another one is.
    fn sent(&mut self, count: u32, plan: &Plan, now: Instant) {
        if count == 0 {
            return;
        }
        if self.window.in_flight() == 0 {
            self.heard = now;
        }
        let last = after(self.window.next(), count - 1);
        self.timed = self.timed.or(Some((last, now)));
        self.window.sent(count);
        self.host = plan.packet_ins.host_after(self.host, count);
    }

    /// Waits no longer for responses that have been awaited for too long.
    pub(crate) fn give_up(&mut self, plan: &Plan, now: Instant) {
        let patience = if plan.window() == 1 { PATIENCE } else { PATIENCE_OF_MANY };
        if self.window.in_flight() > 0 && now.duration_since(self.heard) > patience {
            self.window.give_up();
            self.timed = None;
        }
    }
}

/// The packet-in that a packet-out names: by its buffer, or by the frame that it carries.
fn packet_out_names(message: &[u8]) -> Option<u32> {
    match u32_at(message, PACKET_OUT_BUFFER)? {
        NO_BUFFER => {
            let (mark, number) = message.last_chunk::<8>()?.split_at(MARK.len());
            (mark == MARK).then(|| u32_at(number, 0)).flatten()
        }
        number => Some(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_out_names_a_packet_in_by_its_buffer_or_by_its_frame() {
        let mut message = vec![1, 13, 0, 24, 0, 0, 0, 0, 0, 0, 0, 7, 0, 1, 0, 0];
        assert_eq!(packet_out_names(&message), Some(7));
        message[8..12].fill(0xff);
        assert_eq!(packet_out_names(&message), None);
        message.extend(b"....load\0\0\0\x09");
        assert_eq!(packet_out_names(&message), Some(9));
        assert_eq!(packet_out_names(&message[..10]), None);
    }
}
