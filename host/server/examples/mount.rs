//! Nodes in somebody else's application: `cargo run -p hospes-server --example mount`.

use std::error::Error;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hospes::Runtime;
use hospes_artifacts::HELLO;
use hospes_deploy::Deployer;
use hospes_server::{ServerObserver, ServerState, router};
use hospes_solution::{Grants, Overrides};
use tokio::net::TcpListener;

/// The application's own authentication: here, one header.
async fn authenticate(request: Request, next: Next) -> Response {
    match request.headers().get("x-user") {
        Some(user) if user == "ada" => next.run(request).await,
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn state() -> Result<ServerState, Box<dyn Error>> {
    let observer = ServerObserver::new(None);
    let runtime = Runtime::builder().observer(observer.clone()).build()?;
    let deployer = Arc::new(Deployer::new(runtime));
    // What the node may do: here, nothing but compute.
    let grants = Grants::bare(HELLO, None, &Overrides::default())?;
    deployer.start(vec![("hello".to_owned(), grants)])?;
    let state = ServerState::builder(deployer, observer)
        .authenticated_in_front()
        .metrics(false)
        .build()?;
    Ok(state)
}

fn main() -> Result<(), Box<dyn Error>> {
    // Loading a node blocks, so it comes first.
    let state = state()?;
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    tokio.block_on(async {
        state.start_upkeep(Duration::from_secs(30))?;
        let nodes = router(state.clone()).layer(from_fn(authenticate));
        let app = Router::new()
            .route("/", get(|| ready("the application's own page")))
            .nest("/nodes", nodes);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("nodes are at http://{}/nodes", listener.local_addr()?);
        // A real application waits for a signal here.
        let end = async move { state.shut_down() };
        axum::serve(listener, app)
            .with_graceful_shutdown(end)
            .await?;
        Ok(())
    })
}
