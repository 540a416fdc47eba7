//! A flow calls a child flow that its solution does not contain.

use model::Profile;

use crate::finding::{Confidence, Severity};
use crate::rule::{Category, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    static RULE = {
        id: "child-flow-missing",
        summary: "a flow calls a child flow that its solution does not contain",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[],
    };
}
