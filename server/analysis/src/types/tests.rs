use super::*;
use crate::testing::flow;
use model::flow::{Flow, StringMemo};
use syntax::json::Tree;

/// A flow with its text, from the members of `triggers` and `actions`.
struct Read {
    text: String,
    tree: Tree,
    flow: Flow,
}

impl Read {
    fn new(trigger: &str, actions: &str) -> Self {
        let text = flow(&[], trigger, actions);
        let tree = Tree::parse(&text);
        let path = "/s/Workflows/Main-00000000-0000-0000-0000-000000000001.json";
        let flow = model::flow::read(&tree, &text, path, true, &StringMemo::default()).expect("a flow");
        assert!(!tree.is_broken(), "{text}");
        Self { text, tree, flow }
    }

    fn view(&self) -> FlowView<'_> {
        FlowView {
            summary: &self.flow.summary,
            body: &self.flow.body,
            text: &self.text,
            tree: &self.tree,
        }
    }

    /// The type of the string that is this expression.
    fn shown(&self, expression: &str) -> String {
        self.of(expression).to_string()
    }

    fn of(&self, expression: &str) -> Type {
        let memory = TypeMemory::default();
        let types = FlowTypes::new(self.view(), &memory);
        let site = self
            .flow
            .body
            .strings
            .iter()
            .find(|site| &*site.info.text == expression);
        types.of_string(site.unwrap_or_else(|| panic!("no string {expression}")))
    }
}

const BUTTON: &str = r#""manual":{"type":"Request","kind":"Button","inputs":{"schema":{"type":"object","properties":{
    "text":{"type":"string","title":"Customer","description":" Who orders "},"number":{"type":"number"},"file":{"type":"object","properties":{"name":{"type":"string"}}}},
    "required":["text"]}}}"#;

/// A `Compose` of each of these expressions.
fn composed(expressions: &[&str]) -> String {
    let one =
        |(index, expression): (usize, &&str)| format!(r#""C{index}":{{"type":"Compose","inputs":"{expression}"}}"#);
    expressions.iter().enumerate().map(one).collect::<Vec<_>>().join(",")
}

/// Each expression has its type, in a flow of a button and these actions.
fn assert_types(actions: &str, expected: &[(&str, &str)]) {
    let expressions: Vec<&str> = expected.iter().map(|(expression, _)| *expression).collect();
    let read = Read::new(
        BUTTON,
        &format!(
            "{actions}{}{}",
            if actions.is_empty() { "" } else { "," },
            composed(&expressions)
        ),
    );
    for (expression, shown) in expected {
        assert_eq!(read.shown(expression), *shown, "{expression}");
    }
}

#[test]
fn a_button_gives_what_its_schema_says() {
    assert_types(
        "",
        &[
            ("@triggerBody()?['text']", "string"),
            ("@triggerBody()?['number']", "integer or float or null"),
            ("@triggerOutputs()?['body/file/name']", "string or null"),
            ("@triggerOutputs()?['headers']?['x']", "any"),
            ("@triggerBody()?['else']", "any"),
        ],
    );
    let read = Read::new(BUTTON, &composed(&["@triggerBody()"]));
    let body = read.of("@triggerBody()");
    let Some(expr::types::Found::Property(text)) = body.as_object().map(|body| body.find("TEXT")) else {
        panic!("{body:?}")
    };
    assert_eq!(text.title.as_deref(), Some("Customer"));
    assert_eq!(text.description.as_deref(), Some("Who orders"));
}

#[test]
fn callers_of_an_address_are_held_to_nothing() {
    let http = BUTTON.replace("Button", "Http");
    let read = Read::new(
        &http,
        &composed(&["@triggerBody()?['text']", "@length(triggerBody()?['number'])"]),
    );
    let text = read.of("@triggerBody()?['text']");
    assert!(text.is_claimed() && text.to_string() == "string", "{text:?}");
    assert_eq!(text.kinds(), expr::types::Kinds::ALL);
    let rows = BUTTON.replace(r#""inputs":"#, r#""splitOn":"@triggerBody()","inputs":"#);
    assert_eq!(
        Read::new(&rows, &composed(&["@triggerBody()?['text']"])).shown("@triggerBody()?['text']"),
        "any"
    );
}

#[test]
fn data_operations_hand_types_on() {
    let actions = r##"
        "Parse":{"type":"ParseJson","inputs":{"content":"@triggerBody()","schema":{"type":"array","items":{"$ref":"#/definitions/row"},
            "definitions":{"row":{"type":"object","properties":{"Id":{"type":"integer"},"@@odata.etag":{"type":["string","null"]},
                "parent":{"$ref":"#/definitions/row"}},"required":["Id"]}}}}},
        "Pick":{"type":"Select","inputs":{"from":"@body('Parse')","select":{"key":"@item()?['Id']","fixed":1,"@@odata.id":"x"}}},
        "Some":{"type":"Query","inputs":{"from":"@body('Pick')","where":"@greater(item()?['key'], 1)"}},
        "Csv":{"type":"Table","inputs":{"from":"@body('Some')","format":"CSV"}},
        "Each":{"type":"Foreach","foreach":"@body('Some')","actions":{
            "In":{"type":"Compose","inputs":"@item()?['key']"},
            "Named":{"type":"Compose","inputs":"@items('each')['fixed']"},
            "Rows":{"type":"Select","inputs":{"from":"@createArray(item()?['fixed'])","select":"@item()"}}}},
        "Now":{"type":"Expression","kind":"CurrentTime","inputs":{}},
        "Call":{"type":"OpenApiConnection","inputs":{"host":{}}}"##;
    assert_types(
        actions,
        &[
            ("@body('PARSE')[0]['id']", "integer"),
            ("@body('Parse')?[0]?['@odata.etag']", "string or null"),
            ("@body('Parse')[0]?['parent']?['parent']?['Id']", "integer or null"),
            ("@body('Pick')", "array of object"),
            ("@first(body('Some'))?['key']", "integer or null"),
            ("@first(body('Some'))?['@odata.id']", "string or null"),
            ("@outputs('Some')?['body']", "array of object"),
            ("@body('Csv')", "string"),
            ("@body('Now')", "string"),
            ("@body('Call')?['value']", "any"),
            ("@outputs('Call')?['statusCode']", "integer or null"),
            ("@body('Rows')[0]", "integer"),
            ("@body('Missing')", "any"),
        ],
    );
    let read = Read::new(BUTTON, actions);
    assert_eq!(read.shown("@item()?['key']"), "integer");
    assert_eq!(read.shown("@items('each')['fixed']"), "integer");
    assert_eq!(read.shown("@item()"), "integer");
}

#[test]
fn constants_are_seen_as_they_are() {
    let actions = r#"
        "Plain":{"type":"Compose","inputs":{"a":1,"b":["x",null],"c":{"d":true},"e":"@outputs('Other')","@{utcNow()}":2}},
        "Other":{"type":"Compose","inputs":[1.5]},
        "Text":{"type":"Compose","inputs":"@{outputs('Other')} items"}"#;
    assert_types(
        actions,
        &[
            ("@outputs('Plain')?['a']", "integer"),
            ("@outputs('Plain')['b'][0]", "string or null"),
            ("@outputs('Plain')['c']['d']", "boolean"),
            ("@outputs('Plain')['e']", "array of float"),
            ("@outputs('Plain')?['z']", "any"),
            ("@outputs('Text')", "string"),
            ("@outputs('Other')", "array of float"),
            ("@body('Other')", "any"),
        ],
    );
}

#[test]
fn variables_hold_what_they_are_declared_for() {
    let declare = |name: &str, rest: &str| {
        format!(
            r#""Init_{name}":{{"type":"InitializeVariable","inputs":{{"variables":[{{"name":"{name}",{rest}}}]}}}}"#
        )
    };
    let actions = [
        declare("Title", r#""type":"String","value":"x""#),
        declare("later", r#""type":"string""#),
        declare("count", r#""type":"integer","value":0"#),
        declare("rows", r#""type":"array","value":[]"#),
        declare("anything", r#""type":"array","value":"@body('x')""#),
        declare("twice", r#""type":"string","value":"x""#),
        declare("twice", r#""type":"integer","value":1"#).replace("Init_twice", "Again"),
        r#""Add":{"type":"AppendToArrayVariable","inputs":{"name":"ROWS","value":{"id":"@variables('count')","all":"@variables('rows')"}}}"#.to_owned(),
    ]
    .join(",");
    assert_types(
        &actions,
        &[
            ("@variables('TITLE')", "string"),
            ("@variables('later')", "string or null"),
            ("@variables('count')", "integer"),
            ("@variables('rows')", "array of object"),
            ("@first(variables('rows'))?['id']", "integer or null"),
            ("@first(variables('rows'))?['all']", "any"),
            ("@variables('anything')", "array"),
            ("@variables('twice')", "any"),
            ("@variables('none')", "any"),
        ],
    );
    let computed = format!(
        r#"{actions},"Set":{{"type":"SetVariable","inputs":{{"name":"@{{utcNow()}}","value":1}}}},{}"#,
        composed(&["@variables('rows')"])
    );
    assert_eq!(Read::new(BUTTON, &computed).shown("@variables('rows')"), "array");
}

#[test]
fn circles_and_long_chains_end() {
    let circle = r#""A":{"type":"Compose","inputs":"@outputs('B')"},"B":{"type":"Compose","inputs":"@createArray(outputs('A'))"}"#;
    assert_types(circle, &[("@createArray(outputs('B'))", "array of array")]);
    let nest = |inner: String| format!("{}{inner}{}", "first(createArray(".repeat(40), "))".repeat(40));
    let chain: Vec<String> = (0..500)
        .map(|n| {
            format!(
                r#""N{n}":{{"type":"Compose","inputs":{{"x":["@{}"]}}}}"#,
                nest(format!("outputs('N{}')", n + 1))
            )
        })
        .collect();
    let read = Read::new(
        BUTTON,
        &format!("{},{}", chain.join(","), composed(&["@outputs('N0')"])),
    );
    assert_eq!(read.shown("@outputs('N0')"), "object");
    let doubled: Vec<String> = (1..200)
        .map(|n| {
            format!(
                r#""D{n}":{{"type":"Compose","inputs":{{"a":"@outputs('D{0}')","b":"@outputs('D{0}')"}}}}"#,
                n - 1
            )
        })
        .collect();
    let read = Read::new(
        BUTTON,
        &format!(
            "{},{}",
            doubled.join(","),
            composed(&["@createArray(outputs('D199'), outputs('D198'))"])
        ),
    );
    assert_eq!(
        read.shown("@createArray(outputs('D199'), outputs('D198'))"),
        "array of object"
    );
}

#[test]
fn schemas_of_any_shape_are_read() {
    for schema in [
        r##"{"$ref":"#"}"##,
        r##"{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/a"}}}"##,
        r##"{"type":"object","properties":{"a":{"$ref":"#/properties/a"},"b":{"allOf":[{}]},"c":{"anyOf":[{"type":"string"},{"type":"null"}]}}}"##,
        r#"{"type":["string",5,null]}"#,
        r#"{"properties":[]}"#,
        r#"{"type":"object","properties":{"x":null,"y":"@triggerBody()"},"required":"x","additionalProperties":"no"}"#,
        "[]",
        "null",
    ] {
        let actions = format!(
            r#""P":{{"type":"ParseJson","inputs":{{"content":"x","schema":{schema}}}}},{}"#,
            composed(&["@body('P')?['c']"])
        );
        let _ = Read::new(BUTTON, &actions).shown("@body('P')?['c']");
    }
    let wide: Vec<String> = (0..5000).map(|n| format!(r#""p{n}":{{"type":"string"}}"#)).collect();
    let schema = format!(r#"{{"type":"object","properties":{{{}}}}}"#, wide.join(","));
    let actions = format!(
        r#""P":{{"type":"ParseJson","inputs":{{"schema":{schema}}}}},{}"#,
        composed(&["@body('P')"])
    );
    // Cut off, it says nothing of what it does not name.
    assert_eq!(Read::new(BUTTON, &actions).of("@body('P')"), Type::any_object());
}
