//! `hospes serve`: the nodes of a solution over HTTP.

use std::io::{self, Write};

use anyhow::anyhow;
use hospes_server::{Listening, Options, ServeError};
use serde_json::json;

use crate::args::Serve;
use crate::command::compile_worker;
use crate::exit::{Exit, Fault};
use crate::findings;
use crate::roots;

pub(crate) fn run(args: Serve) -> anyhow::Result<Exit> {
    hospes_server::serve(options(args)?, first_line).map_err(|error| match error {
        ServeError::InvalidFile { what, findings } => {
            anyhow!("{}", findings::show_of(what, &findings))
        }
        ServeError::Refused(why) => Fault(why).into(),
        ServeError::Ready(error) => error.into(),
        error => anyhow!("{error}"),
    })?;
    Ok(Exit::Success)
}

/// Prints where the server listens, once it does.
fn first_line(listening: &Listening) -> io::Result<()> {
    let Listening { url, admin_url, .. } = listening;
    let first = match admin_url {
        Some(admin_url) => json!({ "url": url, "admin_url": admin_url }),
        None => json!({ "url": url }),
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{first}")?;
    out.flush()
}

fn options(args: Serve) -> anyhow::Result<Options> {
    let Serve {
        solution,
        env,
        listen,
        admin_listen,
        connections,
        client_bytes,
        host,
        token,
        approve_token,
        execute_token,
        callers,
        open,
        caller_rate,
        caller_concurrency,
        peer_rate,
        peer_concurrency,
        tls_cert,
        tls_key,
        behind_proxy,
        canary_key,
        executions,
        dumpable,
        memory,
        watch,
        propagate_trace,
        otlp,
        otlp_header,
        drain,
        roots,
        transport,
        audit,
        store,
        store_key,
        adopt_store,
        keep,
        keep_for,
        sessions,
        caller_sessions,
        session_key,
        session_idle,
        cache,
        compile_memory,
    } = args;
    Ok(Options {
        solution,
        env,
        listen,
        admin_listen,
        connections,
        client_bytes,
        host,
        token,
        approve_token,
        execute_token,
        callers,
        open,
        caller_rate,
        caller_concurrency,
        peer_rate,
        peer_concurrency,
        tls_cert,
        tls_key,
        behind_proxy,
        canary_key,
        executions,
        dumpable,
        memory,
        watch,
        propagate_trace,
        otlp,
        otlp_header,
        drain,
        roots: roots::read(roots.as_deref())?,
        transport: transport.into(),
        audit,
        store,
        store_key,
        adopt_store,
        keep,
        keep_for,
        sessions,
        caller_sessions,
        session_key,
        session_idle,
        cache,
        compile_memory,
        compiler: Some(compile_worker::compiler()?),
    })
}
