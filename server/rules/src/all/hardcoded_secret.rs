//! A secret in clear text.

use model::Profile;

use crate::finding::{Confidence, Severity};
use crate::rule::{Category, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    static RULE = {
        id: "hardcoded-secret",
        summary: "a secret in clear text",
        category: Category::Secrets,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[],
    };
}
