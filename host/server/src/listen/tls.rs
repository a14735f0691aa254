//! The server's own TLS, versions 1.2 and 1.3. It follows the certificate's
//! files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use arc_swap::ArcSwap;
use hospes_solution::SecretFrom;
use hospes_solution::secret::FileSecret;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::options::Options;

/// The most time for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often the files are read.
const LOOK: Duration = Duration::from_secs(1);

/// Accepts TLS connections.
#[derive(Clone)]
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    certificate: Arc<Certificate>,
}

impl Tls {
    /// With the files that the options name, if they name any.
    pub(crate) fn of(args: &Options) -> anyhow::Result<Option<Tls>> {
        match (&args.tls_cert, &args.tls_key) {
            (Some(certificate), Some(key)) => Tls::read(certificate, key).map(Some),
            _ => Ok(None),
        }
    }

    /// Reads a certificate with its chain, and its private key.
    fn read(certificate: &Path, key: &Path) -> anyhow::Result<Tls> {
        let files = Files {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        };
        let text = files.read()?;
        let certificate = Arc::new(Certificate {
            now: ArcSwap::from_pointee(text.parse()?),
            files,
        });
        let provider = Arc::new(default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .context("TLS")?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificate) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            certificate,
        })
    }

    /// Does the handshake with a client.
    pub(crate) async fn accept<S>(&self, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let accepted = timeout(HANDSHAKE, self.acceptor.accept(stream)).await;
        accepted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Follows the files until the process ends. If they can't be used, that is
    /// reported, and the previous certificate stays.
    pub(crate) async fn follow(self) {
        let mut tick = tokio::time::interval(LOOK);
        let mut seen = self.certificate.files.read().ok();
        loop {
            tick.tick().await;
            let certificate = Arc::clone(&self.certificate);
            let read = tokio::task::spawn_blocking(move || certificate.files.read()).await;
            let Ok(read) = read else { continue };
            let text = read.as_ref().ok().cloned();
            if text == seen {
                continue;
            }
            seen = text;
            match read.and_then(|text| text.parse()) {
                Ok(key) => {
                    self.certificate.now.store(Arc::new(key));
                    tracing::info!(target: "hospes::tls", "the certificate has changed");
                }
                Err(error) => {
                    tracing::error!(target: "hospes::tls", "the certificate stays as it was: {error}");
                }
            }
        }
    }
}

/// The certificate that clients get.
struct Certificate {
    files: Files,
    now: ArcSwap<CertifiedKey>,
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now.load_full())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// The contents of the files.
#[derive(Clone, PartialEq)]
struct PemFiles {
    certificate: Vec<u8>,
    key: String,
}

impl Files {
    fn read(&self) -> anyhow::Result<PemFiles> {
        let path = self.certificate.display();
        let certificate = hospes::files::read(&self.certificate, hospes::files::TEXT);
        let certificate =
            certificate.map_err(|error| anyhow!("--tls-cert: can't read {path}: {error}"))?;
        let key = SecretFrom::File(FileSecret::private(&self.key)).fetch_lines();
        let key = key.map_err(|error| anyhow!("--tls-key: {error}"))?;
        let lines: Vec<&str> = key.iter().map(|line| line.expose()).collect();
        Ok(PemFiles {
            certificate,
            key: lines.join("\n"),
        })
    }
}

impl PemFiles {
    /// The certificate with its key, if they belong together.
    fn parse(&self) -> anyhow::Result<CertifiedKey> {
        let chain = CertificateDer::pem_slice_iter(&self.certificate);
        let chain: Vec<_> = chain
            .collect::<Result<_, _>>()
            .map_err(|error| anyhow!("--tls-cert: not a certificate in PEM: {error}"))?;
        if chain.is_empty() {
            return Err(anyhow!("--tls-cert: the file contains no certificate"));
        }
        // Not the error's own text, which could contain a part of the key.
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes())
            .map_err(|_| anyhow!("--tls-key: the file contains no private key in PEM"))?;
        CertifiedKey::from_der(chain, key, &default_provider())
            .map_err(|error| anyhow!("--tls-cert and --tls-key: {error}"))
    }
}
