use super::*;
use crate::parse;

/// A flow with one variable of each type, and an action whose outputs are an object of two properties.
struct Sample;

impl Environment for Sample {
    fn variable(&self, name: &str) -> Type {
        match name {
            "text" => Type::String,
            "count" => Type::Integer,
            "share" => Type::Float,
            "done" => Type::Boolean,
            "maybe" => Type::String.or_null(),
            "list" => Type::array(self.item()),
            "open" => Type::any_object(),
            _ => Type::Any,
        }
    }

    fn item(&self) -> Type {
        Type::object(ObjectType::closed(vec![
            Property::new("Name", Type::String, true),
            Property::new("total", Type::Integer, false),
        ]))
    }

    fn outputs(&self, _: &str) -> Type {
        Type::object(ObjectType::closed(vec![Property::new("body", self.item(), true)]))
    }

    fn body(&self, action: &str) -> Type {
        match action {
            "Claim" => Type::claimed(self.item()),
            _ => Type::Any,
        }
    }
}

fn shown(expression: &str) -> String {
    let template = parse(expression);
    assert!(template.is_valid(), "{expression}: {:?}", template.errors());
    Inference::new(&template, &Sample).whole().to_string()
}

fn issues(expression: &str) -> Vec<(String, TypeIssueKind)> {
    let template = parse(expression);
    assert!(template.is_valid(), "{expression}: {:?}", template.errors());
    let mut all = Vec::new();
    check(&Inference::new(&template, &Sample), |issue| {
        all.push((expression[issue.span.range()].to_owned(), issue.kind));
    });
    all
}

fn refused(expression: &str) -> Vec<String> {
    issues(expression).into_iter().map(|(place, _)| place).collect()
}

#[test]
fn a_whole_expression_keeps_its_type_and_a_mixed_text_is_text() {
    for (expression, expected) in [
        ("@{variables('count')}", "string"),
        ("plain", "string"),
        ("@variables('count')", "integer"),
        ("@variables('other')", "any"),
        ("@null", "null"),
        ("@1.5", "float"),
        ("@utcNow()", "string"),
    ] {
        assert_eq!(shown(expression), expected, "{expression}");
    }
}

#[test]
fn functions_give_what_their_arguments_decide() {
    for (expression, expected) in [
        ("@first(variables('list'))", "object or null"),
        ("@first(variables('list'))['Name']", "string"),
        ("@last(variables('text'))", "string"),
        ("@createArray(1, 2.5)", "array of integer or float"),
        ("@createArray('a')[0]", "string"),
        ("@if(variables('done'), 'a', 1)", "string or integer"),
        ("@coalesce(item()?['total'], 'none')", "integer or string"),
        ("@coalesce(item()?['total'], null)", "integer or null"),
        ("@json('{\"a\": [1, null]}')['a']", "array of integer or null"),
        ("@json('[]')", "array"),
        ("@json('{')", "any"),
        ("@json(variables('text'))", "any"),
        ("@setProperty(item(), 'name', 5)['Name']", "integer"),
        ("@setProperty(variables('open'), 'x', true)?['x']", "boolean"),
        ("@removeProperty(item(), 'NAME')?['Name']", "null"),
        ("@union(item(), json('{\"total\": \"x\"}'))['total']", "string"),
        ("@union(createArray(1), createArray('a'))", "array of integer or string"),
        ("@add(1, variables('count'))", "integer"),
        ("@div(1, 2.0)", "float"),
        ("@add(1, body('x'))", "integer or float"),
        ("@max(createArray(1, 2))", "integer"),
        ("@split(variables('text'), ',')", "array of string"),
        ("@take(variables('text'), 2)", "string"),
        ("@chunk(createArray(1), 2)", "array of array of integer"),
        ("@FIRST(variables('list'))?['total']", "integer or null"),
    ] {
        assert_eq!(shown(expression), expected, "{expression}");
    }
}

#[test]
fn properties_are_read_without_case_and_through_paths() {
    for (expression, expected) in [
        ("@item()['name']", "string"),
        ("@item().NAME", "string"),
        ("@item()?['total']", "integer or null"),
        ("@item()['total']", "integer"),
        ("@item()?['other']", "null"),
        ("@outputs('A')?['body/name']", "string"),
        ("@outputs('A')?['body/total']", "integer or null"),
        ("@outputs('A')?['body']?['name']", "string"),
        ("@variables('list')?[0]?['name']", "string or null"),
        ("@variables('list')?['0']?['name']", "string or null"),
        ("@variables('open')['x']", "any"),
        ("@body('Claim')?['name']", "string"),
        ("@workflow()?['tags']?['flowDisplayName']", "string or null"),
        ("@actions('A')?['outputs']?['body']?['total']", "integer or null"),
    ] {
        assert_eq!(shown(expression), expected, "{expression}");
    }
}

#[test]
fn values_that_the_service_refuses_are_found() {
    for (expression, expected) in [
        ("@length(variables('count'))", "variables('count')"),
        ("@toLower(variables('count'))", "variables('count')"),
        ("@add('1', 2)", "'1'"),
        ("@and(variables('done'), 'true')", "'true'"),
        ("@if('true', 1, 2)", "'true'"),
        ("@not(variables('text'))", "variables('text')"),
        ("@greater(variables('count'), '5')", "'5'"),
        ("@less(variables('done'), 5)", "variables('done')"),
        ("@addDays(utcNow(), '1')", "'1'"),
        ("@join('a', ',')", "'a'"),
        ("@first(variables('open'))", "variables('open')"),
        ("@union(createArray(1), variables('open'))", "variables('open')"),
        ("@variables('list')?['name']", "'name'"),
        ("@variables('list').name", "name"),
        ("@variables('text')?['name']", "'name'"),
        ("@variables('text')[0]", "0"),
        ("@concat('x', toUpper(variables('share')))", "variables('share')"),
        ("a @{length(variables('count'))} b", "variables('count')"),
    ] {
        assert_eq!(refused(expression), [expected], "{expression}");
    }
}

#[test]
fn what_can_be_right_is_left_alone() {
    for expression in [
        "@length(variables('other'))",
        "@length(variables('text'))",
        "@empty(null)",
        "@toLower(variables('maybe'))",
        "@concat(1, null, true)",
        "@equals(1, '1')",
        "@int(true)",
        "@json(variables('open'))",
        "@skip('text', 1)",
        "@base64(5)",
        "@greater(1, 2.5)",
        "@greater(variables('other'), '5')",
        "@greater(coalesce(item()?['total'], 'x'), '5')",
        "@add(variables('share'), 1)",
        "@substring('abc', 1.0)",
        "@item()?['total']",
        "@length(body('Claim')?['total'])",
        "@body('Claim')?['name']?['first']",
        "@xpath(xml('<a/>'), '/a')",
        "@toLower(base64ToBinary('x'))",
        "@variables('list')?['0']",
        "@variables('list')[variables('other')]",
        "@union(variables('other'), createArray(1))",
    ] {
        assert!(issues(expression).is_empty(), "{expression}: {:?}", issues(expression));
    }
}

#[test]
fn messages_can_name_what_was_given() {
    let found = issues("@toLower(item()?['total'])");
    let (_, TypeIssueKind::Argument { param, found, .. }) = &found[0] else {
        panic!("{found:?}")
    };
    assert_eq!(
        (param.name.as_str(), found.to_string().as_str()),
        ("text", "a whole number or null")
    );
    assert_eq!(Type::number().kinds().to_string(), "a number");
    assert_eq!(Kinds::ALL.to_string(), "anything");
}

#[test]
fn types_stay_small() {
    let mut deep = Type::String;
    for _ in 0..10_000 {
        deep = Type::array(deep);
    }
    assert!(deep.to_string().len() < 500);
    let mut wide = Type::String;
    for index in 0..100 {
        let pair = |name: &str| Property::new(name, wide.clone(), true);
        wide = Type::object(ObjectType::closed(vec![pair("a"), pair("b"), pair(&index.to_string())]));
    }
    assert_eq!(Type::union([wide.clone(), wide.clone()]), wide);
    let many = (0..20).map(|index| {
        Type::object(ObjectType::closed(vec![Property::new(
            &index.to_string(),
            Type::Null,
            true,
        )]))
    });
    assert_eq!(Type::union(many), Type::Any);
}

#[test]
fn deep_and_broken_expressions_have_types() {
    let deep = format!("@{}1{}", "first(createArray(".repeat(200), "))".repeat(200));
    let template = parse(&deep);
    let _ = Inference::new(&template, &Sample).whole();
    let chain = format!("@item(){}", "?['x']".repeat(400));
    let template = parse(&chain);
    let _ = Inference::new(&template, &Sample).whole();
    for broken in [
        "@",
        "@first(",
        "@first(,)",
        "@length(variables('count')",
        "@item()?[",
        "@item().",
        "@if(",
        "@concat(1,",
    ] {
        let template = parse(broken);
        let inference = Inference::new(&template, &Sample);
        for (id, _) in template.nodes() {
            let _ = inference.of(id);
        }
        check(&inference, |_| {});
    }
}

#[test]
fn a_property_twice_counts_once() {
    let object = ObjectType::closed(vec![
        Property::new("a", Type::Integer, true),
        Property::new("A", Type::String, true),
        Property::new("ä", Type::Null, true),
    ]);
    assert!(matches!(object.find("a"), Found::Property(property) if property.value == Type::String));
    assert!(matches!(object.find("Ä"), Found::Property(property) if property.value == Type::Null));
    assert_eq!(object.find("b"), Found::Absent);
}

#[test]
fn a_wrong_number_of_arguments_is_not_also_a_wrong_kind() {
    for (expression, found) in [
        ("@length('x', 5)", "a whole number"),
        ("@toLower(5, 'x')", "a text"),
        ("@first('x', createArray(createObject('a', 1)))?['a']", "anything"),
    ] {
        let template = parse(expression);
        let inference = Inference::new(&template, &Sample);
        assert_eq!(inference.whole().kinds().to_string(), found, "{expression}");
        check(&inference, |issue| panic!("{expression}: {issue:?}"));
    }
}
