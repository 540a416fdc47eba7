//! An answer at the end of a block that gives none.

use analysis::order::{Order, Statuses};
use analysis::responses::untroubled;
use model::FileId;
use model::flow::{ActionId, BlockId, FlowView, Slot};
use model::same_name;
use syntax::json::{Value, member_insertion};

use super::order::{Entry, Style};
use crate::WorkspaceEdit;
use crate::layout::Json;
use crate::naming::free_name;

/// Adds an answer that comes when everything in a block has ended well: of the kind, status and schema of the flow's
/// first answer, and without values, which a person has to give.
///
/// `None` where the flow has no answer to follow, or the block's actions cannot be read.
#[must_use]
pub fn respond_at_end(file: FileId, flow: &FlowView<'_>, order: &Order, block: BlockId) -> Option<WorkspaceEdit> {
    let list = flow.tree.value(flow.text, flow.body.block(block).node)?;
    let answer = Answer::of(flow)?;
    let place = member_insertion(list);
    let runs = untroubled(flow, order, block);
    let is_last = |id: &&ActionId| {
        !runs
            .iter()
            .any(|other| order.waits_for(*other).any(|(before, _)| before == **id))
    };
    let waits: Vec<Entry> = runs
        .iter()
        .filter(is_last)
        .map(|id| Entry::new(&flow.body.action(*id).name.value, Statuses::SUCCEEDED))
        .collect();
    let style = Style::of(flow, answer.like, place.colon);
    let indent = style.inner(&place.indent);
    let action = answer.json(Json::Raw(style.write(&waits, &indent)));
    let mut edit = WorkspaceEdit::default();
    edit.push(file, place.member(&answer.name, &style.json(&action, &place.indent)));
    Some(edit)
}

/// Adds the branch that a condition (`else`) or switch (`default`) lacks, with an answer in it.
#[must_use]
pub fn respond_in_branch(file: FileId, flow: &FlowView<'_>, of: ActionId, slot: &Slot) -> Option<WorkspaceEdit> {
    let name = match slot {
        Slot::Else => "else",
        Slot::Default => "default",
        Slot::Actions | Slot::Case(_) => return None,
    };
    let value = flow.tree.value(flow.text, flow.body.action(of).node)?;
    let answer = Answer::of(flow)?;
    let place = member_insertion(value);
    let style = Style::of(flow, answer.like, place.colon);
    let action = answer.json(Json::Object(Vec::new()));
    let actions = Json::Object(vec![(answer.name.clone(), action)]);
    let mut edit = WorkspaceEdit::default();
    match value.get(name) {
        None => {
            let branch = Json::Object(vec![("actions".to_owned(), actions)]);
            edit.push(file, place.member(name, &style.json(&branch, &place.indent)));
        }
        Some(branch) if branch.is_object() && branch.get("actions").is_none() => {
            let place = member_insertion(branch);
            edit.push(file, place.member("actions", &style.json(&actions, &place.indent)));
        }
        Some(_) => return None,
    }
    Some(edit)
}

/// What an answer of the flow looks like.
struct Answer {
    like: ActionId,
    name: String,
    kind: Option<Json>,
    status: Json,
    schema: Option<Json>,
    body: Option<Json>,
}

impl Answer {
    fn of(flow: &FlowView<'_>) -> Option<Self> {
        let (like, first) = flow.body.actions().find(|(_, action)| action.is("Response"))?;
        let value = flow.tree.value(flow.text, first.node)?;
        let raw = |value: Value<'_>| Json::Raw(value.raw().to_owned());
        let schema = value.path(&["inputs", "schema"]).filter(Value::is_object);
        let names: Vec<String> = schema
            .and_then(|schema| schema.get("properties"))
            .into_iter()
            .flat_map(|properties| properties.members().collect::<Vec<_>>())
            .filter_map(|member| Some(member.key.as_str()?.into_owned()))
            .collect();
        let taken = |name: &str| flow.body.actions.iter().any(|own| same_name(&own.name.value, name));
        Some(Self {
            like,
            name: free_name("Respond".to_owned(), taken),
            kind: value.get("kind").filter(Value::is_string).map(raw),
            status: value
                .path(&["inputs", "statusCode"])
                .filter(|status| status.as_i64().is_some())
                .map_or_else(|| Json::Raw("200".to_owned()), raw),
            schema: schema.map(raw),
            body: (!names.is_empty()).then(|| {
                Json::Object(
                    names
                        .into_iter()
                        .map(|name| (name, Json::Raw("null".to_owned())))
                        .collect(),
                )
            }),
        })
    }

    fn json(&self, run_after: Json) -> Json {
        let mut inputs = vec![("statusCode".to_owned(), self.status.clone())];
        inputs.extend(self.body.clone().map(|body| ("body".to_owned(), body)));
        inputs.extend(self.schema.clone().map(|schema| ("schema".to_owned(), schema)));
        let mut members = vec![("type".to_owned(), Json::text("Response"))];
        members.extend(self.kind.clone().map(|kind| ("kind".to_owned(), kind)));
        members.push(("inputs".to_owned(), Json::Object(inputs)));
        members.push(("runAfter".to_owned(), run_after));
        Json::Object(members)
    }
}
