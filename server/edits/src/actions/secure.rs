//! Hiding a step's inputs or outputs in the history of runs.

use model::FileId;
use model::flow::FlowView;
use syntax::json::{Insertion, NodeId, Value, item_insertion, member_insertion, quote};
use syntax::{Span, TextEdit};

use crate::WorkspaceEdit;
use crate::layout::{Json, Layout};

/// Adds what is not there yet of `sides` (`inputs`, `outputs`) to `runtimeConfiguration.secureData.properties` of an
/// action or trigger. Expressions read what is hidden as before, so the flow does what it did.
///
/// `None` where nothing is to be added, or where a member on the way is no object or list.
#[must_use]
pub fn secure(file: FileId, flow: &FlowView<'_>, step: NodeId, sides: &[&str]) -> Option<WorkspaceEdit> {
    let step = flow.tree.value(flow.text, step).filter(Value::is_object)?;
    let list = |sides: &[&str]| Json::List(sides.iter().map(|side| Json::text(side)).collect());
    let object = |name: &str, value: Json| Json::Object(vec![(name.to_owned(), value)]);
    let add = |place: Insertion, name: &str, value: Json| {
        let layout = Layout::at(flow.text, &place);
        Some(place.member(name, &layout.write(&value, &place.indent)))
    };
    let edit = match step.get_ignore_case("runtimeConfiguration") {
        None => {
            let value = object("secureData", object("properties", list(sides)));
            add(member_insertion(step), "runtimeConfiguration", value)
        }
        Some(configuration) if configuration.is_object() => match configuration.get_ignore_case("secureData") {
            None => add(
                member_insertion(configuration),
                "secureData",
                object("properties", list(sides)),
            ),
            Some(secure) if secure.is_object() => match secure.get_ignore_case("properties") {
                None => add(member_insertion(secure), "properties", list(sides)),
                Some(properties) if properties.is_array() => items(properties, sides),
                Some(_) => None,
            },
            Some(_) => None,
        },
        Some(_) => None,
    }?;
    let mut change = WorkspaceEdit::default();
    change.push(file, edit);
    Some(change)
}

fn items(properties: Value<'_>, sides: &[&str]) -> Option<TextEdit> {
    let has = |side: &str| {
        let mut items = properties.items();
        items.any(|item| item.as_str().is_some_and(|own| own.eq_ignore_ascii_case(side)))
    };
    let missing: Vec<String> = sides.iter().filter(|side| !has(side)).map(|side| quote(side)).collect();
    if missing.is_empty() {
        return None;
    }
    let place = item_insertion(properties);
    let between = format!(",{}", place.prefix.trim_start_matches(','));
    let new = format!("{}{}{}", place.prefix, missing.join(&between), place.suffix);
    Some(TextEdit::new(Span::at(place.offset), new))
}
