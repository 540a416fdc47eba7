//! What operations of the Dataverse connector need: rights on tables, by what is done with their rows.

use model::flow::{OperationSummary, Role};
use model::roles::Depth;

use super::super::Right;
use super::Deriver;
use crate::reach::TableId;

const OWN: &str = "the row is made without naming an owner, so it belongs to the identity itself";
const ANY: &str = "nothing in the flow says that the rows are the identity's own";

impl Deriver<'_> {
    fn system(&mut self, name: &str, right: Right, depth: Depth, why: &'static str, needed: bool) {
        match self.reach.find_table(name) {
            Some(table) => self.grant(table, right, depth, why, needed),
            None => self.gap(why, name),
        }
    }

    pub(super) fn dataverse(&mut self, table: Option<TableId>, operation: &OperationSummary) {
        if operation.trigger {
            return self.trigger(table, operation);
        }
        let id = lower(&operation.id);
        if id.starts_with("perform") {
            return self.action(operation);
        }
        if id.starts_with("aibuilder") {
            return self.gap(
                "what the prediction reads is not in the flow; see the model's own settings",
                "AI Builder",
            );
        }
        if id.starts_with("executechangeset") {
            return;
        }
        if operation.dynamic_table {
            return self.gap(
                "an expression names the table; look at a run, or at the values that the expression can take",
                &operation.id,
            );
        }
        let Some(table) = table else {
            return self.gap(
                "nothing in the flow tells what this operation works on; look at its parameters",
                &operation.id,
            );
        };
        let reads = self.queries(table, operation);
        match id.as_str() {
            "createrecord" | "postitem" => self.create(table, operation),
            "updaterecord" | "updateonlyrecord" | "patchitem" => {
                self.update(table, operation);
                if id == "updaterecord" {
                    self.maybe(
                        table,
                        Right::Create,
                        Depth::Organization,
                        "Update a row makes the row where it does not exist; \"Update only\" does not",
                    );
                }
            }
            "deleterecord" | "deleteitem" => {
                self.need(table, Right::Delete, Depth::Organization, ANY);
            }
            "associateentities" | "disassociateentities" => self.associate(table, operation),
            "updateentityfileimagefieldcontent" => {
                self.need(table, Right::Write, Depth::Organization, ANY);
                self.need(
                    table,
                    Right::Read,
                    Depth::Organization,
                    "a row must be seen to be changed",
                );
            }
            _ if reads => {}
            _ => self.gap(
                "what this operation needs is not known here; see its documentation",
                &operation.id,
            ),
        }
    }

    /// What reading needs: the table, the tables of FetchXML, and the tables behind navigation properties. Says whether
    /// the operation is one that reads.
    fn queries(&mut self, table: TableId, operation: &OperationSummary) -> bool {
        let reads = matches!(
            lower(&operation.id).as_str(),
            "listrecords"
                | "getitem"
                | "getitems"
                | "getentityfileimagefieldcontent"
                | "searchrows"
                | "getrelevantrows"
        );
        if reads {
            self.need(table, Right::Read, Depth::Organization, ANY);
        }
        for name in operation.named(Role::LinkedTable) {
            if let Some(linked) = self.reach.find_table(name) {
                self.need(linked, Right::Read, Depth::Organization, "a query in FetchXML reads it");
            }
        }
        for property in operation.named(Role::Navigation) {
            match self.lookups.find(self.reach, table, property) {
                Some(linked) => self.need(linked, Right::Read, Depth::Organization, "a query follows a lookup to it"),
                None => self.gap(
                    "a query follows this navigation property; its table is in the relationship's definition and needs Read",
                    property,
                ),
            }
        }
        if operation.dynamic_query {
            self.gap(
                "an expression gives part of the query, which may follow lookups to more tables; they need Read",
                &self.reach.table(table).name.clone(),
            );
        }
        reads
    }

    fn create(&mut self, table: TableId, operation: &OperationSummary) {
        let owner = names_owner(operation);
        let (depth, why) = if owner || operation.dynamic_row {
            (Depth::Organization, "the flow may name another owner")
        } else {
            (Depth::User, OWN)
        };
        self.need(table, Right::Create, depth, why);
        self.need(
            table,
            Right::Read,
            depth,
            "the one who makes a row and owns it must be able to see it",
        );
        if owner {
            self.need(
                table,
                Right::Assign,
                Depth::Organization,
                "the flow names the row's owner",
            );
            self.need(
                table,
                Right::Write,
                Depth::Organization,
                "giving a row an owner is a change of it",
            );
        }
        self.bind(table, operation, depth);
    }

    fn update(&mut self, table: TableId, operation: &OperationSummary) {
        self.need(table, Right::Write, Depth::Organization, ANY);
        self.need(
            table,
            Right::Read,
            Depth::Organization,
            "a row must be seen to be changed",
        );
        if names_owner(operation) {
            self.need(
                table,
                Right::Assign,
                Depth::Organization,
                "the flow names the row's owner",
            );
        }
        self.bind(table, operation, Depth::Organization);
    }

    /// Lookups: the row is appended, the row it is bound to is appended to.
    fn bind(&mut self, table: TableId, operation: &OperationSummary, depth: Depth) {
        let mut bound = false;
        for lookup in operation.named(Role::Bind).filter(|name| !is_owner(name)) {
            bound = true;
            let targets: Vec<TableId> = operation
                .bound()
                .filter(|(own, _)| own.eq_ignore_ascii_case(lookup))
                .filter_map(|(_, set)| self.reach.find_table(&self.reach.names.resolve(set, false).logical))
                .chain(self.lookups.find(self.reach, table, lookup))
                .collect();
            if targets.is_empty() {
                self.gap(
                    "an expression gives the row that this lookup is bound to; its table needs Append to and Read",
                    lookup,
                );
            }
            for target in targets {
                self.append_to(target);
            }
        }
        if bound {
            self.need(table, Right::Append, depth, "a lookup of the row is bound");
        }
        if operation.dynamic_row {
            self.maybe(
                table,
                Right::Append,
                Depth::Organization,
                "an expression gives the row, which may bind lookups",
            );
            self.maybe(
                table,
                Right::Assign,
                Depth::Organization,
                "an expression gives the row, which may name its owner",
            );
            self.gap(
                "an expression gives the whole row; the tables of lookups that it binds need Append to and Read",
                &self.reach.table(table).name.clone(),
            );
        }
    }

    fn append_to(&mut self, target: TableId) {
        self.need(target, Right::AppendTo, Depth::Organization, "rows are bound to it");
        self.need(
            target,
            Right::Read,
            Depth::Organization,
            "rows are bound to it, which needs sight of them",
        );
        self.maybe(
            target,
            Right::Write,
            Depth::Organization,
            "the documentation lists Write beside Append to; try without it first",
        );
    }

    fn associate(&mut self, table: TableId, operation: &OperationSummary) {
        let ends = std::iter::once(table).chain(
            operation
                .bound()
                .filter_map(|(_, set)| self.reach.find_table(&self.reach.names.resolve(set, false).logical)),
        );
        let ends: Vec<TableId> = ends.collect();
        if ends.len() < 2 {
            let relationship = operation
                .named(Role::Relationship)
                .next()
                .unwrap_or("an unnamed relationship");
            self.gap(
                "the other table of this relationship is in its definition; it needs Read, Append and Append to",
                relationship,
            );
        }
        for end in ends {
            self.need(
                end,
                Right::Read,
                Depth::Organization,
                "associating needs sight of both rows",
            );
            self.need(
                end,
                Right::Append,
                Depth::Organization,
                "both ends of a relationship between many and many are appended",
            );
            self.need(
                end,
                Right::AppendTo,
                Depth::Organization,
                "which end is appended to is not told by the relationship's name",
            );
        }
    }

    /// Bound and unbound actions: what they do is in their implementation.
    fn action(&mut self, operation: &OperationSummary) {
        let name = operation.named(Role::Action).next();
        let bare = name.map(|name| name.rsplit('.').next().unwrap_or(name));
        match bare.map(str::to_ascii_lowercase).as_deref() {
            Some("grantaccess" | "modifyaccess" | "revokeaccess") => self.gap(
                "this action shares rows; the table of the row it is given needs Share and Read",
                name.unwrap_or_default(),
            ),
            Some("whoami") => {}
            Some(_) => self.gap(
                "what this action needs is in its implementation: its plug-in or workflow, or the reference of the message",
                name.unwrap_or_default(),
            ),
            None => self.gap("an expression names the action; look at a run", &operation.id),
        }
    }

    fn trigger(&mut self, table: Option<TableId>, operation: &OperationSummary) {
        const WHY: &str = "a trigger keeps its subscription in this table, as the identity's own row";
        for right in [Right::Create, Right::Read, Right::Write, Right::Delete] {
            self.system("callbackregistration", right, Depth::User, WHY, true);
        }
        let Some(subscription) = operation.subscription else {
            const CUSTOM: &str = "a trigger on an action looks the action up here";
            for name in ["sdkmessage", "customapi", "workflow"] {
                self.system(name, Right::Read, Depth::Organization, CUSTOM, false);
            }
            return;
        };
        if operation.dynamic_table {
            self.gap(
                "an expression names the table; look at a run, or at the values that the expression can take",
                &operation.id,
            );
        }
        let Some(table) = table else { return };
        let (depth, why) = match subscription.scope {
            1 => (Depth::User, "the trigger waits for rows of the identity itself"),
            2 => (Depth::BusinessUnit, "the trigger waits for rows of the business unit"),
            3 => (
                Depth::ParentChild,
                "the trigger waits for rows of the business unit and those below",
            ),
            _ => (
                Depth::Organization,
                "the trigger waits for rows of the whole organisation",
            ),
        };
        self.need(table, Right::Read, depth, why);
        if matches!(subscription.run_as, Some(2 | 3)) {
            self.gap(
                "actions of this flow may run as another user, whose rights count then; see \"Run as\" of the trigger",
                &self.reach.table(table).name.clone(),
            );
        }
    }
}

/// An operation's id in lower case, without what only says where it works and which version it is.
fn lower(id: &str) -> String {
    let mut name: String = id.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
    for ending in ["withorganization", "inchangeset", "v2"] {
        if let Some(length) = name.strip_suffix(ending).map(str::len) {
            name.truncate(length);
        }
    }
    name
}

fn is_owner(lookup: &str) -> bool {
    lookup.eq_ignore_ascii_case("ownerid")
}

fn names_owner(operation: &OperationSummary) -> bool {
    let mut names = operation.named(Role::Bind).chain(operation.named(Role::Write));
    names.any(is_owner)
}
