//! Environment variables.

use analysis::identity::environment_label;
use analysis::targets::Targets;
pub use analysis::variables::{NUMBER, TEXT};
use model::files::folder_of;
use model::variables::SECRET_TYPE;
use model::workspace::in_solution;
use model::{FileId, SolutionId, Workspace, same_name};
use syntax::xml;

use super::{line_ending, manifest_of, new_file, token, version};
use crate::{WorkspaceEdit, naming};

/// An environment variable to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVariable {
    /// Schema name.
    pub schema_name: String,
    /// Name for people.
    pub display_name: String,
    /// Type as the definition writes it, such as [`TEXT`].
    pub kind: u32,
    /// Its default, as text.
    pub default: Option<String>,
}

/// Root component type of environment variables. Exports list them in the manifest no more; where one does, it lists all.
const VARIABLE_COMPONENT: &str = "380";
/// Longest schema name that is made up; the service takes 100 characters.
const LONGEST: usize = 60;

impl NewVariable {
    /// A variable of this name for people, named for `solution`: the words of the name behind the publisher's prefix, and
    /// free there. `None` where no prefix is known.
    #[must_use]
    pub fn named_for(
        workspace: &Workspace,
        solution: SolutionId,
        title: &str,
        kind: u32,
        default: Option<String>,
    ) -> Option<Self> {
        let prefix = manifest_of(workspace, solution)?.prefix.as_deref()?;
        let base: String = naming::words(title).map(naming::capital).collect();
        let base: String = base.chars().take(LONGEST).collect();
        let base = if base.is_empty() { "Value".to_owned() } else { base };
        let schema_name = naming::free_name(naming::logical_name(&base, prefix), |name| {
            is_taken(workspace, solution, name)
        });
        let display_name: Vec<&str> = naming::words(title).collect();
        Some(Self {
            schema_name,
            display_name: naming::capital(&display_name.join(" ")),
            kind,
            default,
        })
    }
}

/// Whether a solution defines a variable of this name, or seems to, or its settings give one a value.
fn is_taken(workspace: &Workspace, solution: SolutionId, name: &str) -> bool {
    let root = workspace.solution(solution);
    let folder = |id: &FileId| model::files::name_of(folder_of(&workspace.file(*id).path));
    let in_settings = || {
        let mut settings = workspace
            .settings()
            .iter()
            .filter_map(|id| workspace.file(*id).facts.settings());
        settings.any(|facts| {
            facts
                .variables
                .iter()
                .any(|own| same_name(&own.schema_name.value, name))
        })
    };
    !workspace.solutions_with_variable(name).is_empty()
        || root.variables.iter().any(|id| same_name(folder(id), name))
        || in_settings()
}

/// Words for the environment in which solutions are made.
const DEVELOPMENT: [&str; 3] = ["dev", "develop", "development"];

/// The value of a new variable in the environment of a settings file, where it is known: its default is the value of the
/// environment in which the solution is made. What it is elsewhere, nobody said; a secret's stands in no settings.
fn known_value<'v>(workspace: &Workspace, settings: FileId, new: &'v NewVariable) -> Option<&'v str> {
    let label = environment_label(&workspace.file(settings).path)?;
    let is_development = DEVELOPMENT.iter().any(|word| word.eq_ignore_ascii_case(label));
    new.default
        .as_deref()
        .filter(|_| is_development && new.kind != SECRET_TYPE)
}

/// Creates the definition of an environment variable in the solution, and adds an entry to each of its settings files.
///
/// `None` when the name cannot be a folder's, or the definition is there already.
#[must_use]
pub fn add_variable(workspace: &Workspace, solution: SolutionId, new: &NewVariable) -> Option<WorkspaceEdit> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if new.schema_name.is_empty() || !new.schema_name.chars().all(is_plain) {
        return None;
    }
    let manifest = manifest_of(workspace, solution)?;
    let root = workspace.solution(solution);
    let sibling = root
        .variables
        .first()
        .map(|id| folder_of(folder_of(&workspace.file(*id).path)).to_owned());
    let folder = sibling.unwrap_or_else(|| in_solution(root, "environmentvariabledefinitions"));
    let path = format!("{folder}/{}/environmentvariabledefinition.xml", new.schema_name);
    let (name, title) = (xml::escape(&new.schema_name), xml::escape(&new.display_name));
    let mut lines = vec![format!("<environmentvariabledefinition schemaname=\"{name}\">")];
    if let Some(default) = &new.default {
        lines.push(format!("  <defaultvalue>{}</defaultvalue>", xml::escape_text(default)));
    }
    lines.extend([
        format!("  <displayname default=\"{title}\">"),
        format!("    <label description=\"{title}\" languagecode=\"1033\" />"),
        "  </displayname>".to_owned(),
        format!("  <introducedversion>{}</introducedversion>", version(manifest)),
        "  <iscustomizable>1</iscustomizable>".to_owned(),
        "  <isrequired>0</isrequired>".to_owned(),
        "  <secretstore>0</secretstore>".to_owned(),
        format!("  <type>{}</type>", new.kind),
        "</environmentvariabledefinition>".to_owned(),
    ]);
    let mut edit = new_file(workspace, path, &lines.join(line_ending(manifest)), false)?;
    let listed = |component: &model::manifest::RootComponent| component.kind == VARIABLE_COMPONENT;
    if manifest.root_components.iter().any(listed)
        && let (Some(file), Some(anchor)) = (root.manifest, &manifest.root_components_anchor)
    {
        let component = format!("<RootComponent type=\"{VARIABLE_COMPONENT}\" schemaName=\"{name}\" behavior=\"0\" />");
        edit.push(file, anchor.add(&[component]));
    }
    let token = token("environmentvariable", &new.schema_name);
    for settings in Targets::new(workspace).settings_of(workspace, solution) {
        let Some(facts) = workspace.file(settings).facts.settings() else {
            continue;
        };
        let mut known = facts.variables.iter();
        let listed = known.any(|own| same_name(&own.schema_name.value, &new.schema_name));
        if let Some(list) = facts.variables_list.as_ref().filter(|_| !listed && facts.complete) {
            let value = known_value(workspace, settings, new).unwrap_or(&token);
            let members = [("SchemaName", &*new.schema_name), ("Value", value)];
            edit.push(settings, list.anchor.add(&members));
        }
    }
    Some(edit)
}
