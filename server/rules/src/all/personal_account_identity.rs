//! A connection or a flow runs with a person's own account.

use model::Profile;

use crate::finding::{Confidence, Severity};
use crate::rule::{Category, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    static RULE = {
        id: "personal-account-identity",
        summary: "a connection or a flow runs with a person's own account",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[],
    };
}
