//! A language client of the smallest kind, to time the server as an editor would feel it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Result;

/// A running server.
pub struct Client {
    child: Child,
    input: ChildStdin,
    messages: Receiver<(Instant, Value)>,
    id: i64,
}

/// No answer takes longer than this unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

impl Client {
    /// Starts a server over a folder and waits until it has read it.
    pub fn start(binary: &Path, folder: &Path) -> Result<Self> {
        let mut child = Command::new(binary)
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let input = child.stdin.take().ok_or("no standard input")?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read_message(&mut output) {
                let now = Instant::now();
                let Ok(value) = serde_json::from_slice(&message) else {
                    break;
                };
                if sender.send((now, value)).is_err() {
                    break;
                }
            }
        });
        let mut client = Self {
            child,
            input,
            messages,
            id: 0,
        };
        let uri = uri(folder);
        client.request(
            "initialize",
            &json!({
                "processId": null, "rootUri": uri, "workspaceFolders": [{"uri": uri, "name": "bench"}],
                "capabilities": {"general": {"positionEncodings": ["utf-16"]}}
            }),
        )?;
        client.notify("initialized", &json!({}))?;
        client.wait(|m| m["method"] == "flowsentry/status" && m["params"]["state"] == "ready")?;
        Ok(client)
    }

    /// Asks and waits for the answer; the time is until its last byte came.
    pub fn request(&mut self, method: &str, params: &Value) -> Result<(Duration, Value)> {
        self.id += 1;
        let id = self.id;
        let sent = self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))?;
        let (came, answer) = self.wait(|m| m["id"] == id && m.get("method").is_none())?;
        Ok((came - sent, answer))
    }

    /// Tells without waiting.
    pub fn notify(&mut self, method: &str, params: &Value) -> Result<Instant> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    /// Waits for the findings of a document's version.
    pub fn published(&mut self, uri: &str, version: i64) -> Result<Instant> {
        let is = |m: &Value| m["method"] == "textDocument/publishDiagnostics" && m["params"]["uri"] == uri;
        Ok(self.wait(|m| is(m) && m["params"]["version"] == version)?.0)
    }

    /// The server's memory now and at its highest, in MiB, where the system tells.
    pub fn memory(&self) -> Option<(f64, f64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let field = |name: &str| -> Option<f64> {
            let line = status.lines().find(|line| line.starts_with(name))?;
            Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
        };
        Some((field("VmRSS:")?, field("VmHWM:")?))
    }

    fn send(&mut self, message: &Value) -> Result<Instant> {
        let body = serde_json::to_vec(message)?;
        let mut frame = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
        frame.extend(body);
        let now = Instant::now();
        self.input.write_all(&frame)?;
        self.input.flush()?;
        Ok(now)
    }

    fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Result<(Instant, Value)> {
        loop {
            let (came, message) = self
                .messages
                .recv_timeout(PATIENCE)
                .map_err(|_| "the server gave no answer")?;
            if wanted(&message) {
                return Ok((came, message));
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // The bench is over; a server that is gone already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The URI of a path.
pub fn uri(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let escaped: String = text
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"/-._~:".contains(&b) {
                (b as char).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    format!("file://{}{escaped}", if escaped.starts_with('/') { "" } else { "/" })
}

fn read_message(output: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let mut body = vec![0; length?];
    output.read_exact(&mut body).ok()?;
    Some(body)
}
