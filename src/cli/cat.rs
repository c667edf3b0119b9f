//! `volx cat`.

use std::io::{self, IsTerminal, Read, Write};
use std::sync::Arc;

use super::arguments::Cat;
use super::within::Within;
use super::{Exit, Failure, Session};
use crate::access::archive::OWNERLESS;
use crate::access::content::{Content, Error, of_stream};
use crate::access::direct_content::blocking;
use crate::access::walk::Progress;
use crate::domain::access::Way;
use crate::domain::entry::EntryKind;
use crate::domain::place::Place;
use crate::domain::text::clean;
use crate::pax::{Body, Head, Reader};

/// Bytes read at once.
const CHUNK: usize = 1024 * 1024;
/// A line that is longer is shown in pieces; it is held in memory.
const LONGEST_LINE: usize = 64 * 1024;

pub(super) async fn run(session: &Session, wanted: &Cat) -> Result<Exit, Failure> {
    let within = Within::parse(&wanted.place)?;
    let content = within.content(session, wanted.access).await?;
    let place = &within.place;
    match content.look(place).await?.kind {
        EntryKind::File => {}
        EntryKind::Link => {
            let what = "a link, which is not followed".to_owned();
            return Err(Error::Other { place: place.clone(), what }.into());
        }
        kind => {
            let what = format!("no file but of kind {}", kind.name());
            return Err(Error::Other { place: place.clone(), what }.into());
        }
    }
    let mut shown = Shown { is_seen: io::stdout().is_terminal(), text: Harmless::default() };
    if content.way() == Way::Demo {
        return piecewise(content.as_ref(), place, &mut shown).await;
    }
    let progress = Arc::new(Progress::default());
    // Opened once: what is written meanwhile does not mix with what was there.
    let archive = content.pack(place, &progress).await?;
    let (place, reading) = (place.clone(), blocking(archive, &progress));
    let told = tokio::task::spawn_blocking(move || whole(reading, &place, &mut |bytes| shown.show(bytes)));
    let mut remarks = told.await.map_err(io::Error::other)??;
    // Bytes have no owner.
    remarks.retain(|remark| remark != OWNERLESS);
    for remark in &remarks {
        session.warn(remark);
    }
    Ok(if remarks.is_empty() { Exit::Done } else { Exit::Partly })
}

/// The content of the one file in an archive; the answer is what is not as it was in the volume.
fn whole(
    archive: impl Read,
    place: &Place,
    show: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<Vec<String>, Failure> {
    let broken = |error: io::Error| Failure::from(of_stream(place, error));
    let mut reader = Reader::new(io::BufReader::with_capacity(CHUNK, archive));
    let other = |what: &str| Error::Other { place: place.clone(), what: what.to_owned() };
    let size = match reader.next_head().map_err(broken)? {
        Some(Head { body: Body::File(size), .. }) => size,
        Some(_) => return Err(other("no file any more").into()),
        None => {
            let why = reader.remarks().first().map_or("not there any more", String::as_str);
            return Err(other(why).into());
        }
    };
    let mut chunk = vec![0; CHUNK.min(usize::try_from(size).unwrap_or(CHUNK))];
    let mut left = size;
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let read = reader.read(chunk.get_mut(..wanted).unwrap_or_default()).map_err(broken)?;
        show(chunk.get(..read).unwrap_or_default())?;
        left -= read as u64;
    }
    show(&[])?;
    // What could not be read is zeros, and said at the end.
    while reader.next_head().map_err(broken)?.is_some() {}
    Ok(reader.remarks().to_vec())
}

/// Where nothing can be packed: piece by piece.
async fn piecewise(content: &dyn Content, place: &Place, shown: &mut Shown) -> Result<Exit, Failure> {
    let mut from = 0;
    loop {
        let bytes = content.read(place, from, CHUNK).await?;
        from += bytes.len() as u64;
        shown.show(&bytes)?;
        if bytes.is_empty() {
            return Ok(Exit::Done);
        }
    }
}

/// Standard output, which may be a terminal.
struct Shown {
    is_seen: bool,
    text: Harmless,
}

impl Shown {
    /// Writes bytes as they are, or so that they steer nothing; no bytes are the end.
    fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.is_seen {
            out.write_all(self.text.shown(bytes, bytes.is_empty()).as_bytes())?;
        } else {
            out.write_all(bytes)?;
        }
        out.flush()
    }
}

/// Makes bytes harmless for a terminal, line by line, wherever they were cut.
#[derive(Default)]
struct Harmless {
    rest: Vec<u8>,
}

impl Harmless {
    fn shown(&mut self, bytes: &[u8], is_over: bool) -> String {
        self.rest.extend_from_slice(bytes);
        let ends = |(at, byte): (usize, &u8)| (*byte == b'\n').then_some(at + 1);
        let lines = self.rest.iter().enumerate().rev().find_map(ends).unwrap_or(0);
        // A line without end is cut, but not within a letter, which is at most four bytes.
        let whole = if is_over || self.rest.len() - lines > LONGEST_LINE {
            let letter = self.rest.iter().rev().take(4).position(|byte| byte & 0xc0 != 0x80);
            let cut = letter.filter(|_| !is_over).map_or(0, |at| at + 1);
            self.rest.len() - cut
        } else {
            lines
        };
        let shown: Vec<u8> = self.rest.drain(..whole).collect();
        let text = String::from_utf8_lossy(&shown);
        text.split_inclusive('\n').fold(String::with_capacity(text.len()), |mut out, line| {
            let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
            for (at, part) in line.strip_suffix('\r').unwrap_or(line).split('\t').enumerate() {
                out.push_str(if at > 0 { "\t" } else { "" });
                out.push_str(&clean(part));
            }
            out.push_str(end);
            out
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal_wherever_it_was_cut() {
        let hostile = "plain\ttab\r\nü\x1b[31mred\u{202e}\u{9b}2J\nlast".as_bytes();
        let mut at_once = Harmless::default();
        let whole = at_once.shown(hostile, false) + &at_once.shown(b"", true);
        assert_eq!(whole, "plain\ttab\nü␛[31mred\u{fffd}\u{fffd}2J\nlast");
        let mut by_byte = Harmless::default();
        let mut pieces: String = hostile.iter().map(|byte| by_byte.shown(&[*byte], false)).collect();
        pieces += &by_byte.shown(b"", true);
        assert_eq!(pieces, whole);
    }

    #[test]
    fn a_line_without_end_is_not_gathered_for_ever() {
        let mut text = Harmless::default();
        let shown = text.shown("ü".repeat(LONGEST_LINE).as_bytes(), false);
        assert!(shown.len() > LONGEST_LINE && !shown.contains('\u{fffd}'));
        assert!(text.rest.len() <= 4);
    }

    #[test]
    fn a_file_is_told_whole_or_what_it_lacks() {
        use crate::pax::{Time, Writer};

        let (uid, gid, modified, name) = (0, 0, Time::default(), b"f".to_vec());
        let head = Head {
            name,
            body: Body::File(3_000_000),
            mode: 0o644,
            uid,
            gid,
            modified,
            attributes: Vec::new(),
        };
        let mut writer = Writer::new(Vec::new());
        writer.begin(&head).expect("a head");
        writer.copy(&mut io::repeat(7).take(3_000_000), |_| Ok(())).expect("its content");
        writer.remark(&["f: the last 5 bytes are zeros: it shrank".to_owned()]).expect("a remark");
        let archive = writer.finish().expect("an end");
        let told = |archive: &[u8]| {
            let mut out = Vec::new();
            let place = Place::parse(b"f").expect("a path");
            let remarks = whole(archive, &place, &mut |bytes| {
                out.extend_from_slice(bytes);
                Ok(())
            });
            remarks.map(|remarks| (out, remarks))
        };
        let (out, remarks) = told(&archive).expect("told");
        assert!(out.len() == 3_000_000 && out.iter().all(|byte| *byte == 7));
        assert_eq!(remarks, ["f: the last 5 bytes are zeros: it shrank"]);
        let broken = told(&archive[..2_000_000]).expect_err("half of it is an error");
        assert!(broken.trouble.to_string().contains("ends early"), "{}", broken.trouble);
    }
}
