//! What can go wrong with a load, in words for its user.

use std::fmt;
use std::io;

/// Why a load ended before its time.
#[derive(Debug)]
pub enum LoadError {
    /// Nobody accepts connections there.
    Connect(io::Error),
    /// The system refused something else.
    Io(io::Error),
    /// The other side closed a connection: of which fake switch, counted from 1.
    Closed(usize),
    /// The other side closed a connection before it asked who is there, when so many switches had connected.
    TurnedAway(usize),
    /// Nobody accepts another connection, when so many switches have connected.
    NoMore(usize, io::Error),
    /// The other side sent what is no `OpenFlow` message.
    Framing(String),
    /// The other side does not speak the version: the error that it sent, as text.
    Refused(String),
    /// The other side did not do something in time.
    TimedOut(String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => write!(formatter, "cannot connect: {error}"),
            Self::Io(error) => error.fmt(formatter),
            Self::Closed(number) => {
                write!(formatter, "the controller closed the connection of switch {number}")
            }
            Self::NoMore(count, error) => {
                write!(formatter, "the controller takes no more than {count} switches: {error}")
            }
            Self::TurnedAway(0) => formatter.write_str(
                "the connection was closed before anything was asked: is it an OpenFlow controller?",
            ),
            Self::TurnedAway(count) => write!(
                formatter,
                "the controller turned a switch away when {count} or a few more had connected: is that the most it takes?"
            ),
            Self::Framing(text) => write!(formatter, "what came is no OpenFlow: {text}"),
            Self::Refused(text) => write!(formatter, "the hello was refused: {text}"),
            Self::TimedOut(text) => text.fmt(formatter),
        }
    }
}

impl std::error::Error for LoadError {}

impl From<io::Error> for LoadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
