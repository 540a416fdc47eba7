//! A flow file that cannot be read as one.

use model::Profile;

use crate::finding::{Confidence, Severity};
use crate::rule::{Category, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    static RULE = {
        id: "invalid-flow-file",
        summary: "a flow file that cannot be read as one",
        category: Category::Files,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[],
    };
}
