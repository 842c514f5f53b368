//! `cargo xtask managed-policies`: packs the policies that AWS keeps for the binary.
//!
//! The table's documents, versions and dates are AWS's own, as the MIT-licensed data set
//! iann0036/iam-dataset collects them; ids and dates of creation are what ListPolicies answers.

use crate::workspace;
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use std::io::{Read as _, Write as _};

/// The table, to be read and edited.
const TABLE: &str = "models/aws-managed-policies.txt";
/// The table as the binary carries it.
const PACKED: &str = "crates/service-kit/src/identity/aws_managed.zlib";

/// Packs the table.
///
/// # Errors
/// The line that is none, or the file that cannot be read or written.
pub fn pack() -> Result<String, String> {
    let table = workspace::read(&workspace::root().join(TABLE))?;
    check(&table)?;
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    let packed = packer.write_all(table.as_bytes()).and_then(|()| packer.finish());
    let packed = packed.map_err(|error| format!("cannot pack {TABLE}: {error}"))?;
    std::fs::write(workspace::root().join(PACKED), &packed)
        .map_err(|error| format!("cannot write {PACKED}: {error}"))?;
    Ok(format!("{} policies in {} bytes", table.lines().count(), packed.len()))
}

/// Whether what the binary carries is the table.
///
/// # Errors
/// When a file cannot be read or a line is none.
pub fn is_packed() -> Result<bool, String> {
    let table = workspace::read(&workspace::root().join(TABLE))?;
    check(&table)?;
    let packed = std::fs::read(workspace::root().join(PACKED))
        .map_err(|error| format!("cannot read {PACKED}: {error}"))?;
    let mut text = String::new();
    ZlibDecoder::new(packed.as_slice())
        .read_to_string(&mut text)
        .map_err(|error| format!("cannot unpack {PACKED}: {error}"))?;
    Ok(text == table)
}

/// Each line is path and name, id or `-`, version, seconds of creation and of update, document.
fn check(table: &str) -> Result<(), String> {
    let mut previous = "";
    for (index, line) in table.lines().enumerate() {
        let parts: Vec<&str> = line.splitn(6, ' ').collect();
        let [name, id, version, created, updated, document] = parts.as_slice() else {
            return Err(format!("{TABLE}:{}: a line has six parts", index + 1));
        };
        let numbers = [version, created, updated];
        let good = (*id == "-" || id.starts_with("ANPA"))
            && numbers.iter().all(|number| number.parse::<u64>().is_ok())
            && serde_json::from_str::<serde_json::Value>(document).is_ok();
        if !good || *name <= previous {
            return Err(format!("{TABLE}:{}: no policy, or out of order", index + 1));
        }
        previous = name;
    }
    Ok(())
}
