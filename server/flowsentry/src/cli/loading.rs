//! Reading a workspace for a command: the paths of the command line, and the project they make up.

use std::ffi::OsString;
use std::path::Path;

use model::Profile;
use rules::{Options, Project};

use super::complain;
use super::progress::Progress;
use super::scope::Scope;
use super::{Failure, plain};
use crate::files::engine_path;

/// What a command reads.
#[derive(Debug)]
pub struct Loaded {
    /// The project.
    pub project: Project,
    /// What was named.
    pub scope: Scope,
    /// The working directory, which paths are told from.
    pub here: String,
    /// How long it took.
    pub milliseconds: u64,
}

/// Reads what the paths name, with what lies around it.
///
/// # Errors
/// A line for each path that cannot be used.
pub fn load(
    paths: &[OsString],
    configuration: Option<&OsString>,
    connections: &[OsString],
    profile: Option<Profile>,
) -> Result<Loaded, Failure> {
    let progress = Progress::start();
    let scope = Scope::new(paths, configuration, connections).map_err(Failure::Input)?;
    let here = engine_path(Path::new("."));
    let here =
        here.ok_or_else(|| Failure::Input(vec!["the name of the working directory is not valid text".into()]))?;
    for line in scope.passed_over() {
        complain(&format!("flowsentry: {line}"));
    }
    let mut project = Project::new(Options { profile });
    project.force_configuration(scope.configuration());
    project.name_inventories(scope.inventories());
    project.load(&scope, &scope.to_load(), &|step| progress.step(step));
    progress.clear();
    let milliseconds = progress.elapsed();
    Ok(Loaded {
        project,
        scope,
        here,
        milliseconds,
    })
}

/// The named paths, for a line that says there is nothing in them.
#[must_use]
pub fn named(paths: &[OsString]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| format!("`{}`", plain::line(&path.to_string_lossy())))
        .collect();
    match paths.as_slice() {
        [] => "the working directory".to_owned(),
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        all => all.join(", "),
    }
}
