//! Targets that bear whatever bytes they are given. A few hundred inputs, always the same ones; for longer:
//! `VOLX_FUZZ_SECONDS=600 cargo test --release --test fuzz`. A fuzzer that is led by coverage runs the same
//! targets: `cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none archive`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "a test says what it expected; what it makes is small"
)]

#[allow(dead_code, reason = "only a fuzzer that is led by coverage uses all of it")]
mod subject;

use std::io::Read;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use mutatis::Session;
use subject::{Seeds, Vary, in_bounds};
use volx::access::facts::Facts;

/// Inputs when nothing is said of time.
const FEW: u64 = 400;
/// An input is changed from the one before; so often until it begins again with a valid one.
const CHAIN: u64 = 12;
/// So much longer may a change make an input.
const ROOM: usize = 1024;

/// Files of which not all are held in memory, and what all of it may take while they are compared.
const MANY: usize = 150_000;
const MOST_TO_COMPARE: usize = 10_000_000;

/// Memory is counted for the whole program.
static ALONE: Mutex<()> = Mutex::new(());

fn bears(name: &str, seeds: Seeds, vary: Vary, bear: fn(&[u8])) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let time = std::env::var("VOLX_FUZZ_SECONDS").ok();
    let time =
        time.map(|seconds| Duration::from_secs(seconds.parse::<u64>().expect("a number of seconds") / 3));
    let input = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}.input"));
    let (seeds, began) = (seeds(), Instant::now());
    let (mut count, mut most, mut longest) = (0, 0, Duration::ZERO);
    let mut bytes = Vec::new();
    loop {
        let is_over = time.map_or(count >= FEW, |time| began.elapsed() >= time);
        if is_over {
            break;
        }
        // What fails stays there.
        let mut session = Session::new().seed(count);
        let [times, seed] = numbers(count);
        if count % CHAIN == 0 {
            bytes.clone_from(&seeds[usize::try_from(count / CHAIN).expect("small") % seeds.len()]);
        } else {
            bytes = vary(std::mem::take(&mut bytes), seed, ROOM, &mut |bytes, _| {
                for _ in 0..=times % 8 {
                    // One that cannot be changed stays as it is.
                    let _ = session.mutate(bytes);
                }
            });
        }
        std::fs::write(&input, &bytes).expect("written");
        let since = Instant::now();
        most = most.max(in_bounds(|| bear(&bytes)));
        longest = longest.max(since.elapsed());
        count += 1;
    }
    let _ = std::fs::remove_file(&input);
    println!(
        "{name}: {count} inputs in {:.0} s; most memory {} KB, longest {} ms",
        began.elapsed().as_secs_f64(),
        most / 1000,
        longest.as_millis()
    );
}

/// Two numbers that look like chance and are always the same.
fn numbers(count: u64) -> [u32; 2] {
    let hash = blake3::hash(&count.to_le_bytes());
    let (numbers, _) = hash.as_bytes().as_chunks::<4>();
    [numbers[0], numbers[1]].map(u32::from_le_bytes)
}

#[test]
fn a_backup_may_be_anything() {
    bears("archive", subject::archive::SEEDS, subject::archive::vary, subject::archive::bear);
}

#[test]
fn what_is_unpacked_may_be_anything() {
    bears("unpack", subject::unpack::SEEDS, subject::unpack::vary, subject::unpack::bear);
}

#[test]
fn records_may_be_anything() {
    bears("records", subject::records::SEEDS, subject::records::vary, subject::records::bear);
}

#[test]
fn however_many_files_are_compared_few_of_them_are_in_memory() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let facts = |is_turned, other| Facts::of(subject::tar::many(MANY, is_turned, other)).expect("facts");
    let peak = in_bounds(|| {
        let (one, other) = (facts(false, None), facts(true, Some(7)));
        let differing = one.differing(&other).expect("read");
        let named = differing.first_in(subject::tar::many(MANY, true, Some(7))).expect("read");
        assert_eq!((differing.count, named.as_deref()), (1, Some("folder/7")));
    });
    assert!(peak < MOST_TO_COMPARE, "facts of {MANY} files in {peak} bytes");
    let mut tar = Vec::new();
    subject::tar::many(MANY, false, None).read_to_end(&mut tar).expect("a tar");
    let backup = subject::backup::made(&tar).expect("a backup");
    drop(tar);
    let archive = volx::vault::Archive::open(std::io::Cursor::new(backup)).expect("a backup");
    let peak = in_bounds(|| {
        let mut turned = subject::tar::many(MANY, true, None);
        let compared = archive.compare(&mut turned, &mut |_| true).expect("the same");
        assert_eq!(compared, MANY as u64);
    });
    assert!(peak < MOST_TO_COMPARE, "an index of {MANY} files in {peak} bytes");
}

#[test]
fn what_is_taken_apart_and_put_together_is_a_backup_again() {
    let made = subject::backup::made(&subject::tar::ours()).expect("a backup");
    let again = subject::backup::Parts::of(&made).expect("its parts").together();
    let archive = volx::vault::Archive::open(std::io::Cursor::new(again)).expect("a backup");
    assert_eq!(archive.verify(&mut |_| true).expect("proven").entries, 11);
    assert!(subject::backup::made(&subject::tar::theirs()).is_some());
}
