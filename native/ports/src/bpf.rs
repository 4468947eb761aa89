//! Programs that the kernel runs on frames: how they are handed over, and those for measuring (`traffic send`).
//!
//! A program for measuring is run many times by one system call, on a frame that it may change and copies of
//! which it may send each time (`bpf_clone_redirect`): the fastest sender there is, since nothing
//! passes from this process to the kernel for a frame.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// `enum bpf_cmd`, `enum bpf_prog_type`.
const PROG_LOAD: libc::c_long = 5;
const PROG_TEST_RUN: libc::c_long = 10;
const SCHED_CLS: u32 = 3;

const LICENSE: &[u8] = b"Apache-2.0\0";

/// Room for `struct __sk_buff`, which may grow, and the first 64 bits of `cb` in it.
const CONTEXT_SIZE: usize = 256;
const STATE: std::ops::Range<usize> = 48..56;

/// The beginning of `union bpf_attr` for `BPF_PROG_LOAD`.
#[repr(C)]
#[derive(Default)]
struct Load {
    kind: u32,
    count: u32,
    instructions: u64,
    license: u64,
}

/// The same for `BPF_PROG_TEST_RUN`.
#[repr(C)]
#[derive(Default)]
struct Run {
    program: u32,
    result: u32,
    frame_size: u32,
    frame_out_size: u32,
    frame: u64,
    frame_out: u64,
    repeat: u32,
    duration: u32,
    context_size: u32,
    context_out_size: u32,
    context: u64,
    context_out: u64,
    flags: u32,
    cpu: u32,
    batch_size: u32,
    _padding: u32,
}

/// A program of the type of traffic control's classifiers.
#[derive(Debug)]
pub struct Program {
    fd: OwnedFd,
}

impl Program {
    /// Hands a program to the kernel.
    ///
    /// # Errors
    /// What the kernel says, such as that the program could do harm.
    pub fn load(instructions: &[u64]) -> io::Result<Self> {
        Ok(Self { fd: load(SCHED_CLS, instructions)? })
    }

    /// Runs it so many times on one copy of a frame. `state` is in the first 64 bits of `cb` for the
    /// first run; returns what is there after the last.
    ///
    /// # Errors
    /// What the kernel says, such as that a signal came.
    pub fn run(&self, frame: &[u8], state: u64, repeat: u32) -> io::Result<u64> {
        let mut context = [0_u8; CONTEXT_SIZE];
        context[STATE].copy_from_slice(&state.to_ne_bytes());
        let mut request = Run {
            program: u32::try_from(self.fd.as_raw_fd()).unwrap_or_default(),
            frame_size: size(frame.len()),
            frame: frame.as_ptr() as u64,
            repeat,
            context_size: size(CONTEXT_SIZE),
            context_out_size: size(CONTEXT_SIZE),
            context: context.as_ptr() as u64,
            context_out: context.as_mut_ptr() as u64,
            ..Run::default()
        };
        // SAFETY: the request's pointers are to a live frame and context of these sizes.
        unsafe { bpf(PROG_TEST_RUN, &mut request)? };
        let mut octets = [0; 8];
        octets.copy_from_slice(&context[STATE]);
        Ok(u64::from_ne_bytes(octets))
    }
}

/// Hands a program of a type (`enum bpf_prog_type`) to the kernel.
pub(crate) fn load(kind: u32, instructions: &[u64]) -> io::Result<OwnedFd> {
    let mut request = Load {
        kind,
        count: size(instructions.len()),
        instructions: instructions.as_ptr() as u64,
        license: LICENSE.as_ptr() as u64,
    };
    // SAFETY: the request's pointers are to live instructions, as many as it says, and to a text
    // that ends with a 0; the descriptor that comes back is new, and nobody else's.
    unsafe { Ok(OwnedFd::from_raw_fd(bpf(PROG_LOAD, &mut request)?)) }
}

/// The system call.
///
/// # Safety
/// The request is the one that the command takes, and its pointers are to live memory.
pub(crate) unsafe fn bpf<T>(command: libc::c_long, request: &mut T) -> io::Result<RawFd> {
    // SAFETY: as the caller vouches.
    let done = unsafe { libc::syscall(libc::SYS_bpf, command, &raw mut *request, size_of::<T>()) };
    match RawFd::try_from(done) {
        Ok(fd) if fd >= 0 => Ok(fd),
        _ => Err(io::Error::last_os_error()),
    }
}

fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
