//! Names for people beside the names of the service: what stands behind a connection key, an id, a schema name.

use model::flow::ConnectionKey;
use model::{Facts, FileId, Guid};
use rules::Project;
use rustc_hash::FxHashMap;
use syntax::Span;

use crate::lookup;
use crate::target::{OpenFlow, open_flow};

/// A text shown behind a place, which is no part of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Behind this offset.
    pub offset: u32,
    /// The text.
    pub label: String,
    /// What it is, for the one who asks.
    pub tooltip: &'static str,
    /// Where the named thing is.
    pub target: Option<(FileId, Span)>,
}

/// Which hints are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HintKinds {
    /// Display name and connector beside connection keys and logical names.
    pub connections: bool,
    /// Names of flows beside their ids.
    pub flows: bool,
    /// Display names beside schema names.
    pub variables: bool,
}

impl Default for HintKinds {
    fn default() -> Self {
        Self {
            connections: true,
            flows: true,
            variables: true,
        }
    }
}

/// The hints in a range of an open file, in its order.
#[must_use]
pub fn hints(project: &Project, file: FileId, range: Span, kinds: HintKinds) -> Vec<Hint> {
    let Some(open) = project.open_file(file) else {
        return Vec::new();
    };
    let mut hints = Hints {
        project,
        file,
        text: open.document().text(),
        range,
        found: Vec::new(),
    };
    if let Some(flow) = open_flow(project, file) {
        if kinds.connections {
            hints.connections(&flow);
        }
        if kinds.flows {
            for call in &flow.summary.child_calls {
                if let Some(id) = call.id {
                    hints.flow(call.name.span, id);
                }
            }
        }
        if kinds.variables {
            for parameter in &flow.summary.parameters {
                if let Some(name) = &parameter.schema_name {
                    hints.variable(name.span, &name.value);
                }
            }
        }
    }
    match project.workspace().get(file).map(|file| &file.facts) {
        Some(Facts::Settings(facts)) => {
            for entry in facts.references.iter().filter(|_| kinds.connections) {
                hints.reference(entry.logical_name.span, &entry.logical_name.value, true);
            }
            for entry in facts.variables.iter().filter(|_| kinds.variables) {
                hints.variable(entry.schema_name.span, &entry.schema_name.value);
            }
        }
        Some(Facts::Manifest(facts)) => {
            for component in facts.root_components.iter().filter(|_| kinds.flows) {
                if let Some(id) = component.id {
                    hints.flow(component.span, id);
                }
            }
        }
        _ => {}
    }
    hints.found.sort_by_key(|hint| hint.offset);
    hints.found
}

struct Hints<'a> {
    project: &'a Project,
    file: FileId,
    text: &'a str,
    range: Span,
    found: Vec<Hint>,
}

impl Hints<'_> {
    fn wants(&self, span: Span) -> bool {
        self.range.touches(span.end)
    }

    fn push(&mut self, span: Span, label: String, tooltip: &'static str, target: Option<(FileId, Span)>) {
        // Behind the closing quote, where the name has one.
        let quoted = matches!(self.text.as_bytes().get(span.end as usize), Some(b'"'));
        self.found.push(Hint {
            offset: span.end + u32::from(quoted),
            label,
            tooltip,
            target,
        });
    }

    /// The logical name where a key is declared, the key where an action uses it.
    fn connections(&mut self, flow: &OpenFlow<'_>) {
        let mut by_key: FxHashMap<String, &ConnectionKey> = FxHashMap::default();
        for connection in &flow.summary.connections {
            by_key.entry(connection.key.value.to_lowercase()).or_insert(connection);
            if let Some(name) = &connection.logical_name {
                // The connector stands in the same entry.
                self.reference(name.span, &name.value, false);
            }
        }
        for used in &flow.body.key_uses {
            let key = used.key.span;
            let plain = self.text.as_bytes().get(key.end as usize) == Some(&b'"');
            if !plain || !self.wants(key) {
                continue;
            }
            let connection = by_key.get(&used.key.value.to_lowercase());
            if let Some(name) = connection.and_then(|connection| connection.logical_name.as_ref()) {
                self.reference(key, &name.value, true);
            }
        }
    }

    fn reference(&mut self, span: Span, name: &str, with_connector: bool) {
        if !self.wants(span) {
            return;
        }
        let Some((file, reference)) = lookup::reference(self.project, self.file, name) else {
            return;
        };
        let title = reference.title();
        let connector = reference
            .connector()
            .map(analysis::connectors::title)
            .filter(|_| with_connector);
        let label = match connector {
            // Many a display name begins with the connector's.
            Some(connector) if !title.contains(&connector) => format!("{title} · {connector}"),
            _ if title == name => return,
            _ => title.to_owned(),
        };
        let target = (file, reference.logical_name.span);
        self.push(span, label, "The connection reference", Some(target));
    }

    fn flow(&mut self, span: Span, id: Guid) {
        if self.wants(span)
            && let Some(flow) = lookup::flow(self.project, self.file, id)
        {
            let name = self.project.workspace().flow_name(flow);
            self.push(span, name, "The flow", Some((flow, Span::at(0))));
        }
    }

    fn variable(&mut self, span: Span, schema_name: &str) {
        if !self.wants(span) {
            return;
        }
        let Some((file, definition)) = lookup::variable(self.project, self.file, schema_name) else {
            return;
        };
        let title = definition.display_name.as_deref().unwrap_or_default();
        if !title.is_empty() && title != schema_name {
            let target = (file, definition.schema_name.span);
            self.push(span, title.to_owned(), "The environment variable", Some(target));
        }
    }
}
