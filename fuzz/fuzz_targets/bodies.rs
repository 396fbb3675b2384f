//! What browsers and scripts send: forms, patches of settings, questions to the guard.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tessera_policy::{Guard, Layer, LayerName, SettingsPatch, Subject, apply};
use tessera_server::http::extract::Fields;

fuzz_target!(|text: &str| {
    if let Ok(fields) = Fields::decode(text) {
        assert!(fields.iter().all(|(name, value)| !name.contains('\0') && !value.contains('\0')));
    }
    let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else {
        return;
    };
    let mut layer = Layer::empty(LayerName::Org);
    if let Ok(edits) = SettingsPatch::parse(&json)
        && let Ok((document, websites)) = apply(&layer.document, &layer.websites, &edits)
    {
        layer.document = document;
        layer.websites = websites;
    }
    if let Ok(subject) = serde_json::from_value::<Subject>(json) {
        let _ = Guard::from_layers(&[layer]).decide(&subject);
    }
});
