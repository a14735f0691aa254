//! Who can reach a server. One that other machines can reach has to know its
//! callers, and no token crosses a network in clear text.

#[cfg(feature = "serve")]
use std::net::SocketAddr;

#[cfg(feature = "serve")]
use anyhow::bail;

#[cfg(feature = "serve")]
use crate::options::Options;
use crate::setup::Setup;

/// Who can reach a server, and what is allowed without a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exposure {
    /// Whether callers need tokens.
    knows_callers: bool,
    /// Whether only this machine can reach it.
    local: bool,
    /// Whether an authentication in front of it lets only operators through.
    in_front: bool,
    setup: Setup,
}

impl Exposure {
    #[cfg(feature = "serve")]
    /// Checks the flags, before anything is read or opened.
    pub(crate) fn of(args: &Options) -> anyhow::Result<Exposure> {
        let mut addresses = [Some(args.listen), args.admin_listen].into_iter().flatten();
        let foreign = addresses.find(|address| !address.ip().is_loopback());
        let exposure = Exposure {
            knows_callers: !args.execute_token.is_empty() || args.callers.is_some(),
            local: foreign.is_none(),
            in_front: false,
            setup: Setup::Flags,
        };
        if let Some(address) = foreign {
            exposure.check(address, args)?;
        }
        Ok(exposure)
    }

    #[cfg(feature = "serve")]
    fn check(self, address: SocketAddr, args: &Options) -> anyhow::Result<()> {
        if !self.knows_callers && !args.open {
            bail!(
                "{address} can be reached from other machines: say who may run nodes with --execute-token or --callers, \
                 let everyone with --open, or listen on 127.0.0.1"
            );
        }
        let has_tokens = self.knows_callers || args.token.is_some();
        if has_tokens && !args.has_tls() && args.behind_proxy.is_empty() {
            bail!(
                "{address} can be reached from other machines, and tokens would be sent in clear text: give a certificate \
                 with --tls-cert and --tls-key, or say with --behind-proxy which proxy speaks TLS for this server"
            );
        }
        Ok(())
    }

    /// For routes in another application, which anyone may be able to reach.
    pub(crate) fn mounted(knows_callers: bool, in_front: bool) -> Exposure {
        Exposure {
            knows_callers,
            local: false,
            in_front,
            setup: Setup::Builder,
        }
    }

    pub(super) fn setup(self) -> Setup {
        self.setup
    }

    /// Whether a request without a token is the operator's.
    pub(super) fn is_behind_authentication(self) -> bool {
        self.in_front
    }

    /// Whether a request without a token may run nodes and flows.
    pub(super) fn may_everybody_call(self) -> bool {
        !self.knows_callers
    }

    /// Whether a request without a token may see nodes and metrics.
    pub(super) fn may_everybody_read(self) -> bool {
        self.local && !self.knows_callers
    }
}
