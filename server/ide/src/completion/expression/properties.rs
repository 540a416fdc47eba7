//! Properties of values: those that their types have, and those that are read of the same value elsewhere in the flow.

use expr::types::{Property, Type};
use expr::{Base, NodeKind};
use model::flow::Owner;
use rustc_hash::FxHashMap;

use super::accesses::{Access, ITEM};
use super::{At, Frame, doubled, sort};
use crate::completion::{Completion, CompletionKind, Documentation};
use crate::hover;

/// So many steps are offered at once, as in `body/value`.
const MOST_STEPS: usize = 4;

impl At<'_> {
    /// The properties of a value. `written` is what stands in the quotes before the cursor: `None` where no quotes do.
    pub(super) fn properties(&self, of: Base, written: Option<&str>, frame: Frame<'_>) -> Vec<Completion> {
        let source = of.span.slice(&self.string.text);
        let mut found = Found {
            at: self,
            frame,
            items: Vec::new(),
            places: FxHashMap::default(),
        };
        found.typed(&self.type_of(source), "", written.unwrap_or_default());
        found.read_elsewhere(source);
        found.items
    }
}

struct Found<'s, 'a> {
    at: &'s At<'a>,
    frame: Frame<'s>,
    items: Vec<Completion>,
    /// Where the item of a name is, by the name in lower case.
    places: FxHashMap<String, usize>,
}

impl Found<'_, '_> {
    /// The properties of a type, each with `path` before its name.
    fn typed(&mut self, of: &Type, path: &str, written: &str) {
        // A claim may be about several, and each of several may be a claim.
        for one in of.declared().members() {
            let Some(object) = one.declared().as_object() else {
                continue;
            };
            for property in object.properties() {
                let name = format!("{path}{}", property.name);
                // `body/value` reads `value` of `body`.
                let inner = format!("{name}/");
                let begun = written
                    .get(..inner.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(&inner));
                self.property(name, property);
                let whole = path.is_empty() && property.name.eq_ignore_ascii_case("body");
                if (whole || begun) && inner.split('/').count() <= MOST_STEPS {
                    self.typed(&property.value, &inner, written);
                }
            }
        }
    }

    fn property(&mut self, name: String, property: &Property) {
        let rank = self.items.len();
        let Some(item) = self.item(&name, 'a', rank) else {
            return;
        };
        let kind = match &property.value {
            Type::Any => None,
            known if property.required => Some(known.to_string()),
            known => Some(known.clone().or_null().to_string()),
        };
        let title = property.title.as_deref().filter(|title| *title != &*property.name);
        item.detail = match (kind, title) {
            (Some(kind), Some(title)) => Some(format!("{kind} · {title}")),
            (Some(one), None) => Some(one),
            (None, title) => title.map(str::to_owned),
        };
        let description = property.description.as_deref();
        item.documentation = description.map(|text| Documentation::Markdown(hover::plain(text)));
    }

    /// What other expressions read of the same value.
    fn read_elsewhere(&mut self, source: &str) {
        let at = self.at;
        let template = expr::parse(&format!("@{source}"));
        let base = template.roots().first().and_then(|root| Access::of(&template, *root));
        let Some(base) = base else { return };
        // The current item is another one in every action and loop.
        let own_only = base.call.starts_with("item(") || base.call.starts_with("action(");
        let mut counts: FxHashMap<String, usize> = FxHashMap::default();
        for site in &at.flow.body.strings {
            if site.node == at.string.node() || own_only && !self.is_beside(site.owner) {
                continue;
            }
            let template = &site.info.template;
            for (id, node) in template.nodes() {
                if !matches!(node.kind, NodeKind::Dot { .. } | NodeKind::Index { .. }) {
                    continue;
                }
                // The longest access says what the shorter ones inside of it say.
                let goes_on = template
                    .parent(id)
                    .is_some_and(|parent| match &template.node(parent).kind {
                        NodeKind::Dot { base, .. } | NodeKind::Index { base, .. } => *base == id,
                        _ => false,
                    });
                if goes_on {
                    continue;
                }
                let Some(access) = Access::of(template, id) else {
                    continue;
                };
                for name in names_behind(access.behind(&base).unwrap_or_default()) {
                    *counts.entry(name).or_default() += 1;
                }
            }
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        for (rank, (name, _)) in counts.into_iter().enumerate() {
            if let Some(item) = self.item(&name, 'b', rank) {
                item.detail = Some("read elsewhere in this flow".to_owned());
            }
        }
    }

    /// Whether the current item of something is the current item at the cursor.
    fn is_beside(&self, owner: Owner) -> bool {
        owner == self.at.string.owner
    }

    /// An item for a name; `None` where there is one.
    fn item(&mut self, name: &str, group: char, rank: usize) -> Option<&mut Completion> {
        let place = self.places.entry(name.to_lowercase()).or_insert(usize::MAX);
        if *place != usize::MAX {
            return None;
        }
        *place = self.items.len();
        let mut item = self
            .at
            .offer(name, CompletionKind::Property, &doubled(name), self.frame);
        item.sort = sort(group, rank);
        // What is replaced may begin with a sign that no name has.
        let sign = self.frame.before.starts_with('?') && !self.frame.span.is_empty();
        item.filter = sign.then(|| format!("{}{name}", self.frame.before));
        self.items.push(item);
        self.items.last_mut()
    }
}

/// Each beginning of the steps up to the first item of a list, joined as one text can name them.
fn names_behind(steps: &[&str]) -> Vec<String> {
    let names = steps
        .iter()
        .take(MOST_STEPS)
        .take_while(|step| **step != ITEM && !step.is_empty());
    let mut all = Vec::new();
    let mut path = String::new();
    for name in names {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(name);
        all.push(path.clone());
    }
    all
}
