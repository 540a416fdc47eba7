//! Calls of addresses that the maker writes: which host a flow's data goes to.

use expr::{NodeKind, ReferenceKind, Segment, Template, TemplateKind};
use model::flow::{FlowBody, Owner};
use syntax::Span;
use syntax::json::{Tree, Value};

/// How a flow calls an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The built-in action `Http`.
    Http,
    /// The built-in action `HttpWebhook`.
    Webhook,
    /// An operation of a connector that takes an address, such as "Invoke an HTTP request".
    Connector,
}

/// A call of an address.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// What calls.
    pub owner: Owner,
    /// How.
    pub caller: Caller,
    /// The connector's name where one calls, else empty.
    pub connector: &'a str,
    /// The address as the file has it.
    pub address: Value<'a>,
    /// The text in which the host stands: the address, or the value of the step or variable that it begins with.
    pub written: Value<'a>,
    /// What the address says of its host.
    pub host: Host,
}

/// The host of an address, as far as it is known before the flow runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// Written out, in lower case; `*.` stands for a first part that the flow works out.
    Known {
        /// The scheme in lower case.
        scheme: String,
        /// The host.
        name: String,
        /// Where the host stands in the file.
        span: Span,
    },
    /// From parameters alone: whoever deploys the flow decides it.
    Configured,
    /// Worked out when the flow runs.
    Computed {
        /// Whether what started the flow has a say in it.
        by_trigger: bool,
        /// Whether it is the link to a next page, which the last answer gave.
        next_page: bool,
    },
    /// No host: a path of a site that another field names, or an address that cannot be read.
    None,
}

/// Every call of an address in a flow. `text` and `tree` are the flow's own.
#[must_use]
pub fn requests<'a>(body: &'a FlowBody, tree: &'a Tree, text: &'a str) -> Vec<Request<'a>> {
    let mut found = Vec::new();
    let mut add = |owner, caller, connector: &'a str, address: Option<Value<'a>>| {
        if let Some(address) = address.filter(Value::is_string) {
            let (written, host) = settled(body, tree, text, address);
            found.push(Request {
                owner,
                caller,
                connector,
                address,
                written,
                host,
            });
        }
    };
    let actions = body
        .actions()
        .map(|(id, action)| (Owner::Action(id), action.kind.as_str(), action.node));
    let triggers = body.triggers.iter().enumerate().map(|(index, trigger)| {
        let owner = Owner::Trigger(u32::try_from(index).unwrap_or(u32::MAX));
        (owner, trigger.kind.as_str(), trigger.node)
    });
    for (owner, kind, node) in actions.chain(triggers) {
        let inputs = || tree.value(text, node)?.get_ignore_case("inputs");
        if kind.eq_ignore_ascii_case("Http") {
            let address = inputs().and_then(|inputs| inputs.get_ignore_case("uri"));
            add(owner, Caller::Http, "", address);
        } else if kind.eq_ignore_ascii_case("HttpWebhook") {
            for part in ["subscribe", "unsubscribe"] {
                let request = inputs().and_then(|inputs| inputs.get_ignore_case(part));
                let address = request.and_then(|request| request.get_ignore_case("uri"));
                add(owner, Caller::Webhook, "", address);
            }
        }
    }
    for operation in &body.operations {
        if !is_tunnel(&operation.id.value) {
            continue;
        }
        let Some(parameters) = operation.parameters.and_then(|node| tree.value(text, node)) else {
            continue;
        };
        add(
            operation.owner,
            Caller::Connector,
            &operation.connector,
            address_of(parameters),
        );
    }
    found
}

/// The parameter that is the address: of the operation itself, or of the request that is one of its parameters.
fn address_of(parameters: Value<'_>) -> Option<Value<'_>> {
    fn own(value: Value<'_>) -> Option<Value<'_>> {
        let is_address = |name: &str| {
            let last = name.rsplit('/').next().unwrap_or_default();
            ["uri", "url"].iter().any(|known| last.eq_ignore_ascii_case(known))
        };
        let mut members = value.members();
        members
            .find(|member| member.key.as_str().is_some_and(|name| is_address(&name)))?
            .value
    }
    own(parameters).or_else(|| parameters.members().find_map(|member| own(member.value?)))
}

/// Whether an operation takes an address and sends what it is told to, whichever version of it.
#[must_use]
pub fn is_tunnel(operation: &str) -> bool {
    let digits = operation.trim_end_matches(|c: char| c.is_ascii_digit());
    let operation = match digits.strip_suffix(['V', 'v']) {
        Some(name) if digits.len() < operation.len() => name,
        _ => operation,
    };
    ["InvokeHttp", "HttpRequest"]
        .iter()
        .any(|known| model::flow::same_operation(operation, known))
}

/// What an address says of its host, and the text that says it: one that begins with a Compose, or with a variable that
/// nothing changes, is read on there.
fn settled<'a>(body: &FlowBody, tree: &'a Tree, text: &'a str, address: Value<'a>) -> (Value<'a>, Host) {
    let first = host_of(address);
    let mut at = address;
    for _ in 0..4 {
        let Some(next) = begins_with(body, tree, text, at) else {
            break;
        };
        match host_of(next) {
            host @ (Host::Known { .. } | Host::Configured) => return (next, host),
            // A host, or a part of one, that somebody wrote out.
            Host::None if next.as_str().is_some_and(|own| expr::is_plain(&own)) => return (next, Host::Configured),
            Host::Computed { by_trigger: false, .. } => at = next,
            _ => break,
        }
    }
    (address, first)
}

/// The value of the step or variable that decides the host of an address.
fn begins_with<'a>(body: &FlowBody, tree: &'a Tree, text: &'a str, address: Value<'a>) -> Option<Value<'a>> {
    let template = expr::parse(&address.as_str()?);
    if !matches!(
        host_of(address),
        Host::Computed {
            by_trigger: false,
            next_page: false
        }
    ) {
        return None;
    }
    let mut call = template.node(*template.roots().first()?).as_call()?;
    for _ in 0..8 {
        if !["concat", "uri", "string"]
            .iter()
            .any(|known| call.name.eq_ignore_ascii_case(known))
        {
            break;
        }
        call = template.node(*call.args.first()?).as_call()?;
    }
    let name = template.node(*call.args.first()?).as_str()?;
    let same = |own: &str| own.to_lowercase() == name.to_lowercase();
    let value = |id| tree.value(text, body.action(id).node);
    let found = if ["outputs", "body"]
        .iter()
        .any(|known| call.name.eq_ignore_ascii_case(known))
    {
        let (id, _) = body.actions().find(|(_, action)| same(&action.name.value))?;
        body.action(id)
            .is("Compose")
            .then(|| value(id)?.get("inputs"))
            .flatten()
    } else if call.name.eq_ignore_ascii_case("variables") {
        if body.variable_writes.iter().any(|write| same(&write.name.value)) {
            return None;
        }
        let declared = body.variables.iter().find(|declared| same(&declared.name.value))?;
        let list = value(declared.action)?.path(&["inputs", "variables"])?;
        let mut items = list.items();
        items
            .find(|item| {
                item.get("name")
                    .and_then(|own| own.as_str())
                    .is_some_and(|own| same(&own))
            })?
            .get("value")
    } else {
        None
    };
    found.filter(Value::is_string)
}

/// What an address says of its host.
#[must_use]
pub fn host_of(address: Value<'_>) -> Host {
    let Some(text) = address.as_str() else {
        return Host::None;
    };
    let template = expr::parse(&text);
    // Text that stands before anything worked out, with its place in the decoded string.
    let (prefix, rest) = match &template.kind {
        TemplateKind::Literal(literal) => (Some((literal.as_str(), 0)), None),
        TemplateKind::Interpolation(segments) => leading(segments),
        TemplateKind::Expression(root) => (root.and_then(|root| first_text(&template, root)), None),
    };
    if let Some((prefix, start)) = prefix {
        let whole = matches!(template.kind, TemplateKind::Literal(_));
        if let Some((scheme, name, at)) = scheme_and_host(prefix, whole) {
            let from = start + at;
            let span = address.source_span(Span::new(from as u32, (from + name.len()) as u32));
            return Host::Known {
                scheme,
                name: name.to_ascii_lowercase(),
                span,
            };
        }
        if whole || !(prefix.is_empty() || is_open_host(prefix)) {
            return Host::None;
        }
        if let (true, Some(after)) = (is_open_host(prefix), rest)
            && let Some(name) = known_end(after)
            && !depends_on_trigger(&template)
        {
            let scheme = prefix.split(':').next().unwrap_or_default().to_ascii_lowercase();
            return Host::Known {
                scheme,
                name: format!("*.{name}"),
                span: address.content_span(),
            };
        }
    }
    computed(&template)
}

/// The first text of a template with its place, and the text after its first expression.
fn leading(segments: &[Segment]) -> (Option<(&str, usize)>, Option<&str>) {
    let text = |index: usize| match segments.get(index) {
        Some(Segment::Text { text, span }) => Some((text.as_str(), span.start as usize)),
        _ => None,
    };
    match text(0) {
        Some(first) => (Some(first), text(2).map(|(text, _)| text)),
        None => (Some(("", 0)), text(1).map(|(text, _)| text)),
    }
}

/// The text that a call such as `concat('https://…', …)` begins with.
fn first_text(template: &Template, root: expr::ExprId) -> Option<(&str, usize)> {
    let mut node = template.node(root);
    for _ in 0..8 {
        match &node.kind {
            NodeKind::Str(literal) if literal.closed => {
                return Some((&literal.value, literal.content.start as usize));
            }
            NodeKind::Call(call)
                if ["concat", "uri", "string"]
                    .iter()
                    .any(|f| call.name.eq_ignore_ascii_case(f)) =>
            {
                node = template.node(*call.args.first()?);
            }
            _ => return Some(("", 0)),
        }
    }
    Some(("", 0))
}

/// Texts that an address can begin with, each with its place in the decoded string and whether it always does: of
/// `@concat('http://', …)` the first, of an `if` both.
#[must_use]
pub fn beginnings(text: &str) -> Vec<(String, u32, bool)> {
    let template = expr::parse(text);
    let mut waiting = match &template.kind {
        TemplateKind::Literal(literal) => return vec![(literal.clone(), 0, true)],
        TemplateKind::Interpolation(segments) => match segments.first() {
            Some(Segment::Text { text, span }) => return vec![(text.clone(), span.start, true)],
            Some(Segment::Expression { .. }) => template.roots().first().map(|root| (*root, true)),
            None => None,
        },
        TemplateKind::Expression(root) => root.map(|root| (root, true)),
    }
    .into_iter()
    .collect::<Vec<_>>();
    let mut found = Vec::new();
    while let Some((id, always)) = waiting.pop() {
        match &template.node(id).kind {
            NodeKind::Str(literal) if literal.closed => {
                found.push((literal.value.clone(), literal.content.start, always));
            }
            NodeKind::Call(call) => {
                let is = |names: &[&str]| names.iter().any(|name| call.name.eq_ignore_ascii_case(name));
                if is(&["concat", "string", "trim", "toLower", "replace"]) {
                    waiting.extend(call.args.first().map(|first| (*first, always)));
                } else if is(&["if"]) {
                    waiting.extend(call.args.iter().skip(1).map(|branch| (*branch, false)));
                } else if is(&["coalesce"]) {
                    waiting.extend(call.args.iter().map(|part| (*part, false)));
                }
            }
            _ => {}
        }
    }
    found.sort_by_key(|(_, at, _)| *at);
    found
}

/// Scheme, host and the host's offset, where `text` holds the whole host. `ends` tells that nothing follows `text`.
fn scheme_and_host(text: &str, ends: bool) -> Option<(String, &str, usize)> {
    let (scheme, rest) = text.trim_start().split_once("://")?;
    if scheme.is_empty() || !scheme.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let end = match rest.find(['/', '?', '#', ':', '\\']) {
        Some(end) => end,
        None if ends => rest.trim_end().len(),
        None => return None,
    };
    let host = rest[..end].rsplit('@').next().unwrap_or_default();
    let offset = text.len() - rest.len() + end - host.len();
    (!host.is_empty()).then(|| (scheme.to_ascii_lowercase(), host, offset))
}

/// Whether a text ends inside a host: `https://`, `https://api-`.
fn is_open_host(text: &str) -> bool {
    text.split_once("://")
        .is_some_and(|(_, rest)| !rest.contains(['/', '?', '#', ':']))
}

/// The end of a host whose first part is worked out: `.blob.core.windows.net/…` gives `blob.core.windows.net`. Only
/// an end of two parts and more says whose host it is.
fn known_end(text: &str) -> Option<String> {
    let rest = text.strip_prefix('.')?;
    let end = rest.find(['/', '?', '#', ':']).unwrap_or(rest.len());
    let host = &rest[..end];
    (host.contains('.') && !host.is_empty()).then(|| host.to_ascii_lowercase())
}

fn depends_on_trigger(template: &Template) -> bool {
    expr::implicit_references(template).any(|reference| reference.kind == ReferenceKind::Trigger)
        || expr::references(template).any(|reference| reference.kind == ReferenceKind::Trigger)
}

fn computed(template: &Template) -> Host {
    let first = template.roots().first().copied();
    // The flow's own address is what the service says it is.
    let own = first.and_then(|first| template.node(first).as_call());
    if own.is_some_and(|call| call.name.eq_ignore_ascii_case("listCallbackUrl")) {
        return Host::None;
    }
    // What decides the host is the first expression, and of a `concat` what stands before the path: the rest is path and query.
    let mut deciding = Vec::new();
    if let Some(first) = first {
        before_path(template, first, &mut deciding);
    }
    let mut others = false;
    let mut by_trigger = false;
    let mut parameters = false;
    for (id, call) in template.calls() {
        let own = template.node(id).span;
        let inside = deciding.iter().any(|part| template.node(*part).span.contains_span(own));
        let kind = expr::lookup(&call.name).and_then(|function| function.reference.as_ref());
        if let (true, Some(kind)) = (inside, kind) {
            match kind.kind {
                ReferenceKind::Parameter => parameters = true,
                ReferenceKind::Trigger => by_trigger = true,
                _ => others = true,
            }
        }
    }
    if parameters && !others && !by_trigger {
        return Host::Configured;
    }
    let next_page = template.nodes().filter_map(|(_, node)| node.as_str()).any(|text| {
        let name = text.to_ascii_lowercase().replace([' ', '_'], "");
        name.contains("nextlink") || name.contains("nextpage")
    });
    Host::Computed { by_trigger, next_page }
}

/// Collects the parts of an address that stand before its path; says whether the path has begun.
fn before_path(template: &Template, id: expr::ExprId, parts: &mut Vec<expr::ExprId>) -> bool {
    let node = template.node(id);
    if let Some(text) = node.as_str() {
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        return rest.contains(['/', '?', '#']);
    }
    match node.as_call() {
        Some(call) if call.name.eq_ignore_ascii_case("concat") => {
            call.args.iter().any(|arg| before_path(template, *arg, parts))
        }
        _ => {
            parts.push(id);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(address: &str) -> Host {
        let text = serde_json::to_string(address).expect("text");
        let tree = Tree::parse(&text);
        host_of(tree.root(&text).expect("a string"))
    }

    fn known(address: &str) -> Option<String> {
        match host(address) {
            Host::Known { scheme, name, .. } => Some(format!("{scheme} {name}")),
            _ => None,
        }
    }

    #[test]
    fn hosts_that_are_written_out() {
        for (address, expected) in [
            ("https://API.contoso.com", "https api.contoso.com"),
            ("http://contoso.com:8080/x", "http contoso.com"),
            ("https://user@contoso.com/x?y=@{variables('a')}", "https contoso.com"),
            (
                "@concat('https://contoso.com/', triggerBody()?['id'])",
                "https contoso.com",
            ),
            (
                "https://@{variables('account')}.blob.core.windows.net/x",
                "https *.blob.core.windows.net",
            ),
        ] {
            assert_eq!(known(address).as_deref(), Some(expected), "{address}");
        }
        let Host::Known { span, .. } = host("https://contoso.com/x") else {
            panic!("known")
        };
        assert_eq!(span.slice("\"https://contoso.com/x\""), "contoso.com");
    }

    #[test]
    fn hosts_that_are_worked_out() {
        let computed = |by_trigger, next_page| Host::Computed { by_trigger, next_page };
        for (address, expected) in [
            ("@parameters('Base (con_Base)')", Host::Configured),
            (
                "@{parameters('Base (con_Base)')}/v1/@{triggerBody()?['id']}",
                Host::Configured,
            ),
            ("@triggerBody()?['text']", computed(true, false)),
            ("https://@{triggerBody()?['host']}/x", computed(true, false)),
            ("https://@{triggerBody()?['host']}.contoso.com/x", computed(true, false)),
            ("@body('List')?['@odata.nextLink']", computed(false, true)),
            ("@variables('Next Page Uri')", computed(false, true)),
            ("@{outputs('Address')}/x", computed(false, false)),
            (
                "@concat(variables('api'), '/teams?$filter=id eq ', triggerBody()?['id'])",
                computed(false, false),
            ),
            (
                "@concat('https://', variables('name'), triggerBody()?['domain'], '/x')",
                computed(true, false),
            ),
            (
                "@concat(concat(parameters('Base (con_Base)'), '/v1/'), variables('id'))",
                Host::Configured,
            ),
            ("_api/web/lists", Host::None),
            ("", Host::None),
        ] {
            assert_eq!(host(address), expected, "{address}");
        }
    }
}
