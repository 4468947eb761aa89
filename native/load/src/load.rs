//! Fake switches, and the loop that serves them all.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ports::Epoll;

use crate::error::LoadError;
use crate::fake::{Fake, Room, Tally};
use crate::plan::Plan;

/// Switches that connect at once: fewer than any controller lets wait.
const AT_ONCE: usize = 16;
/// Switches that are served in one turn.
const READY: usize = 64;
/// Between two tries to connect to a controller that does not listen yet.
const RETRY: Duration = Duration::from_millis(50);
/// Between two looks for responses that have not come.
const LOOK: Duration = Duration::from_millis(100);
/// How long to poll for a response before sleeping, where there is one packet-in at a time. On loopback whoever sends
/// pays for waking the one who sleeps, two to three times what sending costs; a controller on a network pays nothing.
const SPIN: Duration = Duration::from_micros(100);

/// What has happened since somebody looked.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// How long that was.
    pub seconds: f64,
    /// Packet-ins that were answered, of each switch.
    pub responses: Vec<u64>,
    /// Packet-ins that were sent.
    pub sent: u64,
    /// Packet-ins whose responses are waited for now.
    pub in_flight: u64,
    /// Flow-mods that came, whether they named a packet-in or not.
    pub flow_mods: u64,
    /// Packet-outs that came, whether they named a packet-in or not.
    pub packet_outs: u64,
    /// Error messages that came.
    pub errors: u64,
    /// Nanoseconds from a packet-in to its response, and how often. Not all packet-ins are timed.
    pub times: Vec<(u64, u64)>,
    /// Seconds that were spent polling for responses, with none there.
    pub polled: f64,
}

/// Switches that are connected to a controller.
#[derive(Debug)]
pub struct Load {
    plan: Plan,
    fakes: Vec<Fake>,
    epoll: Epoll,
    room: Room,
    tally: Tally,
    /// Whether packet-ins are sent.
    loading: bool,
    /// Whether it spins instead of sleeping.
    busy: bool,
    since: Instant,
    looked: Instant,
}

impl Load {
    /// Connects all switches, and waits until the controller has asked each for its features; tells now and then how
    /// many those are, and whether nobody listens. `timeout`: for each few of them.
    ///
    /// # Errors
    /// When nobody listens, or that does not happen in time.
    pub fn connect(
        plan: Plan,
        address: SocketAddr,
        timeout: Duration,
        mut told: impl FnMut(usize, bool),
    ) -> Result<Self, LoadError> {
        let now = Instant::now();
        let mut load = Self {
            plan,
            fakes: Vec::new(),
            epoll: Epoll::new()?,
            room: Room::default(),
            tally: Tally::default(),
            loading: false,
            busy: false,
            since: now,
            looked: now,
        };
        let all = usize::from(load.plan.switches);
        while load.fakes.len() < all {
            let (begin, count) = (Instant::now(), load.fakes.len());
            for _ in count..all.min(count + AT_ONCE) {
                let stream = dial(address, begin + timeout, || told(count, true))
                    .map_err(|error| load.while_connecting(error))?;
                load.add(stream).map_err(|error| load.while_connecting(error))?;
            }
            load.wait_until_asked(begin + timeout).map_err(|error| load.while_connecting(error))?;
            told(load.fakes.len(), false);
        }
        Ok(load)
    }

    /// What is wrong when a connection is closed that was never used, or one is not made while others are there.
    fn while_connecting(&self, error: LoadError) -> LoadError {
        let count = self.fakes.iter().filter(|fake| fake.asked).count();
        match error {
            LoadError::Closed(_) => LoadError::TurnedAway(count),
            LoadError::Connect(error) if count > 0 => LoadError::NoMore(count, error),
            other => other,
        }
    }

    fn add(&mut self, stream: TcpStream) -> Result<(), LoadError> {
        let at = self.fakes.len();
        let number = u16::try_from(at + 1).unwrap_or(u16::MAX);
        let fake = Fake::new(stream, number, &self.plan)?;
        self.epoll.add(fake.fd(), u32::from(number) - 1)?;
        self.fakes.push(fake);
        self.rewatch(at)
    }

    fn wait_until_asked(&mut self, until: Instant) -> Result<(), LoadError> {
        while self.fakes.iter().any(|fake| !fake.asked) {
            if Instant::now() > until {
                let all = self.fakes.len();
                let count = self.fakes.iter().filter(|fake| !fake.asked).count();
                return Err(LoadError::TimedOut(format!(
                    "{count} of {all} switches were not asked for their features in time: is it a controller?"
                )));
            }
            self.turn(until)?;
        }
        Ok(())
    }

    /// Answers the controller for so long, and sends nothing unasked.
    ///
    /// # Errors
    /// When the controller ends a connection, or sends what is no `OpenFlow`.
    pub fn settle(&mut self, time: Duration) -> Result<(), LoadError> {
        self.pass(time)
    }

    /// Loads the controller for so long; the next call goes on where this one ended. `busy`: without
    /// ever sleeping.
    ///
    /// # Errors
    /// When the controller ends a connection, or sends what is no `OpenFlow`.
    pub fn run(&mut self, time: Duration, busy: bool) -> Result<(), LoadError> {
        self.busy = busy;
        if !self.loading {
            self.loading = true;
            for at in 0..self.fakes.len() {
                self.send(at)?;
            }
        }
        self.pass(time)
    }

    fn pass(&mut self, time: Duration) -> Result<(), LoadError> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.turn(until)?;
        }
        Ok(())
    }

    /// Waits for what comes, and serves it.
    fn turn(&mut self, until: Instant) -> Result<(), LoadError> {
        let now = Instant::now();
        if now.duration_since(self.looked) > LOOK {
            self.look(now)?;
        }
        let mut ready = [0; READY];
        let count = self.wait(&mut ready, until, now);
        for &number in &ready[..count] {
            self.serve(number as usize)?;
        }
        Ok(())
    }

    /// Waits until something comes, but not for long: how many switches have something.
    fn wait(&mut self, ready: &mut [u32; READY], until: Instant, now: Instant) -> usize {
        let left = until.saturating_duration_since(now).min(LOOK);
        let spin = match (self.busy, self.loading && self.plan.window() == 1) {
            (true, _) => left,
            (false, true) => SPIN.min(left),
            (false, false) => Duration::ZERO,
        };
        if !spin.is_zero() {
            let count = self.poll(ready, now, spin);
            if count > 0 || self.busy {
                return count;
            }
        }
        self.epoll.wait(ready, i32::try_from(left.as_millis()).map_or(100, |left| left.max(1)))
    }

    /// Polls for so long.
    fn poll(&mut self, ready: &mut [u32; READY], begin: Instant, time: Duration) -> usize {
        let mut count = self.epoll.wait(ready, 0);
        if count > 0 {
            return count;
        }
        let mut polled = Duration::ZERO;
        while count == 0 && polled < time {
            // Whoever shares the processor answers sooner.
            std::thread::yield_now();
            count = self.epoll.wait(ready, 0);
            polled = begin.elapsed();
        }
        self.tally.polled += polled;
        count
    }

    fn serve(&mut self, at: usize) -> Result<(), LoadError> {
        self.fakes[at].receive(&self.plan, &mut self.room, &mut self.tally)?;
        self.send(at)
    }

    fn send(&mut self, at: usize) -> Result<(), LoadError> {
        if self.loading {
            self.fakes[at].send(&self.plan, &mut self.room, &mut self.tally)?;
        }
        self.rewatch(at)
    }

    /// Watches a switch for room to write as long as it needs some.
    fn rewatch(&mut self, at: usize) -> Result<(), LoadError> {
        let fake = &mut self.fakes[at];
        if fake.watched != fake.is_full() {
            fake.watched = fake.is_full();
            self.epoll.change(fake.fd(), u32::try_from(at).unwrap_or(0), true, fake.watched)?;
        }
        Ok(())
    }

    /// Gives up what has been awaited for too long, and sends anew.
    fn look(&mut self, now: Instant) -> Result<(), LoadError> {
        self.looked = now;
        for at in 0..self.fakes.len() {
            self.fakes[at].give_up(&self.plan, now);
            self.send(at)?;
        }
        Ok(())
    }

    /// What has happened since this was last called.
    pub fn take(&mut self) -> Counts {
        let now = Instant::now();
        let tally = std::mem::take(&mut self.tally);
        let take = |fake: &mut Fake| std::mem::take(&mut fake.responses);
        Counts {
            seconds: now.duration_since(std::mem::replace(&mut self.since, now)).as_secs_f64(),
            responses: self.fakes.iter_mut().map(take).collect(),
            sent: tally.sent,
            in_flight: self.fakes.iter().map(Fake::in_flight).sum(),
            flow_mods: tally.flow_mods,
            packet_outs: tally.packet_outs,
            errors: tally.errors,
            times: tally.times.counted().collect(),
            polled: tally.polled.as_secs_f64(),
        }
    }
}

/// Connects; tries again while nobody listens, and tells of that.
fn dial(
    address: SocketAddr,
    until: Instant,
    mut refused: impl FnMut(),
) -> Result<TcpStream, LoadError> {
    loop {
        let left = until.saturating_duration_since(Instant::now()).max(RETRY);
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => return Ok(stream),
            Err(error)
                if error.kind() == ErrorKind::ConnectionRefused && Instant::now() < until =>
            {
                refused();
                sleep(RETRY);
            }
            Err(error) => return Err(LoadError::Connect(error)),
        }
    }
}
