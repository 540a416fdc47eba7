//! Renaming a connection reference: in its customizations, in every flow that uses it, in every settings file that gives
//! it a connection, and wherever else files name it.
//!
//! All of it is told from facts, so closed files are renamed as open ones are, and rules can offer a rename as a fix.

use analysis::occurrences::in_facts;
use analysis::targets::{Targets, are_copies, nearest};
use model::files::name_of;
use model::manifest::RequiredComponent;
use model::{Component, Facts, FileId, SolutionId, Workspace, same_name};

use super::{Refusal, names, respell};
use crate::{FileEdit, WorkspaceEdit};

/// Renames the connection reference of a solution in all files that mean it.
///
/// # Errors
/// The reason, where it cannot be renamed, or not so.
pub fn connection_reference(
    workspace: &Workspace,
    solution: SolutionId,
    name: &str,
    new_name: &str,
) -> Result<WorkspaceEdit, Refusal> {
    can_rename_reference(workspace, solution, name)?;
    let new_name = names::reference(new_name)?;
    if !same_name(name, &new_name) {
        check_free(workspace, solution, &new_name)?;
    }
    let component = Component::ConnectionReference(name.to_owned());
    let mut edit = WorkspaceEdit::default();
    for file in files_naming(workspace, solution, name) {
        let places = in_facts(&workspace.file(file).facts, &component);
        edit.files.push(FileEdit {
            file,
            edits: respell(&places, &new_name)?,
        });
    }
    Ok(edit)
}

/// Whether the connection reference of a solution can be renamed at all.
///
/// # Errors
/// The reason, where it cannot.
pub fn can_rename_reference(workspace: &Workspace, solution: SolutionId, name: &str) -> Result<(), Refusal> {
    let declared = workspace
        .references(solution)
        .filter(|r| same_name(&r.logical_name.value, name));
    match declared.count() {
        0 => return provided_elsewhere(workspace, solution, name),
        1 => {}
        _ => {
            return Refusal::new(format!(
                "The solution declares `{name}` more than once. Remove one of the two first."
            ));
        }
    }
    let others = workspace.solutions_with_reference(name);
    if let Some(other) = others.iter().find(|other| !are_copies(workspace, **other, solution)) {
        return Refusal::new(format!(
            "Solution {} declares `{name}` as well, and an environment knows both by this name. Renamed here alone, they would be two.",
            workspace.solution_name(*other)
        ));
    }
    let component = Component::ConnectionReference(name.to_owned());
    let targets = Targets::new(workspace);
    // Damage may hide a place, in files that belong to the solution or use what it declares.
    for (id, file) in workspace.files() {
        let broken = match &file.facts {
            Facts::Customizations(facts) => !facts.complete,
            Facts::Manifest(facts) => !facts.complete,
            Facts::Flow(facts) => !facts.complete,
            Facts::Settings(facts) => !facts.complete,
            Facts::Unreadable(_) => true,
            _ => false,
        };
        let near = || match &file.facts {
            Facts::Settings(_) => targets.of(id).contains(&solution),
            _ => file.solution == Some(solution),
        };
        if broken && (near() || !in_facts(&file.facts, &component).is_empty()) {
            return Refusal::new(format!(
                "{} cannot be read whole, so it may name `{name}` unseen. Mend it first.",
                name_of(&file.path)
            ));
        }
    }
    Ok(())
}

/// The solution whose connection reference a file means by a name.
///
/// # Errors
/// Where that is no solution of the workspace, or another one than the file's own.
pub fn owner_of_reference(workspace: &Workspace, file: FileId, name: &str) -> Result<SolutionId, Refusal> {
    let own = workspace.get(file).and_then(|file| file.solution);
    let declaring = workspace.solutions_with_reference(name);
    match own {
        Some(own) if declaring.contains(&own) => Ok(own),
        Some(own) => provided_elsewhere(workspace, own, name),
        None => match nearest(workspace, &workspace.file(file).path, declaring).first() {
            Some(solution) => Ok(*solution),
            None => Refusal::new(format!("No solution of this workspace declares `{name}`.")),
        },
    }
}

/// Says who provides a connection reference that a solution uses and does not declare.
fn provided_elsewhere<T>(workspace: &Workspace, solution: SolutionId, name: &str) -> Result<T, Refusal> {
    let manifest = workspace
        .solution(solution)
        .manifest
        .and_then(|file| workspace.file(file).facts.manifest());
    let dependency = manifest
        .into_iter()
        .flat_map(|m| &m.missing_dependencies)
        .find(|d| matches!(&d.required, RequiredComponent::ConnectionReference(required) if same_name(required, name)));
    let other = workspace.solutions_with_reference(name).first();
    let provider = other
        .map(|other| workspace.solution_name(*other))
        .or_else(|| dependency.and_then(|dependency| dependency.provided_by.as_deref()));
    match provider {
        Some(provider) => Refusal::new(format!(
            "The connection reference `{name}` comes from solution {provider}: it is renamed there, or not at all."
        )),
        None => Refusal::new(format!(
            "No solution of this workspace declares the connection reference `{name}`, so there is nothing to rename."
        )),
    }
}

/// Whether a file that names a connection reference means that of this solution: the solution's own files do, and those
/// that lie nearest to it among the solutions that declare the name.
fn means(workspace: &Workspace, file: FileId, solution: SolutionId, name: &str) -> bool {
    let declaring = workspace.solutions_with_reference(name);
    match workspace.file(file).solution {
        Some(own) if own == solution => true,
        Some(own) if declaring.contains(&own) => false,
        _ => nearest(workspace, &workspace.file(file).path, declaring).contains(&solution),
    }
}

/// Files that name the connection reference of a solution.
fn files_naming(workspace: &Workspace, solution: SolutionId, name: &str) -> Vec<FileId> {
    let component = Component::ConnectionReference(name.to_owned());
    let files = workspace.files();
    files
        .filter(|(id, file)| !in_facts(&file.facts, &component).is_empty() && means(workspace, *id, solution, name))
        .map(|(id, _)| id)
        .collect()
}

/// Refuses a name that a connection reference has, or that a file of the solution already means something by.
fn check_free(workspace: &Workspace, solution: SolutionId, new_name: &str) -> Result<(), Refusal> {
    if let Some(taken) = workspace.reference(solution, new_name) {
        return Refusal::new(format!(
            "The solution already has a connection reference `{}`.",
            taken.logical_name.value
        ));
    }
    let mut others = workspace.solutions_with_reference(new_name).iter();
    if let Some(other) = others.find(|other| !are_copies(workspace, **other, solution)) {
        return Refusal::new(format!(
            "Solution {} already has a connection reference `{new_name}`, and an environment would take both for one.",
            workspace.solution_name(*other)
        ));
    }
    let component = Component::ConnectionReference(new_name.to_owned());
    let user = workspace
        .files()
        .find(|(_, file)| file.solution == Some(solution) && !in_facts(&file.facts, &component).is_empty());
    match user {
        Some((_, file)) => Refusal::new(format!(
            "{} already names `{new_name}`, which is another connection reference.",
            name_of(&file.path)
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::flow::StringMemo;
    use model::{File, reading};
    use syntax::{Encoding, LineIndex};

    use super::*;

    fn manifest(name: &str, dependencies: &str) -> String {
        format!(
            "<ImportExportXml><SolutionManifest><UniqueName>{name}</UniqueName><RootComponents /><MissingDependencies>{dependencies}</MissingDependencies></SolutionManifest></ImportExportXml>"
        )
    }

    fn customizations(names: &[&str]) -> String {
        let list: String = names
            .iter()
            .map(|name| format!("<connectionreference connectionreferencelogicalname=\"{name}\" />"))
            .collect();
        format!("<ImportExportXml><connectionreferences>{list}</connectionreferences></ImportExportXml>")
    }

    fn flow(name: &str) -> String {
        format!(
            r#"{{"properties":{{"connectionReferences":{{"k":{{"connection":{{"connectionReferenceLogicalName":"{name}"}}}}}},"definition":{{"triggers":{{}},"actions":{{}}}}}}}}"#
        )
    }

    const DEPENDENCY: &str = r#"<MissingDependency><Required type="connectionreference" displayName="con_mail" solution="Base (1.0)" id.connectionreferencelogicalname="con_mail" /></MissingDependency>"#;

    /// `Base` declares `con_mail` and `con_sql`; `App` uses `con_mail` without declaring it.
    fn files() -> Vec<(&'static str, String)> {
        vec![
            ("/r/base/Other/Solution.xml", manifest("Base", "")),
            ("/r/base/Other/Customizations.xml", customizations(&["con_mail", "con_sql"])),
            ("/r/base/Workflows/A-11111111-2222-3333-4444-555555555555.json", flow("CON_mail")),
            ("/r/app/Other/Solution.xml", manifest("App", DEPENDENCY)),
            ("/r/app/Other/Customizations.xml", customizations(&[])),
            ("/r/app/Workflows/B-11111111-2222-3333-4444-555555555556.json", flow("con_mail")),
            (
                "/r/settings.json",
                r#"{"EnvironmentVariables":[],"ConnectionReferences":[{"LogicalName":"con_mail"},{"LogicalName":"con_sql"}]}"#.into(),
            ),
            (
                "/r/base/botcomponents/con_agent/data",
                "action:\n  connectionReference: con_mail\n".into(),
            ),
            (
                "/r/base/Assets/botcomponent_connectionreferenceset.xml",
                r#"<s><a connectionreferenceid.connectionreferencelogicalname="con_mail" /></s>"#.into(),
            ),
            (
                "/r/custom.json",
                r#"{"SolutionComponentOwnershipConfiguration":[{"solutionComponentUniqueName":"con_mail","ownerEmail":"a@contoso.com"}]}"#.into(),
            ),
        ]
    }

    fn workspace(files: &[(&'static str, String)]) -> Workspace {
        let mut workspace = Workspace::default();
        for (path, text) in files {
            let read_as = workspace.read_as(path).unwrap();
            workspace.set(File {
                path: (*path).into(),
                read_as,
                facts: reading::read(path, read_as, text, &StringMemo::default()).facts,
                lines: Arc::new(LineIndex::new(text)),
                encoding: Encoding::Utf8,
                bom: false,
                bytes: text.len() as u64,
                solution: None,
            });
        }
        workspace.refresh();
        workspace
    }

    fn solution(workspace: &Workspace, root: &str) -> SolutionId {
        workspace.solutions().find(|(_, s)| s.root == root).unwrap().0
    }

    fn rename(files: &[(&'static str, String)], new_name: &str) -> Result<Vec<(String, String)>, String> {
        let workspace = workspace(files);
        let base = solution(&workspace, "/r/base");
        let change = connection_reference(&workspace, base, "con_mail", new_name).map_err(|refusal| refusal.0)?;
        let text_of = |path: &str| Some(files.iter().find(|(p, _)| *p == path)?.1.clone());
        Ok(change.apply(&workspace, text_of).unwrap().into_iter().collect())
    }

    #[test]
    fn all_files_that_mean_it_follow() {
        let changed = rename(&files(), "con_Outlook").unwrap();
        let paths: Vec<&str> = changed.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "/r/app/Other/Solution.xml",
                "/r/app/Workflows/B-11111111-2222-3333-4444-555555555556.json",
                "/r/base/Assets/botcomponent_connectionreferenceset.xml",
                "/r/base/Other/Customizations.xml",
                "/r/base/Workflows/A-11111111-2222-3333-4444-555555555555.json",
                "/r/base/botcomponents/con_agent/data",
                "/r/custom.json",
                "/r/settings.json"
            ]
        );
        for (path, text) in &changed {
            assert!(!text.to_lowercase().contains("con_mail"), "{path}: {text}");
            assert!(text.contains("con_Outlook"), "{path}: {text}");
        }
        // A display name that repeats the logical name goes with it.
        assert_eq!(changed[0].1.matches("con_Outlook").count(), 2);
        assert!(changed.last().unwrap().1.contains("con_sql"));
    }

    #[test]
    fn what_leaves_the_solution_is_refused() {
        assert!(rename(&files(), "con_SQL").unwrap_err().contains("already has"));
        assert!(rename(&files(), "Outlook").unwrap_err().contains("prefix"));
        let index = |part: &str| files().iter().position(|(path, _)| path.contains(part)).unwrap();
        let mut shared = files();
        let app = index("app/Other/Cust");
        shared[app].1 = customizations(&["con_mail"]);
        assert!(rename(&shared, "con_x").unwrap_err().contains("Solution App declares"));
        shared[app].1 = customizations(&["con_x"]);
        assert!(
            rename(&shared, "con_X")
                .unwrap_err()
                .contains("Solution App already has")
        );
        // A managed twin of the same solution is no other solution, and keeps its own name.
        let mut twin = files();
        twin.push(("/r/twin/Other/Solution.xml", manifest("Base", "")));
        twin.push(("/r/twin/Other/Customizations.xml", customizations(&["con_mail"])));
        let changed = rename(&twin, "con_x").unwrap();
        assert!(changed.iter().all(|(path, _)| !path.contains("twin")));
        let mut broken = files();
        broken[index("settings")].1.pop();
        assert!(
            rename(&broken, "con_x")
                .unwrap_err()
                .contains("settings.json cannot be read whole")
        );
        let mut twice = files();
        twice[1].1 = customizations(&["con_mail", "CON_mail"]);
        assert!(rename(&twice, "con_x").unwrap_err().contains("more than once"));
    }

    #[test]
    fn a_reference_is_renamed_where_it_is_declared() {
        let files = files();
        let workspace = workspace(&files);
        let owner = |path: &str, name: &str| owner_of_reference(&workspace, workspace.id(path).unwrap(), name);
        let base = solution(&workspace, "/r/base");
        assert_eq!(owner("/r/settings.json", "con_mail"), Ok(base));
        assert_eq!(owner(files[2].0, "con_mail"), Ok(base));
        assert!(
            owner(files[5].0, "con_mail")
                .unwrap_err()
                .0
                .contains("comes from solution Base")
        );
        assert!(owner(files[5].0, "con_none").unwrap_err().0.contains("No solution"));
        assert!(owner("/r/settings.json", "con_none").is_err());
        // Known from the manifest alone, without the other solution in the workspace.
        let alone = self::workspace(&files[3..]);
        let refusal = owner_of_reference(&alone, alone.id(files[5].0).unwrap(), "con_mail").unwrap_err();
        assert!(refusal.0.contains("comes from solution Base (1.0)"), "{refusal}");
    }
}
