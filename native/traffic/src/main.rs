//! Sends, counts and times frames for the benchmarks, and forwards them with nothing in between.
//!
//! `benchmarks/datapath` runs it inside the hosts' namespaces and reads the JSON that it prints. An
//! interface is always one of the namespace that the program was started in.

#![forbid(unsafe_code)]

mod arguments;
mod bare;
mod count;
mod frame;
mod ping;
mod program;
mod send;

use std::process::ExitCode;

use arguments::Arguments;

const USAGE: &str = "\
usage: traffic send INTERFACE --target MAC --seconds S [--flows N|new] [--size 64] [--stations 0]
           UDP frames as fast as one core can, of so many flows in turn, from so many addresses
       traffic count INTERFACE --seconds S [--after S] [--pid PID]
           what the interface receives, and the processor time of a process and the machine
       traffic ping INTERFACE --target MAC --from IPV4 --to IPV4 [--count 1000] [--gap-us 300]
           round trips of single frames, by ICMP echo: the far host's kernel answers
       traffic bare KIND A B [--ready FILE]
           forward between two interfaces, no look-up; KIND: mmsg, ring, or tap to make two taps
";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let run = match command.as_str() {
        "send" => send::run,
        "count" => count::run,
        "ping" => ping::run,
        "bare" => bare::run,
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match Arguments::parse(words).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("traffic {command}: {error}");
            ExitCode::FAILURE
        }
    }
}
