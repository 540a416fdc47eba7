//! A secret that is written out, into an environment variable of type secret, whose value lies in a key vault.

use analysis::literals::{Constant, Literal, literals};
use analysis::order::Order;
use analysis::run_history::{RETRIEVE_SECRET, hidden};
use analysis::secrets::is_secret_name;
use model::flow::{ActionId, FlowView, Owner};
use model::variables::SECRET_TYPE;
use model::{FileId, SolutionId, Workspace, same_name};
use syntax::{Span, TextEdit, json};

use super::title_of;
use crate::actions::{Place, free_name_of, secure};
use crate::components::{NewVariable, add_variable};
use crate::connections::key_for;
use crate::layout::{Json, object};
use crate::literals::{Replacement, replace};
use crate::{Refusal, WorkspaceEdit, naming};

/// The connector whose action reads such variables.
const DATAVERSE: &str = "shared_commondataserviceforapps";
/// Shorter secrets are parts of other words.
const SHORT: usize = 8;
/// Types of actions whose inputs the run history can hide.
const HIDES_INPUTS: [&str; 17] = [
    "OpenApiConnection",
    "OpenApiConnectionWebhook",
    "ApiConnection",
    "ApiConnectionWebhook",
    "Http",
    "HttpWebhook",
    "Response",
    "Workflow",
    "InitializeVariable",
    "Compose",
    "ParseJson",
    "Query",
    "Select",
    "Table",
    "Join",
    "ApiManagement",
    "Function",
];

/// Where a secret stands in a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Secret {
    /// Its place in the file.
    pub span: Span,
    /// Whether the address around it is the secret, where that is written out whole.
    pub is_address: bool,
}

/// A secret with every place where the flow holds it.
struct Found {
    literals: Vec<Literal>,
    /// Indices of literals, each with the part that is the secret.
    places: Vec<(usize, Option<Span>)>,
    text: String,
    /// The literal that the question was about.
    own: usize,
}

impl Secret {
    /// Whether the flow lets the secret be read from somewhere else instead: not in triggers, which nothing runs before, nor
    /// in actions that would show it in the run history.
    #[must_use]
    pub fn can_leave(self, flow: &FlowView<'_>, order: &Order) -> bool {
        // Legacy packages have neither connection references nor variables.
        let legacy = flow.summary.connections.iter().any(|key| key.legacy);
        let found = self.find(flow).filter(|_| flow.summary.complete && !legacy);
        let uses = found.and_then(|found| found.uses(flow).ok());
        uses.is_some_and(|uses| Place::before(flow, order, &uses).is_some())
    }

    fn find(self, flow: &FlowView<'_>) -> Option<Found> {
        let literals = literals(flow);
        let own = literals
            .iter()
            .position(|literal| literal.span.contains_span(self.span))?;
        let literal = &literals[own];
        let Constant::Text(text) = &literal.value else {
            return None;
        };
        let is_address = self.is_address
            && !literal.is_text_between()
            && text.contains("://")
            && !text.contains(char::is_whitespace);
        let whole = is_address || literal.span == self.span;
        let text = if whole {
            text.clone()
        } else {
            let (from, to) = (
                literal.offset(flow, self.span.start)?,
                literal.offset(flow, self.span.end)?,
            );
            text.get(from as usize..to as usize)?.to_owned()
        };
        if text.is_empty() {
            return None;
        }
        let mut places = Vec::new();
        for (at, literal) in literals.iter().enumerate() {
            let Constant::Text(other) = &literal.value else {
                continue;
            };
            if *other == text {
                places.push((at, None));
            } else if at == own && !whole {
                let from = literal.offset(flow, self.span.start)?;
                places.push((at, Some(Span::new(from, from + u32::try_from(text.len()).ok()?))));
            } else if text.len() >= SHORT
                && let Some(from) = other.find(&text)
            {
                let (from, to) = (u32::try_from(from).ok()?, u32::try_from(from + text.len()).ok()?);
                places.push((at, Some(Span::new(from, to))));
            }
        }
        Some(Found {
            literals,
            places,
            text,
            own,
        })
    }
}

impl Found {
    /// The actions that use the secret.
    fn uses(&self, flow: &FlowView<'_>) -> Result<Vec<ActionId>, Refusal> {
        let mut uses = Vec::new();
        for (at, _) in &self.places {
            let Owner::Action(id) = self.literals[*at].owner else {
                return Refusal::new("A trigger holds the secret, and nothing runs before a trigger.");
            };
            let action = flow.body.action(id);
            if !HIDES_INPUTS.iter().any(|kind| action.is(kind)) {
                return Refusal::new(format!(
                    "The action `{}` would show the secret in the run history: it cannot hide its inputs.",
                    action.title()
                ));
            }
            if !uses.contains(&id) {
                uses.push(id);
            }
        }
        Ok(uses)
    }

    /// Whether a text still holds the secret.
    fn is_left_in(&self, text: &str) -> bool {
        self.text.len() >= SHORT && (text.contains(&self.text) || text.contains(&json::escape(&self.text)))
    }
}

/// Puts a secret into a new environment variable of type secret. An action before the first use reads it; its outputs and
/// the inputs of whoever uses it are hidden in the run history. The secret itself is in no file afterwards.
///
/// # Errors
/// The reason, where that cannot be done well.
pub fn extract_secret(
    workspace: &Workspace,
    file: FileId,
    flow: &FlowView<'_>,
    secret: Secret,
) -> Result<WorkspaceEdit, Refusal> {
    let Some(solution) = workspace.get(file).and_then(|file| file.solution) else {
        return Refusal::new("The flow belongs to no solution that could hold an environment variable.");
    };
    if !flow.summary.complete {
        return Refusal::new("The flow is not valid JSON at the moment. Mend it first.");
    }
    let Some(found) = secret.find(flow) else {
        return Refusal::new("The secret stands where no expression can give it.");
    };
    let uses = found.uses(flow)?;
    let new = variable(workspace, solution, flow, &found)?;
    let (key, mut edit) = key_for(workspace, solution, file, flow, DATAVERSE)?;
    let edits = in_flow(flow, &found, &uses, &new, &key);
    let Some(edits) = edits.filter(|edits| is_gone(flow, &found, edits)) else {
        return Refusal::new("The flow holds the secret in places that cannot be changed without a person.");
    };
    for change in edits {
        edit.push(file, change);
    }
    match add_variable(workspace, solution, &new) {
        Some(added) => edit.extend(added),
        None => return Refusal::new("The solution cannot take another environment variable."),
    }
    Ok(edit)
}

fn variable(
    workspace: &Workspace,
    solution: SolutionId,
    flow: &FlowView<'_>,
    found: &Found,
) -> Result<NewVariable, Refusal> {
    let literal = &found.literals[found.own];
    let mut title = super::purpose(flow, literal).unwrap_or_else(|| match literal.owner {
        Owner::Action(id) => flow.body.action(id).title(),
        _ => title_of(flow, literal),
    });
    let words: Vec<&str> = naming::words(&title).take(6).collect();
    title = naming::capital(&words.join(" "));
    if is_secret_name(&title).is_none() {
        title.push_str(" secret");
    }
    // A name that repeats the secret would keep it.
    let new = NewVariable::named_for(workspace, solution, &title, SECRET_TYPE, None);
    match new.filter(|new| !found.is_left_in(&new.schema_name) && !found.is_left_in(&new.display_name)) {
        Some(new) => Ok(new),
        None => Refusal::new("No name can be found for the variable: the solution names no prefix of its publisher."),
    }
}

fn in_flow(
    flow: &FlowView<'_>,
    found: &Found,
    uses: &[ActionId],
    new: &NewVariable,
    key: &str,
) -> Option<Vec<TextEdit>> {
    let order = Order::new(flow);
    let name = free_name_of(flow, &format!("Get {}", new.display_name))?;
    let mut edits = Place::before(flow, &order, uses)?.add(&name, reading(flow, &new.schema_name, key))?;
    let expression = format!(
        "outputs({})?['body/EnvironmentVariableSecretValue']",
        expr::quote(&name)
    );
    let places: Vec<Replacement<'_>> = found
        .places
        .iter()
        .map(|(at, part)| Replacement {
            literal: &found.literals[*at],
            part: *part,
        })
        .collect();
    edits.extend(replace(flow, &places, &expression)?);
    for id in uses {
        let node = flow.body.action(*id).node;
        if hidden(flow.tree.value(flow.text, node)?).inputs {
            continue;
        }
        let hides = secure(FileId(0), flow, node, &["inputs"])?;
        edits.extend(hides.files.into_iter().flat_map(|file| file.edits));
    }
    Some(edits)
}

/// The members of the action that reads a secret variable.
fn reading(flow: &FlowView<'_>, schema_name: &str, key: &str) -> Vec<(String, Json)> {
    let mut inputs = vec![
        (
            "host".to_owned(),
            object([
                ("connectionName", Json::text(key)),
                ("operationId", Json::text("PerformUnboundAction")),
                (
                    "apiId",
                    Json::text(&format!("/providers/Microsoft.PowerApps/apis/{DATAVERSE}")),
                ),
            ]),
        ),
        (
            "parameters".to_owned(),
            object([
                ("actionName", Json::text(RETRIEVE_SECRET)),
                ("item/EnvironmentVariableName", Json::text(schema_name)),
            ]),
        ),
    ];
    let mut parameters = flow.summary.parameters.iter();
    if parameters.any(|parameter| same_name(&parameter.name.value, "$authentication")) {
        inputs.push((
            "authentication".to_owned(),
            Json::text("@parameters('$authentication')"),
        ));
    }
    let hides = object([("properties", Json::List(vec![Json::text("outputs")]))]);
    vec![
        ("type".to_owned(), Json::text("OpenApiConnection")),
        ("inputs".to_owned(), Json::Object(inputs)),
        ("runtimeConfiguration".to_owned(), object([("secureData", hides)])),
    ]
}

/// Whether the flow does not hold the secret after these edits.
fn is_gone(flow: &FlowView<'_>, found: &Found, edits: &[TextEdit]) -> bool {
    let after = syntax::edit::apply(flow.text, edits);
    after.is_some_and(|after| !found.is_left_in(&after))
}
