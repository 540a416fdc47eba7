//! Runs the rules: over one file while its text is at hand, and over the facts of all.

use std::panic::{AssertUnwindSafe, catch_unwind};

use model::{Configuration, FileId, Profile, SolutionId, Workspace};
use syntax::Span;

use crate::all::{internal_error, too_many_findings};
use crate::context::{FileContext, FlowContext, SolutionContext, WorkspaceContext};
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::registry::RULES;
use crate::rule::{Check, Rule};

/// More findings than this in one file are counted, not listed.
pub const MAX_FINDINGS_PER_FILE: usize = 2000;

/// What the caller asks for, over what configurations say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The profile; the configuration's when `None`.
    pub profile: Option<Profile>,
}

/// Which findings are wanted for one file.
#[derive(Clone, Copy, Debug)]
pub struct RuleSettings<'a> {
    profile: Profile,
    configuration: Option<&'a Configuration>,
}

impl<'a> RuleSettings<'a> {
    /// The settings that options and a configuration make together.
    #[must_use]
    pub fn new(options: &Options, configuration: Option<&'a Configuration>) -> Self {
        let configured = configuration.and_then(|c| c.profile);
        Self {
            profile: options.profile.or(configured).unwrap_or_default(),
            configuration,
        }
    }

    fn level(&self, rule: &str) -> Option<&'a str> {
        let rules = &self.configuration?.rules;
        rules
            .iter()
            .rev()
            .find(|setting| setting.rule.value == rule)
            .map(|setting| setting.level.value.as_str())
    }

    fn wants(&self, rule: &Rule) -> bool {
        match self.level(rule.id) {
            Some("off") => false,
            Some(_) => true,
            None => rule.profile <= self.profile,
        }
    }

    /// The finding as this file's settings want it, or `None` where they do not want it.
    fn apply(&self, finding: Finding) -> Option<Finding> {
        let mut wanted = self.wanted(finding)?;
        // Rules quote names, and whoever writes a secret into the place of a name must not find it in a build log.
        wanted.mask();
        Some(wanted)
    }

    fn wanted(&self, mut finding: Finding) -> Option<Finding> {
        if finding.profile.is_some_and(|profile| profile > self.profile) {
            return None;
        }
        match self.level(finding.rule) {
            Some("off") => return None,
            Some(level) => {
                if let Some(severity) = Severity::parse(level) {
                    finding.severity = severity;
                }
                return Some(finding);
            }
            None => {}
        }
        let shown = match finding.confidence {
            Confidence::High => true,
            Confidence::Medium => finding.severity >= Severity::Warning || self.profile > Profile::Recommended,
            Confidence::Low => self.profile > Profile::Recommended,
        };
        shown.then_some(finding)
    }
}

/// Runs the rules that read one file. `flow` is given for flows.
#[must_use]
pub fn check_file(file: &FileContext<'_>, flow: Option<&FlowContext<'_>>, options: &Options) -> Vec<Finding> {
    let settings = RuleSettings::new(options, file.configuration);
    let mut findings = Findings::default();
    for rule in RULES.iter().copied().filter(|rule| settings.wants(rule)) {
        for check in rule.checks {
            guarded(rule, file.file, &mut findings, |findings| match (check, flow) {
                (Check::File(check), _) => check(file, findings),
                (Check::Flow(check), Some(flow)) => check(flow, findings),
                (Check::Action(check), Some(flow)) => flow.body.actions().for_each(|(id, _)| check(flow, id, findings)),
                (Check::Expression(check), Some(flow)) => {
                    flow.body.strings.iter().for_each(|site| check(flow, site, findings));
                }
                _ => {}
            });
        }
    }
    let wanted = findings.found.into_iter().filter_map(|finding| settings.apply(finding));
    bounded(file.file, wanted.collect())
}

/// Runs the rules that read one solution, on facts; the findings may stand in any file.
#[must_use]
pub fn check_solution(workspace: &Workspace, id: SolutionId, options: &Options) -> Vec<Finding> {
    over_solution(workspace, id, options, |check| match check {
        Check::Solution(check) => Some(*check),
        _ => None,
    })
}

/// Runs the rules that read the ways of data from one solution's flows on; the findings may stand in any file.
#[must_use]
pub fn check_ways(workspace: &Workspace, id: SolutionId, options: &Options) -> Vec<Finding> {
    over_solution(workspace, id, options, |check| match check {
        Check::Ways(check) => Some(*check),
        _ => None,
    })
}

fn over_solution(
    workspace: &Workspace,
    id: SolutionId,
    options: &Options,
    chosen: impl Fn(&Check) -> Option<fn(&SolutionContext<'_>, &mut Findings)>,
) -> Vec<Finding> {
    let configured = workspace.configurations().map(|own| own.profile.unwrap_or_default());
    let strictest = options
        .profile
        .or_else(|| configured.max())
        .map(|profile| profile.max(Profile::default()));
    let mut findings = Findings {
        strictest: strictest.or(Some(Profile::default())),
        ..Findings::default()
    };
    let solution = workspace.solution(id);
    let Some(place) = solution.manifest.or(solution.customizations) else {
        return Vec::new();
    };
    let context = SolutionContext::new(workspace, id);
    for rule in RULES
        .iter()
        .copied()
        .filter(|rule| is_wanted_anywhere(rule, workspace, options))
    {
        for check in rule.checks.iter().filter_map(&chosen) {
            guarded(rule, place, &mut findings, |findings| check(&context, findings));
        }
    }
    wanted(workspace, findings, options)
}

/// Runs the rules that read the whole workspace, on facts.
#[must_use]
pub fn check_workspace(workspace: &Workspace, options: &Options) -> Vec<Finding> {
    let mut findings = Findings::default();
    let Some((place, _)) = workspace.files().next() else {
        return Vec::new();
    };
    let context = WorkspaceContext::new(workspace);
    for rule in RULES
        .iter()
        .copied()
        .filter(|rule| is_wanted_anywhere(rule, workspace, options))
    {
        for check in rule.checks {
            if let Check::Workspace(check) = check {
                guarded(rule, place, &mut findings, |findings| check(&context, findings));
            }
        }
    }
    wanted(workspace, findings, options)
}

/// Whether the settings of any file want a rule: its findings may stand in every file.
fn is_wanted_anywhere(rule: &Rule, workspace: &Workspace, options: &Options) -> bool {
    let mut configured = workspace.configurations();
    RuleSettings::new(options, None).wants(rule)
        || configured.any(|own| RuleSettings::new(options, Some(own)).wants(rule))
}

/// The findings that the settings of their files want, as they want them.
fn wanted(workspace: &Workspace, findings: Findings, options: &Options) -> Vec<Finding> {
    let keep = |finding: Finding| {
        let file = workspace.get(finding.file)?;
        let settings = RuleSettings::new(options, workspace.configuration_of(&file.path).map(|(_, c)| c));
        let wanted = crate::registry::rule(finding.rule).is_some_and(|rule| settings.wants(rule));
        wanted.then(|| settings.apply(finding)).flatten()
    };
    findings.found.into_iter().filter_map(keep).collect()
}

/// Runs a check so that its panic costs that check only, and is reported.
fn guarded(rule: &'static Rule, file: FileId, findings: &mut Findings, run: impl FnOnce(&mut Findings)) {
    let before = findings.found.len();
    if catch_unwind(AssertUnwindSafe(|| run(findings))).is_err() {
        findings.found.truncate(before);
        findings.push(internal_error::finding(rule, file));
    }
}

/// Sorts, removes repeats and cuts what is too much.
pub(crate) fn bounded(file: FileId, mut findings: Vec<Finding>) -> Vec<Finding> {
    let order = |a: &Finding, b: &Finding| {
        (a.span, a.rule, &a.message)
            .cmp(&(b.span, b.rule, &b.message))
            .then_with(|| b.severity.cmp(&a.severity))
    };
    findings.sort_by(order);
    findings.dedup_by(|a, b| a.span == b.span && a.rule == b.rule && a.message == b.message);
    if findings.len() > MAX_FINDINGS_PER_FILE {
        let cut = findings.len() - MAX_FINDINGS_PER_FILE;
        findings.truncate(MAX_FINDINGS_PER_FILE);
        findings.insert(0, too_many_findings::finding(file, cut));
    }
    findings
}

/// The start of a file, where findings about the whole of it stand.
pub(crate) const START: Span = Span { start: 0, end: 0 };
