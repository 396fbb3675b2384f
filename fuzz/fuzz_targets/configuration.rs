//! The server's configuration file: any text is read or refused, and what is read can be checked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tessera_server::config::Config;

fuzz_target!(|text: &str| {
    if let Ok(config) = Config::from_toml(text) {
        let _ = config.check();
        let _ = config.database_url();
    }
});
