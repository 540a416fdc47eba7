//! Values of one environment that a flow writes out, where each environment should give its own: addresses of sites and
//! databases, ids that a tenant or an environment gave, and people.
//!
//! - `hosts` knows addresses by their host, `ids` the parameters and paths that take an id, `people` mail addresses;
//! - only what an expression could give counts: notes, schemas, hosts of operations and remembered values of parameters are none
//!   of it.
//!
//! Every value is told once, with all places where the flow writes it out, so that who replaces it leaves none behind.

mod hosts;
mod ids;
mod people;

use std::sync::Arc;

use model::flow::{FlowView, Owner};
use rustc_hash::FxHashMap;
use syntax::Span;

use crate::literals::{Constant, Literal, Part, literals_of};
pub use people::is_address;

/// What a value names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A site of SharePoint, or all of a tenant's.
    Site,
    /// An environment of Dataverse, by its address.
    Dataverse,
    /// An environment of Dynamics 365 Finance and Operations, by its address.
    Finance,
    /// A site of Power Pages.
    Portal,
    /// An environment of Power Platform, by its address.
    EnvironmentAddress,
    /// What somebody made in Azure, by its host.
    Resource,
    /// An environment of Power Platform, by its id.
    Environment,
    /// A tenant.
    Tenant,
    /// An app registration.
    Application,
    /// A canvas app.
    App,
    /// A list of SharePoint.
    List,
    /// A view of a list.
    View,
    /// A group, or a team.
    Group,
    /// A channel or chat of Teams.
    Channel,
    /// A plan of Planner.
    Plan,
    /// A bucket of a plan.
    Bucket,
    /// A form.
    Form,
    /// A drive of files.
    Drive,
    /// A file, by its id.
    File,
    /// A folder of a mailbox, by its id.
    Folder,
    /// A workspace of Power BI or dataflows, or what lies in one.
    Workspace,
    /// A person or a mailbox.
    Person,
}

impl Kind {
    /// What it is, for people, with its article.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Site => "a SharePoint site",
            Self::Dataverse => "a Dataverse environment",
            Self::Finance => "a Finance and Operations environment",
            Self::Portal => "a Power Pages site",
            Self::EnvironmentAddress | Self::Environment => "an environment",
            Self::Resource => "a resource in Azure",
            Self::Tenant => "a tenant",
            Self::Application => "an app registration",
            Self::App => "a canvas app",
            Self::List => "a SharePoint list",
            Self::View => "a view of a list",
            Self::Group => "a team or group",
            Self::Channel => "a channel or chat",
            Self::Plan => "a plan",
            Self::Bucket => "a bucket of a plan",
            Self::Form => "a form",
            Self::Drive => "a drive",
            Self::File => "a file",
            Self::Folder => "a mail folder",
            Self::Workspace => "a workspace or what lies in one",
            Self::Person => "a person or mailbox",
        }
    }

    /// Whether the value is an id, which tells people nothing.
    #[must_use]
    pub fn is_id(self) -> bool {
        !matches!(
            self,
            Self::Site
                | Self::Dataverse
                | Self::Finance
                | Self::Portal
                | Self::EnvironmentAddress
                | Self::Resource
                | Self::Person
        )
    }

    /// What it lies in: where that is written out beside it, both change together.
    fn within(self) -> Option<Self> {
        match self {
            Self::List => Some(Self::Site),
            Self::View => Some(Self::List),
            Self::Channel | Self::Plan => Some(Self::Group),
            Self::Bucket => Some(Self::Plan),
            Self::File => Some(Self::Drive),
            _ => None,
        }
    }
}

/// How likely it is that a value must differ between environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Likelihood {
    /// It may.
    Low,
    /// Mostly.
    Medium,
    /// Always.
    High,
}

/// Where a value is written out.
#[derive(Clone, Debug)]
pub struct Place {
    /// The literal that it stands in.
    pub literal: Arc<Literal>,
    /// Which part of the literal's text it is; `None` for all.
    pub part: Option<Span>,
    /// Where it stands in the file.
    pub span: Span,
    /// How likely it must differ here.
    pub likelihood: Likelihood,
}

impl Place {
    /// What the value belongs to.
    #[must_use]
    pub fn owner(&self) -> Owner {
        self.literal.owner
    }
}

/// A value of one environment, with every place where the flow writes it out.
#[derive(Clone, Debug)]
pub struct Written {
    /// What it names.
    pub kind: Kind,
    /// The value.
    pub value: String,
    /// Its places, in the order of the file; never empty.
    pub places: Vec<Place>,
}

impl Written {
    /// How likely it must differ: as likely as in the place that says most.
    #[must_use]
    pub fn likelihood(&self) -> Likelihood {
        let all = self.places.iter().map(|place| place.likelihood);
        all.max().unwrap_or(Likelihood::Low)
    }
}

/// Whether a text of its own, such as the value of a variable, names a site, an environment or a person.
#[must_use]
pub fn names_environment(text: &str) -> bool {
    let of_tenant = |address: &hosts::Address| !matches!(address.kind, Kind::Resource | Kind::Tenant);
    hosts::addresses(text, false).iter().any(of_tenant)
        || !ids::in_addresses(text, "").is_empty()
        || !people::only_addresses(text).is_empty()
}

/// Every such value of a flow, in the order of the file.
#[must_use]
pub fn written(flow: &FlowView<'_>) -> Vec<Written> {
    let parameters = ids::parameters(flow);
    let may_hold = |raw: &str| raw.len() > 5 && (raw.contains('.') || raw.len() > 36 && raw.contains('-'));
    let literals = literals_of(flow, |value| {
        value.is_string() && (may_hold(value.raw()) || parameters.contains_key(&value.id()))
    });
    let mut all: Vec<Written> = Vec::new();
    let mut known: FxHashMap<(Kind, String), usize> = FxHashMap::default();
    for literal in literals.into_iter().map(Arc::new) {
        let Constant::Text(text) = &literal.value else { continue };
        let mut found = Vec::new();
        match parameters.get(&literal.node).filter(|_| literal.is_whole()) {
            Some((kind, likelihood)) => found.push((None, *kind, *likelihood)),
            None => in_text(flow, &literal, text, &mut found),
        }
        for (part, kind, likelihood) in found.into_iter().take(MAX_IN_ONE) {
            let whole = Span::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX));
            let part = part.filter(|part| *part != whole);
            let value = part.unwrap_or(whole).slice(text);
            let at = *known.entry((kind, value.to_owned())).or_insert(all.len());
            if at == all.len() {
                all.push(Written {
                    kind,
                    value: value.to_owned(),
                    places: Vec::new(),
                });
            }
            let places = &mut all[at].places;
            // A literal of an expression is put together again from its parts, once.
            let again = places.last().is_some_and(|last| Arc::ptr_eq(&last.literal, &literal));
            if !(again && literal.is_in_expression()) {
                places.push(Place {
                    part,
                    span: literal.span_of(flow, part.unwrap_or(whole)),
                    likelihood,
                    literal: Arc::clone(&literal),
                });
            }
        }
    }
    all
}

/// So many values of one text are told: more are a list of something.
const MAX_IN_ONE: usize = 100;

/// A value in a literal: its part, what it is, and how likely it must differ.
type Found = (Option<Span>, Kind, Likelihood);

fn in_text(flow: &FlowView<'_>, literal: &Literal, text: &str, found: &mut Vec<Found>) {
    let people = people::only_addresses(text);
    if let Some(first) = people.first() {
        let likelihood = if people.iter().all(|span| people::is_sender(span.slice(text))) {
            Likelihood::Low
        } else {
            Likelihood::Medium
        };
        if let Some(Part::Text(_)) = literal.part {
            let (starts, ends) = (literal.starts(), !literal.goes_on(flow));
            let free = |sign: Option<char>, edge: bool| {
                sign.map_or(edge, |sign| {
                    matches!(sign, ';' | ',' | ' ' | '\r' | '\n' | '<' | '>' | '|')
                })
            };
            for span in people {
                let (before, after) = (&text[..span.start as usize], &text[span.end as usize..]);
                if free(before.chars().next_back(), starts) && free(after.chars().next(), ends) {
                    found.push((Some(span), Kind::Person, likelihood));
                }
            }
        } else {
            // A list is one value: whoever decides about one of them decides about all.
            let is_list = people.len() > 1 || text.trim_end_matches([';', ',', ' ']) == first.slice(text);
            found.push(((!is_list).then_some(*first), Kind::Person, likelihood));
        }
        return;
    }
    let within = people::within(text).into_iter();
    found.extend(within.map(|span| (Some(span), Kind::Person, Likelihood::Medium)));
    let begins = text.len() - text.trim_start().len();
    for address in hosts::addresses(text, literal.goes_on(flow)) {
        let mut likelihood = stands(literal, text, begins, address.span);
        match address.kind {
            Kind::Tenant => likelihood = Likelihood::Low,
            Kind::Resource if hosts::names_environment(address.span.slice(text)) => {
                likelihood = likelihood.min(Likelihood::Medium);
            }
            Kind::Resource => likelihood = Likelihood::Low,
            _ => {}
        }
        found.push((Some(address.span), address.kind, likelihood));
    }
    if text.len() >= 36 {
        let ids = ids::in_addresses(text, &before(flow, literal));
        found.extend(
            ids.into_iter()
                .map(|(span, kind, likelihood)| (Some(span), kind, likelihood)),
        );
    }
}

/// What stands before a literal in its string, without the functions that encode it.
fn before(flow: &FlowView<'_>, literal: &Literal) -> String {
    let value = flow.tree.value(flow.text, literal.node);
    let Some(text) = value.and_then(|value| value.as_str()) else {
        return String::new();
    };
    let at = match literal.part {
        None => return String::new(),
        Some(Part::Text(span)) => span.start,
        Some(Part::InExpression { whole, .. }) => whole.start,
    };
    let mut before = text.get(..at as usize).unwrap_or_default().trim_end();
    if literal.is_in_expression() {
        const ENCODES: [&str; 2] = ["encodeURIComponent(", "uriComponent("];
        while let Some(shorter) = ENCODES.iter().find_map(|call| before.strip_suffix(call)) {
            before = shorter.trim_end();
        }
        before = before.strip_suffix("@{").unwrap_or_default();
    }
    before.to_owned()
}

/// How much an address says by where it stands: as a value, in a link, or in a sentence. `begins` is where the text does.
fn stands(literal: &Literal, text: &str, begins: usize, span: Span) -> Likelihood {
    let before = text.get(..span.start as usize).unwrap_or_default();
    match before.chars().next_back().filter(|_| before.len() > begins) {
        None if literal.is_text_between() && !literal.starts() => Likelihood::Medium,
        None => Likelihood::High,
        Some('"' | '\'' | '(' | '=' | '>' | '/' | ',' | ';' | '|') => Likelihood::Medium,
        // `%2F`.
        Some(sign) if sign.is_ascii_hexdigit() => Likelihood::Medium,
        Some(_) => Likelihood::Low,
    }
}
