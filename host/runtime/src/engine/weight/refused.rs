//! Why a component was not compiled.

use wasmparser::BinaryReaderError;

/// Why a component was not compiled.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

impl From<BinaryReaderError> for Refused {
    fn from(error: BinaryReaderError) -> Refused {
        Refused(error.to_string())
    }
}

/// Refuses a count above its maximum.
pub(super) fn too_many(count: u64, max: u64, what: &str) -> Result<(), Refused> {
    if count <= max {
        return Ok(());
    }
    let message = format!("it has more than {max} {what}, and none is compiled that has");
    Err(Refused(message))
}
