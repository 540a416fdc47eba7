//! What a name that an operation gives to Dataverse stands for.

/// The part that a name plays in an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The table that is worked on: a set name such as `accounts`, in triggers a logical name such as `account`.
    Table,
    /// A column that is written.
    Write,
    /// A lookup that is bound to a row of another table.
    Bind,
    /// The table of such a row, by set name.
    BoundTable,
    /// A column that is read: selected, filtered or sorted by.
    Read,
    /// A column whose change a trigger waits for.
    Watch,
    /// A navigation property that is followed to another table.
    Navigation,
    /// Another table that is read, by logical name.
    LinkedTable,
    /// A bound or unbound action that is performed.
    Action,
    /// A relationship whose rows are associated.
    Relationship,
}

impl Role {
    const LETTERS: [(char, Self); 10] = [
        ('t', Self::Table),
        ('w', Self::Write),
        ('b', Self::Bind),
        ('o', Self::BoundTable),
        ('r', Self::Read),
        ('h', Self::Watch),
        ('n', Self::Navigation),
        ('l', Self::LinkedTable),
        ('a', Self::Action),
        ('s', Self::Relationship),
    ];

    pub(super) fn letter(self) -> char {
        Self::LETTERS[self as usize].0
    }

    pub(super) fn of_letter(letter: char) -> Option<Self> {
        let known = Self::LETTERS.iter().find(|(own, _)| *own == letter);
        known.map(|(_, role)| *role)
    }

    /// Whether the name is one of a column.
    #[must_use]
    pub fn is_column(self) -> bool {
        matches!(self, Self::Write | Self::Bind | Self::Read | Self::Watch)
    }

    /// Whether the name is one of a table.
    #[must_use]
    pub fn is_table(self) -> bool {
        matches!(self, Self::Table | Self::BoundTable | Self::LinkedTable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_letter() {
        for (letter, role) in Role::LETTERS {
            assert_eq!((role.letter(), Role::of_letter(letter)), (letter, Some(role)));
        }
    }
}
