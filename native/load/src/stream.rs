//! The controller's end of one connection to a switch: pours messages in, counts what comes back.

use std::io;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use codec::Messages;
use ports::Epoll;

use crate::error::LoadError;
use crate::histogram::Histogram;
use crate::outbox::Outbox;
use crate::wire::{error_text, kind};

/// Bytes that are made at once.
const CHUNK: usize = 1 << 16;

/// A message that is sent again and again, with a number at some places.
#[derive(Clone, Debug)]
pub struct Counter {
    message: Vec<u8>,
    places: Vec<(usize, usize)>,
}

impl Counter {
    /// Writes the number at these places, each with so many octets, at most 8.
    ///
    /// # Errors
    /// When a place is outside of the message.
    pub fn new(message: Vec<u8>, places: Vec<(usize, usize)>) -> Result<Self, String> {
        if places.iter().any(|&(at, width)| width > 8 || at + width > message.len()) {
            return Err(format!("a place outside of the message: {places:?}"));
        }
        Ok(Self { message, places })
    }

    fn append(&self, output: &mut Vec<u8>, number: u64) {
        let start = output.len();
        output.extend_from_slice(&self.message);
        let octets = number.to_be_bytes();
        for &(at, width) in &self.places {
            output[start + at..start + at + width].copy_from_slice(&octets[8 - width..]);
        }
    }
}

/// What came back, and when.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// From the first message that was sent to the last one that came.
    pub seconds: f64,
    /// Messages that came, by type.
    pub received: Vec<u64>,
    /// The first error that came, as text.
    pub error: Option<String>,
}

impl Exchange {
    fn new() -> Self {
        Self { seconds: 0.0, received: vec![0; 256], error: None }
    }

    /// How many messages of a type came.
    pub fn count(&self, kind: u8) -> u64 {
        self.received[usize::from(kind)]
    }
}

/// A connection to a switch, after the handshake.
#[derive(Debug)]
pub struct Stream {
    outbox: Outbox,
    epoll: Epoll,
    rest: Vec<u8>,
    room: Vec<u8>,
    watched: bool,
}

impl Stream {
    /// Takes over a connection, on which nothing waits to be read but whole messages.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new(stream: TcpStream) -> io::Result<Self> {
        let epoll = Epoll::new()?;
        epoll.add(stream.as_raw_fd(), 0)?;
        let outbox = Outbox::new(stream)?;
        Ok(Self { outbox, epoll, rest: Vec::new(), room: vec![0; 1 << 18], watched: false })
    }

    /// Sends a message for each of these numbers, then some more bytes; returns when so many messages
    /// of a type have come, or nothing has moved in either direction for as long as patience lasts.
    ///
    /// # Errors
    /// When the switch goes, or sends what is no `OpenFlow`.
    pub fn pour(
        &mut self,
        message: &Counter,
        numbers: std::ops::Range<u64>,
        end: &[u8],
        until: (u8, u64),
        patience: Duration,
    ) -> Result<Exchange, LoadError> {
        let start = Instant::now();
        let mut exchange = Exchange::new();
        let (mut next, mut ended) = (numbers.start, false);
        let (mut heard, mut moved) = (start, start);
        while exchange.count(until.0) < until.1 && moved.elapsed() < patience {
            while self.outbox.waiting.len() < CHUNK && next < numbers.end {
                message.append(&mut self.outbox.waiting, next);
                next += 1;
            }
            if next >= numbers.end && !ended {
                self.outbox.waiting.extend_from_slice(end);
                ended = true;
            }
            let waiting = self.outbox.waiting.len();
            let more = self.outbox.flush()? && next < numbers.end;
            if self.receive(&mut exchange, !more)? {
                heard = Instant::now();
                moved = heard;
            } else if self.outbox.waiting.len() < waiting {
                moved = Instant::now();
            }
        }
        exchange.seconds = heard.duration_since(start).as_secs_f64();
        Ok(exchange)
    }

    /// Sends a message so many times, each when the one before has been answered by a message of this
    /// type; returns how long that took each time.
    ///
    /// # Errors
    /// When patience ends without an answer, the switch goes, or it sends what is no `OpenFlow`.
    pub fn ping(
        &mut self,
        message: &Counter,
        kind: u8,
        times: u64,
        patience: Duration,
    ) -> Result<Histogram, LoadError> {
        let mut histogram = Histogram::default();
        for number in 0..times {
            let trip = self.pour(message, number..number + 1, &[], (kind, 1), patience)?;
            if trip.count(kind) == 0 {
                let error = trip.error.unwrap_or_else(|| "it says nothing".to_owned());
                return Err(LoadError::TimedOut(format!("no answer of the switch: {error}")));
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time")]
            histogram.add((trip.seconds * 1e9) as u64);
        }
        Ok(histogram)
    }

    /// Receives what there is, once; waits for it if there is nothing else to do. Whether something
    /// has come.
    fn receive(&mut self, exchange: &mut Exchange, wait: bool) -> Result<bool, LoadError> {
        if wait {
            if self.watched != self.outbox.full {
                self.watched = self.outbox.full;
                self.epoll.change(self.outbox.stream().as_raw_fd(), 0, true, self.watched)?;
            }
            self.epoll.wait(&mut [0; 1], 100);
        }
        let kept = self.rest.len();
        self.room[..kept].copy_from_slice(&self.rest);
        let length = match self.outbox.read(&mut self.room[kept..])? {
            None => return Ok(false),
            Some(0) => return Err(LoadError::Closed(1)),
            Some(length) => length,
        };
        self.rest.clear();
        let whole = &self.room[..kept + length];
        let mut messages = Messages::new(whole);
        for message in messages.by_ref() {
            let message = message.map_err(|error| LoadError::Framing(error.to_string()))?;
            take(message, exchange, &mut self.outbox.waiting);
        }
        self.rest.extend_from_slice(&whole[messages.consumed()..]);
        Ok(true)
    }
}

fn take(message: &[u8], exchange: &mut Exchange, output: &mut Vec<u8>) {
    let is = message[1];
    exchange.received[usize::from(is)] += 1;
    if is == kind::ECHO_REQUEST {
        let start = output.len();
        output.extend_from_slice(message);
        output[start + 1] = kind::ECHO_REPLY;
    } else if is == kind::ERROR && exchange.error.is_none() {
        exchange.error = Some(error_text(message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_where_they_belong() {
        let counter = Counter::new(vec![0xee; 8], vec![(1, 2), (4, 3)]).expect("inside");
        let mut output = vec![0];
        counter.append(&mut output, 0x0001_0203_0405);
        assert_eq!(output, [0, 0xee, 4, 5, 0xee, 3, 4, 5, 0xee]);
        assert!(Counter::new(vec![0; 8], vec![(6, 3)]).is_err());
    }

    #[test]
    fn an_echo_request_is_answered_and_the_first_error_kept() {
        let (mut exchange, mut output) = (Exchange::new(), Vec::new());
        take(&[4, 2, 0, 9, 0, 0, 0, 1, 5], &mut exchange, &mut output);
        take(&[4, 1, 0, 12, 0, 0, 0, 1, 0, 5, 0, 1], &mut exchange, &mut output);
        take(&[4, 1, 0, 12, 0, 0, 0, 1, 0, 5, 0, 2], &mut exchange, &mut output);
        assert_eq!(output, [4, 3, 0, 9, 0, 0, 0, 1, 5]);
        assert_eq!((exchange.count(1), exchange.count(2)), (2, 1));
        assert_eq!(exchange.error.as_deref(), Some("error of type 5, code 1"));
    }
}
