//! Reading an archive.

use std::io::{self, Read};

use super::block::{self, BLOCK, Block, broken, padding};
use super::record::{self, MAX_REMARKS, Records};
use super::sparse::{self, Piece};
use super::{Body, Head, Time};

/// The records and long names of one entry, all together, that are read or written; held in memory.
pub const MAX_RECORDS: u64 = 4 * 1024 * 1024;

/// Reads entry after entry; the content of each is read from the reader itself.
#[derive(Debug)]
pub struct Reader<R: Read> {
    from: Counted<R>,
    content: Content,
    /// Where the entry began.
    began: u64,
    /// What holds for all entries.
    global: Records,
    /// What was said of the archive as a whole.
    remarks: Vec<String>,
    is_over: bool,
}

impl<R: Read> Reader<R> {
    /// Reads an archive, from its beginning.
    pub fn new(from: R) -> Self {
        Self {
            from: Counted { from, read: 0 },
            content: Content::default(),
            began: 0,
            global: Records::default(),
            remarks: Vec::new(),
            is_over: false,
        }
    }

    /// What whoever wrote the archive said to have left out; known at its end.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// What is behind the archive's end.
    pub fn into_rest(self) -> R {
        self.from.from
    }

    /// The byte of the archive at which the last entry begins, with all that is said of it.
    #[must_use]
    pub const fn entry_at(&self) -> u64 {
        self.began
    }

    /// The pieces of the last entry when it was written as a file with holes.
    #[must_use]
    pub fn pieces(&self) -> Option<&[Piece]> {
        self.content.is_sparse.then_some(&self.content.pieces)
    }

    /// How many bytes of the content come next, until a hole or the end.
    #[must_use]
    pub fn data_ahead(&self) -> u64 {
        self.content.data()
    }

    /// Passes over a hole of the content, if one is next; answers its length.
    pub fn skip_hole(&mut self) -> u64 {
        let hole = self.content.hole();
        self.content.position += hole;
        hole
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
        self.began = self.from.read;
        let mut room = MAX_RECORDS;
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
                b'x' | b'X' => own.read(&self.records(&block, &mut room)?)?,
                b'g' => {
                    let records = self.records(&block, &mut room)?;
                    self.global.read(&records)?;
                    if !self.global.can_be_of_all() {
                        return Err(broken("it says of all entries what can hold for one alone"));
                    }
                    // What holds for all entries cannot be where the holes of one are.
                    self.global.sparse = None;
                    let room = MAX_REMARKS.saturating_sub(self.remarks.len());
                    self.remarks.extend(std::mem::take(&mut self.global.remarks).into_iter().take(room));
                    own.read(&records)?;
                    own.remarks.clear();
                }
                b'L' => long_name = Some(self.long(&block, &mut room)?),
                b'K' => long_link = Some(self.long(&block, &mut room)?),
                // The label of a tape.
                b'V' => drop(self.records(&block, &mut room)?),
                kind => {
                    own.path = own.path.or(long_name);
                    own.link = own.link.or(long_link);
                    return self.head(&block, kind, own).map(Some);
                }
            }
        }
    }

    fn head(&mut self, block: &Block, kind: u8, mut own: Records) -> io::Result<Head> {
        let unsigned = |field| {
            let number = block.number(field)?;
            u64::try_from(number).map_err(|_negative| broken("a number in a head is negative"))
        };
        let small = |field, own: Option<u32>| match own {
            Some(number) => Ok(number),
            None => u32::try_from(unsigned(field)?)
                .map_err(|_beyond| broken("an owner or device in a head is out of range")),
        };
        let attributes = own.all_attributes();
        let name = own.path.take().unwrap_or_else(|| full_name(block));
        let name = own.sparse.as_mut().and_then(|claims| claims.name.take()).unwrap_or(name);
        let room = MAX_REMARKS.saturating_sub(self.remarks.len());
        let said = own.remarks.iter().map(|what| format!("{}: {what}", String::from_utf8_lossy(&name)));
        self.remarks.extend(said.take(room));
        let link = own.link.unwrap_or_else(|| block.text(block::LINK).to_vec());
        let device =
            || Ok::<_, io::Error>((small(block::MAJOR, own.major)?, small(block::MINOR, own.minor)?));
        let body = match kind {
            // Before POSIX a folder was a file whose name ends so.
            0 if name.ends_with(b"/") => Body::Folder,
            0 | b'0' | b'7' | b'S' => {
                let stored = match own.size {
                    Some(size) => size,
                    None => unsigned(block::SIZE)?,
                };
                Body::File(self.content_of(block, kind == b'S', own.sparse, stored)?)
            }
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
        Ok(Head { name, body, mode, uid, gid, modified, attributes })
    }

    /// Makes a file's content ready to be read; answers its size.
    fn content_of(
        &mut self,
        block: &Block,
        is_old: bool,
        claims: Option<sparse::Claims>,
        stored: u64,
    ) -> io::Result<u64> {
        let mut left = stored;
        let (pieces, size) = if is_old {
            sparse::in_head(block, || self.block())?
        } else {
            let Some(claims) = claims else {
                self.content = Content::whole(stored);
                return Ok(stored);
            };
            let size = claims.size.ok_or_else(|| broken("a sparse file has no size"))?;
            match (claims.major, claims.minor) {
                (0, _) => (claims.pieces, size),
                (1, 0) => {
                    let (pieces, read) = sparse::mapped(&mut self.from).map_err(early)?;
                    let beyond = || broken("the map of a sparse file is larger than the file");
                    left = stored.checked_sub(read).ok_or_else(beyond)?;
                    (pieces, size)
                }
                (major, minor) => {
                    return Err(broken(format!(
                        "it holds a sparse file in the form {major}.{minor}, which is not understood"
                    )));
                }
            }
        };
        if sparse::check(&pieces, size)? != left {
            return Err(broken("a sparse file does not hold what its map says"));
        }
        self.content =
            Content { pieces, size, left, padding: padding(stored), is_sparse: true, ..Content::default() };
        Ok(size)
    }

    fn block(&mut self) -> io::Result<Block> {
        let mut block = Block([0; BLOCK]);
        self.from.read_exact(&mut block.0).map_err(early)?;
        Ok(block)
    }

    /// The content of a block that holds records or a long name.
    fn records(&mut self, head: &Block, room: &mut u64) -> io::Result<Vec<u8>> {
        let size = u64::try_from(head.number(block::SIZE)?).unwrap_or(u64::MAX);
        *room = room
            .checked_sub(size)
            .ok_or_else(|| broken(format!("the records of an entry are larger than {MAX_RECORDS} bytes")))?;
        let mut bytes = Vec::new();
        let whole = size + padding(size);
        if (&mut self.from).take(whole).read_to_end(&mut bytes)? as u64 != whole {
            return Err(early(io::ErrorKind::UnexpectedEof.into()));
        }
        bytes.truncate(usize::try_from(size).unwrap_or(0));
        Ok(bytes)
    }

    /// GNU's way of writing a long name.
    fn long(&mut self, head: &Block, room: &mut u64) -> io::Result<Vec<u8>> {
        let mut name = self.records(head, room)?;
        name.truncate(name.iter().position(|byte| *byte == 0).unwrap_or(name.len()));
        record::fits(&name)?;
        Ok(name)
    }

    fn skip_content(&mut self) -> io::Result<()> {
        for count in [self.content.left, self.content.padding] {
            if count > 0 && io::copy(&mut (&mut self.from).take(count), &mut io::sink())? != count {
                return Err(early(io::ErrorKind::UnexpectedEof.into()));
            }
        }
        self.content = Content::default();
        Ok(())
    }
}

/// What is still to be read of an entry's content.
#[derive(Debug, Default)]
struct Content {
    pieces: Vec<Piece>,
    is_sparse: bool,
    /// The piece that is next or being read.
    piece: usize,
    position: u64,
    size: u64,
    /// What the archive has of it, and what fills it up.
    left: u64,
    padding: u64,
}

impl Content {
    fn whole(size: u64) -> Self {
        Self { size, left: size, padding: padding(size), ..Self::default() }
    }

    /// How long the hole is that is next.
    fn hole(&mut self) -> u64 {
        if !self.is_sparse {
            return 0;
        }
        while self.pieces.get(self.piece).is_some_and(|piece| piece.at + piece.length <= self.position) {
            self.piece += 1;
        }
        self.pieces.get(self.piece).map_or(self.size, |piece| piece.at).saturating_sub(self.position)
    }

    /// How many bytes of the archive come next, until a hole or the end.
    fn data(&self) -> u64 {
        if !self.is_sparse {
            return self.left;
        }
        let here = self.pieces.get(self.piece);
        here.map_or(0, |piece| (piece.at + piece.length).saturating_sub(self.position)).min(self.left)
    }
}

/// Counts what is read.
#[derive(Debug)]
struct Counted<R> {
    from: R,
    read: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}

/// The content of the entry; it ends where the entry does, never earlier.
impl<R: Read> Read for Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = |most: u64| usize::try_from(most).unwrap_or(usize::MAX).min(buffer.len());
        let hole = room(self.content.hole());
        if hole > 0 {
            buffer.iter_mut().take(hole).for_each(|byte| *byte = 0);
            self.content.position += hole as u64;
            return Ok(hole);
        }
        let wanted = room(self.content.data());
        let read = self.from.read(buffer.get_mut(..wanted).unwrap_or_default())?;
        if read == 0 && wanted > 0 {
            return Err(early(io::ErrorKind::UnexpectedEof.into()));
        }
        self.content.left -= read as u64;
        self.content.position += read as u64;
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
