//! Places of a file that lead somewhere else: to a flow, its metadata, a definition, a web page.

use expr::{Segment, TemplateKind};
use model::{Facts, FileId};
use rules::Project;
use syntax::Span;
use syntax::json::Value;

use crate::lookup;
use crate::target::{OpenFlow, open_flow};

/// A place that leads somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The place.
    pub span: Span,
    /// Where it leads.
    pub target: LinkTarget,
    /// What waits there.
    pub tooltip: String,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// A file of the workspace.
    File(FileId),
    /// A web page.
    Web(String),
}

/// The links of an open file, in its order.
#[must_use]
pub fn links(project: &Project, file: FileId) -> Vec<Link> {
    let (Some(open), Some(known)) = (project.open_file(file), project.workspace().get(file)) else {
        return Vec::new();
    };
    let text = open.document().text();
    let mut links = Links {
        project,
        file,
        found: Vec::new(),
    };
    if let Some(flow) = open_flow(project, file) {
        links.of_flow(&flow);
    }
    match &known.facts {
        Facts::Settings(facts) => {
            for entry in &facts.variables {
                links.variable(entry.schema_name.span, &entry.schema_name.value);
            }
        }
        Facts::Manifest(facts) => {
            for component in &facts.root_components {
                if let Some(id) = component.id {
                    links.flow(component.span, id);
                }
            }
        }
        Facts::Workflow(facts) => links.metadata(facts),
        Facts::Customizations(facts) => {
            for workflow in &facts.workflows {
                links.metadata(workflow);
            }
        }
        _ => {}
    }
    if let Some(root) = open.tree().and_then(|tree| tree.root(text)) {
        for value in root.descendants() {
            if value.is_string() && !value.is_key() {
                links.web(value);
            }
        }
    }
    links.found.sort_by_key(|link| link.span);
    links.found
}

struct Links<'a> {
    project: &'a Project,
    file: FileId,
    found: Vec<Link>,
}

impl Links<'_> {
    fn push(&mut self, span: Span, target: FileId, what: &str, name: &str) {
        self.found.push(Link {
            span,
            target: LinkTarget::File(target),
            tooltip: format!("Open {what} {name}"),
        });
    }

    fn flow(&mut self, span: Span, id: model::Guid) {
        if let Some(target) = lookup::flow(self.project, self.file, id) {
            let name = self.project.workspace().flow_name(target);
            self.push(span, target, "flow", &name);
        }
    }

    fn variable(&mut self, span: Span, schema_name: &str) {
        if let Some((target, _)) = lookup::variable(self.project, self.file, schema_name) {
            self.push(span, target, "the definition of", schema_name);
        }
    }

    /// A flow's metadata names the flow's file; the id is what says which flow that is.
    fn metadata(&mut self, facts: &model::workflow_metadata::WorkflowMetadata) {
        if let (Some(id), Some(name)) = (&facts.id, &facts.json_file_name) {
            self.flow(name.span, id.value);
        }
    }

    fn of_flow(&mut self, flow: &OpenFlow<'_>) {
        for call in &flow.summary.child_calls {
            if let Some(id) = call.id {
                self.flow(call.name.span, id);
            }
        }
        for parameter in &flow.summary.parameters {
            if let Some(name) = &parameter.schema_name {
                self.variable(name.span, &name.value);
            }
        }
        // A flow does not name its metadata. The word that begins what the metadata is about stands for it.
        let definition = flow
            .tree
            .root(flow.text)
            .and_then(|root| root.get("properties")?.member("definition"));
        if let (Some(definition), Some((metadata, _))) = (definition, self.project.workspace().metadata_of(self.file)) {
            let path = &self.project.workspace().file(metadata).path;
            let name = model::files::name_of(path).to_owned();
            self.push(definition.key.content_span(), metadata, "the metadata,", &name);
        }
    }

    /// Addresses in plain text. Of an expression only the text around `@{…}` is looked at: what a function makes of a
    /// part of an address nobody can know.
    fn web(&mut self, value: Value<'_>) {
        if !value.raw().contains("http") {
            return;
        }
        let Some(decoded) = value.as_str() else { return };
        if expr::is_plain(&decoded) {
            self.addresses(value, &decoded, Span::new(0, length(&decoded)), true);
            return;
        }
        let TemplateKind::Interpolation(segments) = expr::parse(&decoded).kind else {
            return;
        };
        let last = segments.len().saturating_sub(1);
        for (at, segment) in segments.iter().enumerate() {
            if let Segment::Text { span, .. } = segment {
                self.addresses(value, &decoded, *span, at == last);
            }
        }
    }

    /// The addresses in a part of a string; one that runs into the end of a part that is not the last goes on in an
    /// expression and is left out.
    fn addresses(&mut self, value: Value<'_>, decoded: &str, part: Span, ends: bool) {
        let text = part.slice(decoded);
        let mut from = 0;
        while let Some(found) = text.get(from..).and_then(|rest| rest.find("http")) {
            let start = from + found;
            let rest = &text[start..];
            let scheme = ["https://", "http://"]
                .into_iter()
                .find(|scheme| rest.starts_with(scheme));
            let Some(scheme) = scheme else {
                from = start + 4;
                continue;
            };
            let stop = rest.find(|c: char| c.is_whitespace() || c.is_control() || "\"'<>`|\\^{}".contains(c));
            let end = stop.unwrap_or(rest.len());
            let address = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']']);
            from = start + end.max(4);
            // An address with a signature is a key that starts something, and no page to look at.
            let signed = ["sig=", "code="].iter().any(|key| address.contains(key));
            if address.len() <= scheme.len() || signed || stop.is_none() && !ends {
                continue;
            }
            let at = part.start + length(&text[..start]);
            self.found.push(Link {
                span: value.source_span(Span::new(at, at + length(address))),
                target: LinkTarget::Web(address.to_owned()),
                tooltip: String::new(),
            });
        }
    }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
