//! Tasks of the repository: `cargo xtask codegen`, `cargo xtask bench`, `cargo xtask vscode`.
//!
//! Kept free of the engine's crates, so that a task starts in seconds and `codegen` works while they do not compile.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a tool for the terminal"
)]

mod bench;
mod bench_typing;
mod bench_views;
mod client;
mod codegen;
mod vscode;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What went wrong, for the terminal.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "\
cargo xtask codegen [--check]   write the rule registry, rule pages, README table and configuration schema
                                (--check: fail where they are stale)
cargo xtask bench [FOLDER]      time `check` and the language server on a folder of solutions
                                (default: $FLOWSENTRY_CORPUS, else the sample)
cargo xtask vscode              build server and extension, package the VSIX, install it where `code` is";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = arguments.get(1..).unwrap_or(&[]);
    let done = match arguments.first().map(String::as_str) {
        Some("codegen") => codegen::codegen(rest),
        Some("bench") => bench::bench(rest),
        Some("vscode") => vscode::install(),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The repository's root.
fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_path_buf()
}

/// Runs a program to its end, showing what it prints.
fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<()> {
    println!("$ {program} {}", arguments.join(" "));
    let status = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .status()
        .map_err(|e| format!("{program}: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{program} {} ended with {status}", arguments.join(" ")).into())
    }
}

/// The release build of the program, made now.
fn release_binary() -> Result<PathBuf> {
    run("cargo", &["build", "--release", "--package", "flowsentry"], &root())?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target
        .join("release")
        .join(format!("flowsentry{}", std::env::consts::EXE_SUFFIX)))
}
