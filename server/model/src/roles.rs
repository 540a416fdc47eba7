//! Facts of security roles: `Roles/<name>.xml`, or `<Role>` in a raw `customizations.xml`.

use syntax::xml::{Element, Tree};

use crate::facts::Spanned;
use crate::guid::Guid;

/// A security role of a solution.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RoleDefinition {
    /// Whether the file is well-formed, so that absence in it means absence.
    pub complete: bool,
    /// Its name.
    pub name: Option<Spanned<String>>,
    /// Its id.
    pub id: Option<Guid>,
    /// What it grants, in the order of the file.
    pub privileges: Vec<RolePrivilege>,
}

/// One privilege of a role.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RolePrivilege {
    /// Its name, such as `prvReadcon_Report`.
    pub name: Spanned<String>,
    /// How far it reaches; `None` where the file has no such word.
    pub level: Option<Depth>,
}

/// How far a privilege reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Depth {
    /// Rows of one's own and those shared.
    User,
    /// Rows of the own business unit.
    BusinessUnit,
    /// Rows of the own business unit and those below.
    ParentChild,
    /// All rows.
    Organization,
}

impl Depth {
    /// Every depth: the word in role files, the name for people, the depth.
    pub const ALL: [(&'static str, &'static str, Self); 4] = [
        ("Basic", "User", Self::User),
        ("Local", "Business unit", Self::BusinessUnit),
        ("Deep", "Parent: child business units", Self::ParentChild),
        ("Global", "Organization", Self::Organization),
    ];

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The word in role files.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The depth of a word in role files.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(own, ..)| own.eq_ignore_ascii_case(word.trim()));
        known.map(|(.., depth)| *depth)
    }
}

impl RoleDefinition {
    /// Reads a role's file; `None` when it is something else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let tree = Tree::parse(text);
        let root = tree.root().filter(|root| root.name().eq_ignore_ascii_case("Role"))?;
        let mut facts = Self::of_element(root);
        facts.complete = !tree.is_broken();
        Some(facts)
    }

    /// Reads a `<Role>`; whether it is whole is for the caller to say.
    pub(crate) fn of_element(role: Element<'_>) -> Self {
        let attribute = |element: Element<'_>, name: &str| {
            let value = element.attribute_ignore_case(name)?;
            let text = value.value().trim().to_owned();
            (!text.is_empty()).then(|| Spanned::new(text, value.value_span()))
        };
        let id = attribute(role, "id").or_else(|| attribute(role, "roleid"));
        let privileges = role
            .child("RolePrivileges")
            .into_iter()
            .flat_map(|list| list.children());
        Self {
            complete: true,
            name: attribute(role, "name"),
            id: id.and_then(|id| Guid::parse(&id.value)),
            privileges: privileges
                .filter(|child| child.name().eq_ignore_ascii_case("RolePrivilege"))
                .filter_map(|privilege| {
                    Some(RolePrivilege {
                        name: attribute(privilege, "name")?,
                        level: attribute(privilege, "level").and_then(|level| Depth::parse(&level.value)),
                    })
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_privileges_with_their_depth() {
        let text = r#"<Role id="{a696980c-5fd0-ec11-a7b5-0022486dabee}" name="Contoso expense flows" isinherited="1">
  <RolePrivileges>
    <RolePrivilege name="prvReadcon_Report" level="Global" />
    <RolePrivilege name="prvCreatecon_Report" level="Basic" />
    <RolePrivilege name="prvOdd" level="Sideways" />
    <RolePrivilege level="Deep" />
  </RolePrivileges>
</Role>"#;
        let role = RoleDefinition::read(text).expect("a role");
        assert!(role.complete && role.id.is_some());
        assert_eq!(
            role.name.as_ref().map(|name| name.value.as_str()),
            Some("Contoso expense flows")
        );
        let levels: Vec<_> = role.privileges.iter().map(|privilege| privilege.level).collect();
        assert_eq!(levels, [Some(Depth::Organization), Some(Depth::User), None]);
        assert!(!RoleDefinition::read(&text[..120]).expect("half a role").complete);
        assert_eq!(RoleDefinition::read("<Other />"), None);
    }
}
