//! A value that is no secret, into a variable, a parameter or an environment variable.

use analysis::literals::{Constant, Literal, literals};
use analysis::order::Order;
use analysis::secrets::{promises_secret, scan};
use model::flow::{ActionId, FlowView, Owner, Parameter};
use model::variables::VariableDefinition;
use model::{FileId, SolutionId, Workspace, same_name};
use syntax::{Span, TextEdit};

use super::{add_parameter, address, title_of, variable_parameter};
use crate::actions::{Place, free_name_of};
use crate::components::{NUMBER, NewVariable, TEXT, add_variable};
use crate::layout::{Json, object};
use crate::literals::{Replacement, replace};
use crate::{FileEdit, WorkspaceEdit, naming};

/// Longest value that an environment variable takes, in characters.
const LONGEST_VALUE: usize = 2000;

/// A value of a flow, and every place where the flow writes it out.
#[derive(Debug)]
pub struct Repeated<'f> {
    file: FileId,
    flow: &'f FlowView<'f>,
    /// The literals it stands in, each with the part of it that is the value.
    places: Vec<(Literal, Option<Span>)>,
    value: Constant,
    title: String,
    /// What it was asked for in.
    owner: Owner,
}

/// A value that got a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extracted {
    /// Its name.
    pub name: String,
    /// In how many places the name stands now.
    pub places: usize,
    /// The change.
    pub edit: WorkspaceEdit,
}

impl<'f> Repeated<'f> {
    /// The whole value that holds `at`: a string of its own, a number, or a literal of an expression.
    #[must_use]
    pub fn value_at(file: FileId, flow: &'f FlowView<'f>, at: Span) -> Option<Self> {
        if !flow.summary.complete {
            return None;
        }
        let all = literals(flow);
        let own = all
            .iter()
            .find(|literal| !literal.is_text_between() && holds(literal.span, at))?;
        let (value, title, owner) = (own.value.clone(), title_of(flow, own), own.owner);
        let is_short = matches!(&value, Constant::Text(text) if text.trim().is_empty());
        if is_short || is_secret(&value) {
            return None;
        }
        let same = all
            .into_iter()
            .filter(|other| other.value == value && !other.is_text_between());
        Some(Self {
            file,
            flow,
            places: same.map(|literal| (literal, None)).collect(),
            value,
            title,
            owner,
        })
    }

    /// The site or host of the address that holds `at`, where something comes behind it.
    #[must_use]
    pub fn address_at(file: FileId, flow: &'f FlowView<'f>, at: Span) -> Option<Self> {
        if !flow.summary.complete {
            return None;
        }
        let all = literals(flow);
        let own = all.iter().find(|literal| holds(literal.span, at))?;
        let Constant::Text(text) = &own.value else { return None };
        let offset = own.offset(flow, at.start)?;
        let part = address::part_at(text, offset, own.goes_on(flow))?
            .slice(text)
            .to_owned();
        if *text == part && !own.is_text_between() || is_secret(&own.value) {
            return None;
        }
        let (title, owner) = (naming::capital(&address::title(&part)), own.owner);
        let mut places = Vec::new();
        for literal in all {
            let Constant::Text(text) = &literal.value else { continue };
            let open = literal.goes_on(flow);
            for (at, span) in address::places_of(text, &part, open).into_iter().enumerate() {
                // The parts of a literal of an expression are put together again, once.
                if at == 0 || !literal.is_in_expression() {
                    places.push((literal.clone(), Some(span)));
                }
            }
        }
        Some(Self {
            file,
            flow,
            places,
            value: Constant::Text(part),
            title,
            owner,
        })
    }

    /// A value whose places are known already. `None` where it is a secret, which goes into no plain variable.
    pub(super) fn known(
        file: FileId,
        flow: &'f FlowView<'f>,
        value: String,
        title: String,
        places: Vec<(Literal, Option<Span>)>,
    ) -> Option<Self> {
        let owner = places.first()?.0.owner;
        let value = Constant::Text(value);
        (!is_secret(&value)).then_some(Self {
            file,
            flow,
            places,
            value,
            title,
            owner,
        })
    }

    /// The value, for people.
    #[must_use]
    pub fn shown(&self) -> &str {
        match &self.value {
            Constant::Text(text) | Constant::Integer(text) | Constant::Float(text) => text,
        }
    }

    /// Puts the value into a variable, declared before the first action that reads it. Triggers cannot read variables.
    #[must_use]
    pub fn to_variable(&self, order: &Order) -> Option<Extracted> {
        let is_own = |owner: Owner| matches!(owner, Owner::Action(_));
        if !is_own(self.owner) {
            return None;
        }
        let places: Vec<_> = self
            .places
            .iter()
            .filter(|(literal, _)| is_own(literal.owner))
            .collect();
        let uses = self.actions(&places);
        // A variable for the value of a variable says nothing new.
        if let [(literal, None)] = places.as_slice()
            && literal.is_whole()
            && uses
                .iter()
                .all(|id| self.flow.body.action(*id).is("InitializeVariable"))
        {
            return None;
        }
        let taken = |name: &str| {
            self.flow
                .body
                .variables
                .iter()
                .any(|own| same_name(&own.name.value, name))
        };
        // A step called `Get token` would give a plain value the name of a secret.
        let title = Some(self.title.clone()).filter(|title| promises_secret(title).is_none());
        let name = naming::free_name(title.unwrap_or_else(|| "Value".to_owned()), taken);
        let kind = match self.value {
            Constant::Text(_) => "string",
            Constant::Integer(_) => "integer",
            Constant::Float(_) => "float",
        };
        let variable = object([
            ("name", Json::text(&name)),
            ("type", Json::text(kind)),
            ("value", self.json()),
        ]);
        let members = vec![
            ("type".to_owned(), Json::text("InitializeVariable")),
            ("inputs".to_owned(), object([("variables", Json::List(vec![variable]))])),
        ];
        let action = free_name_of(self.flow, &format!("Initialize {name}"))?;
        let mut edits = Place::at_top(self.flow, order, &uses)?.add(&action, members)?;
        edits.extend(self.replaced(&places, &format!("variables({})", expr::quote(&name)))?);
        Some(self.extracted(name, places.len(), edits))
    }

    /// Puts the value into a parameter of the flow.
    #[must_use]
    pub fn to_parameter(&self) -> Option<Extracted> {
        if self.looks_evaluated() {
            return None;
        }
        let name = naming::free_name(self.title.clone(), |name| self.has_parameter(name));
        let parameter = object([
            ("defaultValue", self.json()),
            ("type", Json::text(self.parameter_kind())),
        ]);
        self.with_parameter(name, parameter)
    }

    /// Puts the value into an environment variable of the flow's solution: the one that has it by default, else a new one, for
    /// which settings get an entry each.
    #[must_use]
    pub fn to_environment_variable(&self, workspace: &Workspace) -> Option<Extracted> {
        let solution = workspace.get(self.file)?.solution?;
        let shown = self.shown();
        if let Constant::Text(value) = &self.value
            && let Some(known) = with_value(workspace, solution, value)
        {
            let name = &known.schema_name.value;
            return self.read_from(name, known.display_name.as_deref().unwrap_or(name));
        }
        if shown.chars().count() > LONGEST_VALUE || shown.contains(char::is_control) || shown.trim() != shown {
            return None;
        }
        let kind = match self.value {
            Constant::Text(_) => TEXT,
            _ => NUMBER,
        };
        let new = NewVariable::named_for(workspace, solution, &self.title, kind, Some(shown.to_owned()))?;
        let name = format!("{} ({})", new.display_name, new.schema_name);
        if self.has_parameter(&name) {
            return None;
        }
        let mut extracted = self.with_parameter(name, self.parameter_of(&new.schema_name))?;
        extracted.edit.extend(add_variable(workspace, solution, &new)?);
        extracted.name = new.schema_name;
        Some(extracted)
    }

    /// Reads the value from an environment variable that has it already.
    fn read_from(&self, schema_name: &str, title: &str) -> Option<Extracted> {
        let is_it = |own: &&Parameter| {
            let own = own.schema_name.as_ref();
            own.is_some_and(|own| same_name(&own.value, schema_name))
        };
        if let Some(known) = self.flow.summary.parameters.iter().find(is_it) {
            let places: Vec<_> = self.places.iter().collect();
            let edits = self.replaced(&places, &format!("parameters({})", expr::quote(&known.name.value)))?;
            return Some(self.extracted(schema_name.to_owned(), places.len(), edits));
        }
        let name = format!("{title} ({schema_name})");
        if self.has_parameter(&name) {
            return None;
        }
        self.with_parameter(name, self.parameter_of(schema_name))
    }

    /// The parameter that stands for the environment variable of this name.
    fn parameter_of(&self, schema_name: &str) -> Json {
        let value = (!self.looks_evaluated()).then(|| self.json());
        variable_parameter(schema_name, self.parameter_kind(), value)
    }

    /// Nobody says what a default means that looks like an expression.
    fn looks_evaluated(&self) -> bool {
        self.shown().starts_with('@') || self.shown().contains("@{")
    }

    fn with_parameter(&self, name: String, parameter: Json) -> Option<Extracted> {
        let places: Vec<_> = self.places.iter().collect();
        let mut edits = vec![add_parameter(self.flow, &name, parameter)?];
        edits.extend(self.replaced(&places, &format!("parameters({})", expr::quote(&name)))?);
        Some(self.extracted(name, places.len(), edits))
    }

    fn extracted(&self, name: String, places: usize, edits: Vec<TextEdit>) -> Extracted {
        let edit = WorkspaceEdit {
            files: vec![FileEdit { file: self.file, edits }],
            ..WorkspaceEdit::default()
        };
        Extracted { name, places, edit }
    }

    fn replaced(&self, places: &[&(Literal, Option<Span>)], expression: &str) -> Option<Vec<TextEdit>> {
        let one = |(literal, part): &&'_ (Literal, Option<Span>)| (literal.clone(), *part);
        let owned: Vec<(Literal, Option<Span>)> = places.iter().map(one).collect();
        let all: Vec<Replacement<'_>> = owned
            .iter()
            .map(|(literal, part)| Replacement { literal, part: *part })
            .collect();
        replace(self.flow, &all, expression)
    }

    fn actions(&self, places: &[&(Literal, Option<Span>)]) -> Vec<ActionId> {
        let of = |owner: Owner| match owner {
            Owner::Action(id) => Some(id),
            _ => None,
        };
        let mut all: Vec<ActionId> = places.iter().filter_map(|(literal, _)| of(literal.owner)).collect();
        all.dedup();
        all
    }

    fn has_parameter(&self, name: &str) -> bool {
        let mut parameters = self.flow.summary.parameters.iter();
        parameters.any(|own| same_name(&own.name.value, name))
    }

    fn parameter_kind(&self) -> &'static str {
        match self.value {
            Constant::Text(_) => "String",
            Constant::Integer(_) => "Int",
            Constant::Float(_) => "Float",
        }
    }

    /// The value in a place where the service looks for expressions.
    fn json(&self) -> Json {
        match &self.value {
            Constant::Text(text) => Json::text(&expr::escape_literal(text)),
            Constant::Integer(number) | Constant::Float(number) => Json::Raw(number.clone()),
        }
    }
}

/// The text variable of the solution that has this value by default; the first by name, so that all flows get the same.
fn with_value<'w>(workspace: &'w Workspace, solution: SolutionId, value: &str) -> Option<&'w VariableDefinition> {
    let files = &workspace.solution(solution).variables;
    let all = files
        .iter()
        .filter_map(|id| workspace.file(*id).facts.variable_definition());
    let fits = |own: &&VariableDefinition| {
        let default = own.default.as_ref();
        own.complete && own.kind == Some(TEXT) && default.is_some_and(|default| default.value == value)
    };
    all.filter(fits).min_by_key(|own| own.schema_name.value.to_lowercase())
}

/// Whether a literal holds the selection; its own quotes count.
fn holds(literal: Span, at: Span) -> bool {
    literal.start <= at.end && at.start <= literal.end && (at.is_empty() || literal.contains_span(at))
}

/// Secrets go into no plain variable.
fn is_secret(value: &Constant) -> bool {
    matches!(value, Constant::Text(text) if !scan(text).is_empty())
}
