//! Which packet-ins of a switch are without a response: each response counts once.
//!
//! Packet-ins are numbered as they are sent, and the number is what a response names. For the latest
//! of them one bit each says whether the response is awaited. Responses come in the order of the
//! packet-ins, or nearly: what is older than the one that was answered last no longer holds up new
//! ones, but still counts when its response comes late.

/// Packet-ins of which is known whether they were answered.
const KNOWN: u32 = 1 << 16;
/// The most packet-ins in flight; half of what is known, so that a late response is not lost.
pub(crate) const MOST: u32 = KNOWN / 2;
/// Buffer numbers have 31 bits: none of them is a reserved one.
const NUMBER: u32 = (1 << 31) - 1;
const WORD: u32 = u64::BITS;

/// The packet-ins of one switch.
#[derive(Debug)]
pub(crate) struct Window {
    awaited: Vec<u64>,
    /// The number of the next packet-in.
    next: u32,
    /// One past the newest that was answered.
    newest: u32,
}

impl Window {
    pub(crate) fn new() -> Self {
        Self { awaited: vec![0; (KNOWN / WORD) as usize], next: 0, newest: 0 }
    }

    /// The number that the next packet-in will have.
    pub(crate) const fn next(&self) -> u32 {
        self.next
    }

    /// How many have been sent since the newest one that was answered.
    pub(crate) const fn in_flight(&self) -> u32 {
        distance(self.newest, self.next)
    }

    /// The number of the oldest packet-in in flight.
    pub(crate) const fn oldest_in_flight(&self) -> u32 {
        self.newest
    }

    /// Whether a packet-in was sent before another.
    pub(crate) const fn is_before(&self, one: u32, other: u32) -> bool {
        distance(one, self.next) > distance(other, self.next)
    }

    /// So many packet-ins have been sent.
    pub(crate) fn sent(&mut self, count: u32) {
        for number in 0..count {
            let (word, bit) = place(after(self.next, number));
            self.awaited[word] |= bit;
        }
        self.next = after(self.next, count);
    }

    /// A response names a packet-in: whether it is the first that names it.
    #[inline]
    pub(crate) fn answered(&mut self, number: u32) -> bool {
        let age = distance(number, self.next);
        if number > NUMBER || age == 0 || age > KNOWN {
            return false;
        }
        let (word, bit) = place(number);
        let first = self.awaited[word] & bit != 0;
        self.awaited[word] &= !bit;
        if age <= self.in_flight() {
            self.newest = after(number, 1);
        }
        first
    }

    /// Waits no longer for what is in flight.
    pub(crate) const fn give_up(&mut self) {
        self.newest = self.next;
    }
}

/// How far it is from one number to a later one.
const fn distance(from: u32, to: u32) -> u32 {
    to.wrapping_sub(from) & NUMBER
}

/// The number that comes so many after another.
#[inline]
pub(crate) const fn after(number: u32, count: u32) -> u32 {
    number.wrapping_add(count) & NUMBER
}

const fn place(number: u32) -> (usize, u64) {
    let at = number % KNOWN;
    ((at / WORD) as usize, 1 << (at % WORD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_in_is_answered_once() {
        let mut window = Window::new();
        window.sent(3);
        assert!(window.answered(1));
        assert!(!window.answered(1));
        assert!(!window.answered(3), "not sent yet");
        assert!(!window.answered(u32::MAX));
        assert!(window.answered(2) && window.answered(0));
    }

    #[test]
    fn what_was_skipped_holds_nothing_up_but_counts_when_it_comes() {
        let mut window = Window::new();
        window.sent(10);
        assert!(window.answered(7));
        assert_eq!(window.in_flight(), 2);
        assert!(window.answered(3));
        assert_eq!(window.in_flight(), 2);
    }

    #[test]
    fn an_answer_to_something_very_old_does_not_count() {
        let mut window = Window::new();
        window.sent(1);
        for _ in 0..4 {
            window.sent(KNOWN / 4);
        }
        assert!(!window.answered(0));
        assert!(window.answered(1));
    }

    #[test]
    fn numbers_begin_anew() {
        let mut window = Window { next: NUMBER - 1, newest: NUMBER - 1, ..Window::new() };
        window.sent(4);
        assert_eq!((window.next(), window.in_flight()), (2, 4));
        assert!(window.answered(NUMBER));
        assert_eq!(window.in_flight(), 2);
        assert!(window.answered(1));
        assert_eq!(window.in_flight(), 0);
    }

    #[test]
    fn who_gives_up_has_nothing_in_flight() {
        let mut window = Window::new();
        window.sent(5);
        window.give_up();
        assert_eq!(window.in_flight(), 0);
        assert!(window.answered(4), "late, but it counts");
        assert_eq!(window.in_flight(), 0);
    }
}
