//! What is one box of the map, and how boxes are joined.

use std::collections::{BTreeMap, BTreeSet};

use crate::data::Report;
use crate::text::counted;

/// So many boxes stand in one column.
const MAX_BOXES: usize = 12;

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Box {
    /// Its name.
    pub label: String,
    /// What is said below the name.
    pub sub: String,
    /// CSS class of its colour.
    pub class: &'static str,
    /// Where it leads to on the page.
    pub link: Option<String>,
    /// The flows it stands for.
    pub flows: BTreeSet<usize>,
    /// Whether it stands for what had no box of its own.
    pub rest: bool,
}

/// The map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    /// Accounts, references, flows, connectors.
    pub columns: [Vec<Box>; 4],
    /// For each gap between columns: from, to, and how many flows.
    pub joints: [BTreeMap<(usize, usize), usize>; 3],
}

/// A thing before things are put together: its box key, and the box it would be.
type Keyed = BTreeMap<String, Box>;

/// Lays the map out.
pub fn layout(report: &Report) -> Map {
    let mut map = Map::default();
    let (references, reference_of) = references(report);
    let (flows, flow_of) = flows(report);
    let (accounts, account_of) = accounts(report);
    let (connectors, connector_of) = connectors(report);
    map.columns = [accounts, references, flows, connectors];
    // Flows count once in each joint, however many operations or copies lead there.
    let mut seen: [BTreeSet<(usize, usize, usize)>; 3] = Default::default();
    for (index, flow) in report.flows.iter().enumerate() {
        let Some(&own) = flow_of.get(&index) else { continue };
        for (reference, caller) in flow
            .references
            .iter()
            .map(|reference| (*reference, false))
            .chain(flow.as_caller.iter().map(|reference| (*reference, true)))
        {
            let Some(&through) = reference_of.get(&reference) else {
                continue;
            };
            seen[1].insert((through, own, index));
            for account in behind(report, flow, reference, caller) {
                if let Some(&from) = account_of.get(&account) {
                    seen[0].insert((from, through, index));
                }
            }
        }
        for used in &flow.connectors {
            if let Some(&to) = connector_of.get(&used.connector) {
                seen[2].insert((own, to, index));
            }
        }
    }
    for (joints, seen) in map.joints.iter_mut().zip(seen) {
        for (from, to, _) in seen {
            *joints.entry((from, to)).or_default() += 1;
        }
    }
    for column in 1..map.columns.len() {
        settle(&mut map, column);
    }
    map
}

/// Orders a column by where its bands come from, so that fewer of them cross. What stands for the rest stays last.
fn settle(map: &mut Map, column: usize) {
    let count = map.columns[column].len();
    let mut order: Vec<(usize, usize)> = (0..count)
        .map(|at| {
            let bands = map.joints[column - 1].iter().filter(|((_, to), _)| *to == at);
            let (sum, weight) = bands.fold((0, 0), |(sum, weight), ((from, _), band)| {
                (sum + from * band * 1000, weight + band)
            });
            let rest = map.columns[column][at].rest;
            // Without any band from the left a box stands below those with.
            let place = if rest {
                usize::MAX
            } else {
                sum.checked_div(weight).unwrap_or(usize::MAX - 1)
            };
            (place, at)
        })
        .collect();
    order.sort_unstable();
    let mut new = vec![0; count];
    for (place, (_, at)) in order.iter().enumerate() {
        new[*at] = place;
    }
    let mut boxes: Vec<Option<Box>> = std::mem::take(&mut map.columns[column]).into_iter().map(Some).collect();
    map.columns[column] = order.iter().filter_map(|(_, at)| boxes[*at].take()).collect();
    let before = std::mem::take(&mut map.joints[column - 1]);
    map.joints[column - 1] = before
        .into_iter()
        .map(|((from, to), band)| ((from, new[to]), band))
        .collect();
    if let Some(after) = map.joints.get_mut(column) {
        let old = std::mem::take(after);
        *after = old
            .into_iter()
            .map(|((from, to), band)| ((new[from], to), band))
            .collect();
    }
}

/// Who stands behind a reference for a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Account(usize),
    Unknown,
    Caller,
}

fn behind(report: &Report, flow: &crate::data::FlowReport, reference: usize, caller: bool) -> Vec<Who> {
    if caller {
        return vec![Who::Caller];
    }
    let backings = report
        .references
        .get(reference)
        .map_or(&[][..], |reference| &reference.backings);
    let mut accounts: Vec<Who> = backings
        .iter()
        .filter_map(|backing| backing.account)
        .filter(|account| flow.accounts.contains(account))
        .map(Who::Account)
        .collect();
    accounts.sort_unstable();
    accounts.dedup();
    if accounts.is_empty() {
        accounts.push(Who::Unknown);
    }
    accounts
}

fn accounts(report: &Report) -> (Vec<Box>, BTreeMap<Who, usize>) {
    let mut flows: BTreeMap<Who, BTreeSet<usize>> = BTreeMap::new();
    for (index, flow) in report.flows.iter().enumerate() {
        let own = flow.references.iter().map(|reference| (*reference, false));
        let callers = flow.as_caller.iter().map(|reference| (*reference, true));
        for (reference, caller) in own.chain(callers) {
            for who in behind(report, flow, reference, caller) {
                flows.entry(who).or_default().insert(index);
            }
        }
    }
    let (named, others): (Vec<_>, Vec<_>) = flows.into_iter().partition(|(who, _)| matches!(who, Who::Account(_)));
    let room = MAX_BOXES - others.len();
    let mut boxes = Vec::new();
    let mut places = BTreeMap::new();
    // Accounts of the report come ranked.
    let cut = if named.len() > room { room - 1 } else { named.len() };
    let mut rest = BTreeSet::new();
    let (count, mut left) = (named.len(), Vec::new());
    for (at, (who, flows)) in named.into_iter().enumerate() {
        let Who::Account(index) = who else { continue };
        if at >= cut {
            rest.extend(flows);
            left.push(who);
            continue;
        }
        let account = &report.accounts[index];
        places.insert(who, boxes.len());
        boxes.push(Box {
            label: account.short().to_owned(),
            sub: counted(flows.len(), "flow"),
            class: class_of(account.kind.as_deref()),
            link: Some(format!("#account-{index}")),
            flows,
            rest: false,
        });
    }
    if !left.is_empty() {
        for who in left {
            places.insert(who, boxes.len());
        }
        boxes.push(Box {
            label: counted(count - cut, "more account"),
            sub: counted(rest.len(), "flow"),
            class: "k-unknown",
            link: Some("#accounts".to_owned()),
            flows: rest,
            rest: true,
        });
    }
    for (who, flows) in others {
        let (label, class, link) = match who {
            Who::Caller => ("whoever starts the flow", "k-caller", "#privileges"),
            _ => ("account unknown", "k-unknown", "#unknown"),
        };
        places.insert(who, boxes.len());
        boxes.push(Box {
            label: label.to_owned(),
            sub: counted(flows.len(), "flow"),
            class,
            link: Some(link.to_owned()),
            flows,
            rest: false,
        });
    }
    (boxes, places)
}

fn class_of(kind: Option<&str>) -> &'static str {
    match kind {
        Some("personal") => "k-personal",
        Some("service") => "k-service",
        Some("application") => "k-application",
        _ => "k-unknown",
    }
}

fn references(report: &Report) -> (Vec<Box>, BTreeMap<usize, usize>) {
    let used: Vec<usize> = (0..report.references.len())
        .filter(|index| {
            let named =
                |flow: &crate::data::FlowReport| flow.references.contains(index) || flow.as_caller.contains(index);
            !report.references[*index].flows.is_empty() || report.flows.iter().any(named)
        })
        .collect();
    let flows_of = |index: usize| -> BTreeSet<usize> {
        let mut flows: BTreeSet<usize> = report.references[index].flows.iter().copied().collect();
        let callers = report.flows.iter().enumerate();
        flows.extend(
            callers
                .filter(|(_, flow)| flow.as_caller.contains(&index))
                .map(|(at, _)| at),
        );
        flows
    };
    let single = used.len() <= MAX_BOXES;
    let mut keyed = Keyed::new();
    let mut keys = BTreeMap::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for index in used {
        let reference = &report.references[index];
        let key = if single {
            format!("{index:06}")
        } else {
            reference.connector.clone()
        };
        let entry = keyed.entry(key.clone()).or_insert_with(|| Box {
            label: if single {
                reference.title.clone()
            } else {
                reference.connector.clone()
            },
            sub: reference.connector.clone(),
            class: "k-reference",
            link: None,
            flows: BTreeSet::new(),
            rest: false,
        });
        entry.flows.extend(flows_of(index));
        *counts.entry(key.clone()).or_default() += 1;
        keys.insert(index, key);
    }
    if !single {
        for (key, count) in counts {
            if let Some(entry) = keyed.get_mut(&key) {
                entry.sub = counted(count, "connection reference");
            }
        }
    }
    cut(keyed, keys, "more connectors")
}

fn flows(report: &Report) -> (Vec<Box>, BTreeMap<usize, usize>) {
    let single = report.flows.len() <= MAX_BOXES;
    let mut keyed = Keyed::new();
    let mut keys = BTreeMap::new();
    for (index, flow) in report.flows.iter().enumerate() {
        let home = flow.solutions.first().map_or("in no solution", String::as_str);
        let key = if single { format!("{index:06}") } else { home.to_owned() };
        let entry = keyed.entry(key.clone()).or_insert_with(|| Box {
            label: if single { flow.name.clone() } else { home.to_owned() },
            sub: if single {
                counted(flow.operations, "operation")
            } else {
                String::new()
            },
            class: "k-flow",
            link: None,
            flows: BTreeSet::new(),
            rest: false,
        });
        entry.flows.insert(index);
        keys.insert(index, key);
    }
    if !single {
        for entry in keyed.values_mut() {
            entry.sub = counted(entry.flows.len(), "flow");
        }
    }
    cut(keyed, keys, "more solutions")
}

fn connectors(report: &Report) -> (Vec<Box>, BTreeMap<usize, usize>) {
    let mut keyed = Keyed::new();
    let mut keys = BTreeMap::new();
    for (index, connector) in report
        .connectors
        .iter()
        .enumerate()
        .filter(|(_, connector)| connector.operations > 0)
    {
        let key = format!("{index:06}");
        keyed.insert(
            key.clone(),
            Box {
                label: connector.title.clone(),
                sub: if connector.effects.is_empty() {
                    "effects unknown".to_owned()
                } else {
                    connector.effects.join(", ")
                },
                class: "k-connector",
                link: None,
                flows: connector.flows.iter().copied().collect(),
                rest: false,
            },
        );
        keys.insert(index, key);
    }
    cut(keyed, keys, "more connectors")
}

/// The boxes that stand for the most flows, and one for the rest, with the box of each thing.
fn cut(keyed: Keyed, keys: BTreeMap<usize, String>, rest: &str) -> (Vec<Box>, BTreeMap<usize, usize>) {
    let mut all: Vec<(String, Box)> = keyed.into_iter().collect();
    all.sort_by(|a, b| {
        b.1.flows
            .len()
            .cmp(&a.1.flows.len())
            .then_with(|| a.1.label.cmp(&b.1.label))
            .then_with(|| a.0.cmp(&b.0))
    });
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let keep = if all.len() > MAX_BOXES {
        MAX_BOXES - 1
    } else {
        all.len()
    };
    let mut boxes: Vec<Box> = Vec::new();
    let mut left = BTreeSet::new();
    let over = all.len() - keep;
    for (at, (key, one)) in all.into_iter().enumerate() {
        if at < keep {
            places.insert(key, boxes.len());
            boxes.push(one);
        } else {
            places.insert(key, keep);
            left.extend(one.flows);
        }
    }
    if over > 0 {
        boxes.push(Box {
            label: format!("{over} {rest}"),
            sub: counted(left.len(), "flow"),
            class: "k-connector",
            link: None,
            flows: left,
            rest: true,
        });
    }
    let of = keys
        .into_iter()
        .filter_map(|(index, key)| Some((index, *places.get(&key)?)));
    let of = of.collect();
    (boxes, of)
}
