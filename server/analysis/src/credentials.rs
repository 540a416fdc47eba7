//! Credentials in requests: which strings of a request are one, by where they stand, and what of them is written out.

use expr::{NodeKind, Segment, StrLit, Template, TemplateKind};
use model::flow::{FlowBody, Owner};
use syntax::Span;
use syntax::json::{Tree, Value};

use crate::secrets::{is_irregular, is_placeholder, is_secret_name, promises_secret, scan};

/// Headers whose value is a credential whatever it looks like, in lower case.
const HEADERS: [&str; 30] = [
    "authorization",
    "proxy-authorization",
    "authentication",
    "api-key",
    "apikey",
    "api_key",
    "app-key",
    "x-api-key",
    "x-apikey",
    "x-app-key",
    "x-api-token",
    "x-api-secret",
    "x-auth-token",
    "x-auth-key",
    "x-access-token",
    "x-access-key",
    "x-authorization",
    "x-functions-key",
    "ocp-apim-subscription-key",
    "subscription-key",
    "x-subscription-key",
    "private-token",
    "x-gitlab-token",
    "x-vault-token",
    "x-client-secret",
    "client-secret",
    "client_secret",
    "dd-application-key",
    "aeg-sas-key",
    "aeg-sas-token",
];
/// Query parameters whose value is a credential, in lower case.
const QUERIES: [&str; 9] = [
    "api_key",
    "apikey",
    "api-key",
    "subscription-key",
    "access_token",
    "client_secret",
    "password",
    "sig",
    "code",
];
/// Query parameters whose value is one where it looks like one, in lower case.
const MAYBE_QUERIES: [&str; 6] = ["key", "token", "appid", "auth", "secret", "hapikey"];
const AUTHENTICATION: [&str; 5] = ["password", "secret", "pfx", "value", "key"];
/// Words that begin a header's value and say how the rest is to be read.
const SCHEMES: [&str; 10] = [
    "bearer",
    "basic",
    "token",
    "apikey",
    "api-key",
    "key",
    "sharedkey",
    "sharedaccesssignature",
    "digest",
    "negotiate",
];
/// Functions whose result holds what they are given.
const PASSING: [&str; 10] = [
    "concat",
    "base64",
    "string",
    "uriComponent",
    "encodeUriComponent",
    "toLower",
    "toUpper",
    "trim",
    "coalesce",
    "if",
];
/// So deep parameters of an operation are looked through.
const DEPTH: usize = 4;

/// A string of a request that is a credential by its place.
#[derive(Clone, Debug)]
pub struct Credential<'a> {
    /// What sends the request.
    pub owner: Owner,
    /// What holds it, for people: "the header `Authorization`".
    pub holder: String,
    /// The string.
    pub value: Value<'a>,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Authentication,
    Header { known: bool },
    Query { known: bool },
    Address,
}

/// Every credential that actions and triggers of a flow send. `text` and `tree` are the flow's own.
#[must_use]
pub fn credentials<'a>(body: &'a FlowBody, tree: &'a Tree, text: &'a str) -> Vec<Credential<'a>> {
    let mut found = Vec::new();
    let actions = body
        .actions()
        .map(|(id, action)| (Owner::Action(id), action.kind.as_str(), action.node));
    let triggers = body.triggers.iter().enumerate().map(|(index, trigger)| {
        let owner = Owner::Trigger(u32::try_from(index).unwrap_or(u32::MAX));
        (owner, trigger.kind.as_str(), trigger.node)
    });
    for (owner, kind, node) in actions.chain(triggers) {
        let is = |kinds: &[&str]| kinds.iter().any(|known| kind.eq_ignore_ascii_case(known));
        let requests = is(&["Http", "HttpWebhook", "Function", "ApiManagement"]);
        let connector = is(&[
            "OpenApiConnection",
            "OpenApiConnectionWebhook",
            "OpenApiConnectionNotification",
            "ApiConnection",
            "ApiConnectionWebhook",
            "ApiConnectionNotification",
        ]);
        if !requests && !connector {
            continue;
        }
        let inputs = tree.value(text, node).and_then(|value| value.get_ignore_case("inputs"));
        let Some(inputs) = inputs else { continue };
        let mut reader = Reader {
            owner,
            found: &mut found,
        };
        if connector {
            reader.connector(inputs);
            continue;
        }
        reader.request(inputs);
        // Webhooks send two requests.
        for part in ["subscribe", "unsubscribe"] {
            if let Some(request) = inputs.get_ignore_case(part) {
                reader.request(request);
            }
        }
    }
    found
}

/// Whether a header's value is a credential.
#[must_use]
pub fn is_credential_header(name: &str) -> bool {
    is_known_header(name) || promises_secret(name).is_some()
}

fn is_known_header(name: &str) -> bool {
    is_one_of(&HEADERS, name.trim())
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

struct Reader<'f, 'a> {
    owner: Owner,
    found: &'f mut Vec<Credential<'a>>,
}

impl<'a> Reader<'_, 'a> {
    fn push(&mut self, value: Value<'a>, holder: String, place: Place) {
        if value.is_string() {
            self.found.push(Credential {
                owner: self.owner,
                holder,
                value,
                place,
            });
        }
    }

    /// What a request of HTTP itself has.
    fn request(&mut self, request: Value<'a>) {
        let authentication = request.get_ignore_case("authentication");
        for member in authentication.into_iter().flat_map(|value| value.members()) {
            let (Some(key), Some(value)) = (member.key.as_str(), member.value) else {
                continue;
            };
            if is_one_of(&AUTHENTICATION, &key) {
                self.push(value, format!("`authentication.{key}`"), Place::Authentication);
            }
        }
        self.headers_and_queries(request);
        if let Some(address) = request.get_ignore_case("uri") {
            self.push(address, "the address".to_owned(), Place::Address);
        }
    }

    fn headers_and_queries(&mut self, request: Value<'a>) {
        if let Some(headers) = request.get_ignore_case("headers") {
            self.headers(headers);
        }
        let queries = request.get_ignore_case("queries");
        for member in queries.into_iter().flat_map(|value| value.members()) {
            let (Some(key), Some(value)) = (member.key.as_str(), member.value) else {
                continue;
            };
            let known = is_one_of(&QUERIES, &key);
            if known || is_one_of(&MAYBE_QUERIES, &key) || is_secret_name(&key).is_some() {
                let holder = format!("the query parameter `{key}`");
                self.push(value, holder, Place::Query { known });
            }
        }
    }

    fn headers(&mut self, headers: Value<'a>) {
        for member in headers.members() {
            if let (Some(key), Some(value)) = (member.key.as_str(), member.value) {
                self.header(&key, value, "the header");
            }
        }
    }

    fn header(&mut self, name: &str, value: Value<'a>, what: &str) {
        let known = is_known_header(name);
        if known || is_credential_header(name) {
            let holder = format!("{what} `{}`", name.trim());
            self.push(value, holder, Place::Header { known });
        }
    }

    /// Parameters of a connector's operation that are headers, together or one by one. Older actions write the request's
    /// parts themselves.
    fn connector(&mut self, inputs: Value<'a>) {
        self.headers_and_queries(inputs);
        for part in ["parameters", "body"] {
            let Some(parameters) = inputs.get_ignore_case(part) else {
                continue;
            };
            let mut waiting = vec![(parameters, DEPTH)];
            while let Some((object, depth)) = waiting.pop() {
                for member in object.members() {
                    let (Some(key), Some(value)) = (member.key.as_str(), member.value) else {
                        continue;
                    };
                    let last = key.rsplit('/').next().unwrap_or(&key);
                    if value.is_object() && last.to_ascii_lowercase().ends_with("headers") {
                        self.headers(value);
                    } else if value.is_object() && depth > 0 {
                        waiting.push((value, depth - 1));
                    } else if depth == DEPTH && is_known_header(last) {
                        self.header(last, value, "the parameter");
                    }
                }
            }
        }
    }
}

impl Credential<'_> {
    /// Whether it is an address, which may hold one.
    #[must_use]
    pub fn is_address(&self) -> bool {
        self.place == Place::Address
    }

    /// Whether it is a credential whatever supplies it. Queries such as `key` may hold other things, and `code` mostly does.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        match self.place {
            Place::Authentication | Place::Header { .. } => true,
            Place::Query { known } => known && !self.holder.ends_with("`code`"),
            Place::Address => false,
        }
    }

    /// The parts of it that are the credential as it stands: text, and no stand-in for one.
    #[must_use]
    pub fn written_out(&self) -> Vec<Span> {
        let Some(text) = self.value.as_str() else {
            return Vec::new();
        };
        let found: Vec<Span> = if self.place == Place::Address {
            let hits = scan(&text).into_iter().filter(|hit| hit.kind == "a password in a URL");
            hits.map(|hit| hit.span).collect()
        } else if has_expression(&text) {
            in_template(&text)
        } else {
            self.in_text(&text).into_iter().collect()
        };
        let whole = Span::new(0, offset(text.len()));
        let source = |span: Span| match span == whole {
            true => self.value.content_span(),
            false => self.value.source_span(span),
        };
        found.into_iter().map(source).collect()
    }

    fn in_text(&self, text: &str) -> Option<Span> {
        let whole = Span::new(0, offset(text.len()));
        let span = match self.place {
            Place::Header { .. } => {
                let span = after_scheme(text);
                let credential = span.slice(text);
                let only_scheme = is_one_of(&SCHEMES, credential);
                (credential.len() >= 3 && !only_scheme).then_some(span)?
            }
            Place::Query { known: true } => {
                let name = self.holder.to_ascii_lowercase();
                (text.len() >= 20 || name.contains("key") || name.contains("secret") || name.contains("password"))
                    .then_some(whole)?
            }
            Place::Query { known: false } => (text.len() >= 16).then_some(whole)?,
            Place::Authentication | Place::Address => whole,
        };
        let credential = span.slice(text);
        let certain = matches!(
            self.place,
            Place::Authentication | Place::Header { known: true } | Place::Query { known: true }
        );
        let is_one = match certain {
            true => !is_placeholder(credential.strip_prefix("@@").unwrap_or(credential)),
            false => is_irregular(credential),
        };
        is_one.then_some(span)
    }
}

/// What follows the word for a header's scheme, which all of it is the credential.
fn after_scheme(text: &str) -> Span {
    let trimmed = text.trim_start();
    let mut start = text.len() - trimmed.len();
    if let Some((scheme, rest)) = trimmed.split_once(' ')
        && is_one_of(&SCHEMES, scheme)
    {
        start += scheme.len() + 1 + (rest.len() - rest.trim_start().len());
    }
    let end = text.trim_end().len().max(start);
    Span::new(offset(start), offset(end))
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Credentials among the expressions of a template, and in literals that it only puts together.
fn in_template(text: &str) -> Vec<Span> {
    let mut found: Vec<Span> = scan(text).into_iter().map(|hit| hit.span).collect();
    let template = expr::parse(text);
    let mut add = |span: Span| {
        if !found
            .iter()
            .any(|known| known.start < span.end && span.start < known.end)
        {
            found.push(span);
        }
    };
    if let TemplateKind::Interpolation(segments) = &template.kind {
        for segment in segments {
            if let Segment::Text { text: piece, span } = segment
                && span.end - span.start == offset(piece.len())
            {
                add_piece(piece, span.start, &mut add);
            }
        }
    }
    for literal in passed_literals(&template) {
        if literal.closed && literal.content.end - literal.content.start == offset(literal.value.len()) {
            add_piece(&literal.value, literal.content.start, &mut add);
        }
    }
    found.sort_unstable();
    found
}

/// A piece of a credential counts where it looks like one itself: many pieces are only what stands between.
fn add_piece(piece: &str, start: u32, add: &mut impl FnMut(Span)) {
    let span = after_scheme(piece);
    let credential = span.slice(piece);
    let between =
        credential.contains(['&', ';', '"', ',']) || credential.ends_with(['=', ':']) && !credential.ends_with("==");
    if !between && is_irregular(credential) {
        add(span.shifted(start.into()));
    }
}

/// Literals that are part of what the template gives, unlike names of actions and parameters.
fn passed_literals(template: &Template) -> Vec<&StrLit> {
    let mut found = Vec::new();
    let mut waiting = template.roots().to_vec();
    while let Some(id) = waiting.pop() {
        match &template.node(id).kind {
            NodeKind::Str(literal) => found.push(literal),
            NodeKind::Call(call) if is_one_of(&PASSING, &call.name) => waiting.extend(&call.args),
            _ => {}
        }
    }
    found
}

/// Whether the service evaluates a part of the text; `@@` stands for a sign of its own.
fn has_expression(text: &str) -> bool {
    !expr::is_plain(text) && (text.contains("@{") || !text.starts_with("@@"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        in_template(text).into_iter().map(|span| span.slice(text)).collect()
    }

    #[test]
    fn pieces_that_are_credentials() {
        for text in [
            "@concat('Bearer ', 'q1W2e3R4t5y6')",
            "@{'q1W2e3R4t5y6'}",
            "Bearer q1W2e3R4t5y6@{''}",
            "@concat('Basic ', base64(concat('svc', ':', 'q1W2e3R4t5y6')))",
        ] {
            assert_eq!(found(text), ["q1W2e3R4t5y6"], "{text}");
        }
    }

    #[test]
    fn names_and_what_stands_between_are_none() {
        for text in [
            "@concat('Bearer ', outputs('Get_token_v2_1')?['body/access_token1'])",
            "@parameters('Key1 (con_Key1X)')",
            "HMAC-SHA256 Credential=@{variables('c')}&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=@{variables('s')}",
            "SharedAccessSignature sr=@{variables('r')}&sig=@{variables('s')}&se=@{variables('e')}&skn=send2",
            "Bearer @{body('T')?['access_token']}",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn headers() {
        for name in [
            "Authorization",
            " x-api-key ",
            "X-RapidAPI-Key",
            "X-Figma-Token",
            "DD-API-KEY",
        ] {
            assert!(is_credential_header(name), "{name}");
        }
        for name in [
            "Content-Type",
            "X-CSRF-Token",
            "Idempotency-Key",
            "Token-Type",
            "x-request-id",
            "Partition-Key",
        ] {
            assert!(!is_credential_header(name), "{name}");
        }
    }
}
