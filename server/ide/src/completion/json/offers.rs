//! Offers as they are written at a place of a JSON document: quotes, colons and commas where they lack, and only there.

use syntax::TextEdit;
use syntax::json::quote;

use super::place::{Place, Slot};
use crate::completion::{Completion, CompletionKind, Completions, Inside, Next, Part, Snippet};

/// Gathers the offers of one place, in the order they are shown.
pub struct Offers<'p, 'a> {
    place: &'p Place<'a>,
    found: Vec<Completion>,
    rank: u8,
}

impl<'p, 'a> Offers<'p, 'a> {
    pub fn new(place: &'p Place<'a>) -> Self {
        Self {
            place,
            found: Vec::new(),
            rank: 0,
        }
    }

    pub fn finish(self) -> Completions {
        Completions {
            items: self.found,
            is_incomplete: false,
        }
    }

    /// What is offered from here on stands behind all of lower rank.
    pub fn rank(&mut self, rank: u8) {
        self.rank = rank;
    }

    /// A text as value or item.
    pub fn text(&mut self, text: &str, kind: CompletionKind) -> &mut Completion {
        self.named_text(text, text, kind)
    }

    /// A text as value or item that people know by another name.
    pub fn named_text(&mut self, label: &str, text: &str, kind: CompletionKind) -> &mut Completion {
        let new_text = format!("{}{}", quote(text), self.place.comma());
        let mut filter = self.filter(label);
        if label != text {
            // Whoever has the text already written finds it by that too.
            filter = Some(format!("{} {text}", filter.unwrap_or_else(|| label.to_owned())));
        }
        self.push(label, kind, new_text, filter)
    }

    /// Texts as values or items.
    pub fn texts(&mut self, texts: &[&str], kind: CompletionKind) {
        for text in texts {
            if !(matches!(self.place.slot, Slot::Item) && self.place.has_item(text)) {
                self.text(text, kind);
            }
        }
    }

    /// A value that is no plain text, in the notation of [`parts`].
    pub fn value(&mut self, label: &str, kind: CompletionKind, template: &str) -> &mut Completion {
        let filter = self.filter(label);
        let written = format!("{}{}", self.place.laid_out(template), self.place.comma());
        self.push_template(label, kind, &written, filter)
    }

    /// A member, with its value in the notation of [`parts`] where one is wanted.
    pub fn member(&mut self, name: &str, kind: CompletionKind, template: &str) -> &mut Completion {
        self.named_member(name, name, kind, template, false)
    }

    /// A member whose name is another than the label, or is to be filled in as well. A template without a gap leaves
    /// nothing to fill in.
    pub fn named_member(
        &mut self,
        label: &str,
        name: &str,
        kind: CompletionKind,
        template: &str,
        open: bool,
    ) -> &mut Completion {
        let filter = self.filter(label);
        if !self.place.wants_value() {
            return self.push(label, kind, quote(name), filter);
        }
        let key = quote(name);
        let key = if open {
            format!("\"‹{}›\"", key.trim_matches('"'))
        } else {
            key
        };
        let written = self.place.laid_out(&format!("{key}: {template}"));
        let written = format!("{written}{}", self.place.comma());
        self.push_template(label, kind, &written, filter)
    }

    fn filter(&self, label: &str) -> Option<String> {
        self.place.is_quoted().then(|| format!("\"{label}\""))
    }

    fn push_template(
        &mut self,
        label: &str,
        kind: CompletionKind,
        template: &str,
        filter: Option<String>,
    ) -> &mut Completion {
        let parts = parts(template);
        let plain: String = parts.iter().map(plain).collect();
        let gaps = parts.iter().any(|part| !matches!(part, Part::Text(_)));
        let completion = self.push(label, kind, plain, filter);
        if gaps {
            completion.snippet = Some(Snippet(parts));
        }
        completion
    }

    fn push(&mut self, label: &str, kind: CompletionKind, new_text: String, filter: Option<String>) -> &mut Completion {
        let edit = TextEdit::new(self.place.token, new_text);
        let mut completion = Completion::new(label, kind, edit, Inside::File);
        completion.sort = format!("{}{:04}", self.rank, self.found.len());
        completion.filter = filter;
        completion.also.extend(self.place.comma_before());
        let at = self.found.len();
        self.found.push(completion);
        &mut self.found[at]
    }
}

/// Has the editor ask again once the offer is written, because what goes into its gap is on offer too.
pub fn asks_again(completion: &mut Completion) {
    completion.next = Some(Next::Completion);
}

/// The parts of a template: `‹text›` is a gap with a text in it, `‹a|b›` a choice.
pub fn parts(template: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((text, after)) = rest.split_once('‹') {
        let (gap, next) = after.split_once('›').unwrap_or((after, ""));
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
        parts.push(match gap.split_once('|') {
            Some(_) => Part::Choice(gap.split('|').map(str::to_owned).collect()),
            None => Part::Gap(gap.to_owned()),
        });
        rest = next;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    parts
}

fn plain(part: &Part) -> &str {
    match part {
        Part::Text(text) | Part::Gap(text) => text,
        Part::Choice(choices) => choices.first().map_or("", String::as_str),
        Part::End => "",
    }
}
