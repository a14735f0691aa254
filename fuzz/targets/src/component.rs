//! Any bytes as a component: a description of it or a typed refusal, never a
//! panic.

use std::sync::LazyLock;

use hospes::{Limits, NodeConfig, Runtime};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::builder().executions(2).build().unwrap());

/// The longest sentence about a component, in bytes.
const SENTENCE: usize = 2048;

/// Bytes as a component file.
pub fn component(data: &[u8]) {
    let mut limits = Limits::default();
    limits.memory = 1 << 20;
    let config = NodeConfig::from_bytes(data).limits(limits);
    match RUNTIME.inspect(&config) {
        Ok(inspection) => {
            assert_eq!(inspection.size, data.len() as u64);
            assert_eq!(inspection.digest.len(), "sha256:".len() + 64);
            serde_json::to_string(&inspection).unwrap();
        }
        Err(error) => {
            let sentence = error.to_string();
            crate::shows_plainly(&sentence);
            assert!(
                (1..=SENTENCE).contains(&sentence.len()),
                "{} bytes: {sentence:.2000}",
                sentence.len()
            );
            assert!(!sentence.contains("panicked"), "{sentence}");
        }
    }
}
