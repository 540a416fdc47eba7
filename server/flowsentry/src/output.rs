//! Writing a file that a command was asked for: whole or not at all, and never through a link.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How many names are tried for the temporary file; others may be there from runs that were cut off.
const TRIES: u32 = 100;

/// Writes a file: into a temporary one beside it, which then takes its name. What stood there before stays as it is
/// until the new content is complete.
///
/// # Errors
/// When the path is a link or a folder, or the file system says no.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is a link; name the file itself",
            ));
        }
        Ok(found) if !found.is_file() => {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let (mut file, temporary) = temporary_beside(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    drop(file);
    let renamed = written.and_then(|()| fs::rename(&temporary, path));
    if renamed.is_err() {
        // The reason why it could not be written counts, not whether the rest could be taken away.
        let _ = fs::remove_file(&temporary);
    }
    renamed
}

/// Writes a file that is not there yet, as [`write`] does: whatever took the name in the meantime stays as it is.
///
/// # Errors
/// When something has the name, or the file system says no.
pub fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let (mut file, temporary) = temporary_beside(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    drop(file);
    // A link to the finished file gives it its name in one step, and only where the name is free; where the file system
    // knows no such links, a look comes before the renaming.
    let placed = written.and_then(|()| match fs::hard_link(&temporary, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && fs::symlink_metadata(path).is_err() => {
            fs::rename(&temporary, path)
        }
        placed => placed,
    });
    let _ = fs::remove_file(&temporary);
    placed
}

/// A new file in the same folder, so that renaming it stays within one file system.
fn temporary_beside(path: &Path) -> io::Result<(fs::File, PathBuf)> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it has no name"))?;
    for number in 0..TRIES {
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{number}.tmp", std::process::id()));
        let temporary = path.with_file_name(hidden);
        // Only a file that was not there is opened: nobody can have put a link in its place.
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((file, temporary)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AlreadyExists,
        "there is no free name for a temporary file beside it",
    ))
}
