//! New actions and triggers.

use model::flow::{BlockId, FlowBody};
use model::same_name;

use crate::completion::CompletionKind;
use crate::completion::json::offers::Offers;
use crate::completion::json::order;
use crate::completion::json::place::Place;
use crate::completion::json::types::{ACTIONS_OF_FLOWS, TRIGGERS};

/// A new action in a block: each type with what it needs, under a name that is free, after the last.
pub fn new_action(body: &FlowBody, block: BlockId, place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    if !place.wants_value() {
        return;
    }
    let after = order::after_the_last(body, block, place).replace('\n', "\n\t");
    let top = body.block(block).owner.is_none();
    let typed = place.typed().trim();
    for one in ACTIONS_OF_FLOWS {
        // Variables are declared on the flow's own level only.
        if one.name == "InitializeVariable" && !top {
            continue;
        }
        let begun = one
            .title
            .get(..typed.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(typed));
        let name = if typed.is_empty() || begun {
            one.title.to_owned()
        } else {
            typed.replace(' ', "_")
        };
        let name = free_name(body, &name.replace(['|', '‹', '›'], ""), place);
        let template = format!(
            "{{\n\t\"type\": \"{}\",\n\t{},\n\t\"runAfter\": {after}\n}}",
            one.name,
            one.template.replace('\n', "\n\t")
        );
        let offer = offers.named_member(one.title, &name, CompletionKind::Skeleton, &template, true);
        offer.detail = Some(format!("{}: {}", one.name, one.about));
        if !typed.is_empty() && !begun {
            // The name is what was typed, so each type fits it.
            offer.filter = Some(place.token.slice(place.text).to_owned());
        } else if let Some(filter) = &mut offer.filter {
            filter.push(' ');
            filter.push_str(one.name);
        } else {
            offer.filter = Some(format!("{} {}", one.title, one.name));
        }
    }
}

/// A name that no action of the flow has.
fn free_name(body: &FlowBody, wanted: &str, place: &Place<'_>) -> String {
    let taken = |name: &str| {
        let mut names = body.actions.iter().map(|action| &action.name);
        names.any(|known| known.span.start != place.token.start + 1 && same_name(&known.value, name))
    };
    if !taken(wanted) {
        return wanted.to_owned();
    }
    let numbered = (2..).map(|number| format!("{wanted}_{number}"));
    numbered.into_iter().find(|name| !taken(name)).unwrap_or_default()
}

/// A new trigger, where there is none.
pub fn new_trigger(place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    if !place.wants_value() {
        return;
    }
    for one in TRIGGERS {
        let name = match one.name {
            "Request" => "manual",
            "Recurrence" => "Recurrence",
            _ => "When_something_happens",
        };
        let template = format!(
            "{{\n\t\"type\": \"{}\",\n\t{}\n}}",
            one.name,
            one.template.replace('\n', "\n\t")
        );
        let offer = offers.named_member(one.name, name, CompletionKind::Skeleton, &template, true);
        offer.detail = Some(one.about.to_owned());
    }
}
