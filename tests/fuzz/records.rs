#![no_main]

#[allow(dead_code, unused_imports, reason = "each target uses its own part of it")]
mod subject;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use subject::records as target;

fuzz_target!(|bytes: &[u8]| {
    subject::in_bounds(|| target::bear(bytes));
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    subject::vary_in_place(target::SEEDS, target::vary, (data, size, max_size), seed, &mut |bytes, room| {
        let size = bytes.len();
        bytes.resize(size + room, 0);
        let size = fuzzer_mutate(bytes, size, size + room);
        bytes.truncate(size);
    })
});
