//! Types of actions and triggers: what belongs to each, and how a new one is begun.
//!
//! Templates are in the notation of [`super::offers::parts`], with tabs for steps of indentation.

/// A type of actions.
pub struct ActionType {
    /// `type`.
    pub name: &'static str,
    /// The name that a new action of it gets.
    pub title: &'static str,
    /// What it does.
    pub about: &'static str,
    /// The members that it has beside those of all types, the needed ones first.
    pub members: &'static [(&'static str, &'static str)],
    /// What may stand in `inputs`, with the values that a new member gets.
    pub inputs: &'static [(&'static str, &'static str)],
    /// Options that it knows.
    pub options: &'static [&'static str],
    /// The members of a new action but for `type` and `runAfter`.
    pub template: &'static str,
}

const AUTHENTICATION: (&str, &str) = ("authentication", "\"‹@parameters('$authentication')›\"");
const RETRY: (&str, &str) = ("retryPolicy", "{\n\t\"type\": \"‹none|fixed|exponential›\"\n}");
const INPUTS: (&str, &str) = ("inputs", "{\n\t‹›\n}");
const ACTIONS: (&str, &str) = ("actions", "{\n\t‹›\n}");
const LIMIT: (&str, &str) = ("limit", "{\n\t\"timeout\": \"‹PT1H›\"\n}");
const LOOP_LIMIT: (&str, &str) = ("limit", "{\n\t\"count\": ‹60›,\n\t\"timeout\": \"‹PT1H›\"\n}");
const HOST: (&str, &str) = (
    "host",
    "{\n\t\"connectionName\": \"‹›\",\n\t\"operationId\": \"‹›\",\n\t\"apiId\": \"‹›\"\n}",
);
const PARAMETERS: (&str, &str) = ("parameters", "{\n\t‹›\n}");
const CONNECTION: &[(&str, &str)] = &[HOST, PARAMETERS, AUTHENTICATION, RETRY];
const CALL: &str = "\"inputs\": {\n\t\"host\": {\n\t\t\"connectionName\": \"‹›\",\n\t\t\"operationId\": \"‹›\",\n\t\t\"apiId\": \"‹›\"\n\t},\n\t\"parameters\": {},\n\t\"authentication\": \"@parameters('$authentication')\"\n}";
const NAMED_VALUE: &[(&str, &str)] = &[("name", "\"‹›\""), ("value", "\"‹›\"")];
const OLD_CONNECTION: &[(&str, &str)] = &[
    ("host", "{\n\t\"connection\": {\n\t\t\"name\": \"‹›\"\n\t}\n}"),
    ("method", "\"‹get|post|put|patch|delete›\""),
    ("path", "\"‹›\""),
    ("queries", "{\n\t‹›\n}"),
    ("headers", "{\n\t‹›\n}"),
    ("body", "‹{}›"),
    AUTHENTICATION,
    RETRY,
];

/// The types that cloud flows use, the usual ones first.
pub const ACTIONS_OF_FLOWS: &[ActionType] = &[
    ActionType {
        name: "OpenApiConnection",
        title: "Call_a_connector",
        about: "performs an operation of a connector",
        members: &[INPUTS, LIMIT],
        inputs: CONNECTION,
        options: &[
            "DisableAsyncPattern",
            "SuppressWorkflowHeaders",
            "SuppressWorkflowHeadersOnResponse",
        ],
        template: CALL,
    },
    ActionType {
        name: "Compose",
        title: "Compose",
        about: "makes a value",
        members: &[("inputs", "\"‹›\"")],
        inputs: &[],
        options: &[],
        template: "\"inputs\": \"‹›\"",
    },
    ActionType {
        name: "InitializeVariable",
        title: "Initialize_variable",
        about: "declares a variable, on the flow's own level",
        members: &[INPUTS],
        inputs: &[(
            "variables",
            "[\n\t{\n\t\t\"name\": \"‹›\",\n\t\t\"type\": \"‹string|boolean|integer|float|object|array›\"\n\t}\n]",
        )],
        options: &[],
        template: "\"inputs\": {\n\t\"variables\": [\n\t\t{\n\t\t\t\"name\": \"‹›\",\n\t\t\t\"type\": \"‹string|boolean|integer|float|object|array›\"\n\t\t}\n\t]\n}",
    },
    ActionType {
        name: "SetVariable",
        title: "Set_variable",
        about: "gives a variable a value",
        members: &[INPUTS],
        inputs: NAMED_VALUE,
        options: &[],
        template: "\"inputs\": {\n\t\"name\": \"‹›\",\n\t\"value\": \"‹›\"\n}",
    },
    ActionType {
        name: "If",
        title: "Condition",
        about: "runs one of two branches",
        members: &[
            (
                "expression",
                "{\n\t\"and\": [\n\t\t{\n\t\t\t\"equals\": [\n\t\t\t\t\"‹›\",\n\t\t\t\t‹true›\n\t\t\t]\n\t\t}\n\t]\n}",
            ),
            ACTIONS,
            ("else", "{\n\t\"actions\": {\n\t\t‹›\n\t}\n}"),
        ],
        inputs: &[],
        options: &[],
        template: "\"expression\": {\n\t\"and\": [\n\t\t{\n\t\t\t\"equals\": [\n\t\t\t\t\"‹›\",\n\t\t\t\t‹true›\n\t\t\t]\n\t\t}\n\t]\n},\n\"actions\": {},\n\"else\": {\n\t\"actions\": {}\n}",
    },
    ActionType {
        name: "Foreach",
        title: "Apply_to_each",
        about: "runs actions for each item of an array",
        members: &[("foreach", "\"‹›\""), ACTIONS],
        inputs: &[],
        options: &["Sequential"],
        template: "\"foreach\": \"‹›\",\n\"actions\": {}",
    },
    ActionType {
        name: "Scope",
        title: "Scope",
        about: "holds actions together, so that others can run after all of them",
        members: &[ACTIONS],
        inputs: &[],
        options: &[],
        template: "\"actions\": {}",
    },
    ActionType {
        name: "Switch",
        title: "Switch",
        about: "runs the case of a value",
        members: &[
            ("expression", "\"‹›\""),
            (
                "cases",
                "{\n\t\"‹Case›\": {\n\t\t\"case\": \"‹›\",\n\t\t\"actions\": {}\n\t}\n}",
            ),
            ("default", "{\n\t\"actions\": {\n\t\t‹›\n\t}\n}"),
        ],
        inputs: &[],
        options: &[],
        template: "\"expression\": \"‹›\",\n\"cases\": {\n\t\"‹Case›\": {\n\t\t\"case\": \"‹›\",\n\t\t\"actions\": {}\n\t}\n},\n\"default\": {\n\t\"actions\": {}\n}",
    },
    ActionType {
        name: "Until",
        title: "Do_until",
        about: "repeats actions until something holds",
        members: &[("expression", "\"‹›\""), LOOP_LIMIT, ACTIONS],
        inputs: &[],
        options: &["FailWhenLimitsReached"],
        template: "\"expression\": \"‹›\",\n\"limit\": {\n\t\"count\": ‹60›,\n\t\"timeout\": \"‹PT1H›\"\n},\n\"actions\": {}",
    },
    ActionType {
        name: "ParseJson",
        title: "Parse_JSON",
        about: "reads a value by a schema, whose properties expressions then know",
        members: &[INPUTS],
        inputs: &[("content", "\"‹›\""), ("schema", "{\n\t‹›\n}")],
        options: &[],
        template: "\"inputs\": {\n\t\"content\": \"‹›\",\n\t\"schema\": {}\n}",
    },
    ActionType {
        name: "Query",
        title: "Filter_array",
        about: "takes the items of an array that a condition holds for",
        members: &[INPUTS],
        inputs: &[("from", "\"‹›\""), ("where", "\"‹›\"")],
        options: &[],
        template: "\"inputs\": {\n\t\"from\": \"‹›\",\n\t\"where\": \"‹›\"\n}",
    },
    ActionType {
        name: "Select",
        title: "Select",
        about: "makes another array of each item of one",
        members: &[INPUTS],
        inputs: &[("from", "\"‹›\""), ("select", "{\n\t‹›\n}")],
        options: &[],
        template: "\"inputs\": {\n\t\"from\": \"‹›\",\n\t\"select\": {\n\t\t\"‹name›\": \"‹›\"\n\t}\n}",
    },
    ActionType {
        name: "Response",
        title: "Response",
        about: "answers who called the flow",
        members: &[("kind", "\"‹Http|PowerApp|VirtualAgent|Skills›\""), INPUTS],
        inputs: &[
            ("statusCode", "‹200›"),
            ("body", "‹{}›"),
            ("headers", "{\n\t‹›\n}"),
            ("schema", "{\n\t‹›\n}"),
        ],
        options: &["Asynchronous"],
        template: "\"kind\": \"‹Http|PowerApp|VirtualAgent|Skills›\",\n\"inputs\": {\n\t\"statusCode\": ‹200›,\n\t\"body\": {}\n}",
    },
    ActionType {
        name: "Http",
        title: "HTTP",
        about: "sends a request to an address",
        members: &[INPUTS, LIMIT],
        inputs: &[
            ("method", "\"‹GET|POST|PUT|PATCH|DELETE›\""),
            ("uri", "\"‹https://›\""),
            ("headers", "{\n\t‹›\n}"),
            ("queries", "{\n\t‹›\n}"),
            ("body", "‹{}›"),
            ("cookie", "\"‹›\""),
            (
                "authentication",
                "{\n\t\"type\": \"‹ActiveDirectoryOAuth|Basic|ClientCertificate|Raw›\"\n}",
            ),
            RETRY,
        ],
        options: &[
            "DisableAsyncPattern",
            "SuppressWorkflowHeaders",
            "IncludeAuthorizationHeadersInOutputs",
            "DisableAutomaticDecompression",
        ],
        template: "\"inputs\": {\n\t\"method\": \"‹GET|POST|PUT|PATCH|DELETE›\",\n\t\"uri\": \"‹https://›\"\n}",
    },
    ActionType {
        name: "Terminate",
        title: "Terminate",
        about: "ends the run",
        members: &[INPUTS],
        inputs: &[
            ("runStatus", "\"‹Failed|Succeeded|Cancelled›\""),
            ("runError", "{\n\t\"code\": \"‹›\",\n\t\"message\": \"‹›\"\n}"),
        ],
        options: &[],
        template: "\"inputs\": {\n\t\"runStatus\": \"‹Failed|Succeeded|Cancelled›\",\n\t\"runError\": {\n\t\t\"code\": \"‹›\",\n\t\t\"message\": \"‹›\"\n\t}\n}",
    },
    ActionType {
        name: "Workflow",
        title: "Run_a_Child_Flow",
        about: "runs another flow of the solution",
        members: &[INPUTS, LIMIT],
        inputs: &[
            ("host", "{\n\t\"workflowReferenceName\": \"‹›\"\n}"),
            ("body", "{\n\t‹›\n}"),
            ("headers", "{\n\t‹›\n}"),
            RETRY,
        ],
        options: &["DisableAsyncPattern"],
        template: "\"inputs\": {\n\t\"host\": {\n\t\t\"workflowReferenceName\": \"‹›\"\n\t},\n\t\"body\": {}\n}",
    },
    ActionType {
        name: "Wait",
        title: "Delay",
        about: "waits for a time",
        members: &[INPUTS],
        inputs: &[
            (
                "interval",
                "{\n\t\"count\": ‹1›,\n\t\"unit\": \"‹Minute|Second|Hour|Day|Week|Month›\"\n}",
            ),
            ("until", "{\n\t\"timestamp\": \"‹›\"\n}"),
        ],
        options: &[],
        template: "\"inputs\": {\n\t\"interval\": {\n\t\t\"count\": ‹1›,\n\t\t\"unit\": \"‹Minute|Second|Hour|Day|Week|Month›\"\n\t}\n}",
    },
    ActionType {
        name: "IncrementVariable",
        title: "Increment_variable",
        about: "adds to a number",
        members: &[INPUTS],
        inputs: &[("name", "\"‹›\""), ("value", "‹1›")],
        options: &[],
        template: "\"inputs\": {\n\t\"name\": \"‹›\",\n\t\"value\": ‹1›\n}",
    },
    ActionType {
        name: "DecrementVariable",
        title: "Decrement_variable",
        about: "takes from a number",
        members: &[INPUTS],
        inputs: &[("name", "\"‹›\""), ("value", "‹1›")],
        options: &[],
        template: "\"inputs\": {\n\t\"name\": \"‹›\",\n\t\"value\": ‹1›\n}",
    },
    ActionType {
        name: "AppendToArrayVariable",
        title: "Append_to_array_variable",
        about: "adds an item to an array",
        members: &[INPUTS],
        inputs: NAMED_VALUE,
        options: &[],
        template: "\"inputs\": {\n\t\"name\": \"‹›\",\n\t\"value\": \"‹›\"\n}",
    },
    ActionType {
        name: "AppendToStringVariable",
        title: "Append_to_string_variable",
        about: "adds text to a text",
        members: &[INPUTS],
        inputs: NAMED_VALUE,
        options: &[],
        template: "\"inputs\": {\n\t\"name\": \"‹›\",\n\t\"value\": \"‹›\"\n}",
    },
    ActionType {
        name: "Table",
        title: "Create_table",
        about: "makes a table of an array",
        members: &[INPUTS],
        inputs: &[
            ("from", "\"‹›\""),
            ("format", "\"‹HTML|CSV›\""),
            (
                "columns",
                "[\n\t{\n\t\t\"header\": \"‹›\",\n\t\t\"value\": \"‹›\"\n\t}\n]",
            ),
        ],
        options: &[],
        template: "\"inputs\": {\n\t\"from\": \"‹›\",\n\t\"format\": \"‹HTML|CSV›\"\n}",
    },
    ActionType {
        name: "Join",
        title: "Join",
        about: "makes one text of an array",
        members: &[INPUTS],
        inputs: &[("from", "\"‹›\""), ("joinWith", "\"‹, ›\"")],
        options: &[],
        template: "\"inputs\": {\n\t\"from\": \"‹›\",\n\t\"joinWith\": \"‹, ›\"\n}",
    },
    ActionType {
        name: "OpenApiConnectionWebhook",
        title: "Wait_for_a_connector",
        about: "performs an operation of a connector that answers later, such as an approval",
        members: &[INPUTS, LIMIT],
        inputs: CONNECTION,
        options: &[],
        template: CALL,
    },
    ActionType {
        name: "OpenApiConnectionWebhookResponse",
        title: "Respond_to_the_agent",
        about: "answers the agent that called the flow",
        members: &[INPUTS],
        inputs: &[
            HOST,
            PARAMETERS,
            AUTHENTICATION,
            ("body", "‹{}›"),
            ("statusCode", "‹200›"),
            ("schema", "{\n\t‹›\n}"),
        ],
        options: &[],
        template: CALL,
    },
    ActionType {
        name: "HttpWebhook",
        title: "HTTP_webhook",
        about: "subscribes at an address and waits for its call",
        members: &[INPUTS, LIMIT],
        inputs: &[
            (
                "subscribe",
                "{\n\t\"method\": \"POST\",\n\t\"uri\": \"‹https://›\",\n\t\"body\": {\n\t\t\"callback\": \"@listCallbackUrl()\"\n\t}\n}",
            ),
            ("unsubscribe", "{}"),
            ("accessKeyType", "\"‹Primary|Secondary›\""),
        ],
        options: &[],
        template: "\"inputs\": {\n\t\"subscribe\": {\n\t\t\"method\": \"POST\",\n\t\t\"uri\": \"‹https://›\",\n\t\t\"body\": {\n\t\t\t\"callback\": \"@listCallbackUrl()\"\n\t\t}\n\t},\n\t\"unsubscribe\": {}\n}",
    },
    ActionType {
        name: "Expression",
        title: "Current_time",
        about: "works with times, numbers and texts, by its kind",
        members: &[
            (
                "kind",
                "\"‹CurrentTime|AddToTime|SubtractFromTime|GetFutureTime|GetPastTime|ConvertTimeZone|FormatNumber|IndexOf|Substring›\"",
            ),
            INPUTS,
        ],
        inputs: &[
            ("baseTime", "\"‹›\""),
            ("interval", "‹1›"),
            ("timeUnit", "\"‹Day|Second|Minute|Hour|Week|Month›\""),
            ("sourceTimeZone", "\"‹UTC›\""),
            ("destinationTimeZone", "\"‹›\""),
            ("formatString", "\"‹›\""),
            ("number", "‹0›"),
            ("format", "\"‹›\""),
            ("locale", "\"‹›\""),
            ("text", "\"‹›\""),
            ("searchText", "\"‹›\""),
            ("startIndex", "‹0›"),
            ("length", "‹1›"),
        ],
        options: &[],
        template: "\"kind\": \"‹CurrentTime|AddToTime|SubtractFromTime|GetFutureTime|GetPastTime|ConvertTimeZone|FormatNumber|IndexOf|Substring›\",\n\"inputs\": {}",
    },
    ActionType {
        name: "JavaScriptCode",
        title: "Run_JavaScript",
        about: "runs a script over the outputs of actions",
        members: &[INPUTS],
        inputs: &[
            ("code", "\"‹›\""),
            (
                "explicitDependencies",
                "{\n\t\"actions\": [],\n\t\"includeTrigger\": ‹true›\n}",
            ),
        ],
        options: &[],
        template: "\"inputs\": {\n\t\"code\": \"‹›\"\n}",
    },
    ActionType {
        name: "ApiConnection",
        title: "Call_a_connector",
        about: "performs an operation of a connector, in the older form",
        members: &[INPUTS, LIMIT],
        inputs: OLD_CONNECTION,
        options: &["DisableAsyncPattern"],
        template: "\"inputs\": {\n\t\"host\": {\n\t\t\"connection\": {\n\t\t\t\"name\": \"‹›\"\n\t\t}\n\t},\n\t\"method\": \"‹get|post|put|patch|delete›\",\n\t\"path\": \"‹›\"\n}",
    },
    ActionType {
        name: "ApiConnectionWebhook",
        title: "Wait_for_a_connector",
        about: "performs an operation of a connector that answers later, in the older form",
        members: &[INPUTS, LIMIT],
        inputs: OLD_CONNECTION,
        options: &[],
        template: "\"inputs\": {\n\t\"host\": {\n\t\t\"connection\": {\n\t\t\t\"name\": \"‹›\"\n\t\t}\n\t},\n\t\"path\": \"‹›\"\n}",
    },
];

/// A type of triggers.
pub struct TriggerType {
    /// `type`.
    pub name: &'static str,
    /// What starts the flow.
    pub about: &'static str,
    /// The members of a new trigger but for `type`.
    pub template: &'static str,
}

const RECURRENCE: &str =
    "\"recurrence\": {\n\t\"frequency\": \"‹Day|Minute|Hour|Week|Month›\",\n\t\"interval\": ‹1›\n}";

/// The types of triggers that cloud flows use.
pub const TRIGGERS: &[TriggerType] = &[
    TriggerType {
        name: "Request",
        about: "a person, an app, another flow or a call",
        template: "\"kind\": \"‹Button|PowerAppV2|Http|PowerApp|Skills|VirtualAgent›\",\n\"inputs\": {\n\t\"schema\": {\n\t\t\"type\": \"object\",\n\t\t\"properties\": {}\n\t}\n}",
    },
    TriggerType {
        name: "Recurrence",
        about: "the clock",
        template: RECURRENCE,
    },
    TriggerType {
        name: "OpenApiConnectionWebhook",
        about: "an event that a connector tells",
        template: CALL,
    },
    TriggerType {
        name: "OpenApiConnection",
        about: "something new that a connector finds when it looks",
        template: CALL,
    },
    TriggerType {
        name: "OpenApiConnectionNotification",
        about: "a notification of a connector",
        template: CALL,
    },
    TriggerType {
        name: "ApiConnection",
        about: "something new that a connector finds, in the older form",
        template: RECURRENCE,
    },
    TriggerType {
        name: "ApiConnectionWebhook",
        about: "an event that a connector tells, in the older form",
        template: "\"inputs\": {}",
    },
    TriggerType {
        name: "ApiConnectionNotification",
        about: "a notification of a connector, in the older form",
        template: "\"inputs\": {}",
    },
    TriggerType {
        name: "Http",
        about: "an answer to a request that is sent again and again",
        template: RECURRENCE,
    },
    TriggerType {
        name: "HttpWebhook",
        about: "a call from where the flow subscribed",
        template: "\"inputs\": {}",
    },
    TriggerType {
        name: "SlidingWindow",
        about: "the clock, for stretches of time without gaps",
        template: RECURRENCE,
    },
];

/// Kinds of `Request` triggers.
pub const REQUEST_KINDS: &[&str] = &[
    "Button",
    "PowerAppV2",
    "Http",
    "PowerApp",
    "Skills",
    "VirtualAgent",
    "PowerPages",
    "ApiConnection",
    "Agent",
    "Teams",
    "TeamsWebhook",
    "EventGrid",
    "Geofence",
    "SecurityCenterAlert",
];

/// The type of an action by name; case does not count.
pub fn action_type(name: &str) -> Option<&'static ActionType> {
    ACTIONS_OF_FLOWS.iter().find(|one| one.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::super::offers::parts;
    use super::*;
    use crate::completion::Part;

    #[test]
    fn templates_are_json_that_holds_what_the_type_needs() {
        let filled = |template: &str| -> String {
            let text = parts(template).into_iter().map(|part| match part {
                Part::Text(text) | Part::Gap(text) => text,
                Part::Choice(choices) => choices[0].clone(),
                Part::End => String::new(),
            });
            text.collect()
        };
        for one in ACTIONS_OF_FLOWS {
            let text = format!("{{{}}}", filled(one.template));
            let tree = syntax::json::Tree::parse(&text);
            assert!(!tree.is_broken(), "{}: {text}", one.name);
            let root = tree.root(&text).unwrap();
            for member in root.members() {
                let key = member.key.as_str().unwrap();
                assert!(one.members.iter().any(|(name, _)| *name == key), "{}: {key}", one.name);
            }
            for inner in root.get("inputs").iter().flat_map(|inputs| inputs.members()) {
                let key = inner.key.as_str().unwrap();
                assert!(one.inputs.iter().any(|(name, _)| *name == key), "{}: {key}", one.name);
            }
            for (name, value) in one.members.iter().chain(one.inputs) {
                let text = filled(value);
                assert!(
                    !syntax::json::Tree::parse(&text).is_broken(),
                    "{} {name}: {text}",
                    one.name
                );
            }
        }
        for one in TRIGGERS {
            let text = format!("{{{}}}", filled(one.template));
            assert!(!syntax::json::Tree::parse(&text).is_broken(), "{}: {text}", one.name);
        }
    }
}
