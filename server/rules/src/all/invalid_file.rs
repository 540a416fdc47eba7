//! A solution, settings or variable file that cannot be read.

use model::Profile;

use crate::finding::{Confidence, Severity};
use crate::rule::{Category, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    static RULE = {
        id: "invalid-file",
        summary: "a solution, settings or variable file that cannot be read",
        category: Category::Files,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[],
    };
}
