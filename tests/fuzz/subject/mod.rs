//! What is fuzzed: each target bears any bytes (no panic, bounded memory, nothing outside), has valid
//! inputs to begin with, and knows how to change one so that the change gets past the first checksum.

pub(crate) mod archive;
pub(crate) mod backup;
pub(crate) mod records;
pub(crate) mod tar;
pub(crate) mod unpack;

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What volx promises to stay below whatever it reads. [bytes]
const MOST_MEMORY: usize = 150_000_000;

/// Changes some bytes, which may become so much longer.
pub(crate) type Edit<'a> = dyn FnMut(&mut Vec<u8>, usize) + 'a;

/// Valid inputs.
pub(crate) type Seeds = fn() -> Vec<Vec<u8>>;

/// Changes an input; the number chooses how.
pub(crate) type Vary = fn(Vec<u8>, u32, usize, &mut Edit<'_>) -> Vec<u8>;

/// Does something, and holds it to its memory.
pub(crate) fn in_bounds(work: impl FnOnce()) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    work();
    let peak = MEMORY.peak_usage().saturating_sub(before);
    assert!(peak < MOST_MEMORY, "{peak} bytes of memory for one input");
    peak
}

/// The same within a fuzzer's own room; now and then it begins again with a valid input.
pub(crate) fn vary_in_place(
    seeds: Seeds,
    vary: Vary,
    (data, size, room): (&mut [u8], usize, usize),
    seed: u32,
    edit: &mut Edit<'_>,
) -> usize {
    let bytes = if size < 8 || seed.is_multiple_of(101) {
        let mut seeds = seeds();
        let at = seed as usize / 101 % seeds.len();
        seeds.swap_remove(at)
    } else {
        vary(data[..size].to_vec(), seed, room - size, edit)
    };
    let size = bytes.len().min(room);
    data[..size].copy_from_slice(&bytes[..size]);
    size
}
