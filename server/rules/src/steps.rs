//! Triggers and actions alike, for rules that do not tell them apart.

use model::Spanned;
use model::flow::Owner;
use syntax::json::Value;

use crate::context::FlowContext;

/// A trigger or an action.
pub(crate) struct Step<'a> {
    /// Its name in the file.
    pub name: &'a Spanned<String>,
    /// Names from the outermost container on, joined by `/`.
    pub path: String,
    /// Kind and name to begin a message with: "The action `Get it`".
    pub title: String,
    /// Its value.
    pub value: Value<'a>,
}

/// What a string or operation belongs to; `None` for the definition itself.
pub(crate) fn step<'a>(flow: &FlowContext<'a>, owner: Owner) -> Option<Step<'a>> {
    let (name, node, what) = match owner {
        Owner::Action(id) => {
            let action = flow.body.action(id);
            (&action.name, action.node, "action")
        }
        Owner::Trigger(index) => {
            let trigger = flow.body.triggers.get(index as usize)?;
            (&trigger.name, trigger.node, "trigger")
        }
        Owner::Definition => return None,
    };
    Some(Step {
        name,
        path: flow.body.owner_path(owner)?,
        title: format!("The {what} `{}`", name.value.replace('_', " ")),
        value: flow.value(node)?,
    })
}
