//! Changes of `runAfter`.

use analysis::order::{Order, Statuses};
use model::FileId;
use model::flow::{ActionId, FlowView};
use syntax::TextEdit;
use syntax::json::member_insertion;

use crate::WorkspaceEdit;
use crate::layout::{Json, Layout};

/// An entry of `runAfter`: a sibling, and how it must have ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) statuses: Statuses,
    /// The list as the file has it, where it is one of the file.
    raw: Option<String>,
}

impl Entry {
    /// An entry that waits for these statuses.
    pub(crate) fn new(name: impl Into<String>, statuses: Statuses) -> Self {
        Self {
            name: name.into(),
            statuses,
            raw: None,
        }
    }
}

/// The entries of an action; `None` where they cannot be read whole.
pub(crate) fn entries_of(flow: &FlowView<'_>, order: &Order, id: ActionId) -> Option<Vec<Entry>> {
    if !order.is_readable(id) {
        return None;
    }
    let list = flow.body.action(id).run_after.as_ref();
    let entries = list.into_iter().flat_map(|list| &list.entries);
    let mut all: Vec<Entry> = Vec::new();
    for ((sibling, _), entry) in order.waits_for(id).zip(entries) {
        let mut statuses = Statuses::NONE;
        for word in &entry.statuses {
            statuses = statuses.or(Statuses::of_word(&word.value)?);
        }
        let name = &flow.body.action(sibling).name.value;
        if statuses.is_empty() || all.iter().any(|known| known.name == *name) {
            return None;
        }
        all.push(Entry {
            name: name.clone(),
            statuses,
            raw: flow.text.get(entry.statuses_span.range()).map(str::to_owned),
        });
    }
    Some(all)
}

/// Adds an entry; of one that is there already, what both want is left. Says whether that is anything at all.
pub(crate) fn add(entries: &mut Vec<Entry>, new: Entry) -> bool {
    match entries.iter_mut().find(|entry| entry.name == new.name) {
        Some(known) => {
            let both = known.statuses.and(new.statuses);
            if both != known.statuses {
                (known.statuses, known.raw) = (both, None);
            }
            !both.is_empty()
        }
        None => {
            entries.push(new);
            true
        }
    }
}

/// The edit that gives an action these entries and no others; `None` where it cannot be written.
pub(crate) fn set_entries(flow: &FlowView<'_>, id: ActionId, entries: &[Entry]) -> Option<TextEdit> {
    let action = flow.tree.value(flow.text, flow.body.action(id).node)?;
    let place = member_insertion(action);
    let style = Style::of(flow, id, place.colon);
    match action.member("runAfter").and_then(|member| member.value) {
        Some(list) => {
            // The value stands on the line of its name, whose indentation its further lines continue.
            let indent = syntax::text::line_indent(flow.text, list.span().start);
            Some(TextEdit::new(list.span(), style.write(entries, indent)))
        }
        None if action.is_object() => Some(place.member("runAfter", &style.write(entries, &place.indent))),
        None => None,
    }
}

/// How the entries of an action are laid out: as they are, else as those of the first action that has some.
pub(crate) struct Style {
    layout: Layout,
    list_on_one_line: bool,
    statuses_on_one_line: bool,
}

impl Style {
    pub(crate) fn of(flow: &FlowView<'_>, id: ActionId, colon: &'static str) -> Self {
        let layout = Layout::of(flow.text, colon);
        let own = flow.body.actions.get(id.0 as usize);
        let mut lists = own
            .into_iter()
            .chain(&flow.body.actions)
            .filter_map(|action| action.run_after.as_ref());
        let one_line = |span: syntax::Span| !flow.text.get(span.range()).unwrap_or("").contains(['\n', '\r']);
        let first = lists.find_map(|list| Some((list.span, list.entries.first()?.statuses_span)));
        Self {
            layout,
            list_on_one_line: first.is_some_and(|(list, _)| one_line(list)),
            statuses_on_one_line: first.is_some_and(|(_, statuses)| one_line(statuses)),
        }
    }

    /// The indentation of what stands one level inside of `indent`.
    pub(crate) fn inner(&self, indent: &str) -> String {
        self.layout.inner(indent)
    }

    /// Another value whose line begins with `indent`.
    pub(crate) fn json(&self, value: &Json, indent: &str) -> String {
        self.layout.write(value, indent)
    }

    /// A member of this name and value, both without the white space around them.
    pub(crate) fn member(&self, name: &str, value: &str) -> String {
        self.layout.member(name, value)
    }

    /// An object of members that are written already, each for its place; its line begins with `indent`.
    pub(crate) fn object(&self, members: Vec<String>, indent: &str) -> String {
        self.layout.block('{', members, '}', indent)
    }

    /// The value of a `runAfter` whose line begins with `indent`.
    pub(crate) fn write(&self, entries: &[Entry], indent: &str) -> String {
        let layout = match self.list_on_one_line {
            true => self.layout.clone().on_one_line(),
            false => self.layout.clone(),
        };
        let value = Json::Object(
            entries
                .iter()
                .map(|entry| (entry.name.clone(), self.statuses(entry)))
                .collect(),
        );
        layout.write(&value, indent)
    }

    fn statuses(&self, entry: &Entry) -> Json {
        if let Some(raw) = &entry.raw {
            return Json::Raw(raw.clone());
        }
        let list = Json::List(entry.statuses.names().map(Json::text).collect());
        match self.statuses_on_one_line {
            true => Json::Raw(self.layout.clone().on_one_line().write(&list, "")),
            false => list,
        }
    }
}

/// Lets an action run after a sibling that succeeded.
///
/// `None` where the action's `runAfter` cannot take another entry.
#[must_use]
pub fn wait_for(file: FileId, flow: &FlowView<'_>, own: ActionId, sibling: ActionId) -> Option<WorkspaceEdit> {
    let action = flow.tree.value(flow.text, flow.body.action(own).node)?;
    let entry = Entry::new(&flow.body.action(sibling).name.value, Statuses::SUCCEEDED);
    let edit = match action.get("runAfter").filter(|list| list.is_object()) {
        // The other entries stay as they are, to the byte.
        Some(list) => {
            let place = member_insertion(list);
            let style = Style::of(flow, own, place.colon);
            place.member(&entry.name, &style.layout.write(&style.statuses(&entry), &place.indent))
        }
        None => set_entries(flow, own, &[entry])?,
    };
    let mut all = WorkspaceEdit::default();
    all.push(file, edit);
    Some(all)
}
