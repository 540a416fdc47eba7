//! Facts of `Customizations.xml`: connection references, and in the raw layout the metadata of every workflow.

use syntax::xml::{Element, Tree};
use syntax::{Span, TextEdit};

use crate::anchor::ListAnchor;
use crate::facts::Spanned;
use crate::roles::RoleDefinition;
use crate::tables::TableDefinition;
use crate::workflow_metadata::WorkflowMetadata;

/// What the customizations say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Customizations {
    /// Whether the file is well-formed, so that absence in it means absence.
    pub complete: bool,
    /// The solution's connection references.
    pub connection_references: Vec<ConnectionReference>,
    /// Where a connection reference can be added.
    pub connection_references_anchor: Option<ListAnchor>,
    /// Metadata of workflows; empty in the classic layout, where it has files of its own.
    pub workflows: Vec<WorkflowMetadata>,
    /// Environment variable definitions of exports of 2019 and 2020, which stand inline.
    pub variable_definitions: Vec<Spanned<String>>,
    /// Tables of the raw layout; the classic one has files for them.
    pub tables: Vec<TableDefinition>,
    /// Security roles of the raw layout.
    pub roles: Vec<RoleDefinition>,
}

/// One `<connectionreference>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionReference {
    /// Logical name; the attribute's value.
    pub logical_name: Spanned<String>,
    /// Display name.
    pub display_name: Option<String>,
    /// Connector id, `/providers/Microsoft.PowerApps/apis/shared_…`.
    pub connector_id: Option<Spanned<String>>,
    /// Id of the custom connector, where it is one; stable where the connector's name is not.
    pub custom_connector_id: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Where a description can be written, for a reference that has none.
    pub description_place: Option<DescriptionPlace>,
    /// The whole element.
    pub span: Span,
    /// What to delete to remove the element with the line it stands on.
    pub removal: Span,
}

/// Where the description of a connection reference goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescriptionPlace {
    /// An empty description, or the place for one.
    span: Span,
    /// What comes before it: the line's end and its indentation.
    before: String,
}

impl DescriptionPlace {
    /// The edit that writes a description, given as plain text.
    #[must_use]
    pub fn write(&self, text: &str) -> TextEdit {
        let text = syntax::xml::escape_text(text);
        TextEdit::new(self.span, format!("{}<description>{text}</description>", self.before))
    }
}

/// In the place of an empty one, else behind the connector as exports have it.
fn description_place(element: Element<'_>, text: &str) -> Option<DescriptionPlace> {
    if let Some(own) = element.child("description") {
        return own.text().trim().is_empty().then(|| DescriptionPlace {
            span: own.span(),
            before: String::new(),
        });
    }
    let after = element.child("connectorid").or_else(|| element.children().last())?;
    let start = after.span().start as usize;
    let line = text.get(..start)?;
    let white = line.len() - line.trim_end().len();
    Some(DescriptionPlace {
        span: Span::at(after.span().end),
        before: line.get(line.len() - white..)?.to_owned(),
    })
}

impl ConnectionReference {
    /// The connector's name, `shared_…`.
    #[must_use]
    pub fn connector(&self) -> Option<&str> {
        self.connector_id.as_ref().map(|id| crate::connector_name(&id.value))
    }

    /// The name to show: the display name, else the logical name.
    #[must_use]
    pub fn title(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.logical_name.value)
    }
}

impl Customizations {
    /// Reads the facts.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let tree = Tree::parse(text);
        let Some(root) = tree.root() else {
            return Self::default();
        };
        let mut facts = Self {
            complete: !tree.is_broken(),
            ..Self::default()
        };
        if let Some(list) = root.child("connectionreferences") {
            let mut before = list.start_tag_span().end;
            for element in list.children() {
                let removal = Span::new(before, element.span().end);
                before = element.span().end;
                if element.name() == "connectionreference" {
                    facts
                        .connection_references
                        .extend(connection_reference(element, removal, text));
                }
            }
            facts.connection_references_anchor = Some(ListAnchor::of(list, text));
        } else {
            facts.connection_references_anchor = Some(ListAnchor::missing(root, "connectionreferences", text));
        }
        if let Some(list) = root.child("Workflows") {
            facts.workflows = list
                .children_named("Workflow")
                .filter_map(WorkflowMetadata::of_element)
                .collect();
        }
        if let Some(list) = root.child("Entities") {
            facts.tables = list.children_named("Entity").map(TableDefinition::of_element).collect();
        }
        if let Some(list) = root.child("Roles") {
            facts.roles = list.children_named("Role").map(RoleDefinition::of_element).collect();
        }
        let complete = facts.complete;
        facts.tables.iter_mut().for_each(|table| table.complete &= complete);
        facts.roles.iter_mut().for_each(|role| role.complete &= complete);
        if let Some(list) = root.child("EnvironmentVariables") {
            let schema_name = |definition: Element<'_>| {
                let name = definition.child("SchemaName")?;
                Some(Spanned::new(name.text().trim().to_owned(), name.content_span()?))
            };
            facts.variable_definitions = list.children_named("Definition").filter_map(schema_name).collect();
        }
        facts
    }
}

/// Direct children only: a custom connector's id stands in a second, nested `<connectorid>`.
fn connection_reference(element: Element<'_>, removal: Span, text: &str) -> Option<ConnectionReference> {
    let name = element.attribute("connectionreferencelogicalname")?;
    let text_of = |child: Element<'_>| (!child.text().trim().is_empty()).then(|| child.text().trim().to_owned());
    Some(ConnectionReference {
        logical_name: Spanned::new(name.value().into_owned(), name.value_span()),
        display_name: element.child("connectionreferencedisplayname").and_then(text_of),
        connector_id: element
            .child("connectorid")
            .and_then(|id| Some(Spanned::new(text_of(id)?, id.content_span().unwrap_or(id.span())))),
        custom_connector_id: element.path(&["customconnectorid", "connectorid"]).and_then(text_of),
        description: element.child("description").and_then(text_of),
        description_place: description_place(element, text),
        span: element.span(),
        removal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_references_and_not_the_nested_connector_id() {
        let text = r#"<ImportExportXml><Workflows /><connectionreferences>
<connectionreference connectionreferencelogicalname="con_custom">
  <customconnectorid><connectorid>a6fa6a98-5844-49fa-aa1e-ac7ffcc1b1b8</connectorid></customconnectorid>
  <connectionreferencedisplayname>Ours &amp; theirs</connectionreferencedisplayname>
  <connectorid>/providers/Microsoft.PowerApps/apis/shared_x</connectorid>
</connectionreference></connectionreferences></ImportExportXml>"#;
        let facts = Customizations::read(text);
        let reference = &facts.connection_references[0];
        assert_eq!(&text[reference.logical_name.span.range()], "con_custom");
        assert_eq!(reference.connector(), Some("shared_x"));
        assert_eq!(reference.title(), "Ours & theirs");
        assert!(facts.complete && facts.workflows.is_empty());
        let place = reference.description_place.as_ref().unwrap();
        let described = syntax::edit::apply(text, &[place.write("a & b")]).unwrap();
        assert!(described.contains("</connectorid>\n  <description>a &amp; b</description>\n</connectionreference>"));
        let again = Customizations::read(&described);
        assert_eq!(again.connection_references[0].description.as_deref(), Some("a & b"));
        assert_eq!(again.connection_references[0].description_place, None);
        let gone = syntax::edit::apply(text, &[TextEdit::new(reference.removal, "")]).unwrap();
        assert!(gone.contains("<connectionreferences></connectionreferences>"), "{gone}");
    }
}
