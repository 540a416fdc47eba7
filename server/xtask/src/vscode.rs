//! `cargo xtask vscode`: from the sources to the extension in the editor.

use std::path::Path;
use std::process::Command;

use crate::{Result, release_binary, root, run};

/// Builds server and extension, packages them, and installs them where `code` is on the PATH.
pub fn install() -> Result<()> {
    let extension = root().join("editors/vscode");
    let binary = release_binary()?;
    let bundled = extension.join("server");
    std::fs::create_dir_all(&bundled)?;
    let name = binary.file_name().ok_or("the program has no name")?;
    std::fs::copy(&binary, bundled.join(name))?;
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run(npm, &["ci", "--no-audit", "--no-fund"], &extension)?;
    run(npm, &["run", "build"], &extension)?;
    run(npm, &["run", "package"], &extension)?;
    let package = newest_vsix(&extension)?;
    println!("packaged {}", package.display());
    let code = if cfg!(windows) { "code.cmd" } else { "code" };
    let here = Command::new(code)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if here {
        let path = package.to_string_lossy();
        return run(code, &["--install-extension", &path, "--force"], &root());
    }
    println!(
        "`code` is not on the PATH. In VS Code, run \"Extensions: Install from VSIX...\" and choose that file,\nor put `code` on the PATH (\"Shell Command: Install 'code' command in PATH\") and run this again."
    );
    Ok(())
}

fn newest_vsix(folder: &Path) -> Result<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|ending| ending == "vsix") {
            found.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    found.sort();
    found
        .pop()
        .map(|(_, path)| path)
        .ok_or_else(|| "no .vsix was made".into())
}
