//! The threads that carry frames from port to port through the datapath.

#![forbid(unsafe_code)]
