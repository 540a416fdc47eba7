//! A request whose credentials the run history shows.

use analysis::credentials::credentials;
use analysis::run_history::hidden;
use model::Profile;
use model::flow::Owner;
use syntax::json::Value;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::steps::step;

declare_rule! {
    /// # What it finds
    ///
    /// An HTTP action or trigger that sends a credential and does not hide its inputs: `authentication` with a password, secret, certificate or
    /// raw value, or from an expression as a whole, a header such as `Authorization` or `api-key`, a query such as `subscription-key`, the key of
    /// a function in the address, or a body with `client_secret`, `password` or `refresh_token`. Managed identities send none.
    ///
    /// # Why it matters
    ///
    /// The history of runs keeps what each step was given, for 28 days, for everybody who may see the flow's runs. A key that comes out of
    /// a vault stands there in clear text, with what was sent.
    ///
    /// # How to fix
    ///
    /// Switch "Secure inputs" on for the step. It does the same as before.
    ///
    /// # Example
    ///
    /// Right:
    ///
    /// ```json
    /// "Call": { "type": "Http", "inputs": { "headers": { "api-key": "@{body('Get_key')?['value']}" } },
    ///           "runtimeConfiguration": { "secureData": { "properties": ["inputs"] } } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Manage sensitive input like passwords in Power Automate",
    ///   <https://learn.microsoft.com/power-automate/guidance/coding-guidelines/use-secure-inputs-outputs>
    static RULE = {
        id: "http-auth-run-history",
        summary: "a request sends a credential, and the run history shows it",
        category: Category::Secrets,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let sends = |kind: &str| {
        ["Http", "HttpWebhook"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known))
    };
    let actions = flow.body.actions().filter(|(_, action)| sends(&action.kind));
    let actions = actions.map(|(id, _)| Owner::Action(id));
    let triggers = flow.body.triggers.iter().enumerate();
    let triggers = triggers
        .filter(|(_, trigger)| sends(&trigger.kind))
        .filter_map(|(index, _)| Some(Owner::Trigger(u32::try_from(index).ok()?)));
    let held = credentials(flow.body, flow.tree, flow.text);
    for owner in actions.chain(triggers) {
        let Some(step) = step(flow, owner).filter(|step| !hidden(step.value).inputs) else {
            continue;
        };
        let Some(inputs) = step.value.get_ignore_case("inputs") else {
            continue;
        };
        let parts = ["subscribe", "unsubscribe"].map(|part| inputs.get_ignore_case(part));
        let requests = || [Some(inputs)].into_iter().chain(parts).flatten();
        let mut own = held.iter().filter(|one| one.owner == owner);
        let placed = || {
            own.find(|one| one.is_sent() && says(one.value))
                .map(|one| one.holder.clone())
        };
        let what = requests()
            .find_map(signs_in)
            .or_else(placed)
            .or_else(|| requests().find_map(in_address))
            .or_else(|| requests().find_map(in_body));
        let Some(what) = what else { continue };
        let message = format!(
            "{} sends a credential ({what}), and the run history shows it to everybody who may see the flow's runs. Hide its inputs.",
            step.title
        );
        let mut finding =
            Finding::new(&RULE, flow.file, step.name.span, &step.path, message).action(Some(step.path.clone()));
        if let Some(edit) = edits::actions::secure(flow.file, &flow.view(), step.value.id(), &["inputs"]) {
            finding = finding.fix("Hide the inputs in the run history", true, edit);
        }
        findings.push(finding);
    }
}

fn says(value: Value<'_>) -> bool {
    value.as_str().is_none_or(|text| !text.trim().is_empty()) && !value.is_null()
}

/// A sign-in as a whole that an expression gives. Managed identities send no credential.
fn signs_in(request: Value<'_>) -> Option<String> {
    let authentication = request.get_ignore_case("authentication")?;
    let text = authentication.as_str()?;
    let is_given = text.starts_with('@') && !text.contains("$authentication") && !text.contains("$connections");
    is_given.then(|| "`authentication`".to_owned())
}

/// A key that the address ends with.
fn in_address(request: Value<'_>) -> Option<String> {
    const NAMES: [&str; 7] = [
        "sig",
        "access_token",
        "api_key",
        "apikey",
        "subscription-key",
        "client_secret",
        "code",
    ];
    let address = request.get_ignore_case("uri")?;
    let text = address.as_str()?.to_ascii_lowercase();
    let is_key = |name: &&str| {
        let worked_out = ["?", "&"]
            .iter()
            .any(|mark| text.contains(&format!("{mark}{name}=@{{")) || text.contains(&format!("{mark}{name}=',")));
        // Others ask for a country's code, too.
        worked_out && (*name != "code" || text.contains(".azurewebsites.net"))
    };
    let name = NAMES.iter().find(|name| is_key(name))?;
    Some(format!("`{name}` in the address"))
}

/// Members of forms that are credentials.
const FIELDS: [&str; 5] = [
    "client_secret",
    "client_assertion",
    "clientsecret",
    "password",
    "refresh_token",
];

/// A field of a form, or of an object one level below.
fn in_body(request: Value<'_>) -> Option<String> {
    let body = request.get_ignore_case("body")?;
    let field = if body.is_object() {
        let of = |object: Value<'_>| {
            let mut fields = FIELDS.into_iter();
            fields.find(|field| object.get_ignore_case(field).is_some_and(says))
        };
        let inner = || body.members().find_map(|member| of(member.value?));
        of(body).or_else(inner)
    } else {
        let text = body.as_str()?;
        let begins = |at: usize| at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric();
        let has = |field: &&str| text.match_indices(&format!("{field}=")).any(|(at, _)| begins(at));
        FIELDS.into_iter().find(has)
    }?;
    Some(format!("`{field}` in the body"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn http(inputs: &str, more: &str) -> Sample {
        Sample::actions(&format!(
            r#""Call":{{"runAfter":{{}},"type":"Http","inputs":{{"method":"POST","uri":"https://x.example/a",{inputs}}}{more}}}"#
        ))
    }

    const SENDS: [&str; 11] = [
        r#""authentication":{"type":"Basic","username":"a","password":"@parameters('p')"}"#,
        r#""authentication":{"type":"ActiveDirectoryOAuth","secret":"@body('Get')?['value']"}"#,
        r#""headers":{"authorization":"Bearer @{body('T')?['access_token']}"}"#,
        r#""headers":{"Accept":"*/*","Api-Key":"@{body('K')?['value']}"}"#,
        r#""body":"grant_type=client_credentials&client_secret=@{body('K')?['value']}""#,
        r#""body":{"client_secret":"@{body('K')?['value']}"}"#,
        r#""body":{"login":{"password":"@{body('K')?['value']}"}}"#,
        r#""body":"grant_type=x&client_assertion=@{body('K')?['value']}""#,
        r#""authentication":"@json(body('K')?['value'])""#,
        r#""queries":{"subscription-key":"@{body('K')?['value']}"}"#,
        r#""headers":{"X-RapidAPI-Key":"@{body('K')?['value']}"}"#,
    ];

    #[test]
    fn credentials_that_are_shown() {
        for inputs in SENDS {
            let sample = http(inputs, "");
            assert_eq!(sample.marked(RULE.id), ["Call"], "{inputs}");
            assert_eq!(sample.assert_fixes(RULE.id), 1, "{inputs}");
        }
    }

    #[test]
    fn addresses_and_triggers() {
        let call = |uri: &str| {
            Sample::actions(&format!(
                r#""Call":{{"runAfter":{{}},"type":"Http","inputs":{{"method":"GET","uri":"{uri}"}}}}"#
            ))
            .marked(RULE.id)
        };
        assert_eq!(
            call("https://x.azurewebsites.net/api/f?code=@{body('K')?['value']}"),
            ["Call"]
        );
        assert_eq!(
            call("@concat('https://x.example/?sig=', body('K')?['value'])"),
            ["Call"]
        );
        assert_eq!(call("https://x.example/?code=@{triggerBody()?['country']}"), [""; 0]);
        let trigger = r#""Poll":{"type":"Http","recurrence":{"frequency":"Day","interval":1},"inputs":{"method":"GET","uri":"https://x.example","authentication":{"type":"Basic","password":"@parameters('p')"}}}"#;
        let sample = Sample::triggers(trigger);
        assert_eq!(sample.marked(RULE.id), ["Poll"]);
        assert_eq!(sample.assert_fixes(RULE.id), 1);
    }

    #[test]
    fn hidden_or_none() {
        for inputs in SENDS {
            let hides = r#","runtimeConfiguration":{"secureData":{"properties":["inputs"]}}"#;
            assert_eq!(http(inputs, hides).marked(RULE.id), [""; 0], "{inputs}");
        }
        for inputs in [
            r#""authentication":{"type":"ManagedServiceIdentity","audience":"https://x.example"}"#,
            r#""authentication":"@parameters('$authentication')""#,
            r#""headers":{"Accept":"*/*","Authorization":""}"#,
            r#""body":"new_password_policy=strict""#,
            r#""body":{"passwordless":true}"#,
            r#""headers":{"X-CSRF-Token":"Fetch"}"#,
            r#""queries":{"key":"@{triggerBody()?['key']}","code":"DE"}"#,
        ] {
            assert_eq!(http(inputs, "").marked(RULE.id), [""; 0], "{inputs}");
        }
    }
}
