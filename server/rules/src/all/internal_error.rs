//! A rule stopped working on a file.

use model::{FileId, Profile};

use crate::driver::START;
use crate::finding::{Confidence, Finding, Severity};
use crate::rule::{Category, FixKind, Rule, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A rule that stopped working on this file because of a defect in Flow Sentry.
    ///
    /// # Why it matters
    ///
    /// What that rule would have found in this file is not shown. Everything else is.
    ///
    /// # How to fix
    ///
    /// Please report it, with the name of the rule and, if you can, the file. Until then the rule can be switched off
    /// in `flowsentry.jsonc`.
    ///
    /// # Example
    ///
    /// None: this never happens on purpose.
    ///
    /// # References
    ///
    /// - `CONTRIBUTING.md` of Flow Sentry says how to report a defect.
    static RULE = {
        id: "internal-error",
        summary: "a rule stopped working on a file",
        category: Category::Files,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[],
    };
}

pub(crate) fn finding(broken: &'static Rule, file: FileId) -> Finding {
    let message = format!(
        "The rule `{}` stopped working here because of a defect in Flow Sentry, so its findings are missing. Please report it.",
        broken.id
    );
    Finding::new(&RULE, file, START, broken.id, message)
}
