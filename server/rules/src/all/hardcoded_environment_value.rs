//! A flow writes out a value that belongs to one environment.

use analysis::hardcoded::{Kind, Likelihood, Written};
use edits::Recipe;
use model::Profile;
use model::flow::Owner;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, Rule, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A value in a trigger or action that names something of one environment or tenant, and is not read from a parameter:
    ///
    /// - addresses of SharePoint sites, of Dataverse and of Finance and Operations environments, of the sovereign clouds too:
    ///   high confidence where the address is a value of its own, medium in links and markup, low within a sentence;
    /// - ids of environments, lists, teams, channels, plans and forms, and of canvas apps in links: medium confidence, and low where what they lie in is written out
    ///   beside them (the site of a list, the team of a channel), which is told anyway;
    /// - tenants, app registrations, drives, files, mail folders, Power BI workspaces and hosts of Azure resources: low confidence.
    ///
    /// A trigger behind a button in a list is left alone: the list finds it by the site that is written out. Ids are known by the parameter or address they stand in, not by their shape: rows, templates and apps that travel with the
    /// solution have ids as well. Hosts that are the same for everybody (`graph.microsoft.com`, `login.microsoftonline.com`),
    /// notes, schemas, and values that a parameter remembers are not reported. A value is told once a flow, with its other places. Flows outside
    /// of solutions, which cannot read environment variables, are left to the strict profile.
    ///
    /// # Why it matters
    ///
    /// After deployment the flow still works on the site or the database it was built with: tests write into production, or
    /// production into a test. Whoever moves a site must find and change every flow that writes it out.
    ///
    /// # How to fix
    ///
    /// Read the value from an environment variable. The fix takes the variable of the solution that has the value by default, or makes one whose default it
    /// is, and puts it into every place of the flow. New variables get an entry in each settings file: the value where the file is
    /// for development, else a token, because nobody knows the value of other environments.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "dataset": "https://contoso.sharepoint.com/sites/HR-Test"
    /// // right
    /// "dataset": "@parameters('HR site (con_HRSite)')"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Use environment variables in solutions",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables>
    static RULE = {
        id: "hardcoded-environment-value",
        summary: "a flow writes out an address or id of one environment",
        category: Category::Solution,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for written in flow.written().iter().filter(|written| written.kind != Kind::Person) {
        let what = if written.kind.is_id() {
            format!("the id of {}", written.kind.noun())
        } else {
            format!("`{}`, {}", written.value, written.kind.noun())
        };
        let inside = can_have_variables(flow);
        let advice = if inside {
            "Read it from an environment variable, so that each environment can give its own."
        } else {
            "Move the flow into a solution, where an environment variable can give each environment its own."
        };
        let message = format!(
            "{} {what}, which the flow then works with in every environment it is deployed to. {advice}",
            subject_of(flow, written)
        );
        let mut finding = finding(&RULE, flow, written, message);
        // Few flows outside of solutions are meant for a second environment.
        if !inside {
            finding = finding.from_profile(Profile::Strict);
        }
        findings.push(finding);
    }
}

/// Whether the flow can read environment variables: flows outside of solutions, and those of legacy packages, cannot.
/// A flow that was taken out of an unpacked solution without the manifest is known by its connection references.
pub(crate) fn can_have_variables(flow: &FlowContext<'_>) -> bool {
    let keys = &flow.summary.connections;
    (flow.in_solution || keys.iter().any(|key| key.logical_name.is_some())) && !keys.iter().any(|key| key.legacy)
}

/// Who writes the value out, as the beginning of a sentence.
pub(crate) fn subject_of(flow: &FlowContext<'_>, written: &Written) -> String {
    let owner = written.places.first().map_or(Owner::Definition, |place| place.owner());
    let first = match owner {
        Owner::Action(id) => format!("The action `{}`", flow.body.action(id).title()),
        Owner::Trigger(at) => match flow.body.triggers.get(at as usize) {
            Some(trigger) => format!("The trigger `{}`", trigger.name.value.replace('_', " ")),
            None => "The trigger".to_owned(),
        },
        Owner::Definition => "The flow".to_owned(),
    };
    match written.places.len() {
        0 | 1 => format!("{first} writes out"),
        2 => format!("{first} and another place write out"),
        many => format!("{first} and {} other places write out", many - 1),
    }
}

/// So many other places are told.
const MAX_RELATED: usize = 20;

/// The finding at the first place, with the others, and with the fix where the flow can have variables.
pub(crate) fn finding(rule: &'static Rule, flow: &FlowContext<'_>, written: &Written, message: String) -> Finding {
    let first = &written.places[0];
    let confidence = match written.likelihood() {
        Likelihood::High => Confidence::High,
        Likelihood::Medium => Confidence::Medium,
        Likelihood::Low => Confidence::Low,
    };
    let mut finding = Finding::new(rule, flow.file, first.span, &*written.value, message)
        .confidence(confidence)
        .action(flow.body.owner_path(first.owner()));
    for place in written.places.iter().skip(1).take(MAX_RELATED) {
        finding = finding.related(flow.file, place.span, "it stands here, too");
    }
    if !flow.in_solution || !can_have_variables(flow) || !flow.summary.complete {
        return finding;
    }
    let recipe = Recipe::ExtractWritten {
        file: flow.file,
        kind: written.kind,
        value: written.value.clone(),
    };
    finding.recipe("Read it from an environment variable", recipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    const ID: &str = "0a1b2c3d-1111-4222-8333-44445555666a";
    const SITE: &str = "https://contoso.sharepoint.com/sites/HR";
    const DEFINITION: &str = "/s/environmentvariabledefinitions/con_HRSite/environmentvariabledefinition.xml";

    fn call(name: &str, connector: &str, parameters: &str) -> String {
        format!(
            r#""{name}":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/{connector}","operationId":"GetItems"}},"parameters":{{{parameters}}}}}}}"#
        )
    }

    fn told(actions: &str) -> Vec<(String, Confidence)> {
        let found = Sample::actions(actions).of(RULE.id);
        found
            .into_iter()
            .map(|found| (found.marked, found.finding.confidence))
            .collect()
    }

    #[test]
    fn flows_outside_of_solutions_are_for_the_strict_profile() {
        let action = call("Get", "shared_sharepointonline", &format!(r#""dataset":"{SITE}""#));
        let text = |action: &str| {
            format!(
                r#"{{"properties":{{"connectionReferences":{{}},"definition":{{"triggers":{{}},"actions":{{{action}}}}}}}}}"#
            )
        };
        let reference = r#""connectionReferences":{"shared":{"connection":{"connectionReferenceLogicalName":"con_sp"},"api":{"name":"shared_sharepointonline"}}}"#;
        let sample = Sample::actions("").with(
            "/p/Microsoft.Flow/flows/0a1b2c3d-1111-4222-8333-44445555666a/definition.json",
            text(&action),
        );
        let found = sample.of(RULE.id);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].finding.profile, Some(Profile::Strict));
        assert!(found[0].finding.message.ends_with(
            "Move the flow into a solution, where an environment variable can give each environment its own."
        ));
        assert!(found[0].finding.fixes.is_empty());
        let within = Sample::actions(&action).of(RULE.id);
        assert_eq!(within[0].finding.profile, None);
        let taken_out = text(&action).replace(r#""connectionReferences":{}"#, reference);
        let path = format!("/src/Workflows/Main-{ID}.json");
        let found = Sample::actions("").with(&path, taken_out).of(RULE.id);
        assert_eq!(found[0].finding.profile, None);
        assert!(
            found[0]
                .finding
                .message
                .ends_with("so that each environment can give its own.")
        );
        assert!(found[0].finding.fixes.is_empty());
    }

    #[test]
    fn addresses_wherever_an_expression_could_give_them() {
        for (text, marked, confidence) in [
            (SITE.to_owned(), SITE, Confidence::High),
            (format!("{SITE}/Lists/x?web=1"), SITE, Confidence::High),
            (
                format!("@concat('{SITE}/Lists/', variables('x'))"),
                SITE,
                Confidence::High,
            ),
            (format!("{SITE}/Lists/@{{variables('x')}}"), SITE, Confidence::High),
            (
                format!("@{{variables('x')}} <a href=\"{SITE}\">list</a>").replace('"', "\\\""),
                SITE,
                Confidence::Medium,
            ),
            (format!("See {SITE} for more"), SITE, Confidence::Low),
            (
                "https://org1a2b.crm4.dynamics.com/main.aspx".to_owned(),
                "https://org1a2b.crm4.dynamics.com",
                Confidence::High,
            ),
        ] {
            for action in [
                format!(r#""A":{{"type":"Compose","inputs":"{text}"}}"#),
                format!(
                    r#""A":{{"type":"InitializeVariable","inputs":{{"variables":[{{"name":"n","type":"string","value":"{text}"}}]}}}}"#
                ),
                format!(
                    r#""S":{{"type":"Scope","actions":{{"A":{{"type":"Http","inputs":{{"method":"GET","uri":"{text}"}}}}}}}}"#
                ),
                call("A", "shared_x", &format!(r#""a/b":{{"c":["{text}"]}}"#)),
            ] {
                assert_eq!(told(&action), [(marked.to_owned(), confidence)], "{action}");
            }
        }
    }

    #[test]
    fn ids_by_their_parameter() {
        for (connector, parameters, wanted) in [
            (
                "shared_sharepointonline",
                format!(r#""dataset":"@parameters('x')","table":"{ID}""#),
                Some(Confidence::Medium),
            ),
            (
                "shared_sharepointonline",
                r#""dataset":"@parameters('x')","table":"Employees""#.to_owned(),
                None,
            ),
            (
                "shared_teams",
                format!(r#""body/recipient/groupId":"{ID}""#),
                Some(Confidence::Medium),
            ),
            (
                "shared_planner",
                r#""body/planId":"pL4nAbcdefghijklmnopqrstuvwx""#.to_owned(),
                Some(Confidence::Medium),
            ),
            (
                "shared_flowmanagement",
                format!(r#""environmentName":"Default-{ID}""#),
                Some(Confidence::Medium),
            ),
            (
                "shared_excelonlinebusiness",
                r#""drive":"b!aBcDe-f_g""#.to_owned(),
                Some(Confidence::Low),
            ),
            (
                "shared_commondataserviceforapps",
                format!(r#""entityName":"accounts","recordId":"{ID}""#),
                None,
            ),
            (
                "shared_commondataserviceforapps",
                format!(r#""$filter":"_x_value eq {ID}""#),
                None,
            ),
            (
                "shared_teams",
                r#""groupId":"00000000-0000-0000-0000-000000000000""#.to_owned(),
                None,
            ),
        ] {
            let found = told(&call("A", connector, &parameters));
            assert_eq!(found.first().map(|(_, confidence)| *confidence), wanted, "{parameters}");
        }
        let list = told(&call(
            "A",
            "shared_sharepointonline",
            &format!(r#""dataset":"{SITE}","table":"{ID}""#),
        ));
        assert_eq!(
            list,
            [(SITE.to_owned(), Confidence::High), (ID.to_owned(), Confidence::Low)]
        );
        let sign_in = format!(
            r#""A":{{"type":"Http","inputs":{{"uri":"@variables('x')","authentication":{{"type":"ActiveDirectoryOAuth","tenant":"{ID}","audience":"https://graph.microsoft.com"}}}}}}"#
        );
        assert_eq!(told(&sign_in), [(ID.to_owned(), Confidence::Low)]);
        let message = &Sample::actions(&sign_in).of(RULE.id)[0].finding.message;
        assert!(
            message.contains("the id of a tenant") && !message.contains(ID),
            "{message}"
        );
    }

    #[test]
    fn older_actions_write_paths() {
        let action = format!(
            r#""A":{{"type":"ApiConnection","inputs":{{"host":{{"connection":{{"name":"@parameters('$connections')['shared_sharepointonline']['connectionId']"}}}},"method":"get","path":"/datasets/@{{encodeURIComponent(encodeURIComponent('{SITE}'))}}/tables/@{{encodeURIComponent(encodeURIComponent('{ID}'))}}/items"}}}}"#
        );
        assert_eq!(
            told(&action),
            [(SITE.to_owned(), Confidence::High), (ID.to_owned(), Confidence::Low)]
        );
    }

    #[test]
    fn what_does_not_differ_is_left_alone() {
        for action in [
            r#""A":{"type":"Http","inputs":{"uri":"https://graph.microsoft.com/v1.0/me","authentication":{"audience":"https://graph.microsoft.com","authority":"https://login.microsoftonline.com"}}}"#.to_owned(),
            format!(r#""A":{{"type":"Compose","description":"see {SITE}","inputs":"@parameters('x')"}}"#),
            format!(r#""A":{{"type":"ParseJson","inputs":{{"content":"@body('x')","schema":{{"default":"{SITE}"}}}}}}"#),
            r#""A":{"type":"Compose","inputs":"https://make.powerautomate.com and https://yourtenant.sharepoint.com"}"#.to_owned(),
            r#""A":{"type":"Compose","inputs":"https://@{variables('t')}.sharepoint.com/sites/HR"}"#.to_owned(),
            format!(r#""A":{{"type":"Compose","inputs":{{"id":"{ID}"}}}}"#),
        ] {
            assert_eq!(told(&action), [], "{action}");
        }
        let cached = Sample::actions("").replace(
            FLOW,
            r#""parameters":{"#,
            &format!(r#""parameters":{{"X (con_X)":{{"defaultValue":"{SITE}","type":"String","metadata":{{"schemaName":"con_X"}}}},"#),
        );
        assert_eq!(cached.marked(RULE.id), [""; 0]);
    }

    #[test]
    fn one_value_is_told_once_and_leaves_every_place() {
        let sample = Sample::actions(&format!(
            "{},{}",
            call("Get_items", "shared_sharepointonline", &format!(r#""dataset":"{SITE}","table":"Staff""#)),
            format_args!(r#""Link":{{"type":"Compose","inputs":"Open {SITE}/Lists/Staff"}},"Other":{{"type":"Compose","inputs":"{SITE}-Test"}}"#)
        ))
        .with("/s/config/Dev/deploymentSettings.json", r#"{"EnvironmentVariables":[],"ConnectionReferences":[]}"#)
        .with("/s/config/Prod/deploymentSettings.json", r#"{"EnvironmentVariables":[],"ConnectionReferences":[]}"#)
        .with(DEFINITION.replace("HRSite", "Old").as_str(), r#"<environmentvariabledefinition schemaname="con_Old"><defaultvalue>x</defaultvalue><displayname default="Old" /><type>100000000</type></environmentvariabledefinition>"#);
        let found = sample.of(RULE.id);
        assert_eq!((found.len(), found[0].finding.related.len()), (2, 1));
        assert!(found[0].finding.message.starts_with("The action `Get items` and another place write out `https://contoso.sharepoint.com/sites/HR`, a SharePoint site"));
        assert_eq!(sample.assert_fixes(RULE.id), 2);
        let after = sample.apply(&found[0].finding.fixes[0]);
        let flow = &after.files[FLOW];
        assert!(
            flow.contains(r#""dataset":"@parameters('HR site (con_HRSite)')""#),
            "{flow}"
        );
        assert!(
            flow.contains(r#""Open @{parameters('HR site (con_HRSite)')}/Lists/Staff""#),
            "{flow}"
        );
        assert!(flow.contains(&format!(r#""HR site (con_HRSite)":{{"defaultValue":"{SITE}","type":"String","metadata":{{"schemaName":"con_HRSite","description":""}}}}"#)), "{flow}");
        assert!(after.files[DEFINITION].contains(&format!("<defaultvalue>{SITE}</defaultvalue>")));
        let settings = |place: &str| &after.files[&format!("/s/config/{place}/deploymentSettings.json")];
        assert!(
            settings("Dev").contains(&format!(r#""Value": "{SITE}""#)),
            "{}",
            settings("Dev")
        );
        assert!(
            settings("Prod").contains("#{environmentvariable.con_HRSite}#"),
            "{}",
            settings("Prod")
        );
    }

    #[test]
    fn a_variable_that_has_the_value_is_taken() {
        let definition = format!(
            r#"<environmentvariabledefinition schemaname="con_HRSite"><defaultvalue>{SITE}</defaultvalue><displayname default="Site of HR" /><type>100000000</type></environmentvariabledefinition>"#
        );
        let sample = Sample::actions(&call("A", "shared_sharepointonline", &format!(r#""dataset":"{SITE}""#)))
            .with(DEFINITION, definition);
        let before = sample.files.len();
        assert_eq!(sample.assert_fixes(RULE.id), 1);
        let after = sample.apply(&sample.of(RULE.id)[0].finding.fixes[0]);
        assert_eq!(after.files.len(), before);
        assert!(after.files[FLOW].contains("@parameters('Site of HR (con_HRSite)')"));
        let parameter = r#""parameters":{"Where":{"type":"String","metadata":{"schemaName":"con_hrsite"}},"#;
        let known = sample.replace(FLOW, r#""parameters":{"$"#, &format!("{parameter}\"$"));
        let after = known.apply(&known.of(RULE.id)[0].finding.fixes[0]);
        assert!(
            after.files[FLOW].contains(r#""dataset":"@parameters('Where')""#),
            "{}",
            after.files[FLOW]
        );
    }

    #[test]
    fn without_a_solution_nothing_is_offered() {
        let sample = Sample::actions(&call("A", "shared_sharepointonline", &format!(r#""dataset":"{SITE}""#)));
        let text = sample.files[FLOW].clone();
        let alone = sample
            .without(FLOW)
            .with("/elsewhere/flow-11111111-2222-3333-4444-555555555555.json", text);
        let found = alone.of(RULE.id);
        assert_eq!((found.len(), found[0].finding.fixes.len()), (1, 0));
    }
}
