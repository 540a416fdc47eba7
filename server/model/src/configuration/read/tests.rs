use super::*;

#[test]
fn reads_a_whole_configuration() {
    let facts = Configuration::read(
        r#"{
  // how strict
  "profile": "strict",
  "connections": ["inventory/connections.json"],
  "exclude": ["archive/**"],
  "rules": { "hardcoded-secret": "off" },
  "accounts": [
{ "kind": "service", "match": "svc-*@contoso.com", "reason": "made for flows" },
{ "kind": "application", "name": "sync", "match": ["6f5a3c1e-1111-4a2b-9c3d-0123456789ab"], "purpose": "workload", "activity": "sync" }
  ],
  "references": [{ "match": "con_Dataverse", "account": { "prod": "sync", "*": "svc-dev@contoso.com" }, "risk": "x" }],
  "owners": [{ "match": ["*"], "account": "svc-owner@contoso.com" }],
  "allowedHosts": ["api.contoso.com", "*.fabrikam.com"],
  "internalDomains": ["contoso.com"],
  "sensitiveOperations": ["shared_office365users/UserProfile_V2"],
  "allowedConnectors": [],
  "dataPolicies": ["policies/prod.json", { "name": "Plan", "business": ["shared_sql"], "blocked": ["shared_twitter"], "default": "nonBusiness" }],
}"#,
    );
    assert_eq!(facts.issues, []);
    assert_eq!(facts.profile, Some(Profile::Strict));
    assert_eq!(facts.connections[0].value, "inventory/connections.json");
    assert!(facts.account("SVC-hr@contoso.com").is_some());
    assert_eq!(
        facts.account_named("Sync").unwrap().notes.means(),
        Some(Purpose::Workload)
    );
    let reference = facts.reference("CON_dataverse").unwrap();
    assert_eq!(reference.account_in(Some("Prod")).unwrap().account.value, "sync");
    assert_eq!(
        reference.account_in(Some("test")).unwrap().account.value,
        "svc-dev@contoso.com"
    );
    assert!(facts.owner(&["any flow"]).is_some());
    assert_eq!(facts.allows_host("x.fabrikam.com"), Some(true));
    assert_eq!(facts.allows_host("fabrikam.com"), Some(false));
    assert_eq!(facts.is_internal("a@CONTOSO.com"), Some(true));
    assert_eq!(facts.is_internal("a@mail.contoso.com"), Some(false));
    assert!(facts.sensitive("shared_office365users", "userprofile_v2").is_some());
    assert_eq!(facts.allows_connector("shared_sql"), Some(false));
    assert_eq!(facts.policy_files.len() + facts.policies.len(), 2);
    assert_eq!(facts.rules[0].rule.value, "hardcoded-secret");
    assert_eq!(Configuration::default().allows_host("x"), None);
}

fn issues(text: &str) -> Vec<(&str, Option<String>)> {
    Configuration::read(text)
        .issues
        .into_iter()
        .map(|i| (&text[i.span.range()], i.suggestion))
        .collect()
}

#[test]
fn wrong_words_get_the_near_miss() {
    let near = |word: &str| Some(word.to_owned());
    assert_eq!(
        issues(r#"{ "profil": "strict", "profile": "strickt", "accounts": [{ "kind": "servise", "match": [] }] }"#),
        [
            ("profil", near("profile")),
            ("strickt", near("strict")),
            ("servise", near("service"))
        ]
    );
    assert_eq!(
        issues(
            r#"{ "references": [{ "match": "a", "acount": "x", "purpose": "workloud" }], "allowedHosts": ["https://a.b/"], "internalDomains": ["*contoso.com"], "dataPolicies": [{ "bussiness": ["a"], "blocked": ["a"], "default": "nonbusiness" }] }"#
        ),
        [
            ("acount", near("account")),
            ("workloud", near("workload")),
            ("https://a.b/", near("a.b")),
            ("*contoso.com", near("*.contoso.com")),
            ("bussiness", near("business")),
            ("nonbusiness", near("nonBusiness")),
        ]
    );
}

#[test]
fn a_broken_file_is_one_issue() {
    for text in [
        "{ \"profile\": ",
        "[]",
        "{ \"accounts\": {} }",
        "{ \"dataPolicies\": \"x\" }",
    ] {
        assert_eq!(Configuration::read(text).issues.len(), 1, "{text}");
    }
    assert_eq!(Configuration::read("").issues.len(), 0);
}

#[test]
fn what_contradicts_itself_is_said() {
    assert_eq!(
        issues(
            r#"{ "accounts": [{ "kind": "service", "match": "svc-*" }, { "kind": "personal", "match": ["svc-a", "svc-*b", "SVC-*"] }] }"#
        ),
        [("svc-a", None), ("svc-*b", None), ("SVC-*", None)]
    );
    assert_eq!(
        issues(
            r#"{ "accounts": [{ "kind": "service", "match": "a", "name": "mail" }, { "kind": "service", "match": "b", "name": "Mail" }] }"#
        ),
        [("Mail", None)]
    );
    assert!(Configuration::read("{ \"a\": ").broken && Configuration::read("[]").broken);
    assert!(!Configuration::read("{ \"a\": 1 }").broken);
    assert_eq!(
        issues(r#"{ "dataPolicies": [{ "business": ["shared_sql"], "blocked": ["sql"] }, {}] }"#),
        [("sql", None), ("{}", None)]
    );
    assert_eq!(
        issues(r#"{ "owners": [{ "match": "a" }, { "account": "b" }, 1] }"#).len(),
        3
    );
}

#[test]
fn names_that_are_there_twice() {
    assert_eq!(
        issues(
            r#"{ "profile": "strict", "rules": { "a": "off", "a": "hint" }, "profile": "strict",
                "references": [{ "match": ["x", "y", "X"], "account": { "prod": "a@b.c", "test": "a@b.c", "Production": "d@e.f", "*": "g@h.i" } }] }"#
        ),
        [("Production", None), ("X", None), ("a", None), ("profile", None)]
    );
    let kinds = Configuration::read(
        r#"{ "accounts": [{ "kind": "service", "match": "svc-*" }, { "kind": "personal", "match": "svc-a" }] }"#,
    );
    assert!(
        kinds.issues[0]
            .message
            .starts_with("`svc-a` is personal here and, by `svc-*` further up, service")
    );
}

#[test]
fn a_wider_pattern_hides_a_narrower_one() {
    assert_eq!(
        issues(
            r#"{ "accounts": [{ "kind": "service", "match": ["svc-*", "*@b.c"] }, { "kind": "personal", "match": ["svc-*@a.b", "s*", "*x@b.c", "*x*"] }] }"#
        ),
        [("svc-*@a.b", None), ("*x@b.c", None)]
    );
}

#[test]
fn accounts_that_are_none() {
    let id = "6f5a3c1e-1111-4a2b-9c3d-0123456789ab";
    let text = format!(
        r#"{{ "accounts": [{{ "kind": "application", "match": "{{{id}}}" }}], "references": [{{ "match": "a", "account": "" }}, {{ "match": "b", "account": {{}} }}, {{ "match": "c", "account": {{ "prod": " " }} }}] }}"#
    );
    let braces = format!("{{{id}}}");
    assert_eq!(
        issues(&text),
        [
            (braces.as_str(), Some(id.to_owned())),
            ("", None),
            ("{}", None),
            (" ", None)
        ]
    );
}

#[test]
fn a_comma_that_lacks_is_told_and_the_rest_is_read() {
    let facts = Configuration::read("{ \"profile\": \"strict\" \"exclude\": [\"a\"] }");
    assert_eq!((facts.issues.len(), facts.exclude.len(), facts.broken), (1, 1, false));
    assert_eq!(
        Configuration::read("{ profile: 'strict', /* c */ \"exclude\": [\"a\",], }").issues,
        []
    );
}

#[test]
fn hosts_and_domains_that_match_nothing() {
    let near = |word: &str| Some(word.to_owned());
    assert_eq!(
        issues(
            r##"{ "accounts": [{ "kind": "personal", "match": "*@contoso.com" }],
                "allowedHosts": ["", "a.com, b.com", "https://", ".contoso.com", "intranet", "#{host}#"],
                "internalDomains": ["contoso", "fabrikam", "contoso.com", "*"] }"##
        ),
        [
            ("", None),
            ("a.com, b.com", None),
            ("https://", None),
            (".contoso.com", near("*.contoso.com")),
            ("contoso", near("contoso.com")),
            ("fabrikam", None),
        ]
    );
    assert_eq!(
        issues(r#"{ "internalDomains": { "contoso.com": true }, "allowedHosts": ["a.b", 5] }"#).len(),
        2
    );
}
