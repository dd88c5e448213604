//! The bytes of a file: opened, recognised, unpacked, and guarded against archives that unpack without end.

use super::{Compression, ReadError};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// An archive may unpack to this many times its size, once it is over [`BOMB_FREE`]. Logs reach 30.
const BOMB_RATIO: u64 = 200;
const BOMB_FREE: u64 = 64 << 20;
/// And to this much in any case.
const BOMB_MOST: u64 = 256 << 30;

/// A file that exists and has something in it.
#[derive(Debug, Clone)]
pub struct Source {
    pub path: PathBuf,
    /// The name without its folder.
    pub file: String,
    pub bytes: u64,
    pub compression: Compression,
    /// Which entry of a zip.
    entry: usize,
    /// A zip that is a workbook.
    pub workbook: bool,
}

impl Source {
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let found = std::fs::metadata(path).map_err(|e| plain_error(&file, &e))?;
        if !found.is_file() {
            return Err(ReadError::Io { file, what: "not a plain file".into() });
        }
        if found.len() == 0 {
            return Err(ReadError::Empty { file });
        }
        let mut source = Self {
            path: path.to_owned(),
            file,
            bytes: found.len(),
            compression: Compression::None,
            entry: 0,
            workbook: false,
        };
        let mut head = [0; 8];
        let mut opened = source.file()?;
        let n = read_full(&mut opened, &mut head).map_err(|e| plain_error(&source.file, &e))?;
        match &head[..n] {
            [0x1f, 0x8b, ..] => source.compression = Compression::Gzip,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => source.look_into_zip()?,
            _ => {}
        }
        Ok(source)
    }

    fn file(&self) -> Result<File, ReadError> {
        File::open(&self.path).map_err(|e| plain_error(&self.file, &e))
    }

    /// Finds the one table of a zip; what macOS and Windows add beside it does not count.
    fn look_into_zip(&mut self) -> Result<(), ReadError> {
        let mut zip = self.zip(&Arc::default())?;
        let names: Vec<String> = (0..zip.len())
            .map(|i| zip.name_for_index(i).and_then(Result::ok).unwrap_or_default().into_owned())
            .collect();
        if names.iter().any(|n| n == "[Content_Types].xml" || n == "xl/workbook.xml") {
            self.workbook = true;
            return Ok(());
        }
        let is_table = |name: &String| {
            let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
            !last.is_empty()
                && !name.starts_with("__MACOSX/")
                && !last.starts_with("._")
                && !matches!(last, ".DS_Store" | "Thumbs.db" | "desktop.ini")
        };
        let tables: Vec<usize> = (0..names.len()).filter(|&i| is_table(&names[i])).collect();
        let file = self.file.clone();
        match tables[..] {
            [] => return Err(ReadError::Empty { file }),
            [entry] => self.entry = entry,
            _ => {
                let mut shown: Vec<&str> = tables.iter().take(5).map(|&i| names[i].as_str()).collect();
                if tables.len() > 5 {
                    shown.push("…");
                }
                return Err(ReadError::ZipManyFiles { file, count: tables.len() as u64, names: shown.join(", ") });
            }
        }
        if zip.by_index(self.entry).map_err(|e| self.zip_error(&e))?.size() == 0 {
            return Err(ReadError::Empty { file });
        }
        self.compression = Compression::Zip;
        Ok(())
    }

    fn zip(&self, count: &Arc<AtomicU64>) -> Result<zip::ZipArchive<BufReader<Counted>>, ReadError> {
        let counted = Counted { inner: self.file()?, count: count.clone() };
        zip::ZipArchive::new(BufReader::with_capacity(1 << 16, counted)).map_err(|e| self.zip_error(&e))
    }

    fn zip_error(&self, error: &zip::result::ZipError) -> ReadError {
        ReadError::ArchiveDamaged { file: self.file.clone(), what: error.to_string() }
    }

    /// Runs `work` on the unpacked bytes; `count` follows how many bytes of the file were taken.
    pub fn with_bytes<T, E: From<ReadError>>(
        &self,
        count: &Arc<AtomicU64>,
        work: impl FnOnce(&mut (dyn Read + Send)) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.compression == Compression::Zip {
            let mut zip = self.zip(count)?;
            count.store(0, Ordering::Relaxed);
            let entry = zip.by_index(self.entry).map_err(|e| self.zip_error(&e))?;
            let packed = entry.compressed_size();
            return work(&mut Guarded { inner: entry, packed, out: 0 });
        }
        let mut counted = Counted { inner: self.file()?, count: count.clone() };
        if self.compression == Compression::Gzip {
            let packed = BufReader::with_capacity(1 << 16, counted);
            return work(&mut Guarded { inner: MultiGzDecoder::new(packed), packed: self.bytes, out: 0 });
        }
        work(&mut counted)
    }

    /// Unpacks every part of a workbook once, to count what opening it would take: sheets are read row by row, but
    /// the texts of all cells and everything else are held in memory.
    pub fn check_workbook_size(&self) -> Result<(), ReadError> {
        let mut zip = self.zip(&Arc::default())?;
        let most = BOMB_FREE.max(self.bytes.saturating_mul(BOMB_RATIO));
        let (mut sheets, mut held) = (most.min(SHEETS_MOST), most.min(HELD_MOST));
        for i in 0..zip.len() {
            let is_sheet =
                zip.name_for_index(i).and_then(Result::ok).is_some_and(|name| name.starts_with("xl/worksheets/"));
            let left = if is_sheet { &mut sheets } else { &mut held };
            let entry = zip.by_index(i).map_err(|e| self.zip_error(&e))?;
            let taken = io::copy(&mut entry.take(*left + 1), &mut io::sink())
                .map_err(|e| ReadError::WorkbookDamaged { file: self.file.clone(), what: e.to_string() })?;
            let limit = most.min(if is_sheet { SHEETS_MOST } else { HELD_MOST });
            let bomb = ReadError::ZipBomb { file: self.file.clone(), packed: self.bytes, unpacked: limit };
            *left = left.checked_sub(taken).ok_or(bomb)?;
        }
        Ok(())
    }

    /// The error behind a failed read of unpacked bytes.
    pub fn io_error(&self, error: &io::Error) -> ReadError {
        let file = self.file.clone();
        if let Some(bomb) = error.get_ref().and_then(|inner| inner.downcast_ref::<Bomb>()) {
            return ReadError::ZipBomb { file, packed: bomb.packed, unpacked: bomb.unpacked };
        }
        match self.compression {
            Compression::None => plain_error(&file, error),
            Compression::Gzip | Compression::Zip => ReadError::ArchiveDamaged { file, what: error.to_string() },
        }
    }
}

/// A million rows of twenty columns are 1.5 GB of sheet XML.
const SHEETS_MOST: u64 = 4 << 30;
/// The texts of a sheet of a million rows seldom reach 200 MB.
const HELD_MOST: u64 = 512 << 20;

fn plain_error(file: &str, error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound => ReadError::NotFound { file: file.to_owned() },
        _ => ReadError::Io { file: file.to_owned(), what: error.to_string() },
    }
}

/// Reads until `buffer` is full or the end; returns how much was read.
pub fn read_full(reader: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

/// Counts the bytes taken from the file.
struct Counted {
    inner: File,
    count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

impl io::Seek for Counted {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("unpacks to over {unpacked} bytes from {packed}")]
struct Bomb {
    packed: u64,
    unpacked: u64,
}

/// Stops an archive that unpacks to far more than tables do.
struct Guarded<R> {
    inner: R,
    packed: u64,
    out: u64,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.out += n as u64;
        if self.out > BOMB_MOST || self.out > BOMB_FREE && self.out / BOMB_RATIO > self.packed {
            return Err(io::Error::other(Bomb { packed: self.packed, unpacked: self.out }));
        }
        Ok(n)
    }
}
