//! Policy files: any bytes are read or refused by line, and nothing of them panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tessera_policy::file::{Head, PolicyFile};

fuzz_target!(|bytes: &[u8]| {
    let _ = Head::read(bytes);
    match PolicyFile::read(bytes) {
        Ok(file) => drop(file.layers().count()),
        Err(problems) => assert!(!problems.is_empty()),
    }
});
