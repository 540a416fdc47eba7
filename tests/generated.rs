//! Files made from the rules are as the rules would make them: pages, tables, the configuration's schema.
//!
//! `cargo xtask codegen` sets `FLOWSENTRY_WRITE_GENERATED` and has this test write what it otherwise compares.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

use std::fmt::Write;
use std::path::{Path, PathBuf};

use model::Profile;
use model::configuration::{self, AccountKind, Purpose};
use model::policies::ConnectorGroup;
use rules::{RULES, Rule, Severity};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_path_buf()
}

/// Writes or compares one file.
fn settle(path: &str, text: &str) {
    let file = root().join(path);
    if std::env::var_os("FLOWSENTRY_WRITE_GENERATED").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    assert!(there == text, "{path} is stale: run `cargo xtask codegen`");
}

fn profile(rule: &Rule) -> &'static str {
    Profile::ALL
        .iter()
        .find(|(_, profile)| *profile == rule.profile)
        .unwrap()
        .0
}

fn page(rule: &Rule) -> String {
    let documentation: String = rule
        .documentation
        .lines()
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect();
    // The page's title is the rule; the fixed headings stand below it.
    let mut body = String::new();
    let mut fenced = false;
    for line in documentation.lines() {
        fenced ^= line.starts_with("```");
        let heading = if line.starts_with('#') && !fenced { "#" } else { "" };
        writeln!(body, "{heading}{line}").unwrap();
    }
    format!(
        "# {}\n\n<!-- Made from server/rules/src/all/{}.rs by `cargo xtask codegen`. -->\n\nFinds: {}.\n\n| category | severity | confidence | profile | fix |\n| --- | --- | --- | --- | --- |\n| {} | {} | {} | {} | {} |\n\n{}",
        rule.id,
        rule.id.replace('-', "_"),
        rule.summary,
        rule.category.name(),
        rule.severity.name(),
        rule.confidence.name(),
        profile(rule),
        rule.fix.name(),
        body
    )
}

fn table(link: &str) -> String {
    let mut text = String::from("| rule | finds | severity | profile | fix |\n| --- | --- | --- | --- | --- |\n");
    for rule in RULES {
        writeln!(
            text,
            "| [{}]({link}{}.md) | {} | {} | {} | {} |",
            rule.id,
            rule.id,
            rule.summary,
            rule.severity.name(),
            profile(rule),
            rule.fix.name()
        )
        .unwrap();
    }
    text
}

#[test]
fn pages_and_table() {
    for rule in RULES {
        settle(&format!("docs/rules/{}.md", rule.id), &page(rule));
    }
    settle(
        "docs/rules/README.md",
        &format!(
            "# Rules\n\n<!-- Made by `cargo xtask codegen`. -->\n\nSeverity is the usual one; some findings of a rule are milder, as its page says.\n\n{}",
            table("")
        ),
    );
}

#[test]
fn every_page_belongs_to_a_rule() {
    for entry in std::fs::read_dir(root().join("docs/rules")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = name == "README.md" || RULES.iter().any(|rule| format!("{}.md", rule.id) == name);
        assert!(known, "docs/rules/{name} belongs to no rule");
    }
}

#[test]
fn readme_table() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let (start, end) = (
        "<!-- rules: made by `cargo xtask codegen` -->\n",
        "<!-- end of rules -->",
    );
    let from = readme.find(start).expect("the README marks where the rules stand") + start.len();
    let to = readme.find(end).unwrap();
    let new = format!("{}{}{}", &readme[..from], table("docs/rules/"), &readme[to..]);
    settle("README.md", &new);
}

#[test]
fn configuration_schema() {
    let names = |list: &[&str]| serde_json::Value::from(list.to_vec());
    let mut rules = serde_json::Map::new();
    let mut levels = vec!["off"];
    levels.extend(Severity::ALL.map(|(name, _)| name));
    for rule in RULES {
        rules.insert(
            rule.id.to_owned(),
            serde_json::json!({"description": rule.summary, "enum": levels}),
        );
    }
    let pattern = |what: &str| {
        serde_json::json!({
            "description": what,
            "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
        })
    };
    let list = |what: &str| serde_json::json!({"description": what, "type": "array", "items": {"type": "string"}});
    let text = |what: &str| serde_json::json!({"description": what, "type": "string"});
    let purpose = serde_json::json!({
        "description": "What it is for: `owner` owns flows and has no permission on data, `managing` administers the platform, `workload` reads and writes data; any other text is for people.",
        "anyOf": [{"enum": names(&Purpose::ALL.map(|(name, _)| name))}, {"type": "string"}]
    });
    let activity = text(
        "The process it serves, such as `sync` or `audit`: different activities want different application users.",
    );
    let reason = text("Why it is so, for the next person.");
    let risk = text("The risk that this choice reduces.");
    let account = serde_json::json!({
        "description": "An address, an id or the name of an entry of `accounts`; or one for each environment, `*` for all others.",
        "oneOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]
    });
    let schema = serde_json::json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Flow Sentry configuration",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "$schema": {"type": "string"},
            "profile": {
                "description": "How strictly the project wants to be read.",
                "enum": names(&Profile::ALL.map(|(name, _)| name)),
                "default": "recommended"
            },
            "connections": {
                "description": "Inventories of connections, relative to this file: who each connection acts as.",
                "type": "array", "items": {"type": "string"}
            },
            "exclude": {
                "description": "Files and folders that are not read, as globs below this file's folder.",
                "type": "array", "items": {"type": "string"}
            },
            "rules": {
                "description": "Rules switched off, or given another severity.",
                "type": "object", "additionalProperties": false, "properties": rules
            },
            "accounts": {
                "description": "What the project's accounts are. The first entry that matches an account counts.",
                "type": "array",
                "items": {
                    "type": "object", "additionalProperties": false, "required": ["kind", "match"],
                    "properties": {
                        "kind": {"description": "What the accounts are.", "enum": names(&AccountKind::ALL.map(|(name, _)| name))},
                        "match": pattern("Addresses, names or ids; `*` stands for any text, case is ignored."),
                        "name": {"description": "A short name, by which `references` and `owners` speak of the account.", "type": "string"},
                        "purpose": purpose, "activity": activity, "reason": reason, "risk": risk
                    }
                }
            },
            "references": {
                "description": "Which account stands behind which connection reference. The first entry that matches a reference counts.",
                "type": "array",
                "items": {
                    "type": "object", "additionalProperties": false, "required": ["match"],
                    "properties": {
                        "match": pattern("Logical names of connection references; `*` stands for any text, case is ignored."),
                        "account": account, "purpose": purpose, "activity": activity, "reason": reason, "risk": risk
                    }
                }
            },
            "owners": {
                "description": "Which account owns which flow. The first entry that matches a flow counts.",
                "type": "array",
                "items": {
                    "type": "object", "additionalProperties": false, "required": ["match", "account"],
                    "properties": {
                        "match": pattern("Names or ids of flows; `*` stands for any text, case is ignored."),
                        "account": account, "reason": reason, "risk": risk
                    }
                }
            },
            "allowedHosts": list("Hosts that flows may call by HTTP, such as `api.contoso.com` or `*.contoso.com`."),
            "internalDomains": list("Mail domains of the organisation, such as `contoso.com` or `*.contoso.com`."),
            "sensitiveOperations": list("Operations whose inputs and outputs must not stand in run history, as `connector/operation`; `*` stands for any text."),
            "allowedConnectors": list("Connectors that flows may use, such as `shared_sharepointonline`; `*` stands for any text."),
            "dataPolicies": {
                "description": "Data policies: files exported by Get-DlpPolicy or Get-AdminDlpPolicy, relative to this file, or groups written here.",
                "type": "array",
                "items": {"oneOf": [
                    {"type": "string"},
                    {
                        "type": "object", "additionalProperties": false,
                        "properties": {
                            "name": {"description": "The policy's name, for findings.", "type": "string"},
                            "business": list("Connectors that hold business data."),
                            "nonBusiness": list("Connectors that hold none."),
                            "blocked": list("Connectors that may not be used."),
                            "default": {"description": "The group of all others.", "enum": names(&ConnectorGroup::ALL.map(|(name, _)| name))},
                            "environments": list("Environments it counts in; all when left out.")
                        }
                    }
                ]}
            }
        }
    });
    let keys = |value: &serde_json::Value| -> Vec<String> {
        let object = value["properties"].as_object().unwrap();
        object.keys().cloned().collect()
    };
    let sorted = |list: &[&str]| {
        let mut list: Vec<String> = list.iter().map(|key| (*key).to_owned()).collect();
        list.sort();
        list
    };
    let entry = |name: &str| keys(&schema["properties"][name]["items"]);
    assert_eq!(keys(&schema), sorted(&configuration::KEYS));
    assert_eq!(entry("accounts"), sorted(&configuration::ACCOUNT_KEYS));
    assert_eq!(entry("references"), sorted(&configuration::REFERENCE_KEYS));
    assert_eq!(entry("owners"), sorted(&configuration::OWNER_KEYS));
    let policy = &schema["properties"]["dataPolicies"]["items"]["oneOf"][1];
    assert_eq!(keys(policy), sorted(&configuration::POLICY_KEYS));
    let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
    settle("editors/vscode/flowsentry.schema.json", &text);
}

#[test]
fn rules_are_documented_under_the_fixed_headings_and_sorted() {
    let headings = ["What it finds", "Why it matters", "How to fix", "Example", "References"];
    for rule in RULES {
        let mut fenced = false;
        let mut found = Vec::new();
        for line in rule.documentation.lines().map(str::trim) {
            fenced ^= line.starts_with("```");
            if let Some(heading) = line.strip_prefix("# ").filter(|_| !fenced) {
                found.push(heading);
            }
        }
        assert_eq!(found, headings, "{}", rule.id);
        assert!(
            rule.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
            "{}",
            rule.id
        );
    }
    assert!(RULES.is_sorted_by_key(|rule| rule.id));
}

#[test]
fn every_rule_file_is_registered() {
    let files = std::fs::read_dir(root().join("server/rules/src/all")).unwrap();
    let names: Vec<String> = files
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.ends_with(".rs") && n != "mod.rs")
        .collect();
    assert_eq!(names.len(), RULES.len(), "run `cargo xtask codegen`");
    for rule in RULES {
        assert!(
            names.contains(&format!("{}.rs", rule.id.replace('-', "_"))),
            "{}",
            rule.id
        );
    }
}

#[test]
fn readme_example_is_what_the_program_prints() {
    let readme = std::fs::read_to_string(root().join("README.md"))
        .unwrap()
        .replace("\r\n", "\n");
    let example = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_flowsentry"))
        .args(["check", "tests/fixtures/contoso-expenses", "--color", "never"])
        .current_dir(root())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = example.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines.len() > 10);
    for line in lines {
        assert!(
            printed.contains(line),
            "the README shows a line that is not printed: {line}"
        );
    }
    let words = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    ];
    let count = |text: &str| words[text.lines().filter(|line| line.contains("]: ")).count()];
    let said = format!("{} of the {} findings in the sample", count(example), count(&printed));
    assert!(readme.to_lowercase().contains(&said), "the README does not say: {said}");
}
