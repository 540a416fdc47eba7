//! What somebody outside wrote becomes part of a query, an address, a mail or a command.

use analysis::http::{Host, host_of};
use analysis::taint::{Arrival, Chain, Hit, Origin};
use edits::WorkspaceEdit;
use model::Profile;
use model::flow::data_paths::{Beginning, Inject, SourceKind, Trust};
use rustc_hash::FxHashMap;
use syntax::{Span, TextEdit};

use crate::context::{FlowContext, SolutionContext};
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::ways::{with_chain, with_way};

declare_rule! {
    /// # What it finds
    ///
    /// Data that somebody outside wrote and that becomes part of a text which is read as a language: an OData `$filter`,
    /// FetchXML, a query of a database, the address of a request, the site, environment or server that an operation works in,
    /// the HTML or the recipients of a mail, a command. The data comes in with an HTTP request, a mail, an answer to a form, a
    /// web site or a public service, or with an app or a button. It is followed through expressions, variables, Compose, Parse
    /// JSON, loops, results of scopes and child flows, and the finding tells its way.
    ///
    /// Data is harmless where its quotes are doubled (`replace(x, '''', '''''')`) and it stands in quotes, where it is
    /// encoded (`encodeUriComponent`), turned into a number or a date, or only compared. Within quotes in the query of an
    /// address it takes both: whoever is asked decodes the address first. It is harmless, too, in a branch that is taken only
    /// where it equals a known value or is in a list of them, in a case of a switch over it, and behind a condition that ends
    /// the flow otherwise. Rows of Dataverse or SharePoint are the organisation's own and no findings. How sure a finding is
    /// depends on who can write the data: requests that anyone can send are certain, what comes from an app or a button is shown
    /// in the strict profile.
    ///
    /// # Why it matters
    ///
    /// Whoever writes the data writes part of the query: `x' or 'a' eq 'a` finds every row, an `&` adds a parameter, `../`
    /// asks for another resource, and markup in a mail makes the organisation send somebody else's links. The flow does it
    /// with its own account.
    ///
    /// # How to fix
    ///
    /// In quotes, double the quotes of the data; in an address, encode it; in markup, escape `&` and `<`. Fixes offer that. A
    /// value without quotes around it, such as an id in a filter, is best turned into a number or compared with known values
    /// first. Pass parameters to queries of databases. Send mails to fixed addresses.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "$filter": "name eq '@{triggerBody()?['name']}'"
    /// // right
    /// "$filter": "name eq '@{replace(triggerBody()?['name'], '''', '''''')}'"
    /// ```
    ///
    /// # References
    ///
    /// - OWASP: [Low-code/no-code top 10, injection handling failures](https://owasp.org/www-project-top-10-low-code-no-code-security-risks/)
    static RULE = {
        id: "untrusted-input-in-sink",
        summary: "what somebody outside wrote becomes part of a query, an address, a mail or a command",
        category: Category::Exposure,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check), Check::Ways(check_across)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let Some(taint) = flow.taint() else { return };
    let mut places = Vec::new();
    for hit in taint.hits() {
        let Some(inject) = hit.inject else { continue };
        let mut worst: Option<(Confidence, Arrival)> = None;
        for arrival in taint.arrivals(hit) {
            let SourceKind::Outside(trust) = arrival.kind else {
                continue;
            };
            let sure = confidence(trust, inject, &arrival.origin)
                .filter(|_| taint.harms(flow.view(), flow.order(), hit, &arrival));
            if let Some(sure) = sure
                && worst.as_ref().is_none_or(|(known, _)| sure > *known)
            {
                worst = Some((sure, arrival));
            }
        }
        if let Some((sure, arrival)) = worst {
            // Who chooses the place of one step mostly chooses that of all.
            if inject == Inject::Place && places.contains(&arrival.label) {
                continue;
            }
            places.extend((inject == Inject::Place).then_some(arrival.label));
            findings.found.extend(finding(flow, hit, &arrival, sure));
        }
    }
}

fn finding(flow: &FlowContext<'_>, hit: &Hit, arrival: &Arrival, sure: Confidence) -> Option<Finding> {
    let taint = flow.taint()?;
    let way = taint.way(flow.view(), flow.order(), hit, arrival.label);
    let inject = way.inject?;
    if inject == Inject::Host && arrival.origin.is_trigger() && says_so_already(flow, hit) {
        return None;
    }
    let from = match &arrival.origin {
        Origin::Action(id) => format!(
            "What somebody outside wrote and `{}` reads",
            flow.body.action(*id).title()
        ),
        _ => format!("What comes in from {}", taint.sender(flow.view())),
    };
    let step = flow.body.action(hit.action).title();
    let path = flow.body.path(hit.action);
    let message = message(&from, inject, &step);
    let finding = Finding::new(&RULE, flow.file, taint.span(flow.view(), hit), &path, message)
        .confidence(sure)
        .action(Some(path.clone()));
    let finding = with_way(finding, flow.file, &way);
    Some(mended(finding, flow.file, inject, &way.mend))
}

/// Whether the rule about hosts that the trigger decides speaks of the address.
fn says_so_already(flow: &FlowContext<'_>, hit: &Hit) -> bool {
    let address = flow.taint().and_then(|taint| flow.value(taint.node(flow.view(), hit)));
    address.is_some_and(|address| matches!(host_of(address), Host::Computed { by_trigger: true, .. }))
}

/// How sure a finding is by who can write the data; `None` where it is meant to be so.
fn confidence(trust: Trust, inject: Inject, origin: &Origin) -> Option<Confidence> {
    let sure = match trust {
        Trust::Anyone => Confidence::High,
        Trust::Public | Trust::Chat | Trust::SignedIn => Confidence::Medium,
        Trust::User => Confidence::Low,
    };
    match inject {
        // To answer whoever wrote a mail or a form is what flows are made for.
        Inject::Recipient => {
            let asked = matches!(trust, Trust::Anyone | Trust::SignedIn) && origin.is_trigger();
            asked.then_some(Confidence::Medium)
        }
        // Apps let people choose where to work, and a connection reaches but some places.
        Inject::Place => (trust != Trust::User).then_some(Confidence::Medium),
        // A mail that tells what came in is common, and most readers of it know.
        Inject::Markup => Some(if trust == Trust::Anyone {
            Confidence::Medium
        } else {
            Confidence::Low
        }),
        _ => Some(sure),
    }
}

fn message(from: &str, inject: Inject, step: &str) -> String {
    let (what, risk, advice) = match inject {
        Inject::Filter => (
            format!("the filter of `{step}`"),
            "can change what is found",
            "Double the quotes in it with `replace`, or let only values of a known form through.",
        ),
        Inject::Fetch => (
            format!("the FetchXML of `{step}`"),
            "can change what is found",
            "Escape it with `replace`, or let only values of a known form through.",
        ),
        Inject::Query => (
            format!("the query of `{step}`"),
            "can run a query of their own",
            "Give it to the query as a parameter, or double the quotes in it with `replace`.",
        ),
        Inject::Host => (
            format!("the host that `{step}` calls"),
            "decides where the request goes",
            "Take the host from an environment variable.",
        ),
        Inject::Address => (
            format!("the address that `{step}` calls"),
            "can ask for something else",
            "Encode it with `encodeUriComponent`.",
        ),
        Inject::Place => (
            format!("the name of the place that `{step}` works in"),
            "decides where it reads and writes",
            "Take the place from an environment variable, or let only known ones through.",
        ),
        Inject::Markup => (
            format!("the HTML of the mail that `{step}` sends"),
            "can put links of their own into it",
            "Escape `&` and `<` in it with `replace`.",
        ),
        Inject::Recipient => (
            format!("the recipients of the mail that `{step}` sends"),
            "can have the flow send mails to anybody",
            "Send to fixed addresses, or check the address first.",
        ),
        Inject::Command => (
            format!("the command that `{step}` runs"),
            "can run commands of their own",
            "Pass it as a parameter, or choose among fixed commands.",
        ),
    };
    format!("{from} becomes part of {what}, so whoever writes it {risk}. {advice}")
}

fn mended(finding: Finding, file: model::FileId, inject: Inject, edits: &[TextEdit]) -> Finding {
    let title = match inject {
        Inject::Address => "Encode it for the address",
        Inject::Markup => "Escape the markup in it",
        _ => "Double the quotes in it",
    };
    if edits.is_empty() {
        return finding;
    }
    let mut change = WorkspaceEdit::default();
    for edit in edits {
        change.push(file, edit.clone());
    }
    finding.fix(title, false, change)
}

/// Whether the flow at the end of a way takes what it is given from callers of its own too, and so is found without it.
fn says_so_itself(context: &SolutionContext<'_>, chain: &Chain<'_>) -> bool {
    let Some((file, part)) = chain.parts.last() else {
        return false;
    };
    let summary = context.workspace.file(*file).facts.flow();
    let trigger = summary.and_then(|summary| summary.triggers.first());
    let called = |trigger: &model::flow::TriggerSummary| {
        let kinds = ["Http", "PowerPages", "Skills", "VirtualAgent", "Agent", ""];
        kinds.iter().any(|kind| trigger.subkind.eq_ignore_ascii_case(kind))
    };
    matches!(part.from, Beginning::Input(_)) && trigger.is_some_and(called)
}

/// Ways through several flows end in a flow that does not know who calls it.
fn check_across(context: &SolutionContext<'_>, findings: &mut Findings) {
    let mut worst: FxHashMap<(model::FileId, Span), (Confidence, &Chain<'_>)> = FxHashMap::default();
    let mut places = Vec::new();
    for chain in context.chains().iter().filter(|chain| chain.parts.len() > 1) {
        let (SourceKind::Outside(trust), Some(inject)) = (&chain.source.kind, chain.used.inject) else {
            continue;
        };
        let origin = Origin::Trigger(None);
        let (Some(sure), Some((file, _))) = (confidence(*trust, inject, &origin), chain.parts.last()) else {
            continue;
        };
        // What users of an app or a button give is said of the step itself.
        if *trust == Trust::User || !chain.dangers.harm(inject) || says_so_itself(context, chain) {
            continue;
        }
        let place = (*file, chain.used.span);
        match worst.get(&place) {
            Some((known, _)) if *known >= sure => continue,
            Some(_) => {}
            None => places.push(place),
        }
        worst.insert(place, (sure, chain));
    }
    for place in places {
        let Some((sure, chain)) = worst.get(&place) else {
            continue;
        };
        let (Some((first, _)), Some(inject)) = (chain.parts.first(), chain.used.inject) else {
            continue;
        };
        let from = format!(
            "What comes in with `{}` of the flow `{}`",
            chain.source.step,
            context.workspace.flow_name(*first)
        );
        let path = chain.used.path.to_string();
        let message = message(&from, inject, &chain.used.title);
        let finding = Finding::new(&RULE, place.0, place.1, &path, message)
            .confidence(*sure)
            .action(Some(path.clone()));
        let finding = with_chain(finding, chain);
        findings.push(mended(finding, place.0, inject, &chain.used.mend));
    }
}

#[cfg(test)]
mod tests;
