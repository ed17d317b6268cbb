//! How much memory is taken, where the system says it.

use std::fs;

/// The memory of this process at some moment.
pub struct Memory {
    resident: u64,
    files: u64,
}

impl Memory {
    /// That of now, from which on [`peak`](Self::peak) counts; `None` where the system is not Linux or does not let us.
    ///
    /// What was freed before is given back first, so that it counts when it is taken again.
    pub fn now() -> Option<Self> {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        malloc_trim(0);
        fs::write("/proc/self/clear_refs", "5").ok()?; // the peak starts anew
        let status = fs::read_to_string("/proc/self/status").ok()?;
        Some(Self { resident: field(&status, "VmRSS:")?, files: field(&status, "RssFile:")? })
    }

    /// Bytes beyond that at most until now. What is mapped from files, which is the program itself, does not count.
    pub fn peak(&self) -> Option<u64> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let files = field(&status, "RssFile:")?.saturating_sub(self.files);
        Some(field(&status, "VmHWM:")?.saturating_sub(self.resident + files) * 1024)
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
// SAFETY: declared as in `malloc.h`; any thread may call it at any time, with any number of bytes to leave free.
unsafe extern "C" {
    safe fn malloc_trim(pad: usize) -> i32;
}

/// A field in units of 1024 bytes.
fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
