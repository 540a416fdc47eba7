//! An expression reads a parameter that the flow does not declare.

use edits::WorkspaceEdit;
use expr::{Reference, ReferenceKind};
use model::Profile;
use model::flow::{Parameter, StringSite};

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// `parameters('…')` with a name that `definition.parameters` does not hold. The platform's own parameters, whose names
    /// begin with `$`, are left out, and so are names that an expression computes.
    ///
    /// # Why it matters
    ///
    /// Environment variables reach a flow as its parameters. One that is not declared has no value, and the service
    /// refuses to switch the flow on.
    ///
    /// # How to fix
    ///
    /// Use the parameter's whole name, which for an environment variable is its display name followed by its schema name in
    /// brackets, or declare the parameter. Where one is nearly called so, a fix renames the reference.
    ///
    /// # Example
    ///
    /// ```json
    /// "parameters": { "Site (con_Site)": { "type": "String", "metadata": { "schemaName": "con_Site" } } }
    /// "inputs": "@parameters('con_Site')"
    /// ```
    ///
    /// ```json
    /// "parameters": { "Site (con_Site)": { "type": "String", "metadata": { "schemaName": "con_Site" } } }
    /// "inputs": "@parameters('Site (con_Site)')"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Use environment variables in solution cloud flows*:
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables-power-automate>
    static RULE = {
        id: "unknown-parameter",
        summary: "an expression reads a parameter that the flow does not declare",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

/// So many references get a suggestion; each looks at every parameter of the flow.
const MAX_SUGGESTIONS: usize = 50;

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    // A definition without a list of parameters is a fragment: what it is given elsewhere cannot be seen.
    if !flow.summary.complete || flow.body.parameters.is_none() {
        return;
    }
    let mut names = None;
    let mut suggestions = 0;
    for (site, reference) in flow.references(&[ReferenceKind::Parameter]) {
        if reference.name.starts_with('$') {
            continue;
        }
        let names = names.get_or_insert_with(|| {
            let folded = flow
                .summary
                .parameters
                .iter()
                .map(|parameter| parameter.name.value.to_lowercase());
            folded.collect::<rustc_hash::FxHashSet<String>>()
        });
        if names.contains(&reference.name.to_lowercase()) {
            continue;
        }
        suggestions += 1;
        let near = if suggestions <= MAX_SUGGESTIONS {
            near(flow, reference.name)
        } else {
            None
        };
        findings.push(finding(flow, site, &reference, near));
    }
}

/// The parameter that was meant: by schema name, by display name, or by a name that is nearly the same.
fn near<'a>(flow: &FlowContext<'a>, name: &str) -> Option<&'a Parameter> {
    let parameters = || {
        flow.summary
            .parameters
            .iter()
            .filter(|parameter| !parameter.name.value.starts_with('$'))
    };
    let schema = |p: &&Parameter| {
        p.schema_name
            .as_ref()
            .is_some_and(|schema| model::same_name(&schema.value, name))
    };
    let display = |p: &&Parameter| {
        let shown = p.name.value.rsplit_once(" (").map(|(display, _)| display);
        shown.is_some_and(|shown| model::same_name(shown, name))
    };
    parameters()
        .find(schema)
        .or_else(|| parameters().find(display))
        .or_else(|| {
            let near = expr::did_you_mean(name, parameters().map(|parameter| parameter.name.value.as_str()))?;
            parameters().find(|parameter| parameter.name.value == near)
        })
}

fn finding(flow: &FlowContext<'_>, site: &StringSite, reference: &Reference<'_>, near: Option<&Parameter>) -> Finding {
    let name = reference.name;
    // An empty name has no width to mark.
    let place = if reference.span.is_empty() {
        site.info.template.node(reference.call).span
    } else {
        reference.span
    };
    let advice = match near {
        Some(parameter) => format!("Did you mean `{}`?", parameter.name.value),
        None => "Correct the name, or declare it in `definition.parameters`.".to_owned(),
    };
    let message = format!("This flow declares no parameter `{name}`, so it cannot be switched on. {advice}");
    let finding = Finding::new(&RULE, flow.file, flow.source_span(site, place), name, message)
        .action(flow.body.owner_path(site.owner));
    let Some(parameter) = near else { return finding };
    let literal = syntax::json::escape(&parameter.name.value.replace('\'', "''"));
    let edit = WorkspaceEdit::replace(flow.file, flow.source_span(site, reference.span), literal);
    finding
        .fix(format!("Rename to `{}`", parameter.name.value), false, edit)
        .related(
            flow.file,
            parameter.name.span,
            format!("`{}` is declared here", parameter.name.value),
        )
}

#[cfg(test)]
mod tests {
    use crate::testing::{FLOW, Sample};

    const RULE: &str = "unknown-parameter";

    fn sample(expression: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{}},"definition":{{"parameters":{{"$authentication":{{"type":"SecureObject"}},
                   "Team's site":{{"type":"String","defaultValue":"x"}},"Limit (x_Limit)":{{"type":"Int","defaultValue":1}}}},
                   "triggers":{{"manual":{{"type":"Request","kind":"Button","inputs":{{}}}}}},
                   "actions":{{"C":{{"type":"Compose","inputs":"{expression}","runAfter":{{}}}}}}}}"#
            ),
            &[],
        )
    }

    #[test]
    fn an_undeclared_name_is_marked_and_mended() {
        let sample = sample("@concat(parameters('Teams site'), parameters('Limit'), parameters('Other'))");
        assert_eq!(sample.marked(RULE), ["Teams site", "Limit", "Other"]);
        let found = sample.of(RULE);
        assert_eq!(
            (found[0].finding.action.as_deref(), found[2].finding.fixes.len()),
            (Some("C"), 0)
        );
        assert_eq!(
            &sample.files[FLOW][found[1].finding.related[0].span.range()],
            "Limit (x_Limit)"
        );
        assert_eq!(sample.assert_fixes(RULE), 2);
        assert!(sample.apply(&found[0].finding.fixes[0]).files[FLOW].contains("parameters('Team''s site')"));
    }

    #[test]
    fn declared_computed_and_platform_names_are_left_alone() {
        for expression in [
            "@parameters('team''s SITE')",
            "@parameters('$connections')",
            "@parameters('$anything')",
            "@parameters(concat('a'))",
        ] {
            assert!(sample(expression).of(RULE).is_empty(), "{expression}");
        }
    }

    #[test]
    fn fragments_and_broken_files_are_left_alone() {
        let without = sample("@parameters('x')").replace(FLOW, "\"parameters\":{", "\"other\":{");
        assert!(without.of(RULE).is_empty());
        let broken = sample("@parameters('x')").replace(FLOW, "\"type\":\"Int\",", "\"type\":\"Int\"");
        assert!(broken.of(RULE).is_empty());
    }
}
