//! Changes that are worked out when they are asked for.
//!
//! A finding about a connection reference stands in one file, and mending it changes many, flows among them. Their places
//! move with every key that somebody types there; what is to be done does not. So the finding keeps the recipe, and the edit
//! is made from the facts as they are when a person wants it. It may then turn out that it cannot be made: no edit is better
//! than half of one.

use analysis::hardcoded::Kind;
use analysis::occurrences::in_facts;
use analysis::targets::Targets;
use model::files::name_of;
use model::flow::{FlowView, StringMemo};
use model::settings::SettingsReference;
use model::{Component, Facts, FileId, SolutionId, Workspace, reading, same_name};
use syntax::TextEdit;
use syntax::json::NodeId;

use crate::actions::secure;
use crate::extract::{Secret, extract_secret, extract_written};
use crate::rename::{connection_reference, respell};
use crate::{FileEdit, Refusal, WorkspaceEdit, naming};

/// A change of several files, in words of the solution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipe {
    /// Gives a connection reference another logical name, everywhere.
    RenameReference {
        /// The solution that declares it.
        solution: SolutionId,
        /// Its logical name.
        from: String,
        /// The new one.
        to: String,
        /// Whether its display name loses the signs that the designer put behind it.
        retitle: bool,
    },
    /// Uses one connection reference in the place of another, and removes that one.
    MergeReferences {
        /// The solution that declares both.
        solution: SolutionId,
        /// The reference that stays.
        keep: String,
        /// The reference that goes.
        gone: String,
    },
    /// Puts a secret of a flow into a secret environment variable.
    ExtractSecret {
        /// The flow.
        file: FileId,
        /// Where it stands there.
        secret: Secret,
    },
    /// Reads a value of one environment from an environment variable wherever a flow writes it out.
    ExtractWritten {
        /// The flow.
        file: FileId,
        /// What the value names.
        kind: Kind,
        /// The value.
        value: String,
    },
    /// Adds a host to the list of those that flows may call.
    AllowHost {
        /// A flow that calls it.
        file: FileId,
        /// The host.
        host: String,
    },
    /// Hides a secret in the run histories of the flows that it goes through.
    HideSecret(Vec<HiddenPlace>),
    /// Removes a connection reference that nothing uses, with its entries in settings.
    RemoveReference {
        /// The solution that declares it.
        solution: SolutionId,
        /// Its logical name.
        name: String,
    },
}

/// A step that shows a secret on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenPlace {
    /// The flow.
    pub file: FileId,
    /// An offset in the action, or in its name; `None` for the flow's trigger.
    pub step: Option<u32>,
    /// What is to be hidden: `inputs` or `outputs`.
    pub side: &'static str,
}

impl Recipe {
    /// The edit, as the workspace is now; `text_of` gives the text of a file, without the byte order mark.
    ///
    /// # Errors
    /// The reason, where it cannot be made whole.
    pub fn edit(
        &self,
        workspace: &Workspace,
        text_of: &dyn Fn(FileId) -> Option<String>,
    ) -> Result<WorkspaceEdit, Refusal> {
        let edit = match self {
            Self::RenameReference {
                solution,
                from,
                to,
                retitle,
            } => {
                let mut edit = connection_reference(workspace, *solution, from, to)?;
                if *retitle && let Some((file, change)) = retitled(workspace, *solution, from, text_of) {
                    edit.push(file, change);
                }
                edit
            }
            Self::MergeReferences { solution, keep, gone } => replace(workspace, *solution, gone, Some(keep))?,
            Self::RemoveReference { solution, name } => replace(workspace, *solution, name, None)?,
            Self::HideSecret(places) => hide_secret(workspace, places, text_of)?,
            Self::AllowHost { file, host } => allow_host(workspace, *file, host, text_of)?,
            Self::ExtractWritten { file, kind, value } => with_flow(workspace, *file, text_of, |flow| {
                extract_written(workspace, *file, flow, *kind, value)
            })?,
            Self::ExtractSecret { file, secret } => with_flow(workspace, *file, text_of, |flow| {
                extract_secret(workspace, *file, flow, *secret)
            })?,
        };
        if edit.is_empty() {
            return Refusal::new("Nothing is left to change.");
        }
        Ok(edit)
    }
}

fn hide_secret(
    workspace: &Workspace,
    places: &[HiddenPlace],
    text_of: &dyn Fn(FileId) -> Option<String>,
) -> Result<WorkspaceEdit, Refusal> {
    let mut files: Vec<FileId> = places.iter().map(|place| place.file).collect();
    files.sort();
    files.dedup();
    let mut whole = WorkspaceEdit::default();
    for file in files {
        let own = places.iter().filter(|place| place.file == file);
        let edit = with_flow(workspace, file, text_of, |flow| {
            let mut steps: Vec<(NodeId, Vec<&str>)> = Vec::new();
            for place in own {
                let Some(node) = shown_by(flow, place) else {
                    return Refusal::new("The flow has changed, or its trigger cannot be told.");
                };
                match steps.iter_mut().find(|(known, _)| *known == node) {
                    Some((_, sides)) if sides.contains(&place.side) => {}
                    Some((_, sides)) => sides.push(place.side),
                    None => steps.push((node, vec![place.side])),
                }
            }
            let mut edit = WorkspaceEdit::default();
            for (node, sides) in steps {
                // What hides it already needs no change.
                for part in secure(file, flow, node, &sides).into_iter().flat_map(|edit| edit.files) {
                    part.edits.into_iter().for_each(|change| edit.push(file, change));
                }
            }
            Ok(edit)
        })?;
        whole.files.extend(edit.files);
    }
    Ok(whole)
}

/// The step of a place.
fn shown_by(flow: &FlowView<'_>, place: &HiddenPlace) -> Option<NodeId> {
    let Some(offset) = place.step else {
        return match flow.body.triggers.as_slice() {
            [trigger] => Some(trigger.node),
            _ => None,
        };
    };
    Some(flow.body.action(flow.body.action_at(offset)?).node)
}

/// One more entry behind the last of `allowedHosts`, laid out like it.
fn allow_host(
    workspace: &Workspace,
    file: FileId,
    host: &str,
    text_of: &dyn Fn(FileId) -> Option<String>,
) -> Result<WorkspaceEdit, Refusal> {
    let found = workspace
        .get(file)
        .and_then(|entry| workspace.configuration_file_of(&entry.path));
    let place = found.and_then(|(file, own)| Some((file, own.allowed_hosts.as_ref()?.last()?.span)));
    let Some((file, last)) = place else {
        return Refusal::new("The project's list of hosts has no entry to stand behind.");
    };
    let text = text_of(file).unwrap_or_default();
    let before = text
        .get(..last.start as usize)
        .and_then(|before| before.strip_suffix('"'));
    let closed = text
        .get(last.end as usize..)
        .is_some_and(|after| after.starts_with('"'));
    let Some(before) = before.filter(|_| closed) else {
        return Refusal::new("The project's list of hosts has changed.");
    };
    let gap = &before[before.trim_end().len()..];
    let gap = if gap.contains('\n') { gap } else { " " };
    let entry = format!(",{gap}{}", syntax::json::quote(host));
    let mut edit = WorkspaceEdit::default();
    edit.push(file, TextEdit::insert(last.end + 1, entry));
    Ok(edit)
}

/// The change of a display name that the designer made up: without the signs behind it.
fn retitled(
    workspace: &Workspace,
    solution: SolutionId,
    name: &str,
    text_of: &dyn Fn(FileId) -> Option<String>,
) -> Option<(FileId, TextEdit)> {
    let file = workspace.solution(solution).customizations?;
    let title = workspace.reference(solution, name)?.display_name.as_deref()?;
    let (head, _) = title.rsplit_once('-').filter(|_| naming::is_made_up(title, '-'))?;
    let text = text_of(file)?;
    let tree = syntax::xml::Tree::parse(&text);
    let list = tree.root()?.child_ignore_case("connectionreferences")?;
    let is_it = |element: &syntax::xml::Element<'_>| {
        let own = element.attribute("connectionreferencelogicalname");
        own.is_some_and(|own| same_name(&own.value(), name))
    };
    let element = list.children().find(is_it)?.child("connectionreferencedisplayname")?;
    let head = syntax::xml::escape_text(head.trim_end());
    Some((file, TextEdit::new(element.content_span()?, head)))
}

/// Reads a flow anew from its text, for what facts do not hold.
fn with_flow(
    workspace: &Workspace,
    file: FileId,
    text_of: &dyn Fn(FileId) -> Option<String>,
    change: impl FnOnce(&FlowView<'_>) -> Result<WorkspaceEdit, Refusal>,
) -> Result<WorkspaceEdit, Refusal> {
    let entry = workspace.get(file);
    let text = entry.and_then(|_| text_of(file));
    let (Some(entry), Some(text)) = (entry, text) else {
        return Refusal::new("The flow cannot be read.");
    };
    let reading = reading::read(&entry.path, entry.read_as, &text, &StringMemo::default());
    match (reading.facts.flow(), &reading.json, &reading.flow) {
        (Some(summary), Some(tree), Some(body)) => change(&FlowView {
            summary,
            body,
            text: &text,
            tree,
        }),
        _ => Refusal::new("The flow cannot be read."),
    }
}

/// Takes a connection reference out of a solution. What named it names `keep` then; without one, nothing may name it but
/// settings.
fn replace(
    workspace: &Workspace,
    solution: SolutionId,
    gone: &str,
    keep: Option<&str>,
) -> Result<WorkspaceEdit, Refusal> {
    // Another solution may mean its own by this name, and some of its files are not ours to change.
    if let Some(other) = workspace
        .solutions_with_reference(gone)
        .iter()
        .find(|id| **id != solution)
    {
        return Refusal::new(format!(
            "Solution {} declares `{gone}` as well, and an environment knows both by this name.",
            workspace.solution_name(*other)
        ));
    }
    if !workspace.is_complete(solution) {
        return Refusal::new("The solution's manifest or customizations cannot be read whole. Mend them first.");
    }
    let declared = workspace.reference(solution, gone);
    let Some(removal) = declared.map(|reference| reference.removal) else {
        return Refusal::new(format!("The solution does not declare `{gone}`."));
    };
    let targets = Targets::new(workspace);
    let component = Component::ConnectionReference(gone.to_owned());
    let mut edit = WorkspaceEdit::default();
    for (file, entry) in workspace.files() {
        let name = name_of(&entry.path);
        let edits = match &entry.facts {
            Facts::Customizations(_) if Some(file) == workspace.solution(solution).customizations => {
                vec![TextEdit::new(removal, "")]
            }
            Facts::Settings(_) if targets.of(file).contains(&solution) => in_settings(workspace, file, gone, keep)?,
            Facts::Flow(flow) if entry.solution == Some(solution) && !flow.complete => {
                return Refusal::new(format!(
                    "{name} cannot be read whole, so it may name `{gone}` unseen. Mend it first."
                ));
            }
            facts => {
                let places = in_facts(facts, &component);
                if places.is_empty() {
                    continue;
                }
                let ours = match facts {
                    Facts::Flow(_) | Facts::Caller(_) => entry.solution == Some(solution),
                    Facts::CustomSettings(_) | Facts::Configuration(_) => true,
                    _ => false,
                };
                let (true, Some(keep)) = (ours, keep) else {
                    return Refusal::new(format!("{name} names `{gone}`, which would then be nowhere."));
                };
                respell(&places, keep)?
            }
        };
        if !edits.is_empty() {
            edit.files.push(FileEdit { file, edits });
        }
    }
    Ok(edit)
}

/// The entry of the reference that goes: it becomes the other's where that has none.
fn in_settings(workspace: &Workspace, file: FileId, gone: &str, keep: Option<&str>) -> Result<Vec<TextEdit>, Refusal> {
    let entry = workspace.file(file);
    let Some(facts) = entry.facts.settings() else {
        return Ok(Vec::new());
    };
    let is = |entry: &SettingsReference, name: &str| same_name(&entry.logical_name.value, name);
    let mut entries = facts.references.iter().filter(|entry| is(entry, gone));
    let Some(own) = entries.next() else {
        return Ok(Vec::new());
    };
    // Damage, or two entries: which of them counts is for a person to say.
    if !facts.complete || entries.next().is_some() {
        return Refusal::new(format!(
            "{} is damaged, or gives `{gone}` two connections. Mend it first.",
            name_of(&entry.path)
        ));
    }
    let free = keep.filter(|keep| !facts.references.iter().any(|entry| is(entry, keep)));
    Ok(vec![match free {
        Some(keep) => TextEdit::new(own.logical_name.span, syntax::json::escape(keep)),
        None => TextEdit::new(own.removal, ""),
    }])
}
