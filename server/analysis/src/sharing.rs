//! With whom connections are shared, as far as role assignments of inventories tell.
//!
//! A connection that no role assignment names is not private: nothing is known of it. One whose only assignments are its
//! owner's is shared with nobody.

use std::fmt;

use model::inventory::RoleAssignment;
use model::{FileId, Workspace};
use rustc_hash::FxHashMap;
use syntax::Span;

use crate::identity::connection_key;

/// Who is meant by a role assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Audience {
    /// Everybody in the organisation.
    Everyone,
    /// The members of a group.
    Group,
    /// One user.
    Person,
    /// An application.
    Application,
    /// Something that the inventory does not name.
    Other,
}

impl Audience {
    /// Who an assignment means, by its principal's type.
    #[must_use]
    pub fn of(assignment: &RoleAssignment) -> Self {
        let is = |words: &[&str]| {
            words
                .iter()
                .any(|word| assignment.principal_type.trim().eq_ignore_ascii_case(word))
        };
        if is(&["Tenant", "Everyone", "Organization"]) || assignment.principal.trim().eq_ignore_ascii_case("everyone") {
            Self::Everyone
        } else if is(&["Group", "SecurityGroup", "Office365Group"]) {
            Self::Group
        } else if is(&["ServicePrincipal", "Application"]) {
            Self::Application
        } else if is(&["User"]) || assignment.principal_email.is_some() {
            Self::Person
        } else {
            Self::Other
        }
    }
}

/// That somebody besides its owner may use a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who is meant.
    pub audience: Audience,
    /// The principal's name: of people the address, where there is one.
    pub who: String,
    /// The role as the inventory gives it.
    pub role: String,
    /// Where the inventory says so.
    pub place: (FileId, Span),
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.audience {
            Audience::Everyone => f.write_str("everyone")?,
            Audience::Group => write!(f, "group {}", self.who)?,
            Audience::Application => write!(f, "application {}", self.who)?,
            Audience::Person | Audience::Other => f.write_str(&self.who)?,
        }
        if self.role.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", self.role)
        }
    }
}

/// So many owners of one connection are told apart.
const MAX_OWNERS: usize = 50;

/// With whom one connection is shared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sharing {
    /// Who owns it, by address or name; empty where no assignment says.
    pub owners: Vec<String>,
    /// Who else may use it.
    pub grants: Vec<Grant>,
    /// The inventory that tells; `None` where none does, so that nothing is known.
    pub told_by: Option<FileId>,
}

impl Sharing {
    /// Whether nothing tells with whom the connection is shared.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.told_by.is_none()
    }

    /// Whether it is known that nobody but its owner may use it.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.told_by.is_some() && self.grants.is_empty() && self.owners.len() < 2
    }

    /// That everybody may use it.
    #[must_use]
    pub fn everyone(&self) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.audience == Audience::Everyone)
    }

    fn add(&mut self, file: FileId, assignment: &RoleAssignment) {
        self.told_by.get_or_insert(file);
        let audience = Audience::of(assignment);
        let who = match (audience, &assignment.principal_email) {
            (Audience::Person | Audience::Application, Some(email)) => email,
            _ => &assignment.principal,
        };
        let is_owner = assignment.role.trim().eq_ignore_ascii_case("Owner");
        // A group that owns a connection shares it among its members.
        if is_owner && matches!(audience, Audience::Person | Audience::Application | Audience::Other) {
            if self.owners.len() < MAX_OWNERS && !self.owners.iter().any(|own| model::same_name(own, who)) {
                self.owners.push(who.clone());
            }
            return;
        }
        self.grants.push(Grant {
            audience,
            who: who.clone(),
            role: assignment.role.trim().to_owned(),
            place: (file, assignment.span),
        });
    }
}

/// As the rest of a sentence about the connection: "shared with group Finance (CanUse)".
impl fmt::Display for Sharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 3;
        if self.is_unknown() {
            return f.write_str("with whom it is shared is unknown");
        }
        let mut with: Vec<String> = self.grants.iter().map(Grant::to_string).collect();
        if self.owners.len() > 1 {
            with.extend(self.owners.iter().map(|owner| format!("{owner} (Owner)")));
        }
        match with.as_slice() {
            [] => f.write_str("shared with nobody"),
            [one] => write!(f, "shared with {one}"),
            [all @ .., last] if with.len() <= SHOWN => write!(f, "shared with {} and {last}", all.join(", ")),
            many => write!(
                f,
                "shared with {} and {} more",
                many[..SHOWN].join(", "),
                many.len() - SHOWN
            ),
        }
    }
}

/// With whom each connection of a workspace is shared.
#[derive(Clone, Debug, Default)]
pub struct Sharings {
    by_connection: FxHashMap<String, Sharing>,
    unknown: Sharing,
}

impl Sharings {
    /// Reads the role assignments of every inventory, in the order of their paths.
    #[must_use]
    pub fn new(workspace: &Workspace) -> Self {
        let mut files: Vec<(&str, FileId)> = workspace
            .files()
            .filter(|(_, file)| {
                file.facts
                    .inventory()
                    .is_some_and(|facts| !facts.role_assignments.is_empty())
            })
            .map(|(id, file)| (&*file.path, id))
            .collect();
        files.sort_unstable();
        let mut all = Self::default();
        for (_, file) in files {
            let inventory = workspace.file(file).facts.inventory();
            for assignment in inventory.into_iter().flat_map(|facts| &facts.role_assignments) {
                let key = connection_key(&assignment.connection);
                all.by_connection.entry(key).or_default().add(file, assignment);
            }
        }
        for sharing in all.by_connection.values_mut() {
            // The widest first; what is listed twice counts once.
            sharing.grants.sort_by_key(|grant| grant.audience);
            sharing
                .grants
                .dedup_by(|a, b| a.audience == b.audience && model::same_name(&a.who, &b.who) && a.role == b.role);
        }
        all
    }

    /// Whether there is no role assignment at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_connection.is_empty()
    }

    /// With whom the connection of a name, or of a path that ends in it, is shared.
    #[must_use]
    pub fn of(&self, connection: &str) -> &Sharing {
        let name = connection
            .trim()
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or(connection);
        self.by_connection.get(&connection_key(name)).unwrap_or(&self.unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::workspace;

    fn row(connection: &str, kind: &str, name: &str, email: &str, role: &str) -> String {
        format!(
            r#"{{"RoleId":"/providers/x/connections/{connection}/permissions/1","RoleName":"1","PrincipalDisplayName":"{name}","PrincipalEmail":{email},"PrincipalObjectId":"0","PrincipalType":"{kind}","RoleType":"{role}","ConnectionName":"{connection}","ConnectorName":"shared_sql","EnvironmentName":"dev"}}"#
        )
    }

    fn of(rows: &[String], connection: &str) -> Sharing {
        let workspace = workspace(&[
            ("/r/flowsentry.jsonc", r#"{ "connections": ["roles.json"] }"#),
            ("/r/roles.json", &format!("[{}]", rows.join(","))),
        ]);
        Sharings::new(&workspace).of(connection).clone()
    }

    #[test]
    fn told_and_unknown() {
        let owner = row("0A-1b", "User", "Alex", r#""alex@contoso.com""#, "Owner");
        let alone = of(std::slice::from_ref(&owner), "0a1b");
        assert!(alone.is_private() && !alone.is_unknown());
        assert_eq!(
            (alone.owners.as_slice(), alone.to_string().as_str()),
            (&["alex@contoso.com".to_owned()][..], "shared with nobody")
        );
        let group = row("0A-1b", "Group", "Finance Automations", "null", "CanUse");
        let shared = of(&[owner.clone(), group.clone(), group], "/x/connections/0a1b");
        assert_eq!(shared.to_string(), "shared with group Finance Automations (CanUse)");
        let everyone = row("0A-1b", "Tenant", "Contoso", "null", "CanUseAndShare");
        let wide = of(&[owner.clone(), everyone], "0A-1B");
        assert_eq!(wide.to_string(), "shared with everyone (CanUseAndShare)");
        assert!(wide.everyone().is_some() && !wide.is_private());
        let two = of(
            &[owner.clone(), row("0a1b", "User", "B", r#""b@contoso.com""#, "Owner")],
            "0a1b",
        );
        assert!(!two.is_private());
        assert_eq!(
            two.to_string(),
            "shared with alex@contoso.com (Owner) and b@contoso.com (Owner)"
        );
        let other = of(&[owner], "ffff");
        assert!(other.is_unknown() && !other.is_private());
        assert_eq!(other.to_string(), "with whom it is shared is unknown");
    }
}
