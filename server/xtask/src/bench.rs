//! `cargo xtask bench`: figures of one run, each beside what it is to be compared with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bench_typing::typing;
use crate::bench_views::views;
use crate::client::{Client, uri};
use crate::{Result, release_binary, root};

const CHECKS: usize = 7;
const KEYS: usize = 300;

/// Times `check` beside a bare parse of the same JSON, and the server on the largest flow.
pub fn bench(arguments: &[String]) -> Result<()> {
    let folder = match arguments
        .first()
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("FLOWSENTRY_CORPUS").map(PathBuf::from))
    {
        Some(folder) => folder.canonicalize()?,
        None => root().join("tests/fixtures/contoso-expenses"),
    };
    let binary = release_binary()?;
    println!("folder {}", folder.display());
    check(&binary, &folder)?;
    server(&binary, &folder)
}

fn check(binary: &Path, folder: &Path) -> Result<()> {
    let files = json_files(folder)?;
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let (mut ours, mut ours_one, mut bare, mut peak, mut summary) =
        (Vec::new(), Vec::new(), Vec::new(), 0.0_f64, Value::Null);
    // Alternated, so that a noisy minute falls on all alike.
    for _ in 0..CHECKS {
        let (time, memory, output) = timed(Command::new(binary).args(["check", "--format", "json"]).arg(folder))?;
        ours.push(time);
        peak = peak.max(memory);
        summary = output["summary"].clone();
        if let Ok((time, _, _)) = timed(
            Command::new("taskset")
                .args(["-c", "0"])
                .arg(binary)
                .args(["check", "--format", "json"])
                .arg(folder),
        ) {
            ours_one.push(time);
        }
        let start = Instant::now();
        let mut parsed = 0;
        for (_, text) in &files {
            parsed += usize::from(
                serde_json::from_slice::<Value>(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)).is_ok(),
            );
        }
        bare.push(start.elapsed());
        if parsed == 0 {
            return Err("no JSON file could be parsed".into());
        }
    }
    println!("check: {summary}");
    let base = median(&mut bare);
    println!(
        "  serde_json to Value, {} files, {bytes} bytes, one thread   median {}",
        files.len(),
        millis(base)
    );
    let all = median(&mut ours);
    println!(
        "  check, all cores, start to exit   median {}   {:.2} times that   peak memory {peak:.1} MiB",
        millis(all),
        ratio(all, base)
    );
    if ours_one.is_empty() {
        println!("  check on one core: not measured, there is no `taskset` here");
    } else {
        let one = median(&mut ours_one);
        println!(
            "  check, one core, start to exit    median {}   {:.2} times that",
            millis(one),
            ratio(one, base)
        );
    }
    Ok(())
}

fn server(binary: &Path, folder: &Path) -> Result<()> {
    let flows = json_files(folder)?.into_iter().filter(|(path, text)| {
        path.parent()
            .and_then(Path::file_name)
            .is_some_and(|name| name.eq_ignore_ascii_case("workflows"))
            && contains(text, b"\"triggers\"")
    });
    let (path, text) = flows
        .max_by_key(|(_, text)| text.len())
        .ok_or("no flow in the folder")?;
    let text = String::from_utf8(text)?;
    let text = text.trim_start_matches('\u{feff}').to_owned();
    let start = Instant::now();
    let mut client = Client::start(binary, folder)?;
    println!("server: whole workspace read {} after start", millis(start.elapsed()));
    let uri = uri(&path);
    let opened = client.notify(
        "textDocument/didOpen",
        &json!({"textDocument": {"uri": uri, "languageId": "json", "version": 1, "text": text}}),
    )?;
    let shown = client.published(&uri, 1)? - opened;
    println!(
        "  largest flow, {} bytes: open to findings {}",
        text.len(),
        millis(shown)
    );
    // Where the text of an expression stands, near the middle: the costliest place people type at.
    let middle = text.len() / 2;
    let at = text
        .get(middle..)
        .and_then(|rest| rest.find("\"@"))
        .map_or(middle, |found| middle + found + 2);
    let line = text[..at].matches('\n').count();
    let column = text[..at].rsplit('\n').next().map_or(0, |l| l.encode_utf16().count());
    let mut times = Vec::new();
    let mut version = 1;
    for key in 0..KEYS {
        version += 1;
        let (from, to, new) = if key % 2 == 0 {
            (column, column, "x")
        } else {
            (column, column + 1, "")
        };
        let change = json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [{
            "range": {"start": {"line": line, "character": from}, "end": {"line": line, "character": to}}, "text": new}]});
        let sent = client.notify("textDocument/didChange", &change)?;
        times.push(client.published(&uri, version)? - sent);
    }
    times.sort();
    println!(
        "  a key in an expression to its findings, {KEYS} keys: median {}, 99th percentile {}",
        millis(at_percent(&times, 50)),
        millis(at_percent(&times, 99))
    );
    let mut hovers = Vec::new();
    for _ in 0..100 {
        hovers.push(
            client
                .request(
                    "textDocument/hover",
                    &json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column + 1}}),
                )?
                .0,
        );
    }
    hovers.sort();
    println!(
        "  hover: median {}, 99th percentile {}",
        millis(at_percent(&hovers, 50)),
        millis(at_percent(&hovers, 99))
    );
    names(&mut client, &uri, &text)?;
    typing(&mut client, &uri, &text)?;
    views(&mut client, &uri, &text)?;
    if let Some((now, peak)) = client.memory() {
        println!("  memory: {now:.1} MiB now, {peak:.1} MiB at its highest");
    }
    Ok(())
}

/// What is asked of names: of the action that expressions name most, and of a connection reference, which stands in many
/// files.
fn names(client: &mut Client, uri: &str, text: &str) -> Result<()> {
    let mut uses: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for function in ["outputs('", "body('", "items('"] {
        for (at, _) in text.match_indices(function) {
            let start = at + function.len();
            let name = text[start..].split('\'').next().unwrap_or("");
            uses.entry(name).or_insert((0, start)).0 += 1;
        }
    }
    let (count, action) = uses.into_values().max().ok_or("no expression names an action")?;
    let key = "\"connectionReferenceLogicalName\": \"";
    let reference = text.find(key).map(|at| at + key.len());
    for (what, at, new_name, methods) in [
        (
            format!("an action named {count} times in expressions"),
            Some(action),
            "zq_Fresh",
            &[
                "definition",
                "references",
                "documentHighlight",
                "prepareRename",
                "rename",
            ][..],
        ),
        (
            "a connection reference".to_owned(),
            reference,
            "zq_Fresh",
            &["definition", "references", "rename"][..],
        ),
    ] {
        let Some(at) = at else { continue };
        let line = text[..at].matches('\n').count();
        let column = text[..at].rsplit('\n').next().map_or(0, |l| l.encode_utf16().count());
        for method in methods {
            let params = json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column},
                "context": {"includeDeclaration": true}, "newName": new_name});
            let mut times = Vec::new();
            let mut answer = Value::Null;
            for _ in 0..100 {
                let (time, answered) = client.request(&format!("textDocument/{method}"), &params)?;
                times.push(time);
                answer = answered;
            }
            times.sort();
            println!(
                "  {method} of {what}, {}: median {}, 99th percentile {}",
                outcome(&answer),
                millis(at_percent(&times, 50)),
                millis(at_percent(&times, 99))
            );
        }
    }
    Ok(())
}

/// An answer in a few words: how much there was, or the reason against it.
fn outcome(message: &Value) -> String {
    let answer = &message["result"];
    if let Some(places) = answer.as_array() {
        return format!("{} places", places.len());
    }
    let files: Vec<usize> = match (&answer["documentChanges"], &answer["changes"]) {
        (Value::Array(files), _) => files
            .iter()
            .map(|f| f["edits"].as_array().map_or(0, Vec::len))
            .collect(),
        (_, Value::Object(files)) => files
            .values()
            .map(|edits| edits.as_array().map_or(0, Vec::len))
            .collect(),
        _ => return message["error"]["message"].as_str().unwrap_or("one answer").to_owned(),
    };
    format!("{} edits in {} files", files.iter().sum::<usize>(), files.len())
}

/// Runs a program; its time, highest memory in MiB (sampled), and its output as JSON.
fn timed(command: &mut Command) -> Result<(Duration, f64, Value)> {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let sampler = std::thread::spawn(move || {
        let mut peak = 0.0_f64;
        while let Ok(text) = std::fs::read_to_string(&status) {
            let Some(line) = text.lines().find(|line| line.starts_with("VmHWM:")) else {
                break;
            };
            let kib: f64 = line
                .split_whitespace()
                .nth(1)
                .and_then(|n| n.parse().ok())
                .unwrap_or(0.0);
            peak = peak.max(kib / 1024.0);
            std::thread::sleep(Duration::from_millis(2));
        }
        peak
    });
    let mut output = Vec::new();
    if let Some(stdout) = &mut child.stdout {
        std::io::Read::read_to_end(stdout, &mut output)?;
    }
    child.wait()?;
    let time = start.elapsed();
    Ok((time, sampler.join().unwrap_or(0.0), serde_json::from_slice(&output)?))
}

fn json_files(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let (mut waiting, mut found) = (vec![folder.to_path_buf()], Vec::new());
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if kind.is_dir() {
                waiting.push(path);
            } else if kind.is_file()
                && path
                    .extension()
                    .is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
            {
                found.push((path.clone(), std::fs::read(path)?));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len()).any(|window| window == needle)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    at_percent(times, 50)
}

/// The time that so many percent of the sorted times do not exceed.
pub fn at_percent(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

/// A time in words.
pub fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}
