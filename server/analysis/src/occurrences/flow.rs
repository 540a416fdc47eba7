//! What belongs to one flow: its actions and triggers, variables, parameters, connection keys.

use expr::ReferenceKind;
use model::flow::{FlowView, KeyForm, KeyUse, Owner, StringSite};
use model::same_name;
use syntax::Span;

use super::{Occurrence, Role, Spelling};

/// A thing of one flow, by name. Names compare without case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowName<'n> {
    /// An action or a trigger: expressions name both alike.
    Step(&'n str),
    /// A variable.
    Variable(&'n str),
    /// A parameter of the definition.
    Parameter(&'n str),
    /// A key of `connectionReferences`.
    Connection(&'n str),
    /// The environment variable of this schema name, with the parameters that stand for it.
    EnvironmentVariable(&'n str),
}

/// Every place of a flow that names a thing, in the order of the file.
#[must_use]
pub fn in_flow(flow: &FlowView<'_>, name: FlowName<'_>) -> Vec<Occurrence> {
    let mut found = Found {
        flow,
        places: Vec::new(),
    };
    match name {
        FlowName::Step(name) => found.step(name),
        FlowName::Variable(name) => found.variable(name),
        FlowName::Parameter(name) => found.parameter(name, Role::Declaration),
        FlowName::Connection(name) => found.connection(name),
        FlowName::EnvironmentVariable(name) => found.environment_variable(name),
    }
    found.places.sort_by_key(|place| place.span);
    found.places.dedup_by_key(|place| place.span);
    found.places
}

struct Found<'f, 'a> {
    flow: &'f FlowView<'a>,
    places: Vec<Occurrence>,
}

impl Found<'_, '_> {
    fn add(&mut self, span: Span, role: Role, spelling: Spelling) {
        self.places.push(Occurrence { span, role, spelling });
    }

    fn step(&mut self, name: &str) {
        let body = self.flow.body;
        for action in &body.actions {
            if same_name(&action.name.value, name) {
                self.add(action.name.span, Role::Declaration, Spelling::Json);
            }
            for entry in action.run_after.iter().flat_map(|run_after| &run_after.entries) {
                if same_name(&entry.name.value, name) {
                    self.add(entry.name.span, Role::Read, Spelling::Json);
                }
            }
        }
        let mut is_trigger = false;
        for trigger in &body.triggers {
            if same_name(&trigger.name.value, name) {
                is_trigger = true;
                self.add(trigger.name.span, Role::Declaration, Spelling::Json);
            }
        }
        for site in &body.strings {
            let template = &site.info.template;
            for reference in expr::references(template) {
                let names_step = matches!(
                    reference.kind,
                    ReferenceKind::Action | ReferenceKind::Scope | ReferenceKind::Foreach | ReferenceKind::Until
                );
                if names_step && same_name(reference.name, name) {
                    self.in_string(site, reference.span, Role::Read, Spelling::Literal);
                }
            }
            // A flow has one trigger, and these functions mean it.
            if is_trigger && body.triggers.len() == 1 {
                for reference in expr::implicit_references(template) {
                    if reference.kind == ReferenceKind::Trigger
                        && let Some(call) = template.node(reference.call).as_call()
                    {
                        self.in_string(site, call.name_span, Role::Read, Spelling::Implied);
                    }
                }
            }
        }
    }

    fn variable(&mut self, name: &str) {
        for declared in &self.flow.body.variables {
            if same_name(&declared.name.value, name) {
                self.add(declared.name.span, Role::Declaration, Spelling::Json);
            }
        }
        for write in &self.flow.body.variable_writes {
            if same_name(&write.name.value, name) {
                self.add(write.name.span, Role::Write, Spelling::Json);
            }
        }
        self.references(ReferenceKind::Variable, name);
    }

    fn parameter(&mut self, name: &str, declaration: Role) {
        for parameter in &self.flow.summary.parameters {
            if same_name(&parameter.name.value, name) {
                self.add(parameter.name.span, declaration, Spelling::Json);
            }
        }
        self.references(ReferenceKind::Parameter, name);
    }

    fn references(&mut self, kind: ReferenceKind, name: &str) {
        for site in &self.flow.body.strings {
            for reference in expr::references(&site.info.template) {
                if reference.kind == kind && same_name(reference.name, name) {
                    self.in_string(site, reference.span, Role::Read, Spelling::Literal);
                }
            }
        }
    }

    fn connection(&mut self, name: &str) {
        for connection in &self.flow.summary.connections {
            if same_name(&connection.key.value, name) {
                self.add(connection.key.span, Role::Declaration, Spelling::Json);
            }
        }
        for used in &self.flow.body.key_uses {
            let spelling = match used.form {
                KeyForm::Text if !is_in_host(self.flow, used) => continue,
                KeyForm::Text => Spelling::Json,
                KeyForm::Literal => Spelling::Literal,
                KeyForm::Property => Spelling::Property,
            };
            if same_name(&used.key.value, name) {
                self.add(used.key.span, Role::Read, spelling);
            }
        }
        // Definitions that were exported live carry the connections as the parameter's value.
        let definition = self.flow.body.definition;
        let connections = definition
            .and_then(|node| self.flow.tree.value(self.flow.text, node))
            .and_then(|definition| definition.path(&["parameters", "$connections"]));
        for key in ["defaultValue", "value"] {
            let list = connections.and_then(|parameter| parameter.get(key));
            for member in list.iter().flat_map(|list| list.members()) {
                if member.key.as_str().is_some_and(|key| same_name(&key, name)) {
                    self.add(member.key.content_span(), Role::Read, Spelling::Json);
                }
            }
        }
    }

    fn environment_variable(&mut self, schema_name: &str) {
        for parameter in &self.flow.summary.parameters {
            let Some(named) = &parameter.schema_name else { continue };
            if same_name(&named.value, schema_name) {
                self.add(named.span, Role::Read, Spelling::Json);
                self.parameter(&parameter.name.value, Role::Read);
            }
        }
        for read in &self.flow.body.secret_reads {
            if same_name(&read.value, schema_name) {
                self.add(read.span, Role::Read, Spelling::Json);
            }
        }
    }

    fn in_string(&mut self, site: &StringSite, decoded: Span, role: Role, spelling: Spelling) {
        let span = site.source_span(self.flow.tree, self.flow.text, decoded);
        self.add(span, role, spelling);
    }
}

/// Whether a text that follows `connectionName` stands in the `host` of its trigger or action, where it names a
/// connection: parameters of some operations are called `connectionName` too.
#[must_use]
pub fn is_in_host(flow: &FlowView<'_>, used: &KeyUse) -> bool {
    let node = match used.owner {
        // A request made of a connector's step keeps that step's host, which nothing reads.
        Owner::Action(id) if ["Http", "HttpWebhook"].iter().any(|kind| flow.body.action(id).is(kind)) => return false,
        Owner::Action(id) => flow.body.action(id).node,
        Owner::Trigger(index) => match flow.body.triggers.get(index as usize) {
            Some(trigger) => trigger.node,
            None => return false,
        },
        Owner::Definition => return false,
    };
    let host = flow
        .tree
        .value(flow.text, node)
        .and_then(|value| value.path(&["inputs", "host"]));
    host.is_some_and(|host| host.span().contains_span(used.key.span))
}

#[cfg(test)]
mod tests {
    use model::flow::StringMemo;
    use syntax::json::Tree;

    use super::*;

    const FLOW: &str = r#"{"properties":{
"connectionReferences":{"shared_sql":{"connection":{"connectionReferenceLogicalName":"con_sql"}}},
"definition":{
"parameters":{"$connections":{"defaultValue":{"SHARED_sql":{}}},
  "Limit (con_Limit)":{"type":"String","metadata":{"schemaName":"con_Limit"}},"Plain":{"type":"String"}},
"triggers":{"manual":{"type":"Request","inputs":{}}},
"actions":{
 "Init":{"type":"InitializeVariable","inputs":{"variables":[{"name":"n","type":"integer","value":"@parameters('Limit (con_Limit)')"}]}},
 "It's":{"type":"Foreach","foreach":"@triggerBody()?['x']","runAfter":{"Init":["Succeeded"]},"actions":{
  "Add":{"type":"IncrementVariable","inputs":{"name":"N","value":"@items('it''s')?['a']"}},
  "Ask":{"type":"OpenApiConnection","runAfter":{"Add":["Succeeded"]},"inputs":{"host":{"connectionName":"shared_sql"},
    "parameters":{"connectionName":"shared_sql","item/EnvironmentVariableName":"CON_limit","a":"@{outputs('Manual')}@{variables('n')}\n@{parameters('$connections')['shared_sql']['connectionId']}@{parameters('$connections').shared_sql}"}}}}},
 "End":{"type":"Compose","runAfter":{"It's":["Failed"]},"inputs":"@result('It\u0027\u0027s')"}
},"outputs":{"x":{"type":"String","value":"@outputs('Plain')"}}}}}"#;

    /// Each place as its text, its role's first letter and its spelling.
    fn places(text: &str, name: FlowName<'_>) -> Vec<String> {
        let memo = StringMemo::default();
        let tree = Tree::parse(text);
        let flow = model::flow::read(&tree, text, "/s/Workflows/A.json", true, &memo).unwrap();
        let view = FlowView {
            summary: &flow.summary,
            body: &flow.body,
            text,
            tree: &tree,
        };
        in_flow(&view, name)
            .iter()
            .map(|place| {
                let role = format!("{:?}", place.role);
                format!("{} {} {:?}", &text[place.span.range()], &role[..1], place.spelling)
            })
            .collect()
    }

    #[test]
    fn steps_by_key_run_after_and_expression() {
        assert_eq!(
            places(FLOW, FlowName::Step("It's")),
            [
                "It's D Json",
                "it''s R Literal",
                "It's R Json",
                r"It\u0027\u0027s R Literal"
            ]
        );
        assert_eq!(
            places(FLOW, FlowName::Step("MANUAL")),
            ["manual D Json", "triggerBody R Implied", "Manual R Literal"]
        );
        // A parameter is no step, though one is called so.
        assert_eq!(places(FLOW, FlowName::Step("Plain")), ["Plain R Literal"]);
    }

    #[test]
    fn variables_with_writes_and_reads() {
        assert_eq!(
            places(FLOW, FlowName::Variable("n")),
            ["n D Json", "N W Json", "n R Literal"]
        );
    }

    #[test]
    fn parameters_and_what_they_stand_for() {
        assert_eq!(places(FLOW, FlowName::Parameter("plain")), ["Plain D Json"]);
        assert_eq!(
            places(FLOW, FlowName::EnvironmentVariable("con_limit")),
            [
                "Limit (con_Limit) R Json",
                "con_Limit R Json",
                "Limit (con_Limit) R Literal",
                "CON_limit R Json"
            ]
        );
    }

    #[test]
    fn connections_in_hosts_and_expressions() {
        assert_eq!(
            places(FLOW, FlowName::Connection("shared_sql")),
            [
                "shared_sql D Json",
                "SHARED_sql R Json",
                "shared_sql R Json",
                "shared_sql R Literal",
                "shared_sql R Property"
            ]
        );
    }

    #[test]
    fn what_is_half_typed_leaves_the_rest() {
        let broken = FLOW
            .replace("\"outputs\":{\"x\"", "\"x:{")
            .replace("@result('It\\u0027\\u0027s')", "@concat(result('It''s'), outputs('It");
        assert_eq!(places(&broken, FlowName::Step("It's")).len(), 4, "{broken}");
    }
}
