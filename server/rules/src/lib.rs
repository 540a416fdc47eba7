//! What Flow Sentry finds: one file a rule, the registry, and the driver that runs rules over files and solutions.
//!
//! A rule states its level, which is also its unit of caching, and sees only what that level's context shows. Rules
//! that read one file run while its text is at hand; rules that read several run on facts.
//!
//! Invariants: a rule that concludes from absence stays silent where what it reads is incomplete; a rule that panics
//! costs that rule on that file and nothing else; findings come out sorted.

mod absence;
mod accounts;
mod all;
mod analyses;
mod context;
mod driver;
mod finding;
mod globs;
mod holders;
mod json_errors;
mod known_names;
pub mod project;
mod registry;
mod rule;
mod run_path;
mod steps;
pub mod testing;
mod ways;
mod wording;

pub use analyses::Analyses;
pub use context::{FileContext, FlowContext, SolutionContext, WorkspaceContext};
pub use driver::{MAX_FINDINGS_PER_FILE, Options, RuleSettings, check_file, check_solution, check_workspace};
pub use finding::{Confidence, Finding, Findings, Fix, Related, Severity};
pub use project::Project;
pub use registry::{RULES, rule};
pub use rule::{Category, Check, FixKind, Rule};
