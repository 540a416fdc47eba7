//! The grammar, case by case: the project's own list, and any other list of the same form that
//! `EXPRESSION_CASES` names.

use serde_json::Value;

struct Outcome {
    total: usize,
    failures: Vec<String>,
}

fn run(cases: &Value) -> Outcome {
    let cases = cases["cases"].as_array().expect("a list of cases");
    let mut failures = Vec::new();
    for case in cases {
        let input = case["input"].as_str().expect("input");
        let template = expr::parse(input);
        let wanted_ast = case.get("ast").cloned().unwrap_or(Value::Null);
        let wanted_error = case.get("error").filter(|error| !error.is_null());
        let wanted_valid = case["valid"].as_bool().unwrap_or(wanted_error.is_none());
        let error = expr::first_error(&template);
        let wanted = wanted_error.map(|e| {
            (
                e["code"].as_str().expect("code"),
                e["pos"].as_u64().expect("pos") as u32,
            )
        });
        let ast = expr::ast_json(&template);
        if template.is_valid() != wanted_valid || ast != wanted_ast || error != wanted {
            failures.push(format!(
                "{input:?}: got {ast} {error:?}, expected {wanted_ast} {wanted:?}"
            ));
        }
    }
    Outcome {
        total: cases.len(),
        failures,
    }
}

#[test]
fn own_cases() {
    let cases: Value = serde_json::from_str(include_str!("data/cases.json")).expect("JSON");
    let outcome = run(&cases);
    assert!(outcome.total >= 150, "only {} cases", outcome.total);
    assert!(outcome.failures.is_empty(), "{}", outcome.failures.join("\n"));
}

#[test]
fn named_cases() {
    let Ok(path) = std::env::var("EXPRESSION_CASES") else {
        println!("skipped: EXPRESSION_CASES names no file of cases");
        return;
    };
    let text = std::fs::read_to_string(&path).expect("the file of EXPRESSION_CASES");
    let outcome = run(&serde_json::from_str(&text).expect("JSON"));
    println!("{} cases, {} differ", outcome.total, outcome.failures.len());
    assert!(outcome.failures.is_empty(), "{}", outcome.failures.join("\n"));
}
