//! A file has more findings than anybody reads.

use model::{FileId, Profile};

use crate::driver::{MAX_FINDINGS_PER_FILE, START};
use crate::finding::{Confidence, Finding, Severity};
use crate::rule::{Category, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A file with more than 2,000 findings. The first 2,000 are listed, this one counts the rest.
    ///
    /// # Why it matters
    ///
    /// An editor that is sent an endless list stops answering, and nobody reads it.
    ///
    /// # How to fix
    ///
    /// Mend what is listed and check again, or switch off the rule that fills the list.
    ///
    /// # Example
    ///
    /// A generated file in which every line repeats one mistake.
    ///
    /// # References
    ///
    /// - `docs/configuration.md` says how to switch rules off and leave files out.
    static RULE = {
        id: "too-many-findings",
        summary: "a file has more findings than are listed",
        category: Category::Files,
        severity: Severity::Info,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[],
    };
}

pub(crate) fn finding(file: FileId, cut: usize) -> Finding {
    let message = format!(
        "This file has {cut} more findings than the {MAX_FINDINGS_PER_FILE} that are listed. Mend these and check again."
    );
    Finding::new(&RULE, file, START, "", message)
}
