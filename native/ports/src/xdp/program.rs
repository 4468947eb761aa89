//! The program that an interface runs on each frame so that it comes to our sockets.
//!
//! It is attached for as long as a descriptor is open, so that nothing is left behind whatever ends
//! this process. In the driver ("native") where the driver can; that also makes a veth's other end
//! send no super-frames, which no `AF_XDP` socket could take. Else where the kernel emulates it.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use crate::bpf::{bpf, load};

/// `enum bpf_cmd`, `enum bpf_map_type`, `enum bpf_prog_type`, `enum bpf_attach_type`.
const MAP_CREATE: libc::c_long = 0;
const MAP_UPDATE: libc::c_long = 2;
const LINK_CREATE: libc::c_long = 28;
const XSKMAP: u32 = 17;
const XDP_PROGRAM: u32 = 6;
const XDP_ATTACHMENT: u32 = 37;

const IN_DRIVER: u32 = 1 << 2;
const EMULATED: u32 = 1 << 1;

const REDIRECT_MAP: u64 = 51;
const PASS: u64 = 2;

/// The beginnings of `union bpf_attr` for each command.
#[repr(C)]
struct Map {
    kind: u32,
    key_size: u32,
    value_size: u32,
    entries: u32,
}

#[repr(C)]
struct Update {
    map: u32,
    _padding: u32,
    key: u64,
    value: u64,
    flags: u64,
}

#[repr(C)]
struct Attach {
    program: u32,
    ifindex: u32,
    kind: u32,
    flags: u32,
}

/// The sockets to which an interface's program gives what its queues receive.
#[derive(Debug)]
pub(super) struct Program {
    sockets: OwnedFd,
    program: OwnedFd,
}

impl Program {
    /// Hands the program to the kernel, for an interface of so many queues at most.
    pub(super) fn load(queues: u32) -> io::Result<Self> {
        let mut map = Map { kind: XSKMAP, key_size: 4, value_size: 4, entries: queues };
        // SAFETY: the request is the command's and has no pointers; the descriptor is new.
        let sockets = unsafe { OwnedFd::from_raw_fd(bpf(MAP_CREATE, &mut map)?) };
        let program = load(XDP_PROGRAM, &redirect(number(sockets.as_raw_fd())))?;
        Ok(Self { sockets, program })
    }

    /// Gives what a queue receives to a socket.
    pub(super) fn give(&self, queue: u32, socket: RawFd) -> io::Result<()> {
        let socket = number(socket);
        let mut update = Update {
            map: number(self.sockets.as_raw_fd()),
            _padding: 0,
            key: (&raw const queue) as u64,
            value: (&raw const socket) as u64,
            flags: 0,
        };
        // SAFETY: the request's pointers are to a live key and value of the sizes that the map has.
        unsafe { bpf(MAP_UPDATE, &mut update).map(drop) }
    }

    /// Has an interface run the program, until what is returned is dropped.
    pub(super) fn attach(&self, ifindex: u32) -> io::Result<OwnedFd> {
        self.attach_as(ifindex, IN_DRIVER).or_else(|error| match error.raw_os_error() {
            Some(libc::EOPNOTSUPP) => self.attach_as(ifindex, EMULATED),
            _ => Err(error),
        })
    }

    fn attach_as(&self, ifindex: u32, flags: u32) -> io::Result<OwnedFd> {
        let program = number(self.program.as_raw_fd());
        let mut attach = Attach { program, ifindex, kind: XDP_ATTACHMENT, flags };
        // SAFETY: the request is the command's and has no pointers; the descriptor is new.
        unsafe { Ok(OwnedFd::from_raw_fd(bpf(LINK_CREATE, &mut attach)?)) }
    }
}

/// `return bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_PASS)`: to the queue's socket, to the
/// host where it has none.
fn redirect(map: u32) -> [u64; 6] {
    [
        instruction(0x61, 2, 1, 16, 0), // r2 = ((struct xdp_md *)r1)->rx_queue_index
        instruction(0x18, 1, 1, 0, map.into()), // r1 = map
        0,                              //      (the other half of its 64 bits)
        instruction(0xb7, 3, 0, 0, PASS), // r3 = XDP_PASS
        instruction(0x85, 0, 0, 0, REDIRECT_MAP), // r0 = bpf_redirect_map(r1, r2, r3)
        instruction(0x95, 0, 0, 0, 0),  // return r0
    ]
}

/// `struct bpf_insn`.
const fn instruction(code: u64, to: u64, from: u64, offset: u64, number: u64) -> u64 {
    (code | to << 8 | from << 12 | offset << 16 | number << 32).to_le()
}

fn number(fd: RawFd) -> u32 {
    u32::try_from(fd).unwrap_or_default()
}
