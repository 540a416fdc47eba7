//! Names that can be searched for in the whole workspace: solutions, flows, what flows consist of, and what they share.
//!
//! Closed flows keep no actions, so their names are read from the disk at the first search and kept: few bytes a name,
//! and nothing to do on the keys typed after it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use model::flow::{FlowBody, FlowSummary};
use model::{Facts, FileId, SolutionId};
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

/// The names inside one flow.
#[derive(Clone, Debug)]
pub struct NameList(Vec<Name>);

impl NameList {
    /// The names of a flow.
    #[must_use]
    pub fn of(body: &FlowBody) -> Self {
        Self(names_of(body))
    }
}

#[derive(Clone, Debug)]
struct Name {
    text: Box<str>,
    /// The name as queries are compared with it.
    folded: Box<str>,
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
    /// The closed flows whose names are not known, or not any more.
    #[must_use]
    pub fn unknown(&self, project: &Project) -> Vec<FileId> {
        let is_known = |id: &FileId, facts: &Arc<FlowSummary>| {
            let known = self.flows.get(id);
            known.is_some_and(|known| Arc::ptr_eq(&known.facts, facts))
        };
        let flows = project.workspace().files().filter_map(|(id, file)| match &file.facts {
            Facts::Flow(facts) if project.open_file(id).is_none() && !is_known(&id, facts) => Some(id),
            _ => None,
        });
        flows.collect()
    }

    /// Takes names over that were read elsewhere. They count while the flow's facts are those of the same reading.
    pub fn take(&mut self, found: Vec<(FileId, Facts, NameList)>) {
        let found = found.into_iter().filter_map(|(id, facts, list)| match facts {
            Facts::Flow(facts) => Some((id, Names { facts, list: list.0 })),
            _ => None,
        });
        self.flows.extend(found);
    }

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
        folded: fold(&name.value).into(),
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
    let workspace = project.workspace();
    let flows: Vec<OneFlow<'_>> = workspace
        .files()
        .filter(|(_, file)| file.facts.flow().is_some())
        .map(|(file, _)| OneFlow::of(project, names, file))
        .collect();
    let mut search = Search {
        query: Query::new(query),
        found: Vec::new(),
    };
    for flow in &flows {
        let own = Container::Solution(workspace.file(flow.file).solution);
        search.add(flow.file, SymbolKind::Flow, Span::at(0), &flow.title, own);
        for name in &*flow.names {
            if let Some(rank) = search.query.rank_folded(&name.folded) {
                let span = Span::new(name.start, name.end);
                search.push(
                    rank,
                    flow.file,
                    name.kind,
                    span,
                    &name.text,
                    Container::Name(&flow.title),
                );
            }
        }
    }
    for (id, file) in workspace.files() {
        search.file(id, &file.facts, file.solution);
    }
    // Who types underscores knows the written names, and editors compare once more what they are given.
    let written = query.contains('_');
    search
        .best()
        .into_iter()
        .map(|found| found.symbol(project, written))
        .collect()
}

/// A flow with the names in it.
struct OneFlow<'a> {
    file: FileId,
    title: String,
    names: Cow<'a, [Name]>,
}

impl<'a> OneFlow<'a> {
    fn of(project: &'a Project, names: &'a FlowNames, file: FileId) -> Self {
        let body = project.open_file(file).and_then(|open| open.body());
        Self {
            file,
            title: project.workspace().flow_name(file),
            names: match body {
                Some(body) => Cow::Owned(names_of(body)),
                None => Cow::Borrowed(names.flows.get(&file).map_or(&[], |known| &known.list)),
            },
        }
    }
}

/// What a name is shown with.
#[derive(Clone, Copy)]
enum Container<'a> {
    Name(&'a str),
    Solution(Option<SolutionId>),
}

/// A name that matches, before anything is made of it: only the best are shown.
struct Match<'a> {
    rank: Rank,
    file: FileId,
    kind: SymbolKind,
    span: Span,
    text: &'a str,
    container: Container<'a>,
}

impl Match<'_> {
    fn order(&self, other: &Self) -> Ordering {
        let key = |found: &Self| (found.rank, group(found.kind));
        key(self)
            .cmp(&key(other))
            .then_with(|| self.text.cmp(other.text))
            .then_with(|| (self.file, self.span).cmp(&(other.file, other.span)))
    }

    fn symbol(self, project: &Project, written: bool) -> FoundSymbol {
        let inside_flow = matches!(
            self.kind,
            SymbolKind::Trigger | SymbolKind::Action | SymbolKind::Variable
        );
        FoundSymbol {
            name: if inside_flow && !written {
                self.text.replace('_', " ")
            } else {
                self.text.to_owned()
            },
            container: match self.container {
                Container::Name(name) => name.to_owned(),
                Container::Solution(Some(id)) => project.workspace().solution_name(id).to_owned(),
                Container::Solution(None) => String::new(),
            },
            kind: self.kind,
            file: self.file,
            span: self.span,
        }
    }
}

struct Search<'a> {
    query: Query,
    found: Vec<Match<'a>>,
}

impl<'a> Search<'a> {
    fn push(
        &mut self,
        rank: Rank,
        file: FileId,
        kind: SymbolKind,
        span: Span,
        text: &'a str,
        container: Container<'a>,
    ) {
        self.found.push(Match {
            rank,
            file,
            kind,
            span,
            text,
            container,
        });
    }

    fn add(&mut self, file: FileId, kind: SymbolKind, span: Span, text: &'a str, container: Container<'a>) {
        if let Some(rank) = self.query.rank(text) {
            self.push(rank, file, kind, span, text, container);
        }
    }

    /// A thing that people know by two names: the one that matches better, with the other beside it.
    fn add_either(&mut self, file: FileId, kind: SymbolKind, span: Span, names: [&'a str; 2], home: Container<'a>) {
        let [first, second] = names;
        let better = match (self.query.rank(first), self.query.rank(second)) {
            (None, Some(rank)) => Some((rank, second, first)),
            (Some(a), Some(b)) if b < a => Some((b, second, first)),
            (Some(rank), _) => Some((rank, first, second)),
            (None, None) => None,
        };
        if let Some((rank, name, other)) = better {
            let container = if name == other { home } else { Container::Name(other) };
            self.push(rank, file, kind, span, name, container);
        }
    }

    /// What files around flows name.
    fn file(&mut self, id: FileId, facts: &'a Facts, solution: Option<SolutionId>) {
        let home = Container::Solution(solution);
        match facts {
            Facts::Manifest(manifest) => {
                if let Some(name) = &manifest.unique_name {
                    self.add(
                        id,
                        SymbolKind::Solution,
                        name.span,
                        &name.value,
                        Container::Solution(None),
                    );
                }
            }
            Facts::Customizations(facts) => {
                for reference in &facts.connection_references {
                    let name = &reference.logical_name;
                    let names = [reference.title(), &name.value];
                    self.add_either(id, SymbolKind::ConnectionReference, name.span, names, home);
                }
                for name in &facts.variable_definitions {
                    self.add(id, SymbolKind::EnvironmentVariable, name.span, &name.value, home);
                }
            }
            Facts::VariableDefinition(definition) => {
                let name = &definition.schema_name;
                let names = [definition.display_name.as_deref().unwrap_or(&name.value), &name.value];
                self.add_either(id, SymbolKind::EnvironmentVariable, name.span, names, home);
            }
            _ => {}
        }
    }

    /// The best matches in order. Sorting all of them would be most of the work where nearly all match.
    fn best(mut self) -> Vec<Match<'a>> {
        if self.found.len() > MOST {
            self.found.select_nth_unstable_by(MOST, Match::order);
            self.found.truncate(MOST);
        }
        self.found.sort_unstable_by(Match::order);
        self.found
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
        let text = fold(query.trim());
        Self {
            wanted: text.chars().filter(|c| *c != '_').collect(),
            text,
        }
    }

    fn rank(&self, name: &str) -> Option<Rank> {
        self.rank_folded(&fold(name))
    }

    fn rank_folded(&self, name: &str) -> Option<Rank> {
        let mut letters = name.chars();
        if !self.wanted.iter().all(|wanted| letters.any(|letter| letter == *wanted)) {
            return None;
        }
        Some(match name.find(&self.text) {
            Some(0) if name.len() == self.text.len() => Rank::Same,
            Some(0) => Rank::Begins,
            Some(_) => Rank::Contains,
            None => Rank::Scattered,
        })
    }
}

/// A name for comparison: small letters, and underscores for blanks.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.replace(' ', "_").to_ascii_lowercase();
    }
    text.chars().map(folded).collect()
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
