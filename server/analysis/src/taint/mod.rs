//! Where data of a flow comes from and where it ends: taint, for everything that asks "can this reach that".
//!
//! Data begins with the trigger, with steps that read what somebody outside wrote, with secrets, language models, child
//! flows and, where data policies group connectors, with every connector. From there it is carried through expressions,
//! variables, Compose, Parse JSON, Select, Filter array, Join, loops and the results of scopes, told apart by the members
//! of objects, to every string of a step that it becomes part of. What makes it harmless on the way is kept in mind: to
//! double quotes, to encode for an address, to turn it into a number, to compare it with what is known.
//!
//! - `sources` says where data begins, `values` reads expressions and JSON with `functions` and `guards`, `solve` carries
//!   what they give through the flow, `uses` and `sinks` say what steps do with it, `trail` tells its way, `paths` and
//!   `across` follow it from flow to flow.
//!
//! Nothing is done for flows in which nothing begins. Members are told apart to a bounded depth, items of a list are not.
//! That a value decides which branch is taken is no way of it. A flow's variables are followed in the order in which its
//! actions run.

mod across;
mod functions;
mod guards;
mod marks;
mod paths;
mod sinks;
mod solve;
mod sources;
mod trail;
mod uses;
mod values;
mod variables;

use std::cell::OnceCell;

use model::flow::data_paths::{Danger, Dangers, Inject, PathStep, SourceKind, Trust};
use model::flow::{ActionId, FlowView, Owner};
use syntax::json::NodeId;
use syntax::{Span, TextEdit};

pub use self::across::{Chain, chains};
use self::sources::Sources;
pub use self::sources::{Label, Origin};
use self::trail::Trail;
pub use self::uses::Hit;
use self::values::{Reader, State};
use crate::order::Order;

/// The ways of data in one flow.
#[derive(Debug)]
pub struct FlowTaint {
    state: State,
    hits: Vec<Hit>,
    /// Whether connectors are beginnings.
    groups: bool,
    /// Actions that wait for somebody to decide.
    asked: OnceCell<Vec<ActionId>>,
}

/// Some data at a place: one beginning of it.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The beginning, by its index.
    pub label: usize,
    /// What gives it.
    pub origin: Origin,
    /// What it is.
    pub kind: SourceKind,
    /// What it can still do.
    pub dangers: Dangers,
}

/// The way of some data to a place.
#[derive(Clone, Debug)]
pub struct Way {
    /// The steps, from the beginning on.
    pub steps: Vec<PathStep>,
    /// The language it becomes part of at its end.
    pub inject: Option<Inject>,
    /// What makes it harmless there.
    pub mend: Vec<TextEdit>,
    /// The action it begins with, where the place reads that action itself.
    pub straight_from: Option<ActionId>,
}

impl FlowTaint {
    /// Follows the data of a flow; `None` where none begins that anybody asks about. `groups` tells that data policies count
    /// for the flow.
    pub fn new<'o>(view: FlowView<'_>, order: impl FnOnce() -> &'o Order, groups: bool) -> Option<Self> {
        let sources = Sources::find(&view, groups);
        if sources.is_empty() {
            return None;
        }
        let order = order();
        let (state, reached) = solve::solve(view, order, sources);
        let reader = Reader {
            view,
            order,
            state: &state,
        };
        let hits = uses::hits(&reader, &reached);
        Some(Self {
            state,
            hits,
            groups,
            asked: OnceCell::new(),
        })
    }

    /// Every place where a step is given data.
    #[must_use]
    pub fn hits(&self) -> &[Hit] {
        &self.hits
    }

    /// Who can write what comes in with the trigger; `None` where it is the organisation's own data.
    #[must_use]
    pub fn trust(&self) -> Option<Trust> {
        self.state.sources.borrow().entry.trust
    }

    /// The data at a place, by its beginnings; what child flows answer is not among it.
    #[must_use]
    pub fn arrivals(&self, hit: &Hit) -> Vec<Arrival> {
        let sources = self.state.sources.borrow();
        let of = |(at, label): (usize, &Label)| {
            let here = hit.marks.labels() & 1 << at != 0;
            let kind = match &label.origin {
                Origin::Trigger(_) => SourceKind::Outside(sources.entry.trust?),
                Origin::Answer(..) => return None,
                Origin::Action(_) | Origin::Connector(_) => label.kind.clone()?,
            };
            here.then(|| Arrival {
                label: at,
                origin: label.origin.clone(),
                kind,
                dangers: hit.marks.dangers(at),
            })
        };
        sources.labels.iter().enumerate().filter_map(of).collect()
    }

    /// Whether data does harm where it becomes part of a language. Without quotes around it, to double those in it is no help;
    /// within quotes in the query of an address, to encode it is none.
    #[must_use]
    pub fn harms(&self, view: FlowView<'_>, order: &Order, hit: &Hit, arrival: &Arrival) -> bool {
        let Some(inject) = hit.inject else { return false };
        if arrival.dangers.harm(inject) {
            return true;
        }
        let danger = match inject {
            Inject::Filter | Inject::Query => Danger::Address,
            // Whoever is asked decodes the address before it reads the filter in it.
            Inject::Address => Danger::Decoded,
            _ => return false,
        };
        if !arrival.dangers.has(danger) {
            return false;
        }
        let reader = Reader {
            view,
            order,
            state: &self.state,
        };
        let trail = reader.trail(hit, arrival.label, danger);
        trail.is_some_and(|trail| match inject {
            Inject::Address => reader.is_quoted(&trail) && reader.is_in_query(&trail),
            _ => !reader.is_quoted(&trail),
        })
    }

    /// The way of data to a place.
    #[must_use]
    pub fn way(&self, view: FlowView<'_>, order: &Order, hit: &Hit, label: usize) -> Way {
        let reader = Reader {
            view,
            order,
            state: &self.state,
        };
        let danger = telling(hit.inject, hit.marks.dangers(label));
        let Some(trail) = reader.trail(hit, label, danger) else {
            return Way {
                steps: Vec::new(),
                inject: hit.inject,
                mend: Vec::new(),
                straight_from: None,
            };
        };
        way(&reader, hit, label, &trail, danger)
    }

    /// Where the data stands in the file.
    #[must_use]
    pub fn span(&self, view: FlowView<'_>, hit: &Hit) -> Span {
        let site = &view.body.strings[hit.site];
        site.source_span(view.tree, view.text, site.info.template.node(hit.root).span)
    }

    /// The string in which the data stands.
    #[must_use]
    pub fn node(&self, view: FlowView<'_>, hit: &Hit) -> NodeId {
        view.body.strings[hit.site].node
    }

    /// Who sends what comes in with the trigger, for people.
    #[must_use]
    pub fn sender(&self, view: FlowView<'_>) -> &'static str {
        trail::sender(view.body, self.trust())
    }

    /// Whether a step changes or sends something.
    #[must_use]
    pub fn acts(&self, view: FlowView<'_>, id: ActionId) -> bool {
        uses::Step::of(&view, &self.state.steps, id).is_some_and(|step| uses::acts(&view, id, &step))
    }

    /// Whether data begins with a step.
    #[must_use]
    pub fn is_source(&self, id: ActionId) -> bool {
        self.state.sources.borrow().outputs.iter().any(|(own, _)| *own == id)
    }

    /// Whether a condition, or somebody who is asked, stands between a step and a later one.
    #[must_use]
    pub fn is_guarded(&self, view: FlowView<'_>, order: &Order, from: Option<ActionId>, to: ActionId) -> bool {
        let body = view.body;
        let around = |outer: ActionId| from.is_some_and(|from| body.ancestors(from).any(|own| own == outer));
        let mut branches = body
            .ancestors(to)
            .filter(|outer| body.action(*outer).is("If") || body.action(*outer).is("Switch"));
        if branches.any(|outer| !around(outer)) {
            return true;
        }
        let asked = self.asked.get_or_init(|| {
            let asking = view
                .body
                .operations
                .iter()
                .filter(|operation| uses::asks_people(operation));
            asking.filter_map(|operation| action_of(operation.owner)).collect()
        });
        asked
            .iter()
            .any(|asked| order.is_before(*asked, to) && from.is_none_or(|from| order.is_before(from, *asked)))
    }
}

fn action_of(owner: Owner) -> Option<ActionId> {
    match owner {
        Owner::Action(id) => Some(id),
        _ => None,
    }
}

/// The danger by which the way of data is told.
fn telling(inject: Option<Inject>, dangers: Dangers) -> Danger {
    if inject == Some(Inject::Address) && !dangers.has(Danger::Address) && dangers.has(Danger::Decoded) {
        return Danger::Decoded;
    }
    let danger = match inject {
        Some(Inject::Filter | Inject::Query | Inject::Command | Inject::Fetch) => Danger::Quotes,
        Some(Inject::Host | Inject::Address | Inject::Place) => Danger::Address,
        Some(Inject::Markup) => Danger::Markup,
        Some(Inject::Recipient) | None => Danger::Content,
    };
    if dangers.has(danger) { danger } else { Danger::Content }
}

fn way(reader: &Reader<'_>, hit: &Hit, label: usize, trail: &Trail, danger: Danger) -> Way {
    let inject = hit.inject.map(|inject| match danger {
        // An address that is encoded holds a filter that is not.
        Danger::Decoded => Inject::Filter,
        _ => reader.ends_in(trail, inject),
    });
    let mend = match inject.filter(|_| danger != Danger::Content) {
        Some(inject) => reader.mend(hit, trail, inject, danger),
        None => Vec::new(),
    };
    Way {
        steps: reader.steps(trail, label),
        inject,
        mend,
        straight_from: trail.straight_from(),
    }
}
