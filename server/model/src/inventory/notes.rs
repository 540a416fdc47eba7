//! What a reader collects while it reads, and the words for what it could not read.

use super::{ConnectionRecord, Inventory, InventoryFormat, InventoryNote, RoleAssignment};
use syntax::Span;

/// How many notes an inventory keeps: a file of the wrong kind would give one a line.
pub(super) const MAX_NOTES: usize = 50;

/// The shapes that can be read, for messages.
const KNOWN: &str = "known are `Get-AdminPowerAppConnection | ConvertTo-Json -Depth 5`, \
    `Get-AdminPowerAppConnectionRoleAssignment | ConvertTo-Json`, saved responses of the connections API, \
    the table of `pac connection list`, and CSV with a column `ConnectionName`";

/// Of a file that has a known shape and no rows.
pub(super) const NOTHING: &str = "the file lists no connections";

/// An inventory being read.
#[derive(Default)]
pub(super) struct Reading {
    pub connections: Vec<ConnectionRecord>,
    pub role_assignments: Vec<RoleAssignment>,
    notes: Vec<InventoryNote>,
    left_out: usize,
    lost: bool,
}

impl Reading {
    /// Adds a note, or counts it where there are too many.
    pub(super) fn note(&mut self, span: Span, message: impl Into<String>) {
        self.add(span, message.into(), false);
    }

    fn add(&mut self, span: Span, message: String, lost: bool) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push(InventoryNote { span, message, lost });
        } else {
            self.left_out += 1;
        }
    }

    /// Adds a note about what could have been a connection and cannot be read.
    pub(super) fn lost(&mut self, span: Span, message: impl Into<String>) {
        self.lost = true;
        self.add(span, message.into(), true);
    }

    /// The inventory. One that is empty without a reason gets a note: silence would look like a reading.
    pub(super) fn finish(mut self, format: InventoryFormat) -> Inventory {
        if self.connections.is_empty() && self.role_assignments.is_empty() && self.notes.is_empty() {
            self.note(Span::at(0), NOTHING);
        }
        self.notes.sort_by_key(|note| note.span);
        if self.left_out > 0 {
            let message = format!("{} more such notes are left out", self.left_out);
            self.notes.push(InventoryNote {
                span: self.notes.last().map_or(Span::at(0), |note| note.span),
                message,
                lost: self.lost,
            });
        }
        Inventory {
            format,
            complete: !self.lost,
            connections: self.connections,
            role_assignments: self.role_assignments,
            notes: self.notes,
        }
    }
}

/// That a text has no known shape.
pub(super) fn unknown() -> String {
    format!("not a known inventory format; {KNOWN}")
}

/// Says of a text that is neither JSON nor a known table what it may be.
pub(super) fn explain_unknown_table(text: &str, reading: &mut Reading) {
    let start = text.find(|c: char| !c.is_whitespace() && c != '\u{feff}').unwrap_or(0);
    let rest = text.get(start..).unwrap_or("");
    let line = rest.split(['\n', '\r']).next().unwrap_or("");
    let span = Span::new(offset(start), offset(start + line.len()));
    let listed = |line: &str| {
        line.split_once(" :")
            .is_some_and(|(name, _)| name.trim().eq_ignore_ascii_case("ConnectionName"))
    };
    if rest.lines().take(200).any(listed) {
        reading.note(span, "this is what PowerShell shows on the screen, which cuts values short; export it with `| ConvertTo-Json -Depth 5`");
    } else {
        reading.note(span, unknown());
    }
}

/// A length as an offset of a span.
pub(super) fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
