//! The certificate authorities that a host trusts.

use std::fmt;
#[cfg(feature = "hyper")]
use std::sync::{Arc, LazyLock};

#[cfg(feature = "hyper")]
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{PemObject as _, SectionKind};
#[cfg(feature = "ureq")]
use ureq::tls::{Certificate, RootCerts};

/// The certificates of authorities that a host trusts, such as a company's.
/// Transports that are made with the same one, or a clone of it, share what is
/// made of it.
///
/// ```no_run
/// use hospes_egress::{Limits, Roots, UreqTransport};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let roots = Roots::from_pem(&std::fs::read("roots.pem")?)?;
/// let transport = UreqTransport::with_roots(Limits::default(), &roots);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Roots {
    #[cfg(feature = "ureq")]
    ureq: RootCerts,
    #[cfg(feature = "hyper")]
    hyper: Option<Arc<ClientConfig>>,
}

impl Roots {
    /// One or more certificates in PEM.
    ///
    /// # Errors
    ///
    /// Text without a certificate, or with anything else besides certificates.
    pub fn from_pem(pem: &[u8]) -> Result<Roots, RootsError> {
        let mut roots = Vec::new();
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(pem) {
            match section {
                Ok((SectionKind::Certificate, root)) => roots.push(CertificateDer::from(root)),
                Ok(_) => {
                    return Err(RootsError(
                        "there is something else than certificates in it",
                    ));
                }
                Err(_) => return Err(RootsError("it is not PEM")),
            }
        }
        if roots.is_empty() {
            return Err(RootsError("there is no certificate in it"));
        }
        Ok(Roots {
            #[cfg(feature = "ureq")]
            ureq: {
                let owned = |root: &CertificateDer<'_>| Certificate::from_der(root).to_owned();
                RootCerts::new_with_certs(&roots.iter().map(owned).collect::<Vec<_>>())
            },
            #[cfg(feature = "hyper")]
            hyper: {
                let mut store = rustls::RootCertStore::empty();
                store.add_parsable_certificates(roots);
                client_config(store)
            },
        })
    }

    #[cfg(feature = "ureq")]
    pub(crate) fn ureq(&self) -> RootCerts {
        self.ureq.clone()
    }

    #[cfg(feature = "hyper")]
    pub(crate) fn client_config(&self) -> Option<Arc<ClientConfig>> {
        self.hyper.clone()
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roots").finish_non_exhaustive()
    }
}

/// Mozilla's, as they are compiled in.
#[cfg(feature = "hyper")]
pub(crate) fn mozilla() -> Option<Arc<ClientConfig>> {
    static MOZILLA: LazyLock<Option<Arc<ClientConfig>>> = LazyLock::new(|| {
        client_config(rustls::RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        })
    });
    MOZILLA.clone()
}

/// TLS that agrees on HTTP/2 or HTTP/1.1; `None` if rustls can't do it.
#[cfg(feature = "hyper")]
fn client_config(roots: rustls::RootCertStore) -> Option<Arc<ClientConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Some(Arc::new(config))
}

/// Why roots were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootsError(&'static str);

impl fmt::Display for RootsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the root certificates can't be used: {}", self.0)
    }
}

impl std::error::Error for RootsError {}
