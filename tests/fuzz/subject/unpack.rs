//! Unpacking whatever calls itself an archive, with something beside the folder that must stay as it is.

use std::fs::Metadata;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;
use volx::access::keep::play;
use volx::access::order::{Form, Tape};
use volx::access::tape::{Found, examine};
use volx::access::tree::{Tree, Unpacking};
use volx::access::walk::Progress;
use volx::domain::place::Place;

use super::{Edit, Seeds, backup, tar};

/// So much of a tar is unpacked; what is longer is cut off there, which is one more way to be broken.
const LONGEST: u64 = 16 << 20;

pub(crate) const SEEDS: Seeds = || {
    let mut seeds = Vec::new();
    for tar in [tar::ours(), tar::theirs()] {
        let gzip = gzip(&tar);
        let zstd = zstd::bulk::compress(&tar, 1).expect("compressed");
        let backup = backup::made(&tar).expect("a backup");
        for (how, bytes) in [(1, &tar), (0, &tar), (5, &gzip), (8, &zstd), (0, &backup), (3, &backup)] {
            seeds.push([&[how], bytes.as_slice()].concat());
        }
    }
    seeds
};

fn gzip(tar: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    std::io::Write::write_all(&mut encoder, tar).expect("compressed");
    encoder.finish().expect("compressed")
}

/// The first byte says how it is unpacked.
pub(crate) fn bear(bytes: &[u8]) {
    let Some((how, archive)) = bytes.split_first() else { return };
    let ground = TempDir::new().expect("a folder");
    let path = ground.path().join("file");
    std::fs::write(&path, archive).expect("written");
    let around = ground.path().join("around");
    let (known, inside) = (around.join("known"), around.join("inside"));
    std::fs::create_dir_all(&inside).expect("folders");
    std::fs::write(&known, b"known").expect("a file");
    let before = [&known, &around].map(facts);

    let found = examine(&path, (how & 8 != 0).then_some(how >> 6));
    let (form, strip) = match &found {
        Ok(Found::Backup(..)) => (Form::Backup, 0),
        Ok(Found::Foreign(foreign)) => (foreign.form, foreign.strip),
        // Somebody may have changed it since it was looked at.
        Err(_) => ([Form::Plain, Form::Gzip, Form::Zstd, Form::Backup][usize::from(how >> 4 & 3)], how >> 6),
    };
    let unpacking = Unpacking { replace: how & 1 != 0, strip, is_tame: how & 2 != 0 };
    let tree = Tree::open(&inside).expect("a tree");
    let _ = play(&Tape { path, form, strip }, |tar| {
        tree.unpack_with(&Place::root(), &mut tar.take(LONGEST), unpacking, &Progress::default())
    });

    assert_eq!([&known, &around].map(facts), before, "nothing outside changes");
    assert_eq!(std::fs::read(&known).expect("still there"), b"known");
    let cleared = tree.clear(&Progress::default());
    // A folder may forbid it to whoever is not root.
    if std::fs::metadata("/proc/self").is_ok_and(|us| us.uid() == 0) {
        cleared.expect("what was unpacked can be removed");
        assert_eq!(std::fs::read_dir(&inside).expect("read").count(), 0);
    }
}

fn facts(path: impl AsRef<Path>) -> (u32, u32, u64, u64, [i64; 4]) {
    let there: Metadata = path.as_ref().symlink_metadata().expect("still there");
    let times = [there.mtime(), there.mtime_nsec(), there.ctime(), there.ctime_nsec()];
    (there.mode(), there.uid(), there.nlink(), there.size(), times)
}

pub(crate) fn vary(mut bytes: Vec<u8>, seed: u32, room: usize, edit: &mut Edit<'_>) -> Vec<u8> {
    let Some(how) = bytes.first().copied() else {
        edit(&mut bytes, room);
        return bytes;
    };
    let how = if seed.is_multiple_of(7) { (seed / 7) as u8 } else { how };
    let mut archive = bytes.split_off(1);
    let inner = seed / 16;
    if archive.starts_with(&[0x1f, 0x8b]) && !seed.is_multiple_of(5) {
        let mut tar = Vec::new();
        let _ = flate2::read::GzDecoder::new(&*archive).take(1 << 20).read_to_end(&mut tar);
        tar::vary(&mut tar, inner, room, edit);
        archive = gzip(&tar);
    } else if archive.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) && !seed.is_multiple_of(5) {
        archive = match backup::Parts::of(&archive) {
            Some(_) => backup::vary(archive, inner, room, edit),
            None => {
                let mut tar = zstd::bulk::decompress(&archive, 1 << 20).unwrap_or_default();
                tar::vary(&mut tar, inner, room, edit);
                zstd::bulk::compress(&tar, 1).expect("compressed")
            }
        };
    } else {
        tar::vary(&mut archive, inner, room, edit);
    }
    [vec![how], archive].concat()
}
