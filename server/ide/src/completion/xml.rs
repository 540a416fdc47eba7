//! What can be written in the XML of a solution: names of connection references that its flows use, connectors, flows.

use analysis::connectors;
use model::manifest::RequiredComponent;
use model::{FileId, SolutionId, same_name};
use rules::Project;
use syntax::{Span, TextEdit, xml};

use super::{Completion, CompletionKind, Completions, Inside};

/// An attribute's value or an element's text, as far as it is written.
struct Place<'a> {
    /// Name of the attribute or element.
    name: &'a str,
    /// The tag around an attribute, up to the cursor.
    tag: &'a str,
    /// What is replaced.
    span: Span,
    /// What ends it, where that lacks.
    end: String,
}

/// What can be written at an offset of the customizations or the manifest.
pub fn completions(project: &Project, file: FileId, offset: u32) -> Completions {
    let workspace = project.workspace();
    let (Some(open), Some(known)) = (project.open_file(file), workspace.get(file)) else {
        return Completions::default();
    };
    let text = open.document().text();
    let is_manifest = known.facts.manifest().is_some();
    let (Some(solution), true) = (known.solution, is_manifest || known.facts.customizations().is_some()) else {
        return Completions::default();
    };
    let Some(place) = in_attribute(text, offset).or_else(|| in_element(text, offset)) else {
        return Completions::default();
    };
    let mut found: Vec<(String, String, CompletionKind)> = Vec::new();
    match place.name {
        "connectionreferencelogicalname" | "id.connectionreferencelogicalname" => {
            for (name, connector) in used(project, solution) {
                let missing = workspace.reference(solution, &name).is_none();
                let listed = missing && is_manifest && is_dependency(project, solution, &name);
                let rank = u8::from(!missing) + u8::from(listed);
                found.push((
                    name,
                    format!("{rank}{}", connectors::title(&connector)),
                    CompletionKind::Connection,
                ));
            }
        }
        "connectorid" => {
            let own = logical_name_before(text, offset);
            for (name, connector) in used(project, solution) {
                let rank = u8::from(own.as_deref().is_none_or(|own| !same_name(own, &name)));
                let id = format!("/providers/Microsoft.PowerApps/apis/{connector}");
                found.push((
                    id,
                    format!("{rank}{}", connectors::title(&connector)),
                    CompletionKind::Connection,
                ));
            }
        }
        "id" if place.tag.contains("type=\"29\"") => {
            for (id, flow) in workspace.files().filter(|(_, other)| other.solution == Some(solution)) {
                if let Some(guid) = flow.facts.flow().and_then(|flow| flow.id) {
                    let manifest = workspace.solution(solution).manifest;
                    let manifest = manifest.and_then(|manifest| workspace.file(manifest).facts.manifest());
                    let listed = manifest.is_some_and(|manifest| manifest.workflow_component(guid).is_some());
                    let name = workspace.flow_name(id);
                    found.push((
                        format!("{{{guid}}}"),
                        format!("{}{name}", u8::from(listed)),
                        CompletionKind::Flow,
                    ));
                }
            }
        }
        _ => {}
    }
    found.sort_by(|a, b| (&a.1[..1], &a.0).cmp(&(&b.1[..1], &b.0)));
    found.dedup_by(|a, b| a.0 == b.0);
    let items = found.into_iter().enumerate().map(|(at, (name, detail, kind))| {
        let edit = TextEdit::new(place.span, format!("{}{}", xml::escape(&name), place.end));
        let mut completion = Completion::new(name, kind, edit, Inside::File);
        completion.detail = detail.get(1..).map(str::to_owned).filter(|detail| !detail.is_empty());
        completion.sort = format!("{at:04}");
        if kind == CompletionKind::Flow {
            let name = completion.detail.as_deref().unwrap_or_default();
            completion.filter = Some(format!("{} {name}", completion.label));
        }
        completion
    });
    Completions {
        items: items.collect(),
        is_incomplete: false,
    }
}

/// Logical names that the solution's flows use, each with its connector.
fn used(project: &Project, solution: SolutionId) -> Vec<(String, String)> {
    let workspace = project.workspace();
    let flows = &workspace.solution(solution).flows;
    let flows = flows.iter().filter_map(|flow| workspace.file(*flow).facts.flow());
    let mut found: Vec<(String, String)> = Vec::new();
    for key in flows.flat_map(|flow| &flow.connections) {
        if let Some(name) = &key.logical_name
            && !found.iter().any(|(known, _)| same_name(known, &name.value))
        {
            let connector = key.connector.as_ref().map_or(String::new(), |name| name.value.clone());
            found.push((name.value.clone(), connector));
        }
    }
    found
}

fn is_dependency(project: &Project, solution: SolutionId, name: &str) -> bool {
    let workspace = project.workspace();
    let manifest = workspace.solution(solution).manifest;
    let manifest = manifest.and_then(|manifest| workspace.file(manifest).facts.manifest());
    manifest.is_some_and(|manifest| {
        let mut missing = manifest.missing_dependencies.iter();
        missing
            .any(|one| matches!(&one.required, RequiredComponent::ConnectionReference(known) if same_name(known, name)))
    })
}

/// The attribute whose value the cursor is in, closed or not.
fn in_attribute(text: &str, offset: u32) -> Option<Place<'_>> {
    let head = text.get(..offset as usize)?;
    let tag = &head[head.rfind('<')?..];
    if tag.contains('>') {
        return None;
    }
    let mut open: Option<(char, usize)> = None;
    for (at, c) in tag.char_indices().filter(|(_, c)| matches!(c, '"' | '\'')) {
        open = match open {
            None => Some((c, at)),
            Some((quote, _)) if quote == c => None,
            other => other,
        };
    }
    let (quote, at) = open?;
    let name = tag[..at].trim_end().strip_suffix('=')?.trim_end();
    let name = &name[name.rfind(char::is_whitespace).map_or(0, |space| space + 1)..];
    let start = head.len() - tag.len() + at + 1;
    let tail = text.get(offset as usize..)?;
    let end = tail.find(['<', '>', '\n', '\r', quote]).unwrap_or(tail.len());
    let closed = tail[end..].starts_with(quote);
    // Without its quote, the value ends where the next word begins.
    let end = if closed {
        end
    } else {
        tail.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>' | '<'))
            .unwrap_or(tail.len())
    };
    Some(Place {
        name,
        tag,
        span: Span::new(u32::try_from(start).ok()?, offset + u32::try_from(end).ok()?),
        end: if closed { String::new() } else { quote.to_string() },
    })
}

/// The element whose text the cursor is in.
fn in_element(text: &str, offset: u32) -> Option<Place<'_>> {
    let head = text.get(..offset as usize)?;
    let open = head.rfind('<')?;
    let (tag, written) = head[open + 1..].split_once('>')?;
    if tag.starts_with(['/', '!', '?']) || tag.ends_with('/') {
        return None;
    }
    let name = tag.split_whitespace().next()?;
    let lead = written.len() - written.trim_start().len();
    let start = u32::try_from(head.len() - written.len() + lead).ok()?;
    let tail = text.get(offset as usize..)?;
    let end = tail.find(['<', '\n', '\r']).unwrap_or(tail.len());
    let rest = tail[..end].trim_end().len();
    let closes = tail[end..].trim_start().starts_with(&format!("</{name}"));
    Some(Place {
        name,
        tag: "",
        span: Span::new(start.min(offset), offset + u32::try_from(rest).ok()?),
        end: if closes { String::new() } else { format!("</{name}>") },
    })
}

/// The logical name of the connection reference around the cursor.
fn logical_name_before(text: &str, offset: u32) -> Option<String> {
    let head = text.get(..offset as usize)?;
    let at = head.rfind("connectionreferencelogicalname=")?;
    head[at..].split('"').nth(1).map(str::to_owned)
}
