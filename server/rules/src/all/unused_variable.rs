//! A variable is never read.

use expr::ReferenceKind;
use model::Profile;
use model::flow::{ActionId, Owner, VariableDeclaration};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A variable that an *Initialize variable* action declares and no expression of the flow reads. Setting it, appending to
    /// it and counting with it is no reading. Reading the outputs of an action that declares or sets it is. Where an expression
    /// computes the name of a variable, any may be read, and the rule says nothing.
    ///
    /// # Why it matters
    ///
    /// Whoever changes the flow next has to find out what the variable is for. Each action that sets it costs a request and
    /// time, in loops for every item.
    ///
    /// # How to fix
    ///
    /// Delete the variable with the actions that set it: a fix does that, and lets what followed them run after what stood
    /// before. Or read it where it was meant to be read.
    ///
    /// # Example
    ///
    /// ```json
    /// "Initialize_count": { "type": "InitializeVariable", "inputs": { "variables": [ { "name": "count", "type": "integer" } ] } },
    /// "Get_rows": { "type": "OpenApiConnection", "runAfter": { "Initialize_count": [ "Succeeded" ] } }
    /// ```
    ///
    /// ```json
    /// "Get_rows": { "type": "OpenApiConnection", "runAfter": {} }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Optimize Power Automate triggers and flows*, on variables:
    ///   <https://learn.microsoft.com/power-automate/guidance/coding-guidelines/>
    static RULE = {
        id: "unused-variable",
        summary: "a variable is never read",
        category: Category::Expressions,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    if !flow.summary.complete || flow.body.variables.is_empty() || flow.computes_name(ReferenceKind::Variable) {
        return;
    }
    let read: FxHashSet<&str> = flow
        .references(&[ReferenceKind::Variable])
        .map(|(_, r)| r.name)
        .collect();
    let unread = |variable: &&VariableDeclaration| !read.contains(variable.name.value.as_str());
    let mut suspects: Vec<&VariableDeclaration> = flow.body.variables.iter().filter(unread).collect();
    if suspects.is_empty() {
        return;
    }
    let folded: FxHashSet<String> = read.iter().map(|name| name.to_lowercase()).collect();
    suspects.retain(|v| expr::is_plain(&v.name.value) && !folded.contains(&v.name.value.to_lowercase()));
    if suspects.is_empty() {
        return;
    }
    let mut writes: FxHashMap<String, Vec<ActionId>> = FxHashMap::default();
    for write in &flow.body.variable_writes {
        // A computed name may be any, and is written only: that reads nothing.
        writes
            .entry(write.name.value.to_lowercase())
            .or_default()
            .push(write.action);
    }
    let computed = flow
        .body
        .variable_writes
        .iter()
        .any(|write| !expr::is_plain(&write.name.value));
    let actions = flow.references(&[ReferenceKind::Action, ReferenceKind::Scope]);
    let read_actions: FxHashSet<&str> = actions.map(|(_, reference)| reference.name).collect();
    let read_actions: FxHashSet<String> = read_actions.iter().map(|name| name.to_lowercase()).collect();
    let is_read = |id: &ActionId| read_actions.contains(&flow.body.action(*id).name.value.to_lowercase());
    let mut fixes = 0;
    for variable in suspects {
        let writes = writes
            .get(&variable.name.value.to_lowercase())
            .map_or(&[][..], Vec::as_slice);
        if is_read(&variable.action) || writes.iter().any(is_read) {
            continue;
        }
        fixes += 1;
        let fixable = !computed && fixes <= MAX_FIXES && writes.len() <= MAX_WRITES;
        findings.push(finding(flow, variable, writes, fixable));
    }
}

/// So many variables of a flow get a fix; each looks through the whole flow.
const MAX_FIXES: usize = 20;
/// More actions than this are not deleted at one go.
const MAX_WRITES: usize = 50;

fn finding(flow: &FlowContext<'_>, variable: &VariableDeclaration, writes: &[ActionId], fixable: bool) -> Finding {
    let name = &variable.name;
    let what = match writes.len() {
        0 => "Delete it, or read it where it was meant to be read.".to_owned(),
        1 => format!(
            "Delete it with `{}`, which sets it, or read it where it was meant to be read.",
            flow.body.action(writes[0]).name.value
        ),
        many => format!("Delete it with the {many} actions that set it, or read it where it was meant to be read."),
    };
    let message = format!("No expression reads the variable `{}`. {what}", name.value);
    let path = flow.body.owner_path(Owner::Action(variable.action));
    let mut finding = Finding::new(&RULE, flow.file, name.span, &name.value, message).action(path);
    for id in writes.iter().take(10) {
        finding = finding.related(flow.file, flow.body.action(*id).name.span, "it is set here");
    }
    if !fixable || takes_last_read(flow, variable, writes) {
        return finding;
    }
    match edits::actions::remove_variable(flow.file, &flow.view(), flow.order(), &name.value) {
        Some(edit) => {
            let title = match writes.len() {
                0 => format!("Delete the variable `{}`", name.value),
                1 => format!("Delete the variable `{}` and the action that sets it", name.value),
                many => format!(
                    "Delete the variable `{}` and the {many} actions that set it",
                    name.value
                ),
            };
            finding.fix(title, false, edit)
        }
        None => finding,
    }
}

/// Whether deleting these actions would take the last place that reads another variable.
fn takes_last_read(flow: &FlowContext<'_>, variable: &VariableDeclaration, writes: &[ActionId]) -> bool {
    let gone = |owner: Owner| match owner {
        Owner::Action(id) => id == variable.action || writes.contains(&id),
        _ => false,
    };
    let (mut taken, mut left) = (FxHashSet::default(), FxHashSet::default());
    for (site, reference) in flow.references(&[ReferenceKind::Variable]) {
        let names = if gone(site.owner) { &mut taken } else { &mut left };
        names.insert(reference.name.to_lowercase());
    }
    !taken.is_subset(&left)
}

#[cfg(test)]
mod tests {
    use crate::testing::{FLOW, Sample};

    const RULE: &str = "unused-variable";

    fn init(name: &str, after: &str) -> String {
        format!(
            r#""Init_{name}":{{"type":"InitializeVariable","inputs":{{"variables":[{{"name":"{name}","type":"integer","value":1}}]}},"runAfter":{{{after}}}}}"#
        )
    }

    /// Init_a → Init_b → Add (to b) → Use.
    fn sample(use_it: &str) -> Sample {
        Sample::actions(&format!(
            r#"{},{},"Add":{{"type":"IncrementVariable","inputs":{{"name":"B","value":1}},"runAfter":{{"Init_b":["Succeeded"]}}}},
               "Use":{{"type":"Compose","inputs":"{use_it}","runAfter":{{"Add":["Succeeded"]}}}}"#,
            init("a", ""),
            init("b", r#""Init_a":["Succeeded"]"#)
        ))
    }

    #[test]
    fn what_is_only_written_is_found_and_deleted() {
        let flow = sample("x");
        assert_eq!(flow.marked(RULE), ["a", "b"]);
        let found = flow.of(RULE);
        assert!(found[1].finding.message.contains("Delete it with `Add`, which sets it"));
        assert_eq!(flow.assert_fixes(RULE), 2);
        let without_b = flow.apply(&found[1].finding.fixes[0]);
        assert!(
            without_b.files[FLOW]
                .contains(r#""Use":{"type":"Compose","inputs":"x","runAfter":{"Init_a":["Succeeded"]}}"#)
        );
        let without_both = without_b.apply(&without_b.of(RULE)[0].finding.fixes[0]);
        assert!(
            without_both.files[FLOW].contains(r#""actions":{"Use":{"type":"Compose","inputs":"x","runAfter":{}}}"#)
        );
    }

    #[test]
    fn every_reading_counts() {
        for use_it in [
            "@variables('A')@{variables('b')}",
            "@{variables('a')}@{variables('B')}",
            "@{variables('a')}@{body('add')}",
            "@{variables('a')}@{variables(concat('b'))}",
            "@{variables('a')}@{actions('Init_b')}",
        ] {
            let found = sample(use_it).marked(RULE);
            assert!(!found.contains(&"b".to_owned()), "{use_it}");
        }
        let broken = sample("x").replace(FLOW, "\"Use\":{", "\"Use\"{");
        assert!(broken.of(RULE).is_empty());
    }

    #[test]
    fn one_of_several_is_deleted_alone() {
        let two = sample("@variables('a')").replace(
            FLOW,
            r#"{"name":"a","type":"integer","value":1}"#,
            r#"{"name":"a","type":"integer","value":1}, {"name":"c","type":"string"}"#,
        );
        assert_eq!(two.marked(RULE), ["c", "b"]);
        assert_eq!(two.assert_fixes(RULE), 2);
    }

    #[test]
    fn what_would_break_is_not_offered() {
        // Something waits for the failure of an action that would go.
        let handled = sample("x").replace(FLOW, r#"{"Add":["Succeeded"]}"#, r#"{"Add":["Failed"]}"#);
        let fixes = |sample: &Sample, at: usize| sample.of(RULE)[at].finding.fixes.len();
        assert_eq!((fixes(&handled, 0), fixes(&handled, 1)), (1, 0));
        // The only place that reads another variable.
        let last = sample("x").replace(
            FLOW,
            r#""name":"B","value":1"#,
            r#""name":"B","value":"@variables('a')""#,
        );
        assert_eq!(last.marked(RULE), ["b"]);
        assert_eq!(fixes(&last, 0), 0);
    }
}
