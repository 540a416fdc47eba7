//! A password or key written into an HTTP action.

use model::Profile;

use crate::finding::{Confidence, Severity};
use crate::rule::{Category, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    static RULE = {
        id: "http-credential-literal",
        summary: "a password or key written into an HTTP action",
        category: Category::Secrets,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[],
    };
}
