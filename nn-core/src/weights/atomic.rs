//! Files that are written whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;

/// Writes a file such that at any moment, also after a crash, its path holds the old content or the new.
pub(crate) fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> Result<(), Error> {
    let temporary = Temporary::create(path)?;
    let fails = |action| move |source| Error::io(path, action, source);
    let mut writer = BufWriter::with_capacity(1 << 16, &temporary.file);
    write(&mut writer).and_then(|()| writer.flush()).map_err(fails("write"))?;
    drop(writer);
    temporary.file.sync_all().map_err(fails("write"))?;
    temporary.rename(path).map_err(fails("write"))?;
    sync_folder(folder(path)).map_err(fails("write"))
}

/// A file beside the final one (only there can it be renamed in one step), removed unless it becomes it.
///
/// It is locked as long as it is written. One that is not was left by a process that was killed, and the next save to the same path
/// clears it away.
struct Temporary {
    path: PathBuf,
    file: File,
    done: bool,
}

impl Temporary {
    fn create(path: &Path) -> Result<Self, Error> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let Some(name) = path.file_name() else {
            return Err(Error::io(path, "write", io::Error::new(io::ErrorKind::InvalidInput, "it names no file")));
        };
        let mut prefix = OsString::from(".");
        prefix.push(name);
        prefix.push(".");
        clear_away(folder(path), &prefix);
        loop {
            let mut hidden = prefix.clone();
            hidden.push(format!("{}-{}{SUFFIX}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
            let temporary = folder(path).join(hidden);
            let file = OpenOptions::new().write(true).create_new(true).open(&temporary);
            let file = file.map_err(|source| Error::io(&temporary, "create", source))?;
            // Before it was locked, another save may have taken it for one that was left.
            let is_taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock)) || !temporary.exists();
            if !is_taken {
                return Ok(Self { path: temporary, file, done: false });
            }
        }
    }

    fn rename(mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.done {
            // Nothing better can be done about a failure here than to leave the file.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// What the name of a temporary file ends with.
const SUFFIX: &str = ".part";

/// Removes the temporary files whose names begin so and that nobody writes. It is no harm if one stays.
fn clear_away(folder: &Path, prefix: &OsStr) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|entry| is_temporary(&entry.file_name(), prefix)) {
        let path = entry.path();
        if let Ok(file) = OpenOptions::new().write(true).open(&path)
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Whether two numbers with a hyphen between them, of a process and a file, are between prefix and suffix.
fn is_temporary(name: &OsStr, prefix: &OsStr) -> bool {
    let rest = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
    let numbers = rest.and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()));
    numbers.is_some_and(|numbers| {
        let mut numbers = numbers.split(|&byte| byte == b'-');
        let is_number = |number: &[u8]| !number.is_empty() && number.iter().all(u8::is_ascii_digit);
        numbers.by_ref().take(2).filter(|number| is_number(number)).count() == 2 && numbers.next().is_none()
    })
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The new name is safe only when the folder is on the disk too.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
