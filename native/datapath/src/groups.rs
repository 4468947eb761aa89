//! Groups: what they are, which buckets process a packet, and their counters (`OpenFlow` 1.3.5, 5.6;
//! `ofswitch/datapath/groups.py`).
//!
//! What may be added, changed and deleted is checked before (`ofswitch/datapath/group_checks.py`):
//! groups that are referred to are there, and references make no circle. Which buckets are live is
//! worked out when a group or a port changes, so that a packet only looks at the outcome.

use crate::group::{BucketSpec, Group, GroupKind};
use crate::ids::{ById, sorted_ids, take_out};
use crate::ports::Ports;

/// `OFPG_ALL`.
pub const ALL_GROUPS: u32 = 0xffff_fffc;

/// The groups of a switch.
#[derive(Debug, Default)]
pub struct GroupTable {
    groups: ById<Group>,
}

impl GroupTable {
    /// The group with this number.
    #[inline]
    pub fn get(&self, group_id: u32) -> Option<&Group> {
        self.groups.get(&group_id)
    }

    /// The numbers of all groups, in order.
    pub fn ids(&self) -> Vec<u32> {
        sorted_ids(&self.groups)
    }

    /// How many groups forward to this one; flow entries that do are counted elsewhere.
    pub fn references(&self, group_id: u32) -> usize {
        self.groups.values().filter(|group| group.forwards_to(group_id)).count()
    }

    /// Adds a group, or changes it: then its own counters go on, and its buckets' begin anew.
    pub fn put(
        &mut self,
        group_id: u32,
        kind: GroupKind,
        buckets: Vec<BucketSpec>,
        ports: &Ports,
        now: f64,
    ) {
        let old = self.groups.remove(&group_id);
        let was_live = old.as_ref().map(Group::is_live);
        let mut group = Group::new(kind, buckets, old, now);
        group.refresh(ports, |watched| self.get(watched).is_some_and(Group::is_live));
        let is_live = group.is_live();
        self.groups.insert(group_id, group);
        if was_live.is_some_and(|before| before != is_live) {
            self.refresh(ports);
        }
    }

    /// Removes a group, or all with [`ALL_GROUPS`]; returns those that were there.
    pub fn remove(&mut self, group_id: u32) -> Vec<u32> {
        take_out(&mut self.groups, group_id, ALL_GROUPS)
    }

    /// Works out anew what is live; to be called when a port has changed, come or gone.
    pub fn refresh(&mut self, ports: &Ports) {
        let mut known = ById::default();
        for group_id in self.ids() {
            self.is_live(group_id, ports, &mut known);
        }
        for group in self.groups.values_mut() {
            group.refresh(ports, |watched| known.get(&watched).copied().unwrap_or_default());
        }
    }

    /// Whether a group has a live bucket, worked out from the ports on; `known` keeps what was found.
    fn is_live(&self, group_id: u32, ports: &Ports, known: &mut ById<bool>) -> bool {
        if let Some(&found) = known.get(&group_id) {
            return found;
        }
        let buckets = self.get(group_id).map(Group::buckets).unwrap_or_default();
        let found =
            buckets.iter().any(|one| one.is_live(ports, |id| self.is_live(id, ports, known)));
        known.insert(group_id, found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selection::ANY;
    use crate::{Action, Bucket};

    const FRAME: [u8; 60] = [2; 60];

    fn output(port_no: u32) -> Action {
        Action::Output { port_no, max_len: 0 }
    }

    fn bucket(action: Action) -> BucketSpec {
        BucketSpec { actions: [action].into(), weight: 0, watch_port: ANY, watch_group: ANY }
    }

    fn watching(port_no: u32) -> BucketSpec {
        BucketSpec { watch_port: port_no, ..bucket(output(port_no)) }
    }

    struct World {
        ports: Ports,
        groups: GroupTable,
    }

    impl World {
        fn new() -> Self {
            let mut ports = Ports::default();
            for number in 1..=4 {
                assert!(ports.add(number, 0, true));
            }
            Self { ports, groups: GroupTable::default() }
        }

        fn put(&mut self, group_id: u32, kind: GroupKind, buckets: &[BucketSpec]) {
            self.groups.put(group_id, kind, buckets.to_vec(), &self.ports, 1.5);
        }

        fn link(&mut self, port_no: u32, live: bool) {
            self.ports.set(port_no, 0, live);
            self.groups.refresh(&self.ports);
        }

        fn outputs(&self, group_id: u32) -> Vec<u32> {
            let group = self.groups.get(group_id).expect("a group");
            let packet = packet::parse(&FRAME, FRAME.len());
            let actions = group.process(&FRAME, &packet).flat_map(Bucket::actions);
            actions
                .filter_map(|action| match action {
                    Action::Output { port_no, .. } => Some(*port_no),
                    _ => None,
                })
                .collect()
        }
    }

    #[test]
    fn each_type_uses_its_live_buckets_in_its_way() {
        let mut world = World::new();
        let buckets = [watching(2), watching(3), bucket(output(4))];
        world.put(1, GroupKind::All, &buckets);
        world.put(2, GroupKind::FastFailover, &buckets);
        world.put(3, GroupKind::Indirect, &buckets[..1]);
        let seen = |world: &World| [1, 2, 3].map(|group_id| world.outputs(group_id));
        assert_eq!(seen(&world), [vec![2, 3, 4], vec![2], vec![2]]);
        world.link(2, false);
        assert_eq!(seen(&world), [vec![3, 4], vec![3], vec![]]);
        world.link(3, false);
        assert_eq!(seen(&world), [vec![4], vec![4], vec![]]);
        world.link(2, true);
        assert_eq!(seen(&world), [vec![2, 4], vec![2], vec![2]]);
    }

    #[test]
    fn a_select_group_goes_by_the_weights_of_live_buckets() {
        let mut world = World::new();
        let weighed = |port_no, weight| BucketSpec { weight, ..watching(port_no) };
        world.put(1, GroupKind::Select, &[weighed(2, 0), weighed(3, 9), weighed(4, 0)]);
        assert_eq!(world.outputs(1), [3]);
        world.link(3, false);
        assert_eq!(world.outputs(1), [], "what is left has no weight");
        assert!(world.groups.get(1).is_some_and(Group::is_live), "but it is live");
    }

    #[test]
    fn liveness_goes_up_a_chain_of_groups_when_a_port_or_a_group_changes() {
        let mut world = World::new();
        let watching_group = |watch_group| BucketSpec { watch_group, ..bucket(output(4)) };
        world.put(9, GroupKind::FastFailover, &[watching(2)]);
        world.put(5, GroupKind::All, &[watching_group(9)]);
        world.put(1, GroupKind::All, &[watching_group(5)]);
        assert_eq!(world.outputs(1), [4]);
        world.link(2, false);
        assert_eq!(world.outputs(1), []);
        world.put(9, GroupKind::FastFailover, &[watching(2), watching(3)]);
        assert_eq!(world.outputs(1), [4]);
        world.put(9, GroupKind::All, &[]);
        assert_eq!(world.outputs(1), []);
    }

    #[test]
    fn a_change_keeps_the_groups_counters_and_restarts_the_buckets() {
        let mut world = World::new();
        world.put(1, GroupKind::All, &[bucket(output(2))]);
        world.outputs(1);
        world.groups.put(1, GroupKind::All, vec![bucket(output(3))], &world.ports, 7.0);
        world.groups.get(1).expect("a group").buckets()[0].count(5);
        world.outputs(1);
        let group = world.groups.get(1).expect("a group");
        assert_eq!((group.counts(), group.created().to_bits()), ((2, 120), 1.5_f64.to_bits()));
        assert_eq!(group.buckets()[0].counts(), (1, 5));
    }

    #[test]
    fn groups_that_forward_to_a_group_are_counted_once_each() {
        let mut world = World::new();
        world.put(1, GroupKind::All, &[]);
        world.put(2, GroupKind::All, &[bucket(Action::Group(1)), bucket(Action::Group(1))]);
        world.put(3, GroupKind::All, &[BucketSpec { watch_group: 1, ..bucket(output(1)) }]);
        assert_eq!([1, 2, 3].map(|group_id| world.groups.references(group_id)), [1, 0, 0]);
        assert_eq!(world.groups.remove(3), [3]);
        assert_eq!(world.groups.remove(ALL_GROUPS), [1, 2]);
    }
}
