//! Reading an archive.

use std::io::{self, Read};

use super::block::{self, BLOCK, Block, broken, padding};
use super::record::{MAX_REMARKS, Records};
use super::{Body, Head, Time};

/// The largest block of records, or long name, that is read; it is held in memory.
const MAX_RECORDS: u64 = 1024 * 1024;

/// Reads entry after entry; the content of each is read from the reader itself.
#[derive(Debug)]
pub struct Reader<R: Read> {
    from: R,
    /// Content of the entry that was not read yet.
    left: u64,
    padding: u64,
    /// What holds for all entries.
    global: Records,
    /// What was said of the archive as a whole.
    remarks: Vec<String>,
    is_over: bool,
}

impl<R: Read> Reader<R> {
    /// Reads an archive, from its beginning.
    pub fn new(from: R) -> Self {
        Self { from, left: 0, padding: 0, global: Records::default(), remarks: Vec::new(), is_over: false }
    }

    /// What whoever wrote the archive said to have left out; known at its end.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// What is behind the archive's end.
    pub fn into_rest(self) -> R {
        self.from
    }

    /// The next entry; `None` after the archive's end, which must be there.
    ///
    /// # Errors
    /// When it is broken, ends early, or holds what is not understood.
    pub fn next_head(&mut self) -> io::Result<Option<Head>> {
        if self.is_over {
            return Ok(None);
        }
        self.skip_content()?;
        let mut own = self.global.clone();
        let (mut long_name, mut long_link) = (None, None);
        loop {
            let block = self.block()?;
            if block.is_zero() {
                if !self.block()?.is_zero() {
                    return Err(broken("it has an end in its middle"));
                }
                self.is_over = true;
                return Ok(None);
            }
            if !block.is_sealed() {
                return Err(broken("a head has a wrong checksum"));
            }
            match block.kind() {
                b'x' | b'X' => own.read(&self.records(&block)?)?,
                b'g' => {
                    let records = self.records(&block)?;
                    self.global.read(&records)?;
                    let room = MAX_REMARKS.saturating_sub(self.remarks.len());
                    self.remarks.extend(std::mem::take(&mut self.global.remarks).into_iter().take(room));
                    own.read(&records)?;
                }
                b'L' => long_name = Some(self.long(&block)?),
                b'K' => long_link = Some(self.long(&block)?),
                // The label of a tape.
                b'V' => drop(self.records(&block)?),
                kind => {
                    own.path = own.path.or(long_name);
                    own.link = own.link.or(long_link);
                    return self.head(&block, kind, own).map(Some);
                }
            }
        }
    }

    fn head(&mut self, block: &Block, kind: u8, own: Records) -> io::Result<Head> {
        let unsigned = |field| {
            let number = block.number(field)?;
            u64::try_from(number).map_err(|_negative| broken("a number in a head is negative"))
        };
        let small = |field, own: Option<u32>| match own {
            Some(number) => Ok(number),
            None => u32::try_from(unsigned(field)?)
                .map_err(|_beyond| broken("an owner or device in a head is out of range")),
        };
        let name = own.path.unwrap_or_else(|| full_name(block));
        let link = own.link.unwrap_or_else(|| block.text(block::LINK).to_vec());
        let device =
            || Ok::<_, io::Error>((small(block::MAJOR, own.major)?, small(block::MINOR, own.minor)?));
        let body = match kind {
            // Before POSIX a folder was a file whose name ends so.
            0 if name.ends_with(b"/") => Body::Folder,
            0 | b'0' | b'7' if own.is_sparse => {
                return Err(broken("it holds a sparse file in a form that is not understood"));
            }
            0 | b'0' | b'7' => Body::File(match own.size {
                Some(size) => size,
                None => unsigned(block::SIZE)?,
            }),
            b'1' => Body::Same(link),
            b'2' => Body::Link(link),
            b'3' => device().map(|(major, minor)| Body::CharDevice(major, minor))?,
            b'4' => device().map(|(major, minor)| Body::BlockDevice(major, minor))?,
            b'5' => Body::Folder,
            b'6' => Body::Fifo,
            other => {
                let kind = other.escape_ascii();
                return Err(broken(format!("it holds an entry of kind '{kind}', which is not understood")));
            }
        };
        let modified = match own.modified {
            Some(time) => time,
            None => Time { seconds: block.number(block::MTIME)?, nanos: 0 },
        };
        let mode = u32::try_from(block.number(block::MODE)? & 0o7777).unwrap_or_default();
        let (uid, gid) = (small(block::UID, own.uid)?, small(block::GID, own.gid)?);
        if let Body::File(size) = body {
            (self.left, self.padding) = (size, padding(size));
        }
        Ok(Head { name, body, mode, uid, gid, modified })
    }

    fn block(&mut self) -> io::Result<Block> {
        let mut block = Block([0; BLOCK]);
        self.from.read_exact(&mut block.0).map_err(early)?;
        Ok(block)
    }

    /// The content of a block that holds records or a long name.
    fn records(&mut self, head: &Block) -> io::Result<Vec<u8>> {
        let size = u64::try_from(head.number(block::SIZE)?).unwrap_or(u64::MAX);
        if size > MAX_RECORDS {
            return Err(broken(format!("the records of an entry are larger than {MAX_RECORDS} bytes")));
        }
        let mut bytes = Vec::new();
        let whole = size + padding(size);
        if (&mut self.from).take(whole).read_to_end(&mut bytes)? as u64 != whole {
            return Err(early(io::ErrorKind::UnexpectedEof.into()));
        }
        bytes.truncate(usize::try_from(size).unwrap_or(0));
        Ok(bytes)
    }

    /// GNU's way of writing a long name.
    fn long(&mut self, head: &Block) -> io::Result<Vec<u8>> {
        let mut name = self.records(head)?;
        name.truncate(name.iter().position(|byte| *byte == 0).unwrap_or(name.len()));
        Ok(name)
    }

    fn skip_content(&mut self) -> io::Result<()> {
        for count in [self.left, self.padding] {
            if io::copy(&mut (&mut self.from).take(count), &mut io::sink())? != count {
                return Err(early(io::ErrorKind::UnexpectedEof.into()));
            }
        }
        (self.left, self.padding) = (0, 0);
        Ok(())
    }
}

/// The content of the entry; it ends where the entry does, never earlier.
impl<R: Read> Read for Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.from.read(buffer.get_mut(..wanted).unwrap_or_default())?;
        if read == 0 && wanted > 0 {
            return Err(early(io::ErrorKind::UnexpectedEof.into()));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// The name in a head's own fields. The prefix is POSIX's alone.
fn full_name(block: &Block) -> Vec<u8> {
    let (prefix, name) = (block.text(block::PREFIX), block.text(block::NAME));
    if prefix.is_empty() || block.raw(block::MAGIC) != block::USTAR {
        name.to_vec()
    } else {
        [prefix, b"/", name].concat()
    }
}

fn early(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends early")
    } else {
        error
    }
}
