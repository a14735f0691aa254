//! Keys and signatures.

use std::path::PathBuf;

use clap::ValueHint;
use hospes::signature::Expiry;

/// Prints the public key of a signing key, for `signed_by` in a solution file
///
/// `openssl genpkey -algorithm ed25519` writes files of the same format.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  hospes key release.pem --new")]
pub(crate) struct Key {
    /// The private key's file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Creates the key first; the file must not exist
    #[arg(long)]
    pub(crate) new: bool,
}

/// Signs a node's component together with its grants
///
/// Prints a line for each environment of the solution file; environments with the same grants share
/// one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes sign braze-track --key release.pem > braze_track.sig
  hospes sign braze-track --key release.pem --env prod --component next.wasm
  hospes sign braze-track --key release.pem --version 1.4.0 --expires 2027-06-30 > braze_track.sig")]
pub(crate) struct Sign {
    /// A node of the solution file
    #[arg(value_name = "NODE")]
    pub(crate) node: String,
    /// The private key's file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// The environment [default: all of them]
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// The component's file [default: what the solution file says]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) component: Option<PathBuf>,
    /// The version to sign, for keys with a `min_version` [default: none]
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<String>,
    /// When the signature expires: a date, or a time such as 2027-02-01T12:00:00Z [default: never]
    #[arg(long, value_name = "DATE|TIME")]
    pub(crate) expires: Option<Expiry>,
}
