//! Backups taken apart, changed, and sealed again as if they had been written so.

use std::io::Write;

use volx::vault::{About, How, Taken, Writing};

use super::{Edit, tar};

const INDEX: u32 = 0x184D_2A51;
const MANIFEST: u32 = 0x184D_2A52;
const TABLE: u32 = 0x184D_2A5E;
const TABLE_MAGIC: u32 = 0x8F92_EAB1;
const FOOTER: usize = 160;
/// Of a seek table besides its frames: a head, and an end.
const TABLE_ENDS: usize = 8 + 9;
/// Bytes of a frame, and of an index, that are taken apart.
const LARGE: usize = 1 << 20;
/// The tar is put into frames of so many bytes, so that there are several.
const FRAME: usize = 4096;

/// A backup as volx writes it; `None` when that is no tar.
pub(crate) fn made(tar: &[u8]) -> Option<Vec<u8>> {
    let about = About {
        volume: "db-data".to_owned(),
        driver: "local".to_owned(),
        options: [("o".to_owned(), "addr=10.0.0.1".to_owned())].into(),
        masked: Vec::new(),
        labels: [("com.example".to_owned(), "1".to_owned())].into(),
        created_at: None,
        engine: "Docker".to_owned(),
        access: "direct".to_owned(),
        taken: Taken::Live,
        at: "2026-11-21T15:30:00Z".parse().expect("a time"),
        losses: vec!["sockets".to_owned()],
    };
    let mut writing = Writing::new(Vec::new(), How { level: 1, threads: 1, ..How::default() }).ok()?;
    writing.write_all(tar).ok()?;
    writing.finish(about).ok().map(|written| written.out)
}

/// What a backup is made of, in the clear.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) tar: Vec<u8>,
    /// The chunks of the index, one after the other.
    pub(crate) index: Vec<u8>,
    pub(crate) manifest: Vec<u8>,
    pub(crate) entries: u64,
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}

/// Where the footer and the seek table begin.
fn ends(file: &[u8]) -> Option<(usize, usize)> {
    let frames = number(file, file.len().checked_sub(9)?)?;
    let table = file.len().checked_sub(frames.checked_mul(8)?.checked_add(TABLE_ENDS)?)?;
    Some((table.checked_sub(FOOTER)?, table))
}

impl Parts {
    /// Takes a file apart, if it is roughly one.
    pub(crate) fn of(file: &[u8]) -> Option<Self> {
        let (footer, table) = ends(file)?;
        let numbers = file.get(footer..footer + 48)?;
        let (index_at, manifest_at) = (long(numbers, 0)?, long(numbers, 8)?);
        let manifest = file.get(manifest_at.checked_add(8)?..footer)?.to_vec();
        let mut tar = Vec::new();
        let mut at = 0_usize;
        for frame in file.get(table + 8..file.len() - 9)?.chunks_exact(8) {
            let (packed, size) = (number(frame, 0)?, number(frame, 4)?);
            let bytes = file.get(at..at.checked_add(packed)?)?;
            tar.extend(zstd::bulk::decompress(bytes, size.min(LARGE)).ok()?);
            at += packed;
        }
        let mut index = Vec::new();
        at = index_at;
        while at < manifest_at {
            let (length, size) = (number(file, at + 4)?, number(file, at + 8)?);
            let bytes = file.get(at.checked_add(12)?..at.checked_add(8)?.checked_add(length)?)?;
            index.extend(zstd::bulk::decompress(bytes, size.min(LARGE)).ok()?);
            at += 8 + length;
        }
        Some(Self { tar, index, manifest, entries: long(numbers, 32)? as u64 })
    }

    /// Puts it together; what it says of itself fits.
    pub(crate) fn together(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut frames = Vec::new();
        for part in self.tar.chunks(FRAME) {
            let frame = zstd::bulk::compress(part, 1).expect("compressed");
            frames.extend((frame.len() as u32).to_le_bytes());
            frames.extend((part.len() as u32).to_le_bytes());
            file.extend(frame);
        }
        let index_at = file.len() as u64;
        if !self.index.is_empty() {
            let chunk = zstd::bulk::compress(&self.index, 1).expect("compressed");
            for number in [INDEX, chunk.len() as u32 + 4, self.index.len() as u32] {
                file.extend(number.to_le_bytes());
            }
            file.extend(chunk);
        }
        let manifest_at = file.len() as u64;
        let manifest = self.fitting_manifest();
        file.extend(MANIFEST.to_le_bytes());
        file.extend(((manifest.len() + FOOTER) as u32).to_le_bytes());
        file.extend(&manifest);
        let count = frames.len() as u64 / 8;
        let numbers =
            [index_at, manifest_at, manifest.len() as u64, self.tar.len() as u64, self.entries, count];
        file.extend(numbers.into_iter().flat_map(u64::to_le_bytes));
        file.extend([0; 96]);
        file.extend(1_u64.to_le_bytes());
        file.extend(b"VOLXTAIL");
        file.extend(TABLE.to_le_bytes());
        file.extend((frames.len() as u32 + 9).to_le_bytes());
        file.extend(&frames);
        file.extend((count as u32).to_le_bytes());
        file.push(0);
        file.extend(TABLE_MAGIC.to_le_bytes());
        seal(&mut file);
        file
    }

    fn fitting_manifest(&self) -> Vec<u8> {
        let Ok(mut json) = serde_json::from_slice::<serde_json::Value>(&self.manifest) else {
            return self.manifest.clone();
        };
        if let Some(json) = json.as_object_mut() {
            json.insert("tar_bytes".to_owned(), self.tar.len().into());
            json.insert("entries".to_owned(), self.entries.into());
        }
        serde_json::to_vec(&json).expect("a manifest")
    }
}

/// Writes the digests that a file should have, as far as it says what is where.
fn seal(file: &mut [u8]) -> Option<()> {
    let (footer, table) = ends(file)?;
    let numbers = file.get(footer..footer + 48)?.to_vec();
    let (index_at, manifest_at, manifest) = (long(&numbers, 0)?, long(&numbers, 8)?, long(&numbers, 16)?);
    let data = blake3::hash(file.get(..index_at)?);
    let index = blake3::hash(file.get(index_at..manifest_at)?);
    let mut hasher = blake3::Hasher::new();
    hasher.update(file.get(manifest_at + 8..(manifest_at + 8).checked_add(manifest)?)?);
    hasher.update(&numbers).update(data.as_bytes()).update(index.as_bytes());
    hasher.update(file.get(table..)?);
    let digests = [data, index, hasher.finalize()].map(|digest| *digest.as_bytes()).concat();
    file.get_mut(footer + 48..footer + 144)?.copy_from_slice(&digests);
    Some(())
}

/// Changes a backup: as bytes, as bytes that are sealed again, or one of its parts.
pub(crate) fn vary(mut file: Vec<u8>, seed: u32, room: usize, edit: &mut Edit<'_>) -> Vec<u8> {
    let inner = seed / 16;
    let parts = match seed % 16 {
        0 => None,
        1..4 => {
            edit(&mut file, room);
            let _ = seal(&mut file);
            return file;
        }
        _ => Parts::of(&file),
    };
    let Some(mut parts) = parts else {
        edit(&mut file, room);
        return file;
    };
    match seed % 16 {
        4..8 => tar::vary(&mut parts.tar, inner, room, edit),
        8..12 => {
            tar::vary(&mut parts.tar, inner, room, edit);
            return made(&parts.tar).unwrap_or_else(|| parts.together());
        }
        12 | 13 => edit(&mut parts.index, room),
        14 => edit(&mut parts.manifest, room),
        _ => parts.entries = parts.entries.wrapping_add(u64::from(inner % 5)).wrapping_sub(2),
    }
    parts.together()
}
