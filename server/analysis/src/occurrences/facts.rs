//! What several files share, by their facts: connection references, environment variables, flows.

use model::{Component, Facts, Guid, Mention, same_name};
use syntax::Span;

use super::{Occurrence, Role, Spelling};

/// Every place that names a component and that the file's facts tell of, in the order of the file. Uses of an
/// environment variable inside a flow need its text: see [`super::in_flow`].
#[must_use]
pub fn in_facts(facts: &Facts, component: &Component) -> Vec<Occurrence> {
    let mut found = Found {
        component,
        places: Vec::new(),
    };
    found.read(facts);
    found.places.sort_by_key(|place| place.span);
    found.places.dedup_by_key(|place| place.span);
    found.places
}

struct Found<'c> {
    component: &'c Component,
    places: Vec<Occurrence>,
}

impl Found<'_> {
    fn read(&mut self, facts: &Facts) {
        use Role::{Declaration, Read, Write};
        use Spelling::{Json, Xml};
        match facts {
            Facts::Customizations(facts) => {
                for reference in &facts.connection_references {
                    let name = &reference.logical_name;
                    self.reference(&name.value, name.span, Declaration, Xml);
                }
                for name in &facts.variable_definitions {
                    self.variable(&name.value, name.span, Declaration, Xml);
                }
                for id in facts.workflows.iter().filter_map(|workflow| workflow.id.as_ref()) {
                    self.flow(id.value, id.span, Declaration, Xml);
                }
            }
            Facts::Manifest(facts) => self.mentions(&facts.mentions, Xml),
            // Their names need no escapes: letters, digits and a few signs.
            Facts::Caller(facts) => self.mentions(&facts.mentions, Xml),
            Facts::CustomSettings(facts) => self.mentions(&facts.mentions, Json),
            Facts::Flow(facts) => {
                for name in facts.connections.iter().filter_map(|c| c.logical_name.as_ref()) {
                    self.reference(&name.value, name.span, Read, Json);
                }
                for name in facts.parameters.iter().filter_map(|p| p.schema_name.as_ref()) {
                    self.variable(&name.value, name.span, Read, Json);
                }
                for call in &facts.child_calls {
                    if let Some(id) = call.id {
                        self.flow(id, call.name.span, Read, Json);
                    }
                }
            }
            Facts::Workflow(facts) => {
                if let Some(id) = &facts.id {
                    self.flow(id.value, id.span, Declaration, Xml);
                }
            }
            Facts::VariableDefinition(facts) => {
                let name = &facts.schema_name;
                self.variable(&name.value, name.span, Declaration, Xml);
                if let Some(parent) = &facts.parent {
                    self.variable(&parent.value, parent.span, Read, Xml);
                }
            }
            Facts::Settings(facts) => {
                for name in facts.references.iter().map(|entry| &entry.logical_name) {
                    self.reference(&name.value, name.span, Write, Json);
                }
                for name in facts.variables.iter().map(|entry| &entry.schema_name) {
                    self.variable(&name.value, name.span, Write, Json);
                }
            }
            // A pattern with a star is no name.
            Facts::Configuration(facts) => {
                for name in facts.references.iter().flat_map(|entry| &entry.patterns) {
                    self.reference(&name.value, name.span, Read, Json);
                }
            }
            // The others name nothing that several files share.
            _ => {}
        }
    }

    fn add(&mut self, span: Span, role: Role, spelling: Spelling) {
        self.places.push(Occurrence { span, role, spelling });
    }

    fn reference(&mut self, name: &str, span: Span, role: Role, spelling: Spelling) {
        if matches!(self.component, Component::ConnectionReference(wanted) if same_name(wanted, name)) {
            self.add(span, role, spelling);
        }
    }

    fn variable(&mut self, name: &str, span: Span, role: Role, spelling: Spelling) {
        if matches!(self.component, Component::EnvironmentVariable(wanted) if same_name(wanted, name)) {
            self.add(span, role, spelling);
        }
    }

    fn flow(&mut self, id: Guid, span: Span, role: Role, spelling: Spelling) {
        if matches!(self.component, Component::Flow(wanted) if *wanted == id) {
            self.add(span, role, spelling);
        }
    }

    fn mentions(&mut self, mentions: &[Mention], spelling: Spelling) {
        for mention in mentions {
            match &mention.component {
                Component::ConnectionReference(name) => self.reference(name, mention.span, Role::Read, spelling),
                Component::EnvironmentVariable(name) => self.variable(name, mention.span, Role::Read, spelling),
                Component::Flow(id) => self.flow(*id, mention.span, Role::Read, spelling),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use model::flow::StringMemo;
    use model::reading;

    use super::*;

    fn places(path: &str, text: &str, component: &Component) -> Vec<String> {
        let read_as = model::ReadAs::Kind(model::files::kind_of(path).unwrap());
        let facts = reading::read(path, read_as, text, &StringMemo::default()).facts;
        in_facts(&facts, component)
            .iter()
            .map(|place| format!("{} {:?}", &text[place.span.range()], place.role))
            .collect()
    }

    #[test]
    fn every_kind_of_file_tells_its_names() {
        let reference = Component::ConnectionReference("con_mail".into());
        let variable = Component::EnvironmentVariable("con_Url".into());
        let id = "a696980c-5fd0-ec11-a7b5-0022486dabee";
        let flow = Component::Flow(Guid::parse(id).unwrap());
        let customizations = format!(
            "<I><Workflows><Workflow WorkflowId=\"{{{id}}}\"/></Workflows><connectionreferences><connectionreference connectionreferencelogicalname=\"con_mail\"/></connectionreferences><EnvironmentVariables><Definition><SchemaName>con_Url</SchemaName></Definition></EnvironmentVariables></I>"
        );
        let path = "/s/Other/Customizations.xml";
        assert_eq!(places(path, &customizations, &reference), ["con_mail Declaration"]);
        assert_eq!(places(path, &customizations, &variable), ["con_Url Declaration"]);
        assert_eq!(places(path, &customizations, &flow), [format!("{{{id}}} Declaration")]);
        let settings = r#"{"EnvironmentVariables":[{"SchemaName":"con_url","Value":"con_mail"}],"ConnectionReferences":[{"LogicalName":"CON_mail"}]}"#;
        assert_eq!(places("/s/settings.json", settings, &reference), ["CON_mail Write"]);
        assert_eq!(places("/s/settings.json", settings, &variable), ["con_url Write"]);
        let custom = format!(
            r#"{{"ActivateFlowConfiguration":[{{"solutionComponentUniqueName":"{id}"}}],"SolutionComponentOwnershipConfiguration":[{{"solutionComponentUniqueName":"con_mail"}}],"ConnectorShareWithGroupTeamConfiguration":[{{"solutionComponentUniqueName":"con_mail"}}]}}"#
        );
        assert_eq!(places("/s/custom.json", &custom, &flow), [format!("{id} Read")]);
        assert_eq!(places("/s/custom.json", &custom, &reference), ["con_mail Read"]);
        let definition = r#"<environmentvariabledefinition schemaname="con_List"><parentdefinitionid><schemaname>con_Url</schemaname></parentdefinitionid></environmentvariabledefinition>"#;
        let path = "/s/environmentvariabledefinitions/con_List/environmentvariabledefinition.xml";
        assert_eq!(places(path, definition, &variable), ["con_Url Read"]);
        let metadata = format!("<Workflow WorkflowId=\"{{{id}}}\" />");
        let path = "/s/Workflows/A.json.data.xml";
        assert_eq!(places(path, &metadata, &flow), [format!("{{{id}}} Declaration")]);
    }

    #[test]
    fn a_broken_file_tells_what_it_can() {
        let broken =
            r#"{"EnvironmentVariables":[],"ConnectionReferences":[{"LogicalName":"con_mail"},{"LogicalName":"con_"#;
        let reference = Component::ConnectionReference("con_mail".into());
        assert_eq!(places("/s/settings.json", broken, &reference), ["con_mail Write"]);
    }
}
