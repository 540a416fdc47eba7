//! A session with the language server over its standard streams.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// How long anything may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Session {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    id: i64,
    pub capabilities: Value,
    /// The last findings of every document, with the version they name.
    pub published: BTreeMap<String, (Option<i64>, Vec<Value>)>,
    /// Methods of everything the server sent that was no answer, in order.
    pub heard: Vec<Value>,
}

impl Session {
    /// Starts a session over a folder with everything a modern client can do.
    pub fn start(folder: &Path) -> Self {
        Self::start_with(
            folder,
            json!({
                "general": {"positionEncodings": ["utf-16"]},
                "window": {"workDoneProgress": true},
                "workspace": {"workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}}
            }),
            Value::Null,
        )
    }

    pub fn start_with(folder: &Path, capabilities: Value, options: Value) -> Self {
        let mut this = Self::spawn();
        let uri = uri(folder);
        let answer = this.request(
            "initialize",
            json!({
                "processId": null, "rootUri": uri, "workspaceFolders": [{"uri": uri, "name": "test"}],
                "capabilities": capabilities, "initializationOptions": options
            }),
        );
        this.capabilities = answer["result"]["capabilities"].clone();
        this.notify("initialized", json!({}));
        this.until_ready();
        this
    }

    fn spawn() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flowsentry"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            input,
            messages,
            id: 0,
            capabilities: Value::Null,
            published: BTreeMap::new(),
            heard: Vec::new(),
        }
    }

    /// Waits until the workspace has been read.
    pub fn until_ready(&mut self) {
        let ready = |m: &Value| m["method"] == "flowsentry/status" && m["params"]["state"] == "ready";
        self.until(ready);
        // What the reading found is published right after it is said to be done; a question puts an end to it.
        self.sync();
    }

    /// A question whose answer comes after everything that was sent before.
    pub fn sync(&mut self) {
        self.request(
            "textDocument/hover",
            json!({"textDocument": {"uri": "file:///none"}, "position": {"line": 0, "character": 0}}),
        );
        // Notifications and answers leave by two ways, so the last notifications may come a moment later.
        while let Ok(message) = self.messages.recv_timeout(Duration::from_millis(150)) {
            self.take(message);
        }
    }

    pub fn request(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        let id = self.id;
        self.send(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        self.until(|m| m["id"] == id && m.get("method").is_none())
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    pub fn open(&mut self, uri: &str, text: &str) {
        self.notify(
            "textDocument/didOpen",
            json!({"textDocument": {"uri": uri, "languageId": "json", "version": 1, "text": text}}),
        );
        self.published_version(uri, 1);
    }

    pub fn change(&mut self, uri: &str, version: i64, changes: Value) {
        self.notify(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": changes}),
        );
    }

    /// Waits for the findings of a version, and gives them.
    pub fn published_version(&mut self, uri: &str, version: i64) -> Vec<Value> {
        if self.published.get(uri).is_none_or(|(known, _)| *known != Some(version)) {
            self.until(|m| {
                m["method"] == "textDocument/publishDiagnostics"
                    && m["params"]["uri"] == uri
                    && m["params"]["version"] == version
            });
        }
        self.published[uri].1.clone()
    }

    /// The shown findings of a document.
    pub fn findings(&self, uri: &str) -> Vec<Value> {
        self.published
            .get(uri)
            .map(|(_, findings)| findings.clone())
            .unwrap_or_default()
    }

    pub fn send(&mut self, message: Value) {
        let body = message.to_string();
        self.send_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub fn send_raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    pub fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            match self.messages.recv_timeout(PATIENCE) {
                Ok(message) => {
                    let found = wanted(&message);
                    self.take(message.clone());
                    if found {
                        return message;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!(
                    "the server gave no answer; heard {:#?}",
                    self.heard.iter().rev().take(5).collect::<Vec<_>>()
                ),
                Err(RecvTimeoutError::Disconnected) => panic!("the server ended: {:?}", self.child.wait()),
            }
        }
    }

    fn take(&mut self, message: Value) {
        if message["method"] == "textDocument/publishDiagnostics" {
            let params = &message["params"];
            let findings = params["diagnostics"].as_array().unwrap().clone();
            self.published.insert(
                params["uri"].as_str().unwrap().to_owned(),
                (params["version"].as_i64(), findings),
            );
        }
        if message.get("method").is_some() {
            if let Some(id) = message.get("id") {
                self.send(json!({"jsonrpc": "2.0", "id": id, "result": null}));
            }
            self.heard.push(message);
        }
    }

    /// Ends the session as the protocol wants it, and says how the server ended.
    pub fn end(mut self) -> Option<i32> {
        let answer = self.request("shutdown", Value::Null);
        assert!(answer.get("error").is_none(), "{answer}");
        self.notify("exit", Value::Null);
        drop(self.input.take());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// The URI of a path.
pub fn uri(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let escape = |b: u8| {
        if b.is_ascii_alphanumeric() || b"/-._~".contains(&b) {
            (b as char).to_string()
        } else {
            format!("%{b:02X}")
        }
    };
    let escaped: String = text.bytes().map(escape).collect();
    format!("file://{}{escaped}", if escaped.starts_with('/') { "" } else { "/" })
}

/// Line and UTF-16 column of a byte offset, as a client counts them.
pub fn position(text: &str, offset: usize) -> Value {
    let (mut line, mut start) = (0, 0);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < offset {
        let ends = match bytes[at] {
            b'\n' => 1,
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
            b'\r' => 1,
            _ => 0,
        };
        if ends > 0 && at + ends <= offset {
            line += 1;
            start = at + ends;
        }
        at += ends.max(1);
    }
    json!({"line": line, "character": text[start..offset].encode_utf16().count()})
}

/// The byte offset of a line and UTF-16 column, which must be a place of the text.
pub fn offset(text: &str, place: &Value) -> usize {
    let (line, column) = (place["line"].as_u64().unwrap(), place["character"].as_u64().unwrap());
    let mut start = 0;
    for _ in 0..line {
        let end = text[start..]
            .find(['\n', '\r'])
            .unwrap_or_else(|| panic!("no line of {place}"))
            + start;
        start = end + if text[end..].starts_with("\r\n") { 2 } else { 1 };
    }
    let mut units = 0;
    for (at, c) in text[start..].char_indices() {
        if units == column {
            return start + at;
        }
        assert!(!matches!(c, '\n' | '\r'), "no column of {place}");
        units += c.len_utf16() as u64;
    }
    assert_eq!(units, column, "no place {place}");
    text.len()
}

/// Applies a protocol edit to a text the way a client does.
pub fn apply(text: &str, edits: &[Value]) -> String {
    let offset = |position: &Value| offset(text, position);
    let mut spans: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|e| {
            (
                offset(&e["range"]["start"]),
                offset(&e["range"]["end"]),
                e["newText"].as_str().unwrap(),
            )
        })
        .collect();
    spans.sort();
    let mut out = text.to_owned();
    for (start, end, new) in spans.into_iter().rev() {
        out.replace_range(start..end, new);
    }
    out
}
