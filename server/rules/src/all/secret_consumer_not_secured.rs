//! A step is given a secret that another step gave, and shows it.

use analysis::run_history::hidden;
use analysis::taint::{Arrival, Chain, Hit};
use edits::{HiddenPlace, Recipe};
use model::Profile;
use model::flow::data_paths::{Beginning, End, Shows, SourceKind};
use model::flow::{ActionId, Owner};
use rustc_hash::FxHashSet;

use crate::context::{FlowContext, SolutionContext};
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::steps::step;
use crate::ways::{with_chain, with_way};

declare_rule! {
    /// # What it finds
    ///
    /// A step whose inputs hold a secret that an earlier step gave (a key vault, a secret environment variable, a token
    /// endpoint) and that does not hide its inputs. The secret is followed through expressions, variables, Compose, Parse
    /// JSON, loops and child flows, and the finding tells its way. Variables are the matter of `secret-in-variable`.
    ///
    /// What reads hidden outputs directly is shown in the strict profile only: the service hides its inputs too.
    ///
    /// Where the secret goes into a mail, a Teams message, an approval, a file or an answer to the caller, it is an error: to
    /// hide the step's inputs does not help there.
    ///
    /// # Why it matters
    ///
    /// To hide the outputs of the step that gets the secret is only the first half. Behind a Compose, a variable or a child
    /// flow the history of runs shows the secret in clear text, for 28 days, to everybody who may see the flow's runs.
    ///
    /// # How to fix
    ///
    /// Switch "Secure inputs" on for every step that is given the secret, and "Secure outputs" where it passes the secret on,
    /// with a trigger that takes it from another flow and a call that gets it as an answer. A fix offers that, in all flows on
    /// the secret's way.
    /// Keep secrets out of mails, messages, files and answers; say where the secret is kept instead.
    ///
    /// # Example
    ///
    /// Right:
    ///
    /// ```json
    /// "Header": { "type": "Compose", "inputs": "Bearer @{body('Get_key')?['value']}",
    ///             "runtimeConfiguration": { "secureData": { "properties": ["inputs"] } } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Secure access and data in workflows", on secured inputs and outputs in run history,
    ///   <https://learn.microsoft.com/azure/logic-apps/logic-apps-securing-a-logic-app>
    static RULE = {
        id: "secret-consumer-not-secured",
        summary: "a step is given a secret and shows it",
        category: Category::Secrets,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Flow(check), Check::Ways(check_across)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let Some(taint) = flow.taint() else { return };
    let mut told: FxHashSet<(ActionId, Shows)> = FxHashSet::default();
    for hit in taint.hits().iter().filter(|hit| is_shown(hit.shows)) {
        let mut arrivals = taint.arrivals(hit).into_iter();
        let secret = arrivals.find(|arrival| matches!(arrival.kind, SourceKind::Secret(_)));
        if let Some(arrival) = secret
            && told.insert((hit.action, hit.shows))
        {
            findings.found.extend(finding(flow, hit, &arrival));
        }
    }
}

fn is_shown(shows: Shows) -> bool {
    matches!(shows, Shows::History | Shows::Receiver(_))
}

fn finding(flow: &FlowContext<'_>, hit: &Hit, arrival: &Arrival) -> Option<Finding> {
    let taint = flow.taint()?;
    let SourceKind::Secret(kind) = arrival.kind else {
        return None;
    };
    let step = step(flow, Owner::Action(hit.action))?;
    let way = taint.way(flow.view(), flow.order(), hit, arrival.label);
    let (message, severity) = message(&step.title, kind, hit.shows);
    let mut finding = Finding::new(&RULE, flow.file, taint.span(flow.view(), hit), &step.path, message)
        .severity(severity)
        .action(Some(step.path.clone()));
    // The service hides by itself what reads hidden outputs without anything between.
    let source = way.straight_from.and_then(|id| flow.value(flow.body.action(id).node));
    if severity == Severity::Warning && source.is_some_and(|source| hidden(source).outputs) {
        finding = finding.confidence(Confidence::Low);
    }
    // Compose, Parse JSON and Response have one switch for both.
    let action = flow.body.action(hit.action);
    let passes = ["Select", "Query", "Join", "Table", "Expression"]
        .iter()
        .any(|kind| action.is(kind));
    let sides: &[&str] = if passes { &["inputs", "outputs"] } else { &["inputs"] };
    if hit.shows == Shows::History
        && let Some(edit) = edits::actions::secure(flow.file, &flow.view(), step.value.id(), sides)
    {
        finding = finding.fix("Hide the inputs in the run history", true, edit);
    }
    Some(with_way(finding, flow.file, &way))
}

fn message(step: &str, kind: &str, shows: Shows) -> (String, Severity) {
    match shows {
        Shows::Receiver(what) => (
            format!("{step} puts {kind} into {what}, where whoever gets it can read it. Leave the secret out."),
            Severity::Error,
        ),
        _ => (
            format!(
                "{step} is given {kind} and does not hide its inputs, so the run history can show it to everybody who may see the flow's runs. Hide its inputs."
            ),
            Severity::Warning,
        ),
    }
}

/// Secrets that a child flow is given, or that it answers.
fn check_across(context: &SolutionContext<'_>, findings: &mut Findings) {
    let mut told = FxHashSet::default();
    for chain in context.chains().iter().filter(|chain| chain.parts.len() > 1) {
        let Some((file, _)) = chain.parts.last().filter(|_| is_shown(chain.used.shows)) else {
            continue;
        };
        if matches!(chain.source.kind, SourceKind::Secret(_))
            && told.insert((*file, &chain.used.path, chain.used.shows))
        {
            findings.push(across(context, chain, *file));
        }
    }
}

fn across(context: &SolutionContext<'_>, chain: &Chain<'_>, file: model::FileId) -> Finding {
    let kind = match chain.source.kind {
        SourceKind::Secret(kind) => kind,
        _ => "a secret",
    };
    let from = chain
        .parts
        .first()
        .map(|(first, _)| context.workspace.flow_name(*first));
    let kind = format!("{kind} of the flow `{}`", from.unwrap_or_default());
    let (message, severity) = message(&format!("The action `{}`", chain.used.title), &kind, chain.used.shows);
    let path = chain.used.path.to_string();
    let finding = Finding::new(&RULE, file, chain.used.span, &path, message)
        .severity(severity)
        .action(Some(path.clone()));
    let finding = match severity {
        Severity::Warning => finding.recipe(
            "Hide the secret in the run histories of all flows on its way",
            Recipe::HideSecret(hidden_places(chain)),
        ),
        _ => finding,
    };
    with_chain(finding, chain)
}

/// Where a chain shows the secret: what is given from flow to flow, and the step at its end.
fn hidden_places(chain: &Chain<'_>) -> Vec<HiddenPlace> {
    let mut places = Vec::new();
    for (file, part) in &chain.parts {
        let begins = match &part.from {
            Beginning::Input(_) => Some(None),
            Beginning::Answer { .. } => part.steps.first().map(|step| Some(step.span.start)),
            Beginning::Source(_) => None,
        };
        places.extend(begins.map(|step| HiddenPlace {
            file: *file,
            step,
            side: "outputs",
        }));
        let ends = match &part.to {
            End::Use(used) => Some(used.span.start),
            End::Call { .. } | End::Answer(_) => part.steps.last().map(|step| step.span.start),
        };
        places.extend(ends.map(|step| HiddenPlace {
            file: *file,
            step: Some(step),
            side: "inputs",
        }));
    }
    places
}

#[cfg(test)]
mod tests;
