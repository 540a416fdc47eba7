//! Who uses what stands here: a line above connection references, environment variables, connection keys and flows.

use model::{Facts, FileId, SolutionId};
use rules::Project;
use rustc_hash::FxHashMap;
use syntax::Span;

use crate::calls;
use crate::lookup;
use crate::reach_lenses::reach_lenses;
use crate::target::open_flow;

/// A line above a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// The place.
    pub span: Span,
    /// What the line says.
    pub title: String,
    /// The uses it speaks of.
    pub places: Vec<(FileId, Span)>,
}

/// The lenses of an open file, in its order.
#[must_use]
pub fn lenses(project: &Project, file: FileId) -> Vec<Lens> {
    let Some(known) = project
        .workspace()
        .get(file)
        .filter(|_| project.open_file(file).is_some())
    else {
        return Vec::new();
    };
    let mut lenses = match &known.facts {
        Facts::Flow(_) => of_flow(project, file),
        Facts::Customizations(facts) => {
            let Some(solution) = known.solution else {
                return Vec::new();
            };
            let mut references = references(project, solution);
            let mut variables = if facts.variable_definitions.is_empty() {
                Uses::default()
            } else {
                variables(project, solution)
            };
            let reference =
                |r: &model::ConnectionReference| references.lens(r.logical_name.span, &r.logical_name.value);
            let mut all: Vec<Lens> = facts.connection_references.iter().filter_map(reference).collect();
            // Behind the line that leads to the uses; this one leads nowhere.
            all.extend(reach_lenses(project, file).into_iter().map(|lens| Lens {
                span: lens.span,
                title: lens.title,
                places: Vec::new(),
            }));
            all.extend(
                facts
                    .variable_definitions
                    .iter()
                    .filter_map(|name| variables.lens(name.span, &name.value)),
            );
            all
        }
        Facts::VariableDefinition(definition) => {
            let Some(solution) = known.solution else {
                return Vec::new();
            };
            let name = &definition.schema_name;
            variables(project, solution)
                .lens(name.span, &name.value)
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    };
    lenses.sort_by_key(|lens| lens.span);
    lenses
}

/// Keys that actions use, and the flow itself where others call it.
fn of_flow(project: &Project, file: FileId) -> Vec<Lens> {
    let Some(flow) = open_flow(project, file) else {
        return Vec::new();
    };
    let mut used: FxHashMap<String, Vec<(FileId, Span)>> = FxHashMap::default();
    for one in &flow.body.key_uses {
        used.entry(one.key.value.to_lowercase())
            .or_default()
            .push((file, one.key.span));
    }
    let mut lenses = Vec::new();
    for connection in &flow.summary.connections {
        let places = used.remove(&connection.key.value.to_lowercase()).unwrap_or_default();
        // That nothing uses a key is a finding, and needs no second voice.
        if !places.is_empty() {
            let title = format!("used by {}", counted(places.len(), "step"));
            lenses.push(Lens {
                span: connection.key.span,
                title,
                places,
            });
        }
    }
    let callers = calls::incoming(project, file);
    if let Some(trigger) = flow.body.triggers.first().filter(|_| !callers.is_empty()) {
        let places = callers
            .iter()
            .flat_map(|call| call.places.iter().map(|span| (call.item.file, *span)));
        lenses.push(Lens {
            span: trigger.name.span,
            title: format!("called by {}", counted(callers.len(), "flow")),
            places: places.collect(),
        });
    }
    lenses
}

/// Uses of the things of one solution, by name in lower case.
#[derive(Default)]
struct Uses {
    by_name: FxHashMap<String, Vec<(FileId, Span)>>,
    /// How many of each are in flows; those come first.
    flows: FxHashMap<String, usize>,
    /// Whether no use can be hidden in a flow that could not be read.
    complete: bool,
}

impl Uses {
    fn add(&mut self, name: &str, place: (FileId, Span)) {
        self.by_name.entry(name.to_lowercase()).or_default().push(place);
    }

    fn lens(&mut self, span: Span, name: &str) -> Option<Lens> {
        let name = name.to_lowercase();
        let places = self.by_name.remove(&name).unwrap_or_default();
        let flows = self.flows.get(&name).copied().unwrap_or_default();
        let mut others: Vec<FileId> = places.iter().skip(flows).map(|(file, _)| *file).collect();
        let mut users: Vec<FileId> = places.iter().take(flows).map(|(file, _)| *file).collect();
        others.dedup();
        users.dedup();
        let mut title = match users.len() {
            0 if !self.complete => return None,
            0 => "used by no flow".to_owned(),
            count => format!("used by {}", counted(count, "flow")),
        };
        if !others.is_empty() {
            title = format!("{title}, in {}", counted(others.len(), "settings file"));
        }
        Some(Lens { span, title, places })
    }
}

fn references(project: &Project, solution: SolutionId) -> Uses {
    let meant = |file, name: &str| lookup::reference_home(project, file, name) == Some(solution);
    uses(project, |file, facts, add| match facts {
        Facts::Flow(flow) => {
            for name in flow.connections.iter().filter_map(|c| c.logical_name.as_ref()) {
                if meant(file, &name.value) {
                    add(&name.value, name.span);
                }
            }
        }
        Facts::Settings(settings) => {
            for name in settings.references.iter().map(|entry| &entry.logical_name) {
                if meant(file, &name.value) {
                    add(&name.value, name.span);
                }
            }
        }
        _ => {}
    })
}

fn variables(project: &Project, solution: SolutionId) -> Uses {
    let meant = |file, name: &str| lookup::variable_home(project, file, name) == Some(solution);
    uses(project, |file, facts, add| match facts {
        Facts::Flow(flow) => {
            for name in flow.parameters.iter().filter_map(|p| p.schema_name.as_ref()) {
                if meant(file, &name.value) {
                    add(&name.value, name.span);
                }
            }
        }
        Facts::Settings(settings) => {
            for name in settings.variables.iter().map(|entry| &entry.schema_name) {
                if meant(file, &name.value) {
                    add(&name.value, name.span);
                }
            }
        }
        _ => {}
    })
}

/// Goes through flows, then settings, in the order of their paths.
fn uses(project: &Project, mut of_file: impl FnMut(FileId, &Facts, &mut dyn FnMut(&str, Span))) -> Uses {
    let workspace = project.workspace();
    let mut uses = Uses {
        complete: true,
        ..Uses::default()
    };
    let mut flows: Vec<FileId> = workspace
        .files()
        .filter(|(_, file)| file.facts.flow().is_some())
        .map(|(id, _)| id)
        .collect();
    flows.sort_by(|a, b| workspace.file(*a).path.cmp(&workspace.file(*b).path));
    for id in &flows {
        let facts = &workspace.file(*id).facts;
        uses.complete &= facts.flow().is_some_and(|flow| flow.complete);
        of_file(*id, facts, &mut |name, span| uses.add(name, (*id, span)));
    }
    uses.flows = uses
        .by_name
        .iter()
        .map(|(name, places)| (name.clone(), places.len()))
        .collect();
    for id in workspace.settings() {
        of_file(*id, &workspace.file(*id).facts, &mut |name, span| {
            uses.add(name, (*id, span))
        });
    }
    uses
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
