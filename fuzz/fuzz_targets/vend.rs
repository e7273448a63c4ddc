#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| penstock_connector_properties::check("vend", bytes));
