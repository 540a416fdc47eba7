//! Names for new actions.

use model::flow::FlowView;
use model::same_name;

/// Longest name of an action that the service takes, in characters.
const LONGEST: usize = 80;
/// Characters that the designer refuses in names of actions.
const FORBIDDEN: [char; 9] = [':', '#', '<', '>', '%', '&', '\\', '?', '/'];

/// `wanted` as the name of a new action: cut to what the service takes, and with a number where a step has that name.
/// `None` where no such name can be found.
pub(crate) fn free_name(flow: &FlowView<'_>, wanted: &str) -> Option<String> {
    let steps = || {
        let actions = flow.body.actions.iter().map(|action| &action.name.value);
        actions.chain(flow.body.triggers.iter().map(|trigger| &trigger.name.value))
    };
    let taken = |name: &str| steps().any(|own| same_name(own, name));
    // Room for a number behind it.
    let name: String = wanted.chars().take(LONGEST - 5).collect();
    let name = crate::naming::free_name(name.trim_end().to_owned(), taken);
    (!name.is_empty() && name.chars().count() <= LONGEST && !taken(&name)).then_some(name)
}

/// The words as the name of a new action, without what names cannot hold.
pub(crate) fn free_name_of(flow: &FlowView<'_>, words: &str) -> Option<String> {
    let plain = |c: char| {
        if FORBIDDEN.contains(&c) || c.is_control() || c == '@' {
            ' '
        } else {
            c
        }
    };
    let words: String = words.chars().map(plain).collect();
    let words: Vec<&str> = words.split_whitespace().collect();
    free_name(flow, &words.join("_"))
}
