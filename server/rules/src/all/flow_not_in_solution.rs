//! A flow file that the solution does not list, or a listed flow without its files.

use model::Profile;

use crate::finding::{Confidence, Severity};
use crate::rule::{Category, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    static RULE = {
        id: "flow-not-in-solution",
        summary: "a flow file that the solution does not list, or a listed flow without its files",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[],
    };
}
