//! What a rule is: its metadata, its documentation and its checks.

use model::Profile;
use model::flow::{ActionId, StringSite};

use crate::context::{FileContext, FlowContext, SolutionContext, WorkspaceContext};
use crate::finding::{Confidence, Findings, Severity};

/// What a rule is about; the chapters of the rule pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// Whose account a flow acts with.
    Identity,
    /// Passwords, keys and tokens.
    Secrets,
    /// Who can start a flow, and how often it starts.
    Exposure,
    /// Where data can leave to.
    Exfiltration,
    /// Whether the solution holds what it needs.
    Solution,
    /// Whether expressions and references are right.
    Expressions,
    /// Whether a file can be read at all.
    Files,
}

impl Category {
    /// Every category, in the order in which reports name them.
    pub const ALL: [Self; 7] = [
        Self::Identity,
        Self::Secrets,
        Self::Exposure,
        Self::Exfiltration,
        Self::Solution,
        Self::Expressions,
        Self::Files,
    ];

    /// The category's name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Secrets => "secrets",
            Self::Exposure => "exposure",
            Self::Exfiltration => "exfiltration",
            Self::Solution => "solution",
            Self::Expressions => "expressions",
            Self::Files => "files",
        }
    }
}

/// Whether a rule can mend what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FixKind {
    /// No.
    None,
    /// By changes that a person chooses one by one.
    Offered,
    /// By changes that keep behaviour and may be applied unseen.
    Safe,
}

impl FixKind {
    /// The kind's name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Offered => "offered",
            Self::Safe => "safe",
        }
    }
}

/// A check, at its level.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Reads one string that the service evaluates.
    Expression(fn(&FlowContext<'_>, &StringSite, &mut Findings)),
    /// Reads one action.
    Action(fn(&FlowContext<'_>, ActionId, &mut Findings)),
    /// Reads one flow.
    Flow(fn(&FlowContext<'_>, &mut Findings)),
    /// Reads one file of any kind.
    File(fn(&FileContext<'_>, &mut Findings)),
    /// Reads the facts of one solution, and of the workspace around it.
    Solution(fn(&SolutionContext<'_>, &mut Findings)),
    /// Reads the ways that data takes from one solution's flows on. They tell places, so a key moves them where the facts stay
    /// the same: what reads them runs again by itself then.
    Ways(fn(&SolutionContext<'_>, &mut Findings)),
    /// Reads the facts of the whole workspace but for those of flows: it runs again when any other file changed, which
    /// keeps typing in a flow from waiting for it.
    Workspace(fn(&WorkspaceContext<'_>, &mut Findings)),
}

/// A rule. Its documentation is the doc comment of its declaration.
#[derive(Debug)]
pub struct Rule {
    /// Name in kebab-case: protocol code, configuration key and page name.
    pub id: &'static str,
    /// What it finds, in half a sentence for tables.
    pub summary: &'static str,
    /// What it is about.
    pub category: Category,
    /// Severity where the check does not choose another.
    pub severity: Severity,
    /// Confidence where the check does not choose another.
    pub confidence: Confidence,
    /// The mildest profile that runs it.
    pub profile: Profile,
    /// Whether it can mend what it finds.
    pub fix: FixKind,
    /// Its checks.
    pub checks: &'static [Check],
    /// Its page, in Markdown, with the fixed headings.
    pub documentation: &'static str,
}

/// Declares the rule of a file; the doc comment becomes its page.
macro_rules! declare_rule {
    ($(#[doc = $doc:literal])* static RULE = { $($field:ident: $value:expr),* $(,)? };) => {
        $(#[doc = $doc])*
        pub static RULE: crate::Rule = crate::Rule {
            documentation: concat!($($doc, "\n"),*),
            $($field: $value),*
        };
    };
}
pub(crate) use declare_rule;
