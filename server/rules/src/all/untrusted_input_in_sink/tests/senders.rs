//! Who can write what comes in.

use super::*;

#[test]
fn who_can_write_it_decides_how_sure_it_is() {
    let mailbox = |id: &str| {
        format!(
            r#""mail":{{"type":"OpenApiConnectionWebhook","inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/shared_office365","operationId":"{id}","connectionName":"o"}},"parameters":{{}}}}}}"#
        )
    };
    let request = |kind: &str, more: &str| {
        format!(r#""t":{{"type":"Request","kind":"{kind}","inputs":{{{more}"schema":{{}}}}}}"#)
    };
    let filter = rows("n eq '@{triggerOutputs()?['body/subject']}'");
    let sure = |trigger: &str, actions: &str| {
        let found = flow(trigger, actions).of(RULE.id);
        found.iter().map(|found| found.finding.confidence).collect::<Vec<_>>()
    };
    assert_eq!(sure(&request("Http", ""), &filter), [Confidence::High]);
    let signed_in = request("http", r#""triggerAuthenticationType":"Tenant","#);
    assert_eq!(sure(&signed_in, &filter), [Confidence::Medium]);
    assert_eq!(sure(&mailbox("OnNewEmailV3"), &filter), [Confidence::Medium]);
    assert_eq!(
        sure(&mailbox("SharedMailboxOnNewEmailV2"), &filter),
        [Confidence::Medium]
    );
    assert_eq!(sure(&request("PowerPages", ""), &filter), [Confidence::Medium]);
    assert_eq!(sure(&request("Skills", ""), &filter), [Confidence::Medium]);
    for kind in ["Button", "PowerApp", "PowerAppV2"] {
        assert_eq!(sure(&request(kind, ""), &filter), [Confidence::Low], "{kind}");
    }
    let daily = r#""r":{"type":"Recurrence","recurrence":{"interval":1,"frequency":"Day"}}"#;
    for trigger in [DATAVERSE, daily] {
        assert_eq!(sure(trigger, &filter), []);
        let parent = rows("_parent_value eq @{triggerOutputs()?['body/accountid']}");
        assert_eq!(sure(trigger, &parent), []);
    }
    // What the mail service makes, and answers to whoever wrote.
    let uri = http("https://graph.microsoft.com/v1.0/me/messages/@{triggerOutputs()?['body/id']}");
    assert_eq!(sure(&mailbox("OnNewEmailV3"), &uri), []);
    let reply = mail(r#""emailMessage/To":"@triggerOutputs()?['body/from']""#);
    assert_eq!(sure(&mailbox("OnNewEmailV3"), &reply), []);
    let app = flow(&request("PowerAppV2", ""), &filter).profile(Profile::Recommended);
    assert_eq!(app.marked(RULE.id), [""; 0]);
}

#[test]
fn forms_and_mailboxes_are_read_from_outside() {
    let form = operation(
        "Details",
        "shared_microsoftforms",
        "GetFormResponseById",
        r#""form_id":"f","response_id":"r""#,
    );
    let with = |filter: &str| flow(DATAVERSE, &format!("{form},{}", rows(filter))).of(RULE.id);
    let found = with("n eq '@{outputs('Details')?['body/r1']}'");
    assert_eq!((found.len(), found[0].finding.confidence), (1, Confidence::Medium));
    assert!(steps(&found[0])[0].contains("somebody outside wrote"));
    assert_eq!(with("n eq '@{outputs('Details')?['body/responder']}'").len(), 0);
    assert_eq!(with("n eq '@{body('Details')?['submitDate']}'").len(), 0);
    let mails = operation("Get_emails", "shared_office365", "GetEmailsV3", "");
    let each = |field: &str| {
        format!(
            r#"{mails},"Each":{{"runAfter":{{"Get_emails":["Succeeded"]}},"type":"Foreach","foreach":"@outputs('Get_emails')?['body/value']","actions":{{{}}}}}"#,
            rows(&format!("n eq '@{{items('Each')?['{field}']}}'"))
        )
    };
    assert_eq!(flow(DATAVERSE, &each("subject")).marked(RULE.id).len(), 1);
    assert_eq!(flow(DATAVERSE, &each("id")).marked(RULE.id), [""; 0]);
}
