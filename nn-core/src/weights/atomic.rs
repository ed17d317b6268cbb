//! Files that are written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;

/// Writes a file such that at any moment, also after a crash, its path holds the old content or the new.
pub(super) fn write_atomically(
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
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{}.part", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        let temporary = folder(path).join(hidden);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => Ok(Self { path: temporary, file, done: false }),
            Err(source) => Err(Error::io(temporary, "create", source)),
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
