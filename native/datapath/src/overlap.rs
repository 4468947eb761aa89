//! Whether a match overlaps with one in the table, for `OFPFF_CHECK_OVERLAP` (1.3.5, 6.4).
//!
//! Where an entry looks at no more bits than the match in question, the two overlap if the match,
//! cut down to those bits, is the entry's; so one search does for all entries with the same mask. Only
//! where an entry looks at others, all such entries are looked at. To know which masks there are costs
//! a little for each change, so a table counts them from the first time that anybody asks.

use std::collections::HashMap;

use packet::{FlowKey, WORDS};

use crate::{FlowMatch, FlowTable};

/// How many entries there are with a mask and a priority.
#[derive(Debug, Default)]
pub(crate) struct Masks(HashMap<(u16, FlowKey), u32>);

/// What is to be done about the entries of one priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// One of them overlaps.
    Overlaps,
    /// None of them does.
    Clear,
    /// None of those that were easily found; some are to be looked at one by one.
    Unknown,
}

impl Masks {
    /// Counts an entry in.
    pub(crate) fn add(&mut self, flow_match: &FlowMatch, priority: u16) {
        *self.0.entry((priority, *flow_match.mask())).or_default() += 1;
    }

    /// Counts an entry out.
    pub(crate) fn remove(&mut self, flow_match: &FlowMatch, priority: u16) {
        let key = (priority, *flow_match.mask());
        if let Some(count) = self.0.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&key);
            }
        }
    }

    /// What the masks tell of the entries of the table.
    pub(crate) fn judge(&self, table: &FlowTable, asked: &FlowMatch, priority: u16) -> Verdict {
        let mut verdict = Verdict::Clear;
        for (_, mask) in self.0.keys().filter(|(one, _)| *one == priority) {
            match cut_down(asked, mask) {
                Some(cut) if table.find(&cut, priority).is_some() => return Verdict::Overlaps,
                Some(_) => {}
                None => verdict = Verdict::Unknown,
            }
        }
        verdict
    }
}

/// The match on the bits of a mask only; `None` if it does not look at all of them.
fn cut_down(asked: &FlowMatch, mask: &FlowKey) -> Option<FlowMatch> {
    let (value, has, wants) = (asked.value().words(), asked.mask().words(), mask.words());
    if (0..WORDS).any(|at| wants[at] & !has[at] != 0) {
        return None;
    }
    let words = std::array::from_fn(|at| value[at] & wants[at]);
    Some(FlowMatch::from_keys(FlowKey::from_words(words), *mask))
}
