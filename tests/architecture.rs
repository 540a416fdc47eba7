//! The floors of the house, kept by reading manifests and sources: no arrow climbs, and nothing below the program
//! does IO, reads a clock or knows the protocol.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

use std::path::{Path, PathBuf};

/// Each floor stands only on those before it.
const FLOORS: [&str; 9] = [
    "syntax",
    "expr",
    "model",
    "analysis",
    "edits",
    "rules",
    "ide",
    "report",
    "flowsentry",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_path_buf()
}

/// Names of the dependencies in one section of a manifest.
fn dependencies(manifest: &str, section: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == section;
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            names.push(line.split(['.', '=', ' ']).next().unwrap().to_owned());
        }
    }
    names
}

#[test]
fn no_arrow_climbs() {
    for (floor, name) in FLOORS.iter().enumerate() {
        let manifest = std::fs::read_to_string(root().join(format!("server/{name}/Cargo.toml"))).unwrap();
        for dependency in dependencies(&manifest, "[dependencies]") {
            if let Some(other) = FLOORS.iter().position(|floor| *floor == dependency) {
                assert!(other < floor, "{name} stands on {dependency}, which stands above it");
            }
        }
    }
}

#[test]
fn only_the_program_knows_protocol_and_runtime() {
    for name in &FLOORS[..8] {
        let manifest = std::fs::read_to_string(root().join(format!("server/{name}/Cargo.toml"))).unwrap();
        for dependency in dependencies(&manifest, "[dependencies]") {
            assert!(
                !["tokio", "tower-lsp", "ignore", "lexopt"].contains(&dependency.as_str()),
                "{name} uses {dependency}"
            );
        }
    }
}

#[test]
fn dependencies_are_named_in_one_place() {
    for folder in std::fs::read_dir(root().join("server")).unwrap() {
        let manifest = std::fs::read_to_string(folder.unwrap().path().join("Cargo.toml")).unwrap();
        for section in ["[dependencies]", "[dev-dependencies]"] {
            let mut inside = false;
            for line in manifest.lines().map(str::trim) {
                if line.starts_with('[') {
                    inside = line == section;
                } else if inside && !line.is_empty() && !line.starts_with('#') {
                    assert!(line.ends_with(".workspace = true"), "{line}");
                }
            }
        }
    }
}

/// Code of a source file: without comments, and without what follows the tests' module.
fn code(text: &str) -> String {
    let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
    text[..tests]
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn nothing_below_the_program_does_io_or_reads_a_clock() {
    let forbidden = [
        "std::fs",
        "std::env",
        "std::process",
        "std::net",
        "std::io",
        "std::time",
        "SystemTime",
        "Instant::now",
        "std::os",
        "env::var",
    ];
    for name in &FLOORS[..8] {
        let mut files = Vec::new();
        sources(&root().join(format!("server/{name}/src")), &mut files);
        assert!(!files.is_empty());
        for file in files {
            let code = code(&std::fs::read_to_string(&file).unwrap());
            for word in forbidden {
                assert!(!code.contains(word), "{} names {word}", file.display());
            }
        }
    }
}

#[test]
fn the_sample_holds_what_the_readme_says() {
    // Line ends and byte order marks are part of the sample; a checkout that changes them changes what is shown.
    let sample = root().join("tests/fixtures/contoso-expenses/solution/src");
    let flow = std::fs::read_dir(sample.join("Workflows"))
        .unwrap()
        .map(|e| e.unwrap().path());
    let flow = flow
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect::<Vec<_>>();
    assert_eq!(flow.len(), 3);
    for path in flow {
        assert!(
            std::fs::read_to_string(&path).unwrap().contains("\r\n"),
            "{}",
            path.display()
        );
    }
    assert!(
        std::fs::read(sample.join("Other/Solution.xml"))
            .unwrap()
            .starts_with(b"\xef\xbb\xbf")
    );
}
