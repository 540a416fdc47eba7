//! An HTTP trigger that anyone who knows its address can call.

use model::Profile;

use crate::finding::{Confidence, Severity};
use crate::rule::{Category, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    static RULE = {
        id: "http-trigger-anyone",
        summary: "an HTTP trigger that anyone who knows its address can call",
        category: Category::Exposure,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[],
    };
}
