//! Packet sockets (packet(7)), made fit for a switch.
//!
//! `PACKET_VNET_HDR` puts a virtio-net header before every frame, both ways. `PACKET_IGNORE_OUTGOING`
//! keeps our own sends, and what this machine itself sends there, from coming back as if received.
//! `PACKET_FANOUT` shares what arrives among several sockets by a hash of the flow, so that the
//! frames of one flow stay in order.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;

use crate::sys::{self, Plain};

const RECEIVE_BUFFER: i32 = 8 << 20;
const SEND_BUFFER: i32 = 4 << 20;

const PACKET_FANOUT_FLAG_UNIQUEID: u32 = 0x2000;
/// A fanout group does not inherit `PACKET_IGNORE_OUTGOING` from its sockets.
const PACKET_FANOUT_FLAG_IGNORE_OUTGOING: u32 = 0x4000;

/// Sets an option of packet(7).
pub(super) fn set<T: Plain>(socket: &OwnedFd, option: i32, value: &T) -> io::Result<()> {
    sys::set_option(socket.as_raw_fd(), libc::SOL_PACKET, option, value)
}

/// A socket with virtio-net headers, not bound yet: nothing arrives before all is set.
pub(super) fn receiving(ifindex: i32) -> io::Result<OwnedFd> {
    let socket = sys::socket(libc::AF_PACKET, libc::SOCK_RAW, 0)?;
    for option in [libc::PACKET_VNET_HDR, libc::PACKET_AUXDATA, libc::PACKET_IGNORE_OUTGOING] {
        set(&socket, option, &1)?;
    }
    let promiscuous = libc::packet_mreq {
        mr_ifindex: ifindex,
        mr_type: small(libc::PACKET_MR_PROMISC),
        mr_alen: 0,
        mr_address: [0; 8],
    };
    set(&socket, libc::PACKET_ADD_MEMBERSHIP, &promiscuous)?;
    set_buffers(&socket)?;
    Ok(socket)
}

/// A socket without headers that only sends. With `bypass`, past the queueing discipline.
pub(super) fn sending(ifindex: i32, bypass: bool) -> io::Result<OwnedFd> {
    let socket = sys::socket(libc::AF_PACKET, libc::SOCK_RAW, 0)?;
    set_buffers(&socket)?;
    set(&socket, libc::PACKET_QDISC_BYPASS, &i32::from(bypass))?;
    bind(&socket, ifindex, 0)?;
    Ok(socket)
}

/// Binds sockets to an interface, and lets them share what arrives there if they are several.
pub(super) fn start(sockets: &[Arc<OwnedFd>], ifindex: i32) -> io::Result<()> {
    let mut fanout = libc::PACKET_FANOUT_HASH
        | (PACKET_FANOUT_FLAG_UNIQUEID | PACKET_FANOUT_FLAG_IGNORE_OUTGOING);
    fanout <<= 16;
    for (number, socket) in sockets.iter().enumerate() {
        if sockets.len() == 1 {
            return bind(socket, ifindex, libc::ETH_P_ALL);
        }
        // Until it is in the group, a socket would get what others get, too.
        sys::attach_filter_of_nothing(socket.as_raw_fd())?;
        bind(socket, ifindex, libc::ETH_P_ALL)?;
        set(socket, libc::PACKET_FANOUT, &fanout)?;
        sys::detach_filter(socket.as_raw_fd())?;
        if number == 0 {
            // The kernel has chosen a number for the group.
            let group =
                sys::get_option(socket.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_FANOUT, 0_u32)?;
            fanout = fanout & !(PACKET_FANOUT_FLAG_UNIQUEID << 16) | (group & 0xffff);
        }
    }
    Ok(())
}

/// How many frames found no room in the socket's queue or ring since this was last asked.
pub(super) fn drops(socket: RawFd) -> u64 {
    let none = libc::tpacket_stats { tp_packets: 0, tp_drops: 0 };
    sys::get_option(socket, libc::SOL_PACKET, libc::PACKET_STATISTICS, none)
        .map_or(0, |statistics| u64::from(statistics.tp_drops))
}

/// Whether the interface that a socket was bound to has been deleted or moved away.
pub(super) fn has_lost_interface(socket: RawFd) -> bool {
    // The kernel unbinds such sockets.
    sys::name(socket, no_address()).is_ok_and(|address| address.sll_ifindex == -1)
}

fn bind(socket: &OwnedFd, ifindex: i32, protocol: i32) -> io::Result<()> {
    let address = libc::sockaddr_ll {
        sll_family: small(libc::AF_PACKET),
        sll_protocol: small(protocol).to_be(),
        sll_ifindex: ifindex,
        ..no_address()
    };
    sys::bind(socket.as_raw_fd(), &address)
}

fn no_address() -> libc::sockaddr_ll {
    // SAFETY: all fields of this structure of C may be 0.
    unsafe { mem::zeroed() }
}

fn set_buffers(socket: &OwnedFd) -> io::Result<()> {
    let fd = socket.as_raw_fd();
    sys::set_option(fd, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, &RECEIVE_BUFFER)?;
    sys::set_option(fd, libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, &SEND_BUFFER)
}

/// A constant of C as the 16 bits that a structure has for it.
fn small(constant: i32) -> u16 {
    u16::try_from(constant).unwrap_or_default()
}
