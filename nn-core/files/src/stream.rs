//! Files that may be compressed, read no further than what they are supposed to hold.

use std::fs::File;
#[cfg(feature = "gzip")]
use std::io::BufRead;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// What compressed data begins with. No IDX file does, nor any weights file whose header is padded as usual.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// A pause between looking at the memory spent and at the bytes received for it.
const SMALLEST_STEP: usize = 1 << 16;

/// Bytes at the start of a file that tell what it is.
const START: usize = 64;

/// A file, decompressed on the way where it is gz.
pub struct Stream {
    reader: Box<dyn Read>,
    /// Its first bytes, as they lie in the file.
    start: Vec<u8>,
    /// Bytes that an uncompressed file still holds.
    left: Option<u64>,
}

/// Why a stream gives no more.
#[derive(Debug)]
pub enum Failure {
    /// The system's reason.
    Io {
        /// What was tried: `open` or `read`.
        action: &'static str,
        /// The reason.
        source: io::Error,
    },
    /// The decoder's reason.
    Gzip(String),
    /// No decoder.
    NoGzip,
}

fn read(source: io::Error) -> Failure {
    Failure::Io { action: "read", source }
}

/// A block of bytes that ended early or late.
#[derive(Debug)]
pub enum Shortfall {
    /// So many bytes were found.
    Truncated(usize),
    /// More follows.
    Trailing,
    /// The stream broke.
    Failure(Failure),
}

impl Stream {
    /// Opens a file and looks at its first bytes.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|source| Failure::Io { action: "open", source })?;
        let metadata = file.metadata().map_err(read)?;
        if metadata.is_dir() {
            return Err(read(io::ErrorKind::IsADirectory.into()));
        }
        let mut start = Vec::with_capacity(START);
        let mut reader = BufReader::with_capacity(SMALLEST_STEP, file);
        Read::by_ref(&mut reader).take(START as u64).read_to_end(&mut start).map_err(read)?;
        let compressed = start.starts_with(&GZIP);
        let reader: Box<dyn Read> = Box::new(io::Cursor::new(start.clone()).chain(reader));
        let left = (metadata.is_file() && !compressed).then_some(metadata.len());
        let reader = if compressed { decoder(reader) } else { reader };
        Ok(Self { reader, start, left })
    }

    /// The first bytes of the file itself, compressed or not.
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// Bytes that the file still holds, where that is known before they are read.
    pub fn left(&self) -> Option<u64> {
        self.left
    }

    /// Reads until `bytes` are full or the file ends, and returns how many were read.
    pub fn fill(&mut self, bytes: &mut [u8]) -> Result<usize, Failure> {
        let mut read = 0;
        while read < bytes.len() {
            match self.reader.read(&mut bytes[read..]) {
                Ok(0) => break,
                Ok(n) => read += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => match Self::failure(error) {
                    Some(failure) => return Err(failure),
                    None => break,
                },
            }
        }
        self.left = self.left.map(|left| left.saturating_sub(read as u64));
        Ok(read)
    }

    /// Reads all that is left, which must be `len` bytes.
    ///
    /// Memory grows with what has arrived, to `len` at most: a header that lies costs no more than the file is worth.
    pub fn read_rest(&mut self, len: usize) -> Result<Vec<u8>, Shortfall> {
        if let Some(left) = self.left.filter(|left| *left < len as u64) {
            return Err(Shortfall::Truncated(left as usize));
        }
        let mut bytes = Vec::new();
        while bytes.len() < len {
            let start = bytes.len();
            let step = start.max(SMALLEST_STEP).min(len - start);
            bytes.reserve_exact(step);
            bytes.resize(start + step, 0);
            let read = self.fill(&mut bytes[start..]).map_err(Shortfall::Failure)?;
            if read < step {
                return Err(Shortfall::Truncated(start + read));
            }
        }
        if self.at_end().map_err(Shortfall::Failure)? { Ok(bytes) } else { Err(Shortfall::Trailing) }
    }

    /// Whether nothing follows. Compressed data is also compared with its checksum then.
    pub fn at_end(&mut self) -> Result<bool, Failure> {
        loop {
            return match self.reader.read(&mut [0]) {
                Ok(read) => Ok(read == 0),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let cut_off = || Failure::Gzip("its checksum is cut off".into());
                    Err(Self::failure(error).unwrap_or_else(cut_off))
                }
            };
        }
    }

    /// What an error of the reader means; `None` for compressed data that is cut off.
    fn failure(error: io::Error) -> Option<Failure> {
        match error.kind() {
            io::ErrorKind::Unsupported => no_decoder(error),
            io::ErrorKind::UnexpectedEof => None,
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => Some(Failure::Gzip(error.to_string())),
            _ => Some(read(error)),
        }
    }
}

/// Members of a gz file that are taken without a thought.
#[cfg(feature = "gzip")]
const MEMBERS: u64 = 1024;

/// The members of a gz file, one after another, as if they were one. Each takes a decoder, so there may not be many that hold little.
#[cfg(feature = "gzip")]
struct Members {
    member: Option<flate2::bufread::GzDecoder<BufReader<Box<dyn Read>>>>,
    count: u64,
    bytes: u64,
}

#[cfg(feature = "gzip")]
impl Read for Members {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                self.bytes += read as u64;
                return Ok(read);
            }
            let Some(ended) = self.member.take() else { break };
            let mut rest = ended.into_inner();
            if !rest.fill_buf()?.is_empty() {
                self.count += 1;
                if self.count > MEMBERS + self.bytes / 1024 {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "it is in too many pieces"));
                }
                self.member = Some(flate2::bufread::GzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}

#[cfg(feature = "gzip")]
fn decoder(reader: Box<dyn Read>) -> Box<dyn Read> {
    let member = flate2::bufread::GzDecoder::new(BufReader::new(reader));
    Box::new(Members { member: Some(member), count: 1, bytes: 0 })
}

#[cfg(feature = "gzip")]
fn no_decoder(error: io::Error) -> Option<Failure> {
    Some(read(error))
}

#[cfg(not(feature = "gzip"))]
fn decoder(_reader: Box<dyn Read>) -> Box<dyn Read> {
    struct Missing;
    impl Read for Missing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }
    Box::new(Missing)
}

#[cfg(not(feature = "gzip"))]
fn no_decoder(_error: io::Error) -> Option<Failure> {
    Some(Failure::NoGzip)
}
