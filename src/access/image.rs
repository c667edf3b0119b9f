//! An image of this very executable, made without a registry.
//!
//! A docker-archive of one layer: the executable, the libraries it has mapped, and its program
//! interpreter. Every engine loads that, also without network. [engine-facts: OCI layouts fail on
//! Docker 20.10]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use super::ways::go_arch;

/// Where the executable is in the image.
pub const EXECUTABLE: &str = "/volx/volx";
/// The label of every image of ours, with the version that made it.
pub const LABEL: &str = "volx.helper-image";
const LIBRARIES: &str = "/volx/lib";

/// Writes the archive of the running program to `out`, tagged `tag`.
///
/// # Errors
/// When the executable or one of its libraries cannot be read, or `out` not be written.
pub fn write_archive(tag: &str, out: impl Write) -> io::Result<()> {
    let config = json!({
        "Entrypoint": [EXECUTABLE],
        "Cmd": ["--version"],
        "Env": [format!("LD_LIBRARY_PATH={LIBRARIES}")],
        "Labels": { LABEL: env!("CARGO_PKG_VERSION") },
    });
    write_image(tag, (std::env::consts::OS, go_arch(std::env::consts::ARCH)), &config, &layer()?, out)
}

/// Writes the archive of an image of nothing, for containers that are never started.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_empty(tag: &str, os: &str, arch: &str, out: impl Write) -> io::Result<()> {
    let layer = Builder::new(Vec::new()).into_inner()?;
    let config = json!({ "Cmd": ["/never"], "Labels": { LABEL: "empty" } });
    write_image(tag, (os, arch), &config, &layer, out)
}

fn write_image(
    tag: &str,
    (os, arch): (&str, &str),
    config: &serde_json::Value,
    layer: &[u8],
    out: impl Write,
) -> io::Result<()> {
    let digest = hex(&Sha256::digest(layer));
    let config = json!({
        "architecture": arch,
        "os": os,
        "config": config,
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{digest}")] },
    })
    .to_string();
    let config_name = format!("{}.json", hex(&Sha256::digest(config.as_bytes())));
    let manifest = json!([{ "Config": config_name, "RepoTags": [tag], "Layers": ["layer.tar"] }]).to_string();
    let mut archive = Builder::new(out);
    add(&mut archive, &config_name, config.as_bytes(), 0o644)?;
    add(&mut archive, "layer.tar", layer, 0o644)?;
    add(&mut archive, "manifest.json", manifest.as_bytes(), 0o644)?;
    archive.into_inner()?.flush()
}

/// The one layer, as a tar.
fn layer() -> io::Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    let mut executable = Vec::new();
    File::open("/proc/self/exe")?.read_to_end(&mut executable)?;
    for folder in ["volx", "volx/lib"] {
        folder_entry(&mut archive, folder)?;
    }
    add(&mut archive, EXECUTABLE.trim_start_matches('/'), &executable, 0o755)?;
    for library in mapped_libraries()? {
        let Some(name) = library.file_name().and_then(|n| n.to_str()) else { continue };
        add(&mut archive, &format!("volx/lib/{name}"), &std::fs::read(&library)?, 0o755)?;
    }
    if let Some(interpreter) = interpreter(&mut File::open("/proc/self/exe")?)? {
        let inside = interpreter.trim_start_matches('/').to_owned();
        for folder in Path::new(&inside).ancestors().skip(1).collect::<Vec<_>>().into_iter().rev() {
            if let Some(folder) = folder.to_str().filter(|f| !f.is_empty()) {
                folder_entry(&mut archive, folder)?;
            }
        }
        add(&mut archive, &inside, &std::fs::read(&interpreter)?, 0o755)?;
    }
    archive.into_inner()
}

/// The shared libraries of this process.
fn mapped_libraries() -> io::Result<BTreeSet<PathBuf>> {
    let maps = std::fs::read_to_string("/proc/self/maps")?;
    Ok(maps
        .lines()
        .filter_map(|line| line.split_whitespace().nth(5))
        .filter(|path| path.starts_with('/') && path.contains(".so"))
        .map(PathBuf::from)
        .collect())
}

/// The program interpreter that an ELF file names; `None` for a static one.
fn interpreter(file: &mut (impl Read + Seek)) -> io::Result<Option<String>> {
    const PT_INTERP: u32 = 3;
    let mut head = [0_u8; 64];
    file.read_exact(&mut head)?;
    if !head.starts_with(b"\x7fELF\x02\x01") {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a 64-bit little-endian ELF executable"));
    }
    let table = number(&head, 32, 8)?;
    let (size, count) = (number(&head, 54, 2)?, number(&head, 56, 2)?);
    for index in 0..count {
        let mut entry = [0_u8; 56];
        file.seek(SeekFrom::Start(table + index * size))?;
        file.read_exact(&mut entry)?;
        if number(&entry, 0, 4)? == u64::from(PT_INTERP) {
            let (offset, length) = (number(&entry, 8, 8)?, number(&entry, 32, 8)?);
            let mut name = vec![0; usize::try_from(length.min(4096)).unwrap_or(0)];
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(&mut name)?;
            let name = String::from_utf8(name).map_err(io::Error::other)?;
            return Ok(Some(name.trim_end_matches('\0').to_owned()));
        }
    }
    Ok(None)
}

/// A little-endian number of `len` bytes at `at`.
fn number(bytes: &[u8], at: usize, len: usize) -> io::Result<u64> {
    let field = bytes.get(at..at + len).ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(field.iter().rev().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
}

fn add<W: Write>(archive: &mut Builder<W>, name: &str, content: &[u8], mode: u32) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(mode);
    header.set_size(u64::try_from(content.len()).map_err(io::Error::other)?);
    archive.append_data(&mut header, name, content)
}

fn folder_entry<W: Write>(archive: &mut Builder<W>, name: &str) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Directory);
    header.set_mode(0o755);
    header.set_size(0);
    archive.append_data(&mut header, format!("{name}/"), io::empty())
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_archive_holds_the_executable_and_all_it_needs() {
        let mut bytes = Vec::new();
        write_archive("localhost/x:1", &mut bytes).expect("an archive");
        let mut outer = tar::Archive::new(bytes.as_slice());
        let mut layer = Vec::new();
        for entry in outer.entries().expect("entries") {
            let mut entry = entry.expect("an entry");
            if entry.path().expect("a path").ends_with("layer.tar") {
                entry.read_to_end(&mut layer).expect("read");
            }
        }
        let mut inner = tar::Archive::new(layer.as_slice());
        let names: Vec<String> = inner
            .entries()
            .expect("entries")
            .map(|e| e.expect("an entry").path().expect("a path").display().to_string())
            .collect();
        assert!(names.iter().any(|n| n == "volx/volx"), "{names:?}");
        assert!(names.iter().any(|n| n.contains("libc.so")), "{names:?}");
        assert!(names.iter().any(|n| n.contains("ld-linux")), "{names:?}");
    }

    #[test]
    fn what_is_no_elf_is_refused() {
        let mut text = io::Cursor::new(vec![b'#'; 100]);
        assert!(interpreter(&mut text).is_err());
        let mut short = io::Cursor::new(b"\x7fELF".to_vec());
        assert!(interpreter(&mut short).is_err());
    }
}
