//! A variable is used before it is initialised.

use expr::ReferenceKind;
use model::Profile;
use model::flow::{ActionId, Owner};
use rustc_hash::FxHashMap;
use syntax::Span;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::run_path::gap;

declare_rule! {
    /// # What it finds
    ///
    /// A variable that is read, set, appended to, increased or decreased by an action on whose way along `runAfter` the
    /// *Initialize variable* action does not stand: it runs later, or side by side.
    ///
    /// A variable that no action initialises is the business of `unknown-variable`. Where the order cannot be read, the rule
    /// says nothing.
    ///
    /// # Why it matters
    ///
    /// The service refuses such a flow when it is switched on, after the import has reported success: the variable "must be
    /// initialized before it can be used".
    ///
    /// # How to fix
    ///
    /// Let the action, or the scope around it, run after the initialisation: a fix adds that entry to `runAfter` where the two
    /// run side by side. Otherwise move the initialisation to the beginning of the flow.
    ///
    /// # Example
    ///
    /// ```json
    /// "Initialize_total": { "type": "InitializeVariable", "runAfter": {} },
    /// "Add": { "type": "IncrementVariable", "inputs": { "name": "total", "value": 1 }, "runAfter": {} }
    /// ```
    ///
    /// ```json
    /// "Initialize_total": { "type": "InitializeVariable", "runAfter": {} },
    /// "Add": { "type": "IncrementVariable", "inputs": { "name": "total", "value": 1 }, "runAfter": { "Initialize_total": [ "Succeeded" ] } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Store and manage values by using variables in Azure Logic Apps*:
    ///   <https://learn.microsoft.com/azure/logic-apps/logic-apps-create-variables-store-values>
    static RULE = {
        id: "variable-before-init",
        summary: "a variable is used before it is initialised",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    if !flow.summary.complete || flow.body.variables.is_empty() {
        return;
    }
    // A computed name may be any.
    if flow.body.variables.iter().any(|v| !expr::is_plain(&v.name.value)) {
        return;
    }
    let mut declared: FxHashMap<String, Vec<ActionId>> = FxHashMap::default();
    for variable in &flow.body.variables {
        let name = variable.name.value.to_lowercase();
        declared.entry(name).or_default().push(variable.action);
    }
    // Names are nearly always written in the same way, so that few need folding.
    let mut spelled: FxHashMap<&str, &[ActionId]> = FxHashMap::default();
    let mut declarations = |name| {
        let folded = || declared.get(&str::to_lowercase(name)).map_or(&[][..], Vec::as_slice);
        *spelled.entry(name).or_insert_with(folded)
    };
    for (site, reference) in flow.references(&[ReferenceKind::Variable]) {
        let place = || flow.source_span(site, reference.span);
        one(
            flow,
            site.owner,
            reference.name,
            declarations(reference.name),
            place,
            findings,
        );
    }
    for write in &flow.body.variable_writes {
        let name = &write.name.value;
        let owner = Owner::Action(write.action);
        one(flow, owner, name, declarations(name), || write.name.span, findings);
    }
}

fn one(
    flow: &FlowContext<'_>,
    owner: Owner,
    name: &str,
    declarations: &[ActionId],
    place: impl Fn() -> Span,
    findings: &mut Findings,
) {
    let Some((target, gap)) = gap(flow, owner, declarations.iter().copied()) else {
        return;
    };
    let user = match owner {
        Owner::Action(id) => format!("`{}`", flow.body.action(id).name.value),
        _ => "The trigger".to_owned(),
    };
    let message = match owner == Owner::Action(target) {
        true => format!(
            "{user} uses the variable `{name}` that it is about to initialise, so the flow cannot be switched on. Write the value without it."
        ),
        false => format!(
            "{user} uses the variable `{name}`, which `{}` initialises, but {}, so the flow cannot be switched on. {}",
            flow.body.action(target).name.value,
            gap.why,
            gap.advice
        ),
    };
    let finding = Finding::new(&RULE, flow.file, place(), name, message).action(flow.body.owner_path(owner));
    findings.push(gap.show(flow, finding));
}

#[cfg(test)]
mod tests {
    use crate::testing::{FLOW, Found, Sample};

    const RULE: &str = "variable-before-init";

    fn init(name: &str, after: &str, value: &str) -> String {
        format!(
            r#""Init_{name}":{{"type":"InitializeVariable","inputs":{{"variables":[{{"name":"{name}","type":"string","value":"{value}"}}]}},"runAfter":{{{after}}}}}"#
        )
    }

    fn sample(after: &str) -> Sample {
        Sample::actions(&format!(
            r#"{},"Scope":{{"type":"Scope","runAfter":{{{after}}},"actions":{{
                "Set":{{"type":"SetVariable","inputs":{{"name":"A","value":"x"}}}},
                "Get":{{"type":"Compose","inputs":"@variables('a')","runAfter":{{"Set":["Succeeded"]}}}}}}}}"#,
            init("a", "", "x")
        ))
    }

    fn all(sample: &Sample) -> Vec<Found> {
        sample.of(RULE)
    }

    #[test]
    fn reads_and_writes_wait_for_the_initialisation() {
        assert!(all(&sample(r#""Init_a":["Succeeded"]"#)).is_empty());
        let bad = sample("");
        let found = all(&bad);
        assert_eq!(bad.marked(RULE), ["A", "a"]);
        assert!(found[0].finding.message.contains(
            "`Set` uses the variable `A`, which `Init_a` initialises, but `Scope` does not wait for `Init_a`"
        ));
        assert_eq!(&bad.files[FLOW][found[0].finding.related[0].span.range()], "Init_a");
        assert_eq!(bad.assert_fixes(RULE), 2);
        assert!(bad.apply(&found[1].finding.fixes[0]).of(RULE).is_empty());
    }

    #[test]
    fn an_initial_value_may_use_earlier_variables_only() {
        let flow = |value: &str| {
            let actions = [init("a", "", "x"), init("b", r#""Init_a":["Succeeded"]"#, value)];
            Sample::actions(&actions.join(","))
        };
        assert!(all(&flow("@variables('a')")).is_empty());
        let own = all(&flow("@variables('b')"));
        assert!(own[0].finding.message.contains("that it is about to initialise"));
    }

    #[test]
    fn what_cannot_be_known_is_not_reported() {
        assert!(all(&sample(r#""Gone":["Succeeded"]"#)).is_empty());
        assert!(all(&sample("").replace(FLOW, "\"Scope\":{", "\"Scope\"{")).is_empty());
        assert!(all(&sample("").replace(FLOW, r#""name":"a""#, r#""name":"@{utcNow()}""#)).is_empty());
        let twice = sample("").replace(
            FLOW,
            "\"Set\":{",
            &format!(
                "{},\"Set\":{{\"runAfter\":{{\"Init_A\":[\"Succeeded\"]}},",
                init("A", "", "x")
            ),
        );
        assert!(all(&twice).is_empty(), "{:#?}", all(&twice));
    }
}
