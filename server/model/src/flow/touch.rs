//! What an operation of Dataverse names: its table, the columns it reads and writes, the tables it binds rows to.
//!
//! One walk serves two readers: the flow's summary, which keeps the names, and the editor, which needs their places.

use std::borrow::Cow;

use expr::NodeKind;
use syntax::Span;
use syntax::json::Value;

use super::odata::{self, Name, NameKind, Pieces};
use super::operation::Operation;
use super::role::Role;
use super::strings::StringMemo;

/// A name, the part it plays, and where it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Its part.
    pub role: Role,
    /// The name as written; a lookup's `_name_value` is read as `name`.
    pub name: String,
    /// Where it stands, without quotes and without `item/`.
    pub span: Span,
    /// For the table of a bound row: the lookup it is bound to; empty in associations.
    pub lookup: Option<String>,
}

/// All names of an operation, and what cannot be told from its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touches {
    /// The names in the order of the file.
    pub names: Vec<Touch>,
    /// Whether an expression names the table.
    pub dynamic_table: bool,
    /// Whether an expression gives the columns that are written.
    pub dynamic_row: bool,
    /// Whether an expression gives part of the query.
    pub dynamic_query: bool,
}

/// Connectors whose operations work on Dataverse tables.
const DATAVERSE: [&str; 3] = [
    "shared_commondataserviceforapps",
    "shared_commondataservice",
    "shared_dynamicscrmonline",
];

/// Whether a connector works on Dataverse tables.
#[must_use]
pub fn is_dataverse(connector: &str) -> bool {
    DATAVERSE.iter().any(|name| name.eq_ignore_ascii_case(connector))
}

/// What an operation names; nothing for operations of other connectors than Dataverse.
#[must_use]
pub fn touches(operation: &Operation, parameters: Value<'_>, memo: &StringMemo) -> Touches {
    let mut reader = Reader {
        memo,
        kind: Kind::of(&operation.id.value),
        found: Touches::default(),
    };
    if !is_dataverse(&operation.connector) {
        return reader.found;
    }
    if operation.older {
        reader.older(parameters);
    } else {
        for member in parameters.members() {
            let (Some(key), Some(value)) = (member.key.as_str(), member.value) else {
                continue;
            };
            reader.parameter(&key, member.key, value);
        }
    }
    reader.found
}

/// What the members of `item` are to an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Columns of a row.
    Row,
    /// Parameters of an action.
    Action,
    /// The other end of an association.
    Association,
    /// The content of a file or image column.
    File,
}

impl Kind {
    fn of(operation: &str) -> Self {
        let starts = |start: &str| {
            operation
                .get(..start.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(start))
        };
        if starts("Perform") || starts("aibuilder") {
            Self::Action
        } else if starts("Associate") || starts("Disassociate") {
            Self::Association
        } else if starts("UpdateEntityFileImage") {
            Self::File
        } else {
            Self::Row
        }
    }
}

struct Reader<'m> {
    memo: &'m StringMemo,
    kind: Kind,
    found: Touches,
}

impl Reader<'_> {
    fn push(&mut self, role: Role, name: &str, span: Span) {
        self.push_bound(role, name, span, "");
    }

    fn push_bound(&mut self, role: Role, name: &str, span: Span, lookup: &str) {
        // No name of the service is longer; anything else is no name.
        if name.is_empty() || name.len() > 128 {
            return;
        }
        let name = name
            .strip_prefix('_')
            .and_then(|name| name.strip_suffix("_value"))
            .filter(|name| role.is_column() && !name.is_empty())
            .unwrap_or(name);
        self.found.names.push(Touch {
            role,
            name: name.to_owned(),
            span,
            lookup: (role == Role::BoundTable).then(|| lookup.to_owned()),
        });
    }

    fn parameter(&mut self, key: &str, key_value: Value<'_>, value: Value<'_>) {
        if let Some(column) = key.strip_prefix("item/") {
            // Deeper names belong to the value of the first.
            let column = column.split('/').next().unwrap_or(column);
            let start = 5;
            let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
            let span = |from: usize, to: usize| key_value.source_span(Span::new(at(from), at(to)));
            let bare = column.split('@').next().unwrap_or(column);
            self.row_member(column, span(start, start + bare.len()), value);
            return;
        }
        match key {
            "entityName" | "table" | "subscriptionRequest/entityname" => self.table(value),
            "item" => self.row(value),
            "$select" | "$orderby" => self.query(value, odata::list),
            "subscriptionRequest/filteringattributes" => {
                let before = self.found.names.len();
                self.query(value, odata::list);
                let watched = self.found.names.iter_mut().skip(before);
                watched.for_each(|touch| touch.role = Role::Watch);
            }
            "$filter" | "subscriptionRequest/filterexpression" => self.query(value, odata::filter),
            "$expand" => self.query(value, odata::expand),
            "$apply" | "$search" => self.found.dynamic_query = true,
            "fetchXml" => self.fetch(value),
            "actionName" => self.whole(Role::Action, value),
            "associationEntityRelationship" => self.whole(Role::Relationship, value),
            "fileImageFieldName" => {
                let role = if self.kind == Kind::File {
                    Role::Write
                } else {
                    Role::Read
                };
                self.whole(role, value);
            }
            "$id" => self.bound("", value),
            _ => {}
        }
    }

    fn row_member(&mut self, column: &str, span: Span, value: Value<'_>) {
        match (self.kind, column.split_once('@')) {
            (Kind::Row, Some((name, annotation))) if annotation.eq_ignore_ascii_case("odata.bind") => {
                self.push(Role::Bind, name, span);
                self.bound(name, value);
            }
            (Kind::Row, None) => self.push(Role::Write, column, span),
            (Kind::Association, Some(("", annotation))) if annotation.eq_ignore_ascii_case("odata.id") => {
                self.bound("", value);
            }
            _ => {}
        }
    }

    /// A row that is given as one value.
    fn row(&mut self, value: Value<'_>) {
        if value.is_object() {
            for member in value.members() {
                let (Some(name), Some(inner)) = (member.key.as_str(), member.value) else {
                    continue;
                };
                let bare = name.split('@').next().unwrap_or(&name).len();
                let span = member
                    .key
                    .source_span(Span::new(0, u32::try_from(bare).unwrap_or(u32::MAX)));
                self.row_member(&name, span, inner);
            }
        } else if self.kind == Kind::Row {
            self.found.dynamic_row = true;
        }
    }

    /// A value that is one whole name, or an expression for it.
    fn whole(&mut self, role: Role, value: Value<'_>) {
        if let Some(name) = value.as_str().filter(|name| expr::is_plain(name)) {
            self.push(role, &name, value.content_span());
        }
    }

    fn table(&mut self, value: Value<'_>) {
        let Some(name) = value.as_str() else { return };
        if expr::is_plain(&name) {
            // Triggers on global actions say `none`.
            if !name.eq_ignore_ascii_case("none") {
                self.push(Role::Table, &name, value.content_span());
            }
        } else {
            self.found.dynamic_table = true;
        }
    }

    fn query(&mut self, value: Value<'_>, read: impl Fn(&Pieces<'_>) -> Vec<Name>) {
        let Some(text) = value.as_str() else { return };
        self.with_pieces(&text, |this, pieces| {
            this.found.dynamic_query |= pieces.dynamic;
            for name in read(pieces) {
                this.name(&text, value, name);
            }
        });
    }

    fn name(&mut self, text: &str, value: Value<'_>, name: Name) {
        let role = match name.kind {
            NameKind::Column => Role::Read,
            NameKind::Navigation => Role::Navigation,
            NameKind::Table => Role::LinkedTable,
        };
        if let Some(written) = text.get(name.span.range()) {
            self.push(role, written, value.source_span(name.span));
        }
    }

    fn fetch(&mut self, value: Value<'_>) {
        let Some(text) = value.as_str() else { return };
        self.with_pieces(&text, |this, pieces| {
            this.found.dynamic_query |= pieces.dynamic;
            let (first, names) = odata::fetch_xml(pieces);
            if let Some(span) = first {
                let kind = NameKind::Table;
                this.name(&text, value, Name { span, kind });
            }
            for name in names {
                this.name(&text, value, name);
            }
        });
    }

    fn with_pieces(&mut self, text: &str, mut read: impl FnMut(&mut Self, &Pieces<'_>)) {
        if expr::is_plain(text) {
            read(self, &Pieces::plain(text));
        } else {
            let info = self.memo.get(text);
            read(self, &Pieces::of(text, &info.template));
        }
    }

    /// The table of a row that is named by its path: `/accounts(…)`, or the same made by an expression.
    fn bound(&mut self, lookup: &str, value: Value<'_>) {
        let Some(text) = value.as_str() else { return };
        if let Some((from, to)) = set_name(&text) {
            let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
            if let Some(name) = text.get(from..to) {
                let place = value.source_span(Span::new(at(from), at(to)));
                self.push_bound(Role::BoundTable, name, place, lookup);
            }
            return;
        }
        if expr::is_plain(&text) {
            return;
        }
        let info = self.memo.get(&text);
        for (_, node) in info.template.nodes() {
            let NodeKind::Str(literal) = &node.kind else { continue };
            if let Some((from, to)) = set_name(&literal.value)
                && let Some(name) = literal.value.get(from..to)
            {
                let place = Span::new(literal.raw_offset(&info.text, from), literal.raw_offset(&info.text, to));
                self.push_bound(Role::BoundTable, name, value.source_span(place), lookup);
            }
        }
    }

    /// The form of the older connector: the table stands in the path, the row in the body.
    fn older(&mut self, inputs: Value<'_>) {
        if let Some(path) = inputs.get("path") {
            self.table_of_path(path);
        }
        if let Some(body) = inputs.get("body") {
            self.row(body);
        }
        for member in inputs.get("queries").into_iter().flat_map(|queries| queries.members()) {
            if let (Some(key), Some(value)) = (member.key.as_str(), member.value) {
                self.parameter(&key, member.key, value);
            }
        }
    }

    /// The literal after `/tables/` in a path: `/tables/@{encodeURIComponent(encodeURIComponent('accounts'))}/items`.
    fn table_of_path(&mut self, path: Value<'_>) {
        let Some(text) = path.as_str() else { return };
        let Some(at) = text.find("/tables/").map(|at| at + "/tables/".len()) else {
            return;
        };
        let rest = text.get(at..).unwrap_or("");
        let part: Cow<'_, str> = rest.split('/').next().unwrap_or(rest).into();
        let name = match part.split('\'').nth(1) {
            Some(name) if part.contains("encodeURIComponent('") => name,
            _ if expr::is_plain(&part) => &part,
            _ => {
                self.found.dynamic_table = true;
                return;
            }
        };
        let from = at + part.find(name).unwrap_or(0);
        let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        self.push(
            Role::Table,
            name,
            path.source_span(Span::new(at(from), at(from + name.len()))),
        );
    }
}

/// Where the set name stands in a path such as `/accounts(…)` or `https://…/api/data/v9.2/accounts(…)`.
fn set_name(text: &str) -> Option<(usize, usize)> {
    let open = text.find('(')?;
    // Some write a slash before the parenthesis, and the service takes it.
    let end = text.get(..open)?.trim_end_matches('/').len();
    let start = text
        .get(..end)?
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let start = match start {
        Some(at) if text.as_bytes().get(at) == Some(&b'/') => at + 1,
        Some(_) => return None,
        None => 0,
    };
    (start < end && !text.get(..start)?.contains('@')).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Spanned;
    use crate::flow::Owner;
    use syntax::json::Tree;

    fn read(id: &str, parameters: &str) -> (Vec<String>, Touches) {
        let tree = Tree::parse(parameters);
        let value = tree.root(parameters).unwrap();
        let operation = Operation {
            owner: Owner::Definition,
            connection: None,
            connector: "shared_commondataserviceforapps".into(),
            id: Spanned::new(id.into(), Span::at(0)),
            parameters: Some(value.id()),
            older: value.get("path").is_some(),
        };
        let found = touches(&operation, value, &StringMemo::default());
        let shown = found.names.iter().map(|touch| {
            let written = &parameters[touch.span.range()];
            assert!(written.contains(&touch.name), "{written} {touch:?}");
            format!("{:?} {}", touch.role, touch.name)
        });
        (shown.collect(), found)
    }

    #[test]
    fn rows_name_columns_and_bound_tables() {
        let (names, found) = read(
            "UpdateRecord",
            r#"{"entityName":"con_reports","recordId":"@x","item/con_name":"@y","item/con_Owner@odata.bind":"/systemusers(@{z})",
               "item/con_Parent@odata.bind":"@concat('con_parents(', body('A'), ')')"}"#,
        );
        assert_eq!(
            names,
            [
                "Table con_reports",
                "Write con_name",
                "Bind con_Owner",
                "BoundTable systemusers",
                "Bind con_Parent",
                "BoundTable con_parents"
            ]
        );
        assert!(!found.dynamic_table && !found.dynamic_row);
    }

    #[test]
    fn what_expressions_give_is_said_to_be_unknown() {
        let (names, found) = read(
            "CreateRecord",
            r#"{"entityName":"@parameters('t')","item":"@body('row')","$filter":"@variables('f')"}"#,
        );
        assert!(names.is_empty());
        assert!(found.dynamic_table && found.dynamic_row && found.dynamic_query);
    }

    #[test]
    fn queries_name_what_they_read() {
        let (names, _) = read(
            "ListRecords",
            r#"{"entityName":"con_reports","$select":"con_name,_con_account_value","$filter":"con_total gt @{1} and con_Account/name eq 'x'","$expand":"con_Lines($select=con_text)"}"#,
        );
        assert_eq!(
            names,
            [
                "Table con_reports",
                "Read con_name",
                "Read con_account",
                "Read con_total",
                "Navigation con_Account",
                "Navigation con_Lines"
            ]
        );
        let (names, _) = read(
            "SubscribeWebhookTrigger",
            r#"{"subscriptionRequest/message":4,"subscriptionRequest/entityname":"con_report","subscriptionRequest/filteringattributes":"con_name, con_total","subscriptionRequest/filterexpression":"con_state eq 1"}"#,
        );
        assert_eq!(
            names,
            [
                "Table con_report",
                "Watch con_name",
                "Watch con_total",
                "Read con_state"
            ]
        );
    }

    #[test]
    fn actions_and_associations_have_no_columns() {
        let (names, _) = read(
            "PerformBoundAction",
            r#"{"entityName":"con_reports","actionName":"con_Approve","recordId":"x","item/Comment":"y"}"#,
        );
        assert_eq!(names, ["Table con_reports", "Action con_Approve"]);
        let (names, _) = read(
            "AssociateEntities",
            r#"{"entityName":"teams","recordId":"x","associationEntityRelationship":"teammembership_association","item/@odata.id":"https://contoso.crm.dynamics.com/api/data/v9.2/systemusers(1)"}"#,
        );
        assert_eq!(
            names,
            [
                "Table teams",
                "Relationship teammembership_association",
                "BoundTable systemusers"
            ]
        );
        let (names, _) = read(
            "UpdateEntityFileImageFieldContent",
            r#"{"entityName":"con_reports","recordId":"x","fileImageFieldName":"con_receipt","item":"@body('f')"}"#,
        );
        assert_eq!(names, ["Table con_reports", "Write con_receipt"]);
    }

    #[test]
    fn the_older_form_is_read_too() {
        let (names, _) = read(
            "PostItem_V2",
            r#"{"method":"post","path":"/v2/datasets/@{encodeURIComponent(encodeURIComponent('x'))}/tables/@{encodeURIComponent(encodeURIComponent('accounts'))}/items","body":{"name":"y","ownerid@odata.bind":"/teams(1)"},"queries":{"$filter":"name eq 'z'"}}"#,
        );
        assert_eq!(
            names,
            [
                "Table accounts",
                "Write name",
                "Bind ownerid",
                "BoundTable teams",
                "Read name"
            ]
        );
    }

    #[test]
    fn set_names_are_found_in_paths() {
        let of = |text: &'static str| set_name(text).map(|(from, to)| &text[from..to]);
        assert_eq!(of("/accounts(1)"), Some("accounts"));
        assert_eq!(of("contacts/(1)"), Some("contacts"));
        assert_eq!(of("https://x/api/data/v9.2/accounts(1)"), Some("accounts"));
        assert_eq!(of("@{f(x)}"), None);
        assert_eq!(of("@concat('a', b)"), None);
        assert_eq!(of("(1)"), None);
    }
}
