"""The datapath in Rust, where it was compiled: `available` says whether, `make_native` makes one."""
