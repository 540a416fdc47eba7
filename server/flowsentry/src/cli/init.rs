//! `flowsentry init`: a first identity plan, written where none is.
//!
//! A plan holds decisions of people, so nothing ever replaces one: whoever wants to compare prints the new one instead.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use edits::plan::Draft;
use lexopt::Arg::{Long, Short, Value};
use model::files::{CONFIGURATION_FILE, is_below};

use super::arguments::Arguments;
use super::loading::{load, named};
use super::scope::project_of;
use super::{Failure, Out, Outcome, complain, help, plain};
use crate::files::engine_path;
use crate::inventories::inventories_in;
use crate::output;

const OPTIONS: &[&str] = &["--connections", "--stdout", "--help"];

#[derive(Debug, Default)]
struct Request {
    path: Option<OsString>,
    connections: Vec<OsString>,
    stdout: bool,
}

/// Runs the command.
pub fn run(arguments: Vec<OsString>, out: Out<'_>) -> Result<Outcome, Failure> {
    match parse(arguments)? {
        Some(request) => write(&request, out),
        None => help::print(help::INIT, out),
    }
}

fn parse(arguments: Vec<OsString>) -> Result<Option<Request>, Failure> {
    let mut arguments = Arguments::new(arguments, OPTIONS, help::INIT);
    let mut request = Request::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("connections") => request.connections.push(arguments.value("--connections")?),
            Long("stdout") => request.stdout = true,
            Value(path) if request.path.is_none() => request.path = Some(path),
            other => {
                let unexpected = other.into();
                return Err(arguments.unexpected(&unexpected).into());
            }
        }
    }
    Ok(Some(request))
}

fn write(request: &Request, out: Out<'_>) -> Result<Outcome, Failure> {
    let folder = folder(request.path.as_ref())?;
    let plan = Path::new(&folder).join(CONFIGURATION_FILE);
    let shown = request
        .path
        .as_ref()
        .map_or_else(PathBuf::new, PathBuf::from)
        .join(CONFIGURATION_FILE);
    let shown = plain::line(&shown.to_string_lossy()).into_owned();
    if !request.stdout && fs::symlink_metadata(&plan).is_ok() {
        return Err(Failure::Input(vec![format!(
            "`{shown}` is there already and stays as it is; `--stdout` prints what would be written"
        )]));
    }
    let above = project_of(&folder).filter(|project| *project != folder);
    if let Some(above) = above.filter(|above| Path::new(above).join(CONFIGURATION_FILE).is_file()) {
        let path = format!("{above}/{CONFIGURATION_FILE}");
        complain(&format!(
            "flowsentry: `{}` no longer counts below the new plan",
            plain::line(&path)
        ));
    }
    let mut connections = request.connections.clone();
    if connections.is_empty() {
        for path in inventories_in(&folder) {
            let name = plain::line(path.strip_prefix(&folder).unwrap_or(&path).trim_start_matches('/')).into_owned();
            complain(&format!(
                "flowsentry: {name} is an inventory of connections, and is used"
            ));
            connections.push(path.into());
        }
    }
    let paths: Vec<OsString> = vec![OsString::from(&folder)];
    let loaded = load(&paths, None, &connections, None)?;
    let inventories: Vec<String> = loaded
        .scope
        .inventories()
        .iter()
        .map(|path| relative(&folder, path))
        .collect();
    let Some(draft) = edits::plan::draft(loaded.project.workspace(), &folder, &inventories) else {
        let named = named(&request.path.clone().into_iter().collect::<Vec<_>>());
        complain(&format!("flowsentry: nothing to plan in {named}: no unpacked solution"));
        return Ok(Outcome::Nothing);
    };
    if request.stdout {
        out.write_all(draft.text.as_bytes())?;
        return Ok(Outcome::Clean);
    }
    output::write_new(&plan, draft.text.as_bytes())
        .map_err(|error| Failure::Input(vec![format!("`{shown}` could not be written: {error}")]))?;
    complain(&format!("flowsentry: wrote {shown}: {}", summary(&draft)));
    Ok(Outcome::Clean)
}

/// The folder that the plan is for.
fn folder(path: Option<&OsString>) -> Result<String, Failure> {
    let given = path.map_or_else(|| PathBuf::from("."), PathBuf::from);
    let shown = plain::line(&given.to_string_lossy()).into_owned();
    let wrong = |reason: String| Failure::Input(vec![reason]);
    let metadata = fs::metadata(&given).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => wrong(format!("there is no folder `{shown}`")),
        _ => wrong(format!("`{shown}` cannot be read: {error}")),
    })?;
    if !metadata.is_dir() {
        return Err(wrong(format!(
            "`{shown}` is no folder; the plan counts for a folder and all below it"
        )));
    }
    let real = fs::canonicalize(&given).map_err(|error| wrong(format!("`{shown}` cannot be read: {error}")))?;
    engine_path(&real).ok_or_else(|| wrong(format!("the name `{shown}` is not valid text")))
}

/// A path as the plan names it: from its folder where it lies below, else whole.
fn relative(folder: &str, path: &str) -> String {
    if is_below(path, folder) {
        path.get(folder.len()..)
            .unwrap_or(path)
            .trim_start_matches('/')
            .to_owned()
    } else {
        path.to_owned()
    }
}

fn summary(draft: &Draft) -> String {
    let persons = match draft.personal {
        0 => String::new(),
        many => format!(" ({many} of them a person's)"),
    };
    format!(
        "{} account{}{persons}, {} of {} connection references with an account; read it and correct what is wrong",
        draft.accounts,
        if draft.accounts == 1 { "" } else { "s" },
        draft.planned,
        draft.references
    )
}
