//! Patches two interfaces together through the switch's ports, with no switch between them:
//! `patch auto|ring|mmsg A B [bypass] [poll]`. For measuring what a kind of port costs.

use std::fs;

use ports::{Epoll, Frame, Link, PacketOptions, open_packet};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [io, one, other, rest @ ..] = &words[..] else {
        return Err("usage: patch auto|ring|mmsg A B [bypass] [poll]".into());
    };
    let has = |word: &str| rest.iter().any(|one| one == word);
    let options =
        PacketOptions { io: io.parse()?, bypass_qdisc: has("bypass"), ..PacketOptions::default() };
    let open = |name: &String| -> Result<Link, Box<dyn std::error::Error>> {
        let ifindex = fs::read_to_string(format!("/sys/class/net/{name}/ifindex"))?;
        Ok(open_packet(ifindex.trim().parse()?, options)?)
    };
    let mut links = [open(one)?, open(other)?];
    let epoll = Epoll::new()?;
    for (number, link) in (0..).zip(&links) {
        epoll.add(link.queues[0].fd(), number)?;
    }
    let mut frames: Vec<Frame> = (0..64).map(|_| Frame::new()).collect();
    let all: Vec<usize> = (0..64).collect();
    let mut ready = [0; 2];
    loop {
        let count = epoll.wait(&mut ready, if has("poll") { 0 } else { -1 });
        for number in ready[..count].iter().map(|number| *number as usize) {
            let count = links[number].queues[0].receive(&mut frames);
            links[1 - number].queues[0].send(&mut frames, &all[..count]);
            if links[number].queues[0].gone() {
                println!("{:?} {:?}", links[0].counters.snapshot(), links[1].counters.snapshot());
                return Ok(());
            }
        }
    }
}
