//! The switch's ports: every system call and all unsafe code of the project.

pub mod bare;
pub mod bpf;
pub mod probe;
