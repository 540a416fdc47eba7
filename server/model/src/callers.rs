//! Apps and agents: they call flows and use connection references, and so name both.
//!
//! Three kinds of files are read, each for its names alone: `botcomponents/<name>/data`, which is YAML; the sets in
//! `Assets/` that tie the parts of an agent to flows and references; and the metadata of canvas apps, where the names
//! stand in JSON inside XML.

use memchr::memmem;
use syntax::Span;
use syntax::xml::Tree;

use crate::component::{Component, Mention};
use crate::files::name_of;
use crate::guid::Guid;

/// What an app or an agent names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Caller {
    /// Every place where it names a flow or a connection reference.
    pub mentions: Vec<Mention>,
    /// Connectors, in lower case, of connections that it has without naming a reference: an app made before it was added to
    /// the solution may mean one of the solution's.
    pub unnamed: Vec<String>,
}

impl Caller {
    /// Reads the names in a file.
    #[must_use]
    pub fn read(path: &str, text: &str) -> Self {
        let name = name_of(path);
        let mut mentions = match name.rsplit_once('.') {
            None => agent(text),
            Some(_) if name.to_ascii_lowercase().ends_with(".meta.xml") => app(text),
            Some(_) => set(text),
        };
        mentions.sort_by_key(|mention| mention.span);
        let unnamed = if name.to_ascii_lowercase().ends_with(".meta.xml") {
            unnamed_connections(text)
        } else {
            Vec::new()
        };
        Self { mentions, unnamed }
    }

    /// Whether nothing in the file says anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.mentions.is_empty() && self.unnamed.is_empty()
    }
}

/// `flowId: …` and `connectionReference: …`, each on a line of its own.
fn agent(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let member = line.trim_start().trim_start_matches("- ").trim_start();
        if let Some((key, value)) = member.split_once(':') {
            let value = value.trim();
            let bare = value.trim_matches(['"', '\'']);
            // The value stands at the end of its line, its quotes aside.
            let end = start + line.trim_end().len() - usize::from(bare.len() < value.len());
            found.extend(mention(key.trim(), bare, end.saturating_sub(bare.len())));
        }
        start += line.len();
    }
    found
}

fn mention(key: &str, value: &str, start: usize) -> Option<Mention> {
    let component = match key {
        "flowId" => Component::Flow(Guid::parse(value)?),
        "connectionReference" if !value.is_empty() => Component::ConnectionReference(value.to_owned()),
        _ => return None,
    };
    Some(Mention {
        component,
        span: span(start, value.len()),
    })
}

/// Attributes with a dot in the name.
fn set(text: &str) -> Vec<Mention> {
    let tree = Tree::parse(text);
    let elements = tree
        .root()
        .into_iter()
        .flat_map(|root| root.descendants().collect::<Vec<_>>());
    let attributes = elements.flat_map(|element| element.attributes().collect::<Vec<_>>());
    attributes
        .filter_map(|attribute| {
            let value = attribute.value();
            let component = match attribute.name() {
                "workflowid.workflowid" => Component::Flow(Guid::parse(&value)?),
                "connectionreferenceid.connectionreferencelogicalname" if !value.is_empty() => {
                    Component::ConnectionReference(value.into_owned())
                }
                _ => return None,
            };
            Some(Mention {
                component,
                span: attribute.value_span(),
            })
        })
        .collect()
}

/// Members of JSON that stands in XML as it is: quotes need no escapes there.
fn app(text: &str) -> Vec<Mention> {
    let values = |before: &'static str| {
        memmem::find_iter(text.as_bytes(), before.as_bytes())
            .collect::<Vec<_>>()
            .into_iter()
            .filter_map(move |at| {
                let start = at + before.len();
                let value = text.get(start..)?.split('"').next()?;
                (!value.is_empty() && value.len() <= 256).then_some((start, value))
            })
    };
    let flows = values(r#""workflowEntityId":{"value":""#).filter_map(|(start, id)| {
        Some(Mention {
            component: Component::Flow(Guid::parse(id)?),
            span: span(start, id.len()),
        })
    });
    let references = values(r#""xrmConnectionReferenceLogicalName":""#).map(|(start, name)| Mention {
        component: Component::ConnectionReference(name.to_owned()),
        span: span(start, name.len()),
    });
    flows.chain(references).collect()
}

/// Connectors of an app's connections that name no reference. Each connection begins with the path of its connector.
fn unnamed_connections(text: &str) -> Vec<String> {
    const BEGIN: &str = r#""id":"/providers/"#;
    let starts: Vec<usize> = memmem::find_iter(text.as_bytes(), BEGIN.as_bytes()).collect();
    let ends = starts.iter().skip(1).copied().chain(std::iter::once(text.len()));
    let mut found: Vec<String> = starts
        .iter()
        .zip(ends)
        .filter_map(|(start, end)| {
            let connection = text.get(*start..end)?;
            let connector = connection.get(BEGIN.len()..)?.split('"').next()?.rsplit('/').next()?;
            let is_named = connection.contains(r#""xrmConnectionReferenceLogicalName":""#);
            (!is_named && connector.len() <= 256).then(|| connector.to_lowercase())
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

fn span(start: usize, length: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(offset(start), offset(start + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str, text: &str) -> Vec<String> {
        let caller = Caller::read(path, text);
        let shown = |mention: &Mention| {
            let name = &text[mention.span.range()];
            match &mention.component {
                Component::ConnectionReference(own) => assert_eq!(own, name),
                Component::Flow(own) => assert_eq!(Guid::parse(name), Some(*own)),
                Component::EnvironmentVariable(own) => panic!("{own}"),
            }
            name.to_owned()
        };
        caller.mentions.iter().map(shown).collect()
    }

    const ID: &str = "3b131928-8094-f011-b41c-6045bdef4136";

    #[test]
    fn agents_name_them_in_yaml() {
        let text = format!(
            "kind: TaskDialog\r\naction:\r\n  kind: InvokeFlowTaskAction\r\n  flowId: {ID}\r\n  - connectionReference: 'con_agent.shared_x.y-1'  \r\n  connectionReference: con_b\r\n  connectionReference:\r\n  flowId: none"
        );
        assert_eq!(
            names("/s/botcomponents/a/data", &text),
            [ID, "con_agent.shared_x.y-1", "con_b"]
        );
    }

    #[test]
    fn apps_may_have_connections_that_name_no_reference() {
        let text = r#"<CanvasApp><ConnectionReferences>{"a":{"id":"/providers/microsoft.powerapps/apis/shared_Sql","dataSources":["x"]},"b":{"id":"/providers/microsoft.powerapps/apis/shared_office365","xrmConnectionReferenceLogicalName":"con_b"}}</ConnectionReferences></CanvasApp>"#;
        let caller = Caller::read("/s/CanvasApps/a.meta.xml", text);
        assert_eq!(caller.unnamed, ["shared_sql"]);
        assert_eq!(caller.mentions.len(), 1);
        assert!(!caller.is_empty());
    }

    #[test]
    fn sets_name_them_in_attributes() {
        let text = format!(
            "<set>\n<a botcomponentid.schemaname=\"b\" workflowid.workflowid=\"{ID}\"/><a connectionreferenceid.connectionreferencelogicalname='con_b'><x/>"
        );
        assert_eq!(names("/s/Assets/botcomponent_workflowset.xml", &text), [ID, "con_b"]);
    }

    #[test]
    fn apps_name_them_in_json_inside_xml() {
        let text = format!(
            r#"<CanvasApp><ConnectionReferences>{{"a":{{"xrmConnectionReferenceLogicalName":"con_b","parameterHints":{{"workflowEntityId":{{"value":"{ID}"}}}}}}}}</ConnectionReferences></CanvasApp>"#
        );
        assert_eq!(names("/s/CanvasApps/con_app.meta.xml", &text), ["con_b", ID]);
        assert_eq!(
            names("/s/CanvasApps/x.meta.xml", r#""workflowEntityId":{"value":""#),
            [""; 0]
        );
    }
}
