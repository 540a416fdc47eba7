//! A folder for one test, gone when the test ends, and the program run in it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use super::tree::{copy, list, sample};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A temporary folder.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// An empty one.
    pub fn new() -> Self {
        let name = format!(
            "flowsentry-test-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a temporary folder can be made");
        // macOS's temporary folder is a link; the program names files by where they really are.
        Self(fs::canonicalize(path).expect("the folder is there"))
    }

    /// One with a copy of the sample solution.
    pub fn with_sample() -> Self {
        let folder = Self::new();
        copy(&sample(), &folder.0);
        folder
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of something in it.
    pub fn at(&self, relative: &str) -> PathBuf {
        self.0.join(relative)
    }

    /// The file below it whose path holds `part`.
    pub fn find(&self, part: &str) -> PathBuf {
        let mut found = Vec::new();
        list(&self.0, &mut found);
        let fits = |path: &PathBuf| path.to_string_lossy().replace('\\', "/").contains(part);
        found.sort();
        found
            .into_iter()
            .find(fits)
            .unwrap_or_else(|| panic!("no file with {part} in its path"))
    }

    /// Writes a file and the folders above it.
    pub fn write(&self, relative: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(relative);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders can be made");
        fs::write(&path, content).expect("the file can be written");
        path
    }

    /// The text of a file.
    pub fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.at(relative)).expect("the file is there")
    }

    /// Writes a file's text anew.
    pub fn edit(&self, relative: &str, change: impl FnOnce(String) -> String) {
        self.write(relative, change(self.read(relative)));
    }

    /// Copies a folder of it to another place in it.
    pub fn copy(&self, from: &str, to: &str) {
        copy(&self.at(from), &self.at(to));
    }

    /// The program with these arguments, to be run in the folder.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowsentry"));
        command
            .args(arguments)
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .env_remove("NO_COLOR");
        command
    }

    /// Runs the program in the folder.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        Run::of(self.command(arguments).output().expect("the program starts"))
    }

    /// `check --format json` of these paths and options.
    pub fn check(&self, arguments: &[&str]) -> Value {
        self.run(["check", "--format", "json"].iter().chain(arguments)).json()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// How a run ended and what it wrote.
#[derive(Debug)]
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// What it wrote to stdout.
    pub out: String,
    /// What it wrote to stderr.
    pub err: String,
}

impl Run {
    /// What an output says.
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        let run = Self {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        assert!(
            !run.err.contains("internal error") && !run.err.contains("panicked"),
            "{}",
            run.err
        );
        run
    }

    /// Stdout as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.err))
    }
}
