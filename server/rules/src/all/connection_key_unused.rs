//! A flow declares a connection that no action uses.

use edits::WorkspaceEdit;
use model::flow::ConnectionKey;
use model::{Profile, same_name};
use rustc_hash::FxHashSet;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An entry of a flow's `connectionReferences` that no trigger and no action uses.
    ///
    /// # Why it matters
    ///
    /// Whoever imports the flow must still assign a connection to it, and the flow holds rights that it does not need.
    /// A reviewer cannot tell such a leftover from a connection that is really used.
    ///
    /// # How to fix
    ///
    /// Remove the entry. If no other flow uses the connection reference behind it, remove that from the solution too.
    ///
    /// # Example
    ///
    /// No action names `shared_sql`:
    ///
    /// ```json
    /// "connectionReferences": {
    ///   "shared_office365": { "api": { "name": "shared_office365" } },
    ///   "shared_sql": { "api": { "name": "shared_sql" } }
    /// }
    /// ```
    ///
    /// ```json
    /// "connectionReferences": {
    ///   "shared_office365": { "api": { "name": "shared_office365" } }
    /// }
    /// ```
    ///
    /// # References
    ///
    /// - [Use a connection reference in a solution](https://learn.microsoft.com/power-apps/maker/data-platform/create-connection-reference)
    static RULE = {
        id: "connection-key-unused",
        summary: "a flow declares a connection that no action uses",
        category: Category::Identity,
        severity: Severity::Info,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(context: &FlowContext<'_>, findings: &mut Findings) {
    if !context.summary.complete {
        return;
    }
    let uses = &context.body.key_uses;
    let declared = &context.summary.connections;
    let used: FxHashSet<&str> = uses.iter().map(|used| used.key.value.as_str()).collect();
    let is_used = |key: &str| used.contains(key) || used.iter().any(|used| same_name(used, key));
    let mut unused: Vec<&ConnectionKey> = declared.iter().filter(|key| !is_used(&key.key.value)).collect();
    if unused.is_empty() || uses_some_computed(context) {
        return;
    }
    named_elsewhere(context, &mut unused);
    for key in unused {
        let name = &key.key.value;
        let message = format!(
            "No action uses the connection `{name}`, yet whoever imports the flow must assign it and the flow holds its rights. Remove the entry."
        );
        let edit = WorkspaceEdit::replace(context.file, key.removal, "");
        findings.push(
            Finding::new(&RULE, context.file, key.key.span, name.as_str(), message).fix(
                format!("Remove the connection `{name}`"),
                false,
                edit,
            ),
        );
    }
}

/// Whether an expression picks a connection by a name it works out: any could be meant then.
fn uses_some_computed(context: &FlowContext<'_>) -> bool {
    let sites = context
        .body
        .strings
        .iter()
        .filter(|site| site.info.text.contains("$connections"));
    let mut named = 0;
    let mut all = 0;
    for site in sites {
        all += site.info.text.matches("$connections").count();
        named += context
            .body
            .key_uses
            .iter()
            .filter(|used| site.span.start < used.key.span.start && used.key.span.end < site.span.end)
            .count();
    }
    named < all
}

/// Takes out the keys that a string of the definition equals: agents and tools name connections at places of their own.
fn named_elsewhere(context: &FlowContext<'_>, unused: &mut Vec<&ConnectionKey>) {
    let Some(definition) = context.body.definition.and_then(|node| context.value(node)) else {
        return unused.clear();
    };
    for value in definition
        .descendants()
        .filter(|value| value.is_string() && !value.is_key())
    {
        let length = value.content_span().len() as usize;
        if !unused
            .iter()
            .any(|key| key.key.value.len() == length || value.has_escapes())
        {
            continue;
        }
        let Some(text) = value.as_str() else { continue };
        unused.retain(|key| !same_name(&key.key.value, &text));
        if unused.is_empty() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    fn sample(inputs: &str) -> Sample {
        let entry = |key: &str| {
            format!(r#""{key}":{{"connection":{{"connectionReferenceLogicalName":"con_x"}},"api":{{"name":"{key}"}}}}"#)
        };
        let (a, b) = (entry("shared_a"), entry("shared_b"));
        Sample::new(
            &format!(
                r#""connectionReferences":{{{a},{b}}},"definition":{{"triggers":{{"t":{{"type":"Request"}}}},"actions":{{"A":{{"type":"OpenApiConnection","inputs":{{"host":{{"connectionName":"SHARED_A"}}}}}},"B":{{"type":"OpenApiConnection","inputs":{inputs}}}}}}}"#
            ),
            &[("con_x", "shared_a")],
        )
    }

    #[test]
    fn an_unused_key_is_found_and_removed() {
        let bad = sample("{}");
        assert_eq!(bad.marked(RULE.id), ["shared_b"]);
        assert_eq!(bad.assert_fixes(RULE.id), 1);
        assert!(!bad.apply(&bad.of(RULE.id)[0].finding.fixes[0]).files[FLOW].contains("shared_b"));
        let both = bad.replace(FLOW, "SHARED_A", "shared_c");
        assert_eq!((both.marked(RULE.id).len(), both.assert_fixes(RULE.id)), (2, 2));
    }

    #[test]
    fn every_kind_of_use_counts() {
        for inputs in [
            r#"{"host":{"connectionName":"shared_b"}}"#,
            r#"{"host":{"connection":{"name":"@parameters('$connections')['shared_b']['connectionId']"}}}"#,
            r#"{"tools":[{"reference":"Shared_B"}]}"#,
            r#"{"host":{"connection":{"name":"@parameters('$connections')[variables('key')]['connectionId']"}}}"#,
        ] {
            assert_eq!(sample(inputs).marked(RULE.id), [""; 0], "{inputs}");
        }
    }

    #[test]
    fn broken_flows_are_silent() {
        assert_eq!(sample("{}").replace(FLOW, "\"B\":", "\"B\":,").marked(RULE.id), [""; 0]);
    }
}
