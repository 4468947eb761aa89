//! `traffic bare`: the yardstick, a loop that receives and sends and does nothing else.

use std::fs;

use ports::bare::{Kind, forward};

use crate::arguments::{Arguments, Outcome};

/// Forwards until it is ended.
pub(crate) fn run(mut arguments: Arguments) -> Outcome {
    let kind = match arguments.word("a kind of socket")?.as_str() {
        "mmsg" => Kind::Messages,
        "ring" => Kind::Ring,
        "tap" => Kind::Tap,
        other => return Err(format!("{other:?} is none of mmsg, ring, tap")),
    };
    let interfaces = [arguments.word("an interface")?, arguments.word("another interface")?];
    let ready = arguments.option("ready");
    arguments.end()?;
    let ready = || {
        if let Some(path) = ready {
            if let Err(error) = fs::write(&path, std::process::id().to_string()) {
                eprintln!("{path}: {error}");
            }
        }
    };
    let [one, other] = &interfaces;
    forward(kind, [one, other], ready).map_err(|error| format!("{one} and {other}: {error}"))
}
