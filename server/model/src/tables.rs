//! Facts of table definitions: `Entities/<table>/Entity.xml`, or `<Entity>` in a raw `customizations.xml`.

use syntax::Span;
use syntax::xml::{Element, Tree};

use crate::facts::Spanned;

/// A Dataverse table as a solution defines or extends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TableDefinition {
    /// Whether the file is well-formed, so that absence in it means absence.
    pub complete: bool,
    /// Schema name such as `con_Report`; the logical name is the same in lower case.
    pub name: Option<Spanned<String>>,
    /// Display name.
    pub display_name: Option<String>,
    /// Set name such as `con_reports`, which flows use.
    pub set_name: Option<Spanned<String>>,
    /// Whether changes of its rows are audited, where the definition says so.
    pub audited: Option<Spanned<bool>>,
    /// Whether rows belong to users or teams; `false` where they belong to the organisation.
    pub user_owned: Option<bool>,
    /// Its columns, as far as the solution holds them.
    pub columns: Vec<ColumnDefinition>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ColumnDefinition {
    /// Logical name.
    pub name: Spanned<String>,
    /// Whether changes are audited, where the definition says so.
    pub audited: Option<Spanned<bool>>,
    /// Whether a field security profile is needed to read or write it.
    pub secured: bool,
}

impl TableDefinition {
    /// Reads `Entity.xml`.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let tree = Tree::parse(text);
        let mut facts = tree.root().map(Self::of_element).unwrap_or_default();
        facts.complete = !tree.is_broken();
        facts
    }

    /// Reads an `<Entity>`; whether it is whole is for the caller to say.
    pub(crate) fn of_element(entity: Element<'_>) -> Self {
        let outer = entity.child("Name");
        let Some(info) = entity.path(&["EntityInfo", "entity"]) else {
            return Self {
                name: outer.and_then(text_of),
                ..Self::default()
            };
        };
        let attribute = |element: Element<'_>, name: &str| {
            let value = element.attribute(name)?;
            let text = value.value().into_owned();
            (!text.is_empty()).then(|| Spanned::new(text, value.value_span()))
        };
        let columns = info.child("attributes");
        let ownership = info.child("OwnershipTypeMask").and_then(text_of);
        Self {
            complete: true,
            name: attribute(info, "Name").or_else(|| outer.and_then(text_of)),
            display_name: outer
                .and_then(|name| attribute(name, "LocalizedName"))
                .map(|name| name.value),
            set_name: info.child("EntitySetName").and_then(text_of),
            audited: info.child("IsAuditEnabled").and_then(flag),
            user_owned: ownership.map(|owner| owner.value.eq_ignore_ascii_case("UserOwned")),
            columns: columns
                .into_iter()
                .flat_map(|list| list.children_named("attribute"))
                .filter_map(column)
                .collect(),
        }
    }

    /// The table's logical name.
    #[must_use]
    pub fn logical_name(&self) -> Option<String> {
        self.name.as_ref().map(|name| name.value.to_ascii_lowercase())
    }

    /// A column by logical name; case does not count.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnDefinition> {
        self.columns
            .iter()
            .find(|column| crate::same_name(&column.name.value, name))
    }
}

fn column(attribute: Element<'_>) -> Option<ColumnDefinition> {
    let name = attribute
        .child("LogicalName")
        .or_else(|| attribute.child("Name"))
        .and_then(text_of)
        .or_else(|| {
            let name = attribute.attribute("PhysicalName")?;
            Some(Spanned::new(name.value().into_owned(), name.value_span()))
        })?;
    Some(ColumnDefinition {
        name,
        audited: attribute.child("IsAuditEnabled").and_then(flag),
        secured: attribute
            .child("IsSecured")
            .and_then(flag)
            .is_some_and(|secured| secured.value),
    })
}

/// An element's text with its place; `None` where it is blank.
fn text_of(element: Element<'_>) -> Option<Spanned<String>> {
    let text = element.text();
    let trimmed = text.trim();
    let span: Span = element.trimmed_text_span().or_else(|| element.content_span())?;
    (!trimmed.is_empty()).then(|| Spanned::new(trimmed.to_owned(), span))
}

/// `1` or `0`, or the words.
fn flag(element: Element<'_>) -> Option<Spanned<bool>> {
    let text = text_of(element)?;
    let value = match text.value.as_str() {
        "1" => true,
        "0" => false,
        word if word.eq_ignore_ascii_case("true") => true,
        word if word.eq_ignore_ascii_case("false") => false,
        _ => return None,
    };
    Some(Spanned::new(value, text.span))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<Entity>
  <Name LocalizedName="Report" OriginalName="Report">con_Report</Name>
  <EntityInfo>
    <entity Name="con_Report">
      <attributes>
        <attribute PhysicalName="con_Name">
          <Type>nvarchar</Type><Name>con_name</Name><LogicalName>con_name</LogicalName>
          <IsAuditEnabled>0</IsAuditEnabled><IsSecured>0</IsSecured>
        </attribute>
        <attribute PhysicalName="con_Total"><LogicalName>con_total</LogicalName><IsSecured>1</IsSecured></attribute>
        <attribute PhysicalName="con_Bare" />
      </attributes>
      <EntitySetName>con_reports</EntitySetName>
      <IsAuditEnabled>1</IsAuditEnabled>
      <OwnershipTypeMask>UserOwned</OwnershipTypeMask>
    </entity>
  </EntityInfo>
</Entity>"#;

    #[test]
    fn reads_names_auditing_and_columns() {
        let table = TableDefinition::read(TABLE);
        assert!(table.complete);
        assert_eq!(table.logical_name().as_deref(), Some("con_report"));
        assert_eq!(table.display_name.as_deref(), Some("Report"));
        assert_eq!(
            table.set_name.as_ref().map(|name| name.value.as_str()),
            Some("con_reports")
        );
        assert_eq!(table.audited.as_ref().map(|on| on.value), Some(true));
        assert_eq!(table.user_owned, Some(true));
        let name = table.column("CON_NAME").expect("it is there");
        assert_eq!(&TABLE[name.name.span.range()], "con_name");
        assert_eq!(name.audited.as_ref().map(|on| on.value), Some(false));
        assert_eq!(
            (name.secured, table.column("con_total").expect("it is there").secured),
            (false, true)
        );
        assert_eq!(
            table.column("con_total").and_then(|column| column.audited.clone()),
            None
        );
        assert!(table.column("con_bare").is_some());
    }

    #[test]
    fn a_damaged_file_tells_what_it_can() {
        let table = TableDefinition::read(&TABLE[..TABLE.len() - 60]);
        assert!(!table.complete);
        assert!(table.name.is_some());
        assert_eq!(
            TableDefinition::read(""),
            TableDefinition {
                complete: TableDefinition::read("").complete,
                ..TableDefinition::default()
            }
        );
        let bare = TableDefinition::read("<Entity><Name>account</Name></Entity>");
        assert_eq!(bare.logical_name().as_deref(), Some("account"));
    }
}
