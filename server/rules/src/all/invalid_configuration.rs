//! A setting of Flow Sentry that means nothing.

use model::Profile;

use crate::finding::{Confidence, Severity};
use crate::rule::{Category, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    static RULE = {
        id: "invalid-configuration",
        summary: "a setting of Flow Sentry that means nothing",
        category: Category::Files,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[],
    };
}
