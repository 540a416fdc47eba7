//! A connection reference was made outside its solution.

use edits::{Recipe, naming};
use model::Profile;

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::titled;

declare_rule! {
    /// # What it finds
    ///
    /// A connection reference whose logical name begins with another prefix than that of the solution's publisher.
    ///
    /// # Why it matters
    ///
    /// What is made in a solution gets its publisher's prefix. Another one, such as `new_`, tells that the reference was made
    /// outside: in the default solution, or together with a flow that was. It was added later, and easily stays behind, which
    /// is how solutions come to miss a reference at the import.
    ///
    /// # How to fix
    ///
    /// Create the reference anew in the solution and use it in the flows, or rename it; the fix renames it in every file. An
    /// environment that has the reference already keeps it under its old name beside the new one.
    ///
    /// # Example
    ///
    /// Wrong, where the publisher's prefix is `con`:
    ///
    /// ```xml
    /// <connectionreference connectionreferencelogicalname="new_Mail">
    /// ```
    ///
    /// Right:
    ///
    /// ```xml
    /// <connectionreference connectionreferencelogicalname="con_Mail">
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Solution publisher", <https://learn.microsoft.com/power-platform/alm/solution-concepts-alm>
    static RULE = {
        id: "connection-reference-foreign-prefix",
        summary: "a connection reference has another prefix than its solution's publisher",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (id, solution) in workspace.solutions() {
        let manifest = solution.manifest.and_then(|file| workspace.file(file).facts.manifest());
        let (Some(file), Some(manifest)) = (solution.customizations, manifest) else {
            continue;
        };
        let Some(prefix) = manifest
            .prefix
            .as_deref()
            .filter(|prefix| manifest.complete && !prefix.is_empty())
        else {
            continue;
        };
        for reference in workspace.references(id) {
            let name = &reference.logical_name;
            // A name with a dot was made by an agent, for itself and out of its own name: nobody chose it, nobody can change it.
            // Names without a prefix are some other tool's.
            let own = name.value.split('_').next().unwrap_or_default();
            let has_one = own.len() < name.value.len() && (2..=8).contains(&own.len());
            if name.value.contains('.') || !has_one || naming::has_prefix(&name.value, prefix) {
                continue;
            }
            let message = format!(
                "The connection reference {} has the prefix `{own}`, and the solution's publisher has `{prefix}`: it was made outside the solution and easily stays behind. Create it in the solution, or rename it.",
                titled(reference.title(), &name.value)
            );
            let mut finding = Finding::new(&RULE, file, name.span, name.value.as_str(), message);
            let to = naming::with_prefix(&name.value, prefix);
            if to != name.value && workspace.solutions_with_reference(&to).is_empty() {
                let title = format!("Rename to `{to}` in every file");
                let from = name.value.clone();
                finding = finding.recipe(
                    title,
                    Recipe::RenameReference {
                        solution: id,
                        from,
                        to,
                        retitle: false,
                    },
                );
            }
            findings.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, MANIFEST, Sample};

    fn sample(name: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{"k":{{"runtimeSource":"embedded","connection":{{"connectionReferenceLogicalName":"{name}"}},"api":{{"name":"shared_office365"}}}}}},"definition":{{"triggers":{{}},"actions":{{"A":{{"type":"OpenApiConnection","inputs":{{"host":{{"connectionName":"k","operationId":"X"}}}},"runAfter":{{}}}}}}}}"#
            ),
            &[(name, "shared_office365")],
        )
    }

    #[test]
    fn another_prefix_is_told_and_renamed() {
        assert_eq!(sample("new_Mail").marked(RULE.id), ["new_Mail"]);
        assert_eq!(sample("new_Mail").assert_fixes(RULE.id), 1);
    }

    #[test]
    fn own_prefixes_and_none_are_left_alone() {
        for name in [
            "con_Mail",
            "CON_mail",
            "con.shared_x.1",
            "new_Agent.shared_x.1",
            "Mail",
            "longerthaneight_x",
        ] {
            assert!(sample(name).marked(RULE.id).is_empty(), "{name}");
        }
        let underscored =
            sample("con__Mail").replace(MANIFEST, ">con</CustomizationPrefix>", ">con_</CustomizationPrefix>");
        assert!(underscored.marked(RULE.id).is_empty());
        let unknown = sample("new_Mail").replace(MANIFEST, "<CustomizationPrefix>con</CustomizationPrefix>", "");
        assert!(unknown.marked(RULE.id).is_empty());
        let taken = sample("new_Mail").replace(
            CUSTOMIZATIONS,
            "</connectionreferences>",
            "<connectionreference connectionreferencelogicalname=\"con_Mail\" /></connectionreferences>",
        );
        assert!(taken.of(RULE.id)[0].finding.fixes.is_empty());
    }
}
