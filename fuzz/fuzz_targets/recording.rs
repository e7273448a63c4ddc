#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| penstock_properties::check("recording", bytes));
