//! What has run before an action: the order that `runAfter` gives, with the containers around and inside.
//!
//! The service lets an expression read an action that stands on the way to it: what its own block runs before it, what
//! runs before each container around it, and everything inside of those. [`Order`] answers that for any two actions of a
//! flow in no more steps than they are nested, and says what is missing where one cannot read the other.
//!
//! The order is read once a flow, with one row of bits for each action. Where it cannot be read whole (a name that no
//! sibling has, actions that wait for each other, a flow far above what the service takes), answers are
//! [`Relation::Unknown`] instead of wrong.

mod outcome;
#[cfg(test)]
mod tests;

use std::hash::Hasher;

use model::flow::{ActionId, BlockId, FlowBody, FlowView};
use rustc_hash::{FxHashMap, FxHasher};

pub use self::outcome::{Dead, Outcomes, Reason, Statuses};

/// How an action stands to the one that wants to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It stands on the way: it can be read.
    Before,
    /// It is the reading action itself.
    Itself,
    /// It contains the reading action.
    Around,
    /// It stands inside of the reading action.
    Inside,
    /// It stands in another branch of the same condition or switch.
    OtherBranch {
        /// The condition or switch.
        of: ActionId,
    },
    /// It runs later: `other` waits for `own`.
    Later {
        /// The reading action, or what contains it, beside `other`.
        own: ActionId,
        /// The action, or what contains it.
        other: ActionId,
    },
    /// Neither waits for the other, so they run side by side.
    Beside {
        /// The reading action, or what contains it, beside `other`.
        own: ActionId,
        /// The action, or what contains it.
        other: ActionId,
    },
    /// The order cannot be read there.
    Unknown,
}

/// The order of a flow's actions.
#[derive(Clone, Debug, Default)]
pub struct Order {
    places: Vec<Place>,
    blocks: Vec<BlockOrder>,
    /// For each action one bit for each sibling that runs before it.
    rows: Vec<u64>,
    entries: Vec<Entry>,
    names: FxHashMap<u64, ActionId>,
}

/// Where an action stands.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    block: u32,
    /// Position among its siblings.
    index: u32,
    parent: Option<ActionId>,
    /// How many containers are around it.
    depth: u32,
    /// Position among its siblings in an order in which they can run.
    rank: u32,
    /// Whether its own entries of `runAfter` can all be read.
    readable: bool,
    /// Whether something on the way to it cannot be read.
    unsure: bool,
    /// Its entries of `runAfter` in [`Order::entries`].
    entries: (u32, u32),
    /// Another action whose name has the same hash.
    namesake: Option<ActionId>,
}

/// An entry of `runAfter` whose name a sibling has.
#[derive(Clone, Copy, Debug)]
struct Entry {
    before: ActionId,
    /// Position in the action's own list of entries.
    at: u32,
}

#[derive(Clone, Debug, Default)]
struct BlockOrder {
    /// Where its rows begin, `None` where it has none.
    rows: Option<usize>,
    words: usize,
    /// Its actions in an order in which they can run; those of circles are left out.
    sorted: Vec<ActionId>,
}

/// So many words of bits are spent on a flow; the service's limit of 500 actions needs 4,000.
const MAX_WORDS: usize = 1 << 20;

impl Order {
    /// Reads the order of a flow.
    #[must_use]
    pub fn new(flow: &FlowView<'_>) -> Self {
        let body = flow.body;
        let mut order = Self {
            places: vec![Place::default(); body.actions.len()],
            blocks: vec![BlockOrder::default(); body.blocks.len()],
            names: FxHashMap::with_capacity_and_hasher(body.actions.len(), rustc_hash::FxBuildHasher),
            ..Self::default()
        };
        order.read_places(body);
        for block in 0..body.blocks.len() {
            order.read_entries(flow, block);
            order.sort(body, block);
        }
        order
    }

    /// Actions of this name, compared without case.
    pub fn named<'o>(&'o self, body: &'o FlowBody, name: &'o str) -> impl Iterator<Item = ActionId> + 'o {
        let first = self.names.get(&folded_hash(name)).copied();
        let all = std::iter::successors(first, |id| self.places[id.0 as usize].namesake);
        all.filter(move |id| model::same_name(&body.action(*id).name.value, name))
    }

    /// How `other` stands to `reader`.
    #[must_use]
    pub fn relation(&self, other: ActionId, reader: ActionId) -> Relation {
        if other == reader {
            return Relation::Itself;
        }
        let (mut a, mut b) = (reader, other);
        while self.place(a).depth > self.place(b).depth {
            let Some(parent) = self.place(a).parent else {
                return Relation::Unknown;
            };
            a = parent;
        }
        if a == b {
            return Relation::Around;
        }
        while self.place(b).depth > self.place(a).depth {
            let Some(parent) = self.place(b).parent else {
                return Relation::Unknown;
            };
            b = parent;
        }
        if a == b {
            return Relation::Inside;
        }
        while self.place(a).block != self.place(b).block {
            match (self.place(a).parent, self.place(b).parent) {
                (Some(one), Some(two)) if one == two => return Relation::OtherBranch { of: one },
                (Some(one), Some(two)) => (a, b) = (one, two),
                _ => return Relation::Unknown,
            }
        }
        if self.row_has(a, b) {
            Relation::Before
        } else if self.place(a).unsure {
            Relation::Unknown
        } else if self.row_has(b, a) {
            Relation::Later { own: a, other: b }
        } else {
            Relation::Beside { own: a, other: b }
        }
    }

    /// Whether `other` stands on the way to `reader`, so that `reader` can read it.
    #[must_use]
    pub fn is_before(&self, other: ActionId, reader: ActionId) -> bool {
        self.relation(other, reader) == Relation::Before
    }

    /// Every action that `reader` can read, the nearest first: its own block before those around it, what ran last before
    /// what ran first, containers before what is inside of them.
    #[must_use]
    pub fn on_the_way(&self, reader: ActionId) -> Vec<ActionId> {
        let mut found: Vec<(u32, u32, ActionId)> = Vec::new();
        let ids = (0..self.places.len()).filter_map(|at| u32::try_from(at).ok().map(ActionId));
        for other in ids.filter(|other| self.is_before(*other, reader)) {
            let mut beside = other;
            // The sibling of the reader, or of what contains it, in which the action stands: the only one that is before.
            while let Some(parent) = self.place(beside).parent.filter(|id| self.is_before(*id, reader)) {
                beside = parent;
            }
            found.push((
                u32::MAX - self.place(beside).depth,
                u32::MAX - self.place(beside).rank,
                other,
            ));
        }
        found.sort_unstable();
        found.into_iter().map(|(_, _, id)| id).collect()
    }

    /// The actions of a block in an order in which they can run; those that wait for each other are left out.
    #[must_use]
    pub fn sorted(&self, block: BlockId) -> &[ActionId] {
        self.blocks.get(block.0 as usize).map_or(&[], |block| &block.sorted)
    }

    /// Whether everything on the way to an action within its block can be read.
    #[must_use]
    pub fn is_sure(&self, id: ActionId) -> bool {
        !self.place(id).unsure
    }

    /// Whether every entry of an action's `runAfter` names a sibling.
    #[must_use]
    pub fn is_readable(&self, id: ActionId) -> bool {
        self.place(id).readable
    }

    /// What an action waits for, each with its position among the entries of `runAfter`; names that no sibling has are
    /// left out.
    pub fn waits_for(&self, id: ActionId) -> impl Iterator<Item = (ActionId, usize)> + '_ {
        self.entries_of(id)
            .iter()
            .map(|entry| (entry.before, entry.at as usize))
    }

    fn place(&self, id: ActionId) -> &Place {
        &self.places[id.0 as usize]
    }

    fn entries_of(&self, id: ActionId) -> &[Entry] {
        let (from, to) = self.place(id).entries;
        self.entries.get(from as usize..to as usize).unwrap_or(&[])
    }

    /// Whether `before` runs before its sibling `id`.
    fn row_has(&self, id: ActionId, before: ActionId) -> bool {
        let (place, bit) = (self.place(id), self.place(before).index as usize);
        let block = &self.blocks[place.block as usize];
        block.rows.is_some_and(|start| {
            let word = start + place.index as usize * block.words + bit / 64;
            self.rows[word] & 1 << (bit % 64) != 0
        })
    }

    fn read_places(&mut self, body: &FlowBody) {
        for (block_at, block) in body.blocks.iter().enumerate() {
            for (index, id) in block.actions.iter().enumerate() {
                let place = &mut self.places[id.0 as usize];
                place.block = to_u32(block_at);
                place.index = to_u32(index);
                place.parent = block.owner;
            }
        }
        for (id, action) in body.actions() {
            // Containers stand before what they contain.
            let depth = self.place(id).parent.map_or(0, |parent| self.place(parent).depth + 1);
            let namesake = self.names.insert(folded_hash(&action.name.value), id);
            let place = &mut self.places[id.0 as usize];
            (place.depth, place.namesake) = (depth, namesake);
        }
    }

    /// Finds what each action of a block waits for.
    fn read_entries(&mut self, flow: &FlowView<'_>, block: usize) {
        for &id in &flow.body.blocks[block].actions {
            let action = flow.body.action(id);
            let from = to_u32(self.entries.len());
            let mut unsure = false;
            match &action.run_after {
                Some(run_after) => {
                    for (at, entry) in run_after.entries.iter().enumerate() {
                        let sibling = self
                            .named(flow.body, &entry.name.value)
                            .find(|other| self.place(*other).block as usize == block);
                        match sibling {
                            Some(before) => self.entries.push(Entry { before, at: to_u32(at) }),
                            None => unsure = true,
                        }
                    }
                }
                // Nothing at all, or something that is no object and tells nothing.
                None => {
                    let value = flow.tree.value(flow.text, action.node);
                    let written = value.and_then(|value| value.get("runAfter"));
                    unsure = written.is_some_and(|written| !written.is_null());
                }
            }
            let to = to_u32(self.entries.len());
            let place = &mut self.places[id.0 as usize];
            (place.entries, place.readable, place.unsure) = ((from, to), !unsure, unsure);
        }
    }

    /// Sorts a block so that each action stands after what it waits for, and fills its rows on the way.
    fn sort(&mut self, body: &FlowBody, block: usize) {
        let actions = &body.blocks[block].actions;
        let words = actions.len().div_ceil(64);
        let start = self.rows.len();
        if start + words * actions.len() > MAX_WORDS {
            for id in actions {
                self.places[id.0 as usize].unsure = true;
            }
            return;
        }
        self.rows.resize(start + words * actions.len(), 0);
        self.blocks[block].rows = Some(start);
        self.blocks[block].words = words;

        // Followers as lists in one array: the n-th action's are `followers[ends[n - 1]..ends[n]]`.
        let mut open: Vec<u32> = Vec::with_capacity(actions.len());
        let mut ends = vec![0_u32; actions.len() + 1];
        for id in actions {
            let entries = self.entries_of(*id);
            open.push(to_u32(entries.len()));
            for entry in entries {
                ends[self.place(entry.before).index as usize + 1] += 1;
            }
        }
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        let mut next = ends.clone();
        let mut followers = vec![0_u32; ends[actions.len()] as usize];
        for (index, id) in actions.iter().enumerate() {
            for entry in self.entries_of(*id) {
                let slot = &mut next[self.place(entry.before).index as usize];
                followers[*slot as usize] = to_u32(index);
                *slot += 1;
            }
        }
        let mut sorted: Vec<ActionId> = Vec::with_capacity(actions.len());
        sorted.extend(
            actions
                .iter()
                .zip(&open)
                .filter(|(_, open)| **open == 0)
                .map(|(id, _)| *id),
        );
        let mut done = 0;
        while let Some(&id) = sorted.get(done) {
            self.places[id.0 as usize].rank = to_u32(done);
            self.fill_row(start, words, id);
            done += 1;
            let index = self.place(id).index as usize;
            for follower in &followers[ends[index] as usize..ends[index + 1] as usize] {
                let waits = &mut open[*follower as usize];
                *waits -= 1;
                if *waits == 0 {
                    sorted.push(actions[*follower as usize]);
                }
            }
        }
        // What is left stands in a circle, or after one.
        for (id, _) in actions.iter().zip(&open).filter(|(_, open)| **open > 0) {
            let place = &mut self.places[id.0 as usize];
            (place.unsure, place.rank) = (true, to_u32(done));
            self.fill_row(start, words, *id);
        }
        self.blocks[block].sorted = sorted;
    }

    /// The row of an action: what it waits for, and what that waits for.
    fn fill_row(&mut self, start: usize, words: usize, id: ActionId) {
        let own = start + self.place(id).index as usize * words;
        let (from, to) = self.place(id).entries;
        for at in from..to {
            let before = self.entries[at as usize].before;
            let place = *self.place(before);
            let other = start + place.index as usize * words;
            for word in 0..words {
                self.rows[own + word] |= self.rows[other + word];
            }
            self.rows[own + place.index as usize / 64] |= 1 << (place.index % 64);
            self.places[id.0 as usize].unsure |= place.unsure;
        }
    }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A hash that names have in common when they differ in case only.
pub(crate) fn folded_hash(name: &str) -> u64 {
    if name.is_ascii() {
        return hash_of(name.as_bytes());
    }
    hash_of(name.to_lowercase().as_bytes())
}

/// Hashes eight bytes at a time, each with the bit set in which the two cases of a letter differ: that the bit means
/// something else in other characters only makes a few more names share a hash.
fn hash_of(name: &[u8]) -> u64 {
    const FOLD: u64 = 0x2020_2020_2020_2020;
    let mut hasher = FxHasher::default();
    let (chunks, rest) = name.as_chunks::<8>();
    for chunk in chunks {
        hasher.write_u64(u64::from_le_bytes(*chunk) | FOLD);
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    hasher.write_u64(u64::from_le_bytes(last) | FOLD);
    hasher.finish()
}
