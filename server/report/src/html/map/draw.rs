//! Draws the map as SVG.

use super::super::writer::Page;
use super::layout::{Box, Map};
use crate::data::Report;
use crate::text::{counted, cut_inside, shortened};

const COLUMN: i64 = 242;
const GAP: i64 = 84;
const TOP: i64 = 34;
const SPACE: i64 = 9;
/// Smallest and largest height of a box.
const LOW: i64 = 40;
const HIGH: i64 = 150;
const HEADS: [&str; 4] = ["Accounts", "Connection references", "Flows", "Connectors"];

/// The boxes that a band joins.
type Ends = (usize, usize);

/// A box with its place.
struct Placed<'m> {
    one: &'m Box,
    x: i64,
    y: i64,
    height: i64,
}

/// Draws the map.
pub fn draw(page: &mut Page, map: &Map, report: &Report) {
    let columns: Vec<Vec<Placed<'_>>> = map
        .columns
        .iter()
        .enumerate()
        .map(|(at, boxes)| place(at, boxes))
        .collect();
    let bottom = columns
        .iter()
        .filter_map(|column| column.last())
        .map(|last| last.y + last.height)
        .max()
        .unwrap_or(TOP);
    let (width, height) = (4 * COLUMN + 3 * GAP, bottom + 8);
    // Shorter columns stand in the middle.
    let columns: Vec<Vec<Placed<'_>>> = columns
        .into_iter()
        .map(|column| {
            let own = column.last().map_or(TOP, |last| last.y + last.height);
            let down = (bottom - own) / 2;
            column
                .into_iter()
                .map(|placed| Placed {
                    y: placed.y + down,
                    ..placed
                })
                .collect()
        })
        .collect();
    page.open(
        "div",
        &[
            ("class", "map"),
            ("tabindex", "0"),
            ("role", "region"),
            ("aria-label", "Map; the table below says the same"),
        ],
    );
    page.open(
        "svg",
        &[
            ("viewBox", &format!("0 0 {width} {height}")),
            ("role", "group"),
            ("aria-labelledby", "map-name map-text"),
        ],
    );
    page.leaf(
        "title",
        &[("id", "map-name")],
        "Accounts, connection references, flows and connectors",
    );
    page.leaf("desc", &[("id", "map-text")], &description(report));
    for (at, head) in HEADS.iter().enumerate() {
        let x = i64::try_from(at).unwrap_or(0) * (COLUMN + GAP);
        page.leaf("text", &[("class", "head"), ("x", &x.to_string()), ("y", "14")], head);
    }
    for (at, joints) in map.joints.iter().enumerate() {
        if let (Some(left), Some(right)) = (columns.get(at), columns.get(at + 1)) {
            links(page, left, right, joints);
        }
    }
    for placed in columns.iter().flatten() {
        draw_box(page, placed);
    }
    page.close("svg").close("div").raw("\n");
}

fn description(report: &Report) -> String {
    format!(
        "{} stand behind {}, which {} use to reach {}.",
        counted(
            report
                .accounts
                .iter()
                .filter(|account| !account.flows.is_empty())
                .count(),
            "account"
        ),
        counted(report.references.len(), "connection reference"),
        counted(report.flows.len(), "flow"),
        counted(report.summary.connectors, "connector"),
    )
}

fn place(column: usize, boxes: &[Box]) -> Vec<Placed<'_>> {
    let most = boxes.iter().map(|one| one.flows.len()).max().unwrap_or(1).max(1);
    // A column of one box needs no tall one, a column of many has room for few tall ones.
    let high = if boxes.len() > 8 { HIGH * 2 / 3 } else { HIGH };
    let x = i64::try_from(column).unwrap_or(0) * (COLUMN + GAP);
    let mut y = TOP;
    let mut placed = Vec::new();
    for one in boxes {
        let share = i64::try_from(one.flows.len() * 1000 / most).unwrap_or(0);
        let height = LOW + (high - LOW) * share / 1000;
        placed.push(Placed { one, x, y, height });
        y += height + SPACE;
    }
    placed
}

fn links(page: &mut Page, left: &[Placed<'_>], right: &[Placed<'_>], joints: &std::collections::BTreeMap<Ends, usize>) {
    let total = |at: usize, side: fn(&Ends) -> usize| -> i64 {
        let of = joints.iter().filter(|(ends, _)| side(ends) == at);
        i64::try_from(of.map(|(_, weight)| *weight).sum::<usize>())
            .unwrap_or(1)
            .max(1)
    };
    let lefts: Vec<i64> = (0..left.len()).map(|at| total(at, |ends| ends.0)).collect();
    let rights: Vec<i64> = (0..right.len()).map(|at| total(at, |ends| ends.1)).collect();
    let mut left_done = vec![0; left.len()];
    let mut right_done = vec![0; right.len()];
    for ((a, b), weight) in joints {
        let (Some(start), Some(end)) = (left.get(*a), right.get(*b)) else {
            continue;
        };
        let weight = i64::try_from(*weight).unwrap_or(1);
        // Places in tenths, so that numbers stay whole and the same everywhere.
        let (left_room, right_room) = ((start.height - 10) * 10, (end.height - 10) * 10);
        let left_size = left_room * weight / lefts[*a];
        let right_size = right_room * weight / rights[*b];
        let y1 = (start.y + 5) * 10 + left_room * left_done[*a] / lefts[*a] + left_size / 2;
        let y2 = (end.y + 5) * 10 + right_room * right_done[*b] / rights[*b] + right_size / 2;
        left_done[*a] += weight;
        right_done[*b] += weight;
        let (x1, x2) = (start.x + COLUMN, end.x);
        let middle = (x1 + x2) / 2;
        let path = format!(
            "M{x1} {} C{middle} {} {middle} {} {x2} {}",
            tenths(y1),
            tenths(y1),
            tenths(y2),
            tenths(y2)
        );
        let width = left_size.min(right_size).clamp(12, 400);
        let class = format!("link {}", start.one.class);
        page.open(
            "path",
            &[("class", &class), ("d", &path), ("stroke-width", &tenths(width))],
        );
        page.leaf(
            "title",
            &[],
            &format!(
                "{} to {}: {}",
                start.one.label,
                end.one.label,
                counted(usize::try_from(weight).unwrap_or(0), "flow")
            ),
        );
        page.close("path");
    }
}

fn tenths(value: i64) -> String {
    format!("{}.{}", value / 10, (value % 10).abs())
}

fn draw_box(page: &mut Page, placed: &Placed<'_>) {
    let one = placed.one;
    let (x, y, height) = (placed.x, placed.y, placed.height);
    let group = |page: &mut Page| {
        page.open("g", &[("class", one.class)]);
        page.leaf("title", &[], &format!("{}: {}", one.label, one.sub));
        let rect = |page: &mut Page, class: &str, width: i64| {
            page.open(
                "rect",
                &[
                    ("class", class),
                    ("x", &x.to_string()),
                    ("y", &y.to_string()),
                    ("width", &width.to_string()),
                    ("height", &height.to_string()),
                    ("rx", "7"),
                ],
            );
            page.close("rect");
        };
        rect(page, "box", COLUMN);
        page.open(
            "rect",
            &[
                ("class", "mark"),
                ("x", &(x + 7).to_string()),
                ("y", &(y + 8).to_string()),
                ("width", "4"),
                ("height", &(height - 16).to_string()),
                ("rx", "2"),
            ],
        );
        page.close("rect");
        // A drawing of its own cuts off what is wider than the box: letters differ in width.
        page.open(
            "svg",
            &[
                ("x", &(x + 19).to_string()),
                ("y", &y.to_string()),
                ("width", &(COLUMN - 25).to_string()),
                ("height", &height.to_string()),
            ],
        );
        let middle = height / 2;
        let (first, second) = ((middle - 2).to_string(), (middle + 14).to_string());
        page.leaf(
            "text",
            &[("class", "label"), ("y", &first)],
            &cut_inside(&one.label, 24),
        );
        page.leaf("text", &[("class", "sub"), ("y", &second)], &shortened(&one.sub, 33));
        page.close("svg");
        page.close("g");
    };
    match &one.link {
        Some(link) => {
            page.element("a", &[("href", link)], group);
        }
        None => group(page),
    }
}
