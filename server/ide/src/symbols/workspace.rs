//! Names that can be searched for in the whole workspace: solutions, flows, what flows consist of, and what they share.
//!
//! Closed flows keep no actions, so their names are read from the disk at the first search and kept: few bytes a name,
//! and nothing to do on the keys typed after it.

use std::sync::Arc;

use model::flow::{FlowBody, FlowSummary};
use model::{Facts, FileId};
use rules::Project;
use rustc_hash::FxHashMap;
use syntax::Span;

use super::SymbolKind;

/// So many names are shown at most, the best ones.
const MOST: usize = 500;

/// A name that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSymbol {
    /// The name.
    pub name: String,
    /// What it is part of; may be empty.
    pub container: String,
    /// What kind of thing it is.
    pub kind: SymbolKind,
    /// The file it stands in.
    pub file: FileId,
    /// Where.
    pub span: Span,
}

/// The names inside a flow, as they were when it was read.
#[derive(Clone, Debug)]
struct Names {
    /// The facts that came of the same reading: while the file has these, the names count.
    facts: Arc<FlowSummary>,
    list: Vec<Name>,
}

#[derive(Clone, Debug)]
struct Name {
    text: Box<str>,
    kind: SymbolKind,
    start: u32,
    end: u32,
}

/// Names inside closed flows, kept between searches.
#[derive(Clone, Debug, Default)]
pub struct FlowNames {
    flows: FxHashMap<FileId, Names>,
}

impl FlowNames {
    /// Reads the flows whose names are not known, or not any more. `body` reads a closed flow from where it is stored.
    pub fn refresh(&mut self, project: &Project, body: &dyn Fn(FileId) -> Option<FlowBody>) {
        let workspace = project.workspace();
        self.flows.retain(|id, known| {
            let file = workspace.get(*id);
            file.is_some_and(|file| matches!(&file.facts, Facts::Flow(facts) if Arc::ptr_eq(facts, &known.facts)))
        });
        for (id, file) in workspace.files() {
            let Facts::Flow(facts) = &file.facts else { continue };
            if project.open_file(id).is_some() || self.flows.contains_key(&id) {
                continue;
            }
            let list = body(id).map(|body| names_of(&body)).unwrap_or_default();
            let facts = Arc::clone(facts);
            self.flows.insert(id, Names { facts, list });
        }
    }
}

fn names_of(body: &FlowBody) -> Vec<Name> {
    let name = |name: &model::Spanned<String>, kind| Name {
        text: name.value.as_str().into(),
        kind,
        start: name.span.start,
        end: name.span.end,
    };
    let triggers = body.triggers.iter().map(|t| name(&t.name, SymbolKind::Trigger));
    let actions = body.actions.iter().map(|a| name(&a.name, SymbolKind::Action));
    let variables = body.variables.iter().map(|v| name(&v.name, SymbolKind::Variable));
    triggers.chain(actions).chain(variables).collect()
}

/// The names that match a query: its characters in this order, case aside; the best first.
#[must_use]
pub fn workspace_symbols(project: &Project, names: &FlowNames, query: &str) -> Vec<FoundSymbol> {
    let query = Query::new(query);
    let mut found: Vec<(Rank, FoundSymbol)> = Vec::new();
    let mut add = |text: &str, symbol: &dyn Fn(&str) -> FoundSymbol| {
        if let Some(rank) = query.rank(text) {
            found.push((rank, symbol(text)));
        }
    };
    let workspace = project.workspace();
    for (id, file) in workspace.files() {
        let container = || {
            file.solution
                .map(|id| workspace.solution_name(id).to_owned())
                .unwrap_or_default()
        };
        let one = |kind, span: Span| {
            move |text: &str| FoundSymbol {
                name: text.to_owned(),
                container: container(),
                kind,
                file: id,
                span,
            }
        };
        match &file.facts {
            Facts::Flow(_) => {
                let flow = workspace.flow_name(id);
                add(&flow, &one(SymbolKind::Flow, Span::at(0)));
                let inside = |kind, span| {
                    let container = flow.clone();
                    move |text: &str| FoundSymbol {
                        name: text.replace('_', " "),
                        container: container.clone(),
                        kind,
                        file: id,
                        span,
                    }
                };
                match project.open_file(id).and_then(|open| open.body()) {
                    Some(body) => {
                        for name in names_of(body) {
                            add(&name.text, &inside(name.kind, Span::new(name.start, name.end)));
                        }
                    }
                    None => {
                        for name in names.flows.get(&id).into_iter().flat_map(|known| &known.list) {
                            add(&name.text, &inside(name.kind, Span::new(name.start, name.end)));
                        }
                    }
                }
            }
            Facts::Manifest(manifest) => {
                if let Some(name) = &manifest.unique_name {
                    add(&name.value, &one(SymbolKind::Solution, name.span));
                }
            }
            Facts::Customizations(facts) => {
                for reference in &facts.connection_references {
                    let (kind, names) = (
                        SymbolKind::ConnectionReference,
                        [reference.title(), reference.logical_name.value.as_str()],
                    );
                    let (name, other) = query.better(names);
                    let shown = |text: &str| beside(other, one(kind, reference.logical_name.span)(text));
                    add(name, &shown);
                }
                for name in &facts.variable_definitions {
                    add(&name.value, &one(SymbolKind::EnvironmentVariable, name.span));
                }
            }
            Facts::VariableDefinition(definition) => {
                let schema_name = definition.schema_name.value.as_str();
                let title = definition.display_name.as_deref().unwrap_or(schema_name);
                let (name, other) = query.better([title, schema_name]);
                let kind = SymbolKind::EnvironmentVariable;
                let shown = |text: &str| beside(other, one(kind, definition.schema_name.span)(text));
                add(name, &shown);
            }
            _ => {}
        }
    }
    let order = |(rank, symbol): &(Rank, FoundSymbol)| (*rank, group(symbol.kind));
    found.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.1.name.cmp(&b.1.name)));
    found.truncate(MOST);
    found.into_iter().map(|(_, symbol)| symbol).collect()
}

/// A thing of two names, shown with the other one beside it.
fn beside(other: &str, symbol: FoundSymbol) -> FoundSymbol {
    if other == symbol.name {
        return symbol;
    }
    FoundSymbol {
        container: other.to_owned(),
        ..symbol
    }
}

/// Of equal matches, what a workspace has few of goes first.
fn group(kind: SymbolKind) -> u8 {
    match kind {
        SymbolKind::Solution => 0,
        SymbolKind::Flow => 1,
        SymbolKind::ConnectionReference | SymbolKind::EnvironmentVariable => 2,
        _ => 3,
    }
}

/// How well a name matches; the smaller, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Same,
    Begins,
    Contains,
    Scattered,
}

struct Query {
    wanted: Vec<char>,
    text: String,
}

impl Query {
    /// Blanks and underscores are one: action names have the one where people see the other.
    fn new(query: &str) -> Self {
        let text: String = query.trim().chars().map(folded).collect();
        Self {
            wanted: text.chars().filter(|c| *c != '_').collect(),
            text,
        }
    }

    /// Of the two names of a thing the one that matches better, then the other; people know either.
    fn better<'n>(&self, [first, second]: [&'n str; 2]) -> (&'n str, &'n str) {
        match (self.rank(first), self.rank(second)) {
            (Some(a), Some(b)) if a <= b => (first, second),
            (Some(_), None) | (None, None) => (first, second),
            _ => (second, first),
        }
    }

    fn rank(&self, name: &str) -> Option<Rank> {
        let mut letters = name.chars().map(folded);
        if !self.wanted.iter().all(|wanted| letters.any(|letter| letter == *wanted)) {
            return None;
        }
        let name: String = name.chars().map(folded).collect();
        Some(match name.find(&self.text) {
            Some(0) if name.len() == self.text.len() => Rank::Same,
            Some(0) => Rank::Begins,
            Some(_) => Rank::Contains,
            None => Rank::Scattered,
        })
    }
}

fn folded(c: char) -> char {
    match c {
        ' ' => '_',
        // Letters whose small form is longer than one are compared as they are.
        c => {
            let mut lower = c.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(one), None) => one,
                _ => c,
            }
        }
    }
}
