//! A small generator of pseudo-random numbers (xorshift64*), for tests and examples.

/// Its state, which must not be 0.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Any number of 56 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 8
    }

    /// A number from 0 up to `end`, which is none of them.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}
