//! The switch's ports: every system call and all unsafe code of the project.
