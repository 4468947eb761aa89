//! The action set that a packet carries from table to table (`OpenFlow` 1.3.5, 5.10;
//! `ofswitch/datapath/action_set.py`).

use std::mem::discriminant;

use crate::Action;

/// At most one action of each type, and one `SET_FIELD` for each field; kept in order of execution.
#[derive(Debug, Default)]
pub(crate) struct ActionSet {
    actions: Vec<Action>,
    has_group: bool,
}

impl ActionSet {
    /// Adds actions; each takes the place of the one of its type (`WRITE_ACTIONS`).
    pub(crate) fn write(&mut self, actions: &[Action]) {
        for action in actions {
            self.put(*action);
        }
    }

    /// Removes all actions (`CLEAR_ACTIONS`).
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.actions.clear();
        self.has_group = false;
    }

    /// Whether there are none.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// The actions in the order of 5.10; with a group there, outputs are left out.
    #[inline]
    pub(crate) fn in_order(&self) -> impl Iterator<Item = &Action> {
        let end = if self.has_group { step(&Action::Group(0)) } else { u8::MAX };
        self.actions.iter().filter(move |action| step(action) <= end)
    }

    fn put(&mut self, action: Action) {
        self.has_group |= matches!(action, Action::Group(_));
        let step_here = step(&action);
        let mut at = self.actions.len();
        // From behind: what was written first stands first within its step.
        while at > 0 && step(&self.actions[at - 1]) >= step_here {
            if same_slot(&self.actions[at - 1], &action) {
                self.actions[at - 1] = action;
                return;
            }
            at -= 1;
        }
        let place = self.actions.partition_point(|one| step(one) <= step_here);
        self.actions.insert(place, action);
    }
}

/// The order of execution, whatever the order of writing. Within a step: in order of writing.
const fn step(action: &Action) -> u8 {
    match action {
        Action::CopyTtlIn => 0,
        Action::PopVlan | Action::PopPbb | Action::PopMpls(_) => 1,
        Action::PushMpls(_) => 2,
        Action::PushPbb(_) => 3,
        Action::PushVlan(_) => 4,
        Action::CopyTtlOut => 5,
        Action::DecMplsTtl | Action::DecNwTtl => 6,
        Action::SetField(..)
        | Action::SetTpSrc(_)
        | Action::SetTpDst(_)
        | Action::SetMplsTtl(_)
        | Action::SetNwTtl(_)
        | Action::SetVlanVid(_)
        | Action::SetVlanPcp(_) => 7,
        Action::SetQueue(_) => 8,
        Action::Group(_) => 9,
        Action::Output { .. } | Action::Enqueue { .. } => 10,
    }
}

fn same_slot(one: &Action, other: &Action) -> bool {
    match (one, other) {
        (Action::SetField(field, _), Action::SetField(other, _)) => field == other,
        _ => discriminant(one) == discriminant(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use packet::Field;

    fn in_order(actions: &[Action]) -> Vec<Action> {
        let mut set = ActionSet::default();
        set.write(actions);
        set.in_order().copied().collect()
    }

    const OUTPUT: Action = Action::Output { port_no: 2, max_len: 0 };

    #[test]
    fn actions_are_done_in_the_order_of_the_specification_whatever_the_order_of_writing() {
        let written = [OUTPUT, Action::DecNwTtl, Action::PushVlan(0x8100), Action::PopVlan];
        assert_eq!(
            in_order(&written),
            [Action::PopVlan, Action::PushVlan(0x8100), Action::DecNwTtl, OUTPUT]
        );
    }

    #[test]
    fn an_action_takes_the_place_of_the_one_of_its_type_or_field() {
        let source = |value| Action::SetField(Field::EthSrc, value);
        let target = Action::SetField(Field::EthDst, 5);
        let ttl = Action::SetNwTtl(9);
        assert_eq!(in_order(&[source(1), target, ttl, source(2)]), [source(2), target, ttl]);
    }

    #[test]
    fn with_a_group_there_are_no_outputs() {
        let enqueue = Action::Enqueue { port_no: 1, queue_id: 1 };
        let group = Action::Group(3);
        assert_eq!(in_order(&[OUTPUT, group, enqueue]), [group]);
        let mut set = ActionSet::default();
        set.write(&[group, OUTPUT]);
        set.clear();
        set.write(&[OUTPUT, enqueue]);
        assert!(set.in_order().eq(&[OUTPUT, enqueue]));
    }
}
