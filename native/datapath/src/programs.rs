//! Programs that are shared: a million entries mostly do one of a few things.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::Program;

/// How many programs there are at least before the unused ones are looked for.
const FEW: usize = 1024;

/// Every program in use, once.
#[derive(Debug)]
pub(crate) struct Programs {
    shared: HashSet<Shared>,
    sweep_at: usize,
}

impl Programs {
    /// The program that these octets say; `None` when they say none.
    pub(crate) fn intern(&mut self, encoded: &[u8]) -> Option<Arc<Program>> {
        if let Some(found) = self.shared.get(encoded) {
            return Some(Arc::clone(&found.0));
        }
        let program = Arc::new(Program::decode(encoded)?);
        self.sweep_when_large();
        self.shared.insert(Shared(Arc::clone(&program)));
        Some(program)
    }

    /// How many are kept, used or not.
    pub(crate) fn len(&self) -> usize {
        self.shared.len()
    }

    /// Forgets the programs of entries that are gone, each time that the number has doubled.
    fn sweep_when_large(&mut self) {
        if self.shared.len() < self.sweep_at {
            return;
        }
        self.shared.retain(|one| Arc::strong_count(&one.0) > 1);
        self.shared.shrink_to(FEW);
        self.sweep_at = FEW.max(2 * self.shared.len());
    }
}

impl Default for Programs {
    fn default() -> Self {
        Self { shared: HashSet::new(), sweep_at: FEW }
    }
}

/// A program that is found by its octets.
#[derive(Debug)]
struct Shared(Arc<Program>);

impl Borrow<[u8]> for Shared {
    fn borrow(&self) -> &[u8] {
        self.0.encoded()
    }
}

impl Hash for Shared {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.encoded().hash(state);
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        self.0.encoded() == other.0.encoded()
    }
}

impl Eq for Shared {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_octets_share_a_program() {
        let mut programs = Programs::default();
        let (one, other) = (programs.intern(&[1, 7]), programs.intern(&[1, 7]));
        assert!(Arc::ptr_eq(&one.expect("a program"), &other.expect("a program")));
        assert!(programs.intern(&[0]).is_none());
        assert_eq!(programs.len(), 1);
    }

    #[test]
    fn programs_that_nobody_uses_are_forgotten_in_time() {
        let mut programs = Programs::default();
        let kept = programs.intern(&[5]).expect("a program");
        for meter_id in 0..10_000_u32 {
            let mut encoded = vec![6];
            encoded.extend(meter_id.to_be_bytes());
            programs.intern(&encoded);
        }
        assert!(programs.len() <= FEW + 1);
        assert!(Arc::ptr_eq(&kept, &programs.intern(&[5]).expect("a program")));
    }
}
