//! What a value carries: for each beginning one bit, and what the data from there can still do.

use std::rc::Rc;

use model::flow::data_paths::{Danger, Dangers};

/// So many beginnings of a flow are told apart; each is one bit.
pub(super) const MAX_LABELS: usize = 64;

/// What a value carries: one set of beginnings for each danger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks([u64; Danger::ALL.len()]);

impl Marks {
    /// Data straight from a beginning.
    pub(super) fn of(label: usize) -> Self {
        Self([1 << label; Danger::ALL.len()])
    }

    /// Beginnings whose data can still do this.
    pub(super) fn with(self, danger: Danger) -> u64 {
        self.0[danger as usize]
    }

    /// All beginnings.
    pub(super) fn labels(self) -> u64 {
        self.0[Danger::Content as usize]
    }

    pub(super) fn is_empty(self) -> bool {
        self.labels() == 0
    }

    /// What the data of a beginning can still do.
    pub(super) fn dangers(self, label: usize) -> Dangers {
        let has = |danger: &&Danger| self.with(**danger) & 1 << label != 0;
        Danger::ALL
            .iter()
            .filter(has)
            .fold(Dangers::default(), |all, d| all.with(*d))
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }

    /// Without these dangers.
    pub(super) fn without(mut self, dangers: &[Danger]) -> Self {
        for danger in dangers {
            self.0[*danger as usize] = 0;
        }
        self
    }

    /// As a number or date: it tells what it is, and no more.
    pub(super) fn tamed(self) -> Self {
        self.encoded().without(&[Danger::Decoded])
    }

    /// Encoded for an address: whoever is asked decodes it.
    pub(super) fn encoded(self) -> Self {
        self.without(&[Danger::Quotes, Danger::Address, Danger::Markup])
    }

    /// With its quotes doubled or gone; one that was encoded before is still there.
    pub(super) fn unquoted(mut self) -> Self {
        self.0[Danger::Decoded as usize] &= !self.0[Danger::Quotes as usize];
        self.without(&[Danger::Quotes])
    }

    /// With all dangers back, as decoding does.
    pub(super) fn untamed(self) -> Self {
        Self([self.labels(); Danger::ALL.len()])
    }
}

/// What a value carries, told apart by the members of an object, or of the objects of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// What members carry that are not listed.
    rest: Marks,
    /// What the whole carries.
    all: Marks,
    /// How many members are listed, those inside of members too.
    size: u32,
    /// How deep objects lie in it.
    depth: u32,
    fields: Vec<(Rc<str>, Shape)>,
}

/// More members of one object are not told apart.
const MAX_FIELDS: usize = 64;
/// Nor are more of a whole value.
const MAX_SIZE: u32 = 256;
/// Objects that lie deeper carry the same in every member.
const MAX_DEPTH: u32 = 6;

impl Shape {
    /// The same for every member.
    pub(super) fn plain(rest: Marks) -> Self {
        Self {
            rest,
            all: rest,
            ..Self::default()
        }
    }

    /// An object of one member.
    pub(super) fn within(name: &str, inner: Self) -> Self {
        let mut shape = Self::default();
        shape.set(name, inner);
        shape
    }

    /// With another answer for one member.
    pub(super) fn set(&mut self, name: &str, inner: Self) {
        let at = self.position(name);
        let before = at.map_or(0, |at| self.fields[at].1.size + 1);
        let others = self.size - before;
        let inner = match inner.depth + 1 > MAX_DEPTH || others + inner.size + 1 > MAX_SIZE {
            true => Self::plain(inner.all),
            false => inner,
        };
        match at {
            Some(at) => self.fields[at].1 = inner,
            None if self.fields.len() < MAX_FIELDS && others < MAX_SIZE => self.fields.push((name.into(), inner)),
            None => self.rest = self.rest.union(inner.all),
        }
        self.sum();
    }

    /// With more for every member that is not listed.
    pub(super) fn spread(&mut self, marks: Marks) {
        self.rest = self.rest.union(marks);
        self.all = self.all.union(marks);
    }

    fn sum(&mut self) {
        let (mut all, mut size, mut depth) = (self.rest, 0, 0);
        for (_, inner) in &self.fields {
            all = all.union(inner.all);
            size += inner.size + 1;
            depth = depth.max(inner.depth + 1);
        }
        (self.all, self.size, self.depth) = (all, size, depth);
    }

    fn position(&self, name: &str) -> Option<usize> {
        let same = |own: &str| own.len() == name.len() && own.eq_ignore_ascii_case(name);
        self.fields.iter().position(|(own, _)| same(own))
    }

    /// Whether a member is listed.
    pub(super) fn lists(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// A member that is listed.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        self.position(name).map(|at| &self.fields[at].1)
    }

    /// What a member carries.
    pub(super) fn read(&self, name: &str) -> Self {
        self.member(name).cloned().unwrap_or_else(|| Self::plain(self.rest))
    }

    /// What the whole carries.
    pub(super) fn all(&self) -> Marks {
        self.all
    }

    /// What either of two values carries.
    pub(super) fn join(&mut self, other: &Self) {
        if other.fields.is_empty() {
            return self.join_plain(other.rest);
        }
        for (name, inner) in &mut self.fields {
            match other.position(name) {
                Some(at) => inner.join(&other.fields[at].1),
                None => inner.join_plain(other.rest),
            }
        }
        self.sum();
        for (name, inner) in &other.fields {
            if !self.lists(name) {
                let mut inner = inner.clone();
                inner.join_plain(self.rest);
                self.set(name, inner);
            }
        }
        self.spread(other.rest);
    }

    /// What either of two values carries, of which the other is the same everywhere.
    fn join_plain(&mut self, marks: Marks) {
        if marks == Marks::default() {
            return;
        }
        for (_, inner) in &mut self.fields {
            inner.join_plain(marks);
        }
        self.spread(marks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tamed_tells_what_it_is() {
        let marks = Marks::of(3).union(Marks::of(0).without(&[Danger::Quotes]));
        assert_eq!((marks.labels(), marks.with(Danger::Quotes)), (0b1001, 0b1000));
        assert!(!marks.dangers(0).has(Danger::Quotes) && marks.dangers(0).has(Danger::Markup));
        assert_eq!(marks.tamed().with(Danger::Address), 0);
        assert_eq!(marks.tamed().untamed(), Marks::of(0).union(Marks::of(3)));
    }

    #[test]
    fn members_are_told_apart_when_values_meet() {
        let mut first = Shape::default();
        first.set("Name", Shape::plain(Marks::of(0)));
        let mut second = Shape::plain(Marks::of(1));
        second.set("id", Shape::default());
        first.join(&second);
        assert_eq!(first.read("name").all().labels(), 0b11);
        assert_eq!(first.read("ID").all().labels(), 0);
        assert_eq!(first.read("other").all().labels(), 0b10);
        assert_eq!(first.all().labels(), 0b11);
    }

    #[test]
    fn members_of_members_are_told_apart() {
        let inner = |name: &str, label| Shape::within(name, Shape::plain(Marks::of(label)));
        let mut shape = Shape::within("a", inner("b", 0));
        shape.join(&Shape::within("a", inner("c", 1)));
        assert_eq!(shape.read("a").read("b").all().labels(), 0b01);
        assert_eq!(shape.read("a").read("c").all().labels(), 0b10);
        assert_eq!(shape.read("a").read("d").all().labels(), 0);
        assert_eq!(shape.read("a").all().labels(), 0b11);
    }

    #[test]
    fn what_contains_itself_stays_small() {
        let mut shape = Shape::plain(Marks::of(0));
        for round in 0..200 {
            let mut next = Shape::default();
            for name in ["a", "b", "c", "d"] {
                next.set(&format!("{name}{}", round % 3), shape.clone());
            }
            shape.join(&next);
            assert!(shape.size <= 2 * MAX_SIZE && shape.depth <= MAX_DEPTH + 1);
        }
        assert_eq!(shape.read("a0").read("b1").all().labels(), 1);
    }
}
