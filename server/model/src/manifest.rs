//! Facts of the manifest, `Other/Solution.xml` or `solution.xml`.

use syntax::Span;
use syntax::xml::{Element, Tree};

use crate::anchor::ListAnchor;
use crate::component::{Component, Mention};
use crate::facts::Spanned;
use crate::guid::Guid;

/// Root component type of processes and cloud flows.
pub const WORKFLOW_COMPONENT: &str = "29";

/// What the manifest says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Manifest {
    /// Whether the file is well-formed, so that absence in it means absence.
    pub complete: bool,
    /// The solution's unique name.
    pub unique_name: Option<Spanned<String>>,
    /// The solution's display name, in the first language given.
    pub display_name: Option<String>,
    /// The solution's version.
    pub version: Option<String>,
    /// 0 unmanaged, 1 managed, 2 unpacked with both.
    pub managed: Option<u8>,
    /// The publisher's customization prefix, without the underscore.
    pub prefix: Option<String>,
    /// What the solution says it contains.
    pub root_components: Vec<RootComponent>,
    /// Where a root component can be added.
    pub root_components_anchor: Option<ListAnchor>,
    /// What the solution needs and does not contain.
    pub missing_dependencies: Vec<MissingDependency>,
    /// Every place where it names a connection reference, an environment variable or a flow.
    pub mentions: Vec<Mention>,
}

/// One `<RootComponent>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RootComponent {
    /// Component type: a number as text.
    pub kind: String,
    /// The component's id.
    pub id: Option<Guid>,
    /// The component's schema name.
    pub schema_name: Option<String>,
    /// The whole element.
    pub span: Span,
}

/// One `<MissingDependency>`: what is required, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MissingDependency {
    /// What kind of component is required.
    pub required: RequiredComponent,
    /// The kind as written: a number or a name.
    pub kind: String,
    /// Its schema name, where it has one.
    pub schema_name: Option<String>,
    /// Its id, where it has one.
    pub id: Option<Guid>,
    /// The display name of what requires it, else empty.
    pub dependent: String,
    /// Its display name, else empty.
    pub display_name: String,
    /// The solution that provides it; `None` when it lives in the unmanaged layer only (`Active`) or no solution is named.
    pub provided_by: Option<String>,
    /// The name by which the element tells what is required, else the element.
    pub name_span: Span,
    /// The whole element.
    pub span: Span,
}

/// A required component, in the kinds the engine follows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RequiredComponent {
    /// A connection reference, by logical name.
    ConnectionReference(String),
    /// An environment variable definition, by schema name.
    EnvironmentVariable(String),
    /// A process or cloud flow, by id.
    Workflow(Guid),
    /// Anything else.
    Other,
}

impl Manifest {
    /// Reads the facts of a manifest.
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
        let Some(manifest) = root.child_ignore_case("SolutionManifest") else {
            return facts;
        };
        let text_of =
            |element: Element<'_>| (!element.text().trim().is_empty()).then(|| element.text().trim().to_owned());
        facts.unique_name = manifest
            .child("UniqueName")
            .and_then(|name| Some(Spanned::new(text_of(name)?, name.content_span().unwrap_or(name.span()))));
        facts.display_name = manifest
            .path(&["LocalizedNames", "LocalizedName"])
            .and_then(|name| Some(name.attribute("description")?.value().into_owned()));
        facts.version = manifest.child("Version").and_then(text_of);
        facts.managed = manifest
            .child("Managed")
            .and_then(text_of)
            .and_then(|value| value.parse().ok());
        facts.prefix = manifest.path(&["Publisher", "CustomizationPrefix"]).and_then(text_of);
        if let Some(list) = manifest.child("RootComponents") {
            facts.root_components = list.children_named("RootComponent").map(root_component).collect();
            for component in list.children_named("RootComponent") {
                mentions_of(component, &mut facts.mentions);
            }
            facts.root_components_anchor = Some(ListAnchor::of(list, text));
        } else {
            facts.root_components_anchor = Some(ListAnchor::missing(manifest, "RootComponents", text));
        }
        if let Some(list) = manifest.child("MissingDependencies") {
            facts.missing_dependencies = list
                .children_named("MissingDependency")
                .filter_map(missing_dependency)
                .collect();
            for side in list
                .children_named("MissingDependency")
                .flat_map(|dependency| dependency.children())
            {
                mentions_of(side, &mut facts.mentions);
            }
        }
        facts
    }

    /// The root component of a workflow.
    #[must_use]
    pub fn workflow_component(&self, id: Guid) -> Option<&RootComponent> {
        self.root_components
            .iter()
            .find(|c| c.kind == WORKFLOW_COMPONENT && c.id == Some(id))
    }
}

fn attribute(element: Element<'_>, name: &str) -> Option<String> {
    let value = element.attribute(name)?.value().into_owned();
    (!value.is_empty()).then_some(value)
}

/// The names in a `<RootComponent>`, or in one side of a dependency. Older files give a name in `schemaName`, and
/// connection references without a display name repeat their logical name as one.
fn mentions_of(element: Element<'_>, found: &mut Vec<Mention>) {
    let kind = attribute(element, "type").unwrap_or_default().to_ascii_lowercase();
    let mut named = |names: [&str; 2], component: fn(String) -> Component| {
        let named = names
            .iter()
            .filter_map(|name| element.attribute(name))
            .filter(|a| !a.value().is_empty());
        let Some(first) = named.clone().next() else { return };
        let repeated = element
            .attribute("displayName")
            .filter(|shown| shown.value() == first.value());
        found.extend(named.chain(repeated).map(|name| Mention {
            component: component(name.value().into_owned()),
            span: name.value_span(),
        }));
    };
    match kind.as_str() {
        "connectionreference" => named(
            ["id.connectionreferencelogicalname", "schemaName"],
            Component::ConnectionReference,
        ),
        "environmentvariabledefinition" | "380" => {
            named(["id.schemaname", "schemaName"], Component::EnvironmentVariable);
        }
        WORKFLOW_COMPONENT | "workflow" => {
            let id = element.attribute("id");
            found.extend(id.and_then(|id| {
                Some(Mention {
                    component: Component::Flow(Guid::parse(&id.value())?),
                    span: id.value_span(),
                })
            }));
        }
        _ => {}
    }
}

fn root_component(element: Element<'_>) -> RootComponent {
    RootComponent {
        kind: attribute(element, "type").unwrap_or_default(),
        id: attribute(element, "id").and_then(|id| Guid::parse(&id)),
        schema_name: attribute(element, "schemaName"),
        span: element.span(),
    }
}

/// Kinds are numbers or names, and named kinds carry their key in attributes with a dot in the name.
fn missing_dependency(element: Element<'_>) -> Option<MissingDependency> {
    let required = element.child("Required")?;
    let kind = attribute(required, "type").unwrap_or_default().to_ascii_lowercase();
    let component = match kind.as_str() {
        "connectionreference" => attribute(required, "id.connectionreferencelogicalname")
            .or_else(|| attribute(required, "schemaName"))
            .map(RequiredComponent::ConnectionReference),
        "environmentvariabledefinition" | "380" => attribute(required, "id.schemaname")
            .or_else(|| attribute(required, "schemaName"))
            .map(RequiredComponent::EnvironmentVariable),
        WORKFLOW_COMPONENT | "workflow" => attribute(required, "id")
            .and_then(|id| Guid::parse(&id))
            .map(RequiredComponent::Workflow),
        _ => None,
    };
    let solution = attribute(required, "solution");
    Some(MissingDependency {
        required: component.unwrap_or(RequiredComponent::Other),
        schema_name: attribute(required, "schemaName"),
        id: attribute(required, "id").and_then(|id| Guid::parse(&id)),
        dependent: element
            .child("Dependent")
            .and_then(|dependent| attribute(dependent, "displayName"))
            .unwrap_or_default(),
        kind,
        display_name: attribute(required, "displayName").unwrap_or_default(),
        provided_by: solution.filter(|name| !name.eq_ignore_ascii_case("Active")),
        name_span: [
            "id.connectionreferencelogicalname",
            "id.schemaname",
            "schemaName",
            "displayName",
            "id",
        ]
        .iter()
        .find_map(|name| required.attribute(name).filter(|name| !name.value().is_empty()))
        .map_or(element.span(), |name| name.value_span()),
        span: element.span(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"<ImportExportXml version="9.2"><SolutionManifest>
  <UniqueName>Expenses</UniqueName>
  <LocalizedNames><LocalizedName description="Our expenses" languagecode="1033" /></LocalizedNames>
  <Version>1.2.0.0</Version><Managed>2</Managed>
  <Publisher><UniqueName>contoso</UniqueName><CustomizationPrefix>con</CustomizationPrefix></Publisher>
  <RootComponents>
    <RootComponent type="29" id="{A696980C-5FD0-EC11-A7B5-0022486DABEE}" behavior="0" />
    <RootComponent type="1" schemaName="con_report" />
  </RootComponents>
  <MissingDependencies>
    <MissingDependency>
      <Required type="connectionreference" displayName="con_mail" solution="Active" id.connectionreferencelogicalname="con_mail" />
      <Dependent type="29" />
    </MissingDependency>
    <MissingDependency>
      <Required type="EnvironmentVariableDefinition" displayName="x" solution="Core (1.0)" id.schemaname="con_x" />
    </MissingDependency>
  </MissingDependencies>
</SolutionManifest></ImportExportXml>"#;

    #[test]
    fn reads_the_manifest() {
        let facts = Manifest::read(MANIFEST);
        assert!(facts.complete);
        let name = facts.unique_name.clone().unwrap();
        assert_eq!(
            (name.value.as_str(), &MANIFEST[name.span.range()]),
            ("Expenses", "Expenses")
        );
        assert_eq!(facts.display_name.as_deref(), Some("Our expenses"));
        assert_eq!((facts.managed, facts.prefix.as_deref()), (Some(2), Some("con")));
        let id = Guid::parse("a696980c-5fd0-ec11-a7b5-0022486dabee").unwrap();
        assert!(facts.workflow_component(id).is_some());
        assert_eq!(
            facts.missing_dependencies[0].required,
            RequiredComponent::ConnectionReference("con_mail".into())
        );
        assert_eq!(facts.missing_dependencies[0].provided_by, None);
        let named: Vec<&str> = facts.mentions.iter().map(|m| &MANIFEST[m.span.range()]).collect();
        // A display name that repeats the logical name is the name as well.
        assert_eq!(
            named,
            [
                "{A696980C-5FD0-EC11-A7B5-0022486DABEE}",
                "con_mail",
                "con_mail",
                "con_x"
            ]
        );
        assert_eq!(facts.mentions[0].component, Component::Flow(id));
        assert_eq!(facts.missing_dependencies[1].provided_by.as_deref(), Some("Core (1.0)"));
    }

    #[test]
    fn a_broken_manifest_still_tells_what_it_can() {
        let facts = Manifest::read(&MANIFEST.replace("<Version>1.2.0.0</Version>", "<Version>1.2.0.0"));
        assert!(!facts.complete);
        assert_eq!(facts.unique_name.map(|n| n.value).as_deref(), Some("Expenses"));
    }
}
