//! What a value carries: for each beginning one bit, and what the data from there can still do.

use std::rc::Rc;

use model::flow::data_paths::{Danger, Dangers};

/// So many beginnings of a flow are told apart; each is one bit.
pub(super) const MAX_LABELS: usize = 64;

/// What a value carries: one set of beginnings for each danger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks([u64; 4]);

impl Marks {
    /// Data straight from a beginning.
    pub(super) fn of(label: usize) -> Self {
        Self([1 << label; 4])
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
        self.without(&[Danger::Quotes, Danger::Address, Danger::Markup])
    }

    /// With all dangers back, as decoding does.
    pub(super) fn untamed(self) -> Self {
        Self([self.labels(); 4])
    }
}

/// What a value carries, told apart by the members of an object, or of the objects of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// What members carry that are not listed.
    rest: Marks,
    fields: Vec<(Rc<str>, Marks)>,
}

/// More members of an object are not told apart.
const MAX_FIELDS: usize = 64;

impl Shape {
    /// The same for every member.
    pub(super) fn plain(rest: Marks) -> Self {
        Self {
            rest,
            fields: Vec::new(),
        }
    }

    /// With another answer for one member.
    pub(super) fn set(&mut self, name: &str, marks: Marks) {
        match self.position(name) {
            Some(at) => self.fields[at].1 = marks,
            None if self.fields.len() < MAX_FIELDS => self.fields.push((name.into(), marks)),
            None => self.rest = self.rest.union(marks),
        }
    }

    /// With more for every member that is not listed.
    pub(super) fn spread(&mut self, marks: Marks) {
        self.rest = self.rest.union(marks);
    }

    fn position(&self, name: &str) -> Option<usize> {
        let same = |own: &str| own.len() == name.len() && own.eq_ignore_ascii_case(name);
        self.fields.iter().position(|(own, _)| same(own))
    }

    /// Whether a member is listed.
    pub(super) fn lists(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// What a member carries.
    pub(super) fn read(&self, name: &str) -> Marks {
        self.position(name).map_or(self.rest, |at| self.fields[at].1)
    }

    /// What the whole carries.
    pub(super) fn all(&self) -> Marks {
        self.fields.iter().fold(self.rest, |all, (_, marks)| all.union(*marks))
    }

    /// What either of two values carries.
    pub(super) fn join(&mut self, other: &Self) {
        for (name, marks) in &mut self.fields {
            *marks = marks.union(other.read(name));
        }
        for (name, marks) in &other.fields {
            if !self.lists(name) {
                let marks = marks.union(self.rest);
                match self.fields.len() < MAX_FIELDS {
                    true => self.fields.push((Rc::clone(name), marks)),
                    false => self.rest = self.rest.union(marks),
                }
            }
        }
        self.rest = self.rest.union(other.rest);
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
        first.set("Name", Marks::of(0));
        let mut second = Shape::plain(Marks::of(1));
        second.set("id", Marks::default());
        first.join(&second);
        assert_eq!(first.read("name").labels(), 0b11);
        assert_eq!(first.read("ID").labels(), 0);
        assert_eq!(first.read("other").labels(), 0b10);
        assert_eq!(first.all().labels(), 0b11);
    }
}
