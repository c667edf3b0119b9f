//! What a demo file's bytes are: computed at any place, never kept.

use super::dice::Dice;

/// Bytes that are computed at once.
const BLOCK: u64 = 4096;

/// A rule for a file's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bytes {
    /// These.
    Text(Vec<u8>),
    /// Lines of a log, with other numbers in each block.
    Log { seed: u64, lines: Vec<String> },
    /// What a program wrote, after its sign.
    Noise { seed: u64, sign: &'static [u8] },
    /// None: it is no file.
    None,
}

impl Bytes {
    /// The sign that files of a kind begin with.
    pub(super) fn sign(kind: &str) -> &'static [u8] {
        match kind {
            "png" => b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            "jpeg" => b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01",
            "webp" => b"RIFF\x24\x8f\x01\0WEBPVP8 ",
            "gzip" => b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
            "zstd" => b"\x28\xb5\x2f\xfd\x04\x88",
            "zip" => b"PK\x03\x04\x14\0\0\0\x08\0",
            "sqlite" => b"SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20",
            "pdf" => b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
            "mp4" => b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41",
            "flac" => b"fLaC\0\0\0\x22\x10\0\x10\0",
            "rdb" => b"REDIS0012\xfa\x09redis-ver\x057.4.0\xfa\x0aredis-bits\xc0\x40",
            _ => b"\0\0\0\0\x01\0\0\0",
        }
    }

    /// Up to `len` bytes from `from` on, of a file of `size`.
    pub(super) fn read(&self, size: u64, from: u64, len: usize) -> Vec<u8> {
        let end = size.min(from.saturating_add(u64::try_from(len).unwrap_or(u64::MAX)));
        let mut out = Vec::new();
        let mut at = from;
        while at < end {
            let block = self.block(at / BLOCK);
            let skip = usize::try_from(at % BLOCK).unwrap_or(0);
            let rest = usize::try_from(end - at).unwrap_or(usize::MAX);
            let taken = block.get(skip..).unwrap_or_default();
            let taken = taken.get(..rest).unwrap_or(taken);
            if taken.is_empty() {
                break;
            }
            out.extend_from_slice(taken);
            at += u64::try_from(taken.len()).unwrap_or(u64::MAX);
        }
        out
    }

    fn block(&self, number: u64) -> Vec<u8> {
        let room = usize::try_from(BLOCK).unwrap_or(0);
        match self {
            Self::Text(text) => text
                .chunks(room)
                .nth(usize::try_from(number).unwrap_or(usize::MAX))
                .map(<[u8]>::to_vec)
                .unwrap_or_default(),
            Self::Log { seed, lines } => log_block(&mut Dice::new(seed ^ number), lines, number, room),
            Self::Noise { seed, sign } => {
                let mut dice = Dice::new(seed ^ number.wrapping_mul(0x9e37));
                let mut block = if number == 0 { sign.to_vec() } else { Vec::with_capacity(room) };
                while block.len() < room {
                    // Data has runs of nothing in it.
                    if dice.chance(18) {
                        block.extend_from_slice(&[0; 24]);
                    }
                    block.extend_from_slice(&dice.roll().to_le_bytes());
                }
                block.truncate(room);
                block
            }
            Self::None => Vec::new(),
        }
    }
}

/// Whole lines up to exactly `room` bytes; the last one is filled up.
fn log_block(dice: &mut Dice, lines: &[String], number: u64, room: usize) -> Vec<u8> {
    let mut block = Vec::with_capacity(room);
    let mut second = number.wrapping_mul(29);
    loop {
        let line = dice.pick(lines).map_or("", String::as_str);
        second = second.wrapping_add(dice.below(3));
        let (hour, minute) = (second / 3600 % 24, second / 60 % 60);
        let line = line.replace("%T", &format!("{hour:02}:{minute:02}:{:02}", second % 60));
        if block.len() + line.len() + 1 > room {
            break;
        }
        block.extend(line.bytes().map(|byte| match byte {
            b'#' => b'0' + u8::try_from(dice.below(10)).unwrap_or(0),
            byte => byte,
        }));
        block.push(b'\n');
        if line.is_empty() {
            break;
        }
    }
    if block.len() < room {
        block.resize(room - 1, b'.');
        block.push(b'\n');
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_read_alone_is_the_same_part() {
        let lines = vec!["%T one ##".to_owned(), "two".to_owned()];
        for bytes in [Bytes::Log { seed: 7, lines }, Bytes::Noise { seed: 7, sign: b"\x1f\x8b" }] {
            let whole = bytes.read(20_000, 0, 20_000);
            assert_eq!(whole.len(), 20_000);
            assert_eq!(bytes.read(20_000, 5_000, 9_000), whole[5_000..14_000]);
            assert_eq!(bytes.read(20_000, 19_990, 64), whole[19_990..], "fewer at the end");
            assert!(bytes.read(20_000, 30_000, 64).is_empty());
        }
        assert_eq!(Bytes::Text(b"abc".to_vec()).read(3, 1, 9), b"bc");
    }
}
