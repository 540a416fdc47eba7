//! Facts of a workflow's metadata: `*.json.data.xml`, or a `<Workflow>` in the raw layout's customizations.

use syntax::Span;
use syntax::xml::{Element, Tree};

use crate::facts::Spanned;
use crate::guid::Guid;

/// `Category` of cloud flows.
pub const CLOUD_FLOW: u32 = 5;

/// What the metadata says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WorkflowMetadata {
    /// Whether the file is well-formed.
    pub complete: bool,
    /// The workflow's id.
    pub id: Option<Spanned<Guid>>,
    /// The name people see.
    pub name: Option<Spanned<String>>,
    /// The description people see.
    pub description: Option<String>,
    /// Path of the definition inside the solution, `/Workflows/….json`.
    pub json_file_name: Option<Spanned<String>>,
    /// 5 for cloud flows, 6 for desktop flows, others for classic processes.
    pub category: Option<u32>,
    /// 1 when the flow is on, 0 when it is off.
    pub state: Option<u32>,
    /// The whole element.
    pub span: Span,
}

impl WorkflowMetadata {
    /// Reads a file of its own; the root element is `<Workflow>`.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let tree = Tree::parse(text);
        let found = tree.root().and_then(Self::of_element).unwrap_or_default();
        Self {
            complete: !tree.is_broken() && tree.root().is_some(),
            ..found
        }
    }

    /// Reads a `<Workflow>` element.
    #[must_use]
    pub fn of_element(element: Element<'_>) -> Option<Self> {
        if element.name() != "Workflow" {
            return None;
        }
        let number = |name: &str| element.child(name).and_then(|child| child.text().trim().parse().ok());
        let json_file_name = element.child("JsonFileName").map(|name| {
            Spanned::new(
                name.text().trim().to_owned(),
                name.content_span().unwrap_or(name.span()),
            )
        });
        Some(Self {
            complete: true,
            id: element
                .attribute("WorkflowId")
                .and_then(|id| Some(Spanned::new(Guid::parse(&id.value())?, id.value_span()))),
            name: element
                .attribute("Name")
                .map(|name| Spanned::new(name.value().into_owned(), name.value_span())),
            description: element.attribute("Description").map(|text| text.value().into_owned()),
            json_file_name,
            category: number("Category"),
            state: number("StateCode"),
            span: element.span(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_state() {
        let text = r#"<Workflow WorkflowId="{a696980c-5fd0-ec11-a7b5-0022486dabee}" Name="A | B"><JsonFileName>/Workflows/AB.json</JsonFileName><Category>5</Category><StateCode>1</StateCode></Workflow>"#;
        let facts = WorkflowMetadata::read(text);
        assert_eq!(facts.name.as_ref().map(|n| n.value.as_str()), Some("A | B"));
        assert_eq!(
            (facts.category, facts.state, facts.complete),
            (Some(CLOUD_FLOW), Some(1), true)
        );
        assert_eq!(
            facts.json_file_name.map(|n| n.value).as_deref(),
            Some("/Workflows/AB.json")
        );
    }
}
