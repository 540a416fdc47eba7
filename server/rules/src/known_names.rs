//! Connectors and operations as people write them in the configuration: what can never match, and what is a slip for a name
//! that is known.
//!
//! No list knows every connector, so a name that no list has is no fault by itself. It is one where it has a shape that no
//! name has, or where it differs from a known name by a slip. Names that differ in a version, a plural or a verb are two names.

use analysis::{connectors, effects};
use model::settings::is_token;
use model::{Facts, Workspace, connector_name};
use rustc_hash::FxHashSet;

/// What is wrong with a name, in half a sentence, and what to write in its place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Slip {
    pub why: String,
    pub near: Option<String>,
}

impl Slip {
    fn new(why: impl Into<String>, near: Option<String>) -> Option<Self> {
        Some(Self { why: why.into(), near })
    }
}

/// Connectors that are known besides those of the catalogue: declared, mapped or listed somewhere in the workspace.
#[derive(Debug, Default)]
pub(crate) struct Connectors {
    /// Names without `shared_`, in lower case.
    bare: FxHashSet<String>,
}

impl Connectors {
    /// Flows are left out: typing in one changes nothing here.
    pub(crate) fn of(workspace: &Workspace) -> Self {
        let mut all = Self::default();
        for connector in connectors::all() {
            all.add(&connector.name);
        }
        for (_, file) in workspace.files() {
            match &file.facts {
                Facts::Customizations(facts) => {
                    let ids = facts
                        .connection_references
                        .iter()
                        .filter_map(|r| r.connector_id.as_ref());
                    ids.for_each(|id| all.add(&id.value));
                }
                Facts::Settings(facts) => {
                    let ids = facts.references.iter().filter_map(|entry| entry.connector_id.as_ref());
                    ids.for_each(|id| all.add(&id.value));
                }
                Facts::Inventory(facts) => facts
                    .connections
                    .iter()
                    .filter_map(|c| c.connector.as_ref())
                    .for_each(|c| all.add(c)),
                _ => {}
            }
        }
        all
    }

    fn add(&mut self, id: &str) {
        self.bare.insert(bare(id));
    }

    /// The slip in a connector's name, where it is near a known one.
    pub(crate) fn slip(&self, written: &str) -> Option<Slip> {
        let name = bare(written);
        if written.trim().is_empty()
            || is_token(written)
            || is_pattern(written)
            || self.bare.contains(&name)
            || connectors::is_custom(&name)
        {
            return None;
        }
        let full = |near: &str| match written.trim() {
            path if path.contains('/') => format!("{}shared_{near}", &path[..path.len() - connector_name(path).len()]),
            word if word.find(['_', '-', '.']).is_some_and(|at| matches!(at, 5 | 6)) && starts_with(word, "share") => {
                format!("shared_{near}")
            }
            _ => near.to_owned(),
        };
        let candidates = self
            .bare
            .iter()
            .filter(|known| !connectors::is_custom(known))
            .map(String::as_str);
        let doubled = candidates.clone().find(|known| single(known) == single(&name));
        let near = near(&name, candidates.filter(|known| known.len() > 3))
            .or(doubled)
            .map(str::to_owned);
        // `share_sql` or `shared-sql`: the slip is in what all names begin with.
        let prefixed = || {
            let at = name.find(['_', '-', '.']).filter(|_| starts_with(&name, "share"))?;
            let rest = name.get(at + 1..)?;
            self.bare.contains(rest).then(|| rest.to_owned())
        };
        let near = near.or_else(prefixed)?;
        Slip::new("no connector of this name is known", Some(full(&near)))
    }

    /// The slip in `connector/operation`.
    pub(crate) fn operation_slip(&self, written: &str) -> Option<Slip> {
        let Some((connector, operation)) = written.trim().rsplit_once('/') else {
            return self.lone(written.trim());
        };
        if is_token(written) || is_pattern(connector) {
            return None;
        }
        if let Some(slip) = self.slip(connector) {
            let near = slip.near.map(|near| format!("{near}/{operation}"));
            return Slip::new(slip.why, near);
        }
        let name = format!("shared_{}", bare(connector));
        let known: Vec<&str> = operations(&name).collect();
        if is_pattern(operation) || known.iter().any(|known| known.eq_ignore_ascii_case(operation)) {
            return None;
        }
        let near = near(operation, known.iter().copied())
            .filter(|near| effects::judge("", operation, None).effects.is_empty() || verb(operation) == verb(near))?;
        let why = format!("no operation of this name is known of {}", connectors::title(&name));
        Slip::new(why, Some(format!("{connector}/{near}")))
    }

    /// A text without a `/`, which means every operation of a connector.
    fn lone(&self, written: &str) -> Option<Slip> {
        let name = bare(written);
        if is_pattern(written) || self.bare.contains(&name) {
            return None;
        }
        let has = |connector: &&connectors::Connector| {
            operations(&connector.name).any(|own| own.eq_ignore_ascii_case(written))
        };
        let mut holders = connectors::all().iter().filter(has);
        let Some(first) = holders.next() else {
            return self.slip(written);
        };
        let near = holders.next().is_none().then(|| format!("{}/{written}", first.name));
        Slip::new(
            "an operation is named together with its connector, as `connector/operation`",
            near,
        )
    }
}

/// What no connector is called, whatever there may be.
pub(crate) fn odd_connector(written: &str) -> Option<Slip> {
    let text = written.trim();
    if text.is_empty() {
        return Slip::new(
            "an empty text names no connector; write a name such as `shared_sharepointonline`",
            None,
        );
    }
    if is_token(text) {
        return None;
    }
    let titled = connectors::all()
        .iter()
        .find(|c| c.display_name.eq_ignore_ascii_case(text));
    if let Some(connector) = titled.filter(|_| connectors::find(&format!("shared_{}", bare(text))).is_none()) {
        return Slip::new(
            "this is what people read, and connectors are known by their names",
            Some(connector.name.clone()),
        );
    }
    if text.contains(char::is_whitespace) {
        let titles = connectors::all().iter().map(|c| c.display_name.as_str());
        let near = expr::did_you_mean(text, titles)
            .and_then(|title| connectors::all().iter().find(|c| c.display_name == title));
        return Slip::new(
            "no connector has blanks in its name",
            near.map(|connector| connector.name.clone()),
        );
    }
    let is_path = starts_with(text, "/") || text.to_ascii_lowercase().contains("/apis/");
    if let Some((connector, _)) = text
        .split_once('/')
        .filter(|(connector, _)| !is_path && !connector.ends_with(':'))
    {
        return Slip::new(
            "this names an operation, and the list is of connectors",
            Some(connector.to_owned()),
        );
    }
    None
}

/// What no operation is called.
pub(crate) fn odd_operation(written: &str) -> Option<Slip> {
    let text = written.trim();
    if text.is_empty() {
        return Slip::new(
            "an empty text names no operation; write one such as `shared_office365/SendEmailV2`",
            None,
        );
    }
    if is_token(text) {
        return None;
    }
    let Some((connector, operation)) = text.rsplit_once('/') else {
        return odd_connector(text);
    };
    if starts_with(operation, "shared_") {
        return Slip::new(
            "nothing is named behind the connector, so no operation matches",
            Some(operation.to_owned()),
        );
    }
    if operation.is_empty() {
        return Slip::new(
            "nothing is named behind the connector, so no operation matches",
            Some(format!("{connector}/*")),
        );
    }
    let name = format!("shared_{}", bare(connector));
    if operation.contains(char::is_whitespace) {
        let flat = |text: &str| -> String {
            text.chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect()
        };
        let near = operations(&name).find(|own| flat(own) == flat(operation));
        return Slip::new(
            "operations are known by their ids, which have no blanks",
            near.map(|near| format!("{connector}/{near}")),
        );
    }
    let path = starts_with(connector, "/");
    odd_connector(connector).filter(|_| !path).map(|slip| Slip {
        near: slip.near.map(|near| format!("{near}/{operation}")),
        ..slip
    })
}

/// Operations of a connector that are known by id.
fn operations(connector: &str) -> impl Iterator<Item = &'static str> {
    let deprecated = connectors::deprecated_operations(connector);
    let both =
        deprecated.flat_map(|operation| std::iter::once(operation.id.as_str()).chain(operation.replacement.as_deref()));
    effects::listed(connector).chain(both)
}

/// A connector's name without path and `shared_`, in lower case.
fn bare(id: &str) -> String {
    let name = connector_name(id.trim()).to_ascii_lowercase();
    name.strip_prefix("shared_").map(str::to_owned).unwrap_or(name)
}

fn is_pattern(text: &str) -> bool {
    model::configuration::is_open(text)
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// The first word of a name in camel case.
fn verb(name: &str) -> String {
    let mut chars = name.chars();
    let head = chars.next();
    let tail = chars.take_while(|c| c.is_lowercase());
    head.into_iter().chain(tail).flat_map(char::to_lowercase).collect()
}

/// The known name that another is surely a slip for. Short names have many neighbours: in them one letter for another, in
/// longer ones one slip, in long ones two.
fn near<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let length = name.chars().count();
    let found = expr::did_you_mean(name, known)?;
    let distance = expr::edit_distance(name, found);
    let close = match length {
        0..=3 => false,
        4..=5 => distance == 1 && found.chars().count() == length,
        6..=8 => distance == 1,
        _ => distance <= 2,
    };
    (close && !is_sibling(name, found)).then_some(found)
}

/// A name without letters that are there twice in a row.
fn single(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    letters.dedup();
    letters.into_iter().collect()
}

/// Whether two names differ in a version, a plural or a word at the end, as names of two things do.
fn is_sibling(a: &str, b: &str) -> bool {
    let core = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphabetic())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let (a, b) = (core(a), core(b));
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    long.strip_prefix(short.as_str())
        .is_some_and(|more| matches!(more, "" | "s" | "v") || more.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connectors() -> Connectors {
        let mut all = Connectors::default();
        connectors::all().iter().for_each(|connector| all.add(&connector.name));
        all.add("shared_contosofleet");
        all
    }

    fn near_of(slip: Option<Slip>) -> Option<String> {
        slip.map(|slip| slip.near.unwrap_or_else(|| slip.why.clone()))
    }

    #[test]
    fn names_that_are_known_or_of_nobody_are_left_alone() {
        for name in [
            "shared_sql",
            "SQL",
            "sql*",
            "builtin:http",
            "http",
            "/providers/Microsoft.PowerApps/apis/shared_office365",
            "shared_translatorv2",
            "shared_azureadip",
            "shared_somethingelse",
            "contosofleet",
            "#{connector}#",
            "shared_con-5fofice365-5f0a1b2c",
            "sqldw",
            "shared_mail",
        ] {
            assert_eq!(connectors().slip(name), None, "{name}");
            assert_eq!(odd_connector(name), None, "{name}");
        }
        for name in [
            "shared_office365/SendEmailV2",
            "office365/*",
            "shared_office365",
            "shared_sql/GetItem",
            "shared_sql/GetItem_V3",
            "shared_unheardof/DoIt",
            "*/Delete*",
            "shared_office365/SetEmail",
            "/providers/Microsoft.PowerApps/apis/shared_sql/GetItems",
        ] {
            assert_eq!(connectors().operation_slip(name), None, "{name}");
            assert_eq!(odd_operation(name), None, "{name}");
        }
    }

    #[test]
    fn slips_get_the_name_that_is_known() {
        for (written, meant) in [
            ("shared_shareponitonline", "shared_sharepointonline"),
            ("ofice365", "office365"),
            ("share_sql", "shared_sql"),
            ("shared_sqll", "shared_sql"),
            ("shared-office365", "shared_office365"),
            ("shared_contosofleeet", "shared_contosofleet"),
            (
                "/providers/Microsoft.PowerApps/apis/shared_ofice365",
                "/providers/Microsoft.PowerApps/apis/shared_office365",
            ),
        ] {
            assert_eq!(near_of(connectors().slip(written)).as_deref(), Some(meant), "{written}");
        }
        for (written, meant) in [
            ("shared_ofice365/SendEmailV2", "shared_office365/SendEmailV2"),
            ("office365/SendEmialV2", "office365/SendEmailV2"),
            ("SharePointOnlin", "sharepointonline"),
        ] {
            assert_eq!(
                near_of(connectors().operation_slip(written)).as_deref(),
                Some(meant),
                "{written}"
            );
        }
    }

    #[test]
    fn shapes_that_nothing_has() {
        for (written, meant) in [
            ("SharePoint", Some("shared_sharepointonline")),
            ("Office 365 Outlook", Some("shared_office365")),
            ("Ofice 365 Outlook", Some("shared_office365")),
            ("shared_office365/SendEmailV2", Some("shared_office365")),
            ("my connector", None),
            (" ", None),
        ] {
            assert_eq!(
                odd_connector(written).expect(written).near.as_deref(),
                meant,
                "{written}"
            );
        }
        for (written, meant) in [
            ("shared_office365/Send email V2", Some("shared_office365/SendEmailV2")),
            ("shared_office365/", Some("shared_office365/*")),
            (
                "/providers/Microsoft.PowerApps/apis/shared_office365",
                Some("shared_office365"),
            ),
            ("Office 365 Outlook/SendEmailV2", Some("shared_office365/SendEmailV2")),
            ("", None),
        ] {
            assert_eq!(
                odd_operation(written).expect(written).near.as_deref(),
                meant,
                "{written}"
            );
        }
    }
}
